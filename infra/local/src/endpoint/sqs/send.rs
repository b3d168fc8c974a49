//! `SendMessage` and `SendMessageBatch`, with the limits of SQS.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Fault, MAX_ENTRIES, name_of};
use crate::queue::{Message, Queues};

/// The most that a message, and the messages of a batch together, may hold.
const MAX_BYTES: usize = 1024 * 1024;

/// The longest delay, in seconds.
const MAX_DELAY: u32 = 900;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    queue_url: String,
    #[serde(flatten)]
    content: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessageBatch {
    queue_url: String,
    #[serde(default)]
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    #[serde(flatten)]
    content: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    message_body: String,
    delay_seconds: Option<u32>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    #[serde(default)]
    message_attributes: Map<String, Value>,
}

pub(super) fn message(queues: &Queues, request: SendMessage) -> Result<Value, Fault> {
    let queue = name_of(&request.queue_url);
    let ids = queues.send(queue, &[request.content.check()?])?;
    Ok(json!({ "MessageId": ids.first() }))
}

/// Sends the entries that are fit, in one transaction, and reports the others.
pub(super) fn batch(queues: &Queues, request: SendMessageBatch) -> Result<Value, Fault> {
    let queue = name_of(&request.queue_url);
    queues.settings(queue)?;
    check_batch(&request.entries)?;

    let (mut entry_ids, mut messages, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for entry in request.entries {
        match entry.content.check() {
            Ok(message) => {
                entry_ids.push(entry.id);
                messages.push(message);
            }
            Err(fault) => failed.push(fault.entry(&entry.id)),
        }
    }
    let successful: Vec<_> = entry_ids
        .into_iter()
        .zip(queues.send(queue, &messages)?)
        .map(|(entry_id, id)| json!({ "Id": entry_id, "MessageId": id }))
        .collect();
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

/// What makes SQS refuse a batch as a whole.
fn check_batch(entries: &[Entry]) -> Result<(), Fault> {
    let fault = |shape, code, message: &str| Err(Fault::new(shape, code, message));
    if entries.is_empty() {
        return fault(
            "EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest",
            "There should be at least one SendMessageBatchRequestEntry in the request.",
        );
    }
    if entries.len() > MAX_ENTRIES {
        return fault(
            "TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10.",
        );
    }
    if !entries.iter().all(|entry| is_entry_id(&entry.id)) {
        return fault(
            "InvalidBatchEntryId",
            "AWS.SimpleQueueService.InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
             It can be at most 80 letters long.",
        );
    }
    let distinct: HashSet<_> = entries.iter().map(|entry| &entry.id).collect();
    if distinct.len() < entries.len() {
        return fault(
            "BatchEntryIdsNotDistinct",
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        );
    }
    if entries.iter().map(|entry| entry.content.message_body.len()).sum::<usize>() > MAX_BYTES {
        return fault(
            "BatchRequestTooLong",
            "AWS.SimpleQueueService.BatchRequestTooLong",
            "Batch requests cannot be longer than 1048576 bytes.",
        );
    }
    Ok(())
}

fn is_entry_id(id: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=80).contains(&id.len()) && id.bytes().all(legal)
}

impl Content {
    fn check(self) -> Result<Message, Fault> {
        let delay = self.delay_seconds.unwrap_or(0);
        if !self.message_attributes.is_empty() {
            return Err(Fault::unsupported("Message attributes are not supported here."));
        }
        if self.message_deduplication_id.is_some() {
            return Err(Fault::invalid(
                "The request includes a parameter that is not valid for this queue type: \
                 MessageDeduplicationId.",
            ));
        }
        if delay > MAX_DELAY {
            return Err(Fault::invalid(format!(
                "Value {delay} for parameter DelaySeconds is invalid. \
                 Reason: DelaySeconds must be >= 0 and <= {MAX_DELAY}."
            )));
        }
        if self.message_group_id.as_deref().is_some_and(|group| !is_group_id(group)) {
            return Err(Fault::invalid(
                "MessageGroupId can only include alphanumeric and punctuation characters, \
                 1 to 128 in length.",
            ));
        }
        if self.message_body.is_empty() {
            return Err(Fault::new(
                "MissingRequiredParameterException",
                "MissingParameter",
                "The request must contain the parameter MessageBody.",
            ));
        }
        if self.message_body.len() > MAX_BYTES {
            return Err(Fault::invalid(
                "One or more parameters are invalid. \
                 Reason: Message must be shorter than 1048576 bytes.",
            ));
        }
        if !self.message_body.chars().all(is_legal) {
            return Err(Fault::new(
                "InvalidMessageContents",
                "InvalidMessageContents",
                "Invalid characters found in the message body; allowed are \
                 #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.",
            ));
        }
        Ok(Message {
            body: self.message_body,
            group: self.message_group_id,
            delay_ms: i64::from(delay) * 1000,
        })
    }
}

fn is_group_id(group: &str) -> bool {
    (1..=128).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_graphic())
}

/// The characters of XML 1.0: SQS refuses the others, also from clients that send JSON.
fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
