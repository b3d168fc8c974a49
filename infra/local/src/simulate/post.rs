//! A desk of the centre: the people of one queue who telephone, or who write.

use std::collections::BTreeSet;

use super::{
    centre::{self, CHANNELS, CHAT_SOURCE, Channel, INTENTS, QUEUES, Queue, VOICE_SOURCE},
    chance::Chance,
    desk::{Desk, Seat},
    event::{DAY, HOUR, SECOND},
    roster::Roster,
    world::World,
};

/// Contacts that one agent serves at once, by medium: on the telephone, and writing.
const SLOTS: [u32; 2] = [1, 2];

/// Mean time that a contact takes an agent, by medium; seconds.
const SERVICE: [f64; 2] = [345.0, 315.0];

/// Contacts that come by transfer, for each that comes by itself.
const TRANSFERS: f64 = 0.075;

/// Square-root staffing: how many standard deviations of the load are held in reserve.
const RESERVE: f64 = 0.2;

/// What a stream of dice is for: an agent's character.
const AGENTS: u64 = 5;

/// A desk with its plan.
pub(super) struct Post {
    pub(super) desk: Desk,
    number: usize,
    roster: Roster,
    /// Multiplies the time that an agent needs.
    paces: Vec<f64>,
    /// Who is on a break.
    away: BTreeSet<usize>,
}

impl Post {
    /// The post of this number: of each queue the telephone first, then writing.
    pub(super) fn new(world: &World, number: usize) -> Self {
        let (queue, medium) = (number / 2, number % 2);
        let per_hour = world.scenario.conversations_per_hour * share(queue, medium);
        let roster = Roster::plan(|half_hour| {
            let load = per_hour * seasonality(half_hour) * SERVICE[medium] / 3_600.0;
            people((load + RESERVE * load.sqrt()) / f64::from(SLOTS[medium]))
        });
        let pace = |agent: usize| {
            let part = [number as u64, agent as u64, AGENTS];
            Chance::new(world.scenario.seed, part).log_normal(1.0, 0.12)
        };
        Self {
            desk: Desk::new(roster.agents(), SLOTS[medium]),
            number,
            paces: (0..roster.agents()).map(pace).collect(),
            away: BTreeSet::new(),
            roster,
        }
    }

    pub(super) fn queue(&self) -> &'static Queue {
        &QUEUES[self.number / 2]
    }

    pub(super) fn team(&self) -> &'static str {
        self.queue().teams[self.number % 2]
    }

    /// The platform that reports it.
    pub(super) fn source(&self) -> &'static str {
        if self.number % 2 == Channel::Voice.medium() { VOICE_SOURCE } else { CHAT_SOURCE }
    }

    /// An agent's name. The number of the post is one digit, so no two are the same.
    pub(super) fn agent(&self, agent: usize) -> String {
        format!("agent-{}{:03}", self.number, agent + 1)
    }

    /// Multiplies the time that this agent needs.
    pub(super) fn pace(&self, agent: usize) -> f64 {
        self.paces[agent]
    }

    /// An agent's state on the wire, notes apart.
    pub(super) fn state(&self, agent: usize) -> &'static str {
        let place = self.desk.place(agent);
        match (place.busy, place.is_on_duty) {
            (1.., _) => "handling",
            (0, true) => "available",
            (0, false) if self.away.contains(&agent) => "away",
            (0, false) => "offline",
        }
    }

    /// The crew of this half hour of the week takes over, this share of it. Who is in another state
    /// than before, and who is served now.
    pub(super) fn change_shift(&mut self, half_hour: usize, share: f64) -> (Vec<usize>, Vec<Seat>) {
        let agents = 0..self.desk.agents();
        let before: Vec<&str> = agents.clone().map(|agent| self.state(agent)).collect();
        let planned = self.roster.working(half_hour);
        let working = &planned[..part(planned.len(), share)];
        let seats = self.desk.staff(|agent| working.contains(&agent));
        self.away = self.roster.resting(half_hour).iter().copied().collect();
        let is_served = |agent: usize| seats.iter().any(|seat| seat.agent == agent);
        let changed = agents
            .filter(|agent| !is_served(*agent) && before[*agent] != self.state(*agent))
            .collect();
        (changed, seats)
    }
}

/// Contacts of a post for each conversation of the centre.
fn share(queue: usize, medium: usize) -> f64 {
    let by_phone = |channel: &&(Channel, f64)| channel.0.medium() == medium;
    let channels: f64 = CHANNELS.iter().filter(by_phone).map(|(_, share)| share).sum();
    let intents = INTENTS.iter().filter(|intent| intent.queue == queue);
    let reach_people = |escalation: f64| if medium == 0 { 1.0 } else { escalation };
    let intents: f64 = intents.map(|intent| intent.share * reach_people(intent.escalation)).sum();
    channels * intents * (1.0 + TRANSFERS)
}

/// Volume of this half hour of the week, relative to the week's mean.
fn seasonality(half_hour: usize) -> f64 {
    let since_monday = i64::try_from(half_hour).unwrap_or_default() * HOUR / 2;
    // The fifth of January 1970 was a Monday.
    centre::seasonality(4 * DAY + since_monday + SECOND)
}

/// So many people at least.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a crew")]
fn people(load: f64) -> usize {
    load.ceil().max(1.0) as usize
}

/// This share of a crew, rounded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a crew"
)]
fn part(crew: usize, share: f64) -> usize {
    ((crew as f64 * share).round() as usize).min(crew)
}
