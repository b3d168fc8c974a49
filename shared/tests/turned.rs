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
    with_data(id, &format!("conversation.{kind}"), hours, &json!({}))
}

fn with_data(id: &str, kind: &str, hours: i64, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/test", "subject": "one",
        "type": format!("cx.{kind}"), "time": at(hours).to_string(), "data": data,
    })
}

/// An answer that the AI agent is sure of.
fn sure(id: &str, hours: i64) -> Value {
    with_data(id, "ai.responded", hours, &json!({ "outcome": "answered", "confidence": 0.9 }))
}

/// What may follow an answer: the first is harmless.
fn sign(number: usize, kind: usize, hours: i64) -> Value {
    let (kind, data) = [
        ("message.added", json!({ "author": "customer" })),
        ("conversation.reopened", json!({})),
        ("feedback.received", json!({ "kind": "thumb", "score": 0 })),
        ("handoff.requested", json!({ "by": "customer" })),
        ("evaluation.recorded", json!({ "name": "answer_correct", "label": "fail" })),
    ][kind]
        .clone();
    with_data(&format!("sign{number}"), kind, hours, &data)
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

proptest! {
    /// Sure at 0, unsure later: a failed evaluation is held against the answer that it
    /// follows, a complaint against both, and only the sure one is a trial.
    #[test]
    fn an_answer_found_false_later_stood_as_true_before(
        signs in prop::collection::vec((0usize..5, 1i64..200), 0..4),
        again in 1i64..200,
    ) {
        let unsure = with_data(
            "again", "ai.responded", again, &json!({ "outcome": "answered", "confidence": 0.7 }),
        );
        let mut events = vec![sure("first", 0), unsure];
        let signs = signs.iter().enumerate();
        events.extend(signs.map(|(number, (kind, hours))| sign(number, *kind, *hours)));
        let (rate, turned) = (Metric::FalseConfidenceRate, Metric::FalseConfidenceTurned);
        let last = fold(events.iter());
        for (reached, (_, minutes)) in AGES.iter().enumerate() {
            let end = at(i64::from(*minutes) / 60).to_string();
            let known = events.iter().filter(|event| event["time"].as_str().unwrap() <= end.as_str());
            let (stands, later) = figures(&last, rate, turned, reached);
            let then = figures(&fold(known), rate, turned, reached).0;
            prop_assert_eq!(stands - i128::from(later), then);
        }
    }
}

#[test]
fn the_first_sign_that_an_answer_was_false_turns_it() {
    let events = [sure("a", 1), sign(0, 4, 4), sign(1, 2, 9)];
    assert_eq!(
        ages(&fold(events.iter()), Metric::FalseConfidenceTurned),
        [(at(1), "4h".into(), 1)]
    );
    // The evaluation is held against the answer before it alone, the complaint against both.
    let events = [sure("a", 0), sure("b", 1), sign(0, 4, 2), sign(1, 2, 9)];
    let turned = ages(&fold(events.iter()), Metric::FalseConfidenceTurned);
    assert_eq!(turned, [(at(0), "16h".into(), 1), (at(1), "1h".into(), 1)]);
}

/// When trials were that turned, by their age then, and how many.
fn ages(sums: &Sums, turned: Metric) -> Vec<(Timestamp, String, i64)> {
    let of = sums.iter().filter(|(_, metric, ..)| *metric == turned);
    let mut found: Vec<_> = of
        .map(|(minute, _, vector, amount)| {
            (minute.timestamp(), sums.text(vector[EXTRA]).to_owned(), amount.count)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_reopening_turns_the_trial_at_the_resolution() {
    let events = [event("s", "started", 0), event("r", "resolved", 1), event("o", "reopened", 4)];
    let turned = ages(&fold(events.iter()), Metric::ReopenTurned);
    assert_eq!(turned, [(at(1), "4h".into(), 1)]);
}
