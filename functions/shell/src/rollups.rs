//! Numbers out of deltas, segments and hours, each amount counted once.

mod memo;
mod packs;
mod parts;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tocsin_domain::{
    chunk::ObservationKind,
    compaction::Head,
    dimension::{Dimension, View},
    heard::Heard,
    id::TenantId,
    metric::{Family, Kind, Metric},
    minute::{DAY, Hour, Minute},
    query::{
        self, Accumulator, Amounts, Beside, Cohorts, Label, NotKept, PeerCount, Peers, Read,
        Report, Selection, Series, Sources, Steps,
    },
    sabotage::{self, Sabotage},
    sums::{Amount, Sums},
    wait::Sample,
};

pub use memo::Memo;
use memo::{Cells, Remembered, Scope};
pub use packs::ReadPack;
pub use parts::Parts;

use crate::store::{
    Store, StoreError,
    rollup::{Bundle, OpenDelta},
};

/// How often a snapshot is taken again when a compaction commits meanwhile.
const ATTEMPTS: usize = 20;

/// Amounts that are read at most to compare individuals with their peers: some seconds, of a month of
/// a centre of a thousand conversations a day, or a day of one of thirty thousand.
const PEER_AMOUNTS: usize = 4_000_000;

/// Totals that are kept at most: those of an hour of rules that compare after changes are half as many.
const TOTALS: usize = 512;

/// Totals by what was asked for.
type Totals = HashMap<(Selection, Minute, Minute), BTreeMap<Label, Amount>>;

/// What counted at one moment: the head, the deltas still open, the late bundles.
///
/// The head is read before and after the deltas. Were it not the same both times, a delta could be
/// missed (merged and deleted in between) or counted twice; so the snapshot is then taken again.
/// What it refers to in the tiers never changes.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Which parts of the tiers count.
    pub head: Head,
    /// The version of the head.
    pub version: Option<u64>,
    /// Deltas that count beside the tiers.
    pub open: Vec<OpenDelta>,
    /// Late bundles that count beside the hour tier.
    pub late: Vec<Bundle>,
    /// Deltas that are merged and not deleted yet: a compaction stopped half-way.
    pub merged: Vec<String>,
    /// Late bundles that are folded and not deleted yet.
    pub folded: Vec<u64>,
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Not kept in that cut.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// What counts now.
    pub async fn snapshot(&self, tenant: &TenantId) -> Result<Snapshot, StoreError> {
        self.snapshot_remembering(tenant, &Memo::default()).await
    }

    /// The same, with deltas that were open before as they are remembered.
    pub async fn snapshot_remembering(
        &self,
        tenant: &TenantId,
        memo: &Memo,
    ) -> Result<Snapshot, StoreError> {
        for _ in 0..ATTEMPTS {
            let (head, version) = self.read_head(tenant).await?;
            let mut open = self.deltas_beside(tenant, &memo.take_deltas(tenant)).await?;
            memo.keep_deltas(tenant, &open);
            let mut late = self.bundles(tenant).await?;
            let (_, after) = self.read_head(tenant).await?;
            if version == after {
                let is_merged = |delta: &mut OpenDelta| {
                    if sabotage::is(Sabotage::CheckpointOverKeys) {
                        return head.merged.iter().max().is_some_and(|last| delta.id <= *last);
                    }
                    !sabotage::is(Sabotage::ReaderAddsMergedDeltas) && head.has_merged(&delta.id)
                };
                let merged = open.extract_if(.., is_merged);
                let merged = merged.map(|delta| delta.id).collect();
                let folded = late.extract_if(.., |bundle| head.has_folded(bundle.number));
                let folded = folded.map(|bundle| bundle.number).collect();
                // Above what is committed: written by a compaction that did not commit yet.
                late.retain(|bundle| head.counts_bundle(bundle.number));
                return Ok(Snapshot { head, version, open, late, merged, folded });
            }
        }
        Err(StoreError::Conflict)
    }
}

/// Answers queries of one tenant as of one moment.
#[derive(Debug)]
pub struct Reader<'a> {
    store: &'a Store,
    tenant: &'a TenantId,
    snapshot: Arc<Snapshot>,
    now: i64,
    memo: Option<&'a Memo>,
    /// Of spans that are over: what counts in them is the same as of any later moment.
    totals: Arc<Mutex<Totals>>,
}

impl<'a> Reader<'a> {
    /// A reader as of now.
    pub async fn new(store: &'a Store, tenant: &'a TenantId, now: i64) -> Result<Self, StoreError> {
        let snapshot = store.snapshot(tenant).await?;
        Ok(Self {
            store,
            tenant,
            snapshot: Arc::new(snapshot),
            now,
            memo: None,
            totals: Arc::default(),
        })
    }

