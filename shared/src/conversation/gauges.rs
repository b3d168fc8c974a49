//! Levels as flows, and the balance of queue entries: what a conversation adds to and takes from each gauge, and when.
//!
//! A flow may be dated later than its event (a conversation enters the next age band 15 minutes
//! after its start unless it has ended); no query answers minutes after now.

use super::{
    contributions::Out,
    queueing::{self, Stay},
    responses::{is_customer_message, micros},
    timeline::Span,
};
use crate::{
    dimension::Dimension,
    event::Kind,
    metric::Metric,
    minute::{HOUR, MINUTE, Minute},
    sums::Amount,
};

/// Age bands of the backlog: name, from and to, in nanoseconds since the start.
pub(crate) const AGE_BANDS: [(&str, i64, i64); 5] = [
    ("<15m", 0, 15 * MINUTE),
    ("<1h", 15 * MINUTE, HOUR),
    ("<4h", HOUR, 4 * HOUR),
    ("<24h", 4 * HOUR, 24 * HOUR),
    ("older", 24 * HOUR, i64::MAX),
];
/// An entry that never leaves, in a conversation that never ends, leaves after this.
pub(crate) const LONGEST_STAY: i64 = 12 * HOUR;

pub(super) fn contribute(out: &mut Out<'_>) {
    backlog(out);
    silent(out);
    queue(out);
}

fn backlog(out: &mut Out<'_>) {
    let Some((_, start)) = out.timeline.start else { return };
    for Span { opened, from, to } in out.timeline.open_spans() {
        for (band, youngest, oldest) in AGE_BANDS {
            let enters = from.max(start.saturating_add(youngest));
            let leaves = to.min(start.saturating_add(oldest));
            if enters < leaves {
                for (time, flow) in [(enters, 1), (leaves, -1)] {
                    out.dated_extra(time, opened, Metric::Backlog, Amount::flow(flow), band);
                }
            }
        }
    }
}

fn silent(out: &mut Out<'_>) {
    let timeline = out.timeline;
    let spans = timeline.open_spans();
    let mut unanswered: Option<usize> = None;
    let mut waits = Vec::new();
    for (index, event) in timeline.events.iter().enumerate() {
        if timeline.responder(index).is_some() {
            waits.extend(unanswered.take().map(|asked| (asked, event.time)));
        } else if is_customer_message(&event.kind) {
            unanswered.get_or_insert(index);
        }
    }
    waits.extend(unanswered.map(|asked| (asked, i64::MAX)));
    for (asked, answered) in waits {
        let patience = out.settings(asked).silent_after.of(out.value(asked, Dimension::Channel));
        let Some(patience) = patience else { continue };
        let silent_from = timeline.time(asked).saturating_add(patience);
        for span in &spans {
            let within = (silent_from.max(span.from), answered.min(span.to));
            out.level(within, asked, Metric::SilentConversations);
        }
    }
}

fn queue(out: &mut Out<'_>) {
    let timeline = out.timeline;
    for Stay { entered, left } in queueing::stays(timeline) {
        let entered_at = timeline.time(entered);
        // An end by silence is no sign of when the customer stopped waiting.
        let ended = || {
            let ends = timeline.events[entered..].iter();
            let mut real = ends.filter(|event| {
                matches!(event.kind, Kind::Ended(_)) && event.id != super::parts::NOT_SENT
            });
            real.next().map(|event| event.time)
        };
        let leaves = left.map(|left| timeline.time(left)).or_else(ended);
        out.at(entered, Metric::QueueBalance, Amount::trial(leaves.is_some()));
        if leaves.is_none() {
            let since = entered_at - Minute::of(entered_at).start();
            out.at(entered, Metric::QueueCohort, Amount::sample(micros(since)));
        }
        let leaves = leaves.unwrap_or(entered_at.saturating_add(LONGEST_STAY));
        out.level((entered_at, leaves), entered, Metric::QueueLength);
    }
}
