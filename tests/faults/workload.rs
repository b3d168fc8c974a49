//! What the platforms send in one run: conversations, agents' states, observations, with copies,
//! contradictions and delays.

use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tocsin_domain::minute::{HOUR, MINUTE, SECOND, timestamp};

/// 2026-01-05T10:00:00Z: when the run begins.
pub(crate) const BEGINNING: i64 = 1_767_607_200 * SECOND;

/// Events of about this time, some of one identity and different content.
pub(crate) fn events(rng: &mut ChaCha8Rng, beginning: i64) -> Vec<Value> {
    let mut events = Vec::new();
    for conversation in 0..rng.random_range(3..10) {
        let subject = format!("c{conversation}");
        let mut time = beginning - rng.random_range(0..4 * HOUR);
        for number in 0..rng.random_range(2..10) {
            // No event is more than 15 minutes ahead of a run's beginning.
            time = (time + rng.random_range(0..8 * MINUTE)).min(beginning + 14 * MINUTE);
            let (kind, data) = said(rng, number == 0);
            // Two sources number their events alike.
            let source = ["/one", "/two"][number % 2];
            let id = format!("e{}", number / 2);
            events.push(event(source, Some(&subject), &id, (time, kind, data)));
        }
    }
    for number in 0..rng.random_range(0..16) {
        let time = beginning - rng.random_range(0..20 * HOUR);
        let state = *["available", "handling", "away"].choose(rng).unwrap_or(&"away");
        let agent = *["ann", "bo"].choose(rng).unwrap_or(&"bo");
        let data =
            json!({ "agent": agent, "state": state, "slots_total": 3, "slots_busy": number % 3 });
        events.push(event(
            "/one",
            None,
            &format!("s{number}"),
            (time, "agent.state_changed", data),
        ));
    }
    for number in 0..rng.random_range(0..12) {
        let time = beginning - rng.random_range(0..2 * MINUTE);
        let data = json!({ "queue": "q", "length": number % 5, "agents_available": 2 });
        events.push(event("/one", None, &format!("q{number}"), (time, "queue.observed", data)));
    }
    for contradicted in 0..rng.random_range(0..4) {
        let mut other = events[rng.random_range(0..events.len())].clone();
        if contradicted % 2 == 0 {
            other["time"] = json!(timestamp(beginning - rng.random_range(0..HOUR)).to_string());
        } else {
            other["data"]["region"] = json!("eu");
        }
        events.push(other);
    }
    events
}

fn event(
    source: &str,
    subject: Option<&str>,
    id: &str,
    (time, kind, data): (i64, &str, Value),
) -> Value {
    json!({
        "specversion": "1.0", "source": source, "subject": subject, "id": id, "type": format!("cx.{kind}"),
        "time": timestamp(time).to_string(), "data": data,
    })
}

fn said(rng: &mut ChaCha8Rng, is_first: bool) -> (&'static str, Value) {
    if is_first && rng.random_bool(0.8) {
        // Mostly one and the same, who has several conversations at once.
        let customer = format!("k{}", u8::from(rng.random_bool(0.2)));
        return ("conversation.started", json!({ "channel": "chat", "customer": customer }));
    }
    match rng.random_range(0..15) {
        0..=3 => {
            let outcome = *["answered", "fallback", "fallback", "clarified"]
                .choose(rng)
                .unwrap_or(&"answered");
            let intent = *["refund", "delivery"].choose(rng).unwrap_or(&"refund");
            let data = json!({
                "outcome": outcome, "intent": intent, "confidence": 0.9, "latency_ms": 900,
                "text": "please try again", "prompt_version": "p1",
            });
            ("ai.responded", data)
        }
        4 | 5 => ("message.added", json!({ "author": "customer", "text": "where is my parcel" })),
        6 => ("handoff.requested", json!({ "by": "customer" })),
        7 => ("queue.entered", json!({ "queue": "q" })),
        8 => {
            let outcome = *["answered", "abandoned"].choose(rng).unwrap_or(&"answered");
            ("queue.left", json!({ "queue": "q", "outcome": outcome }))
        }
        9 => ("agent.connected", json!({ "agent": "ann", "team": "blue" })),
        10 => ("agent.disconnected", json!({ "agent": "ann", "talk_seconds": 61 })),
        11 | 14 => ("conversation.resolved", json!({ "by": "ai", "confirmed": true })),
        12 => ("feedback.received", json!({ "kind": "csat", "score": rng.random_range(1..6) })),
        _ => ("conversation.reopened", json!({})),
    }
}

/// The events as batches, in the order of their sending: cut anywhere, many sent again in others.
pub(crate) fn batches(rng: &mut ChaCha8Rng, events: &[Value]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..events.len()).collect();
    for _ in 0..events.len() / 3 {
        order.push(rng.random_range(0..events.len()));
    }
    for place in 0..order.len() {
        // Mostly in order; some wait long.
        let reach = if rng.random_bool(0.2) { order.len() } else { 6 };
        let other = (place + rng.random_range(0..reach)).min(order.len() - 1);
        order.swap(place, other);
    }
    let mut batches = Vec::new();
    let mut rest = order.as_slice();
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(rng.random_range(1..=12).min(rest.len()));
        batches.push(batch.to_vec());
        rest = later;
    }
    batches
}
