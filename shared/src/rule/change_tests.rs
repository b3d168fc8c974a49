use super::*;
use crate::minute::MINUTE;

fn change(name: &str) -> Change {
    let time = 29_459_520 * MINUTE;
    let (kind, name, version) = ("prompt".to_owned(), name.to_owned(), "v2".to_owned());
    Change { time, kind, name, version, fit: None }
}

fn trials(sum: i128, count: i64) -> Amount {
    Amount { sum, count, ..Amount::default() }
}

/// Of escalations, a fifth in three usual weeks before and after.
fn since(after: (i128, i64), before: (i128, i64)) -> Since {
    let usual = vec![trials(20, 100), trials(21, 100), trials(19, 100)];
    let usual_before = usual.clone();
    let (after, before) = (trials(after.0, after.1), trials(before.0, before.1));
    Since { length: 120, after, usual, before, usual_before }
}

#[track_caller]
fn check(side: Side, since: Since, expect: Verdict) {
    let judgement = AfterChange { side }.judge(Metric::EscalationRate, &[(change("a"), since)]);
    assert_eq!(judgement.verdict, expect, "{judgement:?}");
}

#[test]
fn it_opens_where_the_metric_moved_for_the_worse_since_the_change() {
    check(Side::Up, since((45, 100), (20, 100)), Verdict::Open);
    check(Side::Down, since((45, 100), (20, 100)), Verdict::Clear);
    check(Side::Both, since((45, 100), (20, 100)), Verdict::Open);
    check(Side::Down, since((0, 100), (20, 100)), Verdict::Open);
    check(Side::Up, since((32, 100), (20, 100)), Verdict::Hold);
    check(Side::Up, since((22, 100), (20, 100)), Verdict::Clear);
}

#[test]
fn what_had_moved_before_is_not_due_to_the_change() {
    check(Side::Up, since((45, 100), (40, 100)), Verdict::Clear);
    check(Side::Up, since((45, 100), (28, 100)), Verdict::Open);
    // What was before is not known: the change stands accused.
    check(Side::Up, since((45, 100), (0, 0)), Verdict::Open);
}

#[test]
fn too_little_says_nothing() {
    check(Side::Up, since((12, 20), (20, 100)), Verdict::NotEnoughData);
    check(Side::Up, Since { usual: vec![], ..since((45, 100), (20, 100)) }, Verdict::NotEnoughData);
    let nothing = AfterChange { side: Side::Up }.judge(Metric::Csat, &[]);
    assert_eq!(nothing.verdict, Verdict::NotEnoughData);
}

#[test]
fn it_names_the_change_after_which_the_metric_moved_farthest() {
    let spans = [
        (change("a"), since((40, 100), (20, 100))),
        (change("b"), since((48, 100), (20, 100))),
        (change("c"), since((70, 100), (68, 100))),
    ];
    let judgement = AfterChange { side: Side::Up }.judge(Metric::EscalationRate, &spans);
    let reason = judgement.reason.unwrap();
    assert_eq!(reason, "since prompt b v2 was deployed at 2026-01-05 00:00 UTC");
    assert!((judgement.expected.unwrap().mid - 0.2).abs() < 1e-9);
}
