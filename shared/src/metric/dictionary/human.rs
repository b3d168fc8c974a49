//! The human agent's scorecard; never ranked together with the AI's.

use super::{DAY, define};
use crate::metric::{
    BadDirection::{Down, Up},
    Definition, Family,
    Kind::{Mean, Ratio},
    Metric,
};

pub(super) const METRICS: &[Definition] = &[
    define(Metric::Tone, "tone", Mean, "0..1", Down, Family::Handling)
        .says("Mean score of tone in evaluations about a human."),
    define(Metric::Empathy, "empathy", Mean, "0..1", Down, Family::Handling)
        .says("Mean score of empathy in evaluations about a human."),
    define(Metric::PolicyAdherence, "policy_adherence", Ratio, "share", Down, Family::Handling)
        .says("Of policy items evaluated: those passed."),
    define(Metric::HandoffQuality, "handoff_quality", Mean, "0..100", Down, Family::Handling)
        .horizon(DAY)
        .says(
            "Per handoff accepted: facts passed on (40), time to the first human response (20), \
             no filled fact asked again (20), no second transfer (10), sentiment not lower \
             after than before (10). Unknown parts drop out and the rest is rescaled.",
        ),
    define(
        Metric::RepeatYourselfRate,
        "repeat_yourself_rate",
        Ratio,
        "share",
        Up,
        Family::Handling,
    )
    .horizon(DAY)
    .says(
        "Of handoffs accepted: those after which, before the next, a human asked for a fact \
             that the customer had given before.",
    ),
];
