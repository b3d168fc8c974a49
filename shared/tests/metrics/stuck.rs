use tocsin_domain::metric::Metric::StuckConversations;

use super::notation::check;

/// Turns (outcome, intent, text), a minute apart.
#[track_caller]
fn turns(turns: &[(&str, &str, &str)], expected: &str) {
    let lines = turns.iter().enumerate().map(|(minute, (outcome, intent, text))| {
        format!("{minute}m ai.responded outcome={outcome} intent={intent} text={text}")
    });
    check(&lines.collect::<Vec<_>>().join("\n"), &[(StuckConversations, expected)]);
}

const ANSWER: (&str, &str, &str) = ("answered", "refund", "a");

#[test]
fn three_turns_without_an_answer_to_one_intent_are_stuck() {
    let (a, b, c) =
        (("fallback", "refund", "a"), ("clarified", "refund", "b"), ("failed", "refund", "c"));
    turns(&[a, b], "");
    turns(&[a, b, c], "2m 1");
    turns(&[a, ANSWER, b, c], "");
    turns(&[a, b, ("fallback", "delivery", "c")], "");
}

#[test]
fn three_times_the_same_answer_is_stuck() {
    turns(&[ANSWER, ANSWER, ANSWER], "2m 1");
    turns(&[ANSWER, ANSWER, ("answered", "refund", "b")], "");
    // Letters count, punctuation and case do not.
    turns(&[ANSWER, ("answered", "delivery", "A!"), ("answered", "refund", "(a)")], "2m 1");
}

#[test]
fn a_run_counts_once_and_the_next_run_again() {
    let nothing = ("fallback", "refund", "a");
    turns(&[nothing; 7], "2m 1");
    let other = ("answered", "refund", "b");
    turns(&[nothing, nothing, nothing, other, nothing, nothing, nothing], "2m 1, 6m 1");
}

#[test]
fn turns_without_an_intent_or_a_text_can_be_stuck_too() {
    check(
        "0m ai.responded outcome=fallback
         1m message.added author=customer
         1m ai.responded outcome=fallback
         2m ai.responded outcome=fallback",
        &[(StuckConversations, "2m 1")],
    );
    check(
        "0m ai.responded outcome=answered
         1m ai.responded outcome=answered
         2m ai.responded outcome=answered",
        &[(StuckConversations, "")],
    );
}
