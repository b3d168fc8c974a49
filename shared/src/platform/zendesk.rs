//! Zendesk: events of tickets and of messaging, as its webhooks bring them.
//!
//! A ticket is a conversation. `SOLVED` resolves it and may be taken back, `CLOSED` is its end. A comment
//! that is not public answers nobody; where not even staff wrote it, Zendesk itself did. Being assigned
//! is no work, so nothing is said of when an assignment ends: tickets wait for days.

use jiff::Timestamp;
use serde_json::Value;

use super::{Account, Decoded, Facts, missing, text, wire::Wire};
use crate::decode::Rejection;

/// What the types of events begin with.
const TYPES: &str = "zen:event-type:";
/// What the subjects of events about tickets begin with.
pub(super) const TICKETS: &str = "zen:ticket:";
/// The bot that answers in messaging.
const BOT: &str = "zd:answerBot";

/// One event of a ticket.
struct Ticket<'a> {
    event: Wire<'a>,
    detail: Wire<'a>,
    at: Timestamp,
    queue: Option<Value>,
}

pub(super) fn decode(account: &Account<'_>, body: Wire<'_>) -> Result<Decoded, Rejection> {
    let kind = body.at("type").text().unwrap_or_default().to_ascii_lowercase();
    let kind = kind.strip_prefix(TYPES).unwrap_or(&kind);
    let unmeasured = || Decoded::unmeasured(format!("zendesk.{kind}"));
    if !MEASURED.contains(&kind) {
        return Ok(unmeasured());
    }
    let id = ticket(body).ok_or_else(|| missing("detail.id"))?;
    let at = body.at("time").instant().ok_or_else(|| missing("time"))?;
    let instance = [id.as_str(), kind, &at.to_string()];
    let mut facts = Facts::new(account, &id, body.at("id").text().as_deref(), &instance);
    let detail = body.at("detail");
    let queue = detail.at("group_id").text().and_then(text);
    let ticket = Ticket { event: body.at("event"), detail, at, queue };
    match kind {
        "ticket.created" => ticket.started(&mut facts),
        "ticket.comment_added" => ticket.commented(&mut facts),
        "ticket.status_changed" => ticket.status_changed(&mut facts),
        "ticket.agent_assignment_changed" => ticket.assigned(&mut facts),
        "ticket.group_assignment_changed" => ticket.moved(&mut facts),
        _ => ticket.wrote(&mut facts),
    }
    if facts.events.is_empty() { Ok(unmeasured()) } else { Ok(facts.done()) }
}

const MEASURED: [&str; 6] = [
    "ticket.created",
    "ticket.comment_added",
    "ticket.status_changed",
    "ticket.agent_assignment_changed",
    "ticket.group_assignment_changed",
    "messaging_ticket.message_added",
];

/// The ticket's number, where the details or the subject name it.
fn ticket(body: Wire<'_>) -> Option<String> {
    let subject = body.at("subject").text();
    let named = subject.as_deref().and_then(|subject| subject.strip_prefix(TICKETS));
    let named = named.filter(|id| !id.is_empty()).map(str::to_owned);
    body.at("detail").at("id").text().map(std::borrow::Cow::into_owned).or(named)
}

