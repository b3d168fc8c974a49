//! Judges the rules on what is visible now.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tocsin_domain::{
    alert::{self, Alert, Change, Evidence, REOPEN_WITHIN, Step},
    chunk::ObservationKind,
    id::TenantId,
    metric::Kind,
    minute::{DAY, Minute},
    query::Label,
    rule::{Condition, Judgement, Rule, Verdict},
};
use tocsin_shell::{
    rollups::Reader,
    store::{
        Store, StoreError,
        alerts::{Changed, LiveAlerts, Stepped},
    },
};

use crate::windows::Windows;

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
    let mut stepped = Stepped { alerts: live.alerts.clone(), changed: Vec::new() };
    for rule in rules {
        let mut judged = judge(reader, rule, &windows).await?;
        // What fires and has no data any more is judged as well.
        for alert in live.alerts.values().filter(|alert| alert.rule == rule.name) {
            let label: Label = alert.cell.iter().map(|(_, value)| value.clone()).collect();
            judged.entry(label).or_insert_with(|| rule.judge(&[], &[]));
        }
        for (label, judgement) in judged {
            let names = rule.selection.label_names().map(str::to_owned);
            let cell: Vec<(String, String)> = names.zip(label).collect();
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

async fn judge(
    reader: &Reader<'_>,
    rule: &Rule,
    windows: &Windows,
) -> Result<BTreeMap<Label, Judgement>, StoreError> {
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
        (label.clone(), rule.judge(&current, &weeks))
    });
    Ok(judged.collect())
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
        threshold: rule.condition.to_string(),
        window: judgement.window,
        exemplars,
        changes,
    }
}
