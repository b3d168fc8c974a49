//! Dice. One stream for each hour, day and conversation, so that a change in one conversation's
//! life leaves all others as they were.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, Poisson, StandardNormal};

/// A stream of draws.
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream for this part of the scenario. Parts differ in at least one of the numbers.
    pub(super) fn new(seed: u64, part: [u64; 3]) -> Self {
        let mut key = [0; 32];
        let words = [seed, part[0], part[1], part[2]];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// True with this probability.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.0.random::<f64>() < probability
    }

    /// Uniform in `[low, high]`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// Uniform in `[0, 1)`.
    pub(super) fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// Sixty-four random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.random()
    }

    /// One of these, each as likely as the others. `choices` is not empty.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.0.random_range(0..choices.len())]
    }

    /// One of these sentences. `choices` is not empty.
    pub(super) fn phrase(&mut self, choices: &[&'static str]) -> &'static str {
        self.pick::<&'static str>(choices)
    }

    /// One of these, by share. `choices` is not empty; shares need not add up to one.
    pub(super) fn weighted<'a, T>(&mut self, choices: &'a [T], share: impl Fn(&T) -> f64) -> &'a T {
        let total: f64 = choices.iter().map(&share).sum();
        let mut rest = self.share() * total;
        choices
            .iter()
            .find(|choice| {
                rest -= share(choice);
                rest < 0.0
            })
            .unwrap_or(&choices[choices.len() - 1])
    }

    /// Normal.
    pub(super) fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let z: f64 = StandardNormal.sample(&mut self.0);
        mean + deviation * z
    }

    /// Log-normal: half of the draws are below `median`.
    pub(super) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * self.normal(0.0, sigma).exp()
    }

    /// Exponential.
    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        let e: f64 = Exp1.sample(&mut self.0);
        mean * e
    }

    /// How many arrivals where `mean` are expected.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    pub(super) fn arrivals(&mut self, mean: f64) -> usize {
        // Zero is no valid Poisson mean; it means nobody.
        Poisson::new(mean).map_or(0, |poisson| poisson.sample(&mut self.0) as usize)
    }
}

/// Two decimals: enough for a confidence, a score or an amount of money.
pub(super) fn cents(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Seconds of a drawn length as milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "bounded by every caller's distribution")]
pub(super) fn millis(seconds: f64) -> i64 {
    (seconds.clamp(0.0, 1e7) * 1_000.0) as i64
}
