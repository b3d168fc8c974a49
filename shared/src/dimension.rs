//! Dimensions: by what a metric can be cut, and which cuts are kept.

use serde::{Deserialize, Serialize};

use crate::symbol::Sym;

/// A dimension of conversation metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Dimension {
    /// voice, chat, messaging, email, sms, social, web.
    Channel,
    /// Where the contact waited.
    Queue,
    /// What the customer wants.
    Intent,
    /// Version of the model that answered.
    ModelVersion,
    /// Version of the prompt that answered.
    PromptVersion,
    /// Version of the knowledge base that answered.
    KbVersion,
    /// Keyed hash of the agent.
    Agent,
    /// The agent's team.
    Team,
    /// The customer's language.
    Language,
    /// The customer's segment.
    Segment,
    /// The customer's region.
    Region,
    /// What the service is for.
    UseCase,
    /// The `source` of the conversation's first event.
    Source,
}

/// Dimensions of a vector: the thirteen, and one more that only some metrics have.
pub const WIDTH: usize = 14;

/// Where a vector holds the metric's own [`Extra`] dimension.
pub const EXTRA: usize = 13;

/// The values of all dimensions of one contribution, by [`Dimension`] and then the extra one.
pub type Vector = [Sym; WIDTH];

/// The value of a dimension that was never known.
pub const UNKNOWN: &str = "unknown";
/// The value of a dimension beyond the registered limit.
pub const OTHER: &str = "(other)";
/// The value of a dimension that masking altered.
pub const MASKED: &str = "(masked)";

impl Dimension {
    /// All, in the order of vectors.
    pub const ALL: [Self; 13] = [
        Self::Channel,
        Self::Queue,
        Self::Intent,
        Self::ModelVersion,
        Self::PromptVersion,
        Self::KbVersion,
        Self::Agent,
        Self::Team,
        Self::Language,
        Self::Segment,
        Self::Region,
        Self::UseCase,
        Self::Source,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Queue => "queue",
            Self::Intent => "intent",
            Self::ModelVersion => "model_version",
            Self::PromptVersion => "prompt_version",
            Self::KbVersion => "kb_version",
            Self::Agent => "agent",
            Self::Team => "team",
            Self::Language => "language",
            Self::Segment => "segment",
            Self::Region => "region",
            Self::UseCase => "use_case",
            Self::Source => "source",
        }
    }

    /// The dimension of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.as_str() == name)
    }

    /// Position in a [`Vector`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// How many values a tenant may register.
    pub const fn value_limit(self) -> usize {
        match self {
            Self::Agent => 10_000,
            _ => 1_000,
        }
    }
}

/// A further dimension that belongs to one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Extra {
    /// How long a conversation has been open: `<15m`, `<1h`, `<4h`, `<24h`, `older`.
    AgeBand,
    /// Currency of an amount, as sent.
    Currency,
    /// Tenth of the confidence scale, 0 to 9.
    Bin,
    /// Who judged: rule, llm, human. Judgements of different evaluators are never pooled.
    Evaluator,
    /// Why an event was rejected.
    Reason,
    /// A type of event that the model does not know.
    Type,
    /// What kind of single event it was: see [`crate::conversation::Signal`].
    Signal,
    /// Age that a trial had not exceeded when it turned: see [`crate::revision`].
    Age,
}

impl Extra {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgeBand => "age_band",
            Self::Currency => "currency",
            Self::Bin => "bin",
            Self::Evaluator => "evaluator",
            Self::Reason => "reason",
            Self::Type => "type",
            Self::Signal => "signal",
            Self::Age => "age",
        }
    }

    /// Whether values of different extras may be added up: euros and yen may not, nor the judgements
    /// of people and machines.
    pub const fn adds_up(self) -> bool {
        !matches!(self, Self::Currency | Self::Evaluator)
    }
}

/// A cut that is kept: the whole tenant, one dimension, or one of the pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// The tenant as a whole.
    Total,
    /// By one dimension.
    One(Dimension),
    /// By two dimensions together.
    Two(Dimension, Dimension),
}

/// The pairs of dimensions that are kept.
pub const PAIRS: [(Dimension, Dimension); 4] = [
    (Dimension::Intent, Dimension::PromptVersion),
    (Dimension::Intent, Dimension::ModelVersion),
    (Dimension::Intent, Dimension::Channel),
    (Dimension::Queue, Dimension::Channel),
];

impl View {
    /// All views that are kept.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Total)
            .chain(Dimension::ALL.into_iter().map(Self::One))
            .chain(PAIRS.into_iter().map(|(first, second)| Self::Two(first, second)))
    }

    /// The view over exactly these dimensions, in any order; `None` when it is not kept.
    pub fn over(dimensions: &[Dimension]) -> Option<Self> {
        match dimensions {
            [] => Some(Self::Total),
            [one] => Some(Self::One(*one)),
            [a, b] => PAIRS
                .into_iter()
                .find(|(first, second)| (first, second) == (a, b) || (first, second) == (b, a))
                .map(|(first, second)| Self::Two(first, second)),
            _ => None,
        }
    }

    /// The dimensions of the view, in its order.
    pub fn dimensions(self) -> impl Iterator<Item = Dimension> {
        let (first, second) = match self {
            Self::Total => (None, None),
            Self::One(one) => (Some(one), None),
            Self::Two(first, second) => (Some(first), Some(second)),
        };
        first.into_iter().chain(second)
    }

    /// The part of table keys that names the view; the dimensions' own names.
    pub fn key(self) -> String {
        match self {
            Self::Total => "total".to_owned(),
            Self::One(one) => one.as_str().to_owned(),
            Self::Two(first, second) => format!("{}*{}", first.as_str(), second.as_str()),
        }
    }

    /// The values of the view's dimensions in this vector; `None` where one does not apply.
    pub fn project(self, vector: &Vector) -> Option<[Sym; 2]> {
        let mut values = [Sym::ABSENT; 2];
        for (value, dimension) in values.iter_mut().zip(self.dimensions()) {
            *value = vector[dimension.index()];
            if value.is_absent() {
                return None;
            }
        }
        Some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_stands_at_its_index() {
        for (index, dimension) in Dimension::ALL.into_iter().enumerate() {
            assert_eq!(dimension.index(), index);
            assert_eq!(Dimension::parse(dimension.as_str()), Some(dimension));
        }
    }

    #[test]
    fn pairs_are_found_in_any_order() {
        let pair = View::over(&[Dimension::Channel, Dimension::Intent]);
        assert_eq!(pair, Some(View::Two(Dimension::Intent, Dimension::Channel)));
        assert_eq!(View::over(&[Dimension::Agent, Dimension::Intent]), None);
        assert_eq!(View::all().count(), 18);
    }
}
