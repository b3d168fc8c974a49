//! Minutes and hours since the Unix epoch: the grain of everything that is added up.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Nanoseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Nanoseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// A minute: half-open, aligned to the Unix epoch.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Minute(pub i32);

/// An hour: half-open, aligned to the Unix epoch.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Hour(pub i32);

#[expect(
    clippy::cast_possible_truncation,
    reason = "nanoseconds in an i64 are fewer than 2^31 minutes of the epoch"
)]
impl Minute {
    /// The minute that holds this instant, given in nanoseconds of the Unix epoch.
    pub fn of(nanoseconds: i64) -> Self {
        Self(nanoseconds.div_euclid(MINUTE) as i32)
    }

    /// The first minute that starts at or after this instant.
    pub fn ceil(nanoseconds: i64) -> Self {
        Self(
            (nanoseconds.div_euclid(MINUTE) + i64::from(nanoseconds.rem_euclid(MINUTE) > 0)) as i32,
        )
    }

    /// The first nanosecond.
    pub fn start(self) -> i64 {
        i64::from(self.0) * MINUTE
    }

    /// The hour that holds this minute.
    pub fn hour(self) -> Hour {
        Hour(self.0.div_euclid(60))
    }

    /// This many minutes later.
    #[must_use]
    pub fn plus(self, minutes: i32) -> Self {
        Self(self.0.saturating_add(minutes))
    }

    /// The instant at which the minute starts.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_second(i64::from(self.0) * 60).unwrap_or(Timestamp::MAX)
    }
}

impl Hour {
    /// The first minute.
    pub fn start(self) -> Minute {
        Minute(self.0.saturating_mul(60))
    }

    /// The next hour.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Nanoseconds since the Unix epoch, clamped to what an `i64` holds (the years 1677 to 2262).
pub fn nanoseconds(at: Timestamp) -> i64 {
    let clamped = at.as_nanosecond().clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    i64::try_from(clamped).unwrap_or(i64::MAX)
}

/// The instant of so many nanoseconds since the Unix epoch.
pub fn timestamp(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_round_down_also_before_the_epoch() {
        assert_eq!(Minute::of(-1), Minute(-1));
        assert_eq!(Minute::of(MINUTE), Minute(1));
        assert_eq!(Minute::ceil(1), Minute(1));
        assert_eq!(Minute::ceil(MINUTE), Minute(1));
        assert_eq!(Minute(-1).hour(), Hour(-1));
    }
}
