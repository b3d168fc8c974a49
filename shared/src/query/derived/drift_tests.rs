use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::{
    query::{
        Beside,
        tests::{Row, answer, sums},
    },
    sums::Amount,
};

/// The day that is judged, counted from the first.
const TODAY: i32 = 40;

/// Counts by intent on one of the days.
fn on<'a>(day: i32, intents: &'a [([(Dimension, &'a str); 1], i64)]) -> Vec<Row<'a>> {
    let row = |(intent, count): &'a ([(Dimension, &'a str); 1], i64)| {
        (day * DAY + 600, Metric::Contacts, intent.as_slice(), "", Amount::count(*count))
    };
    intents.iter().map(row).collect()
}

fn intent(name: &str, count: i64) -> ([(Dimension, &str); 1], i64) {
    ([(Dimension::Intent, name)], count)
}

/// From the beginning of one day to the end of another.
fn days(first: i32, last: i32, step: Option<i64>) -> Steps {
    let at = |day: i32| Minute(day * DAY).timestamp();
    Steps::new(at(first), at(last + 1), step, &TimeZone::UTC).unwrap()
}

/// Day, index and count of each point.
fn drift(rows: Vec<Row<'_>>, steps: &Steps) -> Vec<(i64, f64, i64)> {
    let metric = Metric::IntentDrift;
    let found = answer(&Selection::total(metric), steps, &[sums(rows)], &Beside::default());
    let points = found.into_iter().flat_map(|series| series.points);
    points
        .map(|point| (point.time.as_second() / 86_400, point.value.unwrap(), point.count.unwrap()))
        .collect()
}

#[track_caller]
fn check(rows: Vec<Row<'_>>, expected: f64) {
    let found = drift(rows, &days(TODAY, TODAY, None));
    let [(_, value, _)] = found.as_slice() else { panic!("{found:?}") };
    assert!((value - expected).abs() < 1e-4, "{value}");
}

/// (0.8 - 0.5) ln(0.8 / 0.5) + (0.2 - 0.5) ln(0.2 / 0.5) = 0.1410 + 0.2749.
#[test]
fn the_index_is_worked_by_hand() {
    let before = [intent("refund", 500), intent("delivery", 500)];
    let day = [intent("refund", 160), intent("delivery", 40)];
    let mut rows = on(TODAY - 28, &before);
    rows.extend(on(TODAY, &day));
    check(rows, 0.4159);
}

/// (0.0001 - 0.5) ln(0.0001 / 0.5) + (1 - 0.5) ln(1 / 0.5), and the rest is empty on both sides.
#[test]
fn what_is_gone_has_the_least_share() {
    let before = [intent("refund", 500), intent("delivery", 500)];
    let day = [intent("refund", 300)];
    let mut rows = on(TODAY - 1, &before);
    rows.extend(on(TODAY, &day));
    check(rows, 4.6044);
}

#[test]
fn only_the_28_days_before_count() {
    let before = [intent("refund", 500)];
    let other = [intent("delivery", 5_000)];
    let day = [intent("refund", 300)];
    let mut rows = on(TODAY - 28, &before);
    rows.extend(on(TODAY - 29, &other));
    rows.extend(on(TODAY + 1, &other));
    rows.extend(on(TODAY, &day));
    check(rows, 0.0);
}

#[test]
fn too_few_on_either_side_tell_nothing() {
    let (few, enough) = ([intent("refund", 199)], [intent("refund", 200)]);
    for (before, day, points) in [(&few, &enough, 0), (&enough, &few, 0), (&enough, &enough, 1)] {
        let mut rows = on(TODAY - 3, before);
        rows.extend(on(TODAY, day));
        assert_eq!(drift(rows, &days(TODAY, TODAY, None)).len(), points);
    }
}

/// 25 intents, the largest first: the last five are one category, whichever of them it is.
#[test]
fn intents_beyond_the_twenty_largest_are_a_rest() {
    let names: Vec<String> = (0..25).map(|number| format!("intent {number:02}")).collect();
    let counts = |rest: &[i64]| -> Vec<i64> {
        (0..20).map(|number| 1_000 - number).chain(rest.iter().copied()).collect()
    };
    let day = |counts: Vec<i64>| -> Vec<([(Dimension, &str); 1], i64)> {
        names.iter().zip(counts).map(|(name, count)| intent(name, count)).collect()
    };
    let (before, today) = (day(counts(&[10, 10, 10, 10, 10])), day(counts(&[50, 0, 0, 0, 0])));
    let mut rows = on(TODAY - 5, &before);
    rows.extend(on(TODAY, &today));
    check(rows, 0.0);
}

#[test]
fn a_step_of_a_day_is_a_point_and_shorter_ones_share_the_last() {
    let counts = [intent("refund", 300)];
    let rows = || (TODAY - 3..=TODAY).flat_map(|day| on(day, &counts)).collect();
    let dates = |step| -> Vec<i64> {
        let found = drift(rows(), &days(TODAY - 2, TODAY, step));
        found.into_iter().map(|(date, ..)| date).collect()
    };
    let today = i64::from(TODAY);
    assert_eq!(dates(Some(86_400)), [today - 2, today - 1, today]);
    assert_eq!(dates(None), [today - 2]);
    assert_eq!(dates(Some(3_600)), [today]);
}

#[test]
fn confidence_drifts_by_bin() {
    let bin = |day: i32, bin, count| {
        let none: &[(Dimension, &str)] = &[];
        (day * DAY, Metric::AiConfidenceBins, none, bin, Amount::count(count))
    };
    let rows = [
        bin(TODAY - 9, "3", 500),
        bin(TODAY - 9, "9", 500),
        bin(TODAY, "3", 160),
        bin(TODAY, "9", 40),
    ];
    let selection = Selection::total(Metric::ConfidenceDrift);
    let steps = days(TODAY, TODAY, Some(86_400));
    let found = answer(&selection, &steps, &[sums(rows)], &Beside::default());
    let value = found[0].points[0].value.unwrap();
    assert!((value - 0.4159).abs() < 1e-4, "{value}");
}

proptest! {
    #[test]
    fn equal_days_have_not_drifted(counts in prop::collection::vec(1i64..5_000, 1..40)) {
        let names: Vec<String> = (0..counts.len()).map(|number| number.to_string()).collect();
        let mut counts = counts;
        counts[0] += MIN_COUNT;
        let day: Vec<_> =
            names.iter().zip(&counts).map(|(name, count)| intent(name, *count)).collect();
        let rows = (TODAY - 28..=TODAY).flat_map(|number| on(number, &day)).collect();
        let found = drift(rows, &days(TODAY, TODAY, None));
        prop_assert!(found[0].1.abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn drift_is_never_negative(
        before in prop::collection::vec(0i64..500, 5),
        day in prop::collection::vec(0i64..500, 5),
    ) {
        let names = ["a", "b", "c", "d", "e"];
        let of = |counts: &[i64]| -> Vec<_> {
            names.iter().zip(counts).map(|(name, count)| intent(name, *count)).collect()
        };
        let (before, day) = (of(&before), of(&day));
        let mut rows = on(TODAY - 1, &before);
        rows.extend(on(TODAY, &day));
        for (_, value, _) in drift(rows, &days(TODAY, TODAY, None)) {
            prop_assert!(value >= 0.0, "{value}");
        }
    }
}
