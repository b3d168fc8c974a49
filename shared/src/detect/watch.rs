//! A watched selection: its series point by point, each with the detector that suits the metric.
//!
//! | kind of metric | detector | a point is |
//! |---|---|---|
//! | ratio, count | [`seasonal`] | five minutes, as its false alarms were measured |
//! | gauge | [`page`] | the level at the end of five minutes |
//! | mean, distribution, sum, index | [`page`] | half an hour, as fine as its profile is |
//!
//! A step without trials or values is no point; of counts it is one, of none. A point is scored once,
//! when its last minute is [`AGE`] old; of a metric that later events revise for up to an hour, when it
//! is that old. What is revised for longer can not be watched ([`suits`]).
//!
//! # Invariants
//!
//! * What is said of a series is a function of its points alone: a state that was stored and restored
//!   says the same.
//! * Points come in order; one that the state has seen is not seen again.

use serde::{Deserialize, Serialize};

use super::{
    Side,
    calendar::{Calendar, Slot},
    encoding::StateError,
    page::{self, PageDetector, Residual},
    seasonal::{self, Family, Finding, SeasonalDetector},
};
use crate::{
    metric::{Kind, Metric},
    minute::Minute,
    query::Selection,
    sums::Amount,
};

/// How old a point's last minute is when it is scored, in minutes.
pub const AGE: i32 = 2;
/// The longest time that a watched metric may be revised for, in minutes.
const LONGEST_HORIZON: i32 = 60;
/// What the newest point says holds for so long, in minutes.
const CURRENT: i32 = 60;

/// What is watched, and in which direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// One series for each of its labels.
    pub selection: Selection,
    /// Which changes matter.
    pub side: Side,
}

/// The state of one series, and what was said of its newest point.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    detector: Detector,
    reading: Option<Reading>,
}

#[derive(Clone, Debug, PartialEq)]
enum Detector {
    Page(PageDetector),
    Seasonal(SeasonalDetector),
}

/// The stored form of a series.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredSeries {
    state: Vec<u8>,
    reading: Option<Reading>,
}

/// What is said of a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The minute after its last.
    pub until: Minute,
    /// Trials, values or occurrences that it rests on.
    pub n: i64,
    /// How unusual; `None` where there is too little to say.
    pub score: Option<Scored>,
}

/// How unusual a point is, with figures in the metric's public unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// How many times a week chance alone comes so high.
    pub false_alarms: f64,
    /// Whether the latest of what it rests on lies on the bad side too.
    pub goes_on: bool,
    /// What was found.
    pub value: f64,
    /// What was expected, and three standard deviations or usual peaks on either side.
    pub expected: [f64; 3],
    /// How long what it rests on is, in minutes.
    pub window: i32,
    /// The reason, for people.
    pub words: String,
}

/// Whether a metric can be watched; else the reason why not.
pub fn suits(metric: Metric) -> Result<(), &'static str> {
    let definition = metric.definition();
    if definition.derived.is_some() && metric.kind() != Kind::Gauge {
        Err("is worked out from other metrics and has no trials of its own")
    } else if definition.horizon_minutes > LONGEST_HORIZON {
        Err("is revised for more than an hour, so its newest figures are none to judge by: use \
             `drop`, `rise` or `threshold`")
    } else {
        Ok(())
    }
}

impl Watch {
    /// Length of a point, in minutes.
    pub fn step(&self) -> i32 {
        match self.selection.metric.kind() {
            Kind::Ratio | Kind::Count | Kind::Gauge => 5,
            Kind::Mean | Kind::Distribution | Kind::Sum | Kind::Index => 30,
        }
    }

    /// How old a point's last minute is when it is scored, in minutes.
    pub fn age(&self) -> i32 {
        self.selection.metric.definition().horizon_minutes.max(AGE)
    }

    /// Whether a step in which nothing happened is a point.
    pub fn counts_nothing(&self) -> bool {
        self.selection.metric.kind() == Kind::Count
    }

    /// The minute after the last point that is old enough now.
    pub fn until(&self, now: Minute) -> Minute {
        let settled = now.plus(-self.age());
        Minute(settled.0.div_euclid(self.step()) * self.step())
    }

    /// The oldest minute whose point still says something now.
    pub fn since(&self, now: Minute) -> Minute {
        self.until(now).plus(-CURRENT)
    }

    /// A series that has no point yet.
    pub fn begin(&self) -> Series {
        let detector = match self.selection.metric.kind() {
            Kind::Ratio => Detector::Seasonal(SeasonalDetector::new(Family::Ratio)),
            Kind::Count => Detector::Seasonal(SeasonalDetector::new(Family::Count)),
            Kind::Gauge | Kind::Mean | Kind::Distribution | Kind::Sum | Kind::Index => {
                Detector::Page(PageDetector::new())
            }
        };
        Series { detector, reading: None }
    }
}

