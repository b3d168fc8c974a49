//! What only feeds other metrics, and is not shown by itself.

use super::{DAY, define};
use crate::{
    dimension::Extra,
    metric::{
        BadDirection::Both,
        Cut, Definition, Family,
        Kind::{Count, Gauge, Mean, Ratio},
        Metric,
    },
};

pub(super) const METRICS: &[Definition] = &[
    define(Metric::QueueCohort, "queue_cohort", Gauge, "conversations", Both, Family::Gauge)
        .cut(Cut::QueueAndChannel)
        .internal()
        .says(
            "Conversations still queued and the seconds into the minute at which they entered, at \
             that minute: feeds longest_wait.",
        ),
    define(Metric::CalibrationConfidence, "calibration_confidence", Mean, "0..1", Both, Family::Ai)
        .extra(Extra::Bin)
        .horizon(7 * DAY)
        .internal()
        .says("Confidence of AI responses by tenth: feeds calibration_error."),
    define(Metric::CalibrationGood, "calibration_good", Ratio, "share", Both, Family::Ai)
        .extra(Extra::Bin)
        .horizon(7 * DAY)
        .internal()
        .says(
            "AI responses that did not turn out badly, by tenth of their confidence: feeds \
             calibration_error.",
        ),
    define(Metric::StateAvailable, "state_available", Gauge, "agents", Both, Family::Gauge)
        .cut(Cut::AgentState)
        .internal()
        .says("Agents whose own state is available: feeds agents_available and occupancy."),
    define(Metric::StateBusy, "state_busy", Gauge, "agents", Both, Family::Gauge)
        .cut(Cut::AgentState)
        .internal()
        .says("Agents whose own state is handling or wrap_up: feeds agents_busy and occupancy."),
    define(Metric::StateSlotsTotal, "state_slots_total", Gauge, "slots", Both, Family::Gauge)
        .cut(Cut::AgentState)
        .internal()
        .says("Conversations that agents can hold at once: feeds slot_utilisation."),
    define(Metric::StateSlotsBusy, "state_slots_busy", Gauge, "slots", Both, Family::Gauge)
        .cut(Cut::AgentState)
        .internal()
        .says("Conversations that agents hold: feeds slot_utilisation."),
    define(Metric::ObservedAvailable, "observed_available", Gauge, "agents", Both, Family::Gauge)
        .cut(Cut::QueueAndChannel)
        .internal()
        .says("Agents available as queues report them: feeds agents_available."),
    define(Metric::ObservedBusy, "observed_busy", Gauge, "agents", Both, Family::Gauge)
        .cut(Cut::QueueAndChannel)
        .internal()
        .says("Agents busy as queues report them: feeds agents_busy."),
    define(Metric::DeflectionTurned, "deflection_turned", Count, "conversations", Both, Family::Ai)
        .extra(Extra::Age)
        .horizon(DAY)
        .internal()
        .says("Trials of deflection_rate that turned bad, by their age then."),
    define(
        Metric::DurableResolutionTurned,
        "durable_resolution_turned",
        Count,
        "conversations",
        Both,
        Family::Outcome,
    )
    .extra(Extra::Age)
    .horizon(7 * DAY)
    .internal()
    .says("Trials of durable_resolution_rate that turned bad, by their age then."),
    define(Metric::ReopenTurned, "reopen_turned", Count, "conversations", Both, Family::Outcome)
        .extra(Extra::Age)
        .horizon(7 * DAY)
        .internal()
        .says("Trials of reopen_rate that turned bad, by their age then."),
    define(
        Metric::FalseConfidenceTurned,
        "false_confidence_turned",
        Count,
        "responses",
        Both,
        Family::Ai,
    )
    .extra(Extra::Age)
    .horizon(7 * DAY)
    .internal()
    .says("Trials of false_confidence_rate that turned bad, by their age then."),
    define(Metric::SourceActivity, "source_activity", Gauge, "signs", Both, Family::Data)
        .cut(Cut::Source)
        .internal()
        .says(
            "Events and heartbeats at each minute, and heartbeats whose interval covers it: feeds \
             uptime and completeness.",
        ),
    define(Metric::QueueBalance, "queue_balance", Ratio, "share", Both, Family::Queue)
        .cut(Cut::Source)
        .internal()
        .says(
            "Of queue entries: those that left the queue or whose conversation ended, at the entry: \
             feeds completeness.",
        ),
];
