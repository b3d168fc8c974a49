//! 95 % intervals: how far chance alone may have moved a figure.
//!
//! | kind | interval |
//! |---|---|
//! | ratio | Wilson's score interval |
//! | count | the score interval of a Poisson count |
//! | distribution | normal, with the variance of the sketch |
//! | mean, index | normal, with the greatest variance that the scale allows |
//! | sum, gauge | none: amounts are not kept one by one, and a level is no sample |
//!
//! Of a mean the squares are not kept. Values on a scale from a to b can not vary more around their
//! mean m than (b - m)(m - a) (Bhatia and Davis 2000), so that interval may be too wide, and is
//! never too narrow for want of squares.
#![expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]

use crate::{
    metric::{Kind, Metric},
    sums::Amount,
};

/// Quantile of the normal distribution that leaves 2.5 % above it.
const Z: f64 = 1.959_963_984_540_054;

/// Lower and upper bound.
pub(super) type Interval = (f64, f64);

/// The interval of an amount's figure, in the metric's public unit.
pub(super) fn of(metric: Metric, amount: &Amount) -> Option<Interval> {
    if amount.count <= 0 {
        return None;
    }
    let (sum, n) = (amount.sum as f64, amount.count as f64);
    match metric.kind() {
        Kind::Ratio => Some(share(sum, n)),
        Kind::Count => Some(occurrences(n)),
        Kind::Distribution => {
            let mean = sum / metric.scale() / n;
            Some(around(mean, amount.sketch.variance()?, n, metric.range()))
        }
        Kind::Mean => bounded(sum / metric.scale() / n, n, metric.range()),
        Kind::Index => bounded(100.0 * sum / n, n, metric.range()),
        Kind::Sum | Kind::Gauge => None,
    }
}

/// Wilson's interval of a share; it contains the share.
pub(super) fn share(successes: f64, trials: f64) -> Interval {
    let share = (successes / trials).clamp(0.0, 1.0);
    let square = Z * Z / trials;
    let middle = (share + square / 2.0) / (1.0 + square);
    let half = Z * (share * (1.0 - share) / trials + square / trials / 4.0).sqrt() / (1.0 + square);
    ((middle - half).clamp(0.0, share), (middle + half).clamp(share, 1.0))
}

/// The interval of one share over another (Katz et al. 1978); where one of the groups has no
/// success, with half a success and half a trial more in both (Walter 1975). `None` where the other
/// share is 0.
pub(super) fn quotient(over: (f64, f64), under: (f64, f64)) -> Option<(f64, Interval)> {
    let value = (over.0 / over.1) / (under.0 / under.1);
    if !value.is_finite() {
        return None;
    }
    let more = if over.0 > 0.0 { 0.0 } else { 0.5 };
    let term = |(successes, trials): (f64, f64)| 1.0 / (successes + more) - 1.0 / (trials + more);
    let spread = (Z * (term(over) + term(under)).max(0.0).sqrt()).exp();
    let smoothed = (over.0 + more) / (over.1 + more) * (under.1 + more) / (under.0 + more);
    Some((value, ((smoothed / spread).min(value), smoothed * spread)))
}

fn occurrences(count: f64) -> Interval {
    let middle = count + Z * Z / 2.0;
    let half = Z * (count + Z * Z / 4.0).sqrt();
    ((middle - half).max(0.0), middle + half)
}

fn around(mean: f64, variance: f64, n: f64, (lowest, highest): Interval) -> Interval {
    let half = Z * (variance / n).sqrt();
    ((mean - half).max(lowest), (mean + half).min(highest))
}

fn bounded(mean: f64, n: f64, (lowest, highest): Interval) -> Option<Interval> {
    let greatest = ((highest - mean) * (mean - lowest)).max(0.0);
    highest.is_finite().then(|| around(mean, greatest, n, (lowest, highest)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(found: Interval, expected: Interval) {
        let near = |a: f64, b: f64| (a - b).abs() < 5e-4;
        assert!(near(found.0, expected.0) && near(found.1, expected.1), "{found:?}");
    }

    /// Newcombe 1998, table I, method 3.
    #[test]
    fn wilsons_interval_is_that_of_the_published_examples() {
        check(share(81.0, 263.0), (0.2553, 0.3662));
        check(share(15.0, 148.0), (0.0624, 0.1605));
        check(share(0.0, 20.0), (0.0, 0.1611));
        check(share(1.0, 29.0), (0.0061, 0.1718));
    }

    /// 0.5 exp(±1.96 sqrt(1/15 - 1/50 + 1/30 - 1/50)).
    #[test]
    fn the_interval_of_a_quotient_is_worked_by_hand() {
        let (value, interval) = quotient((15.0, 50.0), (30.0, 50.0)).unwrap();
        check((value, value), (0.5, 0.5));
        check(interval, (0.3094, 0.8081));
        assert_eq!(quotient((3.0, 50.0), (0.0, 50.0)), None);
        let (value, (low, high)) = quotient((0.0, 50.0), (30.0, 50.0)).unwrap();
        assert!(value == 0.0 && low == 0.0 && high > 0.0 && high < 0.5, "{high}");
    }

    #[test]
    fn means_are_given_the_greatest_spread_that_their_scale_allows() {
        // All half at 0 and half at 1: sd 0.5, so 0.5 ± 1.96 * 0.5 / 10.
        let amount = Amount { sum: 50_000_000, count: 100, ..Amount::default() };
        check(of(Metric::AiConfidence, &amount).unwrap(), (0.402, 0.598));
        let nps = Amount { sum: 0, count: 400, ..Amount::default() };
        check(of(Metric::Nps, &nps).unwrap(), (-9.7998, 9.7998));
        assert_eq!(of(Metric::ContactCost, &amount), None);
    }

    proptest! {
        #[test]
        fn an_interval_contains_its_figure(n in 1u32..100_000, of_n in 0.0f64..=1.0) {
            let n = f64::from(n);
            let successes = (n * of_n).floor();
            for ((low, high), figure) in [
                (share(successes, n), successes / n),
                (occurrences(n), n),
                (bounded(of_n, n, (0.0, 1.0)).unwrap(), of_n),
            ] {
                prop_assert!(low <= figure && figure <= high, "{low} {figure} {high}");
            }
            let (low, high) = share(successes, n);
            prop_assert!(low >= 0.0 && high <= 1.0);
            if let Some((value, (low, high))) = quotient((successes, n), (n, n)) {
                prop_assert!(low <= value && value <= high, "{low} {value} {high}");
            }
        }

        #[test]
        fn more_trials_of_the_same_share_narrow_the_interval(n in 1u32..10_000, k in 0u32..10_000) {
            let (n, k) = (f64::from(n.max(k)), f64::from(k));
            let width = |(low, high): Interval| high - low;
            prop_assert!(width(share(2.0 * k, 2.0 * n)) < width(share(k, n)));
        }
    }
}
