//! The evidence of alerts that are stored in this tick: what the difference is made of, since when,
//! which change fits, whom it hits.
//!
//! Bounded: what rules were judged on is read already; where that is too short, [`HELD`] of minutes and
//! of each earlier week are read once for all alerts. A metric's rows are picked out once a tick.

use std::collections::BTreeMap;

use tocsin_domain::{
    alert::Alert,
    evidence::{self, Cell, Curve, Explanation, Part, Rows, Spans, fit},
    metric::{Family, Kind, Metric},
    minute::Minute,
    query::Selection,
    rule::{Condition, Rule},
};
use tocsin_shell::{
    rollups::{Parts, QueryError, Reader},
    store::StoreError,
};

use crate::windows::Windows;

/// How far back minutes are held at least, in minutes.
pub(crate) const HELD: i32 = evidence::ONSET;
/// Every answer of an AI agent is a trial of it.
const ANSWERS: Metric = Metric::FallbackRate;
/// Conversations named by an alert.
const EXEMPLARS: usize = 5;
/// Changes kept with an alert, what fits best first.
const CHANGES: usize = 20;

/// The minutes that evidence rests on.
pub(crate) struct Held {
    /// The first minute that is held.
    pub(crate) first: Minute,
    /// The minute after the last.
    pub(crate) end: Minute,
    pub(crate) current: Parts,
    /// Earlier weeks, with how many minutes they lie back; `None` where nothing was counted yet.
    pub(crate) weeks: Vec<(i32, Option<Parts>)>,
}

/// One metric's rows, of now and of earlier weeks.
struct Told {
    current: Rows,
    weeks: Vec<(i32, Rows)>,
}

/// Gathers evidence within one tick.
struct Gatherer<'a> {
    held: &'a Held,
    told: BTreeMap<Metric, Told>,
    completeness: Option<f64>,
}

/// Completes the evidence of these alerts.
pub(crate) async fn explain(
    reader: &Reader<'_>,
    windows: &Windows,
    alerts: Vec<(&Rule, &mut Alert)>,
) -> Result<(), StoreError> {
    if alerts.is_empty() {
        return Ok(());
    }
    let held = windows.held(reader).await?;
    let completeness = match reader.completeness(&Selection::total(Metric::Completeness)).await {
        Ok(completeness) => completeness,
        Err(QueryError::Store(error)) => return Err(error),
        // It is kept by source, and as a whole, so there is nothing to refuse.
        Err(QueryError::NotKept(_)) => None,
    };
    let mut gatherer = Gatherer { held: &held, told: BTreeMap::new(), completeness };
    for (rule, alert) in alerts {
        gatherer.complete(rule, alert);
    }
    Ok(())
}

/// Why a rule's alerts have no difference to explain.
fn refusal(rule: &Rule) -> Option<&'static str> {
    match rule.condition {
        Condition::Event(_) => Some("one event is enough, so there is no difference to explain"),
        Condition::Conflict(_) => Some("two metrics moved against each other: open each of them"),
        Condition::SilenceOf(_)
        | Condition::Threshold { .. }
        | Condition::Drop { .. }
        | Condition::Rise { .. }
        | Condition::Anomaly(_)
        | Condition::Slo(_)
        | Condition::AfterChange(_) => None,
    }
}

/// What an alert is about.
struct Case {
    selection: Selection,
    /// What was judged, as far as it is held.
    window: (Minute, Minute),
    /// The first minute of the first window that was bad.
    begun: Minute,
}

