//! Vendors' own payloads, and vectors of their signatures.
//!
//! They are not part of this repository; where `TOCSIN_REFERENCE` names the folder that holds them they
//! are checked, and otherwise this says that they were left out.
#![expect(clippy::print_stdout, reason = "it says what it leaves out")]

use std::{fs, path::PathBuf};

use serde_json::Value;
use tocsin_domain::{
    minute::nanoseconds,
    platform::{Platform, signature::Scheme},
    rfc3339,
};

use super::check;

/// A file of the reference, where it is there.
fn reference(file: &str) -> Option<Value> {
    let folder = std::env::vars().find(|(name, _)| name == "TOCSIN_REFERENCE");
    let Some((_, folder)) = folder else {
        println!("left out: TOCSIN_REFERENCE does not name the folder of reference payloads");
        return None;
    };
    let path = PathBuf::from(folder).join("payloads").join(file);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap())
}

#[track_caller]
fn reads(platform: Platform, file: &str, expected: &[&str]) {
    if let Some(delivery) = reference(file) {
        check(platform, &delivery, expected);
    }
}

const QUEUE: &str =
    r#"{"queue":"12345678-1234-1234-1234-123456789012","outcome":"answered","channel":"voice"}"#;
const AGENT: &str = r#"{"agent":"12345678-1234-1234-1234-123456789012","channel":"voice"}"#;

