use proptest::prelude::*;

use super::*;

fn slo(objective: f64, burns: Vec<Burn>) -> Slo {
    Slo { objective, period: USUAL_PERIOD, min_bad: 5, burns }
}

fn of(sum: i128, count: i64) -> Amount {
    Amount { sum, count, ..Amount::default() }
}

#[track_caller]
fn check(metric: Metric, slo: &Slo, windows: &[(i128, i64)], expect: Verdict) -> Judgement {
    let windows: Vec<Amount> = windows.iter().map(|(sum, count)| of(*sum, *count)).collect();
    let judgement = slo.judge(metric, &windows);
    assert_eq!(judgement.verdict, expect, "{judgement:?}");
    judgement
}

#[test]
fn it_opens_when_both_windows_of_a_burn_spend_the_budget_too_fast() {
    let slo = slo(0.99, vec![FAST]);
    let check = |windows: [(i128, i64); 2], expect| {
        check(Metric::AnswerAccuracy, &slo, &windows, expect);
    };
    check([(850, 1000), (80, 100)], Verdict::Open);
    check([(856, 1000), (856, 1000)], Verdict::Hold); // exactly 14.4 times
    check([(860, 1000), (80, 100)], Verdict::Hold);
    check([(871, 1000), (80, 100)], Verdict::Clear);
    check([(850, 1000), (99, 100)], Verdict::Clear); // it does not go on
    check([(990, 1000), (80, 100)], Verdict::Clear); // it does not matter yet
}

#[test]
fn where_higher_is_worse_the_objective_is_the_most_that_may_be() {
    let slo = slo(0.02, vec![STEADY]);
    check(Metric::FallbackRate, &slo, &[(130, 1000), (20, 100)], Verdict::Open);
    check(Metric::FallbackRate, &slo, &[(20, 1000), (2, 100)], Verdict::Clear);
}

#[test]
fn few_bad_trials_open_nothing_however_large_their_share() {
    let slo = slo(0.99, vec![FAST]);
    check(Metric::AnswerAccuracy, &slo, &[(2, 3), (0, 1)], Verdict::Hold);
    check(Metric::AnswerAccuracy, &slo, &[(8, 12), (0, 1)], Verdict::Hold);
    check(Metric::AnswerAccuracy, &slo, &[(7, 12), (0, 1)], Verdict::Open);
}

#[test]
fn without_trials_nothing_is_said() {
    let slo = slo(0.99, vec![FAST]);
    check(Metric::AnswerAccuracy, &slo, &[(0, 0), (0, 0)], Verdict::NotEnoughData);
    check(Metric::AnswerAccuracy, &slo, &[(5, 20), (0, 0)], Verdict::NotEnoughData);
    check(Metric::AnswerAccuracy, &slo, &[], Verdict::NotEnoughData);
}

#[test]
fn the_burn_that_is_farthest_beyond_its_rate_is_reported() {
    let slo = slo(0.99, vec![FAST, STEADY]);
    let windows = [(95, 100), (9, 10), (540, 600), (45, 50)];
    let judgement = check(Metric::AnswerAccuracy, &slo, &windows, Verdict::Open);
    assert_eq!((judgement.window, judgement.n, judgement.value), (360, 600, Some(0.9)));
}

#[test]
fn the_usual_burns_are_the_published_ones_and_follow_the_period() {
    assert_eq!(Burn::usual(Severity::Page, 30 * DAY), [FAST, STEADY]);
    assert_eq!(Burn::usual(Severity::Info, 30 * DAY), [SLOW]);
    let week = Burn::usual(Severity::Warning, 7 * DAY);
    assert_eq!(week, [Burn { rate: 1.0, long: 1008, short: 84 }]);
}

proptest! {
    #[test]
    fn more_bad_trials_never_calm_it(
        good in 0_i128..200,
        turned in 0_i128..200,
        recent in 1_i64..50,
        bad_recent in 0_i64..50,
    ) {
        let slo = slo(0.95, vec![FAST]);
        let worse = |verdict: Verdict| match verdict {
            Verdict::NotEnoughData => 0,
            Verdict::Clear => 1,
            Verdict::Hold => 2,
            Verdict::Open => 3,
        };
        let of_good = |good: i128| {
            let short = of(i128::from(recent - bad_recent.min(recent)), recent);
            worse(slo.judge(Metric::AnswerAccuracy, &[of(good, 200), short]).verdict)
        };
        prop_assert!(of_good(good.min(turned)) >= of_good(good.max(turned)));
    }
}
