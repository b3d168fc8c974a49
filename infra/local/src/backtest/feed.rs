//! Recorded events into the pipeline, minute by virtual minute.
//!
//! Virtual time is the latest event time seen, in the order in which the events are given, as in
//! `tocsin dev --virtual-time`. A tick follows whatever happened up to the beginning of a minute, that
//! instant included; every minute has one, also those without events.

use std::collections::HashSet;

use indicatif::ProgressBar;
use jiff::Timestamp;
use serde_json::value::RawValue;
use tocsin_domain::minute::{Minute, nanoseconds};
use tokio::sync::mpsc::Receiver;

use super::{
    notice::Notice,
    pipeline::{Pipeline, PipelineError},
};
use crate::replay::{Batch, Header, Item, Place, Summary};

/// Minutes that may pass without an event: more is a wrong time, or two recordings.
const LONGEST_GAP: i32 = 31 * 1440;

/// What a recording led to.
#[derive(Default)]
pub(super) struct Run {
    /// What happened to alerts, in order.
    pub(super) notices: Vec<Notice>,
    /// What people were told of it, in order.
    pub(super) messages: Vec<Notice>,
    /// The minute of the first tick, and the one after that of the last.
    pub(super) span: Option<(Minute, Minute)>,
    /// What became of the events.
    pub(super) summary: Summary,
}

/// Runs everything that is read through the pipeline.
pub(super) async fn run(
    mut items: Receiver<Item>,
    pipeline: &Pipeline,
    bar: &ProgressBar,
) -> Result<Run, PipelineError> {
    let (batch, seen) = (Batch::default(), HashSet::new());
    let mut feed = Feed { pipeline, bar, batch, seen, run: Run::default() };
    while let Some(item) = items.recv().await {
        feed.run.summary.read += 1;
        match item {
            Item::Refused(place, reason) => feed.run.summary.reject(&place, None, &reason, None),
            Item::Event(place, raw) => feed.take(place, raw).await?,
        }
    }
    feed.count().await?;
    feed.tick().await?;
    Ok(feed.run)
}

struct Feed<'a> {
    pipeline: &'a Pipeline,
    bar: &'a ProgressBar,
    batch: Batch,
    /// Stand-ins of the events given so far.
    seen: HashSet<u64>,
    /// The end of its span is the next tick.
    run: Run,
}

impl Feed<'_> {
    async fn take(&mut self, place: Place, raw: Box<RawValue>) -> Result<(), PipelineError> {
        if Batch::is_too_large(&raw) {
            let reason = "larger than any event may be (64 KiB)";
            self.run.summary.reject(&place, None, reason, None);
            return Ok(());
        }
        let header = Header::of(&raw);
        if let Some(time) = header.time() {
            let due = Minute::ceil(nanoseconds(time));
            let (_, next) = *self.run.span.get_or_insert((due, due));
            if due.0.saturating_sub(next.0) > LONGEST_GAP {
                self.run.summary.reject(&place, None, &gap(time, next), Some("time".to_owned()));
                return Ok(());
            }
            self.pass_to(due).await?;
        }
        if !self.batch.has_room_for(&raw) {
            self.count().await?;
        }
        if header.identity().is_some_and(|identity| !self.seen.insert(identity)) {
            self.run.summary.repeated += 1;
        }
        self.batch.push(place, raw);
        Ok(())
    }

    /// Ticks until the next one is at this minute.
    async fn pass_to(&mut self, due: Minute) -> Result<(), PipelineError> {
        while self.run.span.is_some_and(|(_, next)| next < due) {
            self.count().await?;
            self.tick().await?;
        }
        Ok(())
    }

    async fn count(&mut self) -> Result<(), PipelineError> {
        if !self.batch.events.is_empty() {
            let answer = self.pipeline.take(std::mem::take(&mut self.batch)).await?;
            self.run.summary.book(answer);
        }
        Ok(())
    }

    async fn tick(&mut self) -> Result<(), PipelineError> {
        if let Some((_, next)) = &mut self.run.span {
            let told = self.pipeline.tick(*next).await?;
            self.run.notices.extend(told.transitions);
            self.run.messages.extend(told.messages);
            *next = next.plus(1);
            self.bar.set_message(next.timestamp().strftime("%Y-%m-%d %H:%M").to_string());
        }
        Ok(())
    }
}

fn gap(time: Timestamp, next: Minute) -> String {
    let since = next.timestamp();
    format!(
        "{time} is more than {} days after {since}, the time until then: correct it, or run each \
         recording alone",
        LONGEST_GAP / 1440
    )
}
