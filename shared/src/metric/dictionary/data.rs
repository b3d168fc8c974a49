//! Data about the data: depends on arrival, is kept apart, and may over-count.

use super::define;
use crate::{
    dimension::Extra,
    metric::{
        BadDirection::{Both, Down, Up},
        Cut, Definition, Derivation, Family,
        Kind::{Count, Gauge, Ratio},
        Metric,
    },
};

pub(super) const METRICS: &[Definition] = &[
    define(Metric::FreshnessSeconds, "freshness_seconds", Gauge, "s", Up, Family::Data)
        .cut(Cut::Source)
        .says(
            "Now minus the time of the newest event or heartbeat; of several sources, the newest. \
             Known of the present alone.",
        ),
    define(Metric::LateEvents, "late_events", Count, "events", Up, Family::Data)
        .cut(Cut::Source)
        .says("Events received more than 60 s after they happened, at their receipt."),
    define(Metric::DuplicateEvents, "duplicate_events", Count, "events", Both, Family::Data)
        .cut(Cut::Source)
        .says("Deliveries of events already stored, at their receipt."),
    define(Metric::ConflictingEvents, "conflicting_events", Count, "events", Up, Family::Data)
        .cut(Cut::Source)
        .says("Deliveries of a stored event's identity with other content, at their receipt."),
    define(Metric::RejectedEvents, "rejected_events", Count, "events", Up, Family::Data)
        .cut(Cut::Source)
        .extra(Extra::Reason)
        .says("Events refused, by reason, at their receipt."),
    define(Metric::UnknownTypes, "unknown_types", Count, "events", Both, Family::Data)
        .cut(Cut::Source)
        .extra(Extra::Type)
        .says("Events of a type that the model does not know, at their receipt."),
    define(Metric::Uptime, "uptime", Ratio, "share", Down, Family::Data)
        .derived(Derivation::Uptime)
        .cut(Cut::Source)
        .says(
            "Of the minutes since a source's first heartbeat: those with an event or a heartbeat, \
             or that a heartbeat's interval covers (at most an hour). A source that never sent one \
             has none; one that is silent for 7 days is not expected after that. The latest 2 \
             minutes are left out, since they may still arrive.",
        ),
    define(Metric::Completeness, "completeness", Ratio, "share", Down, Family::Data)
        .derived(Derivation::Completeness)
        .cut(Cut::Source)
        .says(
            "At the end of the step, the least that is known of: uptime over the last hour; \
             conversations received over those that the platform reported for the same spans, by \
             reports of the last day; and of queue entries of the last day, those that left or \
             whose conversation ended, where one that has waited for less than an hour is not \
             counted. Of several sources, the least complete.",
        ),
];
