use tocsin_domain::metric::Metric::Signals;

use super::notation::counted;

#[track_caller]
fn check(log: &str, expected: &str) {
    assert_eq!(counted(log).by_own(Signals), expected);
}

#[test]
fn a_severe_failure_of_brand_safety_is_a_signal_and_a_lesser_one_is_not() {
    let failed = "0m evaluation.recorded name=brand_safe label=fail";
    check(failed, "");
    check(&format!("{failed} severity=high"), "");
    check(&format!("{failed} severity=severe"), "0m severe_brand_failure 1");
    check("0m evaluation.recorded name=brand_safe label=pass severity=severe", "");
    check("0m evaluation.recorded name=answer_correct label=fail severity=severe", "");
}

#[test]
fn a_conversation_that_goes_in_circles_is_a_signal_once_a_run() {
    let turn = |minute: i32| format!("{minute}m ai.responded outcome=fallback intent=refund");
    let turns: Vec<String> = (0..5).map(turn).collect();
    check(&turns[..2].join("\n"), "");
    check(&turns.join("\n"), "2m stuck 1");
}

#[test]
fn the_third_transfer_is_a_signal_once() {
    let transfer = |minute: i32| format!("{minute}m transfer.completed to_queue=q{minute}");
    let transfers: Vec<String> = (0..5).map(transfer).collect();
    check(&transfers[..2].join("\n"), "");
    check(&transfers.join("\n"), "2m third_transfer 1");
}

#[test]
fn a_customer_who_turned_negative_is_a_signal_while_the_conversation_is_open() {
    let scores = |scores: &[f64]| {
        let line =
            |(minute, score)| format!("{minute}m sentiment.scored party=customer score={score}\n");
        scores.iter().enumerate().map(line).collect::<String>()
    };
    let bad = scores(&[-0.5, -0.5, -0.5, -0.9]);
    check(&scores(&[-0.5, -0.5]), "");
    check(&bad, "2m live_negative 1");
    check(&format!("0m conversation.started channel=chat\n{bad}"), "2m live_negative 1");
    check(&scores(&[-0.5, -0.5, -0.5, 0.9]), "");
    check(&scores(&[-0.5, -0.5, -0.5, 0.9, -0.9, -0.9, -0.9]), "6m live_negative 1");
    check(&format!("{bad}9m conversation.ended outcome=completed"), "");
    check(&format!("{bad}9m conversation.resolved"), "");
    check(
        &format!("{bad}8m conversation.resolved\n9m conversation.reopened"),
        "2m live_negative 1",
    );
}
