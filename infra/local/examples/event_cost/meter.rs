//! Counts what the functions ask of embedded tables, by the sizes of the items that come and go.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, mpsc},
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
    types::AttributeValue,
};
use serde_json::Value;

pub(crate) const STATE: &str = "state";
pub(crate) const TEXTS: &str = "texts";
/// What a unit of reading and of writing covers, in bytes.
const READ: usize = 4096;
const WRITE: usize = 1024;

/// Units of a table.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Units {
    pub(crate) read_units: usize,
    pub(crate) write_units: usize,
}

/// What was used of both, and in how many calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    pub(crate) state: Units,
    pub(crate) texts: Units,
    pub(crate) calls: u64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Mutex<Counted>>);

#[derive(Debug, Default)]
struct Counted {
    used: Used,
    /// Sizes of items by their key: deleting one costs as much as writing it.
    sizes: HashMap<String, usize>,
}

impl Meter {
    pub(crate) fn used(&self) -> Used {
        self.0.lock().expect("whole").used
    }
}

impl Counted {
    fn put(&mut self, table: &str, item: &Value, times: usize) {
        let size = size(item);
        self.sizes.insert(key(item), size);
        self.write(table, size, times);
    }

    fn delete(&mut self, table: &str, of: &Value, times: usize) {
        let size = self.sizes.remove(&key(of)).unwrap_or_default();
        self.write(table, size, times);
    }

    fn write(&mut self, table: &str, size: usize, times: usize) {
        let Used { state, texts, .. } = &mut self.used;
        let units = if table == TEXTS { texts } else { state };
        units.write_units += times * size.div_ceil(WRITE).max(1);
    }

    /// What comes back beyond the unit that is paid for asking.
    fn read(&mut self, size: usize) {
        self.used.state.read_units += size.div_ceil(READ).max(1) - 1;
    }
}

fn key(item: &Value) -> String {
    let part = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    format!("{}|{}", part("pk"), part("sk"))
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let sent: Value = serde_json::from_slice(request.body().bytes().unwrap_or(b"{}"))?;
        let mut counted = self.0.lock().map_err(|_| "poisoned")?;
        counted.used.calls += 1;
        match target.rsplit('.').next().unwrap_or_default() {
            "PutItem" => counted.put(STATE, &sent["Item"], 1),
            "TransactWriteItems" => {
                for action in list(&sent["TransactItems"]) {
                    match (action.get("Put"), action.get("Delete")) {
                        (Some(put), _) => counted.put(STATE, &put["Item"], 2),
                        (_, Some(delete)) => counted.delete(STATE, &delete["Key"], 2),
                        // A check costs what its item would; those that are checked are small.
                        _ => counted.write(STATE, 0, 2),
                    }
                }
            }
            "BatchWriteItem" => {
                for table in [STATE, TEXTS] {
                    for request in list(&sent["RequestItems"][table]) {
                        match request.get("PutRequest") {
                            Some(put) => counted.put(table, &put["Item"], 1),
                            None => counted.delete(table, &request["DeleteRequest"]["Key"], 1),
                        }
                    }
                }
            }
            "GetItem" | "Query" => counted.used.state.read_units += 1,
            "BatchGetItem" => {
                let keys = list(&sent["RequestItems"][STATE]["Keys"]).len();
                counted.used.state.read_units += keys;
            }
            _ => {}
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let came = context.response().body().bytes().unwrap_or(b"{}");
        let came: Value = serde_json::from_slice(came)?;
        let mut counted = self.0.lock().map_err(|_| "poisoned")?;
        if let Some(items) = came.get("Items") {
            counted.read(list(items).iter().map(size).sum());
        } else if let Some(responses) = came.get("Responses") {
            list(&responses[STATE]).iter().map(size).for_each(|size| counted.read(size));
        } else if let Some(item) = came.get("Item") {
            counted.read(size(item));
        }
        Ok(())
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Bytes of an item on the wire: names and values; of binary values what their base64 stands for.
fn size(item: &Value) -> usize {
    let of = |(name, value): (&String, &Value)| {
        let text = value.as_object().and_then(|typed| typed.iter().next());
        let bytes = match text {
            Some((kind, Value::String(text))) if kind == "B" => text.len() / 4 * 3,
            Some((_, Value::String(text))) => text.len(),
            _ => 0,
        };
        name.len() + bytes
    };
    item.as_object().into_iter().flatten().map(of).sum()
}

/// Bytes of an item as storage counts them: a hundred for each beside its own.
pub(crate) fn bytes(item: &HashMap<String, AttributeValue>) -> usize {
    let of = |(name, value): (&String, &AttributeValue)| {
        let bytes = match value {
            AttributeValue::B(bytes) => bytes.as_ref().len(),
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            _ => 0,
        };
        name.len() + bytes
    };
    100 + item.iter().map(of).sum::<usize>()
}

/// Empty tables, served by a thread of their own.
pub(crate) fn serve() -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            tell.send(format!("http://{address}")).expect("somebody listens");
            let database = dynoxide::Database::memory().expect("in memory");
            dynoxide::server::serve_on(listener, database).await;
        });
    });
    told.recv().expect("served")
}
