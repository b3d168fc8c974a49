//! How often rules alerted, and for how long.

use jiff::Timestamp;
use serde::Serialize;
use tocsin_domain::{
    alert::history::{Announced, RuleHistory, a_week, of_rules, weeks},
    minute::{Minute, nanoseconds},
    rule::Rule,
};

use super::{notice::Notice, outcome::Outcome};

/// Everything that a backtest tells.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The first tick.
    pub(super) from: Timestamp,
    /// The minute after the last.
    pub(super) to: Timestamp,
    pub(super) weeks: f64,
    /// What happened to alerts.
    pub(super) notifications: Vec<Notice>,
    /// What people were told of it: in groups, each with the alert that it names first, and without
    /// what a whole that fires silences.
    pub(super) messages: Vec<Notice>,
    /// In the order in which they stand, also those that were silent.
    pub(super) rules: Vec<RuleHistory>,
    /// Alerts that opened or opened again, of all severities.
    pub(super) alerts_a_week: f64,
    pub(super) pages_a_week: f64,
    /// Of alerts and of their ends.
    pub(super) messages_a_week: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) truth: Option<Outcome>,
}

impl Report {
    pub(super) fn new(
        rules: &[Rule],
        notifications: Vec<Notice>,
        messages: Vec<Notice>,
        (from, to): (Minute, Minute),
    ) -> Self {
        let announced = notifications.iter().map(|notice| Announced {
            at: nanoseconds(notice.time),
            rule: notice.rule.clone(),
            alert: notice.id.clone(),
            transition: notice.transition,
        });
        let announced: Vec<_> = announced.collect();
        let weeks = weeks(from, to);
        let rate = |of: fn(&Notice) -> bool| {
            a_week(notifications.iter().filter(|one| of(one)).count() as u64, weeks)
        };
        Self {
            from: from.timestamp(),
            to: to.timestamp(),
            weeks,
            rules: of_rules(rules, &announced, (from, to)),
            alerts_a_week: rate(Notice::begins),
            pages_a_week: rate(Notice::is_page),
            messages_a_week: a_week(messages.len() as u64, weeks),
            messages,
            notifications,
            truth: None,
        }
    }
}
