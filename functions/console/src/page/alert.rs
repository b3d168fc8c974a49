//! `GET /alerts/{id}`, and alerts as other pages show them.

use maud::{Markup, html};
use tocsin_domain::{
    alert::{Alert, AlertState, Inhibition},
    id::KeyedHash,
    message::value_text,
    minute::{MINUTE, timestamp},
};
use tocsin_shell::http::Response;

use super::{evidence, list, respond, words};
use crate::{Console, Identity, alerts::is_open, conversations::Page, refusal::Refusal};

impl Console {
    /// The page of one alert: what is wrong, since when, what to do, and the conversations behind it.
    pub(crate) async fn alert_page(
        &self,
        id: &str,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let alert = self.find_alert(id, identity, now).await?;
        let rests = &alert.evidence;
        let behind: Vec<_> = rests.exemplars.iter().filter_map(|id| KeyedHash::parse(id)).collect();
        let page = Page { offset: 0, limit: behind.len().max(1), outcome: None };
        let (lines, _) = self.page(&identity.tenant, &behind, page, now).await?;
        let body = html! {
            h1 { (title(&alert)) }
            p class=(if is_open(&alert) { "state open" } else { "state" }) {
                (standing(&alert)) " · since " (words::time(Some(timestamp(alert.since))).unwrap_or_default())
            }
            section.action {
                h2 { "Next action" }
                p { strong { (alert.next_action) } }
                p.details {
                    "Owner: " (alert.owner.replace('_', " "))
                    @if let Some(runbook) = &alert.runbook {
                        " · " a href=(runbook) rel="noreferrer" { "Runbook" }
                    }
                }
            }
            (self.buttons(&alert, identity, now))
            h2 { "Evidence" }
            dl {
                dt { "Value" } dd { strong { (value(&alert)) } " of " (rests.n) " in the last " (rests.window) " min" }
                dt { "Rule" } dd { (alert.rule) ": " (rests.threshold) }
                @if let Some(expected) = rests.expected {
                    dt { "Expected" }
                    dd {
                        (value_text(alert.metric, expected.mid)) " ("
                        (value_text(alert.metric, expected.low)) " to "
                        (value_text(alert.metric, expected.high)) ")"
                    }
                }
                @if let Some(reason) = &rests.reason {
                    dt { "Reason" } dd { (reason) }
                }
                @for (dimension, value) in &alert.cell {
                    dt { (dimension.replace('_', " ")) } dd { (value) }
                }
                (evidence::hit(&alert.evidence))
                dt { "Metric" } dd { a href={ "/metrics/" (alert.metric) } { (words::name(alert.metric)) } }
            }
            (evidence::cells(&alert))
            (evidence::changes(&alert.evidence))
            h2 { "Conversations behind it" }
            (list(alert.metric, &lines))
            h2 { "Time line" }
            ol.journey { @for (at, what) in &alert.timeline {
                li { time { (words::clock(timestamp(*at))) } " " (what) }
            } }
        };
        Ok(respond(self.frame(identity, now), "Alert", true, &body))
    }
}

/// Severity and state, and marks of what is not as usual.
pub(super) fn standing(alert: &Alert) -> Markup {
    html! {
        (alert.severity.as_str()) " · " (alert.state.as_str())
        @if alert.is_shadow { " · shadow mode: nobody was told" }
        @if let Some(silenced) = &alert.silenced {
            " · silenced until " (words::time(Some(timestamp(silenced.until))).unwrap_or_default())
        }
        @if alert.frozen_since.is_some() { " · frozen: a source is silent or incomplete" }
        @if alert.delivery.flapping_since.is_some() { " · flapping: told again when it is steady" }
        @match &alert.delivery.inhibited_by {
            Some(Inhibition::Alert(whole)) => {
                " · not told by itself: " a href={ "/alerts/" (whole) } { "an alert of the whole" } " fires"
            }
            Some(Inhibition::Source(source)) => { " · not told: the source " (source) " is out" }
            None => {}
        }
    }
}

/// Alerts at the top of a page; nothing wrong is said too.
pub(super) fn section(alerts: &[Alert], now: i64) -> Markup {
    let open = alerts.iter().filter(|alert| is_open(alert)).count();
    html! {
        section.alerts {
            h2 {
                @match open {
                    0 => { "No open alert" },
                    1 => { "1 open alert" },
                    more => { (more) " open alerts" },
                }
            }
            ul { @for alert in alerts {
                li class=(if is_open(alert) { "open" } else { "over" }) {
                    a href={ "/alerts/" (alert.id) } { (title(alert)) }
                    " " strong { (value(alert)) }
                    p.details {
                        (standing(alert)) " · "
                        @match (alert.state, alert.resolved) {
                            (AlertState::Resolved, Some(at)) => { "resolved " (words::age((now - at) / (MINUTE / 60))) },
                            _ => { "opened " (words::age((now - alert.opened) / (MINUTE / 60))) },
                        }
                        " · " (alert.next_action)
                    }
                }
            } }
        }
    }
}

pub(super) fn value(alert: &Alert) -> String {
    let value = alert.evidence.value;
    value.map_or_else(|| words::NO_DATA.to_owned(), |value| value_text(alert.metric, value))
}

/// What is wrong and where, for people.
pub(super) fn title(alert: &Alert) -> String {
    let place: Vec<&str> = alert.cell.iter().map(|(_, value)| value.as_str()).collect();
    let place = if place.is_empty() { "all".to_owned() } else { place.join(", ") };
    let mut name = words::name(alert.metric);
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{name}: {place}")
}
