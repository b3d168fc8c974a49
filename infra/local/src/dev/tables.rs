//! The embedded DynamoDB, served on the loopback interface to the very client that Lambda uses.

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Region},
    error::DisplayErrorContext,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use dynoxide::Database;

use super::data::Data;
use crate::endpoint::REGION;

/// The table of everything but text.
pub(crate) const STATE: &str = "tocsin-state";
/// The table of masked text.
pub(crate) const TEXTS: &str = "tocsin-texts";

/// Why the tables can not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TablesError {
    /// The file is damaged or the disk is full.
    #[error("cannot open the embedded tables: {0}")]
    Open(String),
    /// The folder can not be used.
    #[error(transparent)]
    Data(#[from] super::data::DataError),
    /// A table can not be made.
    #[error("cannot create the table {table}: {cause}")]
    Create {
        /// Which.
        table: &'static str,
        /// What the service said.
        cause: String,
    },
}

/// The database: the one of earlier runs, a new one, or one in memory.
pub(super) fn open(data: &Data) -> Result<Database, TablesError> {
    let database = match data.file("tables.db")? {
        Some(file) => Database::new(&file),
        None => Database::memory(),
    };
    database.map_err(|error| TablesError::Open(error.to_string()))
}

/// A client of the database served at this address.
pub(super) fn client(url: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .endpoint_url(url)
        .build();
    Client::from_conf(config)
}

/// Nobody checks them, but the clients sign.
pub(crate) fn credentials() -> Credentials {
    Credentials::new("local", "local", None, None, "local")
}

/// Creates the tables that are not there yet.
pub(crate) async fn create_missing(client: &Client) -> Result<(), TablesError> {
    for table in [STATE, TEXTS] {
        let cause = |error: String| TablesError::Create { table, cause: error };
        let created = client
            .create_table()
            .table_name(table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(vec![attribute("pk"), attribute("sk")]))
            .set_key_schema(Some(vec![key("pk", KeyType::Hash), key("sk", KeyType::Range)]))
            .send()
            .await;
        match created {
            Ok(_) => {}
            Err(error)
                if error.as_service_error().is_some_and(aws_sdk_dynamodb::operation::create_table::CreateTableError::is_resource_in_use_exception) => {}
            Err(error) => return Err(cause(DisplayErrorContext(error).to_string())),
        }
    }
    Ok(())
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
