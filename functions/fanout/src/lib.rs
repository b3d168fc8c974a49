//! `fanout`: what the scorer decided in from the queue, one message each out through SNS.
//!
//! A notification is claimed for each target by a conditional write before it is published, so a
//! redelivery, a tick that hands it over again and a second fanout publish nothing. A claim whose
//! publisher died is taken over when it is two minutes old.
//!
//! Each transition of each alert comes by itself as well, for the event bus, so that the company can act
//! on it. Where there is no bus, it is done with that.

mod bus;
mod links;

use std::{error::Error, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sns::{Client, error::SdkError, types::MessageAttributeValue};
use tocsin_domain::{
    alert::{Alert, AlertState, Transition},
    id::TenantId,
    message::{self, Message},
    policy::{Others, Target},
    sabotage::{self, Sabotage},
};
use tocsin_shell::{
    clock::Clock,
    config::Topics,
    notification::{Announced, Notification},
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

    /// Opens the connections to topics and bus, so that no message waits for them: a batch of nothing is
    /// refused, by which the topic has answered.
    pub async fn open(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let batch = self.sns.publish_batch().topic_arn(&self.topics.page);
        let batch = batch.set_publish_batch_request_entries(Some(Vec::new()));
        let bus = async {
            match &self.bus {
                Some(bus) => bus.open().await,
                None => Ok(()),
            }
        };
        let (topics, bus) = tokio::join!(batch.send(), bus);
        match topics {
            Ok(_) | Err(SdkError::ServiceError(_)) => Ok(bus?),
            Err(error) => Err(error.into()),
        }
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
        let Notification { tenant, alert, transition, announced } = &serde_json::from_str(&body)?;
        let render = |others: &Others, ack: Option<&str>| {
            message::render(alert, *transition, others, tenant, &self.console_url, ack)
        };
        let Some(Announced { targets, others }) = announced else {
            let (id, message) =
                (alert.notification_id(*transition), render(&Others::default(), None));
            let claim = (tenant, alert.id.as_str(), id.as_str(), bus::TARGET);
            return self.once(claim, Box::pin(self.put(&message))).await;
        };
        let mut failed = None;
        for target in targets.iter().copied() {
            let escalates = *transition == Transition::Escalated;
            if escalates && !self.is_wanted(tenant, alert).await? {
                continue;
            }
            let claim = (tenant, alert.id.as_str(), others.id.as_str(), target.as_str());
            // On the heap: the SDK's futures are large.
            let publish = Box::pin(async {
                let ack = self.ack_link(tenant, alert, *transition, target.as_str()).await?;
                self.publish(target, &render(others, ack.as_deref())).await
            });
            // No target waits for another.
            failed = self.once(claim, publish).await.err().or(failed);
        }
        failed.map_or(Ok(()), Err)
    }

    /// Whether an alert still fires whose escalation was decided on, and nobody has taken it on.
    async fn is_wanted(&self, tenant: &TenantId, alert: &Alert) -> Result<bool, StoreError> {
        let now = self.store.alert(tenant, &alert.id, self.clock.now()).await?;
        Ok(now.is_none_or(|now| now.state == AlertState::Firing))
    }

    /// Puts an alert on the bus, where there is one.
    async fn put(&self, message: &Message) -> Result<(), FanoutError> {
        match &self.bus {
            Some(bus) => bus.put(message).await,
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
        if sabotage::is(Sabotage::EscalationNotClaimed) && target == Target::Escalation.as_str() {
            return publish.await;
        }
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

    async fn publish(&self, target: Target, message: &Message) -> Result<(), FanoutError> {
        let publish = self.sns.publish().topic_arn(self.topic(target)).subject(&message.subject);
        let mut publish = match target {
            // The one reader of that topic takes a message as a whole.
            Target::Chat => publish.message(message.chat.to_string()),
            Target::Page | Target::Warning | Target::Info | Target::Escalation => {
                publish.message(message::sns_message(message)).message_structure("json")
            }
        };
        for (name, value) in &message.attributes {
            let (kind, value) = value.typed();
            let attribute = MessageAttributeValue::builder().data_type(kind).string_value(value);
            let attribute = attribute.build();
            let attribute = attribute.map_err(|error| FanoutError::Publish(error.into()))?;
            publish = publish.message_attributes(*name, attribute);
        }
        let sent = publish.send().await;
        sent.map(drop).map_err(|error| FanoutError::Publish(error.into()))
    }

    fn topic(&self, target: Target) -> &str {
        match target {
            Target::Page => &self.topics.page,
            Target::Warning => &self.topics.warning,
            Target::Info => &self.topics.info,
            Target::Escalation => &self.topics.escalation,
            Target::Chat => &self.topics.chat,
        }
    }
}
