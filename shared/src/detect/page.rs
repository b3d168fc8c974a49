//! Pages on means, quantiles and gauges: a value that jumped, and lies where it usually does not.
//!
//! Three residuals, each predicted before the value is learned: from the previous value, from what
//! is usual for this half hour of the (working or free) day (`profile`), and from the slow level.
//! The previous value counts as it was, or moved as is usual from then to now, whichever is nearer:
//! a centre that opens at eight jumps every morning, and wakes nobody.
//! Each residual is divided by the size that its own half-hourly peaks usually have (`peaks`).
//! That makes one threshold fit a point a minute and a point an hour alike: a series with thirty
//! chances in half an hour to exceed its standard deviation does not get thirty times as many pages.
//! The score is the jump plus the larger of the two displacements.
//!
//! Invariants: one pass, no look-ahead; a value is scored before it is learned; memory is bounded
//! (under 0.4 KB stored).

mod peaks;
mod profile;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::{peaks::Peaks, profile::Profile};
use super::{
    Side,
    calendar::Slot,
    encoding::{self, StateError},
    episode::Episode,
};

/// Half-life of the level, in seconds.
const LEVEL_MEMORY: f64 = 3.0 * 86_400.0;
/// Values before the first score.
const WARM_UP: u32 = 30;
/// Among the three residuals, the one against what is usual for the half hour.
const USUAL: usize = 1;
/// Usual peaks on either side of the expected value that are shown as its range.
const BAND: f64 = 3.0;
/// False alarms a week at a score of 1, and the power by which they fall.
const FALSE_ALARMS_AT_ONE: f64 = 50.0;
const TAIL: f64 = 2.4;
/// Larger values are taken for this one, whose square is still finite.
const LARGEST: f64 = 1e150;

/// What a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Residual {
    /// The previous value, as it was or moved as is usual.
    Previous,
    /// What is usual for this half hour of the week.
    Usual,
    /// The level of the last days.
    Level,
}

/// What the detector says of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Page {
    /// How sudden and how unusual, in usual half-hourly peaks.
    pub score: f64,
    /// Whether the value lies above what is expected.
    pub is_above: bool,
    /// Whether it opens an episode or is the highest of the open one.
    pub is_record: bool,
    /// The residual that contributes most.
    pub reason: Residual,
    /// What the value was compared with there.
    pub reference: f64,
    /// How many times its usual half-hourly peak that residual is.
    pub times: f64,
    /// What is usual for this half hour of the week.
    pub expected: f64,
    /// Three usual half-hourly peaks below.
    pub lower: f64,
    /// Three usual half-hourly peaks above.
    pub upper: f64,
}

impl Page {
    /// The score in the direction that matters, else 0.
    pub fn on(&self, side: Side) -> f64 {
        let matters = match side {
            Side::Up => self.is_above,
            Side::Down => !self.is_above,
            Side::Both => true,
        };
        if matters { self.score } else { 0.0 }
    }
}

/// The state of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageDetector {
    values: u32,
    /// Unix second of the last value.
    last: i64,
    previous: f64,
    /// What was usual then.
    previous_usual: f64,
    level: f64,
    profile: Profile,
    peaks: Peaks,
    episode: Episode,
}

impl PageDetector {
    /// The state before the first value.
    pub fn new() -> Self {
        Self {
            values: 0,
            last: 0,
            previous: 0.0,
            previous_usual: 0.0,
            level: 0.0,
            profile: Profile::new(),
            peaks: Peaks::default(),
            episode: Episode::default(),
        }
    }

    /// Scores a value, then learns it. `None` while too few were seen, and of a value that is no
    /// number, which changes nothing.
    ///
    /// Values come in order of time; a missing one is left out.
    pub fn observe(&mut self, at: Timestamp, slot: Slot, value: f64) -> Option<Page> {
        if !value.is_finite() {
            return None;
        }
        let value = value.clamp(-LARGEST, LARGEST);
        if self.values == 0 {
            (self.previous, self.previous_usual, self.level) = (value, value, value);
            self.profile.start(value);
        }
        self.peaks.advance(at.as_second());
        let usual = self.profile.usual(slot).unwrap_or(self.level);
        let moved = self.previous + (usual - self.previous_usual);
        let references = [nearer(value, self.previous, moved), usual, self.level];
        let page = (self.values > WARM_UP).then(|| self.judge(at, value, references));
        self.peaks.learn(references.map(|reference| value - reference));
        self.learn(at.as_second(), slot, value);
        self.previous_usual = usual;
        page
    }

    fn judge(&mut self, at: Timestamp, value: f64, references: [f64; 3]) -> Page {
        let times = self.peaks.times(references.map(|reference| value - reference));
        let [jump, unusual, displaced] = times;
        let score = jump + unusual.max(displaced);
        let is_record = self.episode.is_record(at, score);
        let most = (1..3).fold(0, |most, i| if times[i] > times[most] { i } else { most });
        let expected = references[USUAL];
        let band = BAND * self.peaks.usual(USUAL);
        Page {
            score,
            is_above: value > expected,
            is_record,
            reason: [Residual::Previous, Residual::Usual, Residual::Level][most],
            reference: references[most],
            times: times[most],
            expected,
            lower: expected - band,
            upper: expected + band,
        }
    }

    fn learn(&mut self, at: i64, slot: Slot, value: f64) {
        #[expect(clippy::cast_precision_loss, reason = "seconds between values are few")]
        let elapsed = at.saturating_sub(self.last).max(1) as f64;
        self.values = self.values.saturating_add(1);
        let rate = share_of_new(elapsed, LEVEL_MEMORY).max(1.0 / f64::from(self.values));
        self.level += rate * (value - self.level);
        self.profile.learn(slot, value);
        (self.previous, self.last) = (value, at);
    }

    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        encoding::encode(self)
    }

    /// The state that was stored.
    pub fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let state: Self = encoding::decode(bytes)?;
        if state.profile.is_consistent() { Ok(state) } else { Err(StateError::Inconsistent) }
    }
}

impl Default for PageDetector {
    fn default() -> Self {
        Self::new()
    }
}

/// How many times a week a series scores so high without being wrong.
///
/// An estimate, no bound: what was measured over 60 labelled series of rates, volumes and latencies
/// (Microsoft cloud monitoring dataset, 206 series-weeks) follows this power of the score from one
/// false alarm in ten weeks to eight a week.
pub fn false_alarms_per_week(score: f64) -> f64 {
    FALSE_ALARMS_AT_ONE * libm::pow(score, -TAIL)
}

/// The score that is exceeded falsely so many times a week.
pub fn threshold(per_week: f64) -> f64 {
    libm::pow(FALSE_ALARMS_AT_ONE / per_week, 1.0 / TAIL)
}

fn nearer(value: f64, one: f64, other: f64) -> f64 {
    if (value - other).abs() < (value - one).abs() { other } else { one }
}

/// What a new value weighs after so many seconds, where the half-life is `memory` seconds.
fn share_of_new(elapsed: f64, memory: f64) -> f64 {
    1.0 - libm::exp2(-elapsed / memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_has_the_rate_that_was_asked_for() {
        for rate in [0.01, 0.1, 1.0] {
            let at = false_alarms_per_week(threshold(rate));
            assert!((at / rate - 1.0).abs() < 1e-9, "{at} for {rate}");
        }
    }
}
