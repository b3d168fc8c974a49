//! What an incident changes, and the record of it against which detection is judged.
//!
//! To add a kind: a variant, its answers below, and the places in a conversation's life that ask.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::{
    centre::{self, CHAT_SOURCE},
    event::{MINUTE, SECOND, SimulatedEvent, millis_after},
};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IncidentKind {
    /// A prompt is deployed whose answers are beside the point or plainly wrong, on a day on which
    /// many customers ask for just that.
    FlawedAnswers,
}

/// One incident: from `start` until `end`, when the change is rolled back.
#[derive(Clone, Debug)]
pub(crate) struct Incident {
    /// What goes wrong.
    pub(crate) kind: IncidentKind,
    /// The flawed version is deployed.
    pub(crate) start: Timestamp,
    /// The previous version is back.
    pub(crate) end: Timestamp,
    /// Whose conversations suffer.
    pub(crate) intent: String,
    /// The flawed version.
    pub(crate) prompt_version: String,
    /// Extra conversations of that intent, as a multiple of its usual volume.
    pub(crate) surge: f64,
}

/// The label of an incident: what a detector ought to find, where and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Truth {
    /// What went wrong.
    pub(crate) kind: IncidentKind,
    /// Its first instant.
    pub(crate) start: Timestamp,
    /// The first instant at which it was over.
    pub(crate) end: Timestamp,
    /// Metrics that it moves, the first to move first.
    pub(crate) metrics: &'static [&'static str],
    /// The intent concerned.
    pub(crate) intent: String,
    /// The version to blame.
    pub(crate) prompt_version: String,
}

/// A surge opens with a wave, this many times as high as what follows: the people who have waited
/// for the answer all ask at once.
const WAVE: f64 = 12.0;

/// The wave falls to a third in this time; milliseconds.
const WAVE_LENGTH: f64 = 30_000.0;

/// Queues stay long for this time after the last flawed answer.
const QUEUE_RECOVERY: i64 = 10 * MINUTE;

impl Incident {
    /// Whether it rules the answers to `intent` at this instant.
    pub(super) fn flaws(&self, intent: &str, at: i64) -> bool {
        match self.kind {
            IncidentKind::FlawedAnswers => self.intent == intent && self.holds(at),
        }
    }

    /// Whether the people who serve the queue of `intent` are overrun.
    pub(super) fn floods(&self, intent: &str, at: i64) -> bool {
        match self.kind {
            IncidentKind::FlawedAnswers => {
                let queue = |name| centre::intent_named(name).map(|intent| intent.queue().name);
                let is_served_there = queue(intent) == queue(&self.intent);
                is_served_there && (self.holds(at) || self.holds(at - QUEUE_RECOVERY))
            }
        }
    }

    /// Extra arrivals at this instant, as a multiple of the intent's usual volume.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of an incident")]
    pub(super) fn surge_at(&self, at: i64) -> f64 {
        if !self.holds(at) {
            return 0.0;
        }
        let since = (at - millis_after(self.start)) as f64;
        self.surge * (1.0 + (WAVE - 1.0) * (-since / WAVE_LENGTH).exp())
    }

    /// The highest value of [`Incident::surge_at`].
    pub(super) fn peak_surge(&self) -> f64 {
        self.surge * WAVE
    }

    /// The deployments that begin and end it.
    pub(super) fn changes(&self) -> Vec<SimulatedEvent> {
        let Some(intent) = centre::intent_named(&self.intent) else { return Vec::new() };
        let change = |at, version: &str, previous: &str, by: &str| {
            let at = millis_after(at);
            let data = json!({
                "component": "prompt", "name": intent.prompt, "version": version,
                "previous": previous, "by": by,
            });
            let id = format!("change-{}-{version}-{:x}", intent.prompt, at / SECOND);
            SimulatedEvent::new(at, CHAT_SOURCE, "cx.change.deployed", "", id, &data)
        };
        vec![
            change(self.start, &self.prompt_version, intent.prompt_version, "prompt-release"),
            change(self.end, intent.prompt_version, &self.prompt_version, "rollback"),
        ]
    }

    /// Its label.
    pub(crate) fn truth(&self) -> Truth {
        let metrics: &[&str] = match self.kind {
            IncidentKind::FlawedAnswers => &[
                "fallback_rate",
                "escalation_rate",
                "agent_request_rate",
                "contacts",
                "containment_rate",
                "sentiment",
                "service_level",
            ],
        };
        Truth {
            kind: self.kind,
            start: self.start,
            end: self.end,
            metrics,
            intent: self.intent.clone(),
            prompt_version: self.prompt_version.clone(),
        }
    }

    fn holds(&self, at: i64) -> bool {
        (millis_after(self.start)..millis_after(self.end)).contains(&at)
    }
}
