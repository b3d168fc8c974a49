use tocsin_domain::{
    dimension::Dimension,
    metric::Metric::{SlaAtRisk, SlaBreachRate},
};

use super::notation::{check, counted_by};

/// Four minutes for the first response, forty for the resolution; from noon half of it.
const SETTINGS: &str = "
versions:
  - first_response_seconds: { default: 240, vip: 120 }
    resolution_seconds: { default: 2400 }
  - from: 2026-01-05T12:00:00Z
    first_response_seconds: { default: 120 }";

#[track_caller]
fn clocks(log: &str, breach: &str, at_risk: &str) {
    let counted = counted_by(SETTINGS, log);
    assert_eq!(counted.total(SlaBreachRate), breach, "breach");
    assert_eq!(counted.total(SlaAtRisk), at_risk, "at risk");
}

#[test]
fn a_clock_is_met_by_what_it_waits_for() {
    clocks(
        "0s message.added author=customer
         2m message.added author=human
         20m conversation.resolved",
        "2m 0/1, 20m 0/1",
        "",
    );
    // In the last quarter of its time it is at risk; met at the very end is met.
    clocks(
        "0s message.added author=customer
         4m message.added author=human
         35m conversation.resolved",
        "4m 0/1, 35m 0/1",
        "3m +1, 4m -1, 30m +1, 35m -1",
    );
}

#[test]
fn a_clock_whose_target_passes_is_missed_then_whenever_it_is_learned() {
    let at_risk = "3m +1, 4m -1, 30m +1, 40m -1";
    clocks("0s message.added author=customer", "4m 1/1, 40m 1/1", at_risk);
    clocks(
        "0s message.added author=customer
         10m message.added author=human
         50m conversation.resolved",
        "4m 1/1, 40m 1/1",
        at_risk,
    );
}

#[test]
fn a_conversation_that_closes_before_its_target_decides_nothing() {
    clocks("0s message.added author=customer\n3m conversation.ended reason=abandoned", "", "");
    clocks(
        "0s message.added author=ai
         35m conversation.ended reason=abandoned",
        "0m 0/1",
        "30m +1, 35m -1",
    );
    // Resolved without a response: the first clock stops, the second is met.
    clocks(
        "0s message.added author=customer
         2m conversation.resolved by=system",
        "2m 0/1",
        "",
    );
    // Ended, and found resolved later, in time.
    clocks(
        "0s message.added author=ai
         2m conversation.ended
         20m conversation.resolved",
        "0m 0/1, 20m 0/1",
        "",
    );
}

#[test]
fn a_clock_runs_on_where_a_conversation_is_reopened() {
    clocks(
        "0s message.added author=ai
         10m conversation.ended
         35m conversation.reopened",
        "0m 0/1, 40m 1/1",
        "35m +1, 40m -1",
    );
    clocks(
        "0s message.added author=ai
         10m conversation.ended
         45m conversation.reopened",
        "0m 0/1",
        "",
    );
}

#[test]
fn the_target_is_that_of_the_queue_and_time_of_the_start() {
    let counted = counted_by(
        SETTINGS,
        "0s message.added author=customer channel=chat
         30s queue.entered queue=vip
         1m transfer.completed to_queue=other
         3m message.added author=human agent=bo
         4m conversation.resolved",
    );
    assert_eq!(counted.by(SlaBreachRate, Dimension::Queue), "2m other 1/1, 4m other 0/1");
    assert_eq!(counted.by(SlaAtRisk, Dimension::Queue), "1m vip +1, 2m vip -1");
    // From noon there is no target for resolutions.
    clocks("2h message.added author=customer", "122m 1/1", "121m +1, 122m -1");
    clocks(
        "1h59m59s message.added author=customer",
        "123m 1/1, 159m 1/1",
        "122m +1, 123m -1, 149m +1, 159m -1",
    );
}

#[test]
fn without_a_target_or_a_start_there_is_no_clock() {
    check("0s message.added author=customer", &[(SlaBreachRate, ""), (SlaAtRisk, "")]);
    clocks("0s feedback.received kind=csat score=5", "", "");
}
