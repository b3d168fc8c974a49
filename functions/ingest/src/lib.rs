//! `ingest`: events in over HTTP, vendors' deliveries in by webhook or event bus, masked chunks out
//! through the queue.
//!
//! Verify → split → decode and mask → register dimension values → enqueue → answer. The answer is
//! given only after a durable enqueue. Nothing unmasked is written anywhere: what can not be
//! decoded is kept masked, where an operator can look at it.

pub mod body;
mod connections;
mod decoding;
mod event_bus;
mod limits;
mod policies;
mod registers;
mod reprocess;
mod webhook;

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use aws_sdk_sqs::Client;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, Method, StatusCode, header};
use serde::Serialize;
use tocsin_domain::{
    audit::{What, Why},
    chunk::Chunk,
    decode::Rejection,
    platform::Account,
};
use tocsin_shell::{
    audit::{Known, Refusals, tell_of_stranger},
    clock::Clock,
    http::{Request, Response, json, other_method, problem, problem_with},
    queue,
    store::{Store, credentials::Credential},
    telemetry::chain,
    vault::{Vault, credential_hash},
};
use tracing::error;

use body::Part;
use connections::Connections;
use decoding::{Rejected, Taken};
pub use event_bus::Invoked;
use policies::Policies;
use registers::Registers;
pub use reprocess::{ReprocessError, Reprocessed, Span};

/// A credential is looked up again after this long, so that a revoked key stops working.
const CREDENTIAL_AGE: Duration = Duration::from_mins(1);

/// Where senders post events of the model.
const EVENTS: &str = "/v1/events";
/// Where vendors post what they have: platform and connection stand behind it.
const SOURCES: &str = "/v1/sources/";

/// How an event is refused whose source the key does not cover.
const FOREIGN: &str = Why::ForeignSource.as_str();

/// The ingest function.
pub struct Ingest {
    store: Store,
    vault: Vault,
    queue: Client,
    queue_url: String,
    clock: Clock,
    registers: Registers,
    policies: Policies,
    credentials: Mutex<HashMap<String, (Instant, Credential)>>,
    connections: Connections,
    refusals: Refusals,
}

#[derive(Serialize)]
struct Answer {
    accepted: usize,
    rejected: Vec<Rejected>,
}

impl Ingest {
    /// An ingest that hands over through this queue.
    pub fn new(store: Store, vault: Vault, queue: Client, queue_url: String, clock: Clock) -> Self {
        let (registers, policies) = (Registers::default(), Policies::default());
        let (credentials, connections) = (Mutex::default(), Connections::default());
        Self {
            store,
            vault,
            queue,
            queue_url,
            clock,
            registers,
            policies,
            credentials,
            connections,
            refusals: Refusals::default(),
        }
    }

    /// Answers `/v1/events`, and what vendors post to below `/v1/sources`.
    pub async fn handle(&self, request: &Request) -> Response {
        let path = request.uri().path();
        if path == EVENTS {
            return self.events(request).await;
        }
        match path.strip_prefix(SOURCES).and_then(|named| named.split_once('/')) {
            Some((platform, connection)) => self.webhook(request, platform, connection).await,
            None => problem(StatusCode::NOT_FOUND, None, "post events to /v1/events"),
        }
    }

    /// Answers `POST /v1/events`.
    async fn events(&self, request: &Request) -> Response {
        if request.method() != Method::POST {
            return other_method(request.method(), "POST, OPTIONS");
        }
        let credential = match self.credential(request).await {
            Ok(Some(credential)) => credential,
            Ok(None) => {
                let has_key = bearer(request.headers()).is_some();
                let why = if has_key { Why::UnknownKey } else { Why::NoKey };
                tell_of_stranger(What::SendEvents, why);
                let detail = "send `Authorization: Bearer` and a source key";
                return problem(StatusCode::UNAUTHORIZED, Some("authorization"), detail);
            }
            Err(error) => return unavailable(&error),
        };
        let inflated = match body::inflate(request) {
            Ok(inflated) => inflated,
            Err(error) => return error.answer(),
        };
        match body::split(request.headers(), &inflated) {
            Ok(parts) => match self.take(&credential, &parts, None).await {
                Ok((events, rejected)) => answer(events, rejected),
                Err(error) => unavailable(&error),
            },
            Err(error) => error.answer(),
        }
    }

