//! A conversation in order, with the dimensions in force at each of its events.

use rustc_hash::FxHashMap;

use super::parts;
use crate::{
    dimension::{Dimension, EXTRA, UNKNOWN, Vector, WIDTH},
    event::{AiResponse, Event, Kind, Party, RequestedBy},
    id::CustomerId,
    symbol::{Sym, Symbols},
};

/// One conversation, ready to be measured.
pub(super) struct Timeline<'a> {
    /// In order; ends by silence included.
    pub(super) events: Vec<&'a Event>,
    /// Dimensions in force at each event.
    pub(super) vectors: Vec<Vector>,
    /// Position and time of the start, unless nothing made it a contact.
    pub(super) start: Option<(usize, i64)>,
    /// Whether the channel is voice, where a connection is a response.
    pub(super) voice: bool,
    /// The AI agent's responses, with their positions.
    pub(super) ai_turns: Vec<(usize, &'a AiResponse)>,
    /// Whether an AI agent took part.
    pub(super) ai_involved: bool,
}

/// A time in which a conversation was open, in nanoseconds; its end is no part of it.
pub(super) struct Span {
    /// Position of the start or reopening.
    pub(super) opened: usize,
    pub(super) from: i64,
    pub(super) to: i64,
}

/// The symbol that stands for a dimension that was never known.
pub(super) fn unknown(symbols: &mut Symbols) -> Sym {
    symbols.intern(UNKNOWN)
}

impl<'a> Timeline<'a> {
    pub(super) fn new(events: Vec<&'a Event>, symbols: &Symbols, unknown: Sym) -> Self {
        let vectors = vectors(&events, unknown);
        let channel = vectors.first().map_or(unknown, |vector| vector[Dimension::Channel.index()]);
        let start = parts::start(&events).map(|index| (index, events[index].time));
        let ai_turns: Vec<_> = events
            .iter()
            .enumerate()
            .filter_map(|(index, event)| match &event.kind {
                Kind::AiResponded(response) => Some((index, response)),
                _ => None,
            })
            .collect();
        let wrote = |event: &&Event| match &event.kind {
            Kind::Message(message) => message.author == Party::Ai,
            _ => false,
        };
        let ai_involved = !ai_turns.is_empty() || events.iter().any(wrote);
        let voice = symbols.text(channel) == "voice";
        Self { events, vectors, start, voice, ai_turns, ai_involved }
    }

    /// Positions of the events that satisfy a condition.
    pub(super) fn positions(&self, wanted: impl Fn(&Kind) -> bool) -> impl Iterator<Item = usize> {
        let kinds = self.events.iter().enumerate();
        kinds.filter(move |(_, event)| wanted(&event.kind)).map(|(index, _)| index)
    }

    /// Position of the first event that satisfies a condition.
    pub(super) fn first(&self, wanted: impl Fn(&Kind) -> bool) -> Option<usize> {
        self.events.iter().position(|event| wanted(&event.kind))
    }

    /// The time of the event at a position.
    pub(super) fn time(&self, index: usize) -> i64 {
        self.events[index].time
    }

    /// The first resolution or end.
    pub(super) fn first_closing(&self) -> Option<usize> {
        self.first(|kind| matches!(kind, Kind::Resolved { .. } | Kind::Ended(_)))
    }

    /// The first resolution.
    pub(super) fn first_resolved(&self) -> Option<usize> {
        self.first(|kind| matches!(kind, Kind::Resolved { .. }))
    }

    /// The first end.
    pub(super) fn first_ended(&self) -> Option<usize> {
        self.first(|kind| matches!(kind, Kind::Ended(_)))
    }

    /// The first request for a human, by whomever.
    pub(super) fn first_handoff_request(&self) -> Option<usize> {
        self.first(|kind| matches!(kind, Kind::HandoffRequested(_)))
    }

    /// The customer's requests for a person: made to the platform, or found in a message. One found
    /// in a message and a later one to the platform are the same request.
    pub(super) fn requests_for_person(&self) -> Vec<usize> {
        let mut found_in_message = false;
        let mut requests = Vec::new();
        for (index, event) in self.events.iter().enumerate() {
            let is_new = match &event.kind {
                Kind::HandoffRequested(RequestedBy::Customer) => {
                    !std::mem::take(&mut found_in_message)
                }
                Kind::Message(message) if message.author == Party::Customer => {
                    found_in_message |= message.asks_for_person;
                    message.asks_for_person
                }
                _ => false,
            };
            requests.extend(is_new.then_some(index));
        }
        requests
    }

    /// The first sign of a human: a public message or a connection.
    pub(super) fn first_human(&self) -> Option<usize> {
        self.first(|kind| match kind {
            Kind::AgentConnected => true,
            Kind::Message(message) => message.author == Party::Human && !message.private,
            _ => false,
        })
    }

