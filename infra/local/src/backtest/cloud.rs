//! What AWS is to the handlers of a backtest: queues and topics that are lists. Tables are the store's
//! own, in memory.
//!
//! Invariant: the clients are the SDK's own, so a handler can not tell this from AWS. Requests are not
//! signed, since nobody looks at it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_sdk_sqs::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tocsin_tables::REGION;

/// The answer to a `Publish`.
const PUBLISHED: &str = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
    <PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";

/// Queues and topics in this process.
#[derive(Clone, Default)]
pub(super) struct Cloud {
    lists: Arc<Mutex<Lists>>,
}

/// What was sent.
#[derive(Default)]
struct Lists {
    /// Bodies of messages, by the URL of their queue.
    queues: BTreeMap<String, Vec<String>>,
    /// Details of what was put on the bus.
    events: Vec<Value>,
    /// Messages that topics took, as JSON; those of a text of their own are none of them.
    published: Vec<Value>,
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cloud")
    }
}

impl Cloud {
    pub(super) fn sqs(&self) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .allow_no_auth()
            .endpoint_url("http://sqs.backtest")
            .http_client(self.clone());
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    pub(super) fn sns(&self) -> aws_sdk_sns::Client {
        let config = aws_sdk_sns::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .allow_no_auth()
            .endpoint_url("http://sns.backtest")
            .http_client(self.clone());
        aws_sdk_sns::Client::from_conf(config.build())
    }

    pub(super) fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        let config = aws_sdk_eventbridge::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .allow_no_auth()
            .endpoint_url("http://events.backtest")
            .http_client(self.clone());
        aws_sdk_eventbridge::Client::from_conf(config.build())
    }

    /// Takes everything out of a queue.
    pub(super) fn receive(&self, queue: &str) -> Vec<String> {
        self.lists().queues.get_mut(queue).map(std::mem::take).unwrap_or_default()
    }

    /// Takes what was put on the bus since the last time.
    pub(super) fn events(&self) -> Vec<Value> {
        std::mem::take(&mut self.lists().events)
    }

    /// Takes what was published since the last time.
    pub(super) fn published(&self) -> Vec<Value> {
        std::mem::take(&mut self.lists().published)
    }

    /// Nothing panics with the lists in hand, and they are whole if something did.
    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a call of the one operation that each service is asked for. SNS names none in a
    /// header.
    fn answer(&self, target: &str, body: &[u8]) -> (u16, String) {
        match target {
            "" => (200, self.publish(body)),
            "AmazonSQS.SendMessageBatch" => (200, self.enqueue(body)),
            "AWSEvents.PutEvents" => (200, self.put_events(body)),
            other => (400, json!({ "message": format!("no {other} here") }).to_string()),
        }
    }

    fn publish(&self, body: &[u8]) -> String {
        let message = form_urlencoded::parse(body).find(|(name, _)| name == "Message");
        let message: Option<Value> = message.and_then(|(_, text)| serde_json::from_str(&text).ok());
        let own = message.as_ref().and_then(|texts| texts.get("https")?.as_str());
        let own = own.and_then(|text| serde_json::from_str(text).ok());
        self.lists().published.extend(own);
        PUBLISHED.to_owned()
    }

    fn put_events(&self, body: &[u8]) -> String {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let entries = request["Entries"].as_array().cloned().unwrap_or_default();
        for entry in &entries {
            let detail = entry["Detail"].as_str().and_then(|text| serde_json::from_str(text).ok());
            self.lists().events.push(detail.unwrap_or_default());
        }
        let ids: Vec<Value> = entries.iter().map(|_| json!({ "EventId": "e" })).collect();
        json!({ "FailedEntryCount": 0, "Entries": ids }).to_string()
    }

    fn enqueue(&self, body: &[u8]) -> String {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let queue = text(&request["QueueUrl"]);
        let mut sent = Vec::new();
        for entry in request["Entries"].as_array().into_iter().flatten() {
            let body = text(&entry["MessageBody"]);
            self.lists().queues.entry(queue.clone()).or_default().push(body);
            sent.push(json!({ "Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "0" }));
        }
        json!({ "Successful": sent, "Failed": [] }).to_string()
    }
}

impl HttpConnector for Cloud {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (status, body) = self.answer(target, request.body().bytes().unwrap_or_default());
        let response = StatusCode::try_from(status)
            .map(|status| HttpResponse::new(status, SdkBody::from(body)))
            .map_err(|error| ConnectorError::other(error.into(), None));
        HttpConnectorFuture::ready(response)
    }
}

impl HttpClient for Cloud {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
