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
//! [`platform`] (a vendor's delivery → canonical events) → [`decode`] (wire → event, masked by
//! [`privacy`], with what is [`derived`] from its text) →
//! [`chunk`] (what the queue carries) → [`conversation`], [`customer`] and [`agent`] (sets of events,
//! and the [`configuration`] → contributions) → [`sums`] (deltas and segments) → [`compaction`] and
//! [`cells`] (the rollups' tiers), [`wait`] (sampled) → [`query`] (numbers for people) →
//! [`detect`] (usual or unusual) → [`rule`] (judged) → [`evidence`] (why) → [`alert`] (life cycle) →
//! [`silence`] and [`policy`] (who is told what, and when) → [`message`] (words). [`audit`] says who did
//! what.
//!
//! The vocabulary is in [`event`], [`metric`], [`dimension`], [`id`], [`minute`], [`rfc3339`] and
//! [`symbol`]; [`revision`] tells how late a trial turned, [`heard`] when sources gave signs of life.

pub mod agent;
pub mod alert;
pub mod audit;
pub mod cells;
pub mod chunk;
pub mod compaction;
pub mod configuration;
pub mod conversation;
pub mod customer;
pub mod decode;
pub mod derived;
pub mod detect;
pub mod dimension;
pub mod event;
pub mod evidence;
pub mod heard;
pub mod id;
pub mod message;
pub mod metric;
pub mod minute;
pub mod platform;
pub mod policy;
pub mod privacy;
pub mod query;
pub mod revision;
pub mod rfc3339;
pub mod rule;
pub mod sabotage;
pub mod silence;
pub mod sketch;
pub mod sums;
pub mod symbol;
pub mod wait;
