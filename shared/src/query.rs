//! Numbers for people: from sums and cells to the points of a series.
//!
//! Only what was added up is read here; nothing is averaged twice. No data is no point: never 0,
//! never 100 %.
//!
//! A selection is answered in two steps: [`reads`] says what is to be added up, and [`series`] makes
//! points of it. For most metrics that is one [`Read`], of the metric itself; a derived metric reads
//! others. What stands [`Beside`] the figures is optional, since it costs further reads.

mod cohorts;
mod derived;
mod freshness;
mod interval;
mod peers;
mod points;
mod sources;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::{
    cells::HourCells,
    dimension::{Dimension, EXTRA, Extra, View},
    metric::{Kind, Metric},
    minute::{Hour, Minute},
    sums::{Amount, Sums},
};

pub use cohorts::Cohorts;
pub use derived::{Read, reads, series};
pub use freshness::freshness;
pub use peers::{PeerCount, Peers};
pub use points::{Point, Series};
pub use sources::{Report, Sources};
pub use steps::{Steps, StepsError};

/// Individual figures are shown from this many trials on.
pub const SUPPRESSED_BELOW: i64 = 30;

/// What is asked for: a metric, cut by some dimensions and narrowed by others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
            (
                Metric::QueueLength | Metric::ObservedAvailable | Metric::ObservedBusy,
                View::Total,
            ) => View::One(Dimension::Queue),
            (Metric::SourceActivity, _) => View::One(Dimension::Source),
            (Metric::LongestWait, _) => View::Two(Dimension::Queue, Dimension::Channel),
            _ => view,
        })
    }

    /// Whether figures of individuals are asked for.
    pub fn is_individual(&self) -> bool {
        self.names(Dimension::Agent)
    }

    /// Whether it is cut or narrowed by this dimension.
    fn names(&self, dimension: Dimension) -> bool {
        self.by.contains(&dimension) || self.only.iter().any(|(other, _)| *other == dimension)
    }

    /// Whether the metric's own dimension tells series apart: asked for, or not to be added up.
    fn has_own(&self) -> bool {
        self.metric.definition().extra.is_some_and(|own| self.by_extra || !own.adds_up())
    }

    /// The names of what [`Label`]s hold.
    pub fn label_names(&self) -> impl Iterator<Item = &'static str> {
        let own = self.metric.definition().extra.filter(|_| self.has_own());
        let by = self.by.iter().map(|dimension| dimension.as_str());
        by.chain(own.map(Extra::as_str))
    }

    /// The same, for one cell only: names and values of a label.
    #[must_use]
    pub fn narrowed(&self, cell: &[(String, String)]) -> Self {
        let mut narrowed = self.clone();
        for (name, value) in cell {
            match Dimension::parse(name) {
                Some(dimension) => narrowed.only.push((dimension, vec![value.clone()])),
                None => narrowed.only_extra = vec![value.clone()],
            }
        }
        narrowed
    }

    /// The series that a cell of a view belongs to; `None` where the selection leaves it out.
    fn label(&self, view: View, extra: &str, values: [&str; 2]) -> Option<Label> {
        let value_of = |wanted: Dimension| {
            let position = view.dimensions().position(|dimension| dimension == wanted)?;
            values.get(position).copied()
        };
        for (dimension, allowed) in &self.only {
            let value = value_of(*dimension)?;
            if !allowed.iter().any(|allowed| allowed == value) {
                return None;
            }
        }
        if !self.only_extra.is_empty() && !self.only_extra.iter().any(|allowed| allowed == extra) {
            return None;
        }
        let by = self.by.iter().filter_map(|dimension| value_of(*dimension));
        let mut label: Label = by.map(str::to_owned).collect();
        if self.has_own() {
            label.push(extra.to_owned());
        }
        Some(label)
    }
}

/// What one series is about: values of the `by` dimensions, and of the metric's own.
pub type Label = Vec<String>;

/// What was added up: by label, and by first minute of the step. Of levels by label and the view's
/// values, and by minute.
pub type Amounts = BTreeMap<Label, BTreeMap<Minute, Amount>>;

/// Numbers that stand beside figures, by label and first minute of the step.
type Notes = BTreeMap<Label, BTreeMap<Minute, f64>>;

/// What stands beside the figures, as far as it was read.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Whose figures they are, and what was to be expected of them.
    pub peers: Peers,
    /// What earlier cohorts stood at at the age of those that are still revised.
    pub age_matched: Notes,
    /// What is known of sources; where that is asked for, the one part that is not optional.
    pub sources: Sources,
}

