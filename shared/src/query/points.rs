//! The points of a series, as the API shows them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Amounts, Beside, Label, Notes, SUPPRESSED_BELOW, Selection, Steps, interval};
use crate::{
    metric::{Kind, Metric},
    minute::Minute,
    sums::Amount,
};

/// One series: what it is about, and its points in order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// Dimension and value.
    pub dimensions: BTreeMap<&'static str, String>,
    /// A point without data is left out.
    pub points: Vec<Point>,
}

/// One step of a series. Which fields it has depends on the metric's kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Point {
    /// Beginning of the step.
    pub time: Timestamp,
    /// The figure; absent where it is suppressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Of a ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numerator: Option<i64>,
    /// Of a ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denominator: Option<i64>,
    /// Of a mean, a distribution or an index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// Of a mean or a distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum: Option<f64>,
    /// Of a distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50: Option<f64>,
    /// Of a distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p90: Option<f64>,
    /// Of a distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    /// Of a distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<f64>,
    /// Of a gauge: lowest level in the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Of a gauge: highest level in the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Of an individual, and of a disparity: lower bound of the 95 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Of an individual: what everybody's figures lead to expect for these intents and queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
    /// Of a disparity: the group where it is worst for customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<String>,
    /// Of a disparity: the group where it is best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<String>,
    /// Later events may still revise it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// Of a provisional ratio: what the same span of earlier weeks stood at when it was as young.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_matched: Option<f64>,
    /// Too few to show of an individual.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suppressed: bool,
}

/// A point that is not dated yet, and of how many trials it is made.
#[derive(Default)]
pub(super) struct Figure {
    pub(super) point: Point,
    pub(super) trials: i64,
}

/// By label, and by first minute of the step.
pub(super) type Figures = BTreeMap<Label, BTreeMap<Minute, Figure>>;

/// The figures of what was added up.
pub(super) fn figures(selection: &Selection, amounts: &Amounts, beside: &Beside) -> Figures {
    let figures = amounts.iter().map(|(label, by_step)| {
        let figures = by_step.iter().filter_map(|(step, amount)| {
            let mut point = point(selection.metric, amount)?;
            if beside.peers.is_individual(selection, label) {
                (point.low, point.high) = interval::of(selection.metric, amount).unzip();
                point.expected = at(&beside.peers.expected, label, *step);
            }
            point.age_matched = at(&beside.age_matched, label, *step);
            Some((*step, Figure { point, trials: amount.count }))
        });
        (label.clone(), figures.collect())
    });
    figures.collect()
}

fn at(notes: &Notes, label: &Label, step: Minute) -> Option<f64> {
    notes.get(label)?.get(&step).copied()
}

/// Dates the figures, marks what may still be revised, and takes back what is too little to show
/// of an individual.
pub(super) fn dated(
    selection: &Selection,
    steps: &Steps,
    figures: Figures,
    beside: &Beside,
    now: Minute,
) -> Vec<(Label, Vec<Point>)> {
    let horizon = selection.metric.definition().horizon_minutes;
    let series = figures.into_iter().map(|(label, mut by_step)| {
        let trials: i64 = by_step.values().map(|figure| figure.trials).sum();
        let few = beside.peers.is_individual(selection, &label) && trials < SUPPRESSED_BELOW;
        let points = steps.iter().filter_map(|(date, start, end)| {
            let Figure { mut point, .. } = by_step.remove(&start)?;
            point.time = date.timestamp();
            point.provisional = horizon > 0 && end.plus(horizon) > now;
            if !point.provisional {
                point.age_matched = None;
            }
            if few {
                point.suppress();
            }
            Some(point)
        });
        let points = points.collect();
        (label, points)
    });
    series.filter(|(_, points): &(Label, Vec<Point>)| !points.is_empty()).collect()
}

/// Names what each series is about.
pub(super) fn named(selection: &Selection, series: Vec<(Label, Vec<Point>)>) -> Vec<Series> {
    let series = series.into_iter();
    series
        .map(|(label, points)| Series { dimensions: dimensions(selection, &label), points })
        .collect()
}

