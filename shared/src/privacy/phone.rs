//! Telephone numbers: international ones, and national ones that are written like one.
//!
//! A number is read as groups of digits with separators between them. From each place where one
//! may start, the longest row of groups that makes a number is taken:
//!
//! * **international**: `+` or `00`, then the digits of E.164;
//! * **North American**: `[1] (212) 555-0142`, in groups of 3, 3 and 4;
//! * **trunk**: a leading 0, an area code and the rest, `020 7946 0958` or `01711234567`;
//! * **bracketed area**: `(11) 91234-5678`, `8 (912) 345-67-89`;
//! * **named**: any row of groups behind `phone`, `call`, `Handynummer` and the like.
//!
//! Dates, times, amounts, versions and identifiers fail on their groups or on what touches them:
//! a number inside a longer one, after `#` or a currency, or in a path is not a telephone's.

use super::{
    Detector, Kind, Traits, View, WALL, byte, byte_before, is_word,
    lexicon::PHONE_CUE,
    munch, word_before,
    words::{Nearness, nearness},
};

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

/// The fewest digits of an international number; some islands have no more.
const FEWEST: usize = 8;
/// The fewest digits of a number that is said to be one.
const FEWEST_NAMED: usize = 7;
/// The most digits E.164 allows.
const MOST: usize = 15;
/// Groups of a number; more than this is a list of numbers.
const MOST_GROUPS: usize = 10;

fn plausible(traits: &Traits) -> bool {
    traits.digits >= FEWEST || (traits.digits >= FEWEST_NAMED && traits.words & PHONE_CUE != 0)
}

fn scan(view: &mut View) {
    let mut at = 0;
    while at < view.bytes.len() {
        at = match end(&view.bytes, at) {
            Some(end) => {
                view.claim(Kind::Phone, at, end);
                end
            }
            None => at + 1,
        };
    }
}

/// The end of the number that starts at `at`.
pub(super) fn end(bytes: &[u8], at: usize) -> Option<usize> {
    match byte(bytes, at) {
        b'+' if !word_before(bytes, at) && byte_before(bytes, at) != b'+' => {
            after_plus(bytes, at + 1)
        }
        b'%' if bytes[at..].len() > 3 && bytes[at + 1..at + 3].eq_ignore_ascii_case(b"2b") => {
            after_plus(bytes, at + 3)
        }
        b'(' if !word_before(bytes, at) => {
            let groups = Groups::read(bytes, at + 1);
            let national = |groups: &Groups, bytes: &[u8]| {
                groups.is_national(bytes) || groups.is_area(bytes, 0) || groups.is_named(bytes, at)
            };
            groups.bracketed(bytes).then(|| groups.longest(bytes, national)).flatten()
        }
        b'0'..=b'9' if !word_before(bytes, at) => {
            let groups = Groups::read(bytes, at);
            if !groups.free_before(bytes) {
                return None;
            }
            groups.longest(bytes, |groups, bytes| {
                groups.is_double_zero(bytes)
                    || groups.is_national(bytes)
                    || groups.is_area(bytes, 1)
                    || groups.is_named(bytes, at)
            })
        }
        _ => None,
    }
}

fn after_plus(bytes: &[u8], at: usize) -> Option<usize> {
    let start = at + usize::from(matches!(byte(bytes, at), b' ' | b'('));
    Groups::read(bytes, start).longest(bytes, Groups::is_international)
}

/// What stands between two groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    Space,
    Dash,
    Dot,
    Slash,
}

/// A group of digits.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    start: usize,
    end: usize,
    /// What stands before it.
    gap: Gap,
}

impl Group {
    fn len(self) -> usize {
        self.end - self.start
    }
}

/// Groups of digits in a row.
#[derive(Clone, Copy)]
struct Groups {
    groups: [Group; MOST_GROUPS],
    len: usize,
}

impl Groups {
    /// The groups from `start` on; none where no digit is.
    fn read(bytes: &[u8], start: usize) -> Self {
        let mut row = Self { groups: [Group::default(); MOST_GROUPS], len: 0 };
        let mut next = (start, Gap::Space);
        let mut digits = 0;
        // Two more than an international number has: `00` in front, or `(0)` within.
        while row.len < MOST_GROUPS && digits <= MOST + 2 {
            let (start, gap) = next;
            // One digit too many is enough to know, so a long number is not read again and again.
            let window = &bytes[..bytes.len().min(start + MOST + 3)];
            let end = munch(window, start.min(window.len()), |b| b.is_ascii_digit());
            if end <= start {
                break;
            }
            row.groups[row.len] = Group { start, end, gap };
            row.len += 1;
            digits += end - start;
            let Some(gap) = gap_after(bytes, end) else { break };
            next = gap;
        }
        row
    }

