//! One subject, several conversations; and the ends that nobody sent.

use crate::{
    event::{EndReason, Event, Kind},
    minute::DAY,
    symbol::Sym,
};

/// More than this between two events of a subject: a new conversation begins.
const NEW_CONVERSATION: i64 = 30 * DAY;
/// So long without an event, and an open conversation has timed out.
const SILENCE: i64 = 14 * DAY;

/// Splits a subject's events, in order, into conversations.
pub(super) fn split<'a>(events: &[&'a Event]) -> Vec<Vec<&'a Event>> {
    let apart = |a: &&Event, b: &&Event| b.time.saturating_sub(a.time) <= NEW_CONVERSATION;
    events.chunk_by(apart).map(<[&Event]>::to_vec).collect()
}

/// Position of a conversation's start: as announced, else its first message, AI response, queue
/// entry or connection; `None` where nothing makes it a contact.
pub(super) fn start(events: &[&Event]) -> Option<usize> {
    let opens = |event: &&Event| {
        matches!(
            event.kind,
            Kind::Message(_) | Kind::AiResponded(_) | Kind::QueueEntered | Kind::AgentConnected
        )
    };
    let announced = events.iter().position(|event| matches!(event.kind, Kind::Started(_)));
    announced.or_else(|| events.iter().position(opens))
}

/// The identity of events that nobody sent.
pub(super) const NOT_SENT: u64 = 0;

/// The ends by silence of one conversation's events: at most one for each opening.
pub(super) fn ends_by_silence(events: &[&Event]) -> Vec<Event> {
    let mut ends = Vec::new();
    let mut open = false;
    let start = start(events);
    for (index, event) in events.iter().enumerate() {
        match event.kind {
            Kind::Resolved { .. } | Kind::Ended(_) => open = false,
            Kind::Reopened => open = true,
            _ => open |= start == Some(index),
        }
        let next = events.get(index + 1).map_or(i64::MAX, |next| next.time);
        if open && next.saturating_sub(event.time) > SILENCE {
            open = false;
            ends.push(Event {
                time: event.time.saturating_add(SILENCE),
                id: NOT_SENT,
                content: 0,
                revision: 0,
                source: Sym::ABSENT,
                dimensions: Vec::new(),
                kind: Kind::Ended(EndReason::TimedOut),
            });
        }
    }
    ends
}
