//! How events reach the front door: most at once, some late and so out of order, some twice.
//!
//! The order of what comes out is the order of delivery; what the events say does not change.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    SimulatedEvent,
    chance::{Chance, millis},
    event::{MINUTE, SECOND},
};

/// Shares of all events.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Delivery {
    /// Delivered a second time.
    pub(crate) duplicate: f64,
    /// Delivered later than at once, by up to four hours.
    pub(crate) late: f64,
}

/// What a stream of dice is for.
const DELIVERIES: u64 = 6;

/// Mean and bound of a delay; seconds.
const DELAY: (f64, f64) = (1_500.0, 4.0 * 3_600.0);

/// An event, when it is delivered and in which order of those.
type Delivered = Reverse<(i64, u64, SimulatedEvent)>;

struct Deliveries<E: Iterator> {
    events: std::iter::Peekable<E>,
    delivery: Delivery,
    chance: Chance,
    sent: u64,
    on_its_way: BinaryHeap<Delivered>,
}

/// The same events, in the order in which they are delivered.
pub(crate) fn deliver(
    events: impl Iterator<Item = SimulatedEvent>,
    delivery: Delivery,
    seed: u64,
) -> impl Iterator<Item = SimulatedEvent> {
    let chance = Chance::new(seed, [0, 0, DELIVERIES]);
    let events = events.peekable();
    Deliveries { events, delivery, chance, sent: 0, on_its_way: BinaryHeap::new() }
}

impl<E: Iterator<Item = SimulatedEvent>> Deliveries<E> {
    fn send(&mut self, event: SimulatedEvent) {
        let mut arrives = event.millis();
        if self.chance.happens(self.delivery.late) {
            let (mean, most) = DELAY;
            arrives += MINUTE + millis(self.chance.exponential(mean).min(most));
        }
        if self.chance.happens(self.delivery.duplicate) {
            let again = arrives + SECOND + millis(self.chance.exponential(DELAY.0).min(DELAY.1));
            self.book(again, event.clone());
        }
        self.book(arrives, event);
    }

    fn book(&mut self, at: i64, event: SimulatedEvent) {
        self.sent += 1;
        self.on_its_way.push(Reverse((at, self.sent, event)));
    }
}

impl<E: Iterator<Item = SimulatedEvent>> Iterator for Deliveries<E> {
    type Item = SimulatedEvent;

    fn next(&mut self) -> Option<SimulatedEvent> {
        loop {
            let next = self.events.peek().map(SimulatedEvent::millis);
            let arrives = self.on_its_way.peek().map(|Reverse((at, ..))| *at);
            match (arrives, next) {
                // What happens now may be delivered now, and was sent later.
                (Some(arrives), Some(next)) if arrives < next => {}
                (_, Some(_)) => {
                    let event = self.events.next()?;
                    self.send(event);
                    continue;
                }
                (_, None) => {}
            }
            return self.on_its_way.pop().map(|Reverse((.., event))| event);
        }
    }
}
