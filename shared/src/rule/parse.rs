//! Rules from YAML. Every problem is reported at once, with the rule, the field and the remedy.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Condition, ROLES, Rule, Severity, Side};
use crate::{
    dimension::{Dimension, Extra},
    metric::{Kind, Metric},
    query::{SUPPRESSED_BELOW, Selection},
};

const MINUTES_A_DAY: i32 = 24 * 60;
/// Weeks are compared with each other, so a window is one at most.
const LONGEST_WINDOW: i32 = 7 * MINUTES_A_DAY;
const DEFAULT_WINDOW: i32 = 60;

/// Why rules do not load: all problems, each with its remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("\n"))]
pub struct RulesError {
    /// One sentence each.
    pub problems: Vec<String>,
}

/// Reads rules; see the module's own documentation for what they mean.
pub fn parse(yaml: &str) -> Result<Vec<Rule>, RulesError> {
    let options = serde_saphyr::Options {
        strict_booleans: true,
        with_snippet: false,
        ..serde_saphyr::Options::default()
    };
    let mut document: Map<String, Value> = serde_saphyr::from_str_with_options(yaml, options)
        .map_err(|error| RulesError { problems: vec![format!("not readable as YAML: {error}")] })?;
    let mut problems = Vec::new();
    let listed = if let Some(Value::Array(listed)) = document.remove("rules") {
        listed
    } else {
        problems.push("`rules` is missing: write `rules:` and a list below it".to_owned());
        Vec::new()
    };
    for key in document.keys() {
        problems.push(format!("`{key}` is unknown: only `rules` may stand at the top"));
    }
    let (mut rules, mut names) = (Vec::new(), BTreeSet::new());
    for (index, value) in listed.into_iter().enumerate() {
        let Value::Object(left) = value else {
            problems.push(format!("rule {} is not a mapping: give it `name:` etc.", index + 1));
            continue;
        };
        let named = left.get("name").and_then(Value::as_str).map(|name| format!("rule `{name}`"));
        let place = named.unwrap_or_else(|| format!("rule {}", index + 1));
        let mut fields = Fields { label: place, left, problems: &mut problems };
        if let Some(name) = fields.left.get("name").and_then(Value::as_str)
            && !names.insert(name.to_owned())
        {
            fields.problem("name", "is taken by another rule: names must differ");
        }
        rules.extend(fields.rule());
    }
    if problems.is_empty() { Ok(rules) } else { Err(RulesError { problems }) }
}

/// What is left of one rule's fields; reading takes them out.
struct Fields<'a> {
    label: String,
    left: Map<String, Value>,
    problems: &'a mut Vec<String>,
}

