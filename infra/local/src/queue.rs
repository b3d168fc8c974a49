//! Embedded queues that behave as SQS standard queues do, kept in one SQLite database.
//!
//! # Invariants
//!
//! * **Nothing acknowledged is lost.** [`Queues::send`] returns after its transaction committed; in
//!   a file that survives the end of the process, however sudden (write-ahead log).
//! * **A message leaves by its latest receipt only.** Each receive issues a new receipt and makes
//!   the ones before it stale; a stale receipt neither deletes nor hides anything.
//! * **At least once.** A received message is hidden, not gone: it comes back when its visibility
//!   time-out ends, until it has been received `max_receive_count` times; the receive after that
//!   moves it to the dead-letter queue instead.
//!
//! The order is that in which messages become visible, which for those never received is the order
//! of sending. A message that fails goes behind the ones that wait, so it can not block them.
//!
//! Every method is synchronous: it holds the one connection for microseconds and never awaits.
//!
//! Reading order: `database` (tables) → `send` and `delete` here → `receive`.

mod database;
mod receipt;
mod receive;
#[cfg(test)]
pub(crate) mod tests;

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rusqlite::{OptionalExtension, params};
use tokio::sync::Notify;

pub(crate) use self::{
    database::Database,
    receipt::message_id,
    receive::{Ready, Wanted},
};

use self::receipt::Receipt;

/// Milliseconds since the Unix epoch, as the owner of the clock tells them.
pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What a queue does with a message that is received and not deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueueSettings {
    /// How long a received message stays hidden; at least six times what its handler may take.
    pub(crate) visibility_timeout_ms: i64,
    /// Receives before a message counts as undeliverable; without a dead-letter queue, unused.
    pub(crate) max_receive_count: u32,
    /// Where undeliverable messages go. Without one they come back for ever.
    pub(crate) dead_letter: Option<String>,
}

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The text; SQS carries no bytes.
    pub(crate) body: String,
    /// `MessageGroupId`. A standard queue keeps no order within it, so it is only handed on.
    pub(crate) group: Option<String>,
    /// How long the message stays hidden at first.
    pub(crate) delay_ms: i64,
}

/// A message as one receive hands it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    /// The same on every receive and in the dead-letter queue.
    pub(crate) id: String,
    /// Names this receive; needed to delete the message.
    pub(crate) receipt_handle: String,
    /// The text, as sent.
    pub(crate) body: String,
    /// Receives until now, with this one: at least 1.
    pub(crate) receive_count: u32,
    /// `MessageGroupId`, as sent.
    pub(crate) group: Option<String>,
    /// When the message was first sent; a redrive does not change it.
    pub(crate) sent_at_ms: i64,
}

/// How full a queue is. The three counts add up to all of its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Depth {
    /// Messages that a receive would find now.
    pub(crate) visible: u64,
    /// Messages received, not deleted and still hidden.
    pub(crate) in_flight: u64,
    /// Messages sent with a delay that has not passed.
    pub(crate) delayed: u64,
    /// When the oldest message, hidden or not, was sent.
    pub(crate) oldest_ms: Option<i64>,
}

/// Why a queue did not do as it was told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueueError {
    /// No queue of this name is declared: a mistake in the wiring.
    #[error("there is no queue `{0}`")]
    UnknownQueue(String),
    /// The text never came out of a receive.
    #[error("`{0}` is not a receipt handle")]
    InvalidReceipt(String),
    /// The database failed, most likely because the disk is full; nothing was changed.
    #[error("the queue database failed")]
    Database(#[from] rusqlite::Error),
}

/// All queues of the process.
pub(crate) struct Queues {
    database: Arc<Database>,
    clock: Clock,
    declared: HashMap<String, Queue>,
    /// Batches that handlers are busy with.
    handling: AtomicUsize,
}

struct Queue {
    settings: QueueSettings,
    /// Fires when a message arrives or the time at which one becomes visible changes.
    arrivals: Notify,
}

impl Queues {
    /// Opens the database: a file that outlives the process, or memory. What an earlier process had
    /// received and not deleted is visible again, and that receive does not count: nobody handles it
    /// any more, and the end of a process is no fault of the message.
    pub(crate) fn open(path: Option<&Path>, now_ms: Clock) -> Result<Self, QueueError> {
        let database = Database::open(path)?;
        database.write(|tx| {
            tx.execute(
                "UPDATE messages SET visible_at_ms = ?1, receive_count = receive_count - 1
                 WHERE visible_at_ms > ?1 AND receive_count > 0",
                params![now_ms()],
            )
        })?;
        Ok(Self {
            database: Arc::new(database),
            clock: now_ms,
            declared: HashMap::new(),
            handling: AtomicUsize::new(0),
        })
    }

