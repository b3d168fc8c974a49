//! `freshness_seconds`: now − the newest event's time, of each source or of all together.
//!
//! Nothing is kept of what it was before, so there is a point in the step that holds now and in no
//! other. What counts as heard of is said in [`crate::heard`].

use std::collections::BTreeMap;

use super::{
    Selection, Series, Steps,
    points::{Point, named},
};
use crate::{
    dimension::Dimension,
    heard::Heard,
    minute::{Minute, SECOND},
};

/// The series of a selection of `freshness_seconds`.
pub fn freshness(heard: &Heard, selection: &Selection, steps: &Steps, now: i64) -> Vec<Series> {
    let Some(start) = steps.step_of(Minute::of(now)) else { return Vec::new() };
    let label = steps.iter().find(|(_, from, _)| *from == start).map(|(label, ..)| label);
    let by_source = selection.by.contains(&Dimension::Source);
    let mut found: BTreeMap<Vec<String>, i64> = BTreeMap::new();
    for (source, time) in &heard.newest {
        let mut allowed = selection.only.iter().map(|(_, values)| values);
        if allowed.all(|values| values.contains(source)) {
            let label = if by_source { vec![source.clone()] } else { Vec::new() };
            let newest = found.entry(label).or_insert(*time);
            *newest = time.max(newest).to_owned();
        }
    }
    let series = found.into_iter().map(|(of, newest)| {
        #[expect(clippy::cast_precision_loss, reason = "shown to people")]
        let age = (now.saturating_sub(newest).max(0) / SECOND) as f64;
        let time = label.unwrap_or(start).timestamp();
        let (value, min, max) = (Some(age), Some(age), Some(age));
        (of, vec![Point { time, value, min, max, ..Point::default() }])
    });
    named(selection, series.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{metric::Metric, minute::HOUR};

    #[track_caller]
    fn check(selection: &Selection, expected: &[(&str, f64)]) {
        let seen = [("/a", 2 * HOUR - 30 * SECOND), ("/b", 2 * HOUR - 90 * SECOND)];
        let newest = seen.map(|(source, time)| (source.to_owned(), time)).into();
        let heard = Heard { newest, ..Heard::default() };
        let steps = Steps::range(Minute(60), Minute(121));
        let series = freshness(&heard, selection, &steps, 2 * HOUR);
        let found = series.iter().map(|series| {
            let source = series.dimensions.get("source").map_or("", String::as_str);
            (source, series.points[0].value.unwrap())
        });
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn of_all_sources_the_newest_counts_and_each_has_its_own() {
        let total = Selection::total(Metric::FreshnessSeconds);
        check(&total, &[("", 30.0)]);
        let by = Selection { by: vec![Dimension::Source], ..total.clone() };
        check(&by, &[("/a", 30.0), ("/b", 90.0)]);
        let only = vec![(Dimension::Source, vec!["/b".to_owned()])];
        check(&Selection { only, ..total }, &[("", 90.0)]);
    }

    #[test]
    fn of_other_times_than_now_nothing_is_known() {
        let heard = Heard { newest: [("/a".to_owned(), 0)].into(), ..Heard::default() };
        let total = Selection::total(Metric::FreshnessSeconds);
        let steps = Steps::range(Minute(0), Minute(60));
        assert_eq!(freshness(&heard, &total, &steps, 2 * HOUR), []);
    }
}
