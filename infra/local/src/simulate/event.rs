//! One event on the wire, and time as the simulator counts it.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// Milliseconds.
pub(super) const SECOND: i64 = 1_000;
/// Milliseconds.
pub(super) const MINUTE: i64 = 60 * SECOND;
/// Milliseconds.
pub(super) const HOUR: i64 = 60 * MINUTE;
/// Milliseconds.
pub(super) const DAY: i64 = 24 * HOUR;

/// An event and when to send it. Ordered by (time, subject, id).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SimulatedEvent {
    /// When it happens; a whole millisecond.
    pub(crate) time: Timestamp,
    /// One CloudEvent, compact.
    pub(crate) json: String,
    /// Who reports it.
    pub(super) source: &'static str,
    /// What happened: the type.
    pub(super) kind: &'static str,
    /// Whether it is itself what a detector ought to find, as [`super::incident::severe_failure`] labels it.
    pub(super) is_severe_failure: bool,
    subject: String,
    id: String,
}

/// The envelope in the order in which people read it.
#[derive(Serialize)]
struct Envelope<'a> {
    specversion: &'a str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    time: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    subject: &'a str,
    data: &'a Value,
}

impl SimulatedEvent {
    /// Writes an event; an empty subject stands for none.
    pub(super) fn new(
        at: i64,
        source: &'static str,
        kind: &'static str,
        subject: &str,
        id: String,
        data: &Value,
    ) -> Self {
        let time = timestamp(at);
        let text = format!("{time:.3}");
        let envelope =
            Envelope { specversion: "1.0", id: &id, source, kind, time: &text, subject, data };
        let json = serde_json::to_string(&envelope).unwrap_or_default();
        let (subject, is_severe_failure) = (subject.to_owned(), false);
        Self { time, json, source, kind, is_severe_failure, subject, id }
    }

    /// Milliseconds since 1970.
    pub(super) fn millis(&self) -> i64 {
        self.time.as_millisecond()
    }

    fn key(&self) -> (Timestamp, &str, &str) {
        (self.time, &self.subject, &self.id)
    }
}

impl Ord for SimulatedEvent {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key()).then_with(|| self.json.cmp(&other.json))
    }
}

impl PartialOrd for SimulatedEvent {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Milliseconds since 1970 as a time; saturates beyond the calendar's last year.
pub(super) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// The first whole millisecond that is not before `time`.
pub(super) fn millis_after(time: Timestamp) -> i64 {
    let millis = time.as_millisecond();
    millis + i64::from(timestamp(millis) < time)
}
