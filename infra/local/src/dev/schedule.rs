//! The schedule: ticks to score by, and the virtual clock kept.
//!
//! On the machine's clock every tenant gets a tick as a minute begins. In virtual time minutes pass
//! as events tell them, so a tick follows, at most once a second, whatever was new: a later time or
//! a batch of events counted. A tick is not sent while one waits.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tocsin_domain::minute::Minute;
use tocsin_shell::{
    clock::Clock,
    store::{Store, StoreError},
    telemetry::chain,
};
use tokio::{sync::watch, time::MissedTickBehavior};

use super::wiring::TICKS;
use crate::queue::{Message, QueueError, Queues};

/// How often it is looked whether a tick is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Where the virtual clock is kept.
const KEPT_NOW: &str = "virtual_now";

/// Why there was no tick this time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TickError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// The schedule, and what it goes by.
pub(super) struct Schedule {
    store: Store,
    queues: Arc<Queues>,
    clock: Clock,
    /// Batches of events counted since the start.
    counted: AtomicU64,
    /// What the last tick was sent for.
    ticked: Mutex<Option<Cause>>,
    /// Held while the clock is kept.
    keeping: Mutex<()>,
}

/// What a tick is sent for; a tick is due when it has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// A minute began.
    Minute(Minute),
    /// The virtual time, and batches counted until then.
    News(i64, u64),
}

/// The clock: the machine's, or the virtual one where the last run left it.
pub(super) fn clock(is_virtual: bool, queues: &Queues) -> Result<Clock, QueueError> {
    if !is_virtual {
        return Ok(Clock::Wall);
    }
    let kept = queues.meta_get(KEPT_NOW)?.and_then(|now| now.parse().ok());
    Ok(Clock::starting_at(kept.unwrap_or(0)))
}

impl Schedule {
    /// A schedule that sends its first tick at once.
    pub(super) fn new(store: Store, queues: Arc<Queues>, clock: Clock) -> Self {
        let (counted, ticked, keeping) = (AtomicU64::new(0), Mutex::new(None), Mutex::new(()));
        Self { store, queues, clock, counted, ticked, keeping }
    }

    /// Notes that a batch of events was counted.
    pub(super) fn count(&self) {
        self.counted.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether there is nothing left to do: queues are empty and, in virtual time, all that is new
    /// was scored. On the machine's clock there is always a next minute, which does not count.
    pub(super) fn is_idle(&self) -> Result<bool, QueueError> {
        // Read before the queues are: a tick sent after that is not mistaken for one done.
        let ticked = self.ticked();
        let is_idle = self.queues.is_idle()?;
        let cause = self.cause();
        Ok(is_idle && (self.clock.is_wall() || cause.is_none() || ticked == cause))
    }

    /// Sends ticks and keeps the clock until told to stop.
    pub(super) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut kept = self.clock.now();
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                _ = looks.tick() => {}
            }
            let now = self.clock.now();
            let keeping = if now == kept { Ok(()) } else { self.keep_clock() };
            match keeping {
                Ok(()) => kept = now,
                Err(error) => tracing::error!(error = chain(&error), "could not keep the clock"),
            }
            if let Err(error) = self.tick_if_due().await {
                tracing::error!(error = chain(&error), "could not send ticks; will try again");
            }
        }
    }

    /// Keeps the virtual clock for the next run.
    pub(super) fn keep_clock(&self) -> Result<(), QueueError> {
        if self.clock.is_wall() {
            return Ok(());
        }
        // Read under the lock, so that an earlier time is never written after a later one.
        let _writing = self.keeping.lock();
        self.queues.meta_put(KEPT_NOW, &self.clock.now().to_string())
    }

    async fn tick_if_due(&self) -> Result<(), TickError> {
        let cause = self.cause();
        if cause.is_none() || cause == self.ticked() {
            return Ok(());
        }
        self.tick_now().await
    }

    /// Sends every tenant a tick, unless one waits already.
    pub(super) async fn tick_now(&self) -> Result<(), TickError> {
        let cause = self.cause();
        if self.queues.depth(TICKS)?.visible > 0 {
            return Ok(());
        }
        let message = |tenant: &str| Message {
            body: serde_json::json!({ "tenant": tenant }).to_string(),
            group: Some(tenant.to_owned()),
            delay_ms: 0,
        };
        let tenants = self.store.tenants().await?;
        let ticks: Vec<_> = tenants.iter().map(|tenant| message(tenant.as_str())).collect();
        self.queues.send(TICKS, &ticks)?;
        // Set only now: whoever sees it finds the ticks in the queue, or done.
        if let Ok(mut ticked) = self.ticked.lock() {
            *ticked = cause;
        }
        Ok(())
    }

    /// What a tick would be sent for now; nothing before virtual time begins.
    fn cause(&self) -> Option<Cause> {
        let counted = self.counted.load(Ordering::SeqCst);
        let now = self.clock.now();
        match self.clock {
            Clock::Wall | Clock::Simulated(_) => Some(Cause::Minute(Minute::of(now))),
            Clock::Virtual(_) if now == 0 => None,
            Clock::Virtual(_) => Some(Cause::News(now, counted)),
        }
    }

    fn ticked(&self) -> Option<Cause> {
        self.ticked.lock().ok().and_then(|ticked| *ticked)
    }
}
