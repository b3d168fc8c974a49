//! Numbers and times in words.

use jiff::Timestamp;
use tocsin_domain::{
    conversation::Summary,
    metric::{Kind, Metric},
    query::Point,
};

/// What a page says where nothing is known.
pub(super) const NO_DATA: &str = "no data";

/// The figure that stands for a point: the median of a distribution, else the value.
pub(super) fn figure(metric: Metric, point: &Point) -> Option<f64> {
    if metric.kind() == Kind::Distribution { point.p50 } else { point.value }
}

/// A figure with its unit.
pub(super) fn number(metric: Metric, figure: f64) -> String {
    match (metric.kind(), metric.definition().unit) {
        (Kind::Ratio, _) => format!("{:.1} %", figure * 100.0),
        (Kind::Count, _) => format!("{figure:.0}"),
        (_, "s") => duration(figure),
        (_, "ms") => format!("{figure:.0} ms"),
        (Kind::Gauge, _) => format!("{figure:.0}"),
        _ => format!("{figure:.2}"),
    }
}

fn duration(seconds: f64) -> String {
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7_200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3_600.0)
    }
}

/// A point in words: its figure, or why there is none.
pub(super) fn point(metric: Metric, point: Option<&Point>) -> String {
    match point {
        None => NO_DATA.to_owned(),
        Some(point) if point.suppressed => "too few to show".to_owned(),
        Some(point) => {
            figure(metric, point).map_or_else(|| NO_DATA.to_owned(), |it| number(metric, it))
        }
    }
}

/// Of how many a figure is made, where it is made of several.
pub(super) fn made_of(point: &Point) -> Option<String> {
    let n = point.denominator.or(point.count)?;
    Some(format!("n = {n}"))
}

/// A metric's name, for people.
pub(super) fn name(metric: Metric) -> String {
    let plain = metric.as_str().replace('_', " ");
    if metric.kind() == Kind::Distribution { format!("{plain} (median)") } else { plain }
}

/// How old something is.
pub(super) fn age(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} min ago", seconds / 60),
        _ => format!("{} h ago", seconds / 3_600),
    }
}

/// Date and time of day.
pub(super) fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// Time of day.
pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// When a conversation started.
pub(super) fn started(summary: &Summary) -> String {
    time(summary.started).unwrap_or_else(|| "unknown".to_owned())
}

/// A sentiment score.
pub(super) fn score(score: Option<f64>) -> String {
    score.map_or_else(|| "unknown".to_owned(), |score| format!("{score:+.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_its_unit() {
        for (metric, figure, words) in [
            (Metric::Csat, 0.8125, "81.2 %"),
            (Metric::Contacts, 42.0, "42"),
            (Metric::FirstResponseTime, 8.24, "8.2 s"),
            (Metric::FirstResponseTime, 300.0, "5 min"),
            (Metric::QueueLength, 7.0, "7"),
            (Metric::Sentiment, -0.256, "-0.26"),
        ] {
            assert_eq!(number(metric, figure), words, "{metric}");
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(point(Metric::Csat, None), "no data");
        let suppressed = Point { suppressed: true, ..Point::default() };
        assert_eq!(point(Metric::Csat, Some(&suppressed)), "too few to show");
    }
}
