//! Text: what was said, in a table with a key and a read permission of its own. Always masked.

use serde::{Deserialize, Serialize};
use tocsin_domain::{
    chunk::EventText,
    id::{ConversationId, TenantId, short_hash},
};

use super::{
    Store, StoreError,
    items::{Item, corrupt},
    keys,
};

/// Something that was refused, masked, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refused {
    /// Why, as the sender was told.
    pub reason: String,
    /// The event or body, with every string masked.
    pub masked: String,
}

impl Store {
    /// Writes what was said, by conversation. Writing it again changes nothing, so it precedes the
    /// counting: an orphan is harmless.
    pub async fn put_texts(
        &self,
        tenant: &TenantId,
        texts: &[(ConversationId, Vec<EventText>)],
        now: i64,
    ) -> Result<(), StoreError> {
        let mut items = Vec::new();
        for (conversation, said) in texts {
            let body = serde_json::to_vec(said).unwrap_or_default();
            let key = keys::text(tenant, *conversation, short_hash(&[&body]));
            let expires = now.saturating_add(self.retention.texts);
            items.push(
                self.attributes_in(&self.texts, tenant, Item { key, version: 1, body, expires })
                    .await?,
            );
        }
        self.put_all(&self.texts, items).await
    }

    /// Keeps what was refused where an operator can look at it and replay it.
    pub async fn put_refused(
        &self,
        tenant: &TenantId,
        refused: &[Refused],
        now: i64,
    ) -> Result<(), StoreError> {
        // Some hundred kilobytes of refused events an item; an item holds 400 KB.
        let mut items = Vec::new();
        for few in refused.chunk_by(|_, next| next.masked.len() < 1_024) {
            for few in few.chunks(100) {
                let body = serde_json::to_vec(few).unwrap_or_default();
                let key = keys::rejects(tenant, now, short_hash(&[&body]));
                let expires = now.saturating_add(self.retention.texts);
                items.push(
                    self.attributes_in(
                        &self.texts,
                        tenant,
                        Item { key, version: 1, body, expires },
                    )
                    .await?,
                );
            }
        }
        self.put_all(&self.texts, items).await
    }

    /// What was refused on the day of `at`, oldest first.
    pub async fn refused(
        &self,
        tenant: &TenantId,
        at: i64,
        now: i64,
    ) -> Result<Vec<Refused>, StoreError> {
        let pk = keys::rejects(tenant, at, 0).pk;
        let mut found = Vec::new();
        for attributes in self.query(&self.texts, &pk, None).await? {
            if let Some(item) = self.item_in(&self.texts, tenant, attributes, now).await? {
                let few: Vec<Refused> =
                    serde_json::from_slice(&item.body).map_err(|e| corrupt(&item.key, e))?;
                found.extend(few);
            }
        }
        Ok(found)
    }
}
