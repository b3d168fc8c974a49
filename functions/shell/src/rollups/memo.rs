//! What a process that reads the same hours again and again remembers of them, decoded.
//!
//! Sound because what is committed never changes: the segments and hour items of some hours up to a
//! compaction are the same whenever they are read, but for those that expire, which is why it all is
//! read anew each hour. It holds what was read of one tenant since the last compaction, and no more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tocsin_domain::{
    cells::HourCells,
    dimension::View,
    id::TenantId,
    metric::Family,
    minute::{Hour, Minute},
    sums::Sums,
};

/// Hours, first and last.
pub(super) type Hours = (Hour, Hour);
/// Segments of one hour.
pub(super) type Segments = Vec<Sums>;
/// Hour items with their hours.
pub(super) type Cells = Vec<(Hour, HourCells)>;

/// Remembers; empty at first.
#[derive(Debug, Default)]
pub struct Memo(Mutex<Remembered>);

/// What was read of one scope.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    scope: Option<Scope>,
    pub(super) segments: HashMap<Hour, Arc<Segments>>,
    /// All segments of some hours, added up.
    pub(super) sums: HashMap<Hours, Arc<Sums>>,
    pub(super) cells: HashMap<(Family, View, Hours), Arc<Cells>>,
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
}

impl Memo {
    /// What is remembered of this scope; another is forgotten.
    pub(super) fn with<T>(&self, scope: &Scope, use_it: impl FnOnce(&mut Remembered) -> T) -> T {
        // Whoever panicked with it in hand left it whole: each change is one insertion.
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.scope.as_ref() != Some(scope) {
            *remembered = Remembered { scope: Some(scope.clone()), ..Remembered::default() };
        }
        use_it(&mut remembered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_compaction_is_forgotten_after_it() {
        let tenant = TenantId::try_from("demo".to_owned()).unwrap();
        let (memo, hours) = (Memo::default(), (Hour(1), Hour(2)));
        let scope = |committed, now| Scope::new(&tenant, committed, now);
        let knows = |scope: &Scope| memo.with(scope, |one| one.sums.contains_key(&hours));
        let read = scope(3, 0);
        memo.with(&read, |one| one.sums.insert(hours, Arc::default()));
        assert!(knows(&read));
        assert!(!knows(&scope(4, 0)));
        assert!(!knows(&read));
        memo.with(&read, |one| one.sums.insert(hours, Arc::default()));
        assert!(!knows(&scope(3, tocsin_domain::minute::HOUR)));
    }
}
