//! The state of one conversation while it is being lived: a cursor in time and the events so far.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    arrivals::Arrival,
    centre::{Intent, LANGUAGES, REGIONS, SEGMENTS},
    chance::{Chance, cents},
    event::SimulatedEvent,
    incident::Influence,
    phrases::{Book, Facts, Language},
    world::World,
};

/// Who the customer is, as the shop knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    pub(super) language: Language,
    pub(super) segment: &'static str,
    pub(super) region: &'static str,
    pub(super) currency: &'static str,
}

/// What people spent on it; milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Effort {
    pub(super) talk: i64,
    pub(super) hold: i64,
    pub(super) after_contact: i64,
    pub(super) queue: i64,
}

/// What has become of the fact that the intent needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Unknown,
    /// Asked for, and not answered yet.
    Asked,
    /// The customer has told it.
    Filled,
}

/// A conversation under way.
pub(super) struct Life {
    pub(super) world: Arc<World>,
    pub(super) chance: Chance,
    pub(super) arrival: Arrival,
    pub(super) profile: Profile,
    /// The conversation's id.
    pub(super) subject: String,
    /// Milliseconds since 1970; moves forward only.
    pub(super) now: i64,
    /// What the customer knows and writes about.
    pub(super) facts: Facts,
    /// How the customer feels, −1 to 1.
    pub(super) mood: f64,
    /// Whether the platform scores the customer's sentiment.
    is_scored: bool,
    pub(super) slot: Slot,
    /// An answer of this conversation was wrong, or beside the point.
    pub(super) was_misled: bool,
    /// The AI agent or a rule of it asked for a person, or the customer did.
    pub(super) is_handed_off: bool,
    /// Milliseconds since 1970, of the latest entry into a queue.
    pub(super) entered: i64,
    /// How many agents have taken it.
    pub(super) legs: u32,
    pub(super) effort: Effort,
    told: u32,
    events: Vec<SimulatedEvent>,
}

/// Share of conversations whose platform scores sentiment itself; the others leave it to the text.
const SCORED_BY_PLATFORM: f64 = 0.4;

impl Life {
    /// A conversation at its very beginning, without events.
    pub(super) fn begin(world: &Arc<World>, arrival: Arrival, mut chance: Chance) -> Self {
        let (language, _) = *chance.weighted(&LANGUAGES, |(_, share)| *share);
        let (segment, _) = *chance.weighted(&SEGMENTS, |(_, share)| *share);
        let (region, _, currency) = *chance.weighted(&REGIONS, |(_, share, _)| *share);
        Self {
            world: Arc::clone(world),
            profile: Profile { language, segment, region, currency },
            subject: format!("{}-{:016x}", arrival.channel.as_str(), chance.bits()),
            now: arrival.at,
            facts: Facts::draw(&mut chance),
            mood: chance.normal(0.12, 0.25),
            is_scored: chance.happens(SCORED_BY_PLATFORM),
            slot: Slot::Unknown,
            was_misled: false,
            is_handed_off: false,
            entered: arrival.at,
            legs: 0,
            effort: Effort::default(),
            told: 0,
            events: Vec::new(),
            chance,
            arrival,
        }
    }

    /// What the customer wants.
    pub(super) fn intent(&self) -> &'static Intent {
        self.arrival.intent
    }

    /// What is said in the customer's language.
    pub(super) fn book(&self) -> &'static Book {
        self.profile.language.book()
    }

    /// Lets time pass, uniformly between these milliseconds.
    pub(super) fn pass(&mut self, low: i64, high: i64) {
        self.now += self.chance.between(low, high);
    }

    /// Something happens now. Ids count up, so that they sort as things happened.
    pub(super) fn emit(&mut self, kind: &'static str, data: &Value) {
        self.told += 1;
        let id = format!("e{:03}", self.told);
        let source = self.arrival.channel.source();
        self.events.push(SimulatedEvent::new(self.now, source, kind, &self.subject, id, data));
    }

    /// Says of the latest event that it is a severe failure.
    pub(super) fn is_severe_failure(&mut self) {
        if let Some(event) = self.events.last_mut() {
            event.is_severe_failure = true;
        }
    }

    /// The events since the last call, in the order in which they were told, not of time.
    pub(super) fn take_events(&mut self) -> std::vec::Drain<'_, SimulatedEvent> {
        self.events.drain(..)
    }

    /// The customer writes; where the platform scores sentiment, the score follows.
    pub(super) fn customer_says(&mut self, text: &str) {
        self.message("customer", None, text);
        if self.is_scored {
            let score = cents(self.chance.normal(self.mood, 0.18).clamp(-1.0, 1.0));
            self.emit("cx.sentiment.scored", &json!({"score": score, "party": "customer"}));
        }
    }

    /// The customer writes one of these.
    pub(super) fn customer_says_one_of(&mut self, phrases: &[&'static str]) {
        let text = self.chance.phrase(phrases);
        self.customer_says(text);
    }

    /// A person writes one of these.
    pub(super) fn agent_says_one_of(&mut self, agent: &str, phrases: &[&'static str]) {
        let text = self.chance.phrase(phrases);
        self.message("human", Some(agent), text);
    }

    /// Somebody writes, publicly.
    pub(super) fn message(&mut self, author: &str, agent: Option<&str>, text: &str) {
        let mut data = json!({"author": author, "visibility": "public", "text": text});
        if let Some(agent) = agent {
            data["agent"] = agent.into();
        }
        self.emit("cx.message.added", &data);
    }

    /// The customer tells the intent's slot.
    pub(super) fn fills_slot(&mut self) {
        let slot = self.intent().slot;
        let fact = self.book().fact(slot, &self.facts, &mut self.chance);
        self.customer_says(&fact);
        self.emit("cx.slot.filled", &json!({"slot": slot}));
        self.slot = Slot::Filled;
    }

    /// Whether a flawed prompt rules an answer given now.
    pub(super) fn is_flawed(&self) -> bool {
        self.world.is_flawed(self.intent(), self.now)
    }

    /// What the incidents in force change now.
    pub(super) fn influence(&self) -> Influence {
        self.world.influence(self.intent().name, self.profile.segment, self.now)
    }
}
