//! What opens a rule: exactly one condition.

use super::{anomaly, change, event, fields::Fields, silence, slo};
use crate::{
    dimension::Dimension,
    metric::{Kind, Metric},
    query::{SUPPRESSED_BELOW, Selection},
    rule::{Condition, Severity, Side, document::Item},
};

const CONDITIONS: [&str; 9] = [
    "threshold",
    "drop",
    "rise",
    "anomaly",
    "slo",
    "after_change",
    "conflict",
    "event",
    "silence_of",
];
/// Fields of `threshold`.
pub(super) const THRESHOLD_FIELDS: [&str; 3] = ["over", "under", "min_count"];

/// Reads the condition; without a selection only what does not depend on it.
pub(super) fn condition(
    fields: &mut Fields<'_>,
    selection: Option<&Selection>,
    severity: Option<Severity>,
) -> Option<Condition> {
    let taken = CONDITIONS.map(|field| fields.take(field).map(|item| (field, item)));
    let mut present = taken.into_iter().flatten();
    let Some((field, item)) = present.next() else {
        fields.missing("condition", format_args!("want one of {}", CONDITIONS.join(", ")));
        return None;
    };
    if let Some((second, item)) = present.next() {
        let what = format!("is a second condition beside `{field}`: keep one of them");
        fields.problem(item.line, second, what);
        return None;
    }
    let metric = selection.map(|selection| selection.metric);
    let is_of_agents = selection.is_some_and(|selection| selection.by.contains(&Dimension::Agent));
    match field {
        "threshold" => {
            let read = |fields: &mut Fields<'_>| threshold(fields, metric?, is_of_agents);
            fields.within(field, item, "threshold: { over: 0.2 }", read)?
        }
        "anomaly" => anomaly::condition(fields, item, selection).map(Condition::Anomaly),
        "after_change" => change::condition(fields, item, selection).map(Condition::AfterChange),
        "conflict" => change::conflict(fields, item, selection).map(Condition::Conflict),
        "event" => event::condition(fields, &item).map(Condition::Event),
        "slo" => slo::condition(fields, item, selection, severity).map(Condition::Slo),
        "silence_of" => silence::condition(fields, item).map(Condition::SilenceOf),
        _ => {
            if metric.is_some_and(|metric| metric.kind() == Kind::Gauge) {
                fields.problem(item.line, field, "does not apply to a level: use `threshold`");
            }
            change(fields, field, &item)
        }
    }
}

fn change(fields: &mut Fields<'_>, field: &str, item: &Item) -> Option<Condition> {
    let is_drop = field == "drop";
    let most = if is_drop { 1.0 } else { f64::MAX };
    let share = item.node.number().filter(|share| *share > 0.0 && *share <= most);
    let Some(share) = share else {
        let remedy = "want a number above 0, and for a drop at most 1: 0.2 is a fifth";
        fields.problem(item.line, field, format_args!("is not a share: {remedy}"));
        return None;
    };
    Some(if is_drop { Condition::Drop { share } } else { Condition::Rise { share } })
}

fn threshold(fields: &mut Fields<'_>, metric: Metric, is_of_agents: bool) -> Option<Condition> {
    let (default, least) = match metric.kind() {
        Kind::Ratio | Kind::Mean | Kind::Distribution | Kind::Index => (30, 1),
        Kind::Sum | Kind::Gauge => (1, 1),
        Kind::Count => (1, 0),
    };
    let least = if is_of_agents { SUPPRESSED_BELOW } else { least };
    let min_count = fields.count("min_count", default, least);
    let (over, under) = (fields.take("over"), fields.take("under"));
    fields.end(&THRESHOLD_FIELDS);
    let (side, field, bound) = match (over, under) {
        (Some(bound), None) => (Side::Over, "over", bound),
        (None, Some(bound)) => (Side::Under, "under", bound),
        (Some(_), Some(under)) => {
            fields.problem(
                under.line,
                "under",
                "is a second bound beside `over`: keep one of them",
            );
            return None;
        }
        (None, None) => {
            fields.missing("over", "write exactly one bound, `over` or `under`");
            return None;
        }
    };
    let (lowest, highest) = metric.range();
    let within = |bound: &f64| bound.is_finite() && (lowest..=highest).contains(bound);
    let Some(value) = bound.node.number().filter(within) else {
        let unit = metric.definition().unit;
        let remedy = format!("want a number of {lowest} to {highest} ({unit})");
        fields.problem(bound.line, field, format_args!("is no bound of {metric}: {remedy}"));
        return None;
    };
    Some(Condition::Threshold { side, bound: value, min_count: min_count? })
}
