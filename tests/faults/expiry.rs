//! Long after: what has expired is as if it were deleted, whenever `DynamoDB` gets round to it.
//!
//! The same life goes on in three worlds: nothing that has expired is ever deleted, all of it is at
//! once, and some of it is. Nobody must be able to tell them apart, nor count anything wrong in them.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use tocsin_domain::{
    alert::Alert,
    configuration::Configuration,
    metric::Metric,
    minute::{DAY, Minute},
    query::{Selection, Steps},
};
use tocsin_shell::{rollups::Reader, verify};

use crate::{
    run::{ALERTS, EVENTS, Run, TICKS},
    workload::{self, BEGINNING},
    world::{Odds, State},
};

/// How long nothing happens, in days: within and beyond each retention.
const SILENCES: [i64; 8] = [15, 33, 41, 50, 58, 70, 120, 450];
/// One run in so many lives on; no multiple of the number of shards, so that each has some.
pub(crate) const ONE_IN: u64 = 11;

/// How much of what has expired is deleted.
#[derive(Clone, Copy, Debug)]
enum Sweep {
    Nothing,
    Everything,
    Some,
}

/// What a reader sees, in words.
type Sight = BTreeMap<String, String>;

impl Run {
    /// Lives on after a long silence.
    pub(crate) async fn judge_expiry(&mut self, problems: &mut Vec<String>) {
        let silence = SILENCES.choose(&mut self.world.lock().rng).copied().unwrap_or_default();
        let seed = self.world.lock().rng.random();
        let mut first: Option<Sight> = None;
        for sweep in [Sweep::Nothing, Sweep::Everything, Sweep::Some] {
            let sight = self.after(silence * DAY, sweep, seed).live_on(problems).await;
            let first = first.get_or_insert_with(|| sight.clone());
            let kinds = first.keys().chain(sight.keys());
            if let Some(kind) = kinds.into_iter().find(|kind| first.get(*kind) != sight.get(*kind))
            {
                let (one, other) = (first.get(kind), sight.get(kind));
                problems.push(format!(
                    "after {silence} days, {sweep:?} deleted: {kind} is {other:?}, not {one:?}"
                ));
            }
        }
    }

    /// The same world so much later, with new conversations of the same people, and some old events
    /// again.
    fn after(&self, silence: i64, sweep: Sweep, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut state = {
            let world = self.world.lock();
            let now = world.now + silence;
            let mut state = State::new(rng.clone(), Odds::default(), world.mutant, now);
            state.tables.clone_from(&world.tables);
            state
        };
        let now = state.now;
        for table in state.tables.values_mut() {
            table.expire(now, || match sweep {
                Sweep::Nothing => false,
                Sweep::Everything => true,
                Sweep::Some => rng.random_bool(0.5),
            });
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut events = workload::events(&mut rng, now);
        events.extend(self.events.iter().take(5).cloned());
        self.again(state, events, &mut rng)
    }

    /// Until all is counted; then what a reader sees.
    async fn live_on(mut self, problems: &mut Vec<String>) -> Sight {
        // What is too old is refused as a batch where all of it is; nobody sends it again.
        while !self.waiting.is_empty() {
            self.send();
            self.join_and_forget().await;
            for queue in [TICKS, EVENTS, ALERTS] {
                self.deliver(queue);
                self.join().await;
            }
            self.tick();
        }
        self.settle().await;
        let end = self.world.lock().moment();
        let (store, now) = (end.store(), end.now);
        match verify::verify(&store, &self.tenant, &Configuration::default(), now).await {
            Ok(report) => {
                let differs = |one: &verify::Difference| format!("long after: {one:?}");
                problems.extend(report.differences.iter().map(differs));
            }
            Err(error) => problems.push(format!("long after: {error}")),
        }
        let mut sight = Sight::new();
        let reader = match Reader::new(&store, &self.tenant, now).await {
            Ok(reader) => reader,
            Err(error) => {
                problems.push(format!("long after: {error}"));
                return sight;
            }
        };
        let steps = Steps::range(Minute::of(BEGINNING - 2 * DAY), Minute::of(now).plus(1));
        for metric in [
            Metric::Contacts,
            Metric::FallbackRate,
            Metric::RepeatContactRate7d,
            Metric::DurableResolutionRate,
            Metric::QueueLength,
            Metric::ResponseTime,
            Metric::Csat,
        ] {
            let seen = reader.series(&Selection::total(metric), &steps).await;
            sight.insert(format!("{metric:?}"), format!("{seen:?}"));
        }
        // Not their instants: how many calls a tick makes depends on what there is to delete.
        let alerts = store.alerts_since(&self.tenant, Minute(0), now).await.map(|alerts| {
            let facts = |alert: &Alert| (alert.id.clone(), alert.state, alert.evidence.n);
            alerts.iter().map(facts).collect::<Vec<_>>()
        });
        sight.insert("alerts".to_owned(), format!("{alerts:?}"));
        let mut published = std::mem::take(&mut self.world.lock().published);
        published.sort_unstable();
        sight.insert("messages".to_owned(), format!("{published:?}"));
        sight
    }
}
