use serde_json::json;

use super::*;
use crate::{dimension::Dimension, event::Kind, id::TenantId};

const NOW: i64 = 1_767_607_200_000_000_000; // 2026-01-05T10:00:00Z

fn tenant() -> TenantId {
    TenantId::try_from("demo".to_owned()).unwrap()
}

pub(super) fn try_decode(event: &Value) -> (Result<(), Rejection>, Chunk, Agents) {
    try_decode_under(event, &Policy::default())
}

fn try_decode_under(event: &Value, policy: &Policy) -> (Result<(), Rejection>, Chunk, Agents) {
    let key = PseudonymKey::derive(b"test", &tenant(), 1);
    let sources = ["/shop".to_owned()];
    let intake = Intake {
        key: &key,
        sources: &sources,
        now: &|_| NOW,
        accept_late: 7 * crate::minute::DAY,
        policy,
    };
    let mut chunk = Chunk::new(tenant(), NOW);
    let mut agents = Agents::new();
    let result = decode(event, &intake, &mut chunk, &mut agents);
    (result, chunk, agents)
}

#[expect(clippy::needless_pass_by_value, reason = "called with literals")]
pub(super) fn event(kind: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0", "id": "1", "source": "/shop/chat", "type": kind,
        "subject": "c1", "time": "2026-01-05T10:00:00Z", "data": data,
    })
}

#[track_caller]
pub(super) fn refused(event: &Value, error: &str, field: &str) {
    let (result, chunk, _) = try_decode(event);
    let rejection = result.unwrap_err();
    assert_eq!((rejection.error, rejection.field.as_str()), (error, field), "{event}");
    assert!(chunk.events.is_empty() && chunk.observations.is_empty() && chunk.states.is_empty());
}

#[test]
fn every_type_decodes_with_its_required_fields_and_not_without() {
    let cases: &[(&str, Value)] = &[
        ("cx.conversation.started", json!({})),
        ("cx.intent.detected", json!({"intent": "refund"})),
        ("cx.queue.entered", json!({"queue": "billing"})),
        ("cx.queue.left", json!({"queue": "billing", "outcome": "answered"})),
        ("cx.handoff.accepted", json!({})),
        ("cx.agent.connected", json!({"agent": "bo"})),
        ("cx.message.added", json!({"author": "customer"})),
        ("cx.ai.responded", json!({"outcome": "answered"})),
        ("cx.slot.asked", json!({"slot": "order", "author": "ai"})),
        ("cx.slot.filled", json!({"slot": "order"})),
        ("cx.sentiment.scored", json!({"score": -0.5})),
        ("cx.handoff.requested", json!({"by": "customer"})),
        ("cx.transfer.completed", json!({})),
        ("cx.agent.disconnected", json!({"agent": "bo"})),
        ("cx.agent.wrapped_up", json!({"agent": "bo"})),
        ("cx.conversation.resolved", json!({})),
        ("cx.conversation.ended", json!({})),
        ("cx.conversation.reopened", json!({})),
        ("cx.feedback.received", json!({"kind": "csat", "score": 4})),
        ("cx.evaluation.recorded", json!({"name": "tone", "label": "pass"})),
        ("cx.conversation.valued", json!({})),
        ("cx.record.snapshot", json!({"version": "2026-01-05T10:00:00Z"})),
        ("cx.queue.observed", json!({"queue": "billing", "length": 3})),
        ("cx.agent.state_changed", json!({"agent": "bo", "state": "away"})),
        ("cx.change.deployed", json!({"component": "prompt", "name": "refund", "version": "8"})),
        ("cx.action.taken", json!({"kind": "coaching"})),
        ("cx.source.heartbeat", json!({})),
        (
            "cx.totals.reported",
            json!({"from": "2026-01-05T09:00:00Z", "to": "2026-01-05T10:00:00Z"}),
        ),
    ];
    for (kind, data) in cases {
        let (result, chunk, _) = try_decode(&event(kind, data.clone()));
        result.unwrap_or_else(|rejection| panic!("{kind}: {rejection:?}"));
        let taken = chunk.events.len() + chunk.observations.len() + chunk.states.len();
        assert_eq!(taken, 1, "{kind}");
        for (_, stored) in &chunk.events {
            assert_eq!(stored.kind.type_name(), *kind);
        }
        for name in data.as_object().unwrap().keys() {
            let mut less = data.clone();
            less.as_object_mut().unwrap().remove(name);
            refused(&event(kind, less), "missing", &format!("data.{name}"));
            let mut wrong = data.clone();
            wrong[name] = json!([[1]]);
            let (result, ..) = try_decode(&event(kind, wrong));
            assert!(result.unwrap_err().field.starts_with("data."), "{kind} {name}");
        }
    }
}

