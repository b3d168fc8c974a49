//! Recomputes the rollups from the conversations, customers, agents' states and observations still
//! stored, and compares: the counts' own audit.
//!
//! Both tiers are compared, cell by cell. Left out are data about the data, which belong to no
//! entity, and `longest_wait`, which is sampled. Nothing may be counted meanwhile, or the two sides
//! are of different moments; [`Report::is_steady`] says whether that held.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    agent::{self, AgentDay, Day},
    cells::{HourCells, expand},
    configuration::Configuration,
    conversation::{Contributions, contributions},
    dimension::{Dimension, EXTRA, View},
    id::TenantId,
    metric::{Family, Metric},
    minute::{DAY, Hour, Minute},
    sums::{Amount, Sums},
};

use crate::{
    rollups::{Reader, Snapshot},
    store::{Store, StoreError, conversations::Entity},
};

/// Entities are kept longer than this is looked back, so that none has expired on one side only.
const MARGIN: i64 = 8 * DAY;

/// What was compared, and where it differs.
#[derive(Clone, Debug)]
pub struct Report {
    /// The first hour compared.
    pub from: Hour,
    /// The last hour that holds anything, if anything does.
    pub to: Option<Hour>,
    /// Conversations folded anew.
    pub conversations: usize,
    /// Customers folded anew.
    pub customers: usize,
    /// Agents whose states were folded anew.
    pub agents: usize,
    /// Cells compared in the minute tier.
    pub minute_cells: usize,
    /// Cells compared in the hour tier.
    pub hour_cells: usize,
    /// Every cell that differs.
    pub differences: Vec<Difference>,
    /// Whether nothing was counted meanwhile.
    pub is_steady: bool,
}

/// A cell whose amounts differ.
#[derive(Clone, Debug)]
pub struct Difference {
    /// `minute` or `hour`.
    pub tier: &'static str,
    /// When.
    pub minute: Minute,
    /// What.
    pub metric: Metric,
    /// By which values.
    pub dimensions: String,
    /// What the rollups say.
    pub stored: Amount,
    /// What the entities say.
    pub recomputed: Amount,
}

/// Compares a tenant's rollups with its entities as of now.
pub async fn verify(
    store: &Store,
    tenant: &TenantId,
    configuration: &Configuration,
    now: i64,
) -> Result<Report, StoreError> {
    let before = store.snapshot(tenant).await?;
    let (recomputed, counts) = recompute(store, tenant, configuration, now).await?;
    let report = compare_with(store, tenant, &before, &recomputed, now).await?;
    let [conversations, customers, agents] = counts;
    Ok(Report { conversations, customers, agents, ..report })
}

/// Compares a tenant's rollups with what they ought to be as of now.
pub async fn compare(
    store: &Store,
    tenant: &TenantId,
    expected: &Sums,
    now: i64,
) -> Result<Report, StoreError> {
    let before = store.snapshot(tenant).await?;
    compare_with(store, tenant, &before, expected, now).await
}

/// What the entities stored add up to, and how many conversations, customers and agents there are.
async fn recompute(
    store: &Store,
    tenant: &TenantId,
    configuration: &Configuration,
    now: i64,
) -> Result<(Sums, [usize; 3]), StoreError> {
    let settled = now.saturating_sub(store.retention().visits);
    let (mut conversations, mut customers) = (0, 0);
    let mut agents: BTreeMap<String, BTreeMap<Day, AgentDay>> = BTreeMap::new();
    let mut recomputed = Sums::default();
    let visit = |entity| match entity {
        Entity::Conversation(id, mut conversation) => {
            conversations += 1;
            let after = contributions(&mut conversation, configuration);
            let (nothing, symbols) = (Contributions::default(), conversation.symbols());
            Contributions::add_change(&nothing, &after, id, symbols, &mut recomputed);
        }
        Entity::Pointer(..) => {}
        Entity::Customer(customer) => {
            customers += 1;
            customer.contribute(&mut recomputed, 1, settled);
        }
        Entity::AgentDay(agent, day, states) => {
            agents.entry(agent).or_default().insert(day, states);
        }
        Entity::Observation(observation) => observation.contribute(&mut recomputed, 1),
    };
    store.scan_entities(tenant, now, visit).await?;
    for days in agents.values() {
        agent::contribute(days.values(), &mut recomputed, 1);
    }
    Ok((recomputed, [conversations, customers, agents.len()]))
}

