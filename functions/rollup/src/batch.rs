//! A batch of messages, taken apart by tenant and conversation.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::sqs::SqsMessage;
use base64::{Engine, engine::general_purpose::STANDARD};
use tocsin_domain::{
    agent::{AgentState, Day},
    chunk::{Chunk, EventText, Observation, Tally},
    event::Event,
    id::{ConversationId, CustomerId, TenantId, short_hash},
    metric::Metric,
    minute::Minute,
    sums::Sums,
    symbol::Symbols,
};
use tocsin_shell::store::{agents::AgentDayId, texts::Said};

use crate::agents::Arrived;

/// A batch, and which of its messages must come again.
pub(crate) struct Batch {
    ids: Vec<String>,
    failed: BTreeSet<usize>,
    /// Messages that no later attempt can read either: id and problem.
    pub(crate) unreadable: Vec<(String, String)>,
    /// What is to be counted.
    pub(crate) tenants: BTreeMap<TenantId, TenantBatch>,
}

/// One tenant's part of a batch.
#[derive(Default)]
pub(crate) struct TenantBatch {
    /// The chunks' tables of strings, by chunk.
    symbols: Vec<Symbols>,
    /// The message of each chunk, and when it was received.
    chunks: Vec<(usize, i64)>,
    events: BTreeMap<ConversationId, Vec<Incoming>>,
    /// What was said, by conversation.
    pub(crate) texts: Vec<Said>,
    /// Observations, each with the place of its message.
    pub(crate) observations: Vec<(usize, Observation)>,
    /// Agents' states by agent and day, each with the place of its message.
    states: BTreeMap<AgentDayId, Vec<(usize, AgentState)>>,
    counted: Vec<(usize, Tally)>,
    /// Events that had arrived before.
    pub(crate) repeated: Vec<Arrival>,
    identity: Vec<u8>,
}

/// An event as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// The place of its chunk.
    pub(crate) chunk: usize,
    /// With identifiers hashed under the key of the hash that it is filed by.
    pub(crate) event: Event,
    /// The same under the others: conversation and event.
    pub(crate) rehashed: Vec<(ConversationId, Event)>,
}

/// An event that had arrived before: what is said of it as data about the data.
pub(crate) struct Arrival {
    /// Same content, or other content under the same identity.
    pub(crate) metric: Metric,
    /// Its source.
    pub(crate) source: String,
    /// The place of its message.
    pub(crate) message: usize,
}

/// Customers' hashes, each with the one that is to be named in its place.
pub(crate) type Renamed = BTreeMap<CustomerId, CustomerId>;

/// A conversation, and the range of its events that is meant.
pub(crate) type Part = (ConversationId, std::ops::Range<usize>);

/// Conversations to be changed together: each with the range of its events that is meant.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) conversations: Vec<Part>,
}

impl Batch {
    /// Reads messages.
    pub(crate) fn read(records: Vec<SqsMessage>) -> Self {
        let mut batch = Self {
            ids: Vec::new(),
            failed: BTreeSet::new(),
            unreadable: Vec::new(),
            tenants: BTreeMap::new(),
        };
        for (place, record) in records.into_iter().enumerate() {
            let id = record.message_id.unwrap_or_default();
            let bytes = STANDARD.decode(record.body.unwrap_or_default());
            let chunk = bytes
                .map_err(|error| error.to_string())
                .and_then(|bytes| Chunk::decode(&bytes).map_err(|error| error.to_string()));
            match chunk {
                Ok(chunk) => {
                    let tenant = batch.tenants.entry(chunk.tenant.clone()).or_default();
                    tenant.identity.extend_from_slice(id.as_bytes());
                    tenant.add(place, chunk);
                }
                Err(problem) => {
                    batch.failed.insert(place);
                    batch.unreadable.push((id.clone(), problem));
                }
            }
            batch.ids.push(id);
        }
        for tenant in batch.tenants.values_mut() {
            for events in tenant.events.values_mut() {
                events.sort_by_key(|incoming| incoming.event.order());
            }
        }
        batch
    }

