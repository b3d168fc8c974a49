//! Which of several alerts is named first.

use std::cmp::Reverse;

use crate::{alert::Alert, metric::BadDirection, rule::Severity};

/// Dimension and value.
type Cell = [(String, String)];

/// The most urgent first; of these the one of the widest cell, which is the likeliest cause; of
/// these the one with the most that went wrong. What is alike stands in the order of its cells.
pub fn rank(alert: &Alert) -> (Severity, usize, Reverse<i64>, &Cell, &str) {
    let wrong = Reverse(went_wrong(alert));
    (alert.severity, alert.cell.len(), wrong, &alert.cell, &alert.id)
}

/// About how many trials, or how much, went wrong beyond what was expected.
fn went_wrong(alert: &Alert) -> i64 {
    let evidence = &alert.evidence;
    let Some(value) = evidence.value else { return 0 };
    let definition = alert.metric.definition();
    let is_share = definition.unit == "share";
    let away = match evidence.expected {
        Some(expected) => (value - expected.mid).abs(),
        None if is_share && definition.bad == BadDirection::Down => 1.0 - value,
        None => value.abs(),
    };
    #[expect(clippy::cast_precision_loss, reason = "only compared")]
    let n = if is_share { evidence.n.max(1) as f64 } else { 1.0 };
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let micros = (away * n * 1e6) as i64;
    micros
}
