//! Agents' states through the handler and an embedded DynamoDB: two workers at once, in any order,
//! each message more than once.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_credential_types::Credentials;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Region},
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use tocsin_domain::{
    agent::{self, AgentDay, Day},
    chunk::Chunk,
    configuration::Configuration,
    decode::{Agents, Intake, decode},
    derived::Policy,
    id::{PseudonymKey, TenantId},
    metric::{Family, Metric},
    minute::{DAY, Minute},
    sums::Sums,
};
use tocsin_rollup::Rollup;
use tocsin_shell::{clock::Clock, config::Retention, store::Store, verify::verify};

/// 2026-01-08T00:00:00Z
const NOW: i64 = 1_767_830_400_000_000_000;
const TABLE: &str = "state";

fn tenant() -> TenantId {
    TenantId::try_from("demo".to_owned()).unwrap()
}

async fn store() -> Store {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(url);
    let client = Client::from_conf(config.build());
    let mut table =
        client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        let attribute = attribute.attribute_type(ScalarAttributeType::S).build().unwrap();
        let key = KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
        table = table.attribute_definitions(attribute).key_schema(key);
    }
    table.send().await.unwrap();
    Store::new(client, TABLE.to_owned(), TABLE.to_owned(), Retention::default())
}

/// Messages of one state each: of three agents, every two hours over three days, most of them near
/// midnight, some of them in one minute.
fn messages() -> Vec<Chunk> {
    let key = PseudonymKey::derive(b"test", &tenant(), 1);
    let (sources, policy) = ([String::new()], Policy::default());
    let intake = Intake {
        key: &key,
        sources: &sources,
        now: &|_| NOW,
        accept_late: 7 * DAY,
        policy: &policy,
    };
    let states = ["available", "handling", "wrap_up", "away", "offline"];
    let times =
        ["00:00:07", "00:20:00", "09:30:00", "13:00:00", "23:50:00", "23:59:01", "23:59:02"];
    let mut chunks = Vec::new();
    for (number, agent) in ["ann", "bo", "cy"].into_iter().enumerate() {
        for day in 4..7 {
            for (place, time) in times.into_iter().enumerate() {
                let mut chunk = Chunk::new(tenant(), NOW);
                let event = json!({
                    "specversion": "1.0", "id": format!("{agent}{day}{place}"), "source": "/test",
                    "type": "cx.agent.state_changed", "time": format!("2026-01-{day:02}T{time}Z"),
                    "data": {
                        "agent": agent, "state": states[(number + day + place) % 5],
                        "slots_total": 3, "slots_busy": place % 4, "team": "blue",
                    },
                });
                decode(&event, &intake, &mut chunk, &mut Agents::new()).unwrap();
                // Data about the data belong to no entity, and may over-count.
                chunk.tallies.clear();
                chunks.push(chunk);
            }
        }
    }
    chunks
}

fn batch(chunks: &[(usize, &Chunk)]) -> SqsEvent {
    let message = |(number, chunk): &(usize, &Chunk)| {
        let mut message = SqsMessage::default();
        message.message_id = Some(number.to_string());
        message.body = Some(STANDARD.encode(chunk.encode()));
        message
    };
    let mut event = SqsEvent::default();
    event.records = chunks.iter().map(message).collect();
    event
}

/// Delivers batches until every message is done.
async fn deliver(rollup: &Rollup, chunks: &[Chunk], order: &[usize], size: usize) {
    for numbers in order.chunks(size) {
        let mut left: BTreeSet<usize> = numbers.iter().copied().collect();
        while !left.is_empty() {
            let records: Vec<_> = left.iter().map(|number| (*number, &chunks[*number])).collect();
            let failed = rollup.handle(batch(&records)).await.batch_item_failures;
            left = failed.iter().map(|item| item.item_identifier.parse().unwrap()).collect();
        }
    }
}

/// What entities add up to, and the minutes in which a source was there, which ride beside it.
fn apart(sums: &Sums) -> (Sums, BTreeSet<Minute>) {
    let (mut of_entities, mut minutes) = (Sums::default(), BTreeSet::new());
    for (minute, metric, vector, amount) in sums.iter() {
        if metric == Metric::SourceActivity {
            minutes.insert(minute);
        }
        if metric.definition().family != Family::Data {
            let vector = of_entities.vector(vector.map(|value| sums.text(value)));
            of_entities.add(minute, metric, vector, amount);
        }
    }
    (of_entities, minutes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_count_agents_states_once_in_any_order() {
    let store = store().await;
    let chunks = messages();
    let mut expected = Sums::default();
    let mut agents: BTreeMap<&str, BTreeMap<Day, AgentDay>> = BTreeMap::new();
    for (agent, state) in chunks.iter().flat_map(|chunk| &chunk.states) {
        let day = agents.entry(agent).or_default().entry(Day::of(state.time)).or_default();
        day.insert(state.clone());
    }
    for days in agents.values() {
        agent::contribute(days.values(), &mut expected, 1);
    }

    // 63 messages, in two orders that meet the same days at the same time; each worker sees all.
    let forward: Vec<usize> = (0..chunks.len()).map(|step| step * 5 % chunks.len()).collect();
    let backward: Vec<usize> = (0..chunks.len()).map(|step| step * 59 % chunks.len()).collect();
    let worker = || Rollup::new(store.clone(), Arc::default(), Clock::starting_at(NOW));
    let (one, other) = (worker(), worker());
    tokio::join!(deliver(&one, &chunks, &forward, 4), deliver(&other, &chunks, &backward, 3));

    let snapshot = store.snapshot(&tenant()).await.unwrap();
    let mut counted = Sums::default();
    for delta in &snapshot.open {
        counted.merge(&delta.sums, 1);
    }
    let (counted, minutes) = apart(&counted);
    assert_eq!(counted.encode(), expected.encode());
    assert!(!counted.is_empty());
    let states = chunks.iter().flat_map(|chunk| &chunk.states);
    assert_eq!(minutes, states.map(|(_, state)| Minute::of(state.time)).collect());

    let report = verify(&store, &tenant(), &Configuration::default(), NOW).await.unwrap();
    assert_eq!((report.agents, report.differences.len()), (3, 0), "{:?}", report.differences);
    assert!(report.minute_cells > 50);

    // Once more: everything is known, so nothing is written.
    deliver(&one, &chunks, &forward, 10).await;
    let after = store.snapshot(&tenant()).await.unwrap();
    assert_eq!(after.open.len(), snapshot.open.len());
}

#[tokio::test]
async fn days_that_are_kept_no_longer_are_not_read() {
    let store = store().await;
    let chunks = messages();
    let rollup = Rollup::new(store.clone(), Arc::default(), Clock::starting_at(NOW));
    deliver(&rollup, &chunks, &(0..chunks.len()).collect::<Vec<_>>(), 10).await;
    let agents =
        async |now| verify(&store, &tenant(), &Configuration::default(), now).await.unwrap().agents;
    let kept = store.retention().conversations;
    assert_eq!(agents(NOW).await, 3);
    let last_day_ends = NOW - DAY;
    assert_eq!(agents(last_day_ends + kept - DAY).await, 3);
    assert_eq!(agents(last_day_ends + kept + DAY).await, 0);
}
