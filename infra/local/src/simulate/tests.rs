//! What the simulator promises.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::*;

const HOUR_SECONDS: i64 = 3_600;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn scenario(hours: i64, conversations_per_hour: f64) -> Scenario {
    let start = at("2026-01-05T00:00:00Z");
    let end = at_second(start.as_second() + hours * HOUR_SECONDS);
    Scenario { seed: 7, start, end, conversations_per_hour, incidents: Vec::new() }
}

fn at_second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Seven hours of a live centre; the demonstration's incident begins after the fifth.
fn demonstration(seed: u64, begin: &str) -> Scenario {
    let start = at(begin);
    let hour = |number: i64| at_second(start.as_second() + number * HOUR_SECONDS);
    let incident = Incident {
        kind: IncidentKind::FlawedAnswers,
        start: hour(5),
        end: hour(6),
        intent: "refund_status".to_owned(),
        prompt_version: "refund-v8".to_owned(),
        surge: 12.0,
    };
    let (end, incidents) = (hour(7), vec![incident]);
    Scenario { seed, start, end, conversations_per_hour: 240.0, incidents }
}

/// One event, parsed.
#[derive(Debug)]
struct Seen {
    time: Timestamp,
    kind: String,
    source: String,
    subject: String,
    id: String,
    data: Value,
}

fn seen(scenario: &Scenario) -> Vec<Seen> {
    events(scenario)
        .map(|event| {
            let json: Value = serde_json::from_str(&event.json).unwrap();
            let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
            assert_eq!(at(&text("time")), event.time);
            let data = json["data"].clone();
            let (kind, source, subject, id) =
                (text("type"), text("source"), text("subject"), text("id"));
            Seen { time: event.time, kind, source, subject, id, data }
        })
        .collect()
}

/// Fields that an event of this type can not do without; `None` for an unknown type.
fn required(kind: &str) -> Option<&'static [&'static str]> {
    let fields: &[&str] = match kind.strip_prefix("cx.")? {
        "conversation.started"
        | "conversation.ended"
        | "conversation.resolved"
        | "conversation.reopened"
        | "conversation.valued"
        | "handoff.accepted"
        | "transfer.completed"
        | "source.heartbeat" => &[],
        "intent.detected" => &["intent"],
        "queue.entered" => &["queue"],
        "queue.left" => &["queue", "outcome"],
        "agent.connected" | "agent.disconnected" | "agent.wrapped_up" => &["agent"],
        "message.added" => &["author"],
        "ai.responded" => &["outcome"],
        "slot.asked" => &["slot", "author"],
        "slot.filled" => &["slot"],
        "sentiment.scored" => &["score"],
        "handoff.requested" => &["by"],
        "feedback.received" => &["kind", "score"],
        "evaluation.recorded" => &["name"],
        "queue.observed" => &["queue", "length"],
        "change.deployed" => &["component", "name", "version"],
        _ => return None,
    };
    Some(fields)
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let text =
        |scenario: &Scenario| -> Vec<String> { events(scenario).map(|event| event.json).collect() };
    let first = text(&demonstration(1, "2026-01-05T09:30:00Z"));
    assert_eq!(first, text(&demonstration(1, "2026-01-05T09:30:00Z")));
    assert_ne!(first, text(&demonstration(2, "2026-01-05T09:30:00Z")));
}

#[test]
fn every_event_is_well_formed_and_in_order() {
    let mut ids = HashSet::new();
    let mut kinds = HashSet::new();
    let mut last = Timestamp::MIN;
    for event in seen(&demonstration(3, "2026-01-05T03:12:44.123456789Z")) {
        let fields = required(&event.kind).unwrap_or_else(|| panic!("{} is no type", event.kind));
        for field in fields {
            assert!(!event.data[field].is_null(), "{event:?} lacks {field}");
        }
        let stands_alone = ["cx.source.", "cx.change.", "cx.queue.observed"]
            .iter()
            .any(|prefix| event.kind.starts_with(prefix));
        assert_eq!(event.subject.is_empty(), stands_alone, "{event:?}");
        assert!(event.time >= last, "{event:?} comes after {last}");
        last = event.time;
        assert!(ids.insert((event.source, event.subject, event.id)));
        kinds.insert(event.kind);
    }
    assert!(kinds.len() >= 22, "{kinds:?}");
}

#[test]
fn conversations_begin_with_their_start_and_within_the_scenario() {
    let scenario = demonstration(4, "2026-01-05T03:12:44.123456789Z");
    let mut started = HashSet::new();
    for event in seen(&scenario).into_iter().filter(|event| !event.subject.is_empty()) {
        if event.kind == "cx.conversation.started" {
            assert!(event.time >= scenario.start && event.time < scenario.end, "{event:?}");
            assert!(started.insert(event.subject));
        } else {
            assert!(started.contains(&event.subject), "{event:?} precedes its start");
        }
    }
}

