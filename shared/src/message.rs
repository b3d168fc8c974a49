//! Words for one notification, in the shape of each protocol.
//!
//! Only names, numbers, dimension values and the rule's own words are said: never personal data and
//! never what a customer wrote. An agent is named by a hash, as stored; a conversation likewise.
//!
//! Whatever the rules and the cells hold, all texts of a message together are shorter than
//! [`SNS_BYTES`], and its JSON shorter than [`ENTRY_BYTES`]: longer words are cut.

mod attributes;
mod chat;
mod evidence;
mod others;
mod sms;
mod words;

use serde_json::{Value, json};

pub use attributes::Attribute;
use words::{cell, clipped, one_line, place};

use crate::{
    alert::{Alert, Transition},
    id::{KeyedHash, TenantId},
    metric::{Family, Metric},
    minute::timestamp,
    policy::Others,
    rule::Expected,
};

/// What SNS takes at most, with all attributes.
pub const SNS_BYTES: usize = 256 << 10;
/// What the event bus takes at most, of which some is left for what is around the detail.
pub const ENTRY_BYTES: usize = 240 << 10;
/// The JSON Schema (draft 2020-12) of [`Message::json`], which is published.
pub const SCHEMA: &str = include_str!("message/schema.json");

/// An SNS subject is ASCII and shorter than 100.
const SUBJECT_LENGTH: usize = 99;
/// Exemplars and changes that are listed.
const LISTED: usize = 5;

/// One notification in all its shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// ASCII, one line, shorter than 100.
    pub subject: String,
    /// One part: at most 160 GSM-7 septets.
    pub sms: String,
    /// Plain text with the whole evidence.
    pub email: String,
    /// Schema `tocsin.alert.v1`.
    pub json: Value,
    /// The custom notification of Amazon Q Developer in chat applications.
    pub chat: Value,
    /// By which subscriptions filter.
    pub attributes: Vec<(&'static str, Attribute)>,
}

/// Where a message leads.
#[derive(Clone, Copy)]
struct Links<'a> {
    /// The alert's page.
    alert: &'a str,
    /// Where whoever reads it acknowledges the alert without signing in.
    ack: Option<&'a str>,
}

/// Writes one notification, and what else it tells of. `console_url` has no `/` at its end; by `ack`, if
/// there is such a link, the alert is acknowledged. An SMS has one link: that, as it shows the alert too.
pub fn render(
    alert: &Alert,
    transition: Transition,
    others: &Others,
    tenant: &TenantId,
    console_url: &str,
    ack: Option<&str>,
) -> Message {
    let link = format!("{}/alerts/{}", console_url.trim_end_matches('/'), alert.id);
    let links = Links { alert: &link, ack };
    let (head, place, more) = (headline(alert, transition), place(alert), others::more(others));
    Message {
        subject: subject(&format!("{head} {place}{more}"), tenant),
        sms: sms::fit(&head, &place, &more, ack.unwrap_or(&link)),
        email: email(alert, transition, others, tenant, links),
        json: json(alert, transition, others, tenant, links),
        chat: chat::notification(alert, transition, others, tenant, links),
        attributes: attributes::of(alert, others, tenant),
    }
}

/// The body of an SNS `Publish` with `MessageStructure: json`: one text for each protocol. Chat has a
/// topic of its own, as its protocol is https too.
pub fn sns_message(message: &Message) -> String {
    let body = message.json.to_string();
    let Message { email, sms, .. } = message;
    json!({
        "default": email,
        "email": email,
        "email-json": body,
        "sms": sms,
        "http": body,
        "https": body,
        "sqs": body,
        "lambda": body,
    })
    .to_string()
}

/// A value in the metric's public unit, for people.
pub fn value_text(metric: Metric, value: f64) -> String {
    match metric.definition().unit {
        "share" => format!("{:.1} %", value * 100.0),
        "-1..1" => format!("{value:.2}"),
        unit @ ("s" | "ms" | "USD") => format!("{value:.1} {unit}"),
        _ if value.fract().abs() < 0.05 => format!("{value:.0}"),
        _ => format!("{value:.1}"),
    }
}

fn headline(alert: &Alert, transition: Transition) -> String {
    let severity = alert.severity.as_str().to_uppercase();
    let word = match transition {
        Transition::Opened => severity,
        Transition::Reopened => format!("{severity} again"),
        Transition::Resolved => format!("RESOLVED {}", alert.severity.as_str()),
        Transition::Flapping => format!("FLAPPING {}", alert.severity.as_str()),
        Transition::Escalated => format!("ESCALATED {}, nobody answered", alert.severity.as_str()),
    };
    if alert.metric.definition().family == Family::Data {
        let how =
            if transition == Transition::Resolved { "is back" } else { "silent or incomplete" };
        return format!("{word}: source {how}");
    }
    let value = alert.evidence.value.map(|value| value_text(alert.metric, value));
    let value = value.unwrap_or_else(|| "no data".to_owned());
    match alert.evidence.expected {
        Some(expected) => {
            let mid = value_text(alert.metric, expected.mid);
            format!("{word}: {} {value}, expected {mid}", alert.metric)
        }
        None => format!("{word}: {} {value}", alert.metric),
    }
}

