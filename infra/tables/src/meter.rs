//! Counts what is asked of tables in units of capacity, by the sizes of the items that come and go. For
//! measurements of cost.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{
            AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
        },
    },
    error::BoxError,
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use dynoxide::Database;
use serde_json::Value;

use crate::serve;

/// What a unit of reading and of writing covers, in bytes.
const READ: usize = 4096;
const WRITE: usize = 1024;

/// What was used of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Calls that read.
    pub reads: u64,
    /// Units of strongly consistent reading.
    pub read_units: u64,
    /// Calls that write.
    pub writes: u64,
    /// Units of writing; in a transaction each is paid for twice.
    pub write_units: u64,
}

/// Seconds that this thread was on a processor.
pub fn processor_seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN) / 1e9
}

/// Serves empty tables by a thread of their own, so that what the caller's takes is the caller's alone.
#[expect(
    clippy::expect_used,
    reason = "for measurements: without tables there is nothing to measure"
)]
pub fn serve_apart() -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let database = Database::memory().expect("a database in memory");
            tell.send(serve(database).await.expect("a free port")).expect("somebody listens");
            std::future::pending::<()>().await;
        });
    });
    told.recv().expect("served")
}

/// An interceptor of a client that counts what it asks for. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Counted>>);

#[derive(Debug, Default)]
struct Counted {
    calls: u64,
    used: BTreeMap<String, Used>,
    /// Sizes of items by table and key: deleting one costs as much as writing it.
    sizes: HashMap<(String, String), usize>,
}

impl Meter {
    /// What was used of a table since the beginning.
    pub fn used(&self, table: &str) -> Used {
        self.with(|counted| counted.used.get(table).copied().unwrap_or_default())
    }

    /// How many calls there were, of all tables.
    pub fn calls(&self) -> u64 {
        self.with(|counted| counted.calls)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Counted) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Used {
    /// What was used after an earlier reading.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            reads: self.reads - before.reads,
            read_units: self.read_units - before.read_units,
            writes: self.writes - before.writes,
            write_units: self.write_units - before.write_units,
        }
    }
}

impl Counted {
    fn table(&mut self, name: &str) -> &mut Used {
        self.used.entry(name.to_owned()).or_default()
    }

    fn put(&mut self, table: &str, item: &Value, times: usize) {
        let size = size(item);
        self.sizes.insert((table.to_owned(), key(item)), size);
        self.write(table, size, times);
    }

    fn delete(&mut self, table: &str, of: &Value, times: usize) {
        let size = self.sizes.remove(&(table.to_owned(), key(of))).unwrap_or_default();
        self.write(table, size, times);
    }

    fn write(&mut self, table: &str, size: usize, times: usize) {
        self.table(table).write_units += (times * units(size, WRITE)) as u64;
    }

    fn read(&mut self, table: &str, units: usize) {
        self.table(table).read_units += units as u64;
    }

    /// One action of a transaction. A check costs what its item would; those that are checked are small.
    fn transacted(&mut self, action: &Value) -> Option<()> {
        let (kind, action) = action.as_object()?.iter().next()?;
        let table = action["TableName"].as_str()?;
        match kind.as_str() {
            "Put" => self.put(table, &action["Item"], 2),
            "Delete" => self.delete(table, &action["Key"], 2),
            _ => self.write(table, 0, 2),
        }
        Some(())
    }

