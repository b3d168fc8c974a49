//! Times on the wire: RFC 3339 with 0 to 9 fractional digits, and nothing looser.

use jiff::{
    SignedDuration, Timestamp,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

/// How the part before the fraction looks.
const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";

/// The instant that a text names; `None` for anything but RFC 3339. One beyond what an instant can
/// express (late on the last day of the year 9999) is the last that it can.
///
/// A leap second is where the standard has one: at 23:59:60 UTC of a month's last day. It is taken as
/// the second before it, as clocks do that repeat a second.
pub fn parse(text: &str) -> Option<Timestamp> {
    let (stem, rest) = text.split_at_checked(SHAPE.len())?;
    if !stem.bytes().zip(SHAPE).all(|(byte, shape)| fits(byte, *shape)) {
        return None;
    }
    let digits = rest
        .strip_prefix('.')
        .map_or(0, |fraction| 1 + fraction.bytes().take_while(u8::is_ascii_digit).count());
    if digits == 1 || digits > 10 {
        return None;
    }
    let (fraction, zone) = rest.split_at(digits);
    let offset = offset(zone.as_bytes())?;
    let (date, time) = (stem.get(..10)?, stem.get(11..)?);
    let is_leap = time.ends_with(":60");
    let time = if is_leap { time.replace(":60", ":59") } else { time.to_owned() };
    let civil: DateTime = format!("{date}T{time}{fraction}").parse().ok()?;
    let end = if civil.year() < 1_000 { Timestamp::MIN } else { Timestamp::MAX };
    let at = offset.to_timestamp(civil).unwrap_or(end);
    (!is_leap || ends_a_month(at)).then_some(at)
}

fn fits(byte: u8, shape: u8) -> bool {
    match shape {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        other => byte == other,
    }
}

/// `Z`, or hours and minutes up to 23:59 before or after.
fn offset(zone: &[u8]) -> Option<Offset> {
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = zone else {
        return matches!(zone, b"Z" | b"z").then_some(Offset::UTC);
    };
    let number = |tens: &u8, ones: &u8| {
        let are_digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        are_digits.then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
    };
    let hours = number(h1, h2).filter(|hours| *hours < 24)?;
    let minutes = number(m1, m2).filter(|minutes| *minutes < 60)?;
    let seconds = (hours * 60 + minutes) * 60;
    Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()
}

/// Whether this is the last second of a month in UTC.
fn ends_a_month(at: Timestamp) -> bool {
    let next = at.checked_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
    let next = next.to_zoned(TimeZone::UTC);
    next.day() == 1 && (next.hour(), next.minute(), next.second()) == (0, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minute::nanoseconds;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(parse(text).map(nanoseconds), expected, "{text}");
    }

    #[test]
    fn takes_rfc_3339_and_nothing_looser() {
        let second = 1_767_607_200_000_000_000;
        for (text, expected) in [
            ("2026-01-05T10:00:00Z", Some(second)),
            ("2026-01-05 10:00:00Z", Some(second)),
            ("2026-01-05T11:00:00+01:00", Some(second)),
            ("2026-01-06T09:59:00+23:59", Some(second)),
            ("2026-01-04T10:01:00-23:59", Some(second)),
            ("2026-01-05t10:00:00.000000001z", Some(second + 1)),
            ("2026-01-05T10:00:00.5Z", Some(second + 500_000_000)),
            ("2026-01-06T11:00:00+25:00", None),
            ("2026-01-06T10:00:00+24:00", None),
            ("2026-01-05T11:00:00+00:60", None),
            ("2026-01-05T11:00:00+0100", None),
            ("2026-01-05T10:00:00", None),
            ("2026-01-05T10:00Z", None),
            ("2026-01-05", None),
            ("2026-01-05T10:00:00.Z", None),
            ("2026-01-05T10:00:00.0000000001Z", None),
            ("2026-13-05T10:00:00Z", None),
            ("2026-02-30T10:00:00Z", None),
            ("2026-01-05T24:00:00Z", None),
            ("2026-01-05T10:00:00Zé", None),
            ("1700000000", None),
            ("", None),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn a_leap_second_is_taken_where_there_may_be_one() {
        let last = 1_483_228_799_000_000_000; // 2016-12-31T23:59:59Z
        check("2016-12-31T23:59:60Z", Some(last));
        check("2016-12-31T23:59:60.5Z", Some(last + 500_000_000));
        check("2017-01-01T08:59:60+09:00", Some(last));
        check("2016-12-31T22:59:60Z", None);
        check("2016-12-30T23:59:60Z", None);
        check("2016-12-31T23:59:61Z", None);
    }

    #[test]
    fn every_year_that_can_be_written_is_a_time() {
        assert_eq!(parse("9999-12-31T23:59:59Z"), Some(Timestamp::MAX));
        assert!(parse("0000-01-01T00:00:00+23:59").is_some_and(|at| at < Timestamp::UNIX_EPOCH));
    }
}
