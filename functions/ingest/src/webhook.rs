//! `/v1/sources/{platform}/{connection}`: a vendor's webhook, as it sends it.
//!
//! The signature is verified on the raw bytes before anything is read of them. Whoever signed is answered
//! 2xx once the delivery is taken or kept, whatever it says: vendors send again what was refused, and
//! give up on who refuses often. A stranger learns nothing: an unknown platform, an unknown connection
//! and a wrong signature look the same.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tocsin_domain::{
    audit::{What, Why},
    platform::{Platform, signature::Forged},
};
use tocsin_shell::{
    audit::tell_of_stranger,
    clock::Clock,
    http::{Request, Response, json, other_method, problem},
    store::connections::Named,
};

use crate::{Answer, Ingest, body, unavailable};

const METHODS: &str = "POST, HEAD, OPTIONS";
/// By which senders of `CloudEvents` ask whether they may send.
const ASKS: HeaderName = HeaderName::from_static("webhook-request-origin");
const ALLOWED: HeaderName = HeaderName::from_static("webhook-allowed-origin");
const RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");

impl Ingest {
    /// Answers what a vendor asks of a connection's path.
    pub(crate) async fn webhook(
        &self,
        request: &Request,
        platform: &str,
        connection: &str,
    ) -> Response {
        match *request.method() {
            Method::POST => self.deliver(request, platform, connection).await,
            // Vendors look whether somebody is there before they take an address.
            Method::HEAD => Response::new(Bytes::new()),
            Method::OPTIONS => handshake(request),
            _ => other_method(request.method(), METHODS),
        }
    }

    async fn deliver(&self, request: &Request, platform: &str, connection: &str) -> Response {
        let platform = Platform::parse(platform);
        let opened = match platform {
            Some(platform) => {
                let named = Named::Path(platform, connection);
                self.connections.of(named, &self.store, &self.vault).await
            }
            None => Ok(None),
        };
        let opened = match opened {
            Ok(Some(opened)) => opened,
            Ok(None) => return stranger(Why::UnknownConnection),
            Err(error) => return unavailable(&error),
        };
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        // Of the machine's clock: a vendor does not sign in virtual time.
        let (scheme, now) = (opened.connection.scheme, Clock::Wall.now());
        if let Err(forged) = scheme.verify(&header, request.body(), &opened.secrets, now) {
            return stranger(match forged {
                Forged::Unsigned => Why::NotSigned,
                Forged::Mismatch => Why::BadSignature,
                Forged::Stale => Why::Expired,
            });
        }
        let inflated = match body::inflate(request) {
            Ok(inflated) => inflated,
            Err(error) => return error.answer(),
        };
        let parts = match body::split(request.headers(), &inflated) {
            Ok(parts) => parts,
            Err(error) => return error.answer(),
        };
        let (by, account) = (opened.connection.credential(), opened.connection.account());
        let account = Some(&account).filter(|account| account.platform != Platform::CloudEvents);
        match self.take(&by, &parts, account).await {
            Ok((events, rejected)) => {
                let accepted = events - rejected.len();
                json(StatusCode::ACCEPTED, &Answer { accepted, rejected })
            }
            Err(error) => unavailable(&error),
        }
    }
}

fn stranger(why: Why) -> Response {
    tell_of_stranger(What::SendEvents, why);
    let detail = "this delivery is signed by none of this connection's secrets, or too long ago";
    problem(StatusCode::UNAUTHORIZED, Some("signature"), detail)
}

/// Whoever asks may send, at any rate: each delivery is verified by itself.
fn handshake(request: &Request) -> Response {
    let Some(origin) = request.headers().get(ASKS) else {
        return other_method(&Method::OPTIONS, METHODS);
    };
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static(METHODS));
    headers.insert(ALLOWED, origin.clone());
    headers.insert(RATE, HeaderValue::from_static("*"));
    response
}
