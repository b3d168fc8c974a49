//! Pure, in order, bounded, fitting together; and delivered as asked.

use std::collections::HashSet;

use super::*;
use crate::simulate::delivery::{Delivery, deliver};

fn text(scenario: &Scenario) -> Vec<String> {
    events(scenario).map(|event| event.json).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let mut scenario = scenario(5, 240.0);
    scenario.incidents = IncidentKind::ALL
        .iter()
        .map(|(_, kind)| Incident::new(*kind, at("2026-01-05T02:30:00Z")).unwrap())
        .collect();
    let first = text(&scenario);
    assert_eq!(first, text(&scenario));
    scenario.seed = 8;
    assert_ne!(first, text(&scenario));
}

#[test]
fn events_come_by_time_subject_and_id_and_none_twice() {
    let mut scenario = scenario(6, 240.0);
    scenario.start = at("2026-01-05T03:12:44.123456789Z");
    let mut ids = HashSet::new();
    let mut last = None;
    for event in seen(&scenario) {
        let key = (event.time, event.subject.clone(), event.id.clone());
        assert!(last.as_ref() <= Some(&key), "{key:?} comes after {last:?}");
        last = Some(key);
        assert!(ids.insert((event.source, event.subject, event.id)), "{last:?} comes twice");
    }
}

#[test]
fn conversations_begin_with_their_start_and_within_the_scenario() {
    let mut scenario = scenario(9, 240.0);
    scenario.start = at("2026-01-05T03:12:44.123456789Z");
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
fn adjoining_scenarios_together_are_the_whole() {
    let mut part = scenario(48, 60.0);
    // What platforms count is told for each scenario's own conversations.
    let told = |scenario: &Scenario| {
        let text = text(scenario).into_iter();
        text.filter(|event| !event.contains("cx.totals.reported")).collect::<Vec<_>>()
    };
    let mut whole = told(&part);
    (part.start, part.end) = (part.start, at("2026-01-06T13:20:00Z"));
    let mut parts = told(&part);
    (part.start, part.end) = (part.end, at("2026-01-07T00:00:00Z"));
    parts.extend(told(&part));
    whole.sort_unstable();
    parts.sort_unstable();
    assert!(whole == parts, "{} events whole, {} in parts", whole.len(), parts.len());
}

#[test]
fn delivery_changes_the_order_and_nothing_else() {
    let scenario = scenario(6, 120.0);
    let sent = text(&scenario);
    let delivered = |duplicate, late| -> Vec<SimulatedEvent> {
        deliver(events(&scenario), Delivery { duplicate, late }, 7).collect()
    };
    let untouched: Vec<String> = delivered(0.0, 0.0).into_iter().map(|event| event.json).collect();
    assert_eq!(sent, untouched);

    let disturbed = delivered(0.1, 0.2);
    let distinct: HashSet<&str> = disturbed.iter().map(|event| event.json.as_str()).collect();
    assert_eq!(distinct, sent.iter().map(String::as_str).collect());
    #[expect(clippy::cast_precision_loss, reason = "a few thousand events")]
    let share = |count: usize| count as f64 / sent.len() as f64;
    check_band("delivered twice", share(disturbed.len() - sent.len()), 0.09..0.11);
    let mut newest = Timestamp::MIN;
    let overtaken = disturbed.iter().filter(|event| {
        newest = newest.max(event.time);
        newest.duration_since(event.time).as_secs() >= 60
    });
    check_band("late", share(overtaken.count()), 0.2..0.32);
}

#[test]
fn platforms_count_what_they_sent() {
    let mut counted = 0;
    let events = seen(&scenario(60, 60.0));
    for report in events.iter().filter(|event| event.kind == "cx.totals.reported") {
        let span = ["from", "to"].map(|name| at(report.data[name].as_str().unwrap()));
        for (name, kind) in [("started", "started"), ("ended", "ended")] {
            let is_counted = |event: &&Seen| {
                event.kind.strip_prefix("cx.conversation.") == Some(kind)
                    && event.source == report.source
                    && (span[0]..span[1]).contains(&event.time)
            };
            let sent = events.iter().filter(is_counted).count();
            assert_eq!(report.data["totals"][name], sent, "{report:?}");
            counted += sent;
        }
    }
    assert!(counted > 6_000, "{counted} events were counted");
}
