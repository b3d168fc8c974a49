//! Why a request has no answer, and what is said about it.

use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use tocsin_domain::{audit::Why, rule::RulesError};
use tocsin_shell::{
    http::{Request, Response, accepts_html, problem_with},
    rollups::QueryError,
    store::StoreError,
    telemetry::chain,
};
use tracing::error;

use crate::{
    acks::ACK_LINKS,
    page::{self, Links, refuse},
};

/// Why a request has no answer.
#[derive(Debug)]
pub enum Refusal {
    /// A parameter is wrong.
    Bad {
        /// The parameter.
        field: String,
        /// What is wrong with it, and what to do.
        detail: String,
    },
    /// Nobody said who they are.
    SignIn,
    /// Somebody tried, and is not.
    NotSignedIn(NotSignedIn),
    /// Not for this person.
    Forbidden(&'static str),
    /// There is no such thing.
    NotFound(String),
    /// There is nothing of the name or id that this field tells.
    Missing {
        /// The field.
        field: &'static str,
        /// What is missing, and what to do.
        detail: String,
    },
    /// It can not be done as things are.
    Conflict {
        /// The field.
        field: &'static str,
        /// What is in the way, and what to do.
        detail: String,
    },
    /// A request that changes something and does not come from the console's own pages.
    Forged {
        /// The header or field that tells.
        field: &'static str,
        /// What to do.
        detail: &'static str,
    },
    /// A link that acknowledges nothing, or no longer.
    Link,
    /// Rules do not load.
    Rules(RulesError),
    /// No backtest of exactly these rules is on record.
    NotTested,
    /// The writer does not say what they read.
    Unconditional(&'static str),
    /// Somebody else wrote since.
    Stale(String),
    /// A body is longer than it may be.
    TooLarge(&'static str),
    /// The store did not answer.
    Store(StoreError),
}

/// Why somebody who tried to sign in is not.
#[derive(Debug)]
pub enum NotSignedIn {
    /// This browser began no such attempt, or too long ago.
    Attempt,
    /// The issuer says so, by this word of OAuth's or by none that can be told.
    Refused(String),
    /// The issuer does not take its own code.
    Code,
    /// What the issuer says of the person does not hold, for this reason.
    Token(Why),
    /// This claim is missing or wrong.
    Claim(String),
    /// The person has more teams than a cookie can hold.
    TooLong,
    /// The issuer does not answer.
    Unavailable,
}

impl NotSignedIn {
    /// In the words of the audit.
    pub(crate) fn why(&self) -> Why {
        match self {
            Self::Attempt => Why::FormToken,
            Self::Refused(_) => Why::IssuerRefused,
            Self::Token(why) => *why,
            Self::Claim(name) if name.ends_with("tenant") => Why::NoTenant,
            Self::Claim(name) if name.ends_with("role") => Why::NoRole,
            Self::Code | Self::Claim(_) | Self::TooLong => Why::MalformedToken,
            Self::Unavailable => Why::NoIssuer,
        }
    }

    fn told(&self) -> (StatusCode, Option<&'static str>, String) {
        let refused = |detail: &str| (StatusCode::FORBIDDEN, None, detail.to_owned());
        match self {
            Self::Attempt => {
                let detail = "this way to sign in was not begun in this browser, is older than ten \
                              minutes or was gone already: begin again from the console";
                (StatusCode::BAD_REQUEST, Some("state"), detail.to_owned())
            }
            Self::Refused(error) if error == "access_denied" => refused(
                "whoever signs people in did not let you in, or you left off: begin again from the \
                 console, or ask your administrator for an account that may",
            ),
            Self::Refused(error) => refused(&format!(
                "whoever signs people in refused (`{error}`): begin again from the console; if that does \
                 not help, tell whoever runs it this word"
            )),
            Self::Code => {
                let detail = "whoever signs people in does not take this code, which works once and for \
                              minutes: begin again from the console";
                (StatusCode::BAD_REQUEST, Some("code"), detail.to_owned())
            }
            Self::Token(_) => refused(
                "what the issuer says of you does not hold: begin again from the console; if that does \
                 not help, tell whoever runs it",
            ),
            Self::Claim(name) => refused(&format!(
                "your account does not say who you are here: ask your administrator to set `{name}`, \
                 then begin again from the console"
            )),
            Self::TooLong => refused(
                "your account names more teams than a browser can keep: ask your administrator to name \
                 fewer",
            ),
            Self::Unavailable => {
                let detail = "whoever signs people in does not answer for now: try again";
                (StatusCode::SERVICE_UNAVAILABLE, None, detail.to_owned())
            }
        }
    }
}

/// A problem of rules, as an extension member.
#[derive(Serialize)]
struct RuleProblem<'a> {
    line: u64,
    /// Names the rule and the field, what is wrong and the remedy.
    message: &'a str,
}

/// What stands beside the usual members.
#[derive(Serialize)]
struct Members<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<RuleProblem<'a>>,
}

const NOT_TESTED: &str =
    "no backtest of exactly this text is on record: send it to POST /v1/rules/backtest first";

const LINK: &str = "It is not complete, or older than 24 hours, or its alert is no longer kept. \
                    Nothing was changed. Open the link of the newest message, or open the console and \
                    acknowledge the alert there.";

impl Refusal {
    /// A wrong parameter.
    pub(crate) fn bad(field: &str, detail: impl Into<String>) -> Self {
        Self::Bad { field: field.to_owned(), detail: detail.into() }
    }

