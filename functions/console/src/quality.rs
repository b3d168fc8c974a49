//! `GET /v1/insights/alert_quality`: which rules are worth the attention that they take; with `rule` also
//! what that one would have done one step tighter or looser.

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use tocsin_domain::{
    alert::{
        history::{RuleHistory, weeks},
        quality::{RuleQuality, of_alerts},
    },
    id::TenantId,
    minute::{DAY, Minute, timestamp},
    rule::{Rule, Severity, Tuning},
};
use tocsin_score::backtest::is_testable;
use tocsin_shell::http::{Response, json};

use crate::{Console, Identity, page, params::Params, refusal::Refusal};

/// The one insight that there is, as it is asked for.
const ALERT_QUALITY: &str = "alert_quality";
/// Days that are looked back on unless told otherwise, and at most.
const DAYS: (i64, i64) = (28, 400);

#[derive(Serialize)]
struct Answer {
    insight: &'static str,
    from: Timestamp,
    to: Timestamp,
    days: i64,
    rules: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Steps>,
}

/// What a rule would have done if it had been tuned by a step, over what is stored.
#[derive(Serialize)]
pub(crate) struct Steps {
    /// Which.
    pub(crate) rule: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// At most 14; fewer where less is stored or time did not suffice.
    pub(crate) days: f64,
    /// Tighter, as it is, and looser, as far as it can be tuned.
    pub(crate) variants: Vec<Variant>,
    /// Whether time did not suffice for the latest days.
    #[serde(rename = "cut")]
    pub(crate) is_cut: bool,
    /// Why there is nothing to compare.
    pub(crate) refused: Option<&'static str>,
}

/// A rule as it might be.
#[derive(Serialize)]
pub(crate) struct Variant {
    /// `tighter`, `unchanged` or `looser`.
    pub(crate) step: &'static str,
    pub(crate) condition: String,
    pub(crate) alerts: u64,
    pub(crate) alerts_a_week: f64,
    pub(crate) minutes_in_alarm: i64,
}

#[derive(Serialize)]
struct Line {
    rule: String,
    severity: Severity,
    shadow: bool,
    alerts: u64,
    /// Of how many of them people were told.
    told: u64,
    fires: u64,
    fires_a_week: f64,
    acknowledged: u64,
    /// Of the alerts of which people were told; none without any.
    share_acknowledged: Option<f64>,
    useful: u64,
    noise: u64,
    /// Of the alerts that were judged; none where nobody judged any.
    share_noise: Option<f64>,
    proposal: Option<&'static str>,
    reason: Option<String>,
}

/// A share; none of nothing.
#[expect(clippy::cast_precision_loss, reason = "few")]
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl From<RuleQuality> for Line {
    fn from(of: RuleQuality) -> Self {
        Self {
            share_acknowledged: share(of.acknowledged, of.told),
            share_noise: share(of.noise, of.noise + of.useful),
            proposal: of.proposal.as_ref().map(|_| "shadow"),
            reason: of.proposal,
            rule: of.rule,
            severity: of.severity,
            shadow: of.is_shadow,
            alerts: of.alerts,
            told: of.told,
            fires: of.fires,
            fires_a_week: of.fires_a_week,
            acknowledged: of.acknowledged,
            useful: of.useful,
            noise: of.noise,
        }
    }
}

impl Console {
    /// An insight as JSON.
    pub(crate) async fn insight(
        &self,
        kind: &str,
        query: Option<&str>,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        check(kind)?;
        let (days, rule) = asked(query)?;
        let rules = self.alert_quality(identity, days, now).await?;
        let mut steps = None;
        if let Some(rule) = rule {
            let in_force = self.rules_in_force(&identity.tenant).await?;
            steps = Some(self.steps(&identity.tenant, &in_force, &rule, now).await?);
        }
        let (from, to) = (timestamp(now.saturating_sub(days * DAY)), timestamp(now));
        let rules = rules.into_iter().map(Line::from).collect();
        let answer = Answer { insight: ALERT_QUALITY, from, to, days, rules, steps };
        Ok(json(StatusCode::OK, &answer))
    }

    /// An insight as a page.
    pub(crate) async fn insight_page(
        &self,
        kind: &str,
        query: Option<&str>,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        check(kind)?;
        let (days, rule) = asked(query)?;
        let rules = self.alert_quality(identity, days, now).await?;
        let in_force = self.rules_in_force(&identity.tenant).await?;
        let mut steps = None;
        if let Some(rule) = rule {
            steps = Some(self.steps(&identity.tenant, &in_force, &rule, now).await?);
        }
        let tunable = in_force.iter().filter(|rule| refusal(rule).is_none());
        let tunable = tunable.map(|rule| rule.name.as_str()).collect();
        let frame = self.frame(identity, now);
        Ok(page::quality::quality(frame, &rules, &tunable, steps.as_ref(), days))
    }

