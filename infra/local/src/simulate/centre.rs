//! What the shop is like: the parameters that shape everyday life. Nothing here is random.
//!
//! The rates are those of a healthy centre: seven of ten conversations with the AI agent stay with
//! it, one of four asks for a person, one AI turn in seventeen is a fallback.

use super::event::{DAY, HOUR};

/// A queue and the people who serve it.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: &'static str,
    /// Two teams share each queue.
    pub(super) teams: [&'static str; 2],
    /// Number of the first agent; agents are numbered through the house.
    pub(super) first_agent: u32,
    /// How many agents are at work.
    pub(super) agents: u32,
}

impl Queue {
    /// The agent in this seat (taken modulo the number of seats), and the team.
    pub(super) fn agent(&self, seat: u32) -> (String, &'static str) {
        let seat = seat % self.agents;
        let team = self.teams[usize::from(seat % 2 == 1)];
        (format!("agent-{:03}", self.first_agent + seat), team)
    }
}

/// What a customer may want.
#[derive(Debug)]
pub(super) struct Intent {
    pub(super) name: &'static str,
    /// Of all conversations.
    pub(super) share: f64,
    pub(super) use_case: &'static str,
    /// Index into [`QUEUES`].
    queue: usize,
    /// The prompt that answers it has this name …
    pub(super) prompt: &'static str,
    /// … and in everyday life this version.
    pub(super) prompt_version: &'static str,
    /// Share of conversations with the AI agent that end up with a person.
    pub(super) escalation: f64,
    /// The fact that the agent asks for.
    pub(super) slot: &'static str,
}

impl Intent {
    /// Where its conversations wait for a person.
    pub(super) fn queue(&self) -> &'static Queue {
        &QUEUES[self.queue]
    }
}

/// One kind of access to the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Chat,
    Messaging,
    Voice,
}

impl Channel {
    /// As it appears on the wire.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Messaging => "messaging",
            Self::Voice => "voice",
        }
    }

    /// The platform account that reports it.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Chat | Self::Messaging => CHAT_SOURCE,
            Self::Voice => VOICE_SOURCE,
        }
    }
}

/// Chat and messaging, with the AI agent.
pub(super) const CHAT_SOURCE: &str = "/shop/chat";
/// Telephony, with people only.
pub(super) const VOICE_SOURCE: &str = "/shop/voice";

/// How the AI agent signs.
pub(super) const ASSISTANT: &str = "assistant";
/// The language model, by its own name and version.
pub(super) const MODEL: (&str, &str) = ("shop-lm", "2025-11");

pub(super) const CHANNELS: [(Channel, f64); 3] =
    [(Channel::Chat, 0.55), (Channel::Messaging, 0.27), (Channel::Voice, 0.18)];

/// Customers who write another language are simulated without text.
pub(super) const LANGUAGES: [(&str, f64); 4] =
    [("en", 0.80), ("de", 0.09), ("fr", 0.06), ("es", 0.05)];

pub(super) const SEGMENTS: [(&str, f64); 3] =
    [("consumer", 0.72), ("plus", 0.20), ("business", 0.08)];

pub(super) const REGIONS: [(&str, f64); 4] =
    [("europe", 0.46), ("north-america", 0.32), ("asia-pacific", 0.16), ("latin-america", 0.06)];

pub(super) static QUEUES: [Queue; 4] = [
    Queue { name: "orders", teams: ["harbour", "meadow"], first_agent: 1, agents: 14 },
    Queue { name: "returns", teams: ["orchard", "quarry"], first_agent: 21, agents: 12 },
    Queue { name: "payments", teams: ["lantern", "willow"], first_agent: 41, agents: 8 },
    Queue { name: "accounts", teams: ["bramble", "summit"], first_agent: 61, agents: 7 },
];

pub(super) static INTENTS: [Intent; 9] = [
    intent("order_status", 0.25, "orders", 0, ("orders", "orders-v12"), 0.16, "order_number"),
    intent("refund_status", 0.12, "returns", 1, ("refund", "refund-v7"), 0.26, "order_number"),
    intent("return_item", 0.13, "returns", 1, ("returns", "returns-v5"), 0.22, "order_number"),
    intent("delivery_problem", 0.12, "orders", 0, ("orders", "orders-v12"), 0.36, "order_number"),
    intent("product_question", 0.13, "advice", 0, ("advice", "advice-v21"), 0.18, "product"),
    intent("payment_failed", 0.07, "payments", 2, ("payments", "payments-v3"), 0.42, "card_type"),
    intent("change_address", 0.06, "orders", 0, ("orders", "orders-v12"), 0.20, "postcode"),
    intent("account_login", 0.06, "account", 3, ("account", "account-v4"), 0.33, "email"),
    intent("cancel_order", 0.06, "orders", 0, ("orders", "orders-v12"), 0.30, "order_number"),
];

const fn intent(
    name: &'static str,
    share: f64,
    use_case: &'static str,
    queue: usize,
    (prompt, prompt_version): (&'static str, &'static str),
    escalation: f64,
    slot: &'static str,
) -> Intent {
    Intent { name, share, use_case, queue, prompt, prompt_version, escalation, slot }
}

/// The intent of this name, if the shop knows it.
pub(super) fn intent_named(name: &str) -> Option<&'static Intent> {
    INTENTS.iter().find(|intent| intent.name == name)
}

/// Monday to Sunday, relative to the week's mean.
const BY_WEEKDAY: [f64; 7] = [1.12, 1.06, 1.02, 1.00, 0.98, 0.93, 0.89];

/// Share of the mean by which the busiest hour of a day exceeds it, and the quietest falls short.
const SWING: f64 = 0.45;

/// The busiest hour, UTC.
const BUSIEST_HOUR: f64 = 14.0;

/// Volume of the hour that holds `at`, relative to the week's mean. A shop with customers all over
/// the world is never asleep: not below 0.4.
#[expect(clippy::cast_precision_loss, reason = "hours of a day")]
pub(super) fn seasonality(at: i64) -> f64 {
    let hour = at.rem_euclid(DAY) / HOUR;
    let turn = (hour as f64 - BUSIEST_HOUR) / 24.0;
    (1.0 + SWING * (turn * std::f64::consts::TAU).cos()) * BY_WEEKDAY[weekday(at)]
}

/// 0 for Monday. The first of January 1970 was a Thursday.
pub(super) fn weekday(at: i64) -> usize {
    usize::try_from((at.div_euclid(DAY) + 3).rem_euclid(7)).unwrap_or_default()
}

/// Weeks since 1970 that begin on a Monday at 08:00 UTC, when new articles are published.
pub(super) fn publishing_week(at: i64) -> i64 {
    (at + 3 * DAY - 8 * HOUR).div_euclid(7 * DAY)
}

/// Version of the knowledge base that is current in this week.
pub(super) fn kb_version(week: i64) -> String {
    format!("kb-{week}")
}
