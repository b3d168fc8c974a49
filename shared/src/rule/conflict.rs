//! `conflict`: two metrics that must be read together moved against each other in one cell.
//!
//! One looks better while the other gets worse: shorter calls and more of them reopened. Both must lie
//! beyond their noise, by the same weeks and the same test as `drop` and `rise`, without a least share.
//! It may close when either is less than half as far off.

use std::fmt;

use super::{
    Judgement, Verdict,
    judge::{Z, deviation},
};
use crate::{detect::Side, metric::Metric, sums::Amount};

/// A metric and the direction in which it moves.
type Move = (Metric, Side);

/// The pairs of the dictionary: what looks good, and what gets worse.
const PAIRS: [(Move, Move); 5] = [
    ((Metric::HandleTime, Side::Down), (Metric::Reopens, Side::Up)),
    ((Metric::FirstResponseTime, Side::Down), (Metric::AnswerAccuracy, Side::Down)),
    ((Metric::DeflectionRate, Side::Up), (Metric::RepeatContactRate24h, Side::Up)),
    ((Metric::EscalationRate, Side::Down), (Metric::Csat, Side::Down)),
    ((Metric::Occupancy, Side::Up), (Metric::Sentiment, Side::Down)),
];

/// A declared pair; the rule's own metric is what looks good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// How the rule's metric moves.
    pub side: Side,
    /// What gets worse.
    pub other: Metric,
    /// How that moves.
    pub other_side: Side,
}

impl Conflict {
    /// The pair of a metric that looks good.
    pub fn of(metric: Metric) -> Option<Self> {
        let found = PAIRS.into_iter().find(|((better, _), _)| *better == metric);
        found.map(|((_, side), (other, other_side))| Self { side, other, other_side })
    }

    /// What looks good in each pair.
    pub fn metrics() -> impl Iterator<Item = Metric> {
        PAIRS.into_iter().map(|((better, _), _)| better)
    }

    /// Judges both metrics' windows by their weeks.
    pub fn judge(
        &self,
        metric: Metric,
        (current, weeks): (&Amount, &[Amount]),
        (other, other_weeks): (&Amount, &[Amount]),
        window: i32,
    ) -> Judgement {
        let moved = deviation(metric, current, weeks);
        let (Some(better), Some(worse)) = (moved, deviation(self.other, other, other_weeks)) else {
            return Judgement::nothing(current.count, window);
        };
        let off = |z: f64, side: Side| if side == Side::Down { -z } else { z };
        let least = off(better.z, self.side).min(off(worse.z, self.other_side));
        let verdict = if least >= Z && better.is_seen && worse.is_seen {
            Verdict::Open
        } else if least >= Z / 2.0 {
            Verdict::Hold
        } else {
            Verdict::Clear
        };
        let text = |value: f64| crate::message::value_text(self.other, value);
        let (value, expected) = (text(worse.value), text(worse.expected.mid));
        Judgement {
            verdict,
            value: Some(better.value),
            expected: Some(better.expected),
            n: current.count,
            window,
            reason: Some(format!("while {} is {value}, expected {expected}", self.other)),
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |side: Side| if side == Side::Down { "down" } else { "up" };
        write!(f, "{} while {} is {}", word(self.side), self.other, word(self.other_side))
    }
}

#[cfg(test)]
#[path = "conflict_tests.rs"]
mod tests;
