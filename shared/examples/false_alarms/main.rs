//! False alerts and found incidents of the seasonal detector on simulated ratios, beside what
//! others do.
//!
//! `cargo run --release -p tocsin-domain --example false_alarms [-- SERIES]`
//!
//! Thresholds are set on the development seeds, to 0.1 false alerts a series-week on average over
//! the volumes; the table is measured on the final seeds. An incident counts as found if an alert
//! begins before it ends. Incidents are forks of a quiet series: what follows does not see them.
#![expect(clippy::print_stdout, reason = "the table is the output")]
#![expect(clippy::expect_used, reason = "nothing here fails")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small counts"
)]

mod centre;
mod rivals;

use std::iter;

use jiff::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tocsin_domain::detect::{
    Side,
    calendar::Calendar,
    seasonal::{Family, Finding, SeasonalDetector, threshold},
};

use crate::{
    centre::{Centre, TICK},
    rivals::{RULES, Rivals},
};

/// Conversations an hour.
const VOLUMES: [f64; 3] = [10.0, 60.0, 400.0];
/// False alerts a series-week that all are compared at.
const NOMINAL: f64 = 0.1;
/// Weeks of a series; the first are only learned.
const WEEKS: i64 = 12;
const LEARNED: i64 = 4;
/// Seconds in a week.
const WEEK: i64 = 7 * 86_400;
/// 2026-01-05, a Monday.
const START: i64 = 1_767_571_200;
/// Alerts closer together than this are one.
const APART: i64 = 3 * 3600;
/// Incidents tried a series-week.
const INCIDENTS: f64 = 1.0;
/// Series of a kind and volume, unless told otherwise.
const SERIES: u64 = 130;
/// Seeds that thresholds are set on, and seeds that are measured.
const DEVELOPMENT: u64 = 1;
const FINAL: u64 = 4;

/// The rules, then the seasonal detector at the threshold that is set, and at its nominal one.
const METHODS: usize = RULES.len() + 2;
type Scores = [f32; METHODS];

/// What goes wrong.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// The usual share.
    share: f64,
    side: Side,
    /// What the share is multiplied by.
    change: f64,
    hours: i64,
}

const KINDS: [Kind; 2] = [
    Kind { name: "escalations doubled, 6 h", share: 0.25, side: Side::Up, change: 2.0, hours: 6 },
    Kind { name: "deflection -20 %, 12 h", share: 0.75, side: Side::Down, change: 0.8, hours: 12 },
];

/// Everything that watches one series.
#[derive(Clone)]
struct Watch {
    side: Side,
    rivals: Rivals,
    seasonal: SeasonalDetector,
}

impl Watch {
    fn new(side: Side) -> Self {
        Self { side, rivals: Rivals::new(side), seasonal: SeasonalDetector::new(Family::Ratio) }
    }

    fn observe(
        &mut self,
        centre: &mut Centre,
        calendar: &Calendar,
        at: i64,
        change: f64,
    ) -> Scores {
        let time = Timestamp::from_second(at).expect("in range");
        let slot = calendar.slot(time);
        let (found, trials) = centre.tick(at, slot, change);
        let rivals = self.rivals.observe(slot, found, trials);
        let own = match self.seasonal.observe(time, slot, found, trials) {
            Finding::NotEnoughData { .. } => 0.0,
            Finding::Scored(score) => score.on(self.side),
        };
        let mut scores = rivals.into_iter().chain([own, own]);
        std::array::from_fn(|_| scores.next().expect("as many") as f32)
    }
}

/// The scores of one series, tick by tick.
struct Series {
    volume: usize,
    kind: usize,
    quiet: Vec<Scores>,
    incidents: Vec<Vec<Scores>>,
}

fn simulate(seeds: u64, number: u64, volume: usize, kind: usize, randomness: f64) -> Series {
    let Kind { share, side, change, hours, .. } = KINDS[kind];
    let seed = (seeds << 48) + (number << 16) + ((volume as u64) << 8) + kind as u64;
    let mut centre = Centre::new(seed, VOLUMES[volume], share, randomness);
    let (mut watch, calendar) = (Watch::new(side), Calendar::utc());
    let mut when = ChaCha8Rng::seed_from_u64(!seed);
    let mut series = Series { volume, kind, quiet: Vec::new(), incidents: Vec::new() };
    for at in (START..START + WEEKS * WEEK).step_by(TICK as usize) {
        let is_learned = at >= START + LEARNED * WEEK;
        if is_learned && when.random_bool(INCIDENTS * TICK as f64 / WEEK as f64) {
            let (mut centre, mut watch) = (centre.fork(when.random()), watch.clone());
            let ticks = (at..at + hours * 3600).step_by(TICK as usize);
            let scores = ticks.map(|at| watch.observe(&mut centre, &calendar, at, change));
            series.incidents.push(scores.collect());
        }
        let scores = watch.observe(&mut centre, &calendar, at, 1.0);
        if is_learned {
            series.quiet.push(scores);
        }
    }
    series
}

fn all(seeds: u64, count: u64, randomness: f64) -> impl Iterator<Item = Series> {
    let kinds = (0..KINDS.len()).flat_map(|kind| (0..VOLUMES.len()).map(move |v| (kind, v)));
    kinds.flat_map(move |(kind, volume)| {
        (0..count).map(move |number| simulate(seeds, number, volume, kind, randomness))
    })
}

