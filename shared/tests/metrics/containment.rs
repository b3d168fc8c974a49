use tocsin_domain::metric::Metric::{
    AgentRequestRate, AutonomousResolutionRateAssumed as Assumed,
    AutonomousResolutionRateConfirmed as Confirmed, ContainmentRate, DeflectionRate,
    EscalationRate,
};

use super::notation::check;

#[track_caller]
fn with_ai(then: &str, confirmed: &str, assumed: &str) {
    let log = format!("0s ai.responded outcome=answered\n{then}");
    check(&log, &[(Confirmed, confirmed), (Assumed, assumed)]);
}

#[test]
fn a_resolution_by_ai_alone_is_autonomous_apart_by_whether_it_was_confirmed() {
    with_ai("1m conversation.resolved by=ai confirmed=true", "1m 1/1", "");
    with_ai("1m conversation.resolved by=ai confirmed=false", "", "1m 1/1");
    with_ai("1m conversation.resolved by=ai", "", "1m 1/1");
    with_ai(
        "1m conversation.resolved by=ai confirmed=true
         2m conversation.ended",
        "1m 1/1",
        "2m 0/1",
    );
    with_ai("1m conversation.resolved by=customer confirmed=true", "", "");
    with_ai(
        "1m conversation.resolved by=customer confirmed=true
         2m conversation.ended",
        "2m 0/1",
        "2m 0/1",
    );
}

#[test]
fn a_handoff_a_human_or_an_end_before_it_takes_autonomy_away() {
    for first in ["handoff.requested by=rule", "agent.connected agent=bo", "conversation.ended"] {
        let then = format!("1m {first}\n2m conversation.resolved by=ai confirmed=true");
        with_ai(&then, "1m 0/1", "1m 0/1");
    }
    // Decided before the human came.
    with_ai(
        "1m conversation.resolved by=ai confirmed=true
         2m agent.connected agent=bo",
        "1m 1/1",
        "2m 0/1",
    );
    // Only the first resolution counts.
    with_ai(
        "1m conversation.resolved by=human
         2m conversation.resolved by=ai confirmed=true
         3m conversation.ended",
        "3m 0/1",
        "3m 0/1",
    );
    // Without AI there is no trial.
    check("0s conversation.resolved by=ai confirmed=true", &[(Confirmed, ""), (Assumed, "")]);
}

#[test]
fn a_conversation_left_in_silence_is_given_up_after_fourteen_days() {
    with_ai("", "20160m 0/1", "20160m 0/1");
    check("0s ai.responded outcome=answered", &[(ContainmentRate, "20160m 0/1")]);
    check(
        "0s ai.responded outcome=answered
         1m conversation.ended",
        &[(ContainmentRate, "1m 1/1"), (DeflectionRate, "1m 1/1")],
    );
}

#[test]
fn a_private_note_is_no_human_involvement() {
    check(
        "0s ai.responded outcome=answered
         1m message.added author=human visibility=private
         2m conversation.ended",
        &[(ContainmentRate, "2m 1/1")],
    );
    check(
        "0s message.added author=ai
         1m message.added author=human
         2m conversation.ended",
        &[(ContainmentRate, "1m 0/1")],
    );
}

#[test]
fn deflection_takes_more_than_containment() {
    for (then, deflected) in [
        ("1m conversation.ended reason=abandoned", "1m 0/1"),
        ("1m ai.responded outcome=fallback\n1m conversation.ended", "1m 0/1"),
        ("1m ai.responded outcome=refused\n1m conversation.ended", "1m 1/1"),
        ("1m sentiment.scored score=-0.5\n1m conversation.ended", "1m 0/1"),
        ("1m sentiment.scored score=-0.4\n1m conversation.ended", "1m 1/1"),
        ("1m conversation.ended\n2m conversation.started subject=d customer=x", "1m 0/1"),
        ("1m conversation.ended\n1d1m conversation.started subject=d customer=x", "1m 0/1"),
        ("1m conversation.ended\n1d2m conversation.started subject=d customer=x", "1m 1/1"),
        ("1m conversation.ended\n1m conversation.started subject=d customer=x", "1m 1/1"),
        ("1m conversation.ended\n2m conversation.started subject=d customer=y", "1m 1/1"),
    ] {
        let log = format!(
            "0s conversation.started customer=x
             0s ai.responded outcome=answered
             {then}"
        );
        check(&log, &[(ContainmentRate, "1m 1/1"), (DeflectionRate, deflected)]);
    }
}

#[test]
fn a_request_for_a_person_is_the_platforms_or_in_the_customers_words_and_counts_once() {
    check(
        "0s ai.responded outcome=answered
         1m message.added author=customer asks=true
         2m handoff.requested by=customer
         3m conversation.ended",
        &[(AgentRequestRate, "1m 1/1"), (EscalationRate, "2m 1/1")],
    );
    check(
        "0s ai.responded outcome=answered
         1m message.added author=customer asks=true
         3m conversation.ended",
        &[(AgentRequestRate, "1m 1/1"), (EscalationRate, "3m 0/1"), (ContainmentRate, "3m 1/1")],
    );
    check(
        "0s ai.responded outcome=answered
         1m handoff.requested by=ai
         3m conversation.ended",
        &[(AgentRequestRate, "3m 0/1"), (EscalationRate, "1m 1/1")],
    );
    // Decided when it closed.
    check(
        "0s ai.responded outcome=answered
         1m conversation.resolved
         2m handoff.requested by=customer",
        &[(AgentRequestRate, "1m 0/1"), (EscalationRate, "1m 0/1")],
    );
}