    /// Marks messages as to come again.
    pub(crate) fn fail(&mut self, places: impl IntoIterator<Item = usize>) {
        self.failed.extend(places);
    }

    /// The ids of messages that must come again.
    pub(crate) fn failed_ids(&self) -> impl Iterator<Item = &str> {
        self.failed.iter().filter_map(|place| self.ids.get(*place)).map(String::as_str)
    }
}

impl TenantBatch {
    fn add(&mut self, message: usize, mut chunk: Chunk) {
        let place = self.chunks.len();
        self.chunks.push((message, chunk.received));
        self.symbols.push(chunk.symbols);
        let mut others: Vec<_> = chunk
            .rehashed
            .iter_mut()
            .map(|other| std::mem::take(&mut other.events).into_iter())
            .collect();
        for (conversation, event) in chunk.events {
            let rehashed = others.iter_mut().filter_map(Iterator::next).collect();
            let incoming = Incoming { chunk: place, event, rehashed };
            self.events.entry(conversation).or_default().push(incoming);
        }
        let mut said: BTreeMap<ConversationId, Said> = BTreeMap::new();
        // Under whichever hash the conversation lives, what was said in it is found there.
        for (place, first) in chunk.texts.into_iter().enumerate() {
            let others = chunk.rehashed.iter().filter_map(|other| other.texts.get(place).cloned());
            let all: Vec<(ConversationId, EventText)> =
                std::iter::once(first).chain(others).collect();
            let hashes: BTreeSet<ConversationId> = all.iter().map(|(id, _)| *id).collect();
            for (conversation, text) in all {
                let (also, texts) = (BTreeSet::new(), Vec::new());
                let here = said.entry(conversation).or_insert(Said { conversation, also, texts });
                here.also.extend(hashes.iter().filter(|other| **other != conversation));
                here.texts.push(text);
            }
        }
        self.texts.extend(said.into_values());
        let observations = chunk.observations.into_iter();
        self.observations.extend(observations.map(|observation| (message, observation)));
        for (agent, state) in chunk.states {
            let id = (agent, Day::of(state.time));
            self.states.entry(id).or_default().push((message, state));
        }
        self.counted.extend(chunk.tallies.into_iter().map(|tally| (place, tally)));
    }

    /// The strings that a chunk's events refer to.
    pub(crate) fn symbols(&self, chunk: usize) -> &Symbols {
        &self.symbols[chunk]
    }

    /// How many chunks there are.
    pub(crate) fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// The message that brought a chunk.
    pub(crate) fn message(&self, chunk: usize) -> usize {
        self.chunks[chunk].0
    }

    /// The message of every chunk.
    pub(crate) fn messages(&self) -> Vec<usize> {
        self.chunks.iter().map(|(message, _)| *message).collect()
    }

    /// The events that a group means of a conversation.
    pub(crate) fn events(&self, (conversation, range): &Part) -> &[Incoming] {
        self.events.get(conversation).and_then(|events| events.get(range.clone())).unwrap_or(&[])
    }

    /// All conversations, so many to a group.
    pub(crate) fn groups(&self, size: usize) -> Vec<Group> {
        let all: Vec<_> = self.events.iter().map(|(id, events)| (*id, 0..events.len())).collect();
        all.chunks(size).map(|few| Group { conversations: few.to_vec() }).collect()
    }

    /// Files a part's events by another hash of their conversation, under which it lives, and names
    /// their customers as given.
    pub(crate) fn refile(&mut self, part: &Part, to: ConversationId, renamed: &Renamed) -> Group {
        let from = part.0;
        let refile = |one: &Incoming| one.under(from, to).renaming(renamed);
        let refiled: Vec<Incoming> = self.events(part).iter().map(refile).collect();
        let filed = self.events.entry(to).or_default();
        let range = filed.len()..filed.len() + refiled.len();
        filed.extend(refiled);
        Group { conversations: vec![(to, range)] }
    }

