//! What a rule says of how its alerts are told: with which others, and to whom where nobody answers.

use super::{MINUTES_A_DAY, fields::Fields};
use crate::{
    query::Selection,
    rule::{Condition, ESCALATE_AFTER, Severity},
};

/// Family of all rules about sources.
const SOURCES: &str = "source_outage";
/// What turns escalation off.
const NEVER: &str = "never";

/// The family that is named; else what is judged.
pub(super) fn family(
    fields: &mut Fields<'_>,
    selection: Option<&Selection>,
    condition: Option<&Condition>,
) -> Option<String> {
    if !fields.has("family") {
        return Some(match condition {
            Some(Condition::Event(signal)) => signal.as_str().to_owned(),
            Some(Condition::SilenceOf(_)) => SOURCES.to_owned(),
            _ => selection?.metric.as_str().to_owned(),
        });
    }
    let remedy = "want 1 to 64 of a-z, 0-9, _ and -";
    let (line, family) = fields.located_text("family", remedy)?;
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if family.len() > 64 || !family.bytes().all(legal) {
        fields.problem(line, "family", format_args!("is not a name: {remedy}"));
        return None;
    }
    Some(family)
}

/// After how many minutes a page escalates, if it does.
pub(super) fn escalate_after(fields: &mut Fields<'_>, severity: Option<Severity>) -> Option<i32> {
    if severity != Some(Severity::Page) {
        let why = "applies to pages only: leave it out, or write `severity: page`";
        fields.refuse("escalate_after", why);
        return None;
    }
    let Some(item) = fields.take("escalate_after") else { return Some(ESCALATE_AFTER) };
    if item.node.text() == Some(NEVER) {
        return None;
    }
    fields.span("escalate_after", item, MINUTES_A_DAY)
}
