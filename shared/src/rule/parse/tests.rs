use super::{fields::minutes, schema_tests::accepts, *};
use crate::{
    dimension::Dimension,
    metric::Metric,
    rule::{Burn, Condition, DEFAULT_RULES, Side, Silence},
};

const WHOLE: &str = "
rules:
  - name: ai-fallback-high
    metric: fallback_rate
    where: { intent: refund_status, channel: [chat, voice] }
    by: [intent]
    threshold: { over: 0.2, min_count: 40 }
    over: 15m
    for: 2m
    severity: page
    next_action: Roll back the prompt version that the exemplars share.
    owner: ai_lead
    runbook: https://example.com/runbooks/fallback
";

#[test]
fn a_whole_rule_is_read() {
    assert!(accepts(WHOLE));
    let rule = parse(WHOLE).unwrap().remove(0);
    assert_eq!(rule.selection.metric, Metric::FallbackRate);
    assert_eq!(rule.selection.by, [Dimension::Intent]);
    assert_eq!(rule.selection.only.len(), 2);
    let expect = Condition::Threshold { side: Side::Over, bound: 0.2, min_count: 40 };
    assert_eq!((rule.condition, rule.window, rule.hold), (expect, 15, 2));
    assert_eq!(rule.runbook.as_deref(), Some("https://example.com/runbooks/fallback"));
}

#[test]
fn the_rules_that_ship_load() {
    let rules = parse(DEFAULT_RULES).unwrap();
    let conditions = |is: fn(&Condition) -> bool| rules.iter().any(|rule| is(&rule.condition));
    assert!(conditions(|condition| matches!(condition, Condition::Slo(_))));
    assert!(conditions(|condition| matches!(condition, Condition::SilenceOf(_))));
    assert!(rules.iter().any(|rule| rule.severity == Severity::Page && rule.window == 5));
}

