//! Why a number is what it is: which conversations, since when, after which change.
//!
//! [`explain`] takes a metric's amounts of a window and of its baseline apart by intent, channel,
//! queue and version:
//!
//! 1. [`table`]: trials by whole vectors of these, now and before. The baseline is the same window of
//!    earlier weeks; where there is none, as much time before the episode.
//! 2. [`succession`]: a version that did not exist before stands in the place of the one before it.
//! 3. [`scan`]: which cell over at most two dimensions explains best. Each candidate says: here the
//!    rate moved, everywhere else it is what it was. It is scored by how much likelier that makes what
//!    was seen, less the price of naming it among all others. So the cell of an incident comes before
//!    its parents, which are diluted, and before its slices, which miss a part.
//! 4. [`effects`]: what each part adds to the difference, **rate and mix effect apart**.
//! 5. [`onset`]: since when, from its minutes. [`fit`]: which change fits that.
//!
//! Parts do not overlap and the last is everything else, so that all effects add up to the difference
//! exactly. Effects are worked out vector by vector and then added up. Hence a shift between intents
//! inside of a part is no rate effect of it (Simpson's paradox: every intent may get better while the
//! whole gets worse, by more of the difficult ones).
//!
//! Levels, and what follows from other metrics, are no sums over conversations and are refused, with
//! the reason. Of distributions the mean is taken apart, which is what rules judge, never a quantile.
#![expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]

mod affected;
mod arithmetic;
mod effects;
pub mod fit;
mod onset;
mod rows;
mod scan;
mod succession;
mod table;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};

pub use affected::{Affected, Revenue, affected, exemplars, revenue, waiting};
pub use fit::Fit;
pub use onset::Curve;
pub use rows::Rows;
pub use words::{baseline_text, cell_text, effect_text};

use crate::{dimension::Dimension, minute::Minute, query::Selection};
use arithmetic::Arithmetic;
use table::Table;

/// Dimensions that cells are named by: intent × channel × queue × version.
pub const AXES: [Dimension; 6] = [
    Dimension::Intent,
    Dimension::Channel,
    Dimension::Queue,
    Dimension::PromptVersion,
    Dimension::ModelVersion,
    Dimension::KbVersion,
];

/// How far back a beginning is looked for, in minutes.
pub const ONSET: i32 = 240;

/// Trials or values needed on either side.
const MIN_TRIALS: f64 = 20.0;

/// Dimension and value; empty for all.
pub type Cell = Vec<(String, String)>;

/// What the difference is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Why there is none, in words.
    pub refused: Option<String>,
    /// Earlier weeks that it is compared with; 0 for the time before the episode.
    pub weeks: u32,
    /// The window, in minutes.
    pub window: i32,
    /// The figure of the baseline, in the metric's public unit; of counts and sums that of one window.
    pub before: f64,
    /// The figure of the window.
    pub now: f64,
    /// How much of the difference is that rates moved; of counts, that all grew alike.
    pub rate: f64,
    /// How much is that there is more of one thing and less of another.
    pub mix: f64,
    /// The parts, what explains most first; the last is everything else. They do not overlap.
    pub parts: Vec<Part>,
    /// When it began, in nanoseconds; `None` where the minutes do not tell.
    pub onset: Option<i64>,
    /// Of a mean, how much single values vary about it, as a variance, where that shows.
    #[serde(default)]
    pub variance: Option<f64>,
}

/// A part of the conversations, and what it adds to the difference.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Which; empty where all of the alert's own cell is meant. Without those of the parts before.
    pub cell: Cell,
    /// Other names of the same conversations.
    pub same: Vec<Cell>,
    /// Everything that no other part names.
    pub is_rest: bool,
    /// It is named for there being more of it, not for getting worse.
    pub is_more: bool,
    /// Trials, values or occurrences in the window.
    pub n: i64,
    /// Of all trials in the window.
    pub share: f64,
    /// Of all trials in the baseline.
    pub share_before: f64,
    /// Its figure in the baseline; of a version that is new that of what it took the place of.
    pub before: Option<f64>,
    /// Its figure in the window.
    pub now: Option<f64>,
    /// What it adds to the difference because its rates moved.
    pub rate: f64,
    /// What it adds because there is more or less of it.
    pub mix: f64,
    /// How much likelier it makes what was seen, as a natural logarithm, less the price of naming it.
    pub surprise: f64,
}

