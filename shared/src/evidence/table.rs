//! Trials by whole vectors of the [`AXES`], in the window and in its baseline.

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::{AXES, MIN_TRIALS, Rows, Spans};
use crate::{
    dimension::Vector,
    metric::{Kind, Metric},
    minute::Minute,
    query::Selection,
    sums::Amount,
    symbol::{Sym, Symbols},
};

/// Values of the axes.
pub(super) type Key = [Sym; AXES.len()];

/// The first axes are what a conversation is about; the others are versions of what answered it.
pub(super) const ABOUT: usize = 3;

/// Trials that the rate of a larger part counts for in that of a smaller one.
const PRIOR: f64 = 10.0;

/// Trials, values or occurrences, and what they come to in the metric's public unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) n: f64,
    pub(super) sum: f64,
}

impl Tally {
    /// What one of them comes to.
    pub(super) fn mean(self) -> Option<f64> {
        (self.n > 0.0).then(|| self.sum / self.n)
    }

    pub(super) fn add(&mut self, other: Self) {
        self.n += other.n;
        self.sum += other.sum;
    }

    #[must_use]
    pub(super) fn times(self, factor: f64) -> Self {
        Self { n: self.n * factor, sum: self.sum * factor }
    }
}

/// One vector, or several added up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) now: Tally,
    pub(super) before: Tally,
    /// What there was in the window that could have counted: trials; of counts answers, where known.
    pub(super) traffic: f64,
    /// What one trial comes to in the baseline, as far as the vector and what it belongs to tell.
    pub(super) rate: f64,
    /// What the trials of the window would come to at that.
    pub(super) expected: f64,
}

impl Row {
    pub(super) fn add(&mut self, other: &Self) {
        self.now.add(other.now);
        self.before.add(other.before);
        self.traffic += other.traffic;
        self.expected += other.expected;
    }
}

/// All vectors.
pub(super) struct Table {
    pub(super) symbols: Symbols,
    pub(super) rows: IndexMap<Key, Row, FxBuildHasher>,
    /// How many windows the baseline holds.
    pub(super) windows: f64,
    /// Weeks that it is made of; 0 for the time before.
    pub(super) weeks: u32,
    /// How much single values vary about the mean of their vector, as a variance, where it shows.
    pub(super) variance: Option<f64>,
}

/// Amounts of one vector: integers, so that the order of addition does not matter.
#[derive(Clone, Copy, Default)]
struct Raw {
    count: i64,
    sum: i128,
    /// How many amounts, and the sum of their squares by their counts: how they vary.
    amounts: i64,
    squares: f64,
}

#[derive(Default)]
struct Raws(IndexMap<Key, Raw, FxBuildHasher>);

/// Degrees of freedom from which on a variance shows.
const SHOWS: i64 = 20;

impl Raws {
    fn add<'a>(
        &mut self,
        symbols: &mut Symbols,
        rows: &Rows,
        amounts: impl Iterator<Item = (Minute, &'a Vector, &'a Amount)>,
    ) {
        for (_, vector, amount) in amounts {
            let key = AXES.map(|axis| symbols.intern(rows.text(vector, axis.index())));
            let raw = self.0.entry(key).or_default();
            raw.count += amount.count;
            raw.sum += amount.sum;
            if amount.count > 0 {
                raw.amounts += 1;
                raw.squares += (amount.sum as f64).powi(2) / amount.count as f64;
            }
        }
    }

    fn trials(&self) -> i64 {
        self.0.values().map(|raw| raw.count).sum()
    }

    /// How much single values vary, in units of a sum: amounts of a minute differ by so much more the
    /// more of them they add up.
    fn variance(&self) -> Option<f64> {
        let (mut squares, mut freedom) = (0.0, 0);
        for raw in self.0.values().filter(|raw| raw.amounts > 1 && raw.count > 0) {
            squares += raw.squares - (raw.sum as f64).powi(2) / raw.count as f64;
            freedom += raw.amounts - 1;
        }
        (freedom >= SHOWS && squares > 0.0).then(|| squares / freedom as f64)
    }
}

/// What a sum of one comes to in the metric's public unit.
pub(super) fn unit(metric: Metric) -> f64 {
    match metric.kind() {
        Kind::Index => 100.0,
        Kind::Count | Kind::Sum | Kind::Ratio | Kind::Mean | Kind::Distribution | Kind::Gauge => {
            1.0 / metric.scale()
        }
    }
}