    /// Where the longest prefix that `accept` takes ends.
    fn longest(mut self, bytes: &[u8], accept: impl Fn(&Self, &[u8]) -> bool) -> Option<usize> {
        while self.len > 0 {
            if accept(&self, bytes) {
                return Some(self.end());
            }
            self.len -= 1;
        }
        None
    }

    fn all(&self) -> &[Group] {
        &self.groups[..self.len]
    }

    fn end(&self) -> usize {
        self.all().last().map_or(0, |group| group.end)
    }

    fn digits(&self) -> usize {
        self.all().iter().map(|group| group.len()).sum()
    }

    fn is_single(&self) -> bool {
        self.len == 1
    }

    /// Whether the first group is in brackets, of which the opening one is taken for granted.
    fn bracketed(&self, bytes: &[u8]) -> bool {
        byte(bytes, self.groups[0].end) == b')'
    }

    /// A number after `+`: E.164, perhaps with the `(0)` that is dialled only within the country.
    fn is_international(&self, bytes: &[u8]) -> bool {
        let trunk = |group: &Group| {
            group.len() == 1 && bytes[group.start] == b'0' && bytes[group.start - 1] == b'('
        };
        let digits = self.digits() - usize::from(self.all().iter().skip(1).any(trunk));
        self.is_e164(bytes, self.groups[0].start, digits)
            && (!self.is_single() || digits > FEWEST)
            && !self.runs_into_next(bytes)
            && !matches!(byte(bytes, self.end()), b'0'..=b'9' | WALL)
    }

    /// A number after `00`.
    fn is_double_zero(&self, bytes: &[u8]) -> bool {
        let digits = self.digits().saturating_sub(2);
        let first = self.groups[0];
        let country = if first.len() == 2 { self.groups[1].start } else { first.start + 2 };
        bytes[first.start..first.end].starts_with(b"00")
            && (first.len() > 2 || self.len > 1)
            && self.is_e164(bytes, country, digits)
            && (!self.is_single() || self.digits() <= MOST)
            && !self.runs_into_next(bytes)
            && self.free_after(bytes)
    }

    /// Whether so many digits, from a country code at `country` on, make a number. In North
    /// America (country code 1) all numbers are equally long.
    fn is_e164(&self, bytes: &[u8], country: usize, digits: usize) -> bool {
        let lone = self.len > 1 && self.all().last().is_some_and(|group| group.len() == 1);
        match byte(bytes, country) {
            b'1' => digits == 11,
            b'2'..=b'9' => (FEWEST..=MOST).contains(&digits) && !lone,
            _ => false,
        }
    }

    /// Whether a group begins another number, of the trunk kind: what is before it is complete.
    fn runs_into_next(&self, bytes: &[u8]) -> bool {
        let mut before = 0;
        self.all().iter().any(|group| {
            let complete = before >= 10 && group.len() >= 3 && bytes[group.start] == b'0';
            before += group.len();
            complete && {
                let next = Self::read(bytes, group.start);
                next.free_before(bytes) && next.longest(bytes, Self::is_national).is_some()
            }
        })
    }

    fn is_national(&self, bytes: &[u8]) -> bool {
        (self.is_north_american(bytes) || self.is_trunk(bytes)) && self.free_after(bytes)
    }

    /// `212-555-0142`, `(212) 555-0142`, `1 212 555 0142`: neither the area code nor the exchange
    /// begins with 0 or 1.
    fn is_north_american(&self, bytes: &[u8]) -> bool {
        let groups = match self.all() {
            [one, groups @ ..] if one.len() == 1 && bytes[one.start] == b'1' => groups,
            groups => groups,
        };
        let office = |group: &Group| matches!(bytes[group.start], b'2'..=b'9');
        match groups {
            [area, exchange, line] => {
                [area.len(), exchange.len(), line.len()] == [3, 3, 4]
                    && office(area)
                    && office(exchange)
                    && exchange.gap != Gap::Slash
                    && line.gap != Gap::Slash
            }
            [area, line] => {
                [area.len(), line.len()] == [3, 7]
                    && byte(bytes, area.end) == b')'
                    && office(area)
                    && office(line)
            }
            _ => false,
        }
    }

