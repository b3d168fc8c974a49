//! What AWS is to the functions: tables, queues and topics, with the faults that AWS has.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard},
};

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tocsin_shell::store::Store;

use crate::{
    invocation::retention,
    message::{Claimed, Published},
    mutant::Wire,
    table::{self, Table, text},
};

/// A message that was delivered so often is a dead letter in place of the next time.
const TOO_OFTEN: u32 = 8;

/// The world, as everybody in it holds it.
#[derive(Clone)]
pub(crate) struct World(Arc<Mutex<State>>);

/// Its state.
pub(crate) struct State {
    pub(crate) rng: ChaCha8Rng,
    pub(crate) odds: Odds,
    pub(crate) mutant: Option<Wire>,
    pub(crate) tables: BTreeMap<String, Table>,
    pub(crate) queues: BTreeMap<String, Queue>,
    /// What the topics and the bus took, in order.
    pub(crate) published: Vec<Published>,
    /// Messages of which the publisher can not know whether they are out: it, or the answer to it, was
    /// lost between the publication and the mark that says so. Each may go out once more.
    pub(crate) uncertain: Vec<Claimed>,
    /// Tokens that transactions were sent with, and when: `DynamoDB` knows them for ten minutes.
    pub(crate) tokens: BTreeMap<String, i64>,
    /// Nanoseconds of the Unix epoch.
    pub(crate) now: i64,
    /// Since when nothing fails any more.
    pub(crate) calm_since: Option<i64>,
    /// The tables as they were right after some of the effects.
    pub(crate) moments: Vec<Moment>,
    /// After so many calls more a process dies, where that is planned.
    pub(crate) calls_left: Option<u64>,
    /// Fingerprint of every call, where it is asked for.
    pub(crate) trace: Option<DefaultHasher>,
    calls: u64,
}

/// The tables as they once were.
pub(crate) struct Moment {
    /// In nanoseconds.
    pub(crate) now: i64,
    tables: BTreeMap<String, Table>,
}

/// How likely each fault is at each call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Odds {
    /// Refused for now, without effect.
    pub(crate) throttled: f64,
    /// A transaction meets another.
    pub(crate) conflict: f64,
    /// The effect takes place and the answer is lost.
    pub(crate) answer_lost: f64,
    /// The process dies before the effect.
    pub(crate) crash_before: f64,
    /// The process dies after the effect.
    pub(crate) crash_after: f64,
    /// Of a batch, only a part takes place.
    pub(crate) partial: f64,
    /// The call takes up to a minute in place of some milliseconds.
    pub(crate) slow: f64,
}

/// A queue that delivers at least once, in no order.
#[derive(Default)]
pub(crate) struct Queue {
    pub(crate) messages: Vec<Message>,
    /// Delivered too often.
    pub(crate) dead: Vec<Message>,
    sent: u64,
}

#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) visible_at: i64,
    pub(crate) deliveries: u32,
}

/// What a call answers.
pub(crate) enum Answer {
    /// The service's own.
    Body(u16, String),
    /// An action of a batch did not take place.
    Throttled,
}

impl World {
    pub(crate) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics with the world in hand")
    }
}

impl Moment {
    /// A store of what the tables held then, which nothing disturbs.
    pub(crate) fn store(&self) -> Store {
        let copies = |name: &str| self.tables.get(name).map(Table::copies).unwrap_or_default();
        Store::of_copies(retention(), copies("state"), copies("texts"))
    }
}

impl State {
    pub(crate) fn new(rng: ChaCha8Rng, odds: Odds, mutant: Option<Wire>, now: i64) -> Self {
        Self {
            rng,
            odds,
            mutant,
            now,
            calm_since: None,
            tables: BTreeMap::new(),
            queues: BTreeMap::new(),
            published: Vec::new(),
            uncertain: Vec::new(),
            tokens: BTreeMap::new(),
            moments: Vec::new(),
            calls_left: None,
            trace: None,
            calls: 0,
        }
    }

