use tocsin_domain::{
    cells::expand,
    compaction::Head,
    dimension::{Dimension, View},
    metric::Family,
    minute::{DAY, HOUR, Hour, Minute},
    sums::Sums,
    wait::Sample,
};
use tocsin_shell::store::StoreError;
use tocsin_tables::fresh::store;

use super::{NOW, PAGE, sums, tenant};

fn head(committed: u64) -> Head {
    Head { committed, ..Head::default() }
}

#[tokio::test]
async fn a_head_is_replaced_by_whoever_read_it_last_and_nobody_else() {
    let (store, tenant) = (store().await, tenant());
    assert_eq!(store.read_head(&tenant).await.unwrap(), (Head::default(), None));
    assert_eq!(store.write_head(&tenant, &head(1), None).await.unwrap(), 1);
    assert_eq!(store.write_head(&tenant, &head(2), Some(1)).await.unwrap(), 2);
    for read in [None, Some(1), Some(3)] {
        let lost = store.write_head(&tenant, &head(9), read).await;
        assert!(matches!(lost, Err(StoreError::Conflict)), "{read:?}: {lost:?}");
    }
    assert_eq!(store.read_head(&tenant).await.unwrap(), (head(2), Some(2)));
}

#[tokio::test]
async fn of_many_that_replace_what_they_read_at_once_one_does() {
    let (store, tenant) = (store().await, tenant());
    store.write_head(&tenant, &head(0), None).await.unwrap();
    let writers = (1..=8).map(|number| {
        let (store, tenant) = (store.clone(), tenant.clone());
        tokio::spawn(
            async move { (number, store.write_head(&tenant, &head(number), Some(1)).await) },
        )
    });
    let mut won = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        match writer.await.unwrap() {
            (number, Ok(version)) => won.push((head(number), Some(version))),
            (_, Err(StoreError::Conflict)) => {}
            (_, Err(error)) => panic!("{error:?}"),
        }
    }
    assert_eq!(won, [store.read_head(&tenant).await.unwrap()]);
}

#[tokio::test]
async fn a_body_too_large_for_an_item_is_read_whole_in_every_version() {
    let (store, tenant) = (store().await, tenant());
    let large = |prefix: &str| {
        let merged = (0..20_000).map(|n| format!("{prefix}-{n:032}")).collect();
        Head { merged, ..Head::default() }
    };
    let (first, second) = (large("a"), large("b"));
    assert!(serde_json::to_vec(&first).unwrap().len() > 400 << 10, "one item would do");
    store.write_head(&tenant, &first, None).await.unwrap();
    assert_eq!(store.read_head(&tenant).await.unwrap(), (first.clone(), Some(1)));
    store.write_head(&tenant, &second, Some(1)).await.unwrap();
    // Of one that is not taken the parts are written, and nobody meets them.
    assert!(store.write_head(&tenant, &first, Some(1)).await.is_err());
    assert_eq!(store.read_head(&tenant).await.unwrap(), (second, Some(2)));
}

#[tokio::test]
async fn segments_are_read_by_hours_and_compaction_over_pages_of_answers() {
    let (store, tenant) = (store().await, tenant());
    // Around the epoch, where numbers change their sign, and more than one batch of writes.
    let hours: Vec<(Hour, Sums)> =
        (-30..30).map(|hour| (Hour(hour), sums(Hour(hour).start(), 1_800))).collect();
    assert!(hours.iter().map(|(_, sums)| sums.encode().len()).sum::<usize>() > 3 * PAGE / 2);
    let written = HOUR;
    store.put_segments(&tenant, 1, &hours, written).await.unwrap();
    store.put_segments(&tenant, 2, &hours[..1], written).await.unwrap();

    let read = async |first, last, committed, now| {
        let range = (Hour(first), Hour(last));
        let found = store.segments(&tenant, range, committed, now).await.unwrap();
        found.into_iter().map(|(hour, sums)| (hour, sums.encode())).collect::<Vec<_>>()
    };
    let expected: Vec<_> = hours.iter().map(|(hour, sums)| (*hour, sums.encode())).collect();
    assert_eq!(read(-30, 29, 1, written).await, expected);
    assert_eq!(read(-2, 3, 1, written).await, expected[28..34]);
    assert_eq!(read(-30, -30, 2, written).await, [&expected[..1], &expected[..1]].concat());
    assert_eq!(read(-30, 29, 0, written).await, []);
    assert_eq!(read(30, 40, 1, written).await, []);
    // 35 days, as minutes are kept, and whether the table has deleted them or not.
    assert_eq!(read(-30, 29, 1, 40 * DAY).await, []);
}

