//! What sources say about themselves: heartbeats, the state of queues, what was changed and done.

use serde_json::json;

use super::{
    calendar::weeks_since,
    centre::{CHAT_SOURCE, QUEUES, VOICE_SOURCE},
    desk::Desk,
    event::{MINUTE, SECOND, SimulatedEvent},
    post::Post,
    releases,
    world::World,
};

/// Time between two heartbeats, and between two observations of a queue.
pub(super) const TICK: i64 = 5 * MINUTE;

/// What somebody does about the service each week: kind, detail, weekday (0 for Monday) and hour.
const ACTIONS: [(&str, &str, (i64, i64)); 4] = [
    ("coaching", "went through three conversations with a new colleague", (0, 9)),
    ("routing", "moved two agents from orders to returns for the afternoon", (2, 14)),
    ("tuning", "raised the threshold below which the assistant asks back", (4, 16)),
    ("other", "updated the greeting on the telephone", (3, 11)),
];

/// All that is said at a tick.
pub(super) fn beat(world: &World, at: i64, posts: &[Post]) -> Vec<SimulatedEvent> {
    let sources = [CHAT_SOURCE, VOICE_SOURCE];
    let mut events: Vec<_> = sources.iter().map(|source| heartbeat(source, at)).collect();
    events.extend(posts.chunks(2).enumerate().map(|(queue, posts)| observe(queue, posts, at)));
    events.extend(changes(world, at));
    events.extend(actions(world, at));
    events
}

fn heartbeat(source: &'static str, at: i64) -> SimulatedEvent {
    let id = format!("beat-{:x}", at / MINUTE);
    let data = json!({"interval_seconds": TICK / SECOND});
    SimulatedEvent::new(at, source, "cx.source.heartbeat", "", id, &data)
}

fn observe(queue: usize, posts: &[Post], at: i64) -> SimulatedEvent {
    let name = QUEUES[queue].name;
    let desks = || posts.iter().map(|post| &post.desk);
    let (available, busy) = desks()
        .map(Desk::available_and_busy)
        .fold((0, 0), |sum, desk| (sum.0 + desk.0, sum.1 + desk.1));
    let mut data = json!({
        "queue": name,
        "length": desks().map(Desk::length).sum::<usize>(),
        "agents_available": available,
        "agents_busy": busy,
    });
    if let Some(oldest) = desks().filter_map(Desk::oldest).min() {
        data["oldest_wait_seconds"] = ((at - oldest) / SECOND).into();
    }
    let id = format!("queue-{name}-{:x}", at / MINUTE);
    SimulatedEvent::new(at, VOICE_SOURCE, "cx.queue.observed", "", id, &data)
}

/// What has been deployed since the tick before.
fn changes(world: &World, at: i64) -> impl Iterator<Item = SimulatedEvent> {
    let (local, before) = (world.local(at), world.local(at - TICK));
    releases::everyday().filter(move |release| release.latest(local) > before).map(move |release| {
        let (version, previous) = (release.version(local), release.previous(local));
        let id = format!("change-{}-{version}", release.name);
        let data = json!({
            "component": release.component, "name": release.name, "version": version,
            "previous": previous, "by": "release-train",
        });
        SimulatedEvent::new(at, CHAT_SOURCE, "cx.change.deployed", "", id, &data)
    })
}

/// What has been done since the tick before.
fn actions(world: &World, at: i64) -> impl Iterator<Item = SimulatedEvent> {
    let (local, before) = (world.local(at), world.local(at - TICK));
    let is_due = move |(weekday, hour): (i64, i64)| {
        weeks_since(local, weekday, hour) > weeks_since(before, weekday, hour)
    };
    ACTIONS.iter().filter(move |(_, _, when)| is_due(*when)).map(move |(kind, detail, _)| {
        let id = format!("action-{kind}-{:x}", at / MINUTE);
        let data = json!({"kind": kind, "detail": detail, "by": "shift-lead"});
        SimulatedEvent::new(at, CHAT_SOURCE, "cx.action.taken", "", id, &data)
    })
}
