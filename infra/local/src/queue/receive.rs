//! Receiving: which messages are due, which of them are undeliverable, and waiting for one.

use std::time::Duration;

use rusqlite::{Row, Transaction, params};
use tokio::sync::Notify;

use super::{QueueError, Queues, Received, message_id, receipt::Receipt};

/// The longest sleep without a look at the clock, which may jump (a laptop that slept, a test).
const RECHECK: Duration = Duration::from_secs(1);

/// What a receive asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Messages at most.
    pub(crate) messages: usize,
    /// Bytes of bodies at most; the first message is handed out however large it is.
    pub(crate) bytes: usize,
    /// Instead of the queue's own visibility time-out.
    pub(crate) visibility_timeout_ms: Option<i64>,
}

/// What a receive would find, up to the number of messages asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    /// Visible messages.
    pub(crate) messages: usize,
    /// Their bodies together.
    pub(crate) bytes: usize,
}

/// The envelope of a visible message.
struct Candidate {
    id: i64,
    bytes: usize,
    receive_count: u32,
    receipts: i64,
    group: Option<String>,
    sent_at_ms: i64,
}

impl Queues {
    /// Hands out up to `max` visible messages, oldest first, and hides them.
    #[cfg(test)]
    pub(crate) fn receive(&self, queue: &str, max: usize) -> Result<Vec<Received>, QueueError> {
        let all = Wanted { messages: max, bytes: usize::MAX, visibility_timeout_ms: None };
        self.receive_wanted(queue, all)
    }

    /// As [`Queues::receive`], with bounds of the caller's.
    pub(crate) fn receive_wanted(
        &self,
        queue: &str,
        wanted: Wanted,
    ) -> Result<Vec<Received>, QueueError> {
        let settings = self.settings(queue)?;
        let timeout = wanted.visibility_timeout_ms.unwrap_or(settings.visibility_timeout_ms);
        let dead_letter = settings.dead_letter.as_deref();
        let limit = dead_letter.map_or(u32::MAX, |_| settings.max_receive_count);
        let now = self.now_ms();
        let (received, died) = self.database.write(|tx| {
            let (due, dead) = candidates(tx, queue, now, limit, wanted)?;
            bury(tx, &dead, dead_letter, now)?;
            let received = due
                .into_iter()
                .map(|candidate| hand_out(tx, candidate, now.saturating_add(timeout)))
                .collect::<Result<Vec<_>, _>>()?;
            Ok((received, !dead.is_empty()))
        })?;
        if let (true, Some(dead_letter)) = (died, dead_letter) {
            self.arrivals(dead_letter)?.notify_waiters();
        }
        Ok(received)
    }

    /// Counts what a receive of up to `limit` messages would find now.
    pub(crate) fn ready(&self, queue: &str, limit: usize) -> Result<Ready, QueueError> {
        let connection = self.database.lock();
        let mut count = connection.prepare_cached(
            "SELECT count(*), coalesce(sum(bytes), 0) FROM
                 (SELECT bytes FROM messages WHERE queue = ?1 AND visible_at_ms <= ?2
                  ORDER BY visible_at_ms, id LIMIT ?3)",
        )?;
        Ok(count.query_row(params![queue, self.now_ms(), limit], |row| {
            Ok(Ready { messages: row.get(0)?, bytes: row.get(1)? })
        })?)
    }

    /// Returns when at least one message is visible, without polling while none is expected.
    pub(crate) async fn wait_for_message(&self, queue: &str) -> Result<(), QueueError> {
        let arrivals = self.arrivals(queue)?;
        loop {
            // Made before the look, so that an arrival between look and wait is not missed.
            let arrival = arrivals.notified();
            match self.next_visible_in(queue)? {
                Some(Duration::ZERO) => return Ok(()),
                Some(wait) => tokio::select! {
                    () = arrival => {}
                    () = tokio::time::sleep(wait.min(RECHECK)) => {}
                },
                None => arrival.await,
            }
        }
    }

