//! The AI agent's part: a few turns, and then a solution, silence or a person.
//!
//! The end is drawn first and the turns towards it, so that the rates are those of [`super::centre`]
//! however long conversations are.

use serde_json::json;

use super::{
    centre::ASSISTANT,
    chance::{cents, millis},
    conversation::{Closing, Handler, Next, detect_intent},
    event::SECOND,
    incident::Influence,
    life::{Life, Slot},
};

/// How the AI agent's part ends in everyday life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Resolved,
    /// The customer says no more.
    Silent,
    /// The customer leaves without what they came for; with this last word of the platform.
    Unresolved(&'static str),
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

/// Who asks for a person, of those who get one.
const ASKED_BY: [(&str, f64); 3] = [("customer", 0.58), ("ai", 0.36), ("rule", 0.06)];

/// Share of turns that fall back, overall and by whether the conversation ends badly with them.
pub(super) const FALLBACK: f64 = 0.06;
const FALLBACK_AT_A_LOSS: f64 = 0.20;
const FALLBACK_OTHERWISE: f64 = 0.046;

/// Share of turns that break.
const FAILED: f64 = 0.008;

/// Mean confidence of an answer.
pub(super) const AT_EASE: f64 = 0.87;

/// Seconds.
pub(super) const MEDIAN_LATENCY: f64 = 1.6;

/// Share of answers under a flawed version that at least admit to know nothing.
pub(super) const FLAWED_FALLBACK: f64 = 0.85;

/// Share of customers who ask for a person after a flawed answer; the others just leave.
const FLAWED_HANDOFF: f64 = 0.9;

/// Share of customers who see that an answer is wrong, and ask for a person.
const SEES_THROUGH: f64 = 0.25;

/// Plays the AI agent's part.
pub(super) fn converse(life: &mut Life) -> Next {
    life.pass(200, 900);
    let opening = life.book().opening(life.intent().name, &life.facts, &mut life.chance);
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
    let influence = life.influence();
    let (_, by_customer) = ASKED_BY[0];
    let asked = 1.0 - by_customer + by_customer * influence.requests;
    let escalation = life.intent().escalation * influence.escalation * asked;
    // Each is drawn whether or not it matters, so that what an incident changes is only what it
    // changes.
    let (is_escalated, is_lost) =
        (life.chance.happens(escalation.min(0.95)), life.chance.happens(influence.lost));
    let share = life.chance.share();
    let (by, _) = *life.chance.weighted(&ASKED_BY, |(who, share)| match *who {
        "customer" => share * influence.requests,
        _ => *share,
    });
    match share {
        _ if is_escalated => Ending::Handoff(by),
        // Half of those who are lost to the AI agent want a person, half just leave.
        share if is_lost && share < 0.5 => Ending::Handoff("customer"),
        _ if is_lost => Ending::Unresolved("abandoned"),
        share if share < SILENT => Ending::Silent,
        share if share < SILENT + UNRESOLVED => Ending::Unresolved("completed"),
        _ => Ending::Resolved,
    }
}

/// One answer; true if a flawed version gave it.
fn respond(life: &mut Life, turn: u8, is_last: bool, ending: Ending) -> bool {
    let influence = life.influence();
    let latency = life.chance.log_normal(MEDIAN_LATENCY, 0.35).clamp(0.9, 4.0);
    let latency = millis(latency * influence.latency);
    life.now += latency;
    let is_flawed = life.is_flawed();
    let answer = if is_flawed {
        flawed_turn(life)
    } else {
        everyday_turn(life, turn, is_last && is_at_a_loss(ending), &influence)
    };
    let intent = life.intent();
    let mean = answer.confidence + influence.confidence;
    let confidence = cents(life.chance.normal(mean, 0.07).clamp(0.05, 0.99));
    let input = 700 + 350 * i64::from(turn) + life.chance.between(0, 400);
    let output = life.chance.between(30, 160);
    let (model, model_version) = life.world.model(life.now);
    let mut data = json!({
        "outcome": answer.outcome,
        "agent": ASSISTANT,
        "intent": intent.name,
        "confidence": confidence,
        "latency_ms": latency,
        "model": model,
        "model_version": model_version,
        "prompt_version": life.world.prompt_version(intent, life.now),
        "kb_version": life.world.kb_version(life.now),
        "input_tokens": input,
        "output_tokens": output,
        "cost_usd": cost(input, output),
        "sources": [format!("help/{}", intent.prompt)],
        "text": answer.text,
    });
    if answer.outcome == "failed" {
        data["error_type"] = "upstream_timeout".into();
    }
    life.emit("cx.ai.responded", &data);
    if answer.outcome == "clarified" {
        life.slot = Slot::Asked;
        life.emit("cx.slot.asked", &json!({"slot": intent.slot, "author": "ai"}));
    }
    life.was_misled |= is_flawed;
    is_flawed
}

fn is_at_a_loss(ending: Ending) -> bool {
    match ending {
        Ending::Handoff(_) | Ending::Unresolved(_) => true,
        Ending::Resolved | Ending::Silent => false,
    }
}

fn everyday_turn(life: &mut Life, turn: u8, is_at_a_loss: bool, influence: &Influence) -> Turn {
    let (intent, book) = (life.intent(), life.book());
    let fallback = if is_at_a_loss { FALLBACK_AT_A_LOSS } else { FALLBACK_OTHERWISE };
    if life.chance.happens(fallback * influence.fallback) {
        return Turn { outcome: "fallback", confidence: 0.36, text: book.fallback(turn) };
    }
    if life.chance.happens(FAILED * influence.failures) {
        return Turn { outcome: "failed", confidence: 0.5, text: book.failure.to_owned() };
    }
    if turn == 1 && life.chance.happens(0.45) {
        return Turn { outcome: "clarified", confidence: 0.70, text: book.question(intent.slot) };
    }
    if life.chance.happens(influence.wrong) {
        life.was_misled = true;
        let text = life.chance.phrase(book.wrong_answers).to_owned();
        return Turn { outcome: "answered", confidence: 0.93, text };
    }
    let text = book.answer(intent.name, turn, &life.facts, &mut life.chance);
    Turn { outcome: "answered", confidence: AT_EASE, text }
}

fn flawed_turn(life: &mut Life) -> Turn {
    let book = life.book();
    if life.chance.happens(FLAWED_FALLBACK) {
        let text = life.chance.phrase(book.flawed_fallbacks).to_owned();
        Turn { outcome: "fallback", confidence: 0.45, text }
    } else {
        let text = life.chance.phrase(book.wrong_answers).to_owned();
        Turn { outcome: "answered", confidence: 0.93, text }
    }
}

/// The customer goes on, and gives the fact if the AI agent has just asked for it.
fn reply(life: &mut Life) {
    life.pass(10 * SECOND, 40 * SECOND);
    if life.slot == Slot::Asked {
        life.fills_slot();
    } else {
        let text = life.book().reply(&mut life.chance);
        life.customer_says(&text);
    }
}

fn close(life: &mut Life, ending: Ending) -> Next {
    let closes = |is_resolved, reason| {
        Next::Closes(Closing { handler: Handler::Ai, is_resolved, reason, agent: None })
    };
    match ending {
        Ending::Resolved if life.was_misled && life.chance.happens(SEES_THROUGH) => {
            hand_off(life, "customer")
        }
        Ending::Resolved => {
            life.pass(8 * SECOND, 30 * SECOND);
            life.mood = life.mood.max(0.35);
            life.customer_says_one_of(life.book().thanks);
            life.pass(SECOND, 4 * SECOND);
            closes(true, "completed")
        }
        Ending::Silent => closes(false, "timed_out"),
        Ending::Unresolved(reason) => {
            life.mood -= 0.4;
            life.pass(10 * SECOND, 40 * SECOND);
            life.customer_says_one_of(life.book().resignation);
            life.pass(2 * SECOND, 10 * SECOND);
            closes(false, reason)
        }
        Ending::Handoff(by) => hand_off(life, by),
    }
}

/// Somebody asks for a person.
fn hand_off(life: &mut Life, by: &'static str) -> Next {
    let reason = if by == "customer" {
        life.mood -= 0.3;
        life.pass(8 * SECOND, 25 * SECOND);
        life.customer_says_one_of(life.book().requests_for_a_person);
        "asked for a person"
    } else {
        "needs a decision"
    };
    life.pass(500, 1_500);
    request(life, by, reason)
}

fn request(life: &mut Life, by: &str, reason: &str) -> Next {
    life.emit("cx.handoff.requested", &json!({"by": by, "reason": reason}));
    life.is_handed_off = true;
    life.pass(300, 1_200);
    Next::Queue(life.intent().queue)
}

/// What follows a flawed answer: anger, a second flawed answer, and the demand for a person, within
/// a quarter of a minute.
fn suffer(life: &mut Life) -> Next {
    life.mood = -0.75;
    life.pass(2_500, 4_500);
    life.customer_says_one_of(life.book().anger);
    respond(life, 2, false, Ending::Handoff("customer"));
    if !life.chance.happens(FLAWED_HANDOFF) {
        let (handler, is_resolved, reason) = (Handler::Ai, false, "abandoned");
        return Next::Closes(Closing { handler, is_resolved, reason, agent: None });
    }
    life.pass(600, 1_800);
    request(life, "customer", "asked for a person")
}

/// USD, to a millionth.
#[expect(clippy::cast_precision_loss, reason = "token counts")]
fn cost(input: i64, output: i64) -> f64 {
    let micros = 0.4 * input as f64 + 1.6 * output as f64;
    micros.round() / 1e6
}
