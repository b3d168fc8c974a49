//! What silences an alert: one of the whole, or a source that feeds it and is out.

use super::{Alerts, rank};
use crate::{
    alert::{Alert, Inhibition},
    sabotage::{self, Sabotage},
};

/// An alert of more dimensions silences nobody: what it is about is a part itself.
const DIMENSIONS: usize = 1;

/// Notes at each alert what silences it now.
pub fn mark(alerts: &mut Alerts) {
    let mut wholes: Vec<Alert> = alerts
        .values()
        .filter(|alert| alert.is_open() && !alert.is_shadow && alert.cell.len() <= DIMENSIONS)
        // Nobody is told of a whole that a person has silenced, so its parts speak for themselves.
        .filter(|alert| alert.silenced.is_none())
        .cloned()
        .collect();
    wholes.sort_by(|one, other| rank(one).cmp(&rank(other)));
    for alert in alerts.values_mut() {
        let source = alert.frozen_since.and(alert.delivery.frozen_by.as_ref());
        if sabotage::is(Sabotage::ToldThoughInhibited) {
            continue;
        }
        let whole = || wholes.iter().find(|whole| inhibits(whole, alert));
        alert.delivery.inhibited_by = match source {
            Some(source) => Some(Inhibition::Source(source.clone())),
            None => whole().map(|whole| Inhibition::Alert(whole.id.clone())),
        };
    }
}

/// Whether one alert, which fires, silences another: it is of the same family, no less urgent, and
/// about a whole of which the other is a part.
pub fn inhibits(whole: &Alert, part: &Alert) -> bool {
    whole.family() == part.family()
        && whole.severity <= part.severity
        && covers(whole, part)
        && !covers(part, whole)
}

/// Whether all that one alert is about the other is about, too.
fn covers(whole: &Alert, part: &Alert) -> bool {
    let cell = whole
        .cell
        .iter()
        .all(|(dimension, value)| is_within(part, dimension, |other| other == value));
    cell && whole.delivery.scope.iter().all(|(dimension, values)| {
        is_within(part, dimension, |other| values.iter().any(|value| value == other))
    })
}

/// Whether an alert is about allowed values of a dimension only.
fn is_within(alert: &Alert, dimension: &str, is_allowed: impl Fn(&str) -> bool) -> bool {
    let in_cell = alert.cell.iter().any(|(name, value)| name == dimension && is_allowed(value));
    let mut scope = alert.delivery.scope.iter();
    in_cell
        || scope
            .any(|(name, values)| name == dimension && values.iter().all(|value| is_allowed(value)))
}
