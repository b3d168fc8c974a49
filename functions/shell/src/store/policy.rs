//! A tenant's policy of phrases, which ingest reads: kept as the text that people wrote.

use tocsin_domain::{
    audit::Entry,
    derived::{Policy, PolicyError},
    id::TenantId,
};

use super::{
    Store, StoreError,
    items::{Item, corrupt},
    keys,
};

/// Why a policy is not saved.
#[derive(Debug, thiserror::Error)]
pub enum SavePolicyError {
    /// It is not one.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The table did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The tenant's phrases; the empty policy where none is saved.
    pub async fn policy(&self, tenant: &TenantId) -> Result<Policy, StoreError> {
        let key = keys::policy(tenant);
        let Some(attributes) = self.get(&self.state, &key).await? else {
            return Ok(Policy::default());
        };
        let Some(item) = self.item(tenant, attributes, i64::MIN).await? else {
            return Ok(Policy::default());
        };
        let yaml = String::from_utf8(item.body).map_err(|error| corrupt(&key, error))?;
        Policy::parse(&yaml).map_err(|error| corrupt(&key, error))
    }

    /// Saves a policy for what is received from now on; what was derived before stays. The trail tells
    /// of it if that is told.
    pub async fn put_policy(
        &self,
        tenant: &TenantId,
        yaml: &str,
        entry: Option<&Entry>,
    ) -> Result<(), SavePolicyError> {
        Policy::parse(yaml)?;
        let (key, body) = (keys::policy(tenant), yaml.as_bytes().to_vec());
        let item = Item { key, version: 1, body, expires: 0 };
        let mut attributes = self.attributes(tenant, item).await?;
        attributes.remove("ttl");
        Ok(self.put_told(tenant, vec![attributes], entry).await?)
    }
}
