//! What stands beside a provisional ratio: what earlier cohorts stood at when they were as old.
//!
//! The cohorts of a step are the same span in four earlier weeks (of a span longer than a week, in
//! as many weeks as it takes not to overlap). All their trials have their final outcome; those that
//! turned at a greater age than the present trials have reached are turned back. See
//! [`crate::revision`] for what is counted and how finely ages are told.

use std::collections::{BTreeMap, BTreeSet};

use super::{Amounts, Label, Notes, Read, SUPPRESSED_BELOW, Selection, Steps};
use crate::{
    metric::{BadDirection, Metric},
    minute::Minute,
    revision::AGES,
};

const WEEK: i32 = 7 * 24 * 60;
/// Earlier cohorts, pooled.
const COHORTS: i32 = 4;

/// A part of an earlier cohort whose trials had all reached the same of [`AGES`].
struct Span {
    /// First minute of the present step that it stands beside.
    step: Minute,
    minutes: (Minute, Minute),
    /// How many of the ages.
    reached: usize,
}

/// Earlier cohorts of a selection's provisional steps.
pub struct Cohorts {
    metric: Metric,
    spans: Vec<Span>,
    reads: [Read; 2],
}

impl Cohorts {
    /// `None` where nothing is provisional, or nobody counts how late the metric's trials turn.
    pub fn of(selection: &Selection, steps: &Steps, now: Minute) -> Option<Self> {
        let metric = selection.metric;
        let (turned, horizon) = (metric.definition().turned?, metric.definition().horizon_minutes);
        let provisional = steps.iter().filter(|(_, _, end)| end.plus(horizon) > now);
        let spans: Vec<Span> =
            provisional.flat_map(|(_, start, end)| spans((start, end), now)).collect();
        let bounds: BTreeSet<Minute> =
            spans.iter().flat_map(|span| [span.minutes.0, span.minutes.1]).collect();
        if bounds.is_empty() {
            return None;
        }
        let steps = Steps::between(bounds);
        let turned = Selection { metric: turned, by_extra: true, ..selection.clone() };
        let reads =
            [selection.clone(), turned].map(|selection| Read { selection, steps: steps.clone() });
        Some(Self { metric, spans, reads })
    }

    /// What is to be added up: the trials, and those that turned.
    pub fn reads(&self) -> &[Read; 2] {
        &self.reads
    }

    /// The share that the cohorts stood at, out of what the reads added up to.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn age_matched(&self, [trials, turned]: &[Amounts; 2]) -> Notes {
        let turned = by_age(turned);
        let mut shares: BTreeMap<&Label, BTreeMap<Minute, (i128, i64)>> = BTreeMap::new();
        for (label, by_step) in trials {
            for Span { step, minutes: (first, end), reached } in &self.spans {
                let (sum, count) = shares.entry(label).or_default().entry(*step).or_default();
                for (_, amount) in by_step.range(*first..*end) {
                    *sum += amount.sum;
                    *count += amount.count;
                }
                let later = turned.get(label.as_slice()).into_iter().flatten();
                for (_, by_step) in later.filter(|(age, _)| age >= reached) {
                    let later: i64 =
                        by_step.range(*first..*end).map(|(_, amount)| amount.count).sum();
                    *sum += i128::from(later) * turned_back(self.metric);
                }
            }
        }
        let shares = shares.into_iter().map(|(label, by_step)| {
            let enough = by_step.into_iter().filter(|(_, (_, n))| *n >= SUPPRESSED_BELOW);
            let shares = enough.map(|(step, (sum, n))| (step, sum as f64 / n as f64));
            (label.clone(), shares.collect())
        });
        shares.collect()
    }
}

/// What turning a bad trial back adds to the numerator.
fn turned_back(metric: Metric) -> i128 {
    match metric.definition().bad {
        BadDirection::Up => -1,
        BadDirection::Down => 1,
        BadDirection::Both => 0,
    }
}

/// By the label without its age: position in [`AGES`], and amounts.
type ByAge<'a> = BTreeMap<&'a [String], Vec<(usize, &'a BTreeMap<Minute, crate::sums::Amount>)>>;

fn by_age(turned: &Amounts) -> ByAge<'_> {
    let mut found = ByAge::new();
    for (label, by_step) in turned {
        let Some((age, label)) = label.split_last() else { continue };
        if let Some(age) = AGES.iter().position(|(name, _)| name == age) {
            found.entry(label).or_default().push((age, by_step));
        }
    }
    found
}

/// The spans of a step in earlier weeks, cut where trials reach an age; at full hours, so that
/// closed hours are read whole.
fn spans((start, end): (Minute, Minute), now: Minute) -> Vec<Span> {
    let reached_before = AGES.map(|(_, age)| now.plus(-age).hour().start());
    let inside = reached_before.into_iter().filter(|cut| (start..end).contains(cut));
    let bounds: BTreeSet<Minute> = inside.chain([start, end]).collect();
    let bounds: Vec<Minute> = bounds.into_iter().collect();
    let shift = ((end.0 - start.0 + WEEK - 1) / WEEK).saturating_mul(WEEK);
    let cohorts = (1..=COHORTS).map(|cohort| shift.saturating_mul(-cohort));
    cohorts
        .flat_map(|shift| {
            bounds.windows(2).map(move |bounds| Span {
                step: start,
                minutes: (bounds[0].plus(shift), bounds[1].plus(shift)),
                reached: reached_before.iter().filter(|cut| bounds[1] <= **cut).count(),
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "cohorts_tests.rs"]
mod tests;
