//! What was refused and kept is, decoded anew, the event that it was.

use serde_json::json;

use super::{
    tests::{event, try_decode},
    *,
};
use crate::id::TenantId;

fn key() -> PseudonymKey {
    PseudonymKey::derive(b"test", &TenantId::try_from("demo".to_owned()).unwrap(), 1)
}

/// An event, kept as one that is refused, and decoded anew.
fn again(event: &Value) -> (Result<(), Rejection>, Chunk) {
    let (kept, known) = (masked_event(event, &key()), fingerprints(event, 0, &key()).unwrap());
    let text = kept.to_string();
    let kept: Value = serde_json::from_str(&text).unwrap();
    let (sources, policy, hashed) = ([String::new()], Policy::default(), key().keeping_hashes());
    let now = 1_767_607_200_000_000_000;
    let intake = Intake {
        key: &hashed,
        sources: &sources,
        now: &|_| now,
        accept_late: 7 * crate::minute::DAY,
        policy: &policy,
    };
    let mut chunk = Chunk::new(TenantId::try_from("demo".to_owned()).unwrap(), now);
    (decode_kept(&kept, known, &intake, &mut chunk), chunk)
}

#[test]
fn it_counts_for_the_same_people_under_the_same_identity() {
    let mut named = event(
        "cx.conversation.started",
        json!({"customer": "cust-0815", "channel": "chat", "direction": "inbound",
               "previous_conversation": "case-4710"}),
    );
    named["subject"] = json!("case-4711");
    // Made of the subject: kept as a hash, though what is taken keeps it as it is.
    named["id"] = json!("case-4711-1");
    let mut mailed = event("cx.agent.connected", json!({"agent": "bo", "intent": "refund"}));
    mailed["id"] = json!("jo@example.com");
    let said =
        event("cx.message.added", json!({"author": "customer", "text": "I am jo@example.com"}));
    let state = event("cx.agent.state_changed", json!({"agent": "bo", "state": "available"}));
    let level = event("cx.queue.measured", json!({"queue": "billing", "length": 3}));
    for event in [named, mailed, said, state, level] {
        let (result, first, _) = try_decode(&event);
        assert_eq!(result, Ok(()), "{event}");
        let (result, second) = again(&event);
        assert_eq!(result, Ok(()), "{event}");
        assert_eq!(second.encode(), first.encode(), "{event}");
    }
}

#[test]
fn what_is_still_wrong_is_still_refused() {
    let unknown = event("cx.message.added", json!({"author": "nobody"}));
    assert_eq!(again(&unknown).0.unwrap_err().error, "unknown_value");
    let mut late = event("cx.message.added", json!({"author": "customer"}));
    late["time"] = json!("2025-12-01T10:00:00Z");
    assert_eq!(again(&late).0.unwrap_err().error, "too_late");
}

#[test]
fn what_has_no_identity_has_no_fingerprints() {
    for name in ["id", "source", "time", "type"] {
        let mut event = event("cx.message.added", json!({"author": "customer"}));
        event[name] = Value::Null;
        assert_eq!(fingerprints(&event, 0, &key()), None, "{name}");
    }
}
