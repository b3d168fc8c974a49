//! Typed reading of an event's `data`: an absent or null field is `None`, a wrong one a rejection.

use std::{borrow::Cow, cell::RefCell};

use serde_json::{Map, Value};

use super::{Agents, Rejection, dimension_value};

use crate::{
    derived::normal_form,
    id::{CustomerId, PseudonymKey},
    privacy::{self, Known},
    symbol::{Sym, Symbols},
};

/// Largest amount that is taken, in units; sums of it stay exact.
const LARGEST: f64 = 1e12;
/// Highest level that is taken: those of all queues add up at one minute.
const HIGHEST: f64 = 1e6;

pub(super) struct Fields<'a> {
    data: &'a Map<String, Value>,
    key: &'a PseudonymKey,
    agents: RefCell<Agents>,
    /// What the event's texts must not repeat.
    known: Known,
}

/// Fields whose value identifies somebody, and which are stored as keyed hashes or not at all.
const IDENTIFIERS: [&str; 8] = [
    "customer",
    "agent",
    "from_agent",
    "to_agent",
    "previous_conversation",
    "customer_id",
    "customer_email",
    "customer_phone",
];

/// Fields that hold a person's name. They are not stored, and tell what a text may repeat.
const NAMES: [&str; 5] =
    ["customer_name", "customer_first_name", "customer_last_name", "agent_name", "contact_name"];

/// What these fields and the subject say of people, to be masked in the texts beside them.
pub(super) fn known(data: &Map<String, Value>, subject: Option<&str>) -> Known {
    let mut known = Known::default();
    let text = |name: &&str| data.get(*name).and_then(Value::as_str);
    NAMES.iter().filter_map(text).for_each(|name| known.name(name));
    // Adapters put platform and account before the id, which texts repeat without them.
    let id = subject.and_then(|subject| subject.splitn(3, ':').nth(2));
    let ids = IDENTIFIERS.iter().filter_map(text).chain(subject).chain(id);
    ids.for_each(|id| known.identifier(id));
    known
}

impl<'a> Fields<'a> {
    pub(super) fn new(data: &'a Map<String, Value>, key: &'a PseudonymKey) -> Self {
        Self { data, key, agents: RefCell::default(), known: Known::default() }
    }

    /// The same, of an event of this subject: its texts will not repeat whom it names.
    pub(super) fn naming(self, subject: Option<&str>) -> Self {
        Self { known: known(self.data, subject), ..self }
    }

