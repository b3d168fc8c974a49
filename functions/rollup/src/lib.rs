//! `rollup`: chunks in from the queue; conversations, customers, and one delta out, all or none.
//! Agents' states likewise: the days that changed and one delta.
//!
//! A batch is grouped by tenant and conversation. Each group of conversations is read, its events
//! are inserted, and what the change adds up to is written with the changed sets in one
//! transaction. Redelivered events change nothing, so no count is written; a lost race is folded
//! anew from a fresh read, in ever smaller groups, so that one busy conversation does not hold up
//! its neighbours. A message is done when every group that holds a part of it is.

mod agents;
mod batch;
mod configurations;
mod fold;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use tocsin_domain::{
    chunk::Observation,
    configuration::Configuration,
    id::TenantId,
    sabotage::{self, Sabotage},
};
use tocsin_shell::{
    clock::Clock,
    queue,
    store::{
        Store, StoreError,
        conversations::{Change, lives_at},
        observations::{ObservationWrite, StoredObservation},
    },
    telemetry::chain,
};
use tracing::{error, warn};

use agents::Arrived;
use batch::{Batch, Group, Incoming, Part, Renamed, TenantBatch};
use configurations::Configurations;
use fold::Elsewhere;

/// Conversations of one transaction: with their customers and the delta it stays below its limit.
const GROUP: usize = 45;
/// Observations of one transaction.
const OBSERVATIONS: usize = 90;
/// Days of agents of one transaction: each may be written and its two neighbours checked.
const AGENT_DAYS: usize = 32;
/// How often a group is folded anew before its messages are left for a later delivery.
const ATTEMPTS: u32 = 12;

/// The rollup function.
pub struct Rollup {
    store: Store,
    configurations: Configurations,
    clock: Clock,
}

impl Rollup {
    /// A rollup into this store, of every tenant by the same configuration.
    pub fn new(store: Store, configuration: Arc<Configuration>, clock: Clock) -> Self {
        Self { store, configurations: Configurations::Given(configuration), clock }
    }

    /// A rollup into this store, of each tenant by the configuration that is stored for it.
    pub fn by_stored(store: Store, clock: Clock) -> Self {
        Self { store, configurations: Configurations::Stored(Mutex::default()), clock }
    }

