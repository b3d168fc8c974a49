//! One group of agents' days: read with the days beside them, changed, written.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    agent::{AgentDay, AgentState, Changed, Day, change, days_around},
    heard::Sign,
    id::TenantId,
};
use tocsin_shell::store::{
    Store, StoreError,
    agents::AgentDayId,
    conversations::{Change, Versioned},
};

/// States that arrived for one day of an agent, each with the place of its message.
pub(crate) type Arrived = (AgentDayId, Vec<(usize, AgentState)>);

/// Puts states into their days and writes what that changes, or nothing of it.
pub(crate) async fn write(
    store: &Store,
    tenant: &TenantId,
    group: &[Arrived],
    now: i64,
) -> Result<(), StoreError> {
    let mut by_agent: BTreeMap<&str, Vec<&Arrived>> = BTreeMap::new();
    for arrived in group {
        by_agent.entry(&arrived.0.0).or_default().push(arrived);
    }
    let around = |arrived: &[&Arrived]| days_around(arrived.iter().map(|((_, day), _)| *day));
    let wanted: BTreeSet<AgentDayId> = by_agent
        .iter()
        .flat_map(|(agent, arrived)| around(arrived).into_iter().map(|day| id(agent, day)))
        .collect();
    let mut read = store.read_agent_days(tenant, &wanted, now).await?;
    let mut written = Change::default();
    for (agent, arrived) in by_agent {
        let mut versions: BTreeMap<Day, Option<u64>> = BTreeMap::new();
        let mut days: BTreeMap<Day, AgentDay> = BTreeMap::new();
        for day in around(&arrived) {
            let Versioned { value, version, .. } = read.remove(&id(agent, day)).unwrap_or_default();
            versions.insert(day, version);
            days.insert(day, value);
        }
        let states = || arrived.iter().flat_map(|(_, states)| states).map(|(_, state)| state);
        let Changed { days: changed, depends_on } =
            change(&mut days, states().cloned(), &mut written.delta);
        if !changed.is_empty() {
            states().for_each(|state| written.hear(&state.source, state.time, Sign::Event));
        }
        let version = |day: &Day| versions.get(day).copied().flatten();
        for day in changed {
            let value = days.remove(&day).unwrap_or_default();
            let day_read = Versioned { value, version: version(&day), ..Versioned::default() };
            written.agents.changed.push((id(agent, day), day_read));
        }
        let unchanged = depends_on.into_iter().map(|day| (id(agent, day), version(&day)));
        written.agents.unchanged.extend(unchanged);
    }
    store.write_change(tenant, written, now).await
}

fn id(agent: &str, day: Day) -> AgentDayId {
    (agent.to_owned(), day)
}
