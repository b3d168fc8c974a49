//! How a metric adds up, and how surprising a move of a part of it is.
//!
//! | kind | is compared as |
//! |---|---|
//! | ratio | two binomial shares |
//! | mean, distribution (its mean), net promoter score | two means; values vary as the minutes of the baseline show, else as much as the scale allows |
//! | count | two Poisson rates |
//! | sum | amounts that differ by as much as their mean, so many as a Poisson rate gives |
//!
//! Values are not kept one by one. How much they vary shows in how the sums of minutes do; where there are
//! too few of these it is at most what the mean allows on a scale with two ends, and else taken to be as
//! much as the mean. All candidates for one difference are measured alike, which is what their order hangs
//! on.

use super::table::Row;
use crate::metric::{Family, Kind, Metric};

/// How a metric adds up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Arithmetic {
    /// Successes of trials.
    Share,
    /// Values on a scale, whose ends may be open.
    Average { low: f64, high: f64, variance: Option<f64> },
    /// How many.
    Count,
    /// How much.
    Amount,
}

impl Arithmetic {
    /// That of a metric; else why it can not be taken apart.
    pub(super) fn of(metric: Metric) -> Result<Self, &'static str> {
        let definition = metric.definition();
        if definition.family == Family::Data {
            return Err("it is about sources, not about conversations");
        }
        if metric.kind() == Kind::Gauge {
            return Err(
                "it is a level: what stands there now is no sum of what happened in the window",
            );
        }
        if definition.derived.is_some() {
            return Err("it is worked out from other metrics, and its parts do not add up to it");
        }
        let (low, high) = metric.range();
        Ok(match metric.kind() {
            Kind::Ratio => Self::Share,
            // The share of promoters less that of detractors, of the same answers: a mean.
            Kind::Mean | Kind::Distribution | Kind::Index => {
                Self::Average { low, high, variance: None }
            }
            Kind::Count => Self::Count,
            Kind::Sum | Kind::Gauge => Self::Amount,
        })
    }

    /// The same, with how much values vary.
    #[must_use]
    pub(super) fn varying(self, variance: Option<f64>) -> Self {
        match self {
            Self::Average { low, high, .. } => Self::Average { low, high, variance },
            other @ (Self::Share | Self::Count | Self::Amount) => other,
        }
    }

    /// Whether it is a figure per trial, of which rate and mix can be told apart as such.
    pub(super) fn is_mean(self) -> bool {
        matches!(self, Self::Share | Self::Average { .. })
    }

    /// The figures of the window and of the baseline.
    pub(super) fn figures(self, row: &Row, windows: f64) -> (f64, f64) {
        if self.is_mean() {
            (row.now.mean().unwrap_or_default(), row.before.mean().unwrap_or_default())
        } else {
            (row.now.sum, row.before.sum / windows)
        }
    }

    /// How far a part moved from what is expected of it, in the direction of `sign`.
    pub(super) fn moved(self, row: &Row, windows: f64, sign: f64) -> f64 {
        if self.is_mean() {
            sign * (row.now.sum - row.expected)
        } else {
            sign * (row.now.sum - row.before.sum / windows)
        }
    }

    /// By how much a move of this part in that direction makes what was seen likelier, as a natural
    /// logarithm; 0 where it did not move so.
    pub(super) fn surprise(self, row: &Row, windows: f64, sign: f64) -> f64 {
        if self.moved(row, windows, sign) <= 0.0 {
            return 0.0;
        }
        let (now, before) = (row.now, row.before);
        match self {
            Self::Share => {
                let before = before.n.max(1.0);
                two_shares((now.sum, now.n), (before * row.expected / now.n, before))
            }
            Self::Average { .. } => {
                let (mean, usual) = (now.sum / now.n, row.expected / now.n);
                let variance = self.variance(f64::midpoint(mean, usual), usual);
                (mean - usual).powi(2) / (2.0 * variance * (1.0 / now.n + 1.0 / before.n.max(1.0)))
            }
            Self::Count => {
                let p = 1.0 / (1.0 + windows);
                let all = now.n + before.n;
                term(now.n, all * p) + term(before.n, all * (1.0 - p))
            }
            Self::Amount => {
                let mean = (now.sum + before.sum) / (now.n + before.n);
                let variance = 2.0 * mean.powi(2) * (now.n + before.n / windows.powi(2));
                (now.sum - before.sum / windows).powi(2) / (2.0 * variance.max(f64::MIN_POSITIVE))
            }
        }
    }

    fn variance(self, mean: f64, usual: f64) -> f64 {
        let (widest, shown) = match self {
            Self::Average { low, high, variance } if high.is_finite() => {
                ((mean - low) * (high - mean), variance)
            }
            Self::Average { variance, .. } => (usual.powi(2), variance),
            Self::Share | Self::Count | Self::Amount => (usual.powi(2), None),
        };
        shown.unwrap_or(widest).max(1e-6)
    }
}

/// The log-likelihood ratio of two shares against one that is common to both.
pub(super) fn two_shares((s1, n1): (f64, f64), (s0, n0): (f64, f64)) -> f64 {
    let common = (s1 + s0) / (n1 + n0);
    let of = |s: f64, n: f64| term(s, n * common) + term(n - s, n * (1.0 - common));
    of(s1, n1) + of(s0, n0)
}

/// `seen · ln(seen / expected)`.
fn term(seen: f64, expected: f64) -> f64 {
    if seen > 0.0 && expected > 0.0 { seen * libm::log(seen / expected) } else { 0.0 }
}
