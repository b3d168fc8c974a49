//! What comes late for a conversation that was erased names nobody.
#![expect(clippy::unwrap_used, reason = "a test")]

mod batches;

use std::sync::Arc;

use serde_json::{Value, json};
use tocsin_domain::{
    chunk::Chunk,
    configuration::Configuration,
    decode::{Agents, Intake, decode},
    derived::Policy,
    id::{ConversationId, CustomerId, KeyedHash, PseudonymKey},
    minute::DAY,
};
use tocsin_rollup::Rollup;
use tocsin_shell::{
    clock::Clock,
    erasure::{Whom, erase},
    store::{Store, conversations::Entity},
    verify::verify,
};
use tocsin_tables::fresh::store;

use batches::{NOW, deliver, tenant};

fn chunk(subject: &str, kind: &str, data: &Value) -> Chunk {
    chunk_under(&key(), subject, kind, data)
}

fn chunk_under(key: &PseudonymKey, subject: &str, kind: &str, data: &Value) -> Chunk {
    let (sources, policy) = ([String::new()], Policy::default());
    let intake =
        Intake { key, sources: &sources, now: &|_| NOW, accept_late: 7 * DAY, policy: &policy };
    let mut chunk = Chunk::new(tenant(), NOW);
    let event = json!({
        "specversion": "1.0", "id": format!("{subject}-{kind}"), "source": "/test",
        "subject": subject, "type": kind, "time": "2026-01-07T12:00:00Z", "data": data,
    });
    decode(&event, &intake, &mut chunk, &mut Agents::new()).unwrap();
    chunk
}

fn key() -> PseudonymKey {
    PseudonymKey::derive(b"test", &tenant(), 1)
}

/// How many conversations there are, and the customers whom they name.
async fn named(store: &Store) -> (usize, Vec<CustomerId>) {
    let (mut conversations, mut customers) = (0, Vec::new());
    let visit = |entity| {
        if let Entity::Conversation(_, conversation) = entity {
            conversations += 1;
            customers.extend(conversation.customers());
        }
    };
    store.scan_entities(&tenant(), NOW, visit).await.unwrap();
    (conversations, customers)
}

#[tokio::test]
async fn a_late_event_does_not_bring_an_erased_customer_back() {
    let store = store().await;
    let rollup = Rollup::new(store.clone(), Arc::default(), Clock::starting_at(NOW));
    let started = json!({"customer": "c-4711", "channel": "chat", "direction": "inbound"});
    let chunks = [
        chunk("known", "cx.conversation.started", &started),
        chunk("late", "cx.message.added", &json!({"author": "customer", "text": "hello"})),
        chunk("late", "cx.conversation.started", &started),
    ];
    deliver(&rollup, &chunks, &[0, 1], 2).await;
    let customer = key().customer("c-4711");
    assert_eq!(named(&store).await, (2, vec![customer]));

    let configuration = Configuration::default();
    let mut drawn = 0;
    let mut random = move || {
        drawn += 1;
        KeyedHash::anonymous([drawn; 15])
    };
    let late: ConversationId = key().conversation("late");
    for whom in [Whom::Customer(vec![customer]), Whom::Subject(vec![late])] {
        erase(&store, &tenant(), &configuration, &whom, (NOW, &mut random)).await.unwrap();
    }
    let anonymous = match named(&store).await {
        (2, names) if names.len() == 1 && names[0] != customer => names[0],
        other => panic!("{other:?}"),
    };

    deliver(&rollup, &chunks, &[2, 0, 1, 2], 1).await;
    assert_eq!(named(&store).await, (2, vec![anonymous; 2]), "both are the same stranger's");
    let report = verify(&store, &tenant(), &configuration, NOW).await.unwrap();
    assert_eq!((report.conversations, report.differences.len()), (2, 0), "{report:?}");
}

