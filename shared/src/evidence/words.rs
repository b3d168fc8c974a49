//! Words for people.

use super::{Explanation, Part};
use crate::{message::value_text, metric::Metric};

/// What a part is, in words.
pub fn cell_text(part: &Part) -> String {
    if part.is_rest {
        return "everything else".to_owned();
    }
    if part.cell.is_empty() {
        return "all alike".to_owned();
    }
    let names = part.cell.iter().map(|(name, value)| format!("{} {value}", name.replace('_', " ")));
    let names = names.collect::<Vec<_>>().join(", ");
    if part.is_more { format!("more of {names}") } else { names }
}

/// What something adds to a difference, with its sign; of shares in percentage points.
pub fn effect_text(metric: Metric, effect: f64) -> String {
    let size = if metric.definition().unit == "share" {
        format!("{:.1} points", effect.abs() * 100.0)
    } else {
        value_text(metric, effect.abs())
    };
    // What is nothing when rounded has no sign.
    let is_nothing = !size.contains(|c: char| ('1'..='9').contains(&c));
    let sign = match effect {
        _ if is_nothing => "",
        ..0.0 => "-",
        _ => "+",
    };
    format!("{sign}{size}")
}

/// What the window is compared with, in words.
pub fn baseline_text(explanation: &Explanation) -> String {
    match explanation.weeks {
        0 => "the time before".to_owned(),
        1 => "the same hours a week ago".to_owned(),
        weeks => format!("the same hours of {weeks} earlier weeks"),
    }
}
