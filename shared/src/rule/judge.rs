//! What a rule says of a window's amount.
//!
//! `drop` and `rise` need both size and significance: the value must have moved by the share, and
//! lie at least [`Z`] standard deviations from what the same hours of earlier weeks lead to expect:
//!
//! * ratios: the pooled variance of two proportions, smoothed by one success and one failure, so
//!   that a spotless past does not make the first failure infinitely surprising;
//! * counts: the Poisson variance of a new count against the mean of the weeks;
//! * means, sums and distributions: only how the weeks differ among each other, since values are
//!   not kept one by one; hence two weeks at least.
//!
//! Weeks differ by more than chance, so where there are two or more, their variance counts wherever
//! it is the larger.
#![expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]

use serde::{Deserialize, Serialize};

use super::{CLOSE_MARGIN, Condition, Rule, Side, event};
use crate::{
    metric::{Kind, Metric},
    sums::Amount,
};

/// Standard deviations from which on a change is significant, one-sided.
pub(super) const Z: f64 = 3.0;
/// Trials or values needed on either side of a comparison.
const MIN_TRIALS: i64 = 30;
/// Bad trials that a significant change of a ratio needs: below, a normal curve fits too badly.
const MIN_BAD_TRIALS: i128 = 5;
/// Weeks that agree by chance do not make the next one certain: the least standard deviation of
/// means and sums, as a share of the expected value.
const LEAST_SPREAD: f64 = 0.05;

/// What a rule says of a cell now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Beyond the open level.
    Open,
    /// Between the levels, or not significant: keeps an alert firing, opens none.
    Hold,
    /// Beyond the close level.
    Clear,
    /// Too little to say; never "fine".
    NotEnoughData,
}

/// What earlier weeks lead to expect, in the metric's public unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// The expected value.
    pub mid: f64,
    /// Three standard deviations below, within the metric's scale.
    pub low: f64,
    /// Three standard deviations above, within the metric's scale.
    pub high: f64,
}

/// A verdict and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// What the rule says.
    pub verdict: Verdict,
    /// The value, in the metric's public unit.
    pub value: Option<f64>,
    /// What was expected, where earlier weeks can tell.
    pub expected: Option<Expected>,
    /// Trials, values or occurrences in the window.
    pub n: i64,
    /// Length of the window, in minutes.
    pub window: i32,
    /// What the verdict rests on most, in words, where the figures do not say it.
    pub reason: Option<String>,
}

impl Judgement {
    /// Of a window that says nothing.
    pub(super) fn nothing(n: i64, window: i32) -> Self {
        let verdict = Verdict::NotEnoughData;
        Self { verdict, value: None, expected: None, n, window, reason: None }
    }
}

impl Rule {
    /// Judges the amounts of [`Rule::windows`], none where the cell has no data (of a source its age
    /// in seconds, uptime and completeness); `drop` and `rise` by the amounts of the same window in up
    /// to four earlier weeks, of which those without data are left out by the caller.
    ///
    /// Of a gauge the caller gives the level itself, in whole public units (seconds for
    /// `longest_wait`), as `Amount::value(level)`: `sum` is the level and `count` 1; a `count` of 0
    /// means that the level is not known.
    pub fn judge(&self, windows: &[Amount], weeks: &[Amount]) -> Judgement {
        let metric = self.selection.metric;
        let current = &windows.first().cloned().unwrap_or_default();
        let value = current.figure(metric);
        let spread = spread(metric, current.count, weeks, Some(current));
        let verdict = match self.condition {
            Condition::Threshold { side, bound, min_count } => match value {
                Some(value) if current.count >= min_count => threshold(metric, side, bound, value),
                _ => Verdict::NotEnoughData,
            },
            Condition::Drop { share } => change(metric, current, spread, -share),
            Condition::Rise { share } => change(metric, current, spread, share),
            // Judged by what its detectors say: see `Alarms`; or by two metrics: see `Conflict`.
            Condition::Anomaly(_) | Condition::Conflict(_) => Verdict::NotEnoughData,
            // Without a change there is nothing to judge: see `AfterChange`.
            Condition::AfterChange(_) => Verdict::Clear,
            Condition::Event(_) => return event::judge(current, self.window),
            Condition::Slo(ref slo) => return slo.judge(metric, windows),
            Condition::SilenceOf(silence) => return silence.judge(windows),
        };
        let expected = spread.map(|spread| spread.expected(metric));
        Judgement { verdict, value, expected, n: current.count, window: self.window, reason: None }
    }
}

/// What earlier weeks lead to expect of a window with so many trials; `None` where they can not
/// tell. The interval is that of [`Rule::judge`], but for the window's own trials in the pool.
pub fn expected(metric: Metric, current_count: i64, baseline: &[Amount]) -> Option<Expected> {
    spread(metric, current_count, baseline, None).map(|spread| spread.expected(metric))
}

pub(super) fn threshold(metric: Metric, side: Side, bound: f64, value: f64) -> Verdict {
    let (lowest, highest) = metric.range();
    let (beyond, room) = match side {
        Side::Over => (value - bound, bound - lowest),
        Side::Under => (bound - value, highest - bound),
    };
    let margin = (CLOSE_MARGIN * bound.abs()).min(room / 2.0);
    if beyond > 0.0 {
        Verdict::Open
    } else if beyond > -margin {
        Verdict::Hold
    } else {
        Verdict::Clear
    }
}