    /// A text as it may be stored.
    pub(super) fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        privacy::mask_known(text, &self.known)
    }

    pub(super) fn into_agents(self) -> Agents {
        self.agents.into_inner()
    }

    /// These fields, as far as they are there, with people hashed and every string masked.
    pub(super) fn kept(&self, names: &[&str]) -> Value {
        let mut kept = Map::new();
        for name in names {
            match self.data.get(*name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if matches!(*name, "agent" | "by") => {
                    kept.insert((*name).to_owned(), Value::String(self.key.agent(text)));
                }
                Some(other) => {
                    kept.insert((*name).to_owned(), masked(other, &self.known));
                }
            }
        }
        Value::Object(kept)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        !matches!(self.data.get(name), None | Some(Value::Null))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Rejection> {
        match self.data.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type(name, "a string")),
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&'a str, Rejection> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Rejection> {
        match self.data.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(wrong_type(name, "true or false")),
        }
    }

    /// A number within bounds, in millionths.
    pub(super) fn micros(&self, name: &str, low: f64, high: f64) -> Result<Option<i64>, Rejection> {
        let number = match self.data.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_f64().filter(|number| number.is_finite()),
            Some(_) => return Err(wrong_type(name, "a number")),
        };
        match number {
            Some(number) if (low..=high).contains(&number) =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "at most 10^18")]
                Ok(Some((number * 1e6).round() as i64))
            }
            _ => Err(Rejection::new(
                "out_of_range",
                format!("data.{name}"),
                format!("send a number from {low} to {high}"),
            )),
        }
    }

    /// An amount of money, time or tokens: zero or more. A negative duration counts as zero.
    pub(super) fn amount(&self, name: &str) -> Result<Option<i64>, Rejection> {
        Ok(self.micros(name, -LARGEST, LARGEST)?.map(|micros| micros.max(0)))
    }

    /// So many that wait or work.
    pub(super) fn level(&self, name: &str) -> Result<Option<i64>, Rejection> {
        Ok(self.micros(name, -LARGEST, HIGHEST)?.map(|micros| micros.max(0)))
    }

    /// Points on a scale that begins at zero.
    pub(super) fn points(&self, name: &str) -> Result<Option<i64>, Rejection> {
        self.micros(name, 0.0, LARGEST)
    }

    pub(super) fn required_points(&self, name: &str) -> Result<i64, Rejection> {
        self.points(name)?.ok_or_else(|| missing(name))
    }

    /// A share from 0 to 1, in millionths.
    pub(super) fn share(&self, name: &str) -> Result<Option<u32>, Rejection> {
        Ok(self.micros(name, 0.0, 1.0)?.and_then(|micros| u32::try_from(micros).ok()))
    }

    /// A sentiment from -1 to 1, in millionths.
    pub(super) fn sentiment(&self, name: &str) -> Result<Option<i32>, Rejection> {
        Ok(self.micros(name, -1.0, 1.0)?.and_then(|micros| i32::try_from(micros).ok()))
    }

    /// One of the words of a list.
    pub(super) fn word<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, Rejection> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let known = words.iter().find(|(word, _)| *word == text);
        known.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            Rejection::new(
                "unknown_value",
                format!("data.{name}"),
                format!("send one of: {}", words.join(", ")),
            )
        })
    }

    pub(super) fn required_word<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<T, Rejection> {
        self.word(name, words)?.ok_or_else(|| missing(name))
    }

    /// A value of a dimension or another name.
    pub(super) fn name(&self, name: &str, symbols: &mut Symbols) -> Result<Option<Sym>, Rejection> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) => dimension_value(text, &format!("data.{name}"), symbols).map(Some),
        }
    }

    pub(super) fn required_name(
        &self,
        name: &str,
        symbols: &mut Symbols,
    ) -> Result<Sym, Rejection> {
        self.name(name, symbols)?.ok_or_else(|| missing(name))
    }

    /// The items of a list; none where it is absent.
    pub(super) fn list(&self, name: &str, wanted: &str) -> Result<&'a [Value], Rejection> {
        match self.data.get(name) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(wrong_type(name, wanted)),
        }
    }

    /// A list of names.
    pub(super) fn names(&self, name: &str, symbols: &mut Symbols) -> Result<Vec<Sym>, Rejection> {
        let items = self.list(name, "a list of strings")?;
        let read = |item: &Value| match item {
            Value::String(text) => dimension_value(text, &format!("data.{name}"), symbols),
            _ => Err(wrong_type(name, "a list of strings")),
        };
        items.iter().map(read).collect()
    }

    /// The keyed hash of an agent; the id as sent is remembered for the directory.
    pub(super) fn agent(
        &self,
        name: &str,
        symbols: &mut Symbols,
    ) -> Result<Option<Sym>, Rejection> {
        let Some(sent) = self.text(name)? else { return Ok(None) };
        super::bounded(sent, &format!("data.{name}"), 256)?;
        let hashed = self.key.agent(sent);
        let symbol = symbols.intern(&hashed);
        self.agents.borrow_mut().insert(hashed, sent.to_owned());
        Ok(Some(symbol))
    }

    pub(super) fn required_agent(
        &self,
        name: &str,
        symbols: &mut Symbols,
    ) -> Result<Sym, Rejection> {
        self.agent(name, symbols)?.ok_or_else(|| missing(name))
    }

    pub(super) fn customer(&self, name: &str) -> Result<Option<CustomerId>, Rejection> {
        let Some(sent) = self.text(name)? else { return Ok(None) };
        super::bounded(sent, &format!("data.{name}"), 256)?;
        Ok(Some(self.key.customer(sent)))
    }

    /// A text as it may be stored and judged; an empty one is none.
    pub(super) fn masked_text(&self, name: &str) -> Result<Option<Cow<'a, str>>, Rejection> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()).map(|text| self.mask(text)))
    }

    /// Keyed fingerprint of an answer's [`normal_form`].
    pub(super) fn fingerprint(&self, name: &str) -> Result<Option<u64>, Rejection> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let normal = normal_form(text);
        Ok((!normal.is_empty()).then(|| self.key.fingerprint(&normal)))
    }

    pub(super) fn time(&self, name: &str) -> Result<i64, Rejection> {
        super::instant(self.required_text(name)?).ok_or_else(|| {
            Rejection::new("invalid", format!("data.{name}"), "send an RFC 3339 time")
        })
    }

    /// An object of named amounts. The names are the sender's own, so that none is repeated to say
    /// which amount is wrong.
    pub(super) fn totals(&self, name: &str) -> Result<Vec<(&'a str, i64)>, Rejection> {
        let totals = match self.data.get(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Object(totals)) => totals,
            Some(_) => return Err(wrong_type(name, "an object of numbers")),
        };
        let inner = Fields::new(totals, self.key);
        let mut amounts = Vec::new();
        for key in totals.keys() {
            let wrong = |wrong| Rejection { field: format!("data.{name}"), ..wrong };
            amounts.extend(inner.amount(key).map_err(wrong)?.map(|amount| (key.as_str(), amount)));
        }
        Ok(amounts)
    }

    /// The keyed hash that tells a queue apart from others, whatever its dimension value becomes.
    pub(super) fn identity(&self, sent: &str) -> String {
        self.key.replacement(sent)
    }
}

pub(super) fn missing(name: &str) -> Rejection {
    Rejection::new("missing", format!("data.{name}"), "this type of event requires it")
}

fn wrong_type(name: &str, wanted: &str) -> Rejection {
    Rejection::new("wrong_type", format!("data.{name}"), format!("send {wanted}"))
}

/// A JSON value with every string, keys included, masked.
fn masked(value: &Value, known: &Known) -> Value {
    let mask = |text: &str| privacy::mask_known(text, known).into_owned();
    match value {
        Value::String(text) => Value::String(mask(text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| masked(item, known)).collect()),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| (mask(name), masked(value, known));
            Value::Object(fields.iter().map(field).collect())
        }
        other => other.clone(),
    }
}
