//! What whoever signs out sees.

use maud::html;
use tocsin_shell::http::Response;

use super::{Frame, Links, respond};

/// Signing out is one press away.
pub(crate) fn leave(frame: Frame) -> Response {
    let body = html! {
        h1 { "Sign out" }
        p { "You are signed in. The button above ends that in this browser." }
        p { a href="/" { "To the console" } }
    };
    respond(frame, "Sign out", false, &body)
}

/// Nobody is signed in; `elsewhere` is where the issuer forgets them too.
pub(crate) fn left(links: Links, elsewhere: Option<&str>) -> Response {
    let body = html! {
        h1 { "Signed out" }
        p { "This browser is signed out of the console." }
        @if let Some(elsewhere) = elsewhere {
            p {
                "The issuer may still know you, and would sign you in again without a question. Where others \
                 use this browser: "
                a href=(elsewhere) rel="noreferrer" { "sign out there too" } "."
            }
        }
        p { a href="/" { "Sign in" } }
    };
    respond(links, "Signed out", false, &body)
}
