//! The state of one conversation while it is being lived: a cursor in time and the events so far.

use serde_json::{Value, json};

use super::{
    Scenario,
    arrivals::Arrival,
    centre::LANGUAGES,
    chance::{Chance, cents},
    event::SimulatedEvent,
    incident::Incident,
    phrases::Facts,
};

/// A span in a queue or with an agent of it, for the queue's observations.
#[derive(Clone, Debug)]
pub(super) struct Stay {
    pub(super) queue: &'static str,
    /// Milliseconds since 1970.
    pub(super) start: i64,
    /// Milliseconds since 1970.
    pub(super) end: i64,
    pub(super) kind: StayKind,
}

/// What somebody does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StayKind {
    /// A customer waits.
    Waiting,
    /// An agent talks or wraps up.
    Serving,
}

/// A conversation under way.
pub(super) struct Life<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) chance: Chance,
    pub(super) arrival: Arrival,
    /// The conversation's id.
    pub(super) subject: String,
    /// Milliseconds since 1970; moves forward only.
    pub(super) now: i64,
    pub(super) language: &'static str,
    /// What the customer knows and writes about.
    pub(super) facts: Facts,
    /// How the customer feels, −1 to 1.
    pub(super) mood: f64,
    /// Whether the platform scores the customer's sentiment.
    is_scored: bool,
    /// The customer has told the AI agent the intent's slot.
    pub(super) slot_is_filled: bool,
    /// An answer of this conversation came from a flawed version.
    pub(super) was_flawed: bool,
    pub(super) stays: Vec<Stay>,
    pub(super) events: Vec<SimulatedEvent>,
}

/// Share of conversations whose platform scores sentiment itself; the others leave it to the text.
const SCORED_BY_PLATFORM: f64 = 0.4;

impl<'a> Life<'a> {
    /// A conversation at its very beginning, without events.
    pub(super) fn begin(scenario: &'a Scenario, arrival: Arrival, mut chance: Chance) -> Self {
        let (language, _) = *chance.weighted(&LANGUAGES, |(_, share)| *share);
        Self {
            subject: format!("{}-{:016x}", arrival.channel.as_str(), chance.bits()),
            now: arrival.at,
            language,
            facts: Facts::draw(&mut chance),
            mood: chance.normal(0.12, 0.25),
            is_scored: chance.happens(SCORED_BY_PLATFORM),
            slot_is_filled: false,
            was_flawed: false,
            stays: Vec::new(),
            events: Vec::new(),
            scenario,
            chance,
            arrival,
        }
    }

    /// Lets time pass, uniformly between these milliseconds.
    pub(super) fn pass(&mut self, low: i64, high: i64) {
        self.now += self.chance.between(low, high);
    }

    /// Something happens now. Ids count up, so that they sort as things happened.
    pub(super) fn emit(&mut self, kind: &str, data: &Value) {
        let id = format!("e{:03}", self.events.len() + 1);
        let source = self.arrival.channel.source();
        self.events.push(SimulatedEvent::new(self.now, source, kind, &self.subject, id, data));
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
        let mut data = json!({"author": author, "visibility": "public"});
        if let Some(agent) = agent {
            data["agent"] = agent.into();
        }
        self.add_text(&mut data, text);
        self.emit("cx.message.added", &data);
    }

    /// The phrases are English: what is said in another language goes without its text.
    pub(super) fn add_text(&self, data: &mut Value, text: &str) {
        if self.language == "en" {
            data["text"] = text.into();
        }
    }

    /// The incident that rules an answer given now.
    pub(super) fn flaw(&self) -> Option<&'a Incident> {
        let intent = self.arrival.intent.name;
        self.scenario.incidents.iter().find(|incident| incident.flaws(intent, self.now))
    }

    /// Whether an incident has overrun the people behind this conversation.
    pub(super) fn is_flooded(&self) -> bool {
        let intent = self.arrival.intent.name;
        self.scenario.incidents.iter().any(|incident| incident.floods(intent, self.now))
    }
}
