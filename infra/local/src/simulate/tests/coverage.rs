//! Everything that the model knows occurs, and nothing that it refuses.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    chunk::Chunk,
    decode::{Agents, Intake, decode},
    dimension::Dimension,
    id::{PseudonymKey, TenantId},
    minute::DAY,
};

use super::*;

const TYPES: [&str; 28] = [
    "cx.conversation.started",
    "cx.intent.detected",
    "cx.queue.entered",
    "cx.queue.left",
    "cx.handoff.accepted",
    "cx.agent.connected",
    "cx.message.added",
    "cx.ai.responded",
    "cx.slot.asked",
    "cx.slot.filled",
    "cx.sentiment.scored",
    "cx.handoff.requested",
    "cx.transfer.completed",
    "cx.agent.disconnected",
    "cx.agent.wrapped_up",
    "cx.conversation.resolved",
    "cx.conversation.ended",
    "cx.conversation.reopened",
    "cx.feedback.received",
    "cx.evaluation.recorded",
    "cx.conversation.valued",
    "cx.record.snapshot",
    "cx.queue.observed",
    "cx.agent.state_changed",
    "cx.change.deployed",
    "cx.action.taken",
    "cx.source.heartbeat",
    "cx.totals.reported",
];

/// A week, and some hours of all incidents at once.
fn week() -> Vec<Scenario> {
    let mut bad = scenario(6, 240.0);
    let incident = |kind| Incident::new(kind, at("2026-01-05T02:30:00Z")).unwrap();
    bad.incidents = IncidentKind::ALL.iter().map(|(_, kind)| incident(*kind)).collect();
    vec![scenario(168, 30.0), bad]
}

#[test]
fn every_event_is_accepted_and_every_type_and_dimension_occurs() {
    let tenant = TenantId::try_from("demo".to_owned()).unwrap();
    let key = PseudonymKey::derive(b"test", &tenant, 1);
    let sources = [String::new()];
    let intake = Intake {
        key: &key,
        sources: &sources,
        now: &|time| time,
        accept_late: 7 * DAY,
        policy: &tocsin_domain::derived::Policy::default(),
    };
    let mut chunk = Chunk::new(tenant, 0);
    let mut types = BTreeSet::new();
    for event in week().iter().flat_map(events) {
        let json: Value = serde_json::from_str(&event.json).unwrap();
        let accepted = decode(&json, &intake, &mut chunk, &mut Agents::new());
        assert_eq!(accepted, Ok(()), "{}", event.json);
        types.insert(event.kind);
    }
    assert_eq!(types, TYPES.into_iter().collect(), "types that occur");
    assert!(chunk.tallies.is_empty(), "{:?}", chunk.tallies);
    for dimension in Dimension::ALL.into_iter().filter(|one| *one != Dimension::Source) {
        let values = chunk.events.iter().filter_map(|(_, event)| event.dimension(dimension));
        let values = values.collect::<BTreeSet<_>>().len();
        assert!(values >= 2, "{dimension:?} has {values} values");
    }
}

#[test]
fn every_word_of_the_fields_that_hold_words_occurs() {
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for event in seen(&scenario(168, 60.0)) {
        let noun = event.kind.trim_start_matches("cx.").to_owned();
        for (field, value) in event.data.as_object().unwrap() {
            if let Some(word) = value.as_str() {
                words.entry(format!("{noun} {field}")).or_default().insert(word.to_owned());
            }
        }
    }
    for (field, expected) in [
        ("feedback.received kind", "ces csat nps thumb"),
        ("feedback.received about", "ai conversation human"),
        ("evaluation.recorded evaluator", "human llm rule"),
        ("evaluation.recorded severity", "high low severe"),
        ("ai.responded outcome", "answered clarified failed fallback"),
        ("queue.left outcome", "abandoned answered"),
        ("transfer.completed reason", "escalation expertise other wrong_queue"),
        ("handoff.requested by", "ai customer rule"),
        ("slot.asked author", "ai human"),
        ("agent.state_changed state", "available away handling offline wrap_up"),
        ("conversation.ended reason", "abandoned completed timed_out"),
        ("conversation.started language", "de en es fr"),
        ("conversation.started currency", "AUD EUR MXN USD"),
        ("action.taken kind", "coaching other routing tuning"),
    ] {
        let found: Vec<&str> = words[field].iter().map(String::as_str).collect();
        for word in expected.split(' ') {
            assert!(found.contains(&word), "{field} lacks {word}: {found:?}");
        }
    }
}

#[test]
fn slots_in_use_are_those_of_the_agent() {
    let mut most = BTreeMap::new();
    for event in seen(&scenario(24, 120.0)) {
        if event.kind == "cx.agent.state_changed" {
            let slots = |name: &str| event.data[name].as_u64().unwrap();
            assert!(slots("slots_busy") <= slots("slots_total"), "{event:?}");
            assert_eq!(
                slots("slots_busy") > 0,
                ["handling", "wrap_up"].contains(&event.data["state"].as_str().unwrap())
            );
            let most = most.entry(slots("slots_total")).or_insert(0);
            *most = slots("slots_busy").max(*most);
        }
    }
    assert_eq!(most, BTreeMap::from([(1, 1), (2, 2)]), "slots of telephone and chat");
}
