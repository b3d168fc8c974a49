//! A conversation as people look at it: one line in a list, and the journey as a time line.

use serde::Serialize;

use super::{Conversation, parts, sentiment, timeline::Timeline};
use crate::{
    dimension::Dimension,
    event::{AiOutcome, EndReason, Event, Kind, Party, QueueOutcome},
    minute,
    symbol::{Sym, Symbols},
};

/// One line in a list of conversations.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// When it started; RFC 3339.
    pub started: Option<jiff::Timestamp>,
    /// When it was last resolved or ended; absent while it is open.
    pub ended: Option<jiff::Timestamp>,
    /// Its channel.
    pub channel: String,
    /// The latest intent.
    pub intent: String,
    /// `open`, `resolved`, `abandoned`, `failed`, `escalated`, `timed_out` or `ended`.
    pub outcome: &'static str,
    /// Mean of the customer's last sentiment scores, -1 to 1; absent where none is known.
    pub score: Option<f64>,
}

/// One entry of the time line.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// When it happened.
    pub time: jiff::Timestamp,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Who acts: `customer`, `ai`, `human` or `system`.
    pub actor: &'static str,
    /// What happened, in words.
    pub what: String,
    /// Name and value of what is known about it.
    pub details: Vec<(&'static str, String)>,
    /// Whether this is what went wrong for the customer.
    pub bad: bool,
}

/// The latest of the subject's conversations in one line, as of `now`.
pub fn summary(conversation: &Conversation, now: i64) -> Summary {
    let events = conversation.sorted();
    let part = parts::split(&events).pop().unwrap_or_default();
    let ends = parts::ends_by_silence(&part);
    let mut events: Vec<&Event> = part.into_iter().chain(ends.iter()).collect();
    events.retain(|event| event.time <= now);
    events.sort_by_key(|event| event.order());
    let symbols = &conversation.symbols;
    let timeline = Timeline::new(events, symbols, Sym::ABSENT);
    let last = timeline.vectors.last();
    let text = |dimension: Dimension| {
        let known = last.map_or(Sym::ABSENT, |vector| vector[dimension.index()]);
        let text = symbols.text(known);
        if text.is_empty() { crate::dimension::UNKNOWN.to_owned() } else { text.to_owned() }
    };
    let scores = sentiment::scores(&timeline);
    let recent = &scores[scores.len().saturating_sub(3)..];
    #[expect(clippy::cast_precision_loss, reason = "at most three scores of at most a million")]
    let score = (!recent.is_empty()).then(|| {
        recent.iter().map(|(_, score)| *score).sum::<i64>() as f64 / 1e6 / recent.len() as f64
    });
    Summary {
        started: timeline.start.map(|(_, start)| minute::timestamp(start)),
        ended: closed(&timeline).map(minute::timestamp),
        channel: text(Dimension::Channel),
        intent: text(Dimension::Intent),
        outcome: outcome(&timeline),
        score,
    }
}

fn closed(timeline: &Timeline<'_>) -> Option<i64> {
    let last = timeline.events.iter().rev().find(|event| {
        matches!(event.kind, Kind::Resolved { .. } | Kind::Ended(_) | Kind::Reopened)
    })?;
    (!matches!(last.kind, Kind::Reopened)).then_some(last.time)
}

