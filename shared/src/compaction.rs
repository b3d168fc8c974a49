//! Compaction: from open deltas to the two tiers of rollups, without a moment at which a reader
//! could meet an amount twice or not at all.
//!
//! Everything that holds amounts is **immutable**: deltas, minute segments, late bundles, hour
//! items. Only the [`Head`] changes, always on condition of its version:
//!
//! 1. *Plan*: the head names the deltas that compaction `n` will merge. Readers still use them.
//! 2. *Write*: segment `(hour, n)` for each hour touched; an hour item `(family, view, hour, n)`
//!    for each hour that closes; a late bundle `n` of what falls into hours closed before.
//!    Readers ignore whatever carries a number above the head's `committed`. Whoever repeats this
//!    step, after a crash or beside another worker, writes the same bytes under the same keys.
//! 3. *Commit*: `committed` becomes `n`, and the merged deltas are named as such. Readers switch.
//! 4. *Delete* the merged deltas. They stay named until none of them is seen any more.
//!
//! There is no checkpoint over keys, so a delta that becomes visible late is merged late, not lost.
//!
//! An hour **closes** when it is over for ten minutes and nothing has been added to it for ten: its
//! cells are then written once by metric family and view, so that a month of a metric is a few
//! reads. What falls into a closed hour later waits in late bundles, which readers add, until it is
//! worth another fragment of the hour's items.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    heard::Heard,
    minute::{Hour, Minute},
    sabotage::{self, Sabotage},
};

/// Open deltas are merged when they are larger together than this, in bytes.
const DELTA_BYTES: usize = 64 << 10;
/// Open deltas are merged when the oldest has waited so long, in minutes.
const DELTA_AGE: i32 = 10;
/// Late bundles are folded into hour items when they are larger together than this, in bytes.
const LATE_BYTES: usize = 256 << 10;
/// Late bundles are folded when the oldest has waited so long, in minutes.
const LATE_AGE: i32 = 360;
/// An hour closes when it has been over, and left alone, for so many minutes.
const QUIET: i32 = 10;
/// Deltas merged by one plan; keeps the head item small.
const PLAN_DELTAS: usize = 1_000;
/// Hours closed by one plan; keeps a tick short.
const PLAN_HOURS: usize = 48;
/// Hours named as changed; keeps the head item small.
const CHANGED: usize = 200;

/// What readers and compaction agree on: one small item a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Segments, bundles and hour items up to this number count.
    pub committed: u64,
    /// The compaction under way.
    pub plan: Option<Plan>,
    /// Deltas that are merged but may still be seen.
    pub merged: Vec<String>,
    /// Late bundles that are folded but may still be seen.
    pub folded: Vec<u64>,
    /// Hours that are closed: first and last of each run.
    pub closed: Vec<(Hour, Hour)>,
    /// Past hours that are still being added to, and when they last were.
    pub busy: BTreeMap<Hour, Minute>,
    /// The first hour that was ever added to.
    pub first: Option<Hour>,
    /// Hours to whose segments or items the last compaction added; `None`: any.
    #[serde(default)]
    pub changed: Option<BTreeSet<Hour>>,
    /// Signs of life, as far as they are merged.
    #[serde(default)]
    pub heard: Heard,
}

/// A compaction: a pure function of what it names, so that it can be repeated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its number, one above the head's `committed`.
    pub number: u64,
    /// Deltas to merge.
    pub deltas: Vec<String>,
    /// Late bundles to fold.
    pub late: Vec<u64>,
    /// Hours to close.
    pub close: Vec<Hour>,
    /// What the head's `busy` will be.
    pub busy: BTreeMap<Hour, Minute>,
    /// The first hour that these deltas add to.
    pub first: Option<Hour>,
    /// What the head's `changed` will be.
    #[serde(default)]
    pub changed: Option<BTreeSet<Hour>>,
    /// Signs of life in these deltas.
    #[serde(default)]
    pub heard: Heard,
}

/// An open delta or late bundle, as far as planning needs to know it.
#[derive(Clone, Debug)]
pub struct Waiting<Id> {
    /// Its key.
    pub id: Id,
    /// Encoded size in bytes.
    pub bytes: usize,
    /// When it was written.
    pub written: Minute,
    /// The hours that it adds to.
    pub hours: BTreeSet<Hour>,
    /// Signs of life in it.
    pub heard: Heard,
}

