//! What the shop is like: the parameters that shape everyday life. Nothing here is random.
//!
//! The rates are those of a healthy centre: seven of ten conversations with the AI agent stay with
//! it, one of four asks for a person, one AI turn in seventeen is a fallback.

use super::{
    calendar::weekday,
    event::{DAY, HOUR},
    phrases::Language,
};

/// Where contacts wait.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: &'static str,
    /// The team that answers the telephone, and the one that writes.
    pub(super) teams: [&'static str; 2],
}

/// What a customer may want.
#[derive(Debug)]
pub(super) struct Intent {
    pub(super) name: &'static str,
    /// Of all conversations.
    pub(super) share: f64,
    pub(super) use_case: &'static str,
    /// Where its conversations wait for a person: an index into [`QUEUES`].
    pub(super) queue: usize,
    /// The prompt that answers it.
    pub(super) prompt: &'static str,
    /// Share of conversations with the AI agent that end up with a person.
    pub(super) escalation: f64,
    /// The fact that the agent asks for.
    pub(super) slot: &'static str,
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

    /// Which of a queue's two desks serves it: 0 the telephone, 1 writing.
    pub(super) fn medium(self) -> usize {
        match self {
            Self::Voice => 0,
            Self::Chat | Self::Messaging => 1,
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
pub(super) const CHANNELS: [(Channel, f64); 3] =
    [(Channel::Chat, 0.55), (Channel::Messaging, 0.27), (Channel::Voice, 0.18)];

pub(super) const LANGUAGES: [(Language, f64); 4] = [
    (Language::English, 0.70),
    (Language::German, 0.13),
    (Language::French, 0.09),
    (Language::Spanish, 0.08),
];

pub(super) const SEGMENTS: [(&str, f64); 3] =
    [("consumer", 0.72), ("plus", 0.20), ("business", 0.08)];

/// Region, share, and the currency of its orders.
pub(super) const REGIONS: [(&str, f64, &str); 4] = [
    ("europe", 0.46, "EUR"),
    ("north-america", 0.32, "USD"),
    ("asia-pacific", 0.16, "AUD"),
    ("latin-america", 0.06, "MXN"),
];

pub(super) static QUEUES: [Queue; 4] = [
    Queue { name: "orders", teams: ["harbour", "meadow"] },
    Queue { name: "returns", teams: ["orchard", "quarry"] },
    Queue { name: "payments", teams: ["lantern", "willow"] },
    Queue { name: "accounts", teams: ["bramble", "summit"] },
];

pub(super) static INTENTS: [Intent; 9] = [
    intent("order_status", 0.25, "orders", 0, "orders", 0.16, "order_number"),
    intent("refund_status", 0.12, "returns", 1, "refund", 0.26, "order_number"),
    intent("return_item", 0.13, "returns", 1, "returns", 0.22, "order_number"),
    intent("delivery_problem", 0.12, "orders", 0, "orders", 0.36, "order_number"),
    intent("product_question", 0.13, "advice", 0, "advice", 0.18, "product"),
    intent("payment_failed", 0.07, "payments", 2, "payments", 0.42, "card_type"),
    intent("change_address", 0.06, "orders", 0, "orders", 0.20, "postcode"),
    intent("account_login", 0.06, "account", 3, "account", 0.33, "email"),
    intent("cancel_order", 0.06, "orders", 0, "orders", 0.30, "order_number"),
];

const fn intent(
    name: &'static str,
    share: f64,
    use_case: &'static str,
    queue: usize,
    prompt: &'static str,
    escalation: f64,
    slot: &'static str,
) -> Intent {
    Intent { name, share, use_case, queue, prompt, escalation, slot }
}

/// The intent of this name, if the shop knows it.
pub(super) fn intent_named(name: &str) -> Option<&'static Intent> {
    INTENTS.iter().find(|intent| intent.name == name)
}

/// Monday to Sunday, relative to the week's mean.
const BY_WEEKDAY: [f64; 7] = [1.12, 1.06, 1.02, 1.00, 0.98, 0.93, 0.89];

/// Share of the mean by which the busiest hour of a day exceeds it, and the quietest falls short.
const SWING: f64 = 0.45;

/// The busiest hour, local time.
const BUSIEST_HOUR: f64 = 14.0;

/// Volume of the hour that holds this local time, relative to the week's mean. A shop with customers
/// all over the world is never asleep: not below 0.4.
#[expect(clippy::cast_precision_loss, reason = "hours of a day")]
pub(super) fn seasonality(local: i64) -> f64 {
    let hour = local.rem_euclid(DAY) / HOUR;
    let turn = (hour as f64 - BUSIEST_HOUR) / 24.0;
    (1.0 + SWING * (turn * std::f64::consts::TAU).cos()) * BY_WEEKDAY[weekday(local)]
}

/// Share of the conversations with the AI agent that ask for a person in everyday life, where the
/// share of each intent that does is changed like this.
pub(super) fn escalation(changed: impl Fn(f64) -> f64) -> f64 {
    let total: f64 = INTENTS.iter().map(|intent| intent.share).sum();
    INTENTS.iter().map(|intent| intent.share * changed(intent.escalation)).sum::<f64>() / total
}
