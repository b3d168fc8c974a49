//! What sources say about themselves: heartbeats, the state of queues, and what was changed.

use serde_json::json;

use super::{
    Scenario,
    centre::{self, CHAT_SOURCE, QUEUES, Queue, VOICE_SOURCE},
    event::{DAY, HOUR, MINUTE, SimulatedEvent, millis_after},
    incident::Incident,
    life::{Stay, StayKind},
};

/// Time between two heartbeats, and between two observations of a queue.
const TICK: i64 = 5 * MINUTE;

/// Events without a conversation in `[start, end)`; `stays` holds all that reach into it.
pub(super) fn within(
    scenario: &Scenario,
    start: i64,
    end: i64,
    stays: &[Stay],
) -> Vec<SimulatedEvent> {
    let mut events = Vec::new();
    let first = (start + TICK - 1).div_euclid(TICK) * TICK;
    for at in (first..end).step_by(usize::try_from(TICK).unwrap_or(usize::MAX)) {
        events.extend([CHAT_SOURCE, VOICE_SOURCE].map(|source| heartbeat(source, at)));
        events.extend(QUEUES.iter().map(|queue| observation(queue, stays, at)));
    }
    let is_due = |event: &SimulatedEvent| (start..end).contains(&event.millis());
    let millis = |time| millis_after(time);
    let overlaps =
        |incident: &&Incident| millis(incident.start) < end && millis(incident.end) >= start;
    events.extend(
        scenario.incidents.iter().filter(overlaps).flat_map(Incident::changes).filter(is_due),
    );
    events.extend(everyday_changes(start).into_iter().filter(is_due));
    events
}

fn heartbeat(source: &str, at: i64) -> SimulatedEvent {
    let id = format!("beat-{:x}", at / MINUTE);
    let data = json!({"interval_seconds": 300});
    SimulatedEvent::new(at, source, "cx.source.heartbeat", "", id, &data)
}

fn observation(queue: &Queue, stays: &[Stay], at: i64) -> SimulatedEvent {
    let present = |kind: StayKind| {
        stays.iter().filter(move |stay| {
            stay.queue == queue.name && stay.kind == kind && (stay.start..stay.end).contains(&at)
        })
    };
    let oldest = present(StayKind::Waiting).map(|stay| (at - stay.start) / 1_000).max();
    let busy = present(StayKind::Serving).count().min(queue.agents as usize);
    let mut data = json!({
        "queue": queue.name,
        "length": present(StayKind::Waiting).count(),
        "agents_available": queue.agents as usize - busy,
        "agents_busy": busy,
    });
    if let Some(oldest) = oldest {
        data["oldest_wait_seconds"] = oldest.into();
    }
    let id = format!("queue-{}-{:x}", queue.name, at / MINUTE);
    SimulatedEvent::new(at, VOICE_SOURCE, "cx.queue.observed", "", id, &data)
}

/// Changes that harm nobody, near this hour: new articles each Monday at 08:00, and every second
/// Thursday at 10:00 a new routing table.
fn everyday_changes(start: i64) -> Vec<SimulatedEvent> {
    let week = centre::publishing_week(start + HOUR);
    let monday = week * 7 * DAY - 3 * DAY + 8 * HOUR;
    let change = |at, component: &str, name: &str, version: String, previous: String| {
        let id = format!("change-{name}-{version}");
        let data = json!({
            "component": component, "name": name, "version": version, "previous": previous,
            "by": "release-train",
        });
        SimulatedEvent::new(at, CHAT_SOURCE, "cx.change.deployed", "", id, &data)
    };
    let (articles, before) = (centre::kb_version(week), centre::kb_version(week - 1));
    let mut changes = vec![change(monday, "knowledge_base", "help-articles", articles, before)];
    if week % 2 == 0 {
        let thursday = monday + 3 * DAY + 2 * HOUR;
        let table = |number: i64| format!("table-{number}");
        let (new, old) = (table(week / 2), table(week / 2 - 1));
        changes.push(change(thursday, "routing", "queue-table", new, old));
    }
    changes
}
