use serde_json::Value;

use super::{FIELDS, anomaly, change, condition, selection, settings, silence, slo};
use crate::{
    conversation::Signal,
    dimension::Dimension,
    metric::Metric,
    rule::{DEFAULT_RULES, Mode, ROLES, SCHEMA, Severity},
};

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// Whether the schema accepts these rules.
pub(super) fn accepts(yaml: &str) -> bool {
    let rules: Value = serde_saphyr::from_str(yaml).unwrap();
    jsonschema::is_valid(&schema(), &rules)
}

#[track_caller]
fn check<'a>(part: &Value, known: impl IntoIterator<Item = &'a str>) {
    let mut named: Vec<&str> = match part {
        Value::Object(properties) => properties.keys().map(String::as_str).collect(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        other => panic!("{other}"),
    };
    let mut known: Vec<&str> = known.into_iter().collect();
    named.sort_unstable();
    known.sort_unstable();
    assert_eq!(named, known);
}

#[test]
fn the_schema_is_one_and_accepts_the_rules_that_ship() {
    assert!(jsonschema::meta::is_valid(&schema()));
    assert!(accepts(DEFAULT_RULES));
}

#[test]
fn schema_and_parser_know_the_same_fields_and_names() {
    let schema = schema();
    let definition = |name: &str| &schema["$defs"][name];
    let rule = &definition("rule")["properties"];
    check(rule, FIELDS);
    check(&schema["properties"], settings::FIELDS.into_iter().chain(["rules"]));
    check(&rule["anomaly"]["properties"], anomaly::FIELDS);
    check(&rule["anomaly"]["properties"]["direction"]["enum"], anomaly::DIRECTIONS);
    check(&rule["threshold"]["properties"], condition::THRESHOLD_FIELDS);
    check(&rule["slo"]["properties"], slo::FIELDS);
    check(&rule["slo"]["properties"]["burns"]["items"]["properties"], slo::BURN_FIELDS);
    check(&rule["silence_of"]["properties"], silence::FIELDS);
    check(&rule["after_change"]["properties"], change::FIELDS);
    check(&rule["after_change"]["properties"]["direction"]["enum"], anomaly::DIRECTIONS);
    check(&rule["event"]["enum"], Signal::ALL.map(Signal::as_str));
    check(&rule["mode"]["enum"], Mode::ALL.map(Mode::as_str));
    check(&rule["owner"]["enum"], ROLES);
    check(&rule["severity"]["enum"], Severity::ALL.map(Severity::as_str));
    check(&definition("dimension")["enum"], Dimension::ALL.map(Dimension::as_str));
    let judged = Metric::public().filter(|metric| selection::judged(*metric).is_ok());
    check(&definition("metric")["enum"], judged.map(Metric::as_str));
}

#[test]
fn what_the_parser_refuses_by_shape_the_schema_refuses() {
    let rest = "severity: info, next_action: x, owner: admin";
    for rule in [
        "name: a, metric: csat, drop: 0.2".to_owned(),
        format!("name: A, metric: csat, drop: 0.2, {rest}"),
        format!("name: a, metric: csats, drop: 0.2, {rest}"),
        format!("name: a, metric: csat, {rest}"),
        format!("name: a, metric: csat, drop: 0.2, rise: 0.2, {rest}"),
        format!("name: a, metric: csat, drop: 2, {rest}"),
        format!("name: a, metric: csat, drop: 0.2, over: 15, {rest}"),
        format!("name: a, metric: csat, drop: 0.2, by: [intents], {rest}"),
        format!("name: a, metric: csat, drop: 0.2, where: {{intent: 7}}, {rest}"),
        format!("name: a, metric: csat, drop: 0.2, fro: 2m, {rest}"),
        format!("name: a, metric: csat, drop: 0.2, runbook: 'http://x', {rest}"),
        format!("name: a, metric: csat, threshold: {{min_count: 3}}, {rest}"),
        format!("name: a, metric: csat, slo: {{objective: 1}}, {rest}"),
        format!("name: a, metric: csat, slo: {{objective: 0.9}}, over: 1h, {rest}"),
        format!("name: a, metric: csat, silence_of: {{}}, {rest}"),
        format!("name: a, metric: csat, anomaly: {{direction: left}}, {rest}"),
        format!("name: a, metric: csat, anomaly: {{}}, over: 1h, {rest}"),
        format!("name: a, metric: csat, after_change: {{}}, over: 1h, {rest}"),
        format!("name: a, metric: handle_time, conflict: {{with: reopens}}, {rest}"),
        format!("name: a, event: sad, {rest}"),
        format!("name: a, metric: signals, event: stuck, {rest}"),
        format!("name: a, metric: csat, drop: 0.2, mode: quiet, {rest}"),
    ] {
        let yaml = format!("rules:\n  - {{{rule}}}");
        assert!(super::parse(&yaml).is_err() && !accepts(&yaml), "{rule}");
    }
}