    /// Fingerprint of everything that was asked so far, and how many calls it were.
    pub(crate) fn trace(&self) -> (u64, u64) {
        (self.trace.as_ref().map(Hasher::finish).unwrap_or_default(), self.calls)
    }

    /// The tables as they are now.
    pub(crate) fn moment(&self) -> Moment {
        Moment { now: self.now, tables: self.tables.clone() }
    }

    /// Remembers some moments, most of them from the midst of a compaction.
    pub(crate) fn watch(&mut self, operation: &str, request: &Value) {
        let is_of_head = operation == "PutItem" && text(&request["Item"]["sk"], "S") == "head";
        let odds = match operation {
            "PutItem" if is_of_head => 0.08,
            "BatchWriteItem" => 0.02,
            "TransactWriteItems" => 0.01,
            _ => 0.0,
        };
        if self.chance(odds) {
            self.moments.push(self.moment());
        }
    }

    /// A call arrives. Maps are sent in any order; here their keys are sorted.
    pub(crate) fn note(&mut self, operation: &str, request: &Value) {
        self.calls += 1;
        let Some(trace) = &mut self.trace else { return };
        let mut request = request.clone();
        if let Some(members) = request.as_object_mut() {
            // Drawn by the SDK at random where the caller gives none.
            members.remove("ClientRequestToken");
        }
        let canonical = serde_json_canonicalizer::to_string(&request).expect("plain JSON");
        (operation, canonical, self.now).hash(trace);
    }

    /// Whether this call was the last one that was planned.
    pub(crate) fn was_last(&mut self) -> bool {
        self.calls_left = self.calls_left.and_then(|left| left.checked_sub(1));
        self.calls_left == Some(0)
    }

    pub(crate) fn is(&self, mutant: Wire) -> bool {
        self.mutant == Some(mutant)
    }

    pub(crate) fn chance(&mut self, odds: f64) -> bool {
        odds > 0.0 && self.rng.random_bool(odds)
    }

    fn table(&mut self, request: &Value) -> &mut Table {
        self.tables.entry(text(request, "TableName").to_owned()).or_default()
    }

    /// A call to `DynamoDB` takes effect.
    pub(crate) fn database(&mut self, operation: &str, request: &Value) -> Answer {
        let body = match operation {
            "GetItem" => match self.table(request).get(&table::key(&request["Key"])) {
                Some(item) => return Answer::Body(200, format!("{{\"Item\":{item}}}")),
                None => json!({}),
            },
            "Query" => return items(&self.table(request).query(request)),
            "Scan" => return items(&self.table(request).scan(request)),
            "UpdateItem" => {
                self.table(request).add(request);
                json!({})
            }
            "PutItem" => return self.put(request),
            "BatchGetItem" => self.batch_get(request),
            "BatchWriteItem" => self.batch_write(request),
            "TransactWriteItems" => return self.transact(request),
            other => panic!("the model knows no {other}"),
        };
        Answer::Body(200, body.to_string())
    }

    fn put(&mut self, request: &Value) -> Answer {
        let unconditional = self.mutant.is_some_and(|mutant| mutant.drops_condition(request));
        let table = self.table(request);
        if !unconditional && table.allows(request).is_err() {
            return error("ConditionalCheckFailedException", &json!({}));
        }
        table.put(&request["Item"]);
        Answer::Body(200, "{}".to_owned())
    }

    fn batch_get(&mut self, request: &Value) -> Value {
        let (mut found, mut rest) = (json!({}), json!({}));
        for (name, wanted) in request["RequestItems"].as_object().into_iter().flatten() {
            let keys = wanted["Keys"].as_array().cloned().unwrap_or_default();
            let (now, later) = keys.split_at(self.part_of(keys.len()));
            let table = self.tables.entry(name.clone()).or_default();
            let items: Vec<_> = now.iter().filter_map(|key| table.get(&table::key(key))).collect();
            found[name] = json!(items);
            if !later.is_empty() && !self.is(Wire::UnprocessedIgnored) {
                rest[name] = json!({ "Keys": later, "ConsistentRead": true });
            }
        }
        json!({ "Responses": found, "UnprocessedKeys": rest })
    }

