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
/// The part of it in which detectors learn what was before.
const LEARNING: Duration = Duration::from_secs(8);
/// After so long it is known how fast it goes.
const PROBE: Duration = Duration::from_secs(2);
/// The part of what time suffices for at that pace that is tried: what comes may take longer.
const SURE: f64 = 0.8;

/// What rules would have done in the minutes `[from, to)`.
pub(crate) struct Done {
    /// In the order of the rules, without those that were not judged.
    pub(crate) rules: Vec<RuleHistory>,
    /// Rules that were not judged: there was no time for their detectors to learn.
    pub(crate) not_judged: Vec<String>,
    pub(crate) from: Minute,
    pub(crate) to: Minute,
    /// Whether time did not suffice for the last 14 days, or for all that is kept where that is less.
    pub(crate) is_cut: bool,
}

impl Console {
    /// What rules would have done in the last 14 days, or in as many of them as are kept and as there is
    /// time for.
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
        let mut not_judged = run.learn(first, || begun.elapsed() < LEARNING).await?;
        let (mut from, mut at, mut is_paced) = (first, first, false);
        let judging = Instant::now();
        while at < end && begun.elapsed() < PATIENCE {
            run.judge(at).await?;
            at = at.plus(1);
            if !is_paced && judging.elapsed() >= PROBE {
                is_paced = true;
                let left = PATIENCE.saturating_sub(begun.elapsed());
                let start = end.plus(-fitting(at.0 - from.0, judging.elapsed(), left));
                if start > at {
                    run.begin_anew();
                    not_judged.extend(run.learn(start, || begun.elapsed() < PATIENCE).await?);
                    (from, at) = (start, start);
                }
            }
        }
        let is_judged = |rule: &&Rule| !not_judged.contains(&rule.name);
        let rules: Vec<Rule> = rules.iter().filter(is_judged).cloned().collect();
        let rules = of_rules(&rules, run.announced(), (from, at));
        Ok(Done { rules, not_judged, from, to: at, is_cut: (from, at) != (first, end) })
    }
}

/// How many minutes fit in the time that is left, when so many took so long.
#[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest minute there is")]
fn fitting(judged: i32, took: Duration, left: Duration) -> i32 {
    (SURE * f64::from(judged) * left.as_secs_f64() / took.as_secs_f64()) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_minutes_are_judged_as_fit() {
        let seconds = Duration::from_secs;
        assert_eq!(fitting(1_000, seconds(2), seconds(18)), 7_200);
        assert_eq!(fitting(100, seconds(10), seconds(10)), 80);
        assert_eq!(fitting(100, seconds(10), Duration::ZERO), 0);
    }
}
