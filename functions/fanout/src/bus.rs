//! The event bus, on which whatever the company runs can act on an alert.

use aws_sdk_eventbridge::{Client, error::SdkError, types::PutEventsRequestEntry};
use tocsin_domain::message::{ENTRY_BYTES, Message};

use crate::FanoutError;

/// The target of claims on what is put on the bus.
pub(crate) const TARGET: &str = "bus";
/// Who puts events on the bus, as rules match it.
const SOURCE: &str = "tocsin";
/// What they are, as rules match it.
const DETAIL_TYPE: &str = "Tocsin Alert";

/// An event bus.
pub struct Bus {
    /// By which it is reached.
    pub client: Client,
    /// Its name.
    pub name: String,
}

impl Bus {
    /// Opens the connection: a call of nothing is refused, by which the bus has answered.
    pub(crate) async fn open(&self) -> Result<(), FanoutError> {
        match self.client.put_events().set_entries(Some(Vec::new())).send().await {
            Ok(_) | Err(SdkError::ServiceError(_)) => Ok(()),
            Err(error) => Err(FanoutError::Bus(error.into())),
        }
    }

    /// Puts a notification on it: the detail is the message's JSON.
    pub(crate) async fn put(&self, message: &Message) -> Result<(), FanoutError> {
        let detail = message.json.to_string();
        // No message is so long; the bus would refuse all of the call, again and again.
        if detail.len() > ENTRY_BYTES {
            return Err(FanoutError::Bus("the alert is larger than an entry may be".into()));
        }
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(DETAIL_TYPE)
            .detail(detail)
            .build();
        let put = self.client.put_events().entries(entry).send().await;
        let answer = put.map_err(|error| FanoutError::Bus(error.into()))?;
        // The call succeeds also where the entry in it does not.
        match answer.entries().iter().find_map(|entry| entry.error_code()) {
            None if answer.failed_entry_count() == 0 => Ok(()),
            None => Err(FanoutError::Bus("it took no entry".into())),
            Some(code) => Err(FanoutError::Bus(code.into())),
        }
    }
}
