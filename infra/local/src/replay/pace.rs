//! Pace: which event this is, and when it is due.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::Speed;

/// Longest that an event waits for others to share its request.
pub(super) const LINGER: Duration = Duration::from_millis(250);

/// The part of an event that replaying looks at; fields of another type count as absent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Header {
    pub(super) source: serde_json::Value,
    pub(super) subject: serde_json::Value,
    pub(super) id: serde_json::Value,
    pub(super) time: serde_json::Value,
}

impl Header {
    pub(crate) fn of(raw: &RawValue) -> Self {
        serde_json::from_str(raw.get()).unwrap_or_default()
    }

    /// A short stand-in for (source, subject, id), so that hours of events fit in memory.
    pub(crate) fn identity(&self) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        (self.source.as_str()?, self.subject.as_str(), self.id.as_str()?).hash(&mut hasher);
        Some(hasher.finish())
    }

    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.time.as_str()?.parse().ok()
    }
}

/// Maps the time of events to the moment at which to send them.
pub(super) struct Tempo {
    pub(super) speed: Speed,
    /// The first event's time, and when it was sent.
    pub(super) origin: Option<(Timestamp, Instant)>,
}

impl Tempo {
    /// When to send what happened at `time`: [`LINGER`] apart, so that requests hold more than one
    /// event. An event without a time goes with its predecessor.
    pub(super) fn due(&mut self, time: Option<Timestamp>) -> Option<Instant> {
        let Speed::Times(factor) = self.speed else { return None };
        let time = time?;
        let (first, sent) = *self.origin.get_or_insert_with(|| (time, Instant::now()));
        let seconds = time.duration_since(first).as_secs_f64() / factor;
        let ticks = (seconds / LINGER.as_secs_f64()).ceil().max(0.0);
        sent.checked_add(Duration::try_from_secs_f64(ticks * LINGER.as_secs_f64()).ok()?)
    }
}
