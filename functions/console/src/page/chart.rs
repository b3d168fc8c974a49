//! Charts as inline SVG: lines with gaps where there is no data.

use maud::{Markup, html};
use std::fmt::Write;

/// Width and height of a chart's coordinates.
const SIZE: (f64, f64) = (240.0, 48.0);
/// Room above and below the line.
const MARGIN: f64 = 4.0;

/// A line through values at even distances; `label` says in words what it shows.
pub(super) fn line(values: &[Option<f64>], label: &str) -> Markup {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let low = known.iter().copied().fold(f64::INFINITY, f64::min);
    let high = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    html! {
        svg viewBox=(format_args!("0 0 {} {}", SIZE.0, SIZE.1)) preserveAspectRatio="none"
            role="img" aria-label=(label) {
            @if !known.is_empty() {
                path d=(path(values, low, high)) fill="none" stroke="currentColor"
                    stroke-width="2" stroke-linecap="round" stroke-linejoin="round"
                    vector-effect="non-scaling-stroke" {}
            }
        }
    }
}

/// A path that begins anew after each gap; a value alone is a dot.
#[expect(clippy::cast_precision_loss, reason = "positions of a few values")]
fn path(values: &[Option<f64>], low: f64, high: f64) -> String {
    let across = SIZE.0 / (values.len().max(2) - 1) as f64;
    let span = if high > low { high - low } else { 1.0 };
    let mut path = String::new();
    let mut joined = false;
    for (position, value) in values.iter().enumerate() {
        let Some(value) = value else {
            joined = false;
            continue;
        };
        let x = position as f64 * across;
        let up = if high > low { (value - low) / span } else { 0.5 };
        let y = SIZE.1 - MARGIN - up * (SIZE.1 - 2.0 * MARGIN);
        let verb = if joined { 'L' } else { 'M' };
        // Writing to a string can not fail.
        let _ = write!(path, "{verb}{x:.1} {y:.1}");
        if !joined {
            path.push_str("h0");
        }
        joined = true;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_not_bridged() {
        let values = [Some(0.0), Some(1.0), None, Some(0.5)];
        assert_eq!(path(&values, 0.0, 1.0), "M0.0 44.0h0L80.0 4.0M240.0 24.0h0");
    }

    #[test]
    fn an_even_line_lies_in_the_middle() {
        assert_eq!(path(&[Some(3.0), Some(3.0)], 3.0, 3.0), "M0.0 24.0h0L240.0 24.0");
        assert!(!line(&[None, None], "none").into_string().contains("path"));
    }
}
