use super::*;
use crate::query::{
    Beside,
    tests::{Row, answer, sums, trials},
};

/// One line for each series: what it is about, worst and best group, value and interval.
#[track_caller]
fn check(rows: Vec<Row<'_>>, expected: &[&str]) {
    let selection = Selection::total(Metric::SegmentDisparity);
    let steps = Steps::range(Minute(0), Minute(60));
    let found = answer(&selection, &steps, &[sums(rows)], &Beside::default());
    let lines: Vec<String> = found
        .iter()
        .map(|series| {
            let about: Vec<&str> = series.dimensions.values().map(String::as_str).collect();
            let Point { value, low, high, worst, best, count, .. } = &series.points[0];
            format!(
                "{}: {} over {} {:.3} ({:.3} to {:.3}) of {}",
                about.join(" "),
                worst.as_deref().unwrap(),
                best.as_deref().unwrap(),
                value.unwrap(),
                low.unwrap(),
                high.unwrap(),
                count.unwrap(),
            )
        })
        .collect();
    assert_eq!(lines, expected);
}

/// See the test of the interval for its bounds.
#[test]
fn the_worst_segment_is_held_against_the_best() {
    let segment = |name| [(Dimension::Segment, name)];
    let groups = [segment("basic"), segment("middle"), segment("premium")];
    let [basic, middle, premium] = groups.each_ref().map(<[_; 1]>::as_slice);
    let resolved = Metric::ResolutionRate;
    check(
        vec![
            (0, resolved, basic, "", trials(10, 30)),
            (1, resolved, basic, "", trials(5, 20)),
            (0, resolved, middle, "", trials(25, 50)),
            (0, resolved, premium, "", trials(30, 50)),
        ],
        &["segment resolution_rate: basic over premium 0.500 (0.309 to 0.808) of 100"],
    );
    // Where high is bad, the worst is the highest.
    check(
        vec![
            (0, Metric::EscalationRate, basic, "", trials(15, 50)),
            (0, Metric::EscalationRate, premium, "", trials(30, 50)),
        ],
        &["segment escalation_rate: premium over basic 2.000 (1.237 to 3.232) of 100"],
    );
}

#[test]
fn groups_that_are_small_or_unknown_are_not_compared() {
    let language = |name| [(Dimension::Language, name)];
    let groups = [language("de"), language("fr"), language("nl"), language("unknown")];
    let [de, fr, nl, unknown] = groups.each_ref().map(<[_; 1]>::as_slice);
    let resolved = Metric::ResolutionRate;
    check(
        vec![
            (0, resolved, de, "", trials(40, 40)),
            (0, resolved, fr, "", trials(0, 29)),
            (0, resolved, unknown, "", trials(0, 500)),
        ],
        &[],
    );
    check(
        vec![(0, resolved, de, "", trials(40, 40)), (0, resolved, nl, "", trials(20, 40))],
        &["language resolution_rate: nl over de 0.500 (0.367 to 0.682) of 80"],
    );
}

#[test]
fn evaluators_are_compared_apart() {
    let segment = |name| [(Dimension::Segment, name)];
    let (basic, premium) = (segment("basic"), segment("premium"));
    let (basic, premium) = (basic.as_slice(), premium.as_slice());
    let accuracy = Metric::AnswerAccuracy;
    check(
        vec![
            (0, accuracy, basic, "human", trials(15, 50)),
            (0, accuracy, premium, "human", trials(30, 50)),
            (0, accuracy, premium, "llm", trials(50, 50)),
        ],
        &["segment human answer_accuracy: basic over premium 0.500 (0.309 to 0.808) of 100"],
    );
}
