//! What customers say when they are asked.

use serde_json::json;

use super::{
    conversation::{Closing, Handler},
    event::{HOUR, MINUTE, SECOND},
    life::Life,
};

/// Scores of a survey from 1 to 5, by how things went.
const CSAT_RESOLVED: [(i64, f64); 5] = [(5, 0.56), (4, 0.30), (3, 0.08), (2, 0.03), (1, 0.03)];
const CSAT_UNRESOLVED: [(i64, f64); 5] = [(5, 0.06), (4, 0.14), (3, 0.25), (2, 0.25), (1, 0.30)];
const CSAT_MISLED: [(i64, f64); 5] = [(5, 0.03), (4, 0.09), (3, 0.18), (2, 0.25), (1, 0.45)];

/// Each question reaches some.
pub(super) fn give(life: &mut Life, closing: &Closing, ended: i64) {
    let is_well = closing.is_resolved && !life.was_misled;
    if closing.reason != "timed_out" && life.chance.happens(0.22) {
        life.now = ended + life.chance.between(20 * SECOND, 8 * MINUTE);
        csat(life, closing);
    }
    if life.chance.happens(0.05) {
        life.now = ended + life.chance.between(10 * MINUTE, 3 * HOUR);
        let score = life.chance.normal(if is_well { 8.8 } else { 5.0 }, 1.6);
        let score = score.round().clamp(0.0, 10.0);
        let data = json!({"kind": "nps", "score": score, "max": 10, "about": "conversation"});
        life.emit("cx.feedback.received", &data);
    }
    if closing.handler == Handler::Ai && life.chance.happens(0.06) {
        life.now = ended + life.chance.between(2 * SECOND, 40 * SECOND);
        let is_up = life.chance.happens(if is_well { 0.9 } else { 0.3 });
        let data = json!({"kind": "thumb", "score": u8::from(is_up), "max": 1, "about": "ai"});
        life.emit("cx.feedback.received", &data);
    }
    if life.chance.happens(0.03) {
        life.now = ended + life.chance.between(MINUTE, 30 * MINUTE);
        let score = life.chance.normal(if is_well { 5.8 } else { 3.2 }, 1.2);
        let score = score.round().clamp(1.0, 7.0);
        let data = json!({"kind": "ces", "score": score, "max": 7, "about": "conversation"});
        life.emit("cx.feedback.received", &data);
    }
}

fn csat(life: &mut Life, closing: &Closing) {
    // An incident's mood counts half a star or so: as often as this a better score is not given.
    let is_spoilt = life.chance.happens(-life.influence().mood);
    let scores = match closing.is_resolved {
        _ if life.was_misled => &CSAT_MISLED,
        true if !is_spoilt => &CSAT_RESOLVED,
        _ => &CSAT_UNRESOLVED,
    };
    let (score, _) = *life.chance.weighted(scores, |(_, share)| *share);
    let about = closing.handler.as_str();
    let data = json!({"kind": "csat", "score": score, "max": 5, "about": about});
    life.emit("cx.feedback.received", &data);
}
