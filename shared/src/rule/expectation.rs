//! How many alerts a week chance alone leads to expect of a rule: what `tocsin rules check` prints.
//!
//! * `drop` and `rise`: at most [`CHANCE`], measured on series in which nothing changes, the largest
//!   over volumes, usual shares and weeks to compare with. Most centres have far fewer.
//! * `slo`: at most what a service has that is exactly at its objective, see [`of_slo`].
//! * `anomaly`: its share of the dial, of all its cells together, which its detectors hold.
//! * All others: how often a bound is crossed or a thing happens in a usual week only history tells, so
//!   nothing is told here.
//!
//! All are for one cell, that is one combination of the values of `by`, without `for`, which makes
//! alerts fewer.

use super::{Burn, Condition, Rule, Slo, slo};
use crate::metric::{Kind, Metric};

/// Minutes of a week.
const WEEK: f64 = 7.0 * 1440.0;

/// False pages a tenant accepts a week unless told otherwise.
pub const USUAL_DIAL: f64 = 1.0;

/// What chance leads to expect of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expectation {
    /// At most so many alerts a week and cell.
    AtMost(f64),
    /// Its share of the false pages a week that are accepted: all its cells together have at most that.
    OfDial(f64),
    /// Only a tenant's own history tells: run `tocsin backtest`.
    DependsOnData,
}

/// What chance leads to expect of all rules.
#[derive(Clone, Debug, PartialEq)]
pub struct SetExpectation {
    /// By rule, in their order; all cells of each, alerts a week.
    pub rules: Vec<Expectation>,
    /// At most so many alerts a week of all rules of which anything is known.
    pub known: f64,
    /// Rules of which only history tells.
    pub depends_on_data: usize,
}

/// What chance leads to expect of these rules, where the dial accepts so many false pages a week and
/// each dimension of `by` has so many values.
pub fn of_set(rules: &[Rule], false_pages_per_week: f64, values: u32) -> SetExpectation {
    let of_all_cells = |rule: &Rule| match of(rule) {
        Expectation::AtMost(cell) => {
            let names = i32::try_from(rule.selection.label_names().count()).unwrap_or(i32::MAX);
            Expectation::AtMost(cell * f64::from(values.max(1)).powi(names))
        }
        Expectation::OfDial(share) => {
            Expectation::OfDial(share * false_pages_per_week / dial(rules))
        }
        Expectation::DependsOnData => Expectation::DependsOnData,
    };
    let rules: Vec<Expectation> = rules.iter().map(of_all_cells).collect();
    let bounds = rules.iter().filter_map(|one| match one {
        Expectation::AtMost(bound) | Expectation::OfDial(bound) => Some(*bound),
        Expectation::DependsOnData => None,
    });
    SetExpectation {
        known: bounds.sum(),
        depends_on_data: rules.iter().filter(|one| **one == Expectation::DependsOnData).count(),
        rules,
    }
}

/// The false pages a week that a set accepts: what its rules with `anomaly` share, or else the usual.
pub fn dial(rules: &[Rule]) -> f64 {
    let shares = rules.iter().filter_map(|rule| Some(rule.condition.anomaly()?.false_alarms));
    let shared: f64 = shares.sum();
    if shared > 0.0 { shared } else { USUAL_DIAL }
}

/// What chance leads to expect of one cell of a rule.
pub fn of(rule: &Rule) -> Expectation {
    let metric = rule.selection.metric;
    match &rule.condition {
        Condition::Threshold { .. }
        | Condition::AfterChange(_)
        | Condition::Conflict(_)
        | Condition::Event(_)
        | Condition::SilenceOf(_) => Expectation::DependsOnData,
        Condition::Anomaly(anomaly) => Expectation::OfDial(anomaly.false_alarms),
        Condition::Drop { share } => of_change(metric, false, rule.window, *share),
        Condition::Rise { share } => of_change(metric, true, rule.window, *share),
        Condition::Slo(slo) => of_slo(metric, slo),
    }
}

