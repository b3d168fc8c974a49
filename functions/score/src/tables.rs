//! Embedded tables for tests, and a queue that nobody serves.

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Region},
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use tocsin_shell::{config::Retention, store::Store};

const TABLE: &str = "state";

fn credentials() -> Credentials {
    Credentials::new("local", "local", None, None, "local")
}

/// A store over an empty table in memory.
pub(crate) async fn store() -> Store {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials())
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

/// A client of a queue that takes nothing.
pub(crate) fn no_queue() -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials())
        .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
        .endpoint_url("http://127.0.0.1:9");
    aws_sdk_sqs::Client::from_conf(config.build())
}
