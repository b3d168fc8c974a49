//! Numbers for people: from sums and cells to the points of a series.
//!
//! Only what was added up is read here; nothing is averaged twice. No data is no point: never 0,
//! never 100 %.

mod points;
mod steps;

use std::collections::BTreeMap;

use crate::{
    cells::HourCells,
    dimension::{Dimension, EXTRA, View},
    id::ConversationId,
    metric::{Kind, Metric},
    minute::{Hour, Minute},
    sums::{Amount, Sums},
};

pub use points::{Point, Series};
pub use steps::{Steps, StepsError};

/// Individual figures are shown from this many trials on.
pub const SUPPRESSED_BELOW: i64 = 30;

/// What is asked for: a metric, cut by some dimensions and narrowed by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The metric.
    pub metric: Metric,
    /// One series for each combination of these dimensions' values.
    pub by: Vec<Dimension>,
    /// One series for each value of the metric's own dimension.
    pub by_extra: bool,
    /// Only these values.
    pub only: Vec<(Dimension, Vec<String>)>,
    /// Only these values of the metric's own dimension.
    pub only_extra: Vec<String>,
}

/// Why a selection can not be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{metric} is not kept by {asked}: available are {available}")]
pub struct NotKept {
    metric: Metric,
    asked: String,
    available: String,
}

impl Selection {
    /// The metric as a whole.
    pub fn total(metric: Metric) -> Self {
        let (by, only, only_extra) = (Vec::new(), Vec::new(), Vec::new());
        Self { metric, by, by_extra: false, only, only_extra }
    }

    /// The view that answers the selection.
    pub fn view(&self) -> Result<View, NotKept> {
        let mut dimensions = self.by.clone();
        dimensions.extend(self.only.iter().map(|(dimension, _)| *dimension));
        dimensions.sort_unstable();
        dimensions.dedup();
        let cut = self.metric.definition().cut;
        View::over(&dimensions).filter(|view| cut.keeps(*view)).ok_or_else(|| {
            let names = dimensions.iter().map(|dimension| dimension.as_str());
            let available = self.metric.views().map(|view| match view {
                View::Total => "(none)".to_owned(),
                View::One(one) => one.as_str().to_owned(),
                View::Two(first, second) => format!("{}×{}", first.as_str(), second.as_str()),
            });
            NotKept {
                metric: self.metric,
                asked: names.collect::<Vec<_>>().join("×"),
                available: available.collect::<Vec<_>>().join(", "),
            }
        })
    }

    /// The view whose rollups are read. A level that is set, not added up, is set where it is known,
    /// and other views are put together from there: the length of all queues from each queue's, the
    /// longest wait from that of each queue and channel.
    pub fn stored_view(&self) -> Result<View, NotKept> {
        let view = self.view()?;
        Ok(match (self.metric, view) {
            (Metric::QueueLength, View::Total) => View::One(Dimension::Queue),
            (Metric::LongestWait, _) => View::Two(Dimension::Queue, Dimension::Channel),
            _ => view,
        })
    }

    /// Whether several cells of the stored view make up one series.
    fn is_put_together(&self) -> bool {
        self.stored_view().ok() != self.view().ok()
    }

    /// Whether figures of individuals are asked for.
    pub fn is_individual(&self) -> bool {
        self.by.contains(&Dimension::Agent)
            || self.only.iter().any(|(dimension, _)| *dimension == Dimension::Agent)
    }
}

/// What one series is about: values of the `by` dimensions, and of the metric's own.
pub type Label = Vec<String>;

/// Adds up what a selection asks for, from whatever holds a part of it.
#[derive(Debug)]
pub struct Accumulator<'a> {
    selection: &'a Selection,
    view: View,
    is_put_together: bool,
    steps: &'a Steps,
    /// By label, and by step; for gauges by the view's values, and by minute.
    amounts: BTreeMap<Label, BTreeMap<Minute, Amount>>,
}

impl<'a> Accumulator<'a> {
    /// An empty one.
    pub fn new(selection: &'a Selection, steps: &'a Steps) -> Result<Self, NotKept> {
        let view = selection.stored_view()?;
        let is_put_together = selection.is_put_together();
        Ok(Self { selection, view, is_put_together, steps, amounts: BTreeMap::new() })
    }

