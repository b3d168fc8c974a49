//! Signing in and out in a browser: the authorization code flow of OIDC with PKCE. Both are told in the
//! tenant's trail; nobody is let in whom it does not name.
//!
//! `GET /signin` draws `state`, `nonce` and a verifier, has the browser keep them, sealed, in a cookie of
//! their own that lasts ten minutes, and leads to the issuer. The issuer leads back to
//! `GET /signin/callback`: the code counts only in the browser that holds the cookie of its `state`, is
//! exchanged with the verifier, and the id token must carry the `nonce`. Several tabs may do so at
//! once: the cookie's name ends in its `state`. `POST /signout` ends the session.
//!
//! No client secret: the code is worth nothing without the verifier, which only this deployment can
//! read, and the issuer leads to registered addresses alone. So there is none to keep, to rotate or to lose.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use form_urlencoded::Serializer;
use http::{HeaderMap, Method};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tocsin_domain::{
    audit::{Entry, What},
    id::TenantId,
    minute::{MINUTE, SECOND},
};
use tocsin_shell::{
    audit::tell_of_stranger,
    http::{Request, Response, accepts_html, cookies, see_other},
    random::{Random, RandomError},
    store::{StoreError, audit::Trail},
    telemetry::chain,
};
use tracing::{error, info, warn};

use crate::{
    Console, Identity,
    forgery::check_own,
    issuer::{Issuer, IssuerError, word},
    page,
    refusal::{NotSignedIn, Refusal},
    route::Route,
    session::{self, SESSION, cookie},
    token::TokenError,
};

/// Where signing in begins.
const SIGN_IN: &str = "/signin";
/// Where the issuer leads back to.
const CALLBACK: &str = "/signin/callback";
/// Where it ends.
pub(crate) const SIGN_OUT: &str = "/signout";
/// What the names of attempts' cookies begin with.
const ATTEMPT: &str = "__Host-tocsin-signin-";
/// How long an attempt may take, in nanoseconds.
const LASTS: i64 = 10 * MINUTE;
/// Attempts of one browser at a time; the next makes it forget all before.
const ATTEMPTS: usize = 6;
/// Longest address that a person is led back to.
const LONGEST: usize = 512;

/// How people sign in.
pub struct SignIn {
    /// Who says who they are.
    pub issuer: Issuer,
    /// Where people reach the console, without a slash at its end.
    pub address: String,
    /// Draws what nobody may guess.
    pub random: Random,
}

/// What is known of somebody who is at the issuer.
#[derive(Serialize, Deserialize)]
struct Attempt {
    state: String,
    nonce: String,
    /// Its hash is the challenge that the issuer was told.
    verifier: String,
    /// Where the person wanted to go.
    to: String,
    /// In nanoseconds.
    until: i64,
}

impl Attempt {
    fn draw(random: &Random, to: String, now: i64) -> Result<Self, RandomError> {
        let bits = || random.bits().map(|bits| URL_SAFE_NO_PAD.encode(bits));
        Ok(Self {
            state: bits()?,
            nonce: bits()?,
            verifier: [bits()?, bits()?].concat(),
            to,
            until: now.saturating_add(LASTS),
        })
    }

    /// Where the browser is sent.
    fn address(&self, endpoint: String, sign_in: &SignIn) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier));
        with_query(
            endpoint,
            &[
                ("response_type", "code"),
                ("client_id", sign_in.issuer.client_id()),
                ("redirect_uri", &sign_in.at(CALLBACK)),
                ("scope", "openid profile"),
                ("state", &self.state),
                ("nonce", &self.nonce),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ],
        )
    }
}

impl SignIn {
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Where a person ends their session at the issuer as well, if it says where. Cognito knows the way
    /// back by another name than OIDC has for it.
    async fn elsewhere(&self) -> Option<String> {
        let endpoint = self.issuer.sign_out_address().await.ok()?;
        let back = self.at(SIGN_OUT);
        Some(with_query(
            endpoint,
            &[
                ("client_id", self.issuer.client_id()),
                ("post_logout_redirect_uri", &back),
                ("logout_uri", &back),
            ],
        ))
    }
}

impl Console {
    /// Whether whoever asks is a browser that can be led to sign in, and where.
    pub(crate) fn way_to_sign_in(
        &self,
        route: Option<Route<'_>>,
        request: &Request,
    ) -> Option<String> {
        self.sign_in.as_ref()?;
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let has_token = request.headers().contains_key(http::header::AUTHORIZATION);
        let is_person = is_read && !has_token && accepts_html(request.headers());
        if !is_person || !route.is_some_and(Route::is_page) {
            return None;
        }
        let wanted = request.uri().path_and_query()?.as_str();
        Some(with_query(SIGN_IN.to_owned(), &[("to", own_page(wanted).unwrap_or("/"))]))
    }

