//! `tocsin rules`: whether rules load, and what they are.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use tocsin_domain::rule::{
    self, Condition, Rule, RulesError,
    expectation::{Expectation, SetExpectation, dial, of_set},
};

/// What to do with rules.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Says what is wrong with rules, or what they are: tocsin rules check rules.yaml
    Check(Check),
    /// Prints the JSON Schema of rules: tocsin rules schema > rules.schema.json
    #[command(after_help = SCHEMA_HELP)]
    Schema,
}

const SCHEMA_HELP: &str = "\
Example: tocsin rules schema > rules.schema.json
An editor with a YAML language server uses it where the first line of the rules is
  # yaml-language-server: $schema=rules.schema.json";

/// What to check.
#[derive(clap::Args)]
#[command(after_help = "\
Prints a line for each rule, and how many false alarms a week chance leads to expect, of each and of all
together; where only history tells, `tocsin backtest` does. Where a rule is refused, says for each problem FILE:LINE, the rule, the field,
what is wrong and the remedy, and fails.

Example: tocsin rules check rules.yaml")]
struct Check {
    /// Rules in YAML
    file: PathBuf,
    /// Values that each dimension of `by` is taken to have
    #[arg(long, default_value_t = 10, value_name = "NUMBER")]
    values: u32,
}

/// Settings of the dial that are shown, as multiples of the usual one.
const DIALS: [f64; 3] = [0.5, 1.0, 2.0];

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RulesCommandError {
    /// It is not there, or not readable.
    #[error("cannot read {path}: {cause}")]
    Read {
        /// What.
        path: PathBuf,
        /// What went wrong.
        cause: io::Error,
    },
    /// Standard output or error is closed.
    #[error("cannot print: {0}")]
    Print(#[from] io::Error),
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<ExitCode, RulesCommandError> {
    match args.command {
        Command::Check(Check { file, values }) => check(&file, values),
        Command::Schema => {
            write!(io::stdout().lock(), "{}", rule::SCHEMA)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(file: &Path, values: u32) -> Result<ExitCode, RulesCommandError> {
    let yaml = std::fs::read_to_string(file)
        .map_err(|cause| RulesCommandError::Read { path: file.to_owned(), cause })?;
    Ok(match rule::parse(&yaml) {
        Ok(rules) => {
            list(&rules, values, &mut io::stdout().lock())?;
            ExitCode::SUCCESS
        }
        Err(refused) => {
            report(file, &refused, &mut io::stderr().lock())?;
            ExitCode::FAILURE
        }
    })
}

fn report(file: &Path, refused: &RulesError, out: &mut impl Write) -> io::Result<()> {
    for problem in &refused.problems {
        writeln!(out, "{}:{}: {}", file.display(), problem.line, problem.message)?;
    }
    let n = refused.problems.len();
    writeln!(out, "tocsin: {n} problem{}: no rule is loaded", if n == 1 { "" } else { "s" })
}

fn list(rules: &[Rule], values: u32, out: &mut impl Write) -> io::Result<()> {
    let header = ["rule", "metric", "fires when", "severity", "owner", "false alarms a week"];
    let mut table = vec![header.map(str::to_owned)];
    let expected = of_set(rules, dial(rules), values).rules;
    table.extend(rules.iter().zip(expected).map(|(rule, expected)| row(rule, expected)));
    let widths = [0, 1, 2, 3, 4, 5].map(|column| {
        table.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    });
    for row in table {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    let n = rules.len();
    writeln!(out, "{n} rule{} loaded", if n == 1 { "" } else { "s" })?;
    total(rules, values, out)
}

fn row(rule: &Rule, expected: Expectation) -> [String; 6] {
    let by: Vec<&str> = rule.selection.label_names().collect();
    let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
    let only = rule.selection.only.iter();
    let only = only.map(|(of, values)| format!(" where {}={}", of.as_str(), values.join("|")));
    [
        rule.name.clone(),
        format!("{}{by}{}", rule.selection.metric, only.collect::<String>()),
        match rule.condition {
            Condition::Threshold { .. }
            | Condition::Drop { .. }
            | Condition::Rise { .. }
            | Condition::Conflict(_)
            | Condition::Event(_) => format!("{} in {} min", rule.condition, rule.window),
            Condition::Anomaly(_)
            | Condition::AfterChange(_)
            | Condition::Slo(_)
            | Condition::SilenceOf(_) => rule.condition.to_string(),
        },
        rule.severity.as_str().to_owned(),
        rule.owner.clone(),
        false_alarms(expected),
    ]
}

/// How many a week chance alone leads to expect, over all cells.
fn false_alarms(expected: Expectation) -> String {
    match expected {
        Expectation::AtMost(bound) => format!("at most {bound:.3}"),
        Expectation::OfDial(share) => format!("at most {share:.3}"),
        Expectation::DependsOnData => "depends on your data".to_owned(),
    }
}

/// The expectation of the whole set, at three settings of the dial.
fn total(rules: &[Rule], values: u32, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nfalse alarms a week of all rules, {values} values a dimension:")?;
    for dial in DIALS.map(|times| times * dial(rules)) {
        let SetExpectation { known, .. } = of_set(rules, dial, values);
        writeln!(out, "  where {dial} false pages a week are accepted: at most {known:.3}")?;
    }
    match of_set(rules, dial(rules), values).depends_on_data {
        0 => Ok(()),
        1 => writeln!(out, "1 more rule depends on your data: run tocsin backtest"),
        more => writeln!(out, "{more} more rules depend on your data: run tocsin backtest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_output(yaml: &str, expected: &str) {
        let mut out = Vec::new();
        match rule::parse(yaml) {
            Ok(rules) => list(&rules, 10, &mut out).unwrap(),
            Err(refused) => report(Path::new("my.yaml"), &refused, &mut out).unwrap(),
        }
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn rules_that_load_are_listed_with_what_chance_leads_to_expect() {
        let yaml = "rules:
  - { name: slow, metric: handle_time, where: { queue: vip }, by: [channel], rise: 0.2, over: 4h,
      severity: info, next_action: Look., owner: operations }
";
        check_output(
            yaml,
            "\
rule  metric                                  fires when                     severity  owner       false alarms a week
slow  handle_time by channel where queue=vip  up by 20 % or more in 240 min  info      operations  at most 118.500
1 rule loaded

false alarms a week of all rules, 10 values a dimension:
  where 0.5 false pages a week are accepted: at most 118.500
  where 1 false pages a week are accepted: at most 118.500
  where 2 false pages a week are accepted: at most 118.500
",
        );
    }

    #[test]
    fn rules_that_do_not_are_refused_by_file_and_line() {
        let yaml = "rules:\n  - name: a\n    metric: fallback_rat\n    drop: 0.2\n";
        check_output(
            yaml,
            "\
my.yaml:2: rule `a`: `severity` is missing: want one of page, warning, info
my.yaml:2: rule `a`: `next_action` is missing: say in one sentence what the owner does first
my.yaml:2: rule `a`: `owner` is missing: want one of team_lead, qa_manager, operations, ai_lead, admin
my.yaml:3: rule `a`: `metric` is `fallback_rat`: did you mean `fallback_rate`? All are in GET /v1/metrics
tocsin: 4 problems: no rule is loaded
",
        );
    }
}