impl Series {
    /// Scores the point that begins at a minute, then learns it.
    pub fn observe(&mut self, watch: &Watch, calendar: &Calendar, start: Minute, amount: &Amount) {
        let (at, metric) = (start.timestamp(), watch.selection.metric);
        let slot = calendar.slot(at);
        let until = start.plus(watch.step());
        let (n, score) = match &mut self.detector {
            Detector::Seasonal(detector) => {
                let whole = |number: i128| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
                let count = i128::from(amount.count);
                let (found, trials) = match metric.kind() {
                    Kind::Count => (count, i128::from(watch.step())),
                    _ => (amount.sum, count),
                };
                let finding = detector.observe(at, slot, whole(found), whole(trials));
                of_finding(finding, watch, slot)
            }
            Detector::Page(detector) => {
                let Some(value) = amount.figure(metric) else { return };
                let page = detector.observe(at, slot, value);
                (amount.count, page.and_then(|page| of_page(&page, value, watch, slot)))
            }
        };
        self.reading = Some(Reading { until, n, score });
    }

    /// Whether it has a point.
    pub fn has_begun(&self) -> bool {
        self.reading.is_some()
    }

    /// What was said of the newest point, if it is new enough to say something now.
    pub fn reading(&self, watch: &Watch, now: Minute) -> Option<&Reading> {
        self.reading.as_ref().filter(|reading| reading.until > watch.since(now))
    }

    /// The stored form.
    pub fn store(&self) -> StoredSeries {
        let state = match &self.detector {
            Detector::Page(detector) => detector.encode(),
            Detector::Seasonal(detector) => detector.encode(),
        };
        StoredSeries { state, reading: self.reading.clone() }
    }

    /// The series that was stored.
    pub fn restore(watch: &Watch, stored: StoredSeries) -> Result<Self, StateError> {
        let StoredSeries { state, reading } = stored;
        let detector = match watch.begin().detector {
            Detector::Page(_) => Detector::Page(PageDetector::decode(&state)?),
            Detector::Seasonal(_) => Detector::Seasonal(SeasonalDetector::decode(&state)?),
        };
        Ok(Self { detector, reading })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "trials and minutes are small")]
fn of_finding(finding: Finding, watch: &Watch, slot: Slot) -> (i64, Option<Scored>) {
    let score = match finding {
        Finding::NotEnoughData { trials } => return (trials as i64, None),
        Finding::Scored(score) => score,
    };
    let evidence = score.evidence(watch.side);
    let is_count = watch.selection.metric.kind() == Kind::Count;
    let scale = if is_count { 1.0 } else { evidence.trials };
    let n = if is_count { evidence.found } else { evidence.trials }.round() as i64;
    if scale <= 0.0 {
        return (n, None);
    }
    let at = |sides: f64| (evidence.expected + sides * 3.0 * evidence.deviation) / scale;
    let side = if evidence.found >= evidence.expected { "above" } else { "below" };
    let usual = usual(slot);
    let words = format!("{:.1} standard deviations {side} its usual {usual}", evidence.score);
    let scored = Scored {
        false_alarms: seasonal::false_alarms_per_week(evidence.score, watch.side),
        goes_on: score.goes_on(watch.side),
        value: evidence.found / scale,
        expected: [at(0.0), at(-1.0), at(1.0)],
        window: (evidence.hours * 60.0) as i32,
        words,
    };
    (n, Some(scored))
}

fn of_page(page: &page::Page, value: f64, watch: &Watch, slot: Slot) -> Option<Scored> {
    let score = page.on(watch.side);
    let reference = match page.reason {
        Residual::Previous => "the value before".to_owned(),
        Residual::Usual => format!("its usual {}", usual(slot)),
        Residual::Level => "its level of the last days".to_owned(),
    };
    let scored = Scored {
        false_alarms: page::false_alarms_per_week(score),
        goes_on: score > 0.0,
        value,
        expected: [page.expected, page.lower, page.upper],
        window: watch.step(),
        words: format!("{:.1} x its usual distance from {reference}", page.times),
    };
    score.is_finite().then_some(scored)
}

/// `Monday 09:30`, by the tenant's clock.
fn usual(slot: Slot) -> String {
    let half = if slot.half_hour() % 2 == 1 { "30" } else { "00" };
    format!("{:?} {:02}:{half}", slot.weekday, slot.hour())
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
