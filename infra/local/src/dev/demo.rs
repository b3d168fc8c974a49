//! The demonstration: two weeks of history, a live contact centre, and an incident.
//!
//! All of it is simulated and goes in through the front door, as a platform's events do.

use std::{iter::Peekable, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tocsin_domain::minute;
use tocsin_shell::clock::Clock;

use super::schedule::{Schedule, TickError};
use crate::{
    queue::QueueError,
    simulate::{self, Incident, IncidentKind, Scenario, SimulatedEvent},
};

/// Decides who contacts the shop, and when.
const SEED: u64 = 20_260_105;
/// How much history there is.
pub(super) const HISTORY: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long the live centre goes on: longer than anybody watches it. It is drawn hour by hour.
const LIVE: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);
/// Mean conversations an hour.
const VOLUME: f64 = 80.0;
/// From `ready` to the incident's beginning.
const INCIDENT_AFTER: SignedDuration = SignedDuration::from_secs(10);
/// How long it lasts.
const INCIDENT_LASTS: SignedDuration = SignedDuration::from_mins(20);
/// Extra conversations of the incident's intent, as a multiple of the usual.
const SURGE: f64 = 60.0;
/// Events and bytes of one request; the front door takes 1,000 and 1 MiB.
const BATCH: (usize, usize) = (1_000, 900_000);
/// How often it is looked what is due.
const EVERY: Duration = Duration::from_millis(500);
/// How often a batch is posted to a busy door.
const BUSY_TRIES: u32 = 60;
/// Batches of history between ticks, so that deltas are merged as they come.
const BATCHES_A_TICK: usize = 20;

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The own front door did not take the events.
    #[error("cannot load the demonstration: {0}")]
    Refused(String),
    /// Events were taken and can not be followed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The schedule can not send a tick.
    #[error(transparent)]
    Tick(#[from] TickError),
    /// The instants of the demonstration are beyond the calendar.
    #[error("cannot load the demonstration: {0}")]
    Calendar(#[from] jiff::Error),
}

type Events = Peekable<Box<dyn Iterator<Item = SimulatedEvent> + Send>>;

/// A demonstration whose history is loaded.
pub(super) struct Demo {
    door: Door,
    /// Events of conversations that began in the past.
    before: Events,
    began: Timestamp,
}

/// The own front door.
struct Door {
    client: reqwest::Client,
    url: String,
    key: &'static str,
}

impl Demo {
    /// Loads the history and waits until all of it is counted and merged.
    pub(super) async fn load(
        url: &str,
        key: &'static str,
        schedule: &Schedule,
    ) -> Result<Self, DemoError> {
        let client = reqwest::Client::builder().no_proxy().build();
        let client = client.map_err(|error| DemoError::Refused(error.to_string()))?;
        let door = Door { client, url: format!("{url}/v1/events"), key };
        let began = wall();
        let scenario = scenario(began.checked_sub(HISTORY)?, began);
        let mut before: Events = boxed(simulate::events(&scenario));
        let bar = progress(HISTORY.as_secs().unsigned_abs());
        let mut batches = 0;
        while let Some(batch) = due(&mut before, wall()) {
            bar.set_position(position(&batch, scenario.start));
            door.post(&batch).await?;
            batches += 1;
            if batches % BATCHES_A_TICK == 0 {
                schedule.tick_now().await?;
            }
        }
        bar.set_message("counting");
        for _ in 0..2 {
            while !schedule.is_idle()? {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            schedule.tick_now().await?;
        }
        while !schedule.is_idle()? {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bar.finish_and_clear();
        Ok(Self { door, before, began })
    }

    /// Runs the live centre, with the incident soon after now.
    pub(super) async fn run(self) -> Result<(), DemoError> {
        let Self { door, mut before, began } = self;
        let start = wall().checked_add(INCIDENT_AFTER)?;
        let mut scenario = scenario(began, began.checked_add(LIVE)?);
        scenario.incidents.push(Incident {
            kind: IncidentKind::FlawedAnswers,
            start,
            end: start.checked_add(INCIDENT_LASTS)?,
            surge: SURGE,
        });
        let mut live: Events = boxed(simulate::events(&scenario));
        while live.peek().is_some() {
            for events in [&mut before, &mut live] {
                while let Some(batch) = due(events, wall()) {
                    door.post(&batch).await?;
                }
            }
            tokio::time::sleep(EVERY).await;
        }
        Ok(())
    }
}

impl Door {
    /// Posts a batch, again and again while the door says that it is busy.
    async fn post(&self, batch: &[SimulatedEvent]) -> Result<(), DemoError> {
        let lines: Vec<&str> = batch.iter().map(|event| event.json.as_str()).collect();
        let body = lines.join("\n");
        for _ in 0..BUSY_TRIES {
            let request = self
                .client
                .post(&self.url)
                .bearer_auth(self.key)
                .header("content-type", "application/x-ndjson")
                .body(body.clone());
            let response = request.send().await;
            let response = response.map_err(|error| DemoError::Refused(error.to_string()))?;
            let status = response.status();
            let answer = response.text().await.unwrap_or_default();
            match status {
                http::StatusCode::ACCEPTED => return all_accepted(&answer),
                http::StatusCode::SERVICE_UNAVAILABLE => tokio::time::sleep(EVERY).await,
                _ => return Err(DemoError::Refused(format!("{status} {answer}"))),
            }
        }
        Err(DemoError::Refused("the front door stayed busy".to_owned()))
    }
}

/// Every simulated event is a good one: a rejection is a defect, and is not passed over.
fn all_accepted(answer: &str) -> Result<(), DemoError> {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
    match answer["rejected"].as_array().map(Vec::as_slice) {
        Some([]) => Ok(()),
        Some([first, ..]) => Err(DemoError::Refused(first.to_string())),
        None => Err(DemoError::Refused("the answer names no rejections".to_owned())),
    }
}

fn scenario(start: Timestamp, end: Timestamp) -> Scenario {
    let incidents = Vec::new();
    let zone = TimeZone::UTC;
    Scenario { seed: SEED, start, end, zone, conversations_per_hour: VOLUME, incidents }
}

fn boxed(events: impl Iterator<Item = SimulatedEvent> + Send + 'static) -> Events {
    let events: Box<dyn Iterator<Item = SimulatedEvent> + Send> = Box::new(events);
    events.peekable()
}

/// The next events that have happened, as many as one request takes.
fn due(events: &mut Events, now: Timestamp) -> Option<Vec<SimulatedEvent>> {
    let mut batch = Vec::new();
    let mut bytes = 0;
    while batch.len() < BATCH.0 && bytes < BATCH.1 {
        let Some(event) = events.next_if(|event| event.time <= now) else { break };
        bytes += event.json.len() + 1;
        batch.push(event);
    }
    (!batch.is_empty()).then_some(batch)
}

/// The machine's time: people watch the centre live.
fn wall() -> Timestamp {
    minute::timestamp(Clock::Wall.now())
}

fn position(batch: &[SimulatedEvent], start: Timestamp) -> u64 {
    let last = batch.last().map_or(start, |event| event.time);
    u64::try_from(last.duration_since(start).as_secs()).unwrap_or_default()
}

fn progress(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length).with_message("loading two weeks of history");
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent} %");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
