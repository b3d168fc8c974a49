//! Contacts and how quickly they were answered; and what AI responses say of themselves.

use super::{contributions::Out, timeline::decide};
use crate::{
    event::{AiOutcome, AiResponse, Kind, Party},
    metric::Metric,
    sums::Amount,
};

pub(super) fn contribute(out: &mut Out<'_>) {
    let timeline = out.timeline;
    if let Some((index, start)) = timeline.start {
        out.at(index, Metric::Contacts, Amount::count(1));
        first_responses(out, start);
    }
    response_times(out);
    for (index, response) in &timeline.ai_turns {
        ai_response(out, *index, response);
    }
    if timeline.ai_involved {
        let asked = timeline.requests_for_person().first().copied();
        let asked = decide(asked, timeline.first_closing());
        if let Some((index, asked)) = asked {
            out.at(index, Metric::AgentRequestRate, Amount::trial(asked));
        }
        let escalated = decide(timeline.first_handoff_request(), timeline.first_closing());
        if let Some((index, escalated)) = escalated {
            out.at(index, Metric::EscalationRate, Amount::trial(escalated));
        }
    }
}

fn first_responses(out: &mut Out<'_>, start: i64) {
    let timeline = out.timeline;
    let responses = || (0..timeline.events.len()).filter_map(|i| Some((i, timeline.responder(i)?)));
    let mut put = |metric, index: usize, since: i64| {
        out.at(index, metric, Amount::sample(micros(timeline.time(index) - since)));
    };
    if let Some((index, _)) = responses().next() {
        put(Metric::FirstResponseTime, index, start);
    }
    if let Some((index, _)) = responses().find(|(_, by)| *by == Party::Ai) {
        put(Metric::FirstResponseTimeAi, index, start);
    }
    let (after, since) = match timeline.first_handoff_request() {
        Some(request) => (request, timeline.time(request)),
        None => (0, start),
    };
    let mut human = responses().filter(|(index, by)| *by == Party::Human && *index >= after);
    if let Some((index, _)) = human.next() {
        put(Metric::FirstResponseTimeHuman, index, since);
    }
}

fn response_times(out: &mut Out<'_>) {
    let timeline = out.timeline;
    let mut unanswered = None;
    for (index, event) in timeline.events.iter().enumerate() {
        if timeline.responder(index).is_some() {
            if let Some(asked) = unanswered.take() {
                let amount = Amount::sample(micros(event.time - asked));
                out.at(index, Metric::ResponseTime, amount);
            }
        } else if is_customer_message(&event.kind) {
            unanswered.get_or_insert(event.time);
        }
    }
}

fn ai_response(out: &mut Out<'_>, index: usize, response: &AiResponse) {
    let AiResponse { outcome, confidence, latency, error, tokens, cost, .. } = response;
    if let Some(latency) = latency {
        out.at(index, Metric::AiLatency, Amount::sample(*latency));
    }
    let failed = *outcome == AiOutcome::Failed || *error;
    out.at(index, Metric::AiErrorRate, Amount::trial(failed));
    out.at(index, Metric::FallbackRate, Amount::trial(*outcome == AiOutcome::Fallback));
    if let Some(confidence) = confidence {
        out.at(index, Metric::AiConfidence, Amount::value(i64::from(*confidence)));
        let low = *confidence < out.settings(index).low_confidence;
        out.at(index, Metric::LowConfidenceRate, Amount::trial(low));
        out.at_extra(index, Metric::AiConfidenceBins, Amount::count(1), &bin(*confidence));
    }
    if let Some(cost) = cost {
        out.at(index, Metric::AiCost, Amount::value(*cost));
        out.at(index, Metric::ContactCost, Amount::value(*cost));
    }
    let tokens = tokens.0.saturating_add(tokens.1);
    if tokens > 0 {
        let micros = i64::try_from(tokens).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        out.at(index, Metric::AiTokens, Amount::value(micros));
    }
}

/// The tenth of the scale, 0 to 9, that a confidence in millionths lies in.
pub(super) fn bin(confidence: u32) -> String {
    (confidence / 100_000).min(9).to_string()
}

/// Whether the customer said something that wants an answer.
pub(super) fn is_customer_message(kind: &Kind) -> bool {
    matches!(kind, Kind::Message(message) if message.author == Party::Customer)
}

/// Millionths of a second in these nanoseconds.
pub(super) fn micros(nanoseconds: i64) -> i64 {
    nanoseconds.div_euclid(1_000)
}
