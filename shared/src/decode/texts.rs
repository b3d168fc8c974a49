//! Text that an event carries for people: kept beside the conversation, never for metrics.

use serde_json::Value;

use super::{Rejection, fields::Fields};

/// Fields of `data` that are text, by type of event.
fn names(kind: &str) -> &'static [&'static str] {
    match kind {
        "cx.message.added" => &["text"],
        "cx.ai.responded" => {
            &["error_type", "model", "agent_version", "text", "reasoning", "trace_id", SOURCES]
        }
        "cx.handoff.requested" | "cx.transfer.completed" => &["reason"],
        "cx.conversation.resolved" => &["code"],
        "cx.conversation.ended" => &["reason", "recording_url"],
        "cx.evaluation.recorded" => &["item", "explanation"],
        _ => &[],
    }
}

/// The one that is a list of texts.
const SOURCES: &str = "sources";

/// Field and masked text, without empty ones.
pub(super) fn read(kind: &str, fields: &Fields<'_>) -> Result<Vec<(String, String)>, Rejection> {
    let mut texts = Vec::new();
    for name in names(kind) {
        let text = match *name {
            SOURCES => lines(fields)?,
            name => fields.text(name)?.unwrap_or_default().to_owned(),
        };
        if !text.is_empty() {
            texts.push(((*name).to_owned(), fields.mask(&text).into_owned()));
        }
    }
    Ok(texts)
}

/// A list of texts, one a line.
fn lines(fields: &Fields<'_>) -> Result<String, Rejection> {
    let items = fields.list(SOURCES, "a list of strings")?;
    let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    let wrong = || Rejection::new("wrong_type", "data.sources", "send a list of strings");
    Ok(texts.ok_or_else(wrong)?.join("\n"))
}
