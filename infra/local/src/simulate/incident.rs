//! What an incident is: a kind, a span, and whose conversations it concerns.
//!
//! What it changes is in [`influence`], the label against which detection is judged in [`truth`].
//! To add a kind: a variant and its answers here and there; the compiler finds the places.

mod influence;
mod truth;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::json;

pub(super) use self::{influence::Influence, truth::severe_failure};
use super::{
    centre::{CHAT_SOURCE, Intent, VOICE_SOURCE, intent_named},
    event::{SECOND, SimulatedEvent, millis_after},
    releases::{self, ARTICLES, MODEL, prompt_named},
};

/// Declares the kinds with their names on the command line and in truth records.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// What happens.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum IncidentKind { $($(#[$doc])* $variant),+ }

        impl IncidentKind {
            /// All, by name.
            pub(crate) const ALL: &'static [(&'static str, Self)] =
                &[$(($name, Self::$variant)),+];
        }
    };
}

kinds! {
    /// A prompt is deployed whose answers are beside the point or plainly wrong, on a day on which
    /// many customers ask for just that.
    FlawedAnswers = "flawed_answers",
    /// New articles leave questions open: fewer conversations end well with the AI agent.
    DeflectionDrop = "deflection_drop",
    /// A new handoff policy passes on twice as many conversations.
    EscalationSurge = "escalation_surge",
    /// A new greeting makes customers ask for a person: "agent please".
    AgentRequestSurge = "agent_request_surge",
    /// A new model is less sure of itself.
    ConfidenceDecline = "confidence_decline",
    /// The model's supplier answers slowly, and sometimes not at all.
    SlowAi = "slow_ai",
    /// New articles about one subject are wrong, and the AI agent is sure of them.
    WrongAnswers = "wrong_answers",
    /// Two of three agents of one queue are missing.
    QueueOverload = "queue_overload",
    /// A policy for one segment of customers harms it.
    SegmentHarmed = "segment_harmed",
    /// Agents do not receive what the AI agent learned, and ask again.
    BadHandoffs = "bad_handoffs",
    /// A target for handle time: contacts become shorter and come back.
    EfficiencyOverResolution = "efficiency_over_resolution",
    /// The AI agent escalates a little more each day.
    SlowDrift = "slow_drift",
    /// Nothing arrives from one platform, and what it would have sent never does.
    SourceSilent = "source_silent",
    /// The platform closes conversations hours after their end.
    DelayedCloses = "delayed_closes",
    /// A day on which hardly anybody writes, and few are at work. Nothing is wrong.
    Holiday = "holiday",
    /// A newsletter brings many questions about products. Nothing is wrong but the waiting.
    Campaign = "campaign",
    /// All clocks on the walls go forward by an hour. Nothing is wrong.
    ClockChange = "clock_change",
}

/// One incident: from `start` until `end`, when its cause is gone.
#[derive(Clone, Debug)]
pub(crate) struct Incident {
    /// What happens.
    pub(crate) kind: IncidentKind,
    /// Its first instant.
    pub(crate) start: Timestamp,
    /// The first instant at which it is over.
    pub(crate) end: Timestamp,
    /// Extra conversations of the cell's intent, as a multiple of its usual volume.
    pub(crate) surge: f64,
}

/// Whose conversations an incident concerns: all that have these values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Cell {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) intent: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) segment: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) queue: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signal: Option<&'static str>,
}

/// A version that brings an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Deployment {
    pub(crate) component: &'static str,
    pub(crate) name: &'static str,
    /// The harmful version.
    pub(crate) version: String,
    /// The one before it.
    pub(crate) previous: String,
}

/// A surge opens with a wave, this many times as high as what follows: the people who have waited
/// for the answer all ask at once.
const WAVE: f64 = 12.0;

/// The wave falls to a third in this time; milliseconds.
const WAVE_LENGTH: f64 = 30_000.0;

impl IncidentKind {
    /// As on the command line and in truth records.
    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// How long it lasts unless told otherwise.
    fn usual_length(self) -> SignedDuration {
        let hours = match self {
            Self::FlawedAnswers | Self::SourceSilent => 1,
            Self::SlowAi => 3,
            Self::QueueOverload | Self::Campaign => 4,
            Self::EscalationSurge | Self::AgentRequestSurge | Self::DelayedCloses => 6,
            Self::DeflectionDrop | Self::ConfidenceDecline | Self::BadHandoffs => 12,
            Self::WrongAnswers | Self::SegmentHarmed | Self::Holiday => 24,
            Self::EfficiencyOverResolution => 3 * 24,
            Self::SlowDrift | Self::ClockChange => 14 * 24,
        };
        SignedDuration::from_hours(hours)
    }

