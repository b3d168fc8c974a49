//! Whether a customer asks for a person: "agent please", "ich möchte mit einem Menschen sprechen".
//!
//! Clause by clause, in every language of [`LANGUAGES`] (customers change theirs, and many events
//! name none). A clause asks where it holds one of a language's ways to ask, unless what precedes
//! refuses or reports it ("I don't want to talk to an agent", "told me to talk to an agent"); or
//! where it is nothing but a name for a person, with courtesies ("agent please"). So "the agent told
//! me" and "I am an agent" ask for nobody. A tenant's own phrases ask wherever they stand.

mod languages;

use std::sync::LazyLock;

use regex::Regex;

use super::{
    policy::Policy,
    words::{clauses, words},
};
use languages::{LANGUAGES, Language};

/// A language's ways to ask, compiled. All match in time linear in the text.
struct Patterns {
    request: Regex,
    refused: Regex,
    alone: Regex,
}

static PATTERNS: LazyLock<Vec<Patterns>> =
    LazyLock::new(|| LANGUAGES.iter().map(Patterns::new).collect());

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
        PATTERNS.iter().any(|patterns| patterns.find(clause.trim()))
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
            request: compile(&format!("(?:^| )(?:{asks})(?: |$)")),
            refused: compile(&format!("(?:^| )(?:{refused})(?: [^ ]+){{0,3}}? (?:{asks})(?: |$)")),
            alone: compile(&format!("^(?:(?:{courtesy}) )*(?:{alone})(?: (?:{courtesy}))*$")),
        }
    }

    fn find(&self, clause: &str) -> bool {
        self.alone.is_match(clause)
            || self.request.is_match(clause)
                && self.request.is_match(&self.refused.replace_all(clause, " | "))
    }
}

fn compile(pattern: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "constant patterns, each compiled by a test")]
    Regex::new(pattern).expect("a pattern of this module")
}

#[cfg(test)]
mod tests;
