//! `admin`: what whoever runs the deployment does, by invoking it (`docs/deploy.md`). Only the
//! account's own permissions guard it; no route leads here.
//!
//! A source key is drawn here, told once, and stored as its hash alone.

use rand::{Rng, SeedableRng, TryRngCore, rngs::OsRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tocsin_domain::id::{KeyedHash, TenantId};
use tocsin_shell::{
    erasure::{self, Erased, Whom},
    store::{
        Store, StoreError, configuration::SaveConfigurationError, credentials::Credential,
        policy::SavePolicyError,
    },
    vault::{Vault, credential_hash},
};

/// Bits of a key, beyond all guessing, in bytes.
const KEY_BYTES: usize = 32;
/// What a key begins with, by which scanners for secrets know it.
const KEY_PREFIX: &str = "tocsin_";

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// A new key by which a source sends its events; its tenant is there from now on.
    IssueKey {
        /// Whose events it will bring.
        tenant: TenantId,
        /// Prefixes of `source` that it may send; an empty prefix allows all.
        sources: Vec<String>,
        /// A name for people.
        name: String,
    },
    /// An end to a key: within a minute it works nowhere any more.
    RevokeKey {
        /// The id that was told with it.
        id: String,
    },
    /// Phrases by which the tenant's agents are judged, for what is received from now on.
    PutPolicy {
        /// Whose.
        tenant: TenantId,
        /// As `tocsin dev --policy` takes it.
        yaml: String,
    },
    /// What the tenant sets for itself (targets, prices, thresholds), in versions.
    PutConfiguration {
        /// Whose.
        tenant: TenantId,
        /// As `tocsin dev --config` takes it.
        yaml: String,
    },
    /// What a customer said, and who they are, is removed; the counts stay.
    EraseCustomer {
        /// Whose customer.
        tenant: TenantId,
        /// As the events name them.
        id: String,
    },
    /// What was said in one subject's conversations is removed; the counts stay.
    EraseSubject {
        /// Whose.
        tenant: TenantId,
        /// As the events name it.
        id: String,
    },
}

/// What came of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The key, told once, and the id to revoke it by.
    Issued {
        /// For `Authorization: Bearer`.
        key: String,
        /// To be kept.
        id: String,
    },
    /// What was erased.
    Erased(Erased),
    /// It is done.
    Done {},
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
    /// The system has no randomness.
    #[error("can not draw random numbers")]
    Randomness(#[from] rand::rand_core::OsError),
    /// Erasure stopped half-way.
    #[error("not all is erased: ask again, it goes on where it stopped")]
    HalfErased(#[source] StoreError),
}

/// Does what is asked for as of now.
pub async fn perform(
    store: &Store,
    vault: &Vault,
    request: Request,
    now: i64,
) -> Result<Answer, AdminError> {
    match request {
        Request::IssueKey { sources, .. } if sources.is_empty() => Err(AdminError::NoSources),
        Request::IssueKey { tenant, sources, name } => {
            let key = draw()?;
            store.put_credential(&key, &Credential { tenant, sources, name }).await?;
            let id = credential_hash(&key);
            Ok(Answer::Issued { key, id })
        }
        Request::RevokeKey { id } => {
            store.delete_credential(&id).await?;
            Ok(Answer::Done {})
        }
        Request::PutPolicy { tenant, yaml } => {
            store.put_policy(&tenant, &yaml).await?;
            Ok(Answer::Done {})
        }
        Request::PutConfiguration { tenant, yaml } => {
            store.put_configuration(&tenant, &yaml, now).await?;
            Ok(Answer::Done {})
        }
        Request::EraseCustomer { tenant, id } => {
            erase(store, &tenant, &Whom::customer(vault, &tenant, &id), now).await
        }
        Request::EraseSubject { tenant, id } => {
            erase(store, &tenant, &Whom::subject(vault, &tenant, &id), now).await
        }
    }
}

async fn erase(
    store: &Store,
    tenant: &TenantId,
    whom: &Whom,
    now: i64,
) -> Result<Answer, AdminError> {
    let configuration = store.configuration(tenant).await?;
    let mut rng = ChaCha8Rng::try_from_rng(&mut OsRng)?;
    let mut random = || KeyedHash::anonymous(rng.random());
    let given = (now, &mut random as &mut (dyn FnMut() -> KeyedHash + Send + Sync));
    let erased = erasure::erase(store, tenant, &configuration, whom, given).await;
    erased.map(Answer::Erased).map_err(AdminError::HalfErased)
}

fn draw() -> Result<String, AdminError> {
    let mut bytes = [0; KEY_BYTES];
    OsRng.try_fill_bytes(&mut bytes)?;
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    Ok(std::iter::once(KEY_PREFIX.to_owned()).chain(digits).collect())
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
