//! Detectors' packs, read once for each checkpoint.
//!
//! Sound because packs move on only with the checkpoint: they are written before it. Whoever holds one
//! that another worker is about to replace computes the same from it, and loses the race for writing it.

use std::collections::BTreeMap;

use tocsin_domain::id::TenantId;

use super::Reader;
use crate::store::{
    StoreError,
    detectors::{Pack, PackId},
};

/// A pack as it was read, and the version to write it on condition of.
pub type ReadPack = (Option<Pack>, Option<u64>);

/// Packs of one tenant at one version of its checkpoint.
#[derive(Debug, Default)]
pub(super) struct Packs {
    of: Option<(TenantId, Option<u64>)>,
    read: BTreeMap<PackId, ReadPack>,
}

impl Packs {
    /// Those of this checkpoint; others are forgotten.
    fn of(
        &mut self,
        tenant: &TenantId,
        checkpoint: Option<u64>,
    ) -> &mut BTreeMap<PackId, ReadPack> {
        let of = Some((tenant.clone(), checkpoint));
        if self.of != of {
            *self = Self { of, read: BTreeMap::new() };
        }
        &mut self.read
    }
}

impl Reader<'_> {
    /// Packs, as they were when the checkpoint had this version.
    pub async fn packs(
        &self,
        ids: &[PackId],
        checkpoint: Option<u64>,
    ) -> Result<BTreeMap<PackId, ReadPack>, StoreError> {
        let Some(memo) = self.memo else {
            return self.store.packs(self.tenant, ids, self.now).await;
        };
        let mut found: BTreeMap<PackId, ReadPack> = memo.with_packs(|packs| {
            let known = packs.of(self.tenant, checkpoint);
            ids.iter().filter_map(|id| Some((*id, known.get(id)?.clone()))).collect()
        });
        let missing: Vec<PackId> =
            ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
        if !missing.is_empty() {
            let read = self.store.packs(self.tenant, &missing, self.now).await?;
            memo.with_packs(|packs| packs.of(self.tenant, checkpoint).extend(read.clone()));
            found.extend(read);
        }
        Ok(found)
    }

    /// Has packs read anew: somebody else has written one, and the checkpoint perhaps never.
    pub fn forget_packs(&self) {
        if let Some(memo) = self.memo {
            memo.with_packs(|packs| *packs = Packs::default());
        }
    }
}