impl Head {
    /// Whether the hour's cells are in hour items.
    pub fn is_closed(&self, hour: Hour) -> bool {
        self.closed.iter().any(|(first, last)| (*first..=*last).contains(&hour))
    }

    /// Whether a delta's amounts are in segments already.
    pub fn has_merged(&self, delta: &str) -> bool {
        self.merged.iter().any(|merged| merged == delta)
    }

    /// Whether a late bundle's amounts are in hour items already.
    pub fn has_folded(&self, number: u64) -> bool {
        !sabotage::is(Sabotage::FoldedBundleCounts) && self.folded.contains(&number)
    }

    /// Whether a late bundle counts beside the hour items.
    pub fn counts_bundle(&self, number: u64) -> bool {
        number <= self.committed && !self.has_folded(number)
    }

    /// What to do next, if it is worth doing. `open` and `late` are what counts for readers now.
    pub fn propose(
        &self,
        now: Minute,
        mut open: Vec<Waiting<String>>,
        late: &[Waiting<u64>],
    ) -> Option<Plan> {
        open.sort_by(|a, b| (a.written, &a.id).cmp(&(b.written, &b.id)));
        open.truncate(PLAN_DELTAS);
        if !is_worth_it(now, &open, DELTA_BYTES, DELTA_AGE) {
            open.clear();
        }
        let fold = is_worth_it(now, late, LATE_BYTES, LATE_AGE);
        let touched: BTreeSet<Hour> = open.iter().flat_map(|delta| &delta.hours).copied().collect();
        let first = touched.first().copied();
        let mut heard = Heard::default();
        for delta in &open {
            heard.merge(&delta.heard);
        }
        // The last hour that is over for long enough.
        let due = Hour(now.plus(-QUIET).hour().0 - 1);
        let mut busy = self.busy.clone();
        busy.extend(touched.iter().filter(|hour| **hour <= due).map(|hour| (*hour, now)));
        busy.retain(|hour, touched| !self.is_closed(*hour) && touched.plus(QUIET) > now);
        let close: Vec<Hour> = self.closable(due, first, &busy).take(PLAN_HOURS).collect();
        if open.is_empty() && close.is_empty() && !fold {
            return None;
        }
        let folded = late.iter().filter(|_| fold).flat_map(|bundle| &bundle.hours);
        let changed: BTreeSet<Hour> = touched.iter().chain(&close).chain(folded).copied().collect();
        Some(Plan {
            number: self.committed + 1,
            deltas: open.into_iter().map(|delta| delta.id).collect(),
            late: if fold { late.iter().map(|bundle| bundle.id).collect() } else { Vec::new() },
            close,
            busy,
            first,
            changed: Some(changed).filter(|changed| changed.len() <= CHANGED),
            heard,
        })
    }

    /// The head after the plan is carried out.
    #[must_use]
    pub fn commit(&self, plan: &Plan) -> Self {
        let mut closed = self.closed.clone();
        closed.extend(plan.close.iter().map(|hour| (*hour, *hour)));
        let mut heard = self.heard.clone();
        heard.merge(&plan.heard);
        Self {
            committed: plan.number,
            plan: None,
            merged: if sabotage::is(Sabotage::MergedNotNamed) {
                Vec::new()
            } else {
                plan.deltas.clone()
            },
            folded: plan.late.clone(),
            closed: joined(closed),
            busy: plan.busy.clone(),
            first: [self.first, plan.first].into_iter().flatten().min(),
            changed: plan.changed.clone(),
            heard,
        }
    }

    /// Hours up to the last due one that are neither closed nor busy.
    fn closable<'a>(
        &'a self,
        due: Hour,
        first_touched: Option<Hour>,
        busy: &'a BTreeMap<Hour, Minute>,
    ) -> impl Iterator<Item = Hour> + 'a {
        let first = [self.first, first_touched].into_iter().flatten().min();
        let range = first.map(|first| first.0..=due.0).into_iter().flatten();
        range.map(Hour).filter(move |hour| !self.is_closed(*hour) && !busy.contains_key(hour))
    }
}

fn is_worth_it<Id>(now: Minute, waiting: &[Waiting<Id>], bytes: usize, age: i32) -> bool {
    let total: usize = waiting.iter().map(|item| item.bytes).sum();
    let oldest = waiting.iter().map(|item| item.written).min();
    total > bytes || oldest.is_some_and(|oldest| oldest.plus(age) <= now)
}

