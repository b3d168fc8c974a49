//! What detectors remember: a cache of a function of the rollups, so what is missing, of another
//! shape, or was lost in a race is computed anew.
//!
//! Series are packed by a hash of their label, so that a tick reads and writes only the packs in which
//! something happened. The checkpoint says up to which minute the packs of which watches hold
//! everything; a pack that is not up to it had nothing new until then. Packs are written before it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tocsin_domain::{
    detect::watch::StoredSeries,
    id::{TenantId, short_hash},
    minute::Minute,
    query::Label,
};

use super::{
    Store, StoreError,
    items::{Item, NEVER, corrupt, read_key, read_number},
    keys::{self, Key},
};

/// Packs of a watch.
const PACKS: u64 = 8;
/// Written before the data: the shape that follows.
const VERSION: u8 = 1;

/// What all packs of a tenant agree on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Shape of this and of the packs; another one is as none.
    pub shape: u8,
    /// Points up to here are in the packs, or there were none.
    pub until: Minute,
    /// Conversations that had begun up to there, as the rollups had it then.
    pub contacts: i64,
    /// Whose packs there are.
    pub watches: BTreeSet<u64>,
}

/// Series of one watch.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pack {
    /// Points up to here are in.
    pub until: Minute,
    /// By label.
    pub series: BTreeMap<Label, StoredSeries>,
}

/// Where a pack is kept: its watch and number.
pub type PackId = (u64, u64);

/// The number of the pack that holds a label's series.
pub fn pack_of(label: &Label) -> u64 {
    let parts: Vec<&[u8]> = label.iter().map(String::as_bytes).collect();
    short_hash(&parts) % PACKS
}

/// The packs of a watch.
pub fn packs_of(watch: u64) -> impl Iterator<Item = PackId> {
    (0..PACKS).map(move |number| (watch, number))
}

impl Checkpoint {
    /// One of the shape that this version writes.
    pub fn new(until: Minute, contacts: i64, watches: BTreeSet<u64>) -> Self {
        Self { shape: VERSION, until, contacts, watches }
    }
}

impl Store {
    /// The checkpoint, if there is one of the shape that this version knows; and the version to write
    /// on condition of.
    pub async fn detectors(
        &self,
        tenant: &TenantId,
    ) -> Result<(Option<Checkpoint>, Option<u64>), StoreError> {
        let Some(attributes) = self.get(&self.state, &keys::detectors(tenant)).await? else {
            return Ok((None, None));
        };
        let version = read_number(&attributes, "v");
        let item = self.item(tenant, attributes, i64::MIN).await?;
        let read = item.and_then(|item| serde_json::from_slice::<Checkpoint>(&item.body).ok());
        Ok((read.filter(|checkpoint| checkpoint.shape == VERSION), version))
    }

    /// Replaces the checkpoint that was read.
    pub async fn write_detectors(
        &self,
        tenant: &TenantId,
        checkpoint: &Checkpoint,
        read: Option<u64>,
    ) -> Result<(), StoreError> {
        let key = keys::detectors(tenant);
        let body = serde_json::to_vec(checkpoint).map_err(|error| corrupt(&key, error))?;
        let version = read.unwrap_or_default() + 1;
        let item = Item { key, version, body, expires: NEVER };
        self.put_guarded(self.attributes(tenant, item).await?, read).await
    }

    /// Packs, each with the version to write on condition of; `None` where there is none that this
    /// version can read.
    pub async fn packs(
        &self,
        tenant: &TenantId,
        ids: &[PackId],
        now: i64,
    ) -> Result<BTreeMap<PackId, (Option<Pack>, Option<u64>)>, StoreError> {
        let by_key: BTreeMap<Key, PackId> =
            ids.iter().map(|id| (keys::detector_pack(tenant, *id), *id)).collect();
        let mut found: BTreeMap<PackId, (Option<Pack>, Option<u64>)> =
            ids.iter().map(|id| (*id, (None, None))).collect();
        for attributes in self.get_all(by_key.keys().cloned().collect()).await? {
            let Some(id) = by_key.get(&read_key(&attributes)) else { continue };
            let version = read_number(&attributes, "v");
            let item = self.item(tenant, attributes, now).await?;
            found.insert(*id, (item.and_then(|item| decode(&item.body)), version));
        }
        Ok(found)
    }

    /// Replaces a pack that was read; it is kept as long as the minutes that it is made of.
    pub async fn write_pack(
        &self,
        tenant: &TenantId,
        id: PackId,
        pack: &Pack,
        read: Option<u64>,
        now: i64,
    ) -> Result<(), StoreError> {
        let key = keys::detector_pack(tenant, id);
        let body = postcard::to_extend(pack, vec![VERSION]);
        let body = body.map_err(|error| corrupt(&key, error))?;
        let version = read.unwrap_or_default() + 1;
        let expires = now.saturating_add(self.retention.minutes);
        let item = Item { key, version, body, expires };
        self.put_guarded(self.attributes(tenant, item).await?, read).await
    }
}

fn decode(body: &[u8]) -> Option<Pack> {
    match body.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).ok(),
        _ => None,
    }
}
