//! Connections: as whose events a vendor's deliveries are taken, and the secrets that sign them.
//!
//! Found by the hash of what the delivery names: the path that it was posted to, or the source of an
//! event bus. Neither is stored: of a vendor that does not sign, the path is the secret. Secrets are
//! sealed, and opened by whoever verifies.

use serde::{Deserialize, Serialize};
use tocsin_domain::{
    audit::Entry,
    id::TenantId,
    platform::{Account, Platform, signature::Scheme},
};

use super::{
    Store, StoreError,
    credentials::Credential,
    items::{Item, NEVER, corrupt, read_key},
    keys::{self, Key},
    tables::Write,
};
use crate::vault::{Vault, credential_hash};

/// What a delivery names.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// The last parts of the path that it was posted to.
    Path(Platform, &'a str),
    /// The source of an event bus: of a partner's as it stands there, of one of AWS's own with the
    /// account behind it (`aws.connect/111122223333`).
    EventSource(&'a str),
}

impl Named<'_> {
    /// By which the connection is kept, listed and ended.
    pub fn hash(&self) -> String {
        credential_hash(&match self {
            Self::Path(platform, name) => format!("path/{}/{name}", platform.as_str()),
            Self::EventSource(source) => format!("event source/{source}"),
        })
    }
}

/// As whose events a vendor's deliveries are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Whose.
    pub tenant: TenantId,
    /// The vendor.
    pub platform: Platform,
    /// The account's name in sources and subjects.
    pub account: String,
    /// How deliveries are signed.
    pub scheme: Scheme,
    /// Secrets that may have signed them, each sealed.
    pub secrets: Vec<Vec<u8>>,
    /// The source of an event bus, for people; `None` of a path.
    pub event_source: Option<String>,
}

impl Connection {
    /// The account that its deliveries are of.
    pub fn account(&self) -> Account<'_> {
        Account::new(self.platform, &self.account)
    }

    /// What it may send, as a source key would say it.
    pub fn credential(&self) -> Credential {
        let name = format!("{}/{}", self.platform.as_str(), self.account);
        let sources = vec![self.account().source()];
        Credential { tenant: self.tenant.clone(), sources, name }
    }

    /// The secrets as a vendor has them.
    pub fn opened(&self, vault: &Vault) -> Vec<String> {
        self.secrets.iter().filter_map(|secret| vault.open_secret(&self.tenant, secret)).collect()
    }
}

impl Store {
    /// The connection that a delivery names; `None` where nobody made it.
    pub async fn connection(&self, named: Named<'_>) -> Result<Option<Connection>, StoreError> {
        self.connection_of(&named.hash()).await
    }

    /// The connection of this hash; `None` where nobody made it, or it has ended.
    pub async fn connection_of(&self, hash: &str) -> Result<Option<Connection>, StoreError> {
        self.read_json(&keys::connection(hash)).await
    }

    /// Makes a connection, or replaces the one of the same name; lists it and its tenant, and has the
    /// trail tell of it if that is told.
    pub async fn put_connection(
        &self,
        named: Named<'_>,
        connection: &Connection,
        entry: Option<&Entry>,
    ) -> Result<(), StoreError> {
        let (tenant, hash) = (&connection.tenant, named.hash());
        let key = keys::connection(&hash);
        let body = serde_json::to_vec(connection).map_err(|error| corrupt(&key, error))?;
        let parts: [(Key, Vec<u8>); 3] = [
            (key, body),
            (keys::connection_of_tenant(tenant, &hash), Vec::new()),
            (keys::tenant(tenant), Vec::new()),
        ];
        let mut items = Vec::new();
        for (key, body) in parts {
            let item = Item { key, version: 1, body, expires: NEVER };
            items.push(self.attributes(tenant, item).await?);
        }
        self.put_told(tenant, items, entry).await
    }

    /// Ends a tenant's connection, by its hash; the trail tells of it in the same transaction.
    pub async fn delete_connection(
        &self,
        tenant: &TenantId,
        hash: &str,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let keys = [keys::connection(hash), keys::connection_of_tenant(tenant, hash)];
        let deletes = keys.iter().map(Write::delete);
        self.transact_told(tenant, deletes.collect(), entry).await
    }

    /// A tenant's connections, each with its hash.
    pub async fn connections(
        &self,
        tenant: &TenantId,
    ) -> Result<Vec<(String, Connection)>, StoreError> {
        let pk = keys::connection_of_tenant(tenant, "").pk;
        let mut found = Vec::new();
        for listed in self.query(&self.state, &pk, None).await? {
            let hash = read_key(&listed).sk;
            found.extend(self.connection_of(&hash).await?.map(|connection| (hash, connection)));
        }
        Ok(found)
    }
}
