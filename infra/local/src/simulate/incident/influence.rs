//! What incidents change in a conversation's life: factors and shares, all neutral in everyday life.

use super::{Incident, IncidentKind};
use crate::simulate::event::millis_after;

/// What the incidents in force change for one conversation at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::simulate) struct Influence {
    /// Multiplies the share of conversations that the AI agent passes on.
    pub(in crate::simulate) escalation: f64,
    /// Multiplies the share of conversations in which the customer asks for a person.
    pub(in crate::simulate) requests: f64,
    /// Share of the conversations that would have ended well with the AI agent and do not.
    pub(in crate::simulate) lost: f64,
    /// Added to the confidence that the AI agent reports.
    pub(in crate::simulate) confidence: f64,
    /// Multiplies the AI agent's latency.
    pub(in crate::simulate) latency: f64,
    /// Multiplies the share of the AI agent's turns that break.
    pub(in crate::simulate) failures: f64,
    /// Multiplies the share of the AI agent's turns that fall back.
    pub(in crate::simulate) fallback: f64,
    /// Share of the AI agent's answers that are wrong and sure.
    pub(in crate::simulate) wrong: f64,
    /// Multiplies the share of facts that reach the human agent.
    pub(in crate::simulate) context: f64,
    /// Added to the share of handoffs in which a known fact is asked for again.
    pub(in crate::simulate) asks_again: f64,
    /// Multiplies the time that human agents take.
    pub(in crate::simulate) handle: f64,
    /// Multiplies the share of resolved cases that are reopened.
    pub(in crate::simulate) reopen: f64,
    /// Added to how the customer feels at the end.
    pub(in crate::simulate) mood: f64,
}

impl Influence {
    /// Everyday life.
    pub(in crate::simulate) const NONE: Self = Self {
        escalation: 1.0,
        requests: 1.0,
        lost: 0.0,
        confidence: 0.0,
        latency: 1.0,
        failures: 1.0,
        fallback: 1.0,
        wrong: 0.0,
        context: 1.0,
        asks_again: 0.0,
        handle: 1.0,
        reopen: 1.0,
        mood: 0.0,
    };

    /// What an incident of this kind changes at its full size.
    pub(in crate::simulate) fn of(kind: IncidentKind) -> Self {
        let none = Self::NONE;
        match kind {
            IncidentKind::DeflectionDrop => Self { lost: 0.2, ..none },
            IncidentKind::EscalationSurge => Self { escalation: 2.0, ..none },
            IncidentKind::AgentRequestSurge => Self { requests: 2.5, ..none },
            IncidentKind::ConfidenceDecline => Self { confidence: -0.2, fallback: 1.5, ..none },
            IncidentKind::SlowAi => Self { latency: 4.0, failures: 5.0, ..none },
            IncidentKind::WrongAnswers => Self { wrong: 0.6, ..none },
            IncidentKind::SegmentHarmed => {
                Self { escalation: 2.0, fallback: 2.5, lost: 0.35, mood: -0.3, ..none }
            }
            IncidentKind::BadHandoffs => Self { context: 0.3, asks_again: 0.7, mood: -0.2, ..none },
            IncidentKind::EfficiencyOverResolution => {
                Self { handle: 0.6, reopen: 7.0, mood: -0.2, ..none }
            }
            IncidentKind::SlowDrift => Self { escalation: 1.8, confidence: -0.08, ..none },
            // What these change is not in the conversations themselves.
            IncidentKind::FlawedAnswers
            | IncidentKind::QueueOverload
            | IncidentKind::SourceSilent
            | IncidentKind::DelayedCloses
            | IncidentKind::Holiday
            | IncidentKind::Campaign
            | IncidentKind::ClockChange => none,
        }
    }

    /// Both together.
    #[must_use]
    pub(in crate::simulate) fn and(self, other: Self) -> Self {
        Self {
            escalation: self.escalation * other.escalation,
            requests: self.requests * other.requests,
            lost: self.lost + other.lost,
            confidence: self.confidence + other.confidence,
            latency: self.latency * other.latency,
            failures: self.failures * other.failures,
            fallback: self.fallback * other.fallback,
            wrong: self.wrong + other.wrong,
            context: self.context * other.context,
            asks_again: self.asks_again + other.asks_again,
            handle: self.handle * other.handle,
            reopen: self.reopen * other.reopen,
            mood: self.mood + other.mood,
        }
    }

    /// The same at this share of its size.
    fn scaled(self, share: f64) -> Self {
        let factor = |full: f64| 1.0 + (full - 1.0) * share;
        Self {
            escalation: factor(self.escalation),
            requests: factor(self.requests),
            lost: self.lost * share,
            confidence: self.confidence * share,
            latency: factor(self.latency),
            failures: factor(self.failures),
            fallback: factor(self.fallback),
            wrong: self.wrong * share,
            context: factor(self.context),
            asks_again: self.asks_again * share,
            handle: factor(self.handle),
            reopen: factor(self.reopen),
            mood: self.mood * share,
        }
    }
}

impl Incident {
    /// What it changes for a conversation about this intent by a customer of this segment.
    pub(in crate::simulate) fn influence(&self, intent: &str, segment: &str, at: i64) -> Influence {
        let cell = self.cell();
        let concerns = |value: Option<&str>, actual| value.is_none_or(|value| value == actual);
        if !self.holds(at) || !concerns(cell.intent, intent) || !concerns(cell.segment, segment) {
            return Influence::NONE;
        }
        let full = Influence::of(self.kind);
        if self.kind == IncidentKind::SlowDrift { full.scaled(self.progress(at)) } else { full }
    }

    /// Multiplies the staff of a queue.
    pub(in crate::simulate) fn staff(&self, queue: &str, at: i64) -> f64 {
        let is_concerned = self.cell().queue.is_none_or(|concerned| concerned == queue);
        let is = |kind| self.kind == kind && self.holds(at) && is_concerned;
        if is(IncidentKind::QueueOverload) {
            MISSING_STAFF
        } else if is(IncidentKind::Holiday) {
            HOLIDAY_STAFF
        } else {
            1.0
        }
    }

    /// Multiplies the number of people who write.
    pub(in crate::simulate) fn volume(&self, at: i64) -> f64 {
        let is_holiday = self.kind == IncidentKind::Holiday && self.holds(at);
        if is_holiday { HOLIDAY_VOLUME } else { 1.0 }
    }

    /// How much of it has passed, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of an incident")]
    fn progress(&self, at: i64) -> f64 {
        let (start, end) = (millis_after(self.start), millis_after(self.end));
        (at - start) as f64 / (end - start).max(1) as f64
    }
}

/// Share of a queue's agents who are left when it is overloaded.
pub(super) const MISSING_STAFF: f64 = 0.34;
/// Share of agents at work on a holiday.
const HOLIDAY_STAFF: f64 = 0.5;
/// Share of customers who write on a holiday.
pub(super) const HOLIDAY_VOLUME: f64 = 0.35;
