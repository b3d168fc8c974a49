//! What each type of conversation event says: its required and optional fields.

use super::{Rejection, fields::Fields};
use crate::{
    derived::{Policy, asks_for_person, sentiment},
    dimension::Dimension,
    event::{
        About, AiOutcome, AiResponse, Direction, EndReason, Evaluation, FeedbackKind, Kind,
        Message, Party, QueueOutcome, RequestedBy, Severity, Started, TransferReason,
    },
    symbol::{Sym, Symbols},
};

/// The channels of the wire.
pub(crate) const CHANNELS: [(&str, ()); 7] = [
    ("voice", ()),
    ("chat", ()),
    ("messaging", ()),
    ("email", ()),
    ("sms", ()),
    ("social", ()),
    ("web", ()),
];
const EVALUATORS: [(&str, ()); 3] = [("rule", ()), ("llm", ()), ("human", ())];
const ASKERS: [(&str, Party); 2] = [("ai", Party::Ai), ("human", Party::Human)];

/// Reads the data of this type; `None` for a type that the model does not know.
pub(super) fn decode(
    name: &str,
    fields: &Fields<'_>,
    policy: &Policy,
    symbols: &mut Symbols,
) -> Result<Option<Kind>, Rejection> {
    Ok(Some(match name {
        "cx.conversation.started" => {
            fields.text("previous_conversation")?;
            Kind::Started(Started {
                direction: fields.word("direction", Direction::WORDS)?,
                customer: fields.customer("customer")?,
                order_value: fields.amount("order_value")?,
                currency: fields.name("currency", symbols)?,
            })
        }
        "cx.intent.detected" => {
            fields.required_name("intent", symbols)?;
            Kind::IntentDetected { confidence: fields.share("confidence")? }
        }
        "cx.queue.entered" => {
            fields.required_name("queue", symbols)?;
            Kind::QueueEntered
        }
        "cx.queue.left" => {
            fields.required_name("queue", symbols)?;
            Kind::QueueLeft(fields.required_word("outcome", QueueOutcome::WORDS)?)
        }
        "cx.handoff.accepted" => Kind::HandoffAccepted {
            received: fields.names("context_fields", symbols)?,
            expected: fields.names("expected_fields", symbols)?,
        },
        "cx.agent.connected" => {
            fields.required_agent("agent", symbols)?;
            Kind::AgentConnected
        }
        "cx.message.added" => Kind::Message(message(fields, policy, symbols)?),
        "cx.ai.responded" => Kind::AiResponded(ai_response(fields, policy, symbols)?),
        "cx.slot.asked" => Kind::SlotAsked {
            slot: fields.required_name("slot", symbols)?,
            author: fields.required_word("author", &ASKERS)?,
        },
        "cx.slot.filled" => Kind::SlotFilled { slot: fields.required_name("slot", symbols)? },
        "cx.sentiment.scored" => Kind::SentimentScored {
            score: fields.sentiment("score")?.ok_or_else(|| {
                Rejection::new("missing", "data.score", "send a number from -1 to 1")
            })?,
            customer: fields
                .word("party", &[("customer", true), ("agent", false)])?
                .unwrap_or(true),
        },
        "cx.handoff.requested" => {
            Kind::HandoffRequested(fields.required_word("by", RequestedBy::WORDS)?)
        }
        "cx.transfer.completed" => Kind::Transferred {
            from_queue: fields.name("from_queue", symbols)?,
            from_agent: fields.agent("from_agent", symbols)?,
            to_agent: fields.agent("to_agent", symbols)?,
            reason: fields.word("reason", TransferReason::WORDS)?,
        },
        "cx.agent.disconnected" => {
            fields.required_agent("agent", symbols)?;
            Kind::AgentDisconnected {
                talk: fields.amount("talk_seconds")?,
                hold: fields.amount("hold_seconds")?,
            }
        }
        "cx.agent.wrapped_up" => {
            fields.required_agent("agent", symbols)?;
            Kind::AgentWrappedUp { after_contact: fields.amount("after_contact_seconds")? }
        }
        "cx.conversation.resolved" => Kind::Resolved {
            by: fields.word("by", Party::WORDS)?,
            confirmed: fields.flag("confirmed")?,
        },
        "cx.conversation.ended" => {
            Kind::Ended(fields.word("reason", EndReason::WORDS)?.unwrap_or(EndReason::Completed))
        }
        "cx.conversation.reopened" => Kind::Reopened,
        "cx.feedback.received" => feedback(fields)?,
        "cx.evaluation.recorded" => Kind::Evaluation(evaluation(fields, symbols)?),
        "cx.conversation.valued" => Kind::Valued {
            order_value: fields.amount("order_value")?,
            currency: fields.name("currency", symbols)?,
            retained: fields.flag("retained")?,
        },
        "cx.record.snapshot" => Kind::Snapshot {
            version: fields.time("version")?,
            totals: fields
                .totals("totals")?
                .into_iter()
                .map(|(name, value)| {
                    Ok((super::dimension_value(name, "data.totals", symbols)?, value))
                })
                .collect::<Result<_, Rejection>>()?,
        },
        _ => return Ok(None),
    }))
}

