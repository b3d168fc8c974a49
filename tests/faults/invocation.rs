//! A function's invocation: a process of its own, which may die or be stopped.

use std::{collections::BTreeSet, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use base64::{Engine, engine::general_purpose::STANDARD};
use tocsin_domain::minute::DAY;
use tocsin_shell::{config::Retention, store::Store};

use crate::{
    wire::Wire,
    world::{Message, World},
};

/// A function is stopped after so long, wherever it is.
const TIMEOUT: Duration = Duration::from_mins(1);
/// A message of the next version begins so; only functions of that version know.
const NEXT_VERSION: u8 = 200;

/// One invocation, in a process of its own; `None` where it died or took too long.
pub(crate) async fn invoke<T>(world: &World, handle: impl AsyncFnOnce(&Wire) -> T) -> Option<T> {
    let wire = Wire::new(world.clone());
    within(&wire, Box::pin(handle(&wire))).await
}

/// One invocation of this process; `None` where it died or took too long, and is no more.
pub(crate) async fn within<T>(wire: &Wire, handled: impl Future<Output = T>) -> Option<T> {
    let handled = tokio::select! {
        biased;
        () = wire.died() => None,
        handled = tokio::time::timeout(TIMEOUT, handled) => handled.ok(),
    };
    wire.end(handled.is_none());
    handled
}

pub(crate) fn retention() -> Retention {
    Retention::default().accepting_late(20 * DAY)
}

pub(crate) fn store(wire: &Wire) -> Store {
    Store::new(wire.dynamodb(), "state".to_owned(), "texts".to_owned(), retention())
}

pub(crate) fn url(queue: &str) -> String {
    format!("http://sqs.test/1/{queue}")
}

pub(crate) fn sqs_event(received: &[Message], is_old: bool) -> SqsEvent {
    let record = |message: &Message| {
        let mut record = SqsMessage::default();
        record.message_id = Some(message.id.clone());
        record.body =
            Some(if is_old { of_next_version(&message.body) } else { message.body.clone() });
        record
    };
    let mut event = SqsEvent::default();
    event.records = received.iter().map(record).collect();
    event
}

/// A chunk as functions see it that do not know its version yet.
fn of_next_version(body: &str) -> String {
    let Ok(mut bytes) = STANDARD.decode(body) else { return body.to_owned() };
    if let Some(version) = bytes.first_mut() {
        *version = NEXT_VERSION;
    }
    STANDARD.encode(bytes)
}

pub(crate) fn failures(answer: &SqsBatchResponse) -> BTreeSet<String> {
    answer.batch_item_failures.iter().map(|failure| failure.item_identifier.clone()).collect()
}
