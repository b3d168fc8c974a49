//! Postal addresses: a street with its number, and what stands beside it: the part of the house,
//! the postcode, the town. A postcode alone where its form or the words around it tell.
//!
//! Streets are known by the word for `street` of a language, before or behind the name or grown
//! together with it, never by a list of names. Where that word is an everyday one (`way`, `place`),
//! the name must be capitalised.

mod postcode;
mod street;

use super::{
    Detector, Kind, Traits, View, byte_before,
    lexicon::{ADDRESS_CUE, COUNTED, PARTICLE, POSTCODE_CUE, STOP, STREET, TOWN_LINK, UNIT},
    words::{Gap, Run, Words, claim_runs},
};

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

fn plausible(traits: &Traits) -> bool {
    traits.digits >= 1
}

fn scan(view: &mut View) {
    claim_runs(view, Kind::Address, address);
}

/// The address that begins at the word `at`.
fn address(bytes: &[u8], words: &Words, at: usize) -> Option<Run> {
    let core = street::street(bytes, words, at).or_else(|| postcode::alone(bytes, words, at))?;
    let last = beside(bytes, words, core);
    (!goes_on(words, last)).then_some((core.0, last))
}

/// Whether a number at `start` begins something: behind a space, a comma, a colon, a quote or a
/// bracket, and not behind a sign.
fn begins(bytes: &[u8], start: usize) -> bool {
    let before = byte_before(bytes, start);
    let escaped = byte_before(bytes, start.saturating_sub(1)) == b'\\';
    before.is_ascii_whitespace()
        || matches!(before, 0 | 0xA0 | b',' | b':' | b'(' | b'"' | b'\'')
        || (matches!(before, b'n' | b't' | b'r') && escaped)
}

/// Whether the word at `at` is the first half of a longer one, and so none of an address.
fn goes_on(words: &Words, at: usize) -> bool {
    let lettered = words.get(at).is_some_and(|word| word.shape.letters > 0);
    lettered && words.gap(at + 1).is_hyphened()
}

/// What may stand between the parts of an address.
const BESIDE: Gap = Gap::SPACE.or(Gap::COMMA).or(Gap::LINE).or(Gap::HYPHEN).or(Gap::DOT);

/// The last word of what belongs to the address that ends at `last`.
fn beside(bytes: &[u8], words: &Words, (first, mut last): Run) -> usize {
    let is_lower = !(first..=last).any(|at| words.get(at).is_some_and(|word| word.shape.capital));
    // Part of the house, postcode, town, state and postcode: four parts at most.
    for _ in 0..4 {
        let next = last + 1;
        let gap = words.gap(next);
        if !gap.within(BESIDE) || gap.has(Gap::GLUE) || gap == Gap::HYPHEN {
            return last;
        }
        let part = unit(words, next)
            .or_else(|| postcode::postcode(bytes, words, next, is_lower))
            .or_else(|| town(bytes, words, next, is_lower));
        match part {
            Some(end) if !goes_on(words, end) => last = end,
            _ => return last,
        }
    }
    last
}

/// `Apt 4B`, `3rd floor`, `piso 2`.
fn unit(words: &Words, at: usize) -> Option<usize> {
    let close = Gap::SPACE.or(Gap::DOT).or(Gap::SIGN);
    let number = |at: usize| {
        words.get(at).is_some_and(|word| word.shape.digits > 0 && word.len() <= 5)
            && words.gap(at).within(close)
    };
    if words.is(at, UNIT) {
        return number(at + 1).then_some(at + 1);
    }
    let counted = words.get(at).is_some_and(|word| word.shape.digits > 0 && word.len() <= 4);
    // `2º B`
    let door = words
        .get(at + 1)
        .is_some_and(|word| word.gap.has(Gap::SIGN) && word.gap.within(close) && word.len() <= 4);
    if counted && door {
        return Some(at + 1);
    }
    (counted && words.is(at + 1, UNIT) && words.gap(at + 1).within(close)).then_some(at + 1)
}

/// A town behind a comma or a postcode: capitalised words to the next mark.
fn town(bytes: &[u8], words: &Words, at: usize, is_lower: bool) -> Option<usize> {
    let gap = words.gap(at);
    let town = town_name(words, at, is_lower)?;
    let after = words.gap(town + 1);
    let coded =
        after.within(BESIDE) && postcode::postcode(bytes, words, town + 1, is_lower).is_some();
    let apart = gap.has(Gap::COMMA.or(Gap::LINE));
    let ends = after.has(ENDS) || words.is(town + 1, STOP);
    (coded || (apart && ends)).then_some(town)
}

const ENDS: Gap = Gap::COMMA.or(Gap::DOT).or(Gap::BREAK).or(Gap::LINE).or(Gap::EDGE);

