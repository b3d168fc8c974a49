//! The register of dimension values: append-only, bounded, and filled before a value's first use.
//!
//! Without it one sender with an id in a dimension's place would turn every rollup into a list of
//! ids. Agents' names stand beside it, encrypted, by their hash.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tocsin_domain::{dimension::Dimension, id::TenantId, minute::DAY};

use super::{
    Store, StoreError,
    items::{Item, NEVER, corrupt},
    keys,
    tables::back_off,
};
use crate::vault::Vault;

/// Values that one credential may add to a dimension in a day.
const DAILY: usize = 200;
/// How often a lost race is run again.
const ATTEMPTS: u32 = 8;

/// What values are registered of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registered {
    /// A dimension.
    Of(Dimension),
    /// Types of events that the model does not know.
    UnknownType,
}

impl Registered {
    /// The part of table keys that names it.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Of(dimension) => dimension.as_str(),
            Self::UnknownType => "unknown_type",
        }
    }

    /// How many values a tenant may register.
    const fn value_limit(self) -> usize {
        match self {
            Self::Of(dimension) => dimension.value_limit(),
            Self::UnknownType => 1_000,
        }
    }
}

/// The values of one dimension.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Register {
    values: BTreeSet<String>,
    /// Day, and how many values each credential added on it.
    day: i64,
    added: BTreeMap<String, usize>,
}

impl Register {
    /// Whether a value may be used.
    pub fn holds(&self, value: &str) -> bool {
        self.values.contains(value)
    }

    /// Adds values while limits last; says whether any was added.
    fn add(&mut self, of: Registered, values: &BTreeSet<String>, by: &str, now: i64) -> bool {
        let day = now.div_euclid(DAY);
        if self.day != day {
            self.day = day;
            self.added.clear();
        }
        let mut changed = false;
        for value in values {
            let used = self.added.get(by).copied().unwrap_or_default();
            if self.values.len() >= of.value_limit() || used >= DAILY {
                break;
            }
            if self.values.insert(value.clone()) {
                *self.added.entry(by.to_owned()).or_default() += 1;
                changed = true;
            }
        }
        changed
    }
}

impl Store {
    /// Registers values as far as limits allow, and returns the register.
    pub async fn register_values(
        &self,
        tenant: &TenantId,
        of: Registered,
        values: &BTreeSet<String>,
        credential: &str,
        now: i64,
    ) -> Result<Register, StoreError> {
        let key = keys::register(tenant, of);
        for attempt in 0..ATTEMPTS {
            back_off(attempt).await;
            let stored = self.get(&self.state, &key).await?;
            let item = match stored {
                Some(attributes) => self.item(tenant, attributes, i64::MIN).await?,
                None => None,
            };
            let read = item.as_ref().map(|item| item.version);
            let mut register: Register = match &item {
                Some(item) => serde_json::from_slice(&item.body).map_err(|e| corrupt(&key, e))?,
                None => Register::default(),
            };
            if !register.add(of, values, credential, now) {
                return Ok(register);
            }
            let body = serde_json::to_vec(&register).map_err(|error| corrupt(&key, error))?;
            let version = read.unwrap_or_default() + 1;
            let item = Item { key: key.clone(), version, body, expires: NEVER };
            let attributes = self.attributes(tenant, item).await?;
            match self.put_guarded(attributes, read).await {
                Ok(()) => return Ok(register),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Writes agents' names, encrypted.
    pub async fn put_agents(
        &self,
        tenant: &TenantId,
        vault: &Vault,
        agents: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let mut items = Vec::new();
        for (hash, name) in agents {
            let key = keys::agent(tenant, hash);
            let body = vault.seal(tenant, name);
            items.push(
                self.attributes(tenant, Item { key, version: 1, body, expires: NEVER }).await?,
            );
        }
        self.put_all(&self.state, items).await
    }

    /// Agents' names by hash.
    pub async fn agents(
        &self,
        tenant: &TenantId,
        vault: &Vault,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let pk = keys::agent(tenant, "").pk;
        let mut names = BTreeMap::new();
        for attributes in self.query(&self.state, &pk, None).await? {
            if let Some(item) = self.item(tenant, attributes, i64::MIN).await?
                && let Some(name) = vault.open(tenant, &item.body)
            {
                names.insert(item.key.sk, name);
            }
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_adds_at_most_so_many_a_day_and_a_register_holds_at_most_its_limit() {
        let values = |prefix: &str, n: usize| (0..n).map(|i| format!("{prefix}{i:04}")).collect();
        for of in [Registered::Of(Dimension::Intent), Registered::UnknownType] {
            let mut register = Register::default();
            register.add(of, &values("a", 300), "one", 0);
            assert_eq!(register.values.len(), 200);
            register.add(of, &values("b", 300), "two", 0);
            assert_eq!(register.values.len(), 400);
            for day in 1..9 {
                register.add(of, &values(&format!("c{day}"), 300), "one", day * DAY);
            }
            assert_eq!(register.values.len(), 1_000);
            assert!(register.holds("a0000") && !register.holds("a0299"));
        }
    }
}
