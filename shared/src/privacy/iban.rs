//! International bank account numbers: a country, its length and the check digits must agree.

use super::{Detector, Kind, Traits, View, byte, is_word, word_before};

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

/// The most characters ISO 13616 allows.
const MOST: usize = 34;

/// Check digits and at least some of the account.
fn plausible(traits: &Traits) -> bool {
    traits.digits >= 6
}

fn scan(view: &mut View) {
    let mut at = 0;
    while at < view.bytes.len() {
        at = match end(&view.bytes, at) {
            Some(end) => {
                view.claim(Kind::Iban, at, end);
                end
            }
            None => at + 1,
        };
    }
}

/// The end of the account number that starts at `start`.
pub(super) fn end(bytes: &[u8], start: usize) -> Option<usize> {
    let [a, b, tens, ones, ..] = *bytes.get(start..)? else { return None };
    if !tens.is_ascii_digit() || !ones.is_ascii_digit() || word_before(bytes, start) {
        return None;
    }
    let wanted = length([a.to_ascii_uppercase(), b.to_ascii_uppercase()])?;
    let mut iban = [0; MOST];
    let mut at = start;
    for slot in &mut iban[..wanted] {
        if at > start && !byte(bytes, at).is_ascii_alphanumeric() {
            at += separator_len(&bytes[at..]);
        }
        *slot = byte(bytes, at);
        if !slot.is_ascii_alphanumeric() {
            return None;
        }
        at += 1;
    }
    (!is_word(byte(bytes, at)) && checks(&iban[..wanted])).then_some(at)
}

fn separator_len(bytes: &[u8]) -> usize {
    match bytes {
        [b' ' | b'-' | b'.', ..] => 1,
        [0xC2, 0xA0, ..] => 2, // no-break space
        _ => 0,
    }
}

/// ISO 7064: with the first four characters moved to the end and letters read as 10 to 35, the
/// number is 1 modulo 97.
fn checks(iban: &[u8]) -> bool {
    let (head, account) = iban.split_at(4);
    let remainder = account.iter().chain(head).fold(0, |remainder, byte| match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        _ => (remainder * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    remainder == 1
}

/// The length each country has registered.
const fn length(country: [u8; 2]) -> Option<usize> {
    Some(match &country {
        b"NO" => 15,
        b"BE" => 16,
        b"DK" | b"FI" | b"FK" | b"FO" | b"GL" | b"NL" | b"SD" => 18,
        b"MK" | b"SI" => 19,
        b"AT" | b"BA" | b"EE" | b"KZ" | b"LT" | b"LU" | b"MN" | b"XK" => 20,
        b"CH" | b"CR" | b"HR" | b"LI" | b"LV" => 21,
        b"BG" | b"BH" | b"DE" | b"GB" | b"GE" | b"IE" | b"ME" | b"RS" | b"VA" => 22,
        b"AE" | b"GI" | b"IL" | b"IQ" | b"OM" | b"SO" | b"TL" => 23,
        b"AD" | b"CZ" | b"ES" | b"MD" | b"PK" | b"RO" | b"SA" | b"SE" | b"SK" | b"TN" | b"VG" => 24,
        b"LY" | b"PT" | b"ST" => 25,
        b"IS" | b"TR" => 26,
        b"BI" | b"DJ" | b"FR" | b"GR" | b"IT" | b"MC" | b"MR" | b"SM" => 27,
        b"AL" | b"AZ" | b"BY" | b"CY" | b"DO" | b"GT" | b"HN" | b"HU" | b"LB" | b"NI" | b"PL"
        | b"SV" => 28,
        b"BR" | b"EG" | b"PS" | b"QA" | b"UA" => 29,
        b"JO" | b"KW" | b"MU" | b"YE" => 30,
        b"MT" | b"SC" => 31,
        b"LC" => 32,
        b"RU" => 33,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_account_numbers() {
        check(
            Kind::Iban,
            &[
                ("GB82 WEST 1234 5698 7654 32", &["GB82 WEST 1234 5698 7654 32"]),
                ("IBAN:DE89370400440532013000.", &["DE89370400440532013000"]),
                ("de89 3704 0044 0532 0130 00 ok", &["de89 3704 0044 0532 0130 00"]),
                ("FR14 2004 1010 0505 0001 3M02 606", &["FR14 2004 1010 0505 0001 3M02 606"]),
                ("NO9386011117947 BE68539007547034", &["NO9386011117947", "BE68539007547034"]),
                ("NL91-ABNA-0417-1643-00", &["NL91-ABNA-0417-1643-00"]),
                ("MT84MALT011000012345MTLCAST001S", &["MT84MALT011000012345MTLCAST001S"]),
                (r"to\nCH9300762011623852957\n", &["CH9300762011623852957"]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Iban,
            &[
                ("GB82 WEST 1234 5698 7654 33", &[]),
                ("DE8937040044053201300", &[]),
                ("DE893704004405320130000", &[]),
                ("XDE89370400440532013000", &[]),
                ("ZZ89370400440532013000", &[]),
                ("DE89  3704 0044 0532 0130 00", &[]),
                ("be12 careful", &[]),
            ],
        );
    }
}
