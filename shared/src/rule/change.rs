//! `after_change`: the metric moved for the worse since something was deployed.
//!
//! Judged over the time since a change, for up to 2 hours by the minute and for up to 24 hours by full
//! hours, against the same hours of up to four earlier weeks; of a tenant that is not known for two
//! weeks, the longer one against the same hours of the days before. All of that lies before the change.
//!
//! What had moved before the change is not due to it: as long a time up to the change, judged by its
//! own weeks, must have moved less than half as far. Since it is looked at again and again while it
//! grows, a change must lie [`Z`] standard deviations off, where one look would ask for 3.

use std::fmt;

use super::{Judgement, Verdict, judge::deviation};
use crate::{alert::Change, detect::Side, metric::Metric, minute::timestamp, sums::Amount};

/// How far from a change it is looked at by the minute, in minutes.
pub const AHEAD: i32 = 120;
/// How far by full hours, in minutes.
pub const FAR_AHEAD: i32 = 1440;
/// Standard deviations from which on a move opens; it holds from half of them on.
const Z: f64 = 4.0;

/// When a metric moved for the worse after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AfterChange {
    /// Which moves matter.
    pub side: Side,
}

/// What there is to compare of one change and cell.
#[derive(Clone, Debug, Default)]
pub struct Since {
    /// Length in minutes.
    pub length: i32,
    /// Since the change.
    pub after: Amount,
    /// The same hours of earlier weeks, or days; without those that have no data.
    pub usual: Vec<Amount>,
    /// As long a time up to the change.
    pub before: Amount,
    /// The same hours of earlier weeks, or days.
    pub usual_before: Vec<Amount>,
}

impl AfterChange {
    /// Judges the spans since each change, and says which change it is. Of several the one opens after
    /// which the metric moved farthest.
    pub fn judge(&self, metric: Metric, spans: &[(Change, Since)]) -> Judgement {
        let judged = spans.iter().filter_map(|(change, since)| {
            let (moved, judgement) = self.judge_one(metric, change, since)?;
            Some((moved, judgement))
        });
        let most = judged.max_by(|one, other| one.0.total_cmp(&other.0));
        let most = most.map(|(_, judgement)| judgement);
        most.unwrap_or_else(|| {
            Judgement::nothing(spans.iter().map(|(_, since)| since.after.count).sum(), 0)
        })
    }

    fn judge_one(self, metric: Metric, change: &Change, since: &Since) -> Option<(f64, Judgement)> {
        let after = deviation(metric, &since.after, &since.usual)?;
        let before = deviation(metric, &since.before, &since.usual_before);
        let off = |moved: f64| match self.side {
            Side::Up => moved,
            Side::Down => -moved,
            Side::Both => moved.abs(),
        };
        let moved = off(after.z);
        let is_new = before.is_none_or(|before| off(before.moved) < off(after.moved) / 2.0);
        let verdict = if moved >= Z && is_new && after.is_seen {
            Verdict::Open
        } else if moved >= Z / 2.0 && is_new {
            Verdict::Hold
        } else {
            Verdict::Clear
        };
        let Change { kind, name, version, time, .. } = change;
        let at = timestamp(*time).strftime("%Y-%m-%d %H:%M UTC");
        let judgement = Judgement {
            verdict,
            value: Some(after.value),
            expected: Some(after.expected),
            n: since.after.count,
            window: since.length,
            reason: Some(format!("since {kind} {name} {version} was deployed at {at}")),
        };
        Some((if is_new { moved } else { 0.0 }, judgement))
    }
}

impl fmt::Display for AfterChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Up => "up",
            Side::Down => "down",
            Side::Both => "up or down",
        };
        write!(f, "{side} within 2 h or 24 h of a change")
    }
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
