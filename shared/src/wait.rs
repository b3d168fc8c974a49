//! The longest wait: how long the oldest conversation still queued has waited, sampled each minute.
//!
//! An entry that has not left stands in the cohort of its minute ([`Metric::QueueCohort`]) until it
//! leaves, so the oldest cohort that is not empty holds the oldest still queued. The sample is not
//! restated: what arrives late changes the next one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    conversation::LONGEST_STAY,
    dimension::{Dimension, WIDTH},
    metric::Metric,
    minute::Minute,
    sums::{Amount, Sums},
};

/// A sample: the longest wait of each queue and channel in which somebody waits, in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When it was taken.
    pub minute: Minute,
    /// Queue, channel, wait.
    pub waits: Vec<(String, String, i64)>,
}

impl Sample {
    /// The first minute whose cohorts may still wait: entries older than 12 hours have left.
    pub fn since(now: i64) -> Minute {
        Minute::of(now.saturating_sub(LONGEST_STAY))
    }

    /// Takes a sample of the cohorts by `[queue, channel]` and minute.
    pub fn take(cohorts: &BTreeMap<Vec<String>, BTreeMap<Minute, Amount>>, now: i64) -> Self {
        let waits = cohorts.iter().filter_map(|(label, by_minute)| {
            let [queue, channel, ..] = label.as_slice() else { return None };
            let entered = oldest(by_minute, now)?;
            let wait = now.saturating_sub(entered).max(0) / 1_000;
            Some((queue.clone(), channel.clone(), wait))
        });
        Self { minute: Minute::of(now), waits: waits.collect() }
    }

    /// What the sample adds to the rollups. Where somebody waited in the sample before and nobody
    /// does now, the level is set to zero, once.
    pub fn contribute(&self, before: &Self, sums: &mut Sums) {
        let mut waits: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for (sample, takes) in [(before, false), (self, true)] {
            for (queue, channel, wait) in &sample.waits {
                waits.insert((queue, channel), if takes { *wait } else { 0 });
            }
        }
        for ((queue, channel), wait) in waits {
            let mut values = [""; WIDTH];
            values[Dimension::Queue.index()] = queue;
            values[Dimension::Channel.index()] = channel;
            let vector = sums.vector(values);
            sums.add(self.minute, Metric::LongestWait, vector, &Amount::level(wait));
        }
    }
}

/// When the oldest entry of the cohorts entered: exactly where it is alone in its minute, else to
/// within 1 % of a minute.
fn oldest(by_minute: &BTreeMap<Minute, Amount>, now: i64) -> Option<i64> {
    let (minute, amount) =
        by_minute.range(Sample::since(now)..).find(|(_, amount)| amount.count > 0)?;
    if amount.count == 1 {
        let into = i64::try_from(amount.sum.max(0)).ok()?.checked_mul(1_000)?;
        return Some(minute.start().saturating_add(into));
    }
    #[expect(clippy::cast_possible_truncation, reason = "seconds within a minute")]
    let into = amount.sketch.quantile(0.0).map_or(0, |seconds| (seconds * 1e9) as i64);
    Some(minute.start().saturating_add(into))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minute::{HOUR, MINUTE, SECOND};

    fn cohorts(entries: &[(i64, i64)]) -> BTreeMap<Vec<String>, BTreeMap<Minute, Amount>> {
        let mut by_minute: BTreeMap<Minute, Amount> = BTreeMap::new();
        for (entered, sign) in entries {
            let minute = Minute::of(*entered);
            let into = (entered - minute.start()) / 1_000;
            by_minute.entry(minute).or_default().merge(&Amount::sample(into), *sign);
        }
        BTreeMap::from([(vec!["billing".to_owned(), "voice".to_owned()], by_minute)])
    }

    #[track_caller]
    fn check(entries: &[(i64, i64)], now: i64, expected: Option<i64>) {
        let sample = Sample::take(&cohorts(entries), now);
        let wait = sample.waits.first().map(|(.., wait)| wait / 1_000_000);
        assert_eq!(wait, expected);
    }

    #[test]
    fn the_oldest_that_has_not_left_has_waited_longest() {
        let (first, second) = (HOUR + 10 * SECOND, HOUR + 2 * MINUTE + 30 * SECOND);
        check(&[], 2 * HOUR, None);
        check(&[(first, 1), (second, 1)], HOUR + 5 * MINUTE, Some(290));
        check(&[(first, 1), (second, 1), (first, -1)], HOUR + 5 * MINUTE, Some(150));
        check(&[(first, 1), (first, -1)], HOUR + 5 * MINUTE, None);
    }

    #[test]
    fn an_entry_of_twelve_hours_ago_has_left() {
        check(&[(HOUR, 1)], 13 * HOUR, Some(12 * 3_600));
        check(&[(HOUR, 1)], 13 * HOUR + MINUTE, None);
    }

    #[test]
    fn a_queue_that_empties_is_set_to_zero_once() {
        let waiting = Sample::take(&cohorts(&[(HOUR, 1)]), HOUR + MINUTE);
        let empty = Sample::take(&BTreeMap::new(), HOUR + 2 * MINUTE);
        let levels = |before: &Sample, sample: &Sample| {
            let mut sums = Sums::default();
            sample.contribute(before, &mut sums);
            sums.iter().filter_map(|(.., amount)| amount.anchor()).collect::<Vec<_>>()
        };
        assert_eq!(levels(&Sample::default(), &waiting), [60_000_000]);
        assert_eq!(levels(&waiting, &empty), [0]);
        assert_eq!(levels(&empty, &empty), Vec::<i128>::new());
    }
}
