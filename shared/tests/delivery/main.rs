//! What is counted depends on the set of events alone: not on their order, nor on how batches are
//! cut, nor on how often each is delivered.
#![expect(clippy::unwrap_used, reason = "a test")]

mod events;
mod pipeline;

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    prelude::*,
    sample::Index,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use tocsin_domain::{
    dimension::{Dimension, EXTRA},
    metric::{Cut, Family, Kind, Metric},
    minute::Minute,
    sums::Sums,
};

use pipeline::Counted;

/// The sample conversation, and two more of the same customer: a repeat contact, and one that a
/// correction of its feedback touches.
fn sample() -> Vec<Value> {
    let sample = include_str!("../../../events/cloudevents/conversation.ndjson");
    let first: Vec<Value> =
        sample.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut all = first.clone();
    for (subject, hour) in [("order-4712", "11"), ("order-4713", "15")] {
        all.extend(first.iter().cloned().map(|mut event| {
            let time = event["time"].as_str().unwrap().replacen("T09", &format!("T{hour}"), 1);
            event["time"] = json!(time);
            event["subject"] = json!(subject);
            event
        }));
    }
    // The same identity with other content: whichever wins must win in every order.
    let mut corrected = first.last().unwrap().clone();
    corrected["data"]["score"] = json!(1);
    all.push(corrected);
    all
}

/// What all events add up to, delivered once, in order, in one batch.
fn once(events: &[Value]) -> Sums {
    let mut counted = Counted::default();
    counted.count(&events.iter().collect::<Vec<_>>());
    counted.sums
}

/// Delivers events in batches of a size, some of them again and again.
fn delivered(events: &[Value], order: Vec<usize>, again: &[Index], size: usize) -> Sums {
    let mut delivered = order;
    for index in again {
        let event = delivered[index.index(delivered.len())];
        delivered.insert(index.index(delivered.len()), event);
    }
    let mut counted = Counted::default();
    for batch in delivered.chunks(size) {
        counted.count(&batch.iter().map(|event| &events[*event]).collect::<Vec<_>>());
    }
    counted.sums
}

/// Events with an order to deliver them in.
fn shuffled(
    events: impl Strategy<Value = Vec<Value>>,
) -> impl Strategy<Value = (Vec<Value>, Vec<usize>)> {
    events.prop_flat_map(|events| {
        let order: Vec<usize> = (0..events.len()).collect();
        (Just(events), Just(order).prop_shuffle())
    })
}

fn repetitions() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_delivery_of_the_same_events_counts_the_same(
        order in Just((0..sample().len()).collect::<Vec<_>>()).prop_shuffle(),
        again in repetitions(),
        size in 1_usize..20,
    ) {
        let expected = once(&sample());
        prop_assert!(!expected.is_empty());
        prop_assert_eq!(delivered(&sample(), order, &again, size).encode(), expected.encode());
    }

    #[test]
    fn any_delivery_of_conversations_of_all_kinds_counts_the_same(
        (events, order) in shuffled(events::conversations(40)),
        again in repetitions(),
        size in 1_usize..20,
    ) {
        let expected = once(&events);
        prop_assert_eq!(delivered(&events, order, &again, size).encode(), expected.encode());
    }

    #[test]
    fn every_level_is_lowered_as_often_as_it_is_raised(events in events::conversations(40)) {
        let mut levels: BTreeMap<_, BTreeMap<Minute, i128>> = BTreeMap::new();
        let sums = once(&events);
        for (minute, metric, vector, amount) in sums.iter() {
            // A cohort is no level: it names who waits now.
            if metric.kind() == Kind::Gauge && metric != Metric::QueueCohort {
                let of = [Dimension::Queue.index(), Dimension::Channel.index(), EXTRA];
                let cell = (metric, of.map(|index| sums.text(vector[index]).to_owned()));
                *levels.entry(cell).or_default().entry(minute).or_default() += amount.sum;
            }
        }
        for (cell, flows) in levels {
            let mut level = 0;
            for flow in flows.values() {
                level += flow;
                prop_assert!(level >= 0, "{cell:?} is below zero: {flows:?}");
            }
            prop_assert_eq!(level, 0, "{:?} stays: {:?}", cell, flows);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Conversations that do not fit into one page.
    #[test]
    fn any_delivery_of_long_conversations_counts_the_same(
        (events, order) in shuffled(events::conversations(1_200)),
        again in repetitions(),
        size in 20_usize..400,
    ) {
        let expected = once(&events);
        prop_assert_eq!(delivered(&events, order, &again, size).encode(), expected.encode());
    }
}

/// The properties above say nothing of a metric that the generated conversations never reach.
#[test]
fn the_generated_conversations_contribute_to_every_metric_of_conversations() {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let mut reached = BTreeSet::new();
    for _ in 0..1_000 {
        let events = events::conversations(60).new_tree(&mut runner).unwrap().current();
        reached.extend(once(&events).iter().map(|(_, metric, ..)| metric));
    }
    // Computed when they are asked for, or from what does not belong to a conversation.
    let elsewhere = [
        Metric::LongestWait,
        Metric::CalibrationError,
        Metric::IntentDrift,
        Metric::ConfidenceDrift,
        Metric::SegmentDisparity,
        Metric::ObservedAvailable,
        Metric::ObservedBusy,
    ];
    let of_conversations = |metric: &Metric| {
        let definition = metric.definition();
        definition.family != Family::Data
            && definition.cut != Cut::AgentState
            && !elsewhere.contains(metric)
    };
    let missed: Vec<_> =
        Metric::all().filter(of_conversations).filter(|metric| !reached.contains(metric)).collect();
    assert!(missed.is_empty(), "never contributed: {missed:?}");
}
