//! The two tables, behind the operations that the product performs.
//!
//! State table (text has a table, a key and a read permission of its own, see [`texts`]):
//!
//! | access pattern | pk | sk | in |
//! |---|---|---|---|
//! | where one lives that is known by several hashes | `T#<tenant>#C#<hash>`, `…#K#<hash>` | `0` | [`pointers`] |
//! | a conversation, and its pages if it is long | `T#<tenant>#C#<hash>` | `0`, `P<epoch>#<page>` | [`conversations`] |
//! | a customer's visits | `T#<tenant>#K#<hash>` | `0` | [`conversations`] |
//! | an agent's states of a UTC day | `T#<tenant>#W#<hash>` | `<day>` | [`agents`] |
//! | what was true of a thing at a minute | `T#<tenant>#O#<kind>` | `<thing>` or `<time>#<event>` | [`observations`] |
//! | deltas still open | `T#<tenant>#D` | `<minute>-<content>` | [`rollup`] |
//! | what readers and compaction agree on | `T#<tenant>#R` | `head` | [`rollup`] |
//! | amounts by minute, of some hours | `T#<tenant>#M` | `<hour>#<compaction>` | [`rollup`] |
//! | amounts that came late to closed hours | `T#<tenant>#L` | `<compaction>` | [`rollup`] |
//! | cells of a family and view, of some hours | `T#<tenant>#H#<family>#<view>` | `<hour>#<compaction>` | [`rollup`] |
//! | registered values of a dimension, unknown types | `T#<tenant>#V` | `<dimension>`, `unknown_type` | [`register`] |
//! | agents' encrypted names | `T#<tenant>#G` | `<hash>` | [`register`] |
//! | a source key's tenant and sources | `S#<hash>` | `0` | [`credentials`] |
//! | as whose events a vendor's deliveries are taken, and a tenant's list of them | `J#<hash>`, `T#<tenant>#J` | `0`, `<hash>` | [`connections`] |
//! | a tenant's policy of phrases | `T#<tenant>#F` | `policy` | [`policy`] |
//! | a tenant's rules in force, every version of them, backtests by their text's hash | `T#<tenant>#U` | `current`, `version#<version>`, `backtest#<hash>` | [`rules`] |
//! | what a tenant sets, in versions | `T#<tenant>#F` | `configuration` | [`configuration`] |
//! | all tenants | `TENANTS` | `<tenant>` | [`credentials`] |
//! | the last sample of the longest wait | `T#<tenant>#R` | `waits` | [`waits`] |
//! | alerts that live | `T#<tenant>#R` | `alerts` | [`alerts`] |
//! | up to when detectors have seen everything | `T#<tenant>#R` | `detectors` | [`detectors`] |
//! | detectors of a watch, packed | `T#<tenant>#Q` | `<watch>#<pack>` | [`detectors`] |
//! | alerts, newest first | `T#<tenant>#A` | `<opened>-<fingerprint>` | [`alerts`] |
//! | what a link acknowledges | `L#<hash of the token>` | `0` | [`acks`] |
//! | silences | `T#<tenant>#R` | `silences` | [`silences`] |
//! | a notification's claim | `T#<tenant>#N#<alert>` | `<transition>#<target>` | [`alerts`] |
//! | who did what, and was refused what | `T#<tenant>#audit`, `DEPLOYMENT#audit` | `<time>-<content>` | [`audit`] |
//! | parts of a large value | `T#<tenant>#B#<content>` | `<number>` | [`items`] |
//!
//! **Architecture invariant:** one method for each access pattern, no generic `get` or `put`
//! outside this module ([`tables`] has them). A new method is a new row in this table.

pub mod acks;
pub mod agents;
pub mod alerts;
pub mod audit;
pub mod configuration;
pub mod connections;
pub mod conversations;
pub mod credentials;
pub mod detectors;
mod items;
mod keys;
#[cfg(feature = "memory")]
mod memory;
pub mod observations;
pub mod pointers;
pub mod policy;
pub mod register;
pub mod rollup;
pub mod rules;
pub mod silences;
mod tables;
pub mod texts;
pub mod waits;

#[cfg(feature = "memory")]
use std::collections::HashMap;
use std::error::Error;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
#[cfg(feature = "memory")]
use aws_sdk_dynamodb::types::AttributeValue;

use self::tables::Tables;
use crate::config::{self, Retention};

/// The tables.
#[derive(Clone, Debug)]
pub struct Store {
    tables: Tables,
    state: String,
    texts: String,
    retention: Retention,
}

/// Why a table did not answer: what to do about it, not the SDK's taxonomy.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Throttled, timed out or refused; the same call may work later.
    #[error("table is unavailable for now")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// More than one transaction holds: change less at a time.
    #[error("a transaction of {0} items is too large")]
    TooLarge(usize),
    /// Somebody else wrote first: read again and decide anew.
    #[error("somebody else wrote first")]
    Conflict,
    /// An item does not have the shape this version writes; trying again can not help.
    #[error("item {pk} / {sk} does not parse")]
    Corrupt {
        /// Partition key.
        pk: String,
        /// Sort key.
        sk: String,
        /// What is wrong with it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl Store {
    /// A store over these tables.
    pub fn new(client: Client, state: String, texts: String, retention: Retention) -> Self {
        Self { tables: Tables::DynamoDb(client), state, texts, retention }
    }

    /// A store of nothing, in this process; its clones share what is written.
    #[cfg(feature = "memory")]
    pub fn in_memory(retention: Retention) -> Self {
        Self::of_copies(retention, Vec::new(), Vec::new())
    }

    /// A store in this process of copies of the items of both tables.
    #[cfg(feature = "memory")]
    pub fn of_copies(
        retention: Retention,
        state: Vec<HashMap<String, AttributeValue>>,
        texts: Vec<HashMap<String, AttributeValue>>,
    ) -> Self {
        let memory = memory::Memory::default();
        memory.put_all("state", state);
        memory.put_all("texts", texts);
        let (state, texts) = ("state".to_owned(), "texts".to_owned());
        Self { tables: Tables::Memory(memory), state, texts, retention }
    }

    /// A function's store, with its connection open: the first event does not wait for it.
    pub async fn open(sdk: &SdkConfig, tables: config::Tables) -> Result<Self, StoreError> {
        let (client, retention) = (Client::new(sdk), Retention::default());
        let store = Self::new(client, tables.state, tables.texts, retention);
        store.warm().await?;
        Ok(store)
    }

    /// How long things are kept.
    pub fn retention(&self) -> &Retention {
        &self.retention
    }

    /// Asks for one item, which every function may read.
    async fn warm(&self) -> Result<(), StoreError> {
        let nobody = keys::Key { pk: "TENANTS".to_owned(), sk: "-".to_owned() };
        self.get(&self.state, &nobody).await.map(drop)
    }
}
