//! What rules with `after_change` compare: the time since each change of the last day, with the same
//! hours before it.

use std::collections::BTreeMap;

use serde_json::Value;
use tocsin_domain::{
    alert::Change,
    chunk::ObservationKind,
    id::TenantId,
    minute::{DAY, Minute},
    query::{Label, Selection},
    rule::{AHEAD, AfterChange, FAR_AHEAD, Rule, Since},
};
use tocsin_shell::{
    rollups::Reader,
    store::{Store, StoreError},
};

use crate::{
    judge::{Judged, cell},
    windows::{Cells, WEEK, WEEKS, Windows, answered},
};

/// Changes that are looked at, the latest.
const CHANGES: usize = 3;
/// Weeks from which on they are compared with; before, days are.
const ENOUGH_WEEKS: usize = 2;
const DAYS: i32 = 7;
const MINUTES_A_DAY: i32 = 1440;

/// What was deployed in the day before, oldest first.
pub(crate) async fn changes(
    store: &Store,
    tenant: &TenantId,
    now: i64,
) -> Result<Vec<Change>, StoreError> {
    changes_between(store, tenant, (now - DAY, now)).await
}

/// What was deployed in a span of time, oldest first.
pub(crate) async fn changes_between(
    store: &Store,
    tenant: &TenantId,
    (from, to): (i64, i64),
) -> Result<Vec<Change>, StoreError> {
    let found = store.events_between(tenant, ObservationKind::Change, from, to, to).await?;
    let changes = found.iter().filter_map(|change| {
        let data: Value = serde_json::from_str(&change.data).ok()?;
        let text = |name: &str| data.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Change {
            time: change.time,
            kind: text("component")?,
            name: text("name")?,
            version: text("version")?,
            fit: None,
        })
    });
    Ok(changes.collect())
}

/// Of changes those of the day before.
pub(crate) fn of_the_day(changes: &[Change], now: i64) -> Vec<Change> {
    let latest = changes.iter().filter(|change| (now - DAY..=now).contains(&change.time));
    latest.cloned().collect()
}

/// Judges what a rule selects after each change.
pub(crate) async fn by_changes(
    reader: &Reader<'_>,
    rule: &Rule,
    after: AfterChange,
    windows: &Windows,
    changes: &[Change],
) -> Result<Judged, StoreError> {
    let mut spans: BTreeMap<Label, Vec<(Change, Since)>> = BTreeMap::new();
    for change in changes.iter().rev().take(CHANGES) {
        let (deployed, end) = (Minute::ceil(change.time), windows.span(1, 0).1);
        for compared in [
            near(reader, &rule.selection, windows, (deployed, end)).await?,
            far(reader, &rule.selection, (deployed, end)).await?,
        ] {
            for (label, since) in compared {
                spans.entry(label).or_default().push((change.clone(), since));
            }
        }
    }
    let judged = spans.into_iter().map(|(label, spans)| {
        (cell(&rule.selection, label), after.judge(rule.selection.metric, &spans))
    });
    Ok(judged.collect())
}

/// By the minute, for the first hours.
async fn near(
    reader: &Reader<'_>,
    selection: &Selection,
    windows: &Windows,
    (deployed, end): (Minute, Minute),
) -> Result<BTreeMap<Label, Since>, StoreError> {
    let length = end.0 - deployed.0;
    if !(1..=AHEAD).contains(&length) {
        return Ok(BTreeMap::new());
    }
    let after = windows.compared(reader, selection, (deployed, end)).await?;
    let before = windows.compared(reader, selection, (deployed.plus(-length), deployed)).await?;
    Ok(since(length, after, before))
}

/// By full hours, for the first day.
async fn far(
    reader: &Reader<'_>,
    selection: &Selection,
    (deployed, end): (Minute, Minute),
) -> Result<BTreeMap<Label, Since>, StoreError> {
    let first = Minute(deployed.0.div_euclid(60) * 60 + if deployed.0 % 60 == 0 { 0 } else { 60 });
    let end = end.hour().start().min(first.plus(FAR_AHEAD));
    let length = end.0 - first.0;
    if length <= 0 {
        return Ok(BTreeMap::new());
    }
    let after = compared(reader, selection, (first, end)).await?;
    let until = deployed.hour().start();
    let before = compared(reader, selection, (until.plus(-length), until)).await?;
    Ok(since(length, after, before))
}

/// What a selection comes to in full hours, and in the same ones of earlier weeks or days.
async fn compared(
    reader: &Reader<'_>,
    selection: &Selection,
    (first, end): (Minute, Minute),
) -> Result<(Cells, Vec<Cells>), StoreError> {
    let current = answered(reader.totals(selection, (first, end)).await)?;
    let mut usual = Vec::new();
    for (count, length) in [(WEEKS, WEEK), (DAYS, MINUTES_A_DAY)] {
        if usual.len() >= ENOUGH_WEEKS {
            break;
        }
        usual.clear();
        for back in (1..=count).map(|times| -times * length) {
            let (first, end) = (first.plus(back), end.plus(back));
            if reader.snapshot().head.first.is_some_and(|begun| first >= begun.start()) {
                usual.push(answered(reader.totals(selection, (first, end)).await)?);
            }
        }
    }
    Ok((current, usual))
}

fn since(
    length: i32,
    (after, usual): (Cells, Vec<Cells>),
    (before, usual_before): (Cells, Vec<Cells>),
) -> BTreeMap<Label, Since> {
    let of = |cells: &[Cells], label: &Label| {
        cells.iter().filter_map(|cells| cells.get(label).cloned()).collect()
    };
    let since = after.into_iter().map(|(label, after)| {
        let since = Since {
            length,
            after,
            usual: of(&usual, &label),
            before: before.get(&label).cloned().unwrap_or_default(),
            usual_before: of(&usual_before, &label),
        };
        (label, since)
    });
    since.collect()
}
