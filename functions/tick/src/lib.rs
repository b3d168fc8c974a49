//! `tick`: the schedule's minute in, one message for each tenant out, so that scoring scales with
//! tenants and one tenant's trouble is no other's.
//!
//! A minute that is missed is not made up for: the next tick does all that is due.

use aws_sdk_sqs::Client;
use tocsin_score::Tick;
use tocsin_shell::{
    queue::{self, SendError},
    store::{Store, StoreError},
};

/// The tick function.
pub struct Ticker {
    store: Store,
    queue: Client,
    queue_url: String,
}

/// Why some tenants have no tick this minute.
#[derive(Debug, thiserror::Error)]
pub enum TickerError {
    /// Who the tenants are can not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A tick can not be written.
    #[error(transparent)]
    Encode(#[from] serde_json::Error),
    /// The queue did not take all ticks.
    #[error(transparent)]
    Send(#[from] SendError),
}

impl Ticker {
    /// A ticker into this queue.
    pub fn new(store: Store, queue: Client, queue_url: String) -> Self {
        Self { store, queue, queue_url }
    }

    /// Sends every tenant a tick; says how many.
    pub async fn tick(&self) -> Result<usize, TickerError> {
        let tenants = self.store.tenants().await?;
        let n_ticks = tenants.len();
        let messages = tenants.into_iter().map(|tenant| {
            let group = tenant.as_str().to_owned();
            serde_json::to_string(&Tick { tenant }).map(|body| (group, body))
        });
        let messages = messages.collect::<Result<Vec<_>, _>>()?;
        queue::send_grouped(&self.queue, &self.queue_url, messages).await?;
        Ok(n_ticks)
    }
}
