//! The labels of incidents, as `tocsin simulate --truth` writes them: one JSON object a line.

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;
use serde::Deserialize;
use tocsin_domain::metric::Metric;

/// What went wrong, where and when.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Label {
    pub(super) kind: String,
    /// Its first instant.
    pub(super) start: Timestamp,
    /// The first instant at which it was over.
    pub(super) end: Timestamp,
    /// Where it shows, dimension and value; an empty cell is the tenant as a whole, and so is none.
    #[serde(default)]
    pub(super) cells: Vec<BTreeMap<String, String>>,
    /// What it moves, and which way.
    pub(super) moves: BTreeMap<String, Move>,
    /// Whether anything is wrong; a holiday ought to wake nobody.
    #[serde(default = "harmful")]
    pub(super) harmful: bool,
}

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Move {
    Up,
    Down,
    /// Up at some hours and down at others.
    Both,
}

fn harmful() -> bool {
    true
}

/// A line of labels that is none; says file, line, what is wrong and the remedy.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub(crate) struct LabelError {
    file: String,
    line: usize,
    what: String,
}

/// Reads labels; empty lines are none.
pub(super) fn parse(file: &Path, text: &str) -> Result<Vec<Label>, LabelError> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let labels = lines.map(|(line, text)| {
        let refused = |what| LabelError { file: file.display().to_string(), line, what };
        let label: Label = serde_json::from_str(text).map_err(|error| {
            let error = error.to_string();
            let what = error.split(" at line ").next().unwrap_or_default();
            refused(format!("no label: {what}; want a line of `tocsin simulate --truth`"))
        })?;
        check(&label).map_err(refused)?;
        Ok(label)
    });
    labels.collect()
}

fn check(label: &Label) -> Result<(), String> {
    if label.end <= label.start {
        return Err("`end` is not after `start`: correct one of them".to_owned());
    }
    match label.moves.keys().find(|name| Metric::parse(name).is_none()) {
        Some(name) => {
            Err(format!("`moves` names `{name}`, which is no metric: see GET /v1/metrics"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let text = format!("\n{line}\n");
        assert_eq!(parse(Path::new("truth.ndjson"), &text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_bad_label_is_refused_by_file_line_and_field() {
        check(
            "{",
            "truth.ndjson:2: no label: EOF while parsing an object; want a line of `tocsin simulate --truth`",
        );
        check(
            r#"{"kind": "a", "end": "2026-01-05T00:00:00Z", "moves": {}}"#,
            "truth.ndjson:2: no label: missing field `start`; want a line of `tocsin simulate --truth`",
        );
        check(
            r#"{"kind": "a", "start": "2026-01-05T00:00:00Z", "end": "2026-01-05T00:00:00Z", "moves": {}}"#,
            "truth.ndjson:2: `end` is not after `start`: correct one of them",
        );
        check(
            r#"{"kind": "a", "start": "2026-01-05T00:00:00Z", "end": "2026-01-06T00:00:00Z", "moves": {"cat": "up"}}"#,
            "truth.ndjson:2: `moves` names `cat`, which is no metric: see GET /v1/metrics",
        );
    }
}
