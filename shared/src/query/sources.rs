//! What is known of sources beside what is added up: when they were heard of, and what their
//! platforms say they sent.

use serde_json::Value;

use super::{Label, Selection};
use crate::{
    chunk::{Observation, ObservationKind},
    dimension::Dimension,
    heard::Heard,
    minute::{DAY, MINUTE, Minute, nanoseconds},
    rfc3339,
};

/// A report of a longer span is not held against what arrived, in nanoseconds.
const LONGEST_SPAN: i64 = 31 * DAY;

/// What is known of sources.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Their signs of life.
    pub heard: Heard,
    /// What their platforms counted.
    pub reports: Vec<Report>,
}

/// A platform's own count of the conversations that started in a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whose count it is.
    pub source: String,
    /// When it was reported, in nanoseconds of the Unix epoch.
    pub time: i64,
    /// Tells reports of one time apart.
    pub id: u64,
    /// First minute of the span; bounds are rounded to the nearest minute, since platforms write the
    /// end of a day as 23:59:59 too.
    pub from: Minute,
    /// The minute after its last.
    pub to: Minute,
    /// Conversations started.
    pub started: i64,
}

impl Report {
    /// The report that an observation is; `None` where it says nothing of starts in a span that can be
    /// compared.
    pub fn of(observation: &Observation) -> Option<Self> {
        if observation.kind != ObservationKind::Totals {
            return None;
        }
        let data: Value = serde_json::from_str(&observation.data).ok()?;
        let bound = |name: &str| Some(nanoseconds(rfc3339::parse(data.get(name)?.as_str()?)?));
        let (from, to) = (bound("from")?, bound("to")?);
        let started = data.get("totals")?.get("started")?.as_f64()?;
        let round = |bound: i64| Minute::of(bound.saturating_add(MINUTE / 2));
        let report = Self {
            source: observation.source.clone(),
            time: observation.time,
            id: observation.id,
            from: round(from),
            to: round(to),
            #[expect(clippy::cast_possible_truncation, reason = "a larger one saturates")]
            started: started.round() as i64,
        };
        let is_comparable = report.from < report.to && to.saturating_sub(from) <= LONGEST_SPAN;
        is_comparable.then_some(report)
    }
}

/// The series of a selection that a source's figures belong to; `None` where it leaves the source out.
pub(super) fn label(selection: &Selection, source: &str) -> Option<Label> {
    let mut allowed = selection.only.iter().map(|(_, values)| values);
    let is_asked_for = allowed.all(|values| values.iter().any(|value| value == source));
    let by_source = selection.by.contains(&Dimension::Source);
    is_asked_for.then(|| if by_source { vec![source.to_owned()] } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(data: &Value, expected: Option<(i32, i32, i64)>) {
        let observation = Observation {
            kind: ObservationKind::Totals,
            key: String::new(),
            time: 0,
            source: "/s".to_owned(),
            id: 0,
            queue: String::new(),
            data: data.to_string(),
        };
        let report = Report::of(&observation);
        let found = report.map(|report| (report.from.0, report.to.0, report.started));
        assert_eq!(found, expected, "{data}");
    }

    #[test]
    fn a_report_counts_the_starts_of_a_span_of_minutes() {
        let span = |from: &str, to: &str, totals: Value| {
            let day = |time: &str| format!("1970-01-{time}Z");
            json!({ "from": day(from), "to": day(to), "totals": totals })
        };
        let hour = |totals| span("01T01:00:00", "01T02:00:00", totals);
        check(&hour(json!({ "started": 7 })), Some((60, 120, 7)));
        let day = span("01T00:00:00", "01T23:59:59", json!({ "started": 7 }));
        check(&day, Some((0, 1_440, 7)));
        check(&hour(json!({ "ended": 7 })), None);
        check(&span("01T01:00:00", "01T01:00:00", json!({ "started": 7 })), None);
        check(&span("01T02:00:00", "01T01:00:00", json!({ "started": 7 })), None);
        let january = json!({ "from": "1970-01-01T00:00:00Z", "to": "1970-02-01T00:00:00Z",
            "totals": { "started": 7 } });
        check(&january, Some((0, 31 * 1_440, 7)));
        let longer = json!({ "from": "1970-01-01T00:00:00Z", "to": "1970-02-02T00:00:00Z",
            "totals": { "started": 7 } });
        check(&longer, None);
    }
}
