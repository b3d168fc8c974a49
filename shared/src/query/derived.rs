//! Figures that follow from other metrics' amounts at the time of the query.
//!
//! A derived metric has no amounts of its own. Each file here says which selections are read for
//! one, and combines what they added up to; both are pure, and the combination sees sums only, so
//! that it does not matter in how many parts they were stored.

mod calibration;
mod completeness;
mod disparity;
mod drift;
mod levels;
mod uptime;

use super::{
    Amounts, Beside, NotKept, Selection, Sources, Steps,
    points::{self, Series},
};
use crate::{
    metric::{Derivation, Kind},
    minute::Minute,
};

/// One selection to be added up over some steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What.
    pub selection: Selection,
    /// When.
    pub steps: Steps,
}

/// What is to be added up to answer a selection; the parts that [`series`] wants, in order.
pub fn reads(
    selection: &Selection,
    steps: &Steps,
    sources: &Sources,
) -> Result<Vec<Read>, NotKept> {
    selection.view()?;
    let reads = match selection.metric.definition().derived {
        None => vec![Read { selection: selection.clone(), steps: steps.clone() }],
        Some(Derivation::Calibration) => calibration::reads(selection, steps),
        Some(Derivation::IntentDrift) => vec![drift::intents(steps)],
        Some(Derivation::ConfidenceDrift) => vec![drift::confidence(steps)],
        Some(Derivation::Disparity) => disparity::reads(steps),
        Some(Derivation::SumOfLevels(metrics)) => levels::reads(selection, steps, metrics),
        Some(Derivation::ShareOfLevels { part, whole, .. }) => {
            let mut reads = levels::reads(selection, steps, &[part]);
            reads.extend(levels::reads(selection, steps, whole));
            reads
        }
        Some(Derivation::Uptime) => vec![uptime::activity(selection, steps.clone())],
        Some(Derivation::Completeness) => completeness::reads(selection, steps, sources),
    };
    Ok(reads)
}

/// The series of a selection out of what its [`reads`] added up to, in the order of their labels.
pub fn series(
    selection: &Selection,
    steps: &Steps,
    parts: Vec<Amounts>,
    beside: &Beside,
    now: Minute,
) -> Vec<Series> {
    let figures = match selection.metric.definition().derived {
        None if selection.metric.kind() == Kind::Gauge => {
            return points::gauges(selection, steps, parts);
        }
        Some(Derivation::SumOfLevels(_)) => return points::gauges(selection, steps, parts),
        Some(Derivation::Disparity) => {
            let figures = disparity::combine(&parts);
            let dated = points::dated(selection, steps, figures, beside, now);
            return disparity::named(dated);
        }
        None => match parts.first() {
            Some(amounts) => points::figures(selection, amounts, beside),
            None => return Vec::new(),
        },
        Some(Derivation::Calibration) => calibration::combine(&parts),
        Some(Derivation::IntentDrift) => drift::combine(&parts, steps, drift::largest),
        Some(Derivation::ConfidenceDrift) => drift::combine(&parts, steps, drift::bins),
        Some(Derivation::ShareOfLevels { weight, .. }) => {
            levels::combine(selection, steps, parts, weight)
        }
        Some(Derivation::Uptime) => match parts.first() {
            Some(activity) => uptime::combine(selection, steps, activity, &beside.sources, now),
            None => return Vec::new(),
        },
        Some(Derivation::Completeness) => {
            completeness::combine(selection, steps, &parts, &beside.sources, now)
        }
    };
    points::named(selection, points::dated(selection, steps, figures, beside, now))
}

#[cfg(test)]
#[path = "derived/parts_tests.rs"]
mod tests;
