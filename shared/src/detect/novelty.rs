//! Novelty: how surprising the last points are, given all that the series did before.
//!
//! Points are gathered in buckets of three sizes. At a bucket's close its mean, highest and lowest
//! value are each compared with the previous bucket and with what is usual for this half hour of
//! the day; the mean also with what is usual for this half hour of the week, and, smoothed, with a
//! slow level (`scale`). How often a comparison turned out at least as large before is its
//! surprise (`surprise`); the series' novelty is the largest.
//!
//! Invariants: one pass, no look-ahead; memory is bounded (under 4 KB stored). Novelty is 0 at
//! points that close no bucket and, within an episode of 96 points, at all but records.

mod scale;
mod surprise;

use serde::{Deserialize, Serialize};

use self::scale::Scale;
use super::{
    calendar::Slot,
    encoding::{self, StateError},
};

/// Points on which centre and scale are set.
const FIRST: usize = 24;
/// Points in a bucket.
const SIZES: [u32; 3] = [3, 12, 24];
/// Points in which only a higher novelty is a new record: four of the largest buckets.
const EPISODE: u32 = 96;
/// Novelty at which the score is 0.5: once in a thousand.
const MIDDLE: f64 = 3.0;
/// Values and distances beyond this many scales are taken for it.
const FAR: f64 = 1e6;

/// The state of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoveltyDetector {
    /// The first points with their half hours of the week, until there are enough of them.
    first: Vec<(f64, u8)>,
    centre: f64,
    /// Mean distance of the first points from their centre; 0 until it is known.
    spread: f64,
    scales: Vec<Scale>,
    /// Highest novelty of the episode.
    record: f64,
    /// Points since then.
    since: u32,
}

impl NoveltyDetector {
    /// The state before the first point.
    pub fn new() -> Self {
        Self {
            first: Vec::new(),
            centre: 0.0,
            spread: 0.0,
            scales: SIZES.map(Scale::new).into(),
            record: 0.0,
            since: 0,
        }
    }

    /// How novel a point is: −log10 of how often that was to be expected; 0 where nothing can be
    /// said. A value that is no number changes nothing.
    pub fn observe(&mut self, slot: Slot, value: f64) -> f64 {
        if !value.is_finite() {
            return 0.0;
        }
        if self.spread > 0.0 {
            let novelty = self.learn(slot.half_hour_of_week(), value);
            return self.record(novelty);
        }
        #[expect(clippy::cast_possible_truncation, reason = "0 to 95")]
        self.first.push((value, slot.half_hour_of_week() as u8));
        if self.first.len() == FIRST {
            self.start();
        }
        0.0
    }

    /// Sets centre and spread, and learns the points that were kept for it.
    fn start(&mut self) {
        let first = std::mem::take(&mut self.first);
        #[expect(clippy::cast_precision_loss, reason = "24")]
        let share = 1.0 / FIRST as f64;
        self.centre = first.iter().map(|(value, _)| value * share).sum();
        let distances = first.iter().map(|(value, _)| (value - self.centre).abs() * share);
        self.spread = distances.sum::<f64>().min(f64::MAX);
        if self.spread == 0.0 {
            self.spread = (self.centre.abs() * 0.01).max(f64::MIN_POSITIVE);
        }
        for (value, slot) in first {
            self.learn(usize::from(slot), value);
        }
    }

    fn learn(&mut self, slot: usize, value: f64) -> f64 {
        let distance = ((value - self.centre) / self.spread).clamp(-FAR, FAR);
        let novelties = self.scales.iter_mut().map(|scale| scale.observe(slot, distance));
        novelties.fold(0.0, f64::max)
    }

    fn record(&mut self, novelty: f64) -> f64 {
        self.since = self.since.saturating_add(1);
        if novelty > 0.0 && (self.since > EPISODE || novelty > self.record) {
            (self.record, self.since) = (novelty, 0);
            novelty
        } else {
            0.0
        }
    }

    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        encoding::encode(self)
    }

    /// The state that was stored.
    pub fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let state: Self = encoding::decode(bytes)?;
        let sizes = state.scales.iter().map(Scale::size);
        let fits = state.first.len() < FIRST
            && sizes.eq(SIZES)
            && state.scales.iter().all(Scale::is_consistent);
        if fits { Ok(state) } else { Err(StateError::Inconsistent) }
    }
}

impl Default for NoveltyDetector {
    fn default() -> Self {
        Self::new()
    }
}

/// Novelty as a score from 0 up to, never reaching, 1.
pub fn score(novelty: f64) -> f64 {
    novelty / (novelty + MIDDLE)
}
