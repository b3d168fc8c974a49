//! Ratios k of n and small counts: more or less found than this hour of the week leads to expect.
//!
//! A ratio is never scored as a number: what was found in fading windows of 45 minutes to 18 hours
//! is compared with what the tenant's hours of week (`baseline`) lead to expect of as many
//! trials, by its deviance over the dispersion that the series itself showed (`window`). Scores
//! are in standard deviations; how often chance alone comes so high is known (`dial`), so the
//! user's dial is "false alarms a week", and an argument of the decision.
//! Of counts, the trials are the time that they were counted in, in whole minutes.
//!
//! Invariants: one pass, no look-ahead; a tick is scored before it is learned; bounded memory
//! (about 0.6 KB stored). Too little data is a [`Finding`] of its own, never "nothing found".

mod baseline;
mod dial;
mod window;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::dial::{false_alarms_per_week, threshold};
use self::{
    baseline::Baseline,
    window::{Tick, Window},
};
use super::{
    Side,
    calendar::Slot,
    encoding::{self, StateError},
};

/// Memories of the windows, in hours.
pub const MEMORIES: [f64; 4] = [0.75, 2.0, 6.0, 18.0];
/// Fewer trials than this in about a day are too few to say anything.
const LEAST_TRIALS: f64 = 50.0;
/// Days of history before anything is said.
const LEAST_DAYS: i64 = 7;
/// From this score on what happens is learned at [`SUSPICIOUS_WEIGHT`].
const SUSPICIOUS: f64 = 4.0;
/// What a suspicious tick weighs in the baseline.
const SUSPICIOUS_WEIGHT: f64 = 0.1;
/// Seconds in an hour, and in a day.
const HOUR: f64 = 3600.0;
const DAY: i64 = 86_400;

/// How finds are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Each trial has a find or none (binomial).
    Ratio,
    /// Finds over time, whose minutes are the trials (Poisson).
    Count,
}

/// What the detector says of one tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finding {
    /// Too short a history, or too few trials in a day: pool with the parent.
    NotEnoughData {
        /// Trials in about a day.
        trials: f64,
    },
    /// Scored.
    Scored(Score),
}

/// How far off what was found is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The window that is furthest above what is expected.
    pub rise: Evidence,
    /// The window that is furthest below.
    pub fall: Evidence,
    /// Standard deviations by which the shortest window is above what is expected, or below.
    pub latest: f64,
    /// What is expected of a trial now.
    pub expected: f64,
    /// Standard deviation of what was found of a trial in this tick alone; `None` without trials.
    pub deviation: Option<f64>,
}

/// One window against its expectation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Standard deviations in the direction asked for; negative where it is the other one.
    pub score: f64,
    /// Memory of the window, in hours.
    pub hours: f64,
    /// Faded sums.
    pub found: f64,
    /// What was expected of them.
    pub expected: f64,
    /// The trials behind both.
    pub trials: f64,
    /// Standard deviation of what was found.
    pub deviation: f64,
}

impl Score {
    /// The score in the direction that matters.
    pub fn on(&self, side: Side) -> f64 {
        self.evidence(side).score
    }

    /// The window that is furthest in the direction that matters.
    pub fn evidence(&self, side: Side) -> Evidence {
        match side {
            Side::Up => self.rise,
            Side::Both if self.rise.score >= self.fall.score => self.rise,
            Side::Down | Side::Both => self.fall,
        }
    }

    /// Whether it goes on: the shortest window lies on the side that the score lies on.
    pub fn goes_on(&self, side: Side) -> bool {
        let is_above = match side {
            Side::Up => true,
            Side::Down => false,
            Side::Both => self.rise.score >= self.fall.score,
        };
        if is_above { self.latest > 0.0 } else { self.latest < 0.0 }
    }

    /// Whether it is an alarm to whom so many false ones a week are acceptable.
    pub fn is_alarm(&self, side: Side, false_alarms: f64) -> bool {
        false_alarms_per_week(self.on(side), side) <= false_alarms
    }
}

/// The state of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeasonalDetector {
    family: Family,
    /// Unix second of the last tick; `None` before the first.
    last: Option<i64>,
    baseline: Baseline,
    windows: [Window; 4],
}