#[test]
fn adjoining_scenarios_share_no_subject() {
    let mut whole = scenario(2, 60.0);
    let subjects = |scenario: &Scenario| -> HashSet<String> {
        seen(scenario).into_iter().map(|event| event.subject).filter(|s| !s.is_empty()).collect()
    };
    whole.end = at("2026-01-05T00:30:00Z");
    let history = subjects(&whole);
    (whole.start, whole.end) = (whole.end, at("2026-01-05T01:00:00Z"));
    assert!(history.is_disjoint(&subjects(&whole)));
}

#[test]
fn volume_follows_the_week_and_never_sleeps() {
    let mut by_hour = [0_u32; 168];
    let start = at("2026-01-05T00:00:00Z").as_second();
    for event in seen(&scenario(168, 100.0)) {
        if event.kind == "cx.conversation.started" {
            let hour = (event.time.as_second() - start) / HOUR_SECONDS;
            by_hour[usize::try_from(hour).unwrap()] += 1;
        }
    }
    let total: u32 = by_hour.iter().sum();
    check_band("conversations of a week", f64::from(total), 15_800.0..19_500.0);
    check_band("quietest day's night", f64::from(by_hour[6 * 24 + 2]), 30.0..90.0);
    check_band("busiest hour", f64::from(by_hour[14]), 120.0..220.0);
}

/// A fortnight's ratios, by name, as the dictionary of metrics defines them.
fn ratios(events: &[Seen]) -> BTreeMap<&'static str, f64> {
    let mut counts: BTreeMap<&'static str, (f64, f64)> = BTreeMap::new();
    let mut count = |name, is_hit: bool| {
        let (hits, trials) = counts.entry(name).or_default();
        *hits += f64::from(u8::from(is_hit));
        *trials += 1.0;
    };
    let mut conversations: HashMap<&str, Vec<&Seen>> = HashMap::new();
    let mut starts: HashMap<String, Timestamp> = HashMap::new();
    for event in events.iter().filter(|event| !event.subject.is_empty()) {
        conversations.entry(&event.subject).or_default().push(event);
        if event.kind == "cx.conversation.started" {
            let customer = event.data["customer"].as_str().unwrap().to_owned();
            let last = starts.insert(customer, event.time);
            let recent = |last: Timestamp| event.time.duration_since(last).as_hours() < 168;
            count("repeat_contact_rate_7d", last.is_some_and(recent));
        }
    }
    for life in conversations.values() {
        let first = |kind: &str| life.iter().position(|event| event.kind == kind);
        let handoff = first("cx.handoff.requested");
        let end = first("cx.conversation.resolved").or(first("cx.conversation.ended"));
        if first("cx.ai.responded").is_some() {
            count("escalation_rate", handoff.is_some());
            let timed_out = end.is_some_and(|end| life[end].data["reason"] == "timed_out");
            let human = first("cx.agent.connected");
            count("containment_rate", handoff.is_none() && human.is_none() && !timed_out);
        }
        count("resolution_rate", first("cx.conversation.resolved").is_some());
        count("reopened", first("cx.conversation.reopened").is_some());
        let mut entered = Timestamp::MIN;
        for event in life {
            match event.kind.as_str() {
                "cx.ai.responded" => count("fallback_rate", event.data["outcome"] == "fallback"),
                "cx.queue.entered" => entered = event.time,
                "cx.queue.left" => {
                    let answered = event.data["outcome"] == "answered";
                    let waited = event.time.duration_since(entered).as_secs_f64();
                    count("abandonment_rate", !answered);
                    count("service_level", answered && waited <= 20.0);
                }
                "cx.feedback.received" if event.data["kind"] == "csat" => {
                    count("csat", event.data["score"].as_f64().unwrap() >= 4.0);
                }
                "cx.transfer.completed" => count("transfers", true),
                _ => {}
            }
        }
    }
    counts.into_iter().map(|(name, (hits, trials))| (name, hits / trials)).collect()
}

#[track_caller]
fn check_band(name: &str, value: f64, band: std::ops::Range<f64>) {
    assert!(band.contains(&value), "{name} is {value:.3}, want {band:?}");
}

#[test]
fn a_fortnight_looks_like_a_healthy_centre() {
    let ratios = ratios(&seen(&scenario(14 * 24, 60.0)));
    let check = |name: &str, band| check_band(name, ratios[name], band);
    check("containment_rate", 0.60..0.72);
    check("escalation_rate", 0.22..0.29);
    check("fallback_rate", 0.05..0.07);
    check("abandonment_rate", 0.035..0.065);
    check("service_level", 0.77..0.84);
    check("csat", 0.76..0.85);
    check("resolution_rate", 0.82..0.89);
    check("repeat_contact_rate_7d", 0.10..0.25);
    check("reopened", 0.01..0.04);
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
    assert_eq!(changes, [(incident.start, "refund-v8"), (incident.end, "refund-v7")]);

    let flawed: HashSet<&str> = events
        .iter()
        .filter(|event| event.data["prompt_version"] == "refund-v8")
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
    assert_eq!(incident.truth().intent, "refund_status");
}
