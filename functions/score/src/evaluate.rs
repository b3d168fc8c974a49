//! Judges the rules on what is visible now.

use tocsin_domain::{
    alert::{self, Alert, Change, Evidence, Step},
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
    after, detectors,
    judge::{self, Cell},
    outages::Outages,
    windows::Windows,
};

/// Conversations named by an alert.
const EXEMPLARS: usize = 5;

/// Steps every alert by the rules; returns the alerts that live then, and those that changed.
pub(crate) async fn evaluate(
    store: &Store,
    reader: &Reader<'_>,
    tenant: &TenantId,
    rules: &[Rule],
    live: &LiveAlerts,
    now: i64,
) -> Result<Stepped, StoreError> {
    let windows = Windows::read(reader, rules, Minute::of(now)).await?;
    let readings = detectors::detect(store, reader, tenant, rules, &windows, now).await?;
    let alarms = judge::alarms(rules, &readings);
    let mut stepped = Stepped { alerts: live.alerts.clone(), ..Stepped::default() };
    let follows = |rule: &Rule| matches!(rule.condition, Condition::AfterChange(_));
    let mut changes = Vec::new();
    if rules.iter().any(follows) {
        changes = after::changes(store, tenant, now).await?;
    }
    let mut judged = Vec::new();
    for rule in rules {
        let cells = match &rule.condition {
            Condition::Anomaly(anomaly) => judge::by_detectors(rule, anomaly, &readings, &alarms),
            Condition::Conflict(pair) => judge::by_pair(reader, rule, *pair, &windows).await?,
            Condition::AfterChange(after) => {
                after::by_changes(reader, rule, *after, &windows, &changes).await?
            }
            Condition::Threshold { .. }
            | Condition::Drop { .. }
            | Condition::Rise { .. }
            | Condition::Slo(_)
            | Condition::Event(_)
            | Condition::SilenceOf(_) => judge::by_windows(reader, rule, &windows).await?,
        };
        judged.push((rule, cells));
    }
    let is_open = |judgement: &Judgement| judgement.verdict == Verdict::Open;
    let may_open = judged.iter().any(|(_, cells)| cells.values().any(is_open));
    if may_open && !rules.iter().any(follows) {
        changes = after::changes(store, tenant, now).await?;
    }
    let outages = Outages::find(reader, &windows, &judged).await?;
    for (rule, mut cells) in judged {
        // What fires and has no data any more is judged as well.
        for alert in live.alerts.values().filter(|alert| alert.rule == rule.name) {
            cells.entry(alert.cell.clone()).or_insert_with(|| rule.judge(&[], &[]));
        }
        for (cell, judgement) in cells {
            let fingerprint = alert::fingerprint(tenant, &rule.name, &cell);
            let existing = stepped.alerts.get(&fingerprint).cloned();
            if let Some(source) = frozen_by(&outages, rule, &cell, &judgement) {
                let step = existing.map_or(Step::Keep, |alert| alert.freeze(source, now));
                apply(&mut stepped, &fingerprint, step);
                continue;
            }
            let exemplars = windows.exemplars(rule, &cell);
            // What was deployed in the day before it opened.
            let before = existing.as_ref().map(|alert| &alert.evidence.changes);
            let changes = before.unwrap_or(&changes).clone();
            let evidence = || evidence(rule, &judgement, exemplars, changes);
            let step = alert::step(tenant, existing, rule, &cell, &judgement, evidence, now);
            apply(&mut stepped, &fingerprint, step);
        }
    }
    for alert in live.alerts.values() {
        if !rules.iter().any(|rule| rule.name == alert.rule) {
            apply(&mut stepped, &alert.fingerprint, alert.clone().retire(now));
        }
    }
    // One that is over for so long that it can not open again lives on in the history only.
    stepped.alerts.retain(|_, alert| {
        !alert.is_history(now) || alert.is_waiting() || live.groups.is_about(&alert.id)
    });
    Ok(stepped)
}

fn apply(stepped: &mut Stepped, fingerprint: &str, step: Step) {
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
            if let Some(before) = before.filter(|one| one.id != id && one.is_waiting()) {
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

fn evidence(
    rule: &Rule,
    judgement: &Judgement,
    mut exemplars: Vec<String>,
    changes: Vec<Change>,
) -> Evidence {
    exemplars.truncate(EXEMPLARS);
    Evidence {
        value: judgement.value,
        expected: judgement.expected,
        n: judgement.n,
        reason: judgement.reason.clone(),
        threshold: rule.condition.to_string(),
        window: judgement.window,
        exemplars,
        changes,
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
