//! What a tenant sets for itself, in versions: kept as the text that people wrote.

use tocsin_domain::{
    audit::Entry,
    configuration::{Configuration, ConfigurationError, parse},
    id::TenantId,
    minute::MINUTE,
};

use super::{
    Store, StoreError,
    items::{Item, NEVER, corrupt},
    keys,
};

/// A version comes into force no sooner than this after it is saved: every reader has read it by
/// then, so none counts by an older one.
const AHEAD: i64 = 16 * MINUTE;

/// Why a configuration is not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveConfigurationError {
    /// It is not one.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// What is counted already was counted by another.
    #[error(
        "a version that is saved can not be changed, nor a new one begin within 16 minutes: \
             keep what is there and add versions with a later `from`"
    )]
    Edited,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The tenant's configuration; the usual one where none is saved.
    pub async fn configuration(&self, tenant: &TenantId) -> Result<Configuration, StoreError> {
        let key = keys::configuration(tenant);
        let Some(attributes) = self.get(&self.state, &key).await? else {
            return Ok(Configuration::default());
        };
        let Some(item) = self.item(tenant, attributes, i64::MIN).await? else {
            return Ok(Configuration::default());
        };
        let yaml = String::from_utf8(item.body).map_err(|error| corrupt(&key, error))?;
        parse(&yaml).map_err(|error| corrupt(&key, error))
    }

    /// Saves a configuration, and has the trail tell of it. Once something is counted for the tenant it
    /// may only be extended.
    pub async fn put_configuration(
        &self,
        tenant: &TenantId,
        yaml: &str,
        entry: &Entry,
        now: i64,
    ) -> Result<(), SaveConfigurationError> {
        let configuration = parse(yaml)?;
        let snapshot = self.snapshot(tenant).await?;
        let has_counted = snapshot.version.is_some() || !snapshot.open.is_empty();
        let before = self.configuration(tenant).await?;
        if has_counted && !configuration.extends(&before, now.saturating_add(AHEAD)) {
            return Err(SaveConfigurationError::Edited);
        }
        let (key, body) = (keys::configuration(tenant), yaml.as_bytes().to_vec());
        let item = Item { key, version: 1, body, expires: NEVER };
        let attributes = self.attributes(tenant, item).await?;
        Ok(self.put_told(tenant, vec![attributes], Some(entry)).await?)
    }
}