    fn problems(&self) -> Vec<RuleProblem<'_>> {
        let Self::Rules(refused) = self else { return Vec::new() };
        let problems = refused.problems.iter();
        problems.map(|one| RuleProblem { line: one.line, message: &one.message }).collect()
    }

    /// The answer that says so: to a browser that asks for a page a page, else problem details.
    pub(crate) fn into_response(self, links: Links, request: &Request) -> Response {
        if let Self::Store(failure) = &self {
            error!(error = chain(failure), "could not answer");
        }
        let not_signed_in =
            if let Self::NotSignedIn(why) = &self { Some(why.told()) } else { None };
        let (status, field, detail) = match &self {
            Self::Bad { field, detail } => {
                (StatusCode::BAD_REQUEST, Some(field.as_str()), detail.as_str())
            }
            Self::SignIn => (StatusCode::UNAUTHORIZED, None, "sign in first"),
            Self::NotSignedIn(_) => not_signed_in
                .as_ref()
                .map_or((StatusCode::FORBIDDEN, None, ""), |(status, field, detail)| {
                    (*status, *field, detail.as_str())
                }),
            Self::Forbidden(detail) => (StatusCode::FORBIDDEN, None, *detail),
            Self::NotFound(detail) => (StatusCode::NOT_FOUND, None, detail.as_str()),
            Self::Missing { field, detail } => {
                (StatusCode::NOT_FOUND, Some(*field), detail.as_str())
            }
            Self::Conflict { field, detail } => {
                (StatusCode::CONFLICT, Some(*field), detail.as_str())
            }
            Self::Forged { field, detail } => (StatusCode::FORBIDDEN, Some(*field), *detail),
            Self::Link => (StatusCode::NOT_FOUND, Some("token"), LINK),
            Self::Rules(refused) => {
                let first = refused.problems.first().map_or("", |problem| &problem.message);
                (StatusCode::BAD_REQUEST, Some("rules"), first)
            }
            Self::NotTested => (StatusCode::CONFLICT, Some("rules"), NOT_TESTED),
            Self::Unconditional(detail) => {
                (StatusCode::PRECONDITION_REQUIRED, Some("if-match"), *detail)
            }
            Self::Stale(detail) => {
                (StatusCode::PRECONDITION_FAILED, Some("if-match"), detail.as_str())
            }
            Self::TooLarge(detail) => (StatusCode::PAYLOAD_TOO_LARGE, Some("body"), *detail),
            Self::Store(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, None, "no answer for now: ask again")
            }
        };
        let path = request.uri().path();
        let mut response = if path.starts_with("/v1/") && !path.starts_with(ACK_LINKS) {
            problem_with(status, field, detail, Members { problems: self.problems() })
        } else if matches!(self, Self::Link) && accepts_html(request.headers()) {
            // Whoever reads it was woken and has no idea of fields.
            page::say(links, status, "This link does not work", detail)
        } else {
            refuse(links, request.headers(), status, field, detail)
        };
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, no_store);
        response
    }
}

impl From<NotSignedIn> for Refusal {
    fn from(why: NotSignedIn) -> Self {
        Self::NotSignedIn(why)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<QueryError> for Refusal {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::NotKept(not_kept) => Self::bad("by", not_kept.to_string()),
            QueryError::Store(error) => Self::Store(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &'static str, accept: &'static str, media_type: &str) {
        let mut request = Request::default();
        *request.uri_mut() = path.parse().unwrap();
        request.headers_mut().insert(header::ACCEPT, accept.parse().unwrap());
        let refusal = Refusal::NotFound("no <such> thing".to_owned());
        let response = refusal.into_response(&[], &request);
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.headers()[header::CONTENT_TYPE], media_type, "{path} {accept}");
        let body = String::from_utf8(response.into_body().to_vec()).unwrap();
        assert!(body.contains(if media_type.contains("html") { "&lt;such&gt;" } else { "<such>" }));
    }

    #[test]
    fn a_browser_that_asks_for_a_page_is_told_so_on_a_page() {
        let (browser, html) = ("text/html,*/*;q=0.8", "text/html; charset=utf-8");
        check("/metrics/none", browser, html);
        check("/nothing/here", browser, html);
        check("/metrics/none", "*/*", "application/problem+json");
        check("/v1/metrics/none", browser, "application/problem+json");
    }

    #[test]
    fn nobody_is_told_how_to_sign_in() {
        for path in ["/", "/v1/metrics"] {
            let mut request = Request::default();
            *request.uri_mut() = path.parse().unwrap();
            request.headers_mut().insert(header::ACCEPT, "text/html".parse().unwrap());
            let response = Refusal::SignIn.into_response(&[], &request);
            assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer", "{path}");
        }
    }
}
