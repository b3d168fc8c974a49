//! Sums: what conversations contribute, added up by minute, metric and dimension vector.
//!
//! [`Sums`] is a commutative group under [`Sums::merge`]: a delta is one, a minute segment is the
//! sum of many deltas, and a revision subtracts what it takes back. The encoding is canonical
//! (symbols, vectors and cells sorted, zeros left out), so equal sums are equal bytes however they
//! came about.

mod encoding;

use std::collections::BTreeMap;

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Serialize};

pub use encoding::DecodeError;

use crate::{
    dimension::{Vector, WIDTH},
    id::ConversationId,
    metric::{Kind, Metric},
    minute::Minute,
    sketch::Sketch,
    symbol::{Sym, Symbols},
};

/// An amount of a metric. What its parts mean depends on the metric's kind:
///
/// | kind | `sum` | `count` | `sketch` |
/// |---|---|---|---|
/// | count | - | how many | - |
/// | sum | millionths | how many amounts | - |
/// | ratio | numerator | denominator | - |
/// | mean | millionths | how many values | - |
/// | distribution | millionths | how many values | their distribution |
/// | gauge | change of the level | where the level was set: [`SET`] × that level + 1 | - |
/// | index | numerator | denominator | - |
/// Levels that were set add up, since below [`SET`] it is counted how many there are of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// See the table.
    pub sum: i128,
    /// See the table.
    pub count: i64,
    /// See the table.
    pub sketch: Sketch,
}

/// A gauge is set by fewer things than this at one minute and vector.
pub const SET: i64 = 1 << 20;
/// No level is higher: nobody waits so many microseconds, and no queue is so long.
const HIGHEST: i64 = 1 << 36;

impl Amount {
    /// So many occurrences.
    pub fn count(count: i64) -> Self {
        Self { count, ..Self::default() }
    }

    /// One decided trial.
    pub fn trial(success: bool) -> Self {
        Self { sum: i128::from(success), count: 1, sketch: Sketch::default() }
    }

    /// One value of a sum or mean, in millionths.
    pub fn value(micros: i64) -> Self {
        Self { sum: i128::from(micros), count: 1, sketch: Sketch::default() }
    }

    /// One value of a distribution, in millionths; negative counts as zero.
    pub fn sample(micros: i64) -> Self {
        let micros = micros.max(0);
        Self { sum: i128::from(micros), count: 1, sketch: Sketch::of(micros) }
    }

    /// A change of a gauge's level.
    pub fn flow(change: i64) -> Self {
        Self { sum: i128::from(change), ..Self::default() }
    }

    /// The level of a gauge as the platform says it is at the end of the minute.
    pub fn level(level: i64) -> Self {
        Self::count(level.clamp(0, HIGHEST) * SET + 1)
    }

    /// The level that a gauge was set to, if it was; of several things the sum of theirs.
    pub fn anchor(&self) -> Option<i128> {
        (self.count > 0).then(|| i128::from(self.count / SET))
    }

    /// The figure in the metric's public unit; of a gauge the level itself, as `sum`. `None` where
    /// there is none.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn figure(&self, metric: Metric) -> Option<f64> {
        let (sum, count) = (self.sum as f64, self.count.max(0) as f64);
        match metric.kind() {
            Kind::Count => Some(count),
            _ if self.count <= 0 => None,
            Kind::Gauge => Some(sum),
            Kind::Sum => Some(sum / metric.scale()),
            Kind::Ratio | Kind::Mean | Kind::Distribution => Some(sum / metric.scale() / count),
            Kind::Index => Some(100.0 * sum / count),
        }
    }

    /// Whether nothing is left of it.
    pub fn is_zero(&self) -> bool {
        self.sum == 0 && self.count == 0 && self.sketch.is_empty()
    }

    /// Adds (`sign` 1) or takes back (`sign` -1) another.
    pub fn merge(&mut self, other: &Self, sign: i64) {
        self.sum += i128::from(sign) * other.sum;
        self.count += sign * other.count;
        self.sketch.merge(&other.sketch, sign);
    }
}

/// Where an amount is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// When.
    pub minute: Minute,
    /// What.
    pub metric: Metric,
    /// Position of the dimension vector in the table of these sums.
    vector: u32,
}

/// The conversation behind a bad trial or a value, kept so that a number opens on its causes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exemplar {
    /// How often it stands in its cell; one that was taken back is zero or less and not shown.
    pub count: i64,
    /// How bad, added up over how often: the greater the worse; in the unit of the metric's sum.
    pub badness: i64,
}

/// When, and for which vector of these sums.
type Place = (Minute, u32);

/// A set of amounts, with the tables that their cells refer to.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    symbols: Symbols,
    vectors: IndexSet<Vector, FxBuildHasher>,
    /// By metric, since who asks mostly asks for one; none of these is empty.
    cells: BTreeMap<Metric, FxHashMap<Place, Amount>>,
    exemplars: FxHashMap<(Cell, ConversationId), Exemplar>,
}

