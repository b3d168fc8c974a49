//! Chunks: what ingest hands to the rollup through the queue. Masked, hashed, and compact.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    agent::AgentState,
    dimension::{Dimension, EXTRA, WIDTH},
    event::Event,
    heard::Sign,
    id::{ConversationId, TenantId},
    metric::Metric,
    minute::Minute,
    sums::{Amount, Sums},
    symbol::Symbols,
};

/// A batch of accepted events of one tenant, and what ingest counted beside them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chunk {
    /// Whose.
    pub tenant: TenantId,
    /// When ingest received it, in nanoseconds of the Unix epoch.
    pub received: i64,
    /// The strings that the events refer to.
    pub symbols: Symbols,
    /// Events that belong to a conversation.
    pub events: Vec<(ConversationId, Event)>,
    /// Events that belong to none.
    pub observations: Vec<Observation>,
    /// Agents' states, each with the keyed hash of the agent.
    pub states: Vec<(String, AgentState)>,
    /// Text and other strings that no metric needs, by conversation.
    pub texts: Vec<(ConversationId, EventText)>,
    /// Data about the data; arrival-dependent.
    pub tallies: Vec<Tally>,
    /// While a key is being replaced: the events and texts under each other key.
    pub rehashed: Vec<Rehashed>,
}

/// The events and texts of a chunk, each in its place, with identifiers hashed under another key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehashed {
    /// As [`Chunk::events`]; symbols are of the chunk's table.
    pub events: Vec<(ConversationId, Event)>,
    /// As [`Chunk::texts`].
    pub texts: Vec<(ConversationId, EventText)>,
}

/// An event without a conversation: an upsert of what was true of a thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// What kind of thing.
    pub kind: ObservationKind,
    /// Which thing at which minute, or which event: what an upsert replaces.
    pub key: String,
    /// When, in nanoseconds of the Unix epoch.
    pub time: i64,
    /// The `source` attribute.
    pub source: String,
    /// Identity: as of [`Event::id`].
    pub id: u64,
    /// The value of the dimension `queue`, which is not always the queue of `key`: one beyond the
    /// register is counted among others. Empty where it has none.
    pub queue: String,
    /// The known fields of `data`, masked and hashed, as a JSON object.
    pub data: String,
}

/// Kinds of [`Observation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ObservationKind {
    /// `cx.queue.observed`
    Queue,
    /// `cx.change.deployed`
    Change,
    /// `cx.action.taken`
    Action,
    /// `cx.source.heartbeat`
    Heartbeat,
    /// `cx.totals.reported`
    Totals,
}

/// The strings of an event that no metric needs: what was said, why, where it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventText {
    /// The event's identity within the conversation.
    pub event: u64,
    /// When, in nanoseconds of the Unix epoch.
    pub time: i64,
    /// Field of `data` and its masked text.
    pub fields: Vec<(String, String)>,
}

/// So many events of a kind that the product wants to know about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// One of the metrics of data about the data.
    pub metric: Metric,
    /// The `source` attribute.
    pub source: String,
    /// The metric's extra dimension, or empty.
    pub label: String,
    /// How many.
    pub count: i64,
}

impl Tally {
    /// Adds it to a delta, at the minute of its receipt: data about the data knows no other time.
    pub fn contribute(&self, received: Minute, sums: &mut Sums) {
        let mut values = [""; WIDTH];
        values[Dimension::Source.index()] = &self.source;
        values[EXTRA] = &self.label;
        let vector = sums.vector(values);
        sums.add(received, self.metric, vector, &Amount::count(self.count));
    }
}

/// Fields of `cx.queue.observed` that set a level, and the gauges that they set.
const OBSERVED: [(&str, Metric); 3] = [
    ("length", Metric::QueueLength),
    ("agents_available", Metric::ObservedAvailable),
    ("agents_busy", Metric::ObservedBusy),
];

impl ObservationKind {
    /// The part of table keys that names it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Change => "change",
            Self::Action => "action",
            Self::Heartbeat => "heartbeat",
            Self::Totals => "totals",
        }
    }
}

impl Observation {
    /// Adds (`sign` 1) or takes back (`sign` -1) the levels that it says a queue is at.
    pub fn contribute(&self, sums: &mut Sums, sign: i64) {
        if self.kind != ObservationKind::Queue {
            return;
        }
        let Ok(data) = serde_json::from_str::<serde_json::Value>(&self.data) else { return };
        let mut values = [""; WIDTH];
        values[Dimension::Queue.index()] = &self.queue;
        let vector = sums.vector(values);
        for (field, metric) in OBSERVED {
            let Some(level) = data.get(field).and_then(serde_json::Value::as_f64) else { continue };
            let mut change = Amount::default();
            #[expect(clippy::cast_possible_truncation, reason = "a level beyond i64 saturates")]
            change.merge(&Amount::level(level.round() as i64), sign);
            sums.add(Minute::of(self.time), metric, vector, &change);
        }
    }

