use proptest::prelude::*;

use super::*;
use crate::{
    dimension::Dimension,
    query::{
        Beside, Series,
        tests::{Row, answer, by, only, sums},
    },
};

type At<'a> = &'a [(Dimension, &'a str)];

fn flow(minute: i32, metric: Metric, at: At<'_>, change: i64) -> Row<'_> {
    (minute, metric, at, "", Amount::flow(change))
}

fn read(selection: &Selection, minutes: (i32, i32), rows: &[Row<'_>]) -> Vec<Series> {
    let steps = Steps::range(Minute(minutes.0), Minute(minutes.1));
    answer(selection, &steps, &[sums(rows.to_vec())], &Beside::default())
}

/// Two agents by their own states, two queues by what they report.
#[test]
fn agents_are_those_of_states_and_of_queues() {
    for (metric, state, observed) in [
        (Metric::AgentsAvailable, Metric::StateAvailable, Metric::ObservedAvailable),
        (Metric::AgentsBusy, Metric::StateBusy, Metric::ObservedBusy),
    ] {
        check_agents(metric, state, observed);
    }
}

#[track_caller]
fn check_agents(metric: Metric, state: Metric, observed: Metric) {
    let agent = |agent, team| [(Dimension::Agent, agent), (Dimension::Team, team)];
    let queue = |queue| [(Dimension::Queue, queue)];
    let (a, b, sales, help) = (agent("#a", "x"), agent("#b", "y"), queue("sales"), queue("help"));
    let rows = [
        flow(0, state, &a, 1),
        flow(3, state, &b, 1),
        flow(8, state, &a, -1),
        (1, observed, sales.as_slice(), "", Amount::level(4)),
        (2, observed, help.as_slice(), "", Amount::level(2)),
        (6, observed, sales.as_slice(), "", Amount::level(3)),
    ];
    let last = |selection: &Selection, end| -> Vec<f64> {
        let found = read(selection, (0, end), &rows);
        found.iter().map(|series| series.points[0].value.unwrap()).collect()
    };
    let total = Selection::total(metric);
    assert_eq!(last(&total, 1), [1.0]);
    assert_eq!(last(&total, 5), [8.0]);
    assert_eq!(last(&total, 10), [6.0]);
    assert_eq!(last(&only(metric, Dimension::Queue, &["sales"]), 10), [3.0]);
    // By agent there are states alone; both stand to the end.
    assert_eq!(last(&by(metric, Dimension::Agent), 10), [0.0, 1.0]);
    assert_eq!(last(&by(metric, Dimension::Team), 5), [1.0, 1.0]);
}

/// In the ten minutes from 5: the first agent is available for 5 and busy for 5, the second busy for
/// all 10. 15 busy minutes of 20.
#[test]
fn occupancy_is_busy_time_of_working_time() {
    let agent = |agent| [(Dimension::Agent, agent)];
    let (a, b) = (agent("#a"), agent("#b"));
    let rows = [
        flow(0, Metric::StateAvailable, &a, 1),
        flow(10, Metric::StateAvailable, &a, -1),
        flow(10, Metric::StateBusy, &a, 1),
        flow(2, Metric::StateBusy, &b, 1),
    ];
    let found = read(&Selection::total(Metric::Occupancy), (5, 15), &rows);
    let point = &found[0].points[0];
    assert_eq!((point.numerator, point.denominator), (Some(900), Some(1_200)));
    assert!((point.value.unwrap() - 0.75).abs() < 1e-12);
    let found = read(&by(Metric::Occupancy, Dimension::Agent), (5, 15), &rows);
    let halves: Vec<_> = found.iter().map(|series| series.points[0].numerator).collect();
    assert_eq!(halves, [Some(300), Some(600)]);
    assert!(found.iter().all(|series| series.points[0].low.is_none()));
}

#[test]
fn nobody_working_is_no_point() {
    let agent = [(Dimension::Agent, "#a")];
    let rows = [flow(0, Metric::StateBusy, &agent, 1), flow(4, Metric::StateBusy, &agent, -1)];
    assert_eq!(read(&Selection::total(Metric::Occupancy), (4, 60), &rows), []);
}

/// 5 minutes with 1 of 3 slots busy, 5 with 2.
#[test]
fn slots_are_counted_minute_by_minute() {
    let agent = [(Dimension::Agent, "#a")];
    let rows = [
        flow(0, Metric::StateSlotsTotal, &agent, 3),
        flow(0, Metric::StateSlotsBusy, &agent, 1),
        flow(5, Metric::StateSlotsBusy, &agent, 1),
    ];
    let found = read(&Selection::total(Metric::SlotUtilisation), (0, 10), &rows);
    let point = &found[0].points[0];
    assert_eq!((point.numerator, point.denominator), (Some(15), Some(30)));
}

proptest! {
    #[test]
    fn from_change_to_change_is_the_same_as_minute_by_minute(
        changes in
            prop::collection::btree_map(0i32..200, (-3i64..4, prop::option::of(0i64..5)), 0..20),
        bounds in prop::collection::btree_set(0i32..200, 2..6),
    ) {
        let flows: BTreeMap<Minute, Amount> = changes
            .into_iter()
            .map(|(at, (change, level))| {
                (Minute(at), level.map_or(Amount::flow(change), Amount::level))
            })
            .collect();
        let steps = Steps::between(bounds.into_iter().map(Minute).collect());
        let mut by_step = BTreeMap::new();
        add_level_minutes(&flows, &steps, &mut by_step);
        let mut walker = Walker::new(&flows);
        for (_, start, end) in steps.iter() {
            let levels = (start.0..end.0).filter_map(|minute| walker.level(Minute(minute)));
            let levels: Vec<i128> = levels.map(|level| level.max(0)).collect();
            let expected = (!levels.is_empty()).then(|| levels.iter().sum::<i128>());
            prop_assert_eq!(by_step.get(&start).map(|spent| i128::from(*spent)), expected);
        }
    }

    #[test]
    fn occupancy_lies_within_0_and_1(
        changes in prop::collection::vec((0i32..100, any::<bool>(), 0i64..4), 1..20),
    ) {
        let rows: Vec<Row<'_>> = changes
            .into_iter()
            .map(|(at, busy, level)| {
                let metric = if busy { Metric::StateBusy } else { Metric::StateAvailable };
                flow(at, metric, &[], level - 1)
            })
            .collect();
        for series in read(&Selection::total(Metric::Occupancy), (0, 120), &rows) {
            let value = series.points[0].value.unwrap();
            prop_assert!((0.0..=1.0).contains(&value), "{value}");
        }
    }
}