/// Alerts that begin while nothing is wrong.
fn alerts(quiet: &[Scores], method: usize, threshold: f64) -> u32 {
    let apart = (APART / TICK) as usize;
    let mut last = None;
    let hits = quiet.iter().enumerate().filter(|(_, s)| f64::from(s[method]) >= threshold);
    let mut begun = 0;
    for (tick, _) in hits {
        begun += u32::from(last.is_none_or(|last| tick - last > apart));
        last = Some(tick);
    }
    begun
}

fn series_weeks(count: u64) -> f64 {
    KINDS.len() as f64 * (WEEKS - LEARNED) as f64 * count as f64
}

/// The threshold at which a method has the nominal rate, on average over the volumes.
fn calibrated(series: &[Series], method: usize, count: u64) -> f64 {
    let weeks = series_weeks(count) * VOLUMES.len() as f64;
    let (mut low, mut high) = (0.0, 50.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        let alerts: u32 = series.iter().map(|one| alerts(&one.quiet, method, middle)).sum();
        if f64::from(alerts) / weeks > NOMINAL {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// What was measured of one method.
#[derive(Clone, Default)]
struct Measured {
    /// False alerts as shipped and at the calibrated threshold, by volume.
    shipped: [u32; 3],
    alerts: [u32; 3],
    /// Minutes until found, by kind and volume; `None` where missed.
    delays: [[Vec<Option<u64>>; 3]; 2],
}

impl Measured {
    fn add(&mut self, series: &Series, method: usize, shipped: f64, threshold: f64) {
        let &Series { volume, kind, .. } = series;
        self.shipped[volume] += alerts(&series.quiet, method, shipped);
        self.alerts[volume] += alerts(&series.quiet, method, threshold);
        let found = series.incidents.iter().map(|incident| {
            let tick = incident.iter().position(|s| f64::from(s[method]) >= threshold)?;
            Some((tick + 1) as u64 * TICK as u64 / 60)
        });
        self.delays[kind][volume].extend(found);
    }
}

fn main() {
    let count = std::env::args().nth(1).map_or(SERIES, |text| text.parse().expect("a number"));
    let names = RULES
        .map(|(name, _)| name)
        .into_iter()
        .chain(["tocsin, seasonal", "  at its nominal threshold"]);
    let own = threshold(NOMINAL, Side::Up);
    let shipped: Vec<f64> = RULES.map(|(_, shipped)| shipped).into_iter().chain([own; 2]).collect();

    let development: Vec<Series> = all(DEVELOPMENT, count / 3 + 1, 1.0).collect();
    let set = (0..METHODS - 1).map(|method| calibrated(&development, method, count / 3 + 1));
    let thresholds: Vec<f64> = set.chain([own]).collect();
    drop(development);

    let mut measured = vec![Measured::default(); METHODS];
    let mut rougher = vec![Measured::default(); METHODS];
    for (randomness, into) in [(1.0, &mut measured), (1.5, &mut rougher)] {
        for series in all(FINAL, count, randomness) {
            for (method, one) in into.iter_mut().enumerate() {
                one.add(&series, method, shipped[method], thresholds[method]);
            }
        }
    }
    println!(
        "{} series-weeks for each volume; {:?} conversations an hour",
        series_weeks(count),
        VOLUMES
    );
    println!("own threshold for a nominal {NOMINAL}: {own:.2}\n");
    rates(names.clone().zip(iter::zip(&measured, &rougher)), count);
    for (kind, Kind { name, .. }) in KINDS.iter().enumerate() {
        println!("\n{name}: found, and median minutes, at {NOMINAL} on the development seeds");
        for ((name, one), threshold) in names.clone().zip(&measured).zip(&thresholds) {
            let cells = one.delays[kind].iter().map(|delays| cell(delays));
            println!("  {name:30}{}{threshold:>12.2}", cells.collect::<String>());
        }
    }
}

fn rates<'a>(rows: impl Iterator<Item = (&'static str, (&'a Measured, &'a Measured))>, count: u64) {
    let weeks = series_weeks(count);
    let rate = |alerts: [u32; 3]| {
        let mean = f64::from(alerts.iter().sum::<u32>()) / weeks / 3.0;
        let each = alerts.map(|alerts| format!("{:>7.3}", f64::from(alerts) / weeks));
        format!("{:>9.3} ({} )", mean, each.join(""))
    };
    println!("false alerts a series-week: mean (by volume)");
    println!(
        "  {:30}{:>34}{:>34}{:>34}",
        "", "as shipped", "1.5 x the randomness", "at the threshold below"
    );
    for (name, (one, rougher)) in rows {
        let cells = [rate(one.shipped), rate(rougher.shipped), rate(one.alerts)];
        println!("  {name:30}{}", cells.join(""));
    }
}

/// Share found, and the median delay.
fn cell(delays: &[Option<u64>]) -> String {
    let mut found: Vec<u64> = delays.iter().flatten().copied().collect();
    found.sort_unstable();
    let share = 100.0 * found.len() as f64 / delays.len() as f64;
    let median = found.get(found.len() / 2).map_or("-".to_owned(), u64::to_string);
    format!("{share:>9.1} % @{median:>4}")
}
