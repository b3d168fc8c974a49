use proptest::prelude::*;

use super::*;
use crate::rule::parse;

fn rule(condition: &str) -> Rule {
    let yaml =
        format!("rules: [{{name: r, {condition}, severity: page, next_action: x, owner: admin}}]");
    parse(&yaml).unwrap().remove(0)
}

fn bound(condition: &str) -> f64 {
    match of(&rule(condition)) {
        Expectation::AtMost(bound) => bound,
        other @ (Expectation::OfDial(_) | Expectation::DependsOnData) => panic!("{other:?}"),
    }
}

#[test]
fn what_hangs_on_usual_values_is_left_to_history() {
    for condition in ["metric: csat, threshold: {under: 0.8}", "silence_of: {freshness: 3m}"] {
        assert_eq!(of(&rule(condition)), Expectation::DependsOnData, "{condition}");
    }
}

#[test]
fn a_longer_window_and_a_greater_share_are_crossed_less_often() {
    let of = |share: &str, over: &str| bound(&format!("metric: csat, drop: {share}, over: {over}"));
    assert!(of("0.1", "1h") >= of("0.2", "1h"));
    assert!(of("0.2", "1h") >= of("0.5", "1h"));
    assert!(of("0.1", "1h") >= of("0.1", "4h"));
    assert!(of("0.1", "30m") >= 2.0 * of("0.1", "1h"));
    assert!(of("0.1", "1h") > 0.0);
}

#[test]
fn a_budget_that_burns_many_times_too_fast_is_no_chance() {
    let slo = |burn: &str| {
        bound(&format!(
            "metric: answer_accuracy, slo: {{objective: 0.95, min_bad: 10, burns: [{burn}]}}"
        ))
    };
    let (fast, slow) =
        (slo("{rate: 6, long: 6h, short: 30m}"), slo("{rate: 2, long: 6h, short: 30m}"));
    assert!(fast < 0.01, "{fast}");
    assert!(slow > fast, "{slow}");
}

#[test]
fn a_set_is_the_sum_of_what_is_known_and_counts_the_rest() {
    let rules = [
        rule("metric: contacts, threshold: {over: 9}"),
        rule("metric: fallback_rate, anomaly: {}"),
        rule("event: stuck"),
    ];
    let set = of_set(&rules, 2.0, 10);
    assert_eq!(set.depends_on_data, 2);
    assert!((set.known - 2.0).abs() < 1e-9, "the dial, shared by one");
    let one = rule("metric: csat, by: [channel, intent], drop: 0.2, over: 4h");
    let cell = of_set(std::slice::from_ref(&one), 1.0, 1).known;
    assert!((of_set(&[one], 1.0, 10).known - 100.0 * cell).abs() < 1e-9);
}

#[test]
fn the_tail_is_that_of_the_binomial() {
    let check = |k, n, chance, expected: f64| {
        assert!((at_least(k, n, chance) - expected).abs() < 1e-9 * expected.max(1e-9));
    };
    check(0, 10, 0.3, 1.0);
    check(1, 2, 0.5, 0.75);
    check(2, 2, 0.5, 0.25);
    check(3, 5, 0.1, 0.00856);
}

proptest! {
    #[test]
    fn more_are_never_likelier(k in 0_i64..50, more in 0_i64..50, n in 1_i64..100, chance in 0.001..0.999) {
        let (few, many) = (k.min(n), (k + more).min(n));
        prop_assert!(at_least(many, n, chance) <= at_least(few, n, chance) + 1e-12);
    }
}
