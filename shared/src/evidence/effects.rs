//! What each part adds to the difference, rate and mix effect apart.
//!
//! Of a mean, with w the share of all trials and r the figure, before and now: vector by vector
//!
//! * rate effect: (w₀ + w₁)/2 · (r₁ − r₀)
//! * mix effect: ((r₀ + r₁)/2 − R) · (w₁ − w₀), with R halfway between the two whole figures
//!
//! (Kitagawa's symmetric split; R cancels out over all vectors, and makes more of what is bad a mix
//! effect for the worse.) Of a sum, with n so many amounts a window and m their mean: n̄ · Δm and
//! m̄ · Δn. Of a count n = N · w: w̄ · ΔN (it grows with all) and N̄ · Δw (it grows beyond that). Each
//! pair adds up to what the vector contributes, and all of them to the difference.

use super::{
    AXES, Part,
    arithmetic::Arithmetic,
    scan::{Found, Named},
    table::{Row, Table},
};

/// What something adds to the difference.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Effect {
    pub(super) rate: f64,
    pub(super) mix: f64,
}

impl Effect {
    pub(super) fn add(&mut self, other: Self) {
        self.rate += other.rate;
        self.mix += other.mix;
    }
}

/// The effect of each vector.
pub(super) fn by_row(table: &Table, arithmetic: Arithmetic) -> Vec<Effect> {
    let whole = table.total();
    let (n1, n0) = (whole.now.n.max(1.0), whole.before.n.max(1.0));
    let (now, before) = arithmetic.figures(&whole, table.windows);
    let middle = f64::midpoint(now, before);
    let effect = |row: &Row| {
        let (w1, w0) = (row.now.n / n1, row.before.n / n0);
        let r0 = row.before.mean().unwrap_or(row.rate);
        let r1 = row.now.mean().unwrap_or(r0);
        let usual = row.before.n / table.windows;
        match arithmetic {
            Arithmetic::Share | Arithmetic::Average { .. } => Effect {
                rate: f64::midpoint(w0, w1) * (r1 - r0),
                mix: (f64::midpoint(r0, r1) - middle) * (w1 - w0),
            },
            Arithmetic::Amount => Effect {
                rate: f64::midpoint(row.now.n, usual) * (r1 - r0),
                mix: f64::midpoint(r0, r1) * (row.now.n - usual),
            },
            Arithmetic::Count => Effect {
                rate: f64::midpoint(w0, w1) * (now - before),
                mix: f64::midpoint(now, before) * (w1 - w0),
            },
        }
    };
    table.rows.values().map(effect).collect()
}

/// The parts that were found, and everything else.
pub(super) fn parts(table: &Table, arithmetic: Arithmetic, found: &[Found]) -> Vec<Part> {
    let effects = by_row(table, arithmetic);
    let whole = table.total();
    let of = |rows: &mut dyn Iterator<Item = usize>| {
        let (mut row, mut effect) = (Row::default(), Effect::default());
        for position in rows {
            row.add(&table.rows[position]);
            effect.add(effects[position]);
        }
        let figures = arithmetic.figures(&row, table.windows);
        let is_there = |n: f64| !arithmetic.is_mean() || n > 0.0;
        #[expect(clippy::cast_possible_truncation, reason = "a count of trials")]
        Part {
            n: row.now.n as i64,
            share: row.now.n / whole.now.n.max(1.0),
            share_before: row.before.n / whole.before.n.max(1.0),
            before: is_there(row.before.n).then_some(figures.1),
            now: is_there(row.now.n).then_some(figures.0),
            rate: effect.rate,
            mix: effect.mix,
            ..Part::default()
        }
    };
    let name = |cell: &Named| {
        let named = cell.iter();
        let named = named.map(|(axis, value)| {
            (AXES[*axis].as_str().to_owned(), table.symbols.text(*value).to_owned())
        });
        named.collect()
    };
    let mut taken = vec![false; table.rows.len()];
    let mut parts = Vec::new();
    for part in found {
        part.rows.iter().for_each(|row| taken[*row] = true);
        parts.push(Part {
            cell: name(&part.cell),
            same: part.same.iter().map(name).collect(),
            surprise: part.surprise,
            is_more: part.is_more,
            ..of(&mut part.rows.iter().copied())
        });
    }
    if taken.contains(&false) {
        let rest = of(&mut (0..taken.len()).filter(|row| !taken[*row]));
        parts.push(Part { is_rest: true, ..rest });
    }
    parts
}
