//! What detectors would have said, minute by minute in virtual time, over what counts now: they begin with
//! the first minute that is kept, and neither read nor move the checkpoint.
//!
//! On rollups that no longer change it is what [`detect`](crate::detectors::detect) says in each of these
//! minutes, but for one: that rests while nothing is heard of for an hour, and this does not.

use std::collections::BTreeMap;

use tocsin_domain::{
    minute::Minute,
    query::{Amounts, Steps},
    rule::Rule,
};
use tocsin_shell::{
    rollups::{Parts, Reader},
    store::{StoreError, detectors::packs_of},
};

use crate::{
    detectors::{Readings, TOGETHER, is_level, within},
    replay::{self, Replay},
    windows::{Windows, levels},
};

/// All that rules watch, each by its id.
#[derive(Debug, Default)]
pub(crate) struct Rerun(BTreeMap<u64, Watched>);

#[derive(Debug)]
struct Watched {
    replay: Replay,
    /// The points of a level to the end of the run.
    levels: Option<Amounts>,
    /// Points before are observed.
    until: Minute,
}

impl Rerun {
    /// Detectors that have seen nothing yet, for a run that ends with a minute.
    pub(crate) async fn new(
        reader: &Reader<'_>,
        rules: &[Rule],
        end: Minute,
    ) -> Result<Self, StoreError> {
        // Nothing is kept of a tenant without events.
        let first = reader.first_minute().unwrap_or(end).hour().start();
        let mut watches = BTreeMap::new();
        for rule in rules {
            let Some(anomaly) = rule.condition.anomaly() else { continue };
            for watch in anomaly.watches(&rule.selection) {
                let id = replay::id_of(&watch, &anomaly.calendar);
                if watches.contains_key(&id) {
                    continue;
                }
                let levels = if is_level(&watch) {
                    let steps = Steps::every(watch.step(), first, watch.until(end).max(first));
                    Some(levels(reader, &watch.selection, &steps).await?)
                } else {
                    None
                };
                let mut replay = Replay::new(watch, anomaly.calendar.clone(), first);
                packs_of(id).for_each(|(_, number)| replay.begin(number, None));
                watches.insert(id, Watched { replay, levels, until: first });
            }
        }
        Ok(Self(watches))
    }

    /// What is said at a minute, which is not before the one asked for last.
    pub(crate) async fn readings(
        &mut self,
        reader: &Reader<'_>,
        windows: &Windows,
        now: Minute,
    ) -> Result<Readings, StoreError> {
        while let Some(first) = self.since(now) {
            if let Some(parts) = windows.parts_since(first) {
                self.observe(parts, now, now);
            } else {
                self.learn(reader, now).await?;
            }
        }
        let said = self.0.iter().map(|(id, watched)| (*id, watched.replay.readings(now)));
        Ok(said.collect())
    }

    /// Observes a day of what is not observed yet at a minute; whether there was anything. What was read
    /// is not remembered: it may be weeks, and none of it is read again.
    pub(crate) async fn learn(
        &mut self,
        reader: &Reader<'_>,
        now: Minute,
    ) -> Result<bool, StoreError> {
        let Some(first) = self.since(now) else { return Ok(false) };
        let ends = self.0.values().map(|watched| watched.replay.watch.until(now));
        let end = ends.max().unwrap_or(first).min(first.plus(TOGETHER));
        let parts = reader.forgetting().parts((first.hour(), end.plus(-1).hour())).await?;
        self.observe(&parts, end, now);
        Ok(true)
    }

    /// The first minute that is still to be observed.
    fn since(&self, now: Minute) -> Option<Minute> {
        self.0.values().filter_map(|watched| watched.since(now)).min()
    }

    fn observe(&mut self, parts: &Parts, end: Minute, now: Minute) {
        for watched in self.0.values_mut() {
            watched.observe(parts, end, now);
        }
    }
}

impl Watched {
    /// From where on points are to be observed, if one is old enough.
    fn since(&self, now: Minute) -> Option<Minute> {
        (self.until < self.replay.watch.until(now)).then_some(self.until)
    }

    /// Observes the points that are old enough and end in the minutes that were read.
    fn observe(&mut self, parts: &Parts, end: Minute, now: Minute) {
        let step = self.replay.watch.step();
        let whole = Minute(end.0.div_euclid(step) * step);
        let span = (self.until, whole.min(self.replay.watch.until(now)));
        if span.0 >= span.1 {
            return;
        }
        let points = match &self.levels {
            Some(levels) => within(levels, span),
            None => self.replay.points(parts.within(span), span),
        };
        self.replay.observe(&points, span);
        self.until = span.1;
    }
}
