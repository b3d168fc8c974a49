//! Agents' states by UTC day: each day read whole and written on condition of its version, together
//! with the delta that says what the change adds up to.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    agent::{AgentDay, Day},
    id::TenantId,
};

use super::{
    Store, StoreError,
    conversations::Versioned,
    items::{Item, corrupt, read_key, read_number},
    keys,
    tables::Write,
};

/// One day of an agent: the agent's keyed hash, and the day.
pub type AgentDayId = (String, Day);

/// What is written of an agent's days, and what must be as it was read.
#[derive(Debug, Default)]
pub struct AgentChange {
    /// Days that changed.
    pub changed: Vec<(AgentDayId, Versioned<AgentDay>)>,
    /// Days that did not and that the delta depends on: each with the version that was read.
    pub unchanged: Vec<(AgentDayId, Option<u64>)>,
}

impl Store {
    /// Days of agents as of now; one that is not stored is empty.
    pub async fn read_agent_days(
        &self,
        tenant: &TenantId,
        ids: &BTreeSet<AgentDayId>,
        now: i64,
    ) -> Result<BTreeMap<AgentDayId, Versioned<AgentDay>>, StoreError> {
        let by_key: BTreeMap<keys::Key, &AgentDayId> =
            ids.iter().map(|id| (keys::agent_day(tenant, &id.0, id.1), id)).collect();
        let mut found = BTreeMap::new();
        for attributes in self.get_all(by_key.keys().cloned().collect()).await? {
            let key = read_key(&attributes);
            let id = by_key.get(&key).ok_or_else(|| corrupt(&key, "nobody asked for it"))?;
            let version = read_number(&attributes, "v");
            let value = match self.item(tenant, attributes, now).await? {
                None => AgentDay::default(),
                Some(item) => AgentDay::decode(&item.body).map_err(|e| corrupt(&item.key, e))?,
            };
            found.insert((*id).clone(), Versioned { value, version, ..Versioned::default() });
        }
        for id in ids {
            found.entry(id.clone()).or_default();
        }
        Ok(found)
    }

    /// The actions that write an agent's change; adds what tells it from any other to `identity`.
    pub(super) async fn agent_actions(
        &self,
        tenant: &TenantId,
        change: AgentChange,
        identity: &mut Vec<u8>,
    ) -> Result<Vec<Write>, StoreError> {
        let mut actions = Vec::new();
        for ((agent, day), Versioned { value, version, .. }) in change.changed {
            identity.extend_from_slice(agent.as_bytes());
            identity.extend_from_slice(&day.0.to_be_bytes());
            identity.extend_from_slice(&version.unwrap_or_default().to_be_bytes());
            let item = Item {
                key: keys::agent_day(tenant, &agent, day),
                version: version.unwrap_or_default() + 1,
                body: value.encode(),
                expires: day.end().saturating_add(self.retention.conversations),
            };
            actions.push(Write::guarded(self.attributes(tenant, item).await?, version));
        }
        for ((agent, day), version) in change.unchanged {
            actions.push(Write::unchanged(&keys::agent_day(tenant, &agent, day), version));
        }
        Ok(actions)
    }
}
