//! Sessions of browsers: a cookie that only this deployment can write and read.
//!
//! It holds what the id token said, encrypted under the master secret, and not the token: so it is
//! small whatever else an issuer puts into tokens, shows its holder nothing, can not be used as a bearer
//! token, and needs no table. It ends when the token would; a session of one issuer or client is none of
//! another's. All cookies are `__Host-`: of this very host, over TLS, never read by a script.

use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use tocsin_domain::{
    audit::Why,
    id::TenantId,
    minute::{DAY, SECOND},
};
use tocsin_shell::http::{Response, cookies};

use crate::{Console, Identity, issuer::Issuer, rights::Role};

/// Name of the cookie.
pub(crate) const SESSION: &str = "__Host-tocsin-session";
/// No session lasts longer, whatever the token says, in nanoseconds.
const LONGEST: i64 = DAY;
/// Name and value of a cookie that every browser takes, in bytes.
const LARGEST: usize = 4096;

#[derive(Serialize, Deserialize)]
struct Session {
    tenant: TenantId,
    role: String,
    agent: Option<String>,
    teams: Vec<String>,
    subject: Option<String>,
    name: Option<String>,
    /// In nanoseconds.
    until: i64,
}

impl Console {
    /// Who asks, as of now: by a bearer token, or by a browser's session where there is none.
    /// Or why nobody is known.
    pub async fn identity(&self, headers: &HeaderMap, now: i64) -> Result<Identity, Why> {
        let issuer = &self.sign_in.as_ref().ok_or(Why::NoToken)?.issuer;
        if headers.contains_key(header::AUTHORIZATION) {
            return issuer.identity(headers, now).await;
        }
        let mut sent = cookies(headers).filter(|(name, _)| *name == SESSION).peekable();
        let none = if sent.peek().is_some() { Why::Expired } else { Why::NoToken };
        sent.find_map(|(_, sealed)| self.opened(sealed, issuer, now)).ok_or(none)
    }

    fn opened(&self, sealed: &str, issuer: &Issuer, now: i64) -> Option<Identity> {
        let text = self.vault.open_cookie(&purpose(issuer), sealed)?;
        let session: Session = serde_json::from_str(&text).ok()?;
        let role = Role::parse(&session.role)?;
        (now < session.until).then_some(Identity {
            tenant: session.tenant,
            role,
            agent: session.agent,
            teams: session.teams,
            subject: session.subject,
            name: session.name,
            is_session: true,
        })
    }

    /// The cookie of whoever has signed in until then; `None` where it is too long for browsers.
    pub(crate) fn session(
        &self,
        identity: Identity,
        issuer: &Issuer,
        until: i64,
        now: i64,
    ) -> Option<HeaderValue> {
        let until = until.min(now.saturating_add(LONGEST));
        let session = Session {
            tenant: identity.tenant,
            role: identity.role.as_str().to_owned(),
            agent: identity.agent,
            teams: identity.teams,
            subject: identity.subject,
            name: identity.name,
            until,
        };
        let text = serde_json::to_string(&session).ok()?;
        let sealed = self.vault.seal_cookie(&purpose(issuer), &text);
        let fits = SESSION.len() + sealed.len() <= LARGEST;
        fits.then(|| cookie(SESSION, &sealed, until.saturating_sub(now) / SECOND)).flatten()
    }
}

/// What a session's key is for.
fn purpose(issuer: &Issuer) -> String {
    format!("session\n{}\n{}", issuer.name(), issuer.client_id())
}

/// A cookie that lasts so many seconds; with none left, it is taken away. `Lax`: it comes with a link
/// from elsewhere, as from the issuer, and not with what another site posts.
pub(crate) fn cookie(name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
    let seconds = seconds.max(0);
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
    let mut value = HeaderValue::from_str(&text).ok()?;
    // Where headers are logged, this one is not.
    value.set_sensitive(true);
    Some(value)
}

/// Has the browser keep a cookie, or forget it.
pub(crate) fn set(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
