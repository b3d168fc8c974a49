//! E-mail addresses, `@` also as `%40` (a form body that could not be parsed).
//!
//! Wider than the grammar where that costs nothing: the last label of the domain need only look
//! like a top-level domain. A host without a dot is not an address, so handles (`@name`) are kept.

use super::{AT, Detector, Kind, PERCENT, Span, Traits, View, byte, byte_before};

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

fn plausible(traits: &Traits) -> bool {
    traits.has(AT) || (traits.has(PERCENT) && traits.digits >= 2)
}

fn scan(view: &mut View) {
    let mut at = 0;
    while at < view.bytes.len() {
        let sign = sign_len(&view.bytes[at..]);
        let address = (sign > 0).then(|| address(&view.bytes, at, sign)).flatten();
        at = match address {
            Some((start, end)) => {
                view.claim(Kind::Email, start, end);
                end
            }
            None => at + 1,
        };
    }
}

fn sign_len(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"@") {
        1
    } else if bytes.starts_with(b"%40") {
        3
    } else {
        0
    }
}

fn address(bytes: &[u8], at: usize, sign: usize) -> Option<Span> {
    // The domain first: it stops at the next sign in either spelling, the local part may not.
    let end = domain_end(bytes, at + sign)?;
    let start = local_start(bytes, at, sign == 1)?;
    Some((start, end))
}

/// Where the local part that ends at `end` begins. In a form body (not `plain`) `+` is a space.
fn local_start(bytes: &[u8], end: usize, plain: bool) -> Option<usize> {
    let mut start = end;
    while let Some(len) = letter_before(bytes, start) {
        if !plain && bytes[start - 1] == b'+' {
            break;
        }
        start -= len;
    }
    // Quotes and punctuation in front belong to the sentence.
    while start < end && matches!(bytes[start], b'\'' | b'.' | b'-' | b'%') {
        start += 1;
    }
    (start < end).then_some(start)
}

/// The length of the local part's character that ends at `end`.
fn letter_before(bytes: &[u8], end: usize) -> Option<usize> {
    match byte_before(bytes, end) {
        b if b.is_ascii_alphanumeric() => Some(1),
        b'.' | b'_' | b'%' | b'+' | b'\'' | b'-' => Some(1),
        0x80..=0xBF if is_latin_lead(byte_before(bytes, end - 1)) => Some(2),
        _ => None,
    }
}

/// The first byte of `À` to `ɏ`. Other scripts are left out: they use no spaces, and the sentence
/// before an address would go with it.
fn is_latin_lead(byte: u8) -> bool {
    matches!(byte, 0xC3..=0xC9)
}

/// The end of the longest domain at `start`: labels, the last of them two letters or more.
fn domain_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut best = None;
    let mut label = start;
    loop {
        let end = label_end(bytes, label);
        let top_level =
            end - label >= 2 && (bytes[label].is_ascii_alphabetic() || is_latin_lead(bytes[label]));
        if label > start && top_level {
            best = Some(end);
        }
        if end == label || byte(bytes, end) != b'.' {
            return best;
        }
        label = end + 1;
    }
}

fn label_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    loop {
        let here = byte(bytes, end);
        end += match here {
            b'-' if end > start => 1,
            _ if here.is_ascii_alphanumeric() => 1,
            _ if is_latin_lead(here) => 2,
            _ => break,
        };
    }
    while end > start && bytes[end - 1] == b'-' {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_addresses() {
        check(
            Kind::Email,
            &[
                ("write to jo.doe+cx@mail.example.co.uk.", &["jo.doe+cx@mail.example.co.uk"]),
                ("<jo@example.com>,'al@example.org'", &["jo@example.com", "al@example.org"]),
                ("mailto:o'neil_7@a-b.io?subject=x", &["o'neil_7@a-b.io"]),
                ("jürgen@müller.de", &["jürgen@müller.de"]),
                ("JO@EXAMPLE.COM", &["JO@EXAMPLE.COM"]),
                (
                    "From=jo%40example.com&Body=to+al%2Bcx%40b.co+please",
                    &["jo%40example.com", "al%2Bcx%40b.co"],
                ),
                ("a@b.com.123", &["a@b.com"]),
                ("jo@example.com- thanks", &["jo@example.com"]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Email,
            &[
                ("@handle and @first.last", &[]),
                ("jo@host", &[]),
                ("pkg@1.2.3 pkg@v1.2", &[]),
                ("a @ b.co", &[]),
                ("@@ .@b.co x@.co", &[]),
                ("40%40 off", &[]),
            ],
        );
    }
}