    /// Adds the amounts of the minutes in hours that `wanted` names.
    pub fn add_sums(&mut self, sums: &Sums, wanted: impl Fn(Hour) -> bool) {
        for (minute, metric, vector, amount) in sums.iter() {
            if metric != self.selection.metric || !wanted(minute.hour()) {
                continue;
            }
            if let Some(values) = self.view.project(vector) {
                let values = values.map(|value| sums.text(value));
                self.add(minute, sums.text(vector[EXTRA]), values, amount);
            }
        }
    }

    /// Adds the cells of a closed hour.
    pub fn add_cells(&mut self, hour: Hour, cells: &HourCells) {
        for cell in cells.iter(hour) {
            if cell.metric == self.selection.metric {
                self.add(cell.minute, cell.extra, cell.values, cell.amount);
            }
        }
    }

    fn add(&mut self, minute: Minute, extra: &str, values: [&str; 2], amount: &Amount) {
        let is_gauge = self.selection.metric.kind() == Kind::Gauge;
        let at = if is_gauge {
            (minute < self.steps.end()).then_some(minute)
        } else {
            self.steps.step_of(minute)
        };
        let Some(at) = at else { return };
        let Some(label) = self.label(extra, values) else { return };
        self.amounts.entry(label).or_default().entry(at).or_default().merge(amount, 1);
    }

    /// The series that a cell belongs to; `None` where the selection leaves it out.
    fn label(&self, extra: &str, values: [&str; 2]) -> Option<Label> {
        let Selection { by, by_extra, only, only_extra, metric } = self.selection;
        let value_of = |wanted: Dimension| {
            let position = self.view.dimensions().position(|dimension| dimension == wanted)?;
            values.get(position).copied()
        };
        for (dimension, allowed) in only {
            let value = value_of(*dimension)?;
            if !allowed.iter().any(|allowed| allowed == value) {
                return None;
            }
        }
        if !only_extra.is_empty() && !only_extra.iter().any(|allowed| allowed == extra) {
            return None;
        }
        let mut label: Label =
            by.iter().filter_map(|dimension| value_of(*dimension)).map(str::to_owned).collect();
        let own = metric.definition().extra;
        if own.is_some_and(|own| *by_extra || !own.adds_up()) {
            label.push(extra.to_owned());
        }
        // Each level is followed by itself before levels are put together.
        if self.is_put_together {
            label.extend(values.map(str::to_owned));
        }
        Some(label)
    }

    /// The amounts as they are: of a gauge by minute, else by step.
    pub fn into_amounts(self) -> BTreeMap<Label, BTreeMap<Minute, Amount>> {
        self.amounts
    }

    /// The series, in the order of their labels.
    pub fn finish(self, now: Minute) -> Vec<Series> {
        points::series(self.selection, self.steps, self.amounts, now)
    }
}

/// What a selection adds up to in the minutes `[first, end)`, by the values of its `by` dimensions:
/// for judging a window.
pub fn cells(
    selection: &Selection,
    sums: &Sums,
    (first, end): (Minute, Minute),
) -> Result<BTreeMap<Label, Amount>, NotKept> {
    let steps = Steps::range(first, end);
    let mut accumulator = Accumulator::new(selection, &steps)?;
    accumulator.add_sums(sums, |_| true);
    let by_label = accumulator.amounts.into_iter();
    Ok(by_label
        .filter_map(|(label, by_step)| Some((label, by_step.into_values().next()?)))
        .collect())
}

/// The conversations behind a selection in the minutes `[first, end)`, the worst first.
pub fn exemplars(
    sums: &Sums,
    selection: &Selection,
    (first, end): (Minute, Minute),
) -> Vec<ConversationId> {
    let mut worst: BTreeMap<ConversationId, i64> = BTreeMap::new();
    for (minute, metric, vector, id, exemplar) in sums.exemplars() {
        let is = |position: usize, allowed: &[String]| {
            let value = sums.text(vector[position]);
            allowed.iter().any(|allowed| allowed == value)
        };
        let in_cut =
            selection.only.iter().all(|(dimension, allowed)| is(dimension.index(), allowed))
                && (selection.only_extra.is_empty() || is(EXTRA, &selection.only_extra));
        let in_range = (first..end).contains(&minute);
        if metric == selection.metric && exemplar.count > 0 && in_range && in_cut {
            let badness = worst.entry(id).or_insert(exemplar.badness);
            *badness = exemplar.badness.max(*badness);
        }
    }
    let mut found: Vec<(ConversationId, i64)> = worst.into_iter().collect();
    found.sort_unstable_by_key(|(id, badness)| (std::cmp::Reverse(*badness), *id));
    found.into_iter().map(|(id, _)| id).collect()
}
