//! The loopback endpoint that stands in for SQS and SNS, for SDK clients that know no better.
//!
//! Both services answer `POST /`. SQS speaks AWS JSON 1.0 and names the operation in the header
//! `x-amz-target`; SNS speaks the Query protocol: a form with an `Action`, answered in XML.
//!
//! Invariants: limits and errors are those of the services, so that what works here works there; an
//! operation or a parameter not supported is refused, never ignored where ignoring it would change
//! what happens. Requests are not authenticated: bind it to the loopback interface only.

mod sns;
mod sqs;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::HeaderMap,
    response::Response,
    routing::post,
};
use tocsin_tables::REGION;

use crate::{outbox::Outbox, queue::Queues};

/// The account that names in events and answers carry.
pub(crate) const ACCOUNT: &str = "000000000000";

/// A batch of 1 MiB in which JSON escapes each byte (`\u001f`) takes six times as much.
const MAX_REQUEST_BYTES: usize = 8 * 1024 * 1024;

/// The ARN of a queue of this process.
pub(crate) fn queue_arn(queue: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
}

/// Answers both services at `POST /`.
pub(crate) fn router(queues: Arc<Queues>, outbox: Arc<Outbox>) -> Router {
    Router::new()
        .route("/", post(answer))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state((queues, outbox))
}

async fn answer(
    State((queues, outbox)): State<(Arc<Queues>, Arc<Outbox>)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match header("x-amz-target") {
        Some(target) => {
            let host = header("host").unwrap_or("localhost");
            sqs::answer(&queues, host, target, &body).await
        }
        None => sns::answer(&outbox, &body),
    }
}
