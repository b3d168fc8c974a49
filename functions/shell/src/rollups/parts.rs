//! Amounts by minute of some hours, in the parts in which they are kept.
//!
//! Adding them up takes as long as there are amounts in all of the hours. Who asks for one metric, or for
//! the last minutes, looks at less.

use std::{collections::BTreeMap, sync::Arc};

use tocsin_domain::{
    minute::{Hour, Minute},
    sums::Sums,
};

use super::Snapshot;

/// All amounts of some hours, each in one of these parts; a part may hold minutes of other hours too.
#[derive(Clone, Debug)]
pub struct Parts {
    committed: BTreeMap<Hour, Arc<Sums>>,
    /// Whose open deltas are parts as well.
    snapshot: Arc<Snapshot>,
}

impl Parts {
    pub(super) fn new(committed: BTreeMap<Hour, Arc<Sums>>, snapshot: Arc<Snapshot>) -> Self {
        Self { committed, snapshot }
    }

    /// All parts.
    pub fn all(&self) -> impl Iterator<Item = &Sums> {
        let committed = self.committed.values().map(AsRef::as_ref);
        committed.chain(self.open())
    }

    /// Those that hold the minutes `[first, end)`.
    pub fn within(&self, (first, end): (Minute, Minute)) -> impl Iterator<Item = &Sums> {
        let hours = first.hour()..=end.plus(-1).max(first).hour();
        let committed = self.committed.range(hours).map(|(_, sums)| sums.as_ref());
        committed.chain(self.open())
    }

    fn open(&self) -> impl Iterator<Item = &Sums> {
        self.snapshot.open.iter().map(|delta| delta.sums.as_ref())
    }
}
