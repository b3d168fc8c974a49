//! One bucket size: three statistics of each bucket, and what they are compared with.

use serde::{Deserialize, Serialize};

use super::surprise::Surprise;
use crate::detect::{calendar::HALF_HOURS, half::Half};

/// Share of a new value in a profile.
const PROFILE_RATE: f64 = 0.1;
/// Share of a new bucket in the smoothed mean.
const SMOOTH_RATE: f64 = 1.0 / 6.0;
/// Points of the series after which the slow level follows at an even rate.
const SLOW_MEMORY: f64 = 3000.0;

/// Buckets of one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    /// Points in a bucket.
    size: u32,
    /// Points in the open bucket, their sum, highest and lowest.
    filled: u32,
    sum: f64,
    highest: f64,
    lowest: f64,
    /// Buckets closed.
    closed: u32,
    /// Mean, highest, lowest.
    statistics: [Statistic; 3],
    week: Profile,
    week_surprise: Surprise,
    smooth: f64,
    slow: f64,
    shift_surprise: Surprise,
}

impl Scale {
    pub(super) fn new(size: u32) -> Self {
        Self {
            size,
            filled: 0,
            sum: 0.0,
            highest: 0.0,
            lowest: 0.0,
            closed: 0,
            statistics: std::array::from_fn(|_| Statistic::new()),
            week: Profile::new(2 * HALF_HOURS),
            week_surprise: Surprise::default(),
            smooth: 0.0,
            slow: 0.0,
            shift_surprise: Surprise::default(),
        }
    }

    pub(super) fn size(&self) -> u32 {
        self.size
    }

    /// Whether slots can be looked up.
    pub(super) fn is_consistent(&self) -> bool {
        self.week.slots.len() == 2 * HALF_HOURS
            && self.statistics.iter().all(|one| one.profile.slots.len() == HALF_HOURS)
    }

    /// Adds a point at a half hour of the week; how surprising the bucket is that it closes, or 0.
    pub(super) fn observe(&mut self, slot: usize, value: f64) -> f64 {
        let is_first = self.filled == 0;
        self.sum += value;
        self.highest = if is_first { value } else { self.highest.max(value) };
        self.lowest = if is_first { value } else { self.lowest.min(value) };
        self.filled = self.filled.saturating_add(1);
        if self.filled < self.size {
            return 0.0;
        }
        let mean = self.sum / f64::from(self.size);
        (self.filled, self.sum) = (0, 0.0);
        self.close(slot, mean)
    }

    fn close(&mut self, slot: usize, mean: f64) -> f64 {
        let is_first = self.closed == 0;
        self.closed = self.closed.saturating_add(1);
        let values = [mean, self.highest, self.lowest];
        let mut most = 0.0_f64;
        for (statistic, value) in self.statistics.iter_mut().zip(values) {
            most = most.max(statistic.observe(slot % HALF_HOURS, value, is_first, self.size));
        }
        match self.week.learn(slot, mean) {
            Usual::Unknown => {}
            Usual::Once(usual) | Usual::Often(usual) => {
                most = most.max(self.week_surprise.observe(mean - usual, self.size));
            }
        }
        most.max(self.shift(mean, is_first))
    }

    /// How surprising the distance of the smoothed mean from the slow level is.
    fn shift(&mut self, mean: f64, is_first: bool) -> f64 {
        if is_first {
            (self.smooth, self.slow) = (mean, mean);
        }
        self.smooth += SMOOTH_RATE * (mean - self.smooth);
        let surprise = self.shift_surprise.observe(self.smooth - self.slow, self.size);
        let rate = (f64::from(self.size) / SLOW_MEMORY).max(1.0 / f64::from(self.closed));
        self.slow += rate * (mean - self.slow);
        surprise
    }
}

/// One statistic of the buckets, compared with the previous bucket's and the usual one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Statistic {
    previous: f64,
    profile: Profile,
    jump_surprise: Surprise,
    usual_surprise: Surprise,
}

impl Statistic {
    fn new() -> Self {
        Self {
            previous: 0.0,
            profile: Profile::new(HALF_HOURS),
            jump_surprise: Surprise::default(),
            usual_surprise: Surprise::default(),
        }
    }

    fn observe(&mut self, half_hour: usize, value: f64, is_first: bool, size: u32) -> f64 {
        let jump = if is_first { 0.0 } else { value - self.previous };
        self.previous = value;
        let jump = self.jump_surprise.observe(jump, size);
        match self.profile.learn(half_hour, value) {
            // A half hour of the day comes soon again: one value is not yet trusted.
            Usual::Unknown | Usual::Once(_) => jump,
            Usual::Often(usual) => jump.max(self.usual_surprise.observe(value - usual, size)),
        }
    }
}

/// What a slot held so far.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Usual {
    Unknown,
    /// One value.
    Once(f64),
    /// The exponentially weighted mean of several.
    Often(f64),
}

/// What is usual in each slot of a day or a week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Profile {
    slots: Vec<Half>,
    /// One bit for each slot that has a value.
    once: u128,
    /// One bit for each slot that has two or more.
    often: u128,
}

impl Profile {
    fn new(slots: usize) -> Self {
        Self { slots: vec![Half::default(); slots], once: 0, often: 0 }
    }

    /// What was usual before this value; then learns it.
    fn learn(&mut self, slot: usize, value: f64) -> Usual {
        let (bit, usual) = (1 << slot, self.slots[slot].value());
        let (before, rate) = if self.often & bit != 0 {
            (Usual::Often(usual), PROFILE_RATE)
        } else if self.once & bit != 0 {
            (Usual::Once(usual), PROFILE_RATE)
        } else {
            (Usual::Unknown, 1.0)
        };
        self.slots[slot] = Half::of(usual + rate * (value - usual));
        self.often |= self.once & bit;
        self.once |= bit;
        before
    }
}
