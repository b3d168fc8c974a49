//! Log lines. The level says who must act: `error` an operator now, `warn` an operator in daytime,
//! `info` nobody. No line holds a body, a text or an identifier of a person.

use std::error::Error;

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    registry,
    util::SubscriberInitExt,
};

use crate::config;

/// JSON lines on standard output, as CloudWatch reads them, from the level that `RUST_LOG` names:
/// `info`, or `info,tocsin_score=debug` for a part of its own.
pub fn init() {
    let told = config::of_process("RUST_LOG").and_then(|levels| levels.parse().ok());
    let levels: Targets = told.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    // What is refused is counted by these lines, whatever level an operator chooses.
    let levels = levels.with_target("audit", LevelFilter::WARN);
    registry().with(levels).with(fmt::layer().json().with_current_span(true)).init();
}

/// An error and all its causes, in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
