//! Tables of a test's own, in the DynamoDB that the tests are run against: an embedded one, or the one
//! whose address `TOCSIN_TEST_DYNAMODB` gives. `tests/store/run` gives that of AWS's own, and then
//! `memory`, which is none: the store's own tables in the process.

use std::{
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use aws_sdk_dynamodb::Client;
use dynoxide::Database;
use tocsin_shell::{config::Retention, store::Store};

use crate::{client, create_missing, serve};

/// Names the DynamoDB to test against, as `http://127.0.0.1:8000`; or [`MEMORY`].
const ADDRESS: &str = "TOCSIN_TEST_DYNAMODB";
/// Tables of the store's own.
const MEMORY: &str = "memory";

/// How many tables were made by this process.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// Tables that nobody else uses.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// Of the DynamoDB that they are in.
    pub client: Client,
    /// Name of the table of everything but text.
    pub state: String,
    /// Name of the table of masked text.
    pub texts: String,
}

impl Fresh {
    /// Two empty tables of a DynamoDB.
    #[expect(clippy::expect_used, reason = "for tests: without tables there is nothing to test")]
    pub async fn create() -> Self {
        let url = match address() {
            Some(url) if url != MEMORY => url,
            _ => {
                serve(Database::memory().expect("a database in memory")).await.expect("a free port")
            }
        };
        // Tests that run at once, in one process or in several, may share the server.
        let name =
            |of: &str| format!("{of}-{}-{}", process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let fresh = Self { client: client(&url), state: name("state"), texts: name("texts") };
        for table in [&fresh.state, &fresh.texts] {
            create_missing(&fresh.client, table).await.expect("a table can be made");
        }
        fresh
    }

    /// A store over them, with the usual retention.
    pub fn store(&self) -> Store {
        let (client, retention) = (self.client.clone(), Retention::default());
        Store::new(client, self.state.clone(), self.texts.clone(), retention)
    }
}

/// A store over two empty tables, with the usual retention.
pub async fn store() -> Store {
    if address().is_some_and(|address| address == MEMORY) {
        Store::in_memory(Retention::default())
    } else {
        Fresh::create().await.store()
    }
}

#[expect(clippy::disallowed_methods, reason = "what tests run against is no configuration")]
fn address() -> Option<String> {
    std::env::var(ADDRESS).ok()
}
