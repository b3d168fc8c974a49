//! IP addresses. `std::net` says what parses; this file says what is meant: a version of four
//! numbers, a time of day or a path of a program (`std::net`) is not an address.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    str::{FromStr, from_utf8},
};

use super::{
    COLON, DOT, Detector, Kind, Span, Traits, View, WALL, byte, byte_before, is_word, munch,
    word_before,
};

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

/// The longest spelling of an IPv6 address, with an IPv4 address in it.
const LONGEST: usize = 45;

fn plausible(traits: &Traits) -> bool {
    traits.has(COLON) || (traits.has(DOT) && traits.digits >= 4)
}

fn scan(view: &mut View) {
    scan_with(view, v6);
    scan_with(view, v4);
}

/// Claims what `spelling` finds in each stretch of bytes that could hold an address. It answers
/// with an address, if any, and with the place to go on from.
fn scan_with(view: &mut View, spelling: fn(&[u8], usize) -> (Option<Span>, usize)) {
    let mut at = 0;
    while at < view.bytes.len() {
        let (address, next) = spelling(&view.bytes, at);
        if let Some((start, end)) = address {
            view.claim(Kind::Ip, start, end);
        }
        at = next;
    }
}

fn v6(bytes: &[u8], at: usize) -> (Option<Span>, usize) {
    let stretch = munch(bytes, at, |b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
    if stretch == at {
        return (None, at + 1);
    }
    let label = byte(bytes, at) == b':' && byte(bytes, at + 1) != b':';
    let start = at + usize::from(label);
    let mut end = stretch;
    // The full stop or colon of the sentence.
    if end > start + 2 && matches!(bytes[end - 1], b'.' | b':') && bytes[end - 2] != b':' {
        end -= 1;
    }
    // A wall before the label's colon may have been the front of this stretch.
    let free = byte_before(bytes, at) != WALL
        && !word_before(bytes, start)
        && !is_word(byte(bytes, stretch));
    let address = free && is_v6(&bytes[start..end]);
    (address.then_some((start, end)), stretch)
}

fn is_v6(bytes: &[u8]) -> bool {
    let colons = bytes.iter().take(LONGEST).filter(|b| **b == b':').count();
    // `a::b` is rather a path.
    let meant = colons >= 3 || bytes.iter().take(LONGEST).any(u8::is_ascii_digit);
    colons >= 2 && meant && bytes.len() <= LONGEST && parses::<Ipv6Addr>(bytes)
}

fn v4(bytes: &[u8], at: usize) -> (Option<Span>, usize) {
    if !bytes[at].is_ascii_digit() {
        return (None, at + 1);
    }
    let end = dotted_end(bytes, at);
    let fits = end - at <= LONGEST && parses::<Ipv4Addr>(&bytes[at..end]);
    let address = fits && free_before(bytes, at) && free_after(bytes, end);
    (address.then_some((at, end)), end)
}

/// The end of the numbers with single dots between them.
fn dotted_end(bytes: &[u8], start: usize) -> usize {
    let mut end = munch(bytes, start, |b| b.is_ascii_digit());
    while byte(bytes, end) == b'.' && byte(bytes, end + 1).is_ascii_digit() {
        end = munch(bytes, end + 1, |b| b.is_ascii_digit());
    }
    end
}

fn free_before(bytes: &[u8], start: usize) -> bool {
    let glued = match byte_before(bytes, start) {
        b'.' => is_word(byte_before(bytes, start - 1)),
        b'-' => byte_before(bytes, start - 1).is_ascii_alphabetic(),
        before => before == b'_',
    };
    !glued && !word_before(bytes, start) && !follows_version(bytes, start)
}

fn free_after(bytes: &[u8], end: usize) -> bool {
    match (byte(bytes, end), byte(bytes, end + 1)) {
        // `1.2.3.4-beta` is a version, `10.0.0.1-10.0.0.9` a range.
        (b'-', next) => !next.is_ascii_alphabetic(),
        (b'.', next) => !is_word(next),
        (here, _) => !is_word(here) && here != b'_',
    }
}

/// Whether the word before says that a version follows.
fn follows_version(bytes: &[u8], start: usize) -> bool {
    let filler = |b: &u8| matches!(b, b' ' | b':' | b'=' | b'"' | b'.' | b'#');
    let behind = &bytes[start.saturating_sub(16)..start];
    let gap = behind.iter().rev().take_while(|b| filler(b)).count();
    let word = &behind[..behind.len() - gap];
    let ends = |name: &&str| {
        word.len().checked_sub(name.len()).is_some_and(|from| {
            let whole = !byte_before(word, from).is_ascii_alphabetic();
            whole && word[from..].eq_ignore_ascii_case(name.as_bytes())
        })
    };
    ["version", "ver", "v", "release", "build", "firmware"].iter().any(ends)
}

fn parses<T: FromStr>(bytes: &[u8]) -> bool {
    from_utf8(bytes).is_ok_and(|text| text.parse::<T>().is_ok())
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_addresses() {
        check(
            Kind::Ip,
            &[
                ("from 192.168.0.17.", &["192.168.0.17"]),
                ("http://10.0.0.1:8080/x 10.1.0.0/16", &["10.0.0.1", "10.1.0.0"]),
                ("10.0.0.1-10.0.0.9", &["10.0.0.1", "10.0.0.9"]),
                ("client:203.0.113.9,face:1.2.3.4", &["203.0.113.9", "1.2.3.4"]),
                (r"\n8.8.8.8\n on...8.8.4.4", &["8.8.8.8", "8.8.4.4"]),
                ("[2001:db8::1]:443", &["2001:db8::1"]),
                ("addr:2001:db8::8a2e:370:7334.", &["2001:db8::8a2e:370:7334"]),
                ("fe80::1%eth0 ::1 ::ffff:1.2.3.4", &["fe80::1", "::1", "::ffff:1.2.3.4"]),
                (
                    "dead:beef:cafe:babe:dead:beef:cafe:babe",
                    &["dead:beef:cafe:babe:dead:beef:cafe:babe"],
                ),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Ip,
            &[
                ("v1.2.3.4 version 1.2.3.4 Ver. 1.2.3.4 build:1.2.3.4", &[]),
                ("1.2.3.4-beta 1.2.3.4.5 1.2.3", &[]),
                ("256.1.1.1 999.999.999.999", &[]),
                ("10:30:00 at 10:30 on 2024-05-06T10:30:00.000Z", &[]),
                ("std::net a::b :: ::: Foo::Bar", &[]),
                ("00:1a:2b:3c:4d:5e", &[]),
                ("x1.2.3.4 1.2.3.4x id_1.2.3.4", &[]),
            ],
        );
    }
}