    /// The sign of life that it is of its source.
    pub fn sign(&self) -> Sign {
        if self.kind != ObservationKind::Heartbeat {
            return Sign::Event;
        }
        let data = serde_json::from_str::<serde_json::Value>(&self.data).ok();
        let seconds = data.and_then(|data| data.get("interval_seconds")?.as_f64());
        #[expect(clippy::cast_possible_truncation, reason = "a longer one saturates")]
        let interval = seconds.map_or(0, |seconds| (seconds * 1e9) as i64);
        Sign::Heartbeat { interval }
    }

    /// Whether this one replaces another of the same key: the latest (time, source, id) stands; of
    /// one event with two contents the greater, so that the order of arrival decides nothing.
    pub fn supersedes(&self, other: &Self) -> bool {
        let Self { time, source, id, data, .. } = self;
        (time, source, id, data) > (&other.time, &other.source, &other.id, &other.data)
    }
}

/// Written before the data: the shape that follows. Version 2 ends before [`Chunk::rehashed`]; it is
/// written still where that is empty.
const VERSION: u8 = 3;
const WITHOUT_REHASHED: u8 = 2;

/// Why a message is not a chunk.
#[derive(Debug, thiserror::Error)]
pub enum ChunkError {
    /// Written by a later version of ingest.
    #[error("chunk of version {0} is not known to this version")]
    Version(u8),
    /// Cut off or overwritten.
    #[error("chunk does not parse")]
    Corrupt(#[from] postcard::Error),
}

impl Chunk {
    /// An empty one.
    pub fn new(tenant: TenantId, received: i64) -> Self {
        Self {
            tenant,
            received,
            symbols: Symbols::default(),
            events: Vec::new(),
            observations: Vec::new(),
            states: Vec::new(),
            texts: Vec::new(),
            tallies: Vec::new(),
            rehashed: Vec::new(),
        }
    }

    /// Whether there is nothing to hand over.
    pub fn is_empty(&self) -> bool {
        let Self { events, observations, states, tallies, .. } = self;
        events.is_empty() && observations.is_empty() && states.is_empty() && tallies.is_empty()
    }

    /// The bytes that the queue carries.
    pub fn encode(&self) -> Vec<u8> {
        let version = if self.rehashed.is_empty() { WITHOUT_REHASHED } else { VERSION };
        #[expect(clippy::expect_used, reason = "plain data into memory can not fail")]
        let mut bytes = postcard::to_extend(self, vec![version]).expect("serialises");
        if version == WITHOUT_REHASHED {
            // The length of the empty list.
            bytes.pop();
        }
        bytes
    }

    /// Reads the bytes that the queue carried.
    pub fn decode(bytes: &[u8]) -> Result<Self, ChunkError> {
        match bytes.split_first() {
            Some((&VERSION, body)) => Ok(postcard::from_bytes(body)?),
            Some((&WITHOUT_REHASHED, body)) => {
                let empty = [body, &[0]].concat();
                Ok(postcard::from_bytes(&empty)?)
            }
            Some((&other, _)) => Err(ChunkError::Version(other)),
            None => Err(ChunkError::Version(0)),
        }
    }
}

impl Chunk {
    /// The same in two, where one message can not carry it; each half with the strings that its own
    /// events refer to.
    pub fn halves(mut self) -> (Self, Self) {
        let mut second = Self::new(self.tenant.clone(), self.received);
        second.events = self.events.split_off(self.events.len() / 2);
        second.observations = self.observations.split_off(self.observations.len() / 2);
        second.states = self.states.split_off(self.states.len() / 2);
        second.tallies = self.tallies.split_off(self.tallies.len() / 2);
        // A text goes with its event: where that turns out to be of an erased conversation, it is deleted.
        let later: BTreeSet<(ConversationId, u64)> =
            second.events.iter().map(|(id, event)| (*id, event.id)).collect();
        let is_later =
            |(id, text): &(ConversationId, EventText)| later.contains(&(*id, text.event));
        let is_later: Vec<bool> = self.texts.iter().map(is_later).collect();
        let split = |texts: &mut Vec<(ConversationId, EventText)>| {
            let mut is_later = is_later.iter();
            texts.extract_if(.., |_| is_later.next() == Some(&true)).collect()
        };
        second.texts = split(&mut self.texts);
        for other in &mut self.rehashed {
            second.rehashed.push(Rehashed {
                events: other.events.split_off(other.events.len() / 2),
                texts: split(&mut other.texts),
            });
        }
        let symbols = std::mem::take(&mut self.symbols);
        self.take_symbols(&symbols);
        second.take_symbols(&symbols);
        (self, second)
    }