/// Adds up what a selection asks for, from whatever holds a part of it.
#[derive(Debug)]
pub struct Accumulator<'a> {
    selection: &'a Selection,
    view: View,
    steps: &'a Steps,
    amounts: IndexMap<Label, BTreeMap<Minute, Amount>, FxBuildHasher>,
}

impl<'a> Accumulator<'a> {
    /// An empty one.
    pub fn new(selection: &'a Selection, steps: &'a Steps) -> Result<Self, NotKept> {
        let view = selection.stored_view()?;
        Ok(Self { selection, view, steps, amounts: IndexMap::default() })
    }

    /// Adds the amounts of the minutes in hours that `wanted` names.
    pub fn add_sums(&mut self, sums: &Sums, wanted: impl Fn(Hour) -> bool) {
        // Many amounts share a vector, and so a label.
        let mut known: FxHashMap<u32, Option<usize>> = FxHashMap::default();
        for (minute, position, amount) in sums.placed(self.selection.metric) {
            if !wanted(minute.hour()) {
                continue;
            }
            let Some(at) = self.step(minute) else { continue };
            let series = *known.entry(position).or_insert_with(|| {
                let vector = sums.vector_at(position);
                let values = self.view.project(vector)?.map(|value| sums.text(value));
                self.series(sums.text(vector[EXTRA]), values)
            });
            if let Some(series) = series {
                self.amounts[series].entry(at).or_default().merge(amount, 1);
            }
        }
    }

    /// Adds the cells of a closed hour.
    pub fn add_cells(&mut self, hour: Hour, cells: &HourCells) {
        for cell in cells.of(self.selection.metric, hour) {
            let Some(at) = self.step(cell.minute) else { continue };
            if let Some(series) = self.series(cell.extra, cell.values) {
                self.amounts[series].entry(at).or_default().merge(cell.amount, 1);
            }
        }
    }

    fn is_gauge(&self) -> bool {
        self.selection.metric.kind() == Kind::Gauge
    }

    /// The step that a minute is added to; of a level the minute itself. `None` where it is left out.
    fn step(&self, minute: Minute) -> Option<Minute> {
        if self.is_gauge() {
            (minute < self.steps.end()).then_some(minute)
        } else {
            self.steps.step_of(minute)
        }
    }

    /// The position of the series that a cell is added to; `None` where it is left out.
    fn series(&mut self, extra: &str, values: [&str; 2]) -> Option<usize> {
        let mut label = self.selection.label(self.view, extra, values)?;
        // Levels that are set are followed one by one, and added up afterwards.
        if self.is_gauge() {
            label.extend(values.iter().filter(|value| !value.is_empty()).map(ToString::to_string));
        }
        let entry = self.amounts.entry(label);
        let position = entry.index();
        entry.or_default();
        Some(position)
    }

    /// What was added up. What cancels out is as if it had never been there: an amount that was moved
    /// to another cell may have left its two halves in different fragments.
    pub fn amounts(self) -> Amounts {
        let of_series = self.amounts.into_iter().map(|(label, mut by_step)| {
            by_step.retain(|_, amount| !amount.is_zero());
            (label, by_step)
        });
        of_series.filter(|(_, by_step)| !by_step.is_empty()).collect()
    }

    /// The series of a metric that is not derived, in the order of their labels.
    pub fn finish(self, now: Minute) -> Vec<Series> {
        let (selection, steps) = (self.selection, self.steps);
        series(selection, steps, vec![self.amounts()], &Beside::default(), now)
    }
}

/// What a selection adds up to in the minutes `[first, end)`, by label: for judging a window. What
/// is never pooled has a label for each value of its own dimension, asked for or not. The sums may be
/// kept in parts.
pub fn cells<'s>(
    selection: &Selection,
    parts: impl IntoIterator<Item = &'s Sums>,
    (first, end): (Minute, Minute),
) -> Result<BTreeMap<Label, Amount>, NotKept> {
    let steps = Steps::range(first, end);
    let mut accumulator = Accumulator::new(selection, &steps)?;
    for sums in parts {
        accumulator.add_sums(sums, |_| true);
    }
    let by_label = accumulator.amounts().into_iter();
    Ok(by_label
        .filter_map(|(label, by_step)| Some((label, by_step.into_values().next()?)))
        .collect())
}
