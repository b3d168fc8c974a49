//! A seeded contact centre as its rollups show it: five hours of today by the minute, the same hours of
//! four earlier weeks, and an incident that begins at noon.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution, LogNormal, Normal, Poisson};
use tocsin_domain::{
    dimension::{Dimension, WIDTH},
    evidence::Cell,
    id::ConversationId,
    metric::Metric,
    minute::{MINUTE, Minute},
    sums::{Amount, Exemplar, Sums},
};

/// 2026-01-26T12:00:00Z, a Monday: the incident begins.
pub(crate) const NOON: Minute = Minute(29_490_480);
/// Minutes.
pub(crate) const WEEK: i32 = 7 * 1440;
/// Minutes of today before and after the beginning.
const BEFORE: i32 = 300;
const AFTER: i32 = 62;
/// An incident moves the hour's figure by so many standard deviations of everyday life; a rule at half of
/// that is worth waking somebody for.
const SEEN: f64 = 7.0;
/// Earlier weeks come in steps of so many minutes.
const STEP: i32 = 5;

/// What the intents are, which prompt answers them, and where they wait.
const INTENTS: [(&str, &str, &str); 12] = [
    ("order_status", "orders", "orders"),
    ("delivery_problem", "orders", "orders"),
    ("change_address", "orders", "orders"),
    ("cancel_order", "orders", "orders"),
    ("refund_status", "refund", "returns"),
    ("return_item", "returns", "returns"),
    ("warranty", "returns", "returns"),
    ("payment_failed", "payments", "payments"),
    ("invoice_copy", "payments", "payments"),
    ("product_question", "advice", "orders"),
    ("account_login", "account", "accounts"),
    ("close_account", "account", "accounts"),
];
const CHANNELS: [(&str, f64); 3] = [("chat", 0.5), ("messaging", 0.3), ("voice", 0.2)];

/// What an incident hits, and what brings it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Intent,
    Channel,
    Queue,
    IntentByChannel,
    QueueByChannel,
    /// Rolled out, and bad for all that it answers.
    Prompt,
    /// Rolled out, and bad for one intent that it answers.
    PromptForIntent,
    KnowledgeForIntent,
    ModelForIntent,
    /// For a share of the conversations.
    ModelCanary,
    PromptCanary,
    /// No conversation says which of them it touched.
    RoutingOfQueue,
}

pub(crate) const KINDS: [Kind; 12] = [
    Kind::Intent,
    Kind::Channel,
    Kind::Queue,
    Kind::IntentByChannel,
    Kind::QueueByChannel,
    Kind::Prompt,
    Kind::PromptForIntent,
    Kind::KnowledgeForIntent,
    Kind::ModelForIntent,
    Kind::ModelCanary,
    Kind::PromptCanary,
    Kind::RoutingOfQueue,
];

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent, no cause",
            Self::Channel => "channel, no cause",
            Self::Queue => "queue, no cause",
            Self::IntentByChannel => "intent × channel, no cause",
            Self::QueueByChannel => "queue × channel, no cause",
            Self::Prompt => "prompt rolled out",
            Self::PromptForIntent => "prompt, for one intent",
            Self::KnowledgeForIntent => "knowledge base, for one intent",
            Self::ModelForIntent => "model, for one intent",
            Self::ModelCanary => "model, for a share",
            Self::PromptCanary => "prompt, for a share",
            Self::RoutingOfQueue => "routing of a queue",
        }
    }

    /// Component of the cause.
    fn component(self) -> Option<&'static str> {
        match self {
            Self::Intent
            | Self::Channel
            | Self::Queue
            | Self::IntentByChannel
            | Self::QueueByChannel => None,
            Self::Prompt | Self::PromptForIntent | Self::PromptCanary => Some("prompt"),
            Self::KnowledgeForIntent => Some("knowledge_base"),
            Self::ModelForIntent | Self::ModelCanary => Some("model"),
            Self::RoutingOfQueue => Some("routing"),
        }
    }
}

/// Metrics that take turns, with the side that is bad.
const METRICS: [Metric; 5] = [
    Metric::FallbackRate,
    Metric::ContainmentRate,
    Metric::AiConfidence,
    Metric::AiLatency,
    Metric::StuckConversations,
];

/// A deployment.
#[derive(Clone, Debug)]
pub(crate) struct Deployed {
    pub(crate) component: &'static str,
    pub(crate) name: &'static str,
    pub(crate) version: String,
    /// Minutes from noon.
    minute: i32,
    /// Of the conversations that get it.
    share: f64,
}

impl Deployed {
    /// When, in nanoseconds.
    pub(crate) fn at(&self) -> i64 {
        NOON.plus(self.minute).start() + MINUTE / 3
    }
}

