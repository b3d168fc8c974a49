//! What a process that reads the same hours again and again remembers of them, decoded.
//!
//! Sound because what is committed never changes: the segments and hour items of an hour up to a
//! compaction are the same whenever they are read, but for those that expire, which is why it all is
//! read anew each hour. What the next compaction changed, the head names, and only that is forgotten;
//! where it names nothing, or more than one compaction came between, all is.

use std::{
    collections::{BTreeMap, HashMap},
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
use crate::store::rollup::OpenDelta;

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
    pub(super) segments: BTreeMap<Hour, Arc<Sums>>,
    pub(super) cells: HashMap<(Family, View), BTreeMap<Hour, Arc<Cells>>>,
}

/// What is remembered together, and forgotten together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    tenant: TenantId,
    committed: u64,
    hour: Hour,
}

impl Scope {
    pub(super) fn new(tenant: &TenantId, committed: u64, now: i64) -> Self {
        Self { tenant: tenant.clone(), committed, hour: Minute::of(now).hour() }
    }

    /// Whether this is the same, one compaction later.
    fn follows(&self, other: &Self) -> bool {
        let before = Self { committed: other.committed, ..self.clone() };
        before == *other && self.committed == other.committed + 1
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

    /// Deltas of a tenant that are remembered, by id.
    pub(super) fn deltas(&self, tenant: &TenantId) -> BTreeMap<String, OpenDelta> {
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
        let follows = self.scope.as_ref().is_some_and(|before| scope.follows(before));
        match head.changed.as_ref().filter(|_| follows) {
            Some(changed) => {
                self.segments.retain(|hour, _| !changed.contains(hour));
                for by_hour in self.cells.values_mut() {
                    by_hour.retain(|hour, _| !changed.contains(hour));
                }
                self.scope = Some(scope.clone());
            }
            None => *self = Self { scope: Some(scope.clone()), ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn scope(committed: u64, now: i64) -> Scope {
        let tenant = TenantId::try_from("demo".to_owned()).unwrap();
        Scope::new(&tenant, committed, now)
    }

    /// What is known of the hours 1 and 2, read in the first scope, in another one.
    #[track_caller]
    fn check(other: &Scope, changed: Option<&[i32]>, expected: &[i32]) {
        let memo = Memo::default();
        memo.with(&scope(3, 0), &Head::default(), |one| {
            for hour in [1, 2] {
                one.segments.insert(Hour(hour), Arc::default());
                let cells = one.cells.entry((Family::Contact, View::Total)).or_default();
                cells.insert(Hour(hour), Arc::default());
            }
        });
        let changed: Option<BTreeSet<Hour>> =
            changed.map(|hours| hours.iter().copied().map(Hour).collect());
        let head = Head { changed, ..Head::default() };
        let known = memo.with(other, &head, |one| {
            let cells = one.cells.values().flat_map(BTreeMap::keys).copied();
            (one.segments.keys().copied().collect::<Vec<_>>(), cells.collect::<Vec<_>>())
        });
        let expected: Vec<Hour> = expected.iter().copied().map(Hour).collect();
        assert_eq!(known, (expected.clone(), expected), "{other:?} {:?}", head.changed);
    }

    #[test]
    fn what_a_compaction_changed_is_forgotten_after_it() {
        check(&scope(3, 0), None, &[1, 2]);
        check(&scope(4, 0), Some(&[2, 3]), &[1]);
        check(&scope(4, 0), Some(&[]), &[1, 2]);
    }

    #[test]
    fn all_is_forgotten_where_it_is_not_known_what_changed_or_the_hour_is_over() {
        check(&scope(4, 0), None, &[]);
        check(&scope(5, 0), Some(&[]), &[]);
        check(&scope(2, 0), Some(&[]), &[]);
        check(&scope(3, tocsin_domain::minute::HOUR), Some(&[]), &[]);
        check(&scope(4, tocsin_domain::minute::HOUR), Some(&[]), &[]);
    }
}
