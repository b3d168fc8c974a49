use serde_json::json;

use super::{
    tests::{event, refused, try_decode},
    *,
};
use crate::{event::Kind, id::TenantId};

#[test]
fn a_text_field_of_another_type_is_refused_by_name_and_null_is_absent() {
    for (kind, required, names) in [
        ("cx.conversation.started", json!({}), &["previous_conversation", "customer"][..]),
        ("cx.message.added", json!({"author": "ai"}), &["text"]),
        (
            "cx.ai.responded",
            json!({"outcome": "answered"}),
            &["error_type", "model", "agent_version", "sources", "text", "reasoning", "trace_id"],
        ),
        ("cx.handoff.requested", json!({"by": "ai"}), &["reason"]),
        ("cx.transfer.completed", json!({}), &["reason", "from_agent", "to_agent"]),
        ("cx.conversation.resolved", json!({}), &["by", "code"]),
        ("cx.conversation.ended", json!({}), &["reason", "recording_url"]),
        (
            "cx.evaluation.recorded",
            json!({"name": "tone", "label": "pass"}),
            &["item", "explanation", "evaluator"],
        ),
        (
            "cx.change.deployed",
            json!({"component": "model", "name": "a", "version": "1"}),
            &["previous", "by"],
        ),
        ("cx.action.taken", json!({"kind": "other"}), &["alert", "detail", "by"]),
    ] {
        for name in names {
            let with = |value: Value| {
                let mut data = required.clone();
                data[name] = value;
                event(kind, data)
            };
            for wrong in [json!(5), json!([1]), json!({"a": "b"}), json!(true)] {
                refused(&with(wrong), "wrong_type", &format!("data.{name}"));
            }
            assert_eq!(try_decode(&with(Value::Null)).0, Ok(()), "{kind} {name}");
        }
    }
    let sources = event("cx.ai.responded", json!({"outcome": "answered", "sources": "one"}));
    refused(&sources, "wrong_type", "data.sources");
}

#[test]
fn what_another_type_calls_text_is_an_unknown_field_and_ignored() {
    let (result, chunk, _) =
        try_decode(&event("cx.queue.entered", json!({"queue": "a", "code": 5})));
    assert_eq!((result, chunk.texts.len()), (Ok(()), 0));
}

#[test]
fn scores_are_on_their_scale_and_negative_durations_are_zero() {
    for data in [
        json!({"kind": "csat", "score": -3}),
        json!({"kind": "csat", "score": 5.1}),
        json!({"kind": "nps", "score": 3, "max": 2}),
    ] {
        refused(&event("cx.feedback.received", data), "out_of_range", "data.score");
    }
    for max in [0.0, -5.0, 1e13] {
        let data = json!({"kind": "csat", "score": 0, "max": max});
        refused(&event("cx.feedback.received", data), "out_of_range", "data.max");
    }
    let long = json!({"queue": "a", "length": 1_000_001});
    refused(&event("cx.queue.observed", long), "out_of_range", "data.length");
    let talk = event("cx.agent.disconnected", json!({"agent": "bo", "talk_seconds": -3}));
    let (_, chunk, _) = try_decode(&talk);
    let Kind::AgentDisconnected { talk, .. } = chunk.events[0].1.kind else { panic!() };
    assert_eq!(talk, Some(0));
}

#[test]
fn a_name_of_the_senders_own_is_not_repeated() {
    let totals = json!({"jane.doe@example.com": "x"});
    let snapshot = json!({"version": "2026-01-05T10:00:00Z", "totals": totals});
    refused(&event("cx.record.snapshot", snapshot), "wrong_type", "data.totals");
    let hours = ("2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z");
    let reported = json!({"from": hours.0, "to": hours.1, "totals": totals});
    refused(&event("cx.totals.reported", reported), "wrong_type", "data.totals");
}

#[test]
fn the_label_of_an_unknown_type_holds_nothing_of_a_person() {
    for (kind, label) in [
        ("com.vendor.thing", "com.vendor.thing"),
        ("4111111111111111", MASKED),
        ("192.168.10.77", MASKED),
        ("415-555-2671", MASKED),
        ("jane@example.com", OTHER),
    ] {
        let (result, chunk, _) = try_decode(&event(kind, json!({})));
        assert_eq!((result, chunk.tallies[0].label.as_str()), (Ok(()), label));
    }
}

#[test]
fn an_observation_keeps_its_known_fields_alone() {
    let kept = |kind: &str, mut data: Value| {
        data["customer"] = json!("c-4711");
        data["note"] = json!("of jane");
        let (result, mut chunk, _) = try_decode(&event(kind, data));
        assert_eq!(result, Ok(()));
        serde_json::from_str::<Value>(&chunk.observations.remove(0).data).unwrap()
    };
    let key = PseudonymKey::derive(b"test", &TenantId::try_from("demo".to_owned()).unwrap(), 1);
    assert_eq!(
        kept("cx.queue.observed", json!({"queue": "billing", "length": 3, "agents_busy": null})),
        json!({"queue": "billing", "length": 3})
    );
    assert_eq!(
        kept("cx.action.taken", json!({"kind": "coaching", "by": "jane", "detail": "a@b.co"})),
        json!({"kind": "coaching", "by": key.agent("jane"), "detail": "[email]"})
    );
}

#[test]
fn a_queue_keeps_its_identity_where_its_name_is_masked() {
    let observed = |queue: &str| {
        let data = json!({"queue": queue, "length": 3});
        try_decode(&event("cx.queue.observed", data)).1.observations.remove(0)
    };
    let (jane, bob) = (observed("jane@example.com"), observed("bob@example.com"));
    assert_eq!((jane.queue.as_str(), bob.queue.as_str()), (MASKED, MASKED));
    assert_ne!(jane.key, bob.key);
    assert_eq!(jane.key, observed("jane@example.com").key);
    assert!(!jane.key.contains("jane"));
}
