//! Genesys Cloud: detail events of conversations, as its partner source on `EventBridge` brings them.
//!
//! What an event is about stands in `topicName` alone: the envelope's detail type names a topic with
//! `{id}` in the place of the id, and may be another's. Times are those of `eventTime`; the envelope's
//! differ by seconds and more. There is an event for each participant and session, so a conversation may
//! start and end several times: its first start and its last end count.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Account, Decoded, Facts, missing, text, wire::Wire};
use crate::decode::Rejection;

const TOPICS: &str = "v2.detail.events.conversation.";

/// One event, and what most of them say.
struct Detail<'a> {
    body: Wire<'a>,
    at: Timestamp,
    channel: Option<Value>,
    queue: Option<Value>,
    agent: Option<Value>,
}

pub(super) fn decode(account: &Account<'_>, delivery: Wire<'_>) -> Result<Decoded, Rejection> {
    let detail = delivery.at("detail");
    let topic = detail.at("topicName").text().unwrap_or_default();
    let Some(event) = event(&topic) else { return Ok(Decoded::unmeasured("genesys.other")) };
    let body = detail.at("eventBody");
    let unmeasured = || Decoded::unmeasured(format!("genesys.{event}"));
    if !is_measured(event, body) {
        return Ok(unmeasured());
    }
    let id = body.at("conversationId").text();
    let id = id.ok_or_else(|| missing("detail.eventBody.conversationId"))?;
    let at = body.at("eventTime").instant();
    let at = at.ok_or_else(|| missing("detail.eventBody.eventTime"))?;
    let session = body.at("sessionId").text().unwrap_or_default();
    let instance = [id.as_ref(), event, session.as_ref(), &at.to_string()];
    let mut facts = Facts::new(account, &id, delivery.at("id").text().as_deref(), &instance);
    let value = |name: &str| body.at(name).text().and_then(text);
    let (queue, agent) = (value("queueId"), value("userId"));
    let detail = Detail { body, at, channel: channel(body), queue, agent };
    detail.tell(event, &mut facts)?;
    if facts.events.is_empty() { Ok(unmeasured()) } else { Ok(facts.done()) }
}

/// The kind of event that a topic is of; `None` of a topic that is about no conversation.
fn event(topic: &str) -> Option<&str> {
    topic.strip_prefix(TOPICS)?.split_once('.').map(|(_, event)| event)
}

/// A topic that tells the kind of event and not the conversation.
pub(super) fn without_id(topic: &str) -> String {
    event(topic).map_or_else(String::new, |event| format!("{TOPICS}{{id}}.{event}"))
}

fn is_measured(event: &str, body: Wire<'_>) -> bool {
    match event {
        "customer.start" | "customer.end" | "acd.start" | "acd.end" | "user.start" | "user.end"
        | "acw" | "flow.outcome" => true,
        "flow.end" => body.at("flowType").word().contains("BOT"),
        _ => false,
    }
}

