//! Attributes, by which subscriptions filter: `tenant severity rule metric state owner`.
//!
//! A message of several alerts has all their rules, metrics and owners, as a `String.Array`: a filter on
//! one of them matches it. Names and values keep within what SNS takes and what filters compare: no
//! value is empty, of more than 256 bytes, or holds what XML does not.

use super::words;
use crate::{alert::Alert, id::TenantId, policy::Others};

/// Bytes of a value at most.
pub(super) const VALUE_BYTES: usize = 256;
/// Names beyond this many are left out.
const NAMES: usize = 10;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// A `String`.
    One(String),
    /// A `String.Array`, of at least two.
    Several(Vec<String>),
}

impl Attribute {
    /// The data type, and the value as it is sent.
    pub fn typed(&self) -> (&'static str, String) {
        match self {
            Self::One(value) => ("String", value.clone()),
            Self::Several(values) => {
                ("String.Array", serde_json::Value::from(values.clone()).to_string())
            }
        }
    }

    fn of(first: &str, others: &[String]) -> Self {
        let mut values = vec![fit(first)];
        for other in others.iter().map(|other| fit(other)) {
            if values.len() < NAMES && !values.contains(&other) {
                values.push(other);
            }
        }
        if values.len() == 1 { Self::One(values.remove(0)) } else { Self::Several(values) }
    }
}

pub(super) fn of(
    alert: &Alert,
    others: &Others,
    tenant: &TenantId,
) -> Vec<(&'static str, Attribute)> {
    vec![
        ("tenant", Attribute::of(tenant.as_str(), &[])),
        ("severity", Attribute::of(alert.severity.as_str(), &[])),
        ("rule", Attribute::of(&alert.rule, &others.rules)),
        ("metric", Attribute::of(alert.metric.as_str(), &others.metrics)),
        ("state", Attribute::of(alert.state.as_str(), &[])),
        ("owner", Attribute::of(&alert.owner, &others.owners)),
    ]
}

fn fit(value: &str) -> String {
    let legal = |c: &char| !matches!(c, '\u{fffe}' | '\u{ffff}');
    let value: String = value.chars().filter(legal).collect();
    let value = words::cut(&value, VALUE_BYTES);
    if value.trim().is_empty() { "none".to_owned() } else { value }
}
