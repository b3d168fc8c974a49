//! Carries out compactions, as `tocsin_domain::compaction` describes them.

use std::collections::BTreeSet;

use tocsin_domain::{
    cells,
    compaction::{Head, Plan, Waiting},
    heard::Heard,
    id::TenantId,
    minute::{Hour, Minute},
    sabotage::{self, Sabotage},
    sums::Sums,
};
use tocsin_shell::{
    rollups::{Memo, Snapshot},
    store::{Store, StoreError},
};

/// Compactions of one tick; more is left for the next.
const ROUNDS: usize = 64;
/// Hours whose segments are held in memory together.
const HOURS: usize = 12;

/// Compacts while it is worth it; returns what counts then.
pub(crate) async fn compact(
    store: &Store,
    tenant: &TenantId,
    memo: &Memo,
    now: i64,
) -> Result<Snapshot, StoreError> {
    let minute = Minute::of(now);
    for _ in 0..ROUNDS {
        let snapshot = store.snapshot_remembering(tenant, memo).await?;
        // Named as merged only until the next commit, so they must be gone by then.
        store.delete_merged(tenant, &snapshot.merged, &snapshot.folded).await?;
        let (head, plan, version) = if let Some(plan) = &snapshot.head.plan {
            (snapshot.head.clone(), plan.clone(), snapshot.version)
        } else {
            let Some(plan) = propose(&snapshot, minute) else { return Ok(snapshot) };
            let head = Head { plan: Some(plan.clone()), ..snapshot.head.clone() };
            match store.write_head(tenant, &head, snapshot.version).await {
                Ok(version) => (head, plan, Some(version)),
                Err(StoreError::Conflict) => continue,
                Err(error) => return Err(error),
            }
        };
        let Some(planned) = version else { continue };
        if !carry_out(store, tenant, &snapshot, &plan, planned, now).await? {
            // Somebody else has finished it and deleted what it names.
            continue;
        }
        if sabotage::is(Sabotage::DeleteBeforeCommit) {
            store.delete_merged(tenant, &plan.deltas, &plan.late).await?;
        }
        match store.write_head(tenant, &head.commit(&plan), version).await {
            Ok(_) => store.delete_merged(tenant, &plan.deltas, &plan.late).await?,
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    store.snapshot_remembering(tenant, memo).await
}

fn propose(snapshot: &Snapshot, now: Minute) -> Option<Plan> {
    let open = snapshot.open.iter().map(|delta| Waiting {
        id: delta.id.clone(),
        bytes: delta.bytes,
        written: delta.written,
        hours: hours(&delta.sums),
        heard: delta.heard.clone(),
    });
    let late: Vec<Waiting<u64>> = snapshot
        .late
        .iter()
        .map(|bundle| Waiting {
            id: bundle.number,
            bytes: bundle.bytes,
            written: bundle.written,
            hours: hours(&bundle.sums),
            heard: Heard::default(),
        })
        .collect();
    snapshot.head.propose(now, open.collect(), &late)
}

fn hours(sums: &Sums) -> BTreeSet<Hour> {
    sums.iter().map(|(minute, ..)| minute.hour()).collect()
}

/// Writes what the plan implies; `false` where something that it names is gone.
async fn carry_out(
    store: &Store,
    tenant: &TenantId,
    snapshot: &Snapshot,
    plan: &Plan,
    planned: u64,
    now: i64,
) -> Result<bool, StoreError> {
    let named: BTreeSet<&String> = plan.deltas.iter().collect();
    let deltas: Vec<_> = snapshot.open.iter().filter(|delta| named.contains(&delta.id)).collect();
    let late: Vec<_> =
        snapshot.late.iter().filter(|bundle| plan.late.contains(&bundle.number)).collect();
    if deltas.len() != plan.deltas.len() || late.len() != plan.late.len() {
        return Ok(false);
    }
    let mut merged = Sums::default();
    for delta in deltas {
        merged.merge(&delta.sums, 1);
    }
    let mut segments = merged.split_by(Minute::hour);
    drop(merged); // The largest of what is held, and all of it is in the segments.
    for (_, segment) in &mut segments {
        segment.trim_exemplars();
    }
    store.put_segments(tenant, plan.number, &segments, now).await?;

    let mut bundle = Sums::default();
    for (hour, segment) in &segments {
        if snapshot.head.is_closed(*hour) {
            bundle.merge(segment, 1);
        }
    }
    if !bundle.is_empty() {
        let written = Minute::of(now);
        match store.put_bundle(tenant, plan.number, written, &bundle, planned).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    for hours in plan.close.chunks(HOURS) {
        close(store, tenant, hours, plan.number, now).await?;
    }
    let mut folded = Sums::default();
    for bundle in late {
        folded.merge(&bundle.sums, 1);
    }
    for (hour, sums) in folded.split_by(Minute::hour) {
        store.put_cells(tenant, plan.number, &[(hour, cells::expand(&sums))]).await?;
    }
    Ok(true)
}

/// Writes the hour items of hours that close, from all their segments.
async fn close(
    store: &Store,
    tenant: &TenantId,
    hours: &[Hour],
    number: u64,
    now: i64,
) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (hours.first(), hours.last()) else { return Ok(()) };
    let mut sums: Vec<(Hour, Sums)> = hours.iter().map(|hour| (*hour, Sums::default())).collect();
    for (hour, segment) in store.segments(tenant, (*first, *last), number, now).await? {
        if let Ok(place) = sums.binary_search_by_key(&hour, |(hour, _)| *hour) {
            sums[place].1.merge(&segment, 1);
        }
    }
    for (hour, sums) in sums.iter().filter(|(_, sums)| !sums.is_empty()) {
        store.put_cells(tenant, number, &[(*hour, cells::expand(sums))]).await?;
    }
    Ok(())
}
