//! What events cost the tables: units that are written and read, bytes that stay, and CPU, out of a
//! contact centre's events as they come. `infra/cost` makes a bill of it.
//!
//! ```sh
//! tocsin simulate --days 1 --volume 60 | cargo run --release --workspace --example event_cost -- 2
//! ```
//!
//! The number is the rollup queue's batching window in seconds: events of so many seconds, each a
//! message, are handled as one batch, a hundred at most; each minute the scorer ticks by the rules that
//! ship. Events need to be in the order of time. One line of JSON tells what was used.
#![expect(clippy::print_stdout, reason = "the figures are the output")]
#![expect(clippy::expect_used, clippy::cast_precision_loss, reason = "nothing here fails")]

use std::{
    collections::{BTreeMap, HashMap},
    io::BufRead,
    sync::{Arc, atomic::AtomicI64},
};

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Region},
    types::AttributeValue,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tocsin_domain::{
    chunk::Chunk,
    decode::{Agents, Intake, decode},
    derived::Policy,
    id::{PseudonymKey, TenantId},
    minute::{DAY, MINUTE, Minute, SECOND, nanoseconds},
    rfc3339,
    rule::{DEFAULT_RULES, parse},
};
use tocsin_rollup::Rollup;
use tocsin_score::Score;
use tocsin_shell::{clock::Clock, config::Retention, store::Store};
use tocsin_tables::meter::{Meter, Used, processor_seconds, serve_apart};

const STATE: &str = "state";
const TEXTS: &str = "texts";
/// Messages of a batch at most, as `infra/template.yaml` says.
const BATCH: usize = 100;

/// The functions over one pair of tables, and what they did.
struct Pipeline {
    tenant: TenantId,
    key: PseudonymKey,
    now: Arc<AtomicI64>,
    meter: Meter,
    rolls_up: Rollup,
    scores: Score,
    batches: u64,
    ticks: u64,
    rollup: Effort,
    score: Effort,
}

/// What a function took.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
struct Effort {
    /// Of its own thread.
    cpu_seconds: f64,
    /// Of the tables.
    calls: u64,
    state_write_units: u64,
    state_read_units: u64,
    text_write_units: u64,
}

/// What was used at a time.
struct Reading {
    cpu_seconds: f64,
    calls: u64,
    state: Used,
    texts: Used,
}

impl Reading {
    fn of(meter: &Meter) -> Self {
        Self {
            cpu_seconds: processor_seconds(),
            calls: meter.calls(),
            state: meter.used(STATE),
            texts: meter.used(TEXTS),
        }
    }
}

impl Effort {
    fn add(&mut self, before: &Reading, after: &Reading) {
        let state = after.state.since(before.state);
        self.cpu_seconds += after.cpu_seconds - before.cpu_seconds;
        self.calls += after.calls - before.calls;
        self.state_write_units += state.write_units;
        self.state_read_units += state.read_units;
        self.text_write_units += after.texts.since(before.texts).write_units;
    }
}

impl Pipeline {
    fn new(store: &Store, meter: &Meter) -> Self {
        let tenant = TenantId::try_from("demo".to_owned()).expect("a tenant");
        let now = Arc::new(AtomicI64::new(0));
        let clock = Clock::Simulated(Arc::clone(&now));
        // Nobody is told: a queue that takes nothing.
        let queue = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(tocsin_tables::credentials())
            .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
            .endpoint_url("http://127.0.0.1:9");
        let queue = aws_sdk_sqs::Client::from_conf(queue.build());
        let rules = parse(DEFAULT_RULES).expect("rules");
        Self {
            key: PseudonymKey::derive(b"cost", &tenant, 1),
            tenant,
            now,
            meter: meter.clone(),
            rolls_up: Rollup::new(store.clone(), Arc::default(), clock.clone()),
            scores: Score::new(store.clone(), queue, "http://127.0.0.1:9".to_owned(), rules, clock),
            batches: 0,
            ticks: 0,
            rollup: Effort::default(),
            score: Effort::default(),
        }
    }

    fn is_at(&self, now: i64) {
        self.now.store(now, std::sync::atomic::Ordering::Relaxed);
    }

