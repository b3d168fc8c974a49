use tocsin_domain::{
    dimension::Dimension,
    metric::Metric::{
        Contacts, Csat, FirstResponseTime, FirstResponseTimeAi, FirstResponseTimeHuman,
        NegativeSentimentRate, Nps, ResponseTime, Sentiment,
    },
};

use super::notation::{check, counted};

#[test]
fn the_first_human_response_counts_from_the_first_handoff_request() {
    check(
        "0s message.added author=customer
         10s message.added author=human
         1m handoff.requested by=ai
         2m handoff.requested by=ai
         3m message.added author=human",
        &[(FirstResponseTimeHuman, "3m 120/1"), (FirstResponseTime, "0m 10/1")],
    );
    check(
        "0s message.added author=customer
         10s message.added author=human",
        &[(FirstResponseTimeHuman, "0m 10/1")],
    );
    // Asked for in a message only, no handoff was requested.
    check(
        "0s message.added author=customer asks=true
         10s message.added author=human",
        &[(FirstResponseTimeHuman, "0m 10/1")],
    );
    check(
        "0s message.added author=human\n1m handoff.requested by=ai",
        &[(FirstResponseTimeHuman, "")],
    );
}

#[test]
fn a_connection_is_a_response_on_voice_only() {
    for (channel, expected) in [("voice", "0m 5/1"), ("chat", "")] {
        let log = format!(
            "0s conversation.started
             5s agent.connected agent=bo channel={channel}"
        );
        check(&log, &[(FirstResponseTime, expected)]);
    }
}

#[test]
fn a_conversation_without_an_announced_start_begins_with_its_first_sign_of_life() {
    for first in [
        "message.added author=customer",
        "ai.responded outcome=answered",
        "queue.entered queue=q",
        "agent.connected agent=bo",
    ] {
        check(&format!("1m {first}\n2m conversation.ended"), &[(Contacts, "1m 1")]);
    }
    check("0s feedback.received kind=csat score=5", &[(Contacts, ""), (Csat, "0m 1/1")]);
    check("0s conversation.valued retained=true\n1m intent.detected intent=x", &[(Contacts, "")]);
}

#[test]
fn an_announced_start_wins_and_a_negative_time_is_none() {
    check(
        "0s message.added author=customer
         5s message.added author=ai
         2m conversation.started",
        &[(Contacts, "2m 1"), (FirstResponseTimeAi, "0m 0/1"), (ResponseTime, "0m 5/1")],
    );
}

#[test]
fn more_than_thirty_days_between_events_begin_a_new_conversation() {
    check(
        "0s message.added author=ai channel=chat
         30d message.added author=customer",
        &[(Contacts, "0m 1")],
    );
    let counted = counted(
        "0s message.added author=ai channel=chat
         30d1s message.added author=customer channel=email",
    );
    assert_eq!(counted.by(Contacts, Dimension::Channel), "0m chat 1, 43200m email 1");
}

#[test]
fn dimensions_are_those_in_force_or_the_first_known_later() {
    let counted = counted(
        "0s message.added author=customer sentiment=0 source=/a
         1m intent.detected intent=refund source=/b
         2m message.added author=customer sentiment=0 channel=chat language=de
         3m ai.responded outcome=answered intent=delivery prompt_version=p1 channel=email
         4m message.added author=customer sentiment=0 language=fr
         5m ai.responded outcome=answered prompt_version=p2
         6m message.added author=customer sentiment=0",
    );
    for (dimension, expected) in [
        (Dimension::Intent, ["refund", "refund", "delivery", "delivery"]),
        (Dimension::PromptVersion, ["p1", "p1", "p1", "p2"]),
        (Dimension::Channel, ["chat"; 4]),
        (Dimension::Language, ["de"; 4]),
        (Dimension::Source, ["/a"; 4]),
        (Dimension::Queue, ["unknown"; 4]),
        (Dimension::Agent, ["unknown"; 4]),
    ] {
        let minutes = [0, 2, 4, 6].iter().zip(expected);
        let figures = minutes.map(|(minute, value)| format!("{minute}m {value} 0/1"));
        assert_eq!(counted.by(Sentiment, dimension), figures.collect::<Vec<_>>().join(", "));
    }
}

#[test]
fn the_agent_is_the_one_named_else_connected_else_last_disconnected() {
    let counted = counted(
        "0m agent.connected agent=al team=east
         1m sentiment.scored score=0
         2m agent.connected agent=bo team=west
         3m sentiment.scored score=0
         4m agent.disconnected agent=bo
         5m sentiment.scored score=0
         6m agent.disconnected agent=al
         7m sentiment.scored score=0
         8m agent.connected agent=al
         9m sentiment.scored score=0",
    );
    let agents = "1m al 0/1, 3m bo 0/1, 5m al 0/1, 7m al 0/1, 9m al 0/1";
    assert_eq!(counted.by(Sentiment, Dimension::Agent), agents);
    // The latest connection named no team.
    let teams = "1m east 0/1, 3m west 0/1, 5m east 0/1, 7m east 0/1, 9m unknown 0/1";
    assert_eq!(counted.by(Sentiment, Dimension::Team), teams);
}

#[test]
fn moods_and_surveys_follow_their_scales() {
    check(
        "0m sentiment.scored score=-0.5
         1m sentiment.scored score=-0.5
         2m sentiment.scored score=-0.5
         3m sentiment.scored score=-0.2
         4m sentiment.scored score=-1 party=agent
         5m feedback.received kind=csat score=4
         6m feedback.received kind=csat score=7 max=10
         7m feedback.received kind=nps score=9
         8m feedback.received kind=nps score=6
         9m feedback.received kind=nps score=7",
        &[
            (NegativeSentimentRate, "2m 1/1, 3m 0/1"),
            (Csat, "5m 1/1, 6m 0/1"),
            (Nps, "7m 1/1, 8m -1/1, 9m 0/1"),
        ],
    );
}
