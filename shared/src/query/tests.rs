//! What the tests of queries share, and what is never pooled.

use super::*;
use crate::{
    cells,
    dimension::WIDTH,
    rule::{self, Verdict},
};

/// An amount somewhere: minute, metric, dimensions, the metric's own one, amount.
pub(super) type Row<'a> = (i32, Metric, &'a [(Dimension, &'a str)], &'a str, Amount);

/// What rows add up to. Dimensions that are not given are unknown, but for those by which the metric
/// is not kept.
pub(super) fn sums<'a>(rows: impl IntoIterator<Item = Row<'a>>) -> Sums {
    let mut sums = Sums::default();
    for (minute, metric, dimensions, own, amount) in rows {
        let cut = metric.definition().cut;
        let mut values = [""; WIDTH];
        for dimension in Dimension::ALL.into_iter().filter(|dimension| cut.has(*dimension)) {
            values[dimension.index()] = "unknown";
        }
        for (dimension, value) in dimensions {
            values[dimension.index()] = value;
        }
        values[EXTRA] = own;
        let vector = sums.vector(values);
        sums.add(Minute(minute), metric, vector, &amount);
    }
    sums
}

/// So many successes of so many trials.
pub(super) fn trials(successes: i64, of: i64) -> Amount {
    Amount { sum: i128::from(successes), count: of, ..Amount::default() }
}

pub(super) fn amounts(read: &Read, parts: &[Sums]) -> Amounts {
    let mut accumulator = Accumulator::new(&read.selection, &read.steps).unwrap();
    for part in parts {
        accumulator.add_sums(part, |_| true);
    }
    accumulator.amounts()
}

/// The answer to a selection over what is held in parts.
pub(super) fn answer(
    selection: &Selection,
    steps: &Steps,
    parts: &[Sums],
    beside: &Beside,
) -> Vec<Series> {
    let reads = reads(selection, steps, &beside.sources).unwrap();
    let amounts = reads.iter().map(|read| amounts(read, parts)).collect();
    series(selection, steps, amounts, beside, steps.end())
}

pub(super) fn by(metric: Metric, dimension: Dimension) -> Selection {
    Selection { by: vec![dimension], ..Selection::total(metric) }
}

pub(super) fn only(metric: Metric, dimension: Dimension, values: &[&str]) -> Selection {
    let values = values.iter().map(ToString::to_string).collect();
    Selection { only: vec![(dimension, values)], ..Selection::total(metric) }
}

/// `dimension=value,... value n/of` of each series with one point.
#[track_caller]
fn lines(series: &[Series]) -> Vec<String> {
    let line = |series: &Series| {
        let [point] = series.points.as_slice() else { panic!("not one point: {series:?}") };
        let names: Vec<String> =
            series.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (part, whole) = (point.numerator.unwrap(), point.denominator.unwrap());
        format!("{} {part}/{whole}", names.join(","))
    };
    series.iter().map(line).collect()
}

fn evaluations() -> Sums {
    let metric = Metric::AnswerAccuracy;
    let intent = |value| [(Dimension::Intent, value)];
    let (refund, delivery) = (intent("refund"), intent("delivery"));
    sums([
        (0, metric, refund.as_slice(), "human", trials(1, 4)),
        (1, metric, refund.as_slice(), "rule", trials(9, 10)),
        (2, metric, delivery.as_slice(), "human", trials(3, 3)),
    ])
}

#[test]
fn evaluators_are_never_pooled_asked_for_or_not() {
    let metric = Metric::AnswerAccuracy;
    let steps = Steps::range(Minute(0), Minute(60));
    let check = |selection: &Selection, expected: &[&str]| {
        let sums = evaluations();
        let found = answer(selection, &steps, std::slice::from_ref(&sums), &Beside::default());
        assert_eq!(lines(&found), expected);
        // The hour tier says the same.
        let view = (metric.definition().family, selection.stored_view().unwrap());
        let mut accumulator = Accumulator::new(selection, &steps).unwrap();
        accumulator.add_cells(Hour(0), &cells::expand(&sums)[&view]);
        assert_eq!(lines(&accumulator.finish(Minute(60))), expected);
    };
    let total = Selection::total(metric);
    check(&total, &["evaluator=human 4/7", "evaluator=rule 9/10"]);
    check(
        &Selection { by_extra: true, ..total.clone() },
        &["evaluator=human 4/7", "evaluator=rule 9/10"],
    );
    check(&Selection { only_extra: vec!["rule".to_owned()], ..total }, &["evaluator=rule 9/10"]);
    check(
        &by(metric, Dimension::Intent),
        &[
            "evaluator=human,intent=delivery 3/3",
            "evaluator=human,intent=refund 1/4",
            "evaluator=rule,intent=refund 9/10",
        ],
    );
    check(
        &only(metric, Dimension::Intent, &["refund", "delivery"]),
        &["evaluator=human 4/7", "evaluator=rule 9/10"],
    );
}