    /// Puts the strings that the events refer to into the own table.
    fn take_symbols(&mut self, from: &Symbols) {
        let rehashed = self.rehashed.iter_mut().flat_map(|other| &mut other.events);
        for (_, event) in self.events.iter_mut().chain(rehashed) {
            event.map_symbols(|symbol| self.symbols.intern(from.text(symbol)));
        }
    }

    /// Takes a chunk's events and texts as those of this one under another key.
    pub fn take_rehashed(&mut self, other: Self) {
        let mut events = other.events;
        for (_, event) in &mut events {
            event.map_symbols(|symbol| self.symbols.intern(other.symbols.text(symbol)));
        }
        self.rehashed.push(Rehashed { events, texts: other.texts });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::Kind,
        id::{KeyedHash, PseudonymKey},
        symbol::Sym,
    };

    #[test]
    fn levels_of_queues_that_share_a_dimension_value_add_up() {
        let mut sums = Sums::default();
        let observed = |key: &str, length: i64| Observation {
            kind: ObservationKind::Queue,
            key: key.to_owned(),
            time: 0,
            source: String::new(),
            id: 0,
            queue: "(other)".to_owned(),
            data: format!("{{\"length\":{length}}}"),
        };
        let level = |sums: &Sums| sums.iter().find_map(|(.., amount)| amount.anchor());
        for (key, length) in [("a", 3), ("b", 0), ("c", 5)] {
            observed(key, length).contribute(&mut sums, 1);
        }
        assert_eq!(level(&sums), Some(8));
        observed("c", 5).contribute(&mut sums, -1);
        assert_eq!(level(&sums), Some(3));
        observed("a", 3).contribute(&mut sums, -1);
        assert_eq!(level(&sums), Some(0));
        observed("b", 0).contribute(&mut sums, -1);
        assert_eq!(level(&sums), None);
    }

    #[test]
    fn a_heartbeat_says_when_the_next_is_due() {
        let observed = |kind, data: &str| Observation {
            kind,
            key: String::new(),
            time: 0,
            source: String::new(),
            id: 0,
            queue: String::new(),
            data: data.to_owned(),
        };
        let beat = |data| observed(ObservationKind::Heartbeat, data).sign();
        let after = |interval| Sign::Heartbeat { interval };
        assert_eq!(beat(r#"{"interval_seconds":90.5}"#), after(90_500_000_000));
        assert_eq!(beat("{}"), after(0));
        assert_eq!(beat(r#"{"interval_seconds":1e300}"#), after(i64::MAX));
        let other = observed(ObservationKind::Queue, r#"{"interval_seconds":90}"#);
        assert_eq!(other.sign(), Sign::Event);
    }

    #[test]
    fn what_was_written_without_a_second_key_is_read() {
        let tenant = TenantId::try_from("t".to_owned()).unwrap();
        let mut chunk = Chunk::new(tenant, 7);
        assert_eq!(chunk.encode()[0], 2);
        let read = Chunk::decode(&chunk.encode()).unwrap();
        assert_eq!((read.received, read.rehashed.len()), (7, 0));
        chunk.rehashed.push(Rehashed::default());
        assert_eq!(chunk.encode()[0], 3);
        assert_eq!(Chunk::decode(&chunk.encode()).unwrap().rehashed.len(), 1);
    }

    #[test]
    fn halves_carry_their_own_strings_alone() {
        let tenant = TenantId::try_from("t".to_owned()).unwrap();
        let id: KeyedHash = PseudonymKey::derive(b"k", &tenant, 1).conversation("s");
        let mut chunk = Chunk::new(tenant, 0);
        for number in 0..4 {
            let facts = (0..200).map(|fact| format!("{number}-{fact:0100}"));
            let received = facts.map(|fact| chunk.symbols.intern(&fact)).collect();
            let kind = Kind::HandoffAccepted { received, expected: Vec::new() };
            let (source, dimensions) = (Sym::ABSENT, Vec::new());
            let (time, content, revision) = (0, 0, 0);
            let event = Event { time, id: number, content, revision, source, dimensions, kind };
            chunk.events.push((id, event));
        }
        // Only later events say something.
        chunk.texts =
            [2, 3].map(|event| (id, EventText { event, time: 0, fields: Vec::new() })).into();
        chunk.rehashed =
            vec![Rehashed { events: chunk.events.clone(), texts: chunk.texts.clone() }];
        let whole = chunk.encode().len();
        let (first, second) = chunk.clone().halves();
        for (half, from) in [(&first, 0), (&second, 2)] {
            assert!(half.encode().len() < whole * 6 / 10);
            let Kind::HandoffAccepted { received, .. } = &half.events[1].1.kind else { panic!() };
            assert_eq!(half.symbols.text(received[7]), format!("{}-{:0100}", from + 1, 7));
        }
        assert!(first.texts.is_empty() && first.rehashed[0].texts.is_empty());
        assert_eq!((second.texts.len(), second.rehashed[0].texts.len()), (2, 2));
    }
}