impl Detail<'_> {
    fn tell(self, event: &str, facts: &mut Facts) -> Result<(), Rejection> {
        let (at, channel) = (self.at, self.channel.clone());
        match event {
            "customer.start" => self.started(facts),
            "customer.end" => {
                let reason = match self.disconnect().as_str() {
                    "TIMEOUT" => "timed_out",
                    "ERROR" | "TRANSPORT_FAILURE" => "error",
                    _ => "completed",
                };
                let fields = [("reason", text(reason)), ("channel", channel)];
                facts.push("conversation.ended", at, fields);
            }
            "acd.start" => {
                let fields = [("queue", Some(self.queue()?)), ("channel", channel)];
                facts.push("queue.entered", at, fields);
            }
            "acd.end" => {
                let outcome = self.outcome();
                facts.push(
                    "queue.left",
                    at,
                    [
                        ("queue", Some(self.queue()?)),
                        ("outcome", text(outcome)),
                        ("channel", channel),
                    ],
                );
            }
            "user.start" => {
                let fields = [("agent", Some(self.agent()?)), ("channel", channel)];
                facts.push("agent.connected", at, fields);
            }
            "user.end" => self.agent_left(facts)?,
            "acw" => {
                let took = self.seconds("wrapupDurationMs");
                let fields = [("agent", Some(self.agent()?)), ("after_contact_seconds", took)];
                facts.push("agent.wrapped_up", at, fields);
            }
            "flow.end" => self.bot_ended(facts),
            _ => self.outcome_of_flow(facts),
        }
        Ok(())
    }

    fn started(&self, facts: &mut Facts) {
        let direction = match self.body.at("direction").word().as_str() {
            _ if self.body.at("mediaType").word() == "CALLBACK" => text("callback"),
            "INBOUND" => text("inbound"),
            "OUTBOUND" => text("outbound"),
            _ => None,
        };
        // Whoever called; of those who were called the company's own number stands there.
        let is_inbound = direction == text("inbound");
        let caller = self.body.at("ani").text().filter(|_| is_inbound);
        let customer = self.body.at("externalContactId").text().or(caller);
        facts.push(
            "conversation.started",
            self.at,
            [
                ("channel", self.channel.clone()),
                ("direction", direction),
                ("customer", customer.and_then(text)),
            ],
        );
    }

    /// The agent's part is over. Somebody whom it only rang for has talked for no time.
    fn agent_left(&self, facts: &mut Facts) -> Result<(), Rejection> {
        let agent = self.agent()?;
        facts.push(
            "agent.disconnected",
            self.at,
            [
                ("agent", Some(agent.clone())),
                ("talk_seconds", self.seconds("interactingDurationMs").or(Some(json!(0)))),
                ("hold_seconds", self.seconds("heldDurationMs")),
                ("channel", self.channel.clone()),
            ],
        );
        if is_transfer(&self.disconnect()) {
            let fields = [("from_agent", Some(agent)), ("from_queue", self.queue.clone())];
            facts.push("transfer.completed", self.at, fields);
        }
        Ok(())
    }

    /// A bot's flow is over: handed on, or ended by itself. Where the customer has left, their own end
    /// tells.
    fn bot_ended(&self, facts: &mut Facts) {
        let exit = self.body.at("exitReason").word();
        if exit.contains("TRANSFER") || is_transfer(&self.disconnect()) {
            facts.push("handoff.requested", self.at, [("by", text("ai"))]);
        } else if exit.contains("ERROR") {
            facts.push("conversation.ended", self.at, [("reason", text("error"))]);
        } else if exit.starts_with("FLOW") {
            facts.push("conversation.ended", self.at, [("reason", text("completed"))]);
        }
    }

    /// Whether a flow has done what its author set out for it: no word on the conversation as a whole.
    fn outcome_of_flow(&self, facts: &mut Facts) {
        let label = match self.body.at("flowOutcomeValue").word().as_str() {
            "SUCCESS" => "pass",
            "FAILURE" => "fail",
            _ => return,
        };
        facts.push(
            "evaluation.recorded",
            self.at,
            [
                ("name", text("flow_outcome")),
                ("label", text(label)),
                ("evaluator", text("rule")),
                ("about", text("ai")),
                ("item", self.body.at("flowOutcomeId").text().and_then(text)),
            ],
        );
    }

    /// How the wait ended, where the event says so; else by who hung up.
    fn outcome(&self) -> &'static str {
        let disconnect = self.disconnect();
        match self.body.at("acdOutcome").word().as_str() {
            "ANSWERED" => "answered",
            "ABANDON" | "ABANDONED" => "abandoned",
            "FLOW_OUT" => "overflow",
            _ if is_transfer(&disconnect) => "transferred",
            _ => "abandoned",
        }
    }

    fn disconnect(&self) -> String {
        self.body.at("disconnectType").word()
    }

    fn queue(&self) -> Result<Value, Rejection> {
        self.queue.clone().ok_or_else(|| missing("detail.eventBody.queueId"))
    }

    fn agent(&self) -> Result<Value, Rejection> {
        self.agent.clone().ok_or_else(|| missing("detail.eventBody.userId"))
    }

    /// Milliseconds of a field, in seconds.
    fn seconds(&self, name: &str) -> Option<Value> {
        self.body.at(name).amount().map(|milliseconds| json!(milliseconds / 1_000.0))
    }
}

fn is_transfer(disconnect: &str) -> bool {
    disconnect.ends_with("TRANSFER")
}

fn channel(body: Wire<'_>) -> Option<Value> {
    text(match body.at("mediaType").word().as_str() {
        "VOICE" | "CALLBACK" => "voice",
        "CHAT" => "chat",
        "EMAIL" => "email",
        "MESSAGE" => match body.at("messageType").word().as_str() {
            "SMS" => "sms",
            "TWITTER" | "FACEBOOK" | "INSTAGRAM" => "social",
            _ => "messaging",
        },
        "COBROWSE" | "SCREENSHARE" | "VIDEO" => "web",
        _ => return None,
    })
}
