//! The conversation: the set of its events.
//!
//! What a conversation contributes to the metrics ([`contributions`]) is a pure function of this
//! set and of the configuration, so redelivery, reordering and lateness can delay an answer but not change it. The set is
//! kept sorted, in pages of a few kilobytes: an ordinary conversation is one page inside its head
//! item; a long one has pages of its own, and an event rewrites only the page that it falls into.

mod confidence;
mod containment;
mod contributions;
mod evaluations;
mod examples;
mod gauges;
mod handling;
mod handoff;
mod outcomes;
mod parts;
mod queueing;
mod responses;
mod routing;
mod sentiment;
mod signals;
mod sla;
mod stuck;
mod summary;
mod timeline;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::{
    event::Event,
    id::CustomerId,
    symbol::{Sym, Symbols},
};

pub(crate) use contributions::badness as badness_of;
pub use contributions::{Contribution, Contributions, contributions};
pub use examples::keeps_examples;
pub(crate) use gauges::LONGEST_STAY;
pub use signals::Signal;
pub use summary::{Summary, journey, summary};

/// A conversation's events are one page inside its head item up to this many encoded bytes.
const INLINE_LIMIT: usize = 8_000;
/// A page of a long conversation is split when it encodes to more than this.
const PAGE_LIMIT: usize = 4_000;

/// What inserting an event did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It was not known.
    New,
    /// It was known, with the same content.
    Duplicate,
    /// It was known with other content; whichever wins by rule stands.
    Conflict,
}

/// Some consecutive events of a conversation.
#[derive(Clone, Debug, Default)]
struct Page {
    events: Vec<Event>,
    changed: bool,
    /// To be written again though nothing changed, when something else is.
    renewed: bool,
}

/// The set of a conversation's events, with the table of their strings.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    symbols: Symbols,
    pages: Vec<Page>,
    /// Content and revision by identity.
    known: FxHashMap<u64, (u64, u8)>,
}

