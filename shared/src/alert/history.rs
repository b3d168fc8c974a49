//! What rules did over a span of time, from what was announced of their alerts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Transition;
use crate::{
    minute::{MINUTE, Minute},
    rule::{Rule, Severity},
};

const WEEK_MINUTES: f64 = 7.0 * 1440.0;

/// One transition of one alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// When, in nanoseconds.
    pub at: i64,
    /// Of which rule.
    pub rule: String,
    /// Of which alert.
    pub alert: String,
    /// What happened to it.
    pub transition: Transition,
}

/// What one rule did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleHistory {
    /// Its name.
    pub rule: String,
    /// How urgent its alerts are.
    pub severity: Severity,
    /// Alerts that opened, or opened again.
    pub alerts: u64,
    /// The same by week.
    pub alerts_a_week: f64,
    /// Minutes in which at least one of its alerts fired.
    pub minutes_in_alarm: i64,
}

impl Transition {
    /// Whether it says that something is wrong, not that it is over.
    pub const fn begins(self) -> bool {
        match self {
            Self::Opened | Self::Reopened => true,
            Self::Resolved | Self::Flapping | Self::Escalated => false,
        }
    }
}

/// Weeks of the minutes `[from, to)`.
pub fn weeks(from: Minute, to: Minute) -> f64 {
    f64::from(to.0.saturating_sub(from.0)) / WEEK_MINUTES
}

/// So many by week; 0 of no time.
#[expect(clippy::cast_precision_loss, reason = "few")]
pub fn a_week(count: u64, weeks: f64) -> f64 {
    if weeks > 0.0 { count as f64 / weeks } else { 0.0 }
}

/// What each rule did in the minutes `[from, to)`, in the order of the rules, also those that were
/// silent; `announced` in order of time.
pub fn of_rules(
    rules: &[Rule],
    announced: &[Announced],
    (from, to): (Minute, Minute),
) -> Vec<RuleHistory> {
    let mut by_rule: BTreeMap<&str, Vec<&Announced>> = BTreeMap::new();
    for one in announced {
        by_rule.entry(&one.rule).or_default().push(one);
    }
    let history = rules.iter().map(|rule| {
        let own = by_rule.get(rule.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let alerts = own.iter().filter(|one| one.transition.begins()).count() as u64;
        RuleHistory {
            rule: rule.name.clone(),
            severity: rule.severity,
            alerts,
            alerts_a_week: a_week(alerts, weeks(from, to)),
            minutes_in_alarm: minutes_in_alarm(own, to),
        }
    });
    history.collect()
}

/// Of one rule in order of time; what still fires at the end fires until then.
fn minutes_in_alarm(own: &[&Announced], end: Minute) -> i64 {
    let (mut firing, mut since, mut minutes) = (BTreeSet::new(), None, 0);
    let lives = |transition| !matches!(transition, Transition::Flapping | Transition::Escalated);
    for one in own.iter().filter(|one| lives(one.transition)) {
        if one.transition.begins() {
            firing.insert(&one.alert);
            since = since.or(Some(one.at));
        } else if firing.remove(&one.alert) && firing.is_empty() {
            minutes += since.take().map_or(0, |since| (one.at - since) / MINUTE);
        }
    }
    minutes + since.map_or(0, |since| (end.start() - since) / MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(own: &[(i64, &str, Transition)], minutes: i64) {
        let announced = own.iter().map(|(minute, alert, transition)| Announced {
            at: minute * MINUTE,
            rule: "r".to_owned(),
            alert: (*alert).to_owned(),
            transition: *transition,
        });
        let announced: Vec<_> = announced.collect();
        let own: Vec<&Announced> = announced.iter().collect();
        assert_eq!(minutes_in_alarm(&own, Minute(100)), minutes);
    }

    #[test]
    fn minutes_in_which_several_alerts_fire_count_once() {
        use Transition::{Opened, Reopened, Resolved};
        check(&[], 0);
        check(&[(10, "a", Opened), (15, "a", Resolved)], 5);
        check(&[(10, "a", Opened), (12, "b", Opened), (15, "a", Resolved)], 90);
        check(
            &[
                (10, "a", Opened),
                (12, "b", Opened),
                (15, "a", Resolved),
                (20, "b", Resolved),
                (30, "a", Reopened),
                (31, "a", Resolved),
            ],
            11,
        );
        check(&[(90, "a", Opened)], 10);
    }

    #[test]
    fn a_rule_that_was_silent_is_told_of_too() {
        let rules = crate::rule::parse(
            "rules: [{name: r, metric: csat, threshold: {under: 0.8}, severity: page, next_action: x, owner: admin}]",
        )
        .unwrap();
        let announced = |transition, at| Announced {
            at,
            rule: "r".to_owned(),
            alert: "a".to_owned(),
            transition,
        };
        let span = (Minute(0), Minute(14 * 1440));
        assert_eq!(of_rules(&rules, &[], span)[0].alerts, 0);
        let told = [
            announced(Transition::Opened, 0),
            announced(Transition::Resolved, 10 * MINUTE),
            announced(Transition::Reopened, 20 * MINUTE),
            announced(Transition::Resolved, 25 * MINUTE),
        ];
        let history = &of_rules(&rules, &told, span)[0];
        assert_eq!((history.alerts, history.minutes_in_alarm), (2, 15));
        assert!((history.alerts_a_week - 1.0).abs() < 1e-9);
    }
}
