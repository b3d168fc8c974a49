//! Names and values as messages say them: of one line, of bounded length, and of nobody in person.

use serde_json::{Map, Value, json};

use crate::{
    alert::{Alert, Transition},
    dimension::Dimension,
    metric::Family,
};

/// Bytes of one field at most.
pub(super) const LONGEST: usize = 400;
/// Bytes of a value in a cell at most.
const VALUE: usize = 96;

/// What a message means, where its first line does not say it.
pub(super) fn meaning(alert: &Alert, transition: Transition) -> Option<&'static str> {
    match transition {
        Transition::Flapping => {
            Some("It comes and goes. You will hear of it again when it is steady.")
        }
        Transition::Escalated => {
            Some("It was told to whoever is on call, and nobody took it on. Now it is yours.")
        }
        Transition::Resolved if alert.evidence.value.is_none() => {
            Some("There is no data any more, which does not mean that it is fine.")
        }
        Transition::Opened | Transition::Reopened
            if alert.metric.definition().family == Family::Data =>
        {
            Some("Its figures are too low, and the alerts that it feeds wait, until it is back.")
        }
        Transition::Opened | Transition::Reopened | Transition::Resolved => None,
    }
}

/// Where it is, for people.
pub(super) fn place(alert: &Alert) -> String {
    in_words(&alert.cell)
}

/// A cell for people.
pub(super) fn in_words(cell: &[(String, String)]) -> String {
    let parts = cell.iter().map(|(name, value)| format!("{name}={}", shown(name, value)));
    let parts = parts.collect::<Vec<_>>().join(" ");
    if parts.is_empty() { "all".to_owned() } else { parts }
}

/// A cell for programs.
pub(super) fn cell(cell: &[(String, String)]) -> Map<String, Value> {
    cell.iter().map(|(name, value)| (name.clone(), json!(shown(name, value)))).collect()
}

/// A value as messages say it. An agent is stored by a hash; what is none is a person's name.
fn shown(dimension: &str, value: &str) -> String {
    let is_agent = dimension == Dimension::Agent.as_str();
    if is_agent && !is_hash(value) { "#".to_owned() } else { cut(value, VALUE) }
}

fn is_hash(value: &str) -> bool {
    let hex = value.strip_prefix('#').unwrap_or_default();
    hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A field as messages say it.
pub(super) fn clipped(text: &str) -> String {
    cut(text, LONGEST)
}

pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Of one line, and of so many bytes at most.
pub(super) fn cut(text: &str, most: usize) -> String {
    let line = one_line(text);
    if line.len() <= most {
        return line;
    }
    let mut kept = String::new();
    for c in line.chars() {
        if kept.len() + c.len_utf8() + 3 > most {
            break;
        }
        kept.push(c);
    }
    kept + "..."
}