    /// Makes a queue known; its messages from earlier runs are there again. A dead-letter queue is
    /// declared before the queue that names it.
    pub(crate) fn declare(
        &mut self,
        name: &str,
        settings: QueueSettings,
    ) -> Result<(), QueueError> {
        if let Some(dead_letter) = &settings.dead_letter {
            self.queue(dead_letter)?;
        }
        self.declared.insert(name.to_owned(), Queue { settings, arrivals: Notify::new() });
        Ok(())
    }

    /// Stores the messages, all or none, and returns their ids in order.
    pub(crate) fn send(
        &self,
        queue: &str,
        messages: &[Message],
    ) -> Result<Vec<String>, QueueError> {
        let arrivals = &self.queue(queue)?.arrivals;
        let now = self.now_ms();
        let ids = self.database.write(|tx| {
            let mut envelope = tx.prepare_cached(
                "INSERT INTO messages (queue, sent_at_ms, visible_at_ms, bytes, message_group)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            let mut body = tx.prepare_cached("INSERT INTO bodies (id, body) VALUES (?1, ?2)")?;
            let mut ids = Vec::with_capacity(messages.len());
            for message in messages {
                let visible_at = now.saturating_add(message.delay_ms);
                let bytes = message.body.len();
                let id = envelope.insert(params![queue, now, visible_at, bytes, message.group])?;
                body.insert(params![id, message.body])?;
                ids.push(message_id(now, id));
            }
            Ok(ids)
        })?;
        arrivals.notify_waiters();
        Ok(ids)
    }

    /// Deletes what the receipts name and returns how many messages that were. A stale receipt (the
    /// message was received again since, moved or deleted) names none.
    pub(crate) fn delete<S: AsRef<str>>(
        &self,
        queue: &str,
        receipt_handles: &[S],
    ) -> Result<usize, QueueError> {
        self.queue(queue)?;
        let receipts = receipt_handles
            .iter()
            .map(|handle| Receipt::parse(handle.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(self.database.write(|tx| {
            let mut envelope = tx.prepare_cached(
                "DELETE FROM messages WHERE id = ?1 AND receipts = ?2 AND queue = ?3",
            )?;
            let mut body = tx.prepare_cached("DELETE FROM bodies WHERE id = ?1")?;
            let mut deleted = 0;
            for receipt in &receipts {
                if envelope.execute(params![receipt.id, receipt.serial, queue])? == 1 {
                    deleted += body.execute(params![receipt.id])?;
                }
            }
            Ok(deleted)
        })?)
    }

    /// Hides a message in flight for this long from now on; zero shows it at once. `false` if the
    /// receipt is stale or the message is visible again already.
    #[cfg(test)]
    pub(crate) fn change_visibility(
        &self,
        queue: &str,
        receipt_handle: &str,
        timeout_ms: i64,
    ) -> Result<bool, QueueError> {
        let arrivals = &self.queue(queue)?.arrivals;
        let receipt = Receipt::parse(receipt_handle)?;
        let now = self.now_ms();
        let changed = self.database.write(|tx| {
            tx.prepare_cached(
                "UPDATE messages SET visible_at_ms = ?4
                 WHERE id = ?1 AND receipts = ?2 AND queue = ?3 AND visible_at_ms > ?5",
            )?
            .execute(params![
                receipt.id,
                receipt.serial,
                queue,
                now.saturating_add(timeout_ms),
                now
            ])
        })?;
        arrivals.notify_waiters();
        Ok(changed == 1)
    }

    /// Counts the messages.
    pub(crate) fn depth(&self, queue: &str) -> Result<Depth, QueueError> {
        self.queue(queue)?;
        let connection = self.database.lock();
        let mut counts = connection.prepare_cached(
            "SELECT count(*) FILTER (WHERE visible_at_ms <= ?2),
                    count(*) FILTER (WHERE visible_at_ms > ?2 AND receipts > 0),
                    count(*) FILTER (WHERE visible_at_ms > ?2 AND receipts = 0),
                    (SELECT min(sent_at_ms) FROM messages WHERE queue = ?1)
             FROM messages WHERE queue = ?1",
        )?;
        Ok(counts.query_row(params![queue, self.now_ms()], |row| {
            Ok(Depth {
                visible: row.get(0)?,
                in_flight: row.get(1)?,
                delayed: row.get(2)?,
                oldest_ms: row.get(3)?,
            })
        })?)
    }

    /// The queue whose dead letters go there.
    pub(crate) fn source_of(&self, dead_letter_queue: &str) -> Option<&str> {
        let mut declared = self.declared.iter();
        let feeds =
            |queue: &Queue| queue.settings.dead_letter.as_deref() == Some(dead_letter_queue);
        declared.find(|(_, queue)| feeds(queue)).map(|(name, _)| name.as_str())
    }

    /// Moves every dead letter to `to`, visible and as if never received; returns how many.
    pub(crate) fn redrive(&self, dead_letter_queue: &str, to: &str) -> Result<usize, QueueError> {
        self.queue(dead_letter_queue)?;
        let arrivals = &self.queue(to)?.arrivals;
        let moved = self.database.write(|tx| {
            // A new serial, or a receipt from before the message died would be valid again.
            tx.execute(
                "UPDATE messages
                 SET queue = ?2, visible_at_ms = ?3, receive_count = 0, receipts = receipts + 1
                 WHERE queue = ?1",
                params![dead_letter_queue, to, self.now_ms()],
            )
        })?;
        arrivals.notify_waiters();
        Ok(moved)
    }

    /// Deletes every message, in flight or not; returns how many.
    #[cfg(test)]
    pub(crate) fn purge(&self, queue: &str) -> Result<usize, QueueError> {
        self.queue(queue)?;
        Ok(self.database.write(|tx| {
            tx.execute(
                "DELETE FROM bodies WHERE id IN (SELECT id FROM messages WHERE queue = ?1)",
                params![queue],
            )?;
            tx.execute("DELETE FROM messages WHERE queue = ?1", params![queue])
        })?)
    }

    /// Whether there is nothing left to do: no handler is busy and every queue is empty, except
    /// dead-letter queues, which nothing empties by itself.
    pub(crate) fn is_idle(&self) -> Result<bool, QueueError> {
        let dead_letters: Vec<_> =
            self.declared.values().filter_map(|q| q.settings.dead_letter.as_ref()).collect();
        let connection = self.database.lock();
        for queue in self.declared.keys().filter(|name| !dead_letters.contains(name)) {
            let mut any =
                connection.prepare_cached("SELECT 1 FROM messages WHERE queue = ?1 LIMIT 1")?;
            if any.exists(params![queue])? {
                return Ok(false);
            }
        }
        // Read last: a handler's messages are deleted before it stops counting as busy.
        Ok(self.handling.load(Ordering::SeqCst) == 0)
    }

    /// Counts a batch as being handled until the answer is dropped.
    pub(crate) fn start_handling(&self) -> Handling<'_> {
        self.handling.fetch_add(1, Ordering::SeqCst);
        Handling(&self.handling)
    }

    /// The value last put under the key.
    pub(crate) fn meta_get(&self, key: &str) -> Result<Option<String>, QueueError> {
        let connection = self.database.lock();
        let mut value = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(value.query_row(params![key], |row| row.get(0)).optional()?)
    }

    /// Keeps a value, as durable as a message, in place of the one before.
    pub(crate) fn meta_put(&self, key: &str, value: &str) -> Result<(), QueueError> {
        self.database.write(|tx| {
            tx.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
                .execute(params![key, value])
        })?;
        Ok(())
    }

    /// The settings a queue was declared with.
    pub(crate) fn settings(&self, queue: &str) -> Result<&QueueSettings, QueueError> {
        Ok(&self.queue(queue)?.settings)
    }

    /// The database, for what else is to be as durable as the messages.
    pub(crate) fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }

    /// The clock, so that all parts agree on the time.
    pub(crate) fn clock(&self) -> Clock {
        Arc::clone(&self.clock)
    }

    fn queue(&self, name: &str) -> Result<&Queue, QueueError> {
        self.declared.get(name).ok_or_else(|| QueueError::UnknownQueue(name.to_owned()))
    }

    fn now_ms(&self) -> i64 {
        (self.clock)()
    }
}

/// One batch that a handler is busy with.
pub(crate) struct Handling<'a>(&'a AtomicUsize);

impl Drop for Handling<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
