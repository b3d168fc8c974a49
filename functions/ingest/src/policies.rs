//! What this process knows of tenants' policies of phrases.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tocsin_domain::{derived::Policy, id::TenantId};
use tocsin_shell::store::{Store, StoreError};

/// A policy is read again after this long, so that a new one comes into force.
const AGE: Duration = Duration::from_mins(1);

/// Policies as last read, and when.
#[derive(Default)]
pub(crate) struct Policies(Mutex<HashMap<TenantId, (Instant, Arc<Policy>)>>);

impl Policies {
    /// The tenant's policy, not older than a minute.
    pub(crate) async fn of(
        &self,
        tenant: &TenantId,
        store: &Store,
    ) -> Result<Arc<Policy>, StoreError> {
        if let Ok(known) = self.0.lock()
            && let Some((since, policy)) = known.get(tenant)
            && since.elapsed() < AGE
        {
            return Ok(Arc::clone(policy));
        }
        let policy = Arc::new(store.policy(tenant).await?);
        if let Ok(mut known) = self.0.lock() {
            known.insert(tenant.clone(), (Instant::now(), Arc::clone(&policy)));
        }
        Ok(policy)
    }
}
