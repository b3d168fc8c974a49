//! Signed quantile sketches: how values are distributed, to within 1 % of each value.
//!
//! Buckets are logarithmic (`DDSketch`, Masson et al. 2019) and hold *signed* counts, so that a
//! revision can take back what an earlier state of a conversation had put in. Sketches form a
//! commutative group under [`Sketch::merge`]; a bucket whose count is zero is not kept, so equal
//! contents are equal bytes.

use serde::{Deserialize, Serialize};

/// Largest relative error of a quantile.
const RELATIVE_ERROR: f64 = 0.01;

/// Ratio of neighbouring bucket bounds.
const GAMMA: f64 = (1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR);

/// Values below this (a thousandth of a unit) fall into the bucket of zero.
const SMALLEST: f64 = 1e-3;

/// The bucket of zero: below the bucket of [`SMALLEST`], which is about -346.
const ZERO_BUCKET: i16 = -1000;

/// Counts by bucket, in ascending order of bucket; no count is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sketch(Vec<(i16, i64)>);

impl Sketch {
    /// The sketch of one value, given in millionths of a unit; negative values count as zero.
    pub fn of(micros: i64) -> Self {
        Self(vec![(bucket(micros), 1)])
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds (`sign` 1) or takes back (`sign` -1) the other's counts.
    pub fn merge(&mut self, other: &Self, sign: i64) {
        for &(bucket, count) in &other.0 {
            match self.0.binary_search_by_key(&bucket, |entry| entry.0) {
                Ok(at) => {
                    self.0[at].1 += sign * count;
                    if self.0[at].1 == 0 {
                        self.0.remove(at);
                    }
                }
                Err(at) => self.0.insert(at, (bucket, sign * count)),
            }
        }
    }

    /// The value below which a share `q` of the values lies; `None` when there are none.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let total: i64 = self.0.iter().map(|entry| entry.1.max(0)).sum();
        if total <= 0 {
            return None;
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "counts stay far below 2^52"
        )]
        let rank = (q * (total - 1) as f64).round() as i64;
        let mut below = 0;
        for &(bucket, count) in &self.0 {
            below += count.max(0);
            if below > rank {
                return Some(middle(bucket));
            }
        }
        self.0.last().map(|entry| middle(entry.0))
    }

    /// Variance of the values as their buckets hold them: the spread of a mean. Both moments are of
    /// the buckets, since an exact mean beside a square that is 2 % off would make values that are
    /// nearly equal look spread.
    pub fn variance(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let weighted = || self.0.iter().map(|&(bucket, n)| (middle(bucket), n.max(0) as f64));
        let count: f64 = weighted().map(|(_, n)| n).sum();
        let mean = weighted().map(|(value, n)| n * value).sum::<f64>() / count;
        let squares: f64 = weighted().map(|(value, n)| n * (value - mean).powi(2)).sum();
        (count > 0.0).then(|| squares / count)
    }
}

/// `libm`, not the platform's logarithm: a revision must find the bucket that was filled, even when
/// it is computed on another processor.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the logarithm of an i64 fits an i16 many times over"
)]
fn bucket(micros: i64) -> i16 {
    let value = micros as f64 / 1e6;
    if value < SMALLEST {
        return ZERO_BUCKET;
    }
    libm::ceil(libm::log(value) / libm::log(GAMMA)) as i16
}

fn middle(bucket: i16) -> f64 {
    if bucket == ZERO_BUCKET {
        return 0.0;
    }
    2.0 * libm::pow(GAMMA, f64::from(bucket)) / (GAMMA + 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch_of(values: &[i64]) -> Sketch {
        let mut sketch = Sketch::default();
        for &value in values {
            sketch.merge(&Sketch::of(value), 1);
        }
        sketch
    }

    proptest! {
        #[test]
        fn quantiles_are_within_one_percent(
            mut values in prop::collection::vec(1_000i64..4_000_000_000_000, 1..300),
            q in 0.0f64..=1.0,
        ) {
            let estimate = sketch_of(&values).quantile(q).unwrap();
            values.sort_unstable();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                clippy::cast_sign_loss,
                reason = "few and small values"
            )]
            let exact = values[(q * (values.len() - 1) as f64).round() as usize] as f64 / 1e6;
            prop_assert!((estimate - exact).abs() <= 0.010_001 * exact, "{estimate} {exact}");
        }

        #[test]
        fn taking_back_what_was_put_in_leaves_the_rest(
            kept in prop::collection::vec(0i64..1_000_000_000, 0..50),
            revised in prop::collection::vec(0i64..1_000_000_000, 0..50),
        ) {
            let mut both = sketch_of(&kept);
            both.merge(&sketch_of(&revised), 1);
            both.merge(&sketch_of(&revised), -1);
            prop_assert_eq!(both, sketch_of(&kept));
        }
    }

    #[test]
    fn the_variance_is_that_of_the_values() {
        let variance = sketch_of(&[1_000_000, 3_000_000, 3_000_000, 9_000_000]).variance().unwrap();
        assert!((variance - 9.0).abs() < 0.3, "{variance}");
        assert_eq!(sketch_of(&[5_000_000; 7]).variance(), Some(0.0));
        assert_eq!(Sketch::default().variance(), None);
    }

    #[test]
    fn zero_is_zero_and_nothing_is_no_value() {
        assert_eq!(Sketch::of(0).quantile(0.5), Some(0.0));
        assert_eq!(Sketch::default().quantile(0.5), None);
    }
}
