//! What companion metrics count is what a cohort stood at when it was younger.
#![expect(clippy::unwrap_used, reason = "a test")]

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use tocsin_domain::{
    chunk::Chunk,
    configuration::Configuration,
    conversation::{Contributions, Conversation, contributions},
    decode::{Agents, Intake, decode},
    derived::Policy,
    dimension::EXTRA,
    id::{PseudonymKey, TenantId},
    metric::Metric,
    minute::DAY,
    revision::AGES,
    sums::Sums,
};

const START: &str = "2026-01-05T00:00:00Z";
const NOW: i64 = 1_769_000_000_000_000_000;

/// So many hours after the start.
fn at(hours: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

fn event(id: &str, kind: &str, hours: i64) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/test", "subject": "one",
        "type": format!("cx.conversation.{kind}"), "time": at(hours).to_string(), "data": {},
    })
}

/// What a conversation of these events contributes.
fn fold<'a>(events: impl Iterator<Item = &'a Value>) -> Sums {
    let tenant = TenantId::try_from("demo".to_owned()).unwrap();
    let key = PseudonymKey::derive(b"test", &tenant, 1);
    let sources = [String::new()];
    let intake = Intake {
        key: &key,
        sources: &sources,
        now: &|_| NOW,
        accept_late: 30 * DAY,
        policy: &Policy::default(),
    };
    let (mut conversation, mut sums) = (Conversation::default(), Sums::default());
    let nothing = Contributions::default();
    for event in events {
        let mut chunk = Chunk::new(tenant.clone(), NOW);
        decode(event, &intake, &mut chunk, &mut Agents::new()).unwrap();
        let map = conversation.absorb(&chunk.symbols);
        let (id, event) = chunk.events.pop().unwrap();
        conversation.insert(event, &map);
        let folded = contributions(&mut conversation, &Configuration::default());
        sums = Sums::default();
        Contributions::add_change(&nothing, &folded, id, conversation.symbols(), &mut sums);
    }
    sums
}

/// Numerator of the trials, and how many turned at a greater age than the one at this position.
fn figures(sums: &Sums, trials: Metric, turned: Metric, reached: usize) -> (i128, i64) {
    let of = |wanted| sums.iter().filter(move |(_, metric, ..)| *metric == wanted);
    let numerator = of(trials).map(|(.., amount)| amount.sum).sum();
    let later = of(turned).filter(|(_, _, vector, _)| {
        let age = sums.text(vector[EXTRA]);
        AGES.iter().position(|(name, _)| *name == age).unwrap() > reached
    });
    (numerator, later.map(|(.., amount)| amount.count).sum())
}

proptest! {
    /// Resolved at 0, reopened after these hours: what had happened by an age decides what stood then.
    #[test]
    fn turning_back_what_turned_later_gives_what_stood_then(
        reopened in prop::collection::btree_set(1i64..220, 0..4),
    ) {
        let mut events = vec![event("s", "started", 0), event("r", "resolved", 0)];
        let reopenings = reopened.iter().map(|hours| event(&hours.to_string(), "reopened", *hours));
        events.extend(reopenings);
        let known = |minutes: i64| {
            let end = at(minutes / 60).to_string();
            fold(events.iter().filter(|event| event["time"].as_str().unwrap() <= end.as_str()))
        };
        let last = fold(events.iter());
        for (reached, (_, minutes)) in AGES.iter().enumerate() {
            let then = known(i64::from(*minutes));
            let (rate, turned) = (Metric::ReopenRate, Metric::ReopenTurned);
            let (stands, later) = figures(&last, rate, turned, reached);
            prop_assert_eq!(stands - i128::from(later), figures(&then, rate, turned, reached).0);
            let (rate, turned) = (Metric::DurableResolutionRate, Metric::DurableResolutionTurned);
            let (stands, later) = figures(&last, rate, turned, reached);
            prop_assert_eq!(stands + i128::from(later), figures(&then, rate, turned, reached).0);
        }
    }
}

#[test]
fn a_reopening_turns_the_trial_at_the_resolution() {
    let events = [event("s", "started", 0), event("r", "resolved", 1), event("o", "reopened", 4)];
    let sums = fold(events.iter());
    let turned: Vec<_> = sums
        .iter()
        .filter(|(_, metric, ..)| *metric == Metric::ReopenTurned)
        .map(|(minute, _, vector, amount)| (minute, sums.text(vector[EXTRA]), amount.count))
        .collect();
    let [(minute, "4h", 1)] = turned.as_slice() else { panic!("{turned:?}") };
    assert_eq!(minute.timestamp(), at(1));
}
