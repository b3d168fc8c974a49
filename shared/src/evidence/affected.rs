//! Whom it hits: conversations, the revenue behind them, and examples.
//!
//! Conversations are told apart by their key hashes, which ride with bad trials; customers are not, so
//! conversations are what is counted and what is said. Of those with a bad trial only the share counts
//! that is beyond what is usual. Where there is nothing to compare with, all of them count.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Cell, Rows};
use crate::{
    dimension::{Dimension, EXTRA},
    id::ConversationId,
    metric::{BadDirection, Kind, Metric},
    minute::Minute,
    query::Selection,
};

/// Millionths in a unit.
const MILLION: f64 = 1e6;

/// How many are hit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affected {
    /// Conversations with something bad in the window, beyond what is usual.
    pub conversations: i64,
    /// Some were not kept one by one, so it is an estimate.
    pub is_estimate: bool,
}

/// Order values of conversations that turned out badly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revenue {
    /// As sent.
    pub currency: String,
    /// In the window.
    pub amount: f64,
    /// What is usual in as long a time; absent where nothing tells.
    pub usual: Option<f64>,
}

/// At most so many conversations behind a selection in the minutes `[first, end)`, the worst first, of
/// equally bad ones the latest.
pub fn exemplars(
    selection: &Selection,
    rows: &Rows,
    span: (Minute, Minute),
    most: usize,
) -> Vec<ConversationId> {
    let mut worst = BTreeMap::new();
    for (minute, id, exemplar) in rows.exemplars_within(selection, span) {
        let found = (exemplar.badness, minute);
        let kept = worst.entry(id).or_insert(found);
        *kept = found.max(*kept);
    }
    let mut found: Vec<_> = worst.into_iter().collect();
    found.sort_unstable_by_key(|(id, found)| (std::cmp::Reverse(*found), *id));
    found.into_iter().take(most).map(|(id, _)| id).collect()
}

/// How many are hit; `None` where nobody can tell. `usual` are the figures of the selection, now and
/// before, where there is something to compare with.
pub fn affected(
    selection: &Selection,
    usual: Option<(f64, f64)>,
    rows: &Rows,
    span: (Minute, Minute),
) -> Option<Affected> {
    let mut conversations = std::collections::BTreeSet::new();
    let mut kept = 0;
    for (_, id, exemplar) in rows.exemplars_within(selection, span) {
        conversations.insert(id);
        kept += exemplar.count;
    }
    let (mut n, mut sum) = (0, 0);
    for (_, _, amount) in rows.within(selection, span) {
        n += amount.count;
        sum += amount.sum;
    }
    // What follows from other metrics, and what sources say of themselves, has no trials here.
    if n == 0 && kept == 0 {
        return None;
    }
    let bad = bad_trials(selection.metric, n, sum);
    let distinct = conversations.len() as f64;
    let all = match bad {
        _ if kept == 0 => {
            return bad
                .filter(|bad| *bad == 0.0)
                .map(|_| Affected { conversations: 0, is_estimate: false });
        }
        // Of a cell and minute only the worst are kept.
        Some(bad) if bad > kept as f64 => distinct * bad / kept as f64,
        _ => distinct,
    };
    let beyond = usual.map_or(1.0, |usual| beyond_usual(selection.metric, usual));
    #[expect(clippy::cast_possible_truncation, reason = "a count of conversations")]
    let conversations = (all * beyond).round() as i64;
    Some(Affected { conversations, is_estimate: all > distinct })
}

/// Of a level that counts conversations, all of them are hit.
pub fn waiting(metric: Metric, level: Option<f64>) -> Option<Affected> {
    let counts = matches!(
        metric,
        Metric::QueueLength | Metric::SilentConversations | Metric::Backlog | Metric::SlaAtRisk
    );
    #[expect(clippy::cast_possible_truncation, reason = "a count of conversations")]
    let conversations = level.filter(|_| counts)?.round() as i64;
    Some(Affected { conversations, is_estimate: false })
}

/// Bad trials, where the amounts tell.
fn bad_trials(metric: Metric, n: i64, sum: i128) -> Option<f64> {
    match (metric.kind(), metric.definition().bad) {
        (Kind::Ratio, BadDirection::Up) => Some(sum as f64),
        (Kind::Ratio, BadDirection::Down) => Some(n as f64 - sum as f64),
        (Kind::Count, BadDirection::Up) => Some(n as f64),
        _ => None,
    }
}

/// The share of bad trials that is not usual.
fn beyond_usual(metric: Metric, (now, before): (f64, f64)) -> f64 {
    let (bad, usual) = match (metric.kind(), metric.definition().bad) {
        (Kind::Ratio, BadDirection::Down) => (1.0 - now, 1.0 - before),
        (Kind::Ratio | Kind::Count, _) => (now, before),
        // What their values would have been is not kept.
        _ => return 1.0,
    };
    if bad > 0.0 { ((bad - usual) / bad).clamp(0.0, 1.0) } else { 0.0 }
}

/// The order values of conversations of this cell that turned out badly, by currency, and what is usual
/// where earlier weeks tell; `rows` are of `revenue_at_risk`. Nothing where none were sent.
pub fn revenue(
    cell: &Cell,
    rows: &Rows,
    weeks: &[(i32, Rows)],
    (first, end): (Minute, Minute),
) -> Vec<Revenue> {
    // What is no dimension is a value of another metric's own.
    let mut cell = cell.clone();
    cell.retain(|(name, _)| Dimension::parse(name).is_some());
    let selection = Selection::total(Metric::RevenueAtRisk).narrowed(&cell);
    let by_currency = |rows: &Rows, back: i32| {
        let mut sums: BTreeMap<String, i128> = BTreeMap::new();
        for (_, vector, amount) in rows.within(&selection, (first.plus(-back), end.plus(-back))) {
            *sums.entry(rows.text(vector, EXTRA).to_owned()).or_default() += amount.sum;
        }
        sums
    };
    let known: Vec<_> = weeks.iter().filter(|(_, rows)| !rows.is_empty()).collect();
    let usual: Vec<_> = known.iter().map(|(back, rows)| by_currency(rows, *back)).collect();
    let revenue = by_currency(rows, 0).into_iter().filter(|(_, sum)| *sum > 0);
    let revenue = revenue.map(|(currency, sum)| {
        let weeks = usual.iter().map(|sums| sums.get(&currency).copied().unwrap_or_default());
        let usual = weeks.sum::<i128>() as f64 / MILLION / usual.len().max(1) as f64;
        let usual = (!known.is_empty()).then_some(usual);
        Revenue { currency, amount: sum as f64 / MILLION, usual }
    });
    revenue.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sums::Sums;

    #[test]
    fn of_what_has_no_conversations_nobody_can_tell_how_many_are_hit() {
        let sums = Sums::default();
        for metric in [Metric::Completeness, Metric::Occupancy, Metric::FallbackRate] {
            let rows = Rows::of([&sums], metric);
            let (by, only, only_extra) = (Vec::new(), Vec::new(), Vec::new());
            let selection = Selection { metric, by, by_extra: false, only, only_extra };
            assert_eq!(affected(&selection, None, &rows, (Minute(0), Minute(5))), None, "{metric}");
        }
    }
}
