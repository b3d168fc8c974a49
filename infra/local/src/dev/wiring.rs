//! Queues, topics and clients: what `infra/template.yaml` declares on AWS.

use std::{convert::Infallible, path::Path, sync::Arc, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use tocsin_shell::{clock::Clock, config::Topics};
use tocsin_tables::{REGION, credentials};
use tokio::sync::watch;

use crate::{
    endpoint::ACCOUNT,
    poller::{self, BatchSettings, MAX_BATCH_BYTES},
    queue::{QueueError, QueueSettings, Queues},
};

/// From ingest to rollup.
pub(super) const EVENTS: &str = "events";
/// Of scoring ticks.
pub(super) const TICKS: &str = "ticks";
/// From score to fanout.
pub(super) const ALERTS: &str = "alerts";

/// How long a message that was received stays hidden.
const VISIBILITY_MS: i64 = 60_000;
/// Receives before a message goes to the dead letters.
const MAX_RECEIVES: u32 = 5;

/// Opens the queues, each with one for its dead letters.
pub(super) fn queues(file: Option<&str>) -> Result<Queues, QueueError> {
    // The queues are the machine's business: their time is the machine's even if events' is not.
    let now_ms = Arc::new(|| Clock::Wall.now() / 1_000_000);
    let mut queues = Queues::open(file.map(Path::new), now_ms)?;
    for name in [EVENTS, TICKS, ALERTS] {
        let dead_letter = dead_letters(name);
        let settings = QueueSettings {
            visibility_timeout_ms: VISIBILITY_MS,
            max_receive_count: MAX_RECEIVES,
            dead_letter: None,
        };
        queues.declare(&dead_letter, settings.clone())?;
        queues.declare(name, QueueSettings { dead_letter: Some(dead_letter), ..settings })?;
    }
    Ok(queues)
}

/// The queue of a queue's dead letters.
pub(super) fn dead_letters(queue: &str) -> String {
    format!("{queue}-dead")
}

/// The URL of a queue for clients of the endpoint.
pub(super) fn queue_url(endpoint: &str, queue: &str) -> String {
    format!("{endpoint}/{ACCOUNT}/{queue}")
}

/// The topics: one a severity, and those of escalation and chat.
pub(crate) fn topics() -> Topics {
    let arn = |name| format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}");
    let (page, warning, info) = (arn("page"), arn("warning"), arn("info"));
    Topics { page, warning, info, escalation: arn("escalation"), chat: arn("chat") }
}

/// A client of the queues.
pub(super) fn sqs(endpoint: &str) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .endpoint_url(endpoint)
        .build();
    aws_sdk_sqs::Client::from_conf(config)
}

/// A client of the topics.
pub(super) fn sns(endpoint: &str) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .endpoint_url(endpoint)
        .build();
    aws_sdk_sns::Client::from_conf(config)
}

/// Batches of this size, collected for so long.
pub(super) const fn batches(batch_size: usize, batching_window: Duration) -> BatchSettings {
    BatchSettings { batch_size, batching_window, max_batch_bytes: MAX_BATCH_BYTES }
}

/// Feeds a function from its queue until told to stop.
pub(super) async fn feed<F, Fut>(
    queues: Arc<Queues>,
    queue: &'static str,
    settings: BatchSettings,
    stop: watch::Receiver<bool>,
    handle: F,
) -> Result<(), QueueError>
where
    F: Fn(SqsEvent) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = SqsBatchResponse> + Send + 'static,
{
    let handler = move |event| {
        let answer = handle(event);
        async move { Ok::<_, Infallible>(answer.await) }
    };
    poller::poll(queues, queue, settings, stop, handler).await
}
