//! The SQLite database: its tables, and the one connection to it.
//!
//! Bodies lie apart from envelopes: hiding a message then rewrites a few dozen bytes, not a body of
//! up to 1 MiB. Every statement that runs once a message finds its rows through an index.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// `AUTOINCREMENT`: the id of a deleted message is never given to another one, so an old receipt can
/// not delete a new message.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        sent_at_ms INTEGER NOT NULL,
        visible_at_ms INTEGER NOT NULL,
        receive_count INTEGER NOT NULL DEFAULT 0,
        receipts INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL,
        message_group TEXT
    );
    CREATE INDEX IF NOT EXISTS messages_by_visibility
        ON messages (queue, visible_at_ms, id, receipts, bytes);
    CREATE INDEX IF NOT EXISTS messages_by_age ON messages (queue, sent_at_ms);
    CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at_ms INTEGER NOT NULL,
        topic TEXT NOT NULL,
        subject TEXT,
        message TEXT NOT NULL,
        structure TEXT,
        attributes TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
";

/// `NORMAL` writes the log at each commit and waits for the disk only at checkpoints: the end of the
/// process loses nothing, the end of the machine's power may lose the last commits but no order.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;";

/// How long to wait for another process that writes to the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements kept compiled; more than there are.
const STATEMENTS: usize = 64;

/// The connection, one thread at a time.
pub(crate) struct Database(Mutex<Connection>);

impl Database {
    pub(super) fn open(path: Option<&Path>) -> Result<Self, rusqlite::Error> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.execute_batch(PRAGMAS)?;
        connection.execute_batch(TABLES)?;
        Ok(Self(Mutex::new(connection)))
    }

    /// The connection, to read.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic under the lock rolled its transaction back, so the connection is fit for use.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction: committed when this returns `Ok`, without a trace otherwise.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<T, rusqlite::Error> {
        let mut connection = self.lock();
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }
}
