//! The deployment's master secret, which only those functions may read that hash or decrypt.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{
    Client, error::SdkError, operation::get_secret_value::GetSecretValueError,
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not answer, or refused.
    #[error("can not read the master secret")]
    Unavailable(#[source] Box<SdkError<GetSecretValueError>>),
    /// What is stored there is no secret of ours.
    #[error("the master secret is not the base64 of at least 32 bytes")]
    Malformed,
}

/// Reads the master secret of this name or ARN.
pub async fn read(sdk: &SdkConfig, id: &str) -> Result<Vec<u8>, SecretError> {
    let answer = Client::new(sdk).get_secret_value().secret_id(id).send().await;
    let answer = answer.map_err(|error| SecretError::Unavailable(error.into()))?;
    parse(answer.secret_string().unwrap_or_default())
}

fn parse(text: &str) -> Result<Vec<u8>, SecretError> {
    let bytes = STANDARD.decode(text.trim()).map_err(|_| SecretError::Malformed)?;
    if bytes.len() >= 32 { Ok(bytes) } else { Err(SecretError::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_and_what_the_template_generates_is_one() {
        assert_eq!(parse(&"aZ09".repeat(16)).unwrap().len(), 48); // 64 letters and digits
        for bad in ["", "c2hvcnQ=", "no base64 of anything, though it is long enough to be"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
