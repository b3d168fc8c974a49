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

/// What rules would have done in the minutes `[from, to)`.
pub(crate) struct Done {
    /// In the order of the rules, without those that were not judged.
    pub(crate) rules: Vec<RuleHistory>,
    /// Rules that were not judged: there was no time for their detectors to learn.
    pub(crate) not_judged: Vec<String>,
    pub(crate) from: Minute,
    pub(crate) to: Minute,
    /// Whether time did not suffice for the latest days.
    pub(crate) is_cut: bool,
}

impl Console {
    /// What rules would have done in the last 14 days, or in what is kept of them: from the first on, as far
    /// as time suffices.
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
        let not_judged = run.learn(first, || begun.elapsed() < LEARNING).await?;
        let mut at = first;
        while at < end && begun.elapsed() < PATIENCE {
            run.judge(at).await?;
            at = at.plus(1);
        }
        let is_judged = |rule: &&Rule| !not_judged.contains(&rule.name);
        let rules: Vec<Rule> = rules.iter().filter(is_judged).cloned().collect();
        let rules = of_rules(&rules, run.announced(), (first, at));
        Ok(Done { rules, not_judged, from: first, to: at, is_cut: at < end })
    }
}
