use proptest::prelude::*;

use super::*;
use crate::{
    detect::watch::Scored,
    minute::Minute,
    rule::{Condition, parse},
};

fn anomalies(document: &str) -> Vec<Anomaly> {
    let rules = parse(document).unwrap().into_iter();
    let anomalies = rules.map(|rule| match rule.condition {
        Condition::Anomaly(anomaly) => anomaly,
        other => panic!("{other}"),
    });
    anomalies.collect()
}

#[test]
fn the_dial_is_shared_out_by_weight() {
    let rest = "severity: info, next_action: x, owner: admin";
    let document = format!(
        "false_pages_per_week: 2\ntime_zone: Europe/Berlin\nrules:
  - {{name: a, metric: escalation_rate, anomaly: {{}}, {rest}}}
  - {{name: b, metric: contacts, anomaly: {{direction: down, weight: 3}}, by: [queue], {rest}}}"
    );
    let found = anomalies(&document);
    assert_eq!(found.iter().map(|one| one.side).collect::<Vec<_>>(), [Side::Up, Side::Down]);
    assert_eq!(found.iter().map(|one| one.false_alarms).collect::<Vec<_>>(), [0.5, 1.5]);
    let nine = "2026-01-05T08:00:00Z".parse().unwrap();
    assert_eq!(found[0].calendar.slot(nine).hour(), 9);
    assert_eq!(found[1].shares(true, 3), (0.75, 0.25));
    assert_eq!(found[1].shares(false, 3), (0.0, 0.5));
    assert_eq!(found[1].shares(true, 0), (1.5, 0.0));
}

#[test]
fn settings_that_are_none_are_refused_where_they_stand() {
    let yaml = "false_pages_per_week: 0\ntime_zone: Berlin\nholidays: [1]\nrule: []\nrules: []";
    insta::assert_snapshot!(parse(yaml).unwrap_err(), @r#"
    line 1: `false_pages_per_week` is no number above 0: 1 is usual
    line 2: `time_zone` is none: want a name such as Europe/Berlin
    line 3: `holidays` is no list of days: write `holidays: ["2026-12-25"]`
    line 4: `rule` is unknown at the top: did you mean `rules`? Known are rules, false_pages_per_week, time_zone, holidays, harm, impact
    "#);
}

#[track_caller]
fn check(metric: &str, condition: &str, expect: &str) {
    let yaml = format!(
        "rules:\n  - {{name: a, metric: {metric}, {condition}, severity: info, next_action: x, owner: admin}}"
    );
    let error = parse(&yaml).unwrap_err().to_string();
    assert!(error.contains(expect), "{error}");
}

#[test]
fn what_can_not_be_watched_is_refused() {
    check("deflection_rate", "anomaly: {}", "revised for more than an hour");
    check("occupancy", "anomaly: {}", "worked out from other metrics");
    check("csat", "anomaly: {}, by: [agent]", "does not apply to single agents");
    check("csat", "anomaly: {direction: left}", "known are bad, up, down, both");
    check("csat", "anomaly: {}, over: 1h", "does not apply to `anomaly`");
}

fn reading(false_alarms: f64, goes_on: bool) -> Reading {
    let score = Scored {
        false_alarms,
        goes_on,
        value: 0.4,
        expected: [0.1, -0.1, 0.3],
        window: 45,
        words: "words".to_owned(),
    };
    Reading { until: Minute(0), n: 40, score: Some(score) }
}

#[test]
fn it_opens_at_its_share_and_closes_later_or_when_it_does_not_go_on() {
    let alarms = Alarms::of([]);
    let judge = |reading: &Reading| alarms.judge(Metric::FallbackRate, Some(reading), 0.1);
    for (false_alarms, goes_on, expect) in [
        (0.1, true, Verdict::Open),
        (0.11, true, Verdict::Hold),
        (1.0, true, Verdict::Hold),
        (1.01, true, Verdict::Clear),
        (0.01, false, Verdict::Clear),
    ] {
        assert_eq!(judge(&reading(false_alarms, goes_on)).verdict, expect, "{false_alarms}");
    }
    let judgement = judge(&reading(0.1, true));
    assert_eq!(judgement.expected, Some(Expected { mid: 0.1, low: 0.0, high: 0.3 }));
    assert_eq!(judgement.reason.as_deref(), Some("words"));
    let few = Reading { score: None, ..reading(0.1, true) };
    assert_eq!(judge(&few).verdict, Verdict::NotEnoughData);
    let none = alarms.judge(Metric::FallbackRate, None, 0.1);
    assert_eq!(none.verdict, Verdict::NotEnoughData);
}

#[track_caller]
fn check_together(multiples: &[f64], expect: f64) {
    assert!((Alarms::of(multiples.iter().copied()).together - expect).abs() < 1e-12);
}

#[test]
fn series_that_move_together_open_a_little_earlier() {
    check_together(&[], 1.0);
    check_together(&[2.0], 1.0);
    check_together(&[2.0, 0.5], 2.0);
    check_together(&[2.1, 0.5], 1.0);
    check_together(&[2.9, 2.5, 2.8, 90.0], 3.0);
}

proptest! {
    /// Were scores as rare as they claim and independent, so many ticks would open something.
    #[test]
    fn the_weakest_of_k_that_open_is_rarer_than_k_times_its_share(
        multiples in prop::collection::vec(0.01_f64..20.0, 0..12),
    ) {
        let together = Alarms::of(multiples.clone()).together;
        let open = multiples.iter().filter(|one| **one <= together).count();
        prop_assert!(open == 0 || together <= f64::from(u32::try_from(open).unwrap()) + 1e-12);
        let larger = (1..=multiples.len()).filter(|k| {
            let level = f64::from(u32::try_from(*k).unwrap());
            level > together && multiples.iter().filter(|one| **one <= level).count() >= *k
        });
        prop_assert_eq!(larger.count(), 0);
    }
}
