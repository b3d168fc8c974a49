//! The dictionary of metrics: one versioned set of definitions for the whole organisation.
//!
//! A [`Metric`] is a name; its [`Definition`] (kind, unit, bad direction, dimensions, words) stands
//! once, in [`mod@dictionary`]. What computes a metric is `conversation::contributions`.

mod dictionary;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::dimension::{Extra, View};

/// A metric, by the field's own name for it.
///
/// The discriminants are stored: a new metric takes the next free number, and none is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the dictionary holds each one's definition, which the API serves")]
pub enum Metric {
    Contacts = 0,
    FirstResponseTime = 1,
    FirstResponseTimeAi = 2,
    FirstResponseTimeHuman = 3,
    ResponseTime = 4,
    QueueLength = 5,
    LongestWait = 6,
    Backlog = 7,
    SilentConversations = 8,
    TransferRate = 9,
    Sentiment = 10,
    NegativeSentimentRate = 11,
    AgentRequestRate = 12,
    AbandonmentRate = 13,
    ServiceLevel = 14,
    SpeedOfAnswer = 15,
    HandleTime = 16,
    AgentHandleTime = 17,
    ResolutionRate = 18,
    ResolutionTime = 19,
    Csat = 20,
    Nps = 21,
    RepeatContactRate24h = 22,
    RepeatContactRate7d = 23,
    Reopens = 24,
    ReopenRate = 25,
    DurableResolutionRate = 26,
    RevenueAtRisk = 27,
    Retention = 28,
    ContactCost = 29,
    AiLatency = 30,
    AiErrorRate = 31,
    FallbackRate = 32,
    AiConfidence = 33,
    AiConfidenceBins = 34,
    LowConfidenceRate = 35,
    EscalationRate = 36,
    ContainmentRate = 37,
    DeflectionRate = 38,
    AiCost = 39,
    AiTokens = 40,
    LateEvents = 41,
    DuplicateEvents = 42,
    ConflictingEvents = 43,
    RejectedEvents = 44,
    UnknownTypes = 45,
    /// Conversations still queued, at the minute in which they entered: feeds `longest_wait`.
    QueueCohort = 46,
    AgentsAvailable = 47,
    AgentsBusy = 48,
    Occupancy = 49,
    SlotUtilisation = 50,
    SlaAtRisk = 51,
    SlaBreachRate = 52,
    IntentAccuracy = 53,
    AnswerAccuracy = 54,
    BrandSafety = 55,
    AutonomousResolutionRateConfirmed = 56,
    AutonomousResolutionRateAssumed = 57,
    EscalationRecall = 58,
    FalseConfidenceRate = 59,
    CalibrationError = 60,
    StuckConversations = 61,
    MisrouteRate = 62,
    IntentDrift = 63,
    ConfidenceDrift = 64,
    SegmentDisparity = 65,
    Tone = 66,
    Empathy = 67,
    PolicyAdherence = 68,
    HandoffQuality = 69,
    RepeatYourselfRate = 70,
    FreshnessSeconds = 71,
    CalibrationConfidence = 72,
    CalibrationGood = 73,
    StateAvailable = 74,
    StateBusy = 75,
    StateSlotsTotal = 76,
    StateSlotsBusy = 77,
    ObservedAvailable = 78,
    ObservedBusy = 79,
    DeflectionTurned = 80,
    DurableResolutionTurned = 81,
    ReopenTurned = 82,
    FalseConfidenceTurned = 83,
    Uptime = 84,
    Completeness = 85,
    /// Minutes in which a source was there: feeds `uptime`.
    SourceActivity = 86,
    QueueBalance = 87,
    Signals = 88,
}

/// How a metric is added up and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A number of things that happened.
    Count,
    /// An amount of something.
    Sum,
    /// Decided trials: numerator of denominator.
    Ratio,
    /// Sum over count.
    Mean,
    /// Mean and quantiles.
    Distribution,
    /// A level at each minute.
    Gauge,
    /// A figure on a scale of its own.
    Index,
}

/// The direction that is bad for customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BadDirection {
    /// Higher is worse.
    Up,
    /// Lower is worse.
    Down,
    /// Neither, or both.
    Both,
}

