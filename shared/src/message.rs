//! Words for one notification, in the shape of each protocol.
//!
//! Only names, numbers, dimension values and the rule's own words are said: never personal data and
//! never what a customer wrote.

mod evidence;
mod sms;

use serde_json::{Value, json};

use crate::{
    alert::{Alert, Transition},
    id::TenantId,
    metric::Metric,
    minute::timestamp,
};

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
    /// By which subscriptions filter.
    pub attributes: Vec<(&'static str, String)>,
}

/// Writes one notification. `console_url` has no `/` at its end.
pub fn render(
    alert: &Alert,
    transition: Transition,
    tenant: &TenantId,
    console_url: &str,
) -> Message {
    let link = format!("{}/alerts/{}", console_url.trim_end_matches('/'), alert.id);
    let head = headline(alert, transition);
    let place = place(alert);
    Message {
        subject: subject(&format!("{head} {place} ({tenant})")),
        sms: sms::fit(&head, &place, &link),
        email: email(alert, transition, tenant, &link),
        json: json(alert, transition, tenant, &link),
        attributes: vec![
            ("tenant", tenant.as_str().to_owned()),
            ("severity", alert.severity.as_str().to_owned()),
            ("rule", alert.rule.clone()),
            ("metric", alert.metric.as_str().to_owned()),
            ("state", alert.state.as_str().to_owned()),
            ("owner", alert.owner.clone()),
        ],
    }
}

/// The body of an SNS `Publish` with `MessageStructure: json`: one text for each protocol.
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
    };
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

fn place(alert: &Alert) -> String {
    let parts = alert.cell.iter().map(|(name, value)| format!("{name}={}", one_line(value)));
    let parts = parts.collect::<Vec<_>>().join(" ");
    if parts.is_empty() { "all".to_owned() } else { parts }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn subject(text: &str) -> String {
    let ascii = one_line(text).chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
    let mut ascii: String = ascii;
    if ascii.len() > SUBJECT_LENGTH {
        ascii.truncate(SUBJECT_LENGTH - 3);
        ascii.push_str("...");
    }
    ascii
}

fn utc(nanoseconds: i64) -> String {
    timestamp(nanoseconds).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn email(alert: &Alert, transition: Transition, tenant: &TenantId, link: &str) -> String {
    let evidence = &alert.evidence;
    let text = |value| value_text(alert.metric, value);
    let mut lines = vec![format!("{} - {}", headline(alert, transition), place(alert))];
    let mut add = |label: &str, words: String| lines.push(format!("{label:<13}{words}"));
    add("Rule", format!("{}: {}", alert.rule, evidence.threshold));
    add("Value", evidence.value.map_or_else(|| "no data".to_owned(), text));
    add(
        "Expected",
        evidence.expected.map_or_else(
            || "not known from earlier weeks".to_owned(),
            |e| format!("{} ({} to {})", text(e.mid), text(e.low), text(e.high)),
        ),
    );
    if let Some(reason) = &evidence.reason {
        add("Reason", one_line(reason));
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
    for exemplar in evidence.exemplars.iter().take(LISTED) {
        add("Conversation", exemplar.clone());
    }
    add("Evidence", link.to_owned());
    lines.join("\n") + "\n"
}

fn json(alert: &Alert, transition: Transition, tenant: &TenantId, link: &str) -> Value {
    let evidence = &alert.evidence;
    let cell: serde_json::Map<String, Value> =
        alert.cell.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "schema": "tocsin.alert.v1",
        "notification": alert.notification_id(transition),
        "transition": transition,
        "id": alert.id,
        "fingerprint": alert.fingerprint,
        "tenant": tenant,
        "rule": alert.rule,
        "metric": alert.metric,
        "unit": alert.metric.definition().unit,
        "cell": cell,
        "severity": alert.severity,
        "state": alert.state,
        "owner": alert.owner,
        "next_action": alert.next_action,
        "runbook": alert.runbook,
        "opened": timestamp(alert.opened),
        "since": timestamp(alert.since),
        "resolved": alert.resolved.map(timestamp),
        "reopened": alert.reopened,
        "value": evidence.value,
        "expected": evidence.expected,
        "reason": evidence.reason,
        "n": evidence.n,
        "condition": evidence.threshold,
        "window_minutes": evidence.window,
        "exemplars": evidence.exemplars.iter().take(LISTED).collect::<Vec<_>>(),
        "changes": evidence::changes(alert),
        "explanation": evidence::explanation(alert),
        "affected": evidence.affected,
        "revenue_at_risk": evidence.revenue,
        "completeness": evidence.completeness,
        "impact": evidence.impact,
        "link": link,
    })
}

#[cfg(test)]
mod tests;
