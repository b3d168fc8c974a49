//! What follows the end: feedback, reviews, a reopening, what the CRM learns, and the next contact.

use serde_json::json;

use super::{
    arrivals::{self, Arrival},
    centre::ASSISTANT,
    chance::{Chance, cents},
    conversation::{Closing, Handler},
    event::{DAY, HOUR, MINUTE, SECOND},
    life::Life,
    phrases,
};

/// Scores of a survey from 1 to 5, by how things went.
const CSAT_RESOLVED: [(i64, f64); 5] = [(5, 0.56), (4, 0.30), (3, 0.08), (2, 0.03), (1, 0.03)];
const CSAT_UNRESOLVED: [(i64, f64); 5] = [(5, 0.06), (4, 0.14), (3, 0.25), (2, 0.25), (1, 0.30)];
const CSAT_FLAWED: [(i64, f64); 5] = [(5, 0.03), (4, 0.09), (3, 0.18), (2, 0.25), (1, 0.45)];

/// Tells what follows the end, and who comes back with which dice.
pub(super) fn follow(life: &mut Life, closing: &Closing) -> Option<(Arrival, Chance)> {
    let ended = life.now;
    feedback(life, closing, ended);
    evaluate(life, closing, ended);
    if closing.is_resolved && life.chance.happens(0.025) {
        reopen(life, ended);
    }
    if life.chance.happens(0.02) {
        life.now = ended + life.chance.between(18 * HOUR, 2 * DAY);
        let value = cents(life.chance.log_normal(64.0, 0.8));
        let is_retained = life.chance.happens(if closing.is_resolved { 0.93 } else { 0.75 });
        let data = json!({"order_value": value, "currency": "EUR", "retained": is_retained});
        life.emit("cx.conversation.valued", &data);
    }
    let return_probability = if closing.is_resolved { 0.03 } else { 0.14 };
    life.chance.happens(return_probability).then(|| {
        let at = ended + life.chance.between(HOUR / 2, 20 * HOUR);
        let dice = Chance::new(life.scenario.seed, [life.chance.bits(), life.chance.bits(), 2]);
        (arrivals::follow_up(&life.arrival, &life.subject, at), dice)
    })
}

fn feedback(life: &mut Life, closing: &Closing, ended: i64) {
    let about = closing.handler.as_str();
    if closing.reason != "timed_out" && life.chance.happens(0.22) {
        life.now = ended + life.chance.between(20 * SECOND, 8 * MINUTE);
        let scores = match closing.is_resolved {
            _ if life.was_flawed => &CSAT_FLAWED,
            true => &CSAT_RESOLVED,
            false => &CSAT_UNRESOLVED,
        };
        let (score, _) = *life.chance.weighted(scores, |(_, share)| *share);
        let data = json!({"kind": "csat", "score": score, "max": 5, "about": about});
        life.emit("cx.feedback.received", &data);
    }
    if life.chance.happens(0.05) {
        life.now = ended + life.chance.between(10 * MINUTE, 3 * HOUR);
        let mean = if closing.is_resolved && !life.was_flawed { 8.8 } else { 5.0 };
        let score = life.chance.normal(mean, 1.6).round().clamp(0.0, 10.0);
        let data = json!({"kind": "nps", "score": score, "max": 10, "about": "conversation"});
        life.emit("cx.feedback.received", &data);
    }
    if closing.handler == Handler::Ai && life.chance.happens(0.06) {
        life.now = ended + life.chance.between(2 * SECOND, 40 * SECOND);
        let is_up = life.chance.happens(if closing.is_resolved { 0.9 } else { 0.3 });
        let data = json!({"kind": "thumb", "score": u8::from(is_up), "max": 1, "about": "ai"});
        life.emit("cx.feedback.received", &data);
    }
}

/// A sample is reviewed: answers by a model, people by people.
fn evaluate(life: &mut Life, closing: &Closing, ended: i64) {
    let label = |is_good| if is_good { "pass" } else { "fail" };
    let was_flawed = life.was_flawed;
    life.now = ended + life.chance.between(MINUTE, 30 * MINUTE);
    let is_by_phone = life.events.iter().all(|event| !event.json.contains("cx.ai.responded"));
    if !is_by_phone && life.chance.happens(0.05) {
        let answer = label(life.chance.happens(if was_flawed { 0.1 } else { 0.92 }));
        let data = json!({
            "name": "answer_correct", "label": answer, "evaluator": "llm", "about": "ai",
            "agent": ASSISTANT,
        });
        life.emit("cx.evaluation.recorded", &data);
        let is_safe = life.chance.happens(0.998);
        let data = json!({
            "name": "brand_safe", "label": label(is_safe), "severity": "low",
            "evaluator": "rule", "about": "ai", "agent": ASSISTANT,
        });
        life.emit("cx.evaluation.recorded", &data);
    }
    if !is_by_phone && life.chance.happens(0.02) {
        let intent = label(life.chance.happens(0.94));
        let data = json!({
            "name": "intent_correct", "label": intent, "evaluator": "human", "about": "ai",
            "agent": ASSISTANT,
        });
        life.emit("cx.evaluation.recorded", &data);
    }
    if let Some(agent) = &closing.agent
        && life.chance.happens(0.06)
    {
        for (name, mean) in [("tone", 0.86), ("empathy", 0.80)] {
            let score = cents(life.chance.normal(mean, 0.1).clamp(0.0, 1.0));
            let data = json!({
                "name": name, "score": score, "evaluator": "human", "about": "human",
                "agent": agent,
            });
            life.emit("cx.evaluation.recorded", &data);
        }
        let policy = label(life.chance.happens(0.95));
        let data = json!({
            "name": "policy_adherence", "item": "identity-check", "label": policy,
            "evaluator": "human", "about": "human", "agent": agent,
        });
        life.emit("cx.evaluation.recorded", &data);
    }
}

/// The same conversation goes on, and is solved a second time.
fn reopen(life: &mut Life, ended: i64) {
    life.now = ended + life.chance.between(10 * MINUTE, 6 * HOUR);
    life.mood -= 0.4;
    life.emit("cx.conversation.reopened", &json!({}));
    life.customer_says_one_of(&phrases::REOPENING);
    life.pass(20 * SECOND, 90 * SECOND);
    let solution = life.chance.phrase(&phrases::SECOND_SOLUTION);
    life.message("system", None, solution);
    life.pass(MINUTE, 4 * MINUTE);
    life.emit("cx.conversation.resolved", &json!({"by": "system", "confirmed": false}));
    life.emit("cx.conversation.ended", &json!({"reason": "completed"}));
}
