//! The deployment's master secrets, which only those functions may read that hash or decrypt.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{
    Client, error::SdkError, operation::get_secret_value::GetSecretValueError,
};

use crate::vault::{self, Vault};

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not answer, or refused.
    #[error("can not read the master secret")]
    Unavailable(#[source] Box<SdkError<GetSecretValueError>>),
    /// What is stored there is no secret of ours.
    #[error("the master secret is not usable")]
    Malformed(#[source] vault::SecretError),
}

/// The vault over the master secrets of this name or ARN: what [`Vault::parse`] reads.
pub async fn read(sdk: &SdkConfig, id: &str) -> Result<Vault, SecretError> {
    let answer = Client::new(sdk).get_secret_value().secret_id(id).send().await;
    let answer = answer.map_err(|error| SecretError::Unavailable(error.into()))?;
    Vault::parse(answer.secret_string().unwrap_or_default()).map_err(SecretError::Malformed)
}
