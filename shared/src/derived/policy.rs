//! A tenant's phrases: what must not be said, what must, and how customers ask for a person.
//!
//! ```yaml
//! person:
//!   also: [put me through to billing]       # asks for a person, beside the phrases that ship
//!   except: [speak to my estate agent]      # does not
//! forbidden:                                # brand_safe: fails where one of them is said
//!   - phrases: [guaranteed return, risk free]
//!     severity: severe                      # low, high (default) or severe
//!     item: promises                        # optional: names the rule in evaluations
//! required:                                 # policy_adherence, by item
//!   - item: cancellation_terms
//!     phrases: [within 14 days, within two weeks]   # passes where one of them is said
//!     when: [cancel, withdraw]              # judged where one of these is said; absent: always
//!     by: human                             # or ai; absent: both
//! ```
//!
//! Judged is each public message of an AI or human agent, and each AI response, that brings text:
//! as `brand_safe` once where the tenant forbids anything at all, with the worst severity said; as
//! `policy_adherence` once for each item whose occasion it is. Phrases are compared word by word,
//! without case, accents and punctuation, with the masked text: one with a phone number in it
//! is never found.

use serde::{Deserialize, Deserializer, de::Error};

use super::words::words;
use crate::{
    event::{About, Evaluation, Party, Severity},
    symbol::Symbols,
};

/// Phrases of all kinds that a policy may have; bounds what one text costs.
const PHRASES: usize = 500;
/// Bytes of a phrase or item.
const LENGTH: usize = 128;

/// A tenant's phrases; the default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub(super) person: Person,
    forbidden: Vec<Forbidden>,
    required: Vec<Required>,
}

/// How customers ask for a person, beside the phrases that ship.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Person {
    pub(super) also: Vec<Phrase>,
    pub(super) except: Vec<Phrase>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forbidden {
    phrases: Vec<Phrase>,
    #[serde(default = "usual_severity", deserialize_with = "severity")]
    severity: Severity,
    item: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Required {
    item: String,
    phrases: Vec<Phrase>,
    when: Option<Vec<Phrase>>,
    by: Option<Speaker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Speaker {
    Ai,
    Human,
}

const fn usual_severity() -> Severity {
    Severity::High
}

fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
    let word = String::deserialize(deserializer)?;
    let known = Severity::WORDS.iter().find(|(name, _)| *name == word);
    let problem = || D::Error::custom(format!("`{word}` is no severity: low, high or severe"));
    known.map(|(_, severity)| *severity).ok_or_else(problem)
}

/// Consecutive words, as [`words`] gives them: never empty.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Phrase(String);

impl TryFrom<String> for Phrase {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let phrase = words(&text);
        match phrase.trim().len() {
            0 => Err(format!("`{text}` holds no word: write the words to be found")),
            1..=LENGTH => Ok(Self(phrase)),
            _ => Err(format!("`{text}` is longer than {LENGTH} bytes: write a part of it")),
        }
    }
}

impl Phrase {
    /// Whether it stands in a text, given as its [`words`].
    pub(super) fn is_in(&self, words: &str) -> bool {
        words.contains(&self.0)
    }

    /// The words between its occurrences in a text, given as its [`words`].
    pub(super) fn cut_from(&self, words: &str) -> String {
        words.replace(&self.0, " | ")
    }
}

/// Why a policy is not usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(String);

impl Policy {
    /// Reads a policy; the module's own documentation shows one.
    pub fn parse(yaml: &str) -> Result<Self, PolicyError> {
        let options = serde_saphyr::Options { with_snippet: false, ..Default::default() };
        let policy: Self = serde_saphyr::from_str_with_options(yaml, options)
            .map_err(|error| PolicyError(error.to_string()))?;
        policy.check().map_err(PolicyError)?;
        Ok(policy)
    }

    fn check(&self) -> Result<(), String> {
        let Self { person, forbidden, required } = self;
        let forbidden_phrases = forbidden.iter().map(|rule| &rule.phrases);
        let required_phrases = required.iter().map(|rule| &rule.phrases);
        for phrases in forbidden_phrases.clone().chain(required_phrases.clone()) {
            if phrases.is_empty() {
                return Err("`phrases` is empty: list at least one".to_owned());
            }
        }
        let occasions = required.iter().filter_map(|rule| rule.when.as_ref());
        let lists = [&person.also, &person.except].into_iter().chain(forbidden_phrases);
        let lists = lists.chain(required_phrases).chain(occasions);
        let count: usize = lists.map(Vec::len).sum();
        if count > PHRASES {
            return Err(format!("{count} phrases are too many: keep to {PHRASES}"));
        }
        let items = forbidden.iter().filter_map(|rule| rule.item.as_ref());
        for item in items.chain(required.iter().map(|rule| &rule.item)) {
            let legal = (1..=LENGTH).contains(&item.len()) && !item.chars().any(char::is_control);
            if !legal {
                return Err(format!("`item` must have 1 to {LENGTH} bytes, none of control"));
            }
        }
        Ok(())
    }

