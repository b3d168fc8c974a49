//! The outbox: what was published to SNS is kept and shown instead of sent.
//!
//! Invariant: a message is announced to subscribers after it is stored, so whatever a terminal shows
//! is also in the list.

use std::{collections::BTreeMap, sync::Arc};

use rusqlite::{Row, params, types::Type};
use tokio::sync::broadcast;

use crate::queue::{Clock, Database, QueueError, Queues, message_id};

/// Announcements kept for a subscriber that is slow; it can read older ones from the list.
const ANNOUNCEMENTS: usize = 1024;

/// A message as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// `MessageId`, as the publisher got it.
    pub(crate) id: String,
    /// When it was published, in milliseconds since the Unix epoch.
    pub(crate) at_ms: i64,
    /// The topic's ARN; the number, if it was published to a phone.
    pub(crate) topic: String,
    /// The subject line, which only email shows.
    pub(crate) subject: Option<String>,
    /// The text; with the structure `json` an object with one text for each protocol.
    pub(crate) message: String,
    /// `MessageStructure`: nothing or `json`.
    pub(crate) structure: Option<String>,
    /// The message attributes, by which subscriptions filter; a binary value is base64.
    pub(crate) attributes: BTreeMap<String, String>,
}

/// Stands in for SNS.
pub(crate) struct Outbox {
    database: Arc<Database>,
    clock: Clock,
    announcements: broadcast::Sender<Arc<Published>>,
}

impl Outbox {
    /// An outbox in the database of the queues, as durable as they are.
    pub(crate) fn new(queues: &Queues) -> Self {
        let (announcements, _) = broadcast::channel(ANNOUNCEMENTS);
        Self { database: queues.database(), clock: queues.clock(), announcements }
    }

    /// Stores a message, announces it and returns its id.
    pub(crate) fn publish(
        &self,
        topic_arn: &str,
        subject: Option<&str>,
        message: &str,
        message_structure: Option<&str>,
        attributes: BTreeMap<String, String>,
    ) -> Result<String, QueueError> {
        let at_ms = (self.clock)();
        let attributes_json = serde_json::to_string(&attributes)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let row = self.database.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO outbox (at_ms, topic, subject, message, structure, attributes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .insert(params![
                at_ms,
                topic_arn,
                subject,
                message,
                message_structure,
                attributes_json
            ])
        })?;
        let id = message_id(at_ms, row);
        // An error says that nobody listens, which is fine: the message is in the list.
        let _ = self.announcements.send(Arc::new(Published {
            id: id.clone(),
            at_ms,
            topic: topic_arn.to_owned(),
            subject: subject.map(str::to_owned),
            message: message.to_owned(),
            structure: message_structure.map(str::to_owned),
            attributes,
        }));
        Ok(id)
    }

    /// The last messages, newest first.
    pub(crate) fn list(&self, limit: usize) -> Result<Vec<Published>, QueueError> {
        let connection = self.database.lock();
        let mut newest = connection.prepare_cached(
            "SELECT id, at_ms, topic, subject, message, structure, attributes FROM outbox
             ORDER BY id DESC LIMIT ?1",
        )?;
        let rows = newest.query_map(params![limit], from_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Everything published from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Published>> {
        self.announcements.subscribe()
    }
}

fn from_row(row: &Row<'_>) -> Result<Published, rusqlite::Error> {
    let at_ms = row.get(1)?;
    let attributes: String = row.get(6)?;
    Ok(Published {
        id: message_id(at_ms, row.get(0)?),
        at_ms,
        topic: row.get(2)?,
        subject: row.get(3)?,
        message: row.get(4)?,
        structure: row.get(5)?,
        attributes: serde_json::from_str(&attributes).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(6, Type::Text, error.into())
        })?,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:alerts";

    fn outbox(path: Option<&Path>) -> Outbox {
        Outbox::new(&Queues::open(path, Arc::new(|| 1_000)).unwrap())
    }

    fn attributes() -> BTreeMap<String, String> {
        BTreeMap::from([("severity".to_owned(), "page".to_owned())])
    }

    #[test]
    fn lists_the_newest_first_and_no_more_than_asked_for() {
        let outbox = outbox(None);
        for message in ["one", "two", "three"] {
            outbox.publish(TOPIC, None, message, None, BTreeMap::new()).unwrap();
        }
        let texts: Vec<_> = outbox.list(2).unwrap().into_iter().map(|p| p.message).collect();
        assert_eq!(texts, ["three", "two"]);
    }

    #[test]
    fn what_is_announced_is_what_is_kept() {
        let outbox = outbox(None);
        let mut terminal = outbox.subscribe();
        let id = outbox.publish(TOPIC, Some("s"), "m", Some("json"), attributes()).unwrap();
        let announced = terminal.try_recv().unwrap();
        assert_eq!(announced.id, id);
        assert_eq!(announced.attributes, attributes());
        assert_eq!(outbox.list(10).unwrap(), [Published::clone(&announced)]);
    }

    #[test]
    fn a_file_keeps_what_was_published() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("queues.db");
        let id = outbox(Some(&file)).publish(TOPIC, None, "m", None, attributes()).unwrap();
        assert_eq!(outbox(Some(&file)).list(10).unwrap()[0].id, id);
    }
}
