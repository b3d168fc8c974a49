//! A backtest's report for people.

use std::io::{self, Write};

use super::{
    figures::Report,
    outcome::{Outcome, Tally},
};

/// Everything, the notifications first.
pub(super) fn report(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for notice in &report.notifications {
        writeln!(out, "{notice}")?;
    }
    let Report { from, to, weeks, .. } = report;
    writeln!(out, "\n{from} to {to}, {weeks:.1} weeks")?;
    writeln!(out, "pages a week   {:>6.1}", report.pages_a_week)?;
    writeln!(out, "alerts a week  {:>6.1}", report.alerts_a_week)?;
    writeln!(out, "messages a week{:>6.1}\n", report.messages_a_week)?;
    let mut rows =
        vec![["rule", "severity", "alerts", "a week", "minutes in alarm"].map(str::to_owned)];
    rows.extend(report.rules.iter().map(|rule| {
        [
            rule.rule.clone(),
            rule.severity.as_str().to_owned(),
            rule.alerts.to_string(),
            format!("{:.1}", rule.alerts_a_week),
            rule.minutes_in_alarm.to_string(),
        ]
    }));
    table(&rows, 2, out)?;
    report.truth.as_ref().map_or(Ok(()), |outcome| truth(outcome, out))
}

fn truth(outcome: &Outcome, out: &mut impl Write) -> io::Result<()> {
    writeln!(out)?;
    let names = ["incident", "number", "found", "recall", "median delay", "false alarms"];
    let mut rows = vec![names.map(str::to_owned)];
    rows.push(tally("all that harm", &outcome.overall));
    rows.extend(outcome.kinds.iter().map(|(kind, of)| tally(kind, of)));
    table(&rows, 1, out)?;
    writeln!(out, "\nfalse alarms a week  {:>6.1}", outcome.false_alarms_a_week)?;
    writeln!(out, "false pages a week   {:>6.1}", outcome.false_pages_a_week)?;
    for (rule, count) in &outcome.false_by_rule {
        writeln!(out, "  {count} of {rule}")?;
    }
    writeln!(out, "consequences of an incident on other metrics: {}", outcome.consequences)
}

/// Recall of what harms; of what does not, the alarms that it set off.
fn tally(name: &str, of: &Tally) -> [String; 6] {
    let dash = || "-".to_owned();
    let recall = of.recall.map_or_else(dash, |recall| format!("{:.0} %", recall * 100.0));
    let delay = of.median_delay_minutes.map_or_else(dash, |delay| format!("{delay:.0} min"));
    let (found, false_alarms) = if of.harmful {
        (of.found.to_string(), dash())
    } else {
        (dash(), of.false_alarms.to_string())
    };
    [name.to_owned(), of.incidents.to_string(), found, recall, delay, false_alarms]
}

/// Columns as wide as their longest cell; from the given one on they are numbers, to the right.
fn table<const N: usize>(
    rows: &[[String; N]],
    numbers: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or_default());
    for row in rows {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            if column < numbers { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
