//! `fanout`: alerts' transitions in from the queue, one message each out through SNS.
//!
//! A notification is claimed by a conditional write before it is published, so a redelivery, a tick
//! that hands it over again and a second fanout publish nothing. A claim whose publisher died is
//! taken over when it is two minutes old.
//!
//! On AWS each is put on an event bus as well, so that the company can act on it by itself. People
//! come first: what the bus does not take is tried again, and no topic waits for it.

mod bus;
mod links;

use std::{error::Error, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sns::{Client, types::MessageAttributeValue};
use tocsin_domain::{
    id::TenantId,
    message::{self, Message},
    rule::Severity,
    sabotage::{self, Sabotage},
};
use tocsin_shell::{
    clock::Clock,
    config::Topics,
    notification::Notification,
    queue,
    random::{Random, RandomError},
    store::{Store, StoreError, alerts::Claim},
    telemetry::chain,
};
use tracing::warn;

pub use bus::Bus;
use links::Links;

/// How often it is tried to mark a notification as published: over 6 s.
const MARKS: u32 = 6;

/// The fanout function.
pub struct Fanout {
    store: Store,
    sns: Client,
    topics: Topics,
    bus: Option<Bus>,
    console_url: String,
    links: Links,
    clock: Clock,
}

/// Why a notification must come again.
#[derive(Debug, thiserror::Error)]
enum FanoutError {
    #[error("notification does not parse")]
    Malformed(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("another publisher has claimed it and not said yet that it is out")]
    Claimed,
    #[error("can not make a link")]
    Random(#[from] RandomError),
    #[error("topic did not take the message")]
    Publish(#[source] Box<dyn Error + Send + Sync>),
    #[error("bus did not take the alert")]
    Bus(#[source] Box<dyn Error + Send + Sync>),
}

impl Fanout {
    /// A fanout to these topics; messages link to the console.
    pub fn new(
        store: Store,
        sns: Client,
        topics: Topics,
        console_url: String,
        clock: Clock,
    ) -> Self {
        let links = Links { clock: clock.clone(), random: Random::System };
        Self { store, sns, topics, bus: None, console_url, links, clock }
    }

    /// The same, and onto this bus.
    #[must_use]
    pub fn and_onto(self, bus: Bus) -> Self {
        Self { bus: Some(bus), ..self }
    }

    /// Publishes a batch; answers with the messages that must come again.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        queue::for_each_record(event.records, |body| self.notify(body)).await
    }

    async fn notify(&self, body: String) -> Result<(), FanoutError> {
        let Notification { tenant, alert, transition } = serde_json::from_str(&body)?;
        let id = alert.notification_id(transition);
        let render = |ack: Option<&str>| {
            message::render(&alert, transition, &tenant, &self.console_url, ack)
        };
        let to = |target: &'static str| (&tenant, alert.id.as_str(), id.as_str(), target);
        let severity = alert.severity;
        // On the heap: the SDK's futures are large.
        let target = severity.as_str();
        let publish = Box::pin(async {
            let ack = self.ack_link(&tenant, &alert, transition, target).await?;
            self.publish(self.topic(severity), &render(ack.as_deref())).await
        });
        self.once(to(target), publish).await?;
        match &self.bus {
            Some(bus) => self.once(to(bus::TARGET), Box::pin(bus.put(&render(None)))).await,
            None => Ok(()),
        }
    }

    /// Publishes to a target unless that is done already.
    async fn once(
        &self,
        (tenant, alert, id, target): (&TenantId, &str, &str, &str),
        publish: impl Future<Output = Result<(), FanoutError>>,
    ) -> Result<(), FanoutError> {
        let (notification, now) = ((alert, id, target), self.clock.now());
        let version = match self.store.claim(tenant, notification, now).await? {
            Claim::Published => return Ok(()),
            Claim::Theirs => return Err(FanoutError::Claimed),
            Claim::Yours(version) => version,
        };
        if sabotage::is(Sabotage::MarkedBeforePublished) {
            self.mark(tenant, notification, version, now).await;
        }
        if let Err(error) = publish.await {
            if let Err(error) = self.store.release(tenant, notification, version).await {
                warn!(error = chain(&error), "could not give a claim back; it goes stale");
            }
            return Err(error);
        }
        self.mark(tenant, notification, version, now).await;
        Ok(())
    }

    /// Says that it is out. Were that to fail for good, the claim would go stale and be taken over,
    /// and the message go out twice; so it is tried for a while, and never fails the record.
    async fn mark(
        &self,
        tenant: &TenantId,
        notification: (&str, &str, &str),
        version: u64,
        now: i64,
    ) {
        for attempt in 0..MARKS {
            match self.store.mark_published(tenant, notification, version, now).await {
                Ok(()) => return,
                // An earlier attempt's answer was lost, or somebody else has taken the claim over.
                Err(StoreError::Conflict) if attempt > 0 => return,
                Err(error) => warn!(error = chain(&error), "could not mark as published"),
            }
            tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
        }
    }

    async fn publish(&self, topic: &str, message: &Message) -> Result<(), FanoutError> {
        let mut publish = self
            .sns
            .publish()
            .topic_arn(topic)
            .subject(&message.subject)
            .message(message::sns_message(message))
            .message_structure("json");
        for (name, value) in &message.attributes {
            let attribute = MessageAttributeValue::builder().data_type("String");
            let attribute = attribute.string_value(value).build();
            let attribute = attribute.map_err(|error| FanoutError::Publish(error.into()))?;
            publish = publish.message_attributes(*name, attribute);
        }
        let sent = publish.send().await;
        sent.map(drop).map_err(|error| FanoutError::Publish(error.into()))
    }

    fn topic(&self, severity: Severity) -> &str {
        match severity {
            Severity::Page => &self.topics.page,
            Severity::Warning => &self.topics.warning,
            Severity::Info => &self.topics.info,
        }
    }
}