    /// The judgements of what an agent said publicly; none of anybody else's.
    pub(crate) fn judge(&self, by: Party, text: &str, symbols: &mut Symbols) -> Vec<Evaluation> {
        let (about, speaker) = match by {
            Party::Ai => (About::Ai, Speaker::Ai),
            Party::Human => (About::Human, Speaker::Human),
            Party::Customer | Party::System => return Vec::new(),
        };
        if self.forbidden.is_empty() && self.required.is_empty() {
            return Vec::new();
        }
        let words = words(text);
        let mut record = |name: &str, pass, item: Option<&str>, severity| Evaluation {
            name: symbols.intern(name),
            pass: Some(pass),
            score: None,
            evaluator: Some(symbols.intern("rule")),
            about: Some(about),
            item: item.map(|item| symbols.intern(item)),
            severity,
        };
        let mut judged = Vec::new();
        if !self.forbidden.is_empty() {
            let said = self.forbidden.iter().filter(|rule| is_said(&rule.phrases, &words));
            // Of the equally bad the first, so that the order of rules decides and nothing else.
            let worst = said.rev().max_by_key(|rule| rule.severity);
            let item = worst.and_then(|rule| rule.item.as_deref());
            let severity = worst.map(|rule| rule.severity);
            judged.push(record("brand_safe", worst.is_none(), item, severity));
        }
        for rule in self.required.iter().filter(|rule| rule.by.is_none_or(|by| by == speaker)) {
            if rule.when.as_ref().is_none_or(|occasions| is_said(occasions, &words)) {
                let pass = is_said(&rule.phrases, &words);
                judged.push(record("policy_adherence", pass, Some(&rule.item), None));
            }
        }
        judged
    }
}

fn is_said(phrases: &[Phrase], words: &str) -> bool {
    phrases.iter().any(|phrase| phrase.is_in(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "
forbidden:
  - phrases: [guaranteed return, Risiko-frei]
    severity: severe
    item: promises
  - phrases: [cheap]
required:
  - item: cancellation_terms
    phrases: [within 14 days, within two weeks]
    when: [cancel, withdraw]
    by: human
";

    #[track_caller]
    fn check(by: Party, text: &str, expected: &str) {
        let mut symbols = Symbols::default();
        let policy = Policy::parse(POLICY).unwrap();
        let judged = policy.judge(by, text, &mut symbols).into_iter().map(|judgement| {
            assert_eq!(judgement.evaluator.map(|by| symbols.text(by)), Some("rule"));
            let label = if judgement.pass == Some(true) { "pass" } else { "fail" };
            let item = judgement.item.map_or("-", |item| symbols.text(item));
            let severity = judgement.severity.map_or("-", Severity::as_str);
            format!("{} {label} {item} {severity}", symbols.text(judgement.name))
        });
        assert_eq!(judged.collect::<Vec<_>>().join("; "), expected, "{text}");
    }

    #[test]
    fn what_agents_say_publicly_is_judged_by_phrases() {
        let safe = "brand_safe pass - -";
        check(Party::Ai, "Hello, how can I help?", safe);
        check(Party::Ai, "A guaranteed,\n RETURN!", "brand_safe fail promises severe");
        check(Party::Human, "It is risikofrei", safe);
        check(Party::Human, "It is risiko frei and cheap", "brand_safe fail promises severe");
        check(Party::Human, "It is cheap", "brand_safe fail - high");
        check(Party::Human, "It is cheaper", safe);
        let fails = "brand_safe pass - -; policy_adherence fail cancellation_terms -";
        let passes = "brand_safe pass - -; policy_adherence pass cancellation_terms -";
        check(Party::Human, "You may cancel.", fails);
        check(Party::Human, "You may cancel it within two weeks.", passes);
        check(Party::Human, "Within 14 days it arrives.", safe);
        check(Party::Ai, "You may cancel.", safe);
        check(Party::Customer, "guaranteed return, cancel", "");
        check(Party::System, "guaranteed return, cancel", "");
    }

    #[test]
    fn an_empty_policy_judges_nothing() {
        let mut symbols = Symbols::default();
        for yaml in ["", "person: {also: [x]}"] {
            let policy = Policy::parse(yaml).unwrap();
            assert!(policy.judge(Party::Ai, "anything", &mut symbols).is_empty());
        }
    }

    #[test]
    fn a_wrong_policy_is_refused_and_says_why() {
        for (yaml, part) in [
            ("forbiden: []", "forbiden"),
            ("forbidden: [{phrases: []}]", "list at least one"),
            ("forbidden: [{phrases: ['...']}]", "holds no word"),
            ("forbidden: [{phrases: [a], severity: grave}]", "grave"),
            ("required: [{phrases: [a]}]", "item"),
            ("required: [{phrases: [a], item: ''}]", "`item` must have"),
            ("required: [{phrases: [a], item: x, by: customer}]", "customer"),
            ("person: {also: x}", "expected sequence"),
        ] {
            let error = Policy::parse(yaml).unwrap_err().to_string();
            assert!(error.contains(part), "{yaml}: {error}");
        }
        let many = format!("person: {{also: [{}]}}", "a b, ".repeat(PHRASES + 1));
        assert!(Policy::parse(&many).unwrap_err().to_string().contains("too many"));
    }
}
