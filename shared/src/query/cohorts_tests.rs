use proptest::prelude::*;

use super::*;
use crate::{
    query::{
        Beside,
        tests::{Row, amounts, answer, sums, trials},
    },
    sums::Amount,
};

const HOUR: i32 = 60;
const RATE: Metric = Metric::DeflectionRate;
const TURNED: Metric = Metric::DeflectionTurned;

/// What stands beside a step that ends now, after the hours so many hours ago.
fn age_matched(hours: (i32, i32), rows: &[Row<'_>]) -> Option<f64> {
    let now = Minute(10 * WEEK);
    let steps = Steps::range(now.plus(-hours.0 * HOUR), now.plus(-hours.1 * HOUR));
    let selection = Selection::total(RATE);
    let cohorts = Cohorts::of(&selection, &steps, now)?;
    let held = sums(rows.to_vec());
    let read = |read| amounts(read, std::slice::from_ref(&held));
    let [trials, turned] = cohorts.reads();
    let notes = cohorts.age_matched(&[read(trials), read(turned)]);
    notes.get(&Label::new())?.get(&steps.start()).copied()
}

/// A week ago and so many hours: a row there.
fn before(hours: i32, metric: Metric, own: &'static str, amount: Amount) -> Row<'static> {
    (10 * WEEK - WEEK - hours * HOUR, metric, &[], own, amount)
}

/// A week earlier, 100 trials ended as 60; of the 40 that are bad 10 turned within an hour, 8 within
/// 4 and 6 within 24. Three hours after, 60 + 8 + 6 stood; after 5 hours 60 + 6.
#[test]
fn what_turned_later_is_turned_back() {
    let cohort = |hours| {
        [
            before(hours, RATE, "", trials(60, 100)),
            before(hours, TURNED, "1h", Amount::count(10)),
            before(hours, TURNED, "4h", Amount::count(8)),
            before(hours, TURNED, "24h", Amount::count(6)),
        ]
    };
    assert_eq!(age_matched((3, 2), &cohort(3)), Some(0.74));
    assert_eq!(age_matched((6, 5), &cohort(6)), Some(0.66));
    assert_eq!(age_matched((1, 0), &cohort(1)), Some(0.84));
}

/// The trials of one step are of several ages.
#[test]
fn each_hour_of_a_step_is_as_old_as_it_is() {
    let rows = [
        before(6, RATE, "", trials(60, 100)),
        before(6, TURNED, "4h", Amount::count(8)),
        before(2, RATE, "", trials(60, 100)),
        before(2, TURNED, "4h", Amount::count(8)),
    ];
    assert_eq!(age_matched((7, 1), &rows), Some(0.64));
}

#[test]
fn what_is_not_revised_any_more_has_nothing_beside_it() {
    let rows = [before(30, RATE, "", trials(60, 100))];
    assert_eq!(age_matched((30, 25), &rows), None);
    assert_eq!(age_matched((30, 23), &rows), Some(0.6));
    let few = [before(3, RATE, "", trials(6, 29))];
    assert_eq!(age_matched((3, 2), &few), None);
}

#[test]
fn a_span_of_two_weeks_is_compared_with_earlier_ones_that_do_not_overlap() {
    let now = Minute(10 * WEEK);
    let start = now.plus(-WEEK - HOUR);
    let cohorts = Cohorts::of(&Selection::total(RATE), &Steps::range(start, now), now).unwrap();
    let ends: Vec<Minute> = cohorts.spans.iter().map(|span| span.minutes.1).collect();
    assert!(ends.iter().all(|end| *end <= start), "{ends:?}");
    assert_eq!(cohorts.spans.iter().map(|span| span.minutes.0).min(), Some(start.plus(-8 * WEEK)));
}

#[test]
fn a_point_shows_it_only_while_it_is_provisional() {
    let now = Minute(10 * WEEK);
    let rows: Vec<Row<'_>> = vec![
        (now.0 - HOUR, RATE, &[], "", trials(9, 10)),
        (now.0 - 48 * HOUR, RATE, &[], "", trials(8, 10)),
        (now.0 - HOUR - WEEK, RATE, &[], "", trials(50, 100)),
    ];
    let from = now.plus(-48 * HOUR).timestamp();
    let zone = jiff::tz::TimeZone::UTC;
    let steps = Steps::new(from, now.timestamp(), Some(86_400), &zone).unwrap();
    let selection = Selection::total(RATE);
    let held = [sums(rows)];
    let cohorts = Cohorts::of(&selection, &steps, now).unwrap();
    let read = cohorts.reads().each_ref().map(|read| amounts(read, &held));
    let age_matched = cohorts.age_matched(&read);
    let found = answer(&selection, &steps, &held, &Beside { age_matched, ..Beside::default() });
    let points: Vec<_> =
        found[0].points.iter().map(|point| (point.provisional, point.age_matched)).collect();
    assert_eq!(points, [(false, None), (true, Some(0.5))]);
}

proptest! {
    /// The younger the present trials, the more of the cohort had not turned yet; and at an age that
    /// none exceeds, it stands where it ended.
    #[test]
    fn a_cohort_never_rises_as_it_ages(turned in prop::collection::vec(0i64..8, AGES.len())) {
        let all: i64 = turned.iter().sum();
        let shares: Vec<f64> = (1..24)
            .map(|hours| {
                let ages = AGES.iter().zip(&turned);
                let mut rows: Vec<Row<'_>> = ages
                    .map(|((age, _), count)| before(hours, TURNED, age, Amount::count(*count)))
                    .collect();
                rows.push(before(hours, RATE, "", trials(100, 100 + all)));
                age_matched((hours, hours - 1), &rows).unwrap()
            })
            .collect();
        prop_assert!(shares.windows(2).all(|pair| pair[0] >= pair[1]), "{shares:?}");
        prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
    }
}
