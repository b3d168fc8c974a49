//! A simulated ratio: conversations by the hour of the week, and the share that has a find.
//!
//! What is random: arrivals (Poisson, with a busyness drawn each hour), finds (binomial), and the
//! log-odds of the share, which wander on two time scales (correlation lost in about 2 and 18
//! hours). `randomness` scales the wandering and the spread of busyness.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution, Gamma, Poisson, StandardNormal};
use tocsin_domain::detect::calendar::{DayKind, Slot};

/// Seconds in a tick.
pub(crate) const TICK: i64 = 300;
/// Standard deviation of the log-odds' fast and slow wandering.
const FAST: f64 = 0.05;
const SLOW: f64 = 0.10;
/// What is left of the deviations after an hour.
const FAST_KEPT: f64 = 0.6;
const SLOW_KEPT: f64 = 0.95;
/// Squared coefficient of variation of an hour's busyness.
const BUSYNESS: f64 = 0.04;
/// How far the volume swings over the day, in log units.
const SWING: f64 = 0.9;
/// Makes a swinging day of working days and days off average to one: 1 / I₀(SWING).
const LEVEL: f64 = 1.0 / 1.213;
/// Volume on working days and on days off, over the week's mean.
const WORKING: f64 = 1.16;
const OFF: f64 = 0.6;

/// One series' world.
#[derive(Clone)]
pub(crate) struct Centre {
    random: ChaCha8Rng,
    /// Conversations an hour, on average.
    volume: f64,
    /// Log-odds of the usual share.
    log_odds: f64,
    /// How far the share swings over the day, in log-odds.
    swing: f64,
    randomness: f64,
    hour: i64,
    busy: f64,
    fast: f64,
    slow: f64,
}

impl Centre {
    pub(crate) fn new(seed: u64, volume: f64, share: f64, randomness: f64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let swing = random.random_range(0.1..0.3);
        let log_odds = (share / (1.0 - share)).ln();
        let (hour, busy, fast, slow) = (0, 1.0, 0.0, 0.0);
        Self { random, volume, log_odds, swing, randomness, hour, busy, fast, slow }
    }

    /// The same world with another future.
    pub(crate) fn fork(&self, seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), ..self.clone() }
    }

    /// Finds and conversations of one tick, where the share is `change` times the usual.
    pub(crate) fn tick(&mut self, at: i64, slot: Slot, change: f64) -> (u32, u32) {
        self.wander(at.div_euclid(3600));
        let is_off = slot.day == DayKind::Off;
        #[expect(clippy::cast_precision_loss, reason = "0 to 47")]
        let since_two = slot.half_hour() as f64 / 48.0 - 14.0 / 24.0;
        let wave = (since_two * std::f64::consts::TAU).cos();
        let day = if is_off { OFF } else { WORKING };
        let volume = self.volume * self.busy * day * LEVEL * (SWING * wave).exp();
        let trials = draw(Poisson::new(volume * TICK as f64 / 3600.0), &mut self.random) as u32;
        let off = if is_off { self.swing } else { 0.0 };
        let log_odds = self.log_odds + self.swing * wave + off + self.fast + self.slow;
        let share = (change / (1.0 + (-log_odds).exp())).min(1.0);
        (draw(Binomial::new(trials.into(), share), &mut self.random) as u32, trials)
    }

    fn wander(&mut self, hour: i64) {
        if hour == self.hour {
            return;
        }
        self.hour = hour;
        let spread = BUSYNESS * self.randomness;
        self.busy = draw(Gamma::new(1.0 / spread, spread), &mut self.random);
        let step = |kept: f64| (1.0 - kept * kept).sqrt() * self.randomness;
        let (fast, slow) = (FAST * step(FAST_KEPT), SLOW * step(SLOW_KEPT));
        let mut normal = || -> f64 { StandardNormal.sample(&mut self.random) };
        self.fast = FAST_KEPT * self.fast + fast * normal();
        self.slow = SLOW_KEPT * self.slow + slow * normal();
    }
}

fn draw<D: Distribution<T>, T, E: std::fmt::Debug>(
    distribution: Result<D, E>,
    random: &mut ChaCha8Rng,
) -> T {
    distribution.expect("parameters are positive and finite").sample(random)
}
