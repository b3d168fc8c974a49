//! One conversation's life as a list of events.
//!
//! ```text
//! chat, messaging:  started ─▶ AI turns ─┬─▶ resolved ─▶ ended ─▶ aftermath
//!                                        └─▶ handoff ─▶ queue ─▶ agent ─▶ ended ─▶ aftermath
//! voice:            started ─▶ queue ─▶ agent ─▶ ended ─▶ aftermath
//! ```

use serde_json::json;

use super::{
    Scenario, aftermath, ai_turns,
    arrivals::Arrival,
    centre::{Channel, REGIONS, SEGMENTS},
    chance::{Chance, cents},
    event::{MINUTE, SECOND, SimulatedEvent},
    human_leg,
    life::{Life, Stay},
};

/// Everything that came of one arrival.
pub(super) struct Lived {
    /// In the order in which they were told, not of time.
    pub(super) events: Vec<SimulatedEvent>,
    pub(super) stays: Vec<Stay>,
    /// The customer's return, with its dice.
    pub(super) follow_up: Option<(Arrival, Chance)>,
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

/// How a conversation came to its end.
#[derive(Debug)]
pub(super) struct Closing {
    pub(super) handler: Handler,
    pub(super) is_resolved: bool,
    /// The reason of `cx.conversation.ended`.
    pub(super) reason: &'static str,
    /// The last agent, if a person took part.
    pub(super) agent: Option<String>,
}

/// Lives one conversation.
pub(super) fn live(scenario: &Scenario, arrival: Arrival, chance: Chance) -> Lived {
    let mut life = Life::begin(scenario, arrival, chance);
    start(&mut life);
    let closing = match life.arrival.channel {
        Channel::Voice => human_leg::by_phone(&mut life),
        Channel::Chat | Channel::Messaging => {
            ai_turns::converse(&mut life).unwrap_or_else(|| human_leg::after_handoff(&mut life))
        }
    };
    end(&mut life, &closing);
    let follow_up = aftermath::follow(&mut life, &closing);
    Lived { events: life.events, stays: life.stays, follow_up }
}

fn start(life: &mut Life) {
    let (segment, _) = *life.chance.weighted(&SEGMENTS, |(_, share)| *share);
    let (region, _) = *life.chance.weighted(&REGIONS, |(_, share)| *share);
    let mut data = json!({
        "channel": life.arrival.channel.as_str(),
        "direction": "inbound",
        "customer": life.arrival.customer,
        "segment": segment,
        "language": life.language,
        "region": region,
        "use_case": life.arrival.intent.use_case,
    });
    if life.chance.happens(0.6) {
        data["order_value"] = cents(life.chance.log_normal(64.0, 0.8)).into();
        data["currency"] = "EUR".into();
    }
    if let Some(previous) = &life.arrival.previous {
        data["previous_conversation"] = previous.as_str().into();
    }
    life.emit("cx.conversation.started", &data);
}

/// Reports what was understood of the customer's wish.
pub(super) fn detect_intent(life: &mut Life) {
    let confidence = cents(life.chance.normal(0.87, 0.08).clamp(0.35, 0.99));
    let intent = life.arrival.intent.name;
    life.emit("cx.intent.detected", &json!({"intent": intent, "confidence": confidence}));
}

fn end(life: &mut Life, closing: &Closing) {
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