    /// A reader of a snapshot that was taken before.
    pub fn of(store: &'a Store, tenant: &'a TenantId, mut snapshot: Snapshot, now: i64) -> Self {
        if sabotage::is(Sabotage::ReaderSkipsOpenDeltas) {
            snapshot.open.clear();
        }
        if sabotage::is(Sabotage::ReaderTakesUncommitted) {
            snapshot.head.committed = u64::MAX;
        }
        Self {
            store,
            tenant,
            snapshot: Arc::new(snapshot),
            now,
            memo: None,
            totals: Arc::default(),
        }
    }

    /// The same, which reads what is committed once for all readers of this memo.
    #[must_use]
    pub fn remembering(self, memo: &'a Memo) -> Self {
        Self { memo: Some(memo), ..self }
    }

    /// The same, which remembers nothing of what it reads.
    #[must_use]
    pub fn forgetting(&self) -> Self {
        Self { memo: None, ..self.at(self.now) }
    }

    /// The same, as of another moment. What counts stays what it was when the snapshot was taken.
    #[must_use]
    pub fn at(&self, now: i64) -> Self {
        let Self { store, tenant, memo, .. } = *self;
        let (snapshot, totals) = (Arc::clone(&self.snapshot), Arc::clone(&self.totals));
        Self { store, tenant, snapshot, now, memo, totals }
    }

    /// The snapshot that it reads.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The series that a selection asks for.
    pub async fn series(
        &self,
        selection: &Selection,
        steps: &Steps,
    ) -> Result<Vec<Series>, QueryError> {
        let steps = self.up_to_now(steps);
        self.beside(selection, &steps, Beside::default()).await
    }

    /// The same, with what is to be read beside the figures: what was expected of individuals, and
    /// what earlier cohorts stood at. Costs a few times as much.
    pub async fn series_beside(
        &self,
        selection: &Selection,
        steps: &Steps,
    ) -> Result<Vec<Series>, QueryError> {
        let steps = self.up_to_now(steps);
        let peers = self.peers(selection, &steps).await?;
        let age_matched = match Cohorts::of(selection, &steps, Minute::of(self.now)) {
            Some(cohorts) => {
                let [trials, turned] = cohorts.reads();
                let amounts = [self.amounts(trials).await?, self.amounts(turned).await?];
                cohorts.age_matched(&amounts)
            }
            None => BTreeMap::new(),
        };
        let sources = Sources::default();
        self.beside(selection, &steps, Beside { peers, age_matched, sources }).await
    }

    /// Sources' signs of life.
    pub fn heard(&self) -> Heard {
        let mut heard = self.snapshot.head.heard.clone();
        for delta in &self.snapshot.open {
            heard.merge(&delta.heard);
        }
        heard
    }

    /// How complete the data of the sources concerned is now, that of the least complete; `None` where
    /// nothing is known.
    pub async fn completeness(&self, of: &Selection) -> Result<Option<f64>, QueryError> {
        let mut selection = Selection::total(Metric::Completeness);
        let by_source = of.only.iter().filter(|(dimension, _)| *dimension == Dimension::Source);
        selection.only = by_source.cloned().collect();
        let now = Minute::of(self.now);
        let series = self.series(&selection, &Steps::range(now, now.plus(1))).await?;
        Ok(series.first().and_then(|series| series.points.first()?.value))
    }

    /// What is known of sources, as far as it bears on these steps.
    async fn sources(&self, metric: Metric, steps: &Steps) -> Result<Sources, StoreError> {
        let mut reports = Vec::new();
        if metric == Metric::Completeness {
            let (from, to) = (steps.start().start().saturating_sub(DAY), steps.end().start());
            let totals = ObservationKind::Totals;
            let found = self.store.events_between(self.tenant, totals, from, to, self.now).await?;
            reports.extend(found.iter().filter_map(Report::of));
        }
        Ok(Sources { heard: self.heard(), reports })
    }

    async fn beside(
        &self,
        selection: &Selection,
        steps: &Steps,
        mut beside: Beside,
    ) -> Result<Vec<Series>, QueryError> {
        if selection.metric == Metric::FreshnessSeconds {
            selection.view()?;
            return Ok(query::freshness(&self.heard(), selection, steps, self.now));
        }
        if selection.metric.is_about_sources() {
            beside.sources = self.sources(selection.metric, steps).await?;
        }
        let mut parts = Vec::new();
        for read in query::reads(selection, steps, &beside.sources)? {
            parts.push(self.amounts(&read).await?);
        }
        Ok(query::series(selection, steps, parts, &beside, Minute::of(self.now)))
    }

