//! The usual value of each half hour of the day, on working days and on days off.

use serde::{Deserialize, Serialize};

use crate::detect::{
    calendar::{DayKind, HALF_HOURS, Slot},
    half::{self, Half},
};

/// Share of a new value.
const RATE: f64 = 0.1;
/// From so many values on, a slot learns at [`RATE`]; before, it is their mean.
const SETTLED: u8 = 10;
/// A slot of one kind of day is trusted from so many values on; before, both kinds are pooled.
const TRUSTED: u8 = 2;

/// Half-hourly means, two bytes each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Profile {
    /// The series' first value: slots are kept as distances from it.
    centre: f64,
    /// What 1 in a slot means, a power of two; 0 while no value differed from the centre.
    unit: f64,
    slots: Vec<Half>,
    /// Values seen by half hour, up to [`SETTLED`]: working days in the low four bits.
    seen: Vec<u8>,
}

impl Profile {
    pub(super) fn new() -> Self {
        Self {
            centre: 0.0,
            unit: 0.0,
            slots: vec![Half::default(); 2 * HALF_HOURS],
            seen: vec![0; HALF_HOURS],
        }
    }

    /// Keeps slots as distances from the series' first value.
    pub(super) fn start(&mut self, centre: f64) {
        self.centre = centre;
    }

    /// Whether slots can be looked up.
    pub(super) fn is_consistent(&self) -> bool {
        self.slots.len() == 2 * HALF_HOURS && self.seen.len() == HALF_HOURS
    }

    /// What is usual here; both kinds of day pooled until this one was seen often enough.
    pub(super) fn usual(&self, slot: Slot) -> Option<f64> {
        let half_hour = slot.half_hour();
        if self.seen(half_hour, slot.day) >= TRUSTED {
            return Some(self.centre + self.unit * self.slots[slot.half_hour_of_week()].value());
        }
        let working = f64::from(self.seen(half_hour, DayKind::Working));
        let off = f64::from(self.seen(half_hour, DayKind::Off));
        let sum = working * self.slots[half_hour].value()
            + off * self.slots[half_hour + HALF_HOURS].value();
        let seen = working + off;
        (seen > 0.0).then(|| self.centre + self.unit * (sum / seen))
    }

    pub(super) fn learn(&mut self, slot: Slot, value: f64) {
        let distance = value - self.centre;
        self.make_room(distance.abs());
        let scaled = if self.unit > 0.0 { distance / self.unit } else { 0.0 };
        let seen = self.seen(slot.half_hour(), slot.day);
        let rate = RATE.max(1.0 / f64::from(seen + 1));
        let kept = &mut self.slots[slot.half_hour_of_week()];
        *kept = Half::of(kept.value() + rate * (scaled - kept.value()));
        if seen < SETTLED {
            self.seen[slot.half_hour()] += match slot.day {
                DayKind::Working => 1,
                DayKind::Off => 1 << 4,
            };
        }
    }

    fn seen(&self, half_hour: usize, day: DayKind) -> u8 {
        match day {
            DayKind::Working => self.seen[half_hour] & 0xf,
            DayKind::Off => self.seen[half_hour] >> 4,
        }
    }

    /// Chooses the unit so that a distance lies well within the range of [`Half`].
    fn make_room(&mut self, distance: f64) {
        let fits = distance < self.unit * half::LARGEST;
        if distance == 0.0 || fits {
            return;
        }
        let unit = libm::ldexp(1.0, libm::frexp(distance).1);
        let ratio = self.unit / unit;
        for slot in &mut self.slots {
            *slot = Half::of(slot.value() * ratio);
        }
        self.unit = unit;
    }
}
