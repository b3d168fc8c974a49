//! Drift: the population stability index (PSI) of a day against the 28 days before it,
//! sum over categories of (p - q) ln(p / q) with the shares p of the day and q of the days before.
//!
//! With a step of a day or more, the day is the step's last one; else there is one point, for the 24
//! hours up to the end of the range, since the shares of an hour are those of the hour and no drift.
#![expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]

use std::collections::{BTreeMap, BTreeSet};

use super::Read;
use crate::{
    dimension::{Dimension, OTHER},
    metric::Metric,
    minute::Minute,
    query::{
        Amounts, Label, Selection, Steps,
        points::{Figure, Figures, Point},
    },
};

const DAY: i32 = 24 * 60;
/// A day of the clock change has an hour more.
const LONGEST_DAY: i32 = 25 * 60;
/// Days that a day is compared with.
const BEFORE: i32 = 28 * DAY;
/// Fewer than this on either side tell no drift: with ten categories, chance alone gives a PSI of
/// about 9 / n of the day, 0.05 here, where 0.1 is taken for a small shift.
const MIN_COUNT: i64 = 200;
/// A category that is not there has this share, so that the index stays finite.
const FLOOR: f64 = 1e-4;
/// Intents told apart; all others are one category.
const LARGEST: usize = 20;

/// Counts by category.
type Counts<'a> = BTreeMap<&'a str, i64>;

/// A day, and those before it.
struct Window {
    /// The step that it is the point of.
    step: Minute,
    day: (Minute, Minute),
    before: (Minute, Minute),
}

/// What the drift of intents is told from.
pub(super) fn intents(steps: &Steps) -> Read {
    let by = vec![Dimension::Intent];
    read(Selection { by, ..Selection::total(Metric::Contacts) }, steps)
}

/// What the drift of confidence is told from.
pub(super) fn confidence(steps: &Steps) -> Read {
    read(Selection { by_extra: true, ..Selection::total(Metric::AiConfidenceBins) }, steps)
}

/// Steps that begin and end where any of the windows does.
fn read(selection: Selection, steps: &Steps) -> Read {
    let windows = windows(steps);
    let bounds: BTreeSet<Minute> = windows
        .iter()
        .flat_map(|window| [window.before.0, window.before.1, window.day.0, window.day.1])
        .collect();
    Read { selection, steps: Steps::between(bounds) }
}

fn windows(steps: &Steps) -> Vec<Window> {
    let window = |(_, start, end): (Minute, Minute, Minute)| {
        let first =
            if steps.are_days() && end.0 - start.0 <= LONGEST_DAY { start } else { end.plus(-DAY) };
        Window { step: start, day: (first, end), before: (first.plus(-BEFORE), first) }
    };
    if steps.are_days() {
        steps.iter().map(window).collect()
    } else {
        steps.iter().last().map(window).into_iter().collect()
    }
}

/// How categories are put together before they are compared: of the days before, and of the day.
type Grouping = for<'a> fn(&mut Counts<'a>, &mut Counts<'a>);

/// All categories as they are.
pub(super) fn bins<'a>(_: &mut Counts<'a>, _: &mut Counts<'a>) {}

/// The largest categories of the days before, the first by name where they are equal; and a rest,
/// which what is beyond the register's limit belongs to anyway.
pub(super) fn largest<'a>(before: &mut Counts<'a>, day: &mut Counts<'a>) {
    let named = before.iter().filter(|(name, _)| **name != OTHER);
    let mut ranked: Vec<(i64, &str)> = named.map(|(name, count)| (-count, *name)).collect();
    ranked.sort_unstable();
    ranked.truncate(LARGEST);
    for counts in [&mut *day, before] {
        let mut rest = 0;
        counts.retain(|name, count| {
            let kept = ranked.iter().any(|(_, large)| large == name);
            rest += if kept { 0 } else { *count };
            kept
        });
        counts.insert(OTHER, rest);
    }
}

pub(super) fn combine(parts: &[Amounts], steps: &Steps, group: Grouping) -> Figures {
    let [amounts] = parts else { return Figures::new() };
    let figures = windows(steps).into_iter().filter_map(|window| {
        let mut day = counts(amounts, window.day);
        let mut before = counts(amounts, window.before);
        let n: i64 = day.values().sum();
        if n < MIN_COUNT || before.values().sum::<i64>() < MIN_COUNT {
            return None;
        }
        group(&mut before, &mut day);
        let value = Some(stability(&day, &before));
        let point = Point { value, count: Some(n), ..Point::default() };
        Some((window.step, Figure { point, trials: n }))
    });
    let figures: BTreeMap<Minute, Figure> = figures.collect();
    BTreeMap::from([(Label::new(), figures)])
}

/// Counts by the first value of the label, in a span of whole steps.
fn counts(amounts: &Amounts, (first, end): (Minute, Minute)) -> Counts<'_> {
    let mut counts = Counts::new();
    for (label, by_step) in amounts {
        let Some(category) = label.first() else { continue };
        let count: i64 = by_step.range(first..end).map(|(_, amount)| amount.count.max(0)).sum();
        if count > 0 {
            *counts.entry(category).or_default() += count;
        }
    }
    counts
}

fn stability(day: &Counts<'_>, before: &Counts<'_>) -> f64 {
    let share = |counts: &Counts<'_>, category: &str| {
        let total: i64 = counts.values().sum();
        let count = counts.get(category).copied().unwrap_or_default();
        (count as f64 / total as f64).max(FLOOR)
    };
    let categories: BTreeSet<&str> = day.keys().chain(before.keys()).copied().collect();
    let terms = categories.into_iter().map(|category| {
        let (p, q) = (share(day, category), share(before, category));
        (p - q) * libm::log(p / q)
    });
    terms.sum()
}

#[cfg(test)]
#[path = "drift_tests.rs"]
mod tests;
