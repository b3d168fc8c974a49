//! Vendors' deliveries that tell everything: those that are taken, those that can not be read, and those
//! that nobody signed.
#![expect(unreachable_pub, reason = "a module of a test binary")]

use serde_json::{Value, json};
use tocsin_domain::platform::Platform;
use tocsin_shell::clock::Clock;

use crate::{
    events::{Maker, TIME},
    planted::Secret,
    running::{Dev, client},
};

/// What becomes of a delivery.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Taken,
    /// It says of no time.
    Unreadable,
    /// A type that feeds no metric.
    Unmeasured,
    /// Somebody else's secret.
    Forged,
}

/// Sends all of them.
pub fn deliver(dev: &Dev, maker: &mut Maker) {
    for platform in [Platform::Connect, Platform::Genesys, Platform::Zendesk] {
        for fate in [Fate::Taken, Fate::Unreadable, Fate::Unmeasured, Fate::Forged] {
            if fate == Fate::Forged && !platform.usual_scheme().signs() {
                continue;
            }
            for secret in Secret::ALL {
                let path = format!("{} {}", platform.as_str(), fate as u8);
                let body = delivery(platform, fate, secret, maker, &path).to_string();
                send(dev, platform, fate, &body);
            }
        }
    }
}

fn send(dev: &Dev, platform: Platform, fate: Fate, body: &str) {
    let key = if fate == Fate::Forged { "guessed" } else { "local" };
    let now = Clock::Wall.now();
    let signed = platform.usual_scheme().sign(key, "m", body.as_bytes(), now);
    let request = client().post(format!("{}/v1/sources/{}/local", dev.url, platform.as_str()));
    let request = signed
        .iter()
        .fold(request, |request, (name, value)| request.header(name.as_str(), value.as_str()));
    let answer = request.body(body.to_owned()).send().unwrap();
    let expected = if fate == Fate::Forged { 401 } else { 202 };
    assert_eq!(answer.status().as_u16(), expected, "{body}");
    let answer: Value = answer.json().unwrap();
    let refused = answer["rejected"].as_array().map(Vec::len);
    let expected = match fate {
        Fate::Forged => None,
        Fate::Unreadable => Some(1),
        Fate::Taken | Fate::Unmeasured => Some(0),
    };
    assert_eq!(refused, expected, "{answer} {body}");
}

fn delivery(
    platform: Platform,
    fate: Fate,
    secret: Secret,
    maker: &mut Maker,
    path: &str,
) -> Value {
    let planted = &mut maker.planted;
    let [said, more, deep] =
        ["text", "more", "deep"].map(|name| planted.sentence(secret, &format!("{path} {name}")));
    let (subject, customer) = (planted.identifier("subj", path), planted.identifier("cust", path));
    let (agent, id) =
        (planted.identifier("agnt", path), format!("{platform:?}-{}", planted.number()));
    let time = if fate == Fate::Unreadable { Value::Null } else { json!(TIME) };
    let is_measured = fate != Fate::Unmeasured;
    let more = json!({ "note": more, "list": [{ "deep": deep }] });
    match platform {
        Platform::Zendesk => json!({
            "id": format!("{id}-{subject}"), "time": time, "subject": format!("zen:ticket:{subject}"),
            "type": format!("zen:event-type:ticket.{}", if is_measured { "comment_added" } else { "other" }),
            "detail": {
                "id": subject, "requester_id": customer, "submitter_id": customer, "assignee_id": agent,
                "subject": said, "description": said, "more": more,
            },
            "event": { "comment": {
                "body": format!("{said}; {subject} of {customer} by {agent}"), "is_public": true,
                "author": { "id": agent, "is_staff": true },
            } },
        }),
        Platform::Connect => json!({
            "id": id, "source": "aws.connect", "time": time, "detail-type": "Amazon Connect Contact Event",
            "resources": [format!("arn:aws:connect:x:1:instance/i/contact/{subject}")],
            "detail": {
                "eventType": if is_measured { "INITIATED" } else { "PAUSED" }, "contactId": subject,
                "initialContactId": subject, "previousContactId": subject,
                "initiationMethod": "INBOUND", "channel": "VOICE",
                "customerId": customer, "customerEndpoint": { "address": customer },
                "agentInfo": { "agentArn": format!("arn:aws:connect:x:1:instance/i/agent/{agent}") },
                "recordings": [{ "location": format!("s3://recordings/{subject}.wav") }],
                "contactDetails": { "said": said, "more": more },
            },
        }),
        _ => json!({
            "id": id, "source": "aws.partner/genesys.com/x", "time": TIME,
            "detail": {
                "topicName": format!(
                    "v2.detail.events.conversation.{subject}.{}",
                    if is_measured { "customer.start" } else { "attributes" }
                ),
                "eventBody": {
                    "eventTime": time, "conversationId": subject, "externalContactId": customer,
                    "ani": customer, "direction": "INBOUND", "mediaType": "VOICE", "userId": agent,
                    "attributes": { "said": said, "more": more },
                },
            },
        }),
    }
}