    fn batch_write(&mut self, request: &Value) -> Value {
        let mut rest = json!({});
        for (name, wanted) in request["RequestItems"].as_object().into_iter().flatten() {
            let actions = wanted.as_array().cloned().unwrap_or_default();
            let (now, later) = actions.split_at(self.part_of(actions.len()));
            let table = self.tables.entry(name.clone()).or_default();
            for action in now {
                match action.get("PutRequest") {
                    Some(put) => table.put(&put["Item"]),
                    None => table.delete(&table::key(&action["DeleteRequest"]["Key"])),
                }
            }
            if !later.is_empty() && !self.is(Wire::UnprocessedIgnored) {
                rest[name] = json!(later);
            }
        }
        json!({ "UnprocessedItems": rest })
    }

    /// How many of a batch take place.
    fn part_of(&mut self, all: usize) -> usize {
        let partial = self.odds.partial;
        if self.chance(partial) { self.rng.random_range(0..all) } else { all }
    }

    fn transact(&mut self, request: &Value) -> Answer {
        let token = text(request, "ClientRequestToken").to_owned();
        if !token.is_empty() && self.is_known_token(&token) {
            return Answer::Body(200, "{}".to_owned());
        }
        let actions = request["TransactItems"].as_array().cloned().unwrap_or_default();
        let actions: Vec<(String, Value)> = actions
            .into_iter()
            .filter_map(|action| {
                let (kind, body) = action.as_object()?.iter().next()?;
                Some((kind.clone(), body.clone()))
            })
            .collect();
        let mutant = self.mutant;
        let reasons: Vec<&str> = actions
            .iter()
            .map(|(_, action)| {
                let unconditional = mutant.is_some_and(|mutant| mutant.drops_condition(action));
                let allowed = unconditional || self.table(action).allows(action).is_ok();
                if allowed { "None" } else { "ConditionalCheckFailed" }
            })
            .collect();
        let fails = |reasons: &[&str]| reasons.iter().any(|reason| *reason != "None");
        if fails(&reasons) && !self.is(Wire::NotAtomic) {
            return cancelled(&reasons);
        }
        // Without atomicity, what fails leaves the others standing, and a crash a part of them.
        let keeps = if self.is(Wire::NotAtomic) && self.chance(0.2) {
            self.rng.random_range(0..=actions.len())
        } else {
            actions.len()
        };
        for ((kind, action), reason) in actions.iter().zip(&reasons).take(keeps) {
            match kind.as_str() {
                _ if *reason != "None" => {}
                "Put" => self.table(action).put(&action["Item"]),
                "Delete" => self.table(action).delete(&table::key(&action["Key"])),
                "Update" => self.table(action).add(action),
                _ => {}
            }
        }
        if keeps < actions.len() {
            return Answer::Throttled;
        }
        if fails(&reasons) {
            return cancelled(&reasons);
        }
        if !token.is_empty() {
            self.tokens.insert(token, self.now);
        }
        Answer::Body(200, "{}".to_owned())
    }

    fn is_known_token(&self, token: &str) -> bool {
        const TEN_MINUTES: i64 = 600_000_000_000;
        self.tokens.get(token).is_some_and(|since| self.now - since < TEN_MINUTES)
    }

    /// A call to SQS takes effect.
    pub(crate) fn queue(&mut self, request: &Value) -> Answer {
        let name = text(request, "QueueUrl").rsplit('/').next().unwrap_or_default().to_owned();
        let entries = request["Entries"].as_array().cloned().unwrap_or_default();
        let (now, later) = entries.split_at(self.part_of(entries.len()));
        let successful: Vec<Value> = now
            .iter()
            .map(|entry| {
                let message = self.send(&name, text(entry, "MessageBody"));
                json!({ "Id": entry["Id"], "MessageId": message, "MD5OfMessageBody": "0" })
            })
            .collect();
        let failed = later.iter().map(
            |entry| json!({ "Id": entry["Id"], "Code": "InternalError", "SenderFault": false }),
        );
        let failed: Vec<Value> =
            if self.is(Wire::PartialSendIgnored) { Vec::new() } else { failed.collect() };
        let body = json!({ "Successful": successful, "Failed": failed });
        Answer::Body(200, body.to_string())
    }

