//! Minutes in which sources were there, of those in which they were to be heard of.
//!
//! Silence says something only of a source that sends heartbeats: it is expected from its first one
//! on, and no longer where it is silent for [`RETIRED`] (a platform that was left). Any other source
//! has no uptime: never 100 %. The latest [`ARRIVING`] minutes may still be on their way.

use std::collections::BTreeMap;

use super::Read;
use crate::{
    dimension::Dimension,
    heard::Heard,
    metric::Metric,
    minute::Minute,
    query::{
        Amounts, Label, Selection, Steps,
        points::{Figure, Figures},
        sources::{Sources, label},
    },
    sums::Amount,
};

/// Minutes, the present one included, that are not judged yet.
const ARRIVING: i32 = 2;
/// Minutes of silence after which a source is not expected any more: 7 days.
const RETIRED: i32 = 7 * 24 * 60;

/// So much of so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) part: i64,
    pub(super) whole: i64,
}

impl Share {
    /// `None` of nothing.
    pub(super) fn of(part: i64, whole: i64) -> Option<Self> {
        (whole > 0).then(|| Self { part: part.clamp(0, whole), whole })
    }

    /// The lesser; of equal ones the one made of more.
    pub(super) fn least(self, other: Self) -> Self {
        let [own, others] = [(self, other), (other, self)]
            .map(|(share, by)| i128::from(share.part) * i128::from(by.whole));
        if (own, -self.whole) <= (others, -other.whole) { self } else { other }
    }

    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    pub(super) fn figure(self) -> Figure {
        let mut figure = Figure { trials: self.whole, ..Figure::default() };
        figure.point.value = Some(self.part as f64 / self.whole as f64);
        figure.point.numerator = Some(self.part);
        figure.point.denominator = Some(self.whole);
        figure
    }
}

/// In which minutes each source was there.
pub(super) struct Presence<'a> {
    heard: &'a Heard,
    active: BTreeMap<&'a str, &'a BTreeMap<Minute, Amount>>,
    now: Minute,
}

impl<'a> Presence<'a> {
    pub(super) fn new(heard: &'a Heard, activity: &'a Amounts, now: Minute) -> Self {
        let active = activity
            .iter()
            .filter_map(|(label, minutes)| Some((label.first()?.as_str(), minutes)))
            .collect();
        Self { heard, active, now }
    }

    /// Of the minutes `[first, end)`.
    pub(super) fn uptime(&self, source: &str, (first, end): (Minute, Minute)) -> Option<Share> {
        let since = Minute::of(*self.heard.beating.get(source)?);
        let until = Minute::of(*self.heard.newest.get(source)?).plus(1 + RETIRED);
        let (first, end) = (first.max(since), self.judged(end).min(until));
        if first >= end {
            return None;
        }
        let minutes = self.active.get(source).into_iter().flat_map(|it| it.range(first..end));
        let active = minutes.filter(|(_, amount)| amount.sum > 0).count();
        Share::of(i64::try_from(active).unwrap_or(i64::MAX), i64::from(end.0 - first.0))
    }

    /// The end of what can be judged of minutes before this one.
    pub(super) fn judged(&self, end: Minute) -> Minute {
        end.min(self.now.plus(1 - ARRIVING))
    }
}

/// Minutes before a time that a reader must have read, so that `minutes` of them can be judged.
pub(super) const fn before(minutes: i32) -> i32 {
    minutes + ARRIVING
}

/// The minutes in which each source was there.
pub(super) fn activity(selection: &Selection, steps: Steps) -> Read {
    let by = vec![Dimension::Source];
    let (metric, only) = (Metric::SourceActivity, selection.only.clone());
    let selection = Selection { by, only, ..Selection::total(metric) };
    Read { selection, steps }
}

/// The share of each source, and of several that of their minutes together.
pub(super) fn combine(
    selection: &Selection,
    steps: &Steps,
    activity: &Amounts,
    sources: &Sources,
    now: Minute,
) -> Figures {
    let presence = Presence::new(&sources.heard, activity, now);
    let mut shares: BTreeMap<Label, BTreeMap<Minute, Share>> = BTreeMap::new();
    for source in sources.heard.beating.keys() {
        let Some(label) = label(selection, source) else { continue };
        let by_step = shares.entry(label).or_default();
        for (_, start, end) in steps.iter() {
            let Some(Share { part, whole }) = presence.uptime(source, (start, end)) else {
                continue;
            };
            let share = by_step.entry(start).or_insert(Share { part: 0, whole: 0 });
            share.part += part;
            share.whole += whole;
        }
    }
    figures(shares)
}

pub(super) fn figures(shares: BTreeMap<Label, BTreeMap<Minute, Share>>) -> Figures {
    let of_label = |by_step: BTreeMap<Minute, Share>| {
        by_step.into_iter().map(|(step, share)| (step, share.figure())).collect()
    };
    shares.into_iter().map(|(label, by_step)| (label, of_label(by_step))).collect()
}

#[cfg(test)]
#[path = "uptime_tests.rs"]
mod tests;
