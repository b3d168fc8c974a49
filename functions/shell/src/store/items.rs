//! Items on the wire: a version, a body of bytes, a time to live; and calls in batches.
//!
//! A body too large for one item is kept in parts named by its content: they are written before the
//! item that refers to them and never change, so nobody can meet half of one.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
};

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    primitives::Blob,
    types::{
        AttributeValue, ConditionCheck, Delete, DeleteRequest, KeysAndAttributes, Put, PutRequest,
        ReturnConsumedCapacity, TransactWriteItem, WriteRequest,
    },
};
use serde::de::DeserializeOwned;
use tocsin_domain::{
    id::{TenantId, short_hash},
    minute::SECOND,
    sabotage::{self, Sabotage},
};

use tracing::debug;

use super::{
    Store, StoreError,
    keys::{self, Key},
};

/// Attributes by name.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// A body above this is kept in parts; an item holds 400 KB.
const PART: usize = 300 << 10;
/// Items of one batch write.
const WRITES: usize = 25;
/// Items of one batch read.
const READS: usize = 100;
/// What expires never, as [`Item::expires`].
pub(super) const NEVER: i64 = i64::MAX;
/// How often an unfinished batch is tried.
const ATTEMPTS: u32 = 8;

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

    /// One item, as of now.
    pub(super) async fn get(
        &self,
        table: &str,
        key: &Key,
    ) -> Result<Option<Attributes>, StoreError> {
        let get = self.client.get_item().table_name(table).consistent_read(true);
        let answer = get.set_key(Some(key_attributes(key))).send().await.map_err(unavailable)?;
        Ok(answer.item)
    }

    /// All items of a partition, or those between two sort keys, in order.
    pub(super) async fn query(
        &self,
        table: &str,
        pk: &str,
        between: Option<(String, String)>,
    ) -> Result<Vec<Attributes>, StoreError> {
        let query = self.client.query().table_name(table).consistent_read(true);
        let query = query.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        let query = match between {
            None => query.key_condition_expression("pk = :pk"),
            Some((low, high)) => query
                .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
                .expression_attribute_values(":low", AttributeValue::S(low))
                .expression_attribute_values(":high", AttributeValue::S(high)),
        };
        let pages = query.into_paginator().items().send();
        pages.collect::<Result<Vec<_>, _>>().await.map_err(unavailable)
    }

    /// At most so many items of a partition, the last first: those before a sort key where it is given.
    pub(super) async fn latest(
        &self,
        pk: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Attributes>, StoreError> {
        let query = self.client.query().table_name(&self.state).consistent_read(true);
        let query = query.scan_index_forward(false).limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let query = query.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        let query = match before {
            None => query.key_condition_expression("pk = :pk"),
            Some(before) => query
                .key_condition_expression("pk = :pk AND sk < :before")
                .expression_attribute_values(":before", AttributeValue::S(before.to_owned())),
        };
        Ok(query.send().await.map_err(unavailable)?.items.unwrap_or_default())
    }

    /// Many items by key, in no order; those that do not exist are left out.
    pub(super) async fn get_all(&self, keys: Vec<Key>) -> Result<Vec<Attributes>, StoreError> {
        let mut found = Vec::new();
        for batch in keys.chunks(READS) {
            let mut wanted: Vec<Attributes> = batch.iter().map(key_attributes).collect();
            for attempt in 0..ATTEMPTS {
                back_off(attempt).await;
                let request = KeysAndAttributes::builder().set_keys(Some(wanted));
                let request = request.consistent_read(true).build().map_err(unavailable)?;
                let call = self.client.batch_get_item().request_items(&self.state, request);
                let answer = call.send().await.map_err(unavailable)?;
                found.extend(
                    answer
                        .responses
                        .into_iter()
                        .flat_map(|mut r| r.remove(&self.state).unwrap_or_default()),
                );
                let rest = answer.unprocessed_keys.and_then(|mut keys| keys.remove(&self.state));
                wanted = rest.map(|rest| rest.keys).unwrap_or_default();
                if wanted.is_empty() {
                    break;
                }
            }
            if !wanted.is_empty() {
                return Err(StoreError::Unavailable("reads stayed unprocessed".into()));
            }
        }
        Ok(found)
    }

    /// Puts many items, each as it is; for items that never change. Of several with one key, as a
    /// redelivery within one batch makes them, one is put: a call may not hold a key twice.
    pub(super) async fn put_all(
        &self,
        table: &str,
        items: Vec<Attributes>,
    ) -> Result<(), StoreError> {
        let by_key: BTreeMap<Key, Attributes> =
            items.into_iter().map(|item| (read_key(&item), item)).collect();
        let requests = by_key.into_values().map(|item| {
            let put = PutRequest::builder().set_item(Some(item)).build()?;
            Ok(WriteRequest::builder().put_request(put).build())
        });
        self.write_all(table, requests.collect::<Result<_, _>>().map_err(unavailable_build)?).await
    }

    /// Deletes many items; one that does not exist is as good as deleted.
    pub(super) async fn delete_all(&self, table: &str, keys: &[Key]) -> Result<(), StoreError> {
        let requests = keys.iter().map(|key| {
            let delete = DeleteRequest::builder().set_key(Some(key_attributes(key))).build()?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        });
        self.write_all(table, requests.collect::<Result<_, _>>().map_err(unavailable_build)?).await
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
            let Some(content) = item.get("parts").and_then(|content| content.as_s().ok()) else {
                continue;
            };
            let content =
                u64::from_str_radix(content, 16).map_err(|e| corrupt(&read_key(item), e))?;
            let pk = keys::part(tenant, content, 0).pk;
            keys.extend(self.query(table, &pk, None).await?.iter().map(read_key));
        }
        self.delete_all(table, &keys).await
    }

    /// An unguarded put, as a part of a transaction.
    pub(super) fn plain_put(&self, item: Attributes) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&self.state).set_item(Some(item));
        Ok(TransactWriteItem::builder().put(put.build().map_err(unavailable)?).build())
    }

    /// A delete, as a part of a transaction; one that does not exist is as good as deleted.
    pub(super) fn plain_delete(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.state).set_key(Some(key_attributes(key)));
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(unavailable)?).build())
    }

    async fn write_all(&self, table: &str, requests: Vec<WriteRequest>) -> Result<(), StoreError> {
        for batch in requests.chunks(WRITES) {
            let mut wanted = batch.to_vec();
            for attempt in 0..ATTEMPTS {
                back_off(attempt).await;
                let call = self.client.batch_write_item().request_items(table, wanted);
                let answer = call.send().await.map_err(unavailable)?;
                let rest = answer.unprocessed_items.and_then(|mut items| items.remove(table));
                wanted = rest.unwrap_or_default();
                if wanted.is_empty() {
                    break;
                }
            }
            if !wanted.is_empty() {
                return Err(StoreError::Unavailable("writes stayed unprocessed".into()));
            }
        }
        Ok(())
    }

    /// A put on condition that the item still has the version that was read; `None`: that none exists.
    pub(super) fn guarded_put(
        &self,
        item: Attributes,
        read: Option<u64>,
    ) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&self.state).set_item(Some(item));
        let put = match read {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(version) => put
                .condition_expression("v = :read")
                .expression_attribute_values(":read", number(version)),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(unavailable)?).build())
    }

    /// A check that an item still has the version that was read; `None`: that there is none.
    pub(super) fn unchanged(
        &self,
        key: &Key,
        read: Option<u64>,
    ) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder().table_name(&self.state);
        let check = check.set_key(Some(key_attributes(key)));
        let check = match read {
            None => check.condition_expression("attribute_not_exists(pk)"),
            Some(version) => check
                .condition_expression("v = :read")
                .expression_attribute_values(":read", number(version)),
        };
        let check = check.build().map_err(unavailable_build)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// All or none. The SDK's own retry of a transaction that went through finds its conditions
    /// failed, which is a conflict: whoever reads again sees that everything is there.
    pub(super) async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<(), StoreError> {
        let actions = items.len();
        let call = self.client.transact_write_items().set_transact_items(Some(items));
        let call = call.return_consumed_capacity(ReturnConsumedCapacity::Total);
        match call.send().await {
            Ok(done) => {
                let units = done.consumed_capacity().iter().filter_map(|used| used.capacity_units);
                debug!(actions, write_units = units.sum::<f64>(), "wrote transaction");
                Ok(())
            }
            Err(error) if is_conflict(&error) => Err(StoreError::Conflict),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// One put, on the same condition as [`Store::guarded_put`].
    pub(super) async fn put_guarded(
        &self,
        item: Attributes,
        read: Option<u64>,
    ) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.state).set_item(Some(item));
        let put = match read {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(version) => put
                .condition_expression("v = :read")
                .expression_attribute_values(":read", number(version)),
        };
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(service)
                    if service.is_conditional_check_failed_exception()
                        || service.is_transaction_conflict_exception() =>
                {
                    Err(StoreError::Conflict)
                }
                _ => Err(unavailable(error)),
            },
        }
    }
}

fn unavailable_build(error: aws_sdk_dynamodb::error::BuildError) -> StoreError {
    unavailable(error)
}

fn is_conflict(error: &SdkError<TransactWriteItemsError>) -> bool {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().iter().any(|reason| {
                matches!(reason.code(), Some("ConditionalCheckFailed" | "TransactionConflict"))
            })
        }
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => true,
        _ => false,
    }
}

/// Waits before another attempt: 0, 25, 50, 100 … ms.
pub(super) async fn back_off(attempt: u32) {
    if attempt > 0 {
        let wait = std::time::Duration::from_millis(25 << (attempt - 1).min(6));
        tokio::time::sleep(wait).await;
    }
}