    /// All days of agents that states arrived for, so many to a group.
    pub(crate) fn agent_groups(&self, size: usize) -> Vec<Vec<Arrived>> {
        let all: Vec<Arrived> =
            self.states.iter().map(|(id, states)| (id.clone(), states.clone())).collect();
        all.chunks(size).map(<[Arrived]>::to_vec).collect()
    }

    /// Names the batch, so that what belongs to no entity is not added twice by one attempt.
    pub(crate) fn identity(&self) -> u64 {
        short_hash(&[&self.identity])
    }

    /// Data about the data of the messages that are done.
    pub(crate) fn tallies(&self, failed: &[usize], now: i64) -> Sums {
        let mut sums = Sums::default();
        for (chunk, tally) in &self.counted {
            let (message, received) = self.chunks[*chunk];
            if !failed.contains(&message) {
                tally.contribute(Minute::of(received), &mut sums);
            }
        }
        let mut repeated: BTreeMap<(Metric, &str), i64> = BTreeMap::new();
        for arrival in self.repeated.iter().filter(|arrival| !failed.contains(&arrival.message)) {
            *repeated.entry((arrival.metric, &arrival.source)).or_default() += 1;
        }
        for ((metric, source), count) in repeated {
            let tally = Tally { metric, source: source.to_owned(), label: String::new(), count };
            tally.contribute(Minute::of(now), &mut sums);
        }
        sums
    }
}

impl Group {
    /// One part alone.
    pub(crate) fn of(part: Part) -> Self {
        Self { conversations: vec![part] }
    }

    /// Whether it can not be made smaller.
    pub(crate) fn is_single_event(&self) -> bool {
        matches!(self.conversations.as_slice(), [(_, range)] if range.len() <= 1)
    }

    /// The same in two: by conversations, or one conversation's events by time.
    pub(crate) fn halves(mut self) -> (Self, Self) {
        if let [(id, range)] = self.conversations.as_slice() {
            let middle = range.start + range.len() / 2;
            let half = |range| Self { conversations: vec![(*id, range)] };
            return (half(range.start..middle), half(middle..range.end));
        }
        let second = self.conversations.split_off(self.conversations.len() / 2);
        (self, Self { conversations: second })
    }

    /// The messages that its events came with.
    pub(crate) fn messages(&self, work: &TenantBatch) -> BTreeSet<usize> {
        let events = self.conversations.iter().flat_map(|part| work.events(part));
        events.map(|incoming| work.message(incoming.chunk)).collect()
    }
}

impl Incoming {
    /// The same, filed by another hash. Where it did not come with an event under that hash's key, it
    /// stays as it is: a pointer leads from the customer that it names to where that one lives.
    fn under(&self, from: ConversationId, to: ConversationId) -> Self {
        let mut other = self.clone();
        let place = other.rehashed.iter().position(|(id, _)| *id == to);
        let event = place.map_or_else(|| self.event.clone(), |at| other.rehashed.remove(at).1);
        other.rehashed.push((from, std::mem::replace(&mut other.event, event)));
        other
    }

    /// The same, with its customer named otherwise.
    fn renaming(mut self, renamed: &Renamed) -> Self {
        let rename = |customer| renamed.get(&customer).copied().unwrap_or(customer);
        self.event.rename_customer(rename);
        self.rehashed.iter_mut().for_each(|(_, event)| event.rename_customer(rename));
        self
    }

    /// All hashes by which it names its customer.
    pub(crate) fn customers(&self) -> impl Iterator<Item = CustomerId> {
        let events = std::iter::once(&self.event).chain(self.rehashed.iter().map(|(_, e)| e));
        events.filter_map(Event::customer)
    }
}

/// Of observations of the same thing, the one that stands.
pub(crate) fn latest_by_key(arrived: &[(usize, Observation)]) -> Vec<Observation> {
    let mut latest: BTreeMap<_, &Observation> = BTreeMap::new();
    for (_, observation) in arrived {
        let standing = latest.entry((observation.kind, &observation.key)).or_insert(observation);
        if observation.supersedes(standing) {
            *standing = observation;
        }
    }
    latest.into_values().cloned().collect()
}