/// How a conversation is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The events of an ordinary conversation; `None` where pages hold them.
    pub inline: Option<Vec<u8>>,
    /// How many pages there are.
    pub pages: usize,
    /// The pages that changed: number and bytes.
    pub changed: Vec<(usize, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct PageShape {
    symbols: Symbols,
    events: Vec<Event>,
}

/// Written before the data: the shape that follows.
const VERSION: u8 = 2;

/// Why stored bytes are not a page of events.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Written by a later version.
    #[error("page of version {0} is not known to this version")]
    Version(u8),
    /// Cut off or overwritten.
    #[error("page of events does not parse")]
    Corrupt(#[from] postcard::Error),
}

impl Conversation {
    /// Reads stored pages, in their order or any other.
    pub fn decode<'a>(pages: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, PageError> {
        let mut conversation = Self::default();
        for bytes in pages {
            let shape: PageShape = match bytes.split_first() {
                Some((&VERSION, body)) => postcard::from_bytes(body)?,
                Some((&other, _)) => return Err(PageError::Version(other)),
                None => return Err(PageError::Version(0)),
            };
            let map = conversation.symbols.absorb(&shape.symbols);
            let mut events = shape.events;
            for event in &mut events {
                event.map_symbols(|symbol| map.get(symbol.index()).copied().unwrap_or(Sym::ABSENT));
                conversation.known.insert(event.id, (event.content, event.revision));
            }
            conversation.pages.push(Page { events, ..Page::default() });
        }
        Ok(conversation)
    }

    /// Whether it has no event.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// How many events it has.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// The strings that its events refer to.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// The time of the last event.
    pub fn last_time(&self) -> Option<i64> {
        self.pages.iter().filter_map(|page| page.events.last()).map(|event| event.time).max()
    }

    /// Whether an event is there already, with the same content.
    pub fn knows(&self, event: &Event) -> bool {
        self.known.get(&event.id) == Some(&(event.content, event.revision))
    }

    /// Whether an insertion changed the set since it was read.
    pub fn has_changed(&self) -> bool {
        self.pages.iter().any(|page| page.changed)
    }

    /// How many pages an insertion of these events would rewrite.
    pub fn pages_touched<'e>(&self, events: impl Iterator<Item = &'e Event>) -> usize {
        let mut touched = vec![false; self.pages.len()];
        for event in events {
            if let Some(page) = touched.get_mut(self.page_for(event)) {
                *page = true;
            }
        }
        touched.into_iter().filter(|page| *page).count()
    }

    /// Adds an event whose symbols are of another table, of which `map` is the absorbed form.
    pub fn insert(&mut self, mut event: Event, map: &[Sym]) -> Inserted {
        event.map_symbols(|symbol| map.get(symbol.index()).copied().unwrap_or(Sym::ABSENT));
        let outcome = match self.known.get(&event.id) {
            None => Inserted::New,
            Some(&(content, revision)) => {
                if (content, revision) == (event.content, event.revision) {
                    return Inserted::Duplicate;
                }
                if (event.revision, event.content) < (revision, content) {
                    return Inserted::Conflict;
                }
                self.remove(event.id);
                Inserted::Conflict
            }
        };
        self.known.insert(event.id, (event.content, event.revision));
        if self.pages.is_empty() {
            self.pages.push(Page::default());
        }
        let number = self.page_for(&event);
        let page = &mut self.pages[number];
        let at = page.events.partition_point(|other| other.order() < event.order());
        page.events.insert(at, event);
        page.changed = true;
        outcome
    }

    /// The customers that its events name.
    pub fn customers(&self) -> impl Iterator<Item = CustomerId> {
        self.pages.iter().flat_map(|page| &page.events).filter_map(Event::customer)
    }

    /// The same set with customers named otherwise, all of it to be written.
    #[must_use]
    pub fn renaming(&self, rename: impl Fn(CustomerId) -> CustomerId) -> Self {
        let mut renamed = self.clone();
        for page in &mut renamed.pages {
            page.changed = true;
            page.events.iter_mut().for_each(|event| event.rename_customer(&rename));
        }
        renamed
    }

    /// What was to be written of a long conversation is.
    pub fn pages_are_stored(&mut self) {
        for page in &mut self.pages {
            (page.changed, page.renewed) = (false, false);
        }
    }

    /// Has a page written again along with the next change.
    pub fn renew_page(&mut self, number: usize) {
        if let Some(page) = self.pages.get_mut(number) {
            page.renewed = true;
        }
    }

    /// Leaves out the subject's conversations whose last event lies before this: they are settled,
    /// and what they contributed stays. Where an event comes for the subject, the set is that of the
    /// conversations that may still change.
    pub fn settle_before(&mut self, settled: i64) {
        if self
            .pages
            .iter()
            .filter_map(|page| page.events.first())
            .all(|event| event.time >= settled)
        {
            return;
        }
        let events = self.sorted();
        let over = parts::split(&events).into_iter();
        let over = over.take_while(|part| part.last().is_some_and(|last| last.time < settled));
        let over: Vec<u64> = over.flatten().map(|event| event.id).collect();
        for id in &over {
            self.known.remove(id);
        }
        for page in &mut self.pages {
            page.events.retain(|event| self.known.contains_key(&event.id));
        }
    }

    /// Makes the strings of another table known here, for [`Conversation::insert`].
    pub fn absorb(&mut self, symbols: &Symbols) -> Vec<Sym> {
        self.symbols.absorb(symbols)
    }

    /// The bytes to store, and which pages of a long conversation changed.
    pub fn encode(&mut self) -> Stored {
        if self.pages.len() <= 1 {
            let events = self.pages.first().map_or(&[][..], |page| &page.events);
            let bytes = self.encode_page(events);
            if bytes.len() <= INLINE_LIMIT {
                return Stored { inline: Some(bytes), pages: 0, changed: Vec::new() };
            }
            if let Some(page) = self.pages.first_mut() {
                page.changed = true;
            }
        }
        let mut changed = Vec::new();
        let mut number = 0;
        while number < self.pages.len() {
            if self.pages[number].changed || self.pages[number].renewed {
                let bytes = self.encode_page(&self.pages[number].events);
                let events = &mut self.pages[number].events;
                if bytes.len() > PAGE_LIMIT && events.len() > 1 {
                    let upper = events.split_off(events.len() / 2);
                    self.pages.push(Page { events: upper, changed: true, renewed: false });
                    continue;
                }
                changed.push((number, bytes));
            }
            number += 1;
        }
        Stored { inline: None, pages: self.pages.len(), changed }
    }

    /// The page that covers an event's place: the one with the latest first event not after it.
    fn page_for(&self, event: &Event) -> usize {
        let first = |page: &Page| page.events.first().map(Event::order);
        let covering = self
            .pages
            .iter()
            .enumerate()
            .filter(|(_, page)| first(page).is_some_and(|order| order <= event.order()));
        let best = covering.max_by_key(|(_, page)| first(page));
        let earliest = || self.pages.iter().enumerate().min_by_key(|(_, page)| first(page));
        best.or_else(earliest).map_or(0, |(number, _)| number)
    }

    fn remove(&mut self, id: u64) {
        for page in &mut self.pages {
            if let Some(at) = page.events.iter().position(|event| event.id == id) {
                page.events.remove(at);
                page.changed = true;
                return;
            }
        }
    }

    /// All events in their order.
    fn sorted(&self) -> Vec<&Event> {
        let mut pages: Vec<_> = self.pages.iter().filter(|page| !page.events.is_empty()).collect();
        pages.sort_by_key(|page| page.events[0].order());
        let mut events: Vec<&Event> = pages.into_iter().flat_map(|page| &page.events).collect();
        // Pages do not overlap but for a removed first event; a sort of sorted runs is linear.
        events.sort_by_key(|event| event.order());
        events
    }

    fn encode_page(&self, events: &[Event]) -> Vec<u8> {
        let mut symbols = Symbols::default();
        let events = events
            .iter()
            .cloned()
            .map(|mut event| {
                event.map_symbols(|symbol| symbols.intern(self.symbols.text(symbol)));
                event
            })
            .collect();
        #[expect(clippy::expect_used, reason = "plain data into memory can not fail")]
        postcard::to_extend(&PageShape { symbols, events }, vec![VERSION]).expect("serialises")
    }
}
