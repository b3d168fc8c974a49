//! Items as they are kept: a version, a body of bytes, a time to live.
//!
//! A body too large for one item is kept in parts named by its content: they are written before the
//! item that refers to them and never change, so nobody can meet half of one.

use std::{collections::HashMap, error::Error};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use serde::de::DeserializeOwned;
use tocsin_domain::{
    id::{TenantId, short_hash},
    minute::SECOND,
    sabotage::{self, Sabotage},
};

use super::{
    Store, StoreError,
    keys::{self, Key},
};

/// Attributes by name.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// A body above this is kept in parts; an item holds 400 KB.
const PART: usize = 300 << 10;
/// What expires never, as [`Item::expires`].
pub(super) const NEVER: i64 = i64::MAX;

/// An item as most of them are.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) key: Key,
    pub(super) version: u64,
    pub(super) body: Vec<u8>,
    /// When it expires, in nanoseconds of the Unix epoch; or [`NEVER`].
    pub(super) expires: i64,
}

pub(super) fn unavailable(error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(error.into())
}

pub(super) fn corrupt(key: &Key, source: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::Corrupt { pk: key.pk.clone(), sk: key.sk.clone(), source: source.into() }
}

pub(super) fn key_attributes(key: &Key) -> Attributes {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.pk.clone())),
        ("sk".to_owned(), AttributeValue::S(key.sk.clone())),
    ])
}

