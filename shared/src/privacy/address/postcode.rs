//! Postcodes, which say little alone: beside a street or a town, or behind a word for them.

use super::{
    super::{
        lexicon::{ADDRESS_CUE, IS, LEADS, POSTCODE_CUE, STOP, UNIT},
        words::{Gap, Run, Word, Words},
    },
    begins, is_announced, town_name,
};

/// The last word of the postcode that begins at `at` beside an address.
pub(super) fn postcode(bytes: &[u8], words: &Words, at: usize, is_lower: bool) -> Option<usize> {
    if let Some(last) = lettered(bytes, words, at, is_lower) {
        return Some(last);
    }
    let word = words.get(at)?;
    // `ON M5V 2T6`, `VIC 3121`
    if word.shape.upper && word.len() <= 3 && words.gap(at + 1).is_space() {
        let next = words.get(at + 1)?;
        let australian = next.shape.is_number() && next.len() == 4;
        let province = lettered(bytes, words, at + 1, is_lower);
        if australian || province.is_some() {
            return province.or(Some(at + 1));
        }
    }
    // `D-10115`, `IL 62704`
    if word.shape.is_letters() && word.len() <= 2 {
        let joined = words.gap(at + 1).within(Gap::SPACE.or(Gap::HYPHEN).or(Gap::DOT));
        let state = STATES.iter().any(|state| text(bytes, word).eq_ignore_ascii_case(state));
        let country = words.gap(at + 1) == Gap::HYPHEN;
        let number = words.get(at + 1).filter(|next| next.shape.is_number())?;
        let fits = (country && matches!(number.len(), 4 | 5)) || (state && number.len() == 5);
        return (joined && fits).then(|| extended(words, at + 1));
    }
    let number = word.shape.is_number() && matches!(word.len(), 4..=6);
    (number && !words.gap(at + 1).has(Gap::GLUE))
        .then(|| with_town(words, extended(words, at), is_lower))
}

/// A postcode that needs no street beside it, with the town that tells.
pub(super) fn alone(bytes: &[u8], words: &Words, at: usize) -> Option<Run> {
    let word = words.get(at)?;
    if !begins(bytes, word.start) {
        return None;
    }
    if bytes[word.start].is_ascii_digit() {
        if named(words, at) {
            return postcode(bytes, words, at, false).map(|last| (at, last));
        }
        let town = |last: usize| {
            words.gap(last + 1).is_space() && town_name(words, last + 1, false).is_some()
        };
        // In a text in capitals two letters are any word.
        let cased = |last: usize| {
            words.get(last + 1).is_some_and(|town| !town.shape.upper) || is_announced(words, at)
        };
        let code = dutch(bytes, words, at).filter(|last| is_upper(bytes, words, at, *last));
        if let Some(last) = code.filter(|last| town(*last) && cased(*last)) {
            return Some((at, town_name(words, last + 1, false)?));
        }
        let five = word.shape.is_number() && matches!(word.len(), 4 | 5);
        if five && town(at) && is_announced(words, at) {
            return Some((at, town_name(words, at + 1, false)?));
        }
        return None;
    }
    if let Some(last) = lettered(bytes, words, at, false) {
        let plain = words.get(last).is_some_and(|last| last.shape.capital || last.shape.digits > 0);
        let upper = word.shape.capital && plain && last > at && is_upper(bytes, words, at, last);
        return (upper || named(words, at) || is_announced(words, at)).then_some((at, last));
    }
    // `Springfield, IL 62704`
    let town = town_name(words, at, false)?;
    let state = town + 1;
    let is_state = words.get(state).is_some_and(|word| STATES.contains(&text(bytes, word)));
    let comma =
        words.gap(state).has(Gap::COMMA) && words.gap(state).within(Gap::SPACE.or(Gap::COMMA));
    let zip = words.get(state + 1).filter(|zip| zip.shape.is_number() && zip.len() == 5);
    (is_state && comma && zip.is_some() && words.gap(state + 1).is_space())
        .then(|| (at, extended(words, state + 1)))
}

fn text<'b>(bytes: &'b [u8], word: &Word) -> &'b [u8] {
    &bytes[word.start..word.end]
}

