//! One conversation's life, from step to step.
//!
//! ```text
//! chat, messaging:  started ─▶ AI turns ─┬─▶ resolved ─▶ ended ─▶ aftermath
//!                                        └─▶ handoff ─▶ queue ─▶ agent ─▶ ended ─▶ aftermath
//! voice:            started ─▶ queue ─▶ agent ─▶ ended ─▶ aftermath
//! ```
//!
//! Up to a queue, a life depends on its own dice alone. How long it waits there, and for whom, is
//! for the [`super::floor`] to say.

use serde_json::json;

use super::{
    aftermath, ai_turns,
    arrivals::Arrival,
    centre::Channel,
    chance::{Chance, cents},
    event::{MINUTE, SECOND},
    human_leg,
    life::Life,
};

/// What comes after a step, at the life's own time.
#[derive(Debug)]
pub(super) enum Next {
    /// It waits for a person of this queue, an index into [`super::centre::QUEUES`].
    Queue(usize),
    /// It comes to its end.
    Closes(Closing),
}

/// Who had the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handler {
    Ai,
    Human,
}

impl Handler {
    /// As it appears on the wire.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ai => "ai",
            Self::Human => "human",
        }
    }
}

/// How a conversation comes to its end.
#[derive(Debug)]
pub(super) struct Closing {
    pub(super) handler: Handler,
    pub(super) is_resolved: bool,
    /// The reason of `cx.conversation.ended`.
    pub(super) reason: &'static str,
    /// The last agent, if a person took part.
    pub(super) agent: Option<String>,
}

/// Lives a conversation up to its first queue, or to its end without one.
pub(super) fn begin(life: &mut Life) -> Next {
    start(life);
    match life.arrival.channel {
        Channel::Voice => human_leg::dial(life),
        Channel::Chat | Channel::Messaging => ai_turns::converse(life),
    }
}

/// Lives the end and what follows; the customer's return, with its dice.
pub(super) fn finish(life: &mut Life, closing: &Closing) -> Option<(Arrival, Chance)> {
    end(life, closing);
    aftermath::follow(life, closing)
}

fn start(life: &mut Life) {
    let mut data = json!({
        "channel": life.arrival.channel.as_str(),
        "direction": "inbound",
        "customer": life.arrival.customer,
        "segment": life.profile.segment,
        "language": life.profile.language.as_str(),
        "region": life.profile.region,
        "use_case": life.intent().use_case,
    });
    if life.chance.happens(0.6) {
        data["order_value"] = cents(life.chance.log_normal(64.0, 0.8)).into();
        data["currency"] = life.profile.currency.into();
    }
    if let Some(previous) = &life.arrival.previous {
        data["previous_conversation"] = previous.as_str().into();
    }
    life.emit("cx.conversation.started", &data);
}

/// Reports what was understood of the customer's wish.
pub(super) fn detect_intent(life: &mut Life) {
    let confidence = cents(life.chance.normal(0.87, 0.08).clamp(0.35, 0.99));
    let intent = life.intent().name;
    life.emit("cx.intent.detected", &json!({"intent": intent, "confidence": confidence}));
}

fn end(life: &mut Life, closing: &Closing) {
    let closes_at = life.world.closes_at(life.now);
    if closes_at > life.now {
        life.now = closes_at;
        life.pass(0, 10 * MINUTE);
    }
    if closing.is_resolved {
        let is_confirmed = life.chance.happens(0.55);
        let by = closing.handler.as_str();
        life.emit("cx.conversation.resolved", &json!({"by": by, "confirmed": is_confirmed}));
        life.pass(4 * SECOND, 20 * SECOND);
    }
    if closing.reason == "timed_out" {
        life.pass(4 * MINUTE, 6 * MINUTE);
    }
    life.emit("cx.conversation.ended", &json!({"reason": closing.reason}));
}