    /// What a selection comes to in some minutes, by label; the metric is not derived.
    pub async fn totals(
        &self,
        selection: &Selection,
        (first, end): (Minute, Minute),
    ) -> Result<BTreeMap<Label, Amount>, QueryError> {
        let key = (selection.clone(), first, end);
        let is_over = end <= Minute::of(self.now);
        let known = if is_over { self.known_totals().get(&key).cloned() } else { None };
        if let Some(known) = known {
            return Ok(known);
        }
        let steps = self.up_to_now(&Steps::range(first, end));
        let amounts = self.amounts(&Read { selection: selection.clone(), steps }).await?;
        let totals = amounts.into_iter();
        let totals =
            totals.filter_map(|(label, by_step)| Some((label, by_step.into_values().next()?)));
        let totals: BTreeMap<Label, Amount> = totals.collect();
        if is_over {
            let mut known = self.known_totals();
            if known.len() >= TOTALS {
                known.clear();
            }
            known.insert(key, totals.clone());
        }
        Ok(totals)
    }

    fn known_totals(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No query answers minutes after now.
    fn up_to_now(&self, steps: &Steps) -> Steps {
        let mut steps = steps.clone();
        steps.truncate(Minute::of(self.now).plus(1));
        steps
    }

    /// Adds up a selection, each amount once.
    async fn amounts(&self, read: &Read) -> Result<Amounts, QueryError> {
        let Read { selection, steps } = read;
        // A level is the sum of all flows up to it.
        let first = match self.snapshot.head.first {
            Some(first) if selection.metric.is_level() => first.min(steps.start().hour()),
            _ => steps.start().hour(),
        };
        self.amounts_from(first, read).await
    }

    /// Conversations still queued, by queue and channel and the minute in which they entered.
    pub async fn queued(&self) -> Result<Amounts, QueryError> {
        let by = vec![Dimension::Queue, Dimension::Channel];
        let selection = Selection { by, ..Selection::total(Metric::QueueCohort) };
        let steps = Steps::range(Sample::since(self.now), Minute::of(self.now).plus(1));
        self.amounts_from(steps.start().hour(), &Read { selection, steps }).await
    }

    async fn amounts_from(&self, first: Hour, read: &Read) -> Result<Amounts, QueryError> {
        let Read { selection, steps } = read;
        let mut accumulator = Accumulator::new(selection, steps)?;
        if steps.start() >= steps.end() {
            return Ok(Amounts::new());
        }
        let is_gauge = selection.metric.kind() == Kind::Gauge;
        let last = steps.end().plus(-1).hour();
        // Where the minute tier has ended, an hour that a step or the range cuts is taken whole, with
        // the step that holds its beginning.
        let minutes_from = self.minutes_from();
        let whole = |hour: Hour| {
            self.snapshot.head.is_closed(hour)
                && (is_gauge || steps.keeps_whole(hour) || hour < minutes_from)
        };
        let closed = runs((first.0..=last.0).map(Hour).filter(|hour| whole(*hour)));
        if !closed.is_empty() {
            let key = (selection.metric.definition().family, selection.stored_view()?);
            for run in closed {
                for (hour, items) in self.cells(key, run).await? {
                    for cells in items.iter() {
                        accumulator.add_cells(hour, cells);
                    }
                }
            }
            for bundle in &self.snapshot.late {
                accumulator.add_sums(&bundle.sums, whole);
            }
        }
        for (low, high) in runs((first.0..=last.0).map(Hour).filter(|hour| !whole(*hour))) {
            for (hour, sums) in self.segments((low, high)).await? {
                accumulator.add_sums(&sums, |at| at == hour);
            }
        }
        for delta in &self.snapshot.open {
            accumulator.add_sums(&delta.sums, |_| true);
        }
        Ok(accumulator.amounts())
    }

    /// Counts the peers of the individuals that are asked for, day by day. Where that would take more
    /// than [`PEER_AMOUNTS`], or the range begins before the minute tier does, nothing is known of
    /// them.
    async fn peers(&self, selection: &Selection, steps: &Steps) -> Result<Peers, QueryError> {
        let Some(mut count) = PeerCount::new(selection, steps)? else {
            return Ok(Peers::default());
        };
        let kept = self.now.saturating_sub(self.store.retention().minutes);
        if steps.start() >= steps.end() || steps.start().start() < kept {
            return Ok(Peers::default());
        }
        let (first, last) = (steps.start().hour(), steps.end().plus(-1).hour());
        let mut read = 0;
        for day in (first.0..=last.0).step_by(24) {
            let hours = (Hour(day), Hour(last.0.min(day.saturating_add(23))));
            let sums = self.sums(hours).await?;
            read += sums.len();
            if read > PEER_AMOUNTS {
                return Ok(Peers::default());
            }
            count.add(&sums);
        }
        Ok(count.finish())
    }

    /// All amounts by minute of a range of hours, with their whole vectors.
    pub async fn sums(&self, hours: (Hour, Hour)) -> Result<Sums, StoreError> {
        let within = |at: Minute| (hours.0..=hours.1).contains(&at.hour());
        let mut sums = Sums::default();
        for part in self.parts(hours).await?.all() {
            sums.merge_where(part, 1, within);
        }
        Ok(sums)
    }

    /// The same, not added up.
    pub async fn parts(&self, hours: (Hour, Hour)) -> Result<Parts, StoreError> {
        Ok(Parts::new(self.segments(hours).await?, Arc::clone(&self.snapshot)))
    }

    /// The first minute of what is kept by minutes; `None` where nothing was ever counted.
    pub fn first_minute(&self) -> Option<Minute> {
        let open = self.snapshot.open.iter().filter_map(|delta| delta.sums.range());
        let open = open.map(|(first, _)| first.hour()).min();
        let first = [self.snapshot.head.first, open].into_iter().flatten().min()?;
        Some(first.max(self.minutes_from()).start())
    }

    /// The first hour of which the minute tier holds everything.
    fn minutes_from(&self) -> Hour {
        let kept = self.now.saturating_sub(self.store.retention().minutes);
        Minute::of(kept).hour().next()
    }

    /// Hour items by hour. Ranges that readers ask for overlap, so each hour is remembered by itself.
    async fn cells(
        &self,
        key: (Family, View),
        (low, high): (Hour, Hour),
    ) -> Result<BTreeMap<Hour, Arc<Cells>>, StoreError> {
        let hours = || (low.0..=high.0).map(Hour);
        let known = self.recall(|memo| Some(memo.cells.get_mut(&key)?.recall((low, high))));
        let mut known = known.unwrap_or_default();
        let committed = self.snapshot.head.committed;
        for run in runs(hours().filter(|hour| !known.contains_key(hour))) {
            let mut read: BTreeMap<Hour, Cells> =
                (run.0.0..=run.1.0).map(|hour| (Hour(hour), Cells::new())).collect();
            for (hour, cells) in
                self.store.cells(self.tenant, key, run, committed, self.now).await?
            {
                read.entry(hour).or_default().push(cells);
            }
            for (hour, cells) in read {
                let cells = Arc::new(cells);
                self.keep(|memo| {
                    memo.cells.entry(key).or_default().insert(hour, Arc::clone(&cells));
                });
                known.insert(hour, cells);
            }
        }
        Ok(known)
    }

    /// Segments by hour, those of an hour added up; remembered likewise.
    async fn segments(
        &self,
        (low, high): (Hour, Hour),
    ) -> Result<BTreeMap<Hour, Arc<Sums>>, StoreError> {
        let hours = || (low.0..=high.0).map(Hour);
        let known = self.recall(|memo| Some(memo.segments.recall((low, high))));
        let mut known = known.unwrap_or_default();
        let committed = self.snapshot.head.committed;
        for run in runs(hours().filter(|hour| !known.contains_key(hour))) {
            let mut read: BTreeMap<Hour, Sums> =
                (run.0.0..=run.1.0).map(|hour| (Hour(hour), Sums::default())).collect();
            for (hour, sums) in self.store.segments(self.tenant, run, committed, self.now).await? {
                read.entry(hour).or_default().merge(&sums, 1);
            }
            for (hour, sums) in read {
                let sums = Arc::new(sums);
                self.keep(|memo| memo.segments.insert(hour, Arc::clone(&sums)));
                known.insert(hour, sums);
            }
        }
        Ok(known)
    }

    fn recall<T>(&self, find: impl FnOnce(&mut Remembered) -> Option<T>) -> Option<T> {
        self.memo?.with(&self.scope(), &self.snapshot.head, find)
    }

    fn keep<T>(&self, insert: impl FnOnce(&mut Remembered) -> T) {
        if let Some(memo) = self.memo {
            memo.with(&self.scope(), &self.snapshot.head, insert);
        }
    }

    fn scope(&self) -> Scope {
        let committed = self.snapshot.head.committed;
        Scope::new(self.tenant, committed, self.now, *self.store.retention())
    }
}

/// Runs of consecutive hours.
fn runs(hours: impl Iterator<Item = Hour>) -> Vec<(Hour, Hour)> {
    let mut runs: BTreeMap<Hour, Hour> = BTreeMap::new();
    for hour in hours {
        match runs.last_entry() {
            Some(mut run) if run.get().next() == hour => {
                run.insert(hour);
            }
            _ => {
                runs.insert(hour, hour);
            }
        }
    }
    runs.into_iter().collect()
}
