//! What people press: the buttons of an alert, and the page that a message's link leads to.

use maud::{Markup, html};
use tocsin_domain::{
    alert::{Alert, AlertState, actions::Usefulness},
    message::value_text,
    minute::timestamp,
};
use tocsin_shell::http::Response;

use super::{
    Links,
    alert::{standing, title, value},
    respond, words,
};
use crate::{
    Console, Identity,
    acks::is_waiting,
    alerts::is_open,
    forgery::FIELD,
    rights::{Resource, allows},
};

/// A form that is one button.
pub(super) fn button(action: &str, token: &str, label: &str, more: &[(&str, &str)]) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name=(FIELD) value=(token);
            @for (name, value) in more { input type="hidden" name=(name) value=(value); }
            button { (label) }
        }
    }
}

impl Console {
    /// What this person may do about an alert, and what was done.
    pub(super) fn buttons(&self, alert: &Alert, identity: &Identity, now: i64) -> Markup {
        let may = |resource| allows(identity.role, resource, true);
        let token = self.form_token(identity, now);
        let at = |deed: &str| format!("/alerts/{}/{deed}", alert.id);
        let said = alert.feedback.as_ref().map(|said| said.usefulness);
        let judge = |usefulness: Usefulness, label| {
            button(&at("feedback"), &token, label, &[("feedback", usefulness.as_str())])
        };
        html! {
            @if let Some(silenced) = &alert.silenced {
                p.state {
                    "Silenced by " (silenced.by) " until "
                    (words::time(Some(timestamp(silenced.until))).unwrap_or_default())
                    ": nobody is told"
                }
            }
            @if let Some(by) = &alert.acknowledged { p.details { "Acknowledged by " (by.by) } }
            @if let Some(said) = &alert.feedback {
                p.details { "Marked " (said.usefulness.as_str()) " by " (said.by) }
            }
            div.buttons {
                @if may(Resource::Acknowledgement) && is_waiting(alert) {
                    (button(&at("ack"), &token, "Acknowledge", &[]))
                }
                @if may(Resource::Resolution) && is_open(alert) {
                    (button(&at("resolve"), &token, "Resolve", &[]))
                }
                @if may(Resource::Acknowledgement) {
                    @if said != Some(Usefulness::Useful) { (judge(Usefulness::Useful, "Useful")) }
                    @if said != Some(Usefulness::Noise) { (judge(Usefulness::Noise, "Noise")) }
                }
                @if may(Resource::Silences) && is_open(alert) {
                    a.button href=(silence_path(alert)) { "Silence this…" }
                }
            }
        }
    }
}

/// The form of a silence, filled in for alerts like this.
fn silence_path(alert: &Alert) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("rule", &alert.rule);
    for (name, value) in &alert.cell {
        query.append_pair("dimension", name).append_pair("value", value);
    }
    format!("/silences?{}", query.finish())
}

/// What whoever was paged sees on their phone: what is wrong, what to do, and one button.
pub(crate) fn ack(links: Links, alert: &Alert) -> Response {
    let evidence = &alert.evidence;
    let text = |value| value_text(alert.metric, value);
    let body = html! {
        h1 { (title(alert)) }
        p class=(if is_open(alert) { "state open" } else { "state" }) { (standing(alert)) }
        @match (alert.state, &alert.acknowledged) {
            (AlertState::Firing, _) => {
                form.ack method="post" { button { "Acknowledge" } }
                p.details { "Says that you act. It resolves nothing." }
            },
            (AlertState::Acknowledged, Some(by)) => {
                // By role alone: whoever has the link need not be of the company.
                @let role = by.by.split(" (").next().unwrap_or_default();
                p { strong { "Acknowledged" } " by " (role) " at " (words::clock(timestamp(by.at))) " UTC." }
            },
            (AlertState::Resolved, _) => {
                p { strong { "It is over" } ": there is nothing to acknowledge." }
            },
            (AlertState::Acknowledged, None) => { p { strong { "Acknowledged" } "." } },
            (AlertState::Pending, _) => { p { "It does not fire yet." } },
        }
        section.action {
            h2 { "Next action" }
            p { strong { (alert.next_action) } }
            p.details { "Owner: " (alert.owner.replace('_', " ")) }
        }
        dl {
            dt { "Value" } dd { strong { (value(alert)) } " of " (evidence.n) " in " (evidence.window) " min" }
            @if let Some(expected) = evidence.expected {
                dt { "Expected" }
                dd { (text(expected.mid)) " (" (text(expected.low)) " to " (text(expected.high)) ")" }
            }
            dt { "Since" } dd { (words::time(Some(timestamp(alert.since))).unwrap_or_default()) }
            @for (dimension, value) in &alert.cell {
                dt { (dimension.replace('_', " ")) } dd { (value) }
            }
            dt { "Rule" } dd { (alert.rule) ": " (evidence.threshold) }
        }
        p { a href={ "/alerts/" (alert.id) } rel="noreferrer" { "Evidence and conversations" } " (after signing in)" }
    };
    respond(links, "Acknowledge", false, &body)
}