    fn usual_surge(self) -> f64 {
        match self {
            Self::FlawedAnswers => 12.0,
            Self::Campaign => 4.0,
            Self::DeflectionDrop
            | Self::EscalationSurge
            | Self::AgentRequestSurge
            | Self::ConfidenceDecline
            | Self::SlowAi
            | Self::WrongAnswers
            | Self::QueueOverload
            | Self::SegmentHarmed
            | Self::BadHandoffs
            | Self::EfficiencyOverResolution
            | Self::SlowDrift
            | Self::SourceSilent
            | Self::DelayedCloses
            | Self::Holiday
            | Self::ClockChange => 0.0,
        }
    }
}

impl Incident {
    /// An incident of usual length and size.
    pub(crate) fn new(kind: IncidentKind, start: Timestamp) -> Result<Self, jiff::Error> {
        let end = start.checked_add(kind.usual_length())?;
        Ok(Self { kind, start, end, surge: kind.usual_surge() })
    }

    /// Whom it concerns.
    pub(super) fn cell(&self) -> Cell {
        let all = Cell::default();
        match self.kind {
            IncidentKind::FlawedAnswers => Cell { intent: Some("refund_status"), ..all },
            IncidentKind::WrongAnswers | IncidentKind::Campaign => {
                Cell { intent: Some("product_question"), ..all }
            }
            IncidentKind::QueueOverload => Cell { queue: Some("orders"), ..all },
            IncidentKind::SegmentHarmed => Cell { segment: Some("plus"), ..all },
            IncidentKind::SourceSilent => Cell { source: Some(VOICE_SOURCE), ..all },
            IncidentKind::DeflectionDrop
            | IncidentKind::EscalationSurge
            | IncidentKind::AgentRequestSurge
            | IncidentKind::ConfidenceDecline
            | IncidentKind::SlowAi
            | IncidentKind::BadHandoffs
            | IncidentKind::EfficiencyOverResolution
            | IncidentKind::SlowDrift
            | IncidentKind::DelayedCloses
            | IncidentKind::Holiday
            | IncidentKind::ClockChange => all,
        }
    }

    /// The intent whose volume surges.
    pub(super) fn intent(&self) -> Option<&'static Intent> {
        self.cell().intent.and_then(intent_named)
    }

    /// Whether it holds at this instant, in milliseconds since 1970.
    pub(super) fn holds(&self, at: i64) -> bool {
        (millis_after(self.start)..millis_after(self.end)).contains(&at)
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

    /// The version that brings it, by the clocks of this zone.
    pub(super) fn deployment(&self, zone: &TimeZone) -> Option<Deployment> {
        let release = match self.kind {
            IncidentKind::FlawedAnswers => prompt_named("refund")?,
            IncidentKind::DeflectionDrop | IncidentKind::WrongAnswers => &ARTICLES,
            IncidentKind::EscalationSurge => &releases::HANDOFF_POLICY,
            IncidentKind::AgentRequestSurge => &releases::GREETING,
            IncidentKind::ConfidenceDecline => &MODEL,
            IncidentKind::SegmentHarmed => &releases::PLUS_POLICY,
            IncidentKind::BadHandoffs => &releases::HANDOFF_BRIDGE,
            IncidentKind::EfficiencyOverResolution => &releases::HANDLE_TIME_TARGET,
            IncidentKind::DelayedCloses => &releases::CLOSING_JOB,
            IncidentKind::SlowAi
            | IncidentKind::QueueOverload
            | IncidentKind::SlowDrift
            | IncidentKind::SourceSilent
            | IncidentKind::Holiday
            | IncidentKind::Campaign
            | IncidentKind::ClockChange => return None,
        };
        let previous = release.version(super::calendar::local(zone, millis_after(self.start)));
        Some(Deployment {
            component: release.component,
            name: release.name,
            version: format!("{previous}.1"),
            previous,
        })
    }

    /// The deployments that begin and end it.
    pub(super) fn changes(&self, zone: &TimeZone) -> Vec<SimulatedEvent> {
        let Some(deployment) = self.deployment(zone) else { return Vec::new() };
        let Deployment { component, name, version, previous } = &deployment;
        let change = |at, version: &str, previous: &str, by: &str| {
            let at = millis_after(at);
            let data = json!({
                "component": component, "name": name, "version": version, "previous": previous,
                "by": by,
            });
            let id = format!("change-{name}-{version}-{:x}", at / SECOND);
            SimulatedEvent::new(at, CHAT_SOURCE, "cx.change.deployed", "", id, &data)
        };
        vec![
            change(self.start, version, previous, "release-train"),
            change(self.end, previous, version, "rollback"),
        ]
    }
}

/// The changes of this zone's own clocks within a span, as incidents of no harm.
pub(super) fn clock_changes(zone: &TimeZone, start: Timestamp, end: Timestamp) -> Vec<Incident> {
    zone.following(start)
        .map(|transition| transition.timestamp())
        .take_while(|at| *at < end)
        .filter_map(|at| Incident::new(IncidentKind::ClockChange, at).ok())
        .collect()
}
