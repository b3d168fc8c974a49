//! Queues: messages out in as few calls as they fit, batches in record by record.
//!
//! Batches in need `FunctionResponseTypes: [ReportBatchItemFailures]` on the event source mapping,
//! or failed records are deleted as if they had succeeded.

use std::error::Error;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};
use aws_sdk_sqs::{Client, error::SdkError, types::SendMessageBatchRequestEntry};
use tracing::warn;

use crate::telemetry::chain;

/// Largest message and largest batch of messages, in bytes.
pub const MESSAGE_LIMIT: usize = 1 << 20;
/// Most messages in a call.
const BATCH: usize = 10;

/// Why a message is not in the queue.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The call did not go through.
    #[error("queue is unavailable for now")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// Some entries of the batch were refused.
    #[error("queue refused {count} messages, the first as {code}")]
    Refused {
        /// How many.
        count: usize,
        /// What the queue said of the first.
        code: String,
    },
}

/// Opens a function's connection to a queue, so that the first message does not wait for it. A batch of
/// nothing is refused, by which the queue has answered; whoever may send messages may send it.
pub async fn open(client: &Client, queue: &str) -> Result<(), SendError> {
    match client.send_message_batch().queue_url(queue).set_entries(Some(Vec::new())).send().await {
        Ok(_) | Err(SdkError::ServiceError(_)) => Ok(()),
        Err(error) => Err(SendError::Unavailable(error.into())),
    }
}

/// Sends messages; returns only when every one is durably queued. `group` spreads the load of
/// tenants fairly on a standard queue.
pub async fn send(
    client: &Client,
    queue: &str,
    group: &str,
    bodies: Vec<String>,
) -> Result<(), SendError> {
    let messages = bodies.into_iter().map(|body| (group.to_owned(), body));
    send_grouped(client, queue, messages).await
}

/// Sends messages, each of the group beside it; returns only when every one is durably queued.
pub async fn send_grouped(
    client: &Client,
    queue: &str,
    messages: impl IntoIterator<Item = (String, String)>,
) -> Result<(), SendError> {
    let mut batch = Vec::new();
    let mut bytes = 0;
    for (group, body) in messages {
        if batch.len() == BATCH || bytes + body.len() > MESSAGE_LIMIT {
            send_batch(client, queue, std::mem::take(&mut batch)).await?;
            bytes = 0;
        }
        bytes += body.len();
        batch.push((group, body));
    }
    if batch.is_empty() { Ok(()) } else { send_batch(client, queue, batch).await }
}

async fn send_batch(
    client: &Client,
    queue: &str,
    messages: Vec<(String, String)>,
) -> Result<(), SendError> {
    let entries = messages.into_iter().enumerate().map(|(index, (group, body))| {
        let entry = SendMessageBatchRequestEntry::builder().id(index.to_string());
        entry.message_body(body).message_group_id(group).build()
    });
    let entries = entries.collect::<Result<Vec<_>, _>>();
    let entries = entries.map_err(|error| SendError::Unavailable(error.into()))?;
    let sent = client.send_message_batch().queue_url(queue).set_entries(Some(entries)).send().await;
    let failed = sent.map_err(|error| SendError::Unavailable(error.into()))?.failed;
    match failed.first() {
        None => Ok(()),
        Some(first) => {
            Err(SendError::Refused { count: failed.len(), code: first.code().to_owned() })
        }
    }
}

/// The answer to a batch: the records that must come again.
pub fn failures<'a>(failed: impl IntoIterator<Item = &'a str>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for id in failed {
        let mut failure = BatchItemFailure::default();
        id.clone_into(&mut failure.item_identifier);
        response.batch_item_failures.push(failure);
    }
    response
}

/// Handles records one by one and reports those that failed.
pub async fn for_each_record<F, Fut, E>(records: Vec<SqsMessage>, handle: F) -> SqsBatchResponse
where
    F: Fn(String) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Error + 'static,
{
    let mut failed = Vec::new();
    for record in records {
        let id = record.message_id.unwrap_or_default();
        if let Err(error) = handle(record.body.unwrap_or_default()).await {
            warn!(message.id = %id, error = chain(&error), "will retry record");
            failed.push(id);
        }
    }
    failures(failed.iter().map(String::as_str))
}
