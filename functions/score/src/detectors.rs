//! What detectors say of the watched series now: a function of the rollups, cached.
//!
//! Every tick replays the points since the last checkpoint on top of it; once an hour the checkpoint
//! moves on, and the packs in which something happened are written. Where there is no checkpoint, or
//! history was loaded behind it, all is computed anew from the minutes that are kept.
//!
//! A tick without anything heard of for [`IDLE`] does nothing: there is nothing new to score, or a
//! history is being loaded of which the detectors should not see half.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    detect::watch::{Reading, Watch},
    id::TenantId,
    metric::{Kind, Metric},
    minute::{HOUR, Minute},
    query::{Amounts, Label, Selection, Steps},
    rule::Rule,
};
use tocsin_shell::{
    rollups::{Parts, Reader},
    store::{
        Store, StoreError,
        detectors::{Checkpoint, packs_of},
    },
};

use crate::{
    replay::{self, Replay},
    windows::{Windows, levels, series},
};

/// So long after anything was heard of, detectors rest; in nanoseconds.
const IDLE: i64 = HOUR;
/// Minutes of history that are read together.
pub(crate) const TOGETHER: i32 = 1440;
/// History grew behind the checkpoint where there are so many times the conversations in it.
const GROWN: f64 = 1.1;

/// What was said of each series, by watch and label.
pub(crate) type Readings = BTreeMap<u64, BTreeMap<Label, Reading>>;

/// Reads, replays and, once an hour, keeps what detectors know.
pub(crate) async fn detect(
    store: &Store,
    reader: &Reader<'_>,
    tenant: &TenantId,
    rules: &[Rule],
    windows: &Windows,
    now: i64,
) -> Result<Readings, StoreError> {
    let is_watching = rules.iter().any(|rule| rule.condition.anomaly().is_some());
    let is_idle = reader.heard().latest().is_none_or(|latest| now.saturating_sub(latest) > IDLE);
    let Some(first) = reader.first_minute().filter(|_| is_watching && !is_idle) else {
        return Ok(Readings::new());
    };
    let (checkpoint, read) = store.detectors(tenant).await?;
    let tick = Tick { store, reader, tenant, windows, now, first, read };
    let checkpoint = tick.trusted(checkpoint, rules).await?;
    let mut replays = tick.begin(rules, checkpoint.as_ref()).await?;
    let (settled, moves) = tick.moves_to(&replays, checkpoint.as_ref());
    let first = replays.values().map(|(replay, _)| tick.since(replay)).min();
    tick.replay(&mut replays, (first.unwrap_or(settled), settled)).await?;
    if moves {
        tick.keep(&mut replays, settled).await?;
    }
    tick.replay(&mut replays, (settled, Minute::of(now))).await?;
    let said = replays.iter().map(|(id, (replay, _))| (*id, replay.readings(Minute::of(now))));
    Ok(said.collect())
}

/// Watches by id, each with the points of its level where it is one, which are read at once.
type Replays = BTreeMap<u64, (Replay, Option<Amounts>)>;

struct Tick<'a> {
    store: &'a Store,
    reader: &'a Reader<'a>,
    tenant: &'a TenantId,
    windows: &'a Windows,
    now: i64,
    /// The first minute of the history that is kept by minutes.
    first: Minute,
    /// The version of the checkpoint that was read.
    read: Option<u64>,
}

