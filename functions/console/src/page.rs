//! The pages: rendered here, without script, readable without colour.

pub(crate) mod actions;
mod alert;
mod audit;
mod chart;
mod evidence;
mod home;
mod metric;
pub(crate) mod quality;
pub(crate) mod signin;
mod silences;
mod words;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, html};
use tocsin_domain::{conversation::keeps_examples, metric::Metric};
use tocsin_shell::http::{Response, accepts_html, demand, problem, with_type};

use crate::{
    Console, Identity,
    conversations::{Journey, Line},
    forgery::FIELD,
    signin::SIGN_OUT,
};

/// Nothing is loaded from elsewhere, nothing runs, nobody frames it.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every page's header leads to beside the console itself: name and address.
pub type Links = &'static [(&'static str, &'static str)];

/// What stands around a page: its header.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    links: Links,
    person: Option<Person>,
}

/// Who is signed in, and can sign out.
#[derive(Clone, Debug)]
struct Person {
    name: String,
    /// Of their forms.
    token: String,
}

impl From<Links> for Frame {
    fn from(links: Links) -> Self {
        Self { links, person: None }
    }
}

impl Console {
    /// The frame of this person's pages.
    pub(crate) fn frame(&self, identity: &Identity, now: i64) -> Frame {
        let has_session = identity.is_session && self.sign_in.is_some();
        let person = has_session
            .then(|| Person { name: identity.shown(), token: self.form_token(identity, now) });
        Frame { links: self.links, person }
    }
}

impl Person {
    fn show(&self) -> Markup {
        html! {
            form.person method="post" action=(SIGN_OUT) {
                span { (self.name) }
                input type="hidden" name=(FIELD) value=(self.token);
                button { "Sign out" }
            }
        }
    }
}

/// A refusal for whoever asks: a page for a browser, else problem details.
pub fn refuse(
    links: Links,
    headers: &HeaderMap,
    status: StatusCode,
    field: Option<&str>,
    detail: &str,
) -> Response {
    if !accepts_html(headers) {
        return problem(status, field, detail);
    }
    let title = status.canonical_reason().unwrap_or("Error");
    let detail = html! { @if let Some(field) = field { strong { (field) } ": " } (detail) };
    told(links, status, title, &detail)
}

/// One thing that a person is told, on a page.
pub(crate) fn say(links: Links, status: StatusCode, title: &str, detail: &str) -> Response {
    told(links, status, title, &html! { (detail) })
}

fn told(links: Links, status: StatusCode, title: &str, detail: &Markup) -> Response {
    let body = html! {
        h1 { (title) }
        p { (detail) }
        p { a href="/" { "To the console" } }
    };
    let mut response = respond(links, title, false, &body);
    *response.status_mut() = status;
    demand(&mut response);
    response
}

/// A page; one that `refreshes` is loaded anew every five seconds.
pub fn respond(frame: impl Into<Frame>, title: &str, refreshes: bool, body: &Markup) -> Response {
    let Frame { links, person } = frame.into();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if refreshes { meta http-equiv="refresh" content="5"; }
                title { (title) " · Tocsin" }
                link rel="stylesheet" href="/assets/console.css";
            }
            body {
                header {
                    a.home href="/" { "Tocsin" }
                    @if !links.is_empty() {
                        nav { @for (name, address) in links { a href=(address) { (name) } } }
                    }
                    @if let Some(person) = &person { (person.show()) }
                }
                main { (body) }
            }
        }
    };
    let bytes = Bytes::from(page.into_string());
    let mut response = with_type(StatusCode::OK, "text/html; charset=utf-8", bytes);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// How new the data is, in seconds, and how much of it is known to have arrived.
fn arrived(age: Option<i64>, completeness: Option<f64>) -> Markup {
    html! {
        p.fresh {
            @match age {
                Some(age) => { "Newest data " (words::age(age)) },
                None => { "Age of the newest data not known" },
            }
            " · "
            @match completeness {
                Some(share) => { "complete to " (words::number(Metric::Completeness, share)) },
                None => { "completeness not known" },
            }
        }
    }
}

/// Conversations behind a metric, each linked to its journey; or why there is none.
fn list(metric: Metric, lines: &[Line]) -> Markup {
    html! {
        @if lines.is_empty() {
            @if keeps_examples(metric) {
                p { "None is known." }
            } @else {
                p { "This metric keeps no examples." }
            }
        } @else {
            div.scroll {
                table {
                    thead {
                        tr { th { "Started" } th { "Channel" } th { "Intent" } th { "Outcome" } th { "Sentiment" } }
                    }
                    tbody {
                        @for line in lines {
                            tr {
                                td { a href={ "/conversations/" (line.id) } { (words::started(&line.summary)) } }
                                td { (line.summary.channel) }
                                td { (line.summary.intent) }
                                td { (line.summary.outcome) }
                                td { (words::score(line.summary.score)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A conversation's journey as a time line.
pub(crate) fn conversation(frame: Frame, known: &Journey) -> Response {
    let summary = &known.line.summary;
    let body = html! {
        h1 { "Conversation" }
        p.id { (known.line.id) }
        dl {
            dt { "Started" } dd { (words::started(summary)) }
            dt { "Ended" } dd { (words::time(summary.ended).unwrap_or_else(|| "still open".to_owned())) }
            dt { "Channel" } dd { (summary.channel) }
            dt { "Intent" } dd { (summary.intent) }
            dt { "Outcome" } dd { (summary.outcome) }
            dt { "Sentiment" } dd { (words::score(summary.score)) }
        }
        h2 { "Journey" }
        ol.journey {
            @for step in &known.journey {
                li.bad[step.bad] {
                    time datetime=(step.time) { (words::clock(step.time)) }
                    " " span.actor { (step.actor) } " " strong { (step.what) }
                    @if step.bad { " " span.mark { "went wrong" } }
                    @if !step.details.is_empty() {
                        p.details {
                            @for (name, value) in &step.details {
                                span { (name) ": " (value) } " "
                            }
                        }
                    }
                }
            }
        }
    };
    respond(frame, "Conversation", false, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_without_examples_says_so() {
        let words = |metric| list(metric, &[]).into_string();
        assert!(words(Metric::Contacts).contains("keeps no examples"));
        assert!(words(Metric::FallbackRate).contains("None is known"));
    }
}
