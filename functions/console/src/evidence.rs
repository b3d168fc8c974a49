//! An alert's evidence, as the API gives it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use tocsin_domain::{
    alert,
    evidence::{Affected, Cell, Explanation, Part, Revenue, baseline_text, cell_text, fit::FITS},
    minute::timestamp,
    rule::Expected,
};

/// What an alert rests on.
#[derive(Serialize)]
pub(crate) struct Evidence<'a> {
    value: Option<f64>,
    expected: Option<Expected>,
    n: i64,
    /// What the verdict rests on most, in words.
    reason: Option<&'a str>,
    condition: &'a str,
    window_seconds: i32,
    /// What the difference is made of.
    explanation: Explained<'a>,
    /// Conversations, by their key hash; of the cell that explains most.
    exemplars: &'a [String],
    /// The one that fits best first.
    changes: Vec<Deployed<'a>>,
    /// Whether any of them fits.
    change_fits: bool,
    affected: Option<Affected>,
    revenue_at_risk: &'a [Revenue],
    completeness: Option<f64>,
    /// Conversations that are hit × harm.
    impact: Option<f64>,
}

#[derive(Serialize)]
struct Explained<'a> {
    /// Why there is none, in words.
    refused: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
    /// The minute with which it began.
    began: Option<Timestamp>,
    /// What explains most first; the last is everything else. They do not overlap.
    cells: Vec<Contribution<'a>>,
}

/// In the metric's unit; both effects add up to the difference.
#[derive(Serialize)]
struct Difference {
    /// What it is compared with, in words.
    baseline: String,
    before: f64,
    now: f64,
    rate_effect: f64,
    mix_effect: f64,
}

#[derive(Serialize)]
struct Contribution<'a> {
    /// In words.
    name: String,
    dimensions: BTreeMap<&'a str, &'a str>,
    /// Other names of the same conversations.
    same_as: Vec<BTreeMap<&'a str, &'a str>>,
    rest: bool,
    n: i64,
    share: f64,
    share_before: f64,
    before: Option<f64>,
    now: Option<f64>,
    rate_effect: f64,
    mix_effect: f64,
    surprise: f64,
}

#[derive(Serialize)]
struct Deployed<'a> {
    time: Timestamp,
    component: &'a str,
    name: &'a str,
    version: &'a str,
    /// From 0 to 1; absent where it was not asked.
    fit: Option<f64>,
    reason: Option<&'a str>,
}

impl<'a> Evidence<'a> {
    pub(crate) fn of(evidence: &'a alert::Evidence) -> Self {
        let changes = evidence.changes.iter().map(|change| Deployed {
            time: timestamp(change.time),
            component: &change.kind,
            name: &change.name,
            version: &change.version,
            fit: change.fit.as_ref().map(|fit| fit.share),
            reason: change.fit.as_ref().map(|fit| fit.reason.as_str()),
        });
        Self {
            value: evidence.value,
            expected: evidence.expected,
            n: evidence.n,
            reason: evidence.reason.as_deref(),
            condition: &evidence.threshold,
            window_seconds: evidence.window * 60,
            explanation: Explained::of(&evidence.explanation),
            exemplars: &evidence.exemplars,
            changes: changes.collect(),
            change_fits: fits(evidence),
            affected: evidence.affected,
            revenue_at_risk: &evidence.revenue,
            completeness: evidence.completeness,
            impact: evidence.impact,
        }
    }
}

/// Whether any change fits.
pub(crate) fn fits(evidence: &alert::Evidence) -> bool {
    let of = |change: &alert::Change| change.fit.as_ref().is_some_and(|fit| fit.share >= FITS);
    evidence.changes.iter().any(of)
}

impl<'a> Explained<'a> {
    fn of(explanation: &'a Explanation) -> Self {
        let difference = (!explanation.parts.is_empty()).then(|| Difference {
            baseline: baseline_text(explanation),
            before: explanation.before,
            now: explanation.now,
            rate_effect: explanation.rate,
            mix_effect: explanation.mix,
        });
        Self {
            refused: explanation.refused.as_deref(),
            difference,
            began: explanation.onset.map(timestamp),
            cells: explanation.parts.iter().map(Contribution::of).collect(),
        }
    }
}

impl<'a> Contribution<'a> {
    fn of(part: &'a Part) -> Self {
        Self {
            name: cell_text(part),
            dimensions: dimensions(&part.cell),
            same_as: part.same.iter().map(dimensions).collect(),
            rest: part.is_rest,
            n: part.n,
            share: part.share,
            share_before: part.share_before,
            before: part.before,
            now: part.now,
            rate_effect: part.rate,
            mix_effect: part.mix,
            surprise: part.surprise,
        }
    }
}

fn dimensions(cell: &Cell) -> BTreeMap<&str, &str> {
    cell.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
