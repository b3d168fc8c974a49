//! One-time codes, PINs and the check values of cards: `your code is 123456`, `123456 ist Ihr
//! Code`, `PIN 1234`.
//!
//! There are codes of errors, postcodes and vouchers, so a plain `code` must be somebody's own or
//! said to be for logging in. A value has digits: words of an answer are kept.

use super::{
    Detector, Kind, Traits, View,
    lexicon::{
        self, CODE, CODE_OTHER, CODE_OWNER, ENTER, ID_CUE, IS, LEADS, PASSWORD, POSTCODE_CUE,
        PURPOSE, SECRET_CODE, STOP,
    },
    words::{Gap, Run, Word, Words, claim_runs},
};

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

fn plausible(traits: &Traits) -> bool {
    traits.words & (CODE | SECRET_CODE | PURPOSE) != 0 && traits.digits >= FEWEST
}

/// The fewest digits of a code, as on the back of a card.
const FEWEST: usize = 3;
/// Digits of a code; more are the number of something.
const MOST: usize = 10;

fn scan(view: &mut View) {
    claim_runs(view, Kind::Code, code_at);
}

/// The words of a code that the word at `at` announces, or that begins there.
fn code_at(bytes: &[u8], words: &Words, at: usize) -> Option<Run> {
    let word = words.get(at)?;
    if word.is(SECRET_CODE | CODE) {
        return announced(bytes, words, at);
    }
    if word.is(ENTER) {
        let code = value(bytes, words, at + 1, 4)?;
        let purpose = (code.1 + 1..code.1 + 4)
            .take_while(|at| words.gap(*at).is_space())
            .any(|at| words.is(at, PURPOSE | SECRET_CODE));
        return (words.gap(at + 1).is_space() && purpose).then_some(code);
    }
    if word.shape.digits > 0 || is_prefix(words, at) {
        let code = value(bytes, words, at, 4)?;
        return explained(bytes, words, code.1 + 1).then_some(code);
    }
    None
}

/// The value behind `code`, `code is`, `code to log in is`, `code:`.
fn announced(bytes: &[u8], words: &Words, at: usize) -> Option<Run> {
    // `PIN code`, `code PIN`
    let pair = words.gap(at + 1).within(JOINED) && words.is(at + 1, CODE | SECRET_CODE);
    let noun = at + usize::from(pair);
    let is_secret = words.is(at, SECRET_CODE) || words.is(noun, SECRET_CODE);
    let is_lone = words.get(at)?.apart;
    let is_owned = words.gap(at).within(JOINED) && words.is(at.saturating_sub(1), CODE_OWNER);
    let (start, is_told, qualified) = value_start(words, noun)?;
    let is_qualified = qualified || (is_owned && !words.is(at - 1, STOP));
    // `the texted code was …`
    let described = is_told
        && at > 1
        && words.gap(at).is_space()
        && words.gap(at - 1).is_space()
        && words.is(at - 2, CODE_OWNER)
        && !words.is(at - 1, CODE_OTHER | POSTCODE_CUE | ID_CUE)
        && words.get(at - 1).is_some_and(|word| word.shape.is_letters());
    let fewest = if is_secret || is_qualified { FEWEST } else { 4 };
    let plain = is_told && (is_owned || is_lone || qualified || described);
    let said = !is_told && words.gap(noun + 1).within(JOINED) && (qualified || is_owned);
    if !(is_secret || plain || said) {
        return None;
    }
    value(bytes, words, start, fewest)
}

const JOINED: Gap = Gap::SPACE.or(Gap::HYPHEN).or(Gap::APOSTROPHE);

/// Where the value may begin, whether a verb or colon leads to it, and whether what stands between
/// says that the code is secret (`de vérification`).
fn value_start(words: &Words, noun: usize) -> Option<(usize, bool, bool)> {
    let (mut qualified, mut direct) = (false, true);
    for at in noun + 1..noun + 6 {
        let gap = words.gap(at);
        let marks = Gap::SPACE.or(Gap::COLON).or(Gap::QUOTE).or(Gap::HYPHEN).or(Gap::APOSTROPHE);
        if !gap.within(marks) {
            return None;
        }
        let word = words.get(at)?;
        if gap.has(Gap::COLON) || word.shape.digits > 0 || is_prefix(words, at) {
            return direct.then_some((at, gap.has(Gap::COLON), qualified));
        }
        if word.is(IS) {
            let next = words.gap(at + 1);
            return next.within(marks).then_some((at + 1, true, qualified));
        }
        if word.is(POSTCODE_CUE | PASSWORD) || (word.is(ID_CUE) && !word.is(CODE_OWNER)) {
            return None;
        }
        direct &= word.is(STOP | CODE_OWNER | PURPOSE | LEADS);
        qualified |= word.is(CODE_OWNER) && !word.is(STOP);
    }
    None
}

