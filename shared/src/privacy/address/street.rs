//! A street and its number, in the three orders of Europe and America.

use super::{
    super::{
        lexicon::{
            self, ADDRESS_CUE, AMBIGUOUS_STREET, BARE_STREET, COUNTED, IS, MONTH, NUMBER, PARTICLE,
            POSTCODE_CUE, PREPOSITION, STOP, STREET, STREET_BEFORE, STREET_BEHIND_NUMBER,
        },
        words::{Gap, Run, Word, Words},
    },
    begins, is_announced, is_continued,
};

/// The most words of a street's name.
const MOST: usize = 6;

/// The street that begins at the word `at`.
pub(super) fn street(bytes: &[u8], words: &Words, at: usize) -> Option<Run> {
    let word = words.get(at)?;
    if word.shape.digits > 0 {
        let last = number_first(bytes, words, at)?;
        return Some((at, last));
    }
    let last = (word.is(STREET_BEFORE).then(|| type_first(bytes, words, at)).flatten())
        .or_else(|| grown_together(bytes, words, at))
        .or_else(|| preposition_first(bytes, words, at))?;
    Some((at, last))
}

/// `12`, `221B`: the number of a house.
fn is_house(word: &Word) -> bool {
    let shape = word.shape;
    (1..=5).contains(&shape.digits) && shape.letters <= 1 && !(shape.letters == 1 && word.len() < 2)
}

/// `12 High Street`, `12, rue de la Paix`.
fn number_first(bytes: &[u8], words: &Words, at: usize) -> Option<usize> {
    let house = words.get(at)?;
    if !is_house(house) || !begins(bytes, house.start) {
        return None;
    }
    // `12-14 High Street`, `8/2 High Street`
    let range = words.get(at + 1).is_some_and(|next| {
        let slash = next.gap == Gap::SLASH.or(Gap::GLUE);
        (next.gap == Gap::HYPHEN || slash) && is_house(next)
    });
    let number = at + usize::from(range);
    french(bytes, words, number).or_else(|| english(bytes, words, number))
}

fn french(bytes: &[u8], words: &Words, at: usize) -> Option<usize> {
    let mut first = at + 1;
    let suffix = words.get(first).is_some_and(|word| word.len() <= 3 && word.shape.is_letters());
    if suffix && !words.is(first, STREET_BEHIND_NUMBER) {
        first += 1;
    }
    let joint = Gap::SPACE.or(Gap::COMMA);
    let joined = (at + 1..=first).all(|at| words.gap(at).within(joint));
    if !joined || !words.is(first, STREET_BEHIND_NUMBER) {
        return None;
    }
    let last = name(words, first + 1, Order::NumberFirst)?;
    let named = (first + 1..=last).any(|at| words.get(at).is_some_and(|word| word.shape.capital));
    let told = named || words.is(first + 1, PARTICLE) || is_announced(words, at);
    (told || is_continued(bytes, words, last)).then_some(last)
}

/// Whether the number of the house stands before or behind the name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    NumberFirst,
    NumberLast,
}

/// The last word of a street's name that begins at `first`: particles and words that are no
/// everyday ones.
fn name(words: &Words, first: usize, order: Order) -> Option<usize> {
    let mut last = None;
    let (mut lower, mut capitals) = (0, 0);
    for at in first..first + MOST {
        let gap = words.gap(at);
        let tight = Gap::SPACE.or(Gap::APOSTROPHE).or(Gap::HYPHEN).or(Gap::DOT);
        let abbreviated = words.get(at - 1).is_some_and(|word| word.len() <= 3);
        let joined = at == first || (gap.within(tight) && (!gap.has(Gap::DOT) || abbreviated));
        let Some(word) = words.get(at).filter(|_| joined) else { break };
        let article = word.is(PARTICLE) || words.gap(at + 1) == Gap::APOSTROPHE;
        let ordinal = word.shape.digits > 0 && word.shape.letters > 0;
        // `rue du 8 Mai 1945`
        let year = word.shape.digits == 4 && words.is(at.saturating_sub(1), MONTH);
        let counted = order == Order::NumberFirst && word.shape.digits > 2 && !year;
        // `Praça 25 de Abril`
        let day = words.is(at + 1, PARTICLE) && words.is(at + 2, MONTH);
        if counted || (is_house(word) && order == Order::NumberLast && !day) {
            break;
        }
        if article && !word.shape.capital {
            continue;
        }
        if word.shape.is_letters() && !word.shape.capital && !ordinal {
            lower += 1;
            if capitals > 0 {
                break;
            }
        }
        capitals += usize::from(word.shape.capital);
        // Behind a number a text in capitals goes on; before one the number ends the name.
        let capital = word.shape.capital && (order == Order::NumberLast || !word.shape.upper);
        let dated = word.is(MONTH) && words.get(at - 1).is_some_and(|word| word.shape.is_number());
        if (word.is(STOP | IS) && !article && !capital && !dated) || lower > 3 {
            break;
        }
        last = Some(at);
    }
    last
}

