//! Whether the AI agent did it alone.

use super::{
    contributions::Out,
    timeline::{Timeline, decide},
};
use crate::{
    event::{EndReason, Kind, Party},
    metric::Metric,
    sums::Amount,
};

/// Contributes autonomous resolution, apart by whether the customer confirmed it.
pub(super) fn contribute(out: &mut Out<'_>) {
    let timeline = out.timeline;
    if !timeline.ai_involved {
        return;
    }
    let gave_up = [left_ai(timeline), timeline.first_ended()].into_iter().flatten().min();
    for (metric, wanted) in [
        (Metric::AutonomousResolutionRateConfirmed, true),
        (Metric::AutonomousResolutionRateAssumed, false),
    ] {
        let by_ai = timeline.first_resolved().filter(|index| {
            matches!(timeline.events[*index].kind, Kind::Resolved { by: Some(Party::Ai), confirmed }
                if confirmed.unwrap_or(false) == wanted)
        });
        if let Some((index, alone)) = decide(by_ai, gave_up) {
            out.at(index, metric, Amount::trial(alone));
        }
    }
}

/// 0 at the first handoff request or human; else at the first closing 1, or 0 if it timed out.
pub(super) fn containment(timeline: &Timeline<'_>) -> Option<(usize, bool)> {
    if !timeline.ai_involved {
        return None;
    }
    decide(left_ai(timeline), timeline.first_closing()).map(|(index, escaped)| {
        let timed_out = matches!(timeline.events[index].kind, Kind::Ended(EndReason::TimedOut));
        (index, !escaped && !timed_out)
    })
}

/// The first sign that the AI agent is no longer alone: a handoff request or a human.
fn left_ai(timeline: &Timeline<'_>) -> Option<usize> {
    let signs = [timeline.first_handoff_request(), timeline.first_human()];
    signs.into_iter().flatten().min()
}
