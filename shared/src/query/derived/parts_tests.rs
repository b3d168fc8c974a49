use proptest::prelude::*;

use super::*;
use crate::{
    dimension::Dimension,
    heard::Heard,
    metric::Metric,
    query::{
        Report,
        tests::{Row, answer, sums},
    },
    sums::Amount,
};

/// What derived metrics are made of, with a value of their own dimension.
const COMPONENTS: [(Metric, &str); 14] = [
    (Metric::CalibrationConfidence, "7"),
    (Metric::CalibrationGood, "7"),
    (Metric::Contacts, ""),
    (Metric::AiConfidenceBins, "2"),
    (Metric::ResolutionRate, ""),
    (Metric::AnswerAccuracy, "human"),
    (Metric::StateAvailable, ""),
    (Metric::StateBusy, ""),
    (Metric::StateSlotsTotal, ""),
    (Metric::StateSlotsBusy, ""),
    (Metric::ObservedAvailable, ""),
    (Metric::ObservedBusy, ""),
    (Metric::SourceActivity, ""),
    (Metric::QueueBalance, ""),
];

/// Where amounts lie.
const PLACES: [&[(Dimension, &str)]; 3] = [
    &[(Dimension::Queue, "a"), (Dimension::Intent, "refund"), (Dimension::Segment, "basic")],
    &[(Dimension::Queue, "a"), (Dimension::Intent, "delivery"), (Dimension::Segment, "premium")],
    &[(Dimension::Queue, "b"), (Dimension::Intent, "refund"), (Dimension::Segment, "premium")],
];

fn row() -> impl Strategy<Value = Row<'static>> {
    let at = prop_oneof![0i32..60, 39_000i32..44_640];
    (at, 0..COMPONENTS.len(), 0..PLACES.len(), 1i64..400, 0i64..400).prop_map(
        |(minute, component, place, count, part)| {
            let (metric, own) = COMPONENTS[component];
            let amount = match metric {
                Metric::ObservedAvailable | Metric::ObservedBusy => Amount::flow(part),
                _ if metric.kind() == Kind::Gauge => Amount::flow(part),
                _ => Amount { sum: i128::from(part.min(count)), count, ..Amount::default() },
            };
            (minute, metric, PLACES[place], own, amount)
        },
    )
}

/// A source that has sent heartbeats for a month, and what it says it sent.
fn sources() -> Sources {
    let times = |minute: i32| [("unknown".to_owned(), Minute(minute).start())].into();
    let heard = Heard { newest: times(44_640), beating: times(1_000) };
    let (source, time) = ("unknown".to_owned(), Minute(44_630).start());
    let (from, to) = (Minute(43_200), Minute(44_600));
    Sources { heard, reports: vec![Report { source, time, id: 0, from, to, started: 1_000 }] }
}

proptest! {
    #[test]
    fn parts_may_be_merged_before_or_when_they_are_read(
        rows in prop::collection::vec(row(), 0..80),
        cut in 0usize..80,
    ) {
        let (left, right) = rows.split_at(cut.min(rows.len()));
        let (left, right) = (sums(left.to_vec()), sums(right.to_vec()));
        let mut merged = left.clone();
        merged.merge(&right, 1);
        let steps = Steps::range(Minute(43_200), Minute(44_640));
        for metric in Metric::all().filter(|metric| metric.definition().derived.is_some()) {
            let selection = Selection::total(metric);
            let beside = Beside { sources: sources(), ..Beside::default() };
            let apart = answer(&selection, &steps, &[right.clone(), left.clone()], &beside);
            let together = answer(&selection, &steps, std::slice::from_ref(&merged), &beside);
            prop_assert_eq!(apart, together, "{}", metric);
        }
    }
}