/// Trials and what they come to; of a count the trials themselves.
pub(super) fn tally(metric: Metric, count: i64, sum: i128) -> Tally {
    let n = count.max(0) as f64;
    let sum = if metric.kind() == Kind::Count { n } else { sum as f64 * unit(metric) };
    Tally { n, sum }
}

impl Table {
    /// The trials of a selection; `None` where either side holds too few.
    pub(super) fn gather(selection: &Selection, spans: &Spans<'_>) -> Option<Self> {
        let (metric, mut symbols) = (selection.metric, Symbols::default());
        let (mut now, mut before) = (Raws::default(), Raws::default());
        now.add(&mut symbols, spans.current, spans.current.within(selection, spans.window));
        let is_count = matches!(metric.kind(), Kind::Count | Kind::Sum);
        let mut weeks = 0;
        for (number, (back, rows)) in (1..).zip(spans.weeks) {
            let (first, end) = spans.window;
            let (seen, span) = (before.trials(), (first.plus(-back), end.plus(-back)));
            before.add(&mut symbols, rows, rows.within(selection, span));
            if before.trials() > seen {
                // Of what is counted, none in a week since the first is a figure too.
                weeks = if is_count { number } else { weeks + 1 };
            }
        }
        let mut windows = f64::from(weeks);
        if (before.trials() as f64) < MIN_TRIALS {
            let end = spans.window.0.min(spans.episode);
            let span = (spans.held, end);
            before = Raws::default();
            before.add(&mut symbols, spans.current, spans.current.within(selection, span));
            let length = spans.window.1.0 - spans.window.0.0;
            (weeks, windows) = (0, f64::from((end.0 - span.0.0).max(0)) / f64::from(length.max(1)));
        }
        let is_enough = |raws: &Raws| raws.trials() as f64 >= MIN_TRIALS;
        if windows <= 0.0 || !is_enough(&before) || !(is_count || is_enough(&now)) {
            return None;
        }
        let mut rows: IndexMap<Key, Row, FxBuildHasher> = IndexMap::default();
        let variance = before.variance().map(|variance| variance * unit(metric).powi(2));
        for (key, Raw { count, sum, .. }) in now.0 {
            let row = rows.entry(key).or_default();
            row.now = tally(metric, count, sum);
            row.traffic = row.now.n;
        }
        for (key, Raw { count, sum, .. }) in before.0 {
            rows.entry(key).or_default().before = tally(metric, count, sum);
        }
        if let Some(traffic) = spans.traffic.filter(|_| metric.kind() == Kind::Count) {
            let mut answers = Raws::default();
            answers.add(&mut symbols, traffic, traffic.within(selection, spans.window));
            for (key, Raw { count, .. }) in answers.0 {
                rows.entry(key).or_default().traffic = count.max(0) as f64;
            }
        }
        rows.retain(|_, row| row.now.n + row.before.n + row.traffic > 0.0);
        // By their texts, so that nothing hangs on the order in which they were met.
        let texts = |key: &Key| key.map(|symbol| symbols.text(symbol).to_owned());
        rows.sort_by_cached_key(|key, _| texts(key));
        Some(Self { symbols, rows, windows, weeks, variance })
    }

    /// All of it.
    pub(super) fn total(&self) -> Row {
        let mut total = Row::default();
        self.rows.values().for_each(|row| total.add(row));
        total
    }

    /// What each vector's trials lead to expect: its own baseline, and where that is thin that of its
    /// intent, channel and queue, of its intent, and of all.
    pub(super) fn expect(&mut self) {
        let total = self.total().before.mean().unwrap_or_default();
        let mut coarse: [FxHashMap<[Sym; ABOUT], Tally>; 2] = Default::default();
        for (key, row) in &self.rows {
            for (level, sums) in coarse.iter_mut().enumerate() {
                sums.entry(about(key, level)).or_default().add(row.before);
            }
        }
        for (key, row) in &mut self.rows {
            let mut rate = total;
            for (level, sums) in coarse.iter().enumerate() {
                rate = shrunk(sums[&about(key, level)], rate);
            }
            row.rate = shrunk(row.before, rate);
            row.expected = row.now.n * row.rate;
        }
    }
}

/// The intent alone, or with channel and queue.
fn about(key: &Key, level: usize) -> [Sym; ABOUT] {
    let mut about = [Sym::ABSENT; ABOUT];
    let kept = if level == 0 { 1 } else { ABOUT };
    about[..kept].copy_from_slice(&key[..kept]);
    about
}

fn shrunk(own: Tally, towards: f64) -> f64 {
    (own.sum + PRIOR * towards) / (own.n + PRIOR)
}
