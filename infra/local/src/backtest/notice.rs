//! A transition of an alert: the facts of what fanout put on the bus.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tocsin_domain::{
    alert::Transition,
    message::value_text,
    metric::Metric,
    minute,
    rule::{Expected, Severity},
};

/// One transition of one alert.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Notice {
    /// When it went out, in virtual time.
    #[serde(default)]
    pub(super) time: Timestamp,
    /// What happened to the alert.
    pub(super) transition: Transition,
    pub(super) severity: Severity,
    pub(super) rule: String,
    pub(super) metric: Metric,
    /// Dimension and value; empty for the tenant as a whole.
    pub(super) cell: BTreeMap<String, String>,
    /// In the metric's public unit.
    pub(super) value: Option<f64>,
    pub(super) expected: Option<Expected>,
    /// Trials, values or occurrences in the window.
    pub(super) n: i64,
    /// Length of the window that was judged.
    pub(super) window_minutes: i32,
    pub(super) owner: String,
    pub(super) next_action: String,
    /// The alert.
    pub(super) id: String,
    /// What was deployed in the day before, what fits best first.
    #[serde(default)]
    pub(super) changes: Value,
    /// What the difference is made of.
    #[serde(default)]
    pub(super) explanation: Value,
}

impl Notice {
    /// Of an event's detail; every one that fanout writes has these fields.
    pub(super) fn of(detail: &Value, now: i64) -> Option<Self> {
        let notice = Self::deserialize(detail).ok()?;
        Some(Self { time: minute::timestamp(now), ..notice })
    }

    /// Whether it says that something is wrong, not that it is over.
    pub(super) fn begins(&self) -> bool {
        self.transition.begins()
    }

    /// Whether it wakes somebody.
    pub(super) fn is_page(&self) -> bool {
        self.begins() && self.severity == Severity::Page
    }

    fn cell(&self) -> String {
        let parts: Vec<_> =
            self.cell.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if parts.is_empty() { "all".to_owned() } else { parts.join(" ") }
    }
}

/// One line: when, what, how urgent, which rule and cell, the value against what was expected.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time, transition, severity, rule, metric, n, .. } = self;
        let text = |value| value_text(*metric, value);
        let (state, severity) = (transition.as_str(), severity.as_str());
        write!(f, "{time} {state:<8} {severity:<7} {rule} {}: ", self.cell())?;
        let value = self.value.map_or_else(|| "no data".to_owned(), text);
        write!(f, "{metric} {value}")?;
        if let Some(Expected { mid, low, high }) = self.expected {
            write!(f, ", expected {} ({} to {})", text(mid), text(low), text(high))?;
        }
        write!(f, ", n {n} in {} min", self.window_minutes)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A page of `fallback_rate` over the last five minutes.
    pub(crate) fn notice(minute: i64, transition: &str) -> Notice {
        let own = serde_json::json!({
            "transition": transition, "severity": "page", "rule": "r", "metric": "fallback_rate",
            "cell": {"intent": "refund"}, "value": 0.4, "expected": null, "n": 20,
            "window_minutes": 5, "owner": "ai_lead", "next_action": "Look.", "id": "a",
        });
        Notice::of(&own, minute * minute::MINUTE).unwrap()
    }

    #[test]
    fn a_notification_is_one_line_with_the_value_against_what_was_expected() {
        let mut opened = notice(90, "opened");
        assert_eq!(
            opened.to_string(),
            "1970-01-01T01:30:00Z opened   page    r intent=refund: fallback_rate 40.0 %, n 20 in 5 min"
        );
        opened.expected = Some(Expected { mid: 0.06, low: 0.0, high: 0.2 });
        opened.cell.clear();
        assert_eq!(
            opened.to_string(),
            "1970-01-01T01:30:00Z opened   page    r all: fallback_rate 40.0 %, expected 6.0 % (0.0 % to 20.0 %), n 20 in 5 min"
        );
    }
}
