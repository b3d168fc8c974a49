//! What the store asks of tables: a dozen calls on items, by DynamoDB or, where nothing need outlive the
//! process and nobody else writes, by [`Memory`].
//!
//! Invariant: both answer alike; the store's tests run on either.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{
    Client,
    error::{BuildError, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, ConditionCheck, Delete, DeleteRequest, KeysAndAttributes, Put, PutRequest,
        ReturnConsumedCapacity, TransactWriteItem, WriteRequest,
    },
};
use tracing::debug;

#[cfg(feature = "memory")]
use super::memory::Memory;
use super::{
    Store, StoreError,
    items::{Attributes, key_attributes, number, read_key, unavailable},
    keys::Key,
};

/// Items of one batch write.
const WRITES: usize = 25;
/// Items of one batch read.
const READS: usize = 100;
/// How often an unfinished batch is tried.
const ATTEMPTS: u32 = 8;

/// What holds the items.
#[derive(Clone, Debug)]
pub(super) enum Tables {
    DynamoDb(Client),
    #[cfg(feature = "memory")]
    Memory(Memory),
}

/// One write of a transaction to the state table.
#[derive(Clone, Debug)]
pub(super) enum Write {
    /// An item, in place of what is there.
    Put(Attributes, Condition),
    /// One that does not exist is as good as deleted.
    Delete(Key),
    /// Nothing, on condition.
    Check(Key, Condition),
}

/// What must hold of the item that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Nothing,
    /// There is none.
    Absent,
    /// It has this version.
    Version(u64),
}

/// Where a scan goes on.
#[derive(Debug)]
pub(super) struct Rest(HashMap<String, AttributeValue>);

impl Write {
    /// An unguarded put.
    pub(super) fn put(item: Attributes) -> Self {
        Self::Put(item, Condition::Nothing)
    }

    /// A put on condition that the item still has the version that was read; `None`: that none exists.
    pub(super) fn guarded(item: Attributes, read: Option<u64>) -> Self {
        Self::Put(item, Condition::of(read))
    }

    /// A delete.
    pub(super) fn delete(key: &Key) -> Self {
        Self::Delete(key.clone())
    }

    /// A check that an item still has the version that was read; `None`: that there is none.
    pub(super) fn unchanged(key: &Key, read: Option<u64>) -> Self {
        Self::Check(key.clone(), Condition::of(read))
    }

    fn action(self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let action = TransactWriteItem::builder();
        Ok(match self {
            Self::Put(item, condition) => {
                let put = Put::builder().table_name(table).set_item(Some(item));
                let put = put.set_condition_expression(condition.expression());
                let put = put.set_expression_attribute_values(condition.values());
                action.put(put.build()?)
            }
            Self::Delete(key) => {
                let delete = Delete::builder().table_name(table);
                action.delete(delete.set_key(Some(key_attributes(&key))).build()?)
            }
            Self::Check(key, condition) => {
                let check = ConditionCheck::builder().table_name(table);
                let check = check.set_key(Some(key_attributes(&key)));
                let check = check.set_condition_expression(condition.expression());
                let check = check.set_expression_attribute_values(condition.values());
                action.condition_check(check.build()?)
            }
        }
        .build())
    }
}

impl Condition {
    /// That nobody wrote since an item was read, or found to be none.
    fn of(read: Option<u64>) -> Self {
        read.map_or(Self::Absent, Self::Version)
    }

    fn expression(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Absent => Some("attribute_not_exists(pk)".to_owned()),
            Self::Version(_) => Some("v = :read".to_owned()),
        }
    }

    fn values(self) -> Option<HashMap<String, AttributeValue>> {
        match self {
            Self::Nothing | Self::Absent => None,
            Self::Version(version) => Some(HashMap::from([(":read".to_owned(), number(version))])),
        }
    }
}

