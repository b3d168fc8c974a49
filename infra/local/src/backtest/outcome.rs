//! How notifications compare with what really went wrong.
//!
//! * An incident is **found** by the first alert that begins while the window it judges overlaps the
//!   incident, on a metric that the incident moves, in the direction in which it moves, in a cell that
//!   does not contradict the incident's: of a dimension that both name, the value is the same.
//! * An alert that overlaps a harmful incident in such a cell on another metric is a **consequence**:
//!   neither a find nor false.
//! * Every other alert is a **false alarm**; so is one during what harms nobody, such as a holiday.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tocsin_domain::{alert::history::a_week, metric::BadDirection};

use super::{
    notice::Notice,
    truth::{Label, Move},
};

/// What became of the incidents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Outcome {
    /// Of harmful incidents.
    pub(super) overall: Tally,
    pub(super) kinds: BTreeMap<String, Tally>,
    pub(super) incidents: Vec<Found>,
    /// Alerts of any severity that are false.
    pub(super) false_alarms: usize,
    pub(super) false_alarms_a_week: f64,
    /// Those that wake somebody.
    pub(super) false_pages: usize,
    pub(super) false_pages_a_week: f64,
    /// By rule.
    pub(super) false_by_rule: BTreeMap<String, usize>,
    /// Alerts that follow from an incident and do not name it.
    pub(super) consequences: usize,
}

/// How many of them were found, and how fast.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Tally {
    pub(super) harmful: bool,
    pub(super) incidents: usize,
    pub(super) found: usize,
    /// `None` where there were no harmful ones.
    pub(super) recall: Option<f64>,
    pub(super) median_delay_minutes: Option<f64>,
    /// False alarms that began during one that harms nobody.
    pub(super) false_alarms: usize,
}

/// One incident.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Found {
    pub(super) kind: String,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) harmful: bool,
    /// The rule that found it.
    pub(super) rule: Option<String>,
    /// From its start.
    pub(super) delay_minutes: Option<f64>,
}

/// How an alert relates to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Finds,
    Follows,
    Unrelated,
}

/// Compares what was published with what went wrong.
pub(super) fn compare(notices: &[Notice], labels: &[Label], weeks: f64) -> Outcome {
    let alerts: Vec<&Notice> = notices.iter().filter(|notice| notice.begins()).collect();
    let incidents: Vec<Found> = labels.iter().map(|label| found(&alerts, label)).collect();
    let mut kinds: BTreeMap<String, Tally> = BTreeMap::new();
    for (label, incident) in labels.iter().zip(&incidents) {
        kinds.entry(label.kind.clone()).or_default().harmful |= incident.harmful;
    }
    let (mut false_alarms, mut consequences) = (Vec::new(), 0);
    for alert in alerts {
        let harmful = labels.iter().filter(|label| label.harmful);
        let relations: Vec<_> = harmful.map(|label| relation(alert, label)).collect();
        if relations.contains(&Relation::Finds) {
        } else if relations.contains(&Relation::Follows) {
            consequences += 1;
        } else {
            false_alarms.push(alert);
            let harmless = labels.iter().filter(|label| !label.harmful && overlaps(alert, label));
            for label in harmless {
                kinds.entry(label.kind.clone()).or_default().false_alarms += 1;
            }
        }
    }
    for (kind, tally) in &mut kinds {
        let own = incidents.iter().filter(|incident| incident.kind == *kind);
        *tally = Tally { false_alarms: tally.false_alarms, ..tallied(own, tally.harmful) };
    }
    let mut false_by_rule = BTreeMap::new();
    for alert in &false_alarms {
        *false_by_rule.entry(alert.rule.clone()).or_default() += 1;
    }
    let false_pages = false_alarms.iter().filter(|alert| alert.is_page()).count();
    Outcome {
        overall: tallied(incidents.iter().filter(|incident| incident.harmful), true),
        kinds,
        false_alarms_a_week: a_week(false_alarms.len() as u64, weeks),
        false_alarms: false_alarms.len(),
        false_pages_a_week: a_week(false_pages as u64, weeks),
        false_pages,
        false_by_rule,
        consequences,
        incidents,
    }
}

fn found(alerts: &[&Notice], label: &Label) -> Found {
    let first = alerts.iter().find(|alert| relation(alert, label) == Relation::Finds);
    let Label { kind, start, end, harmful, .. } = label;
    Found {
        kind: kind.clone(),
        start: *start,
        end: *end,
        harmful: *harmful,
        rule: first.map(|alert| alert.rule.clone()),
        delay_minutes: first.map(|alert| alert.time.duration_since(*start).as_secs_f64() / 60.0),
    }
}

fn tallied<'a>(incidents: impl Iterator<Item = &'a Found>, harmful: bool) -> Tally {
    let incidents: Vec<_> = incidents.collect();
    let delays = incidents.iter().filter_map(|incident| incident.delay_minutes);
    let mut delays: Vec<f64> = delays.collect();
    delays.sort_by(f64::total_cmp);
    let found = delays.len();
    let recall = (harmful && !incidents.is_empty()).then(|| share(found, incidents.len()));
    let median_delay_minutes = median(&delays);
    Tally {
        harmful,
        incidents: incidents.len(),
        found,
        recall,
        median_delay_minutes,
        false_alarms: 0,
    }
}

pub(super) fn relation(alert: &Notice, label: &Label) -> Relation {
    if !overlaps(alert, label) || !label.cells_allow(alert) {
        return Relation::Unrelated;
    }
    match (label.moves.get(alert.metric.as_str()), direction(alert)) {
        (Some(Move::Both), _)
        | (Some(_), None)
        | (Some(Move::Up), Some(Move::Up))
        | (Some(Move::Down), Some(Move::Down)) => Relation::Finds,
        (Some(_), Some(_)) | (None, _) => Relation::Follows,
    }
}

fn overlaps(alert: &Notice, label: &Label) -> bool {
    let window = SignedDuration::from_mins(i64::from(alert.window_minutes));
    let until = label.end.checked_add(window).unwrap_or(Timestamp::MAX);
    (label.start..until).contains(&alert.time)
}

/// Which way the alert says that its metric went: against what was expected where that is known, else
/// the bad way.
fn direction(alert: &Notice) -> Option<Move> {
    if let (Some(value), Some(expected)) = (alert.value, alert.expected) {
        return Some(if value > expected.mid { Move::Up } else { Move::Down });
    }
    match alert.metric.definition().bad {
        BadDirection::Up => Some(Move::Up),
        BadDirection::Down => Some(Move::Down),
        BadDirection::Both => None,
    }
}

impl Label {
    fn cells_allow(&self, alert: &Notice) -> bool {
        let agrees = |cell: &BTreeMap<String, String>| {
            cell.iter().all(|(name, value)| alert.cell.get(name).is_none_or(|other| other == value))
        };
        self.cells.is_empty() || self.cells.iter().any(agrees)
    }
}

/// `None` of nothing; of an even number the mean of the two in the middle.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

#[expect(clippy::cast_precision_loss, reason = "few")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests;
