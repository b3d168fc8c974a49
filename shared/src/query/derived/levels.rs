//! Figures made of levels: sums of them, and shares of one in others over time.

use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Included},
};

use super::Read;
use crate::{
    metric::Metric,
    minute::Minute,
    query::{
        Amounts, Label, Selection, Steps,
        points::{Figure, Figures, Point, Walker, by_label},
    },
    sums::Amount,
};

/// The same selection of each metric that is kept so: what queues report is not told by agent.
pub(super) fn reads(selection: &Selection, steps: &Steps, metrics: &[Metric]) -> Vec<Read> {
    let selections =
        metrics.iter().map(|metric| Selection { metric: *metric, ..selection.clone() });
    let kept = selections.filter(|selection| selection.view().is_ok());
    kept.map(|selection| Read { selection, steps: steps.clone() }).collect()
}

/// Level-minutes of the first part of those of the others, each weighing so much. Time is counted
/// whole and not sampled, so there is no interval.
#[expect(clippy::cast_precision_loss, reason = "shown to people")]
pub(super) fn combine(
    selection: &Selection,
    steps: &Steps,
    mut parts: Vec<Amounts>,
    weight: i64,
) -> Figures {
    if parts.is_empty() {
        return Figures::new();
    }
    let whole = level_minutes(selection, steps, parts.split_off(1));
    let part = level_minutes(selection, steps, parts);
    let figure = |label: &Label, step: &Minute, whole: i64| {
        let part = part.get(label).and_then(|by_step| by_step.get(step)).copied().unwrap_or(0);
        (whole > 0).then(|| Figure {
            point: Point {
                value: Some(part as f64 / whole as f64),
                numerator: Some(part.saturating_mul(weight)),
                denominator: Some(whole.saturating_mul(weight)),
                ..Point::default()
            },
            trials: whole.saturating_mul(weight),
        })
    };
    let figures = whole.iter().map(|(label, by_step)| {
        let by_step = by_step.iter();
        let figures =
            by_step.filter_map(|(step, whole)| Some((*step, figure(label, step, *whole)?)));
        (label.clone(), figures.collect())
    });
    figures.collect()
}

/// Sum over the minutes of each step of the level at their end, of all levels of a label.
fn level_minutes(
    selection: &Selection,
    steps: &Steps,
    parts: Vec<Amounts>,
) -> BTreeMap<Label, BTreeMap<Minute, i64>> {
    let mut minutes: BTreeMap<Label, BTreeMap<Minute, i64>> = BTreeMap::new();
    for (label, flows) in by_label(selection, parts) {
        let by_step = minutes.entry(label).or_default();
        for flows in &flows {
            add_level_minutes(flows, steps, by_step);
        }
    }
    minutes
}

/// From change to change, since a level may stand for days. A level below 0, which only late events
/// explain, counts as 0.
fn add_level_minutes(
    flows: &BTreeMap<Minute, Amount>,
    steps: &Steps,
    by_step: &mut BTreeMap<Minute, i64>,
) {
    let mut walker = Walker::new(flows);
    for (_, start, end) in steps.iter() {
        let mut at = start;
        while at < end {
            let level = walker.level(at);
            let mut changes = flows.range((Excluded(at), Included(end)));
            let until = changes.next().map_or(end, |(change, _)| *change);
            if let Some(level) = level {
                let level = i64::try_from(level.max(0)).unwrap_or(i64::MAX);
                let spent = level.saturating_mul(i64::from(until.0 - at.0));
                *by_step.entry(start).or_default() += spent;
            }
            at = until;
        }
    }
}

#[cfg(test)]
#[path = "levels_tests.rs"]
mod tests;