/// Runs of hours, sorted, neighbours joined.
fn joined(mut runs: Vec<(Hour, Hour)>) -> Vec<(Hour, Hour)> {
    runs.sort_unstable();
    let mut joined: Vec<(Hour, Hour)> = Vec::new();
    for (first, last) in runs {
        match joined.last_mut() {
            Some(run) if first <= run.1.next() => run.1 = run.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(id: &str, written: i32, hours: &[i32], bytes: usize) -> Waiting<String> {
        let newest = BTreeMap::from([("/s".to_owned(), i64::from(written))]);
        let heard = Heard { newest, ..Heard::default() };
        let Waiting { written, hours, .. } = waiting(written, hours);
        Waiting { id: id.to_owned(), bytes, written, hours, heard }
    }

    fn waiting(written: i32, hours: &[i32]) -> Waiting<u64> {
        let hours = hours.iter().map(|hour| Hour(*hour)).collect();
        Waiting { id: 0, bytes: 1, written: Minute(written), hours, heard: Heard::default() }
    }

    #[test]
    fn small_young_deltas_wait() {
        let head = Head::default();
        assert_eq!(head.propose(Minute(605), vec![delta("a", 600, &[10], 100)], &[]), None);
        let old = head.propose(Minute(610), vec![delta("a", 600, &[10], 100)], &[]).unwrap();
        assert_eq!(old.deltas, ["a"]);
        let large = head.propose(Minute(601), vec![delta("a", 600, &[10], 100_000)], &[]);
        assert_eq!(large.as_ref().unwrap().number, 1);
        assert_eq!(head.commit(&large.unwrap()).heard.latest(), Some(600));
    }

    #[test]
    fn an_hour_closes_when_it_is_over_and_left_alone() {
        let mut head = Head::default();
        let plan = head.propose(Minute(660), vec![delta("a", 640, &[10], 1)], &[]).unwrap();
        assert_eq!(plan.close, []);
        head = head.commit(&plan);
        assert!(head.propose(Minute(669), vec![], &[]).is_none());
        let plan = head.propose(Minute(670), vec![], &[]).unwrap();
        assert_eq!(plan.close, [Hour(10)]);
        head = head.commit(&plan);
        assert!(head.is_closed(Hour(10)) && !head.is_closed(Hour(11)));
    }

    #[test]
    fn a_past_hour_that_is_still_added_to_stays_open() {
        let mut head = Head::default();
        let plan = head.propose(Minute(6000), vec![delta("a", 5990, &[10, 20], 1)], &[]).unwrap();
        // The empty hours between close at no cost; those just added to do not.
        assert_eq!(plan.close.first(), Some(&Hour(11)));
        assert!(!plan.close.contains(&Hour(20)));
        head = head.commit(&plan);
        let plan = head.propose(Minute(6010), vec![], &[]).unwrap();
        assert!(plan.close.contains(&Hour(10)) && plan.close.contains(&Hour(20)));
    }

    #[test]
    fn a_compaction_names_the_hours_that_it_changes() {
        let hours = |hours: &[i32]| Some(hours.iter().copied().map(Hour).collect());
        let mut head = Head::default();
        let open = vec![delta("a", 640, &[10], 1), delta("b", 650, &[10, 11], 1)];
        let plan = head.propose(Minute(660), open, &[]).unwrap();
        head = head.commit(&plan);
        assert_eq!(head.changed, hours(&[10, 11]));
        let plan = head.propose(Minute(670), vec![], &[]).unwrap();
        head = head.commit(&plan);
        assert_eq!(head.changed, hours(&[10]));
        let bundle = Waiting { id: 7, ..waiting(310, &[4, 5]) };
        let plan = head.propose(Minute(670), vec![], &[bundle]).unwrap();
        assert_eq!((plan.late, plan.changed), (vec![7], hours(&[4, 5])));
        let many: Vec<i32> = (0..300).collect();
        let plan = head.propose(Minute(670), vec![delta("c", 1, &many, 1)], &[]).unwrap();
        assert_eq!(plan.changed, None);
    }

    #[test]
    fn runs_of_closed_hours_are_joined() {
        let hour = |a: i32, b: i32| (Hour(a), Hour(b));
        assert_eq!(joined(vec![hour(5, 5), hour(3, 4), hour(8, 9)]), [hour(3, 5), hour(8, 9)]);
    }
}
