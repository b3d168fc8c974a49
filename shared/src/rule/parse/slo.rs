//! The condition `slo`. A burn that the objective makes unreachable would never open, and is refused.

use super::{MINUTES_A_DAY, fields::Fields};
use crate::{
    metric::{Kind, Metric},
    query::Selection,
    rule::{
        Severity,
        document::{Item, Node},
        slo::{Burn, Slo, budget},
    },
};

const LONGEST_PERIOD: i32 = 90 * MINUTES_A_DAY;
const SHORTEST_PERIOD: i32 = 7 * MINUTES_A_DAY;
const DEFAULT_PERIOD: i32 = 30 * MINUTES_A_DAY;
const DEFAULT_MIN_BAD: i64 = 5;

pub(super) const FIELDS: [&str; 4] = ["objective", "over", "min_bad", "burns"];
pub(super) const BURN_FIELDS: [&str; 3] = ["rate", "long", "short"];

/// Reads the condition, which must suit what is selected.
pub(super) fn condition(
    fields: &mut Fields<'_>,
    item: Item,
    selection: Option<&Selection>,
    severity: Option<Severity>,
) -> Option<Slo> {
    let selection = selection?;
    if selection.metric.kind() != Kind::Ratio {
        fields.problem(item.line, "slo", "applies to ratios alone: use `threshold`");
        return None;
    }
    if selection.is_individual() {
        fields.problem(item.line, "slo", "does not apply to single agents: leave out `agent`");
    }
    let read = |fields: &mut Fields<'_>| slo(fields, selection.metric, severity?);
    fields.within("slo", item, "slo: { objective: 0.99 }", read)?
}

fn slo(fields: &mut Fields<'_>, metric: Metric, severity: Severity) -> Option<Slo> {
    let remedy = "want a number between 0 and 1: 0.99 is 99 %";
    let objective = fields.number("objective", remedy, |share| share > 0.0 && share < 1.0);
    let over = fields.take("over").map(|item| (item.line, item));
    let period = match over {
        None => Some(DEFAULT_PERIOD),
        Some((line, item)) => {
            let period = fields.span("over", item, LONGEST_PERIOD);
            if period.is_some_and(|period| period < SHORTEST_PERIOD) {
                fields.problem(line, "over", "is too short for an objective: want 7d or more");
            }
            period
        }
    };
    let min_bad = fields.count("min_bad", DEFAULT_MIN_BAD, 1);
    let burns = match fields.take("burns") {
        None => period.map(|period| Burn::usual(severity, period)),
        Some(item) => burns(fields, item, period.unwrap_or(DEFAULT_PERIOD)),
    };
    fields.end(&FIELDS);
    let ((line, objective), burns) = (objective?, burns?);
    refuse_unreachable(fields, line, metric, objective, &burns);
    Some(Slo { objective, period: period?, min_bad: min_bad?, burns })
}

/// Where all trials are bad, the budget burns as many times too fast as it fits into 1.
fn refuse_unreachable(
    fields: &mut Fields<'_>,
    line: u64,
    metric: Metric,
    objective: f64,
    burns: &[Burn],
) {
    let budget = budget(metric, objective);
    let most = 1.0 / budget;
    for Burn { rate, .. } in burns.iter().filter(|burn| burn.rate >= most) {
        let what = format!(
            "is {objective}, which leaves a budget of {budget:.4}: it never burns {rate} times too \
             fast, {most:.1} times is the most: give `burns` with rates below that"
        );
        fields.problem(line, "objective", what);
    }
}

fn burns(fields: &mut Fields<'_>, item: Item, period: i32) -> Option<Vec<Burn>> {
    let example = "burns: [{ rate: 6, long: 6h, short: 30m }]";
    let line = item.line;
    let Node::List(items) = item.node else {
        fields.problem(line, "burns", format_args!("is not a list: write `{example}`"));
        return None;
    };
    if items.is_empty() {
        fields.problem(line, "burns", format_args!("is empty: write `{example}`"));
        return None;
    }
    let read = items.into_iter().map(|item| {
        let line = item.line;
        fields.within("burns", item, example, |fields| burn(fields, line, period))?
    });
    // All are read, so that each one's problems are told.
    let burns: Vec<Option<Burn>> = read.collect();
    burns.into_iter().collect()
}

fn burn(fields: &mut Fields<'_>, line: u64, period: i32) -> Option<Burn> {
    let rate = fields.number("rate", "want 1 or more, in budgets a period", |rate| rate >= 1.0);
    let [long, short] = ["long", "short"].map(|window| {
        let Some(item) = fields.take(window) else {
            fields.missing(window, "want a time span such as 6h");
            return None;
        };
        fields.span(window, item, period)
    });
    fields.end(&BURN_FIELDS);
    let burn = Burn { rate: rate?.1, long: long?, short: short? };
    if burn.short >= burn.long {
        fields.problem(line, "short", "is not shorter than `long`: a twelfth of it is usual");
    }
    Some(burn)
}
