//! `slo`: an objective on a ratio, and how fast its error budget burns.
//!
//! The objective is the value that the ratio is to keep over a period: at least, where lower is worse;
//! at most, where higher is. What it leaves to bad trials is the error budget, 1 − objective or the
//! objective itself. Burn = share of bad trials / budget: at 1 the budget lasts the period exactly.
//!
//! As in the Site Reliability Workbook (Google, 2018), chapter 5, "Multiwindow, Multi-Burn-Rate
//! Alerts": it opens when, for one of its [`Burn`]s, both windows burn beyond the rate. The long window
//! says that it matters, the short one that it goes on. It may close when none burns beyond
//! [`CLOSE_MARGIN`] less than its rate.
//!
//! Where trials are few, one bad trial is a large share: a burn opens nothing before the long window
//! holds a number of bad trials.

use std::fmt;

use super::{CLOSE_MARGIN, Judgement, Severity, Verdict};
use crate::{
    metric::{BadDirection, Metric},
    sums::Amount,
};

const HOUR: i32 = 60;
const DAY: i32 = 24 * HOUR;
/// The period that the usual burns are published for, in minutes.
const USUAL_PERIOD: i32 = 30 * DAY;
/// Spends 2 % of the budget in its long window.
const FAST: Burn = Burn { rate: 14.4, long: HOUR, short: 5 };
/// Spends 5 %.
const STEADY: Burn = Burn { rate: 6.0, long: 6 * HOUR, short: 30 };
/// Spends 10 %.
const SLOW: Burn = Burn { rate: 1.0, long: 3 * DAY, short: 6 * HOUR };

/// An objective and the burns that open it.
#[derive(Clone, Debug, PartialEq)]
pub struct Slo {
    /// In the metric's public unit, strictly between 0 and 1.
    pub objective: f64,
    /// For how long one budget is to last, in minutes.
    pub period: i32,
    /// Bad trials that the long window holds at least where a burn opens.
    pub min_bad: i64,
    /// At least one.
    pub burns: Vec<Burn>,
}

/// A speed at which a budget is spent, and where it is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burn {
    /// In budgets a period.
    pub rate: f64,
    /// Length of the long window, in minutes.
    pub long: i32,
    /// Length of the short window, in minutes.
    pub short: i32,
}

impl Burn {
    /// The workbook's: for a page the two that are urgent, else the slow one; their windows in
    /// proportion to the period, so that they spend the same shares of the budget.
    pub fn usual(severity: Severity, period: i32) -> Vec<Self> {
        let burns: &[Self] = match severity {
            Severity::Page => &[FAST, STEADY],
            Severity::Warning | Severity::Info => &[SLOW],
        };
        let scaled = |window: i32| {
            let scaled = i64::from(window) * i64::from(period) / i64::from(USUAL_PERIOD);
            i32::try_from(scaled.max(1)).unwrap_or(i32::MAX)
        };
        let burns = burns.iter().map(|burn| Self {
            rate: burn.rate,
            long: scaled(burn.long),
            short: scaled(burn.short),
        });
        burns.collect()
    }
}

/// The share of trials that may be bad.
pub(super) fn budget(metric: Metric, objective: f64) -> f64 {
    match metric.definition().bad {
        BadDirection::Up => objective,
        BadDirection::Down | BadDirection::Both => 1.0 - objective,
    }
}

impl Slo {
    /// Lengths of the windows that are judged, in minutes: of each burn the long and the short one.
    pub fn windows(&self) -> Vec<i32> {
        self.burns.iter().flat_map(|burn| [burn.long, burn.short]).collect()
    }

    /// Judges the amounts of [`Slo::windows`]; what is reported is the long window of the burn that
    /// is nearest to its rate, or farthest beyond.
    pub(super) fn judge(&self, metric: Metric, windows: &[Amount]) -> Judgement {
        let (pairs, _) = windows.as_chunks::<2>();
        let judged = self.burns.iter().zip(pairs).filter_map(|(burn, [long, short])| {
            let beyond = self.burning(metric, long)?.min(self.burning(metric, short)?) / burn.rate;
            Some((beyond, burn, long))
        });
        let Some((beyond, burn, long)) = judged.max_by(|one, other| one.0.total_cmp(&other.0))
        else {
            let n = windows.iter().map(|window| window.count).max().unwrap_or_default();
            return Judgement::nothing(n, self.windows().into_iter().max().unwrap_or_default());
        };
        let verdict = if beyond > 1.0 && bad(metric, long) >= i128::from(self.min_bad) {
            Verdict::Open
        } else if beyond > 1.0 - CLOSE_MARGIN {
            Verdict::Hold
        } else {
            Verdict::Clear
        };
        let value = Some(share(long.sum, long.count));
        let (n, window) = (long.count, burn.long);
        Judgement { verdict, value, expected: None, n, window, reason: None }
    }

    /// How fast a window spends the budget; `None` of no trials.
    fn burning(&self, metric: Metric, window: &Amount) -> Option<f64> {
        let bad = (window.count > 0).then(|| share(bad(metric, window), window.count));
        Some(bad? / budget(metric, self.objective))
    }
}

fn bad(metric: Metric, window: &Amount) -> i128 {
    match metric.definition().bad {
        BadDirection::Up => window.sum,
        BadDirection::Down | BadDirection::Both => i128::from(window.count) - window.sum,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(part: i128, whole: i64) -> f64 {
    part as f64 / whole as f64
}

impl fmt::Display for Slo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objective, period, min_bad, burns } = self;
        write!(f, "error budget of objective {objective} in {} days burns", period / DAY)?;
        for (position, Burn { rate, long, short }) in burns.iter().enumerate() {
            let or = if position > 0 { " or" } else { "" };
            write!(f, "{or} {rate} times too fast over {long} and {short} min")?;
        }
        write!(f, " (at least {min_bad} bad)")
    }
}

#[cfg(test)]
#[path = "slo_tests.rs"]
mod tests;
