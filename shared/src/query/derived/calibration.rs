//! Calibration error: the mean over bins of |mean confidence - share that did not turn out badly|,
//! weighted by count (expected calibration error; Naeini et al. 2015).
#![expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]

use std::collections::BTreeMap;

use super::Read;
use crate::{
    metric::Metric,
    query::{
        Amounts, Selection, Steps,
        points::{Figure, Figures, Point},
    },
    sums::Amount,
};

/// Stated confidence, and what did not turn out badly; both by bin.
pub(super) fn reads(selection: &Selection, steps: &Steps) -> Vec<Read> {
    let by_bin = |metric| Selection { metric, by_extra: true, ..selection.clone() };
    [Metric::CalibrationConfidence, Metric::CalibrationGood]
        .map(|metric| Read { selection: by_bin(metric), steps: steps.clone() })
        .into()
}

pub(super) fn combine(parts: &[Amounts]) -> Figures {
    let [stated, good] = parts else { return Figures::new() };
    // Sum of |difference| times count, and the count.
    let mut figures: BTreeMap<_, BTreeMap<_, (f64, i64)>> = BTreeMap::new();
    for (label, by_step) in good {
        let Some((_bin, series)) = label.split_last() else { continue };
        for (step, good) in by_step {
            let Some(stated) = stated.get(label).and_then(|by_step| by_step.get(step)) else {
                continue;
            };
            if let Some(apart) = apart(stated, good) {
                let of_series = figures.entry(series.to_vec()).or_default();
                let (sum, count) = of_series.entry(*step).or_default();
                *sum += apart * good.count as f64;
                *count += good.count;
            }
        }
    }
    let figure = |(sum, count): (f64, i64)| Figure {
        point: Point { value: Some(sum / count as f64), count: Some(count), ..Point::default() },
        trials: count,
    };
    let figures = figures.into_iter().map(|(label, by_step)| {
        (label, by_step.into_iter().map(|(step, sums)| (step, figure(sums))).collect())
    });
    figures.collect()
}

/// How far a bin's mean confidence lies from its share of good responses.
fn apart(stated: &Amount, good: &Amount) -> Option<f64> {
    (stated.count > 0 && good.count > 0).then(|| {
        let confidence = stated.sum as f64 / 1e6 / stated.count as f64;
        (confidence - good.sum as f64 / good.count as f64).abs()
    })
}

#[cfg(test)]
#[path = "calibration_tests.rs"]
mod tests;
