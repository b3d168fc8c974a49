//! `tocsin dev`: the whole pipeline in one process, the very handlers that run on Lambda.
//!
//! Reading order: [`options`] → [`run`] (how it is put together) → [`wiring`] (queues, topics, clients) →
//! [`schedule`] (ticks, the clock) → [`front`] (HTTP), [`pages`] → [`tables`], [`data`], [`terminal`].

mod connections;
pub(crate) mod data;
mod demo;
#[cfg(test)]
mod event_bus_tests;
mod front;
mod options;
mod pages;
mod schedule;
pub(crate) mod tables;
mod terminal;
pub(crate) mod wiring;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use tocsin_admin::{Admin, DeadQueues};
use tocsin_console::Console;
use tocsin_domain::{configuration::Configuration, id::TenantId};
use tocsin_fanout::Fanout;
use tocsin_ingest::Ingest;
use tocsin_rollup::Rollup;
use tocsin_score::Score;
use tocsin_shell::{
    audit::Refusals,
    clock::Clock,
    random::Random,
    store::{Store, StoreError, credentials::Credential},
    vault::Vault,
};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::{RwLock, watch},
    task::{JoinError, JoinSet},
};
use tracing_subscriber::EnvFilter;

use crate::{
    endpoint,
    outbox::Outbox,
    queue::{QueueError, Queues},
};

use self::{
    data::{Data, DataError},
    demo::{Demo, DemoError},
    front::Front,
    options::{configuration, retention, rules, save_policy},
    schedule::Schedule,
    tables::TablesError,
    wiring::{ALERTS, EVENTS, TICKS, batches, dead_letters, feed, queue_url},
};

pub(crate) use self::options::Args;

/// The source key that is accepted, and nowhere but here.
const KEY: &str = "local";
/// Whose events it brings.
pub(crate) const TENANT: &str = "demo";
/// Batches of events that are counted at a time.
const ROLLUPS: usize = 2;

