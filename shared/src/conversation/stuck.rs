//! Conversations that go in circles.

use super::{contributions::Out, timeline::Timeline};
use crate::{
    dimension::Dimension,
    event::{AiOutcome, AiResponse},
    metric::Metric,
    sums::Amount,
};

/// So many turns in a row that lead nowhere: stuck.
const TURNS: usize = 3;

/// Contributes at the turn with which a run becomes stuck, once a run.
pub(super) fn contribute(out: &mut Out<'_>) {
    for index in begins(out.timeline) {
        out.at(index, Metric::StuckConversations, Amount::count(1));
    }
}

/// The turns with which runs become stuck.
pub(super) fn begins(timeline: &Timeline<'_>) -> Vec<usize> {
    let (mut begins, mut was_stuck) = (Vec::new(), false);
    for row in timeline.ai_turns.windows(TURNS) {
        let is_stuck = leads_nowhere(timeline, row) || repeats_itself(row);
        if is_stuck && !was_stuck {
            begins.push(row[TURNS - 1].0);
        }
        was_stuck = is_stuck;
    }
    begins
}

/// The same intent throughout, and no answer.
fn leads_nowhere(timeline: &Timeline<'_>, row: &[(usize, &AiResponse)]) -> bool {
    let intent = |index: usize| timeline.vectors[index][Dimension::Intent.index()];
    let same = row.windows(2).all(|pair| intent(pair[0].0) == intent(pair[1].0));
    same && row.iter().all(|(_, response)| response.outcome != AiOutcome::Answered)
}

/// The same answer throughout.
fn repeats_itself(row: &[(usize, &AiResponse)]) -> bool {
    let first = row[0].1.fingerprint;
    first.is_some() && row.iter().all(|(_, response)| response.fingerprint == first)
}
