//! Numbers by which a state knows a person: for taxes, insurance, identity cards.
//!
//! Three grades of evidence, since most such numbers are digits alone, as those of orders are:
//!
//! * a **distinctive** form with a valid check digit, or a form of nothing else, is enough;
//! * a **checked** form (length, date, check digit) needs a word such as `tax` before it;
//! * what is **named** (`SSN: …`, `mein Personalausweis …`) needs only to look like a number,
//!   so that one with a digit mistyped is masked as well.

mod candidate;
mod check_digits;
mod schemes;

use super::{
    Detector, Kind, Traits, View, byte, byte_before, is_word,
    lexicon::ID_CUE,
    phone, word_before,
    words::{Nearness, nearness},
};
use candidate::Candidate;
use schemes::Form;

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

/// The fewest digits of any scheme.
const FEWEST: usize = 4;

fn plausible(traits: &Traits) -> bool {
    traits.digits >= FEWEST
}

fn scan(view: &mut View) {
    let mut at = 0;
    while at < view.bytes.len() {
        at = match number_end(&view.bytes, at) {
            Some(end) => {
                view.claim(Kind::NationalId, at, end);
                end
            }
            None => at + 1,
        };
    }
}

/// The end of the number that starts at `at`, the longest that is one.
fn number_end(bytes: &[u8], at: usize) -> Option<usize> {
    if !byte(bytes, at).is_ascii_alphanumeric() || word_before(bytes, at) || !free(bytes, at) {
        return None;
    }
    let candidate = Candidate::read(bytes, at);
    if candidate.digits() < FEWEST {
        return None;
    }
    let mut context = None;
    let mut near = || *context.get_or_insert_with(|| nearness(bytes, at, ID_CUE));
    candidate.prefixes().find_map(|(prefix, end)| {
        let found = is_free_after(bytes, end)
            && match schemes::form(&prefix) {
                Some(Form::Distinctive) => true,
                Some(Form::Checked) => near().is_some(),
                None => prefix.could_be_named() && near() == Some(Nearness::Named),
            };
        found.then_some(end)
    })
}

/// Whether the mark before a number lets it be one of a person. What goes on behind `+49` is a
/// telephone's.
fn free(bytes: &[u8], at: usize) -> bool {
    let dialled = |b: &&u8| b.is_ascii_digit() || b" -()".contains(*b);
    let behind = &bytes[at.saturating_sub(16)..at];
    let n_dialled = behind.iter().rev().take_while(dialled).count();
    let plus = (at - n_dialled).checked_sub(1).filter(|plus| bytes[*plus] == b'+');
    if plus.and_then(|plus| phone::end(bytes, plus)).is_some_and(|end| end > at) {
        return false;
    }
    let before = byte_before(bytes, at);
    let further = byte_before(bytes, at.saturating_sub(1));
    match before {
        b'_' | b'#' | b'$' | b'@' | b'%' | b'+' => false,
        b'.' | b'-' | b'/' | b',' => !is_word(further),
        _ => true,
    }
}

fn is_free_after(bytes: &[u8], end: usize) -> bool {
    let (here, next) = (byte(bytes, end), byte(bytes, end + 1));
    match here {
        b'-' | b'.' | b'/' | b',' | b':' => !is_word(next),
        b'_' | b'@' | b'%' => false,
        _ => !is_word(here),
    }
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_numbers_by_their_form() {
        check(
            Kind::NationalId,
            &[
                ("US 123-45-6789.", &["123-45-6789"]),
                ("UK AB123456C, ab 12 34 56 c", &["AB123456C", "ab 12 34 56 c"]),
                ("DE 86 095 742 719", &["86 095 742 719"]),
                ("FR 2 55 08 14 168 025 38", &["2 55 08 14 168 025 38"]),
                ("FR 255081416802538", &["255081416802538"]),
                ("ES 12345678Z 12345678-Z X1234567L", &["12345678Z", "12345678-Z", "X1234567L"]),
                ("IT RSSMRA85T10A562S", &["RSSMRA85T10A562S"]),
                ("BE 85.07.30-033.28", &["85.07.30-033.28"]),
                ("SE 811218-9876", &["811218-9876"]),
                ("FI 131052-308T", &["131052-308T"]),
                ("BR 529.982.247-25", &["529.982.247-25"]),
                ("IN 2341 2341 2346 ABCPE1234F", &["2341 2341 2346", "ABCPE1234F"]),
                ("CH 756.9217.0769.85", &["756.9217.0769.85"]),
                ("CN 11010519491231002X", &["11010519491231002X"]),
                ("SG S1234567D", &["S1234567D"]),
                ("MX HEGG560427MVZRRL04", &["HEGG560427MVZRRL04"]),
                ("CZ 736028/5163", &["736028/5163"]),
            ],
        );
    }

    #[test]
    fn finds_digits_alone_where_a_word_tells() {
        check(
            Kind::NationalId,
            &[
                ("my BSN is 111222333", &["111222333"]),
                ("PESEL: 44051401359", &["44051401359"]),
                ("my tax file number, TFN 123 456 782", &["123 456 782"]),
                ("SIN 046 454 286", &["046 454 286"]),
                ("CPF 52998224725", &["52998224725"]),
                ("Meine Steuer-ID lautet 86095742719", &["86095742719"]),
                ("NIF 123456789", &["123456789"]),
                ("social security number is 123456789", &["123456789"]),
                ("passport no. C01X00T47", &["C01X00T47"]),
                ("Medicare for insurance 9434765919", &["9434765919"]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::NationalId,
            &[
                ("order 111222333, invoice 44051401359 and 86095742719", &[]),
                ("000-12-3456 666-12-3456 123-00-4567 123-45-0000", &[]),
                ("12345678A X1234567A RSSMRA85T10A562T", &[]),
                ("811218-9875 131052-308X 529.982.247-26", &[]),
                ("756.9217.0769.86 2341 2341 2347", &[]),
                ("BG123456A QQ123456C AB123456E", &[]),
                ("ORD-123-45-6789 #123-45-6789 123-45-6789-1 $123-45-6789", &[]),
                ("I pay tax on 2024-05-06 for 12 months", &[]),
                ("2024-05-06 10:30 1700000000 1700000000123 20240506123456", &[]),
                ("123e4567-e89b-12d3-a456-426614174000", &[]),
            ],
        );
    }
}
