//! Who writes when: Poisson arrivals by local hour of the week, some days busier than others, and
//! the surge of an incident.
//!
//! Arrivals are drawn by clock hour, whatever the scenario's span: two scenarios of one seed that
//! share an hour share its arrivals.

use super::{
    Incident,
    centre::{self, CHANNELS, Channel, INTENTS, Intent},
    chance::Chance,
    event::{DAY, HOUR, SECOND},
    world::World,
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

/// What the streams of dice are for.
const EVERYDAY: u64 = 0;
const LIVES: u64 = 1;
const DAYS: u64 = 2;
const SURGES: u64 = 3;

/// Customers for each conversation of a week: about one start in eight is a chance return.
const CUSTOMERS_PER_WEEKLY_CONVERSATION: f64 = 8.0;

/// Conversations that follow from each hundred, so that the mean is what was asked for.
const FOLLOW_UPS: f64 = 0.055;

/// By how much days differ that ought to be alike: standard deviation.
const DAY_TO_DAY: f64 = 0.05;

/// Arrivals of the clock hour that begins at `start`, each with the dice of its life.
pub(super) fn within(world: &World, start: i64) -> Vec<(Arrival, Chance)> {
    let seed = world.scenario.seed;
    let mut chance = Chance::new(seed, [start.cast_unsigned(), 0, EVERYDAY]);
    let mut arrivals = Vec::new();
    for _ in 0..chance.arrivals(per_hour(world, start)) {
        let at = chance.between(start, start + HOUR - 1);
        let intent = chance.weighted(&INTENTS, |intent| intent.share);
        let (channel, _) = *chance.weighted(&CHANNELS, |(_, share)| *share);
        let arrival = arrival(world, &mut chance, at, intent, channel);
        let life = lives(seed, start, arrivals.len() as u64);
        // Drawn for all, so that a holiday takes some away and leaves the others as they were.
        let is_kept = chance.happens(world.volume(at));
        arrivals.push(is_kept.then_some((arrival, life)));
    }
    let mut arrivals: Vec<_> = arrivals.into_iter().flatten().collect();
    for (number, incident) in world.scenario.incidents.iter().enumerate() {
        surge(world, incident, start, number as u64, &mut arrivals);
    }
    arrivals.sort_by_key(|(arrival, _)| arrival.at);
    arrivals
}

/// Conversations that would not have been without the incident: all with the AI agent.
fn surge(
    world: &World,
    incident: &Incident,
    start: i64,
    number: u64,
    arrivals: &mut Vec<(Arrival, Chance)>,
) {
    let Some(intent) = incident.intent() else { return };
    let mut chance = Chance::new(world.scenario.seed, [start.cast_unsigned(), number, SURGES]);
    // Thinning: draw at the highest rate, keep each with the share of it that is due at its time.
    let peak = incident.peak_surge();
    let usual = per_hour(world, start) * intent.share;
    for extra in 0..chance.arrivals(usual * peak) as u64 {
        let at = chance.between(start, start + HOUR - 1);
        let (channel, _) = *chance.weighted(&CHANNELS[..2], |(_, share)| *share);
        if chance.happens(incident.surge_at(at) / peak) {
            let arrival = arrival(world, &mut chance, at, intent, channel);
            let life = lives(world.scenario.seed, start, (number + 1) << 32 | extra);
            arrivals.push((arrival, life));
        }
    }
}

fn lives(seed: u64, start: i64, number: u64) -> Chance {
    Chance::new(seed, [start.cast_unsigned(), number, LIVES])
}

fn arrival(
    world: &World,
    chance: &mut Chance,
    at: i64,
    intent: &'static Intent,
    channel: Channel,
) -> Arrival {
    let week = world.scenario.conversations_per_hour * 168.0;
    let pool = (week * CUSTOMERS_PER_WEEKLY_CONVERSATION).max(1_000.0);
    let customer = format!("cust-{:05.0}", (chance.share() * pool).floor());
    Arrival { at, intent, channel, customer, previous: None }
}

/// Expected arrivals of this clock hour on this very day.
fn per_hour(world: &World, start: i64) -> f64 {
    let local = world.local(start);
    let day = local.div_euclid(DAY).cast_unsigned();
    let mut chance = Chance::new(world.scenario.seed, [day, 0, DAYS]);
    let day = chance.normal(1.0, DAY_TO_DAY).clamp(0.8, 1.2);
    world.scenario.conversations_per_hour * centre::seasonality(local) * day / (1.0 + FOLLOW_UPS)
}

/// The same customer comes back with the same wish.
pub(super) fn follow_up(arrival: &Arrival, subject: &str, at: i64) -> Arrival {
    Arrival { at: at + SECOND, previous: Some(subject.to_owned()), ..arrival.clone() }
}
