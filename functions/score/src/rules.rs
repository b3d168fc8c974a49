//! The rules of each tenant: those that were saved last, else the ones that ship.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tocsin_domain::{
    id::TenantId,
    rule::{self, Rule},
};
use tocsin_shell::{
    store::{Store, StoreError},
    telemetry::chain,
};
use tracing::error;

/// A version and its rules.
type Parsed = (u64, Arc<Vec<Rule>>);

/// Rules in force, parsed once a version.
pub(crate) struct Rules {
    unsaved: Arc<Vec<Rule>>,
    parsed: Mutex<HashMap<TenantId, Parsed>>,
}

impl Rules {
    /// Those of tenants that saved none.
    pub(crate) fn new(unsaved: Vec<Rule>) -> Self {
        Self { unsaved: Arc::new(unsaved), parsed: Mutex::default() }
    }

    /// The tenant's rules now.
    pub(crate) async fn of(
        &self,
        store: &Store,
        tenant: &TenantId,
    ) -> Result<Arc<Vec<Rule>>, StoreError> {
        let Some(saved) = store.rules(tenant).await? else { return Ok(Arc::clone(&self.unsaved)) };
        let parsed = || self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, rules)) = parsed().get(tenant)
            && *version == saved.version
        {
            return Ok(Arc::clone(rules));
        }
        let rules = match rule::parse(&saved.yaml) {
            Ok(rules) => Arc::new(rules),
            // They were good when they were saved; to judge by none would be worse.
            Err(refused) => {
                error!(version = saved.version, error = chain(&refused), "saved rules do not load");
                Arc::clone(&self.unsaved)
            }
        };
        parsed().insert(tenant.clone(), (saved.version, Arc::clone(&rules)));
        Ok(rules)
    }
}
