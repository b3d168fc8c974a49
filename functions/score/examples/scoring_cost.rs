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

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Region},
};
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
use tocsin_tables::meter::{Meter, Used, processor_seconds, serve_apart};

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
    let (before, begun) = (meter.used(TABLE), processor_seconds());
    let answer = score.handle(event).await;
    assert!(answer.batch_item_failures.is_empty(), "the tick failed");
    (processor_seconds() - begun, meter.used(TABLE).since(before))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let meter = Meter::default();
    let store = store(&serve_apart(), meter.clone()).await;
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
