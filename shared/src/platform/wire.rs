//! Lenient reading of a vendor's JSON: keys in any case, what is missing or of another type reads as
//! nothing, an id may be a number.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use super::time;

/// A value of a delivery.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire<'a>(&'a Value);

impl<'a> Wire<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        Self(value)
    }

    /// A field, by its name in any case; one of exactly this name goes before others.
    pub(super) fn at(self, name: &str) -> Self {
        let Value::Object(fields) = self.0 else { return Self(&Value::Null) };
        let found = fields.get(name).or_else(|| {
            fields.iter().find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
        });
        Self(found.unwrap_or(&Value::Null))
    }

    pub(super) fn is_object(self) -> bool {
        self.0.is_object()
    }

    /// An id or another text that is not empty.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self.0 {
            Value::String(text) if !text.trim().is_empty() => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    /// An enumeration's value in upper case; empty where there is none.
    pub(super) fn word(self) -> String {
        self.text().map(|text| text.trim().to_ascii_uppercase()).unwrap_or_default()
    }

    /// The last part of a path or ARN.
    pub(super) fn last_part(self) -> Option<String> {
        let text = self.text()?;
        text.rsplit('/').next().filter(|part| !part.is_empty()).map(str::to_owned)
    }

    pub(super) fn instant(self) -> Option<Timestamp> {
        time::instant(self.0)
    }

    pub(super) fn flag(self) -> Option<bool> {
        match self.0 {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// An amount, zero or more.
    pub(super) fn amount(self) -> Option<f64> {
        let number = match self.0 {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite() && *number >= 0.0)
    }
}
