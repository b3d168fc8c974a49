//! Times as vendors write them: RFC 3339 with up to nine fractional digits, `… UTC`, and seconds,
//! milliseconds, microseconds or nanoseconds since 1970, as number or text.

use jiff::Timestamp;
use serde_json::Value;

use crate::rfc3339;

/// Before this a time is a vendor's way of saying that it has not happened: zero, or the first
/// millisecond of 1970.
const HAPPENED: i128 = 86_400 * 1_000_000_000;

/// The instant that a value names; `None` where it names none, or says that it has not happened.
pub(super) fn instant(value: &Value) -> Option<Timestamp> {
    let at = match value {
        Value::String(text) => of_text(text.trim()),
        Value::Number(number) => epoch(&number.to_string()),
        _ => None,
    }?;
    (at.as_nanosecond() >= HAPPENED).then_some(at)
}

fn of_text(text: &str) -> Option<Timestamp> {
    let utc = text.strip_suffix("UTC").map(|stem| format!("{}Z", stem.trim_end()));
    rfc3339::parse(utc.as_deref().unwrap_or(text)).or_else(|| epoch(text))
}

/// A number of units since 1970, whose size tells the unit: seconds up to the year 5138, from there on
/// milliseconds, and so on.
fn epoch(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let units: i128 = whole.parse().ok()?;
    let unit: u32 = match units {
        ..100_000_000_000 => 9,
        100_000_000_000..100_000_000_000_000 => 6,
        100_000_000_000_000..100_000_000_000_000_000 => 3,
        _ => 0,
    };
    // The fraction as whole nanoseconds: as many of its digits as the unit has.
    let kept: String = fraction.chars().chain("000000000".chars()).take(unit as usize).collect();
    let rest: i128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let nanoseconds = units.checked_mul(10_i128.checked_pow(unit)?)?.checked_add(rest)?;
    Timestamp::from_nanosecond(nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_way_of_writing_a_time_is_read() {
        for (value, expected) in [
            (json!("2026-01-05T10:00:00Z"), "2026-01-05T10:00:00Z"),
            (json!("2026-01-05T11:00:00.250+01:00"), "2026-01-05T10:00:00.25Z"),
            (json!("2026-01-05T10:00:00.200000047Z"), "2026-01-05T10:00:00.200000047Z"),
            (json!("2026-01-05 10:00:00 UTC"), "2026-01-05T10:00:00Z"),
            (json!(1_767_607_200), "2026-01-05T10:00:00Z"),
            (json!("1767607200"), "2026-01-05T10:00:00Z"),
            (json!(1_767_607_200.5), "2026-01-05T10:00:00.5Z"),
            (json!(1_767_607_200_250_i64), "2026-01-05T10:00:00.25Z"),
            (json!("1767607200250.5"), "2026-01-05T10:00:00.2505Z"),
            (json!(1_767_607_200_250_001_i64), "2026-01-05T10:00:00.250001Z"),
            (json!(1_767_607_200_250_000_001_i64), "2026-01-05T10:00:00.250000001Z"),
        ] {
            let read = instant(&value).map(|at| at.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{value}");
        }
    }

    #[test]
    fn what_has_not_happened_and_what_is_no_time_is_none() {
        for value in [
            json!("1970-01-01T00:00:00.001Z"),
            json!("1970-01-01T00:00:00Z"),
            json!(0),
            json!("0"),
            json!(1),
            json!(""),
            json!("yesterday"),
            json!("."),
            json!("12.x"),
            json!("-5"),
            json!("9".repeat(60)),
            json!(1e300),
            json!(null),
            json!(true),
            json!([1_767_607_200]),
        ] {
            assert_eq!(instant(&value), None, "{value}");
        }
    }
}