impl Fields<'_> {
    fn rule(mut self) -> Option<Rule> {
        let name = self.name();
        let metric = self.metric();
        let only = self.only();
        let by = self.by();
        let window = self.minutes("over", LONGEST_WINDOW).unwrap_or(DEFAULT_WINDOW);
        let hold = self.minutes("for", MINUTES_A_DAY).unwrap_or(0);
        let names = Severity::ALL.map(Severity::as_str);
        let severity = self.one_of("severity", &names);
        let severity =
            Severity::ALL.into_iter().find(|one| severity.as_deref() == Some(one.as_str()));
        let next_action = self.text("next_action", "say in one sentence what the owner does first");
        let owner = self.one_of("owner", &ROLES);
        let runbook = self.runbook();
        let condition = self.condition(metric, by.contains(&Dimension::Agent));
        let known = "name, metric, where, by, threshold, drop, rise, over, for, severity, \
                     next_action, owner, runbook";
        for field in std::mem::take(&mut self.left).keys() {
            self.problem(field, &format!("is unknown: known are {known}"));
        }
        let selection = Selection { by, only, ..Selection::total(metric?) };
        if let Err(error) = selection.view() {
            self.problem("where/by", &format!("can not be answered: {error}"));
        }
        Some(Rule {
            name: name?,
            selection,
            condition: condition?,
            window,
            hold,
            severity: severity?,
            next_action: next_action?,
            owner: owner?,
            runbook,
        })
    }

    fn problem(&mut self, field: &str, what: &str) {
        self.problems.push(format!("{}: `{field}` {what}", self.label));
    }

    fn text(&mut self, field: &str, remedy: &str) -> Option<String> {
        match self.left.remove(field) {
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            None | Some(Value::Null) => {
                self.problem(field, &format!("is missing: {remedy}"));
                None
            }
            Some(_) => {
                self.problem(field, &format!("is not text: {remedy}"));
                None
            }
        }
    }

    fn one_of(&mut self, field: &str, allowed: &[&str]) -> Option<String> {
        let remedy = format!("want one of {}", allowed.join(", "));
        let text = self.text(field, &remedy)?;
        if !allowed.contains(&text.as_str()) {
            self.problem(field, &format!("is `{text}`: {remedy}"));
            return None;
        }
        Some(text)
    }

    fn name(&mut self) -> Option<String> {
        let remedy = "want 1 to 64 of a-z, 0-9 and -";
        let name = self.text("name", remedy)?;
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.len() > 64 || !name.bytes().all(legal) {
            self.problem("name", &format!("is not a name: {remedy}"));
            return None;
        }
        Some(name)
    }

    fn metric(&mut self) -> Option<Metric> {
        let name = self.text("metric", "want one of GET /v1/metrics")?;
        let metric = Metric::parse(&name);
        match metric {
            None => {
                self.problem("metric", &format!("is `{name}`: want one of GET /v1/metrics"));
            }
            Some(metric) if metric.definition().extra == Some(Extra::Currency) => {
                self.problem("metric", "is kept by currency, which does not add up: want another");
            }
            Some(metric)
                if metric.definition().derived.is_some() && metric.kind() == Kind::Index =>
            {
                self.problem(
                    "metric",
                    "is worked out for people to read and not judged: want another",
                );
            }
            Some(_) => {}
        }
        metric
    }

    fn dimension(&mut self, field: &str, name: &str) -> Option<Dimension> {
        let found = Dimension::parse(name);
        if found.is_none() {
            let names = Dimension::ALL.map(Dimension::as_str).join(", ");
            self.problem(field, &format!("names `{name}`: want dimensions of {names}"));
        }
        found
    }

    fn only(&mut self) -> Vec<(Dimension, Vec<String>)> {
        let fields = match self.left.remove("where") {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Object(fields)) => fields,
            Some(_) => {
                self.problem("where", "is not a mapping: write `where: { intent: refund }`");
                return Vec::new();
            }
        };
        let mut only = Vec::new();
        for (name, values) in fields {
            let values = if let Value::Array(values) = values { values } else { vec![values] };
            let texts: Option<Vec<String>> =
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
            let dimension = self.dimension("where", &name);
            match (dimension, texts) {
                (Some(dimension), Some(texts)) if !texts.is_empty() => {
                    only.push((dimension, texts));
                }
                (None, _) => {}
                _ => self.problem("where", &format!("gives `{name}` no text: put it in quotes")),
            }
        }
        only
    }

    fn by(&mut self) -> Vec<Dimension> {
        let names = match self.left.remove("by") {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(names)) => names,
            Some(_) => {
                self.problem("by", "is not a list: write `by: [intent]`");
                return Vec::new();
            }
        };
        let mut by = Vec::new();
        for name in names {
            let dimension = self.dimension("by", name.as_str().unwrap_or_default());
            if dimension.is_some_and(|dimension| by.contains(&dimension)) {
                self.problem("by", "names a dimension twice: name it once");
            }
            by.extend(dimension);
        }
        by
    }

    fn minutes(&mut self, field: &str, longest: i32) -> Option<i32> {
        let value = self.left.remove(field).filter(|value| !value.is_null())?;
        let minutes = value.as_str().and_then(minutes).filter(|m| (1..=longest).contains(m));
        if minutes.is_none() {
            let days = longest / MINUTES_A_DAY;
            let remedy = format!("want a number and m, h or d, such as 15m, up to {days}d");
            self.problem(field, &format!("is not a time span: {remedy}"));
        }
        minutes
    }

    fn runbook(&mut self) -> Option<String> {
        if self.left.get("runbook").is_none_or(Value::is_null) {
            self.left.remove("runbook");
            return None;
        }
        let remedy = "want an https:// address without spaces";
        let link = self.text("runbook", remedy)?;
        let host = link.strip_prefix("https://").unwrap_or_default();
        if host.is_empty() || link.contains(|c: char| c.is_whitespace() || c.is_control()) {
            self.problem("runbook", &format!("is not a link: {remedy}"));
            return None;
        }
        Some(link)
    }

    fn condition(&mut self, metric: Option<Metric>, of_agents: bool) -> Option<Condition> {
        let taken = ["threshold", "drop", "rise"]
            .map(|field| self.left.remove(field).map(|value| (field, value)));
        let mut present: Vec<_> = taken.into_iter().flatten().collect();
        let (Some((field, value)), true) = (present.pop(), present.is_empty()) else {
            self.problem("threshold/drop/rise", "must be there once: keep exactly one of them");
            return None;
        };
        if field == "threshold" {
            return self.threshold(metric?, value, of_agents);
        }
        if metric.is_some_and(|metric| metric.kind() == Kind::Gauge) {
            self.problem(field, "does not apply to a level: use `threshold`");
        }
        let most = if field == "drop" { 1.0 } else { f64::MAX };
        let share = value.as_f64().filter(|share| *share > 0.0 && *share <= most);
        let Some(share) = share else {
            let remedy = "want a number above 0, and for a drop at most 1: 0.2 is a fifth";
            self.problem(field, &format!("is not a share: {remedy}"));
            return None;
        };
        let is_drop = field == "drop";
        Some(if is_drop { Condition::Drop { share } } else { Condition::Rise { share } })
    }

    fn threshold(&mut self, metric: Metric, value: Value, of_agents: bool) -> Option<Condition> {
        let Value::Object(mut fields) = value else {
            self.problem("threshold", "is not a mapping: write `threshold: { over: 0.2 }`");
            return None;
        };
        let min_count = self.min_count(metric, fields.remove("min_count"), of_agents);
        let (side, bound) = match (fields.remove("over"), fields.remove("under")) {
            (Some(bound), None) => (Side::Over, bound),
            (None, Some(bound)) => (Side::Under, bound),
            _ => {
                self.problem("threshold", "needs a bound: write exactly one of `over` and `under`");
                return None;
            }
        };
        for field in fields.keys() {
            let known = "is unknown: known are over, under, min_count";
            self.problem(&format!("threshold.{field}"), known);
        }
        let (lowest, highest) = metric.range();
        let within = |bound: &f64| bound.is_finite() && (lowest..=highest).contains(bound);
        let Some(bound) = bound.as_f64().filter(within) else {
            let unit = metric.definition().unit;
            let remedy = format!("want a number of {lowest} to {highest} ({unit})");
            self.problem("threshold", &format!("has no bound of {metric}: {remedy}"));
            return None;
        };
        Some(Condition::Threshold { side, bound, min_count: min_count? })
    }

    fn min_count(&mut self, metric: Metric, given: Option<Value>, of_agents: bool) -> Option<i64> {
        let (default, least) = match metric.kind() {
            Kind::Ratio | Kind::Mean | Kind::Distribution | Kind::Index => (30, 1),
            Kind::Sum | Kind::Gauge => (1, 1),
            Kind::Count => (1, 0),
        };
        let least = if of_agents { SUPPRESSED_BELOW } else { least };
        let count = given.map_or(Some(default), |given| given.as_i64());
        if let Some(count) = count.filter(|count| *count >= least) {
            return Some(count);
        }
        self.problem("threshold.min_count", &format!("is too small: want {least} or more"));
        None
    }
}

