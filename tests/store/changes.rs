use std::collections::HashMap;

use serde_json::json;
use tocsin_domain::{
    chunk::{Observation, ObservationKind},
    id::{ConversationId, KeyedHash},
    minute::{DAY, HOUR, Minute},
};
use tocsin_shell::store::{
    Store, StoreError,
    conversations::{Change, Entity, Versioned, lives_at},
    observations::ObservationWrite,
    pointers::PointerWrite,
};
use tocsin_tables::fresh::store;

use super::{NOW, PAGE, chunk, conversation_id, insert, messages, named, sums, tenant};

/// The change that adds a chunk of messages to each of these, as it was read.
async fn change(store: &Store, ids: &[ConversationId], name: &str) -> Change {
    let mut read = store.read_conversations(&tenant(), ids, NOW).await.unwrap();
    let mut conversations = Vec::new();
    for id in ids {
        let mut conversation = read.remove(id).unwrap();
        insert(&mut conversation.value, &messages(name, 3));
        conversations.push((*id, conversation));
    }
    let delta = sums(Minute::of(NOW), 1);
    Change { conversations, delta, ..Change::default() }
}

fn ids(count: usize) -> Vec<ConversationId> {
    (0..count).map(conversation_id).collect()
}

async fn lengths(store: &Store, ids: &[ConversationId]) -> Vec<usize> {
    let read = store.read_conversations(&tenant(), ids, NOW).await.unwrap();
    ids.iter().map(|id| read[id].value.len()).collect()
}