#[test]
fn the_envelope_is_checked_field_by_field() {
    for name in ["specversion", "id", "source", "type", "time", "subject"] {
        let mut less = event("cx.conversation.started", json!({}));
        less.as_object_mut().unwrap().remove(name);
        refused(&less, "missing", name);
        let mut wrong = event("cx.conversation.started", json!({}));
        wrong[name] = json!(7);
        refused(&wrong, "wrong_type", name);
    }
    let with = |name: &str, value: Value| {
        let mut changed = event("cx.conversation.started", json!({}));
        changed[name] = value;
        changed
    };
    refused(&with("specversion", json!("0.3")), "unknown_value", "specversion");
    refused(&with("id", json!("")), "out_of_range", "id");
    refused(&with("id", json!("x".repeat(257))), "out_of_range", "id");
    refused(&with("subject", json!("x".repeat(257))), "out_of_range", "subject");
    refused(&with("source", json!("/shopping/chat")), "foreign_source", "source");
    refused(&with("time", json!("yesterday")), "invalid", "time");
    refused(&with("time", json!("2026-01-05T10:15:00.000000001Z")), "in_future", "time");
    refused(&with("time", json!("2025-12-29T09:59:59Z")), "too_late", "time");
    refused(&with("data", json!("text")), "wrong_type", "data");
    assert!(try_decode(&with("time", json!("2026-01-05T10:15:00Z"))).0.is_ok());
    assert!(try_decode(&with("time", json!("2025-12-29T10:00:00Z"))).0.is_ok());
    assert!(try_decode(&json!([])).0.is_err());
}

#[test]
fn values_out_of_their_range_are_refused() {
    let cases = [
        ("cx.ai.responded", json!({"outcome": "answered", "confidence": 1.1}), "confidence"),
        ("cx.sentiment.scored", json!({"score": -1.01}), "score"),
        ("cx.feedback.received", json!({"kind": "csat", "score": 6}), "score"),
        ("cx.conversation.started", json!({"order_value": 1e30}), "order_value"),
    ];
    for (kind, data, field) in cases {
        refused(&event(kind, data), "out_of_range", &format!("data.{field}"));
    }
    let fax = json!({"channel": "fax"});
    refused(&event("cx.conversation.started", fax), "unknown_value", "data.channel");
    let tab = json!({"intent": "a\tb"});
    refused(&event("cx.intent.detected", tab), "invalid", "data.intent");
}

#[test]
fn an_unknown_type_is_counted_and_not_refused() {
    let (result, chunk, _) = try_decode(&event("com.vendor.thing", json!({"a": 1})));
    assert!(result.is_ok());
    assert!(chunk.events.is_empty());
    assert_eq!(chunk.tallies[0].metric, Metric::UnknownTypes);
    assert_eq!(chunk.tallies[0].label, "com.vendor.thing");
}

#[test]
fn nothing_personal_is_left_in_a_chunk() {
    let mut planted = event(
        "cx.message.added",
        json!({
            "author": "customer", "agent": "jane.doe@example.com", "queue": "jane.doe@example.com",
            "text": "write to jane.doe@example.com",
        }),
    );
    planted["subject"] = json!("jane.doe@example.com");
    planted["id"] = json!("jane.doe@example.com");
    planted["source"] = json!("/shop/jane.doe@example.com");
    let (result, chunk, agents) = try_decode(&planted);
    result.unwrap();
    let bytes = chunk.encode();
    assert!(!bytes.windows(8).any(|window| window == b"jane.doe"));
    assert_eq!(chunk.texts[0].1.fields[0].1, "write to [email]");
    assert!(chunk.symbols.find(MASKED).is_some());
    assert_eq!(agents.values().next().unwrap(), "jane.doe@example.com");
}

