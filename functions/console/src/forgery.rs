//! Requests that another site has a browser send: refused.
//!
//! A browser sends a session's cookie, and what a person filled in, wherever a page tells it to. So
//! what changes something by a cookie or by a page's form needs two things that no other site has: an
//! `Origin` that is this one, and a token that only our own pages tell, bound to whoever they were made
//! for. Whoever sends a bearer token by hand needs neither: no browser adds one by itself.

use http::{HeaderMap, Uri, header};
use tocsin_domain::minute::{HOUR, SECOND};
use tocsin_shell::http::Request;

use crate::{Console, Identity, refusal::Refusal};

/// Name of the field of forms that holds the token.
pub(crate) const FIELD: &str = "csrf";
/// Name of the header that holds it where no form is sent.
const HEADER: &str = "x-csrf-token";
/// How long a page may lie open, in nanoseconds.
const LASTS: i64 = 24 * HOUR;
/// How far clocks of two instances may be apart, in nanoseconds.
const SKEW: i64 = 60 * SECOND;

const ORIGIN: &str =
    "this can be done from the console's own pages alone: open the page there and try again";
const STALE: &str =
    "the page is older than a day or was made for another role: load it again and try again";

impl Console {
    /// The token of this person's forms.
    pub(crate) fn form_token(&self, identity: &Identity, now: i64) -> String {
        let made = now.to_string();
        let stamp = self.vault.stamp(&parts(identity, &made));
        format!("{made}.{stamp}")
    }

    /// Refuses what does not come from a page of ours that was made for this person.
    pub(crate) fn check_origin(
        &self,
        request: &Request,
        identity: &Identity,
        now: i64,
    ) -> Result<(), Refusal> {
        check_own(request)?;
        let header = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
        let token = header.map(str::to_owned).or_else(|| {
            let mut fields = form_urlencoded::parse(request.body());
            fields.find(|(name, _)| name == FIELD).map(|(_, value)| value.into_owned())
        });
        let stale = Refusal::Forged { field: FIELD, detail: STALE };
        let Some((made, stamp)) = token.as_deref().and_then(|token| token.split_once('.')) else {
            return Err(stale);
        };
        let age = made.parse::<i64>().ok().map(|made| now.saturating_sub(made));
        let is_fresh = age.is_some_and(|age| (-SKEW..LASTS).contains(&age));
        if is_fresh && self.vault.is_stamp(stamp, &parts(identity, made)) {
            Ok(())
        } else {
            Err(stale)
        }
    }
}

/// Refuses what does not name this very site as the one that it comes from.
pub(crate) fn check_own(request: &Request) -> Result<(), Refusal> {
    if is_own(request.headers()) {
        Ok(())
    } else {
        Err(Refusal::Forged { field: "origin", detail: ORIGIN })
    }
}

/// What a token is bound to.
fn parts<'a>(identity: &'a Identity, made: &'a str) -> [&'a [u8]; 6] {
    let agent = identity.agent.as_deref().unwrap_or_default();
    let subject = identity.subject.as_deref().unwrap_or_default();
    let role = identity.role.as_str();
    [
        b"form",
        identity.tenant.as_str().as_bytes(),
        role.as_bytes(),
        agent.as_bytes(),
        subject.as_bytes(),
        made.as_bytes(),
    ]
}

/// Whether a request names this very site as the one that it comes from.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(origin), Some(host)) = (text(header::ORIGIN), text(header::HOST)) else {
        return false;
    };
    let Ok(origin) = origin.parse::<Uri>() else { return false };
    let authority = origin.authority().map(http::uri::Authority::as_str);
    let is_safe = match origin.scheme_str() {
        Some("https") => true,
        // Nobody listens in on the way to this very machine.
        Some("http") => matches!(origin.host(), Some("127.0.0.1" | "localhost" | "[::1]")),
        _ => false,
    };
    is_safe && authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// Whether a request says that it comes from another site. One that does not say, or whose browser
/// keeps it to itself as on pages without referrer (`null`), does not.
pub(crate) fn is_foreign(headers: &HeaderMap) -> bool {
    headers.get(header::ORIGIN).is_some_and(|origin| origin != "null") && !is_own(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&str>, host: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_this_very_site_is_its_own() {
        for (origin, host, own, foreign) in [
            (Some("https://c.example"), "c.example", true, false),
            (Some("https://C.example"), "c.EXAMPLE", true, false),
            (Some("https://c.example:8443"), "c.example:8443", true, false),
            (Some("http://127.0.0.1:8080"), "127.0.0.1:8080", true, false),
            (Some("http://c.example"), "c.example", false, true),
            (Some("https://c.example.evil"), "c.example", false, true),
            (Some("https://evil.example"), "c.example", false, true),
            (Some("https://c.example:444"), "c.example", false, true),
            (Some("null"), "c.example", false, false),
            (Some("c.example"), "c.example", false, true),
            (None, "c.example", false, false),
        ] {
            let headers = headers(origin, host);
            assert_eq!(is_own(&headers), own, "{origin:?} {host}");
            assert_eq!(is_foreign(&headers), foreign, "{origin:?} {host}");
        }
    }
}