fn english(bytes: &[u8], words: &Words, at: usize) -> Option<usize> {
    let mut capital = true;
    for next in at + 1..at + 6 {
        let gap = words.gap(next);
        let word = words.get(next)?;
        if !gap.within(Gap::SPACE.or(Gap::APOSTROPHE).or(Gap::HYPHEN).or(Gap::DOT)) {
            return None;
        }
        let named = next > at + 1;
        if named && word.is(STREET | AMBIGUOUS_STREET) && gap.is_space() {
            let plain = word.is(STREET) && !word.is(AMBIGUOUS_STREET);
            let cased = capital && word.shape.capital;
            let told = || is_announced(words, at) || is_continued(bytes, words, next);
            if plain || cased || told() {
                return Some(quarter(words, next));
            }
        }
        let ordinal = word.shape.digits > 0 && word.shape.letters == 2;
        let article = word.shape.capital && word.is(STOP);
        let genitive = gap == Gap::APOSTROPHE;
        if (word.is(STOP | MONTH | IS) && !article && !genitive)
            || (word.shape.digits > 0 && !ordinal)
        {
            return None;
        }
        capital &= word.shape.capital || ordinal || word.len() == 1;
    }
    None
}

/// `NW` or `South` behind a street.
fn quarter(words: &Words, street: usize) -> usize {
    let next = words.get(street + 1).filter(|word| word.gap.is_space() && word.shape.is_letters());
    let is_quarter =
        next.is_some_and(|word| word.shape.upper && word.len() <= 2 && !word.is(STOP | IS));
    street + usize::from(is_quarter)
}

/// `Calle Mayor 5`, `via Garibaldi, 12`, `Rua das Flores, nº 45`.
fn type_first(bytes: &[u8], words: &Words, at: usize) -> Option<usize> {
    let next = words.gap(at + 1);
    let short = Gap::SPACE.or(Gap::DOT).or(Gap::SLASH).or(Gap::SIGN);
    // `C/` is a street, `c` alone is a letter.
    let word = words.get(at)?;
    let lone = word.len() == 1;
    // `C.so`, `P.za`
    let clipped = lone
        && next == Gap::DOT.or(Gap::GLUE)
        && words.get(at + 1).is_some_and(|word| word.len() <= 3 && word.shape.is_letters());
    if clipped {
        return house(words, name(words, at + 2, Order::NumberLast)? + 1);
    }
    if !next.within(short) || (lone && !next.has(Gap::SLASH.or(Gap::DOT))) {
        return None;
    }
    if lone && !next.has(Gap::SLASH) {
        // `R. Augusta 12` may as well be somebody's initial.
        let last = name(words, at + 1, Order::NumberLast)?;
        let house = house(words, last + 1)?;
        let told = words.is(at + 1, PARTICLE) || is_announced(words, at);
        return (told || is_continued(bytes, words, house)).then_some(house);
    }
    // `via` is a word of English.
    let via = lexicon::is(&bytes[word.start..word.end], "via");
    let lower = !word.shape.capital || word.shape.upper;
    let inside = words.gap(at).is_space() && words.is(at.saturating_sub(1), PREPOSITION);
    if via && lower && !inside && !is_announced(words, at) {
        return None;
    }
    let last = name(words, at + 1, Order::NumberLast)?;
    house(words, last + 1)
}

/// The number of a house behind the name of its street, with a comma or `nº` before it.
fn house(words: &Words, at: usize) -> Option<usize> {
    let joint = Gap::SPACE.or(Gap::COMMA).or(Gap::DOT).or(Gap::SIGN);
    let number = at + usize::from(words.is(at, NUMBER));
    let joined = (at..=number).all(|at| words.gap(at).within(joint));
    let word =
        words.get(number).filter(|word| joined && is_house(word) && word.shape.digits <= 4)?;
    let last = part(words, number, word);
    let after = words.gap(last + 1);
    // Money, a time, a date, days and weeks are counted as well.
    let counts = after.is_space() && words.is(last + 1, MONTH | COUNTED);
    let barred = after.has(Gap::OTHER) && !after.has(Gap::SPACE);
    (!counts && !after.has(Gap::GLUE) && !after.is_tight() && !barred).then_some(last)
}