#[tokio::test]
async fn a_customer_with_two_histories_loses_both() {
    let store = store().await;
    let rollup = Rollup::new(store.clone(), Arc::default(), Clock::starting_at(NOW));
    let started = json!({"customer": "c-4711", "channel": "chat", "direction": "inbound"});
    let keys = [1, 2].map(|version| PseudonymKey::derive(b"test", &tenant(), version));
    let hashes = keys.each_ref().map(|key| key.customer("c-4711"));
    // Each was sent when only one of the keys was known, so nothing says that they are one person's.
    let kind = "cx.conversation.started";
    let chunks = [
        chunk_under(&keys[0], "before", kind, &started),
        chunk_under(&keys[1], "after", kind, &started),
    ];
    deliver(&rollup, &chunks, &[0, 1], 1).await;

    let configuration = Configuration::default();
    let mut drawn = 0;
    let mut random = move || {
        drawn += 1;
        KeyedHash::anonymous([drawn; 15])
    };
    let whom = Whom::Customer(hashes.to_vec());
    let mut names = Vec::new();
    for _ in 0..2 {
        let given = (NOW, &mut random as &mut (dyn FnMut() -> KeyedHash + Send + Sync));
        erase(&store, &tenant(), &configuration, &whom, given).await.unwrap();
        let stored = store.read_customers(&tenant(), hashes, NOW).await.unwrap();
        let (are_left, are_moved): (Vec<_>, Vec<_>) =
            stored.iter().partition(|(id, _)| hashes.contains(id));
        assert!(are_left.iter().all(|(_, one)| one.value.is_empty()), "{are_left:?}");
        assert!(are_moved.len() == 2 && are_moved.iter().all(|(_, one)| !one.value.is_empty()));
        names.push(named(&store).await);
    }
    assert_eq!(names[0].0, 2);
    assert!(names[0].1.iter().all(|customer| customer.is_anonymous()), "{names:?}");
    assert_eq!(names[0].1.len(), names[1].1.len());
    assert!(names[1].1.iter().all(|again| names[0].1.contains(again)), "they keep their names");
    let report = verify(&store, &tenant(), &configuration, NOW).await.unwrap();
    assert_eq!((report.conversations, report.differences.len()), (2, 0), "{report:?}");
}

#[tokio::test]
async fn what_is_said_in_an_event_that_changes_nothing_is_erased_with_its_conversation() {
    let configuration = Configuration::default();
    let keys = [1, 2].map(|version| PseudonymKey::derive(b"test", &tenant(), version));
    let said = |key, text: &str| {
        chunk_under(key, "one", "cx.message.added", &json!({"author": "customer", "text": text}))
    };
    // Two events of one identity: whichever stands, one of these brings the other afterwards.
    for (first, second) in [("hello", "good morning"), ("good morning", "hello")] {
        let store = store().await;
        let rollup = Rollup::new(store.clone(), Arc::default(), Clock::starting_at(NOW));
        let started = json!({"customer": "c-4711", "channel": "chat", "direction": "inbound"});
        let mut under_both = said(&keys[0], second);
        under_both.take_rehashed(said(&keys[1], second));
        let started = chunk_under(&keys[0], "one", "cx.conversation.started", &started);
        deliver(&rollup, &[started, said(&keys[0], first), under_both], &[0, 1, 2], 1).await;

        let mut random = || KeyedHash::anonymous([7; 15]);
        let given = (NOW, &mut random as &mut (dyn FnMut() -> KeyedHash + Send + Sync));
        let whom = Whom::Customer(keys.iter().map(|key| key.customer("c-4711")).collect());
        let erased = erase(&store, &tenant(), &configuration, &whom, given).await.unwrap();
        assert_eq!(erased.texts, 3, "{erased:?}");
        for key in &keys {
            let left = store.delete_texts(&tenant(), key.conversation("one")).await.unwrap();
            assert_eq!(left, 0, "{second:?} came second");
        }
    }
}
