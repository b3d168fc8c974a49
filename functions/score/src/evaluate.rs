//! Judges the rules on what is visible now.

use std::collections::BTreeMap;

use tocsin_domain::{
    alert::{self, Alert, AlertState, Change, Evidence, Step},
    id::TenantId,
    minute::Minute,
    rule::{Condition, Judgement, Rule, Verdict},
};
use tocsin_shell::{
    rollups::Reader,
    store::{
        Store, StoreError,
        alerts::{Changed, LiveAlerts, Stepped},
    },
};

use crate::{
    after,
    detectors::{self, Readings},
    explain,
    judge::{self, Cell, Judged},
    outages::Outages,
    rerun::Rerun,
    windows::Windows,
};

/// What the rules are judged for.
#[derive(Debug)]
pub(crate) enum Purpose<'d> {
    /// A tick: detectors go on from their checkpoint, and all evidence is gathered, for somebody will
    /// look at it.
    Tick,
    /// A backtest: detectors of its own, changes that were read before, and only what verdicts rest on.
    Backtest { detectors: &'d mut Rerun, changes: &'d [Change] },
}

/// Steps every alert by the rules; returns the alerts that live then, and those that changed.
pub(crate) async fn evaluate(
    store: &Store,
    reader: &Reader<'_>,
    tenant: &TenantId,
    rules: &[Rule],
    live: &LiveAlerts,
    (now, purpose): (i64, Purpose<'_>),
) -> Result<Stepped, StoreError> {
    let windows = Windows::read(reader, rules, Minute::of(now)).await?;
    let is_tick = matches!(purpose, Purpose::Tick);
    let follows = |rule: &Rule| matches!(rule.condition, Condition::AfterChange(_));
    let is_following = rules.iter().any(follows);
    let (readings, mut changes) = match purpose {
        Purpose::Tick => {
            let read = detectors::detect(store, reader, tenant, rules, &windows, now).await?;
            let changes =
                if is_following { after::changes(store, tenant, now).await? } else { Vec::new() };
            (read, changes)
        }
        Purpose::Backtest { detectors, changes } => {
            let read = detectors.readings(reader, &windows, Minute::of(now)).await?;
            (read, after::of_the_day(changes, now))
        }
    };
    let mut stepped = Stepped { alerts: live.alerts.clone(), ..Stepped::default() };
    let judged = judged(reader, rules, &windows, &readings, &changes).await?;
    let is_open = |judgement: &Judgement| judgement.verdict == Verdict::Open;
    let may_open = judged.iter().any(|(_, cells)| cells.values().any(is_open));
    if is_tick && may_open && !is_following {
        changes = after::changes(store, tenant, now).await?;
    }
    let outages = if is_tick {
        Outages::find(reader, &windows, &judged).await?
    } else {
        // When sources were heard of is not told of the past: nothing freezes.
        Outages::default()
    };
    let mut bad = BTreeMap::new();
    for (rule, mut cells) in judged {
        // What fires and has no data any more is judged as well.
        for alert in live.alerts.values().filter(|alert| alert.rule == rule.name) {
            cells.entry(alert.cell.clone()).or_insert_with(|| rule.judge(&[], &[]));
        }
        for (cell, judgement) in cells {
            let fingerprint = alert::fingerprint(tenant, &rule.name, &cell);
            let existing = stepped.alerts.get(&fingerprint).cloned();
            if existing.is_none() && judgement.verdict != Verdict::Open {
                continue; // Nothing begins, and there is nothing to freeze.
            }
            if let Some(source) = frozen_by(&outages, rule, &cell, &judgement) {
                let step = existing.map_or(Step::Keep, |alert| alert.freeze(source, now));
                apply(live, &mut stepped, &fingerprint, step);
                continue;
            }
            let before = existing.as_ref().map(|alert| (alert.state, alert.evidence.clone()));
            let evidence = || {
                let goes_on = before.as_ref().filter(|of| of.0 != AlertState::Resolved);
                evidence(rule, &judgement, goes_on.map(|of| &of.1), &changes)
            };
            let step = alert::step(tenant, existing, rule, &cell, &judgement, evidence, now);
            let is_bad = matches!(judgement.verdict, Verdict::Open | Verdict::Hold);
            if is_bad && matches!(step, Step::Store(_)) {
                bad.insert(fingerprint.clone(), (rule, before.map(|of| of.0)));
            }
            apply(live, &mut stepped, &fingerprint, step);
        }
    }
    if is_tick {
        explain(reader, &windows, &mut stepped, &bad, now).await?;
    }
    for alert in live.alerts.values() {
        if !rules.iter().any(|rule| rule.name == alert.rule) {
            apply(live, &mut stepped, &alert.fingerprint, alert.clone().retire(now));
        }
    }
    // One that is over for so long that it can not open again lives on in the history only.
    stepped.alerts.retain(|_, alert| {
        !alert.is_history(now) || alert.is_waiting() || live.groups.is_about(&alert.id)
    });
    Ok(stepped)
}

/// What each rule says of its cells.
async fn judged<'r>(
    reader: &Reader<'_>,
    rules: &'r [Rule],
    windows: &Windows,
    readings: &Readings,
    changes: &[Change],
) -> Result<Vec<(&'r Rule, Judged)>, StoreError> {
    let alarms = judge::alarms(rules, readings);
    let mut judged = Vec::new();
    for rule in rules {
        let cells = match &rule.condition {
            Condition::Anomaly(anomaly) => judge::by_detectors(rule, anomaly, readings, &alarms),
            Condition::Conflict(pair) => judge::by_pair(reader, rule, *pair, windows).await?,
            Condition::AfterChange(after) => {
                after::by_changes(reader, rule, *after, windows, changes).await?
            }
            Condition::Threshold { .. }
            | Condition::Drop { .. }
            | Condition::Rise { .. }
            | Condition::Slo(_)
            | Condition::Event(_)
            | Condition::SilenceOf(_) => judge::by_windows(reader, rule, windows).await?,
        };
        judged.push((rule, cells));
    }
    Ok(judged)
}

