//! Source credentials and the list of tenants.

use serde::{Deserialize, Serialize};
use tocsin_domain::{audit::Entry, id::TenantId};

use super::{
    Store, StoreError,
    items::{Item, NEVER, corrupt, read_key},
    keys,
    tables::Write,
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
        self.credential_of(&credential_hash(key)).await
    }

    /// What the source key of this hash stands for; `None` where nobody issued it, or it has ended.
    pub async fn credential_of(&self, hash: &str) -> Result<Option<Credential>, StoreError> {
        self.read_json(&keys::credential(hash)).await
    }

    /// Issues a credential and lists its tenant, and has the trail tell of it if that is told. Only the
    /// key's hash is stored.
    pub async fn put_credential(
        &self,
        key: &str,
        credential: &Credential,
        entry: Option<&Entry>,
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
        self.put_told(tenant, items, entry).await
    }

    /// Ends a tenant's credential, by the hash that is stored of its key; the trail tells of it in the
    /// same transaction.
    pub async fn delete_credential(
        &self,
        tenant: &TenantId,
        hash: &str,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let delete = Write::delete(&keys::credential(hash));
        self.transact_told(tenant, vec![delete], entry).await
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
