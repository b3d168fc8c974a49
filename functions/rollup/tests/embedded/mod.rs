//! The handler on an embedded DynamoDB.

use std::collections::BTreeSet;

use aws_credential_types::Credentials;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Region},
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use tocsin_domain::{chunk::Chunk, id::TenantId};
use tocsin_rollup::Rollup;
use tocsin_shell::{config::Retention, store::Store};

/// 2026-01-08T00:00:00Z
pub(crate) const NOW: i64 = 1_767_830_400_000_000_000;
const TABLE: &str = "state";

pub(crate) fn tenant() -> TenantId {
    TenantId::try_from("demo".to_owned()).unwrap()
}

pub(crate) async fn store() -> Store {
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
pub(crate) async fn deliver(rollup: &Rollup, chunks: &[Chunk], order: &[usize], size: usize) {
    for numbers in order.chunks(size) {
        let mut left: BTreeSet<usize> = numbers.iter().copied().collect();
        while !left.is_empty() {
            let records: Vec<_> = left.iter().map(|number| (*number, &chunks[*number])).collect();
            let failed = rollup.handle(batch(&records)).await.batch_item_failures;
            left = failed.iter().map(|item| item.item_identifier.parse().unwrap()).collect();
        }
    }
}
