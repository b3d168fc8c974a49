//! The queue engine: agents with a number of slots each, who serve one line of waiting contacts in
//! the order of their coming.
//!
//! A desk knows no clock and draws nothing. Whoever drives it tells it what happens (somebody comes,
//! gives up, is done with; the shift changes) in the order of time, and books what follows. So waits,
//! abandonment and service level emerge from arrivals, service times, patience and staff alone.
//!
//! Invariants: nobody waits while an agent on duty has a free slot; an agent who goes off duty
//! finishes what they have and gets nothing new.

use std::collections::VecDeque;

/// A contact in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Distinguishes it from all others of the desk.
    pub(super) id: u64,
    /// When it came; milliseconds since 1970.
    pub(super) since: i64,
    /// Chooses among agents who are equally free.
    pub(super) pick: u64,
}

/// A contact and the agent who takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) ticket: Ticket,
    pub(super) agent: usize,
}

/// One agent's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) is_on_duty: bool,
    /// Slots in use.
    pub(super) busy: u32,
}

/// A line and those who serve it.
#[derive(Debug)]
pub(super) struct Desk {
    /// How many contacts an agent serves at once.
    slots: u32,
    places: Vec<Place>,
    line: VecDeque<Ticket>,
}

impl Desk {
    /// So many agents, none of them on duty yet.
    pub(super) fn new(agents: usize, slots: u32) -> Self {
        Self { slots, places: vec![Place::default(); agents], line: VecDeque::new() }
    }

    /// Somebody comes: served at once, or in the line from now on.
    pub(super) fn enter(&mut self, ticket: Ticket) -> Option<Seat> {
        // Nobody waits while somebody is free, so whoever finds an agent overtakes no one.
        if let Some(agent) = self.free_agent(ticket.pick) {
            return Some(self.seat(ticket, agent));
        }
        self.line.push_back(ticket);
        None
    }

    /// Somebody's patience is at its end; false if they do not wait any more.
    pub(super) fn give_up(&mut self, id: u64) -> bool {
        let place = self.line.iter().position(|ticket| ticket.id == id);
        place.is_some_and(|place| self.line.remove(place).is_some())
    }

    /// An agent is done with one contact and takes the next, if there is one.
    pub(super) fn release(&mut self, agent: usize) -> Option<Seat> {
        self.places[agent].busy = self.places[agent].busy.saturating_sub(1);
        if !self.places[agent].is_on_duty {
            return None;
        }
        let ticket = self.line.pop_front()?;
        Some(self.seat(ticket, agent))
    }

    /// Who is on duty from now on; those who come find what waits.
    pub(super) fn staff(&mut self, is_on_duty: impl Fn(usize) -> bool) -> Vec<Seat> {
        for (agent, place) in self.places.iter_mut().enumerate() {
            place.is_on_duty = is_on_duty(agent);
        }
        let mut seats = Vec::new();
        while let Some(ticket) = self.line.front().copied() {
            let Some(agent) = self.free_agent(ticket.pick) else { break };
            self.line.pop_front();
            seats.push(self.seat(ticket, agent));
        }
        seats
    }

    /// An agent's place.
    pub(super) fn place(&self, agent: usize) -> Place {
        self.places[agent]
    }

    /// How many agents there are, on duty or not.
    pub(super) fn agents(&self) -> usize {
        self.places.len()
    }

    /// How many contacts an agent serves at once.
    pub(super) fn slots(&self) -> u32 {
        self.slots
    }

    /// How many wait.
    pub(super) fn length(&self) -> usize {
        self.line.len()
    }

    /// Since when the first in the line has waited.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.line.front().map(|ticket| ticket.since)
    }

    /// Agents on duty with nothing to do, and agents with something to do.
    pub(super) fn available_and_busy(&self) -> (usize, usize) {
        let busy = self.places.iter().filter(|place| place.busy > 0).count();
        let idle = self.places.iter().filter(|place| place.is_on_duty && place.busy == 0).count();
        (idle, busy)
    }

    fn seat(&mut self, ticket: Ticket, agent: usize) -> Seat {
        self.places[agent].busy += 1;
        Seat { ticket, agent }
    }

    /// One of the least busy agents on duty who has a slot free.
    fn free_agent(&self, pick: u64) -> Option<usize> {
        let is_free = |place: &&Place| place.is_on_duty && place.busy < self.slots;
        let least = self.places.iter().filter(is_free).map(|place| place.busy).min()?;
        let is_least = |place: &Place| place.is_on_duty && place.busy == least;
        let equals = self.places.iter().filter(|place| is_least(place)).count() as u64;
        let nth = usize::try_from(pick % equals).unwrap_or_default();
        let mut candidates = self.places.iter().enumerate().filter(|(_, place)| is_least(place));
        candidates.nth(nth).map(|(agent, _)| agent)
    }
}
