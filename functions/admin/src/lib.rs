//! `admin`: what whoever runs the deployment does, by invoking it (`docs/deploy.md`). Only the
//! account's own permissions guard it; no route leads here.
//!
//! A source key is drawn here, told once, and stored as its hash alone. Every act is in the trail: in
//! the transaction that does it, or, where it takes several writes, once before the first and once
//! after the last.

mod connections;
mod redrive;
mod request;

use std::sync::Arc;

use aws_sdk_sqs::Client;
use rand::{Rng, SeedableRng, TryRngCore, rngs::OsRng};
use rand_chacha::ChaCha8Rng;
use tocsin_domain::{
    audit::{Entry, What},
    configuration::Configuration,
    id::{KeyedHash, TenantId},
    minute::nanoseconds,
};
use tocsin_ingest::{Ingest, ReprocessError, Span};
use tocsin_shell::{
    erasure::{self, Whom},
    store::{
        Store, StoreError,
        audit::{Trail, is_place},
        configuration::SaveConfigurationError,
        credentials::Credential,
        policy::SavePolicyError,
    },
    vault::{Vault, credential_hash},
};

pub use connections::{Connected, Wanted};
pub use redrive::{RedriveError, redrive};
pub use request::{Answer, DeadLetters, Line, Request};

/// Bits of a key, beyond all guessing, in bytes.
const KEY_BYTES: usize = 32;
/// What a key begins with, by which scanners for secrets know it.
const KEY_PREFIX: &str = "tocsin_";
/// Entries of the trail in an answer.
const ENTRIES: usize = 100;
/// Characters that stand in the trail for an id that is erased.
const STAMP: usize = 22;

/// The admin function.
pub struct Admin {
    /// Where everything is.
    pub store: Store,
    /// Hashes whom to erase.
    pub vault: Vault,
    /// Decodes anew what was refused.
    pub ingest: Ingest,
    /// Speaks to the queues.
    pub queues: Client,
    /// Where dead letters are.
    pub dead: DeadQueues,
    /// By which all tenants are counted, whatever is stored; `None`: by what they set themselves.
    pub configuration: Option<Arc<Configuration>>,
}

/// URLs of the queues of dead letters.
#[derive(Clone, Debug)]
pub struct DeadQueues {
    /// Of events.
    pub events: String,
    /// Of ticks.
    pub ticks: String,
    /// Of alerts.
    pub alerts: String,
}

