//! Samples of the longest wait: the last one, and what each adds to the rollups, once a minute.

use tocsin_domain::{
    id::{TenantId, short_hash},
    sums::Sums,
    wait::Sample,
};

use super::{
    Store, StoreError,
    items::{Item, NEVER, corrupt},
    keys,
    tables::Write,
};

impl Store {
    /// The last sample, and the version to write on condition of; an empty one where none is stored.
    pub async fn last_sample(
        &self,
        tenant: &TenantId,
    ) -> Result<(Sample, Option<u64>), StoreError> {
        let key = keys::waits(tenant);
        let Some(attributes) = self.get(&self.state, &key).await? else {
            return Ok((Sample::default(), None));
        };
        let Some(item) = self.item(tenant, attributes, i64::MIN).await? else {
            return Ok((Sample::default(), None));
        };
        let sample = serde_json::from_slice(&item.body).map_err(|error| corrupt(&key, error))?;
        Ok((sample, Some(item.version)))
    }

    /// Puts a sample in the place of the last one, with what it adds to the rollups: all or none.
    pub async fn write_sample(
        &self,
        tenant: &TenantId,
        sample: &Sample,
        delta: &Sums,
        read: Option<u64>,
        now: i64,
    ) -> Result<(), StoreError> {
        let key = keys::waits(tenant);
        let body = serde_json::to_vec(sample).map_err(|error| corrupt(&key, error))?;
        let version = read.unwrap_or_default() + 1;
        let attributes =
            self.attributes(tenant, Item { key, version, body, expires: NEVER }).await?;
        let identity = short_hash(&[b"waits", &version.to_be_bytes()]);
        let delta = self.delta(tenant, delta, identity, now).await?;
        self.transact(vec![Write::guarded(attributes, read), Write::guarded(delta, None)]).await
    }
}
