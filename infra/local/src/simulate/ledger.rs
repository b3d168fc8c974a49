//! What the platforms count of the scenario's conversations, for reconciliation: whatever gets lost
//! on the way is in their books.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    centre::{CHAT_SOURCE, VOICE_SOURCE},
    event::{DAY, MINUTE, SimulatedEvent, timestamp},
    world::World,
};

/// Conversations started and ended, by day since 1970 (UTC) and source.
#[derive(Debug)]
pub(super) struct Ledger {
    counts: BTreeMap<(i64, &'static str), [u64; 2]>,
    /// Milliseconds since 1970: what happens from then on is in nobody's books.
    end: i64,
}

/// A day (UTC), or the part of it that belongs to the scenario; milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    from: i64,
    to: i64,
}

impl Ledger {
    /// Nothing has been counted.
    pub(super) fn new(world: &World) -> Self {
        Self { counts: BTreeMap::new(), end: world.end }
    }

    /// Counts what is to be counted of this event.
    pub(super) fn note(&mut self, event: &SimulatedEvent) {
        let column = match event.kind {
            "cx.conversation.started" => 0,
            "cx.conversation.ended" => 1,
            _ => return,
        };
        if event.millis() < self.end {
            let day = event.millis().div_euclid(DAY);
            self.counts.entry((day, event.source)).or_default()[column] += 1;
        }
    }

    /// The reports of a period, after which it is forgotten.
    pub(super) fn report(&mut self, period: Period) -> Vec<SimulatedEvent> {
        let day = period.from.div_euclid(DAY);
        let report = |source: &'static str| {
            let [started, ended] = self.counts.remove(&(day, source)).unwrap_or_default();
            let data = json!({
                "from": format!("{:.3}", timestamp(period.from)),
                "to": format!("{:.3}", timestamp(period.to)),
                "totals": {"started": started, "ended": ended},
            });
            let id = format!("totals-{:x}", period.to / MINUTE);
            let at = period.reported_at();
            SimulatedEvent::new(at, source, "cx.totals.reported", "", id, &data)
        };
        [CHAT_SOURCE, VOICE_SOURCE].map(report).into()
    }
}

impl Period {
    /// The scenario's first.
    pub(super) fn first(world: &World) -> Self {
        Self::from(world, world.start)
    }

    /// The one after it.
    pub(super) fn next(self, world: &World) -> Option<Self> {
        (self.to < world.end).then(|| Self::from(world, self.to))
    }

    /// When the platforms have counted it.
    pub(super) fn reported_at(self) -> i64 {
        self.to + 5 * MINUTE
    }

    fn from(world: &World, from: i64) -> Self {
        let midnight = (from.div_euclid(DAY) + 1) * DAY;
        Self { from, to: midnight.min(world.end).max(from) }
    }
}
