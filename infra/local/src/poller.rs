//! What AWS calls the event source mapping: it reads a queue, invokes a handler with batches, and
//! deletes what the handler is done with.
//!
//! # Invariants
//!
//! * **Only what succeeded is deleted.** An error, a panic or an answer that names a message it was
//!   not given leaves the whole batch; it is redelivered when its visibility time-out ends.
//! * **A message waits in the queue, not here.** The batching window passes before anything is
//!   received, so stopping in it costs no message a receive.
//! * **One poller, one batch at a time.** Several pollers of one queue are its concurrency.
//!
//! Waiting costs nothing: a poller sleeps until a message arrives or a time-out is due.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::queue::{QueueError, Queues, Ready, Received, Wanted};

/// Lambda's limit on the payload of one invocation.
pub(crate) const MAX_BATCH_BYTES: usize = 6 * 1024 * 1024;

/// How often a growing batch is counted at most: a count costs as much as the batch is long.
const COUNT_EVERY: Duration = Duration::from_millis(5);

/// How long to leave a failed database alone.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How many messages one invocation gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchSettings {
    /// Messages at most.
    pub(crate) batch_size: usize,
    /// How long the first message may wait for company; zero hands out what is there.
    pub(crate) batching_window: Duration,
    /// Bytes of bodies at most, see [`MAX_BATCH_BYTES`].
    pub(crate) max_batch_bytes: usize,
}

impl BatchSettings {
    fn is_full(self, ready: Ready) -> bool {
        ready.messages >= self.batch_size || ready.bytes >= self.max_batch_bytes
    }
}

/// Feeds the handler from the queue until `shutdown` turns true or its sender is gone; a batch that
/// is being handled then is finished first. An error means that no such queue is declared.
pub(crate) async fn poll<F, Fut, E>(
    queues: Arc<Queues>,
    queue: &str,
    settings: BatchSettings,
    mut shutdown: watch::Receiver<bool>,
    handler: F,
) -> Result<(), QueueError>
where
    F: Fn(SqsEvent) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<SqsBatchResponse, E>> + Send + 'static,
    E: fmt::Display + Send + 'static,
{
    queues.settings(queue)?;
    let handler = Arc::new(handler);
    let mut stopped = std::pin::pin!(async move {
        let _ = shutdown.wait_for(|stop| *stop).await;
    });
    loop {
        let ready = tokio::select! {
            biased;
            () = &mut stopped => return Ok(()),
            ready = gather(&queues, queue, settings) => ready,
        };
        let done = match ready {
            Ok(()) => handle_batch(&queues, queue, settings, &handler).await,
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            // The messages are safe: what was not deleted comes back.
            tracing::error!(queue, error = &error as &dyn std::error::Error, "queue failed");
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }
}

/// Returns when a batch is full, or the window since its first message has passed.
async fn gather(queues: &Queues, queue: &str, settings: BatchSettings) -> Result<(), QueueError> {
    queues.wait_for_message(queue).await?;
    let deadline = Instant::now() + settings.batching_window;
    loop {
        let arrival = queues.arrivals(queue)?.notified();
        let now = Instant::now();
        if now >= deadline || settings.is_full(queues.ready(queue, settings.batch_size)?) {
            return Ok(());
        }
        tokio::select! {
            () = arrival => sleep_until(deadline.min(now + COUNT_EVERY)).await,
            () = sleep_until(deadline) => {}
        }
    }
}

async fn handle_batch<F, Fut, E>(
    queues: &Queues,
    queue: &str,
    settings: BatchSettings,
    handler: &Arc<F>,
) -> Result<(), QueueError>
where
    F: Fn(SqsEvent) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<SqsBatchResponse, E>> + Send + 'static,
    E: fmt::Display + Send + 'static,
{
    let _busy = queues.start_handling();
    let wanted = Wanted {
        messages: settings.batch_size,
        bytes: settings.max_batch_bytes,
        visibility_timeout_ms: None,
    };
    let received = queues.receive_wanted(queue, wanted)?;
    if received.is_empty() {
        return Ok(()); // Another poller was faster, or only dead letters were due.
    }
    let receipts: HashMap<_, _> =
        received.iter().map(|m| (m.id.clone(), m.receipt_handle.clone())).collect();
    let event = event(queue, received);

    // A task of its own, so that a panic ends this batch and not the poller.
    let handler = Arc::clone(handler);
    match tokio::spawn(async move { handler(event).await }).await {
        Ok(Ok(response)) => {
            queues.delete(queue, &succeeded(queue, receipts, &response))?;
        }
        Ok(Err(error)) => tracing::warn!(queue, %error, "handler failed; will redeliver its batch"),
        Err(error) => tracing::error!(queue, %error, "handler died; will redeliver its batch"),
    }
    Ok(())
}

/// The receipts of the messages that the answer does not name. An answer that names a message which
/// was not in the batch says nothing reliable, so Lambda takes all of it as failed.
fn succeeded(
    queue: &str,
    mut receipts: HashMap<String, String>,
    response: &SqsBatchResponse,
) -> Vec<String> {
    let failures = &response.batch_item_failures;
    if let Some(stray) = failures.iter().find(|f| !receipts.contains_key(&f.item_identifier)) {
        let id = &stray.item_identifier;
        tracing::error!(queue, message.id = %id, "handler reported a message it was not given");
        return Vec::new();
    }
    for failure in failures {
        receipts.remove(&failure.item_identifier);
    }
    receipts.into_values().collect()
}

/// The event as Lambda builds it. Hashes of bodies are left out: nothing on the way can alter them.
fn event(queue: &str, received: Vec<Received>) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = received.into_iter().map(|message| record(queue, message)).collect();
    event
}

fn record(queue: &str, message: Received) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id = Some(message.id);
    record.receipt_handle = Some(message.receipt_handle);
    record.body = Some(message.body);
    record.attributes = HashMap::from([
        ("ApproximateReceiveCount".to_owned(), message.receive_count.to_string()),
        ("SentTimestamp".to_owned(), message.sent_at_ms.to_string()),
    ]);
    if let Some(group) = message.group {
        record.attributes.insert("MessageGroupId".to_owned(), group);
    }
    record.event_source = Some("aws:sqs".to_owned());
    record.event_source_arn = Some(crate::endpoint::queue_arn(queue));
    record.aws_region = Some(tocsin_tables::REGION.to_owned());
    record
}

#[cfg(test)]
mod tests;
