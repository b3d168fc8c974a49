//! `GET /audit`: who did what, and what was refused whom, the newest first.

use maud::{Markup, html};
use tocsin_domain::{
    audit::{Entry, Outcome},
    minute::timestamp,
};
use tocsin_shell::http::Response;

use super::{respond, words};
use crate::{Console, Identity, refusal::Refusal};

impl Console {
    /// The page.
    pub(crate) async fn audit_page(
        &self,
        query: Option<&str>,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let (entries, next) = self.entries(query, identity, now).await?;
        let body = html! {
            h1 { "Audit" }
            p { "What people and operators did, and what they were refused. Nothing here can be changed." }
            @if entries.is_empty() {
                p { "There is nothing." }
            } @else {
                div.scroll {
                    table {
                        thead { tr { th { "Time" } th { "Who" } th { "What" } th { "Upon" } th { "Outcome" } } }
                        tbody { @for entry in &entries { (row(entry)) } }
                    }
                }
            }
            @if let Some(next) = &next { p { a href={ "/audit?next=" (next) } { "Earlier" } } }
        };
        Ok(respond(self.links, "Audit", false, &body))
    }
}

fn row(entry: &Entry) -> Markup {
    let at = timestamp(entry.time);
    html! {
        tr {
            td { time datetime=(at) { (words::time(Some(at)).unwrap_or_default()) } }
            td { (entry.actor) }
            td { (entry.what) }
            td { (entry.upon.as_deref().unwrap_or_default()) }
            td {
                @match (entry.outcome, &entry.why) {
                    (Outcome::Refused, Some(why)) => { strong { "refused" } ": " (why.replace('_', " ")) },
                    (outcome, _) => { (outcome.as_str()) },
                }
            }
        }
    }
}
