//! One run: a seed decides what is sent, who handles it when, and what fails.

use std::{
    collections::BTreeSet,
    hash::DefaultHasher,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64},
    },
    time::Duration,
};

use bytes::Bytes;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tocsin_domain::{
    configuration::Configuration,
    id::TenantId,
    metric::Metric,
    minute::{DAY, MINUTE, Minute, SECOND},
    query::{Selection, Steps},
    rule::{self, Rule},
    sabotage::{self, Sabotage},
    silence::Silence,
};
use tocsin_fanout::{Bus, Fanout};
use tocsin_ingest::Ingest;
use tocsin_rollup::Rollup;
use tocsin_score::Tick;
use tocsin_shell::{
    clock::Clock,
    config::Topics,
    random::Random,
    rollups::Reader,
    store::{Store, credentials::Credential},
    vault::Vault,
};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    erasure::{self, Named},
    expiry,
    invocation::{failures, invoke, sqs_event, store, url},
    judge::Outcome,
    mutant::{Mapping, Mutant},
    scorer::Scorer,
    wire::Wire,
    workload::{self, BEGINNING},
    world::{Odds, State, World},
};

pub(crate) const EVENTS: &str = "events";
pub(crate) const TICKS: &str = "ticks";
pub(crate) const ALERTS: &str = "alerts";
const KEY: &str = "key";
/// The master secret, before and while it is replaced.
const SECRETS: [&str; 2] = [
    "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
    "2:CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=,1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
];
pub(crate) const POISON: &str = "no chunk at all";
/// Messages stay hidden for so long after a delivery: less than a slow function takes.
const HIDDEN: i64 = 20_000_000_000;

/// So many rounds, of some hours together, after which every alert is over.
const QUIET: usize = 15;

const RULES: &str = "
rules:
  - name: fallback
    metric: fallback_rate
    by: [intent]
    threshold: { over: 0.2, min_count: 2 }
    over: 6h
    severity: page
    next_action: Roll back the prompt version.
    owner: ai_lead
  - name: fallback-everywhere
    metric: fallback_rate
    threshold: { over: 0.5, min_count: 4 }
    over: 2h
    severity: page
    escalate_after: 30m
    next_action: Roll back the model version.
    owner: ai_lead
  - name: fallback-by-channel
    metric: fallback_rate
    family: channels
    by: [intent, channel]
    threshold: { over: 0.1, min_count: 1 }
    over: 3h
    severity: page
    next_action: Roll back the prompt version.
    owner: ai_lead
  - name: requests
    metric: agent_request_rate
    threshold: { over: 0.1, min_count: 1 }
    over: 4h
    severity: warning
    next_action: Read three of the exemplar conversations.
    owner: ai_lead
";
/// Runs a seed on this thread.
pub(crate) fn run(seed: u64, mutant: Option<Mutant>) -> Outcome {
    run_world(seed, mutant, None)
}

/// Runs something in virtual time on this thread.
pub(crate) fn virtually<T>(seed: u64, run: impl Future<Output = T>) -> T {
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(run)
}

/// Runs a seed on this thread; says what it asked of the world.
pub(crate) fn traced(seed: u64) -> Outcome {
    run_world(seed, None, Some(DefaultHasher::new()))
}

fn run_world(seed: u64, mutant: Option<Mutant>, trace: Option<DefaultHasher>) -> Outcome {
    sabotage::set(mutant.and_then(Mutant::code));
    let outcome = virtually(seed, async { Run::new(seed, mutant, trace).go().await });
    sabotage::set(None);
    outcome
}

/// A run under way.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) tenant: TenantId,
    /// Before and after the master secret is replaced.
    pub(crate) vaults: [Vault; 2],
    /// In which step the secret is replaced, if it is; for some steps both are in use.
    pub(crate) rotation: i64,
    pub(crate) steps: i64,
    rules: Vec<Rule>,
    pub(crate) sabotage: Option<Sabotage>,
    mapping: Option<Mapping>,
    pub(crate) events: Vec<Value>,
    /// Batches to be sent, the next one last.
    pub(crate) waiting: Vec<Vec<usize>>,
    pub(crate) tasks: JoinSet<Option<Vec<usize>>>,
    started: Instant,
    /// Time that was passed over.
    skipped: i64,
    /// Whether the run goes on after everything has had time to expire.
    lives_on: bool,
    /// Whether people ask to be erased.
    pub(crate) erases: bool,
    /// Who did.
    pub(crate) erased: BTreeSet<Named>,
    /// What had come when they were erased last.
    pub(crate) known: BTreeSet<usize>,
    /// Whether a new version of the functions is being rolled out.
    upgrading: bool,
    /// Processes that score and wait for work.
    scorers: Arc<Mutex<Vec<Scorer>>>,
    /// What stands in for randomness.
    drawn: Arc<AtomicU64>,
    /// Alerts of which somebody was told that they are acknowledged.
    pub(crate) acknowledged: Arc<Mutex<Vec<String>>>,
    /// What somebody was told is silenced, each with the time from which on it must hold.
    pub(crate) silences: Arc<Mutex<Vec<(i64, Silence)>>>,
    pub(crate) problems: Vec<String>,
    pub(crate) read_problems: Arc<Mutex<Vec<String>>>,
}

