//! The people's part: what happens before a queue, at its end, and with an agent.

use serde_json::json;

use super::{
    centre::{Channel, QUEUES},
    chance::millis,
    conversation::{Closing, Handler, Next, detect_intent},
    event::{MINUTE, SECOND},
    life::{Life, Slot},
};

/// Share of legs that end with somebody else's queue, the first and the later ones.
const TRANSFERRED: (f64, f64) = (0.07, 0.10);

/// Why.
const REASONS: [(&str, f64); 4] =
    [("expertise", 0.46), ("wrong_queue", 0.28), ("escalation", 0.18), ("other", 0.08)];

/// Share of cases that people solve; and after a wait that made the customer angry.
const RESOLVED: (f64, f64) = (0.90, 0.80);

/// A wait this long makes angry.
const LONG_WAIT: i64 = 3 * MINUTE;

/// What a handoff should bring along.
const EXPECTED_FIELDS: [&str; 4] = ["customer", "intent", "summary", "order_number"];

/// Share of that which it does bring.
pub(super) const CONTEXT: f64 = 0.86;

/// Share of customers who are asked for the intent's slot: known already, and not.
const ASKED_AGAIN: (f64, f64) = (0.12, 0.5);

/// Mean patience by medium, the telephone first; seconds after the first few.
const PATIENCE: [f64; 2] = [170.0, 260.0];

/// Time that an agent takes, and when the customer sees it end.
#[derive(Debug)]
pub(super) struct Leg {
    /// Milliseconds since 1970: customer and agent part.
    pub(super) parted: i64,
    /// Milliseconds since 1970: the agent has noted it all.
    pub(super) free: i64,
    /// The conversation goes on at its own time, which is not before `parted`.
    pub(super) next: Next,
}

/// A call: people only.
pub(super) fn dial(life: &mut Life) -> Next {
    life.pass(2 * SECOND, 8 * SECOND);
    detect_intent(life);
    life.pass(SECOND, 3 * SECOND);
    Next::Queue(life.intent().queue)
}

/// The conversation comes to a queue; until when the customer will wait, in milliseconds.
pub(super) fn enter(life: &mut Life, queue: usize) -> i64 {
    life.emit("cx.queue.entered", &json!({"queue": QUEUES[queue].name}));
    life.entered = life.now;
    let mean = PATIENCE[life.arrival.channel.medium()];
    life.now + 8 * SECOND + millis(life.chance.exponential(mean))
}

/// The customer gives up now.
pub(super) fn give_up(life: &mut Life, queue: usize) -> Closing {
    leave(life, queue, "abandoned");
    life.mood -= 0.3;
    let handler = if life.is_handed_off { Handler::Ai } else { Handler::Human };
    Closing { handler, is_resolved: false, reason: "abandoned", agent: None }
}

/// This agent, of this team, takes the conversation now. `pace` multiplies the time they need.
pub(super) fn answer(life: &mut Life, queue: usize, agent: &str, team: &str, pace: f64) -> Leg {
    // It rings, or the agent finishes a sentence elsewhere.
    life.pass(1_500, 5_000);
    leave(life, queue, "answered");
    let waited = life.now - life.entered;
    if life.is_handed_off {
        accept(life, agent);
    }
    life.emit("cx.agent.connected", &json!({"agent": agent, "team": team}));
    let (parted, free) = serve(life, agent, pace * life.influence().handle);
    life.legs += 1;
    let transferred = if life.legs == 1 { TRANSFERRED.0 } else { TRANSFERRED.1 };
    let next = if life.chance.happens(transferred) {
        transfer(life, queue, agent)
    } else {
        let resolved = if waited < LONG_WAIT { RESOLVED.0 } else { RESOLVED.1 };
        let is_resolved = life.chance.happens(resolved);
        life.mood += if is_resolved { 0.5 } else { -0.3 } + life.influence().mood;
        let (handler, agent) = (Handler::Human, Some(agent.to_owned()));
        Next::Closes(Closing { handler, is_resolved, reason: "completed", agent })
    };
    Leg { parted, free, next }
}

