use std::collections::BTreeSet;

use serde_json::json;
use tocsin_domain::{
    agent::{AgentDay, Day},
    minute::DAY,
};
use tocsin_shell::store::{
    StoreError,
    agents::{AgentChange, AgentDayId},
    conversations::{Change, Versioned},
    detectors::{Checkpoint, Pack, packs_of},
};
use tocsin_tables::fresh::store;

use super::{NOW, chunk, tenant};

/// A day with one state.
fn day() -> (AgentDayId, AgentDay) {
    let data = json!({"agent": "ann", "state": "available"});
    let chunk = chunk("subject", &[("a".to_owned(), "cx.agent.state_changed", data)]);
    let (agent, state) = chunk.states[0].clone();
    let id = (agent, Day::of(state.time));
    let mut day = AgentDay::default();
    day.insert(state);
    (id, day)
}

#[tokio::test]
async fn an_agents_day_is_written_while_the_days_around_it_are_as_they_were_read() {
    let (store, tenant, (id, day)) = (store().await, tenant(), day());
    let after = (id.0.clone(), Day(id.1.0 + 1));
    let write = async |id: &AgentDayId, version, unchanged: &[(AgentDayId, Option<u64>)]| {
        let value = Versioned { value: day.clone(), version, ..Versioned::default() };
        let agents =
            AgentChange { changed: vec![(id.clone(), value)], unchanged: unchanged.to_vec() };
        store.write_change(&tenant, Change { agents, ..Change::default() }, NOW).await
    };
    let conflict = |outcome| matches!(outcome, Err(StoreError::Conflict));
    assert!(conflict(write(&id, None, &[(after.clone(), Some(1))]).await));
    write(&id, None, &[(after.clone(), None)]).await.unwrap();
    write(&after, None, &[(id.clone(), Some(1))]).await.unwrap();
    assert!(conflict(write(&id, Some(1), &[(after.clone(), None)]).await));

    let ids = BTreeSet::from([id.clone(), after.clone(), (id.0.clone(), Day(id.1.0 - 1))]);
    let read = store.read_agent_days(&tenant, &ids, NOW).await.unwrap();
    assert_eq!((read.len(), read[&id].version, read[&after].version), (3, Some(1), Some(1)));
    assert_eq!(read[&id].value.encode(), day.encode());
    let read = store.read_agent_days(&tenant, &ids, NOW + 60 * DAY).await.unwrap();
    assert!(read.values().all(|day| day.value.encode() == AgentDay::default().encode()));
}

#[tokio::test]
async fn packs_and_their_checkpoint_are_replaced_by_whoever_read_them() {
    let (store, tenant) = (store().await, tenant());
    let ids: Vec<_> = (0..20).flat_map(packs_of).collect();
    assert!(ids.len() > 100, "one batch of reads would do");
    let pack = Pack { until: tocsin_domain::minute::Minute::of(NOW), ..Pack::default() };
    for id in &ids {
        store.write_pack(&tenant, *id, &pack, None, NOW).await.unwrap();
    }
    let lost = store.write_pack(&tenant, ids[0], &pack, None, NOW).await;
    assert!(matches!(lost, Err(StoreError::Conflict)), "{lost:?}");
    let read = store.packs(&tenant, &ids, NOW).await.unwrap();
    assert_eq!(read.len(), ids.len());
    for (found, version) in read.values() {
        assert_eq!((found.as_ref().unwrap().until, *version), (pack.until, Some(1)));
    }
    let read = store.packs(&tenant, &ids[..1], NOW + 36 * DAY).await.unwrap();
    let (expired, version) = &read[&ids[0]];
    assert!(expired.is_none() && *version == Some(1));

    let checkpoint = Checkpoint::new(pack.until, 4, [1, 2].into());
    assert_eq!(store.detectors(&tenant).await.unwrap(), (None, None));
    store.write_detectors(&tenant, &checkpoint, None).await.unwrap();
    let lost = store.write_detectors(&tenant, &checkpoint, None).await;
    assert!(matches!(lost, Err(StoreError::Conflict)), "{lost:?}");
    assert_eq!(store.detectors(&tenant).await.unwrap(), (Some(checkpoint), Some(1)));
}
