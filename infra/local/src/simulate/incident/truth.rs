//! The label of an incident: what a detector ought to find, where and when.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{
    Cell, Deployment, Incident, IncidentKind,
    influence::{HOLIDAY_VOLUME, Influence, MISSING_STAFF},
};
use crate::simulate::{
    ai_turns::{AT_EASE, FALLBACK, FLAWED_FALLBACK, MEDIAN_LATENCY},
    centre,
    human_leg::CONTEXT,
    reviews::CORRECT,
};

/// The record of one incident, one line of the file of truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Truth {
    /// What happened: the name of a kind, or a severe failure.
    pub(crate) kind: &'static str,
    /// Its first instant.
    pub(crate) start: Timestamp,
    /// The first instant at which it was over.
    pub(crate) end: Timestamp,
    /// Where it shows; an empty cell is the tenant as a whole.
    pub(crate) cells: Vec<Cell>,
    /// Metrics that it moves, the first to move first.
    pub(crate) metrics: Vec<&'static str>,
    /// Whether each goes up or down.
    pub(crate) moves: BTreeMap<&'static str, Move>,
    /// Whether anything is wrong: a holiday is not, and ought not to wake anybody.
    pub(crate) harmful: bool,
    /// How large it is.
    pub(crate) size: Size,
    /// The version to blame, if one is.
    pub(crate) deployment: Option<Deployment>,
}

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Move {
    Up,
    Down,
    /// Up at some hours and down at others.
    Both,
}

/// One quantity of the simulated centre that the incident sets, before and during it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Size {
    /// A metric, or what stands behind one.
    pub(crate) quantity: &'static str,
    /// During by before.
    pub(crate) factor: f64,
    /// In everyday life, where it is one number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<f64>,
    /// While the incident holds, at its end where it grows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) during: Option<f64>,
}

impl Incident {
    /// Its label, by the clocks of this zone.
    pub(crate) fn truth(&self, zone: &TimeZone) -> Truth {
        let moves = moves(self.kind);
        Truth {
            kind: self.kind.name(),
            start: self.start,
            end: self.end,
            cells: vec![self.cell()],
            metrics: moves.iter().map(|(metric, _)| *metric).collect(),
            moves: moves.iter().copied().collect(),
            harmful: !matches!(
                self.kind,
                IncidentKind::Holiday | IncidentKind::Campaign | IncidentKind::ClockChange
            ),
            size: self.size(),
            deployment: self.deployment(zone),
        }
    }

    fn size(&self) -> Size {
        let influence = Influence::of(self.kind);
        let factor = |quantity, factor| Size { quantity, factor, before: None, during: None };
        let rates = |quantity, before: f64, during: f64| Size {
            quantity,
            factor: round(during / before),
            before: Some(round(before)),
            during: Some(round(during)),
        };
        let escalated = |times: f64| centre::escalation(|share| (share * times).min(0.95));
        match self.kind {
            IncidentKind::FlawedAnswers => rates("fallback_rate", FALLBACK, FLAWED_FALLBACK),
            IncidentKind::DeflectionDrop => factor("deflection_rate", 1.0 - influence.lost),
            IncidentKind::EscalationSurge
            | IncidentKind::SlowDrift
            | IncidentKind::SegmentHarmed => {
                rates("escalation_rate", escalated(1.0), escalated(influence.escalation))
            }
            IncidentKind::AgentRequestSurge => factor("agent_request_rate", influence.requests),
            IncidentKind::ConfidenceDecline => {
                rates("ai_confidence", AT_EASE, AT_EASE + influence.confidence)
            }
            IncidentKind::SlowAi => {
                let median = MEDIAN_LATENCY * 1_000.0;
                rates("ai_latency", median, median * influence.latency)
            }
            IncidentKind::WrongAnswers => {
                rates("answer_accuracy", CORRECT, CORRECT * (1.0 - influence.wrong))
            }
            IncidentKind::QueueOverload => factor("staff", MISSING_STAFF),
            IncidentKind::BadHandoffs => {
                rates("context_fields", CONTEXT, CONTEXT * influence.context)
            }
            IncidentKind::EfficiencyOverResolution => factor("handle_time", influence.handle),
            IncidentKind::SourceSilent => factor("events", 0.0),
            IncidentKind::DelayedCloses => factor("closes", 0.0),
            IncidentKind::Holiday => factor("contacts", HOLIDAY_VOLUME),
            IncidentKind::Campaign => factor("contacts", 1.0 + self.surge),
            IncidentKind::ClockChange => factor("contacts", 1.0),
        }
    }
}

