//! Service-level agreements: a clock for the first response and one for the resolution.
//!
//! A clock runs from the conversation's start, with the target that is set then for the queue in
//! force there. It is decided where it is met in time, or missed where its target passes while the
//! conversation is open. One that closes undecided is not decided at all: a customer who leaves
//! before an answer was due is no breach, and no success either.

use super::{contributions::Out, timeline::Span};
use crate::{dimension::Dimension, metric::Metric, sums::Amount};

pub(super) fn contribute(out: &mut Out<'_>) {
    let timeline = out.timeline;
    let Some((start, _)) = timeline.start else { return };
    let (settings, queue) = (out.settings(start), out.value(start, Dimension::Queue));
    let targets = (settings.first_response.of(queue), settings.resolution.of(queue));
    let first_response =
        (0..timeline.events.len()).find(|index| timeline.responder(*index).is_some());
    for (target, met) in [(targets.0, first_response), (targets.1, timeline.first_resolved())] {
        if let Some(target) = target {
            clock(out, start, target, met);
        }
    }
}

fn clock(out: &mut Out<'_>, start: usize, target: i64, met: Option<usize>) {
    let timeline = out.timeline;
    let spans = timeline.open_spans();
    let deadline = timeline.time(start).saturating_add(target);
    let met = met.filter(|index| timeline.time(*index) <= deadline);
    let stops = met.map_or(deadline, |index| timeline.time(index));
    for Span { from, to, .. } in &spans {
        // The last quarter of the time.
        let at_risk = (deadline - target / 4).max(*from);
        out.level((at_risk, stops.min(*to)), start, Metric::SlaAtRisk);
    }
    if let Some(index) = met {
        out.at(index, Metric::SlaBreachRate, Amount::trial(false));
    } else if spans.iter().any(|span| (span.from..span.to).contains(&deadline)) {
        let passed = timeline.events.partition_point(|event| event.time <= deadline);
        // The start is among them.
        out.dated(deadline, passed.saturating_sub(1), Metric::SlaBreachRate, Amount::trial(true));
    }
}