#[test]
fn every_problem_is_reported_at_once_where_it_stands() {
    let yaml = "
colour: red
rules:
  - name: a
    metric: fallback_rat
    drop: 0.2
    severity: pages
    owner: me
    next_action: x
  - name: a
    metric: csat
    by: [agent, intents, intent]
    drop: 2
    severity: page
    owner: admin
    fro: 2m
  - { metric: backlog, rise: 0.2, severity: high, owner: admin, next_action: x, over: 15 }
  - name: d
    metric: csat
    threshold:
      over: 3
      min_count: 0.5
      mincount: 3
    severity: info
    owner: admin
    next_action: x
    runbook: http://x
    where:
      intent: 7
  - { name: e, metric: revenue_at_risk, drop: 0.2, rise: 0.2, severity: info, owner: admin, next_action: x }
  - name: f
  - { name: g, metric: csat, threshold: 3, severity: info, owner: admin, next_action: ' ' }
  - { name: h, metric: csat, threshold: { over: 0.2, under: 0.1 }, severity: info, owner: admin, next_action: x }
  - 7
";
    let error = parse(yaml).unwrap_err();
    insta::assert_snapshot!(error, @r"
    line 2: `colour` is unknown at the top: known are rules, false_pages_per_week, time_zone, holidays, harm, impact
    line 5: rule `a`: `metric` is `fallback_rat`: did you mean `fallback_rate`? All are in GET /v1/metrics
    line 7: rule `a`: `severity` is `pages`: did you mean `page`? Known are page, warning, info
    line 8: rule `a`: `owner` is `me`: known are team_lead, qa_manager, operations, ai_lead, admin
    line 10: rule `a`: `name` is taken by another rule: names must differ
    line 10: rule `a`: `next_action` is missing: say in one sentence what the owner does first
    line 12: rule `a`: `by` names `intents`, which is unknown: did you mean `intent`? Known are channel, queue, intent, model_version, prompt_version, kb_version, agent, team, language, segment, region, use_case, source
    line 12: rule `a`: `where/by` can not be answered: csat is not kept by intent×agent: available are (none), channel, queue, intent, model_version, prompt_version, kb_version, agent, team, language, segment, region, use_case, source, intent×prompt_version, intent×model_version, intent×channel, queue×channel
    line 13: rule `a`: `drop` is not a share: want a number above 0, and for a drop at most 1: 0.2 is a fifth
    line 16: rule `a`: `fro` is unknown: did you mean `for`? Known are name, metric, where, by, threshold, drop, rise, anomaly, slo, after_change, conflict, event, silence_of, over, for, severity, next_action, owner, runbook, mode, family, escalate_after
    line 17: rule 3: `name` is missing: want 1 to 64 of a-z, 0-9 and -
    line 17: rule 3: `severity` is `high`: known are page, warning, info
    line 17: rule 3: `rise` does not apply to a level: use `threshold`
    line 17: rule 3: `over` is not a time span: want a number and m, h or d, such as 15m, up to 7d
    line 21: rule `d`: `threshold`: `over` is no bound of csat: want a number of 0 to 1 (share)
    line 22: rule `d`: `threshold`: `min_count` is no count: want a whole number, 1 or more
    line 23: rule `d`: `threshold`: `mincount` is unknown: did you mean `min_count`? Known are over, under, min_count
    line 27: rule `d`: `runbook` is not a link: want an https:// address without spaces
    line 29: rule `d`: `where` gives `intent` no text: put it in quotes
    line 30: rule `e`: `metric` is kept by currency, which does not add up: want another
    line 30: rule `e`: `rise` is a second condition beside `drop`: keep one of them
    line 31: rule `f`: `metric` is missing: want one of GET /v1/metrics
    line 31: rule `f`: `severity` is missing: want one of page, warning, info
    line 31: rule `f`: `next_action` is missing: say in one sentence what the owner does first
    line 31: rule `f`: `owner` is missing: want one of team_lead, qa_manager, operations, ai_lead, admin
    line 31: rule `f`: `condition` is missing: want one of threshold, drop, rise, anomaly, slo, after_change, conflict, event, silence_of
    line 32: rule `g`: `next_action` is not text: say in one sentence what the owner does first
    line 32: rule `g`: `threshold` is not a mapping: write `threshold: { over: 0.2 }`
    line 33: rule `h`: `threshold`: `under` is a second bound beside `over`: keep one of them
    line 34: rule 9 is not a mapping: give it `name:` etc.
    ");
}

#[test]
fn what_is_not_yaml_is_refused_where_it_stands() {
    let lines = |yaml: &str| {
        let problems = parse(yaml).unwrap_err().problems;
        problems.iter().map(|problem| problem.line).collect::<Vec<_>>()
    };
    assert_eq!(lines("rules:\n  - name: a\n    name: b"), [3]);
    assert_eq!(lines("rules:\n  - name: a\n   metric: b"), [3]);
    assert_eq!(lines("\nrules: 3"), [2]);
    assert_eq!(lines(""), [1]);
}

#[test]
fn what_is_anchored_is_pointed_at_where_it_is_written() {
    let yaml = "
rules:
  - &usual { name: a, metric: csat, drop: 0.2, severity: high,
      owner: admin, next_action: x }
  - <<: *usual
    name: b
    owner: nobody
";
    let lines: Vec<u64> = parse(yaml).unwrap_err().problems.iter().map(|one| one.line).collect();
    assert_eq!(lines, [3, 3, 7]);
}

#[test]
fn what_is_not_rules_is_refused() {
    for yaml in ["", "[]", "rules: 3", "rules: [3]", "rules:\n - name: [", "a: 1\na: 2"] {
        assert!(parse(yaml).is_err(), "{yaml}");
    }
    assert_eq!(parse("rules: []"), Ok(Vec::new()));
}

#[test]
fn spans_are_minutes_hours_and_days() {
    for (text, expect) in [("15m", Some(15)), ("2h", Some(120)), ("1d", Some(1440))] {
        assert_eq!(minutes(text), expect);
    }
    for text in ["", "m", "15", "-1m", "15s", "99999d", "\u{e9}"] {
        assert_eq!(minutes(text), None, "{text}");
    }
}

#[track_caller]
fn check_slo(rest: &str, slo: &str, expect: Result<&[Burn], &str>) {
    let yaml =
        format!("rules:\n  - {{name: r, next_action: x, owner: admin, {rest},\n      slo: {slo}}}");
    let parsed = parse(&yaml);
    assert!(parsed.is_err() || accepts(&yaml), "{yaml}");
    match (parsed, expect) {
        (Ok(rules), Ok(burns)) => match &rules[0].condition {
            Condition::Slo(slo) => assert_eq!(slo.burns, burns, "{yaml}"),
            other => panic!("{other}"),
        },
        (Err(error), Err(problems)) => assert_eq!(error.to_string(), problems, "{yaml}"),
        (parsed, _) => panic!("{parsed:?}"),
    }
}

#[test]
fn an_objective_has_the_burns_of_its_severity_or_its_own() {
    let page = "metric: answer_accuracy, severity: page";
    let fast = [Burn { rate: 14.4, long: 60, short: 5 }, Burn { rate: 6.0, long: 360, short: 30 }];
    check_slo(page, "{objective: 0.99}", Ok(&fast));
    let warning = "metric: resolution_rate, severity: warning";
    let slow = [Burn { rate: 1.0, long: 1008, short: 84 }];
    check_slo(warning, "{objective: 0.7, over: 7d}", Ok(&slow));
    let own = "{objective: 0.8, burns: [{rate: 3, long: 2h, short: 10m}]}";
    check_slo(page, own, Ok(&[Burn { rate: 3.0, long: 120, short: 10 }]));
}

#[test]
fn a_burn_that_the_objective_makes_unreachable_is_refused_with_the_largest_reachable() {
    let problem = "line 3: rule `r`: `slo`: `objective` is 0.9, which leaves a budget of 0.1000: it \
                   never burns 14.4 times too fast, 10.0 times is the most: give `burns` with rates \
                   below that";
    check_slo("metric: answer_accuracy, severity: page", "{objective: 0.9}", Err(problem));
    let problem = "line 3: rule `r`: `slo`: `objective` is 0.4, which leaves a budget of 0.4000: it \
                   never burns 2.5 times too fast, 2.5 times is the most: give `burns` with rates \
                   below that";
    let own = "{objective: 0.4, burns: [{rate: 2.5, long: 2h, short: 10m}]}";
    check_slo("metric: fallback_rate, severity: page", own, Err(problem));
}

#[test]
fn what_is_wrong_with_an_objective_is_told() {
    let page = "metric: answer_accuracy, severity: page";
    let of = |field: &str, what: &str| format!("line 3: rule `r`: `slo`: `{field}` {what}");
    for (slo, field, what) in [
        ("{}", "objective", "is missing: want a number between 0 and 1: 0.99 is 99 %"),
        (
            "{objective: 99}",
            "objective",
            "is out of range: want a number between 0 and 1: 0.99 is 99 %",
        ),
        ("{objective: 0.99, over: 1d}", "over", "is too short for an objective: want 7d or more"),
        ("{objective: 0.99, min_bad: 0}", "min_bad", "is no count: want a whole number, 1 or more"),
        (
            "{objective: 0.99, burns: 6}",
            "burns",
            "is not a list: write `burns: [{ rate: 6, long: 6h, short: 30m }]`",
        ),
        (
            "{objective: 0.99, target: 6}",
            "target",
            "is unknown: known are objective, over, min_bad, burns",
        ),
    ] {
        check_slo(page, slo, Err(&of(field, what)));
    }
    let problem = "line 3: rule `r`: `slo`: `burns`: `short` is not shorter than `long`: a twelfth \
                   of it is usual";
    let own = "{objective: 0.99, burns: [{rate: 6, long: 2h, short: 2h}]}";
    check_slo(page, own, Err(problem));
    let level = "line 3: rule `r`: `slo` applies to ratios alone: use `threshold`";
    check_slo("metric: backlog, severity: page", "{objective: 0.99}", Err(level));
    let agents = "line 3: rule `r`: `slo` does not apply to single agents: leave out `agent`";
    check_slo(
        "metric: answer_accuracy, by: [agent], severity: page",
        "{objective: 0.99}",
        Err(agents),
    );
    let over = "line 2: rule `r`: `over` does not apply to `slo`, which has its own: write `slo: { \
                over: 30d }`";
    check_slo("metric: csat, over: 1h, severity: page", "{objective: 0.99}", Err(over));
}

#[track_caller]
fn check_silence(rest: &str, silence: &str, expect: Result<Silence, &str>) {
    let yaml = format!(
        "rules:\n  - {{name: r, next_action: x, owner: admin, severity: page, {rest}\n      \
         silence_of: {silence}}}"
    );
    match (parse(&yaml), expect) {
        (Ok(rules), Ok(silence)) => {
            assert!(accepts(&yaml), "{yaml}");
            assert_eq!(rules[0].condition, Condition::SilenceOf(silence), "{yaml}");
            assert_eq!(rules[0].selection.by, [Dimension::Source]);
        }
        (Err(error), Err(problems)) => assert_eq!(error.to_string(), problems, "{yaml}"),
        (parsed, _) => panic!("{parsed:?}"),
    }
}

#[test]
fn each_source_is_judged_unless_some_are_named() {
    let usual = Silence { freshness: 3, completeness: 0.98 };
    check_silence("", "{}", Ok(usual));
    check_silence("where: {source: [/a, /b]},", "{}", Ok(usual));
    let own = Silence { freshness: 10, completeness: 0.9 };
    check_silence("", "{freshness: 10m, completeness: 0.9}", Ok(own));
}

#[test]
fn what_is_wrong_with_a_silence_is_told() {
    let metric = "line 2: rule `r`: `metric` does not apply to `silence_of`, which judges each \
                  source: leave it out";
    check_silence("metric: uptime,", "{}", Err(metric));
    let queue = "line 2: rule `r`: `where/by` can not be answered: completeness is not kept by \
                 queue×source: available are (none), source";
    check_silence("where: {queue: vip},", "{}", Err(queue));
    let over = "line 2: rule `r`: `over` does not apply to `silence_of`: write `silence_of: { \
                freshness: 3m }`";
    check_silence("over: 5m,", "{}", Err(over));
    let share = "line 3: rule `r`: `silence_of`: `completeness` is out of range: want a number \
                 between 0 and 1: 0.98 is 98 %";
    check_silence("", "{completeness: 98}", Err(share));
}

#[test]
fn a_family_is_what_is_judged_and_a_page_escalates_unless_the_rule_says_otherwise() {
    let rest = "next_action: x, owner: admin";
    let read = |rule: &str| {
        let yaml = format!("rules:\n  - {{name: r, {rule}, {rest}}}");
        assert!(accepts(&yaml), "{yaml}");
        let rule = parse(&yaml).unwrap().remove(0);
        (rule.family, rule.escalate_after)
    };
    let check = |rule, family: &str, minutes| {
        assert_eq!(read(rule), (family.to_owned(), minutes), "{rule}");
    };
    check("metric: csat, drop: 0.2, severity: page", "csat", Some(15));
    check("metric: csat, drop: 0.2, severity: warning", "csat", None);
    check("event: stuck, severity: info", "stuck", None);
    check("silence_of: {}, severity: page", "source_outage", Some(15));
    check(
        "metric: csat, drop: 0.2, severity: page, escalate_after: 1h, family: mood",
        "mood",
        Some(60),
    );
    check("metric: csat, drop: 0.2, severity: page, escalate_after: never", "csat", None);
    let refused = |rule: &str| {
        let yaml = format!("rules:\n  - {{name: r, metric: csat, drop: 0.2, {rule}, {rest}}}");
        parse(&yaml).unwrap_err().to_string()
    };
    insta::assert_snapshot!(refused("severity: info, escalate_after: 15m"), @"line 2: rule `r`: `escalate_after` applies to pages only: leave it out, or write `severity: page`");
    insta::assert_snapshot!(refused("severity: page, escalate_after: 15"), @"line 2: rule `r`: `escalate_after` is not a time span: want a number and m, h or d, such as 15m, up to 1d");
    insta::assert_snapshot!(refused("severity: page, family: 'My Family'"), @"line 2: rule `r`: `family` is not a name: want 1 to 64 of a-z, 0-9, _ and -");
}
