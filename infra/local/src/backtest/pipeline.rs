//! The handlers of the whole pipeline, wired in this process, in virtual time.
//!
//! Invariant: nothing runs beside anything else. Events are counted before the next tick, and a tick's
//! alerts are published before the next event, so the same events give the same notifications.

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use http::{HeaderValue, header};
use serde::Deserialize;
use serde_json::Value;
use tocsin_domain::{configuration::Configuration, id::TenantId, minute::Minute, rule::Rule};
use tocsin_fanout::{Bus, Fanout};
use tocsin_ingest::Ingest;
use tocsin_rollup::Rollup;
use tocsin_score::{Score, Tick};
use tocsin_shell::{
    clock::Clock,
    http::Request,
    random::Random,
    store::{Store, StoreError, credentials::Credential},
    vault::Vault,
};

use super::{cloud::Cloud, notice::Notice};
use crate::{
    dev::wiring,
    replay::{Answer, Batch, Rejection},
};

const KEY: &str = "backtest";
const TENANT: &str = "backtest";
const EVENTS: &str = "http://sqs.backtest/events";
const BUS: &str = "alerts";
const ALERTS: &str = "http://sqs.backtest/alerts";
/// What messages link to; nobody follows it.
const CONSOLE: &str = "http://127.0.0.1:8080";
/// Nothing outlives the process, so nothing hangs on the secret but that it is always the same.
const SECRET: [u8; 32] = [7; 32];

/// Why the pipeline can not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PipelineError {
    /// The tables do not answer: a defect.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tenant's name is none: a defect.
    #[error("cannot name the tenant")]
    Tenant,
    /// A request is not answered as the interface says: a defect.
    #[error("ingest answered {0}")]
    Ingest(String),
    /// A message lacks what every one of its schema has: a defect.
    #[error("fanout published a message that is none of the schema tocsin.alert.v1")]
    Message,
    /// A handler gave a message back: a defect, as nothing here is ever busy.
    #[error("{0} could not handle a message; RUST_LOG=warn tells why")]
    Failed(&'static str),
}

/// The body of ingest's answer.
#[derive(Deserialize)]
struct Counts {
    accepted: u64,
    rejected: Vec<Rejection>,
}

/// What came of a tick.
#[derive(Default)]
pub(super) struct Told {
    /// What happened to alerts.
    pub(super) transitions: Vec<Notice>,
    /// What people were told, each with the alert that it names first.
    pub(super) messages: Vec<Notice>,
}

/// The handlers, and what they share.
pub(super) struct Pipeline {
    cloud: Cloud,
    clock: Clock,
    tenant: TenantId,
    ingest: Ingest,
    rollup: Rollup,
    score: Score,
    fanout: Fanout,
}

impl Pipeline {
    /// The handlers, on a store of nothing yet.
    pub(super) async fn new(
        store: Store,
        rules: Vec<Rule>,
        configuration: Configuration,
    ) -> Result<Self, PipelineError> {
        let cloud = Cloud::default();
        let clock = Clock::starting_at(0);
        let tenant = TenantId::try_from(TENANT.to_owned()).map_err(|_| PipelineError::Tenant)?;
        let credential = Credential {
            tenant: tenant.clone(),
            sources: vec![String::new()],
            name: KEY.to_owned(),
        };
        store.put_credential(KEY, &credential, None).await?;
        let vault = Vault::new(SECRET.to_vec());
        let (events, alerts) = (EVENTS.to_owned(), ALERTS.to_owned());
        let (topics, console) = (wiring::topics(), CONSOLE.to_owned());
        Ok(Self {
            ingest: Ingest::new(store.clone(), vault, cloud.sqs(), events, clock.clone()),
            rollup: Rollup::new(store.clone(), Arc::new(configuration), clock.clone()),
            score: Score::new(store.clone(), cloud.sqs(), alerts, rules, clock.clone()),
            fanout: Fanout::new(store, cloud.sns(), topics, console, clock.clone())
                .with_links(clock.clone(), Random::Simulated(Arc::default()))
                .and_onto(Bus { client: cloud.eventbridge(), name: BUS.to_owned() }),
            cloud,
            clock,
            tenant,
        })
    }

    /// Takes events and counts them; time passes to the latest of them.
    pub(super) async fn take(&self, batch: Batch) -> Result<Answer, PipelineError> {
        let mut request = Request::new(batch.body(0..batch.events.len()));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = http::Uri::from_static("/v1/events");
        let headers = request.headers_mut();
        let json = HeaderValue::from_static("application/cloudevents-batch+json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer backtest"));
        let response = self.ingest.handle(&request).await;
        let counts: Counts = serde_json::from_slice(response.body()).map_err(|_| {
            let body = String::from_utf8_lossy(response.body());
            PipelineError::Ingest(format!("{}: {body}", response.status()))
        })?;
        let chunks = self.cloud.receive(EVENTS);
        if !chunks.is_empty() {
            done("rollup", &self.rollup.handle(event(chunks)).await)?;
        }
        let place = |rejection: Rejection| {
            let (place, _) = batch.events.get(rejection.index)?;
            Some((place.clone(), rejection))
        };
        let rejected = counts.rejected.into_iter().filter_map(place).collect();
        Ok(Answer { accepted: counts.accepted, rejected })
    }

    /// Scores at the beginning of this minute, and publishes.
    pub(super) async fn tick(&self, minute: Minute) -> Result<Told, PipelineError> {
        let now = self.clock.now_at(minute.start());
        let tick = serde_json::to_string(&Tick { tenant: self.tenant.clone() });
        let tick = tick.map_err(|error| PipelineError::Ingest(error.to_string()))?;
        done("score", &self.score.handle(event(vec![tick])).await)?;
        let alerts = self.cloud.receive(ALERTS);
        if alerts.is_empty() {
            return Ok(Told::default());
        }
        done("fanout", &self.fanout.handle(event(alerts)).await)?;
        let notices = |texts: Vec<Value>| {
            let notices = texts.iter().map(|text| Notice::of(text, now));
            notices.collect::<Option<Vec<_>>>().ok_or(PipelineError::Message)
        };
        let transitions = notices(self.cloud.events())?;
        Ok(Told { transitions, messages: notices(self.cloud.published())? })
    }
}

fn event(bodies: Vec<String>) -> SqsEvent {
    let mut event = SqsEvent::default();
    for (number, body) in bodies.into_iter().enumerate() {
        let mut record = SqsMessage::default();
        record.message_id = Some(number.to_string());
        record.body = Some(body);
        event.records.push(record);
    }
    event
}

fn done(function: &'static str, response: &SqsBatchResponse) -> Result<(), PipelineError> {
    if response.batch_item_failures.is_empty() {
        Ok(())
    } else {
        Err(PipelineError::Failed(function))
    }
}

#[cfg(test)]
#[path = "storm_tests.rs"]
mod storm_tests;
