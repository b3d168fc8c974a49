//! The AI agent's scorecard.

use super::{DAY, HOUR, define};
use crate::{
    dimension::Extra,
    metric::{
        BadDirection::{Both, Down, Up},
        Cut, Definition, Derivation, Family,
        Kind::{Count, Distribution, Index, Mean, Ratio, Sum},
        Metric,
    },
};

pub(super) const METRICS: &[Definition] = &[
    define(Metric::AiLatency, "ai_latency", Distribution, "ms", Up, Family::Ai)
        .says("Latency of AI responses."),
    define(Metric::AiErrorRate, "ai_error_rate", Ratio, "share", Up, Family::Ai)
        .says("Of AI responses: those that failed or carry an error."),
    define(Metric::FallbackRate, "fallback_rate", Ratio, "share", Up, Family::Ai)
        .says("Of AI responses: those that fell back."),
    define(Metric::AiConfidence, "ai_confidence", Mean, "0..1", Down, Family::Ai)
        .says("Mean confidence of AI responses that state one."),
    define(Metric::AiConfidenceBins, "ai_confidence_bins", Count, "responses", Both, Family::Ai)
        .extra(Extra::Bin)
        .says("AI responses by tenth of the confidence scale."),
    define(Metric::LowConfidenceRate, "low_confidence_rate", Ratio, "share", Up, Family::Ai).says(
        "Of AI responses that state a confidence: those below the threshold (0.5 unless \
             configured).",
    ),
    define(Metric::IntentAccuracy, "intent_accuracy", Ratio, "share", Down, Family::Ai)
        .extra(Extra::Evaluator)
        .says("Of evaluations of the intent: those passed, by evaluator and never pooled."),
    define(Metric::AnswerAccuracy, "answer_accuracy", Ratio, "share", Down, Family::Ai)
        .extra(Extra::Evaluator)
        .partners(&[Metric::FirstResponseTime])
        .says("Of evaluations of the answer: those passed, by evaluator and never pooled."),
    define(Metric::BrandSafety, "brand_safety", Ratio, "share", Down, Family::Ai)
        .says("Of evaluations of brand safety: those passed."),
    define(Metric::EscalationRate, "escalation_rate", Ratio, "share", Up, Family::Ai)
        .partners(&[Metric::Csat])
        .says(
            "Of AI-involved conversations: those with a handoff request before they were \
             resolved or ended.",
        ),
    define(Metric::ContainmentRate, "containment_rate", Ratio, "share", Down, Family::Ai).says(
        "Of AI-involved conversations: those resolved or ended, not by time-out, with no \
             handoff request and no human before.",
    ),
    define(Metric::DeflectionRate, "deflection_rate", Ratio, "share", Down, Family::Ai)
        .turned(Metric::DeflectionTurned)
        .horizon(DAY)
        .partners(&[Metric::RepeatContactRate24h])
        .says(
            "Like containment, but only conversations that were not abandoned, failed or \
             negative at the end, and whose customer did not come back within 24 hours.",
        ),
    define(
        Metric::AutonomousResolutionRateConfirmed,
        "autonomous_resolution_rate_confirmed",
        Ratio,
        "share",
        Down,
        Family::Ai,
    )
    .says(
        "Of AI-involved conversations: those whose first resolution was by AI and \
             confirmed, with no handoff request and no human.",
    ),
    define(
        Metric::AutonomousResolutionRateAssumed,
        "autonomous_resolution_rate_assumed",
        Ratio,
        "share",
        Down,
        Family::Ai,
    )
    .says(
        "Of AI-involved conversations: those whose first resolution was by AI and not \
             confirmed, with no handoff request and no human.",
    ),
    define(Metric::EscalationRecall, "escalation_recall", Ratio, "share", Down, Family::Ai)
        .horizon(HOUR)
        .says(
            "Of AI responses below the confidence threshold: those where it or the next \
             response clarified, or a handoff was requested before the one after.",
        ),
    define(Metric::FalseConfidenceRate, "false_confidence_rate", Ratio, "share", Up, Family::Ai)
        .turned(Metric::FalseConfidenceTurned)
        .horizon(7 * DAY)
        .says(
            "Of AI responses with a confidence of at least 0.8: those that turned out badly \
             within 7 days (answer failed, thumb down, low satisfaction, reopened, or the \
             customer asked for a person).",
        ),
    define(Metric::CalibrationError, "calibration_error", Index, "share", Up, Family::Ai)
        .derived(Derivation::Calibration)
        .horizon(7 * DAY)
        .says(
            "Over tenths of the confidence scale, weighted by count: how far the mean \
             confidence lies from the share that did not turn out badly.",
        ),
    define(
        Metric::StuckConversations,
        "stuck_conversations",
        Count,
        "conversations",
        Up,
        Family::Ai,
    )
    .says(
        "Third AI turns in a row with the same intent and none answered, or with the same \
             answer; once a run.",
    ),
    define(Metric::MisrouteRate, "misroute_rate", Ratio, "share", Up, Family::Outcome)
        .horizon(HOUR)
        .says(
            "Of handoffs accepted, or queue answers without one within 60 s: those transferred \
             within 5 minutes or for a wrong queue, before the next.",
        ),
    define(Metric::IntentDrift, "intent_drift", Index, "PSI", Up, Family::Ai)
        .derived(Derivation::IntentDrift)
        .cut(Cut::Total)
        .says(
            "Population stability index of the intents of a day against the 28 days before: the 20 \
             largest of those and a rest; shares floored at 0.0001, and at least 200 on either \
             side.",
        ),
    define(Metric::ConfidenceDrift, "confidence_drift", Index, "PSI", Up, Family::Ai)
        .derived(Derivation::ConfidenceDrift)
        .cut(Cut::Total)
        .says(
            "Population stability index of AI confidence of a day against the 28 days before, in \
             ten equal bins; shares floored at 0.0001, and at least 200 on either side.",
        ),
    define(Metric::SegmentDisparity, "segment_disparity", Index, "ratio", Both, Family::Outcome)
        .derived(Derivation::Disparity)
        .cut(Cut::Total)
        .says(
            "A rate in the segment or language where it is worst for customers, over that where \
             it is best; 1 is parity. One series for each rate (metric: resolution_rate, \
             escalation_rate, answer_accuracy by evaluator) and each cut (dimension: segment, \
             language), among groups of at least 30 trials.",
        ),
    define(Metric::AiCost, "ai_cost", Sum, "USD", Up, Family::Ai).says("Cost of AI responses."),
    define(Metric::AiTokens, "ai_tokens", Sum, "tokens", Both, Family::Ai)
        .says("Input and output tokens of AI responses."),
];
