//! One exponentially fading window: what was found in it against what was expected.
//!
//! Real shares wander more than chance: were their log-odds off by a standard deviation σ all
//! window long, the variance of what is found would be 1 + σ² × information times that of chance,
//! where information is what the window's trials tell of the log-odds. σ² is measured by window,
//! so that a busy hour is granted more dispersion than a quiet one.

use serde::{Deserialize, Serialize};

use super::Family;

/// σ² is taken to be 0 with the weight of so many windows.
const PRIOR_WINDOWS: f64 = 5.0;
/// A squared score above this many times what was expected of it is learned as if it were that.
const WINSOR: f64 = 9.0;

/// Sums in which the past fades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Window {
    pub(super) found: f64,
    pub(super) expected: f64,
    pub(super) trials: f64,
    /// Variance of `found` − `expected` by chance: fades twice as fast.
    variance: f64,
    /// What σ² was measured from: windows, the sum of their squared scores beyond 1 each, and of
    /// their information. These fade over weeks.
    windows: f64,
    excess: f64,
    information: f64,
}

/// What one tick brings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tick {
    pub(super) found: f64,
    pub(super) trials: f64,
    /// Expected finds in a trial.
    pub(super) rate: f64,
    /// Variance of `found` by chance, that of the baseline included.
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

    /// Variance of what is found now over that of chance; at least 1.
    pub(super) fn dispersion(&self, family: Family) -> f64 {
        if self.information <= 0.0 {
            return 1.0;
        }
        let shrunk = self.windows / (self.windows + PRIOR_WINDOWS);
        let wander = (self.excess / self.information).max(0.0) * shrunk;
        1.0 + wander * self.information_now(family)
    }

    /// Standard deviation of what is found now.
    pub(super) fn deviation(&self, family: Family) -> f64 {
        (self.variance.max(0.0) * self.dispersion(family)).sqrt()
    }

    /// The variance that as many whole trials would have by chance.
    fn whole(&self, family: Family) -> f64 {
        match family {
            Family::Count => self.expected,
            Family::Ratio if self.trials > self.expected => {
                self.expected * (self.trials - self.expected) / self.trials
            }
            Family::Ratio => 0.0,
        }
    }

    fn information_now(&self, family: Family) -> f64 {
        let whole = self.whole(family);
        if self.variance > 0.0 { whole * whole / self.variance } else { 0.0 }
    }

    /// Standard deviations by which more (positive) or less was found than expected.
    ///
    /// The signed root of the deviance (twice the log-likelihood ratio), which small counts do not
    /// skew as they do a z-score. Faded sums have a smaller variance than as many whole trials: the
    /// deviance is scaled by how much. Since the dispersion is known from some windows only, it is
    /// a Student's t of as many degrees of freedom, told as the normal deviate that is about as rare (Wallace 1959).
    pub(super) fn score(&self, family: Family) -> f64 {
        let whole = self.whole(family);
        if self.variance <= 0.0 || whole <= 0.0 {
            return 0.0;
        }
        let more = entropy(self.found, self.expected);
        let deviance = match family {
            Family::Count => more - (self.found - self.expected),
            Family::Ratio => {
                let misses = (self.trials - self.found).max(0.0);
                more + entropy(misses, self.trials - self.expected)
            }
        };
        let square = 2.0 * deviance.max(0.0) * whole / (self.variance * self.dispersion(family));
        let freedom = self.windows + PRIOR_WINDOWS;
        let normal = freedom * libm::log1p(square / freedom);
        normal.sqrt().copysign(self.found - self.expected)
    }

    /// Learns how far from expected it is to be, so many windows after the last time.
    pub(super) fn learn_dispersion(&mut self, windows: f64, faded: f64, family: Family) {
        if self.variance <= 0.0 {
            return;
        }
        let off = self.found - self.expected;
        let square = (off * off / self.variance).min(WINSOR * self.dispersion(family));
        self.windows = self.windows * faded + windows;
        self.excess = self.excess * faded + windows * (square - 1.0);
        self.information = self.information * faded + windows * self.information_now(family);
    }
}

/// x·ln(x / expected), which is 0 at 0.
fn entropy(x: f64, expected: f64) -> f64 {
    if x > 0.0 { x * libm::log(x / expected) } else { 0.0 }
}