/// The text, cut so that the tenant stands behind it in full.
fn subject(text: &str, tenant: &TenantId) -> String {
    let ascii = one_line(text).chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
    let (mut ascii, tenant): (String, _) = (ascii, format!(" ({tenant})"));
    let room = SUBJECT_LENGTH - tenant.len();
    if ascii.len() > room {
        ascii.truncate(room - 3);
        ascii.push_str("...");
    }
    ascii + &tenant
}

fn utc(nanoseconds: i64) -> String {
    timestamp(nanoseconds).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn email(
    alert: &Alert,
    transition: Transition,
    others: &Others,
    tenant: &TenantId,
    links: Links<'_>,
) -> String {
    let evidence = &alert.evidence;
    let text = |value| value_text(alert.metric, value);
    let head = headline(alert, transition);
    let mut lines = vec![format!("{head} - {}{}", place(alert), others::more(others))];
    lines.extend(words::meaning(alert, transition).map(ToOwned::to_owned));
    let mut add =
        |label: &str, words: String| lines.push(format!("{label:<13}{}", clipped(&words)));
    add("Rule", format!("{}: {}", alert.rule, evidence.threshold));
    add("Value", evidence.value.map_or_else(|| "no data".to_owned(), text));
    let range = |e: Expected| format!("{} ({} to {})", text(e.mid), text(e.low), text(e.high));
    match evidence.expected {
        Some(expected) => add("Expected", range(expected)),
        // Of sources nothing is expected but all.
        None if alert.metric.definition().family == Family::Data => {}
        None => add("Expected", "not known from earlier weeks".to_owned()),
    }
    if let Some(reason) = &evidence.reason {
        add("Reason", reason.clone());
    }
    add("Based on", format!("{} in {} min", evidence.n, evidence.window));
    add("Since", utc(alert.since));
    if let Some(resolved) = alert.resolved {
        add("Resolved", utc(resolved));
    }
    if alert.reopened > 0 {
        add("Opened again", format!("{} times", alert.reopened));
    }
    add("Tenant", tenant.to_string());
    add("Owner", alert.owner.clone());
    add("Next action", alert.next_action.clone());
    if let Some(runbook) = &alert.runbook {
        add("Runbook", runbook.clone());
    }
    for (label, words) in evidence::lines(alert) {
        add(label, words);
    }
    for exemplar in exemplars(alert) {
        add("Conversation", exemplar.to_owned());
    }
    for (label, words) in others::lines(others) {
        add(label, words);
    }
    if let Some(ack) = links.ack {
        lines.push(format!("{:<13}{ack}", "Acknowledge"));
    }
    lines.push(format!("{:<13}{}", "Evidence", links.alert));
    lines.join("\n") + "\n"
}

/// Conversations by their hashes; nothing else is one.
fn exemplars(alert: &Alert) -> impl Iterator<Item = &str> {
    let hashes = alert.evidence.exemplars.iter().map(String::as_str);
    hashes.filter(|id| KeyedHash::parse(id).is_some()).take(LISTED)
}

fn json(
    alert: &Alert,
    transition: Transition,
    others: &Others,
    tenant: &TenantId,
    links: Links<'_>,
) -> Value {
    let evidence = &alert.evidence;
    json!({
        "schema": "tocsin.alert.v1",
        "notification": others::message_id(alert, transition, others),
        "transition": transition,
        "id": alert.id,
        "fingerprint": alert.fingerprint,
        "tenant": tenant,
        "rule": clipped(&alert.rule),
        "metric": alert.metric,
        "unit": alert.metric.definition().unit,
        "family": clipped(alert.family()),
        "cell": cell(&alert.cell),
        "severity": alert.severity,
        "state": alert.state,
        "owner": clipped(&alert.owner),
        "next_action": clipped(&alert.next_action),
        "runbook": alert.runbook.as_ref().filter(|runbook| runbook.len() <= words::LONGEST),
        "opened": timestamp(alert.opened),
        "since": timestamp(alert.since),
        "resolved": alert.resolved.map(timestamp),
        "reopened": alert.reopened,
        "value": evidence.value,
        "expected": evidence.expected,
        "reason": evidence.reason.as_deref().map(clipped),
        "n": evidence.n,
        "condition": clipped(&evidence.threshold),
        "window_minutes": evidence.window,
        "exemplars": exemplars(alert).collect::<Vec<_>>(),
        "changes": evidence::changes(alert),
        "explanation": evidence::explanation(alert),
        "affected": evidence.affected,
        "revenue_at_risk": evidence::revenue(alert),
        "completeness": evidence.completeness,
        "impact": evidence.impact,
        "link": links.alert,
        "ack": links.ack,
        "announced": timestamp(if others.at == 0 { alert.updated } else { others.at }),
        "inhibited_by": alert.delivery.inhibited_by,
        "group": others::json(alert, others),
    })
}

#[cfg(test)]
mod tests;