pub(super) fn number(value: impl Copy + ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn read_number<T: std::str::FromStr>(item: &Attributes, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

pub(super) fn read_key(item: &Attributes) -> Key {
    let text = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    Key { pk: text("pk").unwrap_or_default(), sk: text("sk").unwrap_or_default() }
}

/// The version of what is written in place of what was read. A new item's is the time: an item of the
/// same key that expired before it had a smaller one, so a worker that was held up since it read that
/// one does not overwrite this.
pub(super) fn next_version(read: Option<u64>, now: i64) -> u64 {
    read.map_or(now.unsigned_abs(), |version| version + 1)
}

/// When an item expires, in nanoseconds of the Unix epoch.
pub(super) fn read_expiry(item: &Attributes) -> i64 {
    read_number::<i64>(item, "ttl").map_or(NEVER, |seconds| seconds.saturating_mul(SECOND))
}

/// The key, and the time to live in whole seconds, rounded up.
fn expiring(key: &Key, expires: i64) -> Attributes {
    let mut attributes = key_attributes(key);
    if expires != NEVER {
        let seconds = expires.div_euclid(SECOND).saturating_add(1);
        attributes.insert("ttl".to_owned(), number(seconds));
    }
    attributes
}

/// The attributes of an item whose body is small.
pub(super) fn small(item: Item) -> Attributes {
    let Item { key, version, body, expires } = item;
    let mut attributes = expiring(&key, expires);
    attributes.insert("v".to_owned(), number(version));
    attributes.insert("b".to_owned(), AttributeValue::B(Blob::new(body)));
    attributes
}

impl Store {
    /// The attributes of an item of the state table; writes the parts of a large body.
    pub(super) async fn attributes(
        &self,
        tenant: &TenantId,
        item: Item,
    ) -> Result<Attributes, StoreError> {
        self.attributes_in(&self.state, tenant, item).await
    }

    /// The attributes of an item of a table; the parts of a large body are written beside it.
    pub(super) async fn attributes_in(
        &self,
        table: &str,
        tenant: &TenantId,
        item: Item,
    ) -> Result<Attributes, StoreError> {
        if item.body.len() <= PART {
            return Ok(small(item));
        }
        let Item { key, version, body, expires } = item;
        let mut attributes = expiring(&key, expires);
        attributes.insert("v".to_owned(), number(version));
        let content = short_hash(&[&body]);
        let parts = body.chunks(PART).enumerate().map(|(index, part)| {
            let mut attributes = expiring(&keys::part(tenant, content, index), expires);
            attributes.insert("b".to_owned(), AttributeValue::B(Blob::new(part)));
            attributes
        });
        self.put_all(table, parts.collect()).await?;
        attributes.insert("parts".to_owned(), AttributeValue::S(format!("{content:016x}")));
        Ok(attributes)
    }

    /// Reads an item of the state table back; `None` where it has expired.
    pub(super) async fn item(
        &self,
        tenant: &TenantId,
        attributes: Attributes,
        now: i64,
    ) -> Result<Option<Item>, StoreError> {
        self.item_in(&self.state, tenant, attributes, now).await
    }

    /// Reads an item of a table back; `None` where it has expired.
    pub(super) async fn item_in(
        &self,
        table: &str,
        tenant: &TenantId,
        mut attributes: Attributes,
        now: i64,
    ) -> Result<Option<Item>, StoreError> {
        let key = read_key(&attributes);
        let expires = read_expiry(&attributes);
        if expires < now && !sabotage::is(Sabotage::ExpiredStillRead) {
            return Ok(None);
        }
        let body = match (attributes.remove("b"), attributes.remove("parts")) {
            (Some(AttributeValue::B(body)), _) => body.into_inner(),
            (_, Some(AttributeValue::S(content))) => {
                let content = u64::from_str_radix(&content, 16).map_err(|e| corrupt(&key, e))?;
                self.parts(table, tenant, content).await?
            }
            _ => Vec::new(),
        };
        let version = read_number(&attributes, "v").unwrap_or_default();
        Ok(Some(Item { key, version, body, expires }))
    }

    async fn parts(
        &self,
        table: &str,
        tenant: &TenantId,
        content: u64,
    ) -> Result<Vec<u8>, StoreError> {
        let pk = keys::part(tenant, content, 0).pk;
        let parts = self.query(table, &pk, None).await?;
        let bodies = parts.iter().filter_map(|part| part.get("b")?.as_b().ok());
        Ok(bodies.flat_map(|body| body.as_ref().to_vec()).collect())
    }

    /// What the item of this key holds as JSON; `None` where there is none.
    pub(super) async fn read_json<T: DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<T>, StoreError> {
        let Some(attributes) = self.get(&self.state, key).await? else { return Ok(None) };
        let body = attributes.get("b").and_then(|body| body.as_b().ok());
        let body = body.ok_or_else(|| corrupt(key, "no body"))?;
        serde_json::from_slice(body.as_ref()).map(Some).map_err(|error| corrupt(key, error))
    }

    /// Deletes items and the parts of large bodies among them.
    pub(super) async fn delete_with_parts(
        &self,
        table: &str,
        tenant: &TenantId,
        items: &[Attributes],
    ) -> Result<(), StoreError> {
        let mut keys: Vec<Key> = items.iter().map(read_key).collect();
        for item in items {
            keys.extend(self.part_keys(table, tenant, item).await?);
        }
        self.delete_all(table, &keys).await
    }

    /// Deletes the parts of an item's large body, in whose place another was put.
    pub(super) async fn delete_parts(
        &self,
        table: &str,
        tenant: &TenantId,
        item: &Attributes,
    ) -> Result<(), StoreError> {
        let keys = self.part_keys(table, tenant, item).await?;
        self.delete_all(table, &keys).await
    }

    async fn part_keys(
        &self,
        table: &str,
        tenant: &TenantId,
        item: &Attributes,
    ) -> Result<Vec<Key>, StoreError> {
        let Some(content) = item.get("parts").and_then(|content| content.as_s().ok()) else {
            return Ok(Vec::new());
        };
        let content = u64::from_str_radix(content, 16).map_err(|e| corrupt(&read_key(item), e))?;
        let pk = keys::part(tenant, content, 0).pk;
        Ok(self.query(table, &pk, None).await?.iter().map(read_key).collect())
    }
}
