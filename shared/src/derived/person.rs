//! Whether a customer asks for a person: "agent please", "ich möchte mit einem Menschen sprechen".
//!
//! Clause by clause, in every language of [`LANGUAGES`] (customers change theirs, and many events
//! name none). A clause asks where it holds one of a language's ways to ask, unless what precedes
//! refuses or reports it ("I don't want to talk to an agent", "told me to talk to an agent"); or
//! where it is nothing but a name for a person, with courtesies ("agent please"). So "the agent told
//! me" and "I am an agent" ask for nobody. A tenant's own phrases ask wherever they stand.

mod languages;

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

use super::{
    policy::Policy,
    words::{clauses, words},
};
use languages::{LANGUAGES, Language};

/// A language's ways to ask, each compiled when it is first needed: all of them take 25 ms, which a
/// function that starts would spend before its first answer. All match in time linear in the text.
struct Patterns {
    request: Lazy,
    refused: Lazy,
    alone: Lazy,
}

type Lazy = LazyLock<Regex, Box<dyn FnOnce() -> Regex + Send>>;

static PATTERNS: LazyLock<Vec<Patterns>> =
    LazyLock::new(|| LANGUAGES.iter().map(Patterns::new).collect());

/// What every request holds, in any language: a name for a person. Most clauses hold none.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let names = |language: &Language| {
        let Language { staff, anyone, alone, .. } = language;
        format!("{staff}|{anyone}|{alone}")
    };
    let names: Vec<String> = LANGUAGES.iter().map(names).collect();
    compile(&format!("(?:^| )(?:{})(?: |$)", names.join("|")))
});

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
            request: lazy(format!("(?:^| )(?:{asks})(?: |$)")),
            refused: lazy(format!("(?:^| )(?:{refused})(?: [^ ]+){{0,3}}? (?:{asks})(?: |$)")),
            alone: lazy(format!("^(?:(?:{courtesy}) )*(?:{alone})(?: (?:{courtesy}))*$")),
        }
    }

    fn find(&self, clause: &[u8]) -> bool {
        self.alone.is_match(clause)
            || self.request.is_match(clause)
                && self.request.is_match(&self.refused.replace_all(clause, b" | "))
    }
}

fn lazy(pattern: String) -> Lazy {
    LazyLock::new(Box::new(move || compile(&pattern)))
}

/// Of bytes: words are ASCII or matched as a whole, and classes of bytes are a fraction of those of all
/// characters.
fn compile(pattern: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "constant patterns, each compiled by a test")]
    RegexBuilder::new(pattern).unicode(false).build().expect("a pattern of this module")
}

#[cfg(test)]
mod tests;
