//! The AI agent's part: a few turns, and then a solution, silence or a person.
//!
//! The end is drawn first and the turns towards it, so that the rates are those of [`super::centre`]
//! however long conversations are.

use serde_json::json;

use super::{
    centre::{self, ASSISTANT, MODEL},
    chance::{cents, millis},
    conversation::{Closing, Handler, detect_intent},
    event::SECOND,
    life::Life,
    phrases,
};

/// How the AI agent's part ends in everyday life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Resolved,
    /// The customer says no more.
    Silent,
    /// The customer leaves without what they came for.
    Unresolved,
    /// A person takes over; who asked for one.
    Handoff(&'static str),
}

/// One answer.
struct Turn {
    outcome: &'static str,
    /// Mean of the confidence that it reports.
    confidence: f64,
    text: String,
}

/// Shares of the conversations that stay with the AI agent.
const SILENT: f64 = 0.09;
const UNRESOLVED: f64 = 0.07;

/// Share of answers under a flawed version that at least admit to know nothing.
const FLAWED_FALLBACK: f64 = 0.85;

/// Share of customers who ask for a person after a flawed answer; the others just leave.
const FLAWED_HANDOFF: f64 = 0.9;

/// Plays the AI agent's part. `None` if a person has been asked for.
pub(super) fn converse(life: &mut Life) -> Option<Closing> {
    life.pass(200, 900);
    let opening = phrases::opening(life.arrival.intent.name, &life.facts, &mut life.chance);
    life.customer_says(&opening);
    life.pass(100, 300);
    detect_intent(life);

    let ending = draw_ending(life);
    let turns = *life.chance.weighted(&[2_u8, 3, 4, 5], |turns| match (ending, turns) {
        (Ending::Handoff(_), 5) => 0.0,
        (_, 2) => 0.30,
        (_, 3) => 0.36,
        (_, 4) => 0.22,
        _ => 0.12,
    });
    for turn in 1..=turns {
        if respond(life, turn, turn == turns, ending) {
            return suffer(life);
        }
        if turn < turns {
            reply(life);
        }
    }
    close(life, ending)
}

fn draw_ending(life: &mut Life) -> Ending {
    if life.chance.happens(life.arrival.intent.escalation) {
        let by = [("customer", 0.58), ("ai", 0.36), ("rule", 0.06)];
        return Ending::Handoff(life.chance.weighted(&by, |(_, share)| *share).0);
    }
    match life.chance.share() {
        share if share < SILENT => Ending::Silent,
        share if share < SILENT + UNRESOLVED => Ending::Unresolved,
        _ => Ending::Resolved,
    }
}

/// One answer; true if a flawed version gave it.
fn respond(life: &mut Life, turn: u8, is_last: bool, ending: Ending) -> bool {
    let latency = millis(life.chance.log_normal(1.6, 0.35)).clamp(900, 4_000);
    life.now += latency;
    let flaw = life.flaw();
    let answer = match flaw {
        Some(_) => flawed_turn(life),
        None => everyday_turn(life, turn, is_last, ending),
    };
    let intent = life.arrival.intent;
    let version = flaw.map_or(intent.prompt_version, |incident| &incident.prompt_version);
    let confidence = cents(life.chance.normal(answer.confidence, 0.07).clamp(0.05, 0.99));
    let input = 700 + 350 * i64::from(turn) + life.chance.between(0, 400);
    let output = life.chance.between(30, 160);
    let mut data = json!({
        "outcome": answer.outcome,
        "agent": ASSISTANT,
        "intent": intent.name,
        "confidence": confidence,
        "latency_ms": latency,
        "model": MODEL.0,
        "model_version": MODEL.1,
        "prompt_version": version,
        "kb_version": centre::kb_version(centre::publishing_week(life.now)),
        "input_tokens": input,
        "output_tokens": output,
        "cost_usd": cost(input, output),
        "sources": [format!("help/{}", intent.prompt)],
    });
    if answer.outcome == "failed" {
        data["error_type"] = "upstream_timeout".into();
    }
    life.add_text(&mut data, &answer.text);
    life.emit("cx.ai.responded", &data);
    if answer.outcome == "clarified" {
        life.emit("cx.slot.asked", &json!({"slot": intent.slot, "author": "ai"}));
    }
    life.was_flawed |= flaw.is_some();
    flaw.is_some()
}