fn minutes(text: &str) -> Option<i32> {
    let unit = match text.chars().last()? {
        'm' => 1,
        'h' => 60,
        'd' => MINUTES_A_DAY,
        _ => return None,
    };
    let number = text[..text.len() - 1].parse::<u16>().ok()?;
    i32::from(number).checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::DEFAULT_RULES;

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
        assert!((4..=6).contains(&rules.len()));
        assert!(rules.iter().any(|rule| rule.severity == Severity::Page && rule.window == 5));
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let yaml = "
colour: red
rules:
  - { name: a, metric: fallback_rat, drop: 0.2, severity: page, owner: me, next_action: x }
  - { name: a, metric: csat, by: [agent, intent], drop: 2, severity: page, owner: admin, fro: 2m }
  - { metric: backlog, rise: 0.2, severity: high, owner: admin, next_action: x, over: 15 }
  - { name: d, metric: csat, threshold: { over: 3 }, severity: info, owner: admin,
      next_action: x, runbook: 'http://x', where: { intent: 7 } }
";
        let error = parse(yaml).unwrap_err();
        insta::assert_snapshot!(error, @r"
        `colour` is unknown: only `rules` may stand at the top
        rule `a`: `metric` is `fallback_rat`: want one of GET /v1/metrics
        rule `a`: `owner` is `me`: want one of team_lead, qa_manager, operations, ai_lead, admin
        rule `a`: `name` is taken by another rule: names must differ
        rule `a`: `next_action` is missing: say in one sentence what the owner does first
        rule `a`: `drop` is not a share: want a number above 0, and for a drop at most 1: 0.2 is a fifth
        rule `a`: `fro` is unknown: known are name, metric, where, by, threshold, drop, rise, over, for, severity, next_action, owner, runbook
        rule `a`: `where/by` can not be answered: csat is not kept by intent×agent: available are (none), channel, queue, intent, model_version, prompt_version, kb_version, agent, team, language, segment, region, use_case, source, intent×prompt_version, intent×model_version, intent×channel, queue×channel
        rule 3: `name` is missing: want 1 to 64 of a-z, 0-9 and -
        rule 3: `over` is not a time span: want a number and m, h or d, such as 15m, up to 7d
        rule 3: `severity` is `high`: want one of page, warning, info
        rule 3: `rise` does not apply to a level: use `threshold`
        rule `d`: `where` gives `intent` no text: put it in quotes
        rule `d`: `runbook` is not a link: want an https:// address without spaces
        rule `d`: `threshold` has no bound of csat: want a number of 0 to 1 (share)
        ");
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
}