impl Tick<'_> {
    /// The checkpoint, unless it is due to move on and history was loaded behind it meanwhile.
    async fn trusted(
        &self,
        checkpoint: Option<Checkpoint>,
        rules: &[Rule],
    ) -> Result<Option<Checkpoint>, StoreError> {
        let Some(checkpoint) = checkpoint else { return Ok(None) };
        let anomalies = rules.iter().filter_map(|rule| Some((rule, rule.condition.anomaly()?)));
        let watches = anomalies.flat_map(|(rule, anomaly)| anomaly.watches(&rule.selection));
        if settled(watches.map(|watch| watch.age()), self.now) <= checkpoint.until {
            return Ok(Some(checkpoint));
        }
        #[expect(clippy::cast_precision_loss, reason = "conversations of a month")]
        let (known, found) =
            (checkpoint.contacts as f64, self.contacts(checkpoint.until).await? as f64);
        Ok((found <= GROWN * known).then_some(checkpoint))
    }

    /// Conversations that began up to a minute.
    async fn contacts(&self, until: Minute) -> Result<i64, StoreError> {
        let steps = Steps::range(self.first.min(until), until);
        let cells = series(self.reader, &Selection::total(Metric::Contacts), &steps).await?;
        Ok(cells.values().map(|amount| i64::try_from(amount.sum).unwrap_or(i64::MAX)).sum())
    }

    /// All watches: those that the checkpoint knows from there on, others from the beginning.
    async fn begin(
        &self,
        rules: &[Rule],
        checkpoint: Option<&Checkpoint>,
    ) -> Result<Replays, StoreError> {
        let mut replays = Replays::new();
        for rule in rules {
            let Some(anomaly) = rule.condition.anomaly() else { continue };
            for watch in anomaly.watches(&rule.selection) {
                let id = replay::id_of(&watch, &anomaly.calendar);
                if replays.contains_key(&id) {
                    continue;
                }
                let known = checkpoint.filter(|checkpoint| checkpoint.watches.contains(&id));
                let from = known.map_or(self.first, |checkpoint| checkpoint.until);
                let mut replay = Replay::new(watch, anomaly.calendar.clone(), from);
                if known.is_none() {
                    let ids: Vec<_> = packs_of(id).collect();
                    for ((_, number), (_, read)) in self.reader.packs(&ids, self.read).await? {
                        replay.begin(number, read);
                    }
                }
                let levels = self.levels(&replay).await?;
                replays.insert(id, (replay, levels));
            }
        }
        Ok(replays)
    }

    /// The points of a level.
    async fn levels(&self, replay: &Replay) -> Result<Option<Amounts>, StoreError> {
        let watch = &replay.watch;
        if !is_level(watch) {
            return Ok(None);
        }
        let (first, end) = (self.since(replay), watch.until(Minute::of(self.now)));
        let steps = Steps::every(watch.step(), first, end);
        levels(self.reader, &watch.selection, &steps).await.map(Some)
    }

    /// Where a watch's points are read from: those that still say something are needed to know which
    /// packs to read, wherever the checkpoint stands.
    fn since(&self, replay: &Replay) -> Minute {
        let current = replay.watch.since(Minute::of(self.now)).hour().start();
        replay.from.min(current).max(self.first)
    }

    /// Up to where all points are old enough, and whether the checkpoint moves there.
    fn moves_to(&self, replays: &Replays, checkpoint: Option<&Checkpoint>) -> (Minute, bool) {
        let ages = replays.values().map(|(replay, _)| replay.watch.age());
        let settled = settled(ages, self.now);
        let moves = match checkpoint {
            None => true,
            Some(checkpoint) => {
                let ids: BTreeSet<u64> = replays.keys().copied().collect();
                settled > checkpoint.until
                    || (settled == checkpoint.until && ids != checkpoint.watches)
            }
        };
        (settled, moves)
    }

    /// Observes all points of a span that are old enough.
    async fn replay(
        &self,
        replays: &mut Replays,
        (mut from, until): (Minute, Minute),
    ) -> Result<(), StoreError> {
        while from < until {
            let end = until.min(from.plus(TOGETHER));
            let read;
            let parts = if let Some(parts) = self.windows.parts_since(from) {
                parts
            } else {
                read = self.reader.parts((from.hour(), end.plus(-1).hour())).await?;
                &read
            };
            for (id, (replay, levels)) in replays.iter_mut() {
                self.observe(*id, replay, levels.as_ref(), parts, (from, end)).await?;
            }
            from = end;
        }
        Ok(())
    }

    async fn observe(
        &self,
        id: u64,
        replay: &mut Replay,
        levels: Option<&Amounts>,
        parts: &Parts,
        (from, end): (Minute, Minute),
    ) -> Result<(), StoreError> {
        let span =
            (from.max(self.since(replay)), end.min(replay.watch.until(Minute::of(self.now))));
        if span.0 >= span.1 {
            return Ok(());
        }
        let points = match levels {
            Some(levels) => within(levels, span),
            None => replay.points(parts.within(span), span),
        };
        let missing = replay.missing(&points, packs_of(id).map(|(_, number)| number));
        let ids: Vec<_> = missing.into_iter().map(|number| (id, number)).collect();
        for ((_, number), (pack, read)) in self.reader.packs(&ids, self.read).await? {
            replay.hold(number, pack, read);
        }
        replay.observe(&points, span);
        Ok(())
    }

    /// Writes what changed, then the checkpoint. Who loses a race leaves it to the other: what both
    /// would write is the same, and what is missing is computed anew.
    async fn keep(&self, replays: &mut Replays, until: Minute) -> Result<(), StoreError> {
        for (id, (replay, _)) in replays.iter_mut() {
            for (number, pack, read) in replay.changed(until) {
                let written =
                    self.store.write_pack(self.tenant, (*id, number), &pack, read, self.now).await;
                match written {
                    Ok(()) => {}
                    Err(StoreError::Conflict) => {
                        self.reader.forget_packs();
                        return Ok(());
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        let watches = replays.keys().copied().collect();
        let checkpoint = Checkpoint::new(until, self.contacts(until).await?, watches);
        match self.store.write_detectors(self.tenant, &checkpoint, self.read).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The full hour up to which points of these ages are old enough.
fn settled(ages: impl Iterator<Item = i32>, now: i64) -> Minute {
    let age = ages.max().unwrap_or_default();
    Minute::of(now).plus(-age).hour().start()
}

/// Whether points are levels, which follow from all flows before them.
pub(crate) fn is_level(watch: &Watch) -> bool {
    watch.selection.metric.kind() == Kind::Gauge
}

pub(crate) fn within(points: &Amounts, (first, end): (Minute, Minute)) -> Amounts {
    let cut = points.iter().map(|(label, by_step)| {
        let by_step = by_step.range(first..end).map(|(at, amount)| (*at, amount.clone()));
        (label.clone(), by_step.collect())
    });
    cut.filter(|(_, by_step): &(_, BTreeMap<_, _>)| !by_step.is_empty()).collect()
}

#[cfg(test)]
#[path = "detectors_tests.rs"]
mod tests;
