//! Log lines. The level says who must act: `error` an operator now, `warn` an operator in daytime,
//! `info` nobody. No line holds a body, a text or an identifier of a person.

use std::error::Error;

use tracing_subscriber::EnvFilter;

/// JSON lines on standard output, as CloudWatch reads them.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // What is refused is counted by these lines, whatever level an operator chooses.
    let filter = match "audit=warn".parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    tracing_subscriber::fmt().json().with_env_filter(filter).with_current_span(true).init();
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