#[test]
fn contact_events_of_amazon_connect() {
    let file = |name: &str| format!("amazon_connect/{name}.json");
    let connected = |contact: &str| {
        let at = format!("2021-08-04T17:29:09Z connect:acme:{contact}");
        [format!("{at} queue.left {QUEUE}"), format!("{at} agent.connected {AGENT}")]
    };
    // One without its envelope, and one whose keys are written otherwise.
    for (name, contact) in [
        ("contact_event_connected_to_agent_doc2021", "11111111"),
        ("contact_event_connected_to_agent_pascalcase_routing", "12345678"),
    ] {
        let [left, with] = &connected(contact);
        reads(Platform::Connect, &file(name), &[left, with]);
    }
    // Somebody was called; what stands there of a queue is no wait, and times contradict each other.
    let at = "2021-08-04T17:18:37Z connect:acme:11111111";
    reads(
        Platform::Connect,
        &file("contact_event_disconnected_outbound_doc2021"),
        &[
            &format!(r#"{at} agent.disconnected {{"agent":"arn","channel":"voice"}}"#),
            &format!(r#"{at} conversation.ended {{"reason":"completed","channel":"voice"}}"#),
        ],
    );
    for (name, what) in [
        ("contact_event_routing_step_expired", "CONTACT_DATA_UPDATED"),
        ("contact_lens_rule_post_call_matched", "Contact_Lens_Post_Call_Rules_Matched"),
        ("contact_lens_rule_realtime_matched", "Contact_Lens_Realtime_Rules_Matched"),
    ] {
        reads(Platform::Connect, &file(name), &[&format!("not measured: connect.{what}")]);
    }
    let other = "not measured: connect.EC2_Instance_State-change_Notification";
    reads(Platform::Connect, "aws_transport/eventBridgeEvent.json", &[other]);
}

#[test]
fn events_of_genesys_cloud() {
    for (name, expected) in [
        ("acd_start_reconstructed", r#"queue.entered {"queue":"q-1","channel":"voice"}"#),
        (
            "acd_end_reconstructed",
            r#"queue.left {"queue":"q-1","outcome":"answered","channel":"voice"}"#,
        ),
        ("acw_reconstructed", r#"agent.wrapped_up {"agent":"u-1","after_contact_seconds":25.0}"#),
        ("conversation_end_event", r#"conversation.ended {"reason":"completed","channel":"chat"}"#),
        (
            "conversation_end_event_no_external_contact_id",
            r#"conversation.ended {"reason":"completed","channel":"chat"}"#,
        ),
        ("flow_end_reconstructed", r#"handoff.requested {"by":"ai"}"#),
        (
            "user_end_reconstructed",
            r#"agent.disconnected {"agent":"u-1","talk_seconds":181.0,"hold_seconds":12.0,"channel":"voice"}"#,
        ),
    ] {
        let expected = format!("2022-04-06T09:31:44.949Z genesys:acme:2f7bf00a {expected}");
        reads(Platform::Genesys, &format!("genesys_cloud/eventbridge_{name}.json"), &[&expected]);
    }
    // The topic counts, whatever the envelope calls it.
    reads(
        Platform::Genesys,
        "genesys_cloud/eventbridge_non_conversation_event.json",
        &[
            r#"2022-04-06T09:30:44.949Z genesys:acme:2f7bf00a conversation.started {"channel":"chat","direction":"inbound"}"#,
        ],
    );
    reads(
        Platform::Genesys,
        "genesys_cloud/eventbridge_flow_outcome.json",
        &[
            r#"2025-12-12T15:02:30.107Z genesys:acme:test-con evaluation.recorded {"name":"flow_outcome","label":"pass","evaluator":"rule","about":"ai","item":"test-flow-outcome-id"}"#,
        ],
    );
    let attributes = "genesys_cloud/eventbridge_attributes.json";
    reads(Platform::Genesys, attributes, &["not measured: genesys.other"]);
}

#[test]
fn deliveries_of_zendesk() {
    for (name, expected) in [
        (
            "messaging_ticket_message_added_bot",
            r#"2025-02-11T14:32:05.254571515Z zendesk:acme:141 message.added {"author":"ai","text":"Hi there. How can I help you today?","channel":"messaging"}"#,
        ),
        (
            "messaging_ticket_message_added_customer_nanos",
            r#"2026-07-09T08:38:27.200000047Z zendesk:acme:73053 message.added {"author":"customer","text":"Unable to login","channel":"messaging"}"#,
        ),
        (
            "ticket_comment_added_private_production",
            r#"2026-06-09T08:36:44.304701605Z zendesk:acme:71447 message.added {"author":"system","visibility":"private","customer_id":"58789189659033","customer_name":"REDACTED","text":"Conversation with Web User 6a27d07ec70c5f1aa576a17b","queue":"44897999201817"}"#,
        ),
        (
            "ticket_created",
            r#"2025-01-08T10:12:07.67271703Z zendesk:acme:5158 conversation.started {"channel":"web","direction":"inbound","customer":"8447388090494","queue":"8447320466430"}"#,
        ),
        (
            "ticket_status_changed_solved_dust",
            "2025-01-08T16:45:20.987654321Z zendesk:acme:5158 conversation.resolved {}",
        ),
    ] {
        reads(Platform::Zendesk, &format!("zendesk/{name}.json"), &[expected]);
    }
}

#[test]
fn signatures_as_vendors_publish_them() {
    let Some(vectors) = reference("_signatures/test_vectors.json") else { return };
    let mut checked = 0;
    for vector in vectors.as_array().unwrap() {
        let text = |name: &str| vector[name].as_str().unwrap_or_default();
        let (scheme, headers) = match text("scheme") {
            "standard-webhooks" => (
                Scheme::StandardWebhooks,
                vec![
                    ("webhook-signature", text("expected")),
                    ("webhook-id", vector["headers"]["webhook-id"].as_str().unwrap()),
                    ("webhook-timestamp", vector["headers"]["webhook-timestamp"].as_str().unwrap()),
                ],
            ),
            "slack-v0" => (
                Scheme::Slack,
                vec![
                    ("x-slack-signature", text("expected")),
                    ("x-slack-request-timestamp", text("timestamp")),
                ],
            ),
            "zendesk" => (
                Scheme::Zendesk,
                vec![
                    ("x-zendesk-webhook-signature", text("expected")),
                    ("x-zendesk-webhook-signature-timestamp", text("timestamp")),
                ],
            ),
            // Of parameters and address, which no scheme here signs.
            other => {
                assert!(other.starts_with("twilio"), "{other}");
                continue;
            }
        };
        let stamp = headers.last().unwrap().1;
        let now = rfc3339::parse(stamp)
            .map_or_else(|| stamp.parse::<i64>().unwrap() * 1_000_000_000, nanoseconds);
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|one| one.1);
        let secrets = [text("secret").to_owned()];
        assert_eq!(
            scheme.verify(&header, text("body").as_bytes(), &secrets, now),
            Ok(()),
            "{vector}"
        );
        let other = format!("{} ", text("body"));
        assert!(scheme.verify(&header, other.as_bytes(), &secrets, now).is_err(), "{vector}");
        checked += 1;
    }
    assert_eq!(checked, 3);
}
