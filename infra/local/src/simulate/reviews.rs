//! What reviewers find in a sample: rules, a model and people about the AI agent, people and rules
//! about people.

use serde_json::{Value, json};

use super::{
    centre::{ASSISTANT, Channel},
    chance::cents,
    conversation::Closing,
    event::MINUTE,
    life::Life,
};

/// Share of answers that are correct in everyday life; and of those that misled.
pub(super) const CORRECT: f64 = 0.92;
const MISLED_CORRECT: f64 = 0.1;

/// Reviews a sample, some time after the end.
pub(super) fn record(life: &mut Life, closing: &Closing, ended: i64) {
    life.now = ended + life.chance.between(MINUTE, 30 * MINUTE);
    if life.arrival.channel != Channel::Voice {
        review_ai(life);
    }
    if let Some(agent) = &closing.agent
        && life.chance.happens(0.06)
    {
        review_human(life, agent);
    }
}

fn review_ai(life: &mut Life) {
    let correct = if life.was_misled { MISLED_CORRECT } else { CORRECT };
    let about_ai =
        |evaluator: &str| json!({"evaluator": evaluator, "about": "ai", "agent": ASSISTANT});
    for (evaluator, share) in [("llm", 0.05), ("human", 0.012)] {
        if life.chance.happens(share) {
            let passes = life.chance.happens(correct);
            judge(life, "answer_correct", passes, about_ai(evaluator));
        }
    }
    if life.chance.happens(0.05) {
        let mut data = about_ai("rule");
        let passes = life.chance.happens(0.99);
        if !passes {
            let severities = [("low", 0.6), ("high", 0.25), ("severe", 0.15)];
            let (severity, _) = *life.chance.weighted(&severities, |(_, share)| *share);
            data["severity"] = severity.into();
            data["explanation"] = "the answer promises what the terms exclude".into();
        }
        let is_severe = data["severity"] == "severe";
        judge(life, "brand_safe", passes, data);
        if is_severe {
            life.is_severe_failure();
        }
    }
    for (evaluator, share) in [("llm", 0.03), ("human", 0.02)] {
        if life.chance.happens(share) {
            let passes = life.chance.happens(0.94);
            judge(life, "intent_correct", passes, about_ai(evaluator));
        }
    }
    if life.chance.happens(0.01) {
        let passes = life.chance.happens(0.9);
        judge(life, "sentiment_correct", passes, about_ai("human"));
    }
}

fn review_human(life: &mut Life, agent: &str) {
    let about = |evaluator: &str| json!({"evaluator": evaluator, "about": "human", "agent": agent});
    for (name, mean) in [("tone", 0.86), ("empathy", 0.80)] {
        let mut data = about(if life.chance.happens(0.5) { "human" } else { "llm" });
        data["name"] = name.into();
        data["score"] = cents(life.chance.normal(mean, 0.1).clamp(0.0, 1.0)).into();
        life.emit("cx.evaluation.recorded", &data);
    }
    let items = [("identity-check", "rule"), ("refund-terms", "llm"), ("farewell", "human")];
    for (item, evaluator) in items {
        let passes = life.chance.happens(0.95);
        let mut data = about(evaluator);
        data["item"] = item.into();
        if !passes {
            let severities = [("low", 0.74), ("high", 0.2), ("severe", 0.06)];
            data["severity"] = life.chance.weighted(&severities, |(_, share)| *share).0.into();
        }
        judge(life, "policy_adherence", passes, data);
    }
}

/// Adds a name and a label, and tells it.
fn judge(life: &mut Life, name: &str, passes: bool, mut data: Value) {
    data["name"] = name.into();
    data["label"] = if passes { "pass" } else { "fail" }.into();
    life.emit("cx.evaluation.recorded", &data);
}
