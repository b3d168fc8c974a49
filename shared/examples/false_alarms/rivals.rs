//! What others do with a ratio. Scores are in the unit of each rule's own threshold, in the
//! direction that is bad.

use tocsin_domain::detect::{Side, calendar::Slot};

use crate::centre::TICK;

/// Ticks in an hour and in a week.
const HOUR: usize = (3600 / TICK) as usize;
const WEEK: usize = 168 * HOUR;
/// A rule needs so many conversations in its window.
const LEAST: f64 = 5.0;
/// An hour of the week is drawn to the mean as if it had so many conversations more.
const PSEUDO: f64 = 100.0;
/// The burn-rate pairs as published: long and short window in ticks. Published factors (14.4, 6, 1)
/// are for budgets of a thousandth; a budget of a quarter can not burn so fast. These can.
const BURN: [(usize, usize, f64); 3] =
    [(HOUR, 1, 1.6), (6 * HOUR, HOUR / 2, 1.3), (72 * HOUR, 6 * HOUR, 1.1)];

/// Names and thresholds as shipped, in the order of the scores.
pub(crate) const RULES: [(&str, f64); 5] = [
    ("20 % against last week", 0.2),
    ("3 sigma of the last 7 days", 3.0),
    ("hour-of-week band of 2 sd", 2.0),
    ("burn rate, three windows", 1.0),
    ("seasonal z / over-dispersion", 4.0),
];

/// Count, sum and sum of squares of hourly shares.
#[derive(Clone, Copy, Default)]
struct Moments([f64; 3]);

impl Moments {
    fn add(&mut self, share: f64, sign: f64) {
        for (sum, term) in self.0.iter_mut().zip([1.0, share, share * share]) {
            *sum += sign * term;
        }
    }

    /// Standard deviations above the mean; 0 of too few.
    fn score(self, share: f64) -> f64 {
        let [count, sum, squares] = self.0;
        if count < 3.0 {
            return 0.0;
        }
        let mean = sum / count;
        let variance = (squares / count - mean * mean) * count / (count - 1.0);
        if variance > 1e-9 { (share - mean) / variance.sqrt() } else { 0.0 }
    }
}

/// All rules over one series. Finds are what is bad, whatever the direction.
#[derive(Clone)]
pub(crate) struct Rivals {
    side: Side,
    /// Finds and trials up to and including each tick.
    sums: Vec<(f64, f64)>,
    /// Shares of the last 7 days' hours, and by hour of the week.
    recent: Moments,
    by_hour: [Moments; 48],
    /// Finds and trials by hour of the week.
    usual: [(f64, f64); 48],
    /// Squares of the seasonal z, and how many.
    squares: (f64, f64),
}

impl Rivals {
    pub(crate) fn new(side: Side) -> Self {
        Self {
            side,
            sums: vec![(0.0, 0.0)],
            recent: Moments::default(),
            by_hour: [Moments::default(); 48],
            usual: [(0.0, 0.0); 48],
            squares: (0.0, 0.0),
        }
    }

    pub(crate) fn observe(&mut self, slot: Slot, found: u32, trials: u32) -> [f64; 5] {
        let bad = if self.side == Side::Down { trials - found } else { found };
        let &(all_bad, all) = self.sums.last().expect("never empty");
        self.sums.push((all_bad + f64::from(bad), all + f64::from(trials)));
        let hour = slot.hour_of_week();
        let last = self.window(HOUR, 0);
        let scores = [
            self.week_on_week(),
            share(last).map_or(0.0, |share| self.recent.score(share)),
            share(last).map_or(0.0, |share| self.by_hour[hour].score(share)),
            self.burn(),
            self.seasonal(hour, last),
        ];
        self.learn(hour, last, (f64::from(bad), f64::from(trials)));
        scores
    }

    /// Finds and trials of the last so many ticks, so many ticks ago.
    fn window(&self, ticks: usize, ago: usize) -> (f64, f64) {
        let end = self.sums.len() - 1;
        let at = |back: usize| self.sums[end.saturating_sub(back)];
        let (to, from) = (at(ago), at(ago + ticks));
        (to.0 - from.0, to.1 - from.1)
    }

    fn week_on_week(&self) -> f64 {
        let (now, then) = (share(self.window(HOUR, 0)), share(self.window(HOUR, WEEK)));
        match (now, then) {
            (Some(now), Some(then)) if self.side == Side::Down => {
                (now - then) / (1.0 - then).max(0.05)
            }
            (Some(now), Some(then)) => (now - then) / then.max(0.05),
            _ => 0.0,
        }
    }

    /// The highest of the pairs' burn, where 1 is the pair's factor.
    fn burn(&self) -> f64 {
        let &(bad, all) = self.sums.last().expect("never empty");
        let budget = (bad / all.max(1.0)).max(0.001);
        let pair = |&(long, short, factor): &(usize, usize, f64)| {
            let burn = |ticks| share(self.window(ticks, 0)).map_or(0.0, |share| share / budget);
            (burn(long).min(burn(short)) - 1.0) / (factor - 1.0)
        };
        BURN.iter().map(pair).fold(0.0, f64::max)
    }

    fn seasonal(&mut self, hour: usize, (bad, trials): (f64, f64)) -> f64 {
        let &(all_bad, all) = self.sums.last().expect("never empty");
        let (usual_bad, usual) = self.usual[hour];
        let share = (usual_bad + PSEUDO * all_bad / all.max(1.0)) / (usual + PSEUDO);
        let variance = trials * share * (1.0 - share);
        if trials < LEAST || variance <= 0.0 {
            return 0.0;
        }
        let z = (bad - trials * share) / variance.sqrt();
        let dispersion = ((self.squares.0 + 100.0) / (self.squares.1 + 100.0)).max(1.0);
        self.squares.0 += z * z;
        self.squares.1 += 1.0;
        z / dispersion.sqrt()
    }

    fn learn(&mut self, hour: usize, last: (f64, f64), tick: (f64, f64)) {
        self.usual[hour].0 += tick.0;
        self.usual[hour].1 += tick.1;
        if !(self.sums.len() - 1).is_multiple_of(HOUR) {
            return;
        }
        if let Some(share) = share(last) {
            self.recent.add(share, 1.0);
            self.by_hour[hour].add(share, 1.0);
        }
        let is_past = self.sums.len() > WEEK + HOUR;
        if let Some(share) = share(self.window(HOUR, WEEK)).filter(|_| is_past) {
            self.recent.add(share, -1.0);
        }
    }
}

fn share((bad, trials): (f64, f64)) -> Option<f64> {
    (trials >= LEAST).then(|| bad / trials)
}
