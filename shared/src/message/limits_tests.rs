//! What holds of a message whatever is in it.

use std::collections::BTreeSet;

use super::{super::attributes::VALUE_BYTES, *};
use crate::{
    alert::Acknowledgement,
    policy::{LISTED as OTHERS, Other},
};

/// Words of a customer, and what tells who somebody is.
const PLANTED: &str = "zebra@example.com";

fn kinds() -> impl Strategy<Value = Transition> {
    use Transition::{Escalated, Flapping, Opened, Reopened, Resolved};
    prop::sample::select(vec![Opened, Reopened, Resolved, Flapping, Escalated])
}

/// As many others as a message lists, of these words.
fn others(words: &str, told: usize) -> Others {
    let cell =
        vec![("intent".to_owned(), words.to_owned()), ("queue".to_owned(), words.to_owned())];
    let listed = (0..told.min(OTHERS)).map(|_| Other {
        id: "0029000000-5a949586de1a53d7".to_owned(),
        transition: Transition::Opened,
        rule: "r".repeat(64),
        metric: Metric::FallbackRate,
        cell: cell.clone(),
        value: Some(0.3),
    });
    let names = |of: &str| (0..told.min(OTHERS)).map(|n| format!("{of}{n}")).collect();
    Others {
        group: format!("page|fallback_rate|intent={words}"),
        told,
        listed: listed.collect(),
        notifications: vec!["0029000000-5a949586de1a53d7-0-opened".to_owned(); told.min(OTHERS)],
        owners: names("owner"),
        rules: names(words),
        metrics: names("metric"),
        ..Others::default()
    }
}

/// An alert in which every text is this one.
fn filled(words: &str) -> Alert {
    let mut alert = alert(words);
    let change = alert.evidence.changes.remove(0);
    let text = || words.to_owned();
    alert.evidence.changes =
        vec![Change { kind: text(), name: text(), version: text(), ..change }; 9];
    alert.evidence.reason = Some(text());
    alert.evidence.threshold = text();
    alert.next_action = text();
    alert.rule = text();
    alert.owner = text();
    alert.delivery.family = text();
    alert.runbook = Some(format!("https://{}", words.replace(char::is_whitespace, "")));
    alert
}

/// The JSON is as its schema says.
pub(super) fn check_schema(message: &Message) {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&message.json).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let wanted: BTreeSet<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let given: BTreeSet<&String> = message.json.as_object().unwrap().keys().collect();
    assert_eq!(given, wanted);
}

#[test]
fn the_schema_of_messages_is_one() {
    assert!(jsonschema::meta::is_valid(&serde_json::from_str(SCHEMA).unwrap()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_text_of_any_message_keeps_its_limit(
        words in "\\PC{0,40}", times in 1_usize..2_000, host in "[a-z~é.]{0,200}",
        told in 0_usize..400, kind in kinds(),
    ) {
        let words = words.repeat(times);
        let (alert, others) = (filled(&words), others(&words, told));
        let message = render(&alert, kind, &others, &tenant(), &format!("https://{host}"), None);
        prop_assert!(sms::length(&message.sms) <= sms::SEPTETS, "{}", message.sms);
        prop_assert!(message.subject.is_ascii() && message.subject.len() < 100);
        prop_assert!(!message.subject.contains(char::is_control));
        let attributes: usize =
            message.attributes.iter().map(|(name, of)| name.len() + of.typed().1.len() + 20).sum();
        let bytes = sns_message(&message).len() + message.subject.len() + attributes;
        prop_assert!(bytes <= SNS_BYTES, "{bytes}");
        prop_assert!(message.chat.to_string().len() + attributes <= SNS_BYTES);
        prop_assert!(message.json.to_string().len() <= ENTRY_BYTES);
        prop_assert!(message.chat["content"]["title"].as_str().unwrap().len() <= 250);
        prop_assert!(message.chat["content"]["description"].as_str().unwrap().len() <= 8_000);
        check_schema(&message);
    }

    #[test]
    fn attributes_are_what_subscriptions_can_filter_by(
        words in "\\PC{0,40}|\\x00{1,9}|[\u{fff0}-\u{ffff}]{1,300}", told in 0_usize..40, kind in kinds(),
    ) {
        let message = render(&filled(&words), kind, &others(&words, told), &tenant(), URL, None);
        let names: Vec<_> = message.attributes.iter().map(|(name, _)| *name).collect();
        prop_assert_eq!(names, ["tenant", "severity", "rule", "metric", "state", "owner"]);
        for (_, attribute) in &message.attributes {
            let values: Vec<String> = match attribute.typed() {
                ("String", value) => vec![value],
                ("String.Array", value) => serde_json::from_str(&value).unwrap(),
                (kind, _) => panic!("{kind}"),
            };
            let distinct: BTreeSet<&String> = values.iter().collect();
            prop_assert_eq!(distinct.len(), values.len());
            for value in values {
                prop_assert!(!value.trim().is_empty() && value.len() <= VALUE_BYTES);
                let is_xml = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
                prop_assert!(value.chars().all(is_xml), "{value:?}");
            }
        }
    }

    #[test]
    fn nothing_that_a_customer_or_a_person_wrote_is_in_any_message(
        kind in kinds(), agent in any::<bool>(),
    ) {
        let mut alert = alert("refund_status");
        if agent {
            alert.cell = vec![("agent".to_owned(), PLANTED.to_owned())];
        }
        alert.acknowledged = Some(Acknowledgement { by: PLANTED.to_owned(), at: alert.opened });
        alert.timeline.push((alert.opened, format!("acknowledged by {PLANTED}")));
        alert.evidence.exemplars.insert(0, PLANTED.to_owned());
        let mut others = others("delivery", 2);
        others.group = format!("page|fallback_rate|agent={PLANTED}");
        others.listed[0].cell = vec![("agent".to_owned(), PLANTED.to_owned())];
        let message = render(&alert, kind, &others, &tenant(), URL, None);
        let all = format!("{message:?}{}{}", sns_message(&message), message.chat);
        prop_assert!(!all.contains("zebra"), "{all}");
    }
}
