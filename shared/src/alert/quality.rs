//! Whether alerts are worth the attention that they take: how often a rule fires, what share of its
//! alerts somebody takes on, and what share is called noise.
//!
//! A rule is proposed for shadow mode where people say so, or where nobody acts:
//!
//! * at least [`SAID_NOISE`] of its alerts were marked noise, and more than were marked useful; or
//! * at least [`IGNORED`] of its alerts were told, fewer than one in ten was taken on by anybody, and
//!   none was marked useful. Alerts for the record are not meant to be taken on and do not count.
//!
//! What nobody was told of, as in shadow mode or of a part while its whole fires, bothers nobody.

use std::collections::BTreeMap;

use super::{Alert, AlertState, actions::Usefulness, history::a_week};
use crate::rule::Severity;

/// Alerts marked noise from which on a rule may be proposed.
pub const SAID_NOISE: u64 = 3;
/// Alerts that nobody takes on from which on a rule may be proposed.
pub const IGNORED: u64 = 10;

/// What one rule's alerts were worth.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleQuality {
    /// Its name.
    pub rule: String,
    /// How urgent its latest alert was.
    pub severity: Severity,
    /// Whether its latest alert was in shadow mode.
    pub is_shadow: bool,
    /// Alerts that opened.
    pub alerts: u64,
    /// How often they fired: openings, and openings again.
    pub fires: u64,
    /// The same by week.
    pub fires_a_week: f64,
    /// Alerts that people were told of.
    pub told: u64,
    /// Of these those that somebody took on, by themselves or with others of their message.
    pub acknowledged: u64,
    /// Alerts marked useful.
    pub useful: u64,
    /// Alerts marked noise.
    pub noise: u64,
    /// Why it should be tried in shadow mode, if it should.
    pub proposal: Option<String>,
}

/// What rules' alerts were worth, over those that opened in so many weeks; the busiest rule first.
pub fn of_alerts(alerts: &[Alert], weeks: f64) -> Vec<RuleQuality> {
    let mut by_rule: BTreeMap<&str, Vec<&Alert>> = BTreeMap::new();
    for alert in alerts.iter().filter(|alert| alert.state != AlertState::Pending) {
        by_rule.entry(&alert.rule).or_default().push(alert);
    }
    let of_rule = by_rule.into_values().filter_map(|alerts| of_rule(&alerts, weeks));
    let mut rules: Vec<RuleQuality> = of_rule.collect();
    rules.sort_by(|one, other| other.fires.cmp(&one.fires).then(one.rule.cmp(&other.rule)));
    rules
}

fn of_rule(alerts: &[&Alert], weeks: f64) -> Option<RuleQuality> {
    let latest = alerts.iter().max_by_key(|alert| alert.opened)?;
    let count = |wanted: &dyn Fn(&Alert) -> bool| {
        alerts.iter().filter(|alert| wanted(alert)).count() as u64
    };
    let said = |usefulness| {
        count(&|alert| alert.feedback.as_ref().is_some_and(|said| said.usefulness == usefulness))
    };
    let fires = alerts.iter().map(|alert| 1 + u64::from(alert.reopened)).sum();
    let mut quality = RuleQuality {
        rule: latest.rule.clone(),
        severity: latest.severity,
        is_shadow: latest.is_shadow,
        alerts: alerts.len() as u64,
        fires,
        fires_a_week: a_week(fires, weeks),
        told: count(&|alert| alert.delivery.told.is_some()),
        acknowledged: count(&|alert| {
            let delivery = &alert.delivery;
            delivery.told.is_some() && (alert.was_acknowledged || delivery.taken_on.is_some())
        }),
        useful: said(Usefulness::Useful),
        noise: said(Usefulness::Noise),
        proposal: None,
    };
    quality.proposal = quality.propose();
    Some(quality)
}

