//! What a tick over ten thousand watched series costs: CPU, requests, capacity, and list price a month.
//!
//! `cargo run --release --workspace --example scoring_cost`
//!
//! Ten rules with `anomaly` by intent, a thousand intents each, every one with a point every five
//! minutes: the worst case, since a series without points is neither read nor written. CPU is that of
//! the scorer's thread, the SDK's included; the embedded table runs on another. Prices are those of
//! DynamoDB on demand in us-east-1 (2025): reads are strongly consistent.
#![expect(clippy::print_stdout, reason = "the figures are the output")]
#![expect(clippy::expect_used, clippy::cast_precision_loss, reason = "nothing here fails")]

use std::{
    sync::{Arc, Mutex, mpsc},
    thread,
};

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_dynamodb::{
    Client,
    config::{
        BehaviorVersion, ConfigBag, Intercept, Region, RuntimeComponents,
        interceptors::{
            AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
        },
    },
    error::BoxError,
};
use serde_json::Value;
use tocsin_domain::{
    compaction::Head,
    dimension::{Dimension, WIDTH},
    heard::Heard,
    id::TenantId,
    metric::Metric,
    minute::{MINUTE, Minute},
    rule::parse,
    sums::{Amount, Sums},
};
use tocsin_score::Score;
use tocsin_shell::{clock::Clock, config::Retention, store::Store};

const TABLE: &str = "state";
const METRICS: [Metric; 10] = [
    Metric::FallbackRate,
    Metric::AiErrorRate,
    Metric::LowConfidenceRate,
    Metric::EscalationRate,
    Metric::ContainmentRate,
    Metric::Csat,
    Metric::AbandonmentRate,
    Metric::ServiceLevel,
    Metric::TransferRate,
    Metric::AgentRequestRate,
];
const INTENTS: usize = 1_000;
/// 2026-01-05, a Monday.
const MONDAY: Minute = Minute(29_459_520);
/// Days of history with a point an hour, before three hours with one every five minutes.
const DAYS: i32 = 8;
const TICKS_A_MONTH: f64 = 30.4 * 1440.0;
const HOURS_A_MONTH: f64 = 30.4 * 24.0;
/// Dollars a unit.
const READ_UNIT: f64 = 0.125e-6;
const WRITE_UNIT: f64 = 0.625e-6;

/// Requests and units of capacity.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    reads: u64,
    read_units: u64,
    writes: u64,
    write_units: u64,
}

/// Counts what the store asks for, by the sizes of the items that come and go.
#[derive(Clone, Debug, Default)]
struct Meter(Arc<Mutex<Used>>);

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
        let mut used = self.0.lock().map_err(|_| "poisoned")?;
        match target.rsplit('.').next().unwrap_or_default() {
            "PutItem" => used.write([size(&sent["Item"])]),
            "TransactWriteItems" => {
                let puts = list(&sent["TransactItems"]).iter().map(|put| size(&put["Put"]["Item"]));
                used.write(puts.flat_map(|size| [size, size]));
            }
            "BatchWriteItem" => {
                let puts = list(&sent["RequestItems"][TABLE]).iter();
                used.write(puts.map(|put| size(&put["PutRequest"]["Item"])));
            }
            // A read costs what comes back.
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
        let mut used = self.0.lock().map_err(|_| "poisoned")?;
        if let Some(items) = came.get("Items") {
            used.read([list(items).iter().map(size).sum()]);
        } else if let Some(responses) = came.get("Responses") {
            used.read(list(&responses[TABLE]).iter().map(size));
        } else if let Some(item) = came.get("Item") {
            used.read([size(item)]);
        }
        Ok(())
    }
}

impl Used {
    fn read(&mut self, sizes: impl IntoIterator<Item = u64>) {
        self.reads += 1;
        self.read_units += sizes.into_iter().map(|size| size.div_ceil(4096).max(1)).sum::<u64>();
    }

    fn write(&mut self, sizes: impl IntoIterator<Item = u64>) {
        self.writes += 1;
        self.write_units += sizes.into_iter().map(|size| size.div_ceil(1024).max(1)).sum::<u64>();
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Bytes of an item: names and values; of binary values what their base64 stands for.
fn size(item: &Value) -> u64 {
    let of = |(name, value): (&String, &Value)| {
        let text = value.as_object().and_then(|typed| typed.iter().next());
        let bytes = match text {
            Some((kind, Value::String(text))) if kind == "B" => text.len() / 4 * 3,
            Some((_, Value::String(text))) => text.len(),
            _ => 0,
        };
        (name.len() + bytes) as u64
    };
    item.as_object().into_iter().flatten().map(of).sum()
}

/// An empty database, served by a thread of its own.
fn serve() -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let database = dynoxide::Database::memory().expect("in memory");
            let url = tocsin_tables::serve(database).await.expect("a port");
            tell.send(url).expect("somebody listens");
            std::future::pending::<()>().await;
        });
    });
    told.recv().expect("served")
}

