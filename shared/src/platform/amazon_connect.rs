//! Amazon Connect: contact events, as `EventBridge` brings them.
//!
//! A contact is a leg. One that was made by a transfer is another leg of the conversation that began
//! with `initialContactId`; any other is a conversation of its own. Events are best effort, unordered,
//! and repeated with the same `id`.
//!
//! What AWS's own samples do, and is read here: keys in another case, `Voice` beside `VOICE`,
//! `1970-01-01T00:00:00.001Z` for what has not happened, a detail type with the product's newer name, no
//! queue where somebody was called. A conversation that is handed from leg to leg ends with each of them,
//! unless the leg says that it was transferred: only its last end counts for what is still open.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Account, Decoded, Facts, missing, text, wire::Wire};
use crate::decode::Rejection;

/// Methods by which a conversation begins.
const BEGINNINGS: [&str; 6] =
    ["INBOUND", "OUTBOUND", "EXTERNAL_OUTBOUND", "CALLBACK", "API", "WEBRTC_API"];
/// Methods by which it goes on as another leg.
const TRANSFERS: [&str; 2] = ["TRANSFER", "QUEUE_TRANSFER"];

/// One contact event.
struct Contact<'a> {
    detail: Wire<'a>,
    /// Of the envelope: when the event was made.
    made: Option<Timestamp>,
    method: String,
    channel: Option<Value>,
    queue: Option<Value>,
    agent: Option<Value>,
}

pub(super) fn decode(account: &Account<'_>, body: Wire<'_>) -> Result<Decoded, Rejection> {
    let envelope = body.at("detail");
    let detail = if envelope.is_object() { envelope } else { body };
    let kind = detail.at("eventType").word();
    let named = body.at("detail-type").text();
    if let Some(other) = named.filter(|name| !is_contact_event(name)) {
        return Ok(Decoded::unmeasured(format!("connect.{}", other.replace(' ', "_"))));
    }
    let method = detail.at("initiationMethod").word();
    // Whoever listens in has a leg of their own, which is nobody's conversation.
    if !is_measured(&kind) || method == "MONITOR" {
        return Ok(Decoded::unmeasured(format!("connect.{kind}")));
    }
    let id = detail.at("contactId").text().ok_or_else(|| missing("detail.contactId"))?;
    let first = detail.at("initialContactId").text().unwrap_or_else(|| id.clone());
    let is_first = BEGINNINGS.contains(&method.as_str()) || first == id;
    let made = body.at("time").instant();
    let event_id = body.at("id").text().filter(|_| envelope.is_object());
    let conversation = if is_first { &id } else { &first };
    let when = made.map(|at| at.to_string()).unwrap_or_default();
    let mut facts = Facts::new(account, conversation, event_id.as_deref(), &[&id, &kind, &when]);
    let contact = Contact {
        detail,
        made,
        channel: channel(&detail.at("channel").word()),
        queue: detail.at("queueInfo").at("queueArn").last_part().map(Value::String),
        agent: detail.at("agentInfo").at("agentArn").last_part().map(Value::String),
        method,
    };
    match kind.as_str() {
        "INITIATED" if is_first => contact.started(account, &mut facts)?,
        "INITIATED" if TRANSFERS.contains(&contact.method.as_str()) => {
            let at = contact.when(detail.at("initiationTimestamp"))?;
            facts.push("transfer.completed", at, [("channel", contact.channel)]);
        }
        "QUEUED" => contact.queued(&mut facts)?,
        "CONNECTED_TO_AGENT" => contact.connected(&mut facts)?,
        "DISCONNECTED" => contact.disconnected(&mut facts)?,
        "COMPLETED" => contact.completed(&mut facts)?,
        _ => {}
    }
    if facts.events.is_empty() {
        return Ok(Decoded::unmeasured(format!("connect.{kind}")));
    }
    Ok(facts.done())
}

/// `Amazon Connect Contact Event`, by whatever name the product goes.
fn is_contact_event(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("contact event")
}

fn is_measured(kind: &str) -> bool {
    ["INITIATED", "QUEUED", "CONNECTED_TO_AGENT", "DISCONNECTED", "COMPLETED"].contains(&kind)
}