    fn sent(&mut self, operation: &str, sent: &Value) {
        self.calls += 1;
        let table = sent["TableName"].as_str().unwrap_or_default();
        match operation {
            "PutItem" => {
                self.table(table).writes += 1;
                self.put(table, &sent["Item"], 1);
            }
            "TransactWriteItems" => {
                let actions = list(&sent["TransactItems"]);
                let first = actions.iter().filter_map(Value::as_object).flatten().next();
                if let Some(table) = first.and_then(|(_, action)| action["TableName"].as_str()) {
                    self.table(table).writes += 1;
                }
                for action in actions {
                    self.transacted(action);
                }
            }
            "BatchWriteItem" => {
                for (table, requests) in members(&sent["RequestItems"]) {
                    self.table(table).writes += 1;
                    for request in list(requests) {
                        match request.get("PutRequest") {
                            Some(put) => self.put(table, &put["Item"], 1),
                            None => self.delete(table, &request["DeleteRequest"]["Key"], 1),
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// A read costs what comes back, and one unit where nothing does.
    fn came(&mut self, operation: &str, sent: &Value, came: &Value) {
        let table = sent["TableName"].as_str().unwrap_or_default();
        match operation {
            "GetItem" => {
                self.table(table).reads += 1;
                self.read(table, units(size(&came["Item"]), READ));
            }
            "Query" | "Scan" => {
                self.table(table).reads += 1;
                let bytes = list(&came["Items"]).iter().map(size).sum();
                self.read(table, units(bytes, READ));
            }
            "BatchGetItem" => {
                for (table, asked) in members(&sent["RequestItems"]) {
                    self.table(table).reads += 1;
                    let found = list(&came["Responses"][table]);
                    let missing = list(&asked["Keys"]).len().saturating_sub(found.len());
                    let of_found = found.iter().map(|item| units(size(item), READ));
                    self.read(table, missing + of_found.sum::<usize>());
                }
            }
            _ => {}
        }
    }
}

/// What was asked, kept until it is answered: an answer names no table.
#[derive(Debug)]
struct Sent {
    operation: String,
    body: Value,
}

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap_or(b"{}"))?;
        self.with(|counted| counted.sent(&operation, &body));
        settings.interceptor_state().store_put(Sent { operation, body });
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let came = serde_json::from_slice(context.response().body().bytes().unwrap_or(b"{}"))?;
        if let Some(Sent { operation, body }) = settings.load::<Sent>() {
            self.with(|counted| counted.came(operation, body, &came));
        }
        Ok(())
    }
}

fn units(size: usize, unit: usize) -> usize {
    size.div_ceil(unit).max(1)
}

fn key(item: &Value) -> String {
    let part = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    format!("{}|{}", part("pk"), part("sk"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Bytes of an item on the wire: names and values; of binary values what their base64 stands for.
fn size(item: &Value) -> usize {
    let of = |(name, value): (&String, &Value)| {
        let bytes = match members(value).next() {
            Some((kind, Value::String(text))) if kind == "B" => text.len() / 4 * 3,
            Some((_, Value::String(text))) => text.len(),
            _ => 0,
        };
        name.len() + bytes
    };
    members(item).map(of).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(sk: &str, bytes: usize) -> Value {
        json!({ "pk": { "S": "p" }, "sk": { "S": sk }, "b": { "S": "x".repeat(bytes) } })
    }

    #[test]
    fn writing_costs_by_the_kibibyte_and_twice_in_a_transaction() {
        let mut counted = Counted::default();
        counted.sent("PutItem", &json!({ "TableName": "t", "Item": item("a", 1025) }));
        assert_eq!(counted.used["t"], Used { writes: 1, write_units: 2, ..Used::default() });
        let put = json!({ "Put": { "TableName": "t", "Item": item("b", 10) } });
        let delete = json!({ "Delete": { "TableName": "t", "Key": item("a", 0) } });
        counted.sent("TransactWriteItems", &json!({ "TransactItems": [put, delete] }));
        assert_eq!(counted.used["t"], Used { writes: 2, write_units: 8, ..Used::default() });
    }

    #[test]
    fn reading_costs_by_four_kibibytes_and_what_is_missing_one_unit() {
        let mut counted = Counted::default();
        let sent = json!({ "TableName": "t" });
        let came = json!({ "Items": [item("a", 3000), item("b", 3000)] });
        counted.came("Query", &sent, &came);
        counted.came("GetItem", &sent, &json!({}));
        let sent = json!({ "RequestItems": { "t": { "Keys": [item("a", 0), item("b", 0)] } } });
        counted.came("BatchGetItem", &sent, &json!({ "Responses": { "t": [item("a", 5000)] } }));
        assert_eq!(counted.used["t"], Used { reads: 3, read_units: 6, ..Used::default() });
    }
}
