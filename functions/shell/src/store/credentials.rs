//! Source credentials and the list of tenants.

use serde::{Deserialize, Serialize};
use tocsin_domain::id::TenantId;

use super::{
    Store, StoreError,
    items::{Item, NEVER, corrupt, read_key},
    keys,
};
use crate::vault::credential_hash;

/// What a source key stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Whose events it brings.
    pub tenant: TenantId,
    /// Prefixes of `source` that it may send; an empty prefix allows all.
    pub sources: Vec<String>,
    /// A name for people.
    pub name: String,
}

impl Store {
    /// What a source key stands for; `None` where nobody issued it.
    pub async fn credential(&self, key: &str) -> Result<Option<Credential>, StoreError> {
        let key = keys::credential(&credential_hash(key));
        let Some(attributes) = self.get(&self.state, &key).await? else { return Ok(None) };
        let body = attributes.get("b").and_then(|body| body.as_b().ok());
        let body = body.ok_or_else(|| corrupt(&key, "no body"))?;
        serde_json::from_slice(body.as_ref()).map(Some).map_err(|error| corrupt(&key, error))
    }

    /// Issues a credential and lists its tenant. Only the key's hash is stored.
    pub async fn put_credential(
        &self,
        key: &str,
        credential: &Credential,
    ) -> Result<(), StoreError> {
        let tenant = &credential.tenant;
        let body = serde_json::to_vec(credential);
        let key = keys::credential(&credential_hash(key));
        let body = body.map_err(|error| corrupt(&key, error))?;
        let mut items = Vec::new();
        for (key, body) in [(key, body), (keys::tenant(tenant), Vec::new())] {
            let item = Item { key, version: 1, body, expires: NEVER };
            let attributes = self.attributes(tenant, item).await?;
            items.push(attributes);
        }
        self.put_all(&self.state, items).await
    }

    /// Ends a credential, by the hash that is stored of its key; one that does not exist has ended.
    pub async fn delete_credential(&self, hash: &str) -> Result<(), StoreError> {
        self.delete_all(&self.state, &[keys::credential(hash)]).await
    }

    /// All tenants.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        let found = self.query(&self.state, "TENANTS", None).await?;
        found
            .iter()
            .map(|item| {
                let key = read_key(item);
                TenantId::try_from(key.sk.clone()).map_err(|error| corrupt(&key, error))
            })
            .collect()
    }
}
