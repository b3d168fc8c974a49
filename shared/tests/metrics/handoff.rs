use tocsin_domain::metric::Metric::{HandoffQuality, RepeatYourselfRate};

use super::notation::check;

#[track_caller]
fn quality(log: &str, expected: &str) {
    check(log, &[(HandoffQuality, expected)]);
}

#[test]
fn a_handoff_of_which_all_is_known_earns_the_sum_of_its_parts() {
    // 40 * 3/4 + 20 * (600 - 330) / 540 + 20 + 10 + 10
    quality(
        r#"0s sentiment.scored score=-0.5
           1s slot.filled slot=order
           60s handoff.requested by=customer
           61s handoff.accepted context_fields=["a","b","c"] expected_fields=["a","b","c","d"]
           390s message.added author=human
           400s sentiment.scored score=-0.5"#,
        "1m 80/1",
    );
    // 0 + 0 + 0 + 0 + 0
    quality(
        r#"0s sentiment.scored score=0.5
           1s slot.filled slot=order
           60s handoff.requested by=customer
           61s handoff.accepted context_fields=["z"] expected_fields=["a"]
           660s message.added author=human
           670s slot.asked slot=order author=human
           680s sentiment.scored score=0.4
           690s transfer.completed"#,
        "1m 0/1",
    );
}

#[test]
fn unknown_parts_drop_out_and_the_rest_is_rescaled() {
    // Only the transfer is known.
    quality("0s handoff.accepted", "0m 100/1");
    quality("0s handoff.accepted\n1m transfer.completed", "0m 0/1");
    // (40 * 1/2 + 10) of 50
    quality(
        r#"0s handoff.accepted context_fields=["a","x"] expected_fields=["a","b","a"]"#,
        "0m 60/1",
    );
    // (10 + 0) of 20: scores on both sides, lower after.
    quality(
        "0s sentiment.scored score=0.2
         1m handoff.accepted
         2m sentiment.scored score=0.1",
        "1m 50/1",
    );
    quality("0s sentiment.scored score=0.2\n1m handoff.accepted", "1m 100/1");
}

#[test]
fn the_time_to_the_first_human_response_counts_from_the_latest_request() {
    for (response, points) in [("60s", "100"), ("330s", "66.6667"), ("600s", "33.3333")] {
        // 20 points for time and 10 for the transfer that did not happen.
        let log = format!(
            "0s handoff.requested by=ai
             30s handoff.accepted
             {response} message.added author=human"
        );
        quality(&log, &format!("0m {points}/1"));
    }
    // Ten minutes from the first request, one from the second.
    quality(
        "0s handoff.requested by=ai
         540s handoff.requested by=customer
         550s handoff.accepted
         600s message.added author=human",
        "9m 100/1",
    );
    // On voice, a connection is a response.
    quality(
        "0s handoff.requested by=ai channel=voice
         30s handoff.accepted
         600s agent.connected agent=bo",
        "0m 33.3333/1",
    );
    // A request that no human answered says nothing yet.
    quality("0s handoff.requested by=ai\n30s handoff.accepted", "0m 100/1");
}

#[test]
fn each_of_two_handoffs_answers_for_what_follows_it() {
    check(
        "0s slot.filled slot=order
         1m handoff.accepted
         2m slot.asked slot=order author=human
         3m transfer.completed
         4m handoff.accepted
         5m slot.asked slot=name author=human",
        &[(RepeatYourselfRate, "1m 1/1, 4m 0/1"), (HandoffQuality, "1m 0/1, 4m 100/1")],
    );
}

#[test]
fn a_customer_repeats_themselves_if_a_human_asks_for_what_was_given_before() {
    let rate = |log: &str, expected| check(log, &[(RepeatYourselfRate, expected)]);
    rate("0s handoff.accepted", "0m 0/1");
    rate(
        "0s slot.filled slot=order
         1m handoff.accepted
         2m slot.asked slot=order author=ai",
        "1m 0/1",
    );
    // Given only after it was asked for.
    rate(
        "0s handoff.accepted
         1m slot.asked slot=order author=human
         2m slot.filled slot=order",
        "0m 0/1",
    );
    // Given to a human, and asked for again.
    rate(
        "0s handoff.accepted
         1m slot.filled slot=order
         2m slot.asked slot=order author=human",
        "0m 1/1",
    );
    // Before any handoff nobody passed anything on.
    rate("0s slot.filled slot=order\n1m slot.asked slot=order author=human", "");
}
