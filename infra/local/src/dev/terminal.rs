//! Alerts on the terminal, one line each, as they are published.

use std::{
    io::{self, Write},
    sync::Arc,
};

use serde_json::Value;
use tocsin_domain::minute;
use tocsin_shell::clock::Clock;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::outbox::Published;

/// Shows what is published until the outbox is gone.
pub(super) async fn show(mut published: Receiver<Arc<Published>>, clock: Clock) {
    loop {
        match published.recv().await {
            // Rooms are told what people are told.
            Ok(message) if message.topic.ends_with(":chat") => {}
            Ok(message) => say(&line(&message, clock.now())),
            Err(RecvError::Lagged(count)) => {
                say(&format!("… and {count} more: see the outbox in the console"));
            }
            Err(RecvError::Closed) => return,
        }
    }
}

/// Prints a line on standard output; whoever closed that does not want it.
pub(super) fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// Time, severity, and the text that a phone would show.
fn line(message: &Published, now: i64) -> String {
    let time = minute::timestamp(now).strftime("%Y-%m-%d %H:%M:%SZ");
    let severity = message.attributes.get("severity").map_or("info", String::as_str);
    format!("{time} {severity:<7} {}", text(message))
}

fn text(message: &Published) -> String {
    let texts: Option<Value> = match message.structure.as_deref() {
        Some("json") => serde_json::from_str(&message.message).ok(),
        _ => None,
    };
    let short = texts.as_ref().and_then(|texts| {
        ["sms", "default"].into_iter().find_map(|protocol| texts.get(protocol)?.as_str())
    });
    let text = short.unwrap_or(&message.message);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_message_is_one_line_with_the_text_for_phones() {
        let message = Published {
            id: "1".to_owned(),
            at_ms: 0,
            topic: "page".to_owned(),
            subject: None,
            message: r#"{"default":"long","sms":"Fallbacks up\nsee http://x"}"#.to_owned(),
            structure: Some("json".to_owned()),
            attributes: BTreeMap::from([("severity".to_owned(), "page".to_owned())]),
        };
        assert_eq!(
            line(&message, 1_767_600_000_000_000_000),
            "2026-01-05 08:00:00Z page    Fallbacks up see http://x"
        );
    }
}
