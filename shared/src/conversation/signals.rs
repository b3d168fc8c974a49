//! Signals: single events that are worth a person's attention.

use super::{contributions::Out, parts::NOT_SENT, sentiment, stuck};
use crate::{
    event::{Kind, Severity},
    metric::Metric,
    sums::Amount,
};

/// The transfer from which on a conversation is passed around.
const TRANSFERS: usize = 3;

/// A single event that is worth attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// An answer failed an evaluation of brand safety severely.
    SevereBrandFailure,
    /// The last three scores of a customer became negative, and the conversation is open.
    LiveNegative,
    /// A conversation goes in circles.
    Stuck,
    /// A conversation was transferred for the third time.
    ThirdTransfer,
}

impl Signal {
    /// All.
    pub const ALL: [Self; 4] =
        [Self::SevereBrandFailure, Self::LiveNegative, Self::Stuck, Self::ThirdTransfer];

    /// The name on the wire, and the value of the metric's own dimension.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SevereBrandFailure => "severe_brand_failure",
            Self::LiveNegative => "live_negative",
            Self::Stuck => "stuck",
            Self::ThirdTransfer => "third_transfer",
        }
    }
}

/// Contributes one for each signal, at the event that gives it.
pub(super) fn contribute(out: &mut Out<'_>) {
    for index in severe_failures(out) {
        signal(out, index, Signal::SevereBrandFailure);
    }
    for index in stuck::begins(out.timeline) {
        signal(out, index, Signal::Stuck);
    }
    if let Some(index) = turned_negative(out) {
        signal(out, index, Signal::LiveNegative);
    }
    let is_transfer = |kind: &Kind| matches!(kind, Kind::Transferred { .. });
    let events = out.timeline.events.iter().enumerate();
    let mut transfers = events.filter(|(_, event)| is_transfer(&event.kind));
    if let Some((index, _)) = transfers.nth(TRANSFERS - 1) {
        signal(out, index, Signal::ThirdTransfer);
    }
}

fn signal(out: &mut Out<'_>, index: usize, signal: Signal) {
    out.at_extra(index, Metric::Signals, Amount::count(1), signal.as_str());
}

/// Answers that were judged to harm the brand severely.
fn severe_failures(out: &Out<'_>) -> Vec<usize> {
    let is_severe = |kind: &Kind| {
        kind.judgements().iter().any(|judged| {
            let is_failed = judged.pass == Some(false) && judged.severity == Some(Severity::Severe);
            is_failed && out.symbols.text(judged.name) == "brand_safe"
        })
    };
    let events = out.timeline.events.iter().enumerate();
    events.filter(|(_, event)| is_severe(&event.kind)).map(|(index, _)| index).collect()
}

/// Where the customer of a conversation that is still open turned negative and stays so.
fn turned_negative(out: &Out<'_>) -> Option<usize> {
    let events = &out.timeline.events;
    let last = events.iter().rev().find_map(|event| match event.kind {
        // Every conversation that nobody closed ends by silence, in the future at first.
        _ if event.id == NOT_SENT => None,
        Kind::Ended(_) | Kind::Resolved { .. } => Some(false),
        Kind::Started(_) | Kind::Reopened => Some(true),
        _ => None,
    });
    if last == Some(false) {
        return None;
    }
    let scores = sentiment::scores(out.timeline);
    let moods = sentiment::moods(&scores);
    moods.rev().take_while(|(_, is_negative)| *is_negative).last().map(|(index, _)| index)
}
