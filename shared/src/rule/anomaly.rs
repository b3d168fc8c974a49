//! `anomaly`: the newest points are unusual, by the detector that suits the metric.
//!
//! The user's dial is false pages a week ([`crate::detect`] says how often chance comes so high). It is
//! shared out: evenly among the rules with this condition, and in a rule one half to the tenant's total
//! and the other evenly to its cells, as far as there is enough data to judge them.
//!
//! What opens is decided for all series of a tick together, by the e-BH procedure (Wang and Ramdas,
//! "False Discovery Rate Control with E-values", JRSS B 2022), with how much rarer than its share a
//! score is in place of the e-value: the largest k series open of which even the weakest is rarer than k
//! times its share. So a series that moves alone opens at its own share, and one that moves with others
//! a little earlier; chance opens something in no more ticks a week than the dial says.
//!
//! Closes at [`CLOSES`] times the rate that it opens at, or when what the shortest window holds is not
//! on the bad side any more: the long memories of a detector outlast what they remember.

use std::fmt;

use super::{Expected, Judgement, Verdict};
use crate::{
    detect::{
        Side,
        calendar::Calendar,
        watch::{Reading, Watch},
    },
    metric::{BadDirection, Metric},
    query::Selection,
};

/// How many times more often chance may come so high where an alert closes than where it opens.
const CLOSES: f64 = 10.0;

/// When the newest points are unusual.
#[derive(Clone, Debug, PartialEq)]
pub struct Anomaly {
    /// Which changes matter.
    pub side: Side,
    /// False alarms a week that are acceptable, of all its series together.
    pub false_alarms: f64,
    /// The tenant's hours of week.
    pub calendar: Calendar,
}

impl Anomaly {
    /// What is watched: the total, and the cells where there are any.
    pub fn watches(&self, selection: &Selection) -> Vec<Watch> {
        let total = Selection { by: Vec::new(), ..selection.clone() };
        let cells = (!selection.by.is_empty()).then(|| selection.clone());
        let selections = std::iter::once(total).chain(cells);
        selections.map(|selection| Watch { selection, side: self.side }).collect()
    }
}

/// The direction that is bad for a metric's customers.
pub(super) fn bad_side(metric: Metric) -> Side {
    match metric.definition().bad {
        BadDirection::Up => Side::Up,
        BadDirection::Down => Side::Down,
        BadDirection::Both => Side::Both,
    }
}

/// What is said of all series of a tick.
#[derive(Clone, Debug)]
pub struct Alarms {
    /// How many times its share a series may exceed to open.
    together: f64,
}

impl Alarms {
    /// Of false alarms a week at each series' score, as multiples of its share.
    pub fn of(multiples: impl IntoIterator<Item = f64>) -> Self {
        let mut multiples: Vec<f64> = multiples.into_iter().collect();
        multiples.sort_unstable_by(f64::total_cmp);
        let mut together = 1.0;
        for (k, multiple) in (1_u32..).map(f64::from).zip(multiples) {
            if multiple <= k {
                together = k;
            }
        }
        Self { together }
    }

    /// Judges a series by what was said of it, if it was new enough.
    pub fn judge(&self, metric: Metric, reading: Option<&Reading>, share: f64) -> Judgement {
        let Some(reading) = reading else { return Judgement::nothing(0, 0) };
        let Some(scored) = &reading.score else { return Judgement::nothing(reading.n, 0) };
        let rarity = scored.false_alarms / share;
        let verdict = if !scored.goes_on {
            Verdict::Clear
        } else if rarity <= self.together {
            Verdict::Open
        } else if rarity <= CLOSES * self.together {
            Verdict::Hold
        } else {
            Verdict::Clear
        };
        let (lowest, highest) = metric.range();
        let [mid, low, high] = scored.expected.map(|value| value.clamp(lowest, highest));
        Judgement {
            verdict,
            value: Some(scored.value),
            expected: Some(Expected { mid, low, high }),
            n: reading.n,
            window: scored.window,
            reason: Some(scored.words.clone()),
        }
    }
}

impl Anomaly {
    /// False alarms a week of the total (that is there or not) and of each of so many cells.
    #[expect(clippy::cast_precision_loss, reason = "cells are few")]
    pub fn shares(&self, has_total: bool, cells: usize) -> (f64, f64) {
        let (total, each) = match (has_total, cells) {
            (_, 0) => (1.0, 0.0),
            (false, cells) => (0.0, 1.0 / cells as f64),
            (true, cells) => (0.5, 0.5 / cells as f64),
        };
        (total * self.false_alarms, each * self.false_alarms)
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Up => "high",
            Side::Down => "low",
            Side::Both => "high or low",
        };
        write!(f, "unusually {side} (at most {:.2} false alarms a week)", self.false_alarms)
    }
}

#[cfg(test)]
#[path = "anomaly_tests.rs"]
mod tests;
