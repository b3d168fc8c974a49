//! A seeded contact centre as its rollups show it: five hours of today by the minute, the same hours of
//! four earlier weeks, and an incident that begins at noon.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution, Normal, Poisson};
use tocsin_domain::{
    dimension::WIDTH,
    evidence::Cell,
    id::ConversationId,
    metric::Metric,
    minute::Minute,
    sums::{Amount, Exemplar, Sums},
};

use crate::{
    kind::{KINDS, Kind},
    plan::{AXES, Deployed, INTENTS, Plan, Values, holds, is_bad_up},
};

/// 2026-01-26T12:00:00Z, a Monday: the incident begins.
pub(crate) const NOON: Minute = Minute(29_490_480);
/// Minutes.
pub(crate) const WEEK: i32 = 7 * 1440;
/// Minutes of today before and after the beginning.
const BEFORE: i32 = 300;
pub(crate) const AFTER: i32 = 62;
/// An incident moves the hour's figure by so many standard deviations of everyday life; a rule at half of
/// that is worth waking somebody for.
const SEEN: f64 = 7.0;
/// Earlier weeks come in steps of so many minutes.
const STEP: i32 = 5;

/// Metrics that take turns, with the side that is bad.
const METRICS: [Metric; 5] = [
    Metric::FallbackRate,
    Metric::ContainmentRate,
    Metric::AiConfidence,
    Metric::AiLatency,
    Metric::StuckConversations,
];

/// What is known of a centre.
pub(crate) struct Centre {
    pub(crate) kind: Kind,
    pub(crate) truth: Cell,
    pub(crate) cause: Option<Deployed>,
    pub(crate) deployed: Vec<Deployed>,
    pub(crate) sums: Sums,
    /// Of the volume.
    pub(crate) share: f64,
    metric: Metric,
    /// Minutes from noon.
    onset: i32,
    bound: f64,
    /// Trials since noon, by what they are.
    trials: BTreeMap<Values, i64>,
    behind: BTreeMap<String, Values>,
}