    /// `020 7946 0958`, `(0171) 1234567`, `06.12.34.56.78`, `01711234567`.
    fn is_trunk(&self, bytes: &[u8]) -> bool {
        let [area, rest @ ..] = self.all() else { return false };
        let trunk = bytes[area.start] == b'0' && matches!(byte(bytes, area.start + 1), b'1'..=b'9');
        if rest.is_empty() {
            return trunk && (10..=11).contains(&area.len());
        }
        // After the area code one separator is used throughout; a date is cut off by it.
        let even =
            rest.windows(2).all(|pair| pair[1].gap == rest[1].gap && pair[1].gap != Gap::Slash);
        trunk
            && even
            && (2..=6).contains(&area.len())
            && rest.iter().all(|group| group.len() >= 2)
            && (9..=12).contains(&self.digits())
    }

    /// `(11) 91234-5678`, `8 (912) 345-67-89`: an area code in brackets at the place `area`, and
    /// groups with dashes behind it.
    fn is_area(&self, bytes: &[u8], area: usize) -> bool {
        let [before @ .., code] = &self.all()[..self.len.min(area + 1)] else { return false };
        let rest = &self.all()[self.len.min(area + 1)..];
        let in_brackets = byte_before(bytes, code.start) == b'(' && byte(bytes, code.end) == b')';
        before.len() == area
            && in_brackets
            && before.iter().all(|group| group.len() == 1)
            && (2..=4).contains(&code.len())
            && rest.len() >= 2
            && rest.iter().all(|group| group.len() >= 2)
            && rest[1..].iter().all(|group| group.gap == rest[1].gap)
            && (9..=11).contains(&self.digits())
            && self.free_after(bytes)
    }

    /// Any row of groups behind a word for a telephone. Eight digits in the groups of a date are
    /// one, and one digit is no group.
    fn is_named(&self, bytes: &[u8], at: usize) -> bool {
        let lens = self.all().iter().map(|group| group.len());
        let date = lens.clone().eq([4, 2, 2]) || lens.clone().eq([2, 2, 4]);
        let single = lens.skip(1).any(|len| len == 1);
        (FEWEST_NAMED..=MOST).contains(&self.digits())
            && !date
            && !single
            && self.free_after(bytes)
            && nearness(bytes, at, PHONE_CUE) == Some(Nearness::Named)
    }

    /// Whether what stands before a number without `+` lets it be one.
    fn free_before(&self, bytes: &[u8]) -> bool {
        let start = self.groups[0].start;
        let before = byte_before(bytes, start);
        let further = byte_before(bytes, start.saturating_sub(1));
        let behind = &bytes[..start];
        match before {
            b'_' | b'#' | b'$' | b'+' => false,
            b'.' | b'-' => !is_word(further),
            b':' => !further.is_ascii_digit() && further != WALL,
            b'/' => !self.is_single() && !further.is_ascii_alphabetic(),
            _ => !["£", "¥", "€"].iter().any(|sign| behind.ends_with(sign.as_bytes())),
        }
    }

    /// Whether what stands behind a number without `+` lets it be one.
    fn free_after(&self, bytes: &[u8]) -> bool {
        let here = byte(bytes, self.end());
        let next = byte(bytes, self.end() + 1);
        match here {
            b'x' => next.is_ascii_digit(), // an extension
            b'-' | b'/' if self.is_single() => !is_word(next),
            b'-' | b'.' | b':' => !next.is_ascii_digit() && next != WALL,
            b'_' | b'%' => false,
            _ => !is_word(here),
        }
    }
}