impl SeasonalDetector {
    /// The state before the first tick.
    pub fn new(family: Family) -> Self {
        Self { family, last: None, baseline: Baseline::new(), windows: [Window::default(); 4] }
    }

    /// Scores what was found since the last tick, then learns it. Ticks come in order of time; one
    /// that is not known is left out, one without trials is not.
    pub fn observe(&mut self, at: Timestamp, slot: Slot, found: u32, trials: u32) -> Finding {
        let trials = match self.family {
            Family::Ratio => f64::from(trials.max(found)),
            Family::Count => f64::from(trials),
        };
        self.tick(at.as_second(), slot, f64::from(found), trials)
    }

    fn tick(&mut self, at: i64, slot: Slot, found: f64, trials: f64) -> Finding {
        #[expect(clippy::cast_precision_loss, reason = "seconds between ticks are few")]
        let elapsed = self.last.map_or(0.0, |last| at.saturating_sub(last).max(1) as f64 / HOUR);
        self.last = Some(at);
        let day = at.div_euclid(DAY);
        self.baseline.advance(day);
        let usual = self.baseline.usual(slot, self.family);
        let chance = match self.family {
            Family::Ratio => usual.rate * (1.0 - usual.rate),
            Family::Count => usual.rate,
        };
        // An hour's trials share the error of their hour's baseline.
        let hour = self.windows[0].trials.max(trials);
        let variance = trials * chance * (1.0 + hour / usual.trials);
        let tick = Tick { found, trials, rate: usual.rate, variance };
        for (window, memory) in self.windows.iter_mut().zip(MEMORIES) {
            window.add(tick, libm::exp(-elapsed / memory));
        }
        let deviation = (variance * self.windows[0].dispersion(self.family)).sqrt();
        let deviation = (trials > 0.0).then(|| deviation / trials);
        let score = self.score(usual.rate, deviation);
        self.learn(slot, found, trials, elapsed, score.on(Side::Both));
        self.is_enough(day)
            .map_or(Finding::Scored(score), |trials| Finding::NotEnoughData { trials })
    }

    /// Trials in about a day if they are too few, or the history too short.
    fn is_enough(&self, day: i64) -> Option<f64> {
        let trials = self.windows[3].trials * (24.0 / MEMORIES[3]);
        let enough = match self.family {
            Family::Ratio => trials >= LEAST_TRIALS,
            Family::Count => true,
        };
        (!enough || self.baseline.age(day) < LEAST_DAYS).then_some(trials)
    }

    fn score(&self, expected: f64, deviation: Option<f64>) -> Score {
        let evidence = std::array::from_fn::<_, 4, _>(|i| {
            let window = &self.windows[i];
            Evidence {
                score: window.score(self.family),
                hours: MEMORIES[i],
                found: window.found,
                expected: window.expected,
                trials: window.trials,
                deviation: window.deviation(self.family),
            }
        });
        let latest = evidence[0].score;
        let most =
            |best: Evidence, other: Evidence| if other.score > best.score { other } else { best };
        let turned = evidence.map(|one| Evidence { score: -one.score, ..one });
        let [first, rest @ ..] = evidence;
        let [first_turned, rest_turned @ ..] = turned;
        Score {
            rise: rest.into_iter().fold(first, most),
            fall: rest_turned.into_iter().fold(first_turned, most),
            latest,
            expected,
            deviation,
        }
    }

    fn learn(&mut self, slot: Slot, found: f64, trials: f64, elapsed: f64, score: f64) {
        let faded = libm::exp2(-elapsed / (24.0 * baseline::MEMORY));
        for (window, memory) in self.windows.iter_mut().zip(MEMORIES) {
            // What a window holds turns over once in twice its memory.
            window.learn_dispersion((elapsed / (2.0 * memory)).min(1.0), faded, self.family);
        }
        let weight = if score >= SUSPICIOUS { SUSPICIOUS_WEIGHT } else { 1.0 };
        self.baseline.learn(slot, weight * found, weight * trials);
    }

    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        encoding::encode(self)
    }

    /// The state that was stored.
    pub fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let state: Self = encoding::decode(bytes)?;
        if state.baseline.is_consistent() { Ok(state) } else { Err(StateError::Inconsistent) }
    }
}
