//! The people's part: the queue, one or two agents, and what they note.

use serde_json::json;

use super::{
    centre::{QUEUES, Queue},
    chance::millis,
    conversation::{Closing, Handler, detect_intent},
    event::SECOND,
    life::{Life, Stay, StayKind},
    phrases,
};

/// Share of those in a queue who give up; and while it is flooded.
const ABANDONED: (f64, f64) = (0.05, 0.22);

/// Share of the others who wait no longer than the service level's 20 s; and while it is flooded.
const QUICK: (f64, f64) = (0.84, 0.12);

/// Share of legs that end with somebody else's queue.
const TRANSFERRED: f64 = 0.07;

/// Share of cases that people solve; and while their queue is flooded.
const RESOLVED: (f64, f64) = (0.90, 0.72);

/// What a handoff should bring along.
const EXPECTED_FIELDS: [&str; 4] = ["customer", "intent", "summary", "order_number"];

/// A call: people only.
pub(super) fn by_phone(life: &mut Life) -> Closing {
    life.pass(2 * SECOND, 8 * SECOND);
    detect_intent(life);
    life.pass(SECOND, 3 * SECOND);
    through_queue(life, false)
}

/// A chat that the AI agent has given up.
pub(super) fn after_handoff(life: &mut Life) -> Closing {
    life.pass(300, 1_200);
    through_queue(life, true)
}

fn through_queue(life: &mut Life, is_handoff: bool) -> Closing {
    let queue = life.arrival.intent.queue();
    let entered = enter(life, queue);
    if life.chance.happens(if life.is_flooded() { ABANDONED.1 } else { ABANDONED.0 }) {
        life.now += 12 * SECOND + millis(life.chance.exponential(45.0).min(600.0));
        leave(life, queue, entered, "abandoned");
        let handler = if is_handoff { Handler::Ai } else { Handler::Human };
        return Closing { handler, is_resolved: false, reason: "abandoned", agent: None };
    }
    wait(life);
    leave(life, queue, entered, "answered");
    let mut agent = serve(life, queue, is_handoff);
    if life.chance.happens(TRANSFERRED) {
        agent = transfer(life, queue, &agent, is_handoff);
    }
    let resolved = if life.is_flooded() { RESOLVED.1 } else { RESOLVED.0 };
    let is_resolved = life.chance.happens(resolved);
    life.mood += if is_resolved { 0.5 } else { -0.3 };
    Closing { handler: Handler::Human, is_resolved, reason: "completed", agent: Some(agent) }
}

fn enter(life: &mut Life, queue: &'static Queue) -> i64 {
    life.emit("cx.queue.entered", &json!({"queue": queue.name}));
    life.now
}

fn wait(life: &mut Life) {
    let quick = if life.is_flooded() { QUICK.1 } else { QUICK.0 };
    if life.chance.happens(quick) {
        life.pass(2 * SECOND, 19 * SECOND);
    } else {
        life.now += 21 * SECOND + millis(life.chance.exponential(40.0).min(420.0));
    }
}

fn leave(life: &mut Life, queue: &'static Queue, entered: i64, outcome: &str) {
    life.emit("cx.queue.left", &json!({"queue": queue.name, "outcome": outcome}));
    let (start, end) = (entered, life.now);
    life.stays.push(Stay { queue: queue.name, start, end, kind: StayKind::Waiting });
}

/// One agent's leg, from the connection to the notes; its end is where the cursor stays. The agent.
fn serve(life: &mut Life, queue: &'static Queue, is_handoff: bool) -> String {
    let (agent, team) = queue.agent((life.chance.bits() % 1_000) as u32);
    if is_handoff {
        let received: Vec<&str> =
            EXPECTED_FIELDS.into_iter().filter(|_| life.chance.happens(0.86)).collect();
        life.emit(
            "cx.handoff.accepted",
            &json!({"agent": agent, "context_fields": received, "expected_fields": EXPECTED_FIELDS}),
        );
    }
    life.emit("cx.agent.connected", &json!({"agent": agent, "team": team}));
    let connected = life.now;
    if is_handoff {
        write(life, &agent);
    } else {
        life.now += millis(life.chance.log_normal(170.0, 0.45).clamp(30.0, 900.0));
    }
    let hold = if life.chance.happens(0.15) { life.chance.between(15, 80) * SECOND } else { 0 };
    life.now += hold;
    let talk = life.now - connected - hold;
    life.emit(
        "cx.agent.disconnected",
        &json!({"agent": agent, "talk_seconds": talk / SECOND, "hold_seconds": hold / SECOND}),
    );
    let disconnected = life.now;
    let wrap_up = life.chance.between(8, 45) * SECOND;
    life.now += wrap_up;
    life.emit(
        "cx.agent.wrapped_up",
        &json!({"agent": agent, "after_contact_seconds": wrap_up / SECOND}),
    );
    let (start, end) = (connected, life.now);
    life.stays.push(Stay { queue: queue.name, start, end, kind: StayKind::Serving });
    // The customer does not see the notes being written.
    life.now = disconnected;
    agent
}

/// Agent and customer write to each other.
fn write(life: &mut Life, agent: &str) {
    life.pass(5 * SECOND, 25 * SECOND);
    life.agent_says_one_of(agent, &phrases::HUMAN_GREETING);
    if life.chance.happens(if life.slot_is_filled { 0.12 } else { 0.5 }) {
        let slot = life.arrival.intent.slot;
        life.emit("cx.slot.asked", &json!({"slot": slot, "author": "human"}));
        life.pass(10 * SECOND, 30 * SECOND);
        let fact = phrases::fact(slot, &life.facts, &mut life.chance);
        life.customer_says(&fact);
        life.emit("cx.slot.filled", &json!({"slot": slot}));
        life.slot_is_filled = true;
    }
    for _ in 0..life.chance.between(1, 3) {
        life.pass(12 * SECOND, 40 * SECOND);
        life.agent_says_one_of(agent, &phrases::HUMAN_ANSWER);
        life.pass(10 * SECOND, 35 * SECOND);
        let reply = phrases::reply(&mut life.chance);
        life.customer_says(&reply);
    }
    life.pass(8 * SECOND, 30 * SECOND);
    life.agent_says_one_of(agent, &phrases::HUMAN_FAREWELL);
    life.pass(4 * SECOND, 15 * SECOND);
}

/// Hands the customer to another queue and another agent, whose name it returns.
fn transfer(life: &mut Life, from: &'static Queue, from_agent: &str, is_handoff: bool) -> String {
    let others: Vec<&'static Queue> = QUEUES.iter().filter(|q| q.name != from.name).collect();
    let to = *life.chance.pick(&others);
    let reasons = [("expertise", 0.5), ("wrong_queue", 0.3), ("escalation", 0.2)];
    let (reason, _) = *life.chance.weighted(&reasons, |(_, share)| *share);
    life.emit(
        "cx.transfer.completed",
        &json!({
            "from_queue": from.name, "to_queue": to.name, "from_agent": from_agent, "reason": reason,
        }),
    );
    life.pass(300, 900);
    let entered = enter(life, to);
    wait(life);
    leave(life, to, entered, "answered");
    serve(life, to, is_handoff)
}
