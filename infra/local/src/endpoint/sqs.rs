//! SQS in AWS JSON 1.0: the operations that handlers and people with a command line need.
//!
//! Answers carry no `MD5Of…` fields: the SDK for Rust checks none, and nothing on the way from one
//! part of the process to another could alter a body.

mod fault;
mod send;

use std::time::Duration;

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use self::fault::Fault;

use crate::{
    endpoint::{ACCOUNT, queue_arn},
    queue::{Queues, Received, Wanted},
};

/// AWS JSON 1.0.
const JSON: &str = "application/x-amz-json-1.0";

/// What SQS allows of `MaxNumberOfMessages` and of entries in a batch.
const MAX_ENTRIES: usize = 10;

/// The longest that a receive waits for a message.
const MAX_WAIT_SECONDS: u64 = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetQueueUrl {
    queue_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveMessage {
    queue_url: String,
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u32>,
    wait_time_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteMessage {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetQueueAttributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartMessageMoveTask {
    source_arn: String,
}

/// Runs the operation that `x-amz-target` names; `host` is how the client reached us.
pub(super) async fn answer(queues: &Queues, host: &str, target: &str, body: &[u8]) -> Response {
    match run(queues, host, target, body).await {
        Ok(answer) => (StatusCode::OK, [(CONTENT_TYPE, JSON)], answer.to_string()).into_response(),
        Err(fault) => fault.into_response(),
    }
}

async fn run(queues: &Queues, host: &str, target: &str, body: &[u8]) -> Result<Value, Fault> {
    match target.strip_prefix("AmazonSQS.") {
        Some("SendMessage") => send::message(queues, parse(body)?),
        Some("SendMessageBatch") => send::batch(queues, parse(body)?),
        Some("ReceiveMessage") => receive(queues, parse(body)?).await,
        Some("DeleteMessage") => delete(queues, &parse(body)?),
        Some("GetQueueUrl") => queue_url(queues, host, &parse(body)?),
        Some("GetQueueAttributes") => attributes(queues, &parse(body)?),
        Some("StartMessageMoveTask") => move_back(queues, &parse(body)?),
        _ => Err(Fault::unsupported(format!("The operation {target} is not supported here."))),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| Fault::invalid(error.to_string()))
}

/// A queue's name is the last segment of its URL, whatever host and account come before it.
fn name_of(queue_url: &str) -> &str {
    queue_url.rsplit_once('/').map_or(queue_url, |(_, name)| name)
}

fn queue_url(queues: &Queues, host: &str, request: &GetQueueUrl) -> Result<Value, Fault> {
    let name = &request.queue_name;
    queues.settings(name)?;
    Ok(json!({ "QueueUrl": format!("http://{host}/{ACCOUNT}/{name}") }))
}

async fn receive(queues: &Queues, request: ReceiveMessage) -> Result<Value, Fault> {
    let queue = name_of(&request.queue_url);
    let messages = request.max_number_of_messages.unwrap_or(1);
    if !(1..=MAX_ENTRIES).contains(&messages) {
        return Err(Fault::invalid("MaxNumberOfMessages must be between 1 and 10."));
    }
    let wait = Duration::from_secs(request.wait_time_seconds.unwrap_or(0).min(MAX_WAIT_SECONDS));
    // Running out of time is an answer too: no messages.
    if let Ok(failed) = tokio::time::timeout(wait, queues.wait_for_message(queue)).await {
        failed?;
    }
    let wanted = Wanted {
        messages,
        bytes: usize::MAX,
        visibility_timeout_ms: request.visibility_timeout.map(|seconds| i64::from(seconds) * 1000),
    };
    let received = queues.receive_wanted(queue, wanted)?;
    Ok(json!({ "Messages": received.into_iter().map(message).collect::<Vec<_>>() }))
}

fn message(message: Received) -> Value {
    let mut attributes = json!({
        "ApproximateReceiveCount": message.receive_count.to_string(),
        "SentTimestamp": message.sent_at_ms.to_string(),
    });
    if let Some(group) = message.group {
        attributes["MessageGroupId"] = group.into();
    }
    json!({
        "MessageId": message.id,
        "ReceiptHandle": message.receipt_handle,
        "Body": message.body,
        "Attributes": attributes,
    })
}

/// As SQS does, also answers well when the receipt is stale and nothing was deleted.
fn delete(queues: &Queues, request: &DeleteMessage) -> Result<Value, Fault> {
    queues.delete(name_of(&request.queue_url), &[&request.receipt_handle])?;
    Ok(json!({}))
}

/// Moves dead letters to the queue that they came from, all before it answers.
fn move_back(queues: &Queues, request: &StartMessageMoveTask) -> Result<Value, Fault> {
    let arn = &request.source_arn;
    let dead = arn.rsplit_once(':').map_or(arn.as_str(), |(_, name)| name);
    queues.settings(dead)?;
    let source = queues.source_of(dead).ok_or_else(|| {
        Fault::invalid("The source queue is not the dead-letter queue of any other queue.")
    })?;
    let moved = queues.redrive(dead, source)?;
    Ok(json!({ "TaskHandle": format!("{dead}-{moved}") }))
}

fn attributes(queues: &Queues, request: &GetQueueAttributes) -> Result<Value, Fault> {
    let queue = name_of(&request.queue_url);
    let (settings, depth) = (queues.settings(queue)?, queues.depth(queue)?);
    let mut known = Map::new();
    let mut add = |name: &str, value: String| known.insert(name.to_owned(), Value::String(value));
    add("QueueArn", queue_arn(queue));
    add("ApproximateNumberOfMessages", depth.visible.to_string());
    add("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string());
    add("ApproximateNumberOfMessagesDelayed", depth.delayed.to_string());
    add("VisibilityTimeout", (settings.visibility_timeout_ms / 1000).to_string());
    if let Some(dead_letter) = &settings.dead_letter {
        let policy = json!({
            "deadLetterTargetArn": queue_arn(dead_letter),
            "maxReceiveCount": settings.max_receive_count,
        });
        add("RedrivePolicy", policy.to_string());
    }
    let names = &request.attribute_names;
    if !names.iter().any(|name| name == "All") {
        known.retain(|name, _| names.contains(name));
    }
    Ok(json!({ "Attributes": known }))
}
