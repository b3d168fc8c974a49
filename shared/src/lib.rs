//! The domain of Tocsin: what happened between a company and its customers, how it is measured,
//! and when it is abnormal.
//!
//! # Architecture invariants
//!
//! * **Pure.** No I/O, no clock, no randomness, no `async`. Time arrives as an argument.
//! * **Total on events.** Bad input is an `Err` value; nothing here panics on wire data.
//! * **A function of the set.** What a conversation contributes depends on the set of its events,
//!   never on the order, the grouping or the number of their deliveries.
//! * **Integers.** Everything that is added up is an integer (counts, or millionths of a unit), so
//!   sums do not depend on the order of addition and can be subtracted exactly.
//! * **No AWS.** This crate's manifest names no `aws-*` and no `lambda_*` crate.
//!
//! # Reading order (the order data moves)
//!
//! [`decode`] (wire → event, masked by [`privacy`]) → [`chunk`] (what the queue carries) →
//! [`conversation`] and [`customer`] (sets of events → contributions) → [`sums`] (deltas and
//! segments) → [`compaction`] and [`cells`] (the rollups' tiers) → [`query`] (numbers for people) →
//! [`rule`] (judged) → [`alert`] (life cycle) → [`message`] (words).
//!
//! The vocabulary is in [`event`], [`metric`], [`dimension`], [`id`], [`minute`] and [`symbol`];
//! [`revision`] tells how late a trial turned.

pub mod alert;
pub mod cells;
pub mod chunk;
pub mod compaction;
pub mod conversation;
pub mod customer;
pub mod decode;
pub mod dimension;
pub mod event;
pub mod id;
pub mod message;
pub mod metric;
pub mod minute;
pub mod privacy;
pub mod query;
pub mod revision;
pub mod rule;
pub mod sketch;
pub mod sums;
pub mod symbol;