    /// Counts a batch of chunks; answers with the messages that must come again.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let mut batch = Batch::read(event.records);
        for (id, problem) in &batch.unreadable {
            error!(message.id = %id, problem, "can not read message; it will be a dead letter");
        }
        let tenants = std::mem::take(&mut batch.tenants);
        for (tenant, mut work) in tenants {
            let failed = self.count(&tenant, &mut work).await;
            batch.fail(failed);
        }
        queue::failures(batch.failed_ids())
    }

    /// Counts one tenant's part of a batch; returns the places of messages that must come again.
    async fn count(&self, tenant: &TenantId, work: &mut TenantBatch) -> Vec<usize> {
        let now = self.clock.now();
        // Before counting: a text of what is never counted expires, one that is not there never comes.
        if !sabotage::is(Sabotage::TextsAfterCounting)
            && let Err(error) = self.store.put_texts(tenant, &work.texts, now).await
        {
            warn!(error = chain(&error), "could not keep texts; will retry batch");
            return work.messages();
        }
        let configuration = match self.configurations.of(tenant, &self.store).await {
            Ok(configuration) => configuration,
            Err(error) => {
                warn!(error = chain(&error), "can not read the configuration; will retry batch");
                return work.messages();
            }
        };
        let mut failed = Vec::new();
        let mut groups: Vec<(Group, u32)> =
            work.groups(GROUP).into_iter().map(|group| (group, 0)).collect();
        // A group that is split goes on in the order of its halves.
        groups.reverse();
        while let Some((group, attempt)) = groups.pop() {
            let given = (&*configuration, now);
            match fold::write(&self.store, tenant, work, &group, given).await {
                Ok(written) => {
                    work.repeated.extend(written.repeated);
                    for Elsewhere { part, home, erased } in written.elsewhere {
                        let forgotten = if erased {
                            self.forget(tenant, work, &part, now).await
                        } else {
                            Ok(Renamed::default())
                        };
                        let renamed = match forgotten {
                            Ok(renamed) => renamed,
                            Err(error) => {
                                warn!(
                                    error = chain(&error),
                                    "could not erase; will retry messages"
                                );
                                failed.extend(Group::of(part).messages(work));
                                continue;
                            }
                        };
                        let group = work.refile(&part, home, &renamed);
                        if attempt < ATTEMPTS {
                            groups.push((group, attempt + 1));
                        } else {
                            warn!(conversation = %home, "can not find it; will retry messages");
                            failed.extend(group.messages(work));
                        }
                    }
                }
                Err(StoreError::TooLarge(_)) if !group.is_single_event() => {
                    let (first, second) = group.halves();
                    groups.extend([(second, attempt), (first, attempt)]);
                }
                Err(StoreError::Conflict) if attempt < ATTEMPTS => {
                    back_off(attempt).await;
                    let attempt = attempt + 1;
                    if group.conversations.len() > 1 {
                        let (first, second) = group.halves();
                        groups.extend([(second, attempt), (first, attempt)]);
                    } else {
                        groups.push((group, attempt));
                    }
                }
                Err(error) => {
                    warn!(error = chain(&error), "could not count; will retry messages");
                    if !sabotage::is(Sabotage::FailureSwallowed) {
                        failed.extend(group.messages(work));
                    }
                }
            }
        }
        if sabotage::is(Sabotage::TextsAfterCounting) {
            let _ = self.store.put_texts(tenant, &work.texts, now).await;
        }
        failed.extend(self.follow(tenant, work, now).await);
        failed.extend(self.observe(tenant, &work.observations, now).await);
        // Arrival-dependent by nature: what came again is counted each time it comes.
        let tallies = work.tallies(&failed, now);
        if !tallies.is_empty()
            && let Err(error) = self.store.write_loose(tenant, &tallies, work.identity(), now).await
        {
            warn!(error = chain(&error), "could not count data about the data");
        }
        failed
    }

    /// Deletes what is said in a conversation that is erased; says how its events are to name
    /// customers who are erased.
    async fn forget(
        &self,
        tenant: &TenantId,
        work: &TenantBatch,
        part: &Part,
        now: i64,
    ) -> Result<Renamed, StoreError> {
        let events = work.events(part);
        let others = events.iter().flat_map(|incoming| &incoming.rehashed);
        for id in others.map(|(id, _)| *id).chain([part.0]).collect::<BTreeSet<_>>() {
            if sabotage::is(Sabotage::TextOfErasedKept) {
                break;
            }
            self.store.delete_texts(tenant, id).await?;
        }
        let named = events.iter().flat_map(Incoming::customers);
        let stored = self.store.read_customers(tenant, named, now).await?;
        let mut renamed = Renamed::new();
        for incoming in events {
            let mut homes = incoming.customers().map(|id| (id, lives_at(&stored, id)));
            if let Some((_, home)) = homes.find(|(id, home)| id != home) {
                renamed.extend(incoming.customers().map(|id| (id, home)));
            }
        }
        Ok(renamed)
    }

    /// Follows agents' states; returns the places of messages that must come again.
    async fn follow(&self, tenant: &TenantId, work: &TenantBatch, now: i64) -> Vec<usize> {
        let mut failed = Vec::new();
        let groups = work.agent_groups(AGENT_DAYS).into_iter();
        let mut groups: Vec<(Vec<Arrived>, u32)> = groups.map(|group| (group, 0)).collect();
        while let Some((mut group, attempt)) = groups.pop() {
            match agents::write(&self.store, tenant, &group, now).await {
                Ok(()) => {}
                Err(StoreError::Conflict) if attempt < ATTEMPTS => {
                    back_off(attempt).await;
                    if group.len() > 1 {
                        groups.push((group.split_off(group.len() / 2), attempt + 1));
                    }
                    groups.push((group, attempt + 1));
                }
                Err(error) => {
                    warn!(error = chain(&error), "could not follow agents; will retry messages");
                    let states = group.iter().flat_map(|(_, states)| states);
                    failed.extend(states.map(|(message, _)| *message));
                }
            }
        }
        failed
    }

    /// Upserts observations; returns the places of messages that must come again.
    async fn observe(
        &self,
        tenant: &TenantId,
        arrived: &[(usize, Observation)],
        now: i64,
    ) -> Vec<usize> {
        let mut failed = Vec::new();
        for group in arrived.chunks(OBSERVATIONS) {
            let mut attempt = 0;
            loop {
                match self.observe_group(tenant, group, now).await {
                    Ok(()) => break,
                    Err(StoreError::Conflict) if attempt < ATTEMPTS => {
                        back_off(attempt).await;
                        attempt += 1;
                    }
                    Err(error) => {
                        warn!(error = chain(&error), "could not observe; will retry messages");
                        failed.extend(group.iter().map(|(message, _)| *message));
                        break;
                    }
                }
            }
        }
        failed
    }

    async fn observe_group(
        &self,
        tenant: &TenantId,
        arrived: &[(usize, Observation)],
        now: i64,
    ) -> Result<(), StoreError> {
        let latest = batch::latest_by_key(arrived);
        let stored = self.store.read_observations(tenant, &latest, now).await?;
        let mut change = Change::default();
        for (observation, (before, version)) in latest.into_iter().zip(stored) {
            let before: StoredObservation = (before, version);
            if before.0.as_ref().is_some_and(|before| !observation.supersedes(before)) {
                continue;
            }
            if let Some(before) = &before.0 {
                before.contribute(&mut change.delta, -1);
            }
            observation.contribute(&mut change.delta, 1);
            change.hear(&observation.source, observation.time, observation.sign());
            change.observations.push(ObservationWrite { observation, read: before.1 });
        }
        self.store.write_change(tenant, change, now).await
    }
}

/// Waits before a group is folded anew: 5, 10, 20 … ms, up to 640. Two losers of one race have
/// groups of different sizes by then, so they do not stay in step.
async fn back_off(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(5 << attempt.min(7))).await;
}