impl Gatherer<'_> {
    fn complete(&mut self, rule: &Rule, alert: &mut Alert) {
        let held = (self.held.first, self.held.end);
        let length = alert.evidence.window.clamp(1, held.1.0 - held.0.0);
        let case = Case {
            selection: rule.selection.narrowed(&alert.cell),
            window: (held.1.plus(-length), held.1),
            begun: Minute::of(alert.opened).plus(1 - length),
        };
        self.pick(case.selection.metric);
        self.pick(Metric::RevenueAtRisk);
        if case.selection.metric.kind() == Kind::Count {
            self.pick(ANSWERS);
        }
        if let Some(told) = self.told.get(&case.selection.metric) {
            let part = self.explain(rule, alert, &case, told);
            self.exemplify(alert, &case, &part, told);
            self.count(rule, alert, &case, &part, told);
        }
    }

    /// What the difference is made of, and which change fits; returns the part that explains most, or all.
    fn explain(&self, rule: &Rule, alert: &mut Alert, case: &Case, told: &Told) -> Part {
        let spans = Spans {
            window: case.window,
            held: self.held.first,
            episode: case.begun,
            current: &told.current,
            weeks: &told.weeks,
            traffic: self.told.get(&ANSWERS).map(|told| &told.current),
        };
        let (mut explanation, curve) = match refusal(rule) {
            Some(why) => (Explanation::refusal(why), Curve::default()),
            None => evidence::explain(&case.selection, &spans),
        };
        let before = &alert.evidence.explanation;
        // What began before the minutes that are looked at was seen to begin when they were.
        if case.begun < self.held.end.plus(-HELD) && before.onset.is_some() {
            explanation.onset = before.onset;
        }
        let whole = Part { before: Some(explanation.before), ..Part::default() };
        let part = explanation.first().cloned().unwrap_or(whole);
        if explanation.refused.is_none() {
            let known = fit::Known {
                selection: &case.selection,
                explanation: &explanation,
                part: &part,
                curve: &curve,
                rows: &told.current,
                held: (self.held.first, self.held.end),
                window: case.begun,
            };
            fit::rank(&mut alert.evidence.changes, &known);
        }
        alert.evidence.changes.truncate(CHANGES);
        alert.evidence.explanation = explanation;
        part
    }

    /// Conversations of the part that explains most, or of all where nothing is known of it.
    fn exemplify(&self, alert: &mut Alert, case: &Case, part: &Part, told: &Told) {
        let narrowed = case.selection.narrowed(&part.cell);
        let spans = [explained(alert, case), (self.held.first, self.held.end)].into_iter();
        let mut found =
            spans.map(|span| evidence::exemplars(&narrowed, &told.current, span, EXEMPLARS));
        let found = found.find(|found| !found.is_empty()).unwrap_or_default();
        alert.evidence.exemplars = found.iter().map(ToString::to_string).collect();
    }

    /// Whom it hits.
    fn count(&self, rule: &Rule, alert: &mut Alert, case: &Case, part: &Part, told: &Told) {
        let (metric, window) = (case.selection.metric, explained(alert, case));
        let Alert { evidence, cell, .. } = alert;
        let explanation = &evidence.explanation;
        let usual = explanation.refused.is_none().then_some((explanation.now, explanation.before));
        evidence.affected = evidence::waiting(metric, evidence.value)
            .or_else(|| evidence::affected(&case.selection, usual, &told.current, window));
        let hit = evidence.affected.and_then(|hit| u32::try_from(hit.conversations).ok());
        evidence.impact = hit.map(|hit| rule.harm * f64::from(hit));
        evidence.completeness = self.completeness;
        let revenue = self.told.get(&Metric::RevenueAtRisk);
        let revenue = revenue.filter(|_| metric.definition().family != Family::Data);
        evidence.revenue = revenue.map_or_else(Vec::new, |told| {
            let cell: Cell = cell.iter().chain(&part.cell).cloned().collect();
            evidence::revenue(&cell, &told.current, &told.weeks, window)
        });
    }

    fn pick(&mut self, metric: Metric) {
        let held = self.held;
        let week = |(back, parts): &(i32, Option<Parts>)| {
            (*back, Rows::of(parts.iter().flat_map(Parts::all), metric))
        };
        self.told.entry(metric).or_insert_with(|| Told {
            current: Rows::of(held.current.all(), metric),
            weeks: held.weeks.iter().map(week).collect(),
        });
    }
}

/// The minutes that were taken apart, or else judged.
fn explained(alert: &Alert, case: &Case) -> (Minute, Minute) {
    let explanation = &alert.evidence.explanation;
    let end = case.window.1;
    if explanation.refused.is_some() { case.window } else { (end.plus(-explanation.window), end) }
}
