//! How conversations came out: resolution, containment, reopening, value.

use super::{
    containment::{self, containment},
    contributions::Out,
    responses::micros,
    sentiment::{self, is_low_csat},
    timeline::{Timeline, decide},
};
use crate::{
    customer::{Trial, Visit},
    dimension::{UNKNOWN, Vector, WIDTH},
    event::{AiOutcome, EndReason, Kind, QueueOutcome},
    metric::Metric,
    minute::DAY,
    revision,
    sums::Amount,
};

/// A reopening within this takes a resolution back.
const DURABLE: i64 = 7 * DAY;

/// Contributes outcomes; what depends on the customer's other conversations goes into the visit.
pub(super) fn contribute(out: &mut Out<'_>) -> Option<Visit> {
    let timeline = out.timeline;
    let resolved = timeline.first_resolved();
    containment::contribute(out);
    transfers(out);
    resolutions(out, resolved);
    reopenings(out);
    value(out);

    let known = timeline.customer().is_some() && timeline.start.is_some();
    let text = |out: &Out<'_>, index: usize| texts(out, &timeline.vectors[index]);
    let mut visit = timeline.start.filter(|_| known).map(|(index, start)| Visit {
        start,
        dimensions: text(out, index),
        resolved: None,
        deflected: None,
    });
    if let Some(index) = resolved {
        let time = timeline.time(index);
        let reopened = timeline
            .positions(|kind| matches!(kind, Kind::Reopened))
            .find(|at| *at > index && timeline.time(*at) - time <= DURABLE);
        match &mut visit {
            Some(visit) if reopened.is_none() => {
                visit.resolved = Some(Trial { time, dimensions: text(out, index) });
            }
            _ => {
                out.at(index, Metric::DurableResolutionRate, Amount::trial(reopened.is_none()));
                if let Some(at) = reopened {
                    turned(out, index, at, Metric::DurableResolutionTurned);
                }
            }
        }
    }
    if let Some((index, contained)) = containment(timeline) {
        out.at(index, Metric::ContainmentRate, Amount::trial(contained));
        let time = timeline.time(index);
        let good = contained
            && !abandoned(timeline)
            && !failed(timeline)
            && !sentiment::negative_at_end(timeline);
        match &mut visit {
            Some(visit) if good => {
                visit.deflected = Some(Trial { time, dimensions: text(out, index) });
            }
            _ => out.at(index, Metric::DeflectionRate, Amount::trial(good)),
        }
    }
    visit
}

fn texts(out: &Out<'_>, vector: &Vector) -> [String; WIDTH] {
    vector.map(|symbol| out.symbols.text(symbol).to_owned())
}

fn transfers(out: &mut Out<'_>) {
    let timeline = out.timeline;
    let handled = timeline.ai_involved
        || timeline.first(|kind| matches!(kind, Kind::AgentConnected)).is_some();
    let first = timeline.first(|kind| matches!(kind, Kind::Transferred { .. }));
    if let (true, Some((index, transferred))) = (handled, decide(first, timeline.first_closing())) {
        out.at(index, Metric::TransferRate, Amount::trial(transferred));
    }
}

fn resolutions(out: &mut Out<'_>, resolved: Option<usize>) {
    let timeline = out.timeline;
    if let Some(index) = resolved {
        out.at(index, Metric::ResolutionRate, Amount::trial(true));
        if let Some((_, start)) = timeline.start {
            let took = micros(timeline.time(index) - start);
            out.at(index, Metric::ResolutionTime, Amount::sample(took));
        }
    } else if let Some(index) = timeline.first_ended() {
        out.at(index, Metric::ResolutionRate, Amount::trial(false));
    }
}

/// Counts that the trial credited to an event turned at a later one.
fn turned(out: &mut Out<'_>, trial: usize, at: usize, metric: Metric) {
    let timeline = out.timeline;
    if let Some(age) = revision::age(timeline.time(at) - timeline.time(trial)) {
        out.at_extra(trial, metric, Amount::count(1), age);
    }
}

fn reopenings(out: &mut Out<'_>) {
    let timeline = out.timeline;
    let mut last_resolved: Option<(usize, bool)> = None;
    for (index, event) in timeline.events.iter().enumerate() {
        match event.kind {
            Kind::Reopened => {
                out.at(index, Metric::Reopens, Amount::count(1));
                if let Some((at, reopened)) = &mut last_resolved
                    && !*reopened
                    && event.time - timeline.time(*at) <= DURABLE
                {
                    *reopened = true;
                    turned(out, *at, index, Metric::ReopenTurned);
                }
            }
            Kind::Resolved { .. } => {
                if let Some((at, reopened)) = last_resolved.replace((index, false)) {
                    out.at(at, Metric::ReopenRate, Amount::trial(reopened));
                }
            }
            _ => {}
        }
    }
    if let Some((at, reopened)) = last_resolved {
        out.at(at, Metric::ReopenRate, Amount::trial(reopened));
    }
}

fn value(out: &mut Out<'_>) {
    let timeline = out.timeline;
    let (mut worth, mut unit) = (None, None);
    for (index, event) in timeline.events.iter().enumerate() {
        let (order_value, currency) = match &event.kind {
            Kind::Started(started) => (started.order_value, started.currency),
            Kind::Valued { order_value, currency, retained } => {
                if let Some(retained) = retained {
                    out.at(index, Metric::Retention, Amount::trial(*retained));
                }
                (*order_value, *currency)
            }
            _ => continue,
        };
        worth = order_value.or(worth);
        unit = currency.or(unit);
    }
    let (Some(worth), Some(end)) = (worth, timeline.first_ended()) else { return };
    let badly = timeline.first_resolved().is_none()
        || abandoned(timeline)
        || sentiment::negative_at_end(timeline)
        || timeline.first(is_low_csat).is_some();
    if badly {
        let unit = unit.map_or(UNKNOWN.to_owned(), |unit| out.symbols.text(unit).to_owned());
        out.at_extra(end, Metric::RevenueAtRisk, Amount::value(worth), &unit);
    }
}

/// Ended abandoned, or the last queue exit abandoned.
fn abandoned(timeline: &Timeline<'_>) -> bool {
    let exits = timeline.positions(|kind| matches!(kind, Kind::QueueLeft(_)));
    let gave_up = exits.last().is_some_and(|index| {
        matches!(timeline.events[index].kind, Kind::QueueLeft(QueueOutcome::Abandoned))
    });
    gave_up || timeline.first(|kind| matches!(kind, Kind::Ended(EndReason::Abandoned))).is_some()
}

/// Ended with an error, or the last AI response failed or fell back.
fn failed(timeline: &Timeline<'_>) -> bool {
    let last = timeline.events.iter().rev().find_map(|event| match &event.kind {
        Kind::AiResponded(response) => Some(response.outcome),
        _ => None,
    });
    matches!(last, Some(AiOutcome::Failed | AiOutcome::Fallback))
        || timeline.first(|kind| matches!(kind, Kind::Ended(EndReason::Error))).is_some()
}
