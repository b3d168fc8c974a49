//! SNS in the Query protocol: `Publish` and `PublishBatch`, with the limits of SNS.

mod publication;

use std::collections::{BTreeMap, HashSet};

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use self::publication::Publication;

use crate::{outbox::Outbox, queue::QueueError};

/// The namespace of every answer.
const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// Entries in a batch.
const MAX_ENTRIES: usize = 10;

/// The most that a message, and the messages of a batch together, may hold.
const MAX_BYTES: usize = 256 * 1024;

/// The decoded form. Lists and maps are flat in it: `MessageAttributes.entry.1.Name`.
type Form = BTreeMap<String, String>;

/// Why a request, or one entry of a batch, failed.
#[derive(Debug)]
struct Fault {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Fault {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    fn invalid(what: &str) -> Self {
        Self::new("InvalidParameter", format!("Invalid parameter: {what}"))
    }
}

impl From<QueueError> for Fault {
    fn from(error: QueueError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "outbox failed");
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, code: "InternalError", message: error.to_string() }
    }
}

/// Runs the `Action` of a form.
pub(super) fn answer(outbox: &Outbox, body: &[u8]) -> Response {
    let form: Form = form_urlencoded::parse(body).into_owned().collect();
    let done = match form.get("Action").map(String::as_str) {
        Some("Publish") => publish(outbox, &form).map(|result| ("Publish", result)),
        Some("PublishBatch") => publish_batch(outbox, &form).map(|result| ("PublishBatch", result)),
        Some(action) => {
            Err(Fault::new("InvalidAction", format!("The action {action} is not supported here.")))
        }
        None => Err(Fault::new(
            "InvalidAction",
            "Neither a header x-amz-target (SQS) nor a parameter Action (SNS) was sent.",
        )),
    };
    let (status, xml) = match done {
        Ok((action, result)) => (StatusCode::OK, success(action, &result)),
        Err(fault) => (fault.status, failure(&fault)),
    };
    (status, [(CONTENT_TYPE, "text/xml")], xml).into_response()
}

fn publish(outbox: &Outbox, form: &Form) -> Result<String, Fault> {
    let phone = form.get("PhoneNumber").cloned();
    let target = phone.map_or_else(|| topic(form), Ok)?;
    let publication = Publication::parse(form, "")?;
    let id = publication.store(outbox, &target)?;
    Ok(format!("<MessageId>{id}</MessageId>"))
}

/// Publishes the entries that are fit and reports the others.
fn publish_batch(outbox: &Outbox, form: &Form) -> Result<String, Fault> {
    let topic = topic(form)?;
    let entries = entries(form)?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, prefix) in &entries {
        let outcome = Publication::parse(form, prefix).and_then(|p| p.store(outbox, &topic));
        let id = escape(id);
        match outcome {
            Ok(message_id) => successful
                .push(format!("<member><Id>{id}</Id><MessageId>{message_id}</MessageId></member>")),
            Err(Fault { status, code, message }) => failed.push(format!(
                "<member><Id>{id}</Id><Code>{code}</Code><Message>{}</Message>\
                 <SenderFault>{}</SenderFault></member>",
                escape(&message),
                status.is_client_error()
            )),
        }
    }
    Ok(format!(
        "<Successful>{}</Successful><Failed>{}</Failed>",
        successful.concat(),
        failed.concat()
    ))
}

fn topic(form: &Form) -> Result<String, Fault> {
    let topic = form.get("TopicArn").or_else(|| form.get("TargetArn"));
    match topic {
        Some(arn) if arn.starts_with("arn:") && arn.split(':').nth(2) == Some("sns") => {
            Ok(arn.clone())
        }
        Some(_) | None => Err(Fault::invalid("TopicArn")),
    }
}

/// The ids of a batch's entries, each with the prefix of its parameters.
fn entries(form: &Form) -> Result<Vec<(&str, String)>, Fault> {
    let mut entries = Vec::new();
    for n in 1.. {
        let prefix = format!("PublishBatchRequestEntries.member.{n}.");
        let Some(id) = form.get(&format!("{prefix}Id")) else { break };
        entries.push((id.as_str(), prefix));
    }
    let bytes: usize = entries
        .iter()
        .filter_map(|(_, prefix)| form.get(&format!("{prefix}Message")))
        .map(String::len)
        .sum();
    let distinct: HashSet<_> = entries.iter().map(|(id, _)| id).collect();
    if entries.is_empty() {
        Err(Fault::new("EmptyBatchRequest", "The batch request doesn't contain any entries."))
    } else if entries.len() > MAX_ENTRIES {
        Err(Fault::new(
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible (10).",
        ))
    } else if distinct.len() < entries.len() {
        Err(Fault::new(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ))
    } else if bytes > MAX_BYTES {
        Err(Fault::new(
            "BatchRequestTooLong",
            "The length of all the batch messages put together is more than the limit (262144).",
        ))
    } else {
        Ok(entries)
    }
}

fn success(action: &str, result: &str) -> String {
    format!(
        "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{result}</{action}Result>\
         </{action}Response>"
    )
}

fn failure(fault: &Fault) -> String {
    let who = if fault.status.is_client_error() { "Sender" } else { "Receiver" };
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{who}</Type><Code>{}</Code>\
         <Message>{}</Message></Error></ErrorResponse>",
        fault.code,
        escape(&fault.message)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