fn everyday_turn(life: &mut Life, turn: u8, is_last: bool, ending: Ending) -> Turn {
    let intent = life.arrival.intent.name;
    let is_at_a_loss = is_last && matches!(ending, Ending::Handoff(_) | Ending::Unresolved);
    let fallback = if is_at_a_loss { 0.20 } else { 0.046 };
    if life.chance.happens(fallback) {
        return Turn { outcome: "fallback", confidence: 0.36, text: phrases::fallback(turn) };
    }
    if life.chance.happens(0.008) {
        return Turn { outcome: "failed", confidence: 0.5, text: phrases::failure() };
    }
    if turn == 1 && life.chance.happens(0.45) {
        let text = phrases::question(life.arrival.intent.slot);
        return Turn { outcome: "clarified", confidence: 0.70, text };
    }
    let text = phrases::answer(intent, turn, &life.facts, &mut life.chance);
    Turn { outcome: "answered", confidence: 0.87, text }
}

fn flawed_turn(life: &mut Life) -> Turn {
    if life.chance.happens(FLAWED_FALLBACK) {
        let text = phrases::flawed_fallback(&mut life.chance);
        Turn { outcome: "fallback", confidence: 0.45, text }
    } else {
        let text = phrases::wrong_answer(&mut life.chance);
        Turn { outcome: "answered", confidence: 0.93, text }
    }
}

/// The customer goes on, and gives the fact if the AI agent has just asked for it.
fn reply(life: &mut Life) {
    life.pass(10 * SECOND, 40 * SECOND);
    let was_asked = life.events.last().is_some_and(|event| event.json.contains("cx.slot.asked"));
    let text = if was_asked {
        phrases::fact(life.arrival.intent.slot, &life.facts, &mut life.chance)
    } else {
        phrases::reply(&mut life.chance)
    };
    life.customer_says(&text);
    if was_asked {
        life.slot_is_filled = true;
        life.emit("cx.slot.filled", &json!({"slot": life.arrival.intent.slot}));
    }
}

fn close(life: &mut Life, ending: Ending) -> Option<Closing> {
    let closing = |is_resolved, reason| {
        Some(Closing { handler: Handler::Ai, is_resolved, reason, agent: None })
    };
    match ending {
        Ending::Resolved => {
            life.pass(8 * SECOND, 30 * SECOND);
            life.mood = life.mood.max(0.35);
            life.customer_says_one_of(&phrases::THANKS);
            life.pass(SECOND, 4 * SECOND);
            closing(true, "completed")
        }
        Ending::Silent => closing(false, "timed_out"),
        Ending::Unresolved => {
            life.mood -= 0.4;
            life.pass(10 * SECOND, 40 * SECOND);
            life.customer_says_one_of(&phrases::RESIGNATION);
            life.pass(2 * SECOND, 10 * SECOND);
            closing(false, "completed")
        }
        Ending::Handoff(by) => {
            let reason = if by == "customer" {
                life.mood -= 0.3;
                life.pass(8 * SECOND, 25 * SECOND);
                life.customer_says_one_of(&phrases::REQUEST_FOR_A_PERSON);
                "asked for a person"
            } else {
                "needs a decision"
            };
            life.pass(500, 1_500);
            life.emit("cx.handoff.requested", &json!({"by": by, "reason": reason}));
            None
        }
    }
}

/// What follows a flawed answer: anger, a second flawed answer, and the demand for a person, within
/// a quarter of a minute.
fn suffer(life: &mut Life) -> Option<Closing> {
    life.mood = -0.75;
    life.pass(2_500, 4_500);
    life.customer_says_one_of(&phrases::ANGER);
    respond(life, 2, false, Ending::Handoff("customer"));
    if !life.chance.happens(FLAWED_HANDOFF) {
        return Some(Closing {
            handler: Handler::Ai,
            is_resolved: false,
            reason: "abandoned",
            agent: None,
        });
    }
    life.pass(600, 1_800);
    let data = json!({"by": "customer", "reason": "asked for a person"});
    life.emit("cx.handoff.requested", &data);
    None
}

/// USD, to a millionth.
#[expect(clippy::cast_precision_loss, reason = "token counts")]
fn cost(input: i64, output: i64) -> f64 {
    let micros = 0.4 * input as f64 + 1.6 * output as f64;
    micros.round() / 1e6
}
