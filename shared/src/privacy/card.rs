//! Payment cards: 13 to 19 digits, grouped or not, with an issuer's prefix and a valid check digit.
//!
//! The check digit lets one number in ten pass, so the prefix and its lengths are checked as well.

use super::{Detector, Kind, Traits, View, byte, byte_before, word_before};

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

const FEWEST: usize = 13;
const MOST: usize = 19;

fn plausible(traits: &Traits) -> bool {
    traits.digits >= FEWEST
}

fn scan(view: &mut View) {
    let mut at = 0;
    while at < view.bytes.len() {
        at = match card_end(&view.bytes, at) {
            Some(end) => {
                view.claim(Kind::Card, at, end);
                end
            }
            None => at + 1,
        };
    }
}

/// The end of the longest card number that starts at `start`.
fn card_end(bytes: &[u8], start: usize) -> Option<usize> {
    if !byte(bytes, start).is_ascii_digit() || !free_before(bytes, start) {
        return None;
    }
    let touched = is_letter(byte_before(bytes, start)) && word_before(bytes, start);
    let mut digits = [0; MOST];
    let (mut len, mut at, mut best) = (0, start, None);
    let mut groups = Groups::default();
    while len < MOST && byte(bytes, at).is_ascii_digit() {
        digits[len] = bytes[at] - b'0';
        (len, at) = (len + 1, at + 1);
        groups.last += 1;
        if byte(bytes, at).is_ascii_digit() {
            continue;
        }
        // A lone digit is a number of its own, not a group.
        if groups.last == 1 {
            break;
        }
        let touched = touched || is_letter(byte(bytes, at));
        if free_after(bytes, at) && groups.fit(touched) && is_card(&digits[..len]) {
            best = Some(at);
        }
        let separator = separator_len(&bytes[at..]);
        groups.next(byte(bytes, at));
        at += separator;
    }
    best
}

/// How the digits are grouped.
#[derive(Default)]
struct Groups {
    /// Digits in the group being read.
    last: usize,
    /// How many groups came before it.
    before: usize,
    /// Groups before it that have another length than four.
    uneven: usize,
    /// Dots that separate groups.
    dots: usize,
}

impl Groups {
    fn next(&mut self, separator: u8) {
        self.uneven += usize::from(self.last != 4);
        self.dots += usize::from(separator == b'.');
        (self.last, self.before) = (0, self.before + 1);
    }

    /// Amounts and versions have dots, and ids have letters, so that there only one run of digits or
    /// groups of four are a card; and dots are no separators among others.
    fn fit(&self, touched: bool) -> bool {
        let even = self.uneven == 0 && self.last <= 4;
        let strict = touched || self.dots > 0;
        (self.before == 0 || even || !strict) && (self.dots == 0 || self.dots == self.before)
    }
}

/// A digit or a wall goes on with the number, and the fraction of a decimal number is not a card.
fn free_before(bytes: &[u8], start: usize) -> bool {
    let before = byte_before(bytes, start);
    let fraction = before == b'.' && is_digit(byte_before(bytes, start - 1));
    // `+49-176-…` is a telephone's.
    !is_digit(before) && !fraction && before != b'+'
}

fn free_after(bytes: &[u8], end: usize) -> bool {
    let fraction = byte(bytes, end) == b'.' && is_digit(byte(bytes, end + 1));
    !is_digit(byte(bytes, end)) && !fraction
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == super::WALL
}

fn separator_len(bytes: &[u8]) -> usize {
    match bytes {
        [b' ' | b'-' | b'.', ..] => 1,
        [0xC2, 0xA0, ..] => 2, // no-break space
        _ => 0,
    }
}

fn is_card(digits: &[u8]) -> bool {
    digits.len() >= FEWEST && is_issued(digits) && luhn(digits)
}

/// Whether an issuer uses this prefix at this length.
fn is_issued(digits: &[u8]) -> bool {
    let prefix = digits[..4].iter().fold(0, |prefix, digit| prefix * 10 + u16::from(*digit));
    match prefix {
        // Visa
        4000..=4999 => matches!(digits.len(), 13 | 16 | 19),
        // Mastercard, Mir
        5100..=5599 | 2221..=2720 | 2200..=2204 => digits.len() == 16,
        // American Express
        3400..=3499 | 3700..=3799 => digits.len() == 15,
        // Diners Club
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => matches!(digits.len(), 14 | 16),
        // JCB, Discover, UnionPay, RuPay
        3528..=3589 | 6011 | 6200..=6299 | 6440..=6599 | 6069..=6079 | 8100..=8299 => {
            digits.len() >= 16
        }
        // Maestro
        5018 | 5020 | 5038 | 5612 | 5893 | 6304 | 6759 | 6761..=6763 | 6390 | 6771 => true,
        _ => false,
    }
}

/// The check digit of ISO/IEC 7812: every second digit from the right counts double.
fn luhn(digits: &[u8]) -> bool {
    let weigh = |(place, digit): (usize, &u8)| match (place % 2, *digit) {
        (0, digit) => u32::from(digit),
        (_, digit) => u32::from(digit) * 2 - if digit > 4 { 9 } else { 0 },
    };
    digits.iter().rev().enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_cards() {
        check(
            Kind::Card,
            &[
                ("4111111111111111", &["4111111111111111"]),
                ("card 4111 1111 1111 1111.", &["4111 1111 1111 1111"]),
                ("5500-0000-0000-0004", &["5500-0000-0000-0004"]),
                ("(378282246310005)", &["378282246310005"]),
                ("3782 822463 10005", &["3782 822463 10005"]),
                ("3056 930902 5904", &["3056 930902 5904"]),
                ("4222222222222", &["4222222222222"]),
                ("6011111111111117,2223003122003222", &["6011111111111117", "2223003122003222"]),
                ("3530111333300000 6759649826438453", &["3530111333300000", "6759649826438453"]),
                (
                    "25 4111\u{a0}1111\u{a0}1111\u{a0}1111 12",
                    &["4111\u{a0}1111\u{a0}1111\u{a0}1111"],
                ),
                ("card-4111111111111111", &["4111111111111111"]),
                ("卡号4111111111111111", &["4111111111111111"]),
                ("4111.1111.1111.1111", &["4111.1111.1111.1111"]),
                ("x4111111111111111", &["4111111111111111"]),
                ("4111111111111111EUR", &["4111111111111111"]),
                ("pan4111-1111-1111-1111x", &["4111-1111-1111-1111"]),
                (r"\n3782 822463 10005", &["3782 822463 10005"]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Card,
            &[
                ("4111111111111112", &[]),
                ("0000000000000000", &[]),
                ("1700000000000 1111111111111117", &[]),
                ("04111111111111111", &[]),
                ("41111111111111110000", &[]),
                ("0.4111111111111111", &[]),
                ("4111111111111111.5", &[]),
                ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", &[]),
                ("411111111111", &[]),
                // A UUID's last two groups would be a card of 3 and 12 digits.
                ("123e4567-e89b-12d3-a378-282246310005", &[]),
                ("x3782 822463 10005", &[]),
                ("3782.822463.10005", &[]),
                ("4111.1111-1111.1111", &[]),
                ("4111.1111.1111.1111.5", &[]),
            ],
        );
    }
}
