//! By what tenants' conversations are counted.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tocsin_domain::{configuration::Configuration, id::TenantId};
use tocsin_shell::store::{Store, StoreError};

/// A configuration is read again after this long: sooner than a saved version comes into force.
const AGE: Duration = Duration::from_mins(5);

/// What tenants set.
pub(crate) enum Configurations {
    /// All the same.
    Given(Arc<Configuration>),
    /// Each its own, as last read, and when.
    Stored(Mutex<HashMap<TenantId, (Instant, Arc<Configuration>)>>),
}

impl Configurations {
    /// The tenant's, not older than five minutes.
    pub(crate) async fn of(
        &self,
        tenant: &TenantId,
        store: &Store,
    ) -> Result<Arc<Configuration>, StoreError> {
        let stored = match self {
            Self::Given(configuration) => return Ok(Arc::clone(configuration)),
            Self::Stored(stored) => stored,
        };
        if let Ok(known) = stored.lock()
            && let Some((since, configuration)) = known.get(tenant)
            && since.elapsed() < AGE
        {
            return Ok(Arc::clone(configuration));
        }
        let configuration = Arc::new(store.configuration(tenant).await?);
        if let Ok(mut known) = stored.lock() {
            known.insert(tenant.clone(), (Instant::now(), Arc::clone(&configuration)));
        }
        Ok(configuration)
    }
}
