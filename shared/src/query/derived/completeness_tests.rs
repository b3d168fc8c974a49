use crate::{
    dimension::Dimension,
    heard::{Heard, Sign},
    metric::Metric,
    minute::{MINUTE, Minute},
    query::{
        Beside, Report, Selection, Series, Sources, Steps,
        tests::{Row, answer, by, only, sums as added, trials},
    },
    sums::{Amount, Sums},
};

/// The minute before now, which is the end of the step.
const NOW: i32 = 10_000;
/// The hour of which uptime is judged.
const JUDGED: std::ops::Range<i32> = NOW - 60..NOW;

fn report(source: &str, ago: i32, span: (i32, i32), started: i64) -> Report {
    Report {
        source: source.to_owned(),
        time: Minute(NOW - ago).start(),
        id: 0,
        from: Minute(NOW - span.0),
        to: Minute(NOW - span.1),
        started,
    }
}

/// So many minutes ago.
fn row<'a>(
    ago: i32,
    metric: Metric,
    source: &'a [(Dimension, &'a str)],
    amount: Amount,
) -> Row<'a> {
    (NOW - ago, metric, source, "", amount)
}

const A: &[(Dimension, &str)] = &[(Dimension::Source, "/a")];
const B: &[(Dimension, &str)] = &[(Dimension::Source, "/b")];

fn lines(series: &[Series]) -> Vec<String> {
    let line = |series: &Series| {
        let source = series.dimensions.get("source").map_or("all", String::as_str);
        let point = &series.points[0];
        format!("{source} {}/{}", point.numerator.unwrap(), point.denominator.unwrap())
    };
    series.iter().map(line).collect()
}

fn completeness(selection: &Selection, sources: &Sources, sums: &Sums) -> Vec<String> {
    let steps = Steps::range(Minute(NOW), Minute(NOW + 1));
    let beside = Beside { sources: sources.clone(), ..Beside::default() };
    lines(&answer(selection, &steps, std::slice::from_ref(sums), &beside))
}

#[track_caller]
fn check(reports: &[Report], rows: &[Row<'_>], expected: &[&str]) {
    let sources = Sources { heard: Heard::default(), reports: reports.to_vec() };
    let by_source = by(Metric::Completeness, Dimension::Source);
    assert_eq!(completeness(&by_source, &sources, &added(rows.to_vec())), expected);
}

#[test]
fn what_arrived_is_held_against_what_the_platform_counted() {
    let starts = |ago, source, count| row(ago, Metric::Contacts, source, Amount::count(count));
    let rows = [starts(170, A, 4), starts(130, A, 5), starts(110, A, 50), starts(130, B, 1)];
    // 9 of 10 in the hour from 180 to 120 minutes ago.
    check(&[report("/a", 115, (180, 120), 10)], &rows, &["/a 9/10"]);
    // Of two reports for one span the later stands, and spans are added up.
    let corrected = [
        report("/a", 115, (180, 120), 10),
        report("/a", 60, (180, 120), 12),
        report("/a", 60, (120, 60), 50),
    ];
    check(&corrected, &rows, &["/a 59/62"]);
    // More than reported is all of it, and makes up for nothing elsewhere.
    let less = [report("/a", 60, (120, 60), 40), report("/a", 60, (180, 120), 10)];
    check(&less, &rows, &["/a 49/50"]);
    // Nothing arrived; none was reported; reported more than a day ago.
    check(&[report("/c", 60, (180, 120), 10)], &rows, &["/c 0/10"]);
    check(&[report("/a", 60, (180, 120), 0)], &rows, &[]);
    check(&[report("/a", 1_450, (1_800, 1_740), 10)], &rows, &[]);
}

#[test]
fn entries_that_neither_left_nor_ended_are_missing_something() {
    let entries = |ago, balanced, of| row(ago, Metric::QueueBalance, A, trials(balanced, of));
    check(&[], &[entries(300, 7, 10), entries(90, 10, 10)], &["/a 17/20"]);
    // Who has waited for less than an hour is not counted; who left is.
    check(&[], &[entries(300, 7, 10), entries(30, 3, 9)], &["/a 10/13"]);
    check(&[], &[entries(30, 0, 9)], &[]);
    // More than a day ago.
    check(&[], &[entries(1_500, 0, 10)], &[]);
}

/// `/a` beat in 57 of the 60 minutes that are judged, and 9 of 10 starts arrived; `/b` beat always.
#[test]
fn the_least_that_is_known_counts_and_of_several_sources_the_least_complete() {
    let (mut heard, mut sums) = (Heard::default(), Sums::default());
    for minute in JUDGED {
        for source in ["/a", "/b"] {
            if source == "/b" || ![NOW - 30, NOW - 29, NOW - 10].contains(&minute) {
                let sign = Sign::Heartbeat { interval: MINUTE };
                heard.note(source, Minute(minute).start(), sign, &mut sums);
            }
        }
    }
    let metric = Metric::Completeness;
    let mut sources = Sources { heard, reports: Vec::new() };
    let by_source = by(metric, Dimension::Source);
    assert_eq!(completeness(&by_source, &sources, &sums), ["/a 57/60", "/b 60/60"]);
    sources.reports.push(report("/a", 115, (180, 120), 10));
    let starts = added([row(130, Metric::Contacts, A, Amount::count(9))]);
    sums.merge(&starts, 1);
    assert_eq!(completeness(&by_source, &sources, &sums), ["/a 9/10", "/b 60/60"]);
    assert_eq!(completeness(&Selection::total(metric), &sources, &sums), ["all 9/10"]);
    let of_b = only(metric, Dimension::Source, &["/b"]);
    assert_eq!(completeness(&of_b, &sources, &sums), ["all 60/60"]);
}

#[test]
fn where_nothing_is_known_there_is_no_figure() {
    check(&[], &[row(130, Metric::Contacts, A, Amount::count(9))], &[]);
}