/// The label of an answer that a reviewer calls a severe failure of brand safety: one is enough, on any day.
pub(in crate::simulate) fn severe_failure(at: Timestamp) -> Truth {
    let moves = [("signals", Move::Up), ("brand_safety", Move::Down)];
    Truth {
        kind: "severe_brand_failure",
        start: at,
        end: at.saturating_add(SignedDuration::from_mins(1)).unwrap_or(at),
        cells: vec![Cell { signal: Some("severe_brand_failure"), ..Cell::default() }],
        metrics: moves.iter().map(|(metric, _)| *metric).collect(),
        moves: moves.into(),
        harmful: true,
        size: Size { quantity: "brand_safety", factor: 0.0, before: None, during: Some(0.0) },
        deployment: None,
    }
}

/// Metrics that move, in the incident's cell and span, against the same time without it.
fn moves(kind: IncidentKind) -> &'static [(&'static str, Move)] {
    use Move::{Both, Down, Up};
    match kind {
        IncidentKind::FlawedAnswers => &[
            ("fallback_rate", Up),
            ("escalation_rate", Up),
            ("agent_request_rate", Up),
            ("contacts", Up),
            ("containment_rate", Down),
            ("sentiment", Down),
            ("service_level", Down),
        ],
        IncidentKind::DeflectionDrop => &[
            ("deflection_rate", Down),
            ("escalation_rate", Up),
            ("containment_rate", Down),
            ("resolution_rate", Down),
        ],
        IncidentKind::EscalationSurge => {
            &[("escalation_rate", Up), ("containment_rate", Down), ("deflection_rate", Down)]
        }
        IncidentKind::AgentRequestSurge => {
            &[("agent_request_rate", Up), ("escalation_rate", Up), ("containment_rate", Down)]
        }
        IncidentKind::ConfidenceDecline => {
            &[("ai_confidence", Down), ("low_confidence_rate", Up), ("fallback_rate", Up)]
        }
        IncidentKind::SlowAi => &[
            ("ai_latency", Up),
            ("response_time", Up),
            ("first_response_time_ai", Up),
            ("ai_error_rate", Up),
        ],
        IncidentKind::WrongAnswers => &[
            ("answer_accuracy", Down),
            ("false_confidence_rate", Up),
            ("csat", Down),
            ("repeat_contact_rate_24h", Up),
        ],
        IncidentKind::QueueOverload => {
            &[("service_level", Down), ("speed_of_answer", Up), ("abandonment_rate", Up)]
        }
        IncidentKind::SegmentHarmed => &[
            ("fallback_rate", Up),
            ("escalation_rate", Up),
            ("resolution_rate", Down),
            ("csat", Down),
        ],
        IncidentKind::BadHandoffs => {
            &[("handoff_quality", Down), ("repeat_yourself_rate", Up), ("csat", Down)]
        }
        IncidentKind::EfficiencyOverResolution => {
            &[("handle_time", Down), ("reopen_rate", Up), ("reopens", Up), ("csat", Down)]
        }
        IncidentKind::SlowDrift => {
            &[("escalation_rate", Up), ("containment_rate", Down), ("ai_confidence", Down)]
        }
        IncidentKind::SourceSilent => {
            &[("completeness", Down), ("uptime", Down), ("contacts", Down)]
        }
        IncidentKind::DelayedCloses => &[("backlog", Up), ("resolution_time", Up)],
        IncidentKind::Holiday => &[("contacts", Down)],
        IncidentKind::Campaign => &[("contacts", Up)],
        IncidentKind::ClockChange => &[("contacts", Both)],
    }
}

/// Four decimals.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