impl Centre {
    pub(crate) fn new(seed: u64, kind: Kind) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let metric = METRICS[(seed / KINDS.len() as u64) as usize % METRICS.len()];
        loop {
            let mut plan = Plan::draw(ChaCha8Rng::seed_from_u64(rng.random()), metric);
            let cause = plan.strike(kind);
            let (figures, share) = plan.expected();
            // What is within chance of the whole opens no alert on the whole.
            let is_seen = (figures.1 - figures.0).abs() >= SEEN * plan.noise(figures.0);
            if (0.05..=0.3).contains(&share) && is_seen {
                return Self::build(plan, kind, cause, figures, share);
            }
        }
    }

    pub(crate) fn onset(&self) -> i64 {
        NOON.plus(self.onset).start()
    }

    /// The only rule: over the hour, beyond half of the way to what the incident makes of it.
    pub(crate) fn rule(&self) -> String {
        let side = if is_bad_up(self.metric) { "over" } else { "under" };
        format!(
            "rules:\n  - {{ name: r, metric: {}, threshold: {{ {side}: {:.6} }}, over: 1h, mode: shadow, \
             severity: page, next_action: x, owner: admin }}",
            self.metric, self.bound,
        )
    }

    /// Whether a cell is the one that was hit: by its name, or as another name of the same trials since it
    /// began.
    pub(crate) fn is_truth(&self, cell: &Cell) -> bool {
        let count = |wanted: &dyn Fn(&Values) -> bool| -> i64 {
            self.trials.iter().filter(|(values, _)| wanted(values)).map(|(_, n)| n).sum()
        };
        let both = count(&|values| holds(cell, values) && holds(&self.truth, values));
        !cell.is_empty()
            && both == count(&|values| holds(cell, values))
            && both == count(&|values| holds(&self.truth, values))
    }

    /// Whether a conversation lies in the cell that was hit.
    pub(crate) fn is_inside(&self, id: &str) -> bool {
        self.behind.get(id).is_some_and(|values| holds(&self.truth, values))
    }

    fn build(
        mut plan: Plan,
        kind: Kind,
        cause: Option<Deployed>,
        (usual, struck): (f64, f64),
        share: f64,
    ) -> Self {
        plan.onset = cause.as_ref().map_or(1, |cause| (cause.minute + 1).max(0));
        let mut centre = Self {
            kind,
            truth: plan.truth.clone(),
            cause,
            deployed: plan.deployed.clone(),
            sums: Sums::default(),
            share,
            metric: plan.metric,
            onset: plan.onset,
            bound: f64::midpoint(usual, struck),
            trials: BTreeMap::new(),
            behind: BTreeMap::new(),
        };
        for week in 0..=4 {
            centre.live(&mut plan, week);
        }
        centre
    }

    /// The hours around noon, so many weeks ago.
    fn live(&mut self, plan: &mut Plan, week: i32) {
        let step = if week == 0 { 1 } else { STEP };
        let drift = Normal::new(0.0, plan.drift()).unwrap();
        let drifts = |size: f64, plan: &mut Plan| 1.0 + size * drift.sample(&mut plan.rng);
        let volume = plan.volume * drifts(1.0, plan);
        let quality = INTENTS.map(|_| drifts(1.0, plan));
        let mix = INTENTS.map(|_| drifts(2.0, plan));
        for minute in (-BEFORE..AFTER).step_by(step as usize) {
            for (values, share, at) in plan.kinds(minute, week) {
                let mean = volume / 60.0 * f64::from(step) * share * mix[at.0];
                let n = Poisson::new(mean.max(1e-9)).unwrap().sample(&mut plan.rng) as i64;
                if n == 0 {
                    continue;
                }
                let mut rate = plan.rate(at) * quality[at.0];
                if matches!(plan.metric, Metric::ContainmentRate | Metric::AiConfidence) {
                    rate = rate.min(0.95);
                }
                let is_since = week == 0 && minute >= plan.onset;
                if is_since && holds(&plan.truth, &values) {
                    rate = plan.struck(rate);
                }
                self.add(&mut plan.rng, NOON.plus(minute - week * WEEK), &values, (n, rate));
                if is_since {
                    *self.trials.entry(values).or_default() += n;
                }
            }
        }
    }

    /// So many trials of a minute, and the conversations behind the bad ones.
    fn add(&mut self, rng: &mut ChaCha8Rng, at: Minute, values: &Values, (n, rate): (i64, f64)) {
        let (amount, bad) = drawn(self.metric, rng, n, rate);
        let mut vector = [""; WIDTH];
        for (axis, value) in AXES.iter().zip(values) {
            vector[axis.index()] = value;
        }
        let vector = self.sums.vector(vector);
        self.sums.add(at, self.metric, vector, &amount);
        if self.metric == Metric::StuckConversations {
            let answers = Amount { count: n, ..Amount::default() };
            self.sums.add(at, Metric::FallbackRate, vector, &answers);
        }
        for _ in 0..bad.min(3) {
            let id = ConversationId::parse(&format!("{:032x}", self.behind.len() + 1)).unwrap();
            self.behind.insert(id.to_string(), values.clone());
            let one = Some((id, Exemplar { count: 1, badness: 1 }));
            self.sums.add_with_exemplar(at, self.metric, vector, &Amount::default(), one);
        }
    }
}

/// What so many trials come to, and how many of them are bad.
fn drawn(metric: Metric, rng: &mut ChaCha8Rng, n: i64, rate: f64) -> (Amount, i64) {
    let mut gauss = |mean: f64, sd: f64| {
        Normal::new(mean * n as f64, sd * (n as f64).sqrt()).unwrap().sample(rng)
    };
    let ratio = |sum: i64| Amount { sum: i128::from(sum), count: n, ..Amount::default() };
    let micros = |sum: f64| Amount { sum: (sum * 1e6) as i128, count: n, ..Amount::default() };
    match metric {
        Metric::AiConfidence => {
            let sum = gauss(rate, 0.1).clamp(0.0, n as f64);
            (micros(sum), if rate < 0.6 { n } else { 0 })
        }
        Metric::AiLatency => {
            let sum = gauss(rate, rate * 0.5).max(n as f64);
            (micros(sum), if rate > 4000.0 { n } else { 0 })
        }
        Metric::StuckConversations => {
            let n = Poisson::new(n as f64 * rate).unwrap().sample(rng) as i64;
            (Amount::count(n), n)
        }
        metric => {
            let sum = Binomial::new(n.unsigned_abs(), rate).unwrap().sample(rng).cast_signed();
            (ratio(sum), if metric == Metric::FallbackRate { sum } else { n - sum })
        }
    }
}
