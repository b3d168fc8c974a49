//! Judges a rule's cells: by the amounts of windows, or by what detectors say.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    detect::watch::Reading,
    metric::Kind,
    query::{Label, Selection},
    rule::{Alarms, Anomaly, Condition, Conflict, Judgement, Rule},
    sums::Amount,
};
use tocsin_shell::{rollups::Reader, store::StoreError};

use crate::{
    detectors::Readings,
    replay,
    windows::{Cells, Windows},
};

/// Dimension and value; empty for the tenant as a whole.
pub(crate) type Cell = Vec<(String, String)>;

/// Judgements by cell.
pub(crate) type Judged = BTreeMap<Cell, Judgement>;

pub(crate) fn cell(selection: &Selection, label: Label) -> Cell {
    selection.label_names().map(str::to_owned).zip(label).collect()
}

/// Judges what a rule selects by its windows and, where it compares with them, earlier weeks.
pub(crate) async fn by_windows(
    reader: &Reader<'_>,
    rule: &Rule,
    windows: &Windows,
) -> Result<Judged, StoreError> {
    let current = windows.current(reader, rule).await?;
    let weeks = windows.weeks(reader, rule).await?;
    let mut labels: BTreeSet<&Label> = current.iter().flat_map(BTreeMap::keys).collect();
    let (whole, is_count) = (Label::new(), rule.selection.metric.kind() == Kind::Count);
    // A cell that had data in other weeks and has none now is judged too: its count dropped.
    if is_count && matches!(rule.condition, Condition::Drop { .. }) {
        labels.extend(weeks.iter().flat_map(BTreeMap::keys));
    }
    // Of a count nothing is a figure: zero, once anything was ever counted.
    let counted = reader.snapshot().head.first.is_some() || !reader.snapshot().open.is_empty();
    if is_count && rule.selection.by.is_empty() && counted {
        labels.insert(&whole);
    }
    let judged = labels.into_iter().map(|label| {
        let current = current.iter().map(|cells| cells.get(label).cloned().unwrap_or_default());
        let weeks = weeks.iter().filter_map(|cells| cells.get(label).cloned());
        let (current, weeks): (Vec<_>, Vec<_>) = (current.collect(), weeks.collect());
        (cell(&rule.selection, label.clone()), rule.judge(&current, &weeks))
    });
    Ok(judged.collect())
}

/// Judges a pair of metrics by their windows and weeks. What is never pooled of the second has a cell
/// for each value of its own dimension.
pub(crate) async fn by_pair(
    reader: &Reader<'_>,
    rule: &Rule,
    conflict: Conflict,
    windows: &Windows,
) -> Result<Judged, StoreError> {
    let span = windows.span(rule.window, 0);
    let worse = Selection { metric: conflict.other, ..rule.selection.clone() };
    let (better, weeks) = windows.compared(reader, &rule.selection, span).await?;
    let (other, other_weeks) = windows.compared(reader, &worse, span).await?;
    let of = |weeks: &[Cells], label: &[String]| -> Vec<Amount> {
        weeks.iter().filter_map(|cells| cells.get(label).cloned()).collect()
    };
    let labels: BTreeSet<&Label> =
        other.keys().chain(other_weeks.iter().flat_map(BTreeMap::keys)).collect();
    let judged = labels.into_iter().filter_map(|label| {
        let shared = label.get(..rule.selection.by.len())?;
        let (current, nothing) = (better.get(shared)?, Amount::default());
        let now = other.get(label).unwrap_or(&nothing);
        let judgement = conflict.judge(
            rule.selection.metric,
            (current, &of(&weeks, shared)),
            (now, &of(&other_weeks, label)),
            rule.window,
        );
        Some((cell(&worse, label.clone()), judgement))
    });
    Ok(judged.collect())
}

/// A series that a rule watches: its cell, what was said of it, and how many false alarms a week are
/// its share.
struct Watched<'r> {
    cell: Cell,
    reading: &'r Reading,
    share: f64,
}

/// What a rule watches, the total and its cells. Of those with enough data, each has its share.
fn watched<'r>(rule: &Rule, anomaly: &Anomaly, readings: &'r Readings) -> Vec<Watched<'r>> {
    let mut found = Vec::new();
    for watch in anomaly.watches(&rule.selection) {
        let id = replay::id_of(&watch, &anomaly.calendar);
        let is_total = watch.selection.by.is_empty();
        for (label, reading) in readings.get(&id).into_iter().flatten() {
            found.push((is_total, cell(&watch.selection, label.clone()), reading));
        }
    }
    let enough = |total: bool| {
        let of = |(is_total, _, reading): &&(bool, Cell, &Reading)| {
            *is_total == total && reading.score.is_some()
        };
        found.iter().filter(of).count()
    };
    let (totals, cells) = (enough(true), enough(false));
    let (total, each) = anomaly.shares(totals > 0, cells);
    // What is never pooled has several totals.
    #[expect(clippy::cast_precision_loss, reason = "evaluators are few")]
    let total = total / totals.max(1) as f64;
    let watched = found.into_iter().map(|(is_total, cell, reading)| {
        let share = if is_total { total } else { each };
        Watched { cell, reading, share }
    });
    watched.collect()
}

/// What opens in this tick, of all rules' series together.
pub(crate) fn alarms(rules: &[Rule], readings: &Readings) -> Alarms {
    let watching = rules.iter().filter_map(|rule| Some((rule, rule.condition.anomaly()?)));
    let series = watching.flat_map(|(rule, anomaly)| watched(rule, anomaly, readings));
    Alarms::of(series.filter_map(|Watched { reading, share, .. }| {
        let scored = reading.score.as_ref().filter(|scored| scored.goes_on)?;
        Some(scored.false_alarms / share)
    }))
}

/// Judges what a rule watches.
pub(crate) fn by_detectors(
    rule: &Rule,
    anomaly: &Anomaly,
    readings: &Readings,
    alarms: &Alarms,
) -> Judged {
    let watched = watched(rule, anomaly, readings).into_iter();
    let judged = watched.map(|Watched { cell, reading, share }| {
        (cell, alarms.judge(rule.selection.metric, Some(reading), share))
    });
    judged.collect()
}
