//! What the simulator promises.

mod coverage;
mod demonstration;
mod everyday;
mod figures;
mod incidents;
mod promises;
mod recorded;
mod trace;

use serde_json::Value;

use super::*;

const HOUR_SECONDS: i64 = 3_600;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn at_second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Some hours from the first Monday of 2026, when nothing goes wrong.
fn scenario(hours: i64, conversations_per_hour: f64) -> Scenario {
    let start = at("2026-01-05T00:00:00Z");
    let end = at_second(start.as_second() + hours * HOUR_SECONDS);
    let (zone, incidents) = (TimeZone::UTC, Vec::new());
    Scenario { seed: 7, start, end, zone, conversations_per_hour, incidents }
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
    events(scenario).map(|event| parse(&event)).collect()
}

fn parse(event: &SimulatedEvent) -> Seen {
    let mut json: Value = serde_json::from_str(&event.json).unwrap();
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(at(&text("time")), event.time);
    let (kind, source) = (text("type"), text("source"));
    let (subject, id) = (text("subject"), text("id"));
    Seen { time: event.time, kind, source, subject, id, data: json["data"].take() }
}

#[track_caller]
fn check_band(name: &str, value: f64, band: std::ops::Range<f64>) {
    assert!(band.contains(&value), "{name} is {value:.3}, want {band:?}");
}
