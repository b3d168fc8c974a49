//! Agents: the states that each of them was in, and what these add up to.
//!
//! An agent is the **set** of its states: one a minute, the latest by (time, source, id). A state
//! stands from its minute until the agent's next state, at most 12 hours, and contributes to gauges
//! as flows: it enters the level in its minute and leaves it where it ends. So the level at a
//! minute is what stands at its end.
//!
//! States are kept by UTC day. Since a state reaches at most into the next day, what a day
//! contributes depends on its own states and the first of the day after; [`change`] says which
//! days a change was computed from, for whoever writes it on condition that they are as they were.

mod day;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    dimension::{Dimension, WIDTH},
    metric::Metric,
    minute::Minute,
    sums::{Amount, Sums},
};

pub use day::{AgentDay, AgentDayError, Day};

/// A state that no other follows ends after so many minutes.
const LONGEST: i32 = 12 * 60;

/// What an agent was doing from some moment on.
///
/// The order is that of precedence within a minute. Its last fields only make two contents of one
/// identity stand in the same order whichever came first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgentState {
    /// When it began, in nanoseconds of the Unix epoch.
    pub time: i64,
    /// The `source` attribute.
    pub source: String,
    /// Identity: as of [`crate::event::Event::id`].
    pub id: u64,
    /// What it was.
    pub state: State,
    /// Conversations that the agent could hold at once, and held, where both are told.
    pub slots: Option<Slots>,
    /// Agent, and queue and team where they are named.
    pub dimensions: Vec<(Dimension, String)>,
}

/// What an agent was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum State {
    /// Free to take work.
    Available,
    /// In conversation.
    Handling,
    /// In after-contact work.
    WrapUp,
    /// On a break.
    Away,
    /// Not at work.
    Offline,
}

/// Conversations of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slots {
    /// As many as can be held at once.
    pub total: u32,
    /// As many as are held.
    pub busy: u32,
}

impl State {
    /// The words of the wire.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("available", Self::Available),
        ("handling", Self::Handling),
        ("wrap_up", Self::WrapUp),
        ("away", Self::Away),
        ("offline", Self::Offline),
    ];
}

impl AgentState {
    /// The minute that it is the state of.
    pub fn minute(&self) -> Minute {
        Minute::of(self.time)
    }

    /// Adds what the state is in its minute and takes it back where it ends.
    fn contribute(&self, end: Minute, sums: &mut Sums, sign: i64) {
        let mut values = [""; WIDTH];
        for (dimension, value) in &self.dimensions {
            values[dimension.index()] = value;
        }
        let vector = sums.vector(values);
        let level = match self.state {
            State::Available => Some(Metric::StateAvailable),
            State::Handling | State::WrapUp => Some(Metric::StateBusy),
            State::Away | State::Offline => None,
        };
        let slots = self.slots.map(|Slots { total, busy }| {
            [(Metric::StateSlotsTotal, total.into()), (Metric::StateSlotsBusy, busy.into())]
        });
        let levels = level.map(|metric| (metric, 1)).into_iter().chain(slots.into_iter().flatten());
        for (metric, amount) in levels {
            sums.add(self.minute(), metric, vector, &Amount::flow(sign * amount));
            sums.add(end, metric, vector, &Amount::flow(-sign * amount));
        }
    }
}

/// Adds (`sign` 1) or takes back (`sign` -1) what an agent's states contribute.
pub fn contribute<'a>(days: impl IntoIterator<Item = &'a AgentDay>, sums: &mut Sums, sign: i64) {
    let mut states: Vec<&AgentState> = days.into_iter().flat_map(AgentDay::states).collect();
    states.sort_by_key(|state| state.minute());
    for (index, state) in states.iter().enumerate() {
        let longest = state.minute().plus(LONGEST);
        let next = states.get(index + 1).map_or(longest, |next| next.minute());
        state.contribute(next.min(longest), sums, sign);
    }
}

/// What a change of an agent's states was, by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Days whose states are no longer what they were.
    pub days: BTreeSet<Day>,
    /// Days beside them that what was added depends on.
    pub depends_on: BTreeSet<Day>,
}

/// The days that a change of some days is computed from: they and their neighbours.
pub fn days_around(days: impl IntoIterator<Item = Day>) -> BTreeSet<Day> {
    days.into_iter().flat_map(|day| [day.previous(), day, day.next()]).collect()
}

/// Puts states of one agent into their days and adds to `delta` what that changes. `days` holds all
/// of [`days_around`] theirs.
pub fn change(
    days: &mut BTreeMap<Day, AgentDay>,
    states: impl IntoIterator<Item = AgentState>,
    delta: &mut Sums,
) -> Changed {
    let before = days.clone();
    let mut changed = Changed::default();
    for state in states {
        let day = Day::of(state.time);
        if days.entry(day).or_default().insert(state) {
            changed.days.insert(day);
        }
    }
    if changed.days.is_empty() {
        return changed;
    }
    let mut difference = Sums::default();
    contribute(before.values(), &mut difference, -1);
    contribute(days.values(), &mut difference, 1);
    delta.merge(&difference, 1);
    for day in &changed.days {
        let (was, is) = (before.get(day), days.get(day));
        let edges = |of: fn(&AgentDay) -> Option<&AgentState>| {
            let (was, is) = (was.and_then(of), is.and_then(of));
            (was != is).then(|| [was, is].into_iter().flatten().map(AgentState::minute).collect())
        };
        let first: Option<Vec<Minute>> = edges(AgentDay::first);
        if first.is_some_and(|at| at.iter().any(|at| *at < day.start().plus(LONGEST))) {
            changed.depends_on.insert(day.previous());
        }
        let last: Option<Vec<Minute>> = edges(AgentDay::last);
        if last.is_some_and(|at| at.iter().any(|at| at.plus(LONGEST) > day.next().start())) {
            changed.depends_on.insert(day.next());
        }
    }
    changed.depends_on.retain(|day| !changed.days.contains(day));
    changed
}

#[cfg(test)]
mod tests;
