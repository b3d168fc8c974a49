//! The clock: the one place that reads the time.
//!
//! Everything else takes `now` as an argument. In virtual time now is the latest event time seen,
//! the event being judged included, so that recorded events can be replayed as they happened; it
//! never runs back.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::Timestamp;
use tocsin_domain::minute;

/// Tells the time, in nanoseconds of the Unix epoch.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    Wall,
    /// The latest event time seen.
    Virtual(Arc<AtomicI64>),
    /// What a simulation says.
    Simulated(Arc<AtomicI64>),
}

impl Clock {
    /// A virtual clock that starts at an earlier run's time.
    pub fn starting_at(nanoseconds: i64) -> Self {
        Self::Virtual(Arc::new(AtomicI64::new(nanoseconds)))
    }

    /// Now.
    pub fn now(&self) -> i64 {
        match self {
            Self::Wall => wall(),
            Self::Virtual(now) | Self::Simulated(now) => now.load(Ordering::Relaxed),
        }
    }

    /// Now, given that an event of this time is being judged.
    pub fn now_at(&self, event: i64) -> i64 {
        match self {
            Self::Wall | Self::Simulated(_) => self.now(),
            Self::Virtual(latest) => latest.fetch_max(event, Ordering::Relaxed).max(event),
        }
    }

    /// Whether this is the machine's clock.
    pub fn is_wall(&self) -> bool {
        matches!(self, Self::Wall)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one reader of the clock")]
fn wall() -> i64 {
    minute::nanoseconds(Timestamp::now())
}
