//! What a process that reads the same hours again and again remembers of them, decoded.
//!
//! Sound because what is committed never changes: the segments and hour items of an hour up to a
//! compaction are the same whenever they are read, but for those that expire, which is why what is
//! about to is read anew each hour. What the next compaction changed, the head names, and only that is
//! forgotten; where it names nothing, or more than one compaction came between, all is. What nobody
//! asked for in an hour is forgotten too, so that it holds as much as is read in one.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use tocsin_domain::{
    cells::HourCells,
    compaction::Head,
    dimension::View,
    id::TenantId,
    metric::Family,
    minute::{Hour, Minute},
    sums::Sums,
};

use super::packs::Packs;
use crate::{config::Retention, store::rollup::OpenDelta};

/// Hour items of one hour.
pub(super) type Cells = Vec<HourCells>;

/// Remembers; empty at first.
#[derive(Debug, Default)]
pub struct Memo {
    remembered: Mutex<Remembered>,
    packs: Mutex<Packs>,
    /// Those of one tenant that were open when they were last read.
    deltas: Mutex<(Option<TenantId>, BTreeMap<String, OpenDelta>)>,
}

/// What was read of one scope.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    scope: Option<Scope>,
    /// All segments of an hour, added up.
    pub(super) segments: ByHour<Sums>,
    pub(super) cells: HashMap<(Family, View), ByHour<Cells>>,
}

/// What is remembered of each hour, and whether it was asked for since the last hour began.
#[derive(Debug)]
pub(super) struct ByHour<T>(BTreeMap<Hour, (Arc<T>, bool)>);

impl<T> Default for ByHour<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> ByHour<T> {
    pub(super) fn insert(&mut self, hour: Hour, known: Arc<T>) {
        self.0.insert(hour, (known, true));
    }

    /// Those of these hours that are remembered.
    pub(super) fn recall(&mut self, (first, last): (Hour, Hour)) -> BTreeMap<Hour, Arc<T>> {
        let known = self.0.range_mut(first..=last).map(|(hour, (known, is_used))| {
            *is_used = true;
            (*hour, Arc::clone(known))
        });
        known.collect()
    }

    /// Forgets what changed.
    fn forget(&mut self, changed: &BTreeSet<Hour>) {
        self.0.retain(|hour, _| !changed.contains(hour));
    }

    /// Forgets what nobody asked for since the last hour began, and what comes before the hours that
    /// are kept.
    fn sweep(&mut self, kept: Hour) {
        self.0.retain(|hour, (_, is_used)| std::mem::take(is_used) && *hour >= kept);
    }
}

/// What is remembered together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    tenant: TenantId,
    committed: u64,
    hour: Hour,
    /// The first hours whose segments and whose items do not expire while it is this hour.
    kept: (Hour, Hour),
}

impl Scope {
    pub(super) fn new(tenant: &TenantId, committed: u64, now: i64, retention: Retention) -> Self {
        let hour = Minute::of(now).hour();
        let first = |kept: i64| {
            let end = hour.next().start().start();
            Minute::of(end.saturating_sub(kept)).hour().next()
        };
        let kept = (first(retention.minutes), first(retention.hours));
        Self { tenant: tenant.clone(), committed, hour, kept }
    }

    /// The hours that have changed since another scope; `None`: perhaps all.
    fn changed_since<'h>(&self, other: &Self, head: &'h Head) -> Option<Cow<'h, BTreeSet<Hour>>> {
        if self.tenant != other.tenant {
            return None;
        }
        match self.committed.checked_sub(other.committed)? {
            0 => Some(Cow::Owned(BTreeSet::new())),
            1 => head.changed.as_ref().map(Cow::Borrowed),
            _ => None,
        }
    }
}

impl Memo {
    /// What is remembered of this scope; what is not the same in it is forgotten.
    pub(super) fn with<T>(
        &self,
        scope: &Scope,
        head: &Head,
        use_it: impl FnOnce(&mut Remembered) -> T,
    ) -> T {
        // Whoever panicked with it in hand left it whole: each change is one insertion, or a removal.
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.scope.as_ref() != Some(scope) {
            remembered.enter(scope, head);
        }
        use_it(&mut remembered)
    }

    /// Deltas of a tenant that were remembered, by id; whoever takes them keeps those that are open still.
    pub(super) fn take_deltas(&self, tenant: &TenantId) -> BTreeMap<String, OpenDelta> {
        let mut known = self.deltas.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0.as_ref() == Some(tenant) {
            std::mem::take(&mut known.1)
        } else {
            BTreeMap::new()
        }
    }

