//! Deliveries in forms that no vendor documents: keys in another case, blocks that are missing, ids of
//! another type.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tocsin_domain::{
    chunk::Chunk,
    decode::{self as core, Agents, Intake},
    derived::Policy,
    id::{PseudonymKey, TenantId},
    minute::DAY,
    platform::{Account, Decoded, Platform, decode},
};

use super::samples::{all, deliveries};

/// 2026-03-06T00:00:00Z: after all that the samples tell of.
const NOW: i64 = 1_772_755_200_000_000_000;

fn tenant() -> TenantId {
    TenantId::try_from("demo".to_owned()).unwrap()
}

fn key() -> PseudonymKey {
    PseudonymKey::derive(b"test", &tenant(), 1)
}

/// What the model makes of a delivery: a chunk, and how many of its events were refused.
fn taken(account: &Account<'_>, delivery: &Value, key: &PseudonymKey) -> (Chunk, usize) {
    let (policy, sources) = (Policy::default(), [account.source()]);
    let intake =
        Intake { key, sources: &sources, now: &|_| NOW, accept_late: 7 * DAY, policy: &policy };
    let mut chunk = Chunk::new(tenant(), NOW);
    let events = decode(account, delivery).map(|decoded| decoded.events).unwrap_or_default();
    let refused = events
        .iter()
        .filter(|event| core::decode(event, &intake, &mut chunk, &mut Agents::new()).is_err())
        .count();
    (chunk, refused)
}

#[test]
fn all_that_samples_say_is_taken_by_the_model() {
    for (platform, delivery) in all() {
        let account = Account::new(platform, "acme");
        let (_, refused) = taken(&account, &delivery, &key());
        assert_eq!(refused, 0, "{delivery}");
    }
}

#[test]
fn a_redelivery_is_the_same_event_and_another_delivery_is_not() {
    let mut known = std::collections::BTreeMap::new();
    for (platform, delivery) in all() {
        let account = Account::new(platform, "acme");
        let Decoded { events, .. } = decode(&account, &delivery).unwrap();
        assert_eq!(decode(&account, &delivery.clone()).unwrap().events, events);
        for event in events {
            let id = format!("{} {} {}", event["source"], event["subject"], event["id"]);
            assert_eq!(known.insert(id, event.clone()), None, "{event}");
        }
    }
    assert!(known.len() > 30);
}

/// The same in which every key is written otherwise.
fn renamed(value: &Value, rename: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| (rename(name), renamed(value, rename));
            Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| renamed(item, rename)).collect(),
        other => other.clone(),
    }
}

#[test]
fn keys_mean_the_same_in_any_case() {
    let pascal = |name: &str| {
        let mut letters = name.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    };
    let renames: [&dyn Fn(&str) -> String; 3] =
        [&pascal, &|name| name.to_ascii_lowercase(), &|name| name.to_ascii_uppercase()];
    for (platform, delivery) in all() {
        let account = Account::new(platform, "acme");
        for rename in renames {
            assert_eq!(
                decode(&account, &renamed(&delivery, rename)),
                decode(&account, &delivery),
                "{delivery}"
            );
        }
    }
}

#[test]
fn an_id_may_be_a_number() {
    let zendesk = deliveries(Platform::Zendesk).remove(0);
    let mut numbered = zendesk.clone();
    numbered["detail"]["id"] = json!(815);
    numbered["detail"]["group_id"] = json!(3001);
    numbered["detail"]["requester_id"] = json!(9001);
    let account = Account::new(Platform::Zendesk, "acme");
    assert_eq!(decode(&account, &numbered), decode(&account, &zendesk));
}

#[test]
fn without_an_id_of_its_own_a_delivery_is_known_by_what_it_is_about() {
    for (platform, delivery) in all() {
        let account = Account::new(platform, "acme");
        let ids = |delivery: &Value| -> Vec<String> {
            let events = decode(&account, delivery).unwrap().events;
            events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
        };
        let mut without = delivery.clone();
        without["id"] = Value::Null;
        assert_eq!(ids(&without), ids(&without.clone()));
        assert_eq!(ids(&without).len(), ids(&delivery).len(), "{delivery}");
        let mut later = without.clone();
        for path in ["/time", "/detail/eventBody/eventTime"] {
            if let Some(time) = later.pointer_mut(path) {
                *time = json!("2026-03-02T23:00:00Z");
            }
        }
        let (now, then) = (ids(&without), ids(&later));
        assert!(now.iter().zip(&then).all(|(now, then)| now != then), "{delivery}");
    }
}

/// What can stand in the place of a value.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        Just(json!(0)),
        Just(json!(-1)),
        Just(json!(1e300)),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[{"id": {}}]])),
        Just(json!("1970-01-01T00:00:00.001Z")),
        Just(json!("9".repeat(400))),
        "\\PC{0,12}".prop_map(Value::String),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ]
}

