use std::collections::BTreeMap;

use crate::{
    dimension::Dimension,
    heard::{Heard, Sign},
    metric::Metric,
    minute::{HOUR, MINUTE, Minute, SECOND},
    query::{
        Beside, Selection, Sources, Steps,
        tests::{answer, by, only},
    },
    sums::Sums,
};

/// Two days after the epoch.
const BEGINNING: i32 = 2_880;

/// Sources' heartbeats of a minute's interval, and events: at so many minutes after the beginning.
fn signs(beats: &[(&str, &[i32])], events: &[(&str, &[i32])]) -> (Sources, Sums) {
    let (mut heard, mut sums) = (Heard::default(), Sums::default());
    for (signs, sign) in [(beats, Sign::Heartbeat { interval: MINUTE }), (events, Sign::Event)] {
        for (source, minutes) in signs {
            for minute in *minutes {
                let time = Minute(BEGINNING + minute).start() + 20 * SECOND;
                heard.note(source, time, sign, &mut sums);
            }
        }
    }
    (Sources { heard, ..Sources::default() }, sums)
}

/// `source part/whole` of each series, as of the minute that ends the range.
fn uptime(
    selection: &Selection,
    (first, now): (i32, i32),
    (sources, sums): &(Sources, Sums),
) -> Vec<String> {
    let steps = Steps::range(Minute(BEGINNING + first), Minute(BEGINNING + now));
    let beside = Beside { sources: sources.clone(), ..Beside::default() };
    let series = answer(selection, &steps, std::slice::from_ref(sums), &beside);
    let line = |series: &crate::query::Series| {
        let source = series.dimensions.get("source").map_or("all", String::as_str);
        let point = &series.points[0];
        format!("{source} {}/{}", point.numerator.unwrap(), point.denominator.unwrap())
    };
    series.iter().map(line).collect()
}

/// Ten minutes: `/a` beats in all but three, and an event falls into one of those; `/b` began to beat
/// half-way; `/c` only sends events.
#[test]
fn minutes_with_an_event_or_a_heartbeat_count_of_those_since_the_first_heartbeat() {
    let heard = signs(
        &[("/a", &[0, 1, 2, 6, 7, 8, 9]), ("/b", &[5, 6, 7, 8, 9])],
        &[("/a", &[4]), ("/b", &[1]), ("/c", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])],
    );
    let total = Selection::total(Metric::Uptime);
    let by_source = by(Metric::Uptime, Dimension::Source);
    // As of minute 11, minutes 0 to 9 are judged.
    assert_eq!(uptime(&by_source, (0, 11), &heard), ["/a 8/10", "/b 5/5"]);
    assert_eq!(uptime(&total, (0, 11), &heard), ["all 13/15"]);
    assert_eq!(
        uptime(&only(Metric::Uptime, Dimension::Source, &["/b"]), (0, 11), &heard),
        ["all 5/5"]
    );
    assert_eq!(uptime(&only(Metric::Uptime, Dimension::Source, &["/c"]), (0, 11), &heard), [""; 0]);
    // A range that begins later, and one of which nothing can be judged yet.
    assert_eq!(uptime(&by_source, (3, 11), &heard), ["/a 5/7", "/b 5/5"]);
    assert_eq!(uptime(&total, (10, 11), &heard), [""; 0]);
}

#[test]
fn a_source_that_is_silent_for_a_week_is_expected_no_longer() {
    let heard = signs(&[("/a", &[0])], &[]);
    let total = Selection::total(Metric::Uptime);
    let week = 7 * 24 * 60;
    assert_eq!(uptime(&total, (0, 101), &heard), ["all 1/100"]);
    assert_eq!(uptime(&total, (0, 3 * week), &heard), [format!("all 1/{}", week + 1)]);
    assert_eq!(uptime(&total, (2 * week, 3 * week), &heard), [""; 0]);
}

#[test]
fn steps_have_a_share_each() {
    let (sources, sums) = signs(&[("/a", &[0, 1, 2, 60, 61])], &[]);
    let (from, to) = (Minute(BEGINNING), Minute(BEGINNING + 121));
    let utc = jiff::tz::TimeZone::UTC;
    let steps = Steps::new(from.timestamp(), to.timestamp(), Some(HOUR / SECOND), &utc).unwrap();
    let beside = Beside { sources, ..Beside::default() };
    let series = answer(&Selection::total(Metric::Uptime), &steps, &[sums], &beside);
    let points = series[0].points.iter().map(|point| {
        (point.time.as_second() / 60, (point.numerator.unwrap(), point.denominator.unwrap()))
    });
    let points: BTreeMap<i64, (i64, i64)> = points.collect();
    let start = i64::from(BEGINNING);
    assert_eq!(points, BTreeMap::from([(start, (3, 60)), (start + 60, (2, 60))]));
}