/// Why it is not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The policy is none, or was not taken.
    #[error(transparent)]
    Policy(#[from] SavePolicyError),
    /// The configuration is none, edits what is in force, or was not taken.
    #[error(transparent)]
    Configuration(#[from] SaveConfigurationError),
    /// A key that may send nothing is of no use.
    #[error("`sources` is empty: name a prefix as \"/zendesk/acme\", or \"\" for all")]
    NoSources,
    /// The connection could take nothing, or anybody's.
    #[error("{0}")]
    Connection(&'static str),
    /// The system has no randomness.
    #[error("can not draw random numbers")]
    Randomness(#[from] rand::rand_core::OsError),
    /// Erasure stopped half-way.
    #[error("not all is erased: ask again, it goes on where it stopped")]
    HalfErased(#[source] StoreError),
    /// Dead letters stay where they are.
    #[error(transparent)]
    Redrive(#[from] RedriveError),
    /// What was refused stays so.
    #[error(transparent)]
    Reprocess(#[from] ReprocessError),
    /// There is no such place in the trail.
    #[error("`next` is not what an answer gave: leave it out to begin with the newest")]
    Next,
}

impl AdminError {
    /// Whether asking for something else helps, and asking again does not.
    pub fn is_askers(&self) -> bool {
        match self {
            Self::NoSources | Self::Next | Self::Connection(_) => true,
            Self::Policy(error) => matches!(error, SavePolicyError::Policy(_)),
            Self::Configuration(error) => !matches!(error, SaveConfigurationError::Store(_)),
            Self::Reprocess(error) => !matches!(error, ReprocessError::Unavailable(_)),
            Self::Store(_) | Self::Randomness(_) | Self::HalfErased(_) | Self::Redrive(_) => false,
        }
    }
}

/// Whoever asks, when, and for what.
struct Act<'a> {
    by: &'a str,
    what: What,
    now: i64,
}

impl Act<'_> {
    fn done(&self, upon: Option<&str>) -> Entry {
        Entry::done(self.now, self.by, self.what, upon)
    }

    fn begun(&self, upon: Option<&str>) -> Entry {
        Entry::begun(self.now, self.by, self.what, upon)
    }
}

impl Admin {
    /// Does what is asked for as of now; `by` names whoever asks in the trail.
    pub async fn perform(
        &self,
        request: Request,
        by: &str,
        now: i64,
    ) -> Result<Answer, AdminError> {
        let Some(what) = request.what() else { return self.look(request, now).await };
        let act = Act { by, what, now };
        match request {
            Request::IssueKey { sources, .. } if sources.is_empty() => Err(AdminError::NoSources),
            Request::IssueKey { tenant, sources, name } => {
                let key = draw()?;
                let id = credential_hash(&key);
                let credential = Credential { tenant, sources, name };
                self.store.put_credential(&key, &credential, Some(&act.done(Some(&id)))).await?;
                Ok(Answer::Issued { key, id })
            }
            Request::RevokeKey { id } => {
                // One that is not there has ended, and was nobody's.
                if let Some(Credential { tenant, .. }) = self.store.credential_of(&id).await? {
                    self.store.delete_credential(&tenant, &id, &act.done(Some(&id))).await?;
                }
                Ok(Answer::Done {})
            }
            Request::PutConnection(wanted) => self.connect(wanted, &act).await,
            Request::DeleteConnection { id } => self.disconnect(&id, &act).await,
            Request::PutPolicy { tenant, yaml } => {
                self.store.put_policy(&tenant, &yaml, Some(&act.done(None))).await?;
                Ok(Answer::Done {})
            }
            Request::PutConfiguration { tenant, yaml } => {
                self.store.put_configuration(&tenant, &yaml, &act.done(None), now).await?;
                Ok(Answer::Done {})
            }
            Request::EraseCustomer { tenant, id } => {
                let whom = Whom::customer(&self.vault, &tenant, &id);
                self.erase(&tenant, (&whom, &id), &act).await
            }
            Request::EraseSubject { tenant, id } => {
                let whom = Whom::subject(&self.vault, &tenant, &id);
                self.erase(&tenant, (&whom, &id), &act).await
            }
            Request::Redrive { queue } => self.redrive(queue, &act).await,
            Request::Reprocess { tenant, from, until, sources } => {
                let until = until.map_or(now, nanoseconds);
                self.reprocess(&tenant, Span { from: nanoseconds(from), until, sources }, &act)
                    .await
            }
            Request::ListConnections { .. } | Request::ReadAudit { .. } => Ok(Answer::Done {}),
        }
    }

    /// What changes nothing.
    async fn look(&self, request: Request, now: i64) -> Result<Answer, AdminError> {
        match request {
            Request::ListConnections { tenant } => self.connections(&tenant).await,
            Request::ReadAudit { next } => self.trail(next, now).await,
            _ => Ok(Answer::Done {}),
        }
    }

    async fn trail(&self, next: Option<String>, now: i64) -> Result<Answer, AdminError> {
        if next.as_deref().is_some_and(|next| !is_place(next)) {
            return Err(AdminError::Next);
        }
        let read = self.store.trail(Trail::Deployment, next.as_deref(), ENTRIES, now).await?;
        let audit = read.0.into_iter().map(Line::from).collect();
        Ok(Answer::Trail { audit, next: read.1 })
    }

    async fn erase(
        &self,
        tenant: &TenantId,
        (whom, id): (&Whom, &str),
        act: &Act<'_>,
    ) -> Result<Answer, AdminError> {
        let upon = self.stamp(tenant, act.what, id);
        let trail = Trail::Tenant(tenant);
        self.store.record(trail, &act.begun(Some(&upon)), 0).await?;
        let configuration = match self.configuration.clone() {
            Some(configuration) => configuration,
            None => Arc::new(self.store.configuration(tenant).await?),
        };
        let mut rng = ChaCha8Rng::try_from_rng(&mut OsRng)?;
        let mut random = || KeyedHash::anonymous(rng.random());
        let given = (act.now, &mut random as &mut (dyn FnMut() -> KeyedHash + Send + Sync));
        let erased = erasure::erase(&self.store, tenant, &configuration, whom, given).await;
        let erased = erased.map_err(AdminError::HalfErased)?;
        self.store.record(trail, &act.done(Some(&upon)), 0).await?;
        Ok(Answer::Erased(erased))
    }

    /// What stands in the trail for an id that is erased. It is no hash by which anything else is kept:
    /// who knows the id and the secret can tell that it was this one, and nobody finds the id by it.
    fn stamp(&self, tenant: &TenantId, what: What, id: &str) -> String {
        let parts = [what.as_str().as_bytes(), tenant.as_str().as_bytes(), id.as_bytes()];
        let mut stamp = self.vault.stamp(&parts);
        stamp.truncate(STAMP);
        stamp
    }

    async fn redrive(&self, queue: DeadLetters, act: &Act<'_>) -> Result<Answer, AdminError> {
        let dead = match queue {
            DeadLetters::Events => &self.dead.events,
            DeadLetters::Ticks => &self.dead.ticks,
            DeadLetters::Alerts => &self.dead.alerts,
        };
        let upon = Some(queue.as_str());
        self.store.record(Trail::Deployment, &act.begun(upon), 0).await?;
        let letters = redrive(&self.queues, dead).await?;
        self.store.record(Trail::Deployment, &act.done(upon), 0).await?;
        Ok(Answer::Redriven { letters })
    }

    async fn reprocess(
        &self,
        tenant: &TenantId,
        span: Span,
        act: &Act<'_>,
    ) -> Result<Answer, AdminError> {
        let trail = Trail::Tenant(tenant);
        self.store.record(trail, &act.begun(None), 0).await?;
        let done = self.ingest.reprocess(tenant, &span).await?;
        self.store.record(trail, &act.done(None), 0).await?;
        Ok(Answer::Reprocessed(done))
    }
}

fn draw() -> Result<String, AdminError> {
    Ok(format!("{KEY_PREFIX}{}", draw_digits()?))
}

/// As many hexadecimal digits as nobody guesses.
fn draw_digits() -> Result<String, AdminError> {
    let mut bytes = [0; KEY_BYTES];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_drawn_twice() {
        let (one, other) = (draw().unwrap(), draw().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), KEY_PREFIX.len() + 2 * KEY_BYTES);
    }
}
