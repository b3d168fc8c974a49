//! Data about the data: depends on arrival, is kept apart, and may over-count.

use super::define;
use crate::{
    dimension::Extra,
    metric::{
        BadDirection::{Both, Up},
        Cut, Definition, Family,
        Kind::{Count, Gauge},
        Metric,
    },
};

pub(super) const METRICS: &[Definition] = &[
    define(Metric::FreshnessSeconds, "freshness_seconds", Gauge, "s", Up, Family::Data)
        .cut(Cut::Source)
        .says(
            "Now minus the time of the newest event that changed a count; known of the present \
             alone.",
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
];