/// Completes the evidence of what is bad and stored.
async fn explain(
    reader: &Reader<'_>,
    windows: &Windows,
    stepped: &mut Stepped,
    bad: &BTreeMap<String, (&Rule, Option<AlertState>)>,
    now: i64,
) -> Result<(), StoreError> {
    let stored = stepped.alerts.iter_mut();
    let stored = stored.filter_map(|(fingerprint, alert)| Some((bad.get(fingerprint)?.0, alert)));
    explain::explain(reader, windows, stored.collect()).await?;
    for (fingerprint, (rule, state)) in bad {
        if let Some(alert) = stepped.alerts.get_mut(fingerprint) {
            alert.weigh(rule, *state, now);
        }
    }
    for changed in &mut stepped.changed {
        if let Changed::Stored(written) = changed
            && let Some(alert) = stepped.alerts.get(&written.fingerprint)
            && alert.id == written.id
        {
            written.clone_from(alert);
        }
    }
    Ok(())
}

fn apply(live: &LiveAlerts, stepped: &mut Stepped, fingerprint: &str, step: Step) {
    match step {
        Step::Keep => {}
        Step::Drop => {
            if let Some(alert) = stepped.alerts.remove(fingerprint) {
                let Alert { id, fingerprint, .. } = alert;
                stepped.changed.push(Changed::Dropped { id, fingerprint });
            }
        }
        Step::Store(alert) => {
            stepped.changed.push(Changed::Stored(alert.clone()));
            let id = alert.id.clone();
            let before = stepped.alerts.insert(fingerprint.to_owned(), alert);
            // Its cell has begun another, and it is not told to the end.
            let is_told_of = |one: &Alert| one.is_waiting() || live.groups.is_about(&one.id);
            if let Some(before) = before.filter(|one| one.id != id && is_told_of(one)) {
                stepped.alerts.insert(before.id.clone(), before);
            }
        }
    }
}

/// The source that freezes a cell's alert. One event is enough, whatever else is missing: it opens,
/// and does not resolve.
fn frozen_by<'o>(
    outages: &'o Outages,
    rule: &Rule,
    cell: &Cell,
    judgement: &Judgement,
) -> Option<&'o str> {
    let is_enough =
        matches!(rule.condition, Condition::Event(_)) && judgement.verdict == Verdict::Open;
    if is_enough { None } else { outages.feeding(&rule.selection, cell) }
}

/// What the verdict says, and what was known of the alert before.
fn evidence(
    rule: &Rule,
    judgement: &Judgement,
    before: Option<&Evidence>,
    changes: &[Change],
) -> Evidence {
    Evidence {
        value: judgement.value,
        expected: judgement.expected,
        n: judgement.n,
        reason: judgement.reason.clone(),
        threshold: rule.condition.to_string(),
        window: judgement.window,
        // What was deployed in the day before it opened.
        changes: before.map_or(changes, |before| &before.changes).to_vec(),
        ..before.cloned().unwrap_or_default()
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
