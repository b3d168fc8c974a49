//! What is still to happen, soonest first; what is due at one instant comes in the order of booking.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

/// A calendar of things to come.
pub(super) struct Agenda<T> {
    entries: BinaryHeap<Reverse<Entry<T>>>,
    booked: u64,
}

struct Entry<T> {
    /// Milliseconds since 1970, then the number of the booking.
    key: (i64, u64),
    thing: T,
}

impl<T> Agenda<T> {
    /// Nothing is to come.
    pub(super) fn new() -> Self {
        Self { entries: BinaryHeap::new(), booked: 0 }
    }

    /// Books something at this instant, in milliseconds since 1970.
    pub(super) fn book(&mut self, at: i64, thing: T) {
        self.booked += 1;
        self.entries.push(Reverse(Entry { key: (at, self.booked), thing }));
    }

    /// What comes next, and when.
    pub(super) fn next(&mut self) -> Option<(i64, T)> {
        self.entries.pop().map(|Reverse(entry)| (entry.key.0, entry.thing))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}
