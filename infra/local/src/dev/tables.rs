//! The embedded DynamoDB, served on the loopback interface to the very client that Lambda uses.

use aws_sdk_dynamodb::Client;
use dynoxide::Database;
use tocsin_tables::CreateError;

use super::data::Data;

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
    #[error(transparent)]
    Create(#[from] CreateError),
}

/// The database: the one of earlier runs, a new one, or one in memory.
pub(super) fn open(data: &Data) -> Result<Database, TablesError> {
    let database = match data.file("tables.db")? {
        Some(file) => Database::new(&file),
        None => Database::memory(),
    };
    database.map_err(|error| TablesError::Open(error.to_string()))
}

/// Creates the tables that are not there yet.
pub(crate) async fn create_missing(client: &Client) -> Result<(), TablesError> {
    for table in [STATE, TEXTS] {
        tocsin_tables::create_missing(client, table).await?;
    }
    Ok(())
}
