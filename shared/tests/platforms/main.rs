//! Vendors' deliveries: what they mean, and that no form of them does harm.
#![expect(clippy::unwrap_used, reason = "a test")]

mod lenient;
mod reference;
mod samples;

use serde_json::Value;
use tocsin_domain::platform::{Account, Decoded, Platform, decode};

/// So much of a subject tells conversations apart.
const SUBJECT: usize = 21;

/// What a delivery comes to: a line an event, or what it is counted as, or why it is refused.
fn lines(platform: Platform, delivery: &Value) -> Vec<String> {
    let account = Account::new(platform, "acme");
    match decode(&account, delivery) {
        Ok(Decoded { events, unmeasured: None }) => events.iter().map(line).collect(),
        Ok(Decoded { events, unmeasured: Some(name) }) => {
            assert_eq!(events, Vec::<Value>::new());
            vec![format!("not measured: {name}")]
        }
        Err(refused) => vec![format!("refused: {} {}", refused.error, refused.field)],
    }
}

fn line(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap().to_owned();
    let kind = text("type").trim_start_matches("cx.").to_owned();
    let mut subject = text("subject");
    subject.truncate(SUBJECT);
    format!("{} {subject} {kind} {}", text("time"), event["data"])
}

#[track_caller]
fn check(platform: Platform, delivery: &Value, expected: &[&str]) {
    assert_eq!(lines(platform, delivery), expected, "{delivery}");
}
