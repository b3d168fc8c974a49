//! Trails: who did what, and was refused what; a tenant's, and the deployment's own.
//!
//! Invariants: an entry is written on condition that there is none, and never again. Where the table
//! can tell, it is written in the transaction of what it tells of: neither is there without the other.

use tocsin_domain::{
    audit::Entry,
    id::{TenantId, short_hash},
};

use super::{
    Store, StoreError,
    items::{Attributes, Item, corrupt},
    keys::{self, Key},
    tables::Write,
};

/// Whose trail.
#[derive(Clone, Copy, Debug)]
pub enum Trail<'a> {
    /// What is about one tenant.
    Tenant(&'a TenantId),
    /// What is about all of them.
    Deployment,
}

impl Trail<'_> {
    fn key(self, time: i64, content: u64) -> Key {
        match self {
            Self::Tenant(tenant) => keys::audit(tenant, time, content),
            Self::Deployment => keys::deployment_audit(time, content),
        }
    }
}

/// Entries, the newest first, and before which key the next are, if there are more.
pub type Page = (Vec<Entry>, Option<String>);

impl Store {
    /// Writes an entry. `unique` tells apart what is the same to the word at the same moment; the same
    /// written again, as after an answer that was lost, stays one.
    pub async fn record(
        &self,
        trail: Trail<'_>,
        entry: &Entry,
        unique: u64,
    ) -> Result<(), StoreError> {
        let attributes = self.audit_item(trail, entry, unique)?;
        match self.put_guarded(attributes, None).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A page of a trail: at most `limit` entries before a key that an earlier page gave.
    pub async fn trail(
        &self,
        trail: Trail<'_>,
        before: Option<&str>,
        limit: usize,
        now: i64,
    ) -> Result<Page, StoreError> {
        let pk = trail.key(0, 0).pk;
        let read = self.latest(&pk, before, limit + 1).await?;
        let is_more = read.len() > limit;
        let (mut entries, mut last) = (Vec::new(), None);
        for attributes in read.into_iter().take(limit) {
            if super::items::read_expiry(&attributes) < now {
                // The others are older still.
                return Ok((entries, None));
            }
            let key = super::items::read_key(&attributes);
            let body = attributes.get("b").and_then(|body| body.as_b().ok());
            let body = body.ok_or_else(|| corrupt(&key, "no body"))?;
            entries.push(serde_json::from_slice(body.as_ref()).map_err(|e| corrupt(&key, e))?);
            last = Some(key.sk);
        }
        Ok((entries, last.filter(|_| is_more)))
    }

    /// An entry as a part of the transaction of what it tells of; `unique` is the version that is
    /// written.
    pub(super) fn audit_put(
        &self,
        tenant: &TenantId,
        entry: &Entry,
        unique: u64,
    ) -> Result<Write, StoreError> {
        Ok(Write::guarded(self.audit_item(Trail::Tenant(tenant), entry, unique)?, None))
    }

    /// Puts items, in one transaction with what the trail says of it if that is told.
    pub(super) async fn put_told(
        &self,
        tenant: &TenantId,
        items: Vec<Attributes>,
        entry: Option<&Entry>,
    ) -> Result<(), StoreError> {
        let Some(entry) = entry else { return self.put_all(&self.state, items).await };
        let puts = items.into_iter().map(Write::put);
        self.transact_told(tenant, puts.collect(), entry).await
    }

    /// Writes items on no condition, and what the trail says of it, all or none.
    pub(super) async fn transact_told(
        &self,
        tenant: &TenantId,
        mut items: Vec<Write>,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let told = self.audit_item(Trail::Tenant(tenant), entry, 0)?;
        let key = super::items::read_key(&told);
        items.push(Write::guarded(told, None));
        match self.transact(items).await {
            // An earlier attempt of the SDK's went through.
            Err(StoreError::Conflict) if self.get(&self.state, &key).await?.is_some() => Ok(()),
            other => other,
        }
    }

    fn audit_item(
        &self,
        trail: Trail<'_>,
        entry: &Entry,
        unique: u64,
    ) -> Result<Attributes, StoreError> {
        let body = serde_json::to_vec(entry);
        let body = body.map_err(|error| corrupt(&trail.key(entry.time, unique), error))?;
        let key = trail.key(entry.time, short_hash(&[&body, &unique.to_be_bytes()]));
        let expires = entry.time.saturating_add(self.retention.hours);
        Ok(super::items::small(Item { key, version: 1, body, expires }))
    }
}

/// Whether a text is a key that [`Store::trail`] gave.
pub fn is_place(text: &str) -> bool {
    text.split_once('-').is_some_and(|(time, content)| {
        time.len() == 20
            && time.bytes().all(|byte| byte.is_ascii_digit())
            && content.len() == 16
            && content.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