/// `share` is positive for a rise and negative for a drop.
fn change(metric: Metric, current: &Amount, spread: Option<Spread>, share: f64) -> Verdict {
    let enough = match metric.kind() {
        Kind::Ratio | Kind::Mean | Kind::Distribution | Kind::Index => current.count >= MIN_TRIALS,
        Kind::Count | Kind::Sum => true,
        Kind::Gauge => false,
    };
    let (Some(value), Some(Spread { mid, sd }), true) = (current.figure(metric), spread, enough)
    else {
        return Verdict::NotEnoughData;
    };
    let moved = (value - mid) * share.signum();
    let asked = share.abs() * mid.abs();
    let bad_trials =
        if share > 0.0 { current.sum } else { i128::from(current.count) - current.sum };
    let seen = metric.kind() != Kind::Ratio || bad_trials >= MIN_BAD_TRIALS;
    if moved > 0.0 && moved >= asked && moved >= Z * sd && seen {
        Verdict::Open
    } else if moved > asked / 2.0 {
        Verdict::Hold
    } else {
        Verdict::Clear
    }
}

/// How far an amount lies from what weeks lead to expect.
pub(super) struct Deviation {
    pub(super) value: f64,
    pub(super) expected: Expected,
    /// In the metric's public unit; positive above.
    pub(super) moved: f64,
    /// The same in standard deviations.
    pub(super) z: f64,
    /// Whether enough trials went the way that it moved for the standard deviation to hold.
    pub(super) is_seen: bool,
}

/// Compares an amount with weeks; `None` where there is too little to say.
pub(super) fn deviation(metric: Metric, current: &Amount, weeks: &[Amount]) -> Option<Deviation> {
    let is_enough = match metric.kind() {
        Kind::Ratio | Kind::Mean | Kind::Distribution | Kind::Index => current.count >= MIN_TRIALS,
        Kind::Count | Kind::Sum => true,
        Kind::Gauge => false,
    };
    let value = current.figure(metric).filter(|_| is_enough)?;
    let spread = spread(metric, current.count, weeks, Some(current))?;
    let moved = value - spread.mid;
    let toward = if moved > 0.0 { current.sum } else { i128::from(current.count) - current.sum };
    let is_seen = metric.kind() != Kind::Ratio || toward >= MIN_BAD_TRIALS;
    let z = if spread.sd > 0.0 { moved / spread.sd } else { 0.0 };
    Some(Deviation { value, expected: spread.expected(metric), moved, z, is_seen })
}

#[derive(Clone, Copy)]
struct Spread {
    mid: f64,
    sd: f64,
}

impl Spread {
    fn expected(self, metric: Metric) -> Expected {
        let (lowest, highest) = metric.range();
        let at = |value: f64| value.clamp(lowest, highest);
        let Self { mid, sd } = self;
        Expected { mid, low: at(mid - Z * sd), high: at(mid + Z * sd) }
    }
}

/// Expected value and the standard deviation of a new window's difference from it.
fn spread(metric: Metric, n: i64, weeks: &[Amount], pool: Option<&Amount>) -> Option<Spread> {
    let mut past = Amount::default();
    for week in weeks {
        past.merge(&Amount { sum: week.sum, count: week.count, ..Amount::default() }, 1);
    }
    let values: Vec<f64> = weeks.iter().filter_map(|week| week.figure(metric)).collect();
    let k = values.len() as f64;
    let between = variance(&values).map(|variance| variance * (1.0 + 1.0 / k));
    let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / k);
    let (mid, variance) = match metric.kind() {
        Kind::Gauge => return None,
        Kind::Ratio if n <= 0 || past.count < MIN_TRIALS => return None,
        Kind::Ratio => {
            let own = pool.map_or((0, 0), |own| (own.sum, own.count));
            let trials = (past.count + own.1) as f64 + 2.0;
            let share = ((past.sum + own.0) as f64 + 1.0) / trials;
            let chance = share * (1.0 - share) * (1.0 / n as f64 + 1.0 / past.count as f64);
            (past.figure(metric)?, between.unwrap_or(0.0).max(chance))
        }
        Kind::Count => {
            let mean = mean?;
            (mean, between.unwrap_or(0.0).max(mean.max(1.0) * (1.0 + 1.0 / k)))
        }
        Kind::Sum => (mean?, between?.max((LEAST_SPREAD * mean?).powi(2))),
        Kind::Mean | Kind::Distribution | Kind::Index if past.count < MIN_TRIALS => return None,
        Kind::Mean | Kind::Distribution | Kind::Index => {
            let mid = past.figure(metric)?;
            (mid, between?.max((LEAST_SPREAD * mid).powi(2)))
        }
    };
    Some(Spread { mid, sd: variance.max(0.0).sqrt() })
}

/// Sample variance; `None` of fewer than two.
fn variance(values: &[f64]) -> Option<f64> {
    let k = values.len() as f64;
    let mean = values.iter().sum::<f64>() / k;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() >= 2).then(|| squares / (k - 1.0))
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