async fn compare_with(
    store: &Store,
    tenant: &TenantId,
    before: &Snapshot,
    expected: &Sums,
    now: i64,
) -> Result<Report, StoreError> {
    let kept = store.retention().conversations.min(store.retention().visits);
    let from = Hour(Minute::of(now.saturating_sub(kept - MARGIN)).hour().0 + 1);
    let last = |sums: &Sums| sums.range().map(|(_, last)| last.hour());
    let deltas = before.open.iter().filter_map(|delta| last(&delta.sums)).max();
    let closed = before.head.closed.last().map(|(_, last)| *last);
    let busy = before.head.busy.last_key_value().map(|(hour, _)| *hour);
    let to = [last(expected), deltas, closed, busy].into_iter().flatten().max();
    let mut report = Report {
        from,
        to,
        conversations: 0,
        customers: 0,
        agents: 0,
        minute_cells: 0,
        hour_cells: 0,
        differences: Vec::new(),
        is_steady: false,
    };
    if let Some(to) = to.filter(|to| *to >= from) {
        let reader = Reader::of(store, tenant, before.clone(), now);
        let stored = reader.sums((from, to)).await?;
        compare_minutes(&stored, expected, from, &mut report);
        let stored = stored_hours(store, tenant, before, (from, to), now).await?;
        compare_hours(&stored, expected, before, (from, to), &mut report);
    }
    let after = store.snapshot(tenant).await?;
    report.is_steady = before.version == after.version && before.open.len() == after.open.len();
    Ok(report)
}

fn is_compared(metric: Metric) -> bool {
    metric.definition().family != Family::Data && metric != Metric::LongestWait
}

fn compare_minutes(stored: &Sums, recomputed: &Sums, from: Hour, report: &mut Report) {
    let mut cells: BTreeMap<(Minute, Metric, String), [Amount; 2]> = BTreeMap::new();
    for (side, sums) in [stored, recomputed].into_iter().enumerate() {
        for (minute, metric, vector, amount) in sums.iter() {
            if is_compared(metric) && minute.hour() >= from {
                let named = Dimension::ALL
                    .into_iter()
                    .map(|dimension| (dimension.as_str(), sums.text(vector[dimension.index()])));
                let own = [("own", sums.text(vector[EXTRA]))];
                let key = (minute, metric, words(named.chain(own)));
                cells.entry(key).or_default()[side].merge(amount, 1);
            }
        }
    }
    report.minute_cells = cells.len();
    for ((minute, metric, dimensions), [stored, recomputed]) in cells {
        if stored != recomputed {
            let tier = "minute";
            let difference = Difference { tier, minute, metric, dimensions, stored, recomputed };
            report.differences.push(difference);
        }
    }
}

type HourKey = (Family, View);

async fn stored_hours(
    store: &Store,
    tenant: &TenantId,
    snapshot: &Snapshot,
    hours: (Hour, Hour),
    now: i64,
) -> Result<Vec<(HourKey, Hour, HourCells)>, StoreError> {
    let keys: BTreeSet<HourKey> = Metric::all()
        .filter(|metric| is_compared(*metric))
        .flat_map(|metric| metric.views().map(move |view| (metric.definition().family, view)))
        .collect();
    let mut found = Vec::new();
    for key in keys {
        let cells = store.cells(tenant, key, hours, snapshot.head.committed, now).await?;
        found.extend(cells.into_iter().map(|(hour, cells)| (key, hour, cells)));
    }
    for bundle in &snapshot.late {
        for (hour, sums) in bundle.sums.split_by(Minute::hour) {
            if (hours.0..=hours.1).contains(&hour) {
                found.extend(expand(&sums).into_iter().map(|(key, cells)| (key, hour, cells)));
            }
        }
    }
    Ok(found)
}

fn compare_hours(
    stored: &[(HourKey, Hour, HourCells)],
    recomputed: &Sums,
    snapshot: &Snapshot,
    (from, to): (Hour, Hour),
    report: &mut Report,
) {
    // What open deltas hold is not in the tier yet.
    let mut merged = recomputed.clone();
    for delta in &snapshot.open {
        merged.merge(&delta.sums, -1);
    }
    let is_closed = |hour: Hour| (from..=to).contains(&hour) && snapshot.head.is_closed(hour);
    let mut cells: BTreeMap<(Minute, Metric, String), [Amount; 2]> = BTreeMap::new();
    let mut add = |side: usize, (_, view): HourKey, hour: Hour, items: &HourCells| {
        for cell in items.iter(hour).filter(|cell| is_compared(cell.metric)) {
            let names = view.dimensions().map(Dimension::as_str);
            let named = names.zip(cell.values).chain([("own", cell.extra)]);
            let key = (cell.minute, cell.metric, format!("{} {}", view.key(), words(named)));
            cells.entry(key).or_default()[side].merge(cell.amount, 1);
        }
    };
    for (key, hour, items) in stored {
        if is_closed(*hour) {
            add(0, *key, *hour, items);
        }
    }
    for (hour, sums) in merged.split_by(Minute::hour) {
        if is_closed(hour) {
            for (key, items) in expand(&sums) {
                add(1, key, hour, &items);
            }
        }
    }
    report.hour_cells = cells.len();
    for ((minute, metric, dimensions), [stored, recomputed]) in cells {
        if stored != recomputed {
            let tier = "hour";
            let difference = Difference { tier, minute, metric, dimensions, stored, recomputed };
            report.differences.push(difference);
        }
    }
}

fn words<'a>(named: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    let known = named.filter(|(_, value)| !value.is_empty());
    known.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}