/// The last word of a town's name that begins at `at`: capitalised words with particles between,
/// or, where the whole address `is_lower`, words to the first of everyday.
fn town_name(words: &Words, at: usize, is_lower: bool) -> Option<usize> {
    let is_part = |at: usize| {
        words.get(at).is_some_and(|word| {
            let short = word.len() == 1 && words.gap(at + 1) != Gap::APOSTROPHE;
            word.shape.capital != is_lower && word.shape.is_letters() && !short
        })
    };
    let joined = |at: usize| words.gap(at).within(Gap::SPACE.or(Gap::HYPHEN).or(Gap::APOSTROPHE));
    let link = |at: usize| words.is(at, PARTICLE | TOWN_LINK) && joined(at + 1);
    // Without capitals to tell, a comma does: `cedar falls, tx`.
    let everyday = |at: usize| {
        let upper = words.get(at).is_some_and(|word| word.shape.upper);
        let told = words.gap(at + 1).has(Gap::COMMA);
        words.is(at, STOP | COUNTED) && (is_lower || upper) && !told
    };
    let starts = is_part(at) && (!words.is(at, STOP | COUNTED) || (link(at) && is_part(at + 1)));
    if !starts {
        return None;
    }
    let mut last = at;
    for _ in 0..3 {
        let mut next = last + 1;
        while next < last + 3 && joined(next) && link(next) {
            next += 1;
        }
        // `Aix-en-Provence`
        let hyphened = (next..next + 2).all(|at| words.gap(at) == Gap::HYPHEN) && is_part(next + 1);
        // `Halle (Saale)`
        let bracketed = words.gap(next) == Gap::SPACE.or(Gap::BREAK).or(Gap::OPEN)
            && words.gap(next + 1).has(Gap::BREAK);
        // `St. Gallen`
        let saint = words.gap(next) == Gap::SPACE.or(Gap::DOT)
            && words.is(last, STREET)
            && words.get(last).is_some_and(|word| word.len() == 2);
        if (bracketed || saint) && is_part(next) {
            last = next;
        } else if hyphened {
            last = next + 1;
        } else if joined(next) && is_part(next) && !everyday(next) {
            last = next;
        } else {
            break;
        }
    }
    Some(last)
}

/// Whether a part of the house or a postcode follows the word `last`, so that it ends a street.
fn is_continued(bytes: &[u8], words: &Words, last: usize) -> bool {
    let gap = words.gap(last + 1);
    let apart = gap.has(Gap::COMMA.or(Gap::LINE)) && gap.within(BESIDE);
    apart
        && (unit(words, last + 1).is_some()
            || postcode::postcode(bytes, words, last + 1, true).is_some()
            || town(bytes, words, last + 1, true)
                .is_some_and(|town| postcode::postcode(bytes, words, town + 1, true).is_some()))
}

/// Whether a word for an address stands shortly before the word `at`, in the same sentence.
fn is_announced(words: &Words, at: usize) -> bool {
    let mut place = at;
    for _ in 0..6 {
        let same = words.gap(place).within(
            Gap::SPACE
                .or(Gap::COLON)
                .or(Gap::COMMA)
                .or(Gap::LINE)
                .or(Gap::APOSTROPHE)
                .or(Gap::HYPHEN)
                .or(Gap::QUOTE),
        );
        if place == 0 || !same {
            return false;
        }
        place -= 1;
        if words.is(place, ADDRESS_CUE | POSTCODE_CUE) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_streets() {
        check(
            Kind::Address,
            &[
                ("I live at 12 High Street.", &["12 High Street"]),
                ("ship to 221B Baker St, London NW1 6XE", &["221B Baker St, London NW1 6XE"]),
                (
                    "1600 Pennsylvania Ave NW, Apt 4B, Springfield, IL 62704-1234 please",
                    &["1600 Pennsylvania Ave NW, Apt 4B, Springfield, IL 62704-1234"],
                ),
                ("at 5 Oak Tree Way", &["5 Oak Tree Way"]),
                ("i moved to 77 orchard road", &["77 orchard road"]),
                ("Hauptstraße 12a, 10115 Berlin", &["Hauptstraße 12a, 10115 Berlin"]),
                ("wohne Bergstr. 5 in Köln", &["Bergstr. 5"]),
                ("Lange Straße 5", &["Lange Straße 5"]),
                ("12 rue de la Paix, 75002 Paris", &["12 rue de la Paix, 75002 Paris"]),
                ("au 3 bis, avenue Victor Hugo", &["3 bis, avenue Victor Hugo"]),
                ("Calle Mayor 5, 2º B, 28013 Madrid", &["Calle Mayor 5, 2º B, 28013 Madrid"]),
                ("vivo en la calle del prado, 14", &["calle del prado, 14"]),
                ("abito in via Garibaldi 12", &["via Garibaldi 12"]),
                ("Rua das Flores, nº 45", &["Rua das Flores, nº 45"]),
                ("Kerkstraat 12-2, 1012 AB Amsterdam", &["Kerkstraat 12-2, 1012 AB Amsterdam"]),
            ],
        );
    }

    #[test]
    fn finds_postcodes_where_words_tell() {
        check(
            Kind::Address,
            &[
                ("my postcode is SW1A 1AA", &["SW1A 1AA"]),
                ("PLZ 10115", &["10115"]),
                ("from M4B 1B3 Toronto", &["M4B 1B3"]),
                ("je woont in 1012 AB Amsterdam", &["1012 AB Amsterdam"]),
                ("zip code: 94105", &["94105"]),
                ("sent to Springfield, IL 62704", &["Springfield, IL 62704"]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Address,
            &[
                ("I paid 20 pounds on the way home", &[]),
                ("It took 5 days in total place", &[]),
                ("20 minutes drive and 3 people at court", &[]),
                ("I sent 100 via PayPal 2 days ago", &[]),
                ("order 10115 Berlin? 12345 Please", &[]),
                ("2 cards, 3 streets, 1st place", &[]),
                ("iPhone 15 Pro, Windows 11 Home, Route 66 tickets", &[]),
                ("AB12 3CD4 and X1 2Y", &[]),
                ("ID 12345 OR 97201", &[]),
                ("Visa 4111, flight BA 2490, gate B12", &[]),
            ],
        );
    }
}