    /// What a rule in force would have done, tuned by a step.
    async fn steps(
        &self,
        tenant: &TenantId,
        rules: &[Rule],
        name: &str,
        now: i64,
    ) -> Result<Steps, Refusal> {
        let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
            let detail = "no rule in force has this name: GET /v1/rules lists them";
            return Err(Refusal::bad("rule", detail));
        };
        let until = Minute::of(now);
        if let Some(why) = refusal(rule) {
            return Ok(Steps::new(name, (until, until), Some(why)));
        }
        let variants = [
            (Tuning::Tighter.as_str(), rule.tuned(Tuning::Tighter)),
            ("unchanged", Some(rule.clone())),
            (Tuning::Looser.as_str(), rule.tuned(Tuning::Looser)),
        ];
        let (steps, rules): (Vec<&'static str>, Vec<Rule>) = variants
            .into_iter()
            .filter_map(|(step, rule)| Some((step, rule?)))
            .map(|(step, rule)| (step, Rule { name: format!("{name}-{step}"), ..rule }))
            .unzip();
        let done = self.would_have_done(&rules, tenant, now).await?;
        if !done.not_judged.is_empty() {
            let why = "there was no time for its detectors to learn what is usual";
            return Ok(Steps::new(name, (done.from, done.to), Some(why)));
        }
        let variants = steps.into_iter().zip(&rules).zip(done.rules);
        let variants = variants.map(|((step, rule), done)| Variant::of(step, rule, &done));
        let (variants, is_cut) = (variants.collect(), done.is_cut);
        Ok(Steps { variants, is_cut, ..Steps::new(name, (done.from, done.to), None) })
    }

    /// What was opened in so many days, by rule.
    async fn alert_quality(
        &self,
        identity: &Identity,
        days: i64,
        now: i64,
    ) -> Result<Vec<RuleQuality>, Refusal> {
        let since = Minute::of(now.saturating_sub(days * DAY));
        let alerts = self.store.alerts_since(&identity.tenant, since, now).await?;
        #[expect(clippy::cast_precision_loss, reason = "few")]
        let weeks = days as f64 / 7.0;
        Ok(of_alerts(&alerts, weeks))
    }
}

impl Steps {
    /// Nothing yet, of the minutes `[from, to)`.
    fn new(rule: &str, (from, to): (Minute, Minute), refused: Option<&'static str>) -> Self {
        Self {
            rule: rule.to_owned(),
            from: from.timestamp(),
            to: to.timestamp(),
            days: 7.0 * weeks(from, to),
            variants: Vec::new(),
            is_cut: false,
            refused,
        }
    }
}

impl Variant {
    fn of(step: &'static str, rule: &Rule, done: &RuleHistory) -> Self {
        Self {
            step,
            condition: rule.condition.to_string(),
            alerts: done.alerts,
            alerts_a_week: done.alerts_a_week,
            minutes_in_alarm: done.minutes_in_alarm,
        }
    }
}

/// Why a rule can not be tried as it would be a step further.
fn refusal(rule: &Rule) -> Option<&'static str> {
    if !is_testable(rule) {
        return Some("what it rests on is not kept for long enough to judge it anew");
    }
    let mut turned =
        [Tuning::Tighter, Tuning::Looser].into_iter().filter_map(|turn| rule.tuned(turn));
    turned.next().is_none().then_some("it has no level that could be tuned")
}

/// How many days are looked back on, and which rule is to be tuned.
fn asked(query: Option<&str>) -> Result<(i64, Option<String>), Refusal> {
    let params = Params::parse(query, &["days", "rule"])?;
    let days = params.number("days")?.unwrap_or(DAYS.0);
    if !(1..=DAYS.1).contains(&days) {
        return Err(Refusal::bad("days", format!("want 1 to {}", DAYS.1)));
    }
    Ok((days, params.one("rule")?.map(str::to_owned)))
}

fn check(kind: &str) -> Result<(), Refusal> {
    if kind.replace('-', "_") == ALERT_QUALITY {
        return Ok(());
    }
    let detail = format!("there is no such insight: there is {ALERT_QUALITY}");
    Err(Refusal::Missing { field: "kind", detail })
}
