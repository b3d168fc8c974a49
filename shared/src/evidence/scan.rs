//! Which cell explains best.
//!
//! Each candidate is a cell over at most two axes: all, one value, or two (never two versions). Its
//! worth is how much likelier a move of just this cell makes what was seen, less the price of naming
//! it: as many candidates as there are are a priori alike among those of its axes, and axes among those
//! of as many. Cells that are the same trials are one candidate, under the simplest name. Once the best
//! is found, its trials are set aside and the rest is looked through again.
//!
//! Where rates hardly moved, the difference is that there is more of something: then the cell is named
//! whose share moved and pulled the figure along.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::{
    arithmetic::{Arithmetic, two_shares},
    effects::{self, Effect},
    table::{ABOUT, Row, Table},
};
use crate::symbol::Sym;

/// Parts that are named at most.
const PARTS: usize = 4;
/// A part is named from here on: some 400 times likelier than nothing, as a natural logarithm.
const LEAST: f64 = 6.0;
/// And where it explains so much of the difference.
const LEAST_SHARE: f64 = 0.05;
/// Rates explain it where they make up so much of it.
const BY_RATES: f64 = 0.5;

/// A cell: axes and values.
pub(super) type Named = Vec<(usize, Sym)>;

/// A part that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) cell: Named,
    pub(super) same: Vec<Named>,
    /// Positions in the table.
    pub(super) rows: Vec<usize>,
    pub(super) surprise: f64,
    pub(super) is_more: bool,
}

#[derive(Default)]
struct Candidate {
    row: Row,
    effect: Effect,
    /// The same for the same vectors, whatever their order.
    signature: u64,
    rows: Vec<usize>,
}

/// The parts that explain the difference, the best first.
pub(super) fn scan(table: &Table, arithmetic: Arithmetic, free: &[usize]) -> Vec<Found> {
    let whole = table.total();
    let (now, before) = arithmetic.figures(&whole, table.windows);
    let difference = now - before;
    let sign = difference.signum();
    let effects = effects::by_row(table, arithmetic);
    let views = views(free);
    let (mut found, mut left): (Vec<Found>, Vec<usize>) =
        (Vec::new(), (0..table.rows.len()).collect());
    let worse = |candidate: &Candidate| {
        let effect = candidate.effect;
        let share = if arithmetic.is_mean() { effect.rate } else { effect.rate + effect.mix };
        let surprise = arithmetic.surprise(&candidate.row, table.windows, sign);
        (surprise, share)
    };
    let more = |candidate: &Candidate| {
        let Row { now, before, .. } = candidate.row;
        let grew = now.n * whole.before.n > before.n * whole.now.n;
        let surprise = two_shares((now.n, whole.now.n), (before.n, whole.before.n));
        (if grew { surprise } else { 0.0 }, candidate.effect.mix)
    };
    let search = Search { table, effects: &effects, views: &views, difference };
    while found.len() < PARTS {
        let Some(part) = search.best(&left, worse, false) else { break };
        left.retain(|row| !part.rows.contains(row));
        found.push(part);
    }
    let rate: f64 = effects.iter().map(|effect| effect.rate).sum();
    if arithmetic.is_mean() && rate * sign < BY_RATES * difference.abs() {
        if let Some(part) = search.best(&left, more, true) {
            found.push(part);
        }
        found.sort_by(|a, b| {
            let of = |part: &Found| {
                let effects = part.rows.iter().map(|row| effects[*row]);
                sign * effects.map(|effect| effect.rate + effect.mix).sum::<f64>()
            };
            of(b).total_cmp(&of(a))
        });
    }
    found
}

struct Search<'a> {
    table: &'a Table,
    effects: &'a [Effect],
    views: &'a [Vec<usize>],
    difference: f64,
}

impl Search<'_> {
    /// The best candidate of these vectors by its surprise, if it explains enough.
    fn best(
        &self,
        left: &[usize],
        measure: impl Fn(&Candidate) -> (f64, f64),
        is_more: bool,
    ) -> Option<Found> {
        let candidates = self.candidates(left);
        let mut in_view = vec![0.0; self.views.len()];
        for (view, _) in candidates.keys() {
            in_view[*view] += 1.0;
        }
        let mut best: Option<(f64, usize)> = None;
        for (position, ((view, _), candidate)) in candidates.iter().enumerate() {
            let (surprise, effect) = measure(candidate);
            let worth = surprise - self.price(*view, in_view[*view]);
            let explains = effect / self.difference >= LEAST_SHARE && worth >= LEAST;
            // Of the same trials the first name is the simplest.
            if explains && best.is_none_or(|(most, _)| worth > most + 1e-9) {
                best = Some((worth, position));
            }
        }
        let (surprise, position) = best?;
        let (_, chosen) = candidates.get_index(position)?;
        let same = |candidate: &Candidate| candidate.signature == chosen.signature;
        let mut names = candidates.iter().filter(|(_, candidate)| same(candidate));
        let mut names = names.by_ref().map(|((view, values), _)| self.named(*view, *values));
        let cell = names.next()?;
        let same = names.filter(|name| name.len() <= 1).collect();
        Some(Found { cell, same, rows: chosen.rows.clone(), surprise, is_more })
    }

    /// In the order of views, so the simplest first.
    fn candidates(&self, left: &[usize]) -> IndexMap<(usize, [Sym; 2]), Candidate, FxBuildHasher> {
        let mut candidates: IndexMap<_, Candidate, FxBuildHasher> = IndexMap::default();
        for (view, axes) in self.views.iter().enumerate() {
            for position in left {
                let Some((key, row)) = self.table.rows.get_index(*position) else { continue };
                let mut values = [Sym::ABSENT; 2];
                for (value, axis) in values.iter_mut().zip(axes) {
                    *value = key[*axis];
                }
                if values[..axes.len()].iter().any(|value| value.is_absent()) {
                    continue;
                }
                let candidate = candidates.entry((view, values)).or_default();
                candidate.row.add(row);
                candidate.effect.add(self.effects[*position]);
                candidate.rows.push(*position);
                if row.now.n > 0.0 {
                    candidate.signature ^= scramble(*position);
                }
            }
        }
        candidates.retain(|_, candidate| candidate.row.now.n > 0.0 || candidate.row.before.n > 0.0);
        candidates
    }

    /// What naming a cell of this view costs, as a natural logarithm.
    fn price(&self, view: usize, in_view: f64) -> f64 {
        let depth = self.views[view].len();
        let alike = self.views.iter().filter(|axes| axes.len() == depth).count();
        libm::log(3.0 * alike as f64 * in_view.max(1.0))
    }

    fn named(&self, view: usize, values: [Sym; 2]) -> Named {
        self.views[view].iter().copied().zip(values).collect()
    }
}

/// All, single axes and pairs; two versions are no pair.
fn views(free: &[usize]) -> Vec<Vec<usize>> {
    let mut views = vec![Vec::new()];
    views.extend(free.iter().map(|axis| vec![*axis]));
    for (position, first) in free.iter().enumerate() {
        for second in &free[position + 1..] {
            if *first < ABOUT || *second < ABOUT {
                views.push(vec![*first, *second]);
            }
        }
    }
    views
}

/// Spreads positions over all bits (splitmix64), so that different sets differ in their sum.
fn scramble(position: usize) -> u64 {
    let mut z = (position as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
