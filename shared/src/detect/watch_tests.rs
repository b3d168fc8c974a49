use proptest::prelude::*;

use super::*;

/// A Monday, 2026-01-05.
const MONDAY: i32 = 29_459_520;

fn watch(metric: Metric, side: Side) -> Watch {
    Watch { selection: Selection::total(metric), side }
}

/// Scores points one step apart.
fn observe(watch: &Watch, series: &mut Series, from: usize, points: &[Amount]) {
    for (step, amount) in (from..).zip(points) {
        let start = MONDAY + i32::try_from(step).unwrap() * watch.step();
        series.observe(watch, &Calendar::utc(), Minute(start), amount);
    }
}

fn trials(sum: i128, count: i64) -> Amount {
    Amount { sum, count, ..Amount::default() }
}

#[test]
fn what_is_revised_for_long_or_has_no_trials_can_not_be_watched() {
    for (metric, expect) in [
        (Metric::FallbackRate, true),
        (Metric::HandleTime, true),
        (Metric::AgentsAvailable, true),
        (Metric::DeflectionRate, false),
        (Metric::Occupancy, false),
        (Metric::IntentDrift, false),
    ] {
        assert_eq!(suits(metric).is_ok(), expect, "{metric}");
    }
}

#[test]
fn a_point_is_scored_when_its_last_minute_is_old_enough() {
    for (metric, now, until) in [
        (Metric::FallbackRate, 6, 0),
        (Metric::FallbackRate, 7, 5),
        (Metric::AiLatency, 31, 0),
        (Metric::AiLatency, 32, 30),
        // Revised for an hour.
        (Metric::HandleTime, 89, 0),
        (Metric::HandleTime, 90, 30),
    ] {
        let until = Minute(MONDAY + until);
        assert_eq!(watch(metric, Side::Up).until(Minute(MONDAY + now)), until, "{metric} {now}");
    }
}

#[test]
fn what_was_said_holds_for_an_hour() {
    let watch = watch(Metric::FallbackRate, Side::Up);
    let mut series = watch.begin();
    observe(&watch, &mut series, 0, &[trials(1, 10)]);
    let reading = |later: i32| series.reading(&watch, Minute(MONDAY + later));
    assert!(reading(7).is_some() && reading(66).is_some() && reading(67).is_none());
}

#[test]
fn a_week_is_too_short_and_then_a_doubled_share_is_seen_for_its_direction_alone() {
    let usual = vec![trials(2, 20); 8 * 288];
    let doubled = vec![trials(5, 20); 12];
    for (side, is_seen) in [(Side::Up, true), (Side::Down, false), (Side::Both, true)] {
        let watch = watch(Metric::FallbackRate, side);
        let mut series = watch.begin();
        observe(&watch, &mut series, 0, &usual[..288]);
        assert_eq!(series.reading.as_ref().unwrap().score, None);
        observe(&watch, &mut series, 288, &usual[288..]);
        let score = |series: &Series| series.reading.clone().unwrap().score.unwrap();
        assert!(score(&series).false_alarms > 1.0);
        observe(&watch, &mut series, usual.len(), &doubled);
        let scored = score(&series);
        assert_eq!(scored.false_alarms < 0.01 && scored.goes_on, is_seen, "{side:?} {scored:?}");
        let [mid, low, high] = scored.expected;
        assert!(low < mid && mid < high && (mid - 0.1).abs() < 0.02, "{scored:?}");
    }
}

#[test]
fn a_reason_names_the_hour_that_it_compares_with() {
    let watch = watch(Metric::AiLatency, Side::Up);
    let mut series = watch.begin();
    // Each half hour has its own, far from the level.
    let value =
        |step: i64| Amount::sample(1_000_000_000 + step % 48 * 40_000_000 + step % 7 * 1_000_000);
    let usual: Vec<Amount> = (0..14 * 48 + 19).map(value).collect();
    observe(&watch, &mut series, 0, &usual);
    observe(&watch, &mut series, usual.len(), &vec![Amount::sample(9_000_000_000); 2]);
    let scored = series.reading.unwrap().score.unwrap();
    assert!(
        scored.words.ends_with("x its usual distance from its usual Monday 10:00"),
        "{scored:?}"
    );
    assert!((scored.value - 9000.0).abs() < 1e-9 && scored.expected[2] < 4000.0, "{scored:?}");
}

proptest! {
    #[test]
    fn a_series_that_was_stored_says_the_same(
        metric in prop::sample::select(vec![
            Metric::FallbackRate, Metric::Contacts, Metric::AiLatency, Metric::QueueLength,
        ]),
        points in prop::collection::vec((0_i128..20, 1_i64..30), 1..120),
        cut in 0_usize..120,
    ) {
        let points: Vec<Amount> = points.into_iter().map(|(sum, n)| trials(sum, n)).collect();
        let watch = watch(metric, Side::Both);
        let mut whole = watch.begin();
        observe(&watch, &mut whole, 0, &points);
        let (first, rest) = points.split_at(cut.min(points.len()));
        let mut series = watch.begin();
        observe(&watch, &mut series, 0, first);
        let bytes = postcard::to_allocvec(&series.store()).unwrap();
        let mut series = Series::restore(&watch, postcard::from_bytes(&bytes).unwrap()).unwrap();
        observe(&watch, &mut series, first.len(), rest);
        prop_assert_eq!(series, whole);
    }
}