#[test]
fn currencies_are_never_pooled() {
    let metric = Metric::RevenueAtRisk;
    let sums = sums([
        (0, metric, [].as_slice(), "EUR", Amount::value(5_000_000)),
        (0, metric, [].as_slice(), "JPY", Amount::value(900_000_000)),
        (1, metric, [].as_slice(), "EUR", Amount::value(1_000_000)),
    ]);
    let steps = Steps::range(Minute(0), Minute(60));
    let found = answer(&Selection::total(metric), &steps, &[sums], &Beside::default());
    let values: Vec<_> = found
        .iter()
        .map(|series| (series.dimensions["currency"].as_str(), series.points[0].value))
        .collect();
    assert_eq!(values, [("EUR", Some(6.0)), ("JPY", Some(900.0))]);
}

#[test]
fn what_adds_up_is_pooled_until_it_is_asked_for() {
    let metric = Metric::AiConfidenceBins;
    let sums = sums([
        (0, metric, [].as_slice(), "3", Amount::count(2)),
        (0, metric, [].as_slice(), "9", Amount::count(5)),
    ]);
    let steps = Steps::range(Minute(0), Minute(60));
    let count = |selection: &Selection| {
        let found = answer(selection, &steps, std::slice::from_ref(&sums), &Beside::default());
        found.iter().map(|series| series.points[0].value.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(count(&Selection::total(metric)), [7.0]);
    assert_eq!(count(&Selection { by_extra: true, ..Selection::total(metric) }), [2.0, 5.0]);
}

/// A mixture would be 13/17 and clear; the human evaluator alone is below the bound.
#[test]
fn a_rule_judges_each_evaluator_by_itself() {
    let yaml = "
rules:
  - { name: answers, metric: answer_accuracy, threshold: { under: 0.7, min_count: 5 },
      severity: warning, owner: ai_lead, next_action: Read the failed answers. }
";
    let rule = rule::parse(yaml).unwrap().remove(0);
    let sums = evaluations();
    let cells = cells(&rule.selection, [&sums], (Minute(0), Minute(60))).unwrap();
    let judged: Vec<_> = cells
        .iter()
        .map(|(label, amount)| {
            let names = rule.selection.label_names().map(str::to_owned);
            let cell: Vec<(String, String)> = names.zip(label.iter().cloned()).collect();
            (cell, rule.judge(std::slice::from_ref(amount), &[]).verdict)
        })
        .collect();
    let cell = |value: &str| vec![("evaluator".to_owned(), value.to_owned())];
    assert_eq!(judged, [(cell("human"), Verdict::Open), (cell("rule"), Verdict::Clear)]);
    let narrowed = rule.selection.narrowed(&cell("human"));
    assert_eq!((narrowed.only, narrowed.only_extra), (vec![], vec!["human".to_owned()]));
}

#[test]
fn levels_that_queues_set_are_followed_apart_and_added_up() {
    let metric = Metric::QueueLength;
    let at = |queue| [(Dimension::Queue, queue)];
    let (a, b) = (at("a"), at("b"));
    let sums = sums([
        (0, metric, a.as_slice(), "", Amount::level(5)),
        (0, metric, b.as_slice(), "", Amount::level(2)),
        (10, metric, b.as_slice(), "", Amount::level(4)),
    ]);
    let steps = Steps::range(Minute(0), Minute(20));
    for selection in [Selection::total(metric), only(metric, Dimension::Queue, &["a", "b"])] {
        let found = answer(&selection, &steps, std::slice::from_ref(&sums), &Beside::default());
        let [series] = found.as_slice() else { panic!("{found:?}") };
        let point = &series.points[0];
        assert_eq!((point.value, point.min), (Some(9.0), Some(7.0)), "{selection:?}");
    }
}

#[test]
fn figures_of_individuals_carry_an_interval_from_thirty_on() {
    let metric = Metric::Csat;
    let agent = [(Dimension::Agent, "#a")];
    let steps = Steps::range(Minute(0), Minute(60));
    for (n, suppressed) in [(29, true), (30, false)] {
        let sums = sums([(0, metric, agent.as_slice(), "", trials(15, n))]);
        let sums = std::slice::from_ref(&sums);
        let found = answer(&by(metric, Dimension::Agent), &steps, sums, &Beside::default());
        let point = &found[0].points[0];
        assert_eq!((point.suppressed, point.value.is_none()), (suppressed, suppressed));
        assert_eq!((point.low.is_some(), point.high.is_some()), (!suppressed, !suppressed));
        assert_eq!((point.numerator.is_none(), point.denominator), (suppressed, Some(n)));
        let total = answer(&Selection::total(metric), &steps, sums, &Beside::default());
        assert_eq!((total[0].points[0].suppressed, total[0].points[0].low), (false, None));
    }
}

#[test]
fn what_cancels_out_is_as_if_it_had_never_been_there() {
    let entered = |channel, level| {
        let dimensions = [(Dimension::Queue, "q"), (Dimension::Channel, channel)];
        let amount = Amount { sum: level, ..Amount::default() };
        sums([(5, Metric::QueueLength, dimensions.as_slice(), "", amount)])
    };
    // The channel became known after the entry was counted, and each change is in its own fragment.
    let moved = [entered("unknown", 1), entered("unknown", -1), entered("chat", 1)];
    let selection = by(Metric::QueueLength, Dimension::Channel);
    let steps = Steps::range(Minute(0), Minute(10));
    let [series] = &answer(&selection, &steps, &moved, &Beside::default())[..] else {
        panic!("one series")
    };
    assert_eq!(series.dimensions["channel"], "chat");
    assert_eq!(series.points[0].value, Some(1.0));
}
