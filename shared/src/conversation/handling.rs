//! Agents' legs: what a conversation cost in human time.

use rustc_hash::FxHashMap;

use super::{contributions::Out, responses::micros, timeline::Timeline};
use crate::{dimension::Dimension, event::Kind, metric::Metric, sums::Amount, symbol::Sym};

/// One agent's part in a conversation, closed by its disconnect.
struct Leg {
    agent: Sym,
    disconnect: usize,
    micros: i64,
}

pub(super) fn contribute(out: &mut Out<'_>) {
    let legs = legs(out.timeline);
    for leg in &legs {
        out.at(leg.disconnect, Metric::AgentHandleTime, Amount::sample(leg.micros));
        if let Some(minute) = out.settings(leg.disconnect).agent_minute {
            let cost = cost(leg.micros, minute);
            out.at(leg.disconnect, Metric::ContactCost, Amount::value(cost));
        }
    }
    if let Some(last) = legs.iter().map(|leg| leg.disconnect).max() {
        let total = legs.iter().fold(0_i64, |total, leg| total.saturating_add(leg.micros));
        out.at(last, Metric::HandleTime, Amount::sample(total));
    }
}

/// Millionths of a dollar, at a price in the same for a minute; rounded to the nearest.
fn cost(micros: i64, minute: i64) -> i64 {
    const MINUTE: i128 = 60_000_000;
    let cost = (i128::from(micros) * i128::from(minute) + MINUTE / 2) / MINUTE;
    i64::try_from(cost).unwrap_or(i64::MAX)
}

/// Talk + hold as sent, else the time from the agent's latest unclosed connect; and the wrap-up
/// that follows. A disconnect with neither is no leg.
fn legs(timeline: &Timeline<'_>) -> Vec<Leg> {
    let mut connected: FxHashMap<Sym, Vec<i64>> = FxHashMap::default();
    let mut legs: Vec<Leg> = Vec::new();
    for (index, event) in timeline.events.iter().enumerate() {
        let Some(agent) = event.dimension(Dimension::Agent) else { continue };
        match event.kind {
            Kind::AgentConnected => connected.entry(agent).or_default().push(event.time),
            Kind::AgentDisconnected { talk, hold } => {
                let since = connected.get_mut(&agent).and_then(Vec::pop);
                let spent = match talk {
                    Some(talk) => Some(talk.saturating_add(hold.unwrap_or(0))),
                    None => since.map(|since| micros(event.time - since).max(0)),
                };
                legs.extend(spent.map(|micros| Leg { agent, disconnect: index, micros }));
            }
            Kind::AgentWrappedUp { after_contact: Some(after) } => {
                if let Some(leg) = legs.iter_mut().rev().find(|leg| leg.agent == agent) {
                    leg.micros = leg.micros.saturating_add(after);
                }
            }
            _ => {}
        }
    }
    legs
}
