//! Tables in this process, for what nobody else watches and nothing outlives: a backtest, or a test.
//!
//! What DynamoDB refuses of a transaction is refused here too, so that what runs here runs there. Items
//! that expired stay, as they may there: whoever reads them looks at the time.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    StoreError,
    items::{Attributes, read_key, read_number},
    keys::Key,
    tables::{Condition, Write},
};

/// Writes of one transaction, at most.
const TRANSACTION: usize = 100;

/// A handle; its clones share the items.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(Arc<Mutex<BTreeMap<String, Table>>>);

/// By partition and sort key.
#[derive(Debug, Default)]
struct Table(BTreeMap<String, BTreeMap<String, Attributes>>);

impl Table {
    fn get(&self, key: &Key) -> Option<&Attributes> {
        self.0.get(&key.pk)?.get(&key.sk)
    }

    fn put(&mut self, item: Attributes) {
        let key = read_key(&item);
        self.0.entry(key.pk).or_default().insert(key.sk, item);
    }

    fn delete(&mut self, key: &Key) {
        if let Some(partition) = self.0.get_mut(&key.pk) {
            partition.remove(&key.sk);
            if partition.is_empty() {
                self.0.remove(&key.pk);
            }
        }
    }

    fn allows(&self, key: &Key, condition: Condition) -> bool {
        match condition {
            Condition::Nothing => true,
            Condition::Absent => self.get(key).is_none(),
            Condition::Version(version) => {
                self.get(key).and_then(|item| read_number(item, "v")) == Some(version)
            }
        }
    }
}

impl Memory {
    pub(super) fn get(&self, table: &str, key: &Key) -> Option<Attributes> {
        self.tables().get(table)?.get(key).cloned()
    }

    pub(super) fn query(
        &self,
        table: &str,
        pk: &str,
        between: Option<(String, String)>,
    ) -> Vec<Attributes> {
        let tables = self.tables();
        let Some(partition) = tables.get(table).and_then(|table| table.0.get(pk)) else {
            return Vec::new();
        };
        match between {
            None => partition.values().cloned().collect(),
            // A range that ends before it begins, which a map refuses, holds nothing.
            Some((low, high)) if low > high => Vec::new(),
            Some((low, high)) => {
                partition.range(low..=high).map(|(_, item)| item.clone()).collect()
            }
        }
    }

    pub(super) fn latest(
        &self,
        table: &str,
        pk: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Vec<Attributes> {
        let tables = self.tables();
        let Some(partition) = tables.get(table).and_then(|table| table.0.get(pk)) else {
            return Vec::new();
        };
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let items = partition.range::<str, _>((Bound::Unbounded, end)).rev();
        items.take(limit).map(|(_, item)| item.clone()).collect()
    }

    pub(super) fn scan(&self, table: &str, prefix: &str) -> Vec<Attributes> {
        let tables = self.tables();
        let partitions = tables.get(table).into_iter().flat_map(|table| {
            let from = table.0.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
            from.take_while(|(pk, _)| pk.starts_with(prefix))
        });
        partitions.flat_map(|(_, items)| items.values().cloned()).collect()
    }

    pub(super) fn put_all(&self, table: &str, items: Vec<Attributes>) {
        let mut tables = self.tables();
        let table = tables.entry(table.to_owned()).or_default();
        for item in items {
            table.put(item);
        }
    }

    pub(super) fn delete_all(&self, table: &str, keys: &[Key]) {
        if let Some(table) = self.tables().get_mut(table) {
            for key in keys {
                table.delete(key);
            }
        }
    }

    pub(super) fn transact(&self, table: &str, writes: Vec<Write>) -> Result<(), StoreError> {
        let conditions = writes.iter().map(|write| match write {
            Write::Put(item, condition) => (read_key(item), *condition),
            Write::Delete(key) => (key.clone(), Condition::Nothing),
            Write::Check(key, condition) => (key.clone(), *condition),
        });
        let conditions: Vec<_> = conditions.collect();
        let keys: BTreeSet<&Key> = conditions.iter().map(|(key, _)| key).collect();
        if keys.len() < writes.len() || writes.is_empty() || writes.len() > TRANSACTION {
            let why = "a transaction of nothing, of too much, or of one item twice";
            return Err(StoreError::Unavailable(why.into()));
        }
        let mut tables = self.tables();
        let table = tables.entry(table.to_owned()).or_default();
        if !conditions.iter().all(|(key, condition)| table.allows(key, *condition)) {
            return Err(StoreError::Conflict);
        }
        for write in writes {
            match write {
                Write::Put(item, _) => table.put(item),
                Write::Delete(key) => table.delete(&key),
                Write::Check(..) => {}
            }
        }
        Ok(())
    }

    /// Nothing panics with the tables in hand, and they are whole if something did.
    fn tables(&self) -> MutexGuard<'_, BTreeMap<String, Table>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