async fn store(url: &str, meter: Meter) -> Store {
    let client = Client::from_conf(tocsin_tables::config(url).interceptor(meter).build());
    tocsin_tables::create_missing(&client, TABLE).await.expect("a table");
    Store::new(client, TABLE.to_owned(), TABLE.to_owned(), Retention::default())
}

/// The points of an hour, one every so many minutes.
fn hour(first: Minute, every: i32) -> Sums {
    let mut sums = Sums::default();
    for intent in 0..INTENTS {
        let name = format!("intent-{intent}");
        let mut values = [""; WIDTH];
        values[Dimension::Intent.index()] = &name;
        let vector = sums.vector(values);
        for minute in (0..60).step_by(usize::try_from(every).unwrap_or(1)) {
            let turn =
                (i64::try_from(intent).unwrap_or(0) * 31 + i64::from(first.0 + minute) * 17) % 23;
            let amount = Amount { sum: i128::from(turn / 8), count: 8, ..Amount::default() };
            for metric in METRICS {
                sums.add(first.plus(minute), metric, vector, &amount);
            }
        }
    }
    sums
}

async fn load(store: &Store, tenant: &TenantId, end: Minute) {
    let hours = DAYS * 24 + 3;
    for at in 0..hours {
        let first = MONDAY.plus(at * 60);
        let every = if at < DAYS * 24 { 60 } else { 5 };
        let segment = [(first.hour(), hour(first, every))];
        store.put_segments(tenant, 1, &segment, end.start()).await.expect("written");
    }
    let newest = [("/s".to_owned(), end.start())].into();
    let heard = Heard { newest, ..Heard::default() };
    let first = Some(MONDAY.hour());
    let closed = vec![(MONDAY.hour(), end.plus(-1).hour())];
    let head = Head { committed: 1, first, closed, heard, ..Head::default() };
    store.write_head(tenant, &head, None).await.expect("written");
}

/// Nanoseconds that this thread was on a processor.
fn cpu() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN)
}

/// A tick at a minute: CPU seconds, and what it used.
async fn tick(store: &Store, meter: &Meter, tenant: &TenantId, at: Minute) -> (f64, Used) {
    let listed = METRICS.map(|metric| {
        format!(
            "  - {{name: {}, metric: {metric}, by: [intent], anomaly: {{}}, severity: info, \
             next_action: x, owner: admin}}\n",
            metric.as_str().replace('_', "-")
        )
    });
    let rules = parse(&format!("rules:\n{}", listed.concat())).expect("rules");
    let queue = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(tocsin_tables::credentials())
        .endpoint_url("http://127.0.0.1:9");
    let queue = aws_sdk_sqs::Client::from_conf(queue.build());
    let clock = Clock::starting_at(at.start() + MINUTE / 2);
    let score = Score::new(store.clone(), queue, "http://127.0.0.1:9".to_owned(), rules, clock);
    let mut message = SqsMessage::default();
    message.message_id = Some("1".to_owned());
    message.body = Some(serde_json::json!({ "tenant": tenant }).to_string());
    let mut event = SqsEvent::default();
    event.records = vec![message];
    *meter.0.lock().expect("whole") = Used::default();
    let begun = cpu();
    let answer = score.handle(event).await;
    assert!(answer.batch_item_failures.is_empty(), "the tick failed");
    ((cpu() - begun) / 1e9, *meter.0.lock().expect("whole"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let meter = Meter::default();
    let store = store(&serve(), meter.clone()).await;
    let tenant = TenantId::try_from("demo".to_owned()).expect("a tenant");
    let end = MONDAY.plus(DAYS * 1440 + 180);
    load(&store, &tenant, end).await;
    println!("{} series; a tick:", METRICS.len() * INTENTS);
    println!(
        "{:36}{:>8}{:>8}{:>12}{:>8}{:>12}",
        "", "CPU s", "reads", "read units", "writes", "write units"
    );
    let mut rows = Vec::new();
    for (name, before) in [
        ("that computes all anew (8 days)", 121),
        ("an hour later, moving the checkpoint", 57),
        ("that replays 1 step", 53),
        ("that replays 6 steps", 28),
        ("that replays 11 steps", 3),
    ] {
        let (cpu, used) = tick(&store, &meter, &tenant, end.plus(-before)).await;
        let Used { reads, read_units, writes, write_units } = used;
        println!("{name:36}{cpu:8.2}{reads:8}{read_units:12}{writes:8}{write_units:12}");
        rows.push(used);
    }
    let reads = rows[3].read_units as f64 * TICKS_A_MONTH * READ_UNIT;
    let writes = rows[1].write_units as f64 * HOURS_A_MONTH * WRITE_UNIT;
    println!("a month: reads ${reads:.2} + writes ${writes:.2} = ${:.2}", reads + writes);
}