/// A code: digits, two groups of them, or letters and digits as on a token.
fn value(bytes: &[u8], words: &Words, at: usize, fewest: usize) -> Option<Run> {
    let word = words.get(at)?;
    let after = |last: usize| {
        let next = words.gap(last + 1);
        let end = words.get(last).map_or(0, |word| word.end);
        let unit =
            ["%", "$", "€", "£"].iter().any(|sign| bytes[end..].starts_with(sign.as_bytes()));
        !next.has(Gap::GLUE) && !next.is_tight() && !unit
    };
    let money = word.start > 0 && matches!(bytes[word.start - 1], b'$' | b'#' | b'+');
    if money {
        return None;
    }
    if word.shape.is_number() {
        let next = words.get(at + 1);
        let second = next.filter(|next| {
            (next.gap.is_space() || next.gap == Gap::HYPHEN)
                && next.shape.is_number()
                && next.len() >= 3
                && word.len() >= 3
        });
        let last = at + usize::from(second.is_some());
        let digits = word.len() + second.map_or(0, Word::len);
        return ((fewest..=MOST).contains(&digits) && after(last)).then_some((at, last));
    }
    if is_prefix(words, at) {
        return Some((at, at + 1));
    }
    let mixed = word.shape.digits >= 2 && (4..=10).contains(&word.len());
    (mixed && after(at) && !words.gap(at + 1).is_hyphened()).then_some((at, at))
}

/// The letter of `G-123456`.
fn is_prefix(words: &Words, at: usize) -> bool {
    let number = words.get(at + 1).is_some_and(|next| next.shape.is_number() && next.len() >= 4);
    let letter = words.get(at).is_some_and(|word| word.len() == 1 && word.shape.is_letters());
    letter && number && words.gap(at + 1) == Gap::HYPHEN
}

/// Whether the words at `at` say that what stands before is a code: `is your login code`.
fn explained(bytes: &[u8], words: &Words, at: usize) -> bool {
    let joins = |known: &&str| {
        words.get(at).is_some_and(|word| lexicon::is(&bytes[word.start..word.end], known))
    };
    let is_joined = words.is(at, IS) || ["as", "als", "comme", "como", "come"].iter().any(joins);
    if !is_joined || !words.gap(at).is_space() {
        return false;
    }
    let whose = words.get(at + 1).is_some_and(|word| {
        POSSESSIVES.iter().any(|known| lexicon::is(&bytes[word.start..word.end], known))
    });
    let code = (at + 2..at + 7).take_while(|at| words.gap(*at).within(JOINED));
    whose && code.into_iter().any(|at| words.is(at, CODE | SECRET_CODE))
}

/// Whose code it is.
const POSSESSIVES: [&str; 26] = [
    "your", "my", "the", "ihr", "dein", "mein", "der", "votre", "ton", "mon", "le", "su", "tu",
    "mi", "el", "il", "tuo", "suo", "o", "seu", "teu", "meu", "uw", "je", "jouw", "de",
];

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_codes() {
        check(
            Kind::Code,
            &[
                ("my code is 123456. Code: 4821", &["123456", "4821"]),
                ("482913 is your Acme verification code", &["482913"]),
                ("enter 4829 to verify; use 482-913 to log in", &["4829", "482-913"]),
                ("the PIN 4821 fails, cvv is 123", &["4821", "123"]),
                ("Ihr Code lautet G-482913", &["G-482913"]),
                ("le code de vérification est 482 913", &["482 913"]),
                ("mi código es A1B2C3", &["A1B2C3"]),
                ("il codice è 482913, o código é 482913", &["482913", "482913"]),
                ("mijn pincode is 4821", &["4821"]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Code,
            &[
                ("error code 404, the error code is 4041, code 43", &[]),
                ("promo code SAVE20, the discount code is SAVE2025", &[]),
                ("the postal code is 10115, area code 4155", &[]),
                ("my code is wrong, the code is 4 digits long", &[]),
                ("my code is 12.50, the pin is 50%, code: 1,234", &[]),
                ("enter 1000 to transfer, use 2024 prices", &[]),
                ("1234 is the year, 123456 is too much", &[]),
            ],
        );
    }
}
