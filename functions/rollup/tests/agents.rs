//! Agents' states through the handler and an embedded DynamoDB: two workers at once, in any order,
//! each message more than once.
#![expect(clippy::unwrap_used, reason = "a test")]

mod batches;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::json;
use tocsin_domain::{
    agent::{self, AgentDay, Day},
    chunk::Chunk,
    configuration::Configuration,
    decode::{Agents, Intake, decode},
    derived::Policy,
    id::PseudonymKey,
    metric::{Family, Metric},
    minute::{DAY, Minute},
    sums::Sums,
};
use tocsin_rollup::Rollup;
use tocsin_shell::{clock::Clock, verify::verify};
use tocsin_tables::fresh::store;

use batches::{NOW, deliver, tenant};

/// Messages of one state each: of three agents, every two hours over three days, most of them near
/// midnight, some of them in one minute.
fn messages() -> Vec<Chunk> {
    let key = PseudonymKey::derive(b"test", &tenant(), 1);
    let (sources, policy) = ([String::new()], Policy::default());
    let intake = Intake {
        key: &key,
        sources: &sources,
        now: &|_| NOW,
        accept_late: 7 * DAY,
        policy: &policy,
    };
    let states = ["available", "handling", "wrap_up", "away", "offline"];
    let times =
        ["00:00:07", "00:20:00", "09:30:00", "13:00:00", "23:50:00", "23:59:01", "23:59:02"];
    let mut chunks = Vec::new();
    for (number, agent) in ["ann", "bo", "cy"].into_iter().enumerate() {
        for day in 4..7 {
            for (place, time) in times.into_iter().enumerate() {
                let mut chunk = Chunk::new(tenant(), NOW);
                let event = json!({
                    "specversion": "1.0", "id": format!("{agent}{day}{place}"), "source": "/test",
                    "type": "cx.agent.state_changed", "time": format!("2026-01-{day:02}T{time}Z"),
                    "data": {
                        "agent": agent, "state": states[(number + day + place) % 5],
                        "slots_total": 3, "slots_busy": place % 4, "team": "blue",
                    },
                });
                decode(&event, &intake, &mut chunk, &mut Agents::new()).unwrap();
                // Data about the data belong to no entity, and may over-count.
                chunk.tallies.clear();
                chunks.push(chunk);
            }
        }
    }
    chunks
}

/// What entities add up to, and the minutes in which a source was there, which ride beside it.
fn apart(sums: &Sums) -> (Sums, BTreeSet<Minute>) {
    let (mut of_entities, mut minutes) = (Sums::default(), BTreeSet::new());
    for (minute, metric, vector, amount) in sums.iter() {
        if metric == Metric::SourceActivity {
            minutes.insert(minute);
        }
        if metric.definition().family != Family::Data {
            let vector = of_entities.vector(vector.map(|value| sums.text(value)));
            of_entities.add(minute, metric, vector, amount);
        }
    }
    (of_entities, minutes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_count_agents_states_once_in_any_order() {
    let store = store().await;
    let chunks = messages();
    let mut expected = Sums::default();
    let mut agents: BTreeMap<&str, BTreeMap<Day, AgentDay>> = BTreeMap::new();
    for (agent, state) in chunks.iter().flat_map(|chunk| &chunk.states) {
        let day = agents.entry(agent).or_default().entry(Day::of(state.time)).or_default();
        day.insert(state.clone());
    }
    for days in agents.values() {
        agent::contribute(days.values(), &mut expected, 1);
    }

    // 63 messages, in two orders that meet the same days at the same time; each worker sees all.
    let forward: Vec<usize> = (0..chunks.len()).map(|step| step * 5 % chunks.len()).collect();
    let backward: Vec<usize> = (0..chunks.len()).map(|step| step * 59 % chunks.len()).collect();
    let worker = || Rollup::new(store.clone(), Arc::default(), Clock::starting_at(NOW));
    let (one, other) = (worker(), worker());
    tokio::join!(deliver(&one, &chunks, &forward, 4), deliver(&other, &chunks, &backward, 3));

    let snapshot = store.snapshot(&tenant()).await.unwrap();
    let mut counted = Sums::default();
    for delta in &snapshot.open {
        counted.merge(&delta.sums, 1);
    }
    let (counted, minutes) = apart(&counted);
    assert_eq!(counted.encode(), expected.encode());
    assert!(!counted.is_empty());
    let states = chunks.iter().flat_map(|chunk| &chunk.states);
    assert_eq!(minutes, states.map(|(_, state)| Minute::of(state.time)).collect());

    let report = verify(&store, &tenant(), &Configuration::default(), NOW).await.unwrap();
    assert_eq!((report.agents, report.differences.len()), (3, 0), "{:?}", report.differences);
    assert!(report.minute_cells > 50);

    // Once more: everything is known, so nothing is written.
    deliver(&one, &chunks, &forward, 10).await;
    let after = store.snapshot(&tenant()).await.unwrap();
    assert_eq!(after.open.len(), snapshot.open.len());
}

#[tokio::test]
async fn days_that_are_kept_no_longer_are_not_read() {
    let store = store().await;
    let chunks = messages();
    let rollup = Rollup::new(store.clone(), Arc::default(), Clock::starting_at(NOW));
    deliver(&rollup, &chunks, &(0..chunks.len()).collect::<Vec<_>>(), 10).await;
    let agents =
        async |now| verify(&store, &tenant(), &Configuration::default(), now).await.unwrap().agents;
    let kept = store.retention().conversations;
    assert_eq!(agents(NOW).await, 3);
    let last_day_ends = NOW - DAY;
    assert_eq!(agents(last_day_ends + kept - DAY).await, 3);
    assert_eq!(agents(last_day_ends + kept + DAY).await, 0);
}
