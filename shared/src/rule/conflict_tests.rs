use super::*;
use crate::rule::parse;

fn sample(seconds: i64, count: i64) -> Amount {
    let sum = i128::from(seconds) * 1_000_000 * i128::from(count);
    Amount { sum, count, ..Amount::default() }
}

#[track_caller]
fn check(handle_time: i64, reopens: i64, expect: Verdict) {
    let conflict = Conflict::of(Metric::HandleTime).unwrap();
    let weeks = [sample(300, 80), sample(310, 90), sample(290, 85)];
    let other_weeks = [20, 22, 18].map(Amount::count);
    let (now, other) = (sample(handle_time, 80), Amount::count(reopens));
    let judgement = conflict.judge(Metric::HandleTime, (&now, &weeks), (&other, &other_weeks), 240);
    assert_eq!(judgement.verdict, expect, "{judgement:?}");
}

#[test]
fn it_opens_where_both_moved_against_each_other_beyond_their_noise() {
    check(180, 50, Verdict::Open);
    check(180, 20, Verdict::Clear);
    check(300, 50, Verdict::Clear);
    check(180, 30, Verdict::Hold);
    // More calls reopened after longer ones are bad, and no conflict.
    check(500, 50, Verdict::Clear);
    check(180, 2, Verdict::Clear);
}

#[test]
fn without_weeks_nothing_is_said() {
    let conflict = Conflict::of(Metric::EscalationRate).unwrap();
    let amount = Amount { sum: 5, count: 100, ..Amount::default() };
    let judgement = conflict.judge(Metric::EscalationRate, (&amount, &[]), (&amount, &[]), 60);
    assert_eq!(judgement.verdict, Verdict::NotEnoughData);
}

#[test]
fn pairs_are_those_that_the_dictionary_says_are_read_together() {
    for ((better, _), (worse, _)) in PAIRS {
        assert!(better.definition().partners.contains(&worse), "{better} {worse}");
    }
    let yaml = "rules:\n  - {name: a, metric: csat, conflict: {}, severity: info, next_action: x, owner: admin}";
    let error = parse(yaml).unwrap_err().to_string();
    assert!(error.contains("want one of handle_time, first_response_time"), "{error}");
    let yaml = "rules:\n  - {name: a, metric: escalation_rate, by: [intent], conflict: {}, severity: info, next_action: x, owner: admin}";
    let condition = parse(yaml).unwrap().remove(0).condition.to_string();
    assert_eq!(condition, "down while csat is down");
}
