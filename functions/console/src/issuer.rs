//! The issuer of tokens: its addresses and public keys, found as OIDC discovery says and read anew when
//! a token names a key that is not known; and codes exchanged for tokens there.
//!
//! No error holds a code or a token.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
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
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    known: Mutex<Known>,
}

#[derive(Clone, Default)]
struct Known {
    described: Option<(Instant, Arc<Described>)>,
    asked: Option<Instant>,
}

/// What the issuer says of itself.
pub struct Described {
    keys: JwkSet,
    addresses: Addresses,
}

/// Where people sign in and out, and where their codes are exchanged.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Addresses {
    #[serde(rename = "authorization_endpoint")]
    sign_in: Option<String>,
    #[serde(rename = "token_endpoint")]
    exchange: Option<String>,
    #[serde(rename = "end_session_endpoint")]
    sign_out: Option<String>,
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
    /// The issuer did not take a code.
    #[error("it takes no such code: {status}, `{error}`")]
    Code {
        /// As it answered.
        status: StatusCode,
        /// A word of OAuth's for what is wrong.
        error: String,
    },
    /// The issuer does not say where this is.
    #[error("its description names no {0}")]
    NoAddress(&'static str),
    /// The address describes another issuer.
    #[error("it is another issuer, `{0}`, that is described there")]
    Other(String),
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
    #[serde(flatten)]
    addresses: Addresses,
}

#[derive(Deserialize)]
struct Exchanged {
    id_token: String,
}

#[derive(Deserialize)]
struct NotExchanged {
    error: String,
}

impl Issuer {
    /// The issuer of tokens for this audience.
    pub fn new(expected: Expected) -> Result<Self, IssuerError> {
        let provider = rustls::crypto::ring::default_provider();
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
        let described = self.signer_of(token).await?;
        token::identity(token, &described.keys, &self.expected, now)
    }

    /// Who has signed in by an attempt with this nonce, and until when the token says so.
    pub(crate) async fn signed_in(
        &self,
        token: &str,
        nonce: &str,
        now: i64,
    ) -> Result<(Identity, i64), TokenError> {
        let described = self.signer_of(token).await?;
        token::signed_in(token, &described.keys, &self.expected, nonce, now)
    }

    /// What is known of the issuer, read anew if nobody known has signed the token.
    async fn signer_of(&self, token: &str) -> Result<Arc<Described>, TokenError> {
        let described = self.described(false).await.ok_or(TokenError::NoKeys)?;
        if token::signer(token, &described.keys)?.is_some() {
            return Ok(described);
        }
        self.described(true).await.ok_or(TokenError::NoKeys)
    }

    /// The claim `iss` of its tokens.
    pub(crate) fn name(&self) -> &str {
        &self.expected.issuer
    }

    /// By which the issuer knows us.
    pub(crate) fn client_id(&self) -> &str {
        &self.expected.audience
    }

    /// Where people sign in.
    pub(crate) async fn sign_in_address(&self) -> Result<String, IssuerError> {
        self.address("authorization_endpoint", |known| known.sign_in.as_ref()).await
    }

    /// Where people end their session at the issuer.
    pub(crate) async fn sign_out_address(&self) -> Result<String, IssuerError> {
        self.address("end_session_endpoint", |known| known.sign_out.as_ref()).await
    }

    async fn address(
        &self,
        name: &'static str,
        of: impl Fn(&Addresses) -> Option<&String>,
    ) -> Result<String, IssuerError> {
        let described = self.described(false).await.ok_or(IssuerError::NoAddress(name))?;
        let address = of(&described.addresses).ok_or(IssuerError::NoAddress(name))?;
        trusted(address)?;
        Ok(address.clone())
    }

