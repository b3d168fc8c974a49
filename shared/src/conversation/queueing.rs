//! Waiting: what customers went through before a human answered.

use super::{contributions::Out, responses::micros, timeline::Timeline};
use crate::{
    dimension::Dimension,
    event::{Kind, QueueOutcome},
    metric::Metric,
    sums::Amount,
};

/// A stay in a queue: positions of its entry and of its exit.
pub(super) struct Stay {
    pub(super) entered: usize,
    pub(super) left: Option<usize>,
}

pub(super) fn contribute(out: &mut Out<'_>) {
    let timeline = out.timeline;
    let stays = stays(timeline);
    for index in timeline.positions(|kind| matches!(kind, Kind::QueueLeft(_))) {
        let Kind::QueueLeft(outcome) = timeline.events[index].kind else { continue };
        let answered = match outcome {
            QueueOutcome::Answered => true,
            QueueOutcome::Abandoned => false,
            QueueOutcome::Transferred | QueueOutcome::Overflow | QueueOutcome::Callback => continue,
        };
        let entered = stays.iter().find(|stay| stay.left == Some(index)).map(|stay| stay.entered);
        let wait = entered.map(|entered| timeline.time(index) - timeline.time(entered));
        out.at(index, Metric::AbandonmentRate, Amount::trial(!answered));
        let target = out.settings(index).service_level.of(out.value(index, Dimension::Queue));
        if let Some(target) = target {
            let in_time = answered && wait.is_some_and(|wait| wait <= target);
            out.at(index, Metric::ServiceLevel, Amount::trial(in_time));
        }
        if let (true, Some(wait)) = (answered, wait) {
            out.at(index, Metric::SpeedOfAnswer, Amount::sample(micros(wait)));
        }
    }
}

/// Every entry with its exit: the exit belongs to the latest entry to the same queue not yet left.
pub(super) fn stays(timeline: &Timeline<'_>) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    let queue = |index: usize| timeline.events[index].dimension(Dimension::Queue);
    for (index, event) in timeline.events.iter().enumerate() {
        match event.kind {
            Kind::QueueEntered => stays.push(Stay { entered: index, left: None }),
            Kind::QueueLeft(_) => {
                let open = stays
                    .iter_mut()
                    .rev()
                    .find(|stay| stay.left.is_none() && queue(stay.entered) == queue(index));
                if let Some(stay) = open {
                    stay.left = Some(index);
                }
            }
            _ => {}
        }
    }
    stays
}