fn is_upper(bytes: &[u8], words: &Words, first: usize, last: usize) -> bool {
    (first..=last)
        .filter_map(|at| words.get(at))
        .all(|word| text(bytes, word).iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
}

/// Whether a word for a postcode leads to the word `at`.
fn named(words: &Words, at: usize) -> bool {
    let mut place = at;
    for _ in 0..4 {
        let gap = words.gap(place);
        if place == 0 || !gap.within(Gap::SPACE.or(Gap::COLON).or(Gap::QUOTE).or(Gap::DOT)) {
            return false;
        }
        place -= 1;
        if words.is(place, POSTCODE_CUE) {
            return true;
        }
        if !words.is(place, LEADS | IS | super::super::lexicon::CODE) {
            return false;
        }
    }
    false
}

/// British and Canadian postcodes, in one word or two, and Dutch ones.
fn lettered(bytes: &[u8], words: &Words, at: usize, is_lower: bool) -> Option<usize> {
    let first = words.get(at)?;
    if first.is(ADDRESS_CUE | UNIT) {
        return None;
    }
    let second = words.get(at + 1).filter(|word| word.gap.is_space() || word.gap == Gap::HYPHEN);
    if let Some(second) = second {
        let whole = [text(bytes, first), text(bytes, second)];
        if is_british(whole[0], whole[1]) || is_canadian(whole[0], whole[1]) {
            return Some(at + 1);
        }
    }
    let whole = text(bytes, first);
    if matches!(whole.len(), 5..=7) {
        let (out, inward) = whole.split_at(whole.len() - 3);
        if is_british(out, inward) || is_canadian(out, inward) {
            return Some(at);
        }
    }
    dutch(bytes, words, at).map(|last| with_town(words, last, is_lower))
}

/// Letters as `A`, digits as `9`.
fn pattern(text: &[u8]) -> [u8; 4] {
    let mut pattern = [0; 4];
    for (slot, byte) in pattern.iter_mut().zip(text) {
        *slot = match byte {
            b'0'..=b'9' => b'9',
            _ if byte.is_ascii_alphabetic() => b'A',
            _ => b'-',
        };
    }
    pattern
}

/// `SW1A 1AA`: the area's first letter is none of Q, V, X; the last two are none of C, I, K, M, O, V.
fn is_british(out: &[u8], inward: &[u8]) -> bool {
    let area =
        matches!(&pattern(out), b"A9\0\0" | b"A99\0" | b"AA9\0" | b"AA99" | b"A9A\0" | b"AA9A");
    let unit = |b: &u8| !b"CIKMOV".contains(&b.to_ascii_uppercase());
    (2..=4).contains(&out.len())
        && inward.len() == 3
        && area
        && &pattern(inward) == b"9AA\0"
        && !b"QVX".contains(&out[0].to_ascii_uppercase())
        && inward[1..].iter().all(unit)
}

/// `K1A 0B1`: the first letter is one of the eighteen in use.
fn is_canadian(out: &[u8], inward: &[u8]) -> bool {
    out.len() == 3
        && inward.len() == 3
        && &pattern(out) == b"A9A\0"
        && &pattern(inward) == b"9A9\0"
        && b"ABCEGHJKLMNPRSTVXY".contains(&out[0].to_ascii_uppercase())
}

/// `1012 AB`, `1012AB`.
fn dutch(bytes: &[u8], words: &Words, at: usize) -> Option<usize> {
    let first = words.get(at)?;
    let whole = text(bytes, first);
    let starts = whole.len() >= 4 && whole[..4].iter().all(u8::is_ascii_digit) && whole[0] != b'0';
    if starts && whole.len() == 6 && whole[4..].iter().all(u8::is_ascii_alphabetic) {
        return Some(at);
    }
    let second = words.get(at + 1).filter(|word| word.gap.is_space() && word.len() == 2)?;
    let letters = text(bytes, second).iter().all(u8::is_ascii_alphabetic)
        && (second.shape.upper || !second.is(STOP | IS));
    (starts && whole.len() == 4 && letters).then_some(at + 1)
}

/// `62704-1234`, `01310-100`, `1000-001`: the second part of a postcode.
fn extended(words: &Words, at: usize) -> usize {
    let next = words.get(at + 1);
    let part = next.is_some_and(|next| {
        next.gap == Gap::HYPHEN && next.shape.is_number() && matches!(next.len(), 3 | 4)
    });
    at + usize::from(part)
}

/// The town behind a postcode.
fn with_town(words: &Words, last: usize, is_lower: bool) -> usize {
    let next = words.get(last + 1).filter(|word| word.gap.is_space());
    next.and_then(|_| town_name(words, last + 1, is_lower)).unwrap_or(last)
}

/// The states of America, and its district.
#[rustfmt::skip]
const STATES: [&[u8]; 51] = [
    b"AL", b"AK", b"AZ", b"AR", b"CA", b"CO", b"CT", b"DC", b"DE", b"FL", b"GA", b"HI", b"ID",
    b"IL", b"IN", b"IA", b"KS", b"KY", b"LA", b"ME", b"MD", b"MA", b"MI", b"MN", b"MS", b"MO",
    b"MT", b"NE", b"NV", b"NH", b"NJ", b"NM", b"NY", b"NC", b"ND", b"OH", b"OK", b"OR", b"PA",
    b"RI", b"SC", b"SD", b"TN", b"TX", b"UT", b"VT", b"VA", b"WA", b"WV", b"WI", b"WY",
];
