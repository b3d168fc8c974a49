//! Patterns as automata whose states are worked out when a text first needs them: neither literals are
//! looked for in a pattern nor is it turned into a machine that few texts would use, so that a function
//! that starts has little to do before its first answer. All match in time linear in the text.

use std::{
    panic::{RefUnwindSafe, UnwindSafe},
    sync::Arc,
};

use regex_automata::{
    Input,
    hybrid::{dfa, regex},
    nfa::thompson::{self, WhichCaptures},
    util::{pool::Pool, syntax},
};

/// States that were worked out, for each thread that matches at the same time.
type Caches<T> = Pool<T, Box<dyn Fn() -> T + Send + Sync + UnwindSafe + RefUnwindSafe>>;

/// Says whether a text matches.
pub(super) struct Matcher {
    dfa: dfa::DFA,
    caches: Caches<dfa::Cache>,
}

/// Says where a text matches.
pub(super) struct Finder {
    regex: Arc<regex::Regex>,
    caches: Caches<regex::Cache>,
}

impl Matcher {
    #[expect(clippy::expect_used, reason = "constant patterns, each compiled by a test")]
    pub(super) fn new(pattern: &str) -> Self {
        let mut builder = dfa::DFA::builder();
        let builder = builder.syntax(of_bytes()).thompson(without_groups());
        let dfa = builder.build(pattern).expect("a pattern of this module");
        let of = dfa.clone();
        Self { dfa, caches: Pool::new(Box::new(move || of.create_cache())) }
    }

    #[expect(clippy::expect_used, reason = "it fails where it may give up or stop at a byte")]
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        let input = Input::new(text).earliest(true);
        let found = self.dfa.try_search_fwd(&mut self.caches.get(), &input);
        found.expect("a search to the end").is_some()
    }
}

impl Finder {
    #[expect(clippy::expect_used, reason = "constant patterns, each compiled by a test")]
    pub(super) fn new(pattern: &str) -> Self {
        let mut builder = regex::Regex::builder();
        let builder = builder.syntax(of_bytes()).thompson(without_groups());
        let regex = Arc::new(builder.build(pattern).expect("a pattern of this module"));
        let of = Arc::clone(&regex);
        Self { regex, caches: Pool::new(Box::new(move || of.create_cache())) }
    }

    /// The text with this in place of each match.
    pub(super) fn replace(&self, text: &[u8], by: &[u8]) -> Vec<u8> {
        let (mut replaced, mut end) = (Vec::with_capacity(text.len()), 0);
        for found in self.regex.find_iter(&mut self.caches.get(), text) {
            replaced.extend_from_slice(&text[end..found.start()]);
            replaced.extend_from_slice(by);
            end = found.end();
        }
        replaced.extend_from_slice(&text[end..]);
        replaced
    }
}

/// Of bytes: words are ASCII or matched as a whole, and classes of bytes are a fraction of those of all
/// characters.
fn of_bytes() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

fn without_groups() -> thompson::Config {
    thompson::Config::new().utf8(false).which_captures(WhichCaptures::None)
}
