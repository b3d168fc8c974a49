//! The store, access pattern by access pattern, on any DynamoDB: the embedded one, or AWS's own as
//! `tests/store/run` starts it. Whatever passes on both rests on what DynamoDB documents.
#![expect(clippy::unwrap_used, reason = "a test")]

mod agents;
mod alerts;
mod changes;
mod conversations;
mod people;
mod rollups;
mod settings;
mod texts;

use serde_json::{Value, json};
use tocsin_domain::{
    audit::{Entry, What},
    chunk::Chunk,
    conversation::Conversation,
    decode::{Agents, Intake, decode},
    derived::Policy,
    dimension::{Dimension, WIDTH},
    id::{ConversationId, PseudonymKey, TenantId},
    metric::Metric,
    minute::{DAY, Minute},
    sums::{Amount, Sums},
};

/// 2026-01-08T00:00:00Z
const NOW: i64 = 1_767_830_400_000_000_000;
/// DynamoDB answers queries and scans in pages of so many bytes.
const PAGE: usize = 1 << 20;

fn named(name: &str) -> TenantId {
    TenantId::try_from(name.to_owned()).unwrap()
}

fn tenant() -> TenantId {
    named("demo")
}

/// What the trail is to say of somebody's change at a time.
fn told(at: i64) -> Entry {
    Entry::done(at, "somebody", What::SaveRules, None)
}

fn key() -> PseudonymKey {
    PseudonymKey::derive(b"test", &tenant(), 1)
}

fn conversation_id(number: usize) -> ConversationId {
    key().conversation(&number.to_string())
}

/// A chunk of these events of one subject: the id, type and data of each, a second apart before [`NOW`].
fn chunk(subject: &str, events: &[(String, &str, Value)]) -> Chunk {
    let (sources, policy) = ([String::new()], Policy::default());
    let (key, accept_late) = (&key(), 7 * DAY);
    let intake = Intake { key, sources: &sources, now: &|_| NOW, accept_late, policy: &policy };
    let mut chunk = Chunk::new(tenant(), NOW);
    for (number, (id, kind, data)) in events.iter().enumerate() {
        let time =
            format!("2026-01-07T{:02}:{:02}:{:02}Z", number / 3600, number / 60 % 60, number % 60);
        let event = json!({
            "specversion": "1.0", "id": id, "source": "/test", "subject": subject, "type": kind,
            "time": time, "data": data,
        });
        decode(&event, &intake, &mut chunk, &mut Agents::new()).unwrap();
    }
    chunk
}

/// Messages of a customer, told apart by a name that is part of their ids.
fn messages(name: &str, count: usize) -> Chunk {
    let message = |number| {
        let data = json!({"author": "customer", "text": "hello"});
        (format!("{name}-{number}"), "cx.message.added", data)
    };
    chunk("subject", &(0..count).map(message).collect::<Vec<_>>())
}

/// Puts a chunk's events into a conversation.
fn insert(conversation: &mut Conversation, chunk: &Chunk) {
    let map = conversation.absorb(&chunk.symbols);
    for (_, event) in &chunk.events {
        conversation.insert(event.clone(), &map);
    }
}

/// Contacts of this many intents in a minute. Their names say nothing, so they do not compress.
fn sums(minute: Minute, intents: u64) -> Sums {
    let mut sums = Sums::default();
    for number in 0..intents {
        let drawn = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        let name = format!("{drawn:016x}{:016x}", drawn.wrapping_mul(0xbf58_476d_1ce4_e5b9));
        let mut values = [""; WIDTH];
        values[Dimension::Intent.index()] = &name;
        let vector = sums.vector(values);
        sums.add(minute, Metric::Contacts, vector, &Amount::count(1));
    }
    sums
}