/// By which dimensions a metric is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// All dimensions and pairs.
    All,
    /// All but agent and team.
    NotByAgent,
    /// Queue and channel, and their pair.
    QueueAndChannel,
    /// Queue, agent and team, where the event names them: agents' states.
    AgentState,
    /// The tenant as a whole.
    Total,
    /// Source alone: data about the data.
    Source,
}

/// The part of the rollups that metrics read together are stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    /// Contacts and how quickly they were answered.
    Contact = 0,
    /// Waiting.
    Queue = 1,
    /// Levels.
    Gauge = 2,
    /// How conversations came out.
    Outcome = 3,
    /// What customers said and felt.
    Voice = 4,
    /// What human agents spent.
    Handling = 5,
    /// The AI agent's scorecard.
    Ai = 6,
    /// Data about the data.
    Data = 7,
}

/// How figures follow from other metrics' amounts, at the time of a query. Nothing is contributed
/// to such a metric, and nothing stored of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derivation {
    /// How far stated confidence lies from what came true.
    Calibration,
    /// Intents of a day against those before.
    IntentDrift,
    /// Confidence of a day against that before.
    ConfidenceDrift,
    /// The worst against the best segment and language.
    Disparity,
    /// The sum of levels.
    SumOfLevels(&'static [Metric]),
    /// A level of the sum of levels, minute by minute.
    ShareOfLevels {
        /// Metric of the numerator.
        part: Metric,
        /// Metrics of the denominator.
        whole: &'static [Metric],
        /// What a minute at level 1 adds to numerator and denominator.
        weight: i64,
    },
    /// Minutes in which sources were there.
    Uptime,
    /// How much of what sources have to send arrived.
    Completeness,
}

/// What a metric means.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// The metric.
    pub metric: Metric,
    /// Its name on the wire.
    pub name: &'static str,
    /// How it is added up.
    pub kind: Kind,
    /// Unit of its values.
    pub unit: &'static str,
    /// The direction that is bad for customers.
    pub bad: BadDirection,
    /// Dimensions that it is kept by.
    pub cut: Cut,
    /// A dimension of its own.
    pub extra: Option<Extra>,
    /// Where its rollups are stored.
    pub family: Family,
    /// How long a minute may still be revised by later events, in minutes; 0 = hardly ever.
    pub horizon_minutes: i32,
    /// Metrics to be read beside it, since they move against each other.
    pub partners: &'static [Metric],
    /// How it follows from other metrics, where it is not contributed to.
    pub derived: Option<Derivation>,
    /// The metric that counts, at the minute of each trial that turned bad, how late it did.
    pub turned: Option<Metric>,
    /// Whether it only feeds another metric, and is not shown by itself.
    pub internal: bool,
    /// The definition, for people.
    pub definition: &'static str,
}

