//! How bad it is: conversations that are hit × what it does to each.
//!
//! The product is the alert's impact. `impact: { page: 2 }` beside the rules says from which impact on a
//! page is one; below, the alert is a warning, and below `warning` an info. **A rule's own severity is
//! the ceiling**: no alert is more urgent than its author said. Where nobody can tell how many are hit
//! (a source fell silent) the rule's severity stands; so it does where no levels are given.
//!
//! `harm: { fallback_rate: 1 }` sets the harm of a metric in place of the usual one ([`usual`]). One unit
//! is a customer who has to ask once more.

use super::{Rule, Severity};
use crate::metric::Metric;

/// From which impact on an alert is how urgent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels {
    /// A page.
    pub page: f64,
    /// A warning.
    pub warning: f64,
}

/// What a metric's badness does to one conversation, unless the rules say otherwise.
pub(super) fn usual(metric: Metric) -> f64 {
    match metric {
        // Said to a customer in the company's name: one is enough.
        Metric::BrandSafety | Metric::Signals => 100.0,
        // Told something wrong, and relying on it.
        Metric::AnswerAccuracy | Metric::FalseConfidenceRate | Metric::PolicyAdherence => 5.0,
        // Left without what they came for, or too late.
        Metric::AbandonmentRate
        | Metric::SlaBreachRate
        | Metric::SlaAtRisk
        | Metric::StuckConversations
        | Metric::SilentConversations
        | Metric::Retention => 3.0,
        // Had to come back, or were upset.
        Metric::ResolutionRate
        | Metric::DurableResolutionRate
        | Metric::ReopenRate
        | Metric::Reopens
        | Metric::RepeatContactRate24h
        | Metric::RepeatContactRate7d
        | Metric::RepeatYourselfRate
        | Metric::MisrouteRate
        | Metric::Csat
        | Metric::Nps
        | Metric::NegativeSentimentRate
        | Metric::AiErrorRate => 2.0,
        // Waited longer, and no worse.
        Metric::HandleTime | Metric::AgentHandleTime | Metric::AiLatency => 0.5,
        // Costs the company and not the customer.
        Metric::AiCost | Metric::AiTokens | Metric::ContactCost => 0.1,
        _ => 1.0,
    }
}

impl Rule {
    /// How urgent an alert of this impact is.
    pub fn severity_at(&self, impact: Option<f64>) -> Severity {
        let (Some(impact), Some(Levels { page, warning })) = (impact, self.levels) else {
            return self.severity;
        };
        let by_impact = if impact >= page {
            Severity::Page
        } else if impact >= warning {
            Severity::Warning
        } else {
            Severity::Info
        };
        // The less urgent one.
        self.severity.max(by_impact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{DEFAULT_RULES, parse};

    fn rule(beside: &str, severity: &str) -> Rule {
        let yaml = format!(
            "{beside}\nrules: [{{name: r, metric: fallback_rate, rise: 0.5, \
             severity: {severity}, next_action: x, owner: admin}}]"
        );
        parse(&yaml).unwrap().remove(0)
    }

    #[test]
    fn what_hits_few_is_less_urgent_and_nothing_is_more_so_than_its_author_said() {
        let page = rule("impact: { page: 10, warning: 2 }\nharm: { fallback_rate: 4 }", "page");
        assert!((page.harm - 4.0).abs() < f64::EPSILON);
        for (impact, severity) in [
            (Some(10.0), Severity::Page),
            (Some(9.9), Severity::Warning),
            (Some(1.9), Severity::Info),
            (None, Severity::Page),
        ] {
            assert_eq!(page.severity_at(impact), severity, "{impact:?}");
        }
        let warning = rule("impact: { page: 10 }", "warning");
        assert_eq!(warning.severity_at(Some(1e6)), Severity::Warning);
        assert_eq!(warning.severity_at(Some(0.0)), Severity::Warning);
        assert_eq!(rule("", "page").severity_at(Some(0.0)), Severity::Page);
    }

    #[test]
    fn what_is_no_harm_or_level_is_refused_with_the_remedy() {
        let yaml = "harm: { fallback: 1, csat: -1 }\nimpact: { page: 1, warning: 2 }\nrules: []";
        insta::assert_snapshot!(parse(yaml).unwrap_err(), @r"
        line 1: `harm` of `csat` is no number from 0 to 1000
        line 1: `harm` names `fallback`, which is no metric that rules judge
        line 2: `impact` is no pair of levels: write `impact: { page: 10, warning: 2 }`, the page above
        ");
    }

    #[test]
    fn the_table_that_ships_is_the_usual_one() {
        for rule in parse(DEFAULT_RULES).unwrap() {
            let metric = rule.selection.metric;
            assert!((rule.harm - usual(metric)).abs() < f64::EPSILON, "{metric}");
        }
    }
}
