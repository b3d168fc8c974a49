//! What follows the end: a reopening, the platform's own record, what the CRM learns, and the next
//! contact. What customers and reviewers say is in [`super::feedback`] and [`super::reviews`].

use serde_json::json;

use super::{
    arrivals::{self, Arrival},
    chance::{Chance, cents},
    conversation::Closing,
    event::{DAY, HOUR, MINUTE, SECOND, timestamp},
    feedback,
    life::Life,
    reviews,
};

/// Share of resolved cases that are reopened; and of those whose answer was wrong.
const REOPENED: (f64, f64) = (0.025, 0.12);

/// Share of customers who come back within a day: of the resolved, the others, and the misled.
const RETURNS: (f64, f64, f64) = (0.03, 0.14, 0.25);

/// What a stream of dice is for: a return.
const RETURNING: u64 = 4;

/// Tells what follows the end, and who comes back with which dice.
pub(super) fn follow(life: &mut Life, closing: &Closing) -> Option<(Arrival, Chance)> {
    let ended = life.now;
    feedback::give(life, closing, ended);
    reviews::record(life, closing, ended);
    let reopened = if life.was_misled { REOPENED.1 } else { REOPENED.0 };
    if closing.is_resolved && life.chance.happens(reopened * life.influence().reopen) {
        reopen(life, ended);
    }
    if life.legs > 0 {
        snapshot(life, ended);
    }
    if life.chance.happens(0.02) {
        value(life, closing, ended);
    }
    let returns = match closing.is_resolved {
        _ if life.was_misled => RETURNS.2,
        true => RETURNS.0,
        false => RETURNS.1,
    };
    life.chance.happens(returns).then(|| {
        let at = ended + life.chance.between(HOUR / 2, 20 * HOUR);
        let seed = life.world.scenario.seed;
        let dice = Chance::new(seed, [life.chance.bits(), life.chance.bits(), RETURNING]);
        (arrivals::follow_up(&life.arrival, &life.subject, at), dice)
    })
}

/// The same conversation goes on, and is solved a second time.
fn reopen(life: &mut Life, ended: i64) {
    let book = life.book();
    life.now = ended + life.chance.between(10 * MINUTE, 6 * HOUR);
    life.mood -= 0.4;
    life.emit("cx.conversation.reopened", &json!({}));
    life.customer_says_one_of(book.reopenings);
    life.pass(20 * SECOND, 90 * SECOND);
    let solution = life.chance.phrase(book.second_solutions);
    life.message("system", None, solution);
    life.pass(MINUTE, 4 * MINUTE);
    life.emit("cx.conversation.resolved", &json!({"by": "system", "confirmed": false}));
    life.emit("cx.conversation.ended", &json!({"reason": "completed"}));
}

/// The platform's own final record.
fn snapshot(life: &mut Life, ended: i64) {
    life.now = ended + life.chance.between(2 * MINUTE, 10 * MINUTE);
    let effort = life.effort;
    let data = json!({
        "version": format!("{:.3}", timestamp(life.now)),
        "totals": {
            "talk_seconds": effort.talk / SECOND,
            "hold_seconds": effort.hold / SECOND,
            "after_contact_seconds": effort.after_contact / SECOND,
            "queue_seconds": effort.queue / SECOND,
        },
    });
    life.emit("cx.record.snapshot", &data);
}

/// What the CRM learned.
fn value(life: &mut Life, closing: &Closing, ended: i64) {
    life.now = ended + life.chance.between(18 * HOUR, 2 * DAY);
    let value = cents(life.chance.log_normal(64.0, 0.8));
    let is_retained = life.chance.happens(if closing.is_resolved { 0.93 } else { 0.75 });
    let currency = life.profile.currency;
    let data = json!({"order_value": value, "currency": currency, "retained": is_retained});
    life.emit("cx.conversation.valued", &data);
}
