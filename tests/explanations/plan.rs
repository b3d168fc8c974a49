//! What a centre is like, what an incident does to it, and what is deployed meanwhile.

use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal};
use tocsin_domain::{dimension::Dimension, evidence::Cell, metric::Metric, minute::MINUTE};

use crate::{
    centre::{AFTER, NOON},
    kind::Kind,
};

/// What the intents are, which prompt answers them, and where they wait.
pub(crate) const INTENTS: [(&str, &str, &str); 12] = [
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

/// What is deployed; prompts more often than all else.
const COMPONENTS: [&str; 8] =
    ["prompt", "prompt", "knowledge_base", "model", "routing", "config", "policy", "code"];

/// A deployment.
#[derive(Clone, Debug)]
pub(crate) struct Deployed {
    pub(crate) component: &'static str,
    pub(crate) name: &'static str,
    pub(crate) version: String,
    /// Minutes from noon.
    pub(crate) minute: i32,
    /// Of the conversations that get it.
    pub(crate) share: f64,
}

impl Deployed {
    /// When, in nanoseconds.
    pub(crate) fn at(&self) -> i64 {
        NOON.plus(self.minute).start() + MINUTE / 3
    }
}

/// Intent, channel, queue, prompt, model and knowledge base of a trial.
pub(crate) type Values = [String; 6];

pub(crate) const AXES: [Dimension; 6] = [
    Dimension::Intent,
    Dimension::Channel,
    Dimension::Queue,
    Dimension::PromptVersion,
    Dimension::ModelVersion,
    Dimension::KbVersion,
];

/// What a centre is like.
pub(crate) struct Plan {
    pub(crate) rng: ChaCha8Rng,
    pub(crate) metric: Metric,
    /// Trials an hour.
    pub(crate) volume: f64,
    pub(crate) shares: Vec<f64>,
    pub(crate) base: Vec<f64>,
    pub(crate) by_channel: [f64; 3],
    /// How the incident changes a figure.
    pub(crate) change: f64,
    pub(crate) truth: Cell,
    pub(crate) onset: i32,
    pub(crate) deployed: Vec<Deployed>,
}

impl Plan {
    pub(crate) fn draw(mut rng: ChaCha8Rng, metric: Metric) -> Self {
        let noise = LogNormal::new(0.0, 0.5).unwrap();
        let mut shares: Vec<f64> = INTENTS.iter().map(|_| noise.sample(&mut rng)).collect();
        let all: f64 = shares.iter().sum();
        for share in &mut shares {
            *share /= all;
        }
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
    pub(crate) fn strike(&mut self, kind: Kind) -> Option<Deployed> {
        let at = *INTENTS.choose(&mut self.rng).unwrap();
        let (channel, _) = *CHANNELS.choose(&mut self.rng).unwrap();
        let cause = self.cause(kind, at.1);
        let version = cause.as_ref().map(|cause| cause.version.clone()).unwrap_or_default();
        self.truth = hit(kind, at, channel, &version);
        self.deploy(cause.as_ref());
        cause
    }

    fn cause(&mut self, kind: Kind, prompt: &'static str) -> Option<Deployed> {
        let share = match kind {
            Kind::ModelCanary => self.rng.random_range(0.05..0.3),
            Kind::PromptCanary => self.rng.random_range(0.3..0.7),
            _ => 1.0,
        };
        kind.component().map(|component| Deployed {
            component,
            name: name(component, prompt),
            version: format!("{component}-bad-{}", self.rng.random_range(100..1000)),
            minute: -self.rng.random_range(0..3),
            share,
        })
    }

    /// The cause, and 3 to 6 others of the same 24 hours.
    fn deploy(&mut self, cause: Option<&Deployed>) {
        self.deployed = cause.into_iter().cloned().collect();
        let taken = cause.map(|cause| (cause.component, cause.name));
        let others = self.rng.random_range(3..=6);
        while self.deployed.len() < others + usize::from(cause.is_some()) {
            let component = *COMPONENTS.choose(&mut self.rng).unwrap();
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
    pub(crate) fn kinds(&self, minute: i32, week: i32) -> Vec<(Values, f64, (usize, usize))> {
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
                for (prompt, of_prompt) in versions("prompt", prompt) {
                    for (model, of_model) in versions("model", "") {
                        for (kb, of_kb) in versions("knowledge_base", "") {
                            let texts = [intent, channel, queue, &prompt, &model, &kb];
                            let share = self.shares[i] * of_channel * of_prompt * of_model * of_kb;
                            kinds.push((texts.map(str::to_owned), share, (i, c)));
                        }
                    }
                }
            }
        }
        kinds
    }

    pub(crate) fn rate(&self, (i, c): (usize, usize)) -> f64 {
        self.base[i] * self.by_channel[c]
    }

    /// By how much a rate differs from week to week, relatively.
    pub(crate) fn drift(&self) -> f64 {
        if is_bad_up(self.metric) { 0.04 } else { 0.01 }
    }

    /// The standard deviation of an hour's figure in everyday life.
    pub(crate) fn noise(&self, usual: f64) -> f64 {
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

    pub(crate) fn struck(&self, rate: f64) -> f64 {
        match self.metric {
            Metric::AiLatency | Metric::StuckConversations => rate * self.change,
            _ => (rate + self.change).clamp(0.03, 0.97),
        }
    }

    /// The figure in everyday life and under the incident, and the share of the cell.
    pub(crate) fn expected(&self) -> ((f64, f64), f64) {
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
}

/// The cell that an incident of this kind hits.
fn hit(kind: Kind, (intent, _, queue): (&str, &str, &str), channel: &str, version: &str) -> Cell {
    use Dimension::{Channel, Intent, KbVersion, ModelVersion, PromptVersion, Queue};
    let cell: &[(Dimension, &str)] = match kind {
        Kind::Intent => &[(Intent, intent)],
        Kind::Channel => &[(Channel, channel)],
        Kind::Queue | Kind::RoutingOfQueue => &[(Queue, queue)],
        Kind::IntentByChannel => &[(Intent, intent), (Channel, channel)],
        Kind::QueueByChannel => &[(Queue, queue), (Channel, channel)],
        Kind::Prompt | Kind::PromptCanary => &[(PromptVersion, version)],
        Kind::PromptForIntent => &[(Intent, intent), (PromptVersion, version)],
        Kind::KnowledgeForIntent => &[(Intent, intent), (KbVersion, version)],
        Kind::ModelForIntent => &[(Intent, intent), (ModelVersion, version)],
        Kind::ModelCanary => &[(ModelVersion, version)],
    };
    cell.iter().map(|(axis, value)| (axis.as_str().to_owned(), (*value).to_owned())).collect()
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

pub(crate) fn holds(cell: &Cell, values: &Values) -> bool {
    cell.iter().all(|(name, wanted)| {
        AXES.iter().zip(values).any(|(axis, value)| axis.as_str() == name && value == wanted)
    })
}

pub(crate) fn is_bad_up(metric: Metric) -> bool {
    matches!(metric, Metric::FallbackRate | Metric::AiLatency | Metric::StuckConversations)
}
