//! The series of one watch, and their points: pure.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    detect::{
        calendar::Calendar,
        watch::{Reading, Series, Watch},
    },
    id::short_hash,
    minute::Minute,
    query::{Accumulator, Amounts, Label, Steps},
    sums::{Amount, Sums},
};
use tocsin_shell::store::detectors::{Pack, pack_of};

/// A watch, and as many of its packs as are needed.
#[derive(Debug)]
pub(crate) struct Replay {
    pub(crate) watch: Watch,
    calendar: Calendar,
    /// By number.
    packs: BTreeMap<u64, Held>,
    /// Points before are in the packs, or there were none.
    pub(crate) from: Minute,
}

#[derive(Debug)]
struct Held {
    /// Points before are in.
    until: Minute,
    series: BTreeMap<Label, Series>,
    read: Option<u64>,
    has_changed: bool,
}

/// What a watch is known by: what it is about, so that rules that watch the same share it, and one that
/// changes begins anew.
pub(crate) fn id_of(watch: &Watch, calendar: &Calendar) -> u64 {
    short_hash(&[format!("{watch:?} {calendar:?}").as_bytes()])
}

impl Replay {
    /// A watch of which nothing is held yet.
    pub(crate) fn new(watch: Watch, calendar: Calendar, from: Minute) -> Self {
        Self { watch, calendar, packs: BTreeMap::new(), from }
    }

    /// The points of a span, by label and first minute; what is not a point is left out. The sums may
    /// be kept in parts.
    pub(crate) fn points<'s>(
        &self,
        parts: impl IntoIterator<Item = &'s Sums>,
        (first, end): (Minute, Minute),
    ) -> Amounts {
        let steps = Steps::every(self.watch.step(), first, end);
        // Rules are loaded only where their selection is kept, so there is nothing to refuse.
        let Ok(mut accumulator) = Accumulator::new(&self.watch.selection, &steps) else {
            return Amounts::new();
        };
        for sums in parts {
            accumulator.add_sums(sums, |_| true);
        }
        let mut points = accumulator.amounts();
        points.retain(|_, by_step| {
            by_step.retain(|_, amount| amount.count > 0);
            !by_step.is_empty()
        });
        points
    }

    /// The packs that these points fall into and that are not held; of counts all, since where nothing
    /// happens that is a point.
    pub(crate) fn missing(&self, points: &Amounts, all: impl Iterator<Item = u64>) -> Vec<u64> {
        let wanted: BTreeSet<u64> = if self.watch.counts_nothing() {
            all.collect()
        } else {
            points.keys().map(pack_of).collect()
        };
        wanted.into_iter().filter(|number| !self.packs.contains_key(number)).collect()
    }

    /// Holds a pack that was read, at a version; one that is not there or not readable is empty.
    pub(crate) fn hold(&mut self, number: u64, pack: Option<Pack>, read: Option<u64>) {
        let until = pack.as_ref().map_or(self.from, |pack| pack.until);
        let stored = pack.into_iter().flat_map(|pack| pack.series);
        let series = stored.filter_map(|(label, stored)| {
            Some((label, Series::restore(&self.watch, stored).ok()?))
        });
        let held = Held {
            until: until.max(self.from),
            series: series.collect(),
            read,
            has_changed: false,
        };
        self.packs.insert(number, held);
    }

    /// Holds an empty pack in place of one that was read at a version, to compute it anew.
    pub(crate) fn begin(&mut self, number: u64, read: Option<u64>) {
        let (until, series) = (self.from, BTreeMap::new());
        self.packs.insert(number, Held { until, series, read, has_changed: read.is_some() });
    }

    /// Observes the points of a span, which follows on what was observed before.
    pub(crate) fn observe(&mut self, points: &Amounts, span: (Minute, Minute)) {
        for (label, by_step) in points {
            let Some(pack) = self.packs.get_mut(&pack_of(label)) else { continue };
            pack.series.entry(label.clone()).or_insert_with(|| self.watch.begin());
            if !self.watch.counts_nothing() {
                pack.observe(&self.watch, &self.calendar, label, by_step.range(span.0..span.1));
            }
        }
        if self.watch.counts_nothing() {
            self.observe_counts(points, span);
        }
    }

    /// Of counts, every step of a series that has begun is a point.
    fn observe_counts(&mut self, points: &Amounts, (first, end): (Minute, Minute)) {
        let (nothing, none) = (Amount::default(), BTreeMap::new());
        let step = usize::try_from(self.watch.step()).unwrap_or(1);
        for pack in self.packs.values_mut() {
            let labels: Vec<Label> = pack.series.keys().cloned().collect();
            for label in labels {
                let found = points.get(&label).unwrap_or(&none);
                let has_begun = pack.series.get(&label).is_some_and(Series::has_begun);
                let begins = if has_begun { Some(first) } else { found.keys().next().copied() };
                let starts = begins.into_iter().flat_map(|at| (at.0..end.0).step_by(step));
                let starts: Vec<Minute> = starts.map(Minute).collect();
                let by_step = starts.iter().map(|at| (at, found.get(at).unwrap_or(&nothing)));
                pack.observe(&self.watch, &self.calendar, &label, by_step);
            }
        }
    }

    /// The packs that changed since they were read, as of a minute up to which all was observed.
    pub(crate) fn changed(&mut self, until: Minute) -> Vec<(u64, Pack, Option<u64>)> {
        let mut changed = Vec::new();
        for (number, held) in &mut self.packs {
            held.until = held.until.max(until);
            if std::mem::take(&mut held.has_changed) {
                let series = held.series.iter().map(|(label, one)| (label.clone(), one.store()));
                changed.push((*number, Pack { until, series: series.collect() }, held.read));
            }
        }
        changed
    }

    /// What was said of each series whose newest point is new enough.
    pub(crate) fn readings(&self, now: Minute) -> BTreeMap<Label, Reading> {
        let series = self.packs.values().flat_map(|pack| &pack.series);
        let readings = series.filter_map(|(label, series)| {
            Some((label.clone(), series.reading(&self.watch, now)?.clone()))
        });
        readings.collect()
    }
}

impl Held {
    fn observe<'p>(
        &mut self,
        watch: &Watch,
        calendar: &Calendar,
        label: &Label,
        points: impl Iterator<Item = (&'p Minute, &'p Amount)>,
    ) {
        let Some(series) = self.series.get_mut(label) else { return };
        for (start, amount) in points.filter(|(start, _)| **start >= self.until) {
            series.observe(watch, calendar, *start, amount);
            self.has_changed = true;
        }
    }
}