#[tokio::test]
async fn cells_are_read_by_family_and_view() {
    let (store, tenant) = (store().await, tenant());
    let hour = Minute::of(NOW).hour();
    let items = expand(&sums(hour.start(), 3));
    store.put_cells(&tenant, 1, &[(hour, items.clone())]).await.unwrap();
    let by_intent = View::over(&[Dimension::Intent]).unwrap();
    for ((family, view), cells) in &items {
        let found = store.cells(&tenant, (*family, *view), (hour, hour), 1, NOW).await.unwrap();
        let found: Vec<_> = found.iter().map(|(hour, cells)| (*hour, cells.encode())).collect();
        assert_eq!(found, [(hour, cells.encode())], "{family:?} {view:?}");
    }
    assert!(items.keys().any(|(_, view)| *view == by_intent));
    let none = store.cells(&tenant, (Family::Data, by_intent), (hour, hour), 1, NOW).await.unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn a_late_bundle_is_written_only_while_the_head_plans_it() {
    let (store, tenant, minute) = (store().await, tenant(), Minute::of(NOW));
    store.write_head(&tenant, &head(0), None).await.unwrap();
    store.put_bundle(&tenant, 7, minute, &sums(minute, 2), 1).await.unwrap();
    store.write_head(&tenant, &head(1), Some(1)).await.unwrap();
    let late = store.put_bundle(&tenant, 8, minute, &sums(minute, 3), 1).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    let found = store.bundles(&tenant).await.unwrap();
    let [bundle] = &found[..] else { panic!("{found:?}") };
    assert_eq!((bundle.number, bundle.written, bundle.sums.len()), (7, minute, 2));
    for _ in 0..2 {
        store.delete_merged(&tenant, &[], &[7, 8]).await.unwrap();
        assert!(store.bundles(&tenant).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_delta_that_is_written_again_is_one_and_is_deleted_with_many() {
    let (store, tenant, minute) = (store().await, tenant(), Minute::of(NOW));
    for _ in 0..2 {
        for identity in 0..60 {
            store.write_loose(&tenant, &sums(minute, 1), identity, NOW).await.unwrap();
        }
    }
    let deltas = store.deltas(&tenant).await.unwrap();
    assert_eq!(deltas.len(), 60);
    assert!(deltas.iter().all(|delta| delta.written == minute && delta.sums.len() == 1));
    let ids: Vec<String> = deltas.into_iter().map(|delta| delta.id).collect();
    store.delete_merged(&tenant, &ids[1..], &[]).await.unwrap();
    let left = store.deltas(&tenant).await.unwrap();
    assert_eq!(left.iter().map(|delta| &delta.id).collect::<Vec<_>>(), [&ids[0]]);
}

#[tokio::test]
async fn a_sample_and_what_it_adds_are_written_both_or_neither() {
    let (store, tenant, minute) = (store().await, tenant(), Minute::of(NOW));
    let sample = |after: i32| Sample { minute: minute.plus(after), waits: Vec::new() };
    store.write_sample(&tenant, &sample(0), &sums(minute, 1), None, NOW).await.unwrap();
    let lost = store.write_sample(&tenant, &sample(1), &sums(minute, 2), None, NOW).await;
    assert!(matches!(lost, Err(StoreError::Conflict)), "{lost:?}");
    let (last, version) = store.last_sample(&tenant).await.unwrap();
    assert_eq!((last.minute, version), (minute, Some(1)));
    assert_eq!(store.deltas(&tenant).await.unwrap().len(), 1);
    store.write_sample(&tenant, &sample(1), &sums(minute, 2), version, NOW).await.unwrap();
    assert_eq!(store.deltas(&tenant).await.unwrap().len(), 2);
}
