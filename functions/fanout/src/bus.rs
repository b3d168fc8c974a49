//! The event bus, on which whatever the company runs can act on an alert.

use aws_sdk_eventbridge::{Client, types::PutEventsRequestEntry};
use tocsin_domain::message::Message;

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
    /// Puts a notification on it: the detail is the message's JSON.
    pub(crate) async fn put(&self, message: &Message) -> Result<(), FanoutError> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(DETAIL_TYPE)
            .detail(message.json.to_string())
            .build();
        let put = self.client.put_events().entries(entry).send().await;
        let answer = put.map_err(|error| FanoutError::Bus(error.into()))?;
        match answer.entries().iter().find_map(|entry| entry.error_code()) {
            None => Ok(()),
            Some(code) => Err(FanoutError::Bus(code.into())),
        }
    }
}
