//! Who writes when: Poisson arrivals by hour of the week, and the surge of an incident.

use super::{
    Incident, Scenario,
    centre::{self, CHANNELS, Channel, INTENTS, Intent},
    chance::Chance,
    event::{HOUR, SECOND},
};

/// The beginning of a conversation.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Milliseconds since 1970.
    pub(super) at: i64,
    pub(super) intent: &'static Intent,
    pub(super) channel: Channel,
    /// As the shop knows the customer.
    pub(super) customer: String,
    /// The conversation that this one comes back to.
    pub(super) previous: Option<String>,
}

/// Everyday draws and surges must not share a stream.
const EVERYDAY: u64 = u64::MAX;

/// Customers for each conversation of a week: about one start in eight is a chance return.
const CUSTOMERS_PER_WEEKLY_CONVERSATION: f64 = 8.0;

/// Dice of the conversation that is the `number`th to arrive in the hour drawn from `start`.
pub(super) fn dice(scenario: &Scenario, start: i64, number: usize) -> Chance {
    Chance::new(scenario.seed, [start.cast_unsigned(), number as u64, 1])
}

/// Arrivals in `[start, end)`, which lies within one clock hour.
pub(super) fn within(scenario: &Scenario, start: i64, end: i64) -> Vec<Arrival> {
    let mut chance = Chance::new(scenario.seed, [start.cast_unsigned(), EVERYDAY, 0]);
    let per_milli = per_milli(scenario, start);
    let mut arrivals = Vec::new();
    for _ in 0..chance.arrivals(per_milli * length(start, end)) {
        let at = chance.between(start, end - 1);
        let intent = chance.weighted(&INTENTS, |intent| intent.share);
        let (channel, _) = *chance.weighted(&CHANNELS, |(_, share)| *share);
        arrivals.push(arrival(scenario, &mut chance, at, intent, channel));
    }
    for (number, incident) in scenario.incidents.iter().enumerate() {
        let mut chance = Chance::new(scenario.seed, [start.cast_unsigned(), number as u64, 0]);
        surge(scenario, incident, (start, end), &mut chance, &mut arrivals);
    }
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

/// Conversations that would not have been without the incident: all with the AI agent.
fn surge(
    scenario: &Scenario,
    incident: &Incident,
    (start, end): (i64, i64),
    chance: &mut Chance,
    arrivals: &mut Vec<Arrival>,
) {
    let Some(intent) = centre::intent_named(&incident.intent) else { return };
    // Thinning: draw at the highest rate, keep each with the share of it that is due at its time.
    let peak = incident.peak_surge();
    let usual = per_milli(scenario, start) * intent.share;
    for _ in 0..chance.arrivals(usual * peak * length(start, end)) {
        let at = chance.between(start, end - 1);
        let (channel, _) = *chance.weighted(&CHANNELS[..2], |(_, share)| *share);
        if chance.happens(incident.surge_at(at) / peak) {
            arrivals.push(arrival(scenario, chance, at, intent, channel));
        }
    }
}

fn arrival(
    scenario: &Scenario,
    chance: &mut Chance,
    at: i64,
    intent: &'static Intent,
    channel: Channel,
) -> Arrival {
    let week = scenario.conversations_per_hour * 168.0;
    let pool = (week * CUSTOMERS_PER_WEEKLY_CONVERSATION).max(1_000.0);
    let customer = format!("cust-{:05.0}", (chance.share() * pool).floor());
    Arrival { at, intent, channel, customer, previous: None }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
fn per_milli(scenario: &Scenario, at: i64) -> f64 {
    scenario.conversations_per_hour * centre::seasonality(at) / HOUR as f64
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
fn length(start: i64, end: i64) -> f64 {
    (end - start) as f64
}

/// The same customer comes back with the same wish.
pub(super) fn follow_up(arrival: &Arrival, subject: &str, at: i64) -> Arrival {
    Arrival { at: at + SECOND, previous: Some(subject.to_owned()), ..arrival.clone() }
}
