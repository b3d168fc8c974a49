//! The evidence of alerts that are stored in this tick: what the difference is made of, since when,
//! which change fits, whom it hits.
//!
//! Bounded: what rules were judged on is read already; where that is too short, [`HELD`] of minutes and
//! of each earlier week are read once for all alerts. A metric's rows are picked out once a tick.

use std::{collections::BTreeMap, sync::Arc};

use tocsin_domain::{
    alert::Alert,
    evidence::{self, Cell, Curve, Explanation, Part, Rows, Spans, fit},
    metric::{Family, Kind, Metric},
    minute::Minute,
    query::Selection,
    rule::{Condition, Rule},
    sums::Sums,
};
use tocsin_shell::{
    rollups::{QueryError, Reader},
    store::StoreError,
};

use crate::windows::Windows;

/// How far back minutes are held at least, in minutes.
pub(crate) const HELD: i32 = evidence::ONSET;
/// Every answer of an AI agent is a trial of it.
const ANSWERS: Metric = Metric::FallbackRate;
/// Conversations named by an alert.
const EXEMPLARS: usize = 5;

/// The minutes that evidence rests on.
pub(crate) struct Held {
    /// The first minute that is held.
    pub(crate) first: Minute,
    /// The minute after the last.
    pub(crate) end: Minute,
    pub(crate) current: Arc<Sums>,
    /// Earlier weeks, with how many minutes they lie back.
    pub(crate) weeks: Vec<(i32, Arc<Sums>)>,
}

/// One metric's rows, of now and of earlier weeks.
struct Told<'a> {
    current: Rows<'a>,
    weeks: Vec<(i32, Rows<'a>)>,
}

/// Gathers evidence within one tick.
struct Gatherer<'a> {
    held: &'a Held,
    told: BTreeMap<Metric, Told<'a>>,
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

impl<'a> Gatherer<'a> {
    fn complete(&mut self, rule: &Rule, alert: &mut Alert) {
        let selection = rule.selection.narrowed(&alert.cell);
        let length = alert.evidence.window.clamp(1, self.held.end.0 - self.held.first.0);
        let window = (self.held.end.plus(-length), self.held.end);
        let begun = Minute::of(alert.opened).plus(1 - length);
        self.pick(selection.metric);
        self.pick(Metric::RevenueAtRisk);
        if selection.metric.kind() == Kind::Count {
            self.pick(ANSWERS);
        }
        let (Some(told), Some(revenue)) =
            (self.told.get(&selection.metric), self.told.get(&Metric::RevenueAtRisk))
        else {
            return;
        };
        let spans = Spans {
            window,
            held: self.held.first,
            episode: begun,
            current: &told.current,
            weeks: &told.weeks,
            traffic: self.told.get(&ANSWERS).map(|told| &told.current),
        };
        let (mut explanation, curve) = match refusal(rule) {
            Some(why) => (Explanation::refusal(why), Curve::default()),
            None => evidence::explain(&selection, &spans),
        };
        let part = explanation
            .first()
            .cloned()
            .unwrap_or_else(|| Part { before: Some(explanation.before), ..Part::default() });
        let mut window = window;
        if explanation.refused.is_none() {
            window.0 = window.1.plus(-explanation.window);
            // What began before the minutes that are held was seen to begin when they were.
            let before = &alert.evidence.explanation;
            if explanation.onset.is_none() && begun < self.held.first {
                explanation.onset = before.onset;
            }
            let known = fit::Known {
                selection: &selection,
                explanation: &explanation,
                part: &part,
                curve: &curve,
                rows: &told.current,
                held: (self.held.first, self.held.end),
                window: begun,
            };
            fit::rank(&mut alert.evidence.changes, &known);
        }
        let evidence = &mut alert.evidence;
        self.exemplify(&mut evidence.exemplars, (&selection, &part), told, window);
        let usual = explanation.refused.is_none().then_some((explanation.now, explanation.before));
        evidence.affected = evidence::waiting(selection.metric, evidence.value)
            .or_else(|| evidence::affected(&selection, usual, &told.current, window));
        let is_about_data = selection.metric.definition().family == Family::Data;
        evidence.revenue = if is_about_data {
            Vec::new()
        } else {
            let cell: Cell = alert.cell.iter().chain(&part.cell).cloned().collect();
            evidence::revenue(&cell, &revenue.current, &revenue.weeks, window)
        };
        evidence.completeness = self.completeness;
        evidence.impact = evidence
            .affected
            .map(|hit| rule.harm * f64::from(u32::try_from(hit.conversations).unwrap_or(0)));
        evidence.explanation = explanation;
    }

    /// Conversations of the part that explains most, or of all where nothing is known of it.
    fn exemplify(
        &self,
        exemplars: &mut Vec<String>,
        (selection, part): (&Selection, &Part),
        told: &Told<'_>,
        window: (Minute, Minute),
    ) {
        let narrowed = selection.narrowed(&part.cell);
        let whole = (self.held.first, window.1);
        let spans = [window, whole].into_iter();
        let found =
            spans.map(|span| evidence::exemplars(&narrowed, &told.current, span, EXEMPLARS));
        *exemplars = found.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    }

    fn pick(&mut self, metric: Metric) {
        let held = self.held;
        self.told.entry(metric).or_insert_with(|| Told {
            current: Rows::of(&held.current, metric),
            weeks: held.weeks.iter().map(|(back, sums)| (*back, Rows::of(sums, metric))).collect(),
        });
    }
}
