//! Whether the AI agent knew what it did not know: its confidence against what came of it.

use super::{
    contributions::Out,
    evaluations::ANSWER_CORRECT,
    responses::bin,
    sentiment::{is_low_csat, is_thumb_down},
    timeline::Timeline,
};
use crate::{
    event::{AiOutcome, AiResponse, Kind},
    metric::Metric,
    minute::DAY,
    revision,
    sums::Amount,
    symbol::Symbols,
};

/// From here, in millionths, the AI agent is sure of its answer.
const SURE: u32 = 800_000;
/// What comes later says nothing of an answer.
const OUTLOOK: i64 = 7 * DAY;

pub(super) fn contribute(out: &mut Out<'_>) {
    let timeline = out.timeline;
    let turns = &timeline.ai_turns;
    let handoffs: Vec<usize> =
        timeline.positions(|kind| matches!(kind, Kind::HandoffRequested(_))).collect();
    let outcomes = outcomes(timeline, out.symbols);
    for (number, (index, response)) in turns.iter().enumerate() {
        let Some(confidence) = response.confidence else { continue };
        if confidence < out.settings(*index).low_confidence {
            let escalated = escalated(&turns[number..], &handoffs);
            out.at(*index, Metric::EscalationRecall, Amount::trial(escalated));
        }
        let bad = outcomes[number].is_some();
        if confidence >= SURE {
            out.at(*index, Metric::FalseConfidenceRate, Amount::trial(bad));
            if let Some(age) = outcomes[number].and_then(revision::age) {
                out.at_extra(*index, Metric::FalseConfidenceTurned, Amount::count(1), age);
            }
        }
        let bin = bin(confidence);
        let stated = Amount::value(i64::from(confidence));
        out.at_extra(*index, Metric::CalibrationConfidence, stated, &bin);
        out.at_extra(*index, Metric::CalibrationGood, Amount::trial(!bad), &bin);
    }
}

/// Whether the first of these turns was backed: it or the next asked back, or a handoff was
/// requested before the one after.
fn escalated(turns: &[(usize, &AiResponse)], handoffs: &[usize]) -> bool {
    let mut pair = turns.iter().take(2);
    let clarified = pair.any(|(_, response)| response.outcome == AiOutcome::Clarified);
    let next = handoffs.get(handoffs.partition_point(|handoff| *handoff < turns[0].0));
    clarified || next.is_some_and(|next| turns.get(2).is_none_or(|(after, _)| next < after))
}

/// After how many nanoseconds each turn turned out badly, within the outlook; `None` where it did
/// not. A failed evaluation of an answer is held against the turn that it follows; what the customer
/// does, against every turn before.
fn outcomes(timeline: &Timeline<'_>, symbols: &Symbols) -> Vec<Option<i64>> {
    let turns = &timeline.ai_turns;
    let mut complaints = timeline.requests_for_person();
    complaints.extend(timeline.positions(|kind| {
        matches!(kind, Kind::Reopened) || is_low_csat(kind) || is_thumb_down(kind)
    }));
    complaints.sort_unstable();
    let failures: Vec<usize> = timeline
        .positions(|kind| match kind {
            Kind::Evaluation(evaluation) => {
                evaluation.pass == Some(false) && symbols.text(evaluation.name) == ANSWER_CORRECT
            }
            _ => false,
        })
        .collect();
    let soon_after = |signs: &[usize], index: usize, until: usize| {
        let next = signs.get(signs.partition_point(|sign| *sign < index));
        let after = next.filter(|next| **next < until);
        let age = after.map(|after| timeline.time(*after) - timeline.time(index));
        age.filter(|age| *age <= OUTLOOK)
    };
    let mut outcomes = Vec::with_capacity(turns.len());
    for (number, (index, _)) in turns.iter().enumerate() {
        let end = timeline.events.len();
        let next_turn = turns.get(number + 1).map_or(end, |(next, _)| *next);
        let failed = soon_after(&failures, *index, next_turn);
        let complained = soon_after(&complaints, *index, end);
        outcomes.push([failed, complained].into_iter().flatten().min());
    }
    outcomes
}
