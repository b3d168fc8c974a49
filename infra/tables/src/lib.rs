//! The tables where AWS is not: made as `infra/template.yaml` declares them, in any DynamoDB that has
//! an address, and an embedded one to have such an address. For `tocsin dev`, measurements and tests.

pub mod fresh;
pub mod meter;

use std::io;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Builder, Region},
    error::DisplayErrorContext,
    operation::create_table::CreateTableError as Refusal,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use dynoxide::Database;
use tokio::net::TcpListener;

/// The region that names and signatures carry.
pub const REGION: &str = "us-east-1";

/// Why a table can not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot create the table {table}: {cause}")]
pub struct CreateError {
    /// Which.
    pub table: String,
    /// What the service said.
    pub cause: String,
}

/// Nobody checks them, but the clients sign.
pub fn credentials() -> Credentials {
    Credentials::new("local", "local", None, None, "local")
}

/// What a client of the DynamoDB at this address is made of.
pub fn config(url: &str) -> Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .endpoint_url(url)
}

/// A client of the DynamoDB at this address.
pub fn client(url: &str) -> Client {
    Client::from_conf(config(url).build())
}

/// Serves a database on a free port of the loopback interface, as a task, and says where.
pub async fn serve(database: Database) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    Ok(url)
}

/// Creates a table; one of this name that is there already is left as it is.
pub async fn create_missing(client: &Client, table: &str) -> Result<(), CreateError> {
    let create = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    let created = create
        .set_attribute_definitions(Some(vec![attribute("pk"), attribute("sk")]))
        .set_key_schema(Some(vec![key("pk", KeyType::Hash), key("sk", KeyType::Range)]))
        .send()
        .await;
    match created {
        Ok(_) => Ok(()),
        Err(error)
            if error.as_service_error().is_some_and(Refusal::is_resource_in_use_exception) =>
        {
            Ok(())
        }
        Err(error) => {
            let cause = DisplayErrorContext(error).to_string();
            Err(CreateError { table: table.to_owned(), cause })
        }
    }
}

#[expect(clippy::expect_used, reason = "the builder misses nothing")]
fn attribute(name: &str) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
        .expect("both fields are set")
}

#[expect(clippy::expect_used, reason = "the builder misses nothing")]
fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder()
        .attribute_name(name)
        .key_type(kind)
        .build()
        .expect("both fields are set")
}
