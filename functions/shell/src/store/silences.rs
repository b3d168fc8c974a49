//! A tenant's silences, in one item: those that hold, and for a while those that are over.

use tocsin_domain::{audit::Entry, id::TenantId, minute::DAY, silence::Silence};

use super::{
    Store, StoreError,
    items::{Item, NEVER, corrupt, next_version},
    keys,
    tables::{Write, back_off},
};

/// How long those that are over are kept and shown, in nanoseconds.
const KEPT: i64 = 30 * DAY;
/// How often a change is tried against others that write at the same time.
const ATTEMPTS: u32 = 10;

impl Store {
    /// Silences, the oldest first, those that are over among them.
    pub async fn silences(&self, tenant: &TenantId) -> Result<Vec<Silence>, StoreError> {
        Ok(self.read_silences(tenant).await?.0)
    }

    async fn read_silences(
        &self,
        tenant: &TenantId,
    ) -> Result<(Vec<Silence>, Option<u64>), StoreError> {
        let key = keys::silences(tenant);
        let Some(attributes) = self.get(&self.state, &key).await? else {
            return Ok((Vec::new(), None));
        };
        let Some(item) = self.item(tenant, attributes, i64::MIN).await? else {
            return Ok((Vec::new(), None));
        };
        let silences = serde_json::from_slice(&item.body);
        Ok((silences.map_err(|error| corrupt(&key, error))?, Some(item.version)))
    }

    /// Changes silences from what is stored, and again from that where somebody else wrote first; the
    /// trail tells of it in the same transaction. Nothing is written where nothing changes.
    pub async fn change_silences<T>(
        &self,
        tenant: &TenantId,
        change: impl Fn(&mut Vec<Silence>) -> T,
        entry: &Entry,
        now: i64,
    ) -> Result<T, StoreError> {
        for attempt in 0..ATTEMPTS {
            back_off(attempt).await;
            let (read, version) = self.read_silences(tenant).await?;
            let mut silences = read.clone();
            let changed = change(&mut silences);
            if silences == read {
                return Ok(changed);
            }
            silences.retain(|one| now.saturating_sub(one.until) < KEPT);
            let key = keys::silences(tenant);
            let body = serde_json::to_vec(&silences).map_err(|error| corrupt(&key, error))?;
            let next = next_version(version, now);
            let item = Item { key, version: next, body, expires: NEVER };
            let attributes = self.attributes(tenant, item).await?;
            let put = Write::guarded(attributes, version);
            match self.transact(vec![put, self.audit_put(tenant, entry, next)?]).await {
                Ok(()) => return Ok(changed),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }
}
