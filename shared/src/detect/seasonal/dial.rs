//! How often chance alone scores so high: the user's dial is false alarms a week.
//!
//! Seen over time, the score of a window with an exponential memory of τ is, by chance, a
//! stationary Gaussian process of unit variance with correlation e^(−t/τ) (Ornstein–Uhlenbeck). It
//! enters the region above a high c in clumps that come at the rate c·φ(c)/τ (Aldous, "Probability
//! Approximations via the Poisson Clumping Heuristic", 1989, section D). Rates of the windows are
//! added, which counts what two windows see at once twice: the true rate is lower.

use super::MEMORIES;
use crate::detect::Side;

/// Hours in a week.
const WEEK: f64 = 168.0;
/// Square root of 2π.
const ROOT_TWO_PI: f64 = 2.506_628_274_631_000_2;
/// c·φ(c) falls from here on.
const LEAST: f64 = 1.0;
/// No score is higher: 2000 nats.
const MOST: f64 = 64.0;

/// How many times a week one series scores so high or higher by chance, at most.
pub fn false_alarms_per_week(score: f64, side: Side) -> f64 {
    let score = score.max(LEAST);
    let density = libm::exp(-score * score / 2.0) / ROOT_TWO_PI;
    let looks: f64 = MEMORIES.iter().map(|hours| WEEK / hours).sum();
    sides(side) * looks * score * density
}

fn sides(side: Side) -> f64 {
    match side {
        Side::Up | Side::Down => 1.0,
        Side::Both => 2.0,
    }
}

/// The score that chance alone reaches so many times a week, at most.
pub fn threshold(per_week: f64, side: Side) -> f64 {
    let (mut low, mut high) = (LEAST, MOST);
    for _ in 0..64 {
        let middle = f64::midpoint(low, high);
        if false_alarms_per_week(middle, side) > per_week {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_dial_asks_for_a_higher_score() {
        let thresholds = [1.0, 0.1, 0.01, 0.001].map(|rate| threshold(rate, Side::Up));
        assert!(thresholds.is_sorted_by(|a, b| a < b), "{thresholds:?}");
    }

    #[test]
    fn the_threshold_has_the_rate_that_was_asked_for() {
        for rate in [1.0, 0.1, 0.001] {
            for side in [Side::Up, Side::Both] {
                let at = false_alarms_per_week(threshold(rate, side), side);
                assert!((at / rate - 1.0).abs() < 1e-9, "{at} for {rate}");
            }
        }
    }

    #[test]
    fn both_sides_share_the_dial() {
        let (one, both) = (threshold(0.1, Side::Down), threshold(0.1, Side::Both));
        assert!(both > one, "{both} against {one}");
        assert!((false_alarms_per_week(both, Side::Up) - 0.05).abs() < 1e-9);
    }
}
