//! What rules would have announced over a tenant's own rollups, in virtual time; nothing is written or
//! delivered.
//!
//! The same evaluation as at a tick, at the end of each minute, on what counts now: an event that came
//! late is judged in the minute to which it belongs. Rollups do not tell when sources were heard of, so
//! rules about that are not tested, and no alert freezes because a source was silent or incomplete.

use tocsin_domain::{
    alert::{Change, history::Announced},
    id::TenantId,
    minute::{DAY, Hour, Minute},
    rule::{Condition, Rule},
};
use tocsin_shell::{
    rollups::{Memo, Reader},
    store::{
        Store, StoreError,
        alerts::{Changed, LiveAlerts},
    },
};

use crate::{
    after,
    evaluate::{self, Purpose},
    rerun::Rerun,
};

/// Changes are looked for so far back: as minutes are kept, and a day before.
const KEPT: i64 = 36 * DAY;

/// Whether rollups alone tell what a rule would have done.
pub fn is_testable(rule: &Rule) -> bool {
    match rule.condition {
        Condition::Threshold { .. }
        | Condition::Drop { .. }
        | Condition::Rise { .. }
        | Condition::Anomaly(_)
        | Condition::AfterChange(_)
        | Condition::Conflict(_)
        | Condition::Event(_)
        | Condition::Slo(_) => true,
        Condition::SilenceOf(_) => false,
    }
}

/// A run over a span of minutes, which goes on minute by minute.
pub struct Backtest<'a> {
    store: &'a Store,
    tenant: &'a TenantId,
    reader: Reader<'a>,
    rules: Vec<Rule>,
    detectors: Rerun,
    /// Everything that was deployed, oldest first.
    changes: Vec<Change>,
    live: LiveAlerts,
    announced: Vec<Announced>,
}

impl<'a> Backtest<'a> {
    /// A run of these rules on what counts now.
    pub async fn new(
        store: &'a Store,
        tenant: &'a TenantId,
        rules: &[Rule],
        memo: &'a Memo,
        now: i64,
    ) -> Result<Self, StoreError> {
        let reader = Reader::new(store, tenant, now).await?.remembering(memo);
        let rules: Vec<Rule> = rules.iter().filter(|rule| is_testable(rule)).cloned().collect();
        let detectors = Rerun::new(&reader, &rules, Minute::of(now)).await?;
        let changes = after::changes_between(store, tenant, (now - KEPT, now)).await?;
        let (live, announced) = (LiveAlerts::default(), Vec::new());
        Ok(Self { store, tenant, reader, rules, detectors, changes, live, announced })
    }

    /// The first minute of which anything is known; `None` of a tenant without events.
    pub fn first(&self) -> Option<Minute> {
        let snapshot = self.reader.snapshot();
        let open = snapshot.open.iter().filter_map(|delta| Some(delta.sums.range()?.0));
        open.chain(snapshot.head.first.map(Hour::start)).min()
    }

    /// Has detectors learn what was before a minute, as long as there is time for a day more. Where there
    /// is not, rules that rest on them are left out; their names.
    pub async fn learn(
        &mut self,
        before: Minute,
        is_time: impl Fn() -> bool,
    ) -> Result<Vec<String>, StoreError> {
        while self.detectors.learn(&self.reader, before).await? {
            if !is_time() {
                self.detectors = Rerun::default();
                let left_out = self.rules.extract_if(.., |rule| rule.condition.anomaly().is_some());
                return Ok(left_out.map(|rule| rule.name).collect());
            }
        }
        Ok(Vec::new())
    }

    /// Judges as at the end of this minute, which is later than the one before.
    pub async fn judge(&mut self, minute: Minute) -> Result<(), StoreError> {
        // Its last nanosecond: a window that ends now holds this minute whole, and nothing after it.
        let (now, rules) = (minute.plus(1).start() - 1, &self.rules);
        let reader = self.reader.at(now);
        let (live, at) = (
            &self.live,
            (now, Purpose::Backtest { detectors: &mut self.detectors, changes: &self.changes }),
        );
        let stepped = evaluate::evaluate(self.store, &reader, self.tenant, rules, live, at).await?;
        for changed in &stepped.changed {
            let Changed::Stored(alert) = changed else { continue };
            self.announced.extend(alert.delivery.unposted.iter().map(|posting| Announced {
                at: now,
                rule: alert.rule.clone(),
                alert: alert.id.clone(),
                transition: posting.transition,
            }));
        }
        self.live.alerts = stepped.alerts;
        for alert in self.live.alerts.values_mut() {
            alert.pending_notifications.clear();
            alert.delivery.unposted.clear();
        }
        Ok(())
    }

    /// What was announced, in order.
    pub fn announced(&self) -> &[Announced] {
        &self.announced
    }
}