    /// Signing in and out; there is nothing of it where nobody issues tokens.
    pub(crate) async fn signing(
        &self,
        route: Route<'_>,
        request: &Request,
        identity: Option<&Identity>,
        now: i64,
    ) -> Result<Response, Refusal> {
        let nothing = || Refusal::NotFound("nobody signs in here".to_owned());
        let sign_in = self.sign_in.as_ref().ok_or_else(nothing)?;
        match route {
            Route::SignedIn => Ok(self.come_back(sign_in, request, now).await),
            Route::SignOut if request.method() == Method::POST => {
                self.sign_out(sign_in, request, identity, now).await
            }
            Route::SignOut => Ok(self.signed_out(sign_in, identity, now).await),
            _ => self.begin(sign_in, request, now).await,
        }
    }

    async fn begin(
        &self,
        sign_in: &SignIn,
        request: &Request,
        now: i64,
    ) -> Result<Response, Refusal> {
        let endpoint = sign_in.issuer.sign_in_address().await.map_err(|error| {
            warn!(error = chain(&error), "nobody can sign in");
            NotSignedIn::Unavailable
        })?;
        let wanted = parameter(request, "to").unwrap_or_default();
        let to = own_page(&wanted).unwrap_or("/").to_owned();
        let drawn = Attempt::draw(&sign_in.random, to, now);
        let attempt = drawn.map_err(|_| NotSignedIn::Unavailable)?;
        let text = serde_json::to_string(&attempt).map_err(|_| NotSignedIn::Unavailable)?;
        let name = format!("{ATTEMPT}{}", attempt.state);
        let sealed = self.vault.seal_cookie(&name, &text);
        let mut response = see_other(&attempt.address(endpoint, sign_in));
        let before: Vec<&str> = attempts(request.headers()).collect();
        if before.len() >= ATTEMPTS {
            for name in before {
                session::set(&mut response, cookie(name, "", 0));
            }
        }
        session::set(&mut response, cookie(&name, &sealed, LASTS / SECOND));
        Ok(response)
    }

    /// What follows once the issuer has led somebody back; their attempt is over, however it ends.
    async fn come_back(&self, sign_in: &SignIn, request: &Request, now: i64) -> Response {
        let state = parameter(request, "state").unwrap_or_default();
        let name = format!("{ATTEMPT}{state}");
        let answer = self.complete(sign_in, request, &name, now).await;
        let mut response = answer.unwrap_or_else(|refusal| {
            if let Refusal::NotSignedIn(refused) = &refusal {
                tell_of_stranger(What::BeginSession, refused.why());
            }
            refusal.into_response(self.links, request)
        });
        if attempts(request.headers()).any(|one| one == name) {
            session::set(&mut response, cookie(&name, "", 0));
        }
        response
    }

    async fn complete(
        &self,
        sign_in: &SignIn,
        request: &Request,
        name: &str,
        now: i64,
    ) -> Result<Response, Refusal> {
        let issuer = &sign_in.issuer;
        let attempt = self.attempt(request.headers(), name, now).ok_or(NotSignedIn::Attempt)?;
        // Whoever says who answers must be the one who was asked.
        if parameter(request, "iss").is_some_and(|other| other != issuer.name()) {
            return Err(NotSignedIn::Attempt.into());
        }
        if let Some(error) = parameter(request, "error") {
            let word = word(error).unwrap_or_else(|| "unknown".to_owned());
            return Err(NotSignedIn::Refused(word).into());
        }
        let code = parameter(request, "code").ok_or(NotSignedIn::Attempt)?;
        let callback = sign_in.at(CALLBACK);
        let token = issuer.exchange(&code, &attempt.verifier, &callback).await;
        let token = token.map_err(NotSignedIn::from)?;
        let signed_in = issuer.signed_in(&token, &attempt.nonce, now).await;
        let (identity, until) = signed_in.map_err(NotSignedIn::from)?;
        let (tenant, actor) = (identity.tenant.clone(), identity.actor());
        let session = self.session(identity, issuer, until, now).ok_or(NotSignedIn::TooLong)?;
        self.record_session(sign_in, (&tenant, &actor), What::BeginSession, now).await?;
        let mut response = see_other(&attempt.to);
        session::set(&mut response, Some(session));
        Ok(response)
    }

    /// Records that a session begins or ends.
    async fn record_session(
        &self,
        sign_in: &SignIn,
        (tenant, actor): (&TenantId, &str),
        what: What,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut unique = [0; 8];
        match sign_in.random.bits() {
            Ok(bits) => unique.copy_from_slice(&bits[..8]),
            Err(error) => error!(error = chain(&error), "sessions of one moment may look the same"),
        }
        let entry = Entry::done(now, actor, what, None);
        let unique = u64::from_be_bytes(unique);
        self.store.record(Trail::Tenant(tenant), &entry, unique).await.inspect_err(|error| {
            error!(error = chain(error), what = what.as_str(), "could not record a session");
        })
    }