fn leave(life: &mut Life, queue: usize, outcome: &str) {
    let data = json!({"queue": QUEUES[queue].name, "outcome": outcome});
    life.emit("cx.queue.left", &data);
    life.effort.queue += life.now - life.entered;
}

fn accept(life: &mut Life, agent: &str) {
    let share = CONTEXT * life.influence().context;
    let received: Vec<&str> =
        EXPECTED_FIELDS.into_iter().filter(|_| life.chance.happens(share)).collect();
    let data = json!({
        "agent": agent, "context_fields": received, "expected_fields": EXPECTED_FIELDS,
    });
    life.emit("cx.handoff.accepted", &data);
}

/// From the connection to the notes. The cursor stays where customer and agent part, since the
/// customer does not see the notes being written. Both ends.
fn serve(life: &mut Life, agent: &str, pace: f64) -> (i64, i64) {
    let connected = life.now;
    match life.arrival.channel {
        Channel::Voice => {
            let talk = life.chance.log_normal(270.0, 0.5).clamp(40.0, 1_500.0);
            life.now += millis(talk * pace);
        }
        Channel::Chat | Channel::Messaging => write(life, agent, pace),
    }
    let hold = if life.chance.happens(0.15) { life.chance.between(15, 80) * SECOND } else { 0 };
    life.now += hold;
    let talk = (life.now - connected - hold) / SECOND;
    let data = json!({"agent": agent, "talk_seconds": talk, "hold_seconds": hold / SECOND});
    life.emit("cx.agent.disconnected", &data);
    let parted = life.now;
    let notes = life.chance.between(8, 45);
    life.now += notes * SECOND;
    let data = json!({"agent": agent, "after_contact_seconds": notes});
    life.emit("cx.agent.wrapped_up", &data);
    life.effort.talk += talk * SECOND;
    life.effort.hold += hold;
    life.effort.after_contact += notes * SECOND;
    let free = life.now;
    life.now = parted;
    (parted, free)
}

/// Agent and customer write to each other.
fn write(life: &mut Life, agent: &str, pace: f64) {
    let book = life.book();
    takes(life, pace, 15, 45);
    life.agent_says_one_of(agent, book.human_greetings);
    let asked = if life.slot == Slot::Filled {
        ASKED_AGAIN.0 + life.influence().asks_again
    } else {
        ASKED_AGAIN.1
    };
    if life.chance.happens(asked) {
        let slot = life.intent().slot;
        life.emit("cx.slot.asked", &json!({"slot": slot, "author": "human"}));
        if life.slot == Slot::Filled {
            life.mood -= 0.2;
        }
        takes(life, pace, 20, 60);
        life.fills_slot();
    }
    for _ in 0..life.chance.between(1, 3) {
        takes(life, pace, 25, 80);
        life.agent_says_one_of(agent, book.human_answers);
        takes(life, pace, 20, 70);
        let reply = book.reply(&mut life.chance);
        life.customer_says(&reply);
    }
    takes(life, pace, 15, 45);
    life.agent_says_one_of(agent, book.human_farewells);
    takes(life, pace, 5, 20);
}

/// Lets time pass: uniformly between these seconds, at this pace.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of a minute")]
fn takes(life: &mut Life, pace: f64, low: i64, high: i64) {
    let time = life.chance.between(low * SECOND, high * SECOND) as f64 / 1_000.0;
    life.now += millis(time * pace);
}

/// Hands the customer to another queue.
fn transfer(life: &mut Life, from: usize, from_agent: &str) -> Next {
    let others: Vec<usize> = (0..QUEUES.len()).filter(|queue| *queue != from).collect();
    let to = *life.chance.pick(&others);
    let (reason, _) = *life.chance.weighted(&REASONS, |(_, share)| *share);
    let data = json!({
        "from_queue": QUEUES[from].name, "to_queue": QUEUES[to].name, "from_agent": from_agent,
        "reason": reason,
    });
    life.emit("cx.transfer.completed", &data);
    life.mood -= 0.1;
    life.pass(300, 900);
    Next::Queue(to)
}
