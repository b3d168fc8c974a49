//! `event`: one event is enough.
//!
//! Signals are contributions, as exact as the counts: `signals` counts them by kind, and the
//! conversations behind them are its exemplars.
//!
//! There is one alert for a cell, not for a conversation: ten conversations that one fault makes stuck
//! are one page with ten exemplars, and who is paged looks at the newest anyway. It stays while the
//! window holds one, so it closes when none came for as long.

use super::{Judgement, Verdict};
use crate::sums::Amount;

/// A single event that is worth attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// An answer failed an evaluation of brand safety severely.
    SevereBrandFailure,
    /// The last three scores of a customer became negative, and the conversation is open.
    LiveNegative,
    /// A conversation goes in circles.
    Stuck,
    /// A conversation was transferred for the third time.
    ThirdTransfer,
}

impl Signal {
    /// All.
    pub const ALL: [Self; 4] =
        [Self::SevereBrandFailure, Self::LiveNegative, Self::Stuck, Self::ThirdTransfer];

    /// The name on the wire, and the value of the metric's own dimension.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SevereBrandFailure => "severe_brand_failure",
            Self::LiveNegative => "live_negative",
            Self::Stuck => "stuck",
            Self::ThirdTransfer => "third_transfer",
        }
    }
}

/// Judges a window's signals.
pub(super) fn judge(window: &Amount, minutes: i32) -> Judgement {
    let verdict = if window.count > 0 { Verdict::Open } else { Verdict::Clear };
    #[expect(clippy::cast_precision_loss, reason = "signals are few")]
    let value = Some(window.count.max(0) as f64);
    let n = window.count;
    Judgement { verdict, value, expected: None, n, window: minutes, reason: None }
}