impl Run {
    pub(crate) fn new(seed: u64, mutant: Option<Mutant>, trace: Option<DefaultHasher>) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let events = workload::events(&mut rng, BEGINNING);
        let mut waiting = workload::batches(&mut rng, &events);
        waiting.reverse();
        let odds = odds(&mut rng);
        let upgrading = rng.random_bool(0.2);
        let rotation = if rng.random_bool(0.3) { rng.random_range(0..100) } else { i64::MAX / 2 };
        let erases = rng.random_ratio(1, erasure::ONE_IN);
        let mut state = State::new(rng, odds, mutant.and_then(Mutant::wire), BEGINNING);
        state.trace = trace;
        Self {
            world: World::new(state),
            tenant: TenantId::try_from("demo".to_owned()).expect("a tenant"),
            vaults: [SECRETS[0], SECRETS[1]].map(|one| Vault::parse(one).expect("secrets")),
            rotation,
            steps: 0,
            rules: rule::parse(RULES).expect("rules"),
            sabotage: mutant.and_then(Mutant::code),
            mapping: mutant.and_then(Mutant::mapping),
            events,
            waiting,
            tasks: JoinSet::new(),
            started: Instant::now(),
            skipped: 0,
            lives_on: seed.is_multiple_of(expiry::ONE_IN),
            erases,
            erased: BTreeSet::new(),
            known: BTreeSet::new(),
            upgrading,
            drawn: Arc::default(),
            scorers: Arc::default(),
            acknowledged: Arc::default(),
            silences: Arc::default(),
            problems: Vec::new(),
            read_problems: Arc::default(),
        }
    }

    /// Another run, in this state of the world.
    pub(crate) fn again(&self, state: State, events: Vec<Value>, rng: &mut ChaCha8Rng) -> Self {
        let waiting = workload::batches(rng, &events);
        let skipped = state.now - BEGINNING;
        Self {
            world: World::new(state),
            tenant: self.tenant.clone(),
            vaults: self.vaults.clone(),
            rotation: self.rotation,
            steps: self.steps,
            rules: self.rules.clone(),
            sabotage: self.sabotage,
            mapping: self.mapping,
            events,
            waiting,
            tasks: JoinSet::new(),
            started: Instant::now(),
            skipped,
            lives_on: false,
            erases: false,
            erased: BTreeSet::new(),
            known: BTreeSet::new(),
            upgrading: false,
            drawn: Arc::clone(&self.drawn),
            scorers: Arc::default(),
            acknowledged: Arc::default(),
            silences: Arc::default(),
            problems: Vec::new(),
            read_problems: Arc::default(),
        }
    }

    async fn go(mut self) -> Outcome {
        self.prepare().await;
        let last = self.waiting.remove(0);
        self.known = self.waiting.iter().flatten().copied().collect();
        for _ in 0..self.random(50..150) {
            self.step().await;
        }
        {
            let mut world = self.world.lock();
            world.odds = Odds::default();
            world.calm_since = Some(world.now);
        }
        self.settle().await;
        // Days later an operator looks at what went wrong then.
        self.pass(self.random(2..10) * DAY).await;
        self.upgrading = false;
        self.world.lock().redrive();
        self.settle().await;
        self.erase_again().await;
        // The last batch comes when the schedule sleeps: what it changed is in open deltas.
        self.waiting.push(last);
        for _ in 0..QUIET {
            self.send();
            self.deliver(EVENTS);
            self.join().await;
            self.pass(MINUTE).await;
        }
        let unsent = self.waiting.len();
        self.problems.extend((unsent > 0).then(|| format!("{unsent} batches were never taken")));
        let mut outcome = self.judge().await;
        if self.lives_on {
            self.judge_expiry(&mut outcome.problems).await;
        }
        outcome
    }

    pub(crate) async fn prepare(&self) {
        let wire = Wire::new(self.world.clone());
        let odds = std::mem::take(&mut self.world.lock().odds);
        let (tenant, sources) = (self.tenant.clone(), vec![String::new()]);
        let credential = Credential { tenant, sources, name: KEY.to_owned() };
        store(&wire).put_credential(KEY, &credential, None).await.expect("no fault yet");
        let mut world = self.world.lock();
        world.odds = odds;
        world.send(EVENTS, POISON);
    }

    /// Something happens.
    async fn step(&mut self) {
        let action = self.random(0..100);
        self.steps += 1;
        // Several at once, now and then: they race.
        for _ in 0..self.random(1..4) {
            match action {
                0..25 => self.send(),
                25..50 => self.deliver(EVENTS),
                50..58 => self.tick(),
                58..70 => self.deliver(TICKS),
                70..82 => self.deliver(ALERTS),
                82..88 => self.pass(self.random(0..80) * MINUTE).await,
                88..93 => self.read(),
                93..97 => self.take_on(),
                97..98 => self.silence(),
                98..100 => self.erase(),
                _ => {}
            }
        }
        let pause = self.random(0..100);
        tokio::time::sleep(Duration::from_millis(pause.unsigned_abs())).await;
        self.look();
    }

    /// Until nothing is left to do, without further faults.
    pub(crate) async fn settle(&mut self) {
        for round in 0..200 {
            while !self.waiting.is_empty() {
                self.send();
            }
            self.tick();
            // Two publishers at once.
            for queue in [EVENTS, TICKS, ALERTS, ALERTS] {
                self.deliver(queue);
            }
            self.join().await;
            if round % 3 == 2 {
                self.deliver_alerts().await;
                self.pass(60 * MINUTE).await;
            } else {
                self.pass(MINUTE).await;
            }
            let idle = [EVENTS, ALERTS].iter().all(|queue| self.world.lock().is_empty(queue));
            if round >= QUIET && idle && self.waiting.is_empty() {
                return;
            }
        }
    }

    /// Until hardly any message waits: nobody is told an hour late because the run skips that hour.
    async fn deliver_alerts(&mut self) {
        for _ in 0..20 {
            if self.world.lock().is_empty(ALERTS) {
                return;
            }
            self.deliver(ALERTS);
            self.deliver(ALERTS);
            self.join().await;
            self.pass(SECOND).await;
        }
    }

    pub(crate) async fn join(&mut self) {
        while let Some(sent) = self.tasks.join_next().await {
            self.waiting.extend(sent.ok().flatten());
        }
    }

    /// Waits for what runs; batches that were not taken are not sent again.
    pub(crate) async fn join_and_forget(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// A platform sends its next batch, and again until it is told that it is taken.
    pub(crate) fn send(&mut self) {
        let Some(batch) = self.waiting.pop() else { return };
        let body: Vec<String> = batch.iter().map(|event| self.events[*event].to_string()).collect();
        let request = http::Request::post("/v1/events")
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/x-ndjson")
            .body(Bytes::from(body.join("\n")))
            .expect("a request");
        let vault = self.vault();
        let (world, clock) = (self.world.clone(), self.clock());
        self.tasks.spawn(async move {
            let answer = invoke(&world, async |wire| {
                let (store, queue) = (store(wire), wire.sqs());
                let ingest = Ingest::new(store, vault, queue, url(EVENTS), clock);
                ingest.handle(&request).await
            });
            let answer = answer.await;
            let taken = answer.is_some_and(|answer| answer.status() == 202);
            if taken { None } else { Some(batch) }
        });
    }

    /// A function gets what is in its queue.
    pub(crate) fn deliver(&mut self, queue: &'static str) {
        // Often one at a time: then others are handled beside it.
        let most = if self.random(0..2) == 0 { 1 } else { self.random(1..8) };
        let most = usize::try_from(most).unwrap_or(1);
        let received = self.world.lock().receive(queue, most, HIDDEN);
        if received.is_empty() {
            return;
        }
        if self.mapping == Some(Mapping::AcknowledgedBeforeTheWrite) {
            self.world.lock().done(queue, &received, &BTreeSet::new());
        }
        let is_old = self.upgrading && self.world.lock().rng.random_bool(0.5);
        let event = sqs_event(&received, is_old);
        let (world, rules, clock, mapping) =
            (self.world.clone(), self.rules.clone(), self.clock(), self.mapping);
        let drawn = Arc::clone(&self.drawn);
        let scorers = Arc::clone(&self.scorers);
        let is_warm = queue == TICKS && self.random(0..4) > 0;
        let idle = if is_warm { scorers.lock().expect("in hand").pop() } else { None };
        self.tasks.spawn(async move {
            let answer = match queue {
                EVENTS => {
                    let configuration = Arc::new(Configuration::default());
                    invoke(&world, async |wire| {
                        Rollup::new(store(wire), configuration, clock).handle(event).await
                    })
                    .await
                }
                TICKS => {
                    let scorer = idle.unwrap_or_else(|| Scorer::new(&world, rules));
                    scorer.handle(event, clock.now()).await.map(|(answer, scorer)| {
                        scorers.lock().expect("in hand").push(scorer);
                        answer
                    })
                }
                _ => {
                    let topic = ToOwned::to_owned;
                    let topics = Topics {
                        page: topic("page"),
                        warning: topic("warning"),
                        info: topic("info"),
                        escalation: topic("escalation"),
                        chat: topic("chat"),
                    };
                    invoke(&world, async |wire| {
                        let bus = Bus { client: wire.eventbridge(), name: topic("bus") };
                        let (store, at) = (store(wire), clock.clone());
                        Fanout::new(store, wire.sns(), topics, "https://c".into(), at)
                            .with_links(clock, Random::Simulated(drawn))
                            .and_onto(bus)
                            .handle(event)
                            .await
                    })
                    .await
                }
            };
            if let Some(answer) = answer {
                let mut failed = failures(&answer);
                if mapping == Some(Mapping::FailuresNotReported) {
                    failed.clear();
                }
                world.lock().done(queue, &received, &failed);
            }
            None
        });
    }

    /// Somebody looks while others write: no less than what was there before, no more than after.
    fn read(&mut self) {
        let before = self.world.lock().moment();
        let (world, tenant, clock) = (self.world.clone(), self.tenant.clone(), self.clock());
        let problems = Arc::clone(&self.read_problems);
        self.tasks.spawn(async move {
            let now = clock.now();
            let low = contacts(&before.store(), &tenant, now).await;
            let read = invoke(&world, async |wire| contacts(&store(wire), &tenant, now).await);
            let read = read.await.flatten();
            let after = world.lock().moment();
            let high = contacts(&after.store(), &tenant, now).await;
            if let Some(read) = read
                && !(low..=high).contains(&Some(read))
            {
                let problem = format!("{read} contacts between {low:?} before and {high:?} after");
                problems.lock().expect("in hand").push(problem);
            }
            None
        });
    }

    /// The schedule asks for a minute's work, now and then twice.
    pub(crate) fn tick(&mut self) {
        let tick = serde_json::to_string(&Tick { tenant: self.tenant.clone() }).expect("a tick");
        let mut world = self.world.lock();
        for _ in 0..world.rng.random_range(1..3) {
            world.send(TICKS, &tick);
        }
    }

    /// So much time passes in which nothing happens. No function runs longer than its time-out, so
    /// what runs ends first.
    async fn pass(&mut self, nanoseconds: i64) {
        self.join().await;
        self.skipped += nanoseconds;
        self.look();
    }

    /// Looks at the clock, and at what came back.
    fn look(&mut self) {
        while let Some(sent) = self.tasks.try_join_next() {
            self.waiting.extend(sent.ok().flatten());
        }
        let passed = i64::try_from(self.started.elapsed().as_nanos()).unwrap_or_default();
        self.world.lock().now = BEGINNING + passed + self.skipped;
    }

    /// The clock of one invocation, up to two seconds off.
    pub(crate) fn clock(&self) -> Clock {
        let mut world = self.world.lock();
        let skew = world.rng.random_range(-2_000_000_000..2_000_000_000);
        Clock::Simulated(Arc::new(AtomicI64::new(world.now + skew)))
    }

    pub(crate) fn random(&self, range: std::ops::Range<i64>) -> i64 {
        self.world.lock().rng.random_range(range)
    }
}

/// Conversations that a reader counts.
async fn contacts(store: &Store, tenant: &TenantId, now: i64) -> Option<f64> {
    let reader = Reader::new(store, tenant, now).await.ok()?;
    let steps = Steps::range(Minute::of(BEGINNING - DAY), Minute::of(now).plus(1));
    let series = reader.series(&Selection::total(Metric::Contacts), &steps).await.ok()?;
    let counted = series.iter().flat_map(|series| &series.points).filter_map(|point| point.value);
    Some(counted.sum())
}

/// Which faults a run has, and how often: some runs have many of one kind, some none of another.
pub(crate) fn odds(rng: &mut ChaCha8Rng) -> Odds {
    let mut odd = |most: f64| if rng.random_bool(0.5) { rng.random_range(0.0..most) } else { 0.0 };
    Odds {
        throttled: odd(0.6),
        conflict: odd(0.3),
        answer_lost: odd(0.15),
        crash_before: odd(0.05),
        crash_after: odd(0.05),
        partial: odd(0.4),
        slow: odd(0.1),
    }
}
