//! Conversations worked by hand, and what each contributes to which metric, at which minute.
//!
//! Every log is counted event by event, in order and backwards, and both must agree: what an event
//! decides is revised when a later one arrives, and an earlier one arriving late revises it too.
#![expect(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a test of small figures")]

mod ai;
mod confidence;
mod containment;
mod evaluations;
mod gauges;
mod handling;
mod handoff;
mod notation;
mod outcomes;
mod queueing;
mod responses;
mod routing;
mod signals;
mod sla;
mod stuck;
