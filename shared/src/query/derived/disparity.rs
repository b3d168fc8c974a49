//! Disparity: a rate in the segment (or language) where it is worst for customers, over that in the
//! one where it is best. 1 is parity; a rate that should be high lies below 1, one that should be
//! low above.
//!
//! A series is about a rate (`metric`), a cut (`dimension`) and, where the rate is never pooled, the
//! evaluator. The interval is that of the two groups as they are; that they were picked as the
//! extremes of several makes parity look less likely than it is.
#![expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]

use std::collections::BTreeMap;

use super::Read;
use crate::{
    dimension::{Dimension, Extra, MASKED, OTHER, UNKNOWN},
    metric::{BadDirection, Metric},
    minute::Minute,
    query::{
        Amounts, Label, Selection, Steps, interval,
        points::{Figure, Figures, Point, Series},
    },
    sums::Amount,
};

/// The rates that are compared.
const RATES: [Metric; 3] = [Metric::ResolutionRate, Metric::EscalationRate, Metric::AnswerAccuracy];
/// The cuts whose groups are compared.
const CUTS: [Dimension; 2] = [Dimension::Segment, Dimension::Language];
/// Trials that a group needs to be compared.
const MIN_TRIALS: i64 = 30;

fn series() -> impl Iterator<Item = (Metric, Dimension)> {
    RATES.into_iter().flat_map(|rate| CUTS.map(|cut| (rate, cut)))
}

pub(super) fn reads(steps: &Steps) -> Vec<Read> {
    let read = |(rate, cut)| Read {
        selection: Selection { by: vec![cut], ..Selection::total(rate) },
        steps: steps.clone(),
    };
    series().map(read).collect()
}

pub(super) fn combine(parts: &[Amounts]) -> Figures {
    let mut figures = Figures::new();
    for ((rate, cut), amounts) in series().zip(parts) {
        for ((own, step), groups) in groups(amounts) {
            if let Some(figure) = compare(rate, groups) {
                let mut label = vec![rate.as_str().to_owned(), cut.as_str().to_owned()];
                label.extend(own);
                figures.entry(label).or_default().insert(step, figure);
            }
        }
    }
    figures
}

/// Names what each series is about.
pub(super) fn named(dated: Vec<(Label, Vec<Point>)>) -> Vec<Series> {
    let names = || ["metric", "dimension", Extra::Evaluator.as_str()].into_iter();
    dated
        .into_iter()
        .map(|(label, points)| Series { dimensions: names().zip(label).collect(), points })
        .collect()
}

/// A group's name and what it adds up to.
type Group<'a> = (&'a str, &'a Amount);

/// The groups of each evaluator (none where there is none) and step that are large enough.
fn groups(amounts: &Amounts) -> BTreeMap<(Option<String>, Minute), Vec<Group<'_>>> {
    let mut groups: BTreeMap<_, Vec<Group<'_>>> = BTreeMap::new();
    for (label, by_step) in amounts {
        let Some((name, own)) = label.split_first() else { continue };
        if [UNKNOWN, OTHER, MASKED].contains(&name.as_str()) {
            continue;
        }
        for (step, amount) in by_step.iter().filter(|(_, amount)| amount.count >= MIN_TRIALS) {
            let group = (name.as_str(), amount);
            groups.entry((own.first().cloned(), *step)).or_default().push(group);
        }
    }
    groups
}

/// The worst group over the best, the first by name where they are equal.
fn compare(rate: Metric, mut groups: Vec<Group<'_>>) -> Option<Figure> {
    // By cross-multiplication: shares are compared exactly.
    let order = |(_, a): &Group<'_>, (_, b): &Group<'_>| {
        (a.sum * i128::from(b.count)).cmp(&(b.sum * i128::from(a.count)))
    };
    groups.sort_by(order);
    let (first, last) = (groups.first()?, groups.last()?);
    let ((worst, over), (best, under)) = match rate.definition().bad {
        BadDirection::Up => (last, first),
        BadDirection::Down | BadDirection::Both => (first, last),
    };
    if groups.len() < 2 {
        return None;
    }
    let pair = |amount: &Amount| (amount.sum as f64, amount.count as f64);
    let (value, (low, high)) = interval::quotient(pair(over), pair(under))?;
    let trials = over.count + under.count;
    let point = Point {
        value: Some(value),
        count: Some(trials),
        low: Some(low),
        high: Some(high),
        worst: Some((*worst).to_owned()),
        best: Some((*best).to_owned()),
        ..Point::default()
    };
    Some(Figure { point, trials })
}

#[cfg(test)]
#[path = "disparity_tests.rs"]
mod tests;