impl RuleQuality {
    fn propose(&self) -> Option<String> {
        let Self { told, acknowledged, useful, noise, .. } = *self;
        if self.is_shadow {
            None
        } else if noise >= SAID_NOISE && noise > useful {
            Some(format!("{noise} of {} that were judged are noise", noise + useful))
        } else if self.severity != Severity::Info
            && told >= IGNORED
            && acknowledged * 10 < told
            && useful == 0
        {
            Some(format!("of {told} alerts {acknowledged} were taken on and none was useful"))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alert::{Evidence, Step, Told, Transition, actions::Action, step},
        id::TenantId,
        minute::HOUR,
        rule::{Judgement, Verdict, parse},
    };

    fn alert(rule: &str, hour: i64) -> Alert {
        let yaml = format!(
            "rules: [{{name: {rule}, metric: csat, threshold: {{under: 0.8}}, severity: page, next_action: x, owner: admin}}]"
        );
        let (value, expected, reason) = (Some(0.5), None, None);
        let verdict = Verdict::Open;
        let judgement = Judgement { verdict, value, expected, n: 40, window: 15, reason };
        let tenant = TenantId::try_from("demo".to_owned()).unwrap();
        let rule = parse(&yaml).unwrap().remove(0);
        match step(&tenant, None, &rule, &[], &judgement, Evidence::default, hour * HOUR) {
            Step::Store(mut alert) => {
                let (at, transition, message) = (hour * HOUR, Transition::Opened, 0);
                alert.delivery.told = Some(Told { at, transition, message });
                alert
            }
            Step::Keep | Step::Drop => panic!("an open verdict opens an alert"),
        }
    }

    /// So many alerts of a rule, of which so many were taken on, are useful, are noise.
    fn alerts(count: i64, [acknowledged, useful, noise]: [i64; 3]) -> Vec<Alert> {
        let acted = |number: i64| {
            let mut alert = alert("r", number);
            let mut act = |action| alert.act(action, "admin", number * HOUR + 1).unwrap();
            if number < acknowledged {
                act(Action::Acknowledge);
            }
            if number < useful {
                act(Action::Judge(Usefulness::Useful));
            } else if number < useful + noise {
                act(Action::Judge(Usefulness::Noise));
            }
            alert
        };
        (0..count).map(acted).collect()
    }

    #[test]
    fn what_people_did_about_a_rules_alerts_is_counted() {
        let mut alerts = alerts(6, [4, 1, 2]);
        alerts[0].reopened = 2;
        let quality = &of_alerts(&alerts, 2.0)[0];
        assert_eq!((quality.alerts, quality.fires, quality.acknowledged), (6, 8, 4));
        assert_eq!((quality.useful, quality.noise), (1, 2));
        assert!((quality.fires_a_week - 4.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_noise_or_ignored_is_proposed_for_shadow_mode() {
        for (count, acted, proposal) in [
            (4, [4, 0, 3], Some("3 of 3 that were judged are noise")),
            (4, [4, 0, 2], None),
            (8, [8, 3, 3], None),
            (8, [8, 3, 4], Some("4 of 7 that were judged are noise")),
            (10, [0, 0, 0], Some("of 10 alerts 0 were taken on and none was useful")),
            (10, [1, 0, 0], None),
            (10, [0, 1, 0], None),
            (9, [0, 0, 0], None),
        ] {
            let quality = &of_alerts(&alerts(count, acted), 1.0)[0];
            assert_eq!(quality.proposal.as_deref(), proposal, "{count} {acted:?}");
        }
    }

    #[test]
    fn what_nobody_was_told_of_is_not_proposed_and_what_never_fired_is_not_counted() {
        let mut shadow = alerts(12, [0, 0, 0]);
        for alert in &mut shadow {
            alert.is_shadow = true;
        }
        assert_eq!(of_alerts(&shadow, 1.0)[0].proposal, None);
        let mut parts = alerts(12, [0, 0, 0]);
        for alert in &mut parts {
            alert.delivery.told = None;
        }
        let quality = &of_alerts(&parts, 1.0)[0];
        assert_eq!((quality.alerts, quality.told, &quality.proposal), (12, 0, &None));
        let mut info = alerts(12, [0, 0, 0]);
        for alert in &mut info {
            alert.severity = Severity::Info;
        }
        assert_eq!(of_alerts(&info, 1.0)[0].proposal, None);
        let pending = Alert { state: AlertState::Pending, ..alert("r", 1) };
        assert!(of_alerts(&[pending], 1.0).is_empty());
    }

    #[test]
    fn the_busiest_rule_comes_first() {
        let all = [alert("a", 1), alert("b", 2), alert("b", 3)];
        let rules: Vec<String> = of_alerts(&all, 1.0).into_iter().map(|one| one.rule).collect();
        assert_eq!(rules, ["b", "a"]);
    }
}
