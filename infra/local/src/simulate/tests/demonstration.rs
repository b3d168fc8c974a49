//! The demonstration's incident: a flawed prompt that shows within a minute.

use std::collections::{HashMap, HashSet};

use super::*;

/// Seven hours of a live centre; the demonstration's incident begins after the fifth.
fn demonstration(seed: u64, begin: &str) -> Scenario {
    let start = at(begin);
    let hour = |number: i64| at_second(start.as_second() + number * HOUR_SECONDS);
    let incident =
        Incident { kind: IncidentKind::FlawedAnswers, start: hour(5), end: hour(6), surge: 12.0 };
    let (end, zone, incidents) = (hour(7), TimeZone::UTC, vec![incident]);
    Scenario { seed, start, end, zone, conversations_per_hour: 240.0, incidents }
}

/// Hits and trials of a metric in the ten minutes before `second`.
fn last_ten_minutes(events: &[Seen], second: i64, trial: impl Fn(&Seen) -> Option<bool>) -> f64 {
    let recent = at_second(second - 600)..at_second(second);
    let trials: Vec<bool> =
        events.iter().filter(|event| recent.contains(&event.time)).filter_map(trial).collect();
    let hits = trials.iter().filter(|is_hit| **is_hit).count();
    f64::from(u32::try_from(hits).unwrap()) / f64::from(u32::try_from(trials.len()).unwrap())
}

#[test]
fn the_incident_shows_within_a_minute() {
    for (seed, begin) in [
        (1, "2026-01-05T09:00:00Z"),
        (2, "2026-01-07T20:59:30Z"),
        (3, "2026-01-10T15:20:11Z"),
        (4, "2026-01-11T04:00:00Z"),
    ] {
        let scenario = demonstration(seed, begin);
        let events = seen(&scenario);
        let start = scenario.incidents[0].start.as_second();
        let fallback =
            |e: &Seen| (e.kind == "cx.ai.responded").then(|| e.data["outcome"] == "fallback");
        let escalation = |e: &Seen| match e.kind.as_str() {
            "cx.handoff.requested" => Some(true),
            "cx.conversation.resolved" if e.data["by"] == "ai" => Some(false),
            _ => None,
        };
        let name = |what: &str, when: &str| format!("{what} {when}, seed {seed}");
        let rate = |second| last_ten_minutes(&events, second, fallback);
        check_band(&name("fallback", "before"), rate(start), 0.0..0.13);
        check_band(&name("fallback", "after a minute"), rate(start + 60), 0.25..0.80);
        check_band(&name("fallback", "after ten"), rate(start + 600), 0.40..0.80);
        check_band(&name("fallback", "after its end"), rate(start + 4_500), 0.0..0.13);
        let rate = |second| last_ten_minutes(&events, second, escalation);
        check_band(&name("escalation", "before"), rate(start), 0.05..0.48);
        check_band(&name("escalation", "after a minute"), rate(start + 60), 0.48..0.95);
    }
}

#[test]
fn flawed_answers_are_deployed_demanded_off_and_rolled_back() {
    let scenario = demonstration(5, "2026-01-05T09:00:00Z");
    let incident = &scenario.incidents[0];
    let events = seen(&scenario);
    let changes: Vec<_> = events
        .iter()
        .filter(|event| event.data["component"] == "prompt")
        .map(|event| (event.time, event.data["version"].as_str().unwrap()))
        .collect();
    let deployment = incident.deployment(&TimeZone::UTC).unwrap();
    let (flawed, usual) = (deployment.version.as_str(), deployment.previous.as_str());
    assert_eq!(changes, [(incident.start, flawed), (incident.end, usual)]);

    let flawed: HashSet<&str> = events
        .iter()
        .filter(|event| event.data["prompt_version"] == flawed)
        .map(|event| event.subject.as_str())
        .collect();
    let mut starts = HashMap::new();
    let mut scores = Vec::new();
    for event in events.iter().filter(|event| flawed.contains(event.subject.as_str())) {
        match event.kind.as_str() {
            "cx.conversation.started" => drop(starts.insert(&event.subject, event.time)),
            "cx.handoff.requested" if starts[&event.subject] >= incident.start => {
                let took = event.time.duration_since(starts[&event.subject]);
                assert!(took.as_secs_f64() < 16.0, "{event:?} took {took}");
                assert_eq!(event.data["by"], "customer");
            }
            "cx.sentiment.scored" => scores.push(event.data["score"].as_f64().unwrap()),
            _ => {}
        }
    }
    let negative = scores.iter().filter(|score| **score < -0.4).count();
    assert!(negative * 2 > scores.len(), "{negative} of {}", scores.len());
}
