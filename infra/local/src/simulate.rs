//! A seeded contact centre: an online shop whose customers meet an AI agent first.
//!
//! Invariants:
//!
//! * **Pure.** No clock and no I/O; the same [`Scenario`] yields the same bytes.
//! * **In order.** Events come sorted by (time, subject, id), and no conversation has an event
//!   before its `cx.conversation.started`.
//! * **Bounded memory.** Arrivals are drawn an hour at a time. Only events that a conversation has
//!   after that hour wait in a heap.
//! * **Adjoining scenarios fit together.** Subjects are drawn from (seed, hour, arrival), so history
//!   up to an instant and a live scenario from that instant on share a tenant without clashing.
//!
//! Reading order: [`centre`] (what the shop is like) → [`arrivals`] (who writes when) →
//! [`conversation`] with [`ai_turns`] and [`human_leg`] (one life) → [`aftermath`] (what follows) →
//! [`pulse`] (what sources say about themselves) → [`incident`] (what goes wrong, and its label).

mod aftermath;
mod ai_turns;
mod arrivals;
mod centre;
mod chance;
mod conversation;
mod event;
mod human_leg;
mod incident;
mod life;
mod phrases;
mod pulse;
#[cfg(test)]
mod tests;

use std::{cmp::Reverse, collections::BinaryHeap, mem};

use jiff::Timestamp;

pub(crate) use self::{
    event::SimulatedEvent,
    incident::{Incident, IncidentKind},
};
use self::{
    event::{HOUR, millis_after},
    life::Stay,
};

/// What to simulate. Conversations start in `[start, end)`; their last events may be days later.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// Decides everything that is not decided below.
    pub(crate) seed: u64,
    /// First instant at which a conversation may start.
    pub(crate) start: Timestamp,
    /// First instant at which none may start any more.
    pub(crate) end: Timestamp,
    /// Mean over a week; the hour of the week moves it between about 0.45 and 1.7 of this.
    pub(crate) conversations_per_hour: f64,
    /// What goes wrong meanwhile.
    pub(crate) incidents: Vec<Incident>,
}

/// All events of conversations that start in `[start, end)`, sorted by (time, subject, id).
///
/// The iterator owns what it needs, so that it may move into a task.
pub(crate) fn events(scenario: &Scenario) -> impl Iterator<Item = SimulatedEvent> + Send + use<> {
    let next = millis_after(scenario.start);
    let end = millis_after(scenario.end);
    Timeline {
        scenario: scenario.clone(),
        next,
        end,
        waiting: BinaryHeap::new(),
        stays: Vec::new(),
    }
}

/// The hours still to draw, and the events drawn that are not due yet.
struct Timeline {
    scenario: Scenario,
    /// Everything that starts before this has been drawn; milliseconds since 1970.
    next: i64,
    end: i64,
    waiting: BinaryHeap<Reverse<SimulatedEvent>>,
    /// Queue stays and agent legs that may reach into hours not drawn yet.
    stays: Vec<Stay>,
}

impl Iterator for Timeline {
    type Item = SimulatedEvent;

    fn next(&mut self) -> Option<SimulatedEvent> {
        loop {
            let due = self.waiting.peek().is_some_and(|Reverse(event)| event.millis() < self.next);
            if due || self.next >= self.end {
                return self.waiting.pop().map(|Reverse(event)| event);
            }
            self.draw_hour();
        }
    }
}

impl Timeline {
    /// Draws what starts before the end of the current clock hour.
    fn draw_hour(&mut self) {
        let start = self.next;
        let end = ((start.div_euclid(HOUR) + 1) * HOUR).min(self.end);
        for (number, arrival) in
            arrivals::within(&self.scenario, start, end).into_iter().enumerate()
        {
            let mut next = Some((arrival, arrivals::dice(&self.scenario, start, number)));
            while let Some((arrival, chance)) = next.take() {
                let lived = conversation::live(&self.scenario, arrival, chance);
                self.waiting.extend(lived.events.into_iter().map(Reverse));
                self.stays.extend(lived.stays);
                next = lived.follow_up.filter(|(follow_up, _)| follow_up.at < self.end);
            }
        }
        let pulse = pulse::within(&self.scenario, start, end, &self.stays);
        self.waiting.extend(pulse.into_iter().map(Reverse));
        self.stays = mem::take(&mut self.stays).into_iter().filter(|s| s.end >= end).collect();
        self.next = end;
    }
}
