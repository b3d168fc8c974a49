//! Times on the wire: RFC 3339 with 0 to 9 fractional digits, and nothing looser.

use jiff::Timestamp;

use crate::minute;

/// Nanoseconds since the Unix epoch; `None` for anything but RFC 3339.
pub(super) fn parse(text: &str) -> Option<i64> {
    is_rfc3339(text.as_bytes()).then_some(())?;
    let timestamp: Timestamp = text.parse().ok()?;
    i64::try_from(timestamp.as_nanosecond())
        .ok()
        .filter(|_| timestamp > minute::timestamp(i64::MIN + 1))
}

/// `2026-01-05T10:00:00[.123456789](Z|+01:00)`; the parser behind it takes more than the standard.
fn is_rfc3339(text: &[u8]) -> bool {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let fits = |byte: u8, shape: u8| match shape {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        other => byte == other,
    };
    let Some((stem, rest)) = text.split_at_checked(SHAPE.len()) else { return false };
    if !stem.iter().zip(SHAPE).all(|(byte, shape)| fits(*byte, *shape)) {
        return false;
    }
    let zone = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            &fraction[digits..]
        }
        None => rest,
    };
    match zone {
        b"Z" | b"z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_rfc_3339_and_nothing_looser() {
        let second = 1_767_607_200_000_000_000;
        for (text, expected) in [
            ("2026-01-05T10:00:00Z", Some(second)),
            ("2026-01-05T11:00:00+01:00", Some(second)),
            ("2026-01-05t10:00:00.000000001z", Some(second + 1)),
            ("2026-01-05T10:00:00.5Z", Some(second + 500_000_000)),
            ("2026-01-05T10:00:00", None),
            ("2026-01-05T10:00Z", None),
            ("2026-01-05", None),
            ("2026-01-05T10:00:00.0000000001Z", None),
            ("2026-13-05T10:00:00Z", None),
            ("2026-02-30T10:00:00Z", None),
            ("1700000000", None),
            ("9999-12-31T23:59:59Z", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
