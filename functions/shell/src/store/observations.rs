//! What was true of a thing at a minute: upserts, the latest (time, source, id) standing.

use std::collections::HashMap;

use tocsin_domain::{
    chunk::{Observation, ObservationKind},
    id::TenantId,
};

use super::{
    Store, StoreError,
    items::{Item, corrupt, next_version, read_key, read_number},
    keys::{self, Key},
    tables::Write,
};

/// An observation to write, and the version that it replaces.
#[derive(Clone, Debug)]
pub struct ObservationWrite {
    /// What was observed.
    pub observation: Observation,
    /// The version that was read; `None`: nothing was stored.
    pub read: Option<u64>,
}

/// What is stored of the thing, and its version.
pub type StoredObservation = (Option<Observation>, Option<u64>);

fn key_of(tenant: &TenantId, observation: &Observation) -> Key {
    keys::observation(tenant, observation.kind, &observation.key, observation.time)
}

impl Store {
    /// What is stored in the place of each of these observations, in their order.
    pub async fn read_observations(
        &self,
        tenant: &TenantId,
        observations: &[Observation],
        now: i64,
    ) -> Result<Vec<StoredObservation>, StoreError> {
        let keys: Vec<Key> = observations.iter().map(|seen| key_of(tenant, seen)).collect();
        let mut found: HashMap<Key, StoredObservation> = HashMap::new();
        for attributes in self.get_all(keys.clone()).await? {
            let key = read_key(&attributes);
            let version = read_number(&attributes, "v");
            let item = self.item(tenant, attributes, now).await?;
            let stored = item.as_ref().map(decode).transpose()?;
            found.insert(key, (stored, version));
        }
        Ok(keys.iter().map(|key| found.get(key).cloned().unwrap_or_default()).collect())
    }

    pub(super) async fn observation_put(
        &self,
        tenant: &TenantId,
        write: &ObservationWrite,
        now: i64,
    ) -> Result<Write, StoreError> {
        let kept = match write.observation.kind {
            ObservationKind::Change | ObservationKind::Action | ObservationKind::Totals => {
                self.retention.hours
            }
            ObservationKind::Queue | ObservationKind::Heartbeat => self.retention.conversations,
        };
        let key = key_of(tenant, &write.observation);
        let body = serde_json::to_vec(&write.observation).map_err(|error| corrupt(&key, error))?;
        let version = next_version(write.read, now);
        let expires = write.observation.time.saturating_add(kept);
        let item = Item { key, version, body, expires };
        Ok(Write::guarded(self.attributes(tenant, item).await?, write.read))
    }

    /// Changes deployed, actions taken or totals reported within a span of time, oldest first.
    pub async fn events_between(
        &self,
        tenant: &TenantId,
        kind: ObservationKind,
        from: i64,
        to: i64,
        now: i64,
    ) -> Result<Vec<Observation>, StoreError> {
        let pk = keys::observation(tenant, kind, "", from).pk;
        let between = (keys::instant(from), keys::instant(to));
        let mut found = Vec::new();
        for attributes in self.query(&self.state, &pk, Some(between)).await? {
            if let Some(item) = self.item(tenant, attributes, now).await? {
                found.push(decode(&item)?);
            }
        }
        Ok(found)
    }
}

pub(super) fn decode(item: &Item) -> Result<Observation, StoreError> {
    serde_json::from_slice(&item.body).map_err(|error| corrupt(&item.key, error))
}
