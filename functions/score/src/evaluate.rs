//! Judges the rules on what is visible now.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tocsin_domain::{
    alert::{self, Alert, Change, Evidence, REOPEN_WITHIN, Step},
    chunk::ObservationKind,
    id::TenantId,
    metric::Kind,
    minute::{DAY, Hour, Minute},
    query::{self, Label, Point, Selection, Steps},
    rule::{Condition, Judgement, Rule, Verdict},
    sums::{Amount, Sums},
};
use tocsin_shell::{
    rollups::{QueryError, Reader},
    store::{
        Store, StoreError,
        alerts::{Changed, LiveAlerts, Stepped},
    },
};

/// Minutes of a week.
const WEEK: i32 = 7 * 1440;
/// Weeks that a rule compares with.
const WEEKS: i32 = 4;
/// Conversations named by an alert.
const EXEMPLARS: usize = 5;

/// What the rules are judged on.
struct Windows {
    now: Minute,
    current: Sums,
    /// The same hours of earlier weeks, the latest first.
    weeks: Vec<Sums>,
}

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
            judged.entry(label).or_insert_with(|| rule.judge(&Amount::default(), &[]));
        }
        for (label, judgement) in judged {
            let names = rule.selection.label_names().map(str::to_owned);
            let cell: Vec<(String, String)> = names.zip(label).collect();
            let fingerprint = alert::fingerprint(tenant, &rule.name, &cell);
            let existing = stepped.alerts.get(&fingerprint).cloned();
            let exemplars = exemplars(rule, &cell, &windows);
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

fn compares_weeks(rule: &Rule) -> bool {
    matches!(rule.condition, Condition::Drop { .. } | Condition::Rise { .. })
}

impl Windows {
    async fn read(reader: &Reader<'_>, rules: &[Rule], now: Minute) -> Result<Self, StoreError> {
        let longest = rules.iter().map(|rule| rule.window).max().unwrap_or_default();
        let hours = |end: Minute| (end.plus(-longest).hour(), end.hour());
        let current = reader.sums(hours(now)).await?;
        let mut weeks = Vec::new();
        if rules.iter().any(compares_weeks) {
            let first = reader.snapshot().head.first;
            for week in 1..=WEEKS {
                let hours: (Hour, Hour) = hours(now.plus(-week * WEEK));
                let kept = first.is_some_and(|first| hours.0 >= first);
                weeks.push(if kept { reader.sums(hours).await? } else { Sums::default() });
            }
        }
        Ok(Self { now, current, weeks })
    }

    /// The window of a rule that ends now, or so many weeks ago.
    fn of(&self, rule: &Rule, week: i32) -> (Minute, Minute) {
        let end = self.now.plus(1 - week * WEEK);
        (end.plus(-rule.window), end)
    }
}

async fn judge(
    reader: &Reader<'_>,
    rule: &Rule,
    windows: &Windows,
) -> Result<BTreeMap<Label, Judgement>, StoreError> {
    let selection = &rule.selection;
    let current = amounts(reader, selection, &windows.current, windows.of(rule, 0)).await?;
    let mut earlier: Vec<BTreeMap<Label, Amount>> = Vec::new();
    if compares_weeks(rule) {
        for (week, sums) in (1..).zip(&windows.weeks) {
            earlier.push(amounts(reader, selection, sums, windows.of(rule, week)).await?);
        }
    }
    let mut labels: BTreeSet<&Label> = current.keys().collect();
    let (whole, is_count) = (Label::new(), selection.metric.kind() == Kind::Count);
    // A cell that had data in other weeks and has none now is judged too: its count dropped.
    if is_count && matches!(rule.condition, Condition::Drop { .. }) {
        labels.extend(earlier.iter().flat_map(BTreeMap::keys));
    }
    // Of a count nothing is a figure: zero, once anything was ever counted.
    let counted = reader.snapshot().head.first.is_some() || !reader.snapshot().open.is_empty();
    if is_count && selection.by.is_empty() && counted {
        labels.insert(&whole);
    }
    let nothing = Amount::default();
    let judged = labels.into_iter().map(|label| {
        let baseline: Vec<Amount> =
            earlier.iter().filter_map(|week| week.get(label)).cloned().collect();
        (label.clone(), rule.judge(current.get(label).unwrap_or(&nothing), &baseline))
    });
    Ok(judged.collect())
}

/// What a selection comes to in a window. What follows from levels needs all flows before it, which
/// the sums of the window do not hold.
async fn amounts(
    reader: &Reader<'_>,
    selection: &Selection,
    sums: &Sums,
    (first, end): (Minute, Minute),
) -> Result<BTreeMap<Label, Amount>, StoreError> {
    let steps = if !selection.metric.follows_minutes() {
        // Rules are loaded only where their selection is kept, so there is nothing to refuse.
        return Ok(query::cells(selection, sums, (first, end)).unwrap_or_default());
    } else if selection.metric.kind() == Kind::Gauge {
        Steps::range(end.plus(-1), end)
    } else {
        Steps::range(first, end)
    };
    let series = match reader.series(selection, &steps).await {
        Ok(series) => series,
        Err(QueryError::Store(error)) => return Err(error),
        Err(QueryError::NotKept(_)) => Vec::new(),
    };
    let amounts = series.into_iter().filter_map(|series| {
        let amount = of_levels(series.points.last()?)?;
        let names = selection.label_names();
        Some((names.filter_map(|name| series.dimensions.get(name).cloned()).collect(), amount))
    });
    Ok(amounts.collect())
}

/// A share of levels as its trials; a level in whole units.
fn of_levels(point: &Point) -> Option<Amount> {
    if let (Some(part), Some(whole)) = (point.numerator, point.denominator) {
        return Some(Amount { sum: i128::from(part), count: whole, ..Amount::default() });
    }
    #[expect(clippy::cast_possible_truncation, reason = "levels are whole and small")]
    point.value.map(|value| Amount::value(value.round() as i64))
}

fn exemplars(rule: &Rule, cell: &[(String, String)], windows: &Windows) -> Vec<String> {
    let selection = rule.selection.narrowed(cell);
    let found = query::exemplars(&windows.current, &selection, windows.of(rule, 0));
    found.iter().take(EXEMPLARS).map(ToString::to_string).collect()
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
    exemplars: Vec<String>,
    changes: Vec<Change>,
) -> Evidence {
    Evidence {
        value: judgement.value,
        expected: judgement.expected,
        n: judgement.n,
        threshold: rule.condition.to_string(),
        window: rule.window,
        exemplars,
        changes,
    }
}
