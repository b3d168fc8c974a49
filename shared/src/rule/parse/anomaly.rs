//! The condition `anomaly`.

use super::fields::Fields;
use crate::{
    detect::{Side, calendar::Calendar, watch},
    metric::Metric,
    query::Selection,
    rule::{Anomaly, anomaly::bad_side, document::Item},
};

pub(super) const FIELDS: [&str; 2] = ["direction", "weight"];
pub(super) const DIRECTIONS: [&str; 4] = ["bad", "up", "down", "both"];

/// Reads the condition, which must suit what is selected. Its false alarms are its weight, until the
/// dial is shared out; the calendar is that of UTC until the tenant's is known.
pub(super) fn condition(
    fields: &mut Fields<'_>,
    item: Item,
    selection: Option<&Selection>,
) -> Option<Anomaly> {
    let selection = selection?;
    if let Err(reason) = watch::suits(selection.metric) {
        fields.problem(item.line, "anomaly", format_args!("does not apply: the metric {reason}"));
        return None;
    }
    if selection.is_individual() {
        fields.problem(item.line, "anomaly", "does not apply to single agents: leave out `agent`");
    }
    fields.within("anomaly", item, "anomaly: { direction: bad }", |fields| {
        let side = side(fields, selection.metric);
        let weight = if fields.has("weight") {
            let remedy = "want a number above 0; 1 is usual";
            fields.number("weight", remedy, |one| one > 0.0 && one.is_finite())
        } else {
            Some((0, 1.0))
        };
        fields.end(&FIELDS);
        Some(Anomaly { side: side?, false_alarms: weight?.1, calendar: Calendar::utc() })
    })?
}

/// Which changes matter: usually those that are bad for customers.
pub(super) fn side(fields: &mut Fields<'_>, metric: Metric) -> Option<Side> {
    if !fields.has("direction") {
        return Some(bad_side(metric));
    }
    Some(match fields.one_of("direction", &DIRECTIONS)?.as_str() {
        "up" => Side::Up,
        "down" => Side::Down,
        "both" => Side::Both,
        _ => bad_side(metric),
    })
}