    /// Whether the event answers a customer, and if so who answered.
    pub(super) fn responder(&self, index: usize) -> Option<Party> {
        match &self.events[index].kind {
            Kind::AiResponded(_) => Some(Party::Ai),
            Kind::AgentConnected if self.voice => Some(Party::Human),
            Kind::Message(message) if !message.private => {
                matches!(message.author, Party::Ai | Party::Human).then_some(message.author)
            }
            _ => None,
        }
    }

    /// When the conversation was open: from its start or a reopening to the next closing.
    pub(super) fn open_spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut open = None;
        let start = self.start.map(|(index, _)| index);
        for (index, event) in self.events.iter().enumerate() {
            match event.kind {
                Kind::Resolved { .. } | Kind::Ended(_) => {
                    let closed = |(opened, from)| Span { opened, from, to: event.time };
                    spans.extend(open.take().map(closed));
                }
                Kind::Reopened => {
                    open.get_or_insert((index, event.time));
                }
                _ if start == Some(index) => {
                    open.get_or_insert((index, event.time));
                }
                _ => {}
            }
        }
        spans
    }

    /// The customer, where one of the events names one.
    pub(super) fn customer(&self) -> Option<CustomerId> {
        self.events.iter().find_map(|event| match &event.kind {
            Kind::Started(started) => started.customer,
            _ => None,
        })
    }
}

/// `1 at the first A, else 0 at B where no A came before`: the deciding position and the result.
pub(super) fn decide(success: Option<usize>, closing: Option<usize>) -> Option<(usize, bool)> {
    match (success, closing) {
        (Some(success), Some(closing)) if closing < success => Some((closing, false)),
        (Some(success), _) => Some((success, true)),
        (None, closing) => closing.map(|index| (index, false)),
    }
}

/// Dimensions that keep the conversation's first known value.
const STANDING: [Dimension; 5] = [
    Dimension::Channel,
    Dimension::Language,
    Dimension::Segment,
    Dimension::Region,
    Dimension::UseCase,
];
/// Dimensions that keep the latest value until the next.
const CHANGING: [Dimension; 5] = [
    Dimension::Queue,
    Dimension::Intent,
    Dimension::ModelVersion,
    Dimension::PromptVersion,
    Dimension::KbVersion,
];

fn vectors(events: &[&Event], unknown: Sym) -> Vec<Vector> {
    let mut current = [unknown; WIDTH];
    current[EXTRA] = Sym::ABSENT;
    for dimension in STANDING {
        let known = events.iter().find_map(|event| event.dimension(dimension));
        current[dimension.index()] = known.unwrap_or(unknown);
    }
    // Before the first value of a changing dimension stands the first one known later.
    for dimension in CHANGING {
        let known = events.iter().find_map(|event| sets(event, dimension));
        current[dimension.index()] = known.unwrap_or(unknown);
    }
    let source = events.iter().map(|event| event.source).find(|source| !source.is_absent());
    current[Dimension::Source.index()] = source.unwrap_or(unknown);

    let mut agents = Agents::default();
    events
        .iter()
        .map(|event| {
            for dimension in CHANGING {
                if let Some(value) = sets(event, dimension) {
                    current[dimension.index()] = value;
                }
            }
            agents.step(event);
            let mut vector = current;
            if let Kind::QueueLeft(_) = event.kind {
                let own = event.dimension(Dimension::Queue);
                vector[Dimension::Queue.index()] = own.unwrap_or(unknown);
            }
            let agent = event.dimension(Dimension::Agent).or_else(|| agents.current());
            vector[Dimension::Agent.index()] = agent.unwrap_or(unknown);
            let team = agent.and_then(|agent| agents.teams.get(&agent).copied().flatten());
            vector[Dimension::Team.index()] = team.unwrap_or(unknown);
            vector
        })
        .collect()
}

/// The value that an event puts in force.
fn sets(event: &Event, dimension: Dimension) -> Option<Sym> {
    match (dimension, &event.kind) {
        (Dimension::Queue, Kind::QueueLeft(_)) => None,
        _ => event.dimension(dimension),
    }
}

/// Who is connected: the latest connected and not disconnected, else the latest disconnected.
#[derive(Default)]
struct Agents {
    connected: Vec<Sym>,
    disconnected: Option<Sym>,
    /// The team of each agent's latest connection.
    teams: FxHashMap<Sym, Option<Sym>>,
}

impl Agents {
    fn step(&mut self, event: &Event) {
        let Some(agent) = event.dimension(Dimension::Agent) else { return };
        match event.kind {
            Kind::AgentConnected => {
                self.connected.retain(|other| *other != agent);
                self.connected.push(agent);
                self.teams.insert(agent, event.dimension(Dimension::Team));
            }
            Kind::AgentDisconnected { .. } => {
                self.connected.retain(|other| *other != agent);
                self.disconnected = Some(agent);
            }
            _ => {}
        }
    }

    fn current(&self) -> Option<Sym> {
        self.connected.last().copied().or(self.disconnected)
    }
}
