//! The issuer of tokens: its public keys, found as OIDC discovery says and read anew when
//! a token names one that is not known.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, de::DeserializeOwned};
use tocsin_domain::audit::Why;
use tocsin_shell::telemetry::chain;
use tracing::{info, warn};

use crate::{
    Identity,
    token::{self, Expected, TokenError},
};

/// Keys are read again after this long, so that one that was withdrawn stops working.
const KEYS_AGE: Duration = Duration::from_hours(1);
/// A token with an unknown key has them read again at most so often: whoever makes keys up must not
/// make us ask the issuer each time.
const ASKED_AGE: Duration = Duration::from_mins(1);
/// An answer of the issuer's is not waited for longer.
const TIMEOUT: Duration = Duration::from_secs(3);
/// An answer of the issuer's is not longer, in bytes.
const ANSWER_LIMIT: usize = 256 << 10;

/// Whoever issues tokens, and what is known of its keys.
pub struct Issuer {
    expected: Expected,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    known: Mutex<Known>,
}

#[derive(Clone, Default)]
struct Known {
    keys: Option<(Instant, Arc<JwkSet>)>,
    asked: Option<Instant>,
}

/// Why the issuer's keys are not known.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The address is not one that can be trusted.
    #[error("`{0}` is no https address")]
    Address(String),
    /// The machine trusts nobody.
    #[error("no trusted roots")]
    Roots(#[source] std::io::Error),
    /// No answer, or no good one.
    #[error("no answer from {address}")]
    Unavailable {
        /// Where was asked.
        address: String,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The address describes another issuer.
    #[error("it is another issuer, `{0}`, that is described there")]
    Other(String),
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Issuer {
    /// The issuer of tokens for this audience.
    pub fn new(expected: Expected) -> Result<Self, IssuerError> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let https = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .map_err(IssuerError::Roots)?
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(https);
        Ok(Self { expected, client, known: Mutex::default() })
    }

    /// Who asks, by the bearer token of a request as of now; or why it tells nobody.
    pub async fn identity(&self, headers: &HeaderMap, now: i64) -> Result<Identity, Why> {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, token) = value.and_then(|value| value.split_once(' ')).ok_or(Why::NoToken)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Why::NoToken);
        }
        self.verified(token.trim(), now).await.map_err(|error| {
            info!(error = chain(&error), "refused a token");
            error.why()
        })
    }

    async fn verified(&self, token: &str, now: i64) -> Result<Identity, TokenError> {
        let mut keys = self.keys(false).await.ok_or(TokenError::NoKeys)?;
        if token::signer(token, &keys)?.is_none() {
            keys = self.keys(true).await.ok_or(TokenError::NoKeys)?;
        }
        token::identity(token, &keys, &self.expected, now)
    }

    /// The keys; read anew if they are old or, at most once a minute, where that is asked for. Keys
    /// that can not be read anew stay in use.
    pub async fn keys(&self, anew: bool) -> Option<Arc<JwkSet>> {
        let known = self.known.lock().ok()?.clone();
        let is_fresh = known.keys.as_ref().is_some_and(|(since, _)| since.elapsed() < KEYS_AGE);
        let was_asked = known.asked.is_some_and(|at| at.elapsed() < ASKED_AGE);
        if was_asked || (is_fresh && !anew) {
            return known.keys.map(|(_, keys)| keys);
        }
        self.known.lock().ok()?.asked = Some(Instant::now());
        match self.read().await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                self.known.lock().ok()?.keys = Some((Instant::now(), Arc::clone(&keys)));
                Some(keys)
            }
            Err(error) => {
                warn!(error = chain(&error), "can not read the issuer's keys");
                known.keys.map(|(_, keys)| keys)
            }
        }
    }

    async fn read(&self) -> Result<JwkSet, IssuerError> {
        let issuer = &self.expected.issuer;
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let discovery: Discovery = self.get(&address).await?;
        if discovery.issuer != *issuer {
            return Err(IssuerError::Other(discovery.issuer));
        }
        self.get(&discovery.jwks_uri).await
    }

    async fn get<T: DeserializeOwned>(&self, address: &str) -> Result<T, IssuerError> {
        let uri = trusted(address)?;
        let answer = async {
            let answer = self.client.get(uri).await?;
            if !answer.status().is_success() {
                return Err(format!("status {}", answer.status()).into());
            }
            let body = Limited::new(answer.into_body(), ANSWER_LIMIT).collect().await?.to_bytes();
            Ok(serde_json::from_slice(&body)?)
        };
        let answer = tokio::time::timeout(TIMEOUT, answer).await;
        answer
            .unwrap_or_else(|late| Err(late.into()))
            .map_err(|source| IssuerError::Unavailable { address: address.to_owned(), source })
    }
}

/// An address whose answer nobody in between can forge: https, or this very machine.
fn trusted(address: &str) -> Result<Uri, IssuerError> {
    let wrong = || IssuerError::Address(address.to_owned());
    let uri: Uri = address.parse().map_err(|_| wrong())?;
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) | (Some("http"), Some("127.0.0.1" | "[::1]")) => Ok(uri),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_tls_or_from_this_machine() {
        for (address, is_trusted) in [
            ("https://issuer.example/keys", true),
            ("http://127.0.0.1:9000/keys", true),
            ("http://issuer.example/keys", false),
            ("http://127.0.0.1.example/keys", false),
            ("file:///etc/passwd", false),
            ("issuer.example", false),
        ] {
            assert_eq!(trusted(address).is_ok(), is_trusted, "{address}");
        }
    }
}
