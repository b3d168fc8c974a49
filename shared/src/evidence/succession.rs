//! A version that did not exist before stands in the place of what it replaced.
//!
//! Trials of vectors that the baseline does not know are given the baseline trials of the same intent,
//! channel and queue: as large a share of them as they have of the window's, from versions that are
//! gone first and then from all others alike. Versions of a component of which none is new are told
//! apart meanwhile. So a canary is compared with what it was cut from, and a rollout with the version
//! before. What is taken is only named anew: nothing is lost, and nothing made up.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::table::{ABOUT, Key, Table, Tally};
use crate::{dimension::UNKNOWN, symbol::Sym};

/// Renames the baseline.
pub(super) fn settle(table: &mut Table) {
    let turned = turned(table);
    pass(table, |key| {
        let mut group = *key;
        for (axis, value) in group.iter_mut().enumerate() {
            if axis >= ABOUT && turned[axis] {
                *value = Sym::ABSENT;
            }
        }
        group
    });
    pass(table, |key| {
        let mut group = [Sym::ABSENT; super::AXES.len()];
        group[..ABOUT].copy_from_slice(&key[..ABOUT]);
        group
    });
}

/// Axes with a value that the baseline does not know.
fn turned(table: &Table) -> [bool; super::AXES.len()] {
    let unknown = table.symbols.find(UNKNOWN);
    let mut turned = [false; super::AXES.len()];
    for (axis, turned) in turned.iter_mut().enumerate() {
        let seen: Vec<Sym> = table
            .rows
            .iter()
            .filter(|(_, row)| row.before.n > 0.0)
            .map(|(key, _)| key[axis])
            .collect();
        let is_new =
            |value: Sym| !value.is_absent() && Some(value) != unknown && !seen.contains(&value);
        *turned = table.rows.iter().any(|(key, row)| row.now.n > 0.0 && is_new(key[axis]));
    }
    turned
}

#[derive(Default)]
struct Group {
    /// What there was in the window that the baseline does not know, and all of it.
    new: f64,
    now: f64,
    /// Baseline trials of vectors that are gone, and of those that are still there.
    gone: Tally,
    there: Tally,
}

fn pass(table: &mut Table, of: impl Fn(&Key) -> Key) {
    let mut groups: IndexMap<Key, Group, FxBuildHasher> = IndexMap::default();
    for (key, row) in &table.rows {
        let group = groups.entry(of(key)).or_default();
        group.now += row.traffic;
        if row.before.n <= 0.0 {
            group.new += row.traffic;
        } else if row.traffic <= 0.0 {
            group.gone.add(row.before);
        } else {
            group.there.add(row.before);
        }
    }
    for (key, row) in &mut table.rows {
        let Some(group) = groups.get(&of(key)) else { continue };
        let Group { new, now, gone, there } = *group;
        if new <= 0.0 || gone.n + there.n <= 0.0 {
            continue;
        }
        let wanted = (gone.n + there.n) * new / now;
        let of_gone = share(wanted.min(gone.n), gone.n);
        let of_there = share((wanted - gone.n).max(0.0), there.n);
        if row.before.n <= 0.0 {
            let mut taken = gone.times(of_gone);
            taken.add(there.times(of_there));
            row.before = taken.times(row.traffic / new);
        } else if row.traffic <= 0.0 {
            row.before = row.before.times(1.0 - of_gone);
        } else {
            row.before = row.before.times(1.0 - of_there);
        }
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}