/// `12-2`, `12 a`, `12-14`, `12/3` behind the number of a house.
fn part(words: &Words, number: usize, house: &Word) -> usize {
    let Some(next) = words.get(number + 1) else { return number };
    let slash = next.gap.has(Gap::SLASH) && next.gap.within(Gap::SLASH.or(Gap::GLUE));
    let tight = next.gap == Gap::HYPHEN || slash;
    let joined = tight && next.len() <= 3 && (next.shape.digits > 0 || next.shape.letters == 1);
    let apart = next.gap.is_space()
        && next.len() == 1
        && next.shape.is_letters()
        && house.shape.is_number()
        && matches!(words.gap(number + 2).or(Gap::SPACE), gap if gap.within(super::BESIDE.or(Gap::EDGE).or(Gap::BREAK)))
        && !next.is(STOP);
    number + usize::from(joined || apart)
}

/// Endings of streets' names in German and Dutch. The short ones are those of other words as well.
const ENDINGS: [&str; 24] = [
    "straße", "strasse", "str", "weg", "gasse", "allee", "platz", "ufer", "damm", "chaussee",
    "ring", "steig", "stieg", "straat", "gracht", "laan", "plein", "kade", "dijk", "singel",
    "dreef", "steeg", "markt", "pfad",
];

/// What has such an ending and is no street.
const OTHERS: [&str; 22] = [
    "parkplatz",
    "arbeitsplatz",
    "sitzplatz",
    "stellplatz",
    "spielplatz",
    "stehplatz",
    "heimweg",
    "umweg",
    "ausweg",
    "rückweg",
    "schulweg",
    "arbeitsweg",
    "supermarkt",
    "markt",
    "baumarkt",
    "weihnachtsmarkt",
    "hering",
    "onderweg",
    "string",
    "spring",
    "bring",
    "campingplatz",
];

/// `Hauptstraße 12`, `Lange Straße 5`, `Kerkstraat 12`, `Laan van Meerdervoort 70`.
fn grown_together(bytes: &[u8], words: &Words, at: usize) -> Option<usize> {
    let street = |at: usize| {
        words.get(at).is_some_and(|word| {
            let text = &bytes[word.start..word.end];
            word.shape.is_letters() && (word.is(BARE_STREET) || has_ending(text))
        })
    };
    if street(at) {
        let bare = words.is(at, BARE_STREET);
        let last = if bare { name(words, at + 1, Order::NumberLast)? } else { at };
        return house(words, last + 1);
    }
    // Words before the street: `Alte Bahnhofstraße`, `Karl-Marx-Straße`, `Van der Helststraat`.
    let mut place = at;
    for _ in 0..4 {
        let word = words.get(place)?;
        let article = word.is(PARTICLE) && (place > at || word.shape.capital);
        let everyday = word.is(STOP | IS | ADDRESS_CUE | POSTCODE_CUE);
        let is = |text: &str| lexicon::is(&bytes[word.start..word.end], text);
        let particle = place == at && (is("van") || is("de")) && street(at + 1);
        // A text without capitals: `neue straße`, `friedrich-ebert-straße`.
        let lower = words.get(place + 1).is_some_and(|next| {
            !next.shape.capital && (street(place + 1) || next.gap == Gap::HYPHEN)
        });
        let named = (word.shape.capital || lower) && !everyday && word.shape.is_letters();
        if !(named || article || particle) {
            return None;
        }
        place += 1;
        if !words.gap(place).within(Gap::SPACE.or(Gap::HYPHEN)) {
            return None;
        }
        if street(place) {
            return house(words, place + 1);
        }
    }
    None
}

fn has_ending(word: &[u8]) -> bool {
    let ends = |ending: &&str| {
        let from = word.len().checked_sub(ending.len());
        from.is_some_and(|from| from >= 3 && lexicon::is(&word[from..], ending))
    };
    ENDINGS.iter().any(ends) && !OTHERS.iter().any(|other| lexicon::is(word, other))
}

/// `Am Markt 5`, `An der Alster 3`, where a postcode or a word for an address tells.
fn preposition_first(bytes: &[u8], words: &Words, at: usize) -> Option<usize> {
    let word = words.get(at)?;
    if !word.is(PREPOSITION) {
        return None;
    }
    let last = name(words, at + 1, Order::NumberLast)?;
    let joined = (at + 1..=last).all(|at| {
        let word = words.get(at).filter(|word| !word.is(PREPOSITION | STREET_BEFORE | BARE_STREET));
        words.gap(at).is_space()
            && word.is_some_and(|word| !has_ending(&bytes[word.start..word.end]))
    });
    let house = house(words, last + 1).filter(|_| joined)?;
    let next = words.get(house + 1);
    let coded = next.is_some_and(|next| next.shape.is_number() && next.len() == 5)
        && words.gap(house + 1).has(Gap::COMMA.or(Gap::LINE))
        && words.gap(house + 1).within(super::BESIDE)
        && words.gap(house + 2).is_space()
        && !words.is(house + 2, STOP | COUNTED);
    let capital = words.get(last)?.shape.capital && word.shape.capital;
    (coded || (capital && is_announced(words, at))).then_some(house)
}