impl Ticket<'_> {
    fn started(&self, facts: &mut Facts) {
        facts.push(
            "conversation.started",
            self.at,
            [
                ("channel", channel(&self.detail.at("via").at("channel").word())),
                ("direction", text("inbound")),
                ("customer", self.detail.at("requester_id").text().and_then(text)),
                ("queue", self.queue.clone()),
            ],
        );
    }

    /// Names and the customer's id are not stored: texts beside them do not repeat them.
    fn commented(&self, facts: &mut Facts) {
        let comment = self.event.at("comment");
        let (author, by) = (comment.at("author"), comment.at("author").at("id").text());
        let is_public = comment.at("is_public").flag().unwrap_or(true);
        let is_staff = author.at("is_staff").flag().unwrap_or(false);
        let wrote = match (is_staff, is_public) {
            (true, _) => "human",
            (false, true) => "customer",
            (false, false) => "system",
        };
        facts.push(
            "message.added",
            self.at,
            [
                ("author", text(wrote)),
                ("agent", by.filter(|_| is_staff).and_then(text)),
                ("visibility", text(if is_public { "public" } else { "private" })),
                ("customer_id", self.detail.at("requester_id").text().and_then(text)),
                ("agent_name", author.at("name").text().filter(|_| is_staff).and_then(text)),
                ("customer_name", author.at("name").text().filter(|_| !is_staff).and_then(text)),
                ("text", comment.at("body").text().and_then(text)),
                ("queue", self.queue.clone()),
            ],
        );
    }

    fn status_changed(&self, facts: &mut Facts) {
        let (before, after) = (self.event.at("previous").word(), self.event.at("current").word());
        let queue = || [("queue", self.queue.clone())];
        match (before.as_str(), after.as_str()) {
            (before, after) if before == after => {}
            (_, "SOLVED") => facts.push("conversation.resolved", self.at, queue()),
            (_, "CLOSED") => {
                let fields = [("reason", text("completed")), ("queue", self.queue.clone())];
                facts.push("conversation.ended", self.at, fields);
            }
            ("SOLVED", "NEW" | "OPEN" | "PENDING" | "HOLD") => {
                facts.push("conversation.reopened", self.at, queue());
            }
            _ => {}
        }
    }

    /// Somebody takes the ticket on, from nobody or from somebody else.
    fn assigned(&self, facts: &mut Facts) {
        let (before, after) = (self.event.at("previous").text(), self.event.at("current").text());
        let Some(agent) = after.filter(|agent| is_somebody(agent)) else { return };
        let before = before.filter(|other| is_somebody(other) && *other != agent);
        let agent = text(agent);
        if let Some(other) = before {
            let fields = [("from_agent", text(other)), ("to_agent", agent.clone())];
            facts.push("transfer.completed", self.at, fields);
        }
        let fields = [("agent", agent), ("queue", self.queue.clone())];
        facts.push("agent.connected", self.at, fields);
    }

    /// Another group takes the ticket on; the first one does not take it from anybody.
    fn moved(&self, facts: &mut Facts) {
        let (before, after) = (self.event.at("previous").text(), self.event.at("current").text());
        if let (Some(before), Some(after)) = (before, after)
            && is_somebody(&before)
            && is_somebody(&after)
            && before != after
        {
            let fields = [("from_queue", text(before)), ("to_queue", text(after))];
            facts.push("transfer.completed", self.at, fields);
        }
    }

    fn wrote(&self, facts: &mut Facts) {
        let actor = self.event.at("actor");
        let (by, name) = (actor.at("id").text(), actor.at("name").text());
        let author = match actor.at("type").word().as_str() {
            "END_USER" => "customer",
            "AGENT" => "human",
            _ if by.as_deref() == Some(BOT) => "ai",
            _ => "system",
        };
        facts.push(
            "message.added",
            self.at,
            [
                ("author", text(author)),
                ("agent", by.filter(|_| author == "human").and_then(text)),
                ("agent_name", name.clone().filter(|_| author == "human").and_then(text)),
                ("customer_name", name.filter(|_| author == "customer").and_then(text)),
                ("text", self.event.at("message").at("body").text().and_then(text)),
                ("channel", text("messaging")),
            ],
        );
    }
}

/// Nobody is written as null, and sometimes as zero.
fn is_somebody(id: &str) -> bool {
    id != "0"
}

fn channel(via: &str) -> Option<Value> {
    text(match via {
        "EMAIL" => "email",
        "WEB" | "WEB_SERVICE" | "WEB_FORM" | "WEB_WIDGET" | "API" | "HELP_CENTER" => "web",
        "CHAT" | "LIVE_CHAT" => "chat",
        "NATIVE_MESSAGING" | "MESSAGING" | "WHATSAPP" | "LINE" | "ANY_CHANNEL" => "messaging",
        "VOICE" | "PHONE" | "VOICEMAIL" => "voice",
        "SMS" => "sms",
        "TWITTER" | "FACEBOOK" | "INSTAGRAM" | "TWITTER_DM" | "INSTAGRAM_DM" => "social",
        _ => return None,
    })
}