    /// The id token that the issuer gives for a code, to whoever has the verifier of its challenge.
    pub(crate) async fn exchange(
        &self,
        code: &str,
        verifier: &str,
        callback: &str,
    ) -> Result<String, IssuerError> {
        let address = self.address("token_endpoint", |known| known.exchange.as_ref()).await?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", callback)
            .append_pair("client_id", self.client_id())
            .append_pair("code_verifier", verifier)
            .finish();
        let unable = |source| IssuerError::Unavailable { address: address.clone(), source };
        let request = Request::post(trusted(&address)?)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(Full::from(form))
            .map_err(|error| unable(error.into()))?;
        let (status, body) = self.send(request).await.map_err(unable)?;
        if status.is_client_error() {
            let said = serde_json::from_slice(&body).map(|said: NotExchanged| said.error);
            let error = said.ok().and_then(word).unwrap_or_default();
            return Err(IssuerError::Code { status, error });
        }
        if !status.is_success() {
            return Err(unable(format!("status {status}").into()));
        }
        let exchanged: Result<Exchanged, _> = serde_json::from_slice(&body);
        // What is wrong with the answer might be said in its own words.
        exchanged.map(|one| one.id_token).map_err(|_| unable("it gives no id token".into()))
    }

    /// What is known of the issuer; read anew if it is old or, at most once a minute, where that is
    /// asked for. What can not be read anew stays in use.
    pub async fn described(&self, anew: bool) -> Option<Arc<Described>> {
        let known = self.known.lock().ok()?.clone();
        let is_fresh =
            known.described.as_ref().is_some_and(|(since, _)| since.elapsed() < KEYS_AGE);
        let was_asked = known.asked.is_some_and(|at| at.elapsed() < ASKED_AGE);
        if was_asked || (is_fresh && !anew) {
            return known.described.map(|(_, described)| described);
        }
        self.known.lock().ok()?.asked = Some(Instant::now());
        match self.read().await {
            Ok(described) => {
                let described = Arc::new(described);
                self.known.lock().ok()?.described = Some((Instant::now(), Arc::clone(&described)));
                Some(described)
            }
            Err(error) => {
                warn!(error = chain(&error), "can not read the issuer's keys");
                known.described.map(|(_, described)| described)
            }
        }
    }

    async fn read(&self) -> Result<Described, IssuerError> {
        let issuer = &self.expected.issuer;
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let discovery: Discovery = self.get(&address).await?;
        if discovery.issuer != *issuer {
            return Err(IssuerError::Other(discovery.issuer));
        }
        let keys = self.get(&discovery.jwks_uri).await?;
        Ok(Described { keys, addresses: discovery.addresses })
    }

    async fn get<T: DeserializeOwned>(&self, address: &str) -> Result<T, IssuerError> {
        let unable = |source| IssuerError::Unavailable { address: address.to_owned(), source };
        let mut request = Request::new(Full::default());
        *request.uri_mut() = trusted(address)?;
        let (status, body) = self.send(request).await.map_err(unable)?;
        if !status.is_success() {
            return Err(unable(format!("status {status}").into()));
        }
        serde_json::from_slice(&body).map_err(|error| unable(error.into()))
    }

    /// Status and body of an answer that comes in time.
    async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), Box<dyn std::error::Error + Send + Sync>> {
        let answer = async {
            let answer = self.client.request(request).await?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), ANSWER_LIMIT).collect().await?.to_bytes();
            Ok((status, body))
        };
        tokio::time::timeout(TIMEOUT, answer).await.unwrap_or_else(|late| Err(late.into()))
    }
}

/// A word by which OAuth names what is wrong; `None` where it is anything else, which may tell more.
pub(crate) fn word(error: String) -> Option<String> {
    let is_word = (1..=40).contains(&error.len())
        && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_word.then_some(error)
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
    fn only_a_plain_word_is_told_on() {
        assert_eq!(word("access_denied".to_owned()).as_deref(), Some("access_denied"));
        for bad in ["", "<b>", "Access", "code=abc", &"a".repeat(41)] {
            assert_eq!(word(bad.to_owned()), None, "{bad}");
        }
    }

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
