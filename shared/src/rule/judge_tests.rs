use proptest::prelude::*;

use super::*;
use crate::rule::parse;

fn rule(metric: &str, condition: &str) -> Rule {
    let yaml = format!(
        "rules:\n  - {{name: r, metric: {metric}, {condition}, severity: info, next_action: x, owner: admin}}"
    );
    parse(&yaml).unwrap().remove(0)
}

fn of(sum: i128, count: i64) -> Amount {
    Amount { sum, count, ..Amount::default() }
}

#[track_caller]
fn check(rule: &Rule, current: Amount, baseline: &[Amount], expect: Verdict) {
    let judgement = rule.judge(&[current], baseline);
    assert_eq!(judgement.verdict, expect, "{judgement:?}");
}

#[test]
fn a_threshold_opens_beyond_its_bound_and_closes_a_tenth_back() {
    let rule = rule("fallback_rate", "threshold: {over: 0.2}");
    check(&rule, of(9, 29), &[], Verdict::NotEnoughData);
    check(&rule, of(21, 100), &[], Verdict::Open);
    check(&rule, of(20, 100), &[], Verdict::Hold);
    check(&rule, of(19, 100), &[], Verdict::Hold);
    check(&rule, of(18, 100), &[], Verdict::Clear);
}

#[test]
fn a_bound_near_the_end_of_the_scale_can_still_close() {
    let rule = rule("service_level", "threshold: {under: 0.96}");
    check(&rule, of(95, 100), &[], Verdict::Open);
    check(&rule, of(97, 100), &[], Verdict::Hold);
    check(&rule, of(100, 100), &[], Verdict::Clear);
}

#[test]
fn the_rule_on_fallbacks_pages_on_a_flawed_answer_and_not_on_chance() {
    let mut rules = parse(crate::rule::DEFAULT_RULES).unwrap();
    let rule = rules.swap_remove(0);
    check(&rule, of(24, 31), &[], Verdict::Open);
    check(&rule, of(2, 20), &[], Verdict::Clear);
    check(&rule, of(19, 19), &[], Verdict::NotEnoughData);
}

#[test]
fn a_level_is_judged_as_it_is() {
    let rule = rule("longest_wait", "threshold: {over: 300}");
    check(&rule, Amount::value(301), &[], Verdict::Open);
    check(&rule, Amount::value(200), &[], Verdict::Clear);
    check(&rule, Amount::default(), &[], Verdict::NotEnoughData);
}

#[test]
fn a_drop_of_a_ratio_needs_size_and_significance() {
    let rule = rule("resolution_rate", "drop: 0.2");
    let weeks = [of(800, 1000), of(810, 1000), of(790, 1000)];
    check(&rule, of(300, 500), &weeks, Verdict::Open);
    check(&rule, of(700, 1000), &weeks, Verdict::Hold);
    check(&rule, of(760, 1000), &weeks, Verdict::Clear);
    check(&rule, of(18, 30), &weeks, Verdict::Hold); // a quarter less, but of thirty
    check(&rule, of(0, 29), &weeks, Verdict::NotEnoughData);
    check(&rule, of(300, 500), &[], Verdict::NotEnoughData);
    check(&rule, of(300, 500), &[of(20, 29)], Verdict::NotEnoughData);
}

#[test]
fn weeks_that_differ_widely_widen_what_is_expected() {
    let rule = rule("escalation_rate", "rise: 0.5");
    check(&rule, of(200, 1000), &[of(100, 1000), of(102, 1000)], Verdict::Open);
    check(&rule, of(200, 1000), &[of(50, 1000), of(150, 1000)], Verdict::Hold);
}

#[test]
fn a_handful_after_a_spotless_past_is_no_rise() {
    let rule = rule("ai_error_rate", "rise: 0.5");
    let weeks = [of(0, 5000), of(0, 5000)];
    check(&rule, of(4, 30), &weeks, Verdict::Hold);
    check(&rule, of(8, 30), &weeks, Verdict::Open);
    check(&rule, of(0, 30), &weeks, Verdict::Clear);
}

#[test]
fn counts_are_compared_with_the_mean_of_the_weeks() {
    let rise = rule("contacts", "rise: 0.5");
    check(&rise, Amount::count(200), &[Amount::count(100)], Verdict::Open);
    check(&rise, Amount::count(8), &[Amount::count(4)], Verdict::Hold);
    check(&rise, Amount::count(200), &[], Verdict::NotEnoughData);
    let drop = rule("contacts", "drop: 0.5");
    check(&drop, Amount::count(0), &[Amount::count(100), Amount::count(110)], Verdict::Open);
}

#[test]
fn means_need_two_weeks_to_be_compared_with() {
    let rule = rule("handle_time", "rise: 0.2");
    let week = |mean: i128| of(mean * 1_000_000 * 100, 100);
    check(&rule, week(500), &[week(300)], Verdict::NotEnoughData);
    check(&rule, week(500), &[week(300), week(310)], Verdict::Open);
    check(&rule, week(340), &[week(300), week(310)], Verdict::Hold);
    check(&rule, week(305), &[week(300), week(310)], Verdict::Clear);
}

#[test]
fn the_band_that_is_drawn_is_within_the_scale() {
    let band = expected(Metric::FallbackRate, 40, &[of(6, 100)]).unwrap();
    assert!((band.mid - 0.06).abs() < 1e-9 && band.low.abs() < 1e-9, "{band:?}");
    assert!(band.high > 0.15 && band.high < 0.3, "{band:?}");
    assert_eq!(expected(Metric::FallbackRate, 40, &[]), None);
    assert_eq!(expected(Metric::FallbackRate, 0, &[of(6, 100)]), None);
}

proptest! {
    #[test]
    fn more_of_the_bad_never_weakens_the_verdict(
        bad in 0_i128..200, more in 0_i128..200, past in 0_i128..400, n in 200_i64..400,
    ) {
        let rank = |verdict| match verdict { Verdict::Clear => 0, Verdict::Hold => 1, _ => 2 };
        let baseline = [of(past, 400)];
        for condition in ["threshold: {over: 0.3}", "rise: 0.5"] {
            let rule = rule("fallback_rate", condition);
            let low = rule.judge(&[of(bad, n)], &baseline).verdict;
            let high = rule.judge(&[of((bad + more).min(i128::from(n)), n)], &baseline).verdict;
            prop_assert!(rank(high) >= rank(low), "{low:?} {high:?}");
        }
    }
}
