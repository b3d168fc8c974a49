use proptest::prelude::*;

use super::*;
use crate::{
    dimension::Dimension,
    minute::Minute,
    query::{
        Beside, Series,
        tests::{Row, answer, by, sums, trials},
    },
};

const STATED: Metric = Metric::CalibrationConfidence;
const GOOD: Metric = Metric::CalibrationGood;

/// One response of a model: bin, confidence in millionths, whether it did not turn out badly.
fn response<'a>(
    model: &'a [(Dimension, &'a str)],
    (bin, confidence, good): (&'a str, i64, bool),
) -> [Row<'a>; 2] {
    [(0, STATED, model, bin, Amount::value(confidence)), (0, GOOD, model, bin, Amount::trial(good))]
}

fn error(selection: &Selection, rows: Vec<Row<'_>>) -> Vec<Series> {
    let steps = Steps::range(Minute(0), Minute(60));
    answer(selection, &steps, &[sums(rows)], &Beside::default())
}

/// Bin 9: mean confidence 0.95, half of 2 good, 0.45 apart. Bin 2: 0.25, all of 2 good, 0.75 apart.
/// Bin 5: 0.5 and the only one bad, 0.5 apart. (0.45 × 2 + 0.75 × 2 + 0.5) / 5 = 0.58.
#[test]
fn bins_are_weighted_by_how_many_they_hold() {
    let responses = [
        ("9", 920_000, true),
        ("9", 980_000, false),
        ("2", 200_000, true),
        ("2", 300_000, true),
        ("5", 500_000, false),
    ];
    let rows = responses.into_iter().flat_map(|one| response(&[], one)).collect();
    let found = error(&Selection::total(Metric::CalibrationError), rows);
    let point = &found[0].points[0];
    assert!((point.value.unwrap() - 0.58).abs() < 1e-12, "{point:?}");
    assert_eq!(point.count, Some(5));
}

#[test]
fn each_model_has_its_own_bins() {
    let (old, new) = ([(Dimension::ModelVersion, "1")], [(Dimension::ModelVersion, "2")]);
    let mut rows: Vec<Row<'_>> = response(&old, ("9", 900_000, false)).into();
    rows.extend(response(&new, ("9", 900_000, true)));
    let found = error(&by(Metric::CalibrationError, Dimension::ModelVersion), rows);
    let values: Vec<f64> = found.iter().map(|series| series.points[0].value.unwrap()).collect();
    assert!((values[0] - 0.9).abs() < 1e-12 && (values[1] - 0.1).abs() < 1e-12, "{values:?}");
}

#[test]
fn nothing_stated_is_no_point() {
    let rows = vec![(0, GOOD, [].as_slice(), "9", trials(1, 1))];
    assert_eq!(error(&Selection::total(Metric::CalibrationError), rows), []);
}

proptest! {
    #[test]
    fn the_error_lies_within_0_and_1(
        responses in prop::collection::vec((0i64..=1_000_000, any::<bool>()), 1..60),
    ) {
        let bins: Vec<String> =
            responses.iter().map(|(stated, _)| (stated / 100_000).min(9).to_string()).collect();
        let rows = responses.iter().zip(&bins);
        let rows = rows.flat_map(|((stated, good), bin)| response(&[], (bin, *stated, *good)));
        let found = error(&Selection::total(Metric::CalibrationError), rows.collect());
        let value = found[0].points[0].value.unwrap();
        prop_assert!((0.0..=1.0).contains(&value), "{value}");
    }
}