/// The dimensions that an event of this type carries.
pub(super) fn dimensions(
    name: &str,
    fields: &Fields<'_>,
    symbols: &mut Symbols,
) -> Result<Vec<(Dimension, Sym)>, Rejection> {
    fields.word("channel", &CHANNELS)?;
    let mut found = Vec::new();
    let mut push = |dimension: Dimension, value: Option<Sym>| {
        found.extend(value.map(|value| (dimension, value)));
    };
    for dimension in [
        Dimension::Channel,
        Dimension::Language,
        Dimension::Segment,
        Dimension::Region,
        Dimension::UseCase,
    ] {
        push(dimension, fields.name(dimension.as_str(), symbols)?);
    }
    let queue = match name {
        "cx.transfer.completed" if fields.has("to_queue") => fields.name("to_queue", symbols)?,
        _ => fields.name("queue", symbols)?,
    };
    push(Dimension::Queue, queue);
    if matches!(name, "cx.intent.detected" | "cx.ai.responded") {
        push(Dimension::Intent, fields.name("intent", symbols)?);
    }
    if name == "cx.ai.responded" {
        for version in [Dimension::ModelVersion, Dimension::PromptVersion, Dimension::KbVersion] {
            push(version, fields.name(version.as_str(), symbols)?);
        }
    }
    let names_an_agent = matches!(
        name,
        "cx.handoff.accepted"
            | "cx.agent.connected"
            | "cx.message.added"
            | "cx.ai.responded"
            | "cx.agent.disconnected"
            | "cx.agent.wrapped_up"
            | "cx.evaluation.recorded"
    );
    if names_an_agent {
        push(Dimension::Agent, fields.agent("agent", symbols)?);
    }
    if name == "cx.agent.connected" {
        push(Dimension::Team, fields.name("team", symbols)?);
    }
    Ok(found)
}

fn message(
    fields: &Fields<'_>,
    policy: &Policy,
    symbols: &mut Symbols,
) -> Result<Message, Rejection> {
    let text = fields.masked_text("text")?;
    let author = fields.required_word("author", Party::WORDS)?;
    let visibility = fields.word("visibility", &[("public", false), ("private", true)])?;
    let private = visibility.unwrap_or(false);
    let sent = fields.sentiment("sentiment")?;
    let by_customer = text.as_deref().filter(|_| author == Party::Customer);
    let to_score = by_customer.filter(|_| sent.is_none());
    let language = fields.text("language")?;
    Ok(Message {
        author,
        private,
        sentiment: sent,
        derived_sentiment: to_score.and_then(|text| sentiment(text, language)),
        asks_for_person: by_customer.is_some_and(|text| asks_for_person(text, policy)),
        judged: match &text {
            Some(text) if !private => policy.judge(author, text, symbols),
            _ => Vec::new(),
        },
    })
}

fn ai_response(
    fields: &Fields<'_>,
    policy: &Policy,
    symbols: &mut Symbols,
) -> Result<AiResponse, Rejection> {
    let tokens = |name| -> Result<u64, Rejection> {
        let micros = fields.amount(name)?.unwrap_or_default();
        Ok(u64::try_from(micros / 1_000_000).unwrap_or_default())
    };
    Ok(AiResponse {
        outcome: fields.required_word("outcome", AiOutcome::WORDS)?,
        confidence: fields.share("confidence")?,
        latency: fields.amount("latency_ms")?,
        error: fields.text("error_type")?.is_some_and(|kind| !kind.is_empty()),
        tokens: (tokens("input_tokens")?, tokens("output_tokens")?),
        cost: fields.amount("cost_usd")?,
        fingerprint: fields.fingerprint("text")?,
        judged: match fields.masked_text("text")? {
            Some(text) => policy.judge(Party::Ai, &text, symbols),
            None => Vec::new(),
        },
    })
}

fn feedback(fields: &Fields<'_>) -> Result<Kind, Rejection> {
    let kind = fields.required_word("kind", FeedbackKind::WORDS)?;
    let max = match fields.points("max")? {
        None => kind.default_max(),
        Some(max) if max > 0 => max,
        Some(_) => return Err(Rejection::new("out_of_range", "data.max", "send more than 0")),
    };
    let score = fields.required_points("score")?;
    if score > max {
        let detail = "send a score of at most `max` (by default csat 5, nps 10, ces 7, thumb 1)";
        return Err(Rejection::new("out_of_range", "data.score", detail));
    }
    Ok(Kind::Feedback { kind, score, max, about: fields.word("about", About::WORDS)? })
}

fn evaluation(fields: &Fields<'_>, symbols: &mut Symbols) -> Result<Evaluation, Rejection> {
    let pass = fields.word("label", &[("pass", true), ("fail", false)])?;
    let score = fields.share("score")?;
    if pass.is_none() && score.is_none() {
        let detail = "send a label (pass or fail), a score from 0 to 1, or both";
        return Err(Rejection::new("missing", "data.label", detail));
    }
    fields.word("evaluator", &EVALUATORS)?;
    Ok(Evaluation {
        name: fields.required_name("name", symbols)?,
        pass,
        score,
        evaluator: fields.name("evaluator", symbols)?,
        about: fields.word("about", About::WORDS)?,
        item: fields.name("item", symbols)?,
        severity: fields.word("severity", Severity::WORDS)?,
    })
}
