//! What customers said and felt: sentiment scores and surveys.

use super::{contributions::Out, timeline::Timeline};
use crate::{
    event::{FeedbackKind, Kind, Party},
    metric::Metric,
    sums::Amount,
};

/// Below this mean, in millionths, a customer is negative.
const NEGATIVE: i64 = -400_000;
/// So many scores tell a mood.
const RECENT: usize = 3;

pub(super) fn contribute(out: &mut Out<'_>) {
    let scores = scores(out.timeline);
    for (index, score) in &scores {
        out.at(*index, Metric::Sentiment, Amount::value(*score));
    }
    for (index, negative) in moods(&scores) {
        out.at(index, Metric::NegativeSentimentRate, Amount::trial(negative));
    }
    for (index, event) in out.timeline.events.iter().enumerate() {
        let Kind::Feedback { kind, score, max, .. } = event.kind else { continue };
        match kind {
            FeedbackKind::Csat => {
                // score / max >= 0.8, in integers.
                let satisfied = i128::from(score) * 5 >= i128::from(max) * 4;
                out.at(index, Metric::Csat, Amount::trial(satisfied));
            }
            FeedbackKind::Nps => {
                let (score, max) = (i128::from(score) * 10, i128::from(max));
                let points = i128::from(score >= 9 * max) - i128::from(score <= 6 * max);
                out.at(index, Metric::Nps, Amount { sum: points, count: 1, ..Amount::default() });
            }
            FeedbackKind::Thumb | FeedbackKind::Ces => {}
        }
    }
}

/// From the third score on: where, and whether the customer is negative by the last three.
pub(super) fn moods(scores: &[(usize, i64)]) -> impl DoubleEndedIterator<Item = (usize, bool)> {
    scores.windows(RECENT).map(|recent| (recent[RECENT - 1].0, is_negative(recent)))
}

/// The customer's scores in order: those sent, or where none was sent those derived from text.
pub(super) fn scores(timeline: &Timeline<'_>) -> Vec<(usize, i64)> {
    let collect = |read: fn(&Kind) -> Option<i32>| -> Vec<(usize, i64)> {
        let events = timeline.events.iter().enumerate();
        events.filter_map(|(index, event)| Some((index, i64::from(read(&event.kind)?)))).collect()
    };
    let sent = collect(|kind| match kind {
        Kind::SentimentScored { score, customer: true } => Some(*score),
        Kind::Message(message) if message.author == Party::Customer => message.sentiment,
        _ => None,
    });
    if !sent.is_empty() {
        return sent;
    }
    collect(|kind| match kind {
        Kind::Message(message) if message.author == Party::Customer => message.derived_sentiment,
        _ => None,
    })
}

/// Whether the customer was negative at the end: the mean of the last scores, at most three.
pub(super) fn negative_at_end(timeline: &Timeline<'_>) -> bool {
    let scores = scores(timeline);
    let last = &scores[scores.len().saturating_sub(RECENT)..];
    !last.is_empty() && is_negative(last)
}

/// A satisfaction answer of at most 40 % of the scale.
pub(super) fn is_low_csat(kind: &Kind) -> bool {
    match kind {
        Kind::Feedback { kind: FeedbackKind::Csat, score, max, .. } => {
            i128::from(*score) * 5 <= i128::from(*max) * 2
        }
        _ => false,
    }
}

/// A thumb in the lower half of its scale.
pub(super) fn is_thumb_down(kind: &Kind) -> bool {
    match kind {
        Kind::Feedback { kind: FeedbackKind::Thumb, score, max, .. } => {
            i128::from(*score) * 2 < i128::from(*max)
        }
        _ => false,
    }
}

fn is_negative(scores: &[(usize, i64)]) -> bool {
    let sum: i64 = scores.iter().map(|(_, score)| score).sum();
    sum < NEGATIVE * i64::try_from(scores.len()).unwrap_or(i64::MAX)
}
