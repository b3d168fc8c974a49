//! A rule one step tighter or looser: what whoever tunes it would try next.
//!
//! Tighter, it opens sooner, and more often; looser, later. A step moves the level by [`STEP`] of itself,
//! or by half of the room that the metric's scale leaves, where that is less; a count by one at least; and
//! a level of 0 by a twentieth of its scale, where that has ends. Rules without a level of their own can
//! not be tuned: an anomaly's is set by the dial, and one event is enough or is not.

use super::{Condition, Rule, Side, slo};
use crate::metric::{Kind, Metric};

/// A step, as a share of the level.
pub const STEP: f64 = 0.2;

/// Which way a rule is tuned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tuning {
    /// It opens sooner.
    Tighter,
    /// It opens later.
    Looser,
}

impl Tuning {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tighter => "tighter",
            Self::Looser => "looser",
        }
    }
}

/// A level that was moved up or down, within its scale.
fn moved(level: f64, is_up: bool, (lowest, highest): (f64, f64)) -> f64 {
    let step = if level == 0.0 && highest.is_finite() {
        (highest - lowest) / 20.0
    } else {
        STEP * level.abs()
    };
    let moved = if is_up {
        level + step.min((highest - level) / 2.0)
    } else {
        level - step.min((level - lowest) / 2.0)
    };
    // As somebody would write it.
    (moved * 1e6).round() / 1e6
}

/// A bound on a metric, moved likewise.
fn moved_bound(metric: Metric, bound: f64, is_up: bool) -> f64 {
    let moved = moved(bound, is_up, metric.range());
    if metric.kind() != Kind::Count {
        return moved;
    }
    let whole = if is_up { moved.ceil().max(bound + 1.0) } else { moved.floor().min(bound - 1.0) };
    whole.max(0.0)
}

impl Rule {
    /// This rule, tuned by one step; `None` where it has no level that a step would move.
    pub fn tuned(&self, tuning: Tuning) -> Option<Self> {
        let mut tuned = self.clone();
        let is_looser = tuning == Tuning::Looser;
        let metric = self.selection.metric;
        match &mut tuned.condition {
            Condition::Threshold { side, bound, min_count: _ } => {
                *bound = moved_bound(metric, *bound, is_looser == (*side == Side::Over));
            }
            Condition::Drop { share } => *share = moved(*share, is_looser, (0.0, 1.0)),
            Condition::Rise { share } => *share = moved(*share, is_looser, (0.0, f64::INFINITY)),
            Condition::Slo(slo) => {
                // No ratio burns faster than if all trials were bad.
                let fastest = 1.0 / slo::budget(metric, slo.objective);
                for burn in &mut slo.burns {
                    burn.rate = moved(burn.rate, is_looser, (0.0, fastest));
                }
            }
            Condition::Anomaly(_)
            | Condition::AfterChange(_)
            | Condition::Conflict(_)
            | Condition::Event(_)
            | Condition::SilenceOf(_) => {}
        }
        (tuned.condition != self.condition).then_some(tuned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{judge::threshold, parse};

    fn rule(metric: &str, condition: &str) -> Rule {
        let yaml = format!(
            "rules: [{{name: r, metric: {metric}, {condition}, severity: page, next_action: x, owner: ai_lead}}]"
        );
        parse(&yaml).unwrap().remove(0)
    }

    #[track_caller]
    fn check(metric: &str, condition: &str, tighter: &str, looser: &str) {
        let rule = rule(metric, condition);
        let said = |tuning| {
            rule.tuned(tuning).map_or("none".to_owned(), |tuned| {
                assert_eq!(Rule { condition: rule.condition.clone(), ..tuned.clone() }, rule);
                tuned.condition.to_string()
            })
        };
        assert_eq!([said(Tuning::Tighter), said(Tuning::Looser)], [tighter, looser]);
    }

    #[test]
    fn a_step_is_a_fifth_of_the_level_on_the_side_that_opens_sooner_or_later() {
        check(
            "fallback_rate",
            "threshold: {over: 0.25, min_count: 20}",
            "over 0.2 (of at least 20)",
            "over 0.3 (of at least 20)",
        );
        check(
            "csat",
            "threshold: {under: 0.5, min_count: 9}",
            "under 0.6 (of at least 9)",
            "under 0.4 (of at least 9)",
        );
        check(
            "nps",
            "threshold: {under: -10, min_count: 1}",
            "under -8 (of at least 1)",
            "under -12 (of at least 1)",
        );
        check(
            "fallback_rate",
            "threshold: {over: 0.35, min_count: 20}",
            "over 0.28 (of at least 20)",
            "over 0.42 (of at least 20)",
        );
        check(
            "nps",
            "threshold: {under: 0, min_count: 1}",
            "under 10 (of at least 1)",
            "under -10 (of at least 1)",
        );
        check(
            "reopens",
            "threshold: {over: 4, min_count: 1}",
            "over 3 (of at least 1)",
            "over 5 (of at least 1)",
        );
        check("contacts", "drop: 0.5", "down by 40 % or more", "down by 60 % or more");
        check("contacts", "rise: 0.5", "up by 40 % or more", "up by 60 % or more");
    }

    #[test]
    fn a_step_stays_on_the_scale_of_the_metric() {
        let rule = rule("service_level", "threshold: {under: 0.98}");
        let Some(Rule { condition: Condition::Threshold { bound, .. }, .. }) =
            rule.tuned(Tuning::Tighter)
        else {
            panic!("it has a bound");
        };
        assert!((bound - 0.99).abs() < 1e-9, "{bound}");
        let drop = self::rule("contacts", "drop: 0.9").tuned(Tuning::Looser).unwrap();
        assert!(matches!(drop.condition, Condition::Drop { share } if (share - 0.95).abs() < 1e-9));
    }

    #[test]
    fn a_looser_burn_can_still_be_reached() {
        let rule = rule("ai_error_rate", "slo: {objective: 0.06}");
        let rates = |rule: &Rule| match &rule.condition {
            Condition::Slo(slo) => slo.burns.iter().map(|burn| burn.rate).collect::<Vec<_>>(),
            other => panic!("{other}"),
        };
        let (now, looser) = (rates(&rule), rates(&rule.tuned(Tuning::Looser).unwrap()));
        assert!(looser.iter().zip(&now).all(|(one, other)| one > other), "{looser:?}");
        assert!(looser.iter().all(|rate| *rate < 1.0 / 0.06), "{looser:?}");
    }

    #[test]
    fn what_has_no_level_is_not_tuned() {
        check("fallback_rate", "anomaly: {}", "none", "none");
        check("fallback_rate", "after_change: {}", "none", "none");
    }

    #[test]
    fn whatever_opens_a_rule_opens_it_when_it_is_tighter() {
        use crate::{metric::Metric, rule::Verdict};
        for (side, bound) in [(Side::Over, 0.7), (Side::Under, 0.7), (Side::Over, 0.01)] {
            let metric = Metric::FallbackRate;
            let tighter = moved(bound, side == Side::Under, metric.range());
            let looser = moved(bound, side == Side::Over, metric.range());
            for value in (0..=1000).map(|thousandth| f64::from(thousandth) / 1000.0) {
                let [tight, now, loose] =
                    [tighter, bound, looser].map(|bound| threshold(metric, side, bound, value));
                assert!(loose != Verdict::Open || now == Verdict::Open, "{side:?} {bound} {value}");
                assert!(now != Verdict::Open || tight == Verdict::Open, "{side:?} {bound} {value}");
            }
        }
    }
}