impl Contact<'_> {
    /// When it happened; when the event was made, where it does not say.
    fn when(&self, stated: Wire<'_>) -> Result<Timestamp, Rejection> {
        stated.instant().or(self.made).ok_or_else(|| missing("time"))
    }

    fn started(&self, account: &Account<'_>, facts: &mut Facts) -> Result<(), Rejection> {
        let at = self.when(self.detail.at("initiationTimestamp"))?;
        let endpoint = self.detail.at("customerEndpoint").at("address").text();
        let customer = self.detail.at("customerId").text().or(endpoint);
        let previous = self.detail.at("previousContactId").text();
        facts.push(
            "conversation.started",
            at,
            [
                ("channel", self.channel.clone()),
                ("direction", direction(&self.method, self.channel.as_ref())),
                ("customer", customer.and_then(text)),
                ("previous_conversation", previous.and_then(|id| text(account.subject(&id)))),
            ],
        );
        Ok(())
    }

    fn queued(&self, facts: &mut Facts) -> Result<(), Rejection> {
        let queue = self.queue.clone().ok_or_else(|| missing("detail.queueInfo.queueArn"))?;
        let at = self.when(self.detail.at("queueInfo").at("enqueueTimestamp"))?;
        let fields = [("queue", Some(queue)), ("channel", self.channel.clone())];
        facts.push("queue.entered", at, fields);
        Ok(())
    }

    fn connected(&self, facts: &mut Facts) -> Result<(), Rejection> {
        let agent = self.agent.clone().ok_or_else(|| missing("detail.agentInfo.agentArn"))?;
        let at = self.when(self.detail.at("agentInfo").at("connectedToAgentTimestamp"))?;
        if self.has_waited() {
            self.leave_queue("answered", at, facts);
        }
        let fields = [("agent", Some(agent)), ("channel", self.channel.clone())];
        facts.push("agent.connected", at, fields);
        Ok(())
    }

    fn disconnected(&self, facts: &mut Facts) -> Result<(), Rejection> {
        let at = self.when(self.detail.at("disconnectTimestamp"))?;
        let reason = self.detail.at("disconnectReason").word();
        let is_transferred = reason.ends_with("TRANSFERRED");
        let is_abandoned = self.agent.is_none() && self.has_waited() && !is_transferred;
        if is_abandoned {
            self.leave_queue("abandoned", at, facts);
        }
        if let Some(agent) = &self.agent {
            let info = self.detail.at("agentInfo");
            let hold = info.at("agentInitiatedHoldDuration").amount();
            let since = info.at("connectedToAgentTimestamp").instant();
            let talk = since.and_then(|since| seconds(since, at, hold));
            facts.push(
                "agent.disconnected",
                at,
                [
                    ("agent", Some(agent.clone())),
                    ("talk_seconds", talk.map(|talk| json!(talk))),
                    ("hold_seconds", talk.and(hold).map(|hold| json!(hold))),
                    ("channel", self.channel.clone()),
                ],
            );
        }
        if !is_transferred {
            let reason = if is_abandoned { "abandoned" } else { end(&reason) };
            let fields = [("reason", text(reason)), ("channel", self.channel.clone())];
            facts.push("conversation.ended", at, fields);
        }
        Ok(())
    }

    /// The end of what the agent did afterwards; nothing where there was none of that.
    fn completed(&self, facts: &mut Facts) -> Result<(), Rejection> {
        let info = self.detail.at("agentInfo");
        let (begun, ended) =
            (info.at("afterContactWorkStartTimestamp"), info.at("afterContactWorkEndTimestamp"));
        let stated = info.at("afterContactWorkDuration").amount();
        let took = stated.or_else(|| seconds(begun.instant()?, ended.instant()?, None));
        if let (Some(agent), Some(took)) = (&self.agent, took) {
            let at = self.when(ended)?;
            facts.push(
                "agent.wrapped_up",
                at,
                [("agent", Some(agent.clone())), ("after_contact_seconds", Some(json!(took)))],
            );
        }
        Ok(())
    }

    /// Whether somebody waited in a queue for this leg.
    fn has_waited(&self) -> bool {
        let entered = self.detail.at("queueInfo").at("enqueueTimestamp").instant();
        self.queue.is_some() && entered.is_some() && self.method != "OUTBOUND"
    }

    fn leave_queue(&self, outcome: &str, at: Timestamp, facts: &mut Facts) {
        facts.push(
            "queue.left",
            at,
            [
                ("queue", self.queue.clone()),
                ("outcome", text(outcome)),
                ("channel", self.channel.clone()),
            ],
        );
    }
}

/// From one moment to another without what is to be left out; `None` where that is no time at all.
#[expect(clippy::cast_precision_loss, reason = "seconds of a call stay far below 2^52")]
fn seconds(from: Timestamp, to: Timestamp, without: Option<f64>) -> Option<f64> {
    let between = (to.as_nanosecond() - from.as_nanosecond()) as f64 / 1e9;
    Some(between - without.unwrap_or(0.0)).filter(|rest| *rest >= 0.0)
}

fn channel(word: &str) -> Option<Value> {
    text(match word {
        "VOICE" => "voice",
        "CHAT" => "chat",
        "EMAIL" => "email",
        _ => return None,
    })
}

fn direction(method: &str, channel: Option<&Value>) -> Option<Value> {
    text(match method {
        "INBOUND" | "WEBRTC_API" => "inbound",
        // Customers' chats begin by a call of the API; so do tasks, which nobody outside sends.
        "API" if channel.is_some_and(|channel| channel == "chat") => "inbound",
        "OUTBOUND" | "EXTERNAL_OUTBOUND" => "outbound",
        "CALLBACK" => "callback",
        _ => return None,
    })
}

fn end(reason: &str) -> &'static str {
    match reason {
        "EXPIRED" | "IDLE_DISCONNECT" => "timed_out",
        "TELECOM_PROBLEM" | "SYSTEM_ERROR" | "AGENT_NETWORK_DISCONNECT" => "error",
        _ => "completed",
    }
}
