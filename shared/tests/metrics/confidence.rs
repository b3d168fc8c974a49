use tocsin_domain::{
    dimension::Dimension,
    metric::Metric::{
        CalibrationConfidence, CalibrationGood, EscalationRecall, FalseConfidenceRate,
        LowConfidenceRate,
    },
};

use super::notation::{check, counted, counted_by};

#[test]
fn an_unsure_answer_is_backed_by_asking_back_at_once_or_next() {
    check("0s ai.responded outcome=clarified confidence=0.4", &[(EscalationRecall, "0m 1/1")]);
    check("0s ai.responded outcome=answered confidence=0.4", &[(EscalationRecall, "0m 0/1")]);
    check("0s ai.responded outcome=answered confidence=0.5", &[(EscalationRecall, "")]);
    check("0s ai.responded outcome=answered", &[(EscalationRecall, "")]);
    check(
        "0s ai.responded outcome=answered confidence=0.4
         1m ai.responded outcome=clarified confidence=0.9",
        &[(EscalationRecall, "0m 1/1")],
    );
    check(
        "0s ai.responded outcome=answered confidence=0.4
         1m ai.responded outcome=answered
         2m ai.responded outcome=clarified",
        &[(EscalationRecall, "0m 0/1")],
    );
}

#[test]
fn an_unsure_answer_is_backed_by_a_handoff_before_the_second_next() {
    check(
        "0s ai.responded outcome=answered confidence=0.4
         1m ai.responded outcome=answered
         2m handoff.requested by=rule
         3m ai.responded outcome=answered",
        &[(EscalationRecall, "0m 1/1")],
    );
    check(
        "0s ai.responded outcome=answered confidence=0.4
         1m ai.responded outcome=answered
         2m ai.responded outcome=answered
         3m handoff.requested by=rule",
        &[(EscalationRecall, "0m 0/1")],
    );
    // Of the same instant, the handoff follows the answer; one before it does not back it.
    check(
        "0s ai.responded outcome=answered confidence=0.4
         0s handoff.requested by=ai",
        &[(EscalationRecall, "0m 1/1")],
    );
    check(
        "0s handoff.requested by=ai
         1s ai.responded outcome=answered confidence=0.4",
        &[(EscalationRecall, "0m 0/1")],
    );
    // A request in a message is never a handoff.
    check(
        "0s ai.responded outcome=answered confidence=0.4
         1s message.added author=customer asks=true",
        &[(EscalationRecall, "0m 0/1")],
    );
}

#[test]
fn the_threshold_of_low_confidence_is_the_one_in_force_at_the_answer() {
    let settings = "
versions:
  - low_confidence: 0.3
  - from: 2026-01-05T10:01:00Z
    low_confidence: 0.7";
    let log = "
        59s ai.responded outcome=answered confidence=0.6
        60s ai.responded outcome=answered confidence=0.6";
    let counted = counted_by(settings, log);
    assert_eq!(counted.total(LowConfidenceRate), "0m 0/1, 1m 1/1");
    assert_eq!(counted.total(EscalationRecall), "1m 0/1");
}

#[track_caller]
fn sure(then: &str, expected: &str) {
    let log = format!("0s ai.responded outcome=answered confidence=0.8\n{then}");
    check(&log, &[(FalseConfidenceRate, expected)]);
}

#[test]
fn a_sure_answer_was_false_if_it_turned_out_badly_within_seven_days() {
    sure("", "0m 0/1");
    for bad in [
        "1h evaluation.recorded name=answer_correct label=fail",
        "1h feedback.received kind=thumb score=0",
        "1h feedback.received kind=csat score=2",
        "7d conversation.reopened",
        "1h handoff.requested by=customer",
        "1h message.added author=customer asks=true",
    ] {
        sure(bad, "0m 1/1");
    }
    for harmless in [
        "1h evaluation.recorded name=answer_correct label=pass",
        "1h evaluation.recorded name=answer_correct score=0",
        "1h evaluation.recorded name=intent_correct label=fail",
        "1h feedback.received kind=thumb score=1",
        "1h feedback.received kind=csat score=3",
        "1h feedback.received kind=nps score=0",
        "1h handoff.requested by=ai",
        "1h message.added author=human asks=true",
        "7d0.001s conversation.reopened",
    ] {
        sure(harmless, "0m 0/1");
    }
}

#[test]
fn what_came_before_an_answer_does_not_make_it_false() {
    check(
        "0s message.added author=customer asks=true
         0s ai.responded outcome=answered confidence=0.9",
        &[(FalseConfidenceRate, "0m 0/1")],
    );
    // Found in a message before the answer and made to the platform after it: the same request.
    check(
        "0s message.added author=customer asks=true
         1m ai.responded outcome=answered confidence=0.9
         2m handoff.requested by=customer
         3m ai.responded outcome=answered confidence=0.9
         4m handoff.requested by=customer",
        &[(FalseConfidenceRate, "1m 1/1, 3m 1/1")],
    );
    check(
        "0s message.added author=customer asks=true
         1m ai.responded outcome=answered confidence=0.9
         2m handoff.requested by=customer",
        &[(FalseConfidenceRate, "1m 0/1")],
    );
    // Below 0.8 the answer is not sure.
    check("0s ai.responded outcome=answered confidence=0.79", &[(FalseConfidenceRate, "")]);
}

#[test]
fn a_failed_evaluation_is_held_against_the_answer_that_it_follows() {
    check(
        "0s ai.responded outcome=answered confidence=0.9
         1m ai.responded outcome=answered confidence=0.9
         2m evaluation.recorded name=answer_correct label=fail
         3m ai.responded outcome=answered confidence=0.9",
        &[(FalseConfidenceRate, "0m 0/1, 1m 1/1, 3m 0/1")],
    );
    // What the customer does is held against all answers before it.
    check(
        "0s ai.responded outcome=answered confidence=0.9
         1m ai.responded outcome=answered confidence=0.9
         2m feedback.received kind=thumb score=0
         3m ai.responded outcome=answered confidence=0.9",
        &[(FalseConfidenceRate, "0m 1/1, 1m 1/1, 3m 0/1")],
    );
}

#[test]
fn calibration_is_kept_by_tenths_of_confidence() {
    let counted = counted(
        "0s ai.responded outcome=answered confidence=0.05 prompt_version=p1
         1m ai.responded outcome=answered confidence=1 prompt_version=p2
         2m feedback.received kind=thumb score=0
         3m ai.responded outcome=answered confidence=0.99
         4m ai.responded outcome=answered",
    );
    assert_eq!(counted.by_own(CalibrationConfidence), "0m 0 0.05/1, 1m 9 1/1, 3m 9 0.99/1");
    assert_eq!(counted.by_own(CalibrationGood), "0m 0 0/1, 1m 9 0/1, 3m 9 1/1");
    let by_version = counted.by(CalibrationGood, Dimension::PromptVersion);
    assert_eq!(by_version, "0m p1 0/1, 1m p2 0/1, 3m p2 1/1");
}