    /// Remembers the deltas that are open now, and no other.
    pub(super) fn keep_deltas(&self, tenant: &TenantId, open: &[OpenDelta]) {
        let by_id = open.iter().map(|delta| (delta.id.clone(), delta.clone())).collect();
        let mut known = self.deltas.lock().unwrap_or_else(PoisonError::into_inner);
        *known = (Some(tenant.clone()), by_id);
    }

    /// Detectors' packs that are remembered.
    pub(super) fn with_packs<T>(&self, use_them: impl FnOnce(&mut Packs) -> T) -> T {
        // Whoever panicked with them in hand left them whole, likewise.
        use_them(&mut self.packs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Remembered {
    fn enter(&mut self, scope: &Scope, head: &Head) {
        let before = self.scope.replace(scope.clone());
        let changed = before.as_ref().and_then(|before| scope.changed_since(before, head));
        let (Some(before), Some(changed)) = (&before, changed) else {
            *self = Self { scope: self.scope.take(), ..Self::default() };
            return;
        };
        self.segments.forget(&changed);
        self.cells.values_mut().for_each(|cells| cells.forget(&changed));
        if scope.hour != before.hour {
            // What was read at a later hour may lack what expired until then.
            self.segments.sweep(scope.kept.0.max(before.kept.0));
            let kept = scope.kept.1.max(before.kept.1);
            self.cells.values_mut().for_each(|cells| cells.sweep(kept));
        }
    }
}

#[cfg(test)]
mod tests {
    use tocsin_domain::minute::{DAY, HOUR};

    use super::*;

    const RETENTION: Retention = Retention {
        accept_late: DAY,
        conversations: DAY,
        visits: DAY,
        minutes: DAY,
        hours: DAY,
        texts: DAY,
    };

    fn scope(committed: u64, now: i64) -> Scope {
        let tenant = TenantId::try_from("demo".to_owned()).unwrap();
        Scope::new(&tenant, committed, now, RETENTION)
    }

    /// Of the hours 1 and 2, read in the first scope, those that are known in the others, one after
    /// the other.
    #[track_caller]
    fn check(others: &[Scope], changed: Option<&[i32]>, expected: &[i32]) {
        let memo = Memo::default();
        memo.with(&scope(3, 0), &Head::default(), |one| {
            for hour in [1, 2] {
                one.segments.insert(Hour(hour), Arc::default());
                let cells = one.cells.entry((Family::Contact, View::Total)).or_default();
                cells.insert(Hour(hour), Arc::default());
            }
        });
        let hours = |hours: &[i32]| hours.iter().copied().map(Hour).collect::<BTreeSet<Hour>>();
        let head = Head { changed: changed.map(hours), ..Head::default() };
        let mut known = Vec::new();
        for other in others {
            known = memo.with(other, &head, |one| {
                let cells = one.cells.values().flat_map(|cells| cells.0.keys());
                let segments = one.segments.0.keys();
                [segments.copied().collect::<BTreeSet<_>>(), cells.copied().collect()].to_vec()
            });
        }
        assert_eq!(known, [hours(expected), hours(expected)], "{others:?} {changed:?}");
    }

    #[test]
    fn what_a_compaction_changed_is_forgotten_after_it() {
        check(&[scope(3, 0)], None, &[1, 2]);
        check(&[scope(4, 0)], Some(&[2, 3]), &[1]);
        check(&[scope(4, 0)], Some(&[]), &[1, 2]);
    }

    #[test]
    fn all_is_forgotten_where_it_is_not_known_what_changed() {
        check(&[scope(4, 0)], None, &[]);
        check(&[scope(5, 0)], Some(&[]), &[]);
        check(&[scope(2, 0)], Some(&[]), &[]);
    }

    #[test]
    fn what_may_have_expired_is_forgotten_at_the_next_hour() {
        check(&[scope(3, HOUR)], None, &[1, 2]);
        check(&[scope(3, 24 * HOUR)], None, &[2]);
        check(&[scope(4, 24 * HOUR)], Some(&[2]), &[]);
        check(&[scope(3, 25 * HOUR)], None, &[]);
    }

    #[test]
    fn what_nobody_asked_for_in_an_hour_is_forgotten() {
        check(&[scope(3, HOUR), scope(3, HOUR + 1)], None, &[1, 2]);
        check(&[scope(3, HOUR), scope(3, 2 * HOUR)], None, &[]);
    }
}
