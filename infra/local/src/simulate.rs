//! A seeded contact centre: an online shop whose customers meet an AI agent first.
//!
//! Invariants:
//!
//! * **Pure.** No clock and no I/O; the same [`Scenario`] yields the same bytes. Time zones come from
//!   the database that is built in.
//! * **In order.** Events come sorted by (time, subject, id), and no conversation has an event
//!   before its `cx.conversation.started`. [`delivery`] may disturb that, on demand.
//! * **Bounded memory.** Arrivals are drawn an hour at a time. Only what conversations under way
//!   are still to do waits in heaps.
//! * **Adjoining scenarios fit together.** A scenario is a window on a centre that was there before
//!   and goes on after it: arrivals are drawn from (seed, clock hour), the floor is opened a day
//!   early and closed late. History up to an instant and a live scenario from that instant on share
//!   a tenant without a clash and without a seam.
//!
//! Reading order: [`centre`] (what the shop is like) → [`world`] (what rules at an instant) →
//! [`arrivals`] (who writes when) → [`conversation`] with [`ai_turns`] and [`human_leg`] (one life) →
//! [`aftermath`], [`feedback`], [`reviews`] (what follows) → [`desk`] (the queue engine) with
//! [`roster`] and [`post`] (who serves it) → [`floor`] (all of it in motion) → [`pulse`] and
//! [`ledger`] (what sources say about themselves) → [`incident`] (what goes wrong, and its label).

mod aftermath;
mod agenda;
mod ai_turns;
mod arrivals;
mod calendar;
mod centre;
mod chance;
pub(crate) mod command;
mod conversation;
mod delivery;
mod desk;
mod event;
mod feedback;
mod floor;
mod human_leg;
mod incident;
mod ledger;
mod life;
mod phrases;
mod post;
mod pulse;
mod releases;
mod reviews;
mod roster;
#[cfg(test)]
mod tests;
mod world;

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};

pub(crate) use self::{
    event::SimulatedEvent,
    incident::{Incident, IncidentKind},
};
use self::{floor::Floor, world::World};

/// What to simulate. Conversations start in `[start, end)`; their last events may be days later.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// Decides everything that is not decided below.
    pub(crate) seed: u64,
    /// First instant at which a conversation may start.
    pub(crate) start: Timestamp,
    /// First instant at which none may start any more.
    pub(crate) end: Timestamp,
    /// The clocks by which customers and agents live.
    pub(crate) zone: TimeZone,
    /// Mean over a week; the hour of the week moves it between about 0.45 and 1.7 of this.
    pub(crate) conversations_per_hour: f64,
    /// What goes wrong meanwhile.
    pub(crate) incidents: Vec<Incident>,
}

/// All events of conversations that start in `[start, end)`, sorted by (time, subject, id).
///
/// The iterator owns what it needs, so that it may move into a task.
pub(crate) fn events(scenario: &Scenario) -> impl Iterator<Item = SimulatedEvent> + Send + use<> {
    let world = Arc::new(World::new(scenario));
    let told = Timeline { floor: Floor::open(&world), waiting: BinaryHeap::new() };
    told.filter(move |event| !world.is_silent(event.source, event.millis()))
}

/// The floor, and what it has told that is not due yet.
struct Timeline {
    floor: Floor,
    waiting: BinaryHeap<Reverse<SimulatedEvent>>,
}

impl Iterator for Timeline {
    type Item = SimulatedEvent;

    fn next(&mut self) -> Option<SimulatedEvent> {
        loop {
            let now = self.floor.now();
            let is_due = self.waiting.peek().is_some_and(|Reverse(event)| event.millis() < now);
            if is_due || self.floor.is_over() {
                return self.waiting.pop().map(|Reverse(event)| event);
            }
            self.waiting.extend(self.floor.step().map(Reverse));
        }
    }
}