/// The row of the widest window and greatest share that are not beyond the rule's. Fewer windows of a
/// longer one pass in a week, and a greater share is crossed less often, so it is a bound; a window
/// shorter than all has as many times more.
fn of_change(metric: Metric, rises: bool, window: i32, share: f64) -> Expectation {
    let kind = match metric.kind() {
        Kind::Ratio => 0,
        Kind::Count => 1,
        Kind::Sum | Kind::Mean | Kind::Distribution | Kind::Index => 2,
        // Gauges are not compared with weeks.
        Kind::Gauge => return Expectation::AtMost(0.0),
    };
    let rows = &CHANCE[kind][usize::from(rises)];
    let row = WINDOWS.iter().rposition(|least| *least <= window).unwrap_or(0);
    let column = SHARES.iter().rposition(|least| *least <= share).unwrap_or(0);
    let shorter = f64::from(WINDOWS[0]) / f64::from(window.max(1).min(WINDOWS[0]));
    Expectation::AtMost(rows[row][column] * shorter)
}

/// The number of times a week that a burn begins, by the worst volume, in a service that is exactly at
/// its objective: bad trials come independently, so many that the budget lasts the period exactly.
///
/// With n trials in the long window and a budget b, k bad ones open it. They become k where one comes
/// or, as the share counts, where a good one leaves: at most n·b·(1 + rate) times a window length, each
/// with at least k − 1 before. The short window, which must burn as well, makes it fewer.
fn of_slo(metric: Metric, slo: &Slo) -> Expectation {
    let budget = slo::budget(metric, slo.objective);
    let bounds = slo.burns.iter().map(|burn| of_burn(burn, budget, slo.min_bad));
    Expectation::AtMost(bounds.sum())
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a window's trials are far below 2^52"
)]
fn of_burn(burn: &Burn, budget: f64, min_bad: i64) -> f64 {
    let windows = WEEK / f64::from(burn.long.max(1));
    let beyond = (burn.rate * budget).min(1.0);
    let (mut most, mut n): (f64, i64) = (0.0, min_bad.max(1));
    // Beyond this it only becomes less likely.
    let end = 4 * min_bad.max(1) + (40.0 * min_bad.max(1) as f64 / beyond.max(1e-6)) as i64;
    while n <= end {
        let needed = min_bad.max((beyond * n as f64).floor() as i64 + 1);
        if needed <= n {
            let moves = n as f64 * budget * (1.0 + burn.rate);
            most = most.max(moves * at_least(needed - 1, n, budget));
        }
        n += (n / 50).max(1);
    }
    windows * most
}

/// The chance of at least k of n, each with this chance.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn at_least(k: i64, n: i64, chance: f64) -> f64 {
    if k <= 0 || chance >= 1.0 {
        return 1.0;
    }
    let ln_factorial = |n: i64| libm::lgamma(n as f64 + 1.0);
    let ln = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
        + k as f64 * chance.ln()
        + (n - k) as f64 * (-chance).ln_1p();
    let (mut term, mut sum, mut at) = (ln.exp(), 0.0, k);
    while at <= n && term > 1e-18 * sum {
        sum += term;
        term *= (n - at) as f64 / (at + 1) as f64 * chance / (1.0 - chance);
        at += 1;
    }
    sum.min(1.0)
}

/// Windows of the table's rows, in minutes.
const WINDOWS: [i32; 3] = [60, 240, 1440];
/// Shares of its columns.
const SHARES: [f64; 4] = [0.0, 0.1, 0.2, 0.5];

/// Alerts a week at most: by kind (ratio, count, value), drop and rise, window and share. Printed by
/// `cargo run --release -p tocsin-domain --example chance_alerts`.
const CHANCE: [[[[f64; 4]; 3]; 2]; 3] = [
    [
        [[4.50, 4.50, 4.40, 3.60], [1.80, 1.80, 1.70, 1.50], [0.40, 0.40, 0.40, 0.15]],
        [[4.50, 4.50, 4.50, 4.50], [2.00, 2.00, 2.00, 2.00], [0.50, 0.50, 0.50, 0.50]],
    ],
    [
        [[2.65, 2.65, 2.60, 1.05], [1.50, 1.50, 1.20, 0.35], [0.45, 0.35, 0.15, 0.15]],
        [[16.95, 16.95, 16.95, 16.95], [3.45, 3.45, 3.45, 3.45], [0.50, 0.50, 0.50, 0.15]],
    ],
    [
        [[28.85, 28.85, 23.10, 1.00], [12.30, 12.30, 9.60, 0.25], [0.40, 0.40, 0.15, 0.15]],
        [[32.60, 32.60, 29.40, 9.35], [12.95, 12.95, 11.85, 2.20], [0.95, 0.95, 0.20, 0.15]],
    ],
];

#[cfg(test)]
#[path = "expectation_tests.rs"]
mod tests;