    /// Takes what can be taken of these parts, and hands it over; says of how many events that were
    /// which are refused.
    async fn take(
        &self,
        by: &Credential,
        parts: &[Part<'_>],
        account: Option<&Account<'_>>,
    ) -> Result<(usize, Vec<Rejected>), IngestError> {
        let policy = self.policies.of(&by.tenant, &self.store).await?;
        let taken = self.decode(by, &policy, parts, account)?;
        let Taken { mut chunk, agents, rejected, refused, events } = taken;
        let now = self.clock.now();
        chunk.received = now;
        limits::apply(&mut chunk, &agents, &self.registers, &self.store, (&self.vault, by), now)
            .await?;
        self.store.put_refused(&by.tenant, &refused, now).await?;
        if rejected.iter().any(|one| one.rejection.error == FOREIGN) {
            self.tell_of_foreign_sources(by, now).await;
        }
        if !chunk.is_empty() {
            let bodies = messages(chunk);
            queue::send(&self.queue, &self.queue_url, by.tenant.as_str(), bodies).await?;
        }
        Ok((events, rejected))
    }

    /// Tells that a key was used for sources that it does not cover.
    async fn tell_of_foreign_sources(&self, by: &Credential, now: i64) {
        let actor = format!("source key ({})", by.name);
        let known = Known { tenant: &by.tenant, role: "source_key", actor: &actor };
        let refused = (What::SendEvents, None, Why::ForeignSource);
        self.refusals.tell(&self.store, known, refused, now).await;
    }

    async fn credential(&self, request: &Request) -> Result<Option<Credential>, IngestError> {
        let Some(key) = bearer(request.headers()) else { return Ok(None) };
        let hash = credential_hash(key);
        if let Ok(cache) = self.credentials.lock()
            && let Some((since, credential)) = cache.get(&hash)
            && since.elapsed() < CREDENTIAL_AGE
        {
            return Ok(Some(credential.clone()));
        }
        let found = self.store.credential(key).await?;
        if let (Some(credential), Ok(mut cache)) = (&found, self.credentials.lock()) {
            cache.insert(hash, (Instant::now(), credential.clone()));
        }
        Ok(found)
    }
}

/// Why nothing was taken. The sender may send the same again.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] tocsin_shell::store::StoreError),
    /// The queue did not.
    #[error(transparent)]
    Queue(#[from] queue::SendError),
    /// A defect: hashes would stand beside those of another event.
    #[error("an event decodes under the current key and under a former one does not: {0:?}")]
    OneKeyOnly(Rejection),
}

fn unavailable(error: &(dyn std::error::Error + 'static)) -> Response {
    error!(error = chain(error), "could not take events");
    problem(StatusCode::SERVICE_UNAVAILABLE, None, "nothing was taken: send it again")
}

/// The key of `Authorization: Bearer`; the scheme in any case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// What is said about so many events: a batch is refused only where all of it is.
fn answer(events: usize, rejected: Vec<Rejected>) -> Response {
    let accepted = events - rejected.len();
    let Some(first) = rejected.first().filter(|_| accepted == 0) else {
        return json(StatusCode::ACCEPTED, &Answer { accepted, rejected });
    };
    let all_foreign = rejected.iter().all(|one| one.rejection.error == FOREIGN);
    let status = if all_foreign { StatusCode::FORBIDDEN } else { StatusCode::BAD_REQUEST };
    let Rejection { field, detail, .. } = first.rejection.clone();
    problem_with(status, Some(&field), &detail, Answer { accepted, rejected })
}

/// The bodies that carry a chunk: one, or as many as the queue's limit asks for.
fn messages(chunk: Chunk) -> Vec<String> {
    let body = STANDARD.encode(chunk.encode());
    if body.len() <= queue::MESSAGE_LIMIT {
        return vec![body];
    }
    let (first, second) = chunk.halves();
    [messages(first), messages(second)].concat()
}

#[cfg(test)]
mod tests;