    /// Puts a message into a queue.
    pub(crate) fn send(&mut self, name: &str, body: &str) -> String {
        let visible_at = self.now;
        let queue = self.queues.entry(name.to_owned()).or_default();
        queue.sent += 1;
        let id = format!("{name}-{}", queue.sent);
        let body = body.to_owned();
        queue.messages.push(Message { id: id.clone(), body, visible_at, deliveries: 0 });
        id
    }

    /// Takes up to so many visible messages out for a time; one in some is delivered twice.
    pub(crate) fn receive(&mut self, name: &str, most: usize, hidden: i64) -> Vec<Message> {
        let now = self.now;
        let Some(mut queue) = self.queues.remove(name) else { return Vec::new() };
        let (visible, mut kept): (Vec<_>, Vec<_>) =
            queue.messages.drain(..).partition(|message| message.visible_at <= now);
        let mut received = Vec::new();
        let mut visible = visible;
        while received.len() < most && !visible.is_empty() {
            let mut message = visible.swap_remove(self.rng.random_range(0..visible.len()));
            message.deliveries += 1;
            if message.deliveries > TOO_OFTEN {
                queue.dead.push(message);
                continue;
            }
            received.push(message.clone());
            // At least once: now and then somebody else gets it at once.
            let shown_again = self.rng.random_bool(0.25);
            message.visible_at = if shown_again { now } else { now + hidden };
            kept.push(message);
        }
        kept.extend(visible);
        queue.messages = kept;
        self.queues.insert(name.to_owned(), queue);
        received
    }

    /// What was delivered is done, but for those that must come again.
    pub(crate) fn done(&mut self, name: &str, received: &[Message], failed: &BTreeSet<String>) {
        let now = self.now;
        let Some(queue) = self.queues.get_mut(name) else { return };
        queue.messages.retain(|message| {
            let is_received = received.iter().any(|one| one.id == message.id);
            !is_received || failed.contains(&message.id)
        });
        for message in &mut queue.messages {
            if failed.contains(&message.id) {
                message.visible_at = message.visible_at.min(now + 1_000_000_000);
            }
        }
    }

    pub(crate) fn is_empty(&self, name: &str) -> bool {
        self.queues.get(name).is_none_or(|queue| queue.messages.is_empty())
    }

    /// Brings the dead letters of all queues back, as an operator does; those that are about to be some, too.
    pub(crate) fn redrive(&mut self) -> usize {
        let now = self.now;
        let mut redriven = 0;
        for queue in self.queues.values_mut() {
            for mut message in std::mem::take(&mut queue.dead) {
                message.deliveries = 0;
                message.visible_at = now;
                redriven += 1;
                queue.messages.push(message);
            }
            for message in queue.messages.iter_mut().filter(|one| one.deliveries >= TOO_OFTEN) {
                message.deliveries = 0;
            }
        }
        redriven
    }
}

/// What a query or a scan answers.
fn items(found: &[&Value]) -> Answer {
    let found = serde_json::to_string(found).expect("plain JSON");
    Answer::Body(200, format!("{{\"Items\":{found}}}"))
}

/// An error as `DynamoDB` says it.
pub(crate) fn error(name: &str, members: &Value) -> Answer {
    let mut body = members.clone();
    body["__type"] = json!(format!("com.amazonaws.dynamodb.v20120810#{name}"));
    body["message"] = json!(name);
    Answer::Body(400, body.to_string())
}

/// A transaction that did not take place, with a reason for each of its actions.
pub(crate) fn cancelled(reasons: &[&str]) -> Answer {
    let reasons: Vec<Value> = reasons.iter().map(|reason| json!({ "Code": reason })).collect();
    error("TransactionCanceledException", &json!({ "CancellationReasons": reasons }))
}
