//! A tenant's rules: those in force, every version of them, and what backtests told of a text.
//!
//! Invariants: a version never changes once written; rules in force, their version and what the trail
//! says of them are written in one transaction, on condition of the version that was read.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tocsin_domain::{alert::history::RuleHistory, audit::Entry, id::TenantId};

use super::{
    Store, StoreError,
    items::{Item, NEVER, corrupt},
    keys,
    tables::Write,
};

/// Rules that somebody saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRules {
    /// From 1.
    pub version: u64,
    /// As they were written.
    pub yaml: String,
    /// When, in nanoseconds.
    pub saved: i64,
    /// By whom: their role.
    pub by: String,
}

/// What a text of rules would have announced over a tenant's own rollups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RulesBacktest {
    /// Of the text, see [`rules_hash`].
    pub hash: String,
    /// When it was run, in nanoseconds.
    pub run: i64,
    /// First minute that was judged, in nanoseconds.
    pub from: i64,
    /// End of the last, in nanoseconds.
    pub to: i64,
    /// What each rule did.
    pub rules: Vec<RuleHistory>,
    /// Rules that rollups can not tell of, such as those about silent sources.
    pub not_tested: Vec<String>,
}

/// Which text it is: SHA-256 in hexadecimal digits.
pub fn rules_hash(yaml: &str) -> String {
    format!("{:x}", Sha256::digest(yaml))
}

impl Store {
    /// The rules in force; `None` where none were ever saved.
    pub async fn rules(&self, tenant: &TenantId) -> Result<Option<SavedRules>, StoreError> {
        let key = keys::rules(tenant);
        let Some(attributes) = self.get(&self.state, &key).await? else { return Ok(None) };
        let Some(item) = self.item(tenant, attributes, i64::MIN).await? else { return Ok(None) };
        serde_json::from_slice(&item.body).map(Some).map_err(|error| corrupt(&key, error))
    }

    /// Puts rules into force, whose version follows the one that was read; [`StoreError::Conflict`]
    /// where somebody else did first.
    pub async fn save_rules(
        &self,
        tenant: &TenantId,
        rules: &SavedRules,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let read = rules.version.checked_sub(1).filter(|version| *version > 0);
        let current = self.rules_item(tenant, keys::rules(tenant), rules).await?;
        let own = keys::rules_version(tenant, rules.version);
        let version = self.rules_item(tenant, own, rules).await?;
        let told = self.audit_put(tenant, entry, rules.version)?;
        let puts = [Write::guarded(current, read), Write::guarded(version, None), told];
        self.transact(puts.into()).await
    }

    async fn rules_item(
        &self,
        tenant: &TenantId,
        key: keys::Key,
        rules: &SavedRules,
    ) -> Result<super::items::Attributes, StoreError> {
        let body = serde_json::to_vec(rules).map_err(|error| corrupt(&key, error))?;
        let item = Item { key, version: rules.version, body, expires: NEVER };
        self.attributes(tenant, item).await
    }

    /// A version of the rules, whether in force or not.
    pub async fn rules_version(
        &self,
        tenant: &TenantId,
        version: u64,
    ) -> Result<Option<SavedRules>, StoreError> {
        let key = keys::rules_version(tenant, version);
        let Some(attributes) = self.get(&self.state, &key).await? else { return Ok(None) };
        let Some(item) = self.item(tenant, attributes, i64::MIN).await? else { return Ok(None) };
        serde_json::from_slice(&item.body).map(Some).map_err(|error| corrupt(&key, error))
    }

    /// Records what a backtest told, in the place of an earlier one of the same text.
    pub async fn put_rules_backtest(
        &self,
        tenant: &TenantId,
        told: &RulesBacktest,
    ) -> Result<(), StoreError> {
        let key = keys::rules_backtest(tenant, &told.hash);
        let body = serde_json::to_vec(told).map_err(|error| corrupt(&key, error))?;
        let expires = told.run.saturating_add(self.retention.minutes);
        let attributes = self.attributes(tenant, Item { key, version: 1, body, expires }).await?;
        self.put_all(&self.state, vec![attributes]).await
    }

    /// What a backtest of exactly this text told; `None` where none was run lately.
    pub async fn rules_backtest(
        &self,
        tenant: &TenantId,
        hash: &str,
        now: i64,
    ) -> Result<Option<RulesBacktest>, StoreError> {
        let key = keys::rules_backtest(tenant, hash);
        let Some(attributes) = self.get(&self.state, &key).await? else { return Ok(None) };
        let Some(item) = self.item(tenant, attributes, now).await? else { return Ok(None) };
        serde_json::from_slice(&item.body).map(Some).map_err(|error| corrupt(&key, error))
    }
}
