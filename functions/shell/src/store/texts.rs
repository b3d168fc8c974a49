//! Text: what was said, in a table with a key and a read permission of its own. Always masked.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use tocsin_domain::{
    chunk::EventText,
    decode::Fingerprints,
    id::{ConversationId, KeyedHash, TenantId, short_hash},
    minute::DAY,
    platform::Platform,
};

use super::{
    Store, StoreError,
    items::{Attributes, Item, corrupt},
    keys,
};

/// What was said in a conversation, as it is kept under one of its hashes.
#[derive(Clone, Debug)]
pub struct Said {
    /// The hash.
    pub conversation: ConversationId,
    /// The others, while a key is being replaced: it is kept under each of them too.
    pub also: BTreeSet<ConversationId>,
    /// The texts.
    pub texts: Vec<EventText>,
}

/// The name of the attribute that says under which other hashes the same is kept.
const ALSO: &str = "also";

/// Something that was refused, masked, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refused {
    /// Why, as the sender was told.
    pub reason: String,
    /// The event or body, with every string masked.
    pub masked: String,
    /// What the event is known by; `None` where it is none, or was kept by an earlier version.
    #[serde(default)]
    pub known: Option<Fingerprints>,
    /// The vendor and account whose delivery it is; `None` of an event of the model.
    #[serde(default)]
    pub delivery: Option<(Platform, String)>,
}

/// What was refused of one request.
#[derive(Clone, Debug)]
pub struct Kept {
    key: keys::Key,
    /// When the request came, in nanoseconds.
    pub received: i64,
    /// What was refused.
    pub refused: Vec<Refused>,
}

impl Store {
    /// Writes what was said, by conversation. Writing it again changes nothing, so it precedes the
    /// counting: what is never counted expires.
    pub async fn put_texts(
        &self,
        tenant: &TenantId,
        said: &[Said],
        now: i64,
    ) -> Result<(), StoreError> {
        let mut items = Vec::new();
        for Said { conversation, also, texts } in said {
            let body = serde_json::to_vec(texts).unwrap_or_default();
            let also: Vec<String> = also.iter().map(ToString::to_string).collect();
            let also = also.join(",");
            // The same again with fewer hashes must not take the place of what names them all.
            let named = [body.as_slice(), also.as_bytes()];
            let content = short_hash(if also.is_empty() { &named[..1] } else { &named });
            let key = keys::text(tenant, *conversation, content);
            let expires = now.saturating_add(self.retention.texts);
            let item = Item { key, version: 1, body, expires };
            let mut attributes = self.attributes_in(&self.texts, tenant, item).await?;
            if !also.is_empty() {
                attributes.insert(ALSO.to_owned(), AttributeValue::S(also));
            }
            items.push(attributes);
        }
        self.put_all(&self.texts, items).await
    }

    /// Deletes what was said in a conversation, and the same under its other hashes, to which no pointer
    /// needs to lead for that; says how many items that was.
    pub async fn delete_texts(
        &self,
        tenant: &TenantId,
        id: ConversationId,
    ) -> Result<usize, StoreError> {
        let (mut hashes, mut found) = (vec![id], Vec::new());
        while let Some(id) = hashes.get(found.len()) {
            let pk = keys::text(tenant, *id, 0).pk;
            let items = self.query(&self.texts, &pk, None).await?;
            let others: BTreeSet<ConversationId> = items.iter().flat_map(also_under).collect();
            hashes.extend(
                others.into_iter().filter(|other| !hashes.contains(other)).collect::<Vec<_>>(),
            );
            found.push(items);
        }
        let mut deleted = 0;
        // Where this ends half-way, what is left leads to the rest again.
        for items in found.iter().rev() {
            self.delete_with_parts(&self.texts, tenant, items).await?;
            deleted += items.len();
        }
        Ok(deleted)
    }

    /// Deletes what was refused and names one of these; says how many that were.
    pub async fn delete_refused(
        &self,
        tenant: &TenantId,
        names: &[KeyedHash],
        now: i64,
    ) -> Result<usize, StoreError> {
        let names: Vec<String> = names.iter().map(KeyedHash::to_string).collect();
        let is_named = |one: &Refused| names.iter().any(|name| one.masked.contains(name));
        let mut deleted = 0;
        for days_ago in 0..=self.retention.texts / DAY {
            let pk = keys::rejects(tenant, now - days_ago * DAY, 0).pk;
            for attributes in self.query(&self.texts, &pk, None).await? {
                let stored = attributes.clone();
                let Some(mut item) = self.item_in(&self.texts, tenant, attributes, now).await?
                else {
                    continue;
                };
                let mut few: Vec<Refused> =
                    serde_json::from_slice(&item.body).map_err(|e| corrupt(&item.key, e))?;
                let before = few.len();
                few.retain(|one| !is_named(one));
                if few.len() == before {
                    continue;
                }
                deleted += before - few.len();
                if few.is_empty() {
                    self.delete_with_parts(&self.texts, tenant, &[stored]).await?;
                    continue;
                }
                // In place of the whole, which nobody else writes again.
                item.body = serde_json::to_vec(&few).map_err(|e| corrupt(&item.key, e))?;
                let rest = self.attributes_in(&self.texts, tenant, item).await?;
                self.put_all(&self.texts, vec![rest]).await?;
                self.delete_parts(&self.texts, tenant, &stored).await?;
            }
        }
        Ok(deleted)
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

    /// What was refused from a moment on and before another, of one UTC day: that of the first moment;
    /// oldest first.
    pub async fn refused(
        &self,
        tenant: &TenantId,
        (from, until): (i64, i64),
        now: i64,
    ) -> Result<Vec<Kept>, StoreError> {
        let pk = keys::rejects(tenant, from, 0).pk;
        let range = (keys::instant(from), keys::instant(until));
        let mut found = Vec::new();
        for attributes in self.query(&self.texts, &pk, Some(range)).await? {
            if let Some(item) = self.item_in(&self.texts, tenant, attributes, now).await? {
                let refused =
                    serde_json::from_slice(&item.body).map_err(|e| corrupt(&item.key, e))?;
                let received = keys::parse_instant(&item.key.sk);
                let received = received.ok_or_else(|| corrupt(&item.key, "the key has no time"))?;
                found.push(Kept { key: item.key, received, refused });
            }
        }
        Ok(found)
    }

    /// Forgets what was refused of a request, all of which is taken by now.
    pub async fn forget_refused(&self, tenant: &TenantId, kept: &Kept) -> Result<(), StoreError> {
        if let Some(stored) = self.get_text(&kept.key).await? {
            self.delete_with_parts(&self.texts, tenant, &[stored]).await?;
        }
        Ok(())
    }

    /// An item of the text table. By a query, which is all that its readers may.
    async fn get_text(&self, key: &keys::Key) -> Result<Option<Attributes>, StoreError> {
        let only = Some((key.sk.clone(), key.sk.clone()));
        Ok(self.query(&self.texts, &key.pk, only).await?.pop())
    }
}

/// Under which other hashes of its conversation the same is kept.
fn also_under(item: &Attributes) -> Vec<ConversationId> {
    let also = item.get(ALSO).and_then(|also| also.as_s().ok());
    also.into_iter().flat_map(|also| also.split(',')).filter_map(KeyedHash::parse).collect()
}
