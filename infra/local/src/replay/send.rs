//! Sending: events into batches, batches to the destination, two under way.

use std::{
    collections::{HashSet, VecDeque},
    ops::Range,
    panic,
    sync::Arc,
};

use bytes::Bytes;
use indicatif::ProgressBar;
use serde_json::value::RawValue;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};

use super::{
    ReplayError, Speed,
    destination::{Answer, Destination},
    input::{Item, Place},
    pace::{Header, LINGER, Tempo},
    summary::Summary,
};

/// Events in one request; the service takes no more.
pub(super) const MAX_EVENTS: usize = 1_000;

/// Bytes of one request's body: below the service's 1 MiB, with room for the brackets.
pub(super) const MAX_BODY: usize = 900_000;

/// Requests under way at once: one travels while the other is being stored.
pub(super) const MAX_IN_FLIGHT: usize = 2;

/// Sends everything that is read; what was done so far is told even if it stops early.
pub(super) async fn send_all(
    mut items: mpsc::Receiver<Item>,
    destination: Destination,
    speed: Speed,
    bar: &ProgressBar,
) -> (Summary, Result<(), ReplayError>) {
    let mut sender = Sender::new(destination, bar.clone());
    let outcome = sender.forward(&mut items, Tempo { speed, origin: None }).await;
    (sender.summary, outcome)
}

/// A request's events, in the order of reading.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) events: Vec<(Place, Box<RawValue>)>,
    pub(super) bytes: usize,
}

impl Batch {
    /// Whether no request holds it.
    pub(crate) fn is_too_large(raw: &RawValue) -> bool {
        raw.get().len() + 2 > MAX_BODY
    }

    pub(crate) fn has_room_for(&self, raw: &RawValue) -> bool {
        self.events.len() < MAX_EVENTS && self.bytes + raw.get().len() + 2 <= MAX_BODY
    }

    pub(crate) fn push(&mut self, place: Place, raw: Box<RawValue>) {
        self.bytes += raw.get().len() + 1;
        self.events.push((place, raw));
    }

    /// The JSON array of the events in `range`.
    pub(crate) fn body(&self, range: Range<usize>) -> Bytes {
        let mut body = Vec::with_capacity(self.bytes + 2);
        for (_, raw) in &self.events[range] {
            body.push(if body.is_empty() { b'[' } else { b',' });
            body.extend_from_slice(raw.get().as_bytes());
        }
        body.push(b']');
        body.into()
    }
}

/// Cuts batches, keeps at most [`MAX_IN_FLIGHT`] of them travelling, and keeps the accounts.
pub(super) struct Sender {
    pub(super) destination: Arc<Destination>,
    pub(super) bar: ProgressBar,
    pub(super) batch: Batch,
    pub(super) in_flight: VecDeque<JoinHandle<Result<Answer, ReplayError>>>,
    pub(super) seen: HashSet<u64>,
    pub(super) summary: Summary,
}

impl Sender {
    pub(super) fn new(destination: Destination, bar: ProgressBar) -> Self {
        Self {
            destination: Arc::new(destination),
            bar,
            batch: Batch::default(),
            in_flight: VecDeque::new(),
            seen: HashSet::new(),
            summary: Summary::default(),
        }
    }

    pub(super) async fn forward(
        &mut self,
        items: &mut mpsc::Receiver<Item>,
        mut tempo: Tempo,
    ) -> Result<(), ReplayError> {
        loop {
            match timeout(LINGER, items.recv()).await {
                Ok(None) => break,
                // A slow producer: what it has said so far should not wait for more.
                Err(_) => self.flush().await?,
                Ok(Some(Item::Refused(place, reason))) => {
                    self.summary.read += 1;
                    self.summary.reject(&place, None, &reason, None);
                }
                Ok(Some(Item::Event(place, raw))) => self.take(place, raw, &mut tempo).await?,
            }
        }
        self.flush().await?;
        self.settle_down_to(0).await
    }

    pub(super) async fn take(
        &mut self,
        place: Place,
        raw: Box<RawValue>,
        tempo: &mut Tempo,
    ) -> Result<(), ReplayError> {
        self.summary.read += 1;
        if Batch::is_too_large(&raw) {
            self.summary.reject(&place, None, "larger than any event may be (64 KiB)", None);
            return Ok(());
        }
        let header = Header::of(&raw);
        if header.identity().is_some_and(|identity| !self.seen.insert(identity)) {
            self.summary.repeated += 1;
        }
        if let Some(due) = tempo.due(header.time()).filter(|due| *due > Instant::now()) {
            self.flush().await?;
            sleep_until(due).await;
        }
        let is_full = self.batch.events.len() >= self.destination.way.most();
        if is_full || !self.batch.has_room_for(&raw) {
            self.flush().await?;
        }
        self.batch.push(place, raw);
        Ok(())
    }

    pub(super) async fn flush(&mut self) -> Result<(), ReplayError> {
        while self.in_flight.front().is_some_and(JoinHandle::is_finished) {
            self.settle_down_to(self.in_flight.len() - 1).await?;
        }
        if self.batch.events.is_empty() {
            return Ok(());
        }
        self.settle_down_to(MAX_IN_FLIGHT - 1).await?;
        let (batch, destination) = (std::mem::take(&mut self.batch), self.destination.clone());
        let bar = self.bar.clone();
        self.in_flight.push_back(tokio::spawn(async move { destination.post(&batch, &bar).await }));
        Ok(())
    }

    /// Books the oldest answers until at most this many are awaited.
    pub(super) async fn settle_down_to(&mut self, awaited: usize) -> Result<(), ReplayError> {
        while self.in_flight.len() > awaited
            && let Some(oldest) = self.in_flight.pop_front()
        {
            let answer =
                oldest.await.unwrap_or_else(|error| panic::resume_unwind(error.into_panic()))?;
            self.summary.book(answer);
            self.bar.set_message(format!("{} accepted", self.summary.accepted));
        }
        Ok(())
    }
}
