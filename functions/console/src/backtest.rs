//! What rules would have done over what is stored, as far as a caller waits for it.

use std::time::Duration;

use tocsin_domain::{
    alert::history::{RuleHistory, of_rules},
    id::TenantId,
    minute::Minute,
    rule::Rule,
};
use tocsin_score::backtest::Backtest;
use tocsin_shell::{rollups::Memo, store::StoreError};
use tokio::time::Instant;

use crate::Console;

/// Minutes that a backtest judges at most.
const SPAN: i32 = 14 * 1440;
/// How long it may take: the gateway waits for 29 s.
const PATIENCE: Duration = Duration::from_secs(20);
/// After so long it is known how fast it goes.
const PROBE: Duration = Duration::from_secs(2);
/// The part of what time suffices for at that pace that is tried: what comes may take longer.
const SURE: f64 = 0.8;

/// What rules would have done in the minutes `[from, to)`.
pub(crate) struct Done {
    /// In the order of the rules.
    pub(crate) rules: Vec<RuleHistory>,
    pub(crate) from: Minute,
    pub(crate) to: Minute,
    /// Whether time did not suffice for all days that are kept.
    pub(crate) is_cut: bool,
}

impl Console {
    /// What rules would have done in the latest days that are kept, as many as time suffices for.
    pub(crate) async fn would_have_done(
        &self,
        rules: &[Rule],
        tenant: &TenantId,
        now: i64,
    ) -> Result<Done, StoreError> {
        let (memo, begun) = (Memo::default(), Instant::now());
        let mut run = Backtest::new(&self.store, tenant, rules, &memo, now).await?;
        // The minute that runs is judged when it is over.
        let end = Minute::of(now);
        let first = run.first().unwrap_or(end).max(end.plus(-SPAN));
        let (mut from, mut at, mut is_paced) = (first, first, false);
        while at < end && begun.elapsed() < PATIENCE {
            run.judge(at).await?;
            at = at.plus(1);
            if !is_paced && begun.elapsed() >= PROBE {
                is_paced = true;
                let start = end.plus(-minutes_left(at.0 - from.0, begun.elapsed()));
                if start > at {
                    run.begin_anew();
                    (from, at) = (start, start);
                }
            }
        }
        let rules = of_rules(rules, &run.finish(), (from, at));
        Ok(Done { rules, from, to: at, is_cut: (from, at) != (first, end) })
    }
}

/// For how many more minutes the patience that is left suffices, when so many took so long.
#[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest minute there is")]
fn minutes_left(judged: i32, took: Duration) -> i32 {
    let left = PATIENCE.saturating_sub(took).as_secs_f64();
    (SURE * f64::from(judged) * left / took.as_secs_f64()) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_minutes_are_judged_as_patience_suffices_for() {
        assert_eq!(minutes_left(1_000, Duration::from_secs(2)), 7_200);
        assert_eq!(minutes_left(100, Duration::from_secs(10)), 80);
        assert_eq!(minutes_left(100, Duration::from_secs(25)), 0);
    }
}
