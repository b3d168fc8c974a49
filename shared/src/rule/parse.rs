//! Rules from YAML. Every problem is reported at once, with its line, the rule, the field and the
//! remedy.

mod anomaly;
mod change;
mod condition;
mod delivery;
mod event;
mod fields;
#[cfg(test)]
mod schema_tests;
mod selection;
mod settings;
mod silence;
mod slo;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, fmt};

use self::fields::Fields;
use super::{
    Condition, Mode, ROLES, Rule, Severity,
    change::AHEAD,
    document::{self, Mapping, Node},
    harm,
    silence::WINDOW,
};
const MINUTES_A_DAY: i32 = 24 * 60;
/// Weeks are compared with each other, so a window is one at most.
const LONGEST_WINDOW: i32 = 7 * MINUTES_A_DAY;
const DEFAULT_WINDOW: i32 = 60;

/// Fields of a rule.
const FIELDS: [&str; 22] = [
    "name",
    "metric",
    "where",
    "by",
    "threshold",
    "drop",
    "rise",
    "anomaly",
    "slo",
    "after_change",
    "conflict",
    "event",
    "silence_of",
    "over",
    "for",
    "severity",
    "next_action",
    "owner",
    "runbook",
    "mode",
    "family",
    "escalate_after",
];

/// Why rules do not load: all problems, each with its remedy, in the order of their lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
pub struct RulesError {
    /// At least one.
    pub problems: Vec<Problem>,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, from 1; of what is missing, where the rule begins.
    pub line: u64,
    /// Which rule and field, what is wrong and the remedy: one sentence.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Reads rules; see the module's own documentation for what they mean.
pub fn parse(yaml: &str) -> Result<Vec<Rule>, RulesError> {
    let mut problems = Vec::new();
    let rules = match document::read(yaml) {
        Ok(Node::Mapping(document)) => rules(document, &mut problems),
        Ok(_) => {
            let message = "these are no rules: write `rules:` and a list below it".to_owned();
            problems.push(Problem { line: 1, message });
            Vec::new()
        }
        Err((line, error)) => {
            problems.push(Problem { line, message: format!("not readable as YAML: {error}") });
            Vec::new()
        }
    };
    problems.sort_by_key(|problem| problem.line);
    if problems.is_empty() { Ok(rules) } else { Err(RulesError { problems }) }
}

fn rules(mut document: Mapping, problems: &mut Vec<Problem>) -> Vec<Rule> {
    let mut problem = |line, message| problems.push(Problem { line, message });
    let listed = match document.remove("rules").map(|item| (item.line, item.node)) {
        Some((_, Node::List(listed))) => listed,
        found => {
            let line = found.map_or(1, |(line, _)| line);
            problem(line, "`rules` is missing: write `rules:` and a list below it".to_owned());
            Vec::new()
        }
    };
    let settings = settings::read(document, problems);
    let (mut rules, mut names) = (Vec::new(), BTreeSet::new());
    for (number, item) in (1..).zip(listed) {
        let Node::Mapping(left) = item.node else {
            let message = format!("rule {number} is not a mapping: give it `name:` etc.");
            problems.push(Problem { line: item.line, message });
            continue;
        };
        let name = left.get("name").and_then(|item| Some((item.line, item.node.text()?)));
        let name = name.map(|(line, name)| (line, name.to_owned()));
        let place = match &name {
            Some((_, name)) => format!("rule `{name}`"),
            None => format!("rule {number}"),
        };
        let mut fields = Fields::new(place, item.line, left, problems);
        if let Some((line, name)) = name
            && !names.insert(name)
        {
            fields.problem(line, "name", "is taken by another rule: names must differ");
        }
        rules.extend(rule(fields));
    }
    settings.share_out(&mut rules);
    rules
}

fn rule(mut fields: Fields<'_>) -> Option<Rule> {
    let name = fields.name();
    let selection = if fields.has("silence_of") {
        Some(silence::selection(&mut fields))
    } else if fields.has("event") {
        Some(event::selection(&mut fields))
    } else {
        selection::selection(&mut fields)
    };
    let hold = fields.minutes("for", MINUTES_A_DAY).unwrap_or(0);
    let severity = fields.one_of("severity", &Severity::ALL.map(Severity::as_str));
    let severity = Severity::ALL.into_iter().find(|one| severity.as_deref() == Some(one.as_str()));
    let next_action = fields.text("next_action", "say in one sentence what the owner does first");
    let owner = fields.one_of("owner", &ROLES);
    let runbook = fields.link("runbook");
    let mode = mode(&mut fields);
    let condition = condition::condition(&mut fields, selection.as_ref(), severity);
    let window = window(&mut fields, condition.as_ref());
    let family = delivery::family(&mut fields, selection.as_ref(), condition.as_ref());
    let escalate_after = delivery::escalate_after(&mut fields, severity);
    fields.end(&FIELDS);
    let selection = selection?;
    Some(Rule {
        name: name?,
        harm: harm::usual(selection.metric),
        selection,
        condition: condition?,
        window,
        hold,
        severity: severity?,
        next_action: next_action?,
        owner: owner?,
        runbook,
        mode: mode?,
        family: family?,
        escalate_after,
        levels: None,
    })
}

fn mode(fields: &mut Fields<'_>) -> Option<Mode> {
    if !fields.has("mode") {
        return Some(Mode::default());
    }
    let mode = fields.one_of("mode", &Mode::ALL.map(Mode::as_str))?;
    Mode::ALL.into_iter().find(|one| one.as_str() == mode)
}

fn window(fields: &mut Fields<'_>, condition: Option<&Condition>) -> i32 {
    match condition {
        Some(Condition::Slo(slo)) => {
            let why = "does not apply to `slo`, which has its own: write `slo: { over: 30d }`";
            fields.refuse("over", why);
            slo.windows().into_iter().max().unwrap_or(DEFAULT_WINDOW)
        }
        Some(Condition::SilenceOf(_)) => {
            let why = "does not apply to `silence_of`: write `silence_of: { freshness: 3m }`";
            fields.refuse("over", why);
            WINDOW
        }
        Some(Condition::Anomaly(_)) => {
            let why = "does not apply to `anomaly`, whose detector has windows of its own";
            fields.refuse("over", why);
            DEFAULT_WINDOW
        }
        Some(Condition::AfterChange(_)) => {
            let why = "does not apply to `after_change`, which looks 2 h and 24 h ahead";
            fields.refuse("over", why);
            AHEAD
        }
        Some(
            Condition::Threshold { .. }
            | Condition::Drop { .. }
            | Condition::Rise { .. }
            | Condition::Conflict(_)
            | Condition::Event(_),
        )
        | None => fields.minutes("over", LONGEST_WINDOW).unwrap_or(DEFAULT_WINDOW),
    }
}
