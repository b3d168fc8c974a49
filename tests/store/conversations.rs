use tocsin_domain::minute::DAY;
use tocsin_shell::store::{
    Store, StoreError,
    conversations::{Change, Versioned},
};
use tocsin_tables::fresh::store;

use super::{NOW, conversation_id, insert, messages, tenant};

type Conversation = Versioned<tocsin_domain::conversation::Conversation>;

async fn read(store: &Store, now: i64) -> Conversation {
    let id = conversation_id(1);
    store.read_conversations(&tenant(), &[id], now).await.unwrap().remove(&id).unwrap()
}

async fn write(store: &Store, conversation: &Conversation, now: i64) -> Result<(), StoreError> {
    let conversations = vec![(conversation_id(1), conversation.clone())];
    store.write_change(&tenant(), Change { conversations, ..Change::default() }, now).await
}

/// A stored conversation with pages of its own: how many events.
async fn long(store: &Store) -> usize {
    let mut conversation = read(store, NOW).await;
    insert(&mut conversation.value, &messages("a", 1_200));
    assert!(conversation.value.clone().encode().pages > 2);
    write(store, &conversation, NOW).await.unwrap();
    1_200
}

#[tokio::test]
async fn a_long_conversation_is_read_whole_and_rewritten_in_part() {
    let store = store().await;
    let events = long(&store).await;
    let mut conversation = read(&store, NOW).await;
    assert_eq!(conversation.value.len(), events);
    insert(&mut conversation.value, &messages("b", 1));
    let stored = conversation.value.clone().encode();
    assert!(stored.changed.len() < stored.pages);
    write(&store, &conversation, NOW).await.unwrap();
    assert_eq!(read(&store, NOW).await.value.len(), events + 1);
    // Whoever read what was there before comes too late, and changes no page.
    assert!(matches!(write(&store, &conversation, NOW).await, Err(StoreError::Conflict)));
    assert_eq!(read(&store, NOW).await.value.len(), events + 1);
}

#[tokio::test]
async fn a_later_life_of_a_subject_meets_no_page_of_the_former_one() {
    let store = store().await;
    long(&store).await;
    let later = NOW + 60 * DAY;
    let mut expired = read(&store, later).await;
    assert_eq!((expired.value.len(), expired.epoch, expired.version.is_some()), (0, None, true));
    insert(&mut expired.value, &messages("b", 900));
    write(&store, &expired, later).await.unwrap();
    assert_eq!(read(&store, NOW).await.value.len(), 900);
}

#[tokio::test]
async fn pages_are_deleted_and_the_head_stays() {
    let store = store().await;
    long(&store).await;
    let mut conversation = read(&store, NOW).await;
    let moved = conversation_id(2);
    conversation.value = conversation.value.renaming(|customer| customer);
    store.put_pages(&tenant(), moved, &mut conversation, NOW).await.unwrap();
    let conversations = vec![(moved, Versioned { version: None, ..conversation })];
    let change = Change { conversations, ..Change::default() };
    store.write_change(&tenant(), change, NOW).await.unwrap();
    store.delete_pages(&tenant(), conversation_id(1)).await.unwrap();

    let ids = [conversation_id(1), moved];
    let gone = store.read_conversations(&tenant(), &ids[..1], NOW).await;
    assert!(matches!(gone, Err(StoreError::Corrupt { .. })), "{gone:?}");
    let found = store.read_conversations(&tenant(), &ids[1..], NOW).await.unwrap();
    assert_eq!(found[&moved].value.len(), 1_200);
}

#[tokio::test]
async fn what_has_expired_is_read_as_nothing_and_replaced_on_condition_of_its_version() {
    let store = store().await;
    let mut conversation = read(&store, NOW).await;
    insert(&mut conversation.value, &messages("a", 3));
    write(&store, &conversation, NOW).await.unwrap();
    assert_eq!(read(&store, NOW + 51 * DAY).await.value.len(), 3);

    let later = NOW + 53 * DAY;
    let mut expired = read(&store, later).await;
    assert!(expired.value.is_empty());
    insert(&mut expired.value, &messages("b", 2));
    write(&store, &expired, later).await.unwrap();
    assert!(matches!(write(&store, &expired, later).await, Err(StoreError::Conflict)));
    assert_eq!(read(&store, NOW).await.value.len(), 2);
}
