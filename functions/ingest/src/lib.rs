//! `ingest`: events in over HTTP, masked chunks out through the queue.
//!
//! Verify → split → decode and mask → register dimension values → enqueue → answer. The answer is
//! given only after a durable enqueue. Nothing unmasked is written anywhere: what can not be
//! decoded is kept masked, where an operator can look at it.

pub mod body;
mod limits;
mod policies;
mod registers;
mod reprocess;

use std::{
    cell::Cell,
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use aws_sdk_sqs::Client;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, Method, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use tocsin_domain::{
    audit::{What, Why},
    chunk::Chunk,
    decode::{self, Agents, EVENT_LIMIT, Intake, Rejection},
    derived::Policy,
    id::PseudonymKey,
    metric::Metric,
};
use tocsin_shell::{
    audit::{Known, Refusals, tell_of_stranger},
    clock::Clock,
    http::{Request, Response, json, other_method, problem, problem_with},
    queue,
    store::{Store, credentials::Credential, texts::Refused},
    telemetry::chain,
    vault::{Vault, credential_hash},
};
use tracing::error;

use body::Part;
use policies::Policies;
use registers::Registers;
pub use reprocess::{ReprocessError, Reprocessed, Span};

/// A credential is looked up again after this long, so that a revoked key stops working.
const CREDENTIAL_AGE: Duration = Duration::from_mins(1);

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
    refusals: Refusals,
}

#[derive(Serialize)]
struct Answer {
    accepted: usize,
    rejected: Vec<Rejected>,
}

#[derive(Serialize)]
struct Rejected {
    index: usize,
    /// As sent; `None` where it can not be told.
    id: Option<String>,
    #[serde(flatten)]
    rejection: Rejection,
}

/// A batch, decoded.
struct Taken {
    chunk: Chunk,
    agents: Agents,
    rejected: Vec<Rejected>,
    refused: Vec<Refused>,
}

impl Ingest {
    /// An ingest that hands over through this queue.
    pub fn new(store: Store, vault: Vault, queue: Client, queue_url: String, clock: Clock) -> Self {
        let (registers, policies) = (Registers::default(), Policies::default());
        let (credentials, refusals) = (Mutex::default(), Refusals::default());
        Self { store, vault, queue, queue_url, clock, registers, policies, credentials, refusals }
    }

    /// Answers `POST /v1/events`.
    pub async fn handle(&self, request: &Request) -> Response {
        if request.uri().path() != "/v1/events" {
            return problem(StatusCode::NOT_FOUND, None, "post events to /v1/events");
        }
        if request.method() != Method::POST {
            return other_method(request.method(), "POST, OPTIONS");
        }
        let unavailable = |error: &(dyn std::error::Error + 'static)| {
            error!(error = chain(error), "could not take events");
            problem(StatusCode::SERVICE_UNAVAILABLE, None, "nothing was taken: send it again")
        };
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
            Ok(parts) => match self.take(&credential, &parts).await {
                Ok(answer) => answer,
                Err(error) => unavailable(&error),
            },
            Err(error) => error.answer(),
        }
    }

    async fn take(&self, by: &Credential, parts: &[Part<'_>]) -> Result<Response, IngestError> {
        let policy = self.policies.of(&by.tenant, &self.store).await?;
        let Taken { mut chunk, agents, rejected, refused } = self.decode(by, &policy, parts)?;
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
        Ok(answer(parts.len(), rejected))
    }

    /// Tells that a key was used for sources that it does not cover.
    async fn tell_of_foreign_sources(&self, by: &Credential, now: i64) {
        let actor = format!("source key ({})", by.name);
        let known = Known { tenant: &by.tenant, role: "source_key", actor: &actor };
        let refused = (What::SendEvents, None, Why::ForeignSource);
        self.refusals.tell(&self.store, known, refused, now).await;
    }

    fn decode(
        &self,
        by: &Credential,
        policy: &Policy,
        parts: &[Part<'_>],
    ) -> Result<Taken, IngestError> {
        let key = self.vault.pseudonyms(&by.tenant);
        // An event is judged by one reading of the clock, whatever keys its names are hashed under.
        let read = Cell::new(0);
        let now = |event| {
            read.set(self.clock.now_at(event));
            read.get()
        };
        let accept_late = self.store.retention().accept_late;
        let intake = Intake { key: &key, sources: &by.sources, now: &now, accept_late, policy };
        let mut former: Vec<(PseudonymKey, Chunk)> = self
            .vault
            .former_pseudonyms(&by.tenant)
            .into_iter()
            .map(|key| (key, Chunk::new(by.tenant.clone(), 0)))
            .collect();
        let mut taken = Taken {
            chunk: Chunk::new(by.tenant.clone(), 0),
            agents: Agents::new(),
            rejected: Vec::new(),
            refused: Vec::new(),
        };
        for (index, part) in parts.iter().enumerate() {
            let (event, outcome) = decode_part(part, &intake, &mut taken.chunk, &mut taken.agents);
            let Err(rejection) = outcome else {
                let event = event.unwrap_or_default();
                for (key, chunk) in &mut former {
                    let intake = Intake { key, now: &|_| read.get(), ..intake };
                    decode::decode(&event, &intake, chunk, &mut Agents::new())
                        .map_err(IngestError::OneKeyOnly)?;
                }
                continue;
            };
            let source = decode::source_label(event.as_ref().unwrap_or(&Value::Null));
            decode::tally(&mut taken.chunk, Metric::RejectedEvents, &source, rejection.error);
            taken.refused.push(kept(event.as_ref(), part, &rejection, &key));
            let id = event.as_ref().and_then(|event| shown(event.get("id")?));
            taken.rejected.push(Rejected { index, id, rejection });
        }
        for (_, chunk) in former {
            taken.chunk.take_rehashed(chunk);
        }
        Ok(taken)
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
enum IngestError {
    #[error(transparent)]
    Store(#[from] tocsin_shell::store::StoreError),
    #[error(transparent)]
    Queue(#[from] queue::SendError),
    /// A defect: hashes would stand beside those of another event.
    #[error("an event decodes under the current key and under a former one does not: {0:?}")]
    OneKeyOnly(Rejection),
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

/// The event, where it is JSON, and what became of it.
fn decode_part(
    part: &Part<'_>,
    intake: &Intake<'_>,
    chunk: &mut Chunk,
    agents: &mut Agents,
) -> (Option<Value>, Result<(), Rejection>) {
    let event = match part.value() {
        Ok(event) => event,
        Err(rejection) => return (None, Err(rejection)),
    };
    let outcome = if part.len() > EVENT_LIMIT {
        let detail = "an event may have 64 KiB: send long text in pieces";
        Err(Rejection::new("too_large", "event", detail))
    } else {
        decode::decode(&event, intake, chunk, agents)
    };
    (Some(event), outcome)
}

/// What is kept of an event that is refused: nothing of a person, and no name of the sender's own.
fn kept(
    event: Option<&Value>,
    part: &Part<'_>,
    rejection: &Rejection,
    key: &PseudonymKey,
) -> Refused {
    let reason = format!("{} {}", rejection.error, rejection.field);
    let masked = match event {
        Some(event) => decode::masked_event(event, key).to_string(),
        None => decode::masked_text(&part.text()),
    };
    let known = event.and_then(|event| decode::fingerprints(event, key));
    Refused { reason, masked, known }
}

/// An id as it may be repeated to its sender, who may have sent a number.
fn shown(id: &Value) -> Option<String> {
    let mut shown = match id {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    shown.truncate(shown.floor_char_boundary(256));
    Some(shown)
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