fn outcome(timeline: &Timeline<'_>) -> &'static str {
    let ended = timeline.events.iter().rev().find_map(|event| match event.kind {
        Kind::Ended(reason) => Some(reason),
        _ => None,
    });
    let resolved = timeline.first_resolved().is_some();
    match ended {
        Some(EndReason::Abandoned) => "abandoned",
        Some(EndReason::Error) => "failed",
        _ if timeline.first_handoff_request().is_some() => "escalated",
        _ if resolved => "resolved",
        Some(EndReason::TimedOut) => "timed_out",
        Some(EndReason::Completed) => "ended",
        None => "open",
    }
}

/// The time line of all of the subject's events up to `now`.
pub fn journey(conversation: &Conversation, now: i64) -> Vec<Step> {
    let events = conversation.sorted();
    events
        .into_iter()
        .filter(|event| event.time <= now)
        .map(|event| step(event, &conversation.symbols))
        .collect()
}

fn step(event: &Event, symbols: &Symbols) -> Step {
    let (actor, what, bad) = words(event, symbols);
    let mut details: Vec<(&'static str, String)> = event
        .dimensions
        .iter()
        .map(|(dimension, value)| (dimension.as_str(), symbols.text(*value).to_owned()))
        .collect();
    details.extend(numbers(&event.kind));
    let judgements = event.kind.judgements();
    details.extend(judgements.iter().filter_map(|judgement| {
        let label = if judgement.pass? { "pass" } else { "fail" };
        Some(("judged", format!("{}: {label}", symbols.text(judgement.name))))
    }));
    let bad = bad || judgements.iter().any(|judgement| judgement.pass == Some(false));
    Step {
        time: minute::timestamp(event.time),
        kind: event.kind.type_name(),
        actor,
        what,
        details,
        bad,
    }
}

fn words(event: &Event, symbols: &Symbols) -> (&'static str, String, bool) {
    let named =
        |dimension| event.dimension(dimension).map_or("unknown", |value| symbols.text(value));
    let queue = || named(Dimension::Queue);
    let intent = || named(Dimension::Intent);
    let (actor, what, bad) = match &event.kind {
        Kind::Started(_) => ("system", "conversation started".to_owned(), false),
        Kind::IntentDetected { .. } => ("ai", format!("intent {} detected", intent()), false),
        Kind::QueueEntered => ("system", format!("entered queue {}", queue()), false),
        Kind::QueueLeft(outcome) => {
            let bad = *outcome == QueueOutcome::Abandoned;
            ("system", format!("left queue {}: {}", queue(), outcome.as_str()), bad)
        }
        Kind::HandoffAccepted { received, expected } => {
            let what = match (received.len(), expected.len()) {
                (0, 0) => "accepted the handoff".to_owned(),
                (received, expected) => {
                    format!("accepted the handoff with {received} of {expected} facts")
                }
            };
            ("human", what, received.len() < expected.len())
        }
        Kind::AgentConnected => ("human", "agent connected".to_owned(), false),
        Kind::Message(message) => {
            let what = match message {
                message if message.private => "private note",
                message if message.asks_for_person => "message: asks for a person",
                _ => "message",
            };
            (message.author.as_str(), what.to_owned(), message.asks_for_person)
        }
        Kind::AiResponded(response) => {
            let bad = matches!(response.outcome, AiOutcome::Fallback | AiOutcome::Failed);
            ("ai", format!("responded: {}", response.outcome.as_str()), bad || response.error)
        }
        Kind::SlotAsked { slot, author } => {
            (author.as_str(), format!("asked for {}", symbols.text(*slot)), false)
        }
        Kind::SlotFilled { slot } => ("customer", format!("gave {}", symbols.text(*slot)), false),
        Kind::SentimentScored { score, customer } => {
            let who = if *customer { "customer" } else { "human" };
            (who, "sentiment scored".to_owned(), *customer && *score < -400_000)
        }
        Kind::HandoffRequested(by) => {
            ("system", format!("handoff requested by {}", by.as_str()), true)
        }
        Kind::Transferred { .. } => ("system", format!("transferred to {}", queue()), true),
        Kind::AgentDisconnected { .. } => ("human", "agent disconnected".to_owned(), false),
        Kind::AgentWrappedUp { .. } => ("human", "agent wrapped up".to_owned(), false),
        Kind::Resolved { by, .. } => {
            (by.map_or("system", Party::as_str), "resolved".to_owned(), false)
        }
        Kind::Ended(reason) => {
            let bad = matches!(reason, EndReason::Abandoned | EndReason::Error);
            ("system", format!("ended: {}", reason.as_str()), bad)
        }
        Kind::Reopened => ("customer", "reopened".to_owned(), true),
        Kind::Feedback { kind, score, max, .. } => {
            let bad = i128::from(*score) * 5 <= i128::from(*max) * 2;
            ("customer", format!("answered the {} question", kind.as_str()), bad)
        }
        Kind::Evaluation(evaluation) => {
            ("system", format!("evaluated: {}", symbols.text(evaluation.name)), false)
        }
        Kind::Valued { retained, .. } => {
            ("system", "value learned".to_owned(), *retained == Some(false))
        }
        Kind::Snapshot { .. } => ("system", "platform's final record".to_owned(), false),
    };
    (actor, what, bad)
}

fn numbers(kind: &Kind) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut put = |name: &'static str, micros: Option<i64>, unit: &str| {
        found.extend(micros.map(|micros| (name, format!("{}{unit}", decimal(micros)))));
    };
    match kind {
        Kind::IntentDetected { confidence } => put("confidence", confidence.map(i64::from), ""),
        Kind::Message(message) => put("sentiment", message.sentiment.map(i64::from), ""),
        Kind::AiResponded(response) => {
            put("confidence", response.confidence.map(i64::from), "");
            put("latency", response.latency, " ms");
            put("cost", response.cost, " USD");
        }
        Kind::SentimentScored { score, .. } => put("score", Some(i64::from(*score)), ""),
        Kind::AgentDisconnected { talk, hold } => {
            put("talk", *talk, " s");
            put("hold", *hold, " s");
        }
        Kind::AgentWrappedUp { after_contact } => put("after_contact", *after_contact, " s"),
        Kind::Feedback { score, max, .. } => {
            put("score", Some(*score), "");
            put("max", Some(*max), "");
        }
        Kind::Evaluation(evaluation) => put("score", evaluation.score.map(i64::from), ""),
        _ => {}
    }
    found
}

/// Millionths as a decimal number without trailing zeros.
fn decimal(micros: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    let text = format!("{:.6}", micros as f64 / 1e6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
