//! When a moment falls in its tenant's week: local half hour of the day, working day or day off.
//!
//! Local means the tenant's own time zone with its daylight saving; a configured holiday counts as
//! a day off whatever its weekday. Detectors never see a time zone: they are given a [`Slot`].

use std::collections::BTreeSet;

use jiff::{
    Timestamp,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// Half hours in a day.
pub const HALF_HOURS: usize = 48;
/// Hours in a day.
pub const HOURS: usize = 24;

/// Whether people usually work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Monday to Friday, no holiday.
    Working,
    /// Saturday, Sunday or a holiday.
    Off,
}

/// A place in the local week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The local weekday, for words.
    pub weekday: Weekday,
    /// What kind of day it is.
    pub day: DayKind,
    /// Local half hour of the day, 0 to 47.
    half_hour: u8,
}

impl Slot {
    /// Local half hour of the day, 0 to 47.
    pub fn half_hour(self) -> usize {
        usize::from(self.half_hour)
    }

    /// Local hour of the day, 0 to 23.
    pub fn hour(self) -> usize {
        usize::from(self.half_hour / 2)
    }

    /// Half hour of the day among working days (0 to 47) and days off (48 to 95).
    pub fn half_hour_of_week(self) -> usize {
        self.half_hour() + self.first_of(HALF_HOURS)
    }

    /// Hour of the day among working days (0 to 23) and days off (24 to 47).
    pub fn hour_of_week(self) -> usize {
        self.hour() + self.first_of(HOURS)
    }

    fn first_of(self, day: usize) -> usize {
        match self.day {
            DayKind::Working => 0,
            DayKind::Off => day,
        }
    }
}

/// A tenant's calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    holidays: BTreeSet<Date>,
}

impl Calendar {
    /// The calendar of this time zone with these local holidays.
    pub fn new(zone: TimeZone, holidays: impl IntoIterator<Item = Date>) -> Self {
        Self { zone, holidays: holidays.into_iter().collect() }
    }

    /// Universal time without holidays.
    pub fn utc() -> Self {
        Self::new(TimeZone::UTC, [])
    }

    /// Where in the local week this instant falls.
    pub fn slot(&self, at: Timestamp) -> Slot {
        let local = self.zone.to_datetime(at);
        let weekday = local.weekday();
        let is_weekend = matches!(weekday, Weekday::Saturday | Weekday::Sunday);
        let is_off = is_weekend || self.holidays.contains(&local.date());
        let half_hour = local.hour().unsigned_abs() * 2 + u8::from(local.minute() >= 30);
        let day = if is_off { DayKind::Off } else { DayKind::Working };
        Slot { weekday, day, half_hour }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";

    #[track_caller]
    fn check(zone: &str, at: &str, weekday: Weekday, day: DayKind, half_hour: usize) {
        let zone = TimeZone::posix(zone).unwrap();
        let calendar = Calendar::new(zone, [date(2026, 12, 25)]);
        let slot = calendar.slot(at.parse().unwrap());
        assert_eq!((slot.weekday, slot.day, slot.half_hour()), (weekday, day, half_hour));
    }

    #[test]
    fn the_week_is_the_tenants_own() {
        check("UTC0", "2026-01-05T09:30:00Z", Weekday::Monday, DayKind::Working, 19);
        check("IST-5:30", "2026-01-04T20:00:00Z", Weekday::Monday, DayKind::Working, 3);
        check(NEW_YORK, "2026-01-05T04:59:00Z", Weekday::Sunday, DayKind::Off, 47);
    }

    #[test]
    fn nine_in_the_morning_stays_nine_when_the_clocks_change() {
        check(BERLIN, "2026-03-27T08:00:00Z", Weekday::Friday, DayKind::Working, 18);
        check(BERLIN, "2026-03-30T07:00:00Z", Weekday::Monday, DayKind::Working, 18);
    }

    #[test]
    fn a_holiday_is_a_day_off() {
        check(BERLIN, "2026-12-25T08:00:00Z", Weekday::Friday, DayKind::Off, 18);
        check(BERLIN, "2026-12-24T22:59:00Z", Weekday::Thursday, DayKind::Working, 47);
    }

    #[test]
    fn working_days_and_days_off_have_slots_of_their_own() {
        let calendar = Calendar::utc();
        let monday = calendar.slot("2026-01-05T09:30:00Z".parse().unwrap());
        let sunday = calendar.slot("2026-01-04T09:30:00Z".parse().unwrap());
        assert_eq!((monday.half_hour_of_week(), sunday.half_hour_of_week()), (19, 67));
        assert_eq!((monday.hour_of_week(), sunday.hour_of_week()), (9, 33));
    }
}
