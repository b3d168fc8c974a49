//! What a handoff from AI to human was like for the customer.

use rustc_hash::FxHashSet;

use super::{contributions::Out, sentiment, timeline::Timeline};
use crate::{
    event::{Kind, Party},
    metric::Metric,
    minute::SECOND,
    sums::Amount,
    symbol::Sym,
};

/// A human's response within this earns all points, from [`SLOW`] on none.
const QUICK: i64 = 60 * SECOND;
const SLOW: i64 = 600 * SECOND;
/// One point, in millionths.
const POINT: i64 = 1_000_000;

/// An accepted handoff.
struct Handoff<'a> {
    accepted: usize,
    /// Position of the next one, or the end.
    until: usize,
    received: &'a [Sym],
    expected: &'a [Sym],
    slots: Slots,
}

/// What became of the facts that the customer had given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slots {
    /// None was given.
    Unknown,
    /// No human asked for one again.
    Kept,
    /// A human asked for one again.
    AskedAgain,
}

pub(super) fn contribute(out: &mut Out<'_>) {
    let timeline = out.timeline;
    let scores = sentiment::scores(timeline);
    for handoff in handoffs(timeline) {
        let repeated = handoff.slots == Slots::AskedAgain;
        out.at(handoff.accepted, Metric::RepeatYourselfRate, Amount::trial(repeated));
        let quality = quality(timeline, &handoff, &scores);
        out.at(handoff.accepted, Metric::HandoffQuality, Amount::value(quality));
    }
}

fn handoffs<'a>(timeline: &Timeline<'a>) -> Vec<Handoff<'a>> {
    let mut handoffs: Vec<Handoff<'a>> = Vec::new();
    let mut filled: FxHashSet<Sym> = FxHashSet::default();
    for (index, event) in timeline.events.iter().enumerate() {
        match &event.kind {
            Kind::HandoffAccepted { received, expected } => {
                if let Some(last) = handoffs.last_mut() {
                    last.until = index;
                }
                let slots = if filled.is_empty() { Slots::Unknown } else { Slots::Kept };
                let (accepted, until) = (index, timeline.events.len());
                handoffs.push(Handoff { accepted, until, received, expected, slots });
            }
            Kind::SlotFilled { slot } => {
                filled.insert(*slot);
                if let Some(last) = handoffs.last_mut().filter(|last| last.slots == Slots::Unknown)
                {
                    last.slots = Slots::Kept;
                }
            }
            Kind::SlotAsked { slot, author: Party::Human } if filled.contains(slot) => {
                if let Some(last) = handoffs.last_mut() {
                    last.slots = Slots::AskedAgain;
                }
            }
            _ => {}
        }
    }
    handoffs
}

/// 0 to 100 in millionths: the points earned of those that can be known, rescaled.
fn quality(timeline: &Timeline<'_>, handoff: &Handoff<'_>, scores: &[(usize, i64)]) -> i64 {
    let all_or_none = |weight, kept: bool| (weight, if kept { weight * POINT } else { 0 });
    let transferred = timeline.events[handoff.accepted..handoff.until]
        .iter()
        .any(|event| matches!(event.kind, Kind::Transferred { .. }));
    let slots = match handoff.slots {
        Slots::Unknown => None,
        Slots::Kept => Some(all_or_none(20, true)),
        Slots::AskedAgain => Some(all_or_none(20, false)),
    };
    let parts: [Option<(i64, i64)>; 5] = [
        context(handoff).map(|points| (40, points)),
        promptness(timeline, handoff.accepted).map(|points| (20, points)),
        slots,
        Some(all_or_none(10, !transferred)),
        mood_kept(scores, handoff.accepted).map(|kept| all_or_none(10, kept)),
    ];
    let known = parts.into_iter().flatten();
    let (most, earned) = known.fold((0, 0), |(m, e), (most, earned)| (m + most, e + earned));
    earned * 100 / most
}

/// 40 points for all the facts that the human should have received.
fn context(handoff: &Handoff<'_>) -> Option<i64> {
    let expected: FxHashSet<Sym> = handoff.expected.iter().copied().collect();
    let received = expected.iter().filter(|field| handoff.received.contains(field)).count();
    let (received, expected) = (i64::try_from(received).ok()?, i64::try_from(expected.len()).ok()?);
    (expected > 0).then(|| 40 * POINT * received / expected)
}

/// 20 points for a human's response within a minute of the latest request, none after ten.
fn promptness(timeline: &Timeline<'_>, accepted: usize) -> Option<i64> {
    let requested = timeline.events[..accepted]
        .iter()
        .rposition(|event| matches!(event.kind, Kind::HandoffRequested(_)))?;
    let responded = (requested..timeline.events.len())
        .find(|index| timeline.responder(*index) == Some(Party::Human))?;
    let took = timeline.time(responded) - timeline.time(requested);
    let left = SLOW - took.clamp(QUICK, SLOW);
    // In thousandths of a second, lest the product overflow.
    Some(20 * POINT * (left / 1_000_000) / ((SLOW - QUICK) / 1_000_000))
}

/// Whether the customer's mean score after the handoff is not below that before.
fn mood_kept(scores: &[(usize, i64)], accepted: usize) -> Option<bool> {
    let sum = |scores: &[(usize, i64)]| {
        scores
            .iter()
            .fold((0_i128, 0_i128), |(sum, n), (_, score)| (sum + i128::from(*score), n + 1))
    };
    let (before, after) = scores.split_at(scores.partition_point(|(index, _)| *index < accepted));
    let ((before, n_before), (after, n_after)) = (sum(before), sum(after));
    (n_before > 0 && n_after > 0).then(|| after * n_before >= before * n_after)
}