/// The figures of an amount; `None` where there is nothing to show.
#[expect(clippy::cast_precision_loss, reason = "shown to people; counts stay below 2^53")]
fn point(metric: Metric, amount: &Amount) -> Option<Point> {
    let mut point = Point::default();
    let (sum, count) = (amount.sum as f64 / metric.scale(), amount.count as f64);
    let whole = |sum: i128| i64::try_from(sum).unwrap_or(i64::MAX);
    if amount.count <= 0 {
        return None;
    }
    match metric.kind() {
        Kind::Count => point.value = Some(count),
        Kind::Sum => point.value = Some(sum),
        Kind::Ratio => {
            point.value = Some(sum / count);
            point.numerator = Some(whole(amount.sum));
            point.denominator = Some(amount.count);
        }
        Kind::Mean | Kind::Distribution => {
            point.value = Some(sum / count);
            point.count = Some(amount.count);
            point.sum = Some(sum);
            if metric.kind() == Kind::Distribution {
                let quantile = |q| amount.sketch.quantile(q);
                point.p50 = quantile(0.5);
                point.p90 = quantile(0.9);
                point.p95 = quantile(0.95);
                point.p99 = quantile(0.99);
            }
        }
        Kind::Index => {
            point.value = Some(100.0 * sum / count);
            point.count = Some(amount.count);
        }
        Kind::Gauge => return None,
    }
    Some(point)
}

impl Point {
    fn suppress(&mut self) {
        let Self { time, denominator, count, provisional, .. } = *self;
        *self = Self { time, denominator, count, provisional, suppressed: true, ..Self::default() };
    }
}

fn dimensions(selection: &Selection, label: &Label) -> BTreeMap<&'static str, String> {
    let own = selection.metric.definition().extra.map(super::super::dimension::Extra::as_str);
    let names = selection.by.iter().map(|dimension| dimension.as_str()).chain(own);
    names.zip(label.iter().cloned()).collect()
}

/// Levels: the last anchor and the flows after it, minute by minute. Where a total is put together
/// from queues, lengths add up and of waits the longest counts.
pub(super) fn gauges(selection: &Selection, steps: &Steps, amounts: Vec<Amounts>) -> Vec<Series> {
    by_label(selection, amounts)
        .into_iter()
        .map(|(label, parts)| Series {
            dimensions: dimensions(selection, &label),
            points: levels(selection.metric, steps, &parts),
        })
        .filter(|series| !series.points.is_empty())
        .collect()
}

/// The flows of levels that belong to one series, each with its own anchors.
pub(super) fn by_label(
    selection: &Selection,
    amounts: impl IntoIterator<Item = Amounts>,
) -> BTreeMap<Label, Vec<BTreeMap<Minute, Amount>>> {
    let own = usize::from(selection.by_extra && selection.metric.definition().extra.is_some());
    let wanted = selection.by.len() + own;
    let mut merged: BTreeMap<Label, Vec<BTreeMap<Minute, Amount>>> = BTreeMap::new();
    for (mut label, flows) in amounts.into_iter().flatten() {
        label.truncate(wanted);
        merged.entry(label).or_default().push(flows);
    }
    merged
}

#[expect(clippy::cast_precision_loss, reason = "shown to people")]
fn levels(metric: Metric, steps: &Steps, parts: &[BTreeMap<Minute, Amount>]) -> Vec<Point> {
    let mut walkers: Vec<Walker<'_>> = parts.iter().map(Walker::new).collect();
    let mut points = Vec::new();
    for (date, start, end) in steps.iter() {
        let mut point = Point { time: date.timestamp(), ..Point::default() };
        for minute in start.0..end.0 {
            let levels = walkers.iter_mut().filter_map(|walker| walker.level(Minute(minute)));
            let level = match metric {
                Metric::LongestWait => levels.max(),
                _ => levels.reduce(|a, b| a + b),
            };
            let Some(level) = level.map(|level| level as f64 / metric.scale()) else { continue };
            point.value = Some(level);
            point.min = Some(point.min.map_or(level, |min| min.min(level)));
            point.max = Some(point.max.map_or(level, |max| max.max(level)));
        }
        if point.value.is_some() {
            points.push(point);
        }
    }
    points
}

/// Follows one level through the minutes.
pub(super) struct Walker<'a> {
    flows: std::iter::Peekable<std::collections::btree_map::Iter<'a, Minute, Amount>>,
    level: Option<i128>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(flows: &'a BTreeMap<Minute, Amount>) -> Self {
        Self { flows: flows.iter().peekable(), level: None }
    }

    /// The level at the end of a minute; minutes must be asked for in order.
    pub(super) fn level(&mut self, minute: Minute) -> Option<i128> {
        while let Some((_, amount)) = self.flows.next_if(|(at, _)| **at <= minute) {
            let level = self.level.unwrap_or(0);
            self.level = Some(match amount.anchor() {
                Some(anchor) => anchor,
                None => level + amount.sum,
            });
        }
        self.level
    }
}