impl Store {
    /// One item, as of now.
    pub(super) async fn get(
        &self,
        table: &str,
        key: &Key,
    ) -> Result<Option<Attributes>, StoreError> {
        let client = match &self.tables {
            Tables::DynamoDb(client) => client,
            #[cfg(feature = "memory")]
            Tables::Memory(memory) => return Ok(memory.get(table, key)),
        };
        let get = client.get_item().table_name(table).consistent_read(true);
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
        let client = match &self.tables {
            Tables::DynamoDb(client) => client,
            #[cfg(feature = "memory")]
            Tables::Memory(memory) => return Ok(memory.query(table, pk, between)),
        };
        let query = client.query().table_name(table).consistent_read(true);
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
        let client = match &self.tables {
            Tables::DynamoDb(client) => client,
            #[cfg(feature = "memory")]
            Tables::Memory(memory) => return Ok(memory.latest(&self.state, pk, before, limit)),
        };
        let query = client.query().table_name(&self.state).consistent_read(true);
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

    /// Some items of the state table whose partition begins so, and where to go on if that was not all.
    pub(super) async fn scan(
        &self,
        prefix: &str,
        from: Option<Rest>,
    ) -> Result<(Vec<Attributes>, Option<Rest>), StoreError> {
        let client = match &self.tables {
            Tables::DynamoDb(client) => client,
            #[cfg(feature = "memory")]
            Tables::Memory(memory) => return Ok((memory.scan(&self.state, prefix), None)),
        };
        let scan = client.scan().table_name(&self.state).consistent_read(true);
        let scan = scan.filter_expression("begins_with(pk, :prefix)");
        let prefix = AttributeValue::S(prefix.to_owned());
        let scan = scan.expression_attribute_values(":prefix", prefix);
        let scan = scan.set_exclusive_start_key(from.map(|Rest(key)| key));
        let answer = scan.send().await.map_err(unavailable)?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key.map(Rest)))
    }

    /// Many items by key, in no order; those that do not exist are left out.
    pub(super) async fn get_all(&self, keys: Vec<Key>) -> Result<Vec<Attributes>, StoreError> {
        let client = match &self.tables {
            Tables::DynamoDb(client) => client,
            #[cfg(feature = "memory")]
            Tables::Memory(memory) => {
                return Ok(keys.iter().filter_map(|key| memory.get(&self.state, key)).collect());
            }
        };
        let mut found = Vec::new();
        for batch in keys.chunks(READS) {
            let mut wanted: Vec<Attributes> = batch.iter().map(key_attributes).collect();
            for attempt in 0..ATTEMPTS {
                back_off(attempt).await;
                let request = KeysAndAttributes::builder().set_keys(Some(wanted));
                let request = request.consistent_read(true).build().map_err(unavailable)?;
                let call = client.batch_get_item().request_items(&self.state, request);
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
        let client = match &self.tables {
            Tables::DynamoDb(client) => client,
            #[cfg(feature = "memory")]
            Tables::Memory(memory) => {
                memory.put_all(table, items);
                return Ok(());
            }
        };
        let by_key: BTreeMap<Key, Attributes> =
            items.into_iter().map(|item| (read_key(&item), item)).collect();
        let requests = by_key.into_values().map(|item| {
            let put = PutRequest::builder().set_item(Some(item)).build()?;
            Ok(WriteRequest::builder().put_request(put).build())
        });
        let requests: Result<Vec<_>, BuildError> = requests.collect();
        write_all(client, table, &requests.map_err(unavailable)?).await
    }

    /// Deletes many items; one that does not exist is as good as deleted.
    pub(super) async fn delete_all(&self, table: &str, keys: &[Key]) -> Result<(), StoreError> {
        let client = match &self.tables {
            Tables::DynamoDb(client) => client,
            #[cfg(feature = "memory")]
            Tables::Memory(memory) => {
                memory.delete_all(table, keys);
                return Ok(());
            }
        };
        let requests = keys.iter().map(|key| {
            let delete = DeleteRequest::builder().set_key(Some(key_attributes(key))).build()?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        });
        let requests: Result<Vec<_>, BuildError> = requests.collect();
        write_all(client, table, &requests.map_err(unavailable)?).await
    }

    /// All or none, in the state table. The SDK's own retry of a transaction that went through finds its
    /// conditions failed, which is a conflict: whoever reads again sees that everything is there.
    pub(super) async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let client = match &self.tables {
            Tables::DynamoDb(client) => client,
            #[cfg(feature = "memory")]
            Tables::Memory(memory) => return memory.transact(&self.state, writes),
        };
        let actions = writes.len();
        let items = writes.into_iter().map(|write| write.action(&self.state));
        let items: Vec<_> = items.collect::<Result<_, _>>().map_err(unavailable)?;
        let call = client.transact_write_items().set_transact_items(Some(items));
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

    /// One put, on the same condition as [`Write::guarded`].
    pub(super) async fn put_guarded(
        &self,
        item: Attributes,
        read: Option<u64>,
    ) -> Result<(), StoreError> {
        let client = match &self.tables {
            Tables::DynamoDb(client) => client,
            #[cfg(feature = "memory")]
            Tables::Memory(memory) => {
                return memory.transact(&self.state, vec![Write::guarded(item, read)]);
            }
        };
        let condition = Condition::of(read);
        let put = client.put_item().table_name(&self.state).set_item(Some(item));
        let put = put.set_condition_expression(condition.expression());
        match put.set_expression_attribute_values(condition.values()).send().await {
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

async fn write_all(
    client: &Client,
    table: &str,
    requests: &[WriteRequest],
) -> Result<(), StoreError> {
    for batch in requests.chunks(WRITES) {
        let mut wanted = batch.to_vec();
        for attempt in 0..ATTEMPTS {
            back_off(attempt).await;
            let call = client.batch_write_item().request_items(table, wanted);
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