impl Metric {
    /// All metrics, by their stored numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        dictionary::DEFINITIONS.iter().map(|definition| definition.metric)
    }

    /// The metric of a stored number.
    pub fn of_number(number: u8) -> Option<Self> {
        dictionary::DEFINITIONS.get(usize::from(number)).map(|definition| definition.metric)
    }

    /// Those that the dictionary shows, by scorecard: all but what only feeds another metric.
    pub fn public() -> impl Iterator<Item = Self> {
        let definitions = dictionary::SCORECARDS.iter().flat_map(|card| card.iter());
        definitions.filter(|definition| !definition.internal).map(|definition| definition.metric)
    }

    /// Its definition.
    pub fn definition(self) -> &'static Definition {
        dictionary::DEFINITIONS[self as usize]
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        self.definition().name
    }

    /// The public metric of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::public().find(|metric| metric.as_str() == name)
    }

    /// How it is added up.
    pub fn kind(self) -> Kind {
        self.definition().kind
    }

    /// The views that are kept of it.
    pub fn views(self) -> impl Iterator<Item = View> {
        let cut = self.definition().cut;
        View::all().filter(move |view| cut.keeps(*view))
    }

    /// Whether the rollups hold this view. The longest wait of several queues is no sum of theirs, so
    /// it is kept by queue and channel alone; nor are minutes of several sources.
    pub fn is_stored_by(self, view: View) -> bool {
        match self {
            Self::LongestWait => matches!(view, View::Two(..)),
            Self::SourceActivity => matches!(view, View::One(_)),
            _ => true,
        }
    }

    /// The scale that its values lie on, in its public unit.
    pub fn range(self) -> (f64, f64) {
        match (self.kind(), self.definition().unit) {
            (Kind::Ratio, _) | (Kind::Mean, "0..1") => (0.0, 1.0),
            (Kind::Mean, "0..100") => (0.0, 100.0),
            (Kind::Mean, "-1..1") => (-1.0, 1.0),
            (Kind::Index, "-100..100") => (-100.0, 100.0),
            (
                Kind::Mean
                | Kind::Index
                | Kind::Count
                | Kind::Sum
                | Kind::Distribution
                | Kind::Gauge,
                _,
            ) => (0.0, f64::INFINITY),
        }
    }

    /// Whether its figures are followed minute by minute: levels, what is made of levels, and what is
    /// known of sources. The amounts of a span do not tell them.
    pub fn follows_minutes(self) -> bool {
        self.kind() == Kind::Gauge
            || self.is_about_sources()
            || matches!(self.definition().derived, Some(Derivation::ShareOfLevels { .. }))
    }

    /// Whether its figures follow from what is known of sources beside their amounts.
    pub fn is_about_sources(self) -> bool {
        matches!(self.definition().derived, Some(Derivation::Uptime | Derivation::Completeness))
    }

    /// Whether what is stored of it are changes of a level, which is the sum of all before. Other
    /// gauges keep each minute for itself.
    pub fn is_level(self) -> bool {
        self.kind() == Kind::Gauge && !matches!(self, Self::QueueCohort | Self::SourceActivity)
    }

    /// What one unit of the metric is in stored integers: counts as they are, amounts in millionths.
    pub fn scale(self) -> f64 {
        match self.kind() {
            Kind::Count | Kind::Ratio | Kind::Index => 1.0,
            Kind::Gauge if self != Self::LongestWait => 1.0,
            Kind::Gauge | Kind::Sum | Kind::Mean | Kind::Distribution => 1e6,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Metric {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| {
            serde::de::Error::custom(format!("`{name}` is not a metric: see GET /v1/metrics"))
        })
    }
}

impl Cut {
    /// Whether metrics of this cut are kept by this dimension.
    pub fn has(self, dimension: crate::dimension::Dimension) -> bool {
        use crate::dimension::Dimension as D;
        match self {
            Self::All => true,
            Self::NotByAgent => !matches!(dimension, D::Agent | D::Team),
            Self::QueueAndChannel => matches!(dimension, D::Queue | D::Channel),
            Self::AgentState => matches!(dimension, D::Queue | D::Agent | D::Team),
            Self::Total => false,
            Self::Source => dimension == D::Source,
        }
    }

    /// Whether this view is kept.
    pub fn keeps(self, view: View) -> bool {
        view.dimensions().all(|dimension| self.has(dimension))
    }
}

impl Family {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Contact,
        Self::Queue,
        Self::Gauge,
        Self::Outcome,
        Self::Voice,
        Self::Handling,
        Self::Ai,
        Self::Data,
    ];

    /// The part of table keys that names it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Queue => "queue",
            Self::Gauge => "gauge",
            Self::Outcome => "outcome",
            Self::Voice => "voice",
            Self::Handling => "handling",
            Self::Ai => "ai",
            Self::Data => "data",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_stands_at_its_stored_number() {
        for (index, definition) in dictionary::DEFINITIONS.iter().enumerate() {
            assert_eq!(definition.metric as usize, index);
        }
        assert_eq!(
            Metric::public().count(),
            Metric::all().filter(|m| !m.definition().internal).count()
        );
        assert_eq!(Metric::parse("queue_cohort"), None);
        assert_eq!(Metric::parse("csat"), Some(Metric::Csat));
    }

    #[test]
    fn metrics_that_are_read_together_name_each_other() {
        for metric in Metric::all() {
            for partner in metric.definition().partners {
                assert!(partner.definition().partners.contains(&metric), "{metric} {partner}");
            }
        }
    }
}
