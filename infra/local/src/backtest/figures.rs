//! How often rules alerted, and for how long.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use tocsin_domain::{minute::Minute, rule::Rule};

use super::{
    notice::Notice,
    outcome::{Outcome, a_week},
};

const WEEK_MINUTES: f64 = 7.0 * 1440.0;

/// Everything that a backtest tells.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The first tick.
    pub(super) from: Timestamp,
    /// The minute after the last.
    pub(super) to: Timestamp,
    pub(super) weeks: f64,
    pub(super) notifications: Vec<Notice>,
    /// In the order in which they stand, also those that were silent.
    pub(super) rules: Vec<OfRule>,
    /// Alerts that opened or opened again, of all severities.
    pub(super) alerts_a_week: f64,
    pub(super) pages_a_week: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) truth: Option<Outcome>,
}

/// What one rule did.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct OfRule {
    pub(super) rule: String,
    pub(super) severity: &'static str,
    pub(super) alerts: usize,
    pub(super) alerts_a_week: f64,
    /// Minutes in which at least one of its alerts fired.
    pub(super) minutes_in_alarm: i64,
}

impl Report {
    pub(super) fn new(
        rules: &[Rule],
        notifications: Vec<Notice>,
        (from, to): (Minute, Minute),
    ) -> Self {
        let weeks = f64::from(to.0 - from.0) / WEEK_MINUTES;
        let of_rule = |rule: &Rule| {
            let own: Vec<_> = notifications.iter().filter(|one| one.rule == rule.name).collect();
            let alerts = own.iter().filter(|notice| notice.begins()).count();
            OfRule {
                rule: rule.name.clone(),
                severity: rule.severity.as_str(),
                alerts,
                alerts_a_week: a_week(alerts, weeks),
                minutes_in_alarm: minutes_in_alarm(&own, to.timestamp()),
            }
        };
        let count = |of: fn(&Notice) -> bool| notifications.iter().filter(|one| of(one)).count();
        Self {
            from: from.timestamp(),
            to: to.timestamp(),
            weeks,
            rules: rules.iter().map(of_rule).collect(),
            alerts_a_week: a_week(count(Notice::begins), weeks),
            pages_a_week: a_week(count(Notice::is_page), weeks),
            notifications,
            truth: None,
        }
    }
}

/// Of one rule's notifications in order; what still fires at the end fires until then.
fn minutes_in_alarm(own: &[&Notice], end: Timestamp) -> i64 {
    let (mut firing, mut since, mut minutes) = (BTreeSet::new(), None, 0);
    for notice in own {
        if notice.begins() {
            firing.insert(&notice.id);
            since = since.or(Some(notice.time));
        } else if firing.remove(&notice.id) && firing.is_empty() {
            minutes += since.take().map_or(0, |since| minutes_between(since, notice.time));
        }
    }
    minutes + since.map_or(0, |since| minutes_between(since, end))
}

fn minutes_between(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_mins()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::notice::tests::notice;

    #[track_caller]
    fn check(own: &[(i64, &str, &str)], minutes: i64) {
        let own: Vec<Notice> = own
            .iter()
            .map(|(minute, id, transition)| Notice {
                id: (*id).to_owned(),
                ..notice(*minute, transition)
            })
            .collect();
        let end = Minute(100).timestamp();
        assert_eq!(minutes_in_alarm(&own.iter().collect::<Vec<_>>(), end), minutes);
    }

    #[test]
    fn minutes_in_which_several_alerts_fire_count_once() {
        check(&[], 0);
        check(&[(10, "a", "opened"), (15, "a", "resolved")], 5);
        check(&[(10, "a", "opened"), (12, "b", "opened"), (15, "a", "resolved")], 90);
        check(
            &[
                (10, "a", "opened"),
                (12, "b", "opened"),
                (15, "a", "resolved"),
                (20, "b", "resolved"),
                (30, "a", "reopened"),
                (31, "a", "resolved"),
            ],
            11,
        );
        check(&[(90, "a", "opened")], 10);
    }
}
