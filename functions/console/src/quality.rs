//! `GET /v1/insights/alert_quality`: which rules are worth the attention that they take; with `rule` also
//! what that one would have done one step tighter or looser.

use std::collections::BTreeSet;

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
    rule::{Rule, Severity, Turn},
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

/// What a rule would have done if it had been turned by a step, over what is stored.
#[derive(Serialize)]
pub(crate) struct Steps {
    /// Which.
    pub(crate) rule: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// At most 14; fewer where less is stored or time did not suffice.
    pub(crate) days: f64,
    /// Tighter, as it is, and looser, as far as it can be turned.
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
    pub(crate) turn: &'static str,
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
        let steps = self.steps(&identity.tenant, rule.as_deref(), now).await?;
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
        let steps = self.steps(&identity.tenant, rule.as_deref(), now).await?;
        let tunable = self.tunable(&identity.tenant).await?;
        Ok(page::quality::quality(self.links, &rules, &tunable, steps.as_ref(), days))
    }

    /// What a rule in force would have done, turned by a step.
    async fn steps(
        &self,
        tenant: &TenantId,
        name: Option<&str>,
        now: i64,
    ) -> Result<Option<Steps>, Refusal> {
        let Some(name) = name else { return Ok(None) };
        let rules = self.rules_in_force(tenant).await?;
        let Some(rule) = rules.into_iter().find(|rule| rule.name == name) else {
            let detail = "no rule in force has this name: GET /v1/rules lists them";
            return Err(Refusal::bad("rule", detail));
        };
        let refused = refusal(&rule);
        let variants = [
            (Turn::Tighter.as_str(), rule.turned(Turn::Tighter)),
            ("unchanged", Some(rule.clone())),
            (Turn::Looser.as_str(), rule.turned(Turn::Looser)),
        ];
        let variants = variants.into_iter().filter(|_| refused.is_none());
        let (turns, rules): (Vec<&'static str>, Vec<Rule>) = variants
            .filter_map(|(turn, rule)| Some((turn, rule?)))
            .map(|(turn, rule)| (turn, Rule { name: format!("{name}-{turn}"), ..rule }))
            .unzip();
        let now_minute = Minute::of(now);
        let (histories, (from, to)) = match refused {
            None => self.would_have_done(&rules, tenant, now).await?,
            Some(_) => (Vec::new(), (now_minute, now_minute)),
        };
        let variants = turns.into_iter().zip(&rules).zip(histories);
        Ok(Some(Steps {
            rule: name.to_owned(),
            from: from.timestamp(),
            to: to.timestamp(),
            days: 7.0 * weeks(from, to),
            variants: variants.map(|((turn, rule), done)| Variant::of(turn, rule, &done)).collect(),
            is_cut: to < now_minute,
            refused,
        }))
    }

    /// Names of the rules in force that can be turned.
    async fn tunable(&self, tenant: &TenantId) -> Result<BTreeSet<String>, Refusal> {
        let rules = self.rules_in_force(tenant).await?;
        let tunable = rules.into_iter().filter(|rule| refusal(rule).is_none());
        Ok(tunable.map(|rule| rule.name).collect())
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

impl Variant {
    fn of(turn: &'static str, rule: &Rule, done: &RuleHistory) -> Self {
        Self {
            turn,
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
    let mut turned = [Turn::Tighter, Turn::Looser].into_iter().filter_map(|turn| rule.turned(turn));
    turned.next().is_none().then_some("it has no level that could be turned")
}

/// How many days are looked back on, and which rule is to be turned.
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