/// Exemplars kept of one cell of a segment, the worst first.
const EXEMPLARS_KEPT: usize = 20;

impl Sums {
    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.exemplars.is_empty()
    }

    /// How many cells it holds.
    pub fn len(&self) -> usize {
        self.cells.values().map(FxHashMap::len).sum()
    }

    /// Makes a vector of these values, in the order of dimensions; an empty text does not apply.
    pub fn vector(&mut self, values: [&str; WIDTH]) -> Vector {
        values.map(|value| self.symbols.intern(value))
    }

    /// Adds an amount; the vector's symbols must be of this table.
    pub fn add(&mut self, minute: Minute, metric: Metric, vector: Vector, amount: &Amount) {
        let cell = Cell { minute, metric, vector: self.vector_index(vector) };
        self.add_to(cell, amount, 1);
    }

    /// Like [`Sums::add`], with the conversation behind it.
    pub fn add_with_exemplar(
        &mut self,
        minute: Minute,
        metric: Metric,
        vector: Vector,
        amount: &Amount,
        exemplar: Option<(ConversationId, Exemplar)>,
    ) {
        let cell = Cell { minute, metric, vector: self.vector_index(vector) };
        self.add_to(cell, amount, 1);
        if let Some((conversation, exemplar)) = exemplar {
            self.add_exemplar_to(cell, conversation, exemplar, 1);
        }
    }

    /// Adds (`sign` 1) or takes back (`sign` -1) all of another.
    pub fn merge(&mut self, other: &Self, sign: i64) {
        self.merge_where(other, sign, |_| true);
    }

    /// Like [`Sums::merge`], for the minutes that `wanted` names.
    pub fn merge_where(&mut self, other: &Self, sign: i64, wanted: impl Fn(Minute) -> bool) {
        let mut places = Places::default();
        for (cell, amount) in other.cells() {
            if wanted(cell.minute) {
                let cell = places.cell(self, other, cell);
                self.add_to(cell, amount, sign);
            }
        }
        for ((cell, conversation), exemplar) in &other.exemplars {
            if wanted(cell.minute) {
                let cell = places.cell(self, other, *cell);
                self.add_exemplar_to(cell, *conversation, *exemplar, sign);
            }
        }
    }

    /// Adds all of another of one metric.
    pub fn merge_of(&mut self, other: &Self, metric: Metric) {
        let mut places = Places::default();
        for ((minute, vector), amount) in other.cells.get(&metric).into_iter().flatten() {
            let cell = Cell { minute: *minute, metric, vector: *vector };
            let cell = places.cell(self, other, cell);
            self.add_to(cell, amount, 1);
        }
        let exemplars = other.exemplars.iter().filter(|((cell, _), _)| cell.metric == metric);
        for ((cell, conversation), exemplar) in exemplars {
            let cell = places.cell(self, other, *cell);
            self.add_exemplar_to(cell, *conversation, *exemplar, 1);
        }
    }

    /// Adds amounts whose vectors refer to another table of symbols; `map` is that table absorbed.
    pub fn add_mapped(
        &mut self,
        map: &[Sym],
        at: (Minute, Metric, &Vector),
        amount: &Amount,
        exemplar: Option<(ConversationId, Exemplar)>,
    ) {
        let (minute, metric, vector) = at;
        let vector = self.vector_index(vector.map(|symbol| map[symbol.index()]));
        let cell = Cell { minute, metric, vector };
        self.add_to(cell, amount, 1);
        if let Some((conversation, exemplar)) = exemplar {
            self.add_exemplar_to(cell, conversation, exemplar, 1);
        }
    }

    /// The table of symbols, for [`Sums::add_mapped`].
    pub fn symbols_mut(&mut self) -> &mut Symbols {
        &mut self.symbols
    }

    /// The text of a symbol of a vector.
    pub fn text(&self, symbol: Sym) -> &str {
        self.symbols.text(symbol)
    }

    /// All amounts: minute, metric, vector, amount; in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Minute, Metric, &Vector, &Amount)> {
        self.cells().map(|(cell, amount)| {
            (cell.minute, cell.metric, &self.vectors[cell.vector as usize], amount)
        })
    }

    /// The amounts of one metric: minute, vector, amount; in no order.
    pub fn of(&self, metric: Metric) -> impl Iterator<Item = (Minute, &Vector, &Amount)> {
        let found = self.cells.get(&metric).into_iter().flatten();
        found.map(|((minute, vector), amount)| (*minute, &self.vectors[*vector as usize], amount))
    }

    /// The same, with the position of the vector, which stands for it as long as nothing is added.
    pub(crate) fn placed(&self, metric: Metric) -> impl Iterator<Item = (Minute, u32, &Amount)> {
        let found = self.cells.get(&metric).into_iter().flatten();
        found.map(|((minute, vector), amount)| (*minute, *vector, amount))
    }

    /// The vector at a position.
    pub(crate) fn vector_at(&self, position: u32) -> &Vector {
        &self.vectors[position as usize]
    }

    /// All exemplars: minute, metric, vector, conversation, exemplar; in no order.
    pub fn exemplars(
        &self,
    ) -> impl Iterator<Item = (Minute, Metric, &Vector, ConversationId, Exemplar)> {
        self.exemplars.iter().map(|((cell, conversation), exemplar)| {
            let vector = &self.vectors[cell.vector as usize];
            (cell.minute, cell.metric, vector, *conversation, *exemplar)
        })
    }

    /// The minutes that hold an amount, first and last.
    pub fn range(&self) -> Option<(Minute, Minute)> {
        let first = self.cells().map(|(cell, _)| cell.minute).min()?;
        let last = self.cells().map(|(cell, _)| cell.minute).max()?;
        Some((first, last))
    }

    /// Splits by a key of the minute, such as its hour.
    pub fn split_by<K: std::hash::Hash + Eq>(&self, key: impl Fn(Minute) -> K) -> Vec<(K, Self)> {
        let mut parts: FxHashMap<K, (Self, Places)> = FxHashMap::default();
        for (cell, amount) in self.cells() {
            let (part, places) = parts.entry(key(cell.minute)).or_default();
            let to = places.cell(part, self, cell);
            part.add_to(to, amount, 1);
        }
        for ((cell, conversation), exemplar) in &self.exemplars {
            let (part, places) = parts.entry(key(cell.minute)).or_default();
            let to = places.cell(part, self, *cell);
            part.add_exemplar_to(to, *conversation, *exemplar, 1);
        }
        parts.into_iter().map(|(key, (part, _))| (key, part)).collect()
    }

    /// Keeps only the worst exemplars of each cell. Those that take one back are kept whole.
    pub fn trim_exemplars(&mut self) {
        let mut by_cell: FxHashMap<Cell, Vec<(i64, ConversationId)>> = FxHashMap::default();
        for ((cell, conversation), exemplar) in &self.exemplars {
            if exemplar.count > 0 {
                by_cell.entry(*cell).or_default().push((exemplar.badness, *conversation));
            }
        }
        for (cell, mut ranked) in by_cell {
            if ranked.len() > EXEMPLARS_KEPT {
                ranked.sort_unstable_by(|a, b| b.cmp(a));
                for (_, conversation) in ranked.drain(EXEMPLARS_KEPT..) {
                    self.exemplars.remove(&(cell, conversation));
                }
            }
        }
    }

    fn cells(&self) -> impl Iterator<Item = (Cell, &Amount)> {
        self.cells.iter().flat_map(|(metric, cells)| {
            let cells = cells.iter();
            cells.map(|((minute, vector), amount)| {
                (Cell { minute: *minute, metric: *metric, vector: *vector }, amount)
            })
        })
    }

    fn vector_index(&mut self, vector: Vector) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "fewer than 2^32 vectors fit an item")]
        let index = self.vectors.insert_full(vector).0 as u32;
        index
    }

    fn add_to(&mut self, cell: Cell, amount: &Amount, sign: i64) {
        let Cell { minute, metric, vector } = cell;
        let cells = self.cells.entry(metric).or_default();
        let sum = cells.entry((minute, vector)).or_default();
        sum.merge(amount, sign);
        if sum.is_zero() {
            cells.remove(&(minute, vector));
            if cells.is_empty() {
                self.cells.remove(&metric);
            }
        }
    }

    fn add_exemplar_to(&mut self, cell: Cell, of: ConversationId, exemplar: Exemplar, sign: i64) {
        let kept = self.exemplars.entry((cell, of)).or_default();
        kept.count += sign * exemplar.count;
        kept.badness += sign * exemplar.badness;
        if *kept == Exemplar::default() {
            self.exemplars.remove(&(cell, of));
        }
    }
}

/// Equal when they hold the same amounts, whatever the order of their tables.
impl PartialEq for Sums {
    fn eq(&self, other: &Self) -> bool {
        let mut difference = self.clone();
        difference.exemplars.clear();
        difference.merge(other, -1);
        difference.cells.is_empty()
    }
}

/// Where another's cells stand in these tables, found as they are asked for.
#[derive(Default)]
struct Places {
    symbols: FxHashMap<Sym, Sym>,
    vectors: FxHashMap<u32, u32>,
}

impl Places {
    fn cell(&mut self, to: &mut Sums, from: &Sums, cell: Cell) -> Cell {
        let Self { symbols, vectors } = self;
        let vector = *vectors.entry(cell.vector).or_insert_with(|| {
            let vector = from.vectors[cell.vector as usize].map(|symbol| {
                let known = symbols.entry(symbol);
                *known.or_insert_with(|| to.symbols.intern(from.symbols.text(symbol)))
            });
            to.vector_index(vector)
        });
        Cell { vector, ..cell }
    }
}
