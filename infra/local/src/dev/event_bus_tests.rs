//! Ingest as an event bus invokes it, over the queues and tables of this process.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json, value::RawValue};
use tocsin_domain::{
    chunk::Chunk,
    id::TenantId,
    metric::Metric,
    minute::{DAY, timestamp},
    platform::{Platform, signature::Scheme},
};
use tocsin_ingest::{Ingest, Invoked};
use tocsin_shell::{
    clock::Clock,
    store::{
        Store,
        connections::{Connection, Named},
    },
    vault::Vault,
};
use tocsin_tables::fresh::store;

use super::wiring::{self, EVENTS, queue_url};
use crate::{endpoint, outbox::Outbox, queue::Queues};

struct World {
    ingest: Ingest,
    store: Store,
    queues: Arc<Queues>,
}

fn vault() -> Vault {
    Vault::new(vec![7; 32])
}

fn tenant(name: &str) -> TenantId {
    TenantId::try_from(name.to_owned()).unwrap()
}

async fn world() -> World {
    let queues = Arc::new(wiring::queues(None).unwrap());
    let outbox = Arc::new(Outbox::new(&queues));
    let (listener, url) = super::loopback().await.unwrap();
    let router = endpoint::router(Arc::clone(&queues), outbox);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let store = store().await;
    let ingest = ingest(&store, &url);
    World { ingest, store, queues }
}

fn ingest(store: &Store, queues: &str) -> Ingest {
    let url = queue_url(queues, EVENTS);
    Ingest::new(store.clone(), vault(), wiring::sqs(queues), url, Clock::Wall)
}

impl World {
    async fn connect(&self, of: &str, platform: Platform, source: &str) {
        let connection = Connection {
            tenant: tenant(of),
            platform,
            account: "acme".to_owned(),
            scheme: Scheme::Unsigned,
            secrets: Vec::new(),
            event_source: Some(source.to_owned()),
        };
        self.store.put_connection(Named::EventSource(source), &connection, None).await.unwrap();
    }

    async fn invoke(&self, payload: &Value) -> Value {
        let payload = RawValue::from_string(payload.to_string()).unwrap();
        let Ok(answer) = self.ingest.invoke(&payload).await else { panic!("it fails") };
        serde_json::to_value(answer).unwrap()
    }

    /// The chunks in the queue.
    fn chunks(&self) -> Vec<Chunk> {
        let messages = self.queues.receive(EVENTS, 10).unwrap();
        let chunk = |body: &str| Chunk::decode(&STANDARD.decode(body).unwrap()).unwrap();
        messages.iter().map(|message| chunk(&message.body)).collect()
    }
}

/// A contact of a minute ago.
fn contact(account: &str) -> Value {
    let at = timestamp(Clock::Wall.now() - DAY / 1440).to_string();
    json!({
        "version": "0", "id": "b6f1", "detail-type": "Amazon Connect Contact Event",
        "source": "aws.connect", "account": account, "time": at, "region": "eu-central-1",
        "resources": [],
        "detail": {
            "eventType": "INITIATED", "contactId": "c-4711", "channel": "VOICE",
            "initiationMethod": "INBOUND", "initiationTimestamp": at, "tenant": "other",
            "customerEndpoint": { "address": "+14155550100" },
        },
    })
}

#[tokio::test]
async fn a_bus_brings_events_of_the_tenant_whose_connection_names_its_source() {
    let world = world().await;
    world.connect("demo", Platform::Connect, "aws.connect/111122223333").await;
    world.connect("other", Platform::Connect, "aws.connect/444455556666").await;
    assert_eq!(world.invoke(&contact("111122223333")).await, Value::Null);
    let [chunk] = &world.chunks()[..] else { panic!("one chunk") };
    assert_eq!(chunk.tenant, tenant("demo"));
    let [(conversation, event)] = &chunk.events[..] else { panic!("{chunk:?}") };
    let key = vault().pseudonyms(&tenant("demo"));
    assert_eq!(*conversation, key.conversation("connect:acme:c-4711"));
    assert_eq!(event.revision, Platform::Connect.revision());
    assert_eq!(chunk.symbols.text(event.source), "/connect/acme");
    let written = format!("{chunk:?}");
    assert!(!written.contains("c-4711") && !written.contains("4155550100"), "{written}");
}

#[tokio::test]
async fn what_nobody_made_a_connection_for_is_nobodys_and_no_error() {
    let world = world().await;
    world.connect("demo", Platform::Connect, "aws.connect/111122223333").await;
    for event in [contact("999900001111"), json!({"detail-type": "x", "detail": {}, "source": 5})] {
        assert_eq!(world.invoke(&event).await, Value::Null);
    }
    assert!(world.chunks().is_empty());
}

#[tokio::test]
async fn what_feeds_no_metric_is_counted_and_what_can_not_be_read_is_kept() {
    let world = world().await;
    world.connect("demo", Platform::Connect, "aws.connect/111122223333").await;
    let mut paused = contact("111122223333");
    paused["detail"]["eventType"] = json!("PAUSED");
    let mut nameless = contact("111122223333");
    nameless["detail"]["contactId"] = Value::Null;
    for event in [&paused, &nameless] {
        assert_eq!(world.invoke(event).await, Value::Null);
    }
    let tallies: Vec<_> = world
        .chunks()
        .into_iter()
        .flat_map(|chunk| chunk.tallies)
        .map(|tally| (tally.metric, tally.label))
        .collect();
    assert_eq!(
        tallies,
        [
            (Metric::UnknownTypes, "connect.PAUSED".to_owned()),
            (Metric::RejectedEvents, "missing".to_owned()),
        ]
    );
    let now = Clock::Wall.now();
    let day = now.div_euclid(DAY) * DAY;
    let kept = world.store.refused(&tenant("demo"), (day, now + DAY), now).await.unwrap();
    let [kept] = &kept[..] else { panic!("{kept:?}") };
    let [refused] = &kept.refused[..] else { panic!("{kept:?}") };
    assert_eq!(refused.reason, "missing detail.contactId");
    assert_eq!(refused.delivery, Some((Platform::Connect, "acme".to_owned())));
    assert!(!refused.masked.contains("4155550100"), "{}", refused.masked);
}

#[tokio::test]
async fn a_request_of_the_gateways_is_answered_whatever_its_body_looks_like() {
    let world = world().await;
    world.connect("demo", Platform::Connect, "aws.connect/111122223333").await;
    let answer = world
        .invoke(&json!({
            "version": "2.0", "rawPath": "/v1/events", "headers": {},
            "requestContext": {"http": {"method": "POST"}}, "isBase64Encoded": false,
            "body": contact("111122223333").to_string(),
        }))
        .await;
    assert_eq!(answer["statusCode"], 401, "{answer}");
    assert_eq!(world.invoke(&json!({"neither": "nor"})).await["statusCode"], 400);
    assert!(world.chunks().is_empty());
}

#[tokio::test]
async fn where_the_queue_does_not_answer_the_bus_has_to_bring_it_again() {
    let world = world().await;
    world.connect("demo", Platform::Connect, "aws.connect/111122223333").await;
    let nobody = ingest(&world.store, "http://127.0.0.1:9");
    let payload = RawValue::from_string(contact("111122223333").to_string()).unwrap();
    let outcome: Result<Invoked, _> = nobody.invoke(&payload).await;
    assert!(outcome.is_err());
    assert_eq!(world.invoke(&contact("111122223333")).await, Value::Null);
    assert_eq!(world.chunks().len(), 1);
}
