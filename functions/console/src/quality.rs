//! `GET /v1/insights/alert_quality`: which rules are worth the attention that they take.

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use tocsin_domain::{
    alert::quality::{RuleQuality, of_alerts},
    minute::{DAY, Minute, timestamp},
    rule::Severity,
};
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
}

#[derive(Serialize)]
struct Line {
    rule: String,
    severity: Severity,
    shadow: bool,
    alerts: u64,
    fires: u64,
    fires_a_week: f64,
    acknowledged: u64,
    /// Of the alerts; none without alerts.
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
            share_acknowledged: share(of.acknowledged, of.alerts),
            share_noise: share(of.noise, of.noise + of.useful),
            proposal: of.proposal.as_ref().map(|_| "shadow"),
            reason: of.proposal,
            rule: of.rule,
            severity: of.severity,
            shadow: of.is_shadow,
            alerts: of.alerts,
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
        let days = Params::parse(query, &["days"])?.number("days")?.unwrap_or(DAYS.0);
        if !(1..=DAYS.1).contains(&days) {
            return Err(Refusal::bad("days", format!("want 1 to {}", DAYS.1)));
        }
        let rules = self.alert_quality(identity, days, now).await?;
        let (from, to) = (timestamp(now.saturating_sub(days * DAY)), timestamp(now));
        let rules = rules.into_iter().map(Line::from).collect();
        let answer = Answer { insight: ALERT_QUALITY, from, to, days, rules };
        Ok(json(StatusCode::OK, &answer))
    }

    /// An insight as a page.
    pub(crate) async fn insight_page(
        &self,
        kind: &str,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        check(kind)?;
        let rules = self.alert_quality(identity, DAYS.0, now).await?;
        Ok(page::quality::quality(self.links, &rules, DAYS.0))
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

fn check(kind: &str) -> Result<(), Refusal> {
    if kind.replace('-', "_") == ALERT_QUALITY {
        return Ok(());
    }
    let detail = format!("there is no such insight: there is {ALERT_QUALITY}");
    Err(Refusal::Missing { field: "kind", detail })
}
