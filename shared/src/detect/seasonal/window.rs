//! One exponentially fading window: what was found in it against what was expected.

use serde::{Deserialize, Serialize};

use super::Family;

/// Over-dispersion is taken to be 1 with the weight of so many windows.
const PRIOR_WINDOWS: f64 = 5.0;
/// A squared score above this many times the over-dispersion is learned as if it were that.
const WINSOR: f64 = 9.0;

/// Sums in which the past fades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Window {
    pub(super) found: f64,
    pub(super) expected: f64,
    pub(super) trials: f64,
    /// Variance of `found` − `expected` without over-dispersion: fades twice as fast.
    variance: f64,
    /// Squared scores and their weight, in windows: how much more than chance there is.
    squares: f64,
    weight: f64,
}

/// What one tick brings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tick {
    pub(super) found: f64,
    pub(super) trials: f64,
    /// Expected finds in a trial.
    pub(super) rate: f64,
    /// Variance of `found`, that of the baseline included.
    pub(super) variance: f64,
}

impl Window {
    /// Lets the past fade to this share and adds the tick.
    pub(super) fn add(&mut self, tick: Tick, kept: f64) {
        self.found = self.found * kept + tick.found;
        self.expected = self.expected * kept + tick.trials * tick.rate;
        self.trials = self.trials * kept + tick.trials;
        self.variance = self.variance * kept * kept + tick.variance;
    }

    /// Variance of what was found over what chance alone would have; at least 1.
    pub(super) fn dispersion(&self) -> f64 {
        ((self.squares + PRIOR_WINDOWS) / (self.weight + PRIOR_WINDOWS)).max(1.0)
    }

    /// Standard deviations by which more (positive) or less was found than expected.
    ///
    /// The signed root of the deviance (twice the log-likelihood ratio), which small counts do not
    /// skew as they do a z-score. Faded sums of trials have a smaller variance than as many whole
    /// ones: the deviance is scaled by how much.
    pub(super) fn score(&self, family: Family) -> f64 {
        if self.variance <= 0.0 || self.expected <= 0.0 {
            return 0.0;
        }
        let more = entropy(self.found, self.expected);
        let (deviance, chance) = match family {
            Family::Count => (more - (self.found - self.expected), self.expected),
            Family::Ratio => {
                let misses = (self.trials - self.found).max(0.0);
                let expected_misses = self.trials - self.expected;
                if expected_misses <= 0.0 {
                    return 0.0;
                }
                let chance = self.expected * expected_misses / self.trials;
                (more + entropy(misses, expected_misses), chance)
            }
        };
        let scaled = 2.0 * deviance.max(0.0) * chance / (self.variance * self.dispersion());
        scaled.sqrt().copysign(self.found - self.expected)
    }

    /// Learns how far from expected it is to be, `windows` of its memory after the last time.
    pub(super) fn learn_dispersion(&mut self, windows: f64, faded: f64) {
        if self.variance <= 0.0 {
            return;
        }
        let off = self.found - self.expected;
        let square = (off * off / self.variance).min(WINSOR * self.dispersion());
        self.squares = self.squares * faded + windows * square;
        self.weight = self.weight * faded + windows;
    }
}

/// x·ln(x / expected), which is 0 at 0.
fn entropy(x: f64, expected: f64) -> f64 {
    if x > 0.0 { x * libm::log(x / expected) } else { 0.0 }
}