#[tokio::test]
async fn a_transaction_takes_a_hundred_items_and_a_read_any_number() {
    let (store, ids) = (store().await, ids(150));
    store.write_change(&tenant(), change(&store, &ids[..99], "a").await, NOW).await.unwrap();
    assert_eq!(lengths(&store, &ids).await, [[3; 99].as_slice(), &[0; 51]].concat());

    let many = store.write_change(&tenant(), change(&store, &ids[..100], "b").await, NOW).await;
    assert!(matches!(many, Err(StoreError::TooLarge(101))), "{many:?}");
    assert_eq!(lengths(&store, &ids).await, [[3; 99].as_slice(), &[0; 51]].concat());
    assert_eq!(store.deltas(&tenant()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_change_is_written_whole_or_not_at_all() {
    let (store, ids) = (store().await, ids(3));
    let (one, other) = (change(&store, &ids[..2], "a").await, change(&store, &ids[1..], "b").await);
    store.write_change(&tenant(), one, NOW).await.unwrap();
    let lost = store.write_change(&tenant(), other, NOW).await;
    assert!(matches!(lost, Err(StoreError::Conflict)), "{lost:?}");
    assert_eq!(lengths(&store, &ids).await, [3, 3, 0]);
    assert_eq!(store.deltas(&tenant()).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_add_to_one_conversation_at_once_is_all_there_with_a_delta_each() {
    let (store, ids) = (store().await, ids(2));
    let workers = (0..6).map(|number| {
        let (store, ids) = (store.clone(), ids.clone());
        tokio::spawn(async move {
            loop {
                let change = change(&store, &ids, &number.to_string()).await;
                match store.write_change(&tenant(), change, NOW).await {
                    Ok(()) => break,
                    Err(StoreError::Conflict) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    assert_eq!(lengths(&store, &ids).await, [18, 18]);
    assert_eq!(store.deltas(&tenant()).await.unwrap().len(), 6);
}

#[tokio::test]
async fn a_repeated_transaction_finds_its_own_traces() {
    let (store, ids) = (store().await, ids(1));
    let first = change(&store, &ids, "a").await;
    let again = Change {
        conversations: first.conversations.clone(),
        delta: first.delta.clone(),
        ..Change::default()
    };
    store.write_change(&tenant(), first, NOW).await.unwrap();
    let repeated = store.write_change(&tenant(), again, NOW).await;
    assert!(matches!(repeated, Err(StoreError::Conflict)), "{repeated:?}");
    assert_eq!(store.deltas(&tenant()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn every_entity_of_a_tenant_is_visited_once_and_nobody_elses() {
    let (store, ids) = (store().await, ids(180));
    let mut bytes = 0;
    for few in ids.chunks(60) {
        let mut conversations = Vec::new();
        for id in few {
            let mut value = Versioned::default();
            insert(&mut value.value, &messages("a", 170));
            let stored = value.value.clone().encode();
            bytes += stored.inline.map_or(0, |body| body.len());
            conversations.push((*id, value));
        }
        let change = Change { conversations, ..Change::default() };
        store.write_change(&tenant(), change, NOW).await.unwrap();
    }
    assert!(bytes > PAGE, "one page of answers would do: {bytes}");
    // Of a tenant whose name begins alike.
    let mut other = change(&store, &ids[..1], "b").await;
    other.conversations[0].1.version = None;
    store.write_change(&named("demo-2"), other, NOW).await.unwrap();

    let mut visited: HashMap<ConversationId, usize> = HashMap::new();
    let visit = |entity| match entity {
        Entity::Conversation(id, conversation) => {
            assert_eq!(conversation.len(), 170);
            *visited.entry(id).or_default() += 1;
        }
        other => panic!("{other:?}"),
    };
    store.scan_entities(&tenant(), NOW, visit).await.unwrap();
    assert_eq!(visited, ids.iter().map(|id| (*id, 1)).collect());
}

#[tokio::test]
async fn who_is_known_by_another_hash_is_found_until_the_pointer_is_over() {
    let (store, tenant) = (store().await, tenant());
    let [old, middle, new] = [1, 2, 3].map(|drawn| KeyedHash::anonymous([drawn; 15]));
    let pointers = |writes: &[PointerWrite]| Change {
        conversation_pointers: writes.to_vec(),
        customer_pointers: writes.to_vec(),
        ..Change::default()
    };
    let known = PointerWrite::known_as;
    let both = [known(old, middle, None), known(middle, new, None)];
    store.write_change(&tenant, pointers(&both), NOW).await.unwrap();
    let again = store.write_change(&tenant, pointers(&both), NOW).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");

    let found = store.read_customers(&tenant, [old], NOW).await.unwrap();
    assert_eq!((lives_at(&found, old), found.len()), (new, 3));
    let found = store.read_conversations(&tenant, &[old, new], NOW).await.unwrap();
    assert_eq!((found[&old].pointer.unwrap().to, found[&new].pointer), (middle, None));

    // A pointer lives for two retentions of a conversation, 104 days.
    let found = store.read_customers(&tenant, [old], NOW + 105 * DAY).await.unwrap();
    assert_eq!((lives_at(&found, old), found[&old].version.is_some()), (old, true));
}

#[tokio::test]
async fn customers_are_read_as_they_were_written() {
    let (store, tenant) = (store().await, tenant());
    let started = json!({"customer": "c-1", "channel": "chat", "direction": "inbound"});
    let chunk = chunk("subject", &[("a".to_owned(), "cx.conversation.started", started)]);
    let customer = chunk.events[0].1.customer().unwrap();
    let mut read = store.read_customers(&tenant, [customer], NOW).await.unwrap();
    let mut mine = read.remove(&customer).unwrap();
    let visit = tocsin_domain::customer::Visit {
        start: NOW - HOUR,
        dimensions: Default::default(),
        resolved: None,
        deflected: None,
    };
    let visits = [(conversation_id(1), vec![visit])];
    assert!(mine.value.revise(visits, i64::MIN, &mut sums(Minute::of(NOW), 0)));
    let customers = vec![(customer, mine.clone())];
    store.write_change(&tenant, Change { customers, ..Change::default() }, NOW).await.unwrap();
    let read = store.read_customers(&tenant, [customer], NOW).await.unwrap();
    assert_eq!(read[&customer].value, mine.value);
    let read = store.read_customers(&tenant, [customer], NOW + 39 * DAY).await.unwrap();
    assert!(read[&customer].value.is_empty() && read[&customer].version.is_some());
}

#[tokio::test]
async fn an_observation_stands_in_the_place_of_the_one_that_was_read() {
    let (store, tenant) = (store().await, tenant());
    let change = |time: i64, id: u64| Observation {
        kind: ObservationKind::Change,
        key: format!("c{id}"),
        time,
        source: "/ci".to_owned(),
        id,
        queue: String::new(),
        data: "{}".to_owned(),
    };
    let write = async |observation: &Observation, read| {
        let observations = vec![ObservationWrite { observation: observation.clone(), read }];
        store.write_change(&tenant, Change { observations, ..Change::default() }, NOW).await
    };
    let seen: Vec<Observation> =
        (0..4).map(|hour| change(NOW - HOUR * hour, hour.unsigned_abs())).collect();
    for observation in &seen {
        write(observation, None).await.unwrap();
    }
    assert!(matches!(write(&seen[0], None).await, Err(StoreError::Conflict)));
    let stored = store.read_observations(&tenant, &seen[..1], NOW).await.unwrap();
    let [(Some(found), version @ Some(_))] = &stored[..] else { panic!("{stored:?}") };
    assert_eq!(found, &seen[0]);
    let revised = Observation { data: r#"{"kind":"prompt"}"#.to_owned(), ..seen[0].clone() };
    write(&revised, *version).await.unwrap();
    let within =
        |from, to, now| store.events_between(&tenant, ObservationKind::Change, from, to, now);
    let found = within(NOW - 2 * HOUR, NOW + 1, NOW).await.unwrap();
    assert_eq!(found, [&seen[2], &seen[1], &revised].map(Clone::clone));
    assert!(within(0, NOW + 1, NOW + 401 * DAY).await.unwrap().is_empty());
}
