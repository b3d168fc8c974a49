//! Every kind of incident moves its metrics, and its label says how.

use std::collections::HashSet;

use serde_json::json;
use tocsin_domain::metric::Metric;

use super::{figures::Conversations, *};
use crate::simulate::incident::{clock_changes, severe_failure};

/// Half a day of each incident, within a day and a half at 120 conversations an hour.
const START: &str = "2026-01-05T09:00:00Z";
const END: &str = "2026-01-05T21:00:00Z";

fn incident(kind: IncidentKind) -> Incident {
    let mut incident = Incident::new(kind, at(START)).unwrap();
    incident.end = incident.end.min(at(END));
    incident
}

fn with(incidents: Vec<Incident>) -> (Scenario, Vec<Seen>) {
    let mut scenario = scenario(36, 120.0);
    scenario.incidents = incidents;
    let events = seen(&scenario);
    (scenario, events)
}

/// The label as a reader of the file has it.
fn truth(incident: &Incident) -> Value {
    serde_json::from_str(&serde_json::to_string(&incident.truth(&TimeZone::UTC)).unwrap()).unwrap()
}

#[test]
fn every_kind_moves_its_metrics_as_its_label_says() {
    let (_, usual) = with(Vec::new());
    for (name, kind) in IncidentKind::ALL {
        let incident = incident(*kind);
        let truth = truth(&incident);
        let (start, end) = (incident.start, incident.end);
        let (_, unusual) = with(vec![incident]);
        let cell = &truth["cells"][0];
        let [usual, unusual] =
            [&usual, &unusual].map(|events| Conversations::of(events).within(cell));
        for metric in truth["metrics"].as_array().unwrap() {
            let metric = metric.as_str().unwrap();
            // What was held back is closed some minutes after the end.
            let minutes = if metric == "backlog" { 0 } else { 15 };
            let span = start..at_second(end.as_second() + 60 * minutes);
            let before = usual.figure(metric, &span).unwrap();
            let during = unusual.figure(metric, &span).unwrap();
            let moved = match truth["moves"][metric].as_str().unwrap() {
                "up" => during > before * 1.03,
                "down" => during < before * 0.97,
                // The clock change has a test of its own.
                _ => *kind == IncidentKind::ClockChange,
            };
            assert!(moved, "{name}: {metric} goes from {before:.4} to {during:.4}");
        }
    }
}

#[test]
fn whom_it_does_not_concern_the_ai_agent_answers_as_it_did() {
    // Returns depend on how long people waited for an agent, and so on everybody.
    let of_business = |event: &&Seen| {
        event.data["segment"] == "business" && event.data["previous_conversation"].is_null()
    };
    let answers = |incidents| -> Vec<Value> {
        let (_, events) = with(incidents);
        let business: HashSet<&str> =
            events.iter().filter(of_business).map(|event| event.subject.as_str()).collect();
        let is_answer = |event: &&Seen| {
            event.kind == "cx.ai.responded" && business.contains(event.subject.as_str())
        };
        events.iter().filter(is_answer).map(|event| event.data.clone()).collect()
    };
    let harmed = answers(vec![incident(IncidentKind::SegmentHarmed)]);
    assert!(harmed.len() > 300 && harmed == answers(Vec::new()));
}

#[test]
fn the_rates_of_the_label_are_those_of_the_events() {
    let incident = incident(IncidentKind::EscalationSurge);
    let span = incident.start..incident.end;
    let size = &truth(&incident)["size"];
    let (_, before) = with(Vec::new());
    let (_, during) = with(vec![incident]);
    for (events, expected) in [(before, &size["before"]), (during, &size["during"])] {
        let expected = expected.as_f64().unwrap();
        let found = Conversations::of(&events).figure("escalation_rate", &span).unwrap();
        check_band("escalation_rate", found, expected - 0.04..expected + 0.04);
    }
}

#[test]
fn labels_name_who_where_when_and_which_version() {
    for (name, kind) in IncidentKind::ALL {
        let incident = incident(*kind);
        let truth = truth(&incident);
        assert_eq!(truth["kind"], *name);
        assert_eq!(at(truth["start"].as_str().unwrap()), incident.start);
        assert_eq!(at(truth["end"].as_str().unwrap()), incident.end);
        assert!(truth["size"]["factor"].is_number(), "{truth}");
        assert!(truth["cells"][0].is_object() && truth["harmful"].is_boolean(), "{truth}");
        let announced: Vec<_> =
            incident.changes(&TimeZone::UTC).iter().map(|event| parse(event).data).collect();
        let Some(deployment) = truth["deployment"].as_object() else {
            assert!(announced.is_empty(), "{name}");
            continue;
        };
        assert_eq!(announced.len(), 2, "{name}");
        assert_eq!(announced[0]["version"], deployment["version"], "{name}");
        assert_eq!(announced[1]["version"], deployment["previous"], "{name}");
        assert_eq!(announced[0]["component"], deployment["component"], "{name}");
    }
}

#[test]
fn clocks_that_go_forward_bring_the_morning_an_hour_earlier() {
    let contacts = |incidents, hours: (&str, &str)| {
        let (_, events) = with(incidents);
        Conversations::of(&events).figure("contacts", &(at(hours.0)..at(hours.1))).unwrap()
    };
    let change = || vec![incident(IncidentKind::ClockChange)];
    let morning = (START, "2026-01-05T12:00:00Z");
    assert!(contacts(change(), morning) > contacts(Vec::new(), morning));
    let evening = ("2026-01-05T17:00:00Z", END);
    assert!(contacts(change(), evening) < contacts(Vec::new(), evening));
}

#[test]
fn a_severe_failure_is_labelled_where_a_review_says_so() {
    let scenario = scenario(14 * 24, 60.0);
    let (mut told, mut labelled) = (Vec::new(), Vec::new());
    for event in events(&scenario) {
        let data = parse(&event).data;
        if data["name"] == "brand_safe" && data["severity"] == "severe" {
            told.push(event.time);
        }
        if event.is_severe_failure {
            labelled.push(event.time);
        }
    }
    assert!(!told.is_empty() && told == labelled, "{told:?} {labelled:?}");
    let label = serde_json::to_value(severe_failure(told[0])).unwrap();
    assert_eq!(at(label["start"].as_str().unwrap()), told[0]);
    assert_eq!(label["cells"], json!([{ "signal": "severe_brand_failure" }]));
    for metric in label["metrics"].as_array().unwrap() {
        assert!(Metric::parse(metric.as_str().unwrap()).is_some(), "{metric}");
    }
}

#[test]
fn the_zones_own_clock_changes_are_labelled() {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
    let changes = |start: &str, end: &str| -> Vec<Timestamp> {
        clock_changes(&zone, at(start), at(end)).iter().map(|change| change.start).collect()
    };
    let spring = changes("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
    assert_eq!(spring, [at("2026-03-29T01:00:00Z")]);
    assert!(changes("2026-01-05T00:00:00Z", "2026-02-05T00:00:00Z").is_empty());
}

#[test]
fn a_silent_source_says_nothing_and_the_others_go_on() {
    let incident = incident(IncidentKind::SourceSilent);
    let span = incident.start..incident.end;
    let (_, events) = with(vec![incident]);
    let heard = |source: &str| {
        events.iter().filter(|event| event.source == source && span.contains(&event.time)).count()
    };
    assert_eq!(heard(centre::VOICE_SOURCE), 0);
    assert!(heard(centre::CHAT_SOURCE) > 1_000);
}
