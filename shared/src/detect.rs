//! Usual or unusual: detectors over one series each.
//!
//! # Invariants
//!
//! * **One pass, no look-ahead.** A score depends on the values up to it and on nothing later.
//! * **Bounded memory.** A detector keeps in memory what it stores: a state that was stored and
//!   restored ([`encoding`]) scores on as if it had never left.
//! * **Time is an argument**, and so is the place in the tenant's week ([`calendar`]).
//! * **The same everywhere.** Arithmetic and `libm` only: the same input gives the same bytes on
//!   every machine.
//! * **No number is no score.** Too little data is told apart from nothing unusual.
//!
//! # Reading order
//!
//! [`calendar`] → [`page`] (means, quantiles and gauges, for people on call) → [`seasonal`] (ratios
//! and small counts, for people on call) → [`watch`] (whichever suits a metric, over its series) →
//! [`novelty`] (anything never seen like this, for the feed
//! of insights) → [`episode`] (only records are news).

pub mod calendar;
pub mod encoding;
pub mod episode;
mod half;
pub mod novelty;
pub mod page;
pub mod seasonal;
pub mod watch;

/// Which changes matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// More than usual is bad.
    Up,
    /// Less than usual is bad.
    Down,
    /// Either.
    Both,
}
