//! What a message tells of beside its lead.

use serde_json::{Value, json};

use super::{value_text, words};
use crate::{
    alert::{Alert, Transition},
    id::short_hash,
    policy::{Other, Others, group},
};

/// Lines of an email; the rest is counted.
const LINES: usize = 10;

/// How many more, behind the place; nothing where there are none.
pub(super) fn more(others: &Others) -> String {
    if others.told == 0 { String::new() } else { format!(", +{} more", others.told) }
}

/// Lines of an email.
pub(super) fn lines(others: &Others) -> Vec<(&'static str, String)> {
    let mut lines: Vec<_> =
        others.listed.iter().take(LINES).map(|other| ("Also", in_words(other))).collect();
    let rest = others.told.saturating_sub(lines.len());
    if rest > 0 {
        lines.push(("Also", format!("{rest} more, all in the console")));
    }
    if others.open > 0 {
        lines.push(("Still open", format!("{} more of the same group", others.open)));
    }
    if others.inhibited > 0 {
        let words = format!("{} parts of this, which are not told by themselves", others.inhibited);
        lines.push(("Silenced", words));
    }
    lines
}

fn in_words(other: &Other) -> String {
    let value = other.value.map_or_else(|| "no data".to_owned(), |v| value_text(other.metric, v));
    let Other { transition, metric, rule, .. } = other;
    format!("{} {metric} {value} {} ({rule})", transition.as_str(), words::in_words(&other.cell))
}

/// The group that a message is of, for programs.
pub(super) fn json(alert: &Alert, others: &Others) -> Value {
    let parent = group::parent(alert);
    let listed = others.listed.iter().map(|other| {
        json!({
            "id": other.id,
            "transition": other.transition,
            "rule": other.rule,
            "metric": other.metric,
            "cell": words::cell(&other.cell),
            "value": other.value,
        })
    });
    json!({
        "id": id(alert, others),
        "parent": words::cell(parent),
        "storm": others.is_storm,
        "told": others.told,
        "open": others.open,
        "inhibited": others.inhibited,
        "others": listed.collect::<Vec<_>>(),
        "notifications": others.notifications,
    })
}

/// The identity that was claimed; of an alert for the bus that of its transition.
pub(super) fn message_id(alert: &Alert, transition: Transition, others: &Others) -> String {
    if others.id.is_empty() { alert.notification_id(transition) } else { others.id.clone() }
}

/// Names a group without saying what it is of.
pub(super) fn id(alert: &Alert, others: &Others) -> String {
    let group = if others.group.is_empty() { &alert.fingerprint } else { &others.group };
    format!("{:016x}", short_hash(&[group.as_bytes()]))
}
