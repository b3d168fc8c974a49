//! A process that scores and lives on: what it has read for one tick it remembers at the next.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use tocsin_domain::rule::Rule;
use tocsin_score::Score;
use tocsin_shell::clock::Clock;

use crate::{
    invocation::{store, url, within},
    run::ALERTS,
    wire::Wire,
    world::World,
};

pub(crate) struct Scorer {
    wire: Wire,
    /// In nanoseconds.
    time: Arc<AtomicI64>,
    score: Score,
}

impl Scorer {
    /// One that remembers nothing.
    pub(crate) fn new(world: &World, rules: Vec<Rule>) -> Self {
        let (wire, time) = (Wire::new(world.clone()), Arc::<AtomicI64>::default());
        let clock = Clock::Simulated(Arc::clone(&time));
        let score = Score::new(store(&wire), wire.sqs(), url(ALERTS), rules, clock);
        Self { wire, time, score }
    }

    /// Handles ticks as of now, and is there for the next; `None` where it died or took too long.
    pub(crate) async fn handle(
        self,
        event: SqsEvent,
        now: i64,
    ) -> Option<(SqsBatchResponse, Self)> {
        self.time.store(now, Ordering::Relaxed);
        let answer = within(&self.wire, Box::pin(self.score.handle(event))).await?;
        Some((answer, self))
    }
}
