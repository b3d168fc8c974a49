//! `score`: a minute's work for one tenant: compact, sample, judge the rules, step the alerts.

mod after;
pub mod backtest;
mod compact;
mod detectors;
mod evaluate;
mod explain;
mod judge;
mod notify;
mod outages;
mod replay;
mod rerun;
mod rules;
mod sample;
mod silenced;
#[cfg(test)]
mod tables;
mod windows;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use rules::Rules;
use serde::{Deserialize, Serialize};
use tocsin_domain::{
    id::TenantId,
    rule::Rule,
    sabotage::{self, Sabotage},
};
use tocsin_shell::{
    clock::Clock,
    queue,
    rollups::{Memo, Reader},
    store::{Store, StoreError},
};

/// How often alerts are stepped anew because somebody else changed them meanwhile.
const ATTEMPTS: u32 = 4;

/// The message that asks for a minute's work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tick {
    /// Whose.
    pub tenant: TenantId,
}

/// The score function.
pub struct Score {
    store: Store,
    alerts: aws_sdk_sqs::Client,
    alerts_url: String,
    rules: Rules,
    clock: Clock,
    memo: Memo,
}

/// Why a tick must come again.
#[derive(Debug, thiserror::Error)]
enum TickError {
    #[error("tick does not parse")]
    Malformed(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Notify(#[from] notify::NotifyError),
}

impl Score {
    /// A scorer that hands alerts over through this queue; the rules are those of tenants that saved
    /// none.
    pub fn new(
        store: Store,
        alerts: aws_sdk_sqs::Client,
        alerts_url: String,
        rules: Vec<Rule>,
        clock: Clock,
    ) -> Self {
        let (rules, memo) = (Rules::new(rules), Memo::default());
        Self { store, alerts, alerts_url, rules, clock, memo }
    }

    /// Handles ticks; answers with the messages that must come again.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        queue::for_each_record(event.records, |body| self.tick(body)).await
    }

    async fn tick(&self, body: String) -> Result<(), TickError> {
        let Tick { tenant } = serde_json::from_str(&body)?;
        let now = self.clock.now();
        let snapshot = compact::compact(&self.store, &tenant, &self.memo, now).await?;
        let reader = Reader::of(&self.store, &tenant, snapshot, now).remembering(&self.memo);
        sample::sample(&self.store, &reader, &tenant, now).await?;
        let rules = self.rules.of(&self.store, &tenant).await?;
        for _ in 0..ATTEMPTS {
            let read = self.store.live_alerts(&tenant).await?;
            let mut live = read.clone();
            notify::settle(&self.store, &tenant, &mut live).await?;
            let (store, at) = (&self.store, (now, evaluate::Purpose::Tick));
            let mut stepped =
                evaluate::evaluate(store, &reader, &tenant, &rules, &live, at).await?;
            silenced::mark(&self.store, &tenant, &mut stepped, now).await?;
            notify::decide(&live, &mut stepped, now);
            if stepped.alerts != read.alerts || stepped.groups.as_ref() != Some(&read.groups) {
                match self.store.write_alerts(&tenant, read, &stepped, now).await {
                    Ok(()) => {}
                    // Another scorer stepped them, or a person did something about one.
                    Err(StoreError::Conflict) => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            let (alerts, url) = (&self.alerts, &self.alerts_url);
            if sabotage::is(Sabotage::HandedOverOnce) && stepped.changed.is_empty() {
                return Ok(());
            }
            return Ok(notify::hand_over(alerts, url, &tenant, &stepped, now).await?);
        }
        // Whoever was faster so often hands them over.
        Ok(())
    }
}
