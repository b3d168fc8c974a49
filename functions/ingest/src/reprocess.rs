//! What was refused, decoded anew: for a version that takes what an earlier one did not, and for events
//! of a source that its key did not cover.
//!
//! What is kept is masked and hashed, so an event counts as it would have counted, hashes in the place
//! of names; what follows from its text follows from the masked one. It is judged as of its receipt,
//! and is the event that it was: sent again by its sender, or by this, it counts once. What is no JSON
//! is kept for people to read and never comes back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tocsin_domain::{
    chunk::Chunk,
    decode::{self, Agents, EVENT_LIMIT, Intake, Rejection},
    derived::Policy,
    id::TenantId,
    minute::DAY,
    platform::{self, Account, Decoded},
};
use tocsin_shell::{
    queue,
    store::{
        credentials::Credential,
        texts::{Kept, Refused},
    },
};

use crate::{FOREIGN, Ingest, IngestError, limits, messages};

/// What was refused longer ago is not taken any more, in nanoseconds: like dead letters, whose
/// conversations are known for so long.
const TAKEN_FOR: i64 = 14 * DAY;

/// Which refusals.
#[derive(Clone, Debug)]
pub struct Span {
    /// Received from this moment on, in nanoseconds.
    pub from: i64,
    /// And before this one.
    pub until: i64,
    /// Prefixes of `source` whose events are taken though their key did not cover them.
    pub sources: Vec<String>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reprocessed {
    /// Events that are taken now.
    pub accepted: usize,
    /// Events that are still refused.
    pub refused: usize,
    /// Why, each as `error field`, and how many.
    pub why: BTreeMap<String, usize>,
}

/// Why nothing was decoded, or not all.
#[derive(Debug, thiserror::Error)]
pub enum ReprocessError {
    /// The end is not after the beginning.
    #[error("`until` is not after `from`: give a later one")]
    Empty,
    /// It was refused too long ago.
    #[error(
        "`from` is more than 14 days ago, when what was refused can not be counted: give a later one"
    )]
    TooLongAgo,
    /// Table or queue did not answer.
    #[error("not all is decoded: ask again, nothing counts twice")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Ingest {
    /// Decodes anew what was refused, and hands over what is accepted now.
    pub async fn reprocess(
        &self,
        tenant: &TenantId,
        span: &Span,
    ) -> Result<Reprocessed, ReprocessError> {
        let Span { from, until, .. } = *span;
        if until <= from {
            return Err(ReprocessError::Empty);
        }
        let now = self.clock.now();
        if from < now.saturating_sub(TAKEN_FOR) {
            return Err(ReprocessError::TooLongAgo);
        }
        let unavailable = |error: IngestError| ReprocessError::Unavailable(error.into());
        let policy = self.policies.of(tenant, &self.store).await;
        let policy = policy.map_err(|error| unavailable(error.into()))?;
        let mut done = Reprocessed::default();
        let mut at = from;
        while at < until {
            // What is kept stands by UTC days.
            let day = self.store.refused(tenant, (at, until), now).await;
            for kept in day.map_err(|error| unavailable(error.into()))? {
                self.take_kept(tenant, &kept, (span, &policy), &mut done)
                    .await
                    .map_err(unavailable)?;
            }
            at = (at.div_euclid(DAY) + 1).saturating_mul(DAY);
        }
        Ok(done)
    }

    /// Takes what can be taken of one request's refusals; forgets them where that is all.
    async fn take_kept(
        &self,
        tenant: &TenantId,
        kept: &Kept,
        (span, policy): (&Span, &Policy),
        done: &mut Reprocessed,
    ) -> Result<(), IngestError> {
        let now = self.clock.now();
        let key = self.vault.pseudonyms(tenant).keeping_hashes();
        let (received, all) = (|_: i64| kept.received, [String::new()]);
        let accept_late = self.store.retention().accept_late;
        let mut chunk = Chunk::new(tenant.clone(), now);
        let mut is_all = true;
        for one in &kept.refused {
            let sources = if is_foreign(one) { span.sources.as_slice() } else { &all };
            let intake = Intake { key: &key, sources, now: &received, accept_late, policy };
            match decode_kept(one, &intake, &mut chunk) {
                Ok(events) => done.accepted += events,
                Err(why) => {
                    is_all = false;
                    done.refused += 1;
                    *done.why.entry(why).or_default() += 1;
                }
            }
        }
        if !chunk.is_empty() {
            let sources = span.sources.clone();
            let by = Credential { tenant: tenant.clone(), sources, name: "reprocess".to_owned() };
            let names = Agents::new();
            let (vault, store) = (&self.vault, &self.store);
            limits::apply(&mut chunk, &names, &self.registers, store, (vault, &by), now).await?;
            queue::send(&self.queue, &self.queue_url, tenant.as_str(), messages(chunk)).await?;
        }
        if is_all {
            self.store.forget_refused(tenant, kept).await?;
        }
        Ok(())
    }
}

/// Whether an event was refused as one of a source that its key did not cover.
fn is_foreign(refused: &Refused) -> bool {
    refused.reason.split(' ').next() == Some(FOREIGN)
}

/// Adds what was refused to the chunk, or says why not; so many events it is.
fn decode_kept(one: &Refused, intake: &Intake<'_>, chunk: &mut Chunk) -> Result<usize, String> {
    let event: Option<Value> = serde_json::from_str(&one.masked).ok();
    if let (Some(delivery), Some((platform, name))) = (&event, &one.delivery) {
        let account = Account { keeps_hashes: true, ..Account::new(*platform, name) };
        return decode_delivery(&account, delivery, intake, chunk).map_err(|why| said(&why));
    }
    let (Some(event), Some(known)) = (event, one.known) else { return Err(one.reason.clone()) };
    if one.masked.len() > EVENT_LIMIT {
        return Err(one.reason.clone());
    }
    decode::decode_kept(&event, known, intake, chunk).map_err(|why| said(&why))?;
    Ok(1)
}

/// Adds all that a vendor's delivery says, or nothing.
fn decode_delivery(
    account: &Account<'_>,
    delivery: &Value,
    intake: &Intake<'_>,
    chunk: &mut Chunk,
) -> Result<usize, Rejection> {
    let Decoded { events, .. } = platform::decode(account, delivery)?;
    let revision = account.platform.revision();
    let mut trial = Chunk::new(chunk.tenant.clone(), chunk.received);
    for event in &events {
        decode::decode_adapted(event, revision, intake, &mut trial, &mut Agents::new())?;
    }
    for event in &events {
        decode::decode_adapted(event, revision, intake, chunk, &mut Agents::new())?;
    }
    Ok(events.len())
}

fn said(Rejection { error, field, .. }: &Rejection) -> String {
    format!("{error} {field}")
}