/// The separator at `at` and where the next group starts; none where no digit follows.
fn gap_after(bytes: &[u8], at: usize) -> Option<(usize, Gap)> {
    let (mut next, mut gap) = (at, Gap::Space);
    for _ in 0..4 {
        let (len, mark) = match bytes.get(next..)? {
            [b'0'..=b'9', ..] => break,
            [b' ' | b'(' | b')', ..] => (1, Gap::Space),
            [0xC2, 0xA0, ..] => (2, Gap::Space), // no-break space
            [0xE2, 0x80, 0x89 | 0xAF, ..] => (3, Gap::Space), // thin spaces
            [b'-', ..] => (1, Gap::Dash),
            [0xE2, 0x80, 0x90 | 0x91 | 0x93, ..] => (3, Gap::Dash), // hyphens, en dash
            [b'.', b'0'..=b'9', ..] => (1, Gap::Dot),
            [b'/', b'0'..=b'9', ..] | [b'/', b' ', b'0'..=b'9', ..] => (1, Gap::Slash),
            _ => return None,
        };
        if mark != Gap::Space && gap != Gap::Space {
            return None;
        }
        next += len;
        gap = if mark == Gap::Space { gap } else { mark };
    }
    (next > at && byte(bytes, next).is_ascii_digit()).then_some((next, gap))
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_international_numbers() {
        check(
            Kind::Phone,
            &[
                ("call +1 (415) 555-2671 5 times", &["+1 (415) 555-2671"]),
                ("+14155552671", &["+14155552671"]),
                ("+44 (0)20 7946 0958.", &["+44 (0)20 7946 0958"]),
                ("+49 171/1234567, +49-171-1234567", &["+49 171/1234567", "+49-171-1234567"]),
                ("+33.6.12.34.56.78", &["+33.6.12.34.56.78"]),
                ("(+351 21 123 4567)", &["+351 21 123 4567"]),
                ("tel:+4930123456;To=%2B4930123456", &["+4930123456", "%2B4930123456"]),
                ("0044 20 7946 0958 or 00442079460958", &["0044 20 7946 0958", "00442079460958"]),
                ("+49 30 1234567 030 7654321", &["+49 30 1234567", "030 7654321"]),
                ("+44\u{a0}20\u{2011}7946\u{2011}0958", &["+44\u{a0}20\u{2011}7946\u{2011}0958"]),
                ("+47 2123 4567", &["+47 2123 4567"]),
                ("电话+8613800138000。", &["+8613800138000"]),
            ],
        );
    }

    #[test]
    fn finds_national_numbers() {
        check(
            Kind::Phone,
            &[
                ("(212) 555-0142", &["(212) 555-0142"]),
                ("212-555-0142 or 212.555.0142x12", &["212-555-0142", "212.555.0142"]),
                ("1-800-555-0199", &["1-800-555-0199"]),
                ("(212)5550142", &["(212)5550142"]),
                ("020 7946 0958 (020) 7946 0958", &["020 7946 0958", "(020) 7946 0958"]),
                ("0171 1234567/0172 7654321", &["0171 1234567", "0172 7654321"]),
                ("0171/123 45 67", &["0171/123 45 67"]),
                ("06.12.34.56.78", &["06.12.34.56.78"]),
                ("phone=01711234567", &["01711234567"]),
                (r"\n01711234567\n", &["01711234567"]),
                ("03-1234-5678", &["03-1234-5678"]),
                ("(11) 91234-5678 8 (912) 345-67-89", &["(11) 91234-5678", "8 (912) 345-67-89"]),
                ("030 / 7201156", &["030 / 7201156"]),
            ],
        );
    }

    #[test]
    fn finds_digits_alone_where_a_word_tells() {
        check(
            Kind::Phone,
            &[
                ("call me on 612 345 678, mobile 98765 43210", &["612 345 678", "98765 43210"]),
                ("my phone number is 2125550142", &["2125550142"]),
                ("Handynummer: 1711234567", &["1711234567"]),
                ("mon téléphone est le 612345678", &["612345678"]),
                ("call me in 10 minutes, phone 15, call 2024-05-06", &[]),
                ("I called about order 612345678", &[]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Phone,
            &[
                ("990101-33116-0 conv-12345678 ORD-0123456789 #0123456789 id_0123456789", &[]),
                ("https://example.com/orders/0171123456", &[]),
                ("2125550142 4155552671 123456789 12345678901234", &[]),
                ("$212 555 0142 €0171 1234567", &[]),
                ("1,234,567.89 1 000 000 000 0.123456789", &[]),
                ("01.02.2024 12:30 01-02-2024 0930 01/02/2024 10 01.02.2024-03.04.2024", &[]),
                ("2024-05-06T07:08:09.123456+02:00 05 06 2024 07:08", &[]),
                ("+12345678 +1234567890123456 +05:30 +0000000000 C++12345678901", &[]),
                ("12345+123456789012", &[]),
                ("212-555-0142-33 112-555-0142 212-155-0142", &[]),
                ("0000000000 000123456789", &[]),
                ("10.0.19041.1 1.2.3 4.12.345.6789", &[]),
                ("123e4567-e89b-12d3-a456-426614174000", &[]),
            ],
        );
    }
}
