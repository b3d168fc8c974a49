//! Whether contacts reached the right people at once.

use super::{contributions::Out, timeline::Timeline};
use crate::{
    event::{Kind, QueueOutcome, TransferReason},
    metric::Metric,
    minute::{MINUTE, SECOND},
    sums::Amount,
};

/// A handoff accepted so soon after a queue's answer is the same arrival.
const SAME_ARRIVAL: i64 = 60 * SECOND;
/// A transfer so soon after an arrival tells that it went to the wrong place.
const SOON: i64 = 5 * MINUTE;

/// Contributes one trial for each arrival at a human, credited to it.
pub(super) fn contribute(out: &mut Out<'_>) {
    let timeline = out.timeline;
    let arrivals: Vec<usize> =
        (0..timeline.events.len()).filter(|index| is_arrival(timeline, *index)).collect();
    for (number, arrival) in arrivals.iter().enumerate() {
        let until = arrivals.get(number + 1).copied().unwrap_or(timeline.events.len());
        let transfer = timeline.events[*arrival..until].iter().find_map(|event| match event.kind {
            Kind::Transferred { reason, .. } => Some((event.time, reason)),
            _ => None,
        });
        let misrouted = transfer.is_some_and(|(time, reason)| {
            time - timeline.time(*arrival) <= SOON || reason == Some(TransferReason::WrongQueue)
        });
        out.at(*arrival, Metric::MisrouteRate, Amount::trial(misrouted));
    }
}

/// An accepted handoff, or a queue's answer that none follows at once.
fn is_arrival(timeline: &Timeline<'_>, index: usize) -> bool {
    match timeline.events[index].kind {
        Kind::HandoffAccepted { .. } => true,
        Kind::QueueLeft(QueueOutcome::Answered) => {
            let until = timeline.time(index).saturating_add(SAME_ARRIVAL);
            let mut soon = timeline.events[index..].iter().take_while(|event| event.time <= until);
            !soon.any(|event| matches!(event.kind, Kind::HandoffAccepted { .. }))
        }
        _ => false,
    }
}
