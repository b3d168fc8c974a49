use super::*;
use crate::backtest::notice::tests::notice;

/// From minute 60 until 120, of one intent, in which fallbacks rise.
fn label() -> Label {
    let line = r#"{"kind": "flawed_answers", "start": "1970-01-01T01:00:00Z",
        "end": "1970-01-01T02:00:00Z", "cells": [{"intent": "refund"}],
        "moves": {"fallback_rate": "up", "containment_rate": "down"}, "harmful": true}"#;
    serde_json::from_str(line).unwrap()
}

#[track_caller]
fn check(alert: &Notice, expected: Relation) {
    assert_eq!(relation(alert, &label()), expected, "{alert}");
}

#[test]
fn an_alert_finds_what_the_window_it_judges_overlaps() {
    check(&notice(59, "opened"), Relation::Unrelated);
    check(&notice(60, "opened"), Relation::Finds);
    check(&notice(124, "opened"), Relation::Finds);
    check(&notice(125, "opened"), Relation::Unrelated);
    check(&Notice { window_minutes: 240, ..notice(300, "opened") }, Relation::Finds);
}

#[test]
fn of_a_dimension_that_both_name_the_value_is_the_same() {
    let cell = |pairs: &[(&str, &str)]| {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Notice { cell: pairs.iter().map(own).collect(), ..notice(70, "opened") }
    };
    check(&cell(&[]), Relation::Finds);
    check(&cell(&[("queue", "vip")]), Relation::Finds);
    check(&cell(&[("intent", "refund"), ("channel", "chat")]), Relation::Finds);
    check(&cell(&[("intent", "delivery")]), Relation::Unrelated);
}

#[test]
fn another_metric_or_direction_follows_and_does_not_find() {
    let of = |metric: &str, expected: Option<f64>| {
        let expected =
            expected.map(|mid| tocsin_domain::rule::Expected { mid, low: 0.0, high: 1.0 });
        let metric = tocsin_domain::metric::Metric::parse(metric).unwrap();
        Notice { metric, expected, ..notice(70, "opened") }
    };
    check(&of("containment_rate", None), Relation::Finds);
    check(&of("containment_rate", Some(0.5)), Relation::Finds);
    check(&of("containment_rate", Some(0.1)), Relation::Follows);
    check(&of("fallback_rate", Some(0.1)), Relation::Finds);
    check(&of("csat", None), Relation::Follows);
}

#[test]
fn incidents_are_tallied_by_kind_and_what_matches_none_is_false() {
    let alerts = [
        notice(10, "opened"),
        notice(70, "opened"),
        notice(75, "resolved"),
        Notice {
            rule: "warns".to_owned(),
            severity: tocsin_domain::rule::Severity::Warning,
            ..notice(500, "opened")
        },
        notice(1_000, "reopened"),
    ];
    let shifted = |label: Label, minutes: i64| {
        let by = SignedDuration::from_mins(minutes);
        Label { start: label.start + by, end: label.end + by, ..label }
    };
    let holiday = Label { kind: "holiday".to_owned(), harmful: false, ..shifted(label(), 940) };
    let labels = [label(), shifted(label(), 600), holiday];
    let outcome = compare(&alerts, &labels, 2.0);
    assert_eq!((outcome.false_alarms, outcome.false_pages), (3, 2));
    assert_eq!((outcome.false_alarms_a_week, outcome.false_pages_a_week), (1.5, 1.0));
    assert_eq!(outcome.false_by_rule, [("r".to_owned(), 2), ("warns".to_owned(), 1)].into());
    let (recall, median_delay_minutes) = (Some(0.5), Some(10.0));
    let found = Tally {
        harmful: true,
        incidents: 2,
        found: 1,
        recall,
        median_delay_minutes,
        false_alarms: 0,
    };
    assert_eq!(outcome.overall, found);
    assert_eq!(outcome.kinds["flawed_answers"], found);
    let holiday = &outcome.kinds["holiday"];
    assert_eq!((holiday.recall, holiday.false_alarms), (None, 1));
}

#[test]
fn a_median_of_two_is_between_them() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0]), Some(3.0));
    assert_eq!(median(&[3.0, 4.0]), Some(3.5));
    assert_eq!(median(&[1.0, 3.0, 9.0]), Some(3.0));
}
