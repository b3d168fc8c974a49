use tocsin_domain::{
    dimension::Dimension,
    metric::Metric::{AgentHandleTime, ContactCost, HandleTime},
};

use super::notation::{check, counted, counted_by};

#[test]
fn a_leg_is_talk_hold_and_wrap_up_as_sent() {
    check(
        "0s agent.connected agent=bo
         5m agent.disconnected agent=bo talk_seconds=200 hold_seconds=30
         6m agent.wrapped_up agent=bo after_contact_seconds=20",
        &[(HandleTime, "5m 250/1"), (AgentHandleTime, "5m 250/1")],
    );
    // Without a connection, what was sent still counts.
    check("5m agent.disconnected agent=bo talk_seconds=200", &[(HandleTime, "5m 200/1")]);
}

#[test]
fn without_talk_a_leg_is_the_time_since_the_agents_latest_unclosed_connection() {
    // Hold is part of that time.
    check(
        "0s agent.connected agent=bo
         1m agent.connected agent=bo
         5m agent.disconnected agent=bo hold_seconds=30
         6m agent.disconnected agent=bo",
        &[(AgentHandleTime, "5m 240/1, 6m 360/1"), (HandleTime, "6m 600/1")],
    );
    check("5m agent.disconnected agent=bo hold_seconds=30", &[(HandleTime, "")]);
    // A connection that talk closed is closed.
    check(
        "0s agent.connected agent=bo
         1m agent.disconnected agent=bo talk_seconds=10
         2m agent.disconnected agent=bo",
        &[(AgentHandleTime, "1m 10/1"), (HandleTime, "1m 10/1")],
    );
}

#[test]
fn a_wrap_up_belongs_to_its_agents_latest_leg() {
    let counted = counted(
        "0s agent.connected agent=al team=east
         1m agent.disconnected agent=al
         2m agent.connected agent=bo
         3m agent.disconnected agent=bo
         4m agent.wrapped_up agent=al after_contact_seconds=5
         5m agent.wrapped_up agent=cy after_contact_seconds=7",
    );
    assert_eq!(counted.by(AgentHandleTime, Dimension::Agent), "1m al 65/1, 3m bo 60/1");
    assert_eq!(counted.by(AgentHandleTime, Dimension::Team), "1m east 65/1, 3m unknown 60/1");
    assert_eq!(counted.total(HandleTime), "3m 125/1");
    assert_eq!(counted.by(HandleTime, Dimension::Agent), "3m  125/1");
}

#[test]
fn a_contact_costs_what_its_ai_turns_and_agents_minutes_cost() {
    let log = "
        0s ai.responded outcome=answered cost_usd=0.02
        1m agent.connected agent=bo
        3m agent.disconnected agent=bo
        3m30s agent.wrapped_up agent=bo after_contact_seconds=30
        2h agent.disconnected agent=al talk_seconds=60";
    let settings = "
versions:
  - agent_minute_usd: 0.8
  - from: 2026-01-05T12:00:00Z
    agent_minute_usd: 1.2";
    let counted = counted_by(settings, log);
    assert_eq!(counted.total(ContactCost), "0m 0.02/1, 3m 2/1, 120m 1.2/1");
    // Without a price, agents' time has no cost.
    check(log, &[(ContactCost, "0m 0.02/1")]);
}

#[test]
fn amounts_beyond_all_measure_do_not_overflow() {
    let legs: Vec<_> =
        (0..20).map(|_| "0s agent.disconnected agent=bo talk_seconds=1e12").collect();
    let counted = counted_by("versions: [{ agent_minute_usd: 10000 }]", &legs.join("\n"));
    assert!(counted.total(HandleTime).starts_with("0m "));
    assert!(counted.total(ContactCost).ends_with("/20"));
}
