//! What an event itself says of its people and its conversation, masked wherever its texts repeat it.

use super::{Kind, View, is_word, lexicon, words::letter_len};

/// Shorter values are part of too many words.
const SHORTEST: usize = 4;

/// Values that are known to be somebody's, to be masked in the texts beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    values: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Value {
    kind: Kind,
    /// In lower case (ASCII) unless `exact`.
    text: String,
    /// A part of a name, which in lower case may be a word of everyday.
    exact: bool,
}

impl Known {
    /// Adds what identifies a customer, an agent or a conversation; whatever its case in a text.
    ///
    /// Left out are values of fewer than four characters, and words that detectors go by: an agent
    /// called `version` says nothing about anybody.
    pub fn identifier(&mut self, value: &str) {
        self.add(Kind::Identifier, value, false);
    }

    /// Adds the name of a person: as a whole whatever its case, its parts as they are written.
    pub fn name(&mut self, name: &str) {
        self.add(Kind::Name, name, false);
        for part in name.split_whitespace().take(8) {
            self.add(Kind::Name, part.trim_matches(','), part != name);
        }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn add(&mut self, kind: Kind, value: &str, exact: bool) {
        let text = value.trim();
        let known_word = lexicon::classes(text.as_bytes()) != 0;
        if text.chars().count() < SHORTEST || known_word {
            return;
        }
        let text = if exact { text.to_owned() } else { text.to_ascii_lowercase() };
        let value = Value { kind, text, exact };
        if !self.values.contains(&value) {
            self.values.push(value);
            // A longer value is not to be broken up by one that is part of it.
            self.values.sort_by_key(|value| std::cmp::Reverse(value.text.len()));
        }
    }

    /// Whether any value occurs at all, be it as a part of a word.
    pub fn occurs(&self, text: &str) -> bool {
        !self.is_empty() && {
            let lower = text.to_ascii_lowercase();
            self.values.iter().any(|value| lower.contains(value.text.to_ascii_lowercase().as_str()))
        }
    }

    /// Claims the values that have a letter, or those that have none: a number that is part of a
    /// telephone's must not break that up.
    pub(super) fn claim(&self, view: &mut View, text: &str, lettered: bool) {
        let lower = text.to_ascii_lowercase();
        let chosen = |value: &&Value| value.text.chars().any(char::is_alphabetic) == lettered;
        for value in self.values.iter().filter(chosen) {
            let within = if value.exact { text } else { &lower };
            for (at, _) in within.match_indices(value.text.as_str()) {
                let end = at + value.text.len();
                if is_whole(&view.bytes, at, end) {
                    view.claim(value.kind, at, end);
                }
            }
        }
    }
}

/// Whether nothing is taken from `start..end`, and no letter or digit touches it.
fn is_whole(bytes: &[u8], start: usize, end: usize) -> bool {
    let touched_before = start > 0 && (is_word(bytes[start - 1]) || bytes[start - 1] >= 0x80);
    let touched_behind = bytes.get(end).is_some_and(|b| is_word(*b)) || letter_len(bytes, end) > 0;
    let taken = bytes[start..end].contains(&super::WALL);
    !taken && !touched_before && !touched_behind
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::mask_known;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut known = Known::default();
        known.identifier("c-4711");
        known.identifier("88001234");
        known.identifier("bot");
        known.identifier("version");
        known.name("Grace Müller-Wolf");
        assert_eq!(mask_known(text, &known), expected);
        assert_eq!(mask_known(expected, &known), expected, "twice");
    }

    #[test]
    fn values_of_the_event_are_masked_in_its_texts() {
        check("customer C-4711 again", "customer [identifier] again");
        check("id 88001234, please", "id [identifier], please");
        check("grace müller-wolf called", "[name] called");
        check("Ask Grace about it. Grace!", "Ask [name] about it. [name]!");
        check("\nDear O'postcode Grace", "\nDear [name]'postcode [name]");
    }

    #[test]
    fn parts_of_other_words_and_everyday_words_are_kept() {
        check("c-47110 xc-4711 a bot", "c-47110 xc-4711 a bot");
        check("a grace period, version 2", "a grace period, version 2");
        check("version 1.2.3.4", "version 1.2.3.4");
        check("call +49 30 88001234", "call [phone]");
    }
}
