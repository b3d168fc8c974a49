//! How large each residual's half-hourly peaks usually are.

use serde::{Deserialize, Serialize};

use super::share_of_new;

/// Half-life of what is usual, in seconds.
const MEMORY: f64 = 7.0 * 86_400.0;
/// Seconds of which the largest residual is the peak.
const SPAN: i64 = 1800;
/// How many times the usual peak a residual counts as in a series that had none so far.
const UNHEARD_OF: f64 = 5.0;

/// The exponentially weighted root mean square of each residual's peaks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Peaks {
    /// Mean squares over the half hours that are closed.
    squares: [f64; 3],
    /// Half hours closed.
    closed: u32,
    /// The half hour that is open, in half hours since the epoch; `None` before the first value.
    open: Option<i64>,
    /// Largest residuals in it.
    largest: [f64; 3],
}

impl Peaks {
    /// Closes the open half hour if the time lies in another one.
    pub(super) fn advance(&mut self, at: i64) {
        let now = at.div_euclid(SPAN);
        let open = self.open.replace(now).unwrap_or(now);
        if open == now {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "seconds between values are few")]
        let elapsed = (now.saturating_sub(open).max(1).saturating_mul(SPAN)) as f64;
        self.closed = self.closed.saturating_add(1);
        let rate = share_of_new(elapsed, MEMORY).max(1.0 / f64::from(self.closed));
        for (square, largest) in self.squares.iter_mut().zip(std::mem::take(&mut self.largest)) {
            *square += rate * (largest * largest - *square);
        }
    }

    pub(super) fn learn(&mut self, residuals: [f64; 3]) {
        for (largest, residual) in self.largest.iter_mut().zip(residuals) {
            *largest = largest.max(residual.abs());
        }
    }

    /// The usual peak of one residual.
    pub(super) fn usual(&self, residual: usize) -> f64 {
        self.squares[residual].sqrt()
    }

    /// How many times its usual peak each residual is.
    pub(super) fn times(&self, residuals: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|i| {
            let (size, usual) = (residuals[i].abs(), self.usual(i));
            if size == 0.0 {
                0.0
            } else if usual > 0.0 {
                size / usual
            } else {
                UNHEARD_OF
            }
        })
    }
}
