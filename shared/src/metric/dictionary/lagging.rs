//! The results: what came of it.

use super::{DAY, HOUR, define};
use crate::{
    dimension::Extra,
    metric::{
        BadDirection::{Both, Down, Up},
        Cut, Definition, Family,
        Kind::{Count, Distribution, Index, Ratio, Sum},
        Metric,
    },
};

pub(super) const METRICS: &[Definition] = &[
    define(Metric::HandleTime, "handle_time", Distribution, "s", Both, Family::Handling)
        .horizon(HOUR)
        .cut(Cut::NotByAgent)
        .partners(&[Metric::Reopens])
        .says(
            "Talk, hold and after-contact work over all agents' legs of a conversation, at the \
             last disconnect.",
        ),
    define(Metric::AgentHandleTime, "agent_handle_time", Distribution, "s", Both, Family::Handling)
        .horizon(HOUR)
        .partners(&[Metric::FirstResponseTimeHuman, Metric::ReopenRate])
        .says("Talk, hold and after-contact work of one agent's leg, at its disconnect."),
    define(Metric::ResolutionRate, "resolution_rate", Ratio, "share", Down, Family::Outcome)
        .horizon(DAY)
        .says(
            "Of conversations resolved or ended: those resolved. A later resolution moves the \
             trial to its own minute.",
        ),
    define(Metric::ResolutionTime, "resolution_time", Distribution, "s", Up, Family::Outcome)
        .says("From the start to the first resolution."),
    define(Metric::Csat, "csat", Ratio, "share", Down, Family::Voice)
        .partners(&[Metric::EscalationRate])
        .says("Of satisfaction answers: those of at least 80 % of the scale (4 or 5 of 5)."),
    define(Metric::Nps, "nps", Index, "-100..100", Down, Family::Voice)
        .says("Percentage of answers 9 or 10 minus percentage of answers 0 to 6."),
    define(
        Metric::RepeatContactRate24h,
        "repeat_contact_rate_24h",
        Ratio,
        "share",
        Up,
        Family::Contact,
    )
    .partners(&[Metric::DeflectionRate])
    .says(
        "Of starts by known customers: those with another start by the same customer in the \
             24 hours before.",
    ),
    define(
        Metric::RepeatContactRate7d,
        "repeat_contact_rate_7d",
        Ratio,
        "share",
        Up,
        Family::Contact,
    )
    .says(
        "Of starts by known customers: those with another start by the same customer in the \
             7 days before.",
    ),
    define(Metric::Reopens, "reopens", Count, "conversations", Up, Family::Outcome)
        .partners(&[Metric::HandleTime])
        .says("Reopenings, when they happen."),
    define(Metric::ReopenRate, "reopen_rate", Ratio, "share", Up, Family::Outcome)
        .turned(Metric::ReopenTurned)
        .horizon(7 * DAY)
        .partners(&[Metric::AgentHandleTime, Metric::FirstResponseTimeHuman])
        .says(
            "Of resolutions: those reopened before the next one and within 7 days, credited to \
             the resolution.",
        ),
    define(
        Metric::DurableResolutionRate,
        "durable_resolution_rate",
        Ratio,
        "share",
        Down,
        Family::Outcome,
    )
    .turned(Metric::DurableResolutionTurned)
    .horizon(7 * DAY)
    .says(
        "Of first resolutions: those neither reopened nor followed by the same customer's \
             next contact within 7 days.",
    ),
    define(Metric::RevenueAtRisk, "revenue_at_risk", Sum, "currency", Up, Family::Outcome)
        .extra(Extra::Currency)
        .horizon(DAY)
        .says(
            "Order value of conversations that ended unresolved, abandoned, negative or with a \
             low satisfaction score, at the end.",
        ),
    define(Metric::Retention, "retention", Ratio, "share", Down, Family::Outcome)
        .says("Of customers whose outcome is known: those retained."),
    define(Metric::ContactCost, "contact_cost", Sum, "USD", Up, Family::Handling)
        .says("Cost of AI turns, and of agents' minutes at the configured rate."),
];
