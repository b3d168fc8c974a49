use tocsin_domain::{dimension::Dimension, metric::Metric::MisrouteRate};

use super::notation::{check, counted};

#[track_caller]
fn accepted(then: &str, expected: &str) {
    check(&format!("0s handoff.accepted\n{then}"), &[(MisrouteRate, expected)]);
}

#[test]
fn an_arrival_was_misrouted_if_it_is_soon_or_for_that_reason_transferred() {
    accepted("", "0m 0/1");
    accepted("5m transfer.completed", "0m 1/1");
    accepted("5m0.001s transfer.completed reason=expertise", "0m 0/1");
    accepted("3h transfer.completed reason=wrong_queue", "0m 1/1");
    // Only the next transfer counts.
    accepted("10m transfer.completed\n11m transfer.completed reason=wrong_queue", "0m 0/1");
    // Of the same instant, the transfer follows.
    accepted("0s transfer.completed", "0m 1/1");
}

#[test]
fn a_transfer_belongs_to_the_arrival_before_it() {
    accepted("1m handoff.accepted\n2m transfer.completed", "0m 0/1, 1m 1/1");
    accepted("1m transfer.completed\n2m handoff.accepted", "0m 1/1, 2m 0/1");
}

#[test]
fn a_queues_answer_is_an_arrival_unless_a_handoff_is_accepted_at_once() {
    let answered = "0s queue.left queue=q outcome=answered";
    check(answered, &[(MisrouteRate, "0m 0/1")]);
    check(&format!("{answered}\n60s handoff.accepted"), &[(MisrouteRate, "1m 0/1")]);
    check(&format!("{answered}\n61s handoff.accepted"), &[(MisrouteRate, "0m 0/1, 1m 0/1")]);
    check("0s queue.left queue=q outcome=abandoned", &[(MisrouteRate, "")]);
}

#[test]
fn a_misroute_counts_for_the_queue_that_it_left() {
    let counted = counted(
        "0s queue.left queue=sales outcome=answered
         1m transfer.completed from_queue=sales to_queue=returns
         2m queue.left queue=returns outcome=answered",
    );
    assert_eq!(counted.by(MisrouteRate, Dimension::Queue), "0m sales 1/1, 2m returns 0/1");
}
