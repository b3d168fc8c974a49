//! Passwords that are told in a sentence: `my password is …`, `das Passwort lautet …`.
//!
//! What is often said of a password (`is wrong`, `is not accepted`) is none. Anything that no
//! sentence holds is: digits, signs or capitals within the word; else one word that ends the clause.

use super::super::{
    Span, WALL,
    lexicon::{CODE, IS, LEADS, PASSWORD, SECRET_CODE, STATE, STOP},
    words::{Gap, Shape, Words},
};

/// Passwords told in the text.
pub(super) fn passwords(bytes: &[u8]) -> Vec<Span> {
    let words = Words::of(bytes);
    let mut spans: Vec<Span> = Vec::new();
    // A value is read once, whatever words it holds.
    let mut read = 0;
    for at in 0..words.len() {
        let Some(word) = words.get(at).filter(|word| word.is(PASSWORD) && word.start >= read)
        else {
            continue;
        };
        let (from, is_told) = value_start(&words, at, word.end);
        if let Some((start, end)) = token(bytes, from) {
            read = end;
            if is_password(bytes, &words, (start, end), is_told) {
                spans.push((start, end));
            }
        }
    }
    spans
}

/// Where the value may begin that the word at `at` announces, and whether a verb leads to it.
fn value_start(words: &Words, at: usize, end: usize) -> (usize, bool) {
    let verb = (at + 1..at + 5)
        .take_while(|at| words.gap(*at).is_space())
        .take_while(|at| !words.is(*at, CODE | SECRET_CODE | PASSWORD))
        .take_while(|at| words.get(*at).is_some_and(|word| word.shape.is_letters()))
        .find(|at| words.is(*at, IS));
    // `set the password to …`
    let to =
        words.get(at + 1).filter(|word| word.gap.is_space() && word.is(STOP) && word.len() <= 3);
    let untold = to.map_or(end, |to| to.end);
    verb.and_then(|verb| words.get(verb)).map_or((untold, false), |verb| (verb.end, true))
}

fn is_password(bytes: &[u8], words: &Words, (start, end): Span, is_told: bool) -> bool {
    let value = &bytes[start..end];
    let quoted = matches!(bytes[start - 1], b'"' | b'\'' | b'`');
    let shape = Shape::of(value);
    let signs = value.iter().any(|b| b.is_ascii_punctuation() && !matches!(b, b'-' | b'\'' | b'.'));
    let inner = value.iter().skip(1).any(u8::is_ascii_uppercase);
    let odd = shape.letters > 0 && (shape.digits > 0 || signs);
    if !is_told {
        return odd && shape.digits > 0 && value.len() >= 6;
    }
    let known = words.get(words.index(start));
    let everyday = known.is_none_or(|word| word.is(STOP | STATE | IS | LEADS | PASSWORD));
    let number = shape.is_number() && value.len() >= 4;
    let next = words.index(end);
    let goes_on = words.gap(next).is_space() && words.is(next, STOP);
    let clause = words.gap(next).has(CLAUSE) || goes_on;
    let word = shape.is_letters()
        && !everyday
        && value.len() >= 4
        && !value.ends_with(b"ed")
        && !value.ends_with(b"ing")
        && (clause || inner);
    odd || quoted || number || word
}

/// What ends a clause.
const CLAUSE: Gap = Gap::COMMA.or(Gap::DOT).or(Gap::BREAK).or(Gap::LINE).or(Gap::EDGE);

/// The run of bytes without spaces behind a verb, its quotes and the marks of the sentence left off.
fn token(bytes: &[u8], from: usize) -> Option<Span> {
    let gap = bytes[from..].iter().take(4).take_while(|b| b" :=\"'`".contains(b)).count();
    let start = from + gap;
    let quote = bytes.get(start.checked_sub(1)?).filter(|b| b"\"'`".contains(b));
    let inside = |b: &u8| match quote {
        Some(quote) => b != quote && *b != b'\n',
        None => !b.is_ascii_whitespace(),
    };
    let len = bytes[start..].iter().take_while(|b| inside(b) && **b != WALL).count();
    let mut end = start + len;
    while end > start && b".,!?;:)\"'".contains(&bytes[end - 1]) {
        end -= 1;
    }
    (gap > 0 && end > start).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_passwords_in_sentences() {
        check(
            Kind::Secret,
            &[
                ("my password is hunter2.", &["hunter2"]),
                ("my password is sunshine, ok", &["sunshine"]),
                ("My password is \"correct horse\" now", &["correct horse"]),
                ("das Passwort lautet Herbst!24", &["Herbst!24"]),
                ("mon mot de passe est Été2024", &["Été2024"]),
                ("mi contraseña es gato*7", &["gato*7"]),
                ("the password Winter2024 fails", &["Winter2024"]),
                ("I set the password to Winter2024", &["Winter2024"]),
            ],
        );
    }

    #[test]
    fn keeps_what_is_said_of_passwords() {
        check(
            Kind::Secret,
            &[
                ("my password is wrong. The password is not accepted", &[]),
                ("my password was changed and my password is expired", &[]),
                ("I forgot my password 2 times, the password reset", &[]),
                ("the password for the app is not known", &[]),
                ("das Passwort ist falsch, mot de passe oublié", &[]),
            ],
        );
    }
}
