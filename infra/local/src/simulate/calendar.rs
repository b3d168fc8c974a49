//! Local time: people sleep, work and write by the clocks on their walls.

use jiff::tz::TimeZone;

use super::event::{DAY, HOUR, timestamp};

/// Hours from the first Monday's beginning to 1970, which began on a Thursday.
const THURSDAY: i64 = 72;

/// Half hour of the week of a local time, from Monday 00:00.
pub(super) fn half_hour_of_week(local: i64) -> usize {
    usize::try_from((local.div_euclid(HOUR / 2) + 2 * THURSDAY).rem_euclid(336)).unwrap_or_default()
}

/// 0 for Monday.
pub(super) fn weekday(local: i64) -> usize {
    half_hour_of_week(local) / 48
}

/// Weeks since 1970 that had begun by this local time, where a week begins on this weekday (0 for
/// Monday) at this hour.
pub(super) fn weeks_since(local: i64, weekday: i64, hour: i64) -> i64 {
    (local + 3 * DAY - weekday * DAY - hour * HOUR).div_euclid(7 * DAY)
}

/// Local time of an instant, as milliseconds that a clock on the wall would count since 1970.
pub(super) fn local(zone: &TimeZone, at: i64) -> i64 {
    at + 1_000 * i64::from(zone.to_offset(timestamp(at)).seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: &str, at: &str, weekday_and_hour: (usize, usize)) {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap();
        let at: jiff::Timestamp = at.parse().unwrap();
        let local = local(&zone, at.as_millisecond());
        assert_eq!((weekday(local), half_hour_of_week(local) / 2 % 24), weekday_and_hour);
    }

    #[test]
    fn hours_are_those_on_the_wall() {
        check("UTC", "2026-01-05T00:00:00Z", (0, 0));
        check("UTC", "2026-01-11T23:59:59Z", (6, 23));
        check("Asia/Kolkata", "2026-01-05T00:00:00Z", (0, 5));
    }

    #[test]
    fn an_hour_is_left_out_in_spring_and_comes_twice_in_autumn() {
        for (at, hour) in [("2026-03-29T00:30:00Z", 1), ("2026-03-29T01:30:00Z", 3)] {
            check("Europe/Berlin", at, (6, hour));
        }
        for (at, hour) in [("2026-10-25T00:30:00Z", 2), ("2026-10-25T01:30:00Z", 2)] {
            check("Europe/Berlin", at, (6, hour));
        }
    }

    #[test]
    fn weeks_begin_at_their_hour() {
        let monday = |text: &str| {
            let at: jiff::Timestamp = text.parse().unwrap();
            weeks_since(at.as_millisecond(), 0, 8)
        };
        assert_eq!(monday("2026-01-05T07:59:59Z") + 1, monday("2026-01-05T08:00:00Z"));
        assert_eq!(monday("2026-01-05T08:00:00Z"), monday("2026-01-12T07:59:59Z"));
    }
}