    /// The attempt that this browser began and that is not over.
    fn attempt(&self, headers: &HeaderMap, name: &str, now: i64) -> Option<Attempt> {
        let (_, sealed) = cookies(headers).find(|(one, _)| *one == name)?;
        let text = self.vault.open_cookie(name, sealed)?;
        let attempt: Attempt = serde_json::from_str(&text).ok()?;
        (now < attempt.until).then_some(attempt)
    }

    async fn sign_out(
        &self,
        sign_in: &SignIn,
        request: &Request,
        identity: Option<&Identity>,
        now: i64,
    ) -> Result<Response, Refusal> {
        match identity {
            Some(identity) => {
                self.check_origin(request, identity, now)?;
                let actor = identity.actor();
                let who = (&identity.tenant, actor.as_str());
                // Whoever wants to be out is, recorded or not; that they are not is in the log.
                let _ = self.record_session(sign_in, who, What::EndSession, now).await;
            }
            None => check_own(request)?,
        }
        let mut response = see_other(SIGN_OUT);
        session::set(&mut response, cookie(SESSION, "", 0));
        Ok(response)
    }

    /// Who is signed out is told so, who is not can be.
    async fn signed_out(
        &self,
        sign_in: &SignIn,
        identity: Option<&Identity>,
        now: i64,
    ) -> Response {
        match identity {
            Some(identity) => page::signin::leave(self.frame(identity, now)),
            None => page::signin::left(self.links, sign_in.elsewhere().await.as_deref()),
        }
    }
}

impl From<IssuerError> for NotSignedIn {
    fn from(error: IssuerError) -> Self {
        warn!(error = chain(&error), "no token for a code");
        match error {
            IssuerError::Code { .. } => Self::Code,
            IssuerError::Address(_)
            | IssuerError::Roots(_)
            | IssuerError::Unavailable { .. }
            | IssuerError::NoAddress(_)
            | IssuerError::Other(_) => Self::Unavailable,
        }
    }
}

impl From<TokenError> for NotSignedIn {
    fn from(error: TokenError) -> Self {
        info!(error = chain(&error), "refused an id token");
        match error {
            TokenError::Claim(name) => Self::Claim(name),
            TokenError::NoKeys => Self::Unavailable,
            other => Self::Token(other.why()),
        }
    }
}

/// Names of the cookies of attempts that a browser holds.
fn attempts(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    cookies(headers).map(|(name, _)| name).filter(|name| name.starts_with(ATTEMPT))
}

/// A page of ours that this leads to, and to nowhere else.
fn own_page(wanted: &str) -> Option<&str> {
    let is_plain = wanted.len() <= LONGEST
        && wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
    let path = wanted.split('?').next().unwrap_or_default();
    (is_plain && Route::parse(path).is_some_and(Route::is_page)).then_some(wanted)
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The address with these parameters behind those that it has.
fn with_query(mut address: String, parameters: &[(&str, &str)]) -> String {
    let start = address.find('?').map_or_else(
        || {
            address.push('?');
            address.len()
        },
        |at| at + 1,
    );
    Serializer::for_suffix(address, start).extend_pairs(parameters).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_led_back_to_pages_of_ours_alone() {
        for own in
            ["/", "/alerts/x", "/silences?rule=a%20b", "/insights/alert_quality?days=7&rule=x"]
        {
            assert_eq!(own_page(own), Some(own));
        }
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/v1/alerts",
            "/signin",
            "/signout",
            "/alerts/x/ack",
            "/assets/console.css",
            "/alerts/x\r\nSet-Cookie: a=b",
            "/alerts/ x",
            "/alerts/ä",
            &format!("/alerts/{}", "x".repeat(LONGEST)),
        ] {
            assert_eq!(own_page(other), None, "{other}");
        }
    }

    #[test]
    fn parameters_stand_behind_those_of_the_address() {
        let with = |address: &str| with_query(address.to_owned(), &[("a", "b c"), ("d", "&")]);
        assert_eq!(with("https://i.example/x"), "https://i.example/x?a=b+c&d=%26");
        assert_eq!(with("https://i.example/x?p=1"), "https://i.example/x?p=1&a=b+c&d=%26");
    }

    #[test]
    fn no_two_attempts_share_anything_and_a_verifier_is_as_long_as_pkce_wants() {
        let draw = || Attempt::draw(&Random::System, "/".to_owned(), 0).unwrap();
        let (one, other) = (draw(), draw());
        assert!((43..=128).contains(&one.verifier.len()));
        assert_ne!(one.state, other.state);
        assert_ne!(one.nonce, other.nonce);
        assert_ne!(one.verifier, other.verifier);
    }
}
