use std::fmt::Write;

use super::*;

fn run(input: &str) -> Result<String, String> {
    let mut output = Vec::new();
    score(input.as_bytes(), &TimeZone::UTC, Calendar::utc(), &mut output, "history.csv")
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8(output).unwrap())
}

/// Hourly values with a spike at the end.
fn values(rows: u32) -> String {
    let mut text = "timestamp,value\n".to_owned();
    for i in 0..rows {
        let (day, hour) = (i / 24 + 1, i % 24);
        let value = if i + 1 == rows { 500.0 } else { 100.0 + f64::from(i * 7 % 5) };
        writeln!(text, "2026-01-{day:02} {hour:02}:00:00,{value}").unwrap();
    }
    text
}

#[track_caller]
fn check_refused(input: &str, expect: &str) {
    assert_eq!(run(input).unwrap_err(), expect);
}

#[test]
fn every_row_is_answered_in_order_and_the_spike_stands_out() {
    let (input, output) = (values(240), run(&values(240)).unwrap());
    let timestamps = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(',').next().unwrap().to_owned()).collect()
    };
    assert_eq!(timestamps(&output), timestamps(&input));
    let page = |line: &str| line.rsplit(',').next().unwrap().parse::<f64>().unwrap();
    let pages: Vec<f64> = output.lines().skip(1).map(page).collect();
    let (last, before) = pages.split_last().unwrap();
    assert!(before.iter().all(|score| 10.0 * score < *last), "{last} against {before:?}");
}

#[test]
fn a_file_that_is_cut_gives_the_same_rows_up_to_the_cut() {
    let input = values(240);
    let cut: String = input.split_inclusive('\n').take(190).collect();
    let (whole, part) = (run(&input).unwrap(), run(&cut).unwrap());
    assert!(whole.starts_with(&part));
}

#[test]
fn a_missing_value_is_a_row_without_numbers() {
    for value in ["", "NaN"] {
        let output = run(&format!("timestamp,value\n2026-01-05T09:30:00Z,{value}\n")).unwrap();
        assert_eq!(output.lines().last(), Some("2026-01-05T09:30:00Z,,,,,0,0"));
    }
}

#[track_caller]
fn check_instant(timestamp: &str) {
    let (text, zone) = (format!("timestamp,value\n{timestamp},1\n"), TimeZone::UTC);
    let mut input = Input::new(text.as_bytes(), &zone).unwrap();
    assert_eq!(input.next_row().unwrap().unwrap().at.as_second(), 1_767_605_400);
}

#[test]
fn timestamps_of_several_forms_are_the_same_instant() {
    check_instant("2026-01-05T09:30:00Z");
    check_instant("2026-01-05 09:30:00");
    check_instant("2026-01-05T09:30");
    check_instant("2026-01-05T10:30:00+01:00");
    check_instant("1767605400");
    check_instant("1767605400000");
}

#[test]
fn a_ratio_is_scored_by_its_trials() {
    let mut input = "timestamp,numerator,denominator\n".to_owned();
    for i in 0..600 {
        let (at, found) = (1_767_571_200 + i * 3600, if i >= 594 { 60 } else { 20 + i % 3 });
        writeln!(input, "{at},{found},100").unwrap();
    }
    let output = run(&input).unwrap();
    let lines: Vec<&str> = output.lines().collect();
    // The first week is too little.
    assert!(lines[100].contains(",,,"), "{}", lines[100]);
    let page = |line: &str| line.rsplit(',').next().unwrap().parse::<f64>().unwrap();
    assert!(lines[200..590].iter().all(|line| page(line) < 2.0));
    assert!(lines[595..].iter().any(|line| page(line) > 6.0), "{:?}", &lines[595..]);
}

#[test]
fn what_is_refused_tells_line_column_and_remedy() {
    check_refused(
        "time,value\n",
        "history.csv: line 1: no column `timestamp`; want a header `timestamp,value` or \
         `timestamp,numerator,denominator`",
    );
    check_refused(
        "timestamp,value\n2026-01-05,1\nyesterday,2\n",
        "history.csv: line 3, column `timestamp`: `yesterday` is no time; want 2026-01-05T09:30:00Z",
    );
    check_refused(
        "timestamp,value\n2026,2\n",
        "history.csv: line 2, column `timestamp`: `2026` is no time; want 2026-01-05T09:30:00Z",
    );
    check_refused(
        "timestamp,value\n2026-01-05,many\n",
        "history.csv: line 2, column `value`: `many` is no number; want digits with a point, or \
         nothing where it is missing",
    );
    check_refused(
        "timestamp,value\n2026-01-05,1\n2026-01-04,1\n",
        "history.csv: line 3, column `timestamp`: `2026-01-04` is before the row above it; sort the \
         rows by time",
    );
    check_refused(
        "timestamp,numerator,denominator\n2026-01-05,3,2\n",
        "history.csv: line 2, column `numerator`: `3` is more than the denominator; want k of n",
    );
    check_refused(
        "timestamp,numerator,denominator\n2026-01-05,-1,2\n",
        "history.csv: line 2, column `numerator`: `-1` is no count; want a whole number from 0 to \
         4294967295",
    );
    check_refused(
        "timestamp,value\n2026-01-05\n",
        "history.csv: line 2: 1 fields where the header has 2; want as many fields as the header \
         has, in UTF-8",
    );
}
