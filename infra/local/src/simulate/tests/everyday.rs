//! A healthy centre: its week, its rates, its queues and its clocks.

use std::collections::BTreeMap;

use super::{figures::Conversations, *};
use crate::simulate::{calendar, centre};

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
    check_band("conversations of a week", f64::from(total), 16_000.0..17_600.0);
    check_band("quietest day's night", f64::from(by_hour[6 * 24 + 2]), 30.0..90.0);
    check_band("busiest hour", f64::from(by_hour[14]), 120.0..220.0);
}

#[test]
fn a_fortnight_looks_like_a_healthy_centre() {
    for volume in [60.0, 400.0] {
        let days = if volume > 100.0 { 3 } else { 14 };
        let scenario = scenario(days * 24, volume);
        let events = seen(&scenario);
        let conversations = Conversations::of(&events);
        let span = scenario.start..scenario.end;
        let check = |name: &str, band| {
            check_band(name, conversations.figure(name, &span).unwrap(), band);
        };
        check("containment_rate", 0.60..0.72);
        check("escalation_rate", 0.22..0.29);
        check("fallback_rate", 0.05..0.07);
        check("abandonment_rate", 0.03..0.075);
        check("service_level", 0.78..0.93);
        check("csat", 0.74..0.85);
        check("resolution_rate", 0.82..0.89);
        check("repeat_contact_rate_24h", 0.03..0.12);
        check("reopen_rate", 0.01..0.05);
        check("answer_accuracy", 0.88..0.96);
        check("handoff_quality", 0.82..0.90);
        check("repeat_yourself_rate", 0.02..0.12);
    }
}

#[test]
fn everyday_deployments_are_announced_before_they_answer() {
    let mut versions = BTreeMap::new();
    let mut announced = 0;
    for event in seen(&scenario(14 * 24, 30.0)) {
        if event.kind == "cx.change.deployed" {
            announced += 1;
            let text = |name: &str| event.data[name].as_str().unwrap().to_owned();
            versions.insert(text("previous"), text("version"));
        }
        for field in ["prompt_version", "kb_version", "model_version"] {
            if let Some(version) = event.data[field].as_str() {
                assert!(!versions.contains_key(version), "{version} answers after its successor");
            }
        }
    }
    assert!(announced >= 8, "{announced} deployments");
}

/// Conversations by local hour of the day that begins at this midnight.
fn by_local_hour(zone: &str, date: &str) -> BTreeMap<i8, u32> {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap();
    let midnight = date.parse::<jiff::civil::Date>().unwrap().to_zoned(zone.clone()).unwrap();
    let mut scenario = scenario(0, 400.0);
    (scenario.start, scenario.end) =
        (midnight.timestamp(), midnight.tomorrow().unwrap().timestamp());
    scenario.zone = zone.clone();
    let mut hours = BTreeMap::new();
    for event in seen(&scenario) {
        if event.kind == "cx.conversation.started" {
            *hours.entry(event.time.to_zoned(zone.clone()).hour()).or_insert(0) += 1;
        }
    }
    hours
}

#[test]
fn a_day_of_the_clock_change_has_the_local_hours_that_it_has() {
    let usual = by_local_hour("Europe/Berlin", "2026-03-22");
    assert_eq!(usual.len(), 24);
    let spring = by_local_hour("Europe/Berlin", "2026-03-29");
    assert_eq!(spring.len(), 23, "{spring:?}");
    assert!(!spring.contains_key(&2));
    let autumn = by_local_hour("Europe/Berlin", "2026-10-25");
    assert!(autumn[&2] > autumn[&3] * 14 / 10, "two o'clock comes twice: {autumn:?}");
    for day in [&usual, &spring, &autumn] {
        let busiest = day.iter().max_by_key(|(_, count)| **count).unwrap();
        assert!((11..=17).contains(busiest.0), "{day:?}");
    }
}

#[test]
fn the_mean_over_a_week_is_the_volume_asked_for() {
    let start = at("2026-01-05T00:00:00Z").as_millisecond();
    let hours = (0..168).map(|hour| centre::seasonality(start + hour * event::HOUR));
    check_band("seasonality's mean", hours.sum::<f64>() / 168.0, 0.999..1.001);
    assert_eq!(calendar::weekday(start), 0);
}
