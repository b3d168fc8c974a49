//! Whether a customer asks for a person: "agent please", "ich möchte mit einem Menschen sprechen".
//!
//! Clause by clause, in every language of [`LANGUAGES`] (customers change theirs, and many events
//! name none). A clause asks where it holds one of a language's ways to ask, unless what precedes
//! refuses or reports it ("I don't want to talk to an agent", "told me to talk to an agent"); or
//! where it is nothing but a name for a person, with courtesies ("agent please"). So "the agent told
//! me" and "I am an agent" ask for nobody. A tenant's own phrases ask wherever they stand.

mod languages;
mod matcher;

use std::sync::LazyLock;

use super::{
    policy::Policy,
    words::{clauses, words},
};
use languages::{LANGUAGES, Language};
use matcher::{Finder, Matcher};

/// A language's ways to ask, each compiled when it is first needed: all of them take long, which a
/// function that starts would spend before its first answer.
struct Patterns {
    request: Lazy<Matcher>,
    refused: Lazy<Finder>,
    alone: Lazy<Matcher>,
}

type Lazy<T> = LazyLock<T, Box<dyn FnOnce() -> T + Send>>;

static PATTERNS: LazyLock<Vec<Patterns>> =
    LazyLock::new(|| LANGUAGES.iter().map(Patterns::new).collect());

/// What every request holds, in any language: a name for a person. Most clauses hold none.
static NAMED: LazyLock<Matcher> = LazyLock::new(|| {
    let names = |language: &Language| {
        let Language { staff, anyone, alone, .. } = language;
        format!("{staff}|{anyone}|{alone}")
    };
    let names: Vec<String> = LANGUAGES.iter().map(names).collect();
    Matcher::new(&format!("(?:^| )(?:{})(?: |$)", names.join("|")))
});

/// Compiles what every text is searched for, which takes some milliseconds, before a text needs it.
pub fn compile_names() {
    LazyLock::force(&NAMED);
}

/// Whether a customer's text asks for a person.
pub fn asks_for_person(text: &str, policy: &Policy) -> bool {
    let whole = words(text);
    if policy.person.also.iter().any(|phrase| phrase.is_in(&whole)) {
        return true;
    }
    clauses(text).any(|clause| {
        let mut clause = format!(" {clause} ");
        for phrase in &policy.person.except {
            clause = phrase.cut_from(&clause);
        }
        let clause = clause.trim().as_bytes();
        NAMED.is_match(clause) && PATTERNS.iter().any(|patterns| patterns.find(clause))
    })
}

impl Patterns {
    fn new(language: &Language) -> Self {
        let Language { article, staff, anyone, after, asks, alone, courtesy, refused } = language;
        let staff_named = format!("(?:(?:{article}) )*(?:{staff})");
        let person = format!("(?:(?:{article}) )*(?:{staff}|{anyone})");
        let end = format!("(?: (?:{after}))*$");
        let asks: Vec<String> = asks
            .iter()
            .map(|ask| {
                ask.replace("{p}", &person).replace("{s}", &staff_named).replace("{end}", &end)
            })
            .collect();
        let asks = asks.join("|");
        Self {
            request: lazy(Matcher::new, format!("(?:^| )(?:{asks})(?: |$)")),
            refused: lazy(
                Finder::new,
                format!("(?:^| )(?:{refused})(?: [^ ]+){{0,3}}? (?:{asks})(?: |$)"),
            ),
            alone: lazy(
                Matcher::new,
                format!("^(?:(?:{courtesy}) )*(?:{alone})(?: (?:{courtesy}))*$"),
            ),
        }
    }

    fn find(&self, clause: &[u8]) -> bool {
        self.alone.is_match(clause)
            || self.request.is_match(clause)
                && self.request.is_match(&self.refused.replace(clause, b" | "))
    }
}

fn lazy<T: 'static>(compile: fn(&str) -> T, pattern: String) -> Lazy<T> {
    LazyLock::new(Box::new(move || compile(&pattern)))
}

#[cfg(test)]
mod tests;
