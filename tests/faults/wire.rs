//! The way from the SDK's clients to the world: every call may be slow, refused, half done, answered
//! to nobody, or the last thing that its process does. Nothing is signed: that takes time and hides
//! no fault.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aws_sdk_dynamodb::config::{
    StalledStreamProtectionConfig,
    retry::{RetryPartition, TokenBucket},
};
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
use rand::Rng;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::{
    message::{Claimed, Published},
    mutant::Wire as Fault,
    table::text,
    world::{Answer, State, World, cancelled, error},
};

/// The calls of one process; a crash ends it.
#[derive(Clone)]
pub(crate) struct Wire {
    world: World,
    died: Arc<Notify>,
    /// How often it may try again what failed.
    retries: RetryPartition,
    /// What this process has published and not marked as such.
    unmarked: Arc<Mutex<Vec<Claimed>>>,
    /// What it has published and tried to mark as such.
    marking: Arc<Mutex<Vec<Claimed>>>,
}

/// What becomes of a call.
enum Fate {
    Done(Answer),
    /// Done, and the answer lost.
    Lost,
    Crashed,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    pub(crate) fn new(world: World) -> Self {
        // A process of which much has failed lately does not try again so often.
        let is_tired = world.lock().rng.random_bool(0.2);
        let tokens = TokenBucket::builder().capacity(if is_tired { 10 } else { 500 }).build();
        let retries = RetryPartition::custom("process").token_bucket(tokens).build();
        let (unmarked, marking) = (Arc::default(), Arc::default());
        Self { world, died: Arc::default(), retries, unmarked, marking }
    }