/// Why it does not run, or no longer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DevError {
    /// Somebody else listens there, or nobody may.
    #[error("cannot listen on 127.0.0.1:{port}: {cause}; give another --port")]
    Listen {
        /// Where.
        port: u16,
        /// What the system said.
        cause: io::Error,
    },
    /// Signals, or a port of the system's choice, are not to be had.
    #[error("cannot start: {0}")]
    System(io::Error),
    /// The folder can not be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The tables can not be used.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// The queues can not be used.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The demonstration can not be loaded, or broke off.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The tables do not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rules can not be read or are wrong.
    #[error("cannot use the rules in {}: {cause}", path.display())]
    Rules {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        cause: String,
    },
    /// The configuration can not be read or is wrong.
    #[error("cannot use the configuration in {}: {cause}", path.display())]
    Configuration {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        cause: String,
    },
    /// The policy can not be read, is wrong or can not be saved.
    #[error("cannot use the policy in {}: {cause}", path.display())]
    Policy {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        cause: String,
    },
    /// A part of the process stopped though nobody asked it to.
    #[error("`{0}` stopped unexpectedly")]
    Ended(&'static str),
    /// A part of the process panicked: a defect.
    #[error("a part of the process died: {0}")]
    Died(#[from] JoinError),
}

/// A part of the process, by name, that ran until it was told to stop or could not go on.
type Part = (&'static str, Result<(), DevError>);

/// Runs until a signal.
pub(crate) async fn run(args: Args) -> Result<(), DevError> {
    log_to_stderr();
    let mut signals = Signals::listen().map_err(DevError::System)?;
    let (rules, unsaved_rules) = rules(&args)?;
    let configuration = Arc::new(configuration(&args)?);
    let listener = TcpListener::bind(("127.0.0.1", args.port))
        .await
        .map_err(|cause| DevError::Listen { port: args.port, cause })?;
    let port = listener.local_addr().map_err(DevError::System)?.port();
    let url = format!("http://127.0.0.1:{port}");
    let data = Data::open(args.data.as_deref())?;

    let mut servers: JoinSet<Part> = JoinSet::new();
    let Services { queues, outbox, tables_url, queues_url } = serve(&data, &mut servers).await?;

    // What the functions get.
    let clock = schedule::clock(args.virtual_time, &queues)?;
    let client = tocsin_tables::client(&tables_url);
    tables::create_missing(&client).await?;
    let store = Store::new(client, tables::STATE.into(), tables::TEXTS.into(), retention(&args));
    let vault = data.vault()?;
    let (sqs, sns) = (wiring::sqs(&queues_url), wiring::sns(&queues_url));
    let (events_url, alerts_url) = (queue_url(&queues_url, EVENTS), queue_url(&queues_url, ALERTS));
    let tenant = TenantId::try_from(TENANT.to_owned()).map_err(|_| DevError::Ended("tenant"))?;
    let credential =
        Credential { tenant: tenant.clone(), sources: vec![String::new()], name: KEY.to_owned() };
    store.put_credential(KEY, &credential, None).await?;
    connections::put(&store, &vault, &tenant).await?;
    if let Some(path) = &args.policy {
        save_policy(&store, &tenant, path).await?;
    }

    // The functions, and what feeds them.
    let schedule = Arc::new(Schedule::new(store.clone(), Arc::clone(&queues), clock.clone()));
    let (stop, stopped) = watch::channel(false);
    let functions = Functions {
        rollup: Rollup::new(store.clone(), Arc::clone(&configuration), clock.clone()),
        score: Score::new(store.clone(), sqs.clone(), alerts_url, rules, clock.clone()),
        // Claims go stale by the machine's clock, however fast virtual time passes.
        fanout: Fanout::new(store.clone(), sns, wiring::topics(), url.clone(), Clock::Wall)
            .with_links(clock.clone(), Random::System),
    };
    let window = Duration::from_secs(args.batching_window.into());
    let counting = Arc::new(RwLock::new(()));
    let mut workers = start_workers(functions, &queues, &schedule, &counting, (window, &stopped));
    let shown = terminal::show(outbox.subscribe(), clock.clone());
    servers.spawn(async move {
        shown.await;
        ("terminal", Ok(()))
    });

    // The door.
    let shows_demo = !args.empty && is_new(&store, &tenant).await?;
    let admin = admin(&store, &vault, &queues_url, &clock, &configuration);
    let (links, refusals) = (pages::LINKS, Refusals::default());
    let front = Front {
        ingest: Ingest::new(store.clone(), vault.clone(), sqs, events_url, clock.clone()),
        admin,
        console: Console { store, vault, unsaved_rules, links, sign_in: None, refusals },
        clock,
        tenant,
        configuration,
        queues,
        schedule: Arc::clone(&schedule),
        counting,
        outbox,
    };
    let router = front::router(Arc::new(front), port);
    let door = servers.spawn(async move {
        ("front", axum::serve(listener, router).await.map_err(DevError::System))
    });
    if shows_demo {
        let demo = tokio::select! {
            demo = Demo::load(&url, KEY, &schedule) => demo?,
            () = signals.next() => return Ok(()),
        };
        servers.spawn(async move { ("demonstration", demo.run().await.map_err(DevError::from)) });
    }
    data.write_address(&url)?;
    terminal::say(&format!("ready {url}"));
    if shows_demo {
        terminal::say("a live contact centre is running; in 10 seconds something goes wrong there");
    }

    tokio::select! {
        () = signals.next() => {}
        Some(part) = servers.join_next() => return Err(unexpected(part)),
        Some(part) = workers.join_next() => return Err(unexpected(part)),
    }
    // Nothing is taken any more, what is being handled is finished, the rest waits in the queues.
    door.abort();
    stop.send_replace(true);
    let ending = async {
        while let Some(part) = workers.join_next().await {
            part?.1?;
        }
        Ok::<_, DevError>(())
    };
    tokio::select! {
        ended = ending => ended?,
        () = signals.next() => {} // Somebody is in a hurry; what is being handled comes again.
    }
    schedule.keep_clock()?;
    Ok(())
}

/// What an operator asks, over the same tables and queues.
fn admin(
    store: &Store,
    vault: &Vault,
    endpoint: &str,
    clock: &Clock,
    configuration: &Arc<Configuration>,
) -> Admin {
    let (store, vault, queues) = (store.clone(), vault.clone(), wiring::sqs(endpoint));
    let events_url = queue_url(endpoint, EVENTS);
    let ingest =
        Ingest::new(store.clone(), vault.clone(), queues.clone(), events_url, clock.clone());
    let dead = |queue| queue_url(endpoint, &dead_letters(queue));
    let dead = DeadQueues { events: dead(EVENTS), ticks: dead(TICKS), alerts: dead(ALERTS) };
    let configuration = Some(Arc::clone(configuration));
    Admin { store, vault, ingest, queues, dead, configuration }
}

/// What AWS would be.
struct Services {
    queues: Arc<Queues>,
    outbox: Arc<Outbox>,
    tables_url: String,
    queues_url: String,
}

/// Serves tables, queues and topics on the loopback interface.
async fn serve(data: &Data, servers: &mut JoinSet<Part>) -> Result<Services, DevError> {
    let database = tables::open(data)?;
    let (tables_listener, tables_url) = loopback().await.map_err(DevError::System)?;
    servers.spawn(async move {
        dynoxide::server::serve_on(tables_listener, database).await;
        ("tables", Ok(()))
    });
    let queues = Arc::new(wiring::queues(data.file("queues.db")?.as_deref())?);
    let outbox = Arc::new(Outbox::new(&queues));
    let (queues_listener, queues_url) = loopback().await.map_err(DevError::System)?;
    let router = endpoint::router(Arc::clone(&queues), Arc::clone(&outbox));
    servers.spawn(async move {
        ("queues", axum::serve(queues_listener, router).await.map_err(DevError::System))
    });
    Ok(Services { queues, outbox, tables_url, queues_url })
}

/// What queues feed.
struct Functions {
    rollup: Rollup,
    score: Score,
    fanout: Fanout,
}

/// Feeds the functions from their queues, and the schedule from the clock, until told to stop.
fn start_workers(
    functions: Functions,
    queues: &Arc<Queues>,
    schedule: &Arc<Schedule>,
    counting: &Arc<RwLock<()>>,
    (window, stopped): (Duration, &watch::Receiver<bool>),
) -> JoinSet<Part> {
    let Functions { rollup, score, fanout } = functions;
    let (rollup, score, fanout) = (Arc::new(rollup), Arc::new(score), Arc::new(fanout));
    let mut workers: JoinSet<Part> = JoinSet::new();
    for _ in 0..ROLLUPS {
        let (rollup, counted) = (Arc::clone(&rollup), Arc::clone(schedule));
        let counting = Arc::clone(counting);
        let handle = move |event| {
            let (rollup, counted) = (Arc::clone(&rollup), Arc::clone(&counted));
            let counting = Arc::clone(&counting);
            async move {
                let _counting = counting.read().await;
                let response = rollup.handle(event).await;
                counted.count();
                response
            }
        };
        let fed = feed(Arc::clone(queues), EVENTS, batches(10, window), stopped.clone(), handle);
        workers.spawn(async move { ("rollup", fed.await.map_err(DevError::from)) });
    }
    let scoring = Arc::clone(counting);
    let handle = move |event| {
        let (score, scoring) = (Arc::clone(&score), Arc::clone(&scoring));
        async move {
            let _counting = scoring.read().await;
            score.handle(event).await
        }
    };
    let one = batches(1, Duration::ZERO);
    let fed = feed(Arc::clone(queues), TICKS, one, stopped.clone(), handle);
    workers.spawn(async move { ("score", fed.await.map_err(DevError::from)) });
    let handle = move |event| {
        let fanout = Arc::clone(&fanout);
        async move { fanout.handle(event).await }
    };
    let ten = batches(10, Duration::ZERO);
    let fed = feed(Arc::clone(queues), ALERTS, ten, stopped.clone(), handle);
    workers.spawn(async move { ("fanout", fed.await.map_err(DevError::from)) });
    let running = Arc::clone(schedule).run(stopped.clone());
    workers.spawn(async move {
        running.await;
        ("schedule", Ok(()))
    });
    workers
}

/// What it means that a part is done though nobody stopped it.
fn unexpected(part: Result<Part, JoinError>) -> DevError {
    match part {
        Ok((_, Err(error))) => error,
        Ok((name, Ok(()))) => DevError::Ended(name),
        Err(died) => DevError::Died(died),
    }
}

/// Whether nothing was ever counted.
async fn is_new(store: &Store, tenant: &TenantId) -> Result<bool, StoreError> {
    let snapshot = store.snapshot(tenant).await?;
    Ok(snapshot.version.is_none() && snapshot.open.is_empty())
}

/// A free port for what only this process uses.
async fn loopback() -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

fn log_to_stderr() {
    // The embedded tables warn of every condition that does not hold, which is no trouble at all.
    let usual = || EnvFilter::new("warn,dynoxide=error");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| usual());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
}

/// What asks the process to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