#[test]
fn content_is_compared_as_canonical_json() {
    let content = |text: &str| {
        let event: Value = serde_json::from_str(text).unwrap();
        let (result, chunk, _) = try_decode(&event);
        result.unwrap();
        chunk.events[0].1.content
    };
    let template = |data: &str| {
        format!(
            r#"{{"specversion":"1.0","id":"1","source":"/shop/a","type":"cx.intent.detected","subject":"c","time":"2026-01-05T10:00:00Z","data":{data}}}"#
        )
    };
    let one = content(&template(r#"{"intent":"a","confidence":0.5}"#));
    assert_eq!(one, content(&template(r#"{"confidence":0.50,"intent":"a"}"#)));
    assert_ne!(one, content(&template(r#"{"confidence":0.51,"intent":"a"}"#)));
}

#[test]
fn a_customers_message_ranks_before_the_others() {
    let rank = |author: &str| {
        let (_, chunk, _) = try_decode(&event("cx.message.added", json!({"author": author})));
        chunk.events[0].1.kind.rank()
    };
    assert!(rank("customer") < rank("ai"));
    assert!(rank("human") < Kind::Reopened.rank());
}

/// What is derived of a message: sentiment, request for a person, and how many judgements.
#[track_caller]
fn derived(data: Value) -> (Option<i32>, bool, usize) {
    let yaml = "{forbidden: [{phrases: [cheap]}], person: {also: [beam me up]}}";
    let policy = Policy::parse(yaml).unwrap();
    let (result, chunk, _) = try_decode_under(&event("cx.message.added", data), &policy);
    result.unwrap();
    let Kind::Message(message) = &chunk.events[0].1.kind else { panic!("a message") };
    (message.derived_sentiment, message.asks_for_person, message.judged.len())
}

#[test]
fn a_message_brings_what_is_derived_of_its_text() {
    let by = |author: &str, text: &str| derived(json!({"author": author, "text": text}));
    assert_eq!(by("customer", "This is terrible."), (Some(-476_700), false, 0));
    assert_eq!(by("customer", "agent"), (Some(0), true, 0));
    assert_eq!(by("customer", "beam me up"), (Some(0), true, 0));
    assert_eq!(by("customer", ""), (None, false, 0));
    assert_eq!(by("ai", "Terrible! Talk to a human, they are cheap"), (None, false, 1));
    assert_eq!(by("human", "hello"), (None, false, 1));
    assert_eq!(by("system", "hello"), (None, false, 0));
    let scored = json!({"author": "customer", "text": "terrible", "sentiment": 0.1});
    assert_eq!(derived(scored), (None, false, 0));
    let german = json!({"author": "customer", "text": "die Karte", "language": "de"});
    assert_eq!(derived(german), (None, false, 0));
    let private = json!({"author": "human", "text": "cheap", "visibility": "private"});
    assert_eq!(derived(private), (None, false, 0));
    assert_eq!(derived(json!({"author": "customer"})), (None, false, 0));
}

#[test]
fn an_ai_response_is_judged_too_and_a_judgement_is_read_like_an_evaluation() {
    let policy = Policy::parse("forbidden: [{phrases: [cheap], severity: severe}]").unwrap();
    let said = json!({"outcome": "answered", "text": "It is cheap."});
    let (_, chunk, _) = try_decode_under(&event("cx.ai.responded", said), &policy);
    let [judgement] = chunk.events[0].1.kind.judgements() else { panic!("one judgement") };
    assert_eq!(chunk.symbols.text(judgement.name), "brand_safe");
    assert_eq!(judgement.pass, Some(false));
    assert_eq!(judgement.severity, Some(crate::event::Severity::Severe));
    let sent = json!({"name": "brand_safe", "label": "pass", "evaluator": "llm"});
    let (_, chunk, _) = try_decode(&event("cx.evaluation.recorded", sent));
    assert_eq!(chunk.events[0].1.kind.judgements().len(), 1);
}

#[test]
fn neither_identity_nor_content_depends_on_what_is_derived() {
    let policy = Policy::parse("forbidden: [{phrases: [cheap]}]").unwrap();
    let said = event("cx.message.added", json!({"author": "ai", "text": "It is cheap."}));
    let identity = |policy: &Policy| {
        let (_, chunk, _) = try_decode_under(&said, policy);
        let event = &chunk.events[0].1;
        (event.id, event.content, event.kind.judgements().len())
    };
    let (with, without) = (identity(&policy), identity(&Policy::default()));
    assert_eq!((with.0, with.1), (without.0, without.1));
    assert_ne!(with.2, without.2);
}

#[test]
fn an_answer_about_another_order_has_the_same_fingerprint() {
    let fingerprint = |text: &str| {
        let data = json!({"outcome": "answered", "text": text});
        let (_, chunk, _) = try_decode(&event("cx.ai.responded", data));
        let Kind::AiResponded(response) = &chunk.events[0].1.kind else { panic!("a response") };
        response.fingerprint
    };
    assert_eq!(fingerprint("Order 4711 is late."), fingerprint("ORDER 12  is late"));
    assert_ne!(fingerprint("Order 4711 is late."), fingerprint("Order 4711 is lost."));
    assert_eq!(fingerprint("…"), None);
}

#[test]
fn judgements_are_stored_with_the_event() {
    let policy = Policy::parse("required: [{item: terms, phrases: [within 14 days]}]").unwrap();
    let said = event("cx.message.added", json!({"author": "human", "text": "Within 14 days."}));
    let (_, chunk, _) = try_decode_under(&said, &policy);
    let mut conversation = crate::conversation::Conversation::default();
    // Another table of symbols than the chunk's.
    let mut other = crate::symbol::Symbols::default();
    other.intern("padding");
    conversation.absorb(&other);
    let map = conversation.absorb(&chunk.symbols);
    conversation.insert(chunk.events[0].1.clone(), &map);
    let stored = conversation.encode().inline.unwrap();
    let read = crate::conversation::Conversation::decode([stored.as_slice()]).unwrap();
    let steps = crate::conversation::journey(&read, i64::MAX);
    let judged = ("judged", "policy_adherence: pass".to_owned());
    assert!(steps[0].details.contains(&judged), "{:?}", steps[0].details);
}

#[test]
fn an_agents_state_names_agent_queue_and_team_and_slots_only_together() {
    let decode = |data: Value| {
        let (result, chunk, agents) = try_decode(&event("cx.agent.state_changed", data));
        result.unwrap();
        let (agent, state) = chunk.states[0].clone();
        assert_eq!(agents.get(&agent).map(String::as_str), Some("bo"));
        (agent, state)
    };
    let (agent, state) = decode(json!({
        "agent": "bo", "state": "wrap_up", "queue": "jane.doe@example.com", "team": "blue",
        "slots_total": 3, "slots_busy": 1,
    }));
    let queue = (Dimension::Queue, MASKED.to_owned());
    let team = (Dimension::Team, "blue".to_owned());
    assert_eq!(state.dimensions, [(Dimension::Agent, agent), queue, team]);
    assert_eq!(state.slots, Some(crate::agent::Slots { total: 3, busy: 1 }));
    let (_, state) = decode(json!({"agent": "bo", "state": "away", "slots_total": 3}));
    assert_eq!((state.slots, state.dimensions.len()), (None, 1));
}

#[test]
fn a_queue_observed_sets_the_levels_that_it_tells() {
    let data =
        json!({"queue": "billing", "length": 3, "agents_available": 0, "oldest_wait_seconds": 9});
    let (_, chunk, _) = try_decode(&event("cx.queue.observed", data));
    let mut sums = crate::sums::Sums::default();
    chunk.observations[0].contribute(&mut sums, 1);
    let mut levels: Vec<_> = sums
        .iter()
        .map(|(_, metric, vector, amount)| {
            assert_eq!(sums.text(vector[Dimension::Queue.index()]), "billing");
            (metric, amount.anchor())
        })
        .collect();
    levels.sort_unstable();
    let expected = [(Metric::QueueLength, Some(3)), (Metric::ObservedAvailable, Some(0))];
    assert_eq!(levels, expected);
    chunk.observations[0].contribute(&mut sums, -1);
    assert!(sums.is_empty());
}

#[test]
fn a_text_does_not_repeat_whom_its_event_names() {
    let mut said = event(
        "cx.message.added",
        json!({
            "author": "human", "agent": "a.okafor", "customer_name": "Ada Lindqvist",
            "customer": "CU-90210",
            "text": "a.okafor here: cu-90210 is Ada, conversation shop:7781, order 7781",
        }),
    );
    said["subject"] = json!("shop:7781");
    let (result, chunk, _) = try_decode(&said);
    result.unwrap();
    let text = &chunk.texts[0].1.fields[0].1;
    assert_eq!(
        text,
        "[identifier] here: [identifier] is Ada, conversation [identifier], order 7781"
    );
}