/// Paths of all values within.
fn pointers(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                pointers(inner, &format!("{path}/{}", name.replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                pointers(inner, &format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn whatever_stands_anywhere_is_decoded_or_refused(
        which in any::<prop::sample::Index>(),
        places in prop::collection::vec((any::<prop::sample::Index>(), odd()), 1..4),
    ) {
        let all = all();
        let (platform, mut delivery) = all[which.index(all.len())].clone();
        for (place, value) in places {
            let mut paths = Vec::new();
            pointers(&delivery, "", &mut paths);
            let path = &paths[place.index(paths.len())];
            *delivery.pointer_mut(path).unwrap() = value;
        }
        let account = Account::new(platform, "acme");
        if let Ok(decoded) = decode(&account, &delivery) {
            prop_assert_ne!(decoded.events.is_empty(), decoded.unmeasured.is_none());
        }
        let (chunk, refused) = taken(&account, &delivery, &key());
        prop_assert!(chunk.events.len() + refused <= 3);
        account.kept(&delivery, &key());
    }

    #[test]
    fn what_is_no_delivery_at_all_is_refused_or_counted(value in odd()) {
        for platform in Platform::ALL {
            let account = Account::new(platform, "acme");
            if platform != Platform::CloudEvents && let Ok(decoded) = decode(&account, &value) {
                prop_assert_eq!(decoded.events, Vec::<Value>::new());
            }
        }
    }
}

#[test]
fn what_is_kept_of_a_delivery_decodes_into_the_same_events() {
    for (platform, delivery) in all() {
        let (account, key) = (Account::new(platform, "acme"), key());
        let kept = account.kept(&delivery, &key);
        let again = Account { keeps_hashes: true, ..account };
        let (then, _) = taken(&account, &delivery, &key);
        let (now, refused) = taken(&again, &kept, &key.clone().keeping_hashes());
        assert_eq!(refused, 0, "{kept}");
        let facts = |chunk: &Chunk| {
            let facts = chunk.events.iter().map(|(conversation, event)| {
                let dimensions: Vec<_> = event.dimensions.iter().collect();
                format!("{conversation} {} {} {dimensions:?}", event.time, event.id)
                    + event.kind.type_name()
            });
            facts.collect::<Vec<_>>()
        };
        assert_eq!(facts(&now), facts(&then), "{kept}");
    }
}

#[test]
fn nothing_of_a_person_is_kept_of_a_delivery() {
    const TOLD: [&str; 17] = [
        "c0ffee0",
        "+4915550100001",
        "maria",
        "jonas",
        "2d9a1c3e",
        "ext-1",
        "4915550100002",
        "u-1",
        "815",
        "9001",
        "7001",
        "7002",
        "Ines",
        "Vogt",
        "Weber",
        "jo@example.com",
        "Tom",
    ];
    let mut told = std::collections::BTreeSet::new();
    for (platform, mut delivery) in all() {
        let name = delivery.pointer("/event/comment/author/name").and_then(Value::as_str);
        let note = format!("write to jo@example.com, says {}", name.unwrap_or("nobody"));
        delivery["more"] = json!({ "note": note, "reply_to": ["jo@example.com"] });
        let sent = delivery.to_string();
        told.extend(TOLD.into_iter().filter(|planted| sent.contains(planted)));
        let kept = Account::new(platform, "acme").kept(&delivery, &key()).to_string();
        for planted in TOLD {
            // Digits of a ticket may occur in a hash.
            let occurs = match planted {
                "815" => kept.contains("\"815\"") || kept.contains(":815"),
                "9001" | "7001" | "7002" => kept.contains(&format!("\"{planted}\"")),
                other => kept.contains(other),
            };
            assert!(!occurs, "{planted} in {kept}");
        }
    }
    assert_eq!(told.len(), TOLD.len());
}

/// Where texts stand.
fn texts(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| texts(value, &format!("{at}/{name}"))).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.flat_map(|(index, item)| texts(item, &format!("{at}/{index}"))).collect()
        }
        Value::String(_) => vec![at.to_owned()],
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

#[test]
fn an_address_behind_any_text_is_masked() {
    for (platform, delivery) in all() {
        for place in texts(&delivery, "") {
            let mut planted = delivery.clone();
            let text = planted.pointer_mut(&place).unwrap();
            *text = json!(format!("{} write to jo@example.com", text.as_str().unwrap()));
            let kept = Account::new(platform, "acme").kept(&planted, &key()).to_string();
            assert!(!kept.contains("jo@example.com"), "{place}: {kept}");
        }
    }
}