    /// Waits until the process dies.
    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }

    /// The process is over. Nobody can know now whether what it could not mark went out, nor what it had
    /// no time to mark.
    pub(crate) fn end(&self, has_died: bool) {
        let marking = std::mem::take(&mut *self.marking());
        let unmarked = std::mem::take(&mut *self.unmarked());
        let mut world = self.world.lock();
        world.uncertain.extend(marking);
        world.uncertain.extend(unmarked.into_iter().filter(|_| has_died));
    }

    fn marking(&self) -> MutexGuard<'_, Vec<Claimed>> {
        self.marking.lock().expect("nobody panics with it in hand")
    }

    fn unmarked(&self) -> MutexGuard<'_, Vec<Claimed>> {
        self.unmarked.lock().expect("nobody panics with it in hand")
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .retry_partition(self.retries.clone())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .region(aws_sdk_dynamodb::config::Region::new("eu-west-1"))
            .allow_no_auth()
            .endpoint_url("http://dynamodb.test")
            .http_client(self.clone());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
            .retry_partition(self.retries.clone())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .region(aws_sdk_sqs::config::Region::new("eu-west-1"))
            .allow_no_auth()
            .endpoint_url("http://sqs.test")
            .http_client(self.clone());
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        let config = aws_sdk_sns::Config::builder()
            .behavior_version(aws_sdk_sns::config::BehaviorVersion::latest())
            .retry_partition(self.retries.clone())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .region(aws_sdk_sns::config::Region::new("eu-west-1"))
            .allow_no_auth()
            .endpoint_url("http://sns.test")
            .http_client(self.clone());
        aws_sdk_sns::Client::from_conf(config.build())
    }

    pub(crate) fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        let config = aws_sdk_eventbridge::Config::builder()
            .behavior_version(aws_sdk_eventbridge::config::BehaviorVersion::latest())
            .retry_partition(self.retries.clone())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .region(aws_sdk_eventbridge::config::Region::new("eu-west-1"))
            .allow_no_auth()
            .endpoint_url("http://events.test")
            .http_client(self.clone());
        aws_sdk_eventbridge::Client::from_conf(config.build())
    }

    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or("SNS.Publish").to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        tokio::time::sleep(self.travel()).await;
        match self.arrive(&target, &body) {
            Fate::Done(answer) => {
                tokio::time::sleep(self.travel()).await;
                Ok(response(answer))
            }
            Fate::Lost => {
                tokio::time::sleep(self.travel()).await;
                Err(ConnectorError::io("connection reset".into()))
            }
            Fate::Crashed => {
                self.died.notify_one();
                std::future::pending().await
            }
        }
    }

    /// Something has gone out.
    fn out(&self, world: &mut State, published: Published) {
        self.unmarked().push((published.id.clone(), published.target.clone()));
        world.published.push(published);
    }

    fn travel(&self) -> Duration {
        let mut world = self.world.lock();
        let odds = world.odds.slow;
        let most = if world.chance(odds) { 30_000 } else { 20 };
        Duration::from_millis(world.rng.random_range(0..most))
    }

    fn arrive(&self, target: &str, body: &[u8]) -> Fate {
        let mut world = self.world.lock();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        world.note(operation, &request);
        let odds = world.odds;
        if operation == "PutItem" && is_mark(&request) {
            let marked = text(&request["Item"]["sk"], "S");
            let is_this = |one: &mut Claimed| marked == format!("{}#{}", one.0, one.1);
            self.marking().extend(self.unmarked().extract_if(.., is_this));
        }
        if world.chance(odds.crash_before) {
            return Fate::Crashed;
        }
        if world.chance(odds.throttled) {
            return Fate::Done(Answer::Throttled);
        }
        if operation == "TransactWriteItems" && world.chance(odds.conflict) {
            let actions = request["TransactItems"].as_array().map_or(1, Vec::len);
            let mut reasons = vec!["None"; actions];
            reasons[actions - 1] = "TransactionConflict";
            return Fate::Done(cancelled(&reasons));
        }
        let answer = match operation {
            "Publish" => {
                self.out(&mut world, Published::of(body));
                Answer::Body(200, PUBLISHED.to_owned())
            }
            "PutEvents" if world.chance(odds.partial) => {
                let failed = json!([{ "ErrorCode": "ThrottlingException", "ErrorMessage": "no" }]);
                let taken = json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "e" }] });
                let refused = json!({ "FailedEntryCount": 1, "Entries": failed });
                let is_ignored = world.is(Fault::PartialPutIgnored);
                Answer::Body(200, if is_ignored { taken } else { refused }.to_string())
            }
            "PutEvents" => {
                self.out(&mut world, Published::on_bus(&request));
                let body = json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "e" }] });
                Answer::Body(200, body.to_string())
            }
            "SendMessageBatch" => world.queue(&request),
            _ => world.database(operation, &request),
        };
        world.watch(operation, &request);
        // One that is refused comes from a publisher that lives, whose claim nobody may have taken.
        if operation == "PutItem" && is_mark(&request) {
            let marked = text(&request["Item"]["sk"], "S");
            self.marking().retain(|(id, target)| marked != format!("{id}#{target}"));
        }
        if world.was_last() || world.chance(odds.crash_after) {
            return Fate::Crashed;
        }
        if world.chance(odds.answer_lost) {
            if matches!(operation, "Publish" | "PutEvents") {
                world.uncertain.extend(self.unmarked().pop());
            }
            return Fate::Lost;
        }
        Fate::Done(answer)
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().carry(request))
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

const PUBLISHED: &str = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
    <PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";

fn response(answer: Answer) -> HttpResponse {
    let (status, body) = match answer {
        Answer::Body(status, body) => (status, body),
        Answer::Throttled => {
            match error("ThrottlingException", &Value::Object(serde_json::Map::new())) {
                Answer::Body(status, body) => (status, body),
                Answer::Throttled => unreachable!("an error has a body"),
            }
        }
    };
    let status = StatusCode::try_from(status).expect("a status");
    HttpResponse::new(status, SdkBody::from(body))
}

/// Whether a put says that a notification is out.
fn is_mark(request: &Value) -> bool {
    text(&request["Item"]["pk"], "S").contains("#N#")
        && text(&request["Item"]["b"], "B") == "cHVibGlzaGVk"
}
