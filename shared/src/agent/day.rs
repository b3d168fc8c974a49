//! One UTC day of an agent's states: what is stored and changes as a whole.

use std::collections::{BTreeMap, btree_map::Entry};

use serde::{Deserialize, Serialize};

use super::AgentState;
use crate::{
    dimension::Dimension,
    minute::{DAY, Minute},
    symbol::{Sym, Symbols},
};

const MINUTES: i32 = 24 * 60;

/// A UTC day, counted from the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day that holds this instant, given in nanoseconds of the Unix epoch.
    pub fn of(nanoseconds: i64) -> Self {
        Self(Minute::of(nanoseconds).0.div_euclid(MINUTES))
    }

    /// The first minute.
    pub fn start(self) -> Minute {
        Minute(self.0.saturating_mul(MINUTES))
    }

    /// The nanosecond after the last.
    pub fn end(self) -> i64 {
        i64::from(self.0).saturating_add(1).saturating_mul(DAY)
    }

    /// The day before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The states of one agent on one day, by minute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentDay(BTreeMap<Minute, AgentState>);

/// Written before the data: the shape that follows.
const VERSION: u8 = 1;

/// Why stored bytes are not a day of states.
#[derive(Debug, thiserror::Error)]
pub enum AgentDayError {
    /// Written by a later version.
    #[error("agent's day of version {0} is not known to this version")]
    Version(u8),
    /// Cut off or overwritten.
    #[error("agent's day does not parse")]
    Corrupt(#[from] postcard::Error),
}

#[derive(Serialize, Deserialize)]
struct Stored {
    symbols: Symbols,
    rows: Vec<Row>,
}

/// A state, with its time since the one before and its strings as symbols.
#[derive(Serialize, Deserialize)]
struct Row {
    since: i64,
    source: Sym,
    id: u64,
    state: super::State,
    slots: Option<super::Slots>,
    dimensions: Vec<(Dimension, Sym)>,
}

impl AgentDay {
    /// Takes a state, which must be of this day; says whether it now stands for its minute.
    pub fn insert(&mut self, state: AgentState) -> bool {
        match self.0.entry(state.minute()) {
            Entry::Occupied(standing) if *standing.get() >= state => false,
            Entry::Occupied(mut standing) => {
                standing.insert(state);
                true
            }
            Entry::Vacant(minute) => {
                minute.insert(state);
                true
            }
        }
    }

    /// Its states, in order.
    pub fn states(&self) -> impl Iterator<Item = &AgentState> {
        self.0.values()
    }

    /// The first state.
    pub fn first(&self) -> Option<&AgentState> {
        self.0.first_key_value().map(|(_, state)| state)
    }

    /// The last state.
    pub fn last(&self) -> Option<&AgentState> {
        self.0.last_key_value().map(|(_, state)| state)
    }

    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        let (mut symbols, mut rows, mut at) = (Symbols::default(), Vec::new(), 0);
        for AgentState { time, source, id, state, slots, dimensions } in self.states() {
            let dimensions = dimensions.iter();
            rows.push(Row {
                since: time.wrapping_sub(std::mem::replace(&mut at, *time)),
                source: symbols.intern(source),
                id: *id,
                state: *state,
                slots: *slots,
                dimensions: dimensions
                    .map(|(name, value)| (*name, symbols.intern(value)))
                    .collect(),
            });
        }
        #[expect(clippy::expect_used, reason = "plain data into memory can not fail")]
        postcard::to_extend(&Stored { symbols, rows }, vec![VERSION]).expect("serialises")
    }

    /// Reads the stored form.
    pub fn decode(bytes: &[u8]) -> Result<Self, AgentDayError> {
        let Stored { symbols, rows } = match bytes.split_first() {
            Some((&VERSION, body)) => postcard::from_bytes(body)?,
            Some((&other, _)) => return Err(AgentDayError::Version(other)),
            None => return Err(AgentDayError::Version(0)),
        };
        let (mut day, mut at) = (Self::default(), 0_i64);
        for Row { since, source, id, state, slots, dimensions } in rows {
            at = at.wrapping_add(since);
            let text = |symbol| symbols.text(symbol).to_owned();
            day.insert(AgentState {
                time: at,
                source: text(source),
                id,
                state,
                slots,
                dimensions: dimensions
                    .into_iter()
                    .map(|(name, value)| (name, text(value)))
                    .collect(),
            });
        }
        Ok(day)
    }
}