    /// Fires when a message arrives, or when the time at which one becomes visible changes.
    pub(crate) fn arrivals(&self, queue: &str) -> Result<&Notify, QueueError> {
        Ok(&self.queue(queue)?.arrivals)
    }

    /// Time until a message is visible: zero if one is, `None` if there is none at all.
    fn next_visible_in(&self, queue: &str) -> Result<Option<Duration>, QueueError> {
        let connection = self.database.lock();
        let mut first = connection
            .prepare_cached("SELECT min(visible_at_ms) FROM messages WHERE queue = ?1")?;
        let at: Option<i64> = first.query_row(params![queue], |row| row.get(0))?;
        let until = |at: i64| u64::try_from(at.saturating_sub(self.now_ms())).unwrap_or(0);
        Ok(at.map(until).map(Duration::from_millis))
    }
}

/// The visible messages to hand out, and those met on the way that were received too often.
fn candidates(
    tx: &Transaction<'_>,
    queue: &str,
    now: i64,
    max_receive_count: u32,
    wanted: Wanted,
) -> Result<(Vec<Candidate>, Vec<Candidate>), rusqlite::Error> {
    let mut visible = tx.prepare_cached(
        "SELECT id, bytes, receive_count, receipts, message_group, sent_at_ms FROM messages
         WHERE queue = ?1 AND visible_at_ms <= ?2 ORDER BY visible_at_ms, id",
    )?;
    let mut rows = visible.query(params![queue, now])?;
    let (mut due, mut dead, mut bytes) = (Vec::new(), Vec::new(), 0_usize);
    while due.len() < wanted.messages
        && let Some(row) = rows.next()?
    {
        let candidate = Candidate::from_row(row)?;
        if candidate.receive_count >= max_receive_count {
            dead.push(candidate);
            continue;
        }
        bytes = bytes.saturating_add(candidate.bytes);
        if bytes > wanted.bytes && !due.is_empty() {
            break;
        }
        due.push(candidate);
    }
    Ok((due, dead))
}

/// Moves undeliverable messages. Their count stays, to tell how often each was tried; a new serial
/// makes the receipts from before stale.
fn bury(
    tx: &Transaction<'_>,
    dead: &[Candidate],
    dead_letter: Option<&str>,
    now: i64,
) -> Result<(), rusqlite::Error> {
    let mut movement = tx.prepare_cached(
        "UPDATE messages SET queue = ?2, visible_at_ms = ?3, receipts = receipts + 1
         WHERE id = ?1",
    )?;
    for candidate in dead {
        movement.execute(params![candidate.id, dead_letter, now])?;
    }
    Ok(())
}

fn hand_out(
    tx: &Transaction<'_>,
    candidate: Candidate,
    visible_at: i64,
) -> Result<Received, rusqlite::Error> {
    let Candidate { id, receive_count, receipts, group, sent_at_ms, .. } = candidate;
    tx.prepare_cached(
        "UPDATE messages
         SET visible_at_ms = ?2, receive_count = receive_count + 1, receipts = receipts + 1
         WHERE id = ?1",
    )?
    .execute(params![id, visible_at])?;
    let body = tx
        .prepare_cached("SELECT body FROM bodies WHERE id = ?1")?
        .query_row(params![id], |row| row.get(0))?;
    Ok(Received {
        id: message_id(sent_at_ms, id),
        receipt_handle: Receipt { id, serial: receipts + 1 }.to_string(),
        body,
        receive_count: receive_count + 1,
        group,
        sent_at_ms,
    })
}

impl Candidate {
    fn from_row(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            id: row.get(0)?,
            bytes: row.get(1)?,
            receive_count: row.get(2)?,
            receipts: row.get(3)?,
            group: row.get(4)?,
            sent_at_ms: row.get(5)?,
        })
    }
}
