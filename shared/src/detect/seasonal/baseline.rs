//! What is usual at each hour of the week: found and trials, on working days and on days off.

use serde::{Deserialize, Serialize};

use super::Family;
use crate::detect::calendar::{HOURS, Slot};

/// Half-life of what was seen, in days.
pub(super) const MEMORY: f64 = 28.0;
/// An hour of the week is drawn to the series' mean as if it had seen so many more trials of it.
const PSEUDO_TRIALS: f64 = 100.0;
/// The same of counts, in found ones: hours differ more among each other in how much happens.
const PSEUDO_FOUND: f64 = 4.0;
/// Shares closer to 0 or 1 are taken for this far from it.
const LEAST_SHARE: f64 = 1e-6;

/// Found and trials by hour of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Baseline {
    hours: Vec<(f32, f32)>,
    /// The day up to which memory has faded, in days since the epoch.
    day: i64,
    /// When the series began, in days since the epoch.
    first_day: i64,
}

/// What is usual now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usual {
    /// Found in a trial.
    pub(super) rate: f64,
    /// Trials that this rests on.
    pub(super) trials: f64,
}

impl Baseline {
    pub(super) fn new() -> Self {
        Self { hours: vec![(0.0, 0.0); 2 * HOURS], day: i64::MIN, first_day: i64::MAX }
    }

    /// Whether slots can be looked up.
    pub(super) fn is_consistent(&self) -> bool {
        self.hours.len() == 2 * HOURS
    }

    /// Days from the series' first one to this one.
    pub(super) fn age(&self, day: i64) -> i64 {
        day.saturating_sub(self.first_day)
    }

    /// Lets memory fade up to this day.
    #[expect(clippy::cast_possible_truncation, reason = "kept to 24 bits")]
    pub(super) fn advance(&mut self, day: i64) {
        if self.first_day == i64::MAX {
            (self.first_day, self.day) = (day, day);
        }
        if day <= self.day {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "days")]
        let kept = libm::exp2(-(day.saturating_sub(self.day) as f64) / MEMORY) as f32;
        for (found, trials) in &mut self.hours {
            *found *= kept;
            *trials *= kept;
        }
        self.day = day;
    }

    /// What is usual at this hour of the week: its own past, shrunk to the series' mean.
    pub(super) fn usual(&self, slot: Slot, family: Family) -> Usual {
        let sum = |pick: fn(&(f32, f32)) -> f32| -> f64 {
            self.hours.iter().map(|hour| f64::from(pick(hour))).sum()
        };
        // Half a find in one trial: a series without any is not certain to stay so.
        let mean = (sum(|hour| hour.0) + 0.5) / (sum(|hour| hour.1) + 1.0);
        let (found, trials) = self.hours[slot.hour_of_week()];
        let pseudo = match family {
            Family::Ratio => PSEUDO_TRIALS,
            Family::Count => PSEUDO_FOUND / mean,
        };
        let trials = f64::from(trials) + pseudo;
        let rate = (f64::from(found) + pseudo * mean) / trials;
        let rate = match family {
            Family::Ratio => rate.clamp(LEAST_SHARE, 1.0 - LEAST_SHARE),
            Family::Count => rate,
        };
        Usual { rate, trials }
    }

    #[expect(clippy::cast_possible_truncation, reason = "kept to 24 bits")]
    pub(super) fn learn(&mut self, slot: Slot, found: f64, trials: f64) {
        let hour = &mut self.hours[slot.hour_of_week()];
        hour.0 += found as f32;
        hour.1 += trials as f32;
    }
}