impl Explanation {
    /// One that says why there is none.
    pub fn refusal(why: impl Into<String>) -> Self {
        Self { refused: Some(why.into()), ..Self::default() }
    }

    /// The part that explains most; `None` where nothing stands out.
    pub fn first(&self) -> Option<&Part> {
        self.parts.first().filter(|part| !part.is_rest)
    }

    /// What is to be explained.
    pub fn difference(&self) -> f64 {
        self.now - self.before
    }
}

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Spans<'a> {
    /// The window: its first minute, and the one after its last.
    pub window: (Minute, Minute),
    /// The minutes that are held: the first.
    pub held: Minute,
    /// The first minute of the episode's first window: the time before it can be a baseline.
    pub episode: Minute,
    /// Amounts of the window and of the time before it.
    pub current: &'a Rows,
    /// Amounts of earlier weeks, with how many minutes they lie back.
    pub weeks: &'a [(i32, Rows)],
    /// A ratio of which each answer of the window is a trial: says, of counts, how much a version answers.
    pub traffic: Option<&'a Rows>,
}

/// Takes the difference of a selection from its baseline apart, and finds out since when it is there.
///
/// Where the minutes tell, what is taken apart is the time since it began, in place of the window: a
/// window that begins before would blame whatever else came in between, and one that begins after knows
/// less. It is looked for at most [`ONSET`] back.
pub fn explain(selection: &Selection, spans: &Spans<'_>) -> (Explanation, Curve) {
    let first = explain_window(selection, spans);
    if first.refused.is_some() {
        return (first, Curve::default());
    }
    let held = (spans.window.1.plus(-ONSET).max(spans.held), spans.window.1);
    let began = |explanation: &Explanation| {
        let all = Part { before: Some(explanation.before), ..Part::default() };
        let part = explanation.first().unwrap_or(&all);
        Curve::of(selection, (explanation, part), spans.current, held)
    };
    let curve = began(&first);
    let since = curve.onset().map(|onset| {
        let spans = Spans { window: (onset, spans.window.1), ..*spans };
        explain_window(selection, &spans)
    });
    let (mut explanation, curve) = match since.filter(|since| since.first().is_some()) {
        Some(since) => {
            let curve = began(&since);
            (since, curve)
        }
        None => (first, curve),
    };
    explanation.onset = curve.onset().map(Minute::start);
    (explanation, curve)
}

fn explain_window(selection: &Selection, spans: &Spans<'_>) -> Explanation {
    let arithmetic = match Arithmetic::of(selection.metric) {
        Ok(arithmetic) => arithmetic,
        Err(why) => return Explanation::refusal(why),
    };
    let Some(mut table) = Table::gather(selection, spans) else {
        return Explanation::refusal("there is nothing to compare it with yet");
    };
    let arithmetic = arithmetic.varying(table.variance);
    succession::settle(&mut table);
    table.expect();
    let whole = table.total();
    let (now, before) = arithmetic.figures(&whole, table.windows);
    let free: Vec<usize> = (0..AXES.len())
        .filter(|axis| {
            let is_fixed = |(dimension, values): &(Dimension, Vec<String>)| {
                *dimension == AXES[*axis] && values.len() == 1
            };
            !selection.only.iter().any(is_fixed)
        })
        .collect();
    let found = scan::scan(&table, arithmetic, &free);
    let parts = effects::parts(&table, arithmetic, &found);
    Explanation {
        refused: None,
        weeks: table.weeks,
        window: spans.window.1.0 - spans.window.0.0,
        before,
        now,
        rate: parts.iter().map(|part| part.rate).sum(),
        mix: parts.iter().map(|part| part.mix).sum(),
        parts,
        onset: None,
        variance: table.variance,
    }
}