/// Intent, channel, queue, prompt, model and knowledge base of a trial.
type Values = [String; 6];

const AXES: [Dimension; 6] = [
    Dimension::Intent,
    Dimension::Channel,
    Dimension::Queue,
    Dimension::PromptVersion,
    Dimension::ModelVersion,
    Dimension::KbVersion,
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

/// What a centre is like.
struct Plan {
    rng: ChaCha8Rng,
    metric: Metric,
    /// Trials an hour.
    volume: f64,
    shares: Vec<f64>,
    base: Vec<f64>,
    by_channel: [f64; 3],
    /// How the incident changes a figure.
    change: f64,
    truth: Cell,
    onset: i32,
    deployed: Vec<Deployed>,
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
                return plan.build(kind, cause, figures, share);
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
}

fn holds(cell: &Cell, values: &Values) -> bool {
    cell.iter().all(|(name, wanted)| {
        AXES.iter().zip(values).any(|(axis, value)| axis.as_str() == name && value == wanted)
    })
}

fn is_bad_up(metric: Metric) -> bool {
    matches!(metric, Metric::FallbackRate | Metric::AiLatency | Metric::StuckConversations)
}

impl Plan {
    fn draw(mut rng: ChaCha8Rng, metric: Metric) -> Self {
        let noise = LogNormal::new(0.0, 0.5).unwrap();
        let mut shares: Vec<f64> = INTENTS.iter().map(|_| noise.sample(&mut rng)).collect();
        let all: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= all);
        let (low, high) = match metric {
            Metric::ContainmentRate => (0.6, 0.85),
            Metric::AiConfidence => (0.78, 0.9),
            Metric::AiLatency => (900.0, 2500.0),
            Metric::StuckConversations => (0.01, 0.04),
            _ => (0.03, 0.12),
        };
        let base = INTENTS.iter().map(|_| rng.random_range(low..high)).collect();
        let spread = if is_bad_up(metric) { 0.2 } else { 0.05 };
        let by_channel = [(); 3].map(|()| 1.0 + rng.random_range(-spread..spread));
        let change = match metric {
            Metric::ContainmentRate => rng.random_range(-0.5..-0.3),
            Metric::AiConfidence => rng.random_range(-0.4..-0.2),
            Metric::AiLatency => rng.random_range(3.0..6.0),
            Metric::StuckConversations => rng.random_range(5.0..10.0),
            _ => rng.random_range(0.3..0.6),
        };
        let volume = rng.random_range(2000.0..6000.0);
        let (truth, deployed) = (Cell::new(), Vec::new());
        Self { rng, metric, volume, shares, base, by_channel, change, truth, onset: 0, deployed }
    }

    /// Chooses the cell and the cause, and what else is deployed.
    fn strike(&mut self, kind: Kind) -> Option<Deployed> {
        let (intent, prompt, queue) = *INTENTS.choose(&mut self.rng).unwrap();
        let (channel, _) = *CHANNELS.choose(&mut self.rng).unwrap();
        let share = match kind {
            Kind::ModelCanary => self.rng.random_range(0.05..0.3),
            Kind::PromptCanary => self.rng.random_range(0.3..0.7),
            _ => 1.0,
        };
        let cause = kind.component().map(|component| Deployed {
            component,
            name: name(component, prompt),
            version: format!("{component}-bad-{}", self.rng.random_range(100..1000)),
            minute: -self.rng.random_range(0..3),
            share,
        });
        let version = cause.as_ref().map(|cause| cause.version.clone()).unwrap_or_default();
        let cell: &[(Dimension, &str)] = match kind {
            Kind::Intent => &[(Dimension::Intent, intent)],
            Kind::Channel => &[(Dimension::Channel, channel)],
            Kind::Queue | Kind::RoutingOfQueue => &[(Dimension::Queue, queue)],
            Kind::IntentByChannel => &[(Dimension::Intent, intent), (Dimension::Channel, channel)],
            Kind::QueueByChannel => &[(Dimension::Queue, queue), (Dimension::Channel, channel)],
            Kind::Prompt | Kind::PromptCanary => &[(Dimension::PromptVersion, &version)],
            Kind::PromptForIntent => {
                &[(Dimension::Intent, intent), (Dimension::PromptVersion, &version)]
            }
            Kind::KnowledgeForIntent => {
                &[(Dimension::Intent, intent), (Dimension::KbVersion, &version)]
            }
            Kind::ModelForIntent => {
                &[(Dimension::Intent, intent), (Dimension::ModelVersion, &version)]
            }
            Kind::ModelCanary => &[(Dimension::ModelVersion, &version)],
        };
        self.truth = cell
            .iter()
            .map(|(axis, value)| (axis.as_str().to_owned(), (*value).to_owned()))
            .collect();
        self.deployed = cause.iter().cloned().collect();
        let taken = cause.as_ref().map(|cause| (cause.component, cause.name));
        let others = self.rng.random_range(3..=6);
        while self.deployed.len() < others + usize::from(cause.is_some()) {
            let components = [
                "prompt",
                "prompt",
                "knowledge_base",
                "model",
                "routing",
                "config",
                "policy",
                "code",
            ];
            let component = *components.choose(&mut self.rng).unwrap();
            let (_, prompt, _) = *INTENTS.choose(&mut self.rng).unwrap();
            let name = name(component, prompt);
            if taken == Some((component, name)) {
                continue;
            }
            self.deployed.push(Deployed {
                component,
                name,
                version: format!("{component}-{}", self.rng.random_range(1000..1_000_000)),
                minute: self.rng.random_range(-1380..20),
                share: 1.0,
            });
        }
        self.deployed.sort_by_key(|deployed| deployed.minute);
        cause
    }

    /// The version of a component in force, and what share of conversations has it: the later ones first.
    fn versions(&self, component: &str, name: &str, minute: i32) -> Vec<(String, f64)> {
        let mut left = 1.0;
        let mut versions = Vec::new();
        for deployed in self.deployed.iter().rev() {
            let is_it = deployed.component == component && deployed.name == name;
            if is_it && deployed.minute < minute {
                versions.push((deployed.version.clone(), left * deployed.share));
                left *= 1.0 - deployed.share;
            }
        }
        versions.push((format!("{component}-{name}-0"), left));
        versions.retain(|(_, share)| *share > 0.0);
        versions
    }

    /// All kinds of trials of a minute, each with its share, intent and channel.
    fn kinds(&self, minute: i32, week: i32) -> Vec<(Values, f64, (usize, usize))> {
        let mut kinds = Vec::new();
        let versions = |component: &'static str, prompt: &'static str| {
            let name = name(component, prompt);
            if week == 0 {
                self.versions(component, name, minute)
            } else {
                vec![(format!("{component}-{name}-week-{week}"), 1.0)]
            }
        };
        for (i, (intent, prompt, queue)) in INTENTS.into_iter().enumerate() {
            for (c, (channel, of_channel)) in CHANNELS.into_iter().enumerate() {
                for (prompt, a) in versions("prompt", prompt) {
                    for (model, b) in versions("model", "") {
                        for (kb, k) in versions("knowledge_base", "") {
                            let texts = [intent, channel, queue, &prompt, &model, &kb];
                            let share = self.shares[i] * of_channel * a * b * k;
                            kinds.push((texts.map(str::to_owned), share, (i, c)));
                        }
                    }
                }
            }
        }
        kinds
    }

    fn rate(&self, (i, c): (usize, usize)) -> f64 {
        self.base[i] * self.by_channel[c]
    }

    /// By how much a rate differs from week to week, relatively.
    fn drift(&self) -> f64 {
        if is_bad_up(self.metric) { 0.04 } else { 0.01 }
    }

    /// The standard deviation of an hour's figure in everyday life.
    fn noise(&self, usual: f64) -> f64 {
        let chance = match self.metric {
            Metric::StuckConversations => usual.sqrt(),
            Metric::AiLatency => usual * 0.6 / self.volume.sqrt(),
            Metric::AiConfidence => 0.1 / self.volume.sqrt(),
            _ => (usual * (1.0 - usual) / self.volume).sqrt(),
        };
        // Volume and rates move from week to week, each intent for itself.
        let weeks = usual
            * self.drift()
            * if self.metric == Metric::StuckConversations { 1.1 } else { 0.4 };
        chance.hypot(weeks)
    }

    fn struck(&self, rate: f64) -> f64 {
        match self.metric {
            Metric::AiLatency | Metric::StuckConversations => rate * self.change,
            _ => (rate + self.change).clamp(0.03, 0.97),
        }
    }

    /// The figure in everyday life and under the incident, and the share of the cell.
    fn expected(&self) -> ((f64, f64), f64) {
        let (mut usual, mut struck, mut share) = (0.0, 0.0, 0.0);
        for (values, of, at) in self.kinds(AFTER, 0) {
            let (rate, is_hit) = (self.rate(at), holds(&self.truth, &values));
            usual += of * rate;
            struck += of * if is_hit { self.struck(rate) } else { rate };
            share += if is_hit { of } else { 0.0 };
        }
        if self.metric == Metric::StuckConversations {
            (usual, struck) = (usual * self.volume, struck * self.volume);
        }
        ((usual, struck), share)
    }

    fn build(
        mut self,
        kind: Kind,
        cause: Option<Deployed>,
        (usual, struck): (f64, f64),
        share: f64,
    ) -> Centre {
        self.onset = cause.as_ref().map_or(1, |cause| (cause.minute + 1).max(0));
        let mut centre = Centre {
            kind,
            truth: self.truth.clone(),
            cause,
            deployed: self.deployed.clone(),
            sums: Sums::default(),
            share,
            metric: self.metric,
            onset: self.onset,
            bound: f64::midpoint(usual, struck),
            trials: BTreeMap::new(),
            behind: BTreeMap::new(),
        };
        for week in 0..=4 {
            let (first, last, step) =
                if week == 0 { (-BEFORE, AFTER, 1) } else { (-BEFORE, AFTER, STEP) };
            let drift = Normal::new(0.0, self.drift()).unwrap();
            let volume = self.volume * (1.0 + drift.sample(&mut self.rng));
            let quality: Vec<f64> =
                INTENTS.iter().map(|_| 1.0 + drift.sample(&mut self.rng)).collect();
            let mix: Vec<f64> =
                INTENTS.iter().map(|_| 1.0 + 2.0 * drift.sample(&mut self.rng)).collect();
            for minute in (first..last).step_by(step as usize) {
                for (values, share, at) in self.kinds(minute, week) {
                    let mean = volume / 60.0 * f64::from(step) * share * mix[at.0];
                    let n = Poisson::new(mean.max(1e-9)).unwrap().sample(&mut self.rng) as i64;
                    if n == 0 {
                        continue;
                    }
                    let mut rate = self.rate(at) * quality[at.0];
                    if self.metric == Metric::ContainmentRate || self.metric == Metric::AiConfidence
                    {
                        rate = rate.min(0.95);
                    }
                    if week == 0 && minute >= self.onset && holds(&self.truth, &values) {
                        rate = self.struck(rate);
                    }
                    let at = NOON.plus(minute - week * WEEK);
                    self.add(&mut centre, at, &values, n, rate);
                    if week == 0 && minute >= self.onset {
                        *centre.trials.entry(values).or_default() += n;
                    }
                }
            }
        }
        centre
    }

    /// So many trials of a minute, and the conversations behind the bad ones.
    fn add(&mut self, centre: &mut Centre, at: Minute, values: &Values, n: i64, rate: f64) {
        let (rng, mut answers) = (&mut self.rng, 0);
        let mut gauss = |mean: f64, sd: f64| {
            Normal::new(mean * n as f64, sd * (n as f64).sqrt()).unwrap().sample(rng)
        };
        let ratio = |sum: i64| Amount { sum: i128::from(sum), count: n, ..Amount::default() };
        let micros = |sum: f64| Amount { sum: (sum * 1e6) as i128, count: n, ..Amount::default() };
        let (amount, bad) = match self.metric {
            Metric::AiConfidence => {
                let sum = gauss(rate, 0.1).clamp(0.0, n as f64);
                (micros(sum), if rate < 0.6 { n } else { 0 })
            }
            Metric::AiLatency => {
                let sum = gauss(rate, rate * 0.5).max(n as f64);
                (micros(sum), if rate > 4000.0 { n } else { 0 })
            }
            Metric::StuckConversations => {
                answers = n;
                let n = Poisson::new(n as f64 * rate).unwrap().sample(rng) as i64;
                (Amount::count(n), n)
            }
            metric => {
                let sum = Binomial::new(n.unsigned_abs(), rate).unwrap().sample(rng) as i64;
                (ratio(sum), if metric == Metric::FallbackRate { sum } else { n - sum })
            }
        };
        let mut vector = [""; WIDTH];
        for (axis, value) in AXES.iter().zip(values) {
            vector[axis.index()] = value;
        }
        let vector = centre.sums.vector(vector);
        centre.sums.add(at, self.metric, vector, &amount);
        if answers > 0 {
            let answers = Amount { count: answers, ..Amount::default() };
            centre.sums.add(at, Metric::FallbackRate, vector, &answers);
        }
        for _ in 0..bad.min(3) {
            let id = ConversationId::parse(&format!("{:032x}", centre.behind.len() + 1)).unwrap();
            centre.behind.insert(id.to_string(), values.clone());
            let one = Some((id, Exemplar { count: 1, badness: 1 }));
            centre.sums.add_with_exemplar(at, self.metric, vector, &Amount::default(), one);
        }
    }
}

fn name(component: &str, prompt: &'static str) -> &'static str {
    match component {
        "prompt" => prompt,
        "knowledge_base" => "help-articles",
        "model" => "shop-lm",
        "routing" => "queue-table",
        "config" => "closing-job",
        "policy" => "handoff-policy",
        _ => "handoff-bridge",
    }
}
