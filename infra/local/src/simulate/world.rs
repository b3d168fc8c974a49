//! What rules at an instant: the hour on the walls, the versions in force, and what incidents do.

use super::{
    Scenario, calendar,
    centre::Intent,
    event::{HOUR, millis_after},
    incident::{Incident, IncidentKind, Influence},
    releases::{ARTICLES, MODEL, prompt_named},
};

/// A scenario, asked by the instant (milliseconds since 1970).
#[derive(Debug)]
pub(super) struct World {
    pub(super) scenario: Scenario,
    /// First instant at which a conversation of the scenario may start.
    pub(super) start: i64,
    /// First instant at which none may start any more.
    pub(super) end: i64,
}

impl World {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let (start, end) = (millis_after(scenario.start), millis_after(scenario.end));
        Self { scenario: scenario.clone(), start, end }
    }

    /// Whether this instant belongs to the scenario.
    pub(super) fn contains(&self, at: i64) -> bool {
        (self.start..self.end).contains(&at)
    }

    /// The time on the walls.
    pub(super) fn local(&self, at: i64) -> i64 {
        let ahead = if self.holds(IncidentKind::ClockChange, at) { HOUR } else { 0 };
        calendar::local(&self.scenario.zone, at) + ahead
    }

    /// What the incidents in force change for one conversation.
    pub(super) fn influence(&self, intent: &str, segment: &str, at: i64) -> Influence {
        let incidents = self.scenario.incidents.iter();
        incidents
            .map(|incident| incident.influence(intent, segment, at))
            .fold(Influence::NONE, Influence::and)
    }

    /// Multiplies the staff of a queue.
    pub(super) fn staff(&self, queue: &str, at: i64) -> f64 {
        self.scenario.incidents.iter().map(|incident| incident.staff(queue, at)).product()
    }

    /// Multiplies the number of people who write.
    pub(super) fn volume(&self, at: i64) -> f64 {
        self.scenario.incidents.iter().map(|incident| incident.volume(at)).product()
    }

    /// Whether a flawed prompt rules the answers to this intent.
    pub(super) fn is_flawed(&self, intent: &Intent, at: i64) -> bool {
        let is_it = |incident: &&Incident| incident.cell().intent == Some(intent.name);
        self.in_force(IncidentKind::FlawedAnswers, at).any(|incident| is_it(&incident))
    }

    /// When a conversation that is over at this instant is reported as closed.
    pub(super) fn closes_at(&self, at: i64) -> i64 {
        let ends = self.in_force(IncidentKind::DelayedCloses, at);
        ends.map(|incident| millis_after(incident.end)).max().unwrap_or(at)
    }

    /// Whether nothing arrives from this source.
    pub(super) fn is_silent(&self, source: &str, at: i64) -> bool {
        let mut incidents = self.in_force(IncidentKind::SourceSilent, at);
        incidents.any(|incident| incident.cell().source == Some(source))
    }

    /// Version of the prompt that answers this intent.
    pub(super) fn prompt_version(&self, intent: &Intent, at: i64) -> String {
        let flawed = self.in_force(IncidentKind::FlawedAnswers, at);
        self.deployed(flawed, intent.prompt).unwrap_or_else(|| {
            prompt_named(intent.prompt)
                .map_or_else(String::new, |prompt| prompt.version(self.local(at)))
        })
    }

    /// Version of the articles that the AI agent reads.
    pub(super) fn kb_version(&self, at: i64) -> String {
        let dropped = self.in_force(IncidentKind::DeflectionDrop, at);
        let bad = dropped.chain(self.in_force(IncidentKind::WrongAnswers, at));
        self.deployed(bad, ARTICLES.name).unwrap_or_else(|| ARTICLES.version(self.local(at)))
    }

    /// Name and version of the language model.
    pub(super) fn model(&self, at: i64) -> (&'static str, String) {
        let bad = self.in_force(IncidentKind::ConfidenceDecline, at);
        let version = self.deployed(bad, MODEL.name);
        (MODEL.name, version.unwrap_or_else(|| MODEL.version(self.local(at))))
    }

    fn holds(&self, kind: IncidentKind, at: i64) -> bool {
        self.in_force(kind, at).next().is_some()
    }

    fn in_force(&self, kind: IncidentKind, at: i64) -> impl Iterator<Item = &Incident> {
        let incidents = self.scenario.incidents.iter();
        incidents.filter(move |incident| incident.kind == kind && incident.holds(at))
    }

    /// The version of this name that one of these incidents brought.
    fn deployed<'a>(
        &self,
        mut incidents: impl Iterator<Item = &'a Incident>,
        name: &str,
    ) -> Option<String> {
        incidents.find_map(|incident| {
            let deployment = incident.deployment(&self.scenario.zone)?;
            (deployment.name == name).then_some(deployment.version)
        })
    }
}
