//! What must hold when a run is over: counts, texts, dead letters, messages.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use tocsin_domain::{
    alert::Alert,
    chunk::EventText,
    configuration::Configuration,
    id::{ConversationId, KeyedHash},
    minute::Minute,
    sabotage,
};
use tocsin_shell::{store::Store, verify};

use crate::{
    erasure::Gone,
    policy,
    run::{EVENTS, POISON, Run},
    table::{Table, text},
    truth::{Truth, truth},
    world::State,
};

/// What came of a run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What is not as it must be; empty where all is well.
    pub(crate) problems: Vec<String>,
    /// Cells compared.
    pub(crate) cells: usize,
    /// Moments at which the rollups were held against what they are made of.
    pub(crate) moments: usize,
    /// Notifications that went out.
    pub(crate) published: usize,
    /// Fingerprint of every call.
    pub(crate) trace: (u64, u64),
}
impl Run {
    /// Holds what the run left behind against the truth.
    pub(crate) async fn judge(&mut self) -> Outcome {
        let end = self.world.lock().moment();
        let (store, now) = (end.store(), end.now);
        let mut outcome = Outcome::default();
        outcome.problems.append(&mut self.problems);
        self.judge_moments(&mut outcome).await;
        outcome.problems.append(&mut self.read_problems.lock().expect("in hand"));
        // The truth is nobody's to sabotage.
        sabotage::set(None);
        let truth = truth(&self.events, &self.tenant, &self.vaults[0], now);
        sabotage::set(self.sabotage);
        match verify::compare(&store, &self.tenant, &truth.sums, now).await {
            Ok(report) => {
                outcome.cells = report.minute_cells + report.hour_cells;
                let differs = |one: &verify::Difference| format!("{one:?}");
                outcome.problems.extend(report.differences.iter().map(differs));
            }
            Err(error) => outcome.problems.push(format!("the rollups can not be read: {error}")),
        }
        if let Err(error) = self.judge_alerts(&store, now, &mut outcome.problems).await {
            outcome.problems.push(format!("the alerts can not be read: {error}"));
        }
        let gone = self.gone();
        if let Err(error) = self.judge_erasure(&store, &gone, now, &mut outcome.problems).await {
            outcome.problems.push(format!("what is stored can not be read: {error}"));
        }
        let world = self.world.lock();
        judge_remains(&world, &truth, &gone, &mut outcome.problems);
        outcome.published = world.published.len();
        outcome.trace = world.trace();
        outcome
    }

    /// At every moment the rollups say what the conversations, customers and agents add up to.
    async fn judge_moments(&self, outcome: &mut Outcome) {
        let moments = std::mem::take(&mut self.world.lock().moments);
        outcome.moments = moments.len();
        for moment in moments {
            let (store, configuration) = (moment.store(), Configuration::default());
            match verify::verify(&store, &self.tenant, &configuration, moment.now).await {
                Ok(report) => {
                    let differs = |one: &verify::Difference| format!("meanwhile: {one:?}");
                    outcome.problems.extend(report.differences.iter().map(differs));
                }
                Err(error) => outcome.problems.push(format!("meanwhile: {error}")),
            }
        }
    }

    async fn judge_alerts(
        &self,
        store: &Store,
        now: i64,
        problems: &mut Vec<String>,
    ) -> Result<(), tocsin_shell::store::StoreError> {
        let alerts = store.alerts_since(&self.tenant, Minute(0), now).await?;
        policy::judge(&self.world.lock(), &alerts, problems);
        self.judge_people(&alerts, problems);
        self.judge_silences(&alerts, problems);
        for pair in episodes(&alerts).windows(2) {
            if pair[0].0 == pair[1].0 && pair[0].2.is_none_or(|over| over > pair[1].1) {
                problems.push(format!("two alerts at once: {pair:?}"));
            }
        }
        let live = store.live_alerts(&self.tenant).await?;
        let waits = live.alerts.values().filter(|alert| alert.is_waiting());
        problems.extend(waits.map(|alert| format!("{} still waits", alert.id)));
        let waits = live.groups.outgoing.iter();
        problems.extend(waits.map(|one| format!("{} is not out", one.id())));
        Ok(())
    }
}

/// What was said is kept but for what is erased, and only what can not be read is a dead letter.
fn judge_remains(world: &State, truth: &Truth, gone: &Gone, problems: &mut Vec<String>) {
    let kept = world.tables.get("texts").map(texts).unwrap_or_default();
    let is_gone = |(id, _): &&(ConversationId, u64)| gone.conversations.contains(id);
    for lost in truth.texts.difference(&kept).filter(|said| !is_gone(said)) {
        problems.push(format!("what was said is lost: {lost:?}"));
    }
    for left in kept.iter().filter(is_gone) {
        problems.push(format!("what was said is erased and still there: {left:?}"));
    }
    for (name, queue) in &world.queues {
        for message in queue.dead.iter().filter(|message| message.body != POISON) {
            problems.push(format!("{name}: {} is a dead letter", message.id));
        }
    }
    if world.queues.get(EVENTS).is_none_or(|queue| queue.dead.is_empty()) {
        problems.push("what can not be read is gone".to_owned());
    }
}

/// Fingerprint, beginning and end of each alert, in this order.
fn episodes(alerts: &[Alert]) -> Vec<(&str, i64, Option<i64>)> {
    let mut episodes: Vec<_> = alerts
        .iter()
        .map(|alert| (alert.fingerprint.as_str(), alert.opened, alert.resolved))
        .collect();
    episodes.sort_unstable();
    episodes
}

/// Events whose texts are kept, each with its conversation.
pub(crate) fn texts(table: &Table) -> BTreeSet<(ConversationId, u64)> {
    let mut kept = BTreeSet::new();
    for (pk, item) in table.items() {
        let Some((_, id)) = pk.split_once("#X#") else { continue };
        let id = KeyedHash::parse(id).expect("a hash");
        let body = STANDARD.decode(text(&item["b"], "B")).unwrap_or_default();
        let said: Vec<EventText> = serde_json::from_slice(&body).expect("texts");
        kept.extend(said.into_iter().map(|said| (id, said.event)));
    }
    kept
}
