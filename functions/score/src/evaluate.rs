//! Judges the rules on what is visible now.

use serde_json::Value;
use tocsin_domain::{
    alert::{self, Alert, Change, Evidence, REOPEN_WITHIN, Step},
    chunk::ObservationKind,
    id::TenantId,
    minute::{DAY, Minute},
    rule::{Judgement, Rule, Verdict},
};
use tocsin_shell::{
    rollups::Reader,
    store::{
        Store, StoreError,
        alerts::{Changed, LiveAlerts, Stepped},
    },
};

use crate::{detectors, judge, windows::Windows};

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
    let mut stepped = Stepped { alerts: live.alerts.clone(), changed: Vec::new() };
    for rule in rules {
        let mut judged = match detectors::anomaly(rule) {
            Some(anomaly) => judge::by_detectors(rule, anomaly, &readings, &alarms),
            None => judge::by_windows(reader, rule, &windows).await?,
        };
        // What fires and has no data any more is judged as well.
        for alert in live.alerts.values().filter(|alert| alert.rule == rule.name) {
            judged.entry(alert.cell.clone()).or_insert_with(|| rule.judge(&[], &[]));
        }
        for (cell, judgement) in judged {
            let fingerprint = alert::fingerprint(tenant, &rule.name, &cell);
            let existing = stepped.alerts.get(&fingerprint).cloned();
            let exemplars = windows.exemplars(rule, &cell);
            let changes = changes(store, tenant, now, existing.as_ref(), &judgement).await?;
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
        let over = alert.resolved.is_some_and(|resolved| now - resolved > REOPEN_WITHIN);
        !over || !alert.pending_notifications.is_empty()
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
            stepped.alerts.insert(fingerprint.to_owned(), alert);
        }
    }
}

/// What was deployed in the day before; read only where an alert may open.
async fn changes(
    store: &Store,
    tenant: &TenantId,
    now: i64,
    existing: Option<&Alert>,
    judgement: &Judgement,
) -> Result<Vec<Change>, StoreError> {
    if existing.is_some() || judgement.verdict != Verdict::Open {
        return Ok(existing.map(|alert| alert.evidence.changes.clone()).unwrap_or_default());
    }
    let found = store.events_between(tenant, ObservationKind::Change, now - DAY, now, now).await?;
    let changes = found.iter().filter_map(|change| {
        let data: Value = serde_json::from_str(&change.data).ok()?;
        let text = |name: &str| data.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Change {
            time: change.time,
            kind: text("component")?,
            name: text("name")?,
            version: text("version")?,
        })
    });
    Ok(changes.collect())
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
