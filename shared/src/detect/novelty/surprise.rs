//! How surprising a residual's size is, given the sizes before it.

use serde::{Deserialize, Serialize};

/// Bins of the histogram, half an octave each.
const BINS: usize = 20;
/// Bins below the usual size.
const BELOW: f64 = 4.0;
/// What the assumed tail weighs, in residuals.
const PRIOR: f64 = 1.0;
/// Points of the series after which the usual size follows at an even rate.
const MEMORY: f64 = 20_000.0;
/// Sizes are not told apart beyond this many times the usual one.
const FARTHEST: f64 = 1e9;
/// Points of the series after which the histogram's counts are halved.
const HALVED: u32 = 60_000;

/// Sizes seen so far, in units of the usual size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Surprise {
    seen: u32,
    /// Exponentially weighted mean size.
    usual: f64,
    bins: [u16; BINS],
}

impl Surprise {
    /// −log10 of the share of sizes at least as large, then learns this one. `points` is the number
    /// of the series' points behind each residual.
    ///
    /// The share is counted from a histogram, half of the own bin included; what was never seen
    /// gets the tail of Student's t with two degrees of freedom.
    pub(super) fn observe(&mut self, residual: f64, points: u32) -> f64 {
        let size = residual.abs();
        self.seen = self.seen.saturating_add(1);
        let (bin, surprise) = if self.usual > 0.0 {
            let times = (size / self.usual).min(FARTHEST);
            (bin(times), self.surprise(times))
        } else if size > 0.0 {
            // The first that differs at all: as rare as there were chances.
            (bin(1.0), libm::log10(f64::from(self.total()) + PRIOR))
        } else {
            (0, 0.0)
        };
        self.bins[bin] = self.bins[bin].saturating_add(1);
        if self.total() >= HALVED / points {
            self.bins = self.bins.map(|count| count / 2);
        }
        let rate = (f64::from(points) / MEMORY).max(1.0 / f64::from(self.seen));
        self.usual += rate * (size - self.usual);
        surprise
    }

    fn surprise(&self, times: f64) -> f64 {
        let bin = bin(times);
        let above: u32 = self.bins[bin + 1..].iter().copied().map(u32::from).sum();
        let as_large = f64::from(above) + 0.5 * f64::from(self.bins[bin]);
        let tail = 1.0 + times * times / 3.0;
        let tail = PRIOR / (tail * tail.sqrt());
        let share = (as_large + tail) / (f64::from(self.total()) + PRIOR);
        // Rounding must not make a certainty more than certain.
        (-libm::log10(share)).max(0.0)
    }

    fn total(&self) -> u32 {
        self.bins.iter().copied().map(u32::from).sum()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 19")]
fn bin(times: f64) -> usize {
    if times <= 0.0 {
        return 0;
    }
    #[expect(clippy::cast_precision_loss, reason = "20")]
    let last = (BINS - 1) as f64;
    ((2.0 * libm::log2(times)).floor() + BELOW).clamp(0.0, last) as usize
}
