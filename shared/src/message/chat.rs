//! A message to a room, as a custom notification of Amazon Q Developer in chat applications.
//!
//! That service reads a topic over https and takes the whole text of a message for one of its own
//! notifications. A subscription to a topic whose https text is Tocsin's own JSON would show nothing, so
//! chat has a topic of its own.

use serde_json::{Value, json};

use super::{Links, headline, others, utc, value_text, words};
use crate::{
    alert::{Alert, Transition},
    id::TenantId,
    policy::Others,
};

/// Bytes of a title at most.
const TITLE: usize = 250;
/// Bytes of a keyword at most.
const KEYWORD: usize = 75;

/// The notification; messages of one alert are one thread.
pub(super) fn notification(
    alert: &Alert,
    transition: Transition,
    others: &Others,
    tenant: &TenantId,
    links: Links<'_>,
) -> Value {
    let head = headline(alert, transition);
    let title = format!("{head} {}{}", words::place(alert), others::more(others));
    let mut steps = vec![plain(&words::clipped(&alert.next_action))];
    steps.extend(links.ack.map(|ack| format!("Acknowledge: {ack}")));
    steps.push(format!("Evidence: {}", links.alert));
    let runbook = alert.runbook.iter().filter(|runbook| runbook.len() <= words::LONGEST);
    steps.extend(runbook.map(|runbook| format!("Runbook: {runbook}")));
    let keywords =
        [alert.severity.as_str(), alert.rule.as_str(), alert.metric.as_str(), &alert.owner];
    let keywords = keywords.map(|keyword| words::cut(keyword, KEYWORD));
    json!({
        "version": "1.0",
        "source": "custom",
        "id": others::message_id(alert, transition, others),
        "content": {
            "textType": "client-markdown",
            "title": words::cut(&plain(&title), TITLE),
            "description": plain(&description(alert, transition, others)),
            "nextSteps": steps,
            "keywords": keywords,
        },
        "metadata": {
            "threadId": alert.id,
            "summary": words::cut(&plain(&title), TITLE),
            "eventType": format!("tocsin.alert.{}", transition.as_str()),
            "relatedResources": [alert.id],
            "additionalContext": {
                "tenant": tenant,
                "state": alert.state,
                "severity": alert.severity,
                "group": others::id(alert, others),
            },
        },
    })
}

fn description(alert: &Alert, transition: Transition, others: &Others) -> String {
    let evidence = &alert.evidence;
    let text = |value| value_text(alert.metric, value);
    let mut lines: Vec<String> =
        words::meaning(alert, transition).map(ToOwned::to_owned).into_iter().collect();
    let value = evidence.value.map_or_else(|| "no data".to_owned(), text);
    let n = evidence.n;
    lines.push(format!("*{value}* of {n} in {} min, since {}", evidence.window, utc(alert.since)));
    if let Some(expected) = evidence.expected {
        let (low, high) = (text(expected.low), text(expected.high));
        lines.push(format!("Expected {} ({low} to {high})", text(expected.mid)));
    }
    lines.extend(evidence.reason.as_deref().map(words::clipped));
    for change in evidence.changes.iter().take(super::LISTED) {
        let what = format!("{} {} {}", change.kind, change.name, change.version);
        lines.push(format!("Changed {} {}", utc(change.time), words::clipped(&what)));
    }
    let also = others::lines(others).into_iter();
    lines.extend(also.map(|(label, words)| format!("{label}: {words}")));
    lines.join("\n")
}

/// Without what chat applications take for a link, a mention or a command.
fn plain(text: &str) -> String {
    let harmless = |c: char| match c {
        '<' => '(',
        '>' => ')',
        '@' => '%',
        '`' => '\'',
        c => c,
    };
    text.chars().map(harmless).collect()
}
