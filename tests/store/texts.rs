use tocsin_domain::{chunk::EventText, id::KeyedHash, minute::DAY};
use tocsin_shell::store::texts::{Refused, Said};
use tocsin_tables::fresh::Fresh;

use super::{NOW, conversation_id, tenant};

fn said(event: u64, bytes: usize) -> EventText {
    EventText { event, time: NOW, fields: vec![("text".to_owned(), "x".repeat(bytes))] }
}

fn under(number: usize, also: &[usize], text: EventText) -> Said {
    let also = also.iter().map(|other| conversation_id(*other)).collect();
    Said { conversation: conversation_id(number), also, texts: vec![text] }
}

/// How many items a table holds.
async fn held(fresh: &Fresh, table: &str) -> i32 {
    fresh.client.scan().table_name(table).consistent_read(true).send().await.unwrap().count
}

#[tokio::test]
async fn what_was_said_is_kept_once_apart_from_the_state_and_deleted_with_its_parts() {
    let (fresh, tenant) = (Fresh::create().await, tenant());
    let store = fresh.store();
    // Sixty conversations, of which one has a text too large for an item.
    let texts: Vec<_> = (0..60)
        .map(|number| under(number, &[], said(1, if number == 7 { 700_000 } else { 9 })))
        .collect();
    for _ in 0..2 {
        store.put_texts(&tenant, &texts, NOW).await.unwrap();
        assert_eq!(held(&fresh, &fresh.texts).await, 60 + 3);
    }
    store.put_texts(&tenant, &[under(7, &[], said(2, 9))], NOW).await.unwrap();
    assert_eq!(store.delete_texts(&tenant, conversation_id(7)).await.unwrap(), 2);
    assert_eq!(store.delete_texts(&tenant, conversation_id(7)).await.unwrap(), 0);
    assert_eq!((held(&fresh, &fresh.texts).await, held(&fresh, &fresh.state).await), (59, 0));
}

#[tokio::test]
async fn what_is_kept_under_several_hashes_is_deleted_under_each() {
    let (fresh, tenant) = (Fresh::create().await, tenant());
    let store = fresh.store();
    let both = [under(1, &[2], said(1, 9)), under(2, &[1, 3], said(1, 9))];
    store.put_texts(&tenant, &both, NOW).await.unwrap();
    // The same again from where one hash is known only, and what others said.
    let single = [under(1, &[], said(1, 9)), under(3, &[], said(2, 9)), under(4, &[], said(1, 9))];
    store.put_texts(&tenant, &single, NOW).await.unwrap();
    assert_eq!(store.delete_texts(&tenant, conversation_id(1)).await.unwrap(), 4);
    assert_eq!(held(&fresh, &fresh.texts).await, 1);
}

#[tokio::test]
async fn what_was_refused_is_read_by_its_day_and_deleted_where_it_names_somebody() {
    let (fresh, tenant) = (Fresh::create().await, tenant());
    let store = fresh.store();
    let name = KeyedHash::anonymous([7; 15]);
    let refused = |masked: String| Refused {
        reason: "not_json event".to_owned(),
        masked,
        known: None,
        delivery: None,
    };
    let masked = |number: usize| match number {
        3 | 250 => format!("{number} names {name}"),
        _ => format!("{number}"),
    };
    let all: Vec<Refused> = (0..300).map(|number| refused(masked(number))).collect();
    store.put_refused(&tenant, &all, NOW).await.unwrap();
    store.put_refused(&tenant, &[refused(name.to_string())], NOW - DAY).await.unwrap();

    let read = async |at, now| {
        let found = store.refused(&tenant, (at, at + DAY), now).await.unwrap();
        let mut texts: Vec<String> =
            found.into_iter().flat_map(|kept| kept.refused).map(|one| one.masked).collect();
        texts.sort_by_key(|text| {
            text.split(' ').next().and_then(|number| number.parse::<u32>().ok())
        });
        texts
    };
    assert_eq!(read(NOW, NOW).await, (0..300).map(masked).collect::<Vec<_>>());
    assert_eq!(read(NOW - DAY, NOW).await, [name.to_string()]);
    assert!(read(NOW, NOW + 31 * DAY).await.is_empty());

    assert_eq!(store.delete_refused(&tenant, &[name], NOW).await.unwrap(), 3);
    let left: Vec<String> = (0..300).filter(|n| ![3, 250].contains(n)).map(masked).collect();
    assert_eq!(read(NOW, NOW).await, left);
    assert!(read(NOW - DAY, NOW).await.is_empty());
    assert_eq!(held(&fresh, &fresh.texts).await, 3);
}
