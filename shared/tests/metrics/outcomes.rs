use tocsin_domain::metric::Metric::{
    DurableResolutionRate, ReopenRate, Reopens, RepeatContactRate7d, RepeatContactRate24h,
    ResolutionRate, ResolutionTime, Retention, RevenueAtRisk, TransferRate,
};

use super::notation::{check, counted};

#[test]
fn a_later_resolution_moves_the_trial_to_its_own_minute() {
    check("0s message.added author=ai\n1m conversation.ended", &[(ResolutionRate, "1m 0/1")]);
    check(
        "0s message.added author=ai
         1m conversation.ended
         1d conversation.resolved
         2d conversation.resolved",
        &[(ResolutionRate, "1440m 1/1"), (ResolutionTime, "1440m 86400/1")],
    );
}

#[test]
fn fourteen_days_of_silence_end_what_is_open_once_an_opening() {
    check("0s message.added author=ai", &[(ResolutionRate, "20160m 0/1")]);
    // Before the next event as well as after the last.
    check(
        "0s message.added author=ai
         20d message.added author=customer",
        &[(ResolutionRate, "20160m 0/1")],
    );
    // A resolution within the time stands.
    check(
        "0s message.added author=ai
         14d conversation.resolved",
        &[(ResolutionRate, "20160m 1/1")],
    );
    // What never opened does not time out.
    check("0s feedback.received kind=csat score=5", &[(ResolutionRate, "")]);
}

#[test]
fn a_resolution_is_reopened_before_the_next_one_and_within_seven_days() {
    check(
        "0s message.added author=ai
         1m conversation.resolved
         2m conversation.reopened
         3m conversation.reopened
         4m conversation.resolved
         7d5m conversation.reopened",
        &[
            (Reopens, "2m 1, 3m 1, 10085m 1"),
            (ReopenRate, "1m 1/1, 4m 0/1"),
            (DurableResolutionRate, "1m 0/1"),
        ],
    );
    // Of the same instant, the reopening follows.
    check(
        "1m conversation.reopened\n1m conversation.resolved",
        &[(ReopenRate, "1m 1/1"), (DurableResolutionRate, "1m 0/1")],
    );
}

#[test]
fn a_resolution_followed_by_the_customer_within_seven_days_does_not_last() {
    for (follow_up, durable) in [("7d1m", "1m 0/1"), ("7d2m", "1m 1/1"), ("1m", "1m 1/1")] {
        let log = format!(
            "0s conversation.started customer=x
             1m conversation.resolved
             {follow_up} conversation.started subject=d customer=x"
        );
        check(&log, &[(DurableResolutionRate, durable)]);
    }
}

#[test]
fn a_resolution_long_after_the_start_may_be_followed_too() {
    for (resolved, follow_up, durable) in
        [("38d", "39d", "54720m 0/1"), ("39d", "40d", "56160m 0/1"), ("39d", "47d", "56160m 1/1")]
    {
        let log = format!(
            "0s conversation.started customer=x
             20d message.added author=customer
             {resolved} conversation.resolved
             {follow_up} conversation.started subject=d customer=x"
        );
        check(&log, &[(DurableResolutionRate, durable)]);
    }
}

#[test]
fn a_start_repeats_those_of_the_same_customer_before_it() {
    check(
        "0s conversation.started customer=x
         24h conversation.started subject=d customer=x
         7d conversation.started subject=e customer=x
         8d conversation.started subject=f customer=y
         8d conversation.started subject=g",
        &[
            (RepeatContactRate24h, "0m 0/1, 1440m 1/1, 10080m 0/1, 11520m 0/1"),
            (RepeatContactRate7d, "0m 0/1, 1440m 1/1, 10080m 1/1, 11520m 0/1"),
        ],
    );
}

#[test]
fn a_switchboards_starts_are_no_trials_and_follow_up_nothing() {
    let starts = (0..=50).map(|n| format!("1h conversation.started subject=s{n} customer=x"));
    let mut lines: Vec<_> = starts.collect();
    lines.insert(0, "0s conversation.started customer=x\n1m conversation.resolved".to_owned());
    let counted = counted(&lines.join("\n"));
    // Fifty starts in 24 hours are trials, the two beyond are not.
    assert_eq!(counted.total(RepeatContactRate24h), "0m 0/1, 60m 49/49");
    // The next start decides the follow-up: an ordinary one, with fewer than fifty before it.
    assert_eq!(counted.total(DurableResolutionRate), "1m 0/1");
    let crowd: Vec<_> = (0..=50)
        .map(|n| format!("0s conversation.started subject=s{n} customer=x"))
        .chain(["1m conversation.resolved subject=s0".to_owned()])
        .chain(["2m conversation.started subject=late customer=x".to_owned()])
        .collect();
    let counted = super::notation::counted(&crowd.join("\n"));
    assert_eq!(counted.total(DurableResolutionRate), "1m 1/1");
}

#[test]
fn a_transfer_counts_where_somebody_handled_the_conversation() {
    check(
        "0s agent.connected agent=bo
         1m transfer.completed
         2m transfer.completed",
        &[(TransferRate, "1m 1/1")],
    );
    check("0s message.added author=ai\n1m conversation.ended", &[(TransferRate, "1m 0/1")]);
    check("0s message.added author=human\n1m transfer.completed", &[(TransferRate, "")]);
}

#[test]
fn an_order_is_at_risk_where_the_conversation_turned_out_badly() {
    for (then, risk) in [
        ("1m conversation.ended", "1m EUR 50/1"),
        ("1m conversation.resolved\n1m conversation.ended", ""),
        ("1m conversation.resolved\n1m conversation.ended reason=abandoned", "1m EUR 50/1"),
        (
            "1m conversation.resolved\n1m conversation.ended\n2m feedback.received kind=csat score=2",
            "1m EUR 50/1",
        ),
        ("1m conversation.ended\n2m conversation.resolved", ""),
        (
            "1m conversation.ended\n2m conversation.valued order_value=80 currency=USD",
            "1m USD 80/1",
        ),
    ] {
        let log = format!("0s conversation.started order_value=50 currency=EUR\n{then}");
        assert_eq!(counted(&log).by_own(RevenueAtRisk), risk, "{then}");
    }
    check("0s conversation.valued retained=false", &[(Retention, "0m 0/1")]);
}