    /// A message as ingest makes it of a request with this event.
    fn message(&self, event: &Value, now: i64) -> Option<String> {
        let (sources, policy) = ([String::new()], Policy::default());
        let intake = Intake {
            key: &self.key,
            sources: &sources,
            now: &|_| now,
            accept_late: 7 * DAY,
            policy: &policy,
        };
        let mut chunk = Chunk::new(self.tenant.clone(), now);
        decode(event, &intake, &mut chunk, &mut Agents::new()).ok()?;
        Some(STANDARD.encode(chunk.encode()))
    }

    async fn count(&mut self, messages: Vec<String>, now: i64) {
        if messages.is_empty() {
            return;
        }
        self.is_at(now);
        let records = messages.into_iter().enumerate().map(|(number, body)| {
            let mut message = SqsMessage::default();
            message.message_id = Some(number.to_string());
            message.body = Some(body);
            message
        });
        let mut event = SqsEvent::default();
        event.records = records.collect();
        let before = Reading::of(&self.meter);
        let answer = self.rolls_up.handle(event).await;
        self.rollup.add(&before, &Reading::of(&self.meter));
        self.batches += 1;
        assert!(answer.batch_item_failures.is_empty(), "a batch failed");
    }

    async fn tick(&mut self, at: Minute) {
        self.is_at(at.start());
        let mut message = SqsMessage::default();
        message.message_id = Some("1".to_owned());
        message.body = Some(json!({ "tenant": self.tenant }).to_string());
        let mut event = SqsEvent::default();
        event.records = vec![message];
        let before = Reading::of(&self.meter);
        // Where an alert opens, the queue that takes nothing fails the tick after all is written.
        self.scores.handle(event).await;
        self.score.add(&before, &Reading::of(&self.meter));
        self.ticks += 1;
    }
}

/// Bytes of an item as storage counts them: a hundred for each beside its own.
fn bytes_of(item: &HashMap<String, AttributeValue>) -> usize {
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

/// Bytes of what is stored, by table and kind of item.
async fn stored(client: &Client) -> BTreeMap<String, usize> {
    let mut bytes = BTreeMap::new();
    for table in [STATE, TEXTS] {
        let mut items = client.scan().table_name(table).into_paginator().items().send();
        while let Some(item) = items.next().await {
            let item = item.expect("an item");
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).cloned().unwrap_or_default();
            let kind = pk.split('#').nth(2).unwrap_or("other").to_owned();
            *bytes.entry(kind).or_default() += bytes_of(&item);
        }
    }
    bytes
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let window: i64 = std::env::args().nth(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(2);
    let meter = Meter::default();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(tocsin_tables::credentials())
        .interceptor(meter.clone())
        .endpoint_url(serve_apart());
    let client = Client::from_conf(config.build());
    for table in [STATE, TEXTS] {
        tocsin_tables::create_missing(&client, table).await.expect("a table");
    }
    let store =
        Store::new(client.clone(), STATE.to_owned(), TEXTS.to_owned(), Retention::default());
    let mut pipeline = Pipeline::new(&store, &meter);

    let (mut events, mut message_bytes) = (0_u64, 0_usize);
    let (mut first, mut opened, mut ticked) = (None, 0, None);
    let mut waiting = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let event: Value = serde_json::from_str(&line.expect("a line")).expect("an event");
        let time = event["time"].as_str().and_then(rfc3339::parse).expect("a time");
        let at = nanoseconds(time);
        first.get_or_insert(at);
        if at >= opened + window.max(0) * SECOND || waiting.len() == BATCH {
            pipeline.count(std::mem::take(&mut waiting), opened + window * SECOND).await;
            opened = at;
        }
        let minute = Minute::of(at);
        let mut next = ticked.unwrap_or(minute);
        while next < minute {
            next = next.plus(1);
            pipeline.tick(next).await;
        }
        ticked = Some(minute);
        if let Some(message) = pipeline.message(&event, at) {
            message_bytes += message.len();
            waiting.push(message);
            events += 1;
        }
    }
    pipeline.count(waiting, opened + window * SECOND).await;
    let last = ticked.map_or(0, Minute::start);
    let told = json!({
        "window_seconds": window,
        "events": events,
        "hours": (last - first.unwrap_or(last)) as f64 / (60 * MINUTE) as f64,
        "message_bytes": message_bytes,
        "batches": pipeline.batches,
        "ticks": pipeline.ticks,
        "rollup": pipeline.rollup,
        "score": pipeline.score,
        "stored_bytes": stored(&client).await,
    });
    println!("{told}");
}
