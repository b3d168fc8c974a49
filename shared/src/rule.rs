//! Rules: when a number is worth a person's attention.
//!
//! A rule is read from YAML by [`parse`] and judged by [`Rule::judge`], which only compares amounts;
//! what follows from its verdict over time is [`crate::alert`].
//!
//! Every rule has two levels (hysteresis): beyond the open level an alert opens, beyond the close
//! level it may close, and in between it stays what it is.
//!
//! * `threshold`: opens beyond the bound; closes [`CLOSE_MARGIN`] of the bound back, or half of the
//!   room that the metric's scale leaves where that is less.
//! * `drop` and `rise`: open at the share, when significant; close at half of the share.
//! * `anomaly`: see [`Anomaly`].
//! * `slo`: see [`Slo`].
//! * `after_change`: see [`AfterChange`].
//! * `conflict`: see [`Conflict`].
//! * `event`: one signal is enough, see [`crate::conversation::Signal`].
//! * `silence_of`: see [`Silence`].

mod anomaly;
mod change;
mod conflict;
mod document;
mod event;
pub mod expectation;
mod harm;
mod judge;
mod parse;
mod silence;
mod slo;
mod tuning;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use anomaly::{Alarms, Anomaly};
pub use change::{AHEAD, AfterChange, FAR_AHEAD, Since};
pub use conflict::Conflict;
pub use harm::Levels;
pub use judge::{Expected, Judgement, Verdict, expected};
pub use parse::{Problem, RulesError, parse};
pub use silence::Silence;
pub use slo::{Burn, Slo};
pub use tuning::{STEP, Tuning};

use crate::{conversation::Signal, query::Selection};

/// The rules that ship: they work with no editing.
pub const DEFAULT_RULES: &str = include_str!("rule/default.yaml");

/// The JSON Schema of rules (draft 2020-12), for editors. It knows fields and names; what is true of one
/// metric alone is told by [`parse`].
pub const SCHEMA: &str = include_str!("rule/schema.json");

/// How far back from its bound a threshold closes, as a share of the bound.
pub const CLOSE_MARGIN: f64 = 0.1;

/// After so many minutes a page that nobody took on is told to the next one, unless the rule says
/// otherwise.
pub const ESCALATE_AFTER: i32 = 15;

/// Who a rule may be owned by.
pub const ROLES: [&str; 5] = ["team_lead", "qa_manager", "operations", "ai_lead", "admin"];

/// When a number is worth whose attention, and what they are to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// 1 to 64 of a-z, 0-9 and `-`; part of the alerts' identity.
    pub name: String,
    /// What is judged: one alert for each combination of the `by` dimensions' values.
    pub selection: Selection,
    /// What opens it.
    pub condition: Condition,
    /// Length of the window ending now, in minutes; of several the longest.
    pub window: i32,
    /// How long the condition must hold before the alert fires, in minutes.
    pub hold: i32,
    /// How urgent it is.
    pub severity: Severity,
    /// The one thing to do.
    pub next_action: String,
    /// One of [`ROLES`].
    pub owner: String,
    /// Where more is written; https.
    pub runbook: Option<String>,
    /// Whether anybody is told.
    pub mode: Mode,
    /// Rules of one family show one kind of trouble: their alerts are told together, and one of a
    /// whole silences those of its parts. By itself, what is judged.
    pub family: String,
    /// Where nobody takes a page on for so many minutes, the next one is told; `None`: never.
    pub escalate_after: Option<i32>,
    /// What its metric's badness does to one conversation that it hits.
    pub harm: f64,
    /// From which impact on its alerts are how urgent, where the rules say so.
    pub levels: Option<Levels>,
}

/// Whether anybody is told of a rule's alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They are delivered.
    #[default]
    Live,
    /// They are kept and shown with a mark, and never delivered: to see how a rule would do.
    Shadow,
}

impl Mode {
    /// All.
    pub const ALL: [Self; 2] = [Self::Live, Self::Shadow];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Shadow => "shadow",
        }
    }
}

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A person must act now.
    Page,
    /// A person should look today.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// All.
    pub const ALL: [Self; 3] = [Self::Page, Self::Warning, Self::Info];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// The side of a bound that is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Above it.
    Over,
    /// Below it.
    Under,
}

impl Rule {
    /// Lengths of the windows that [`Rule::judge`] is given, in minutes; none where it is what is known
    /// now, or something else than windows.
    pub fn windows(&self) -> Vec<i32> {
        match &self.condition {
            Condition::Threshold { .. } | Condition::Drop { .. } | Condition::Rise { .. } => {
                vec![self.window]
            }
            Condition::Slo(slo) => slo.windows(),
            Condition::Event(_) => vec![self.window],
            Condition::Anomaly(_)
            | Condition::AfterChange(_)
            | Condition::Conflict(_)
            | Condition::SilenceOf(_) => Vec::new(),
        }
    }
}

/// What opens a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The value lies beyond a bound.
    Threshold {
        /// The bad side.
        side: Side,
        /// In the metric's public unit.
        bound: f64,
        /// Fewer than this say nothing.
        min_count: i64,
    },
    /// The value fell by this share of what the same hours of earlier weeks lead to expect.
    Drop {
        /// 0.2 is a fifth less.
        share: f64,
    },
    /// The value rose by this share of what the same hours of earlier weeks lead to expect.
    Rise {
        /// 0.5 is half as much again.
        share: f64,
    },
    /// A detector finds the newest points unusual.
    Anomaly(Anomaly),
    /// The error budget of an objective burns too fast.
    Slo(Slo),
    /// The metric moved for the worse after something was deployed.
    AfterChange(AfterChange),
    /// It moved against another one that must be read beside it.
    Conflict(Conflict),
    /// A single event is enough.
    Event(Signal),
    /// A source is not heard of, or sends less than there is.
    SilenceOf(Silence),
}

impl Condition {
    /// What a detector is to judge, if one is.
    pub fn anomaly(&self) -> Option<&Anomaly> {
        if let Self::Anomaly(anomaly) = self { Some(anomaly) } else { None }
    }

    fn anomaly_mut(&mut self) -> Option<&mut Anomaly> {
        if let Self::Anomaly(anomaly) = self { Some(anomaly) } else { None }
    }
}

/// The condition in words, with values in the metric's public unit.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Threshold { side: Side::Over, bound, min_count } => {
                write!(f, "over {bound} (of at least {min_count})")
            }
            Self::Threshold { side: Side::Under, bound, min_count } => {
                write!(f, "under {bound} (of at least {min_count})")
            }
            Self::Drop { share } => write!(f, "down by {:.0} % or more", share * 100.0),
            Self::Rise { share } => write!(f, "up by {:.0} % or more", share * 100.0),
            Self::Anomaly(anomaly) => anomaly.fmt(f),
            Self::Slo(slo) => slo.fmt(f),
            Self::AfterChange(after) => after.fmt(f),
            Self::Conflict(conflict) => conflict.fmt(f),
            Self::Event(signal) => write!(f, "one {} is enough", signal.as_str()),
            Self::SilenceOf(silence) => silence.fmt(f),
        }
    }
}
