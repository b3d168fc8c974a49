//! `GET /v1/alerts` and `GET /v1/alerts/{id}`: what is wrong, for whom, since when, what to do.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use tocsin_domain::{
    alert::{Alert, AlertState, Inhibition, actions::Usefulness},
    dimension::Dimension,
    metric::Metric,
    minute::{DAY, Minute, timestamp},
    rule::Severity,
};
use tocsin_shell::http::{Response, json};

use crate::{
    Console, Identity, actions::unknown, evidence::Evidence, params::Params, refusal::Refusal,
};

/// Alerts on a page unless told otherwise, and at most.
const LIMIT: (usize, usize) = (50, 200);
/// States as they are asked for.
const STATES: [AlertState; 4] =
    [AlertState::Pending, AlertState::Firing, AlertState::Acknowledged, AlertState::Resolved];

#[derive(Serialize)]
struct List<'a> {
    alerts: Vec<Line<'a>>,
    next: Option<String>,
}

/// One line of the list.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    rule: &'a str,
    state: AlertState,
    severity: Severity,
    opened: Timestamp,
    resolved: Option<Timestamp>,
    metric: Metric,
    dimensions: BTreeMap<&'a str, &'a str>,
    value: Option<f64>,
    owner: &'a str,
    next_action: &'a str,
    /// Of a rule in shadow mode: kept and shown, never delivered.
    shadow: bool,
    /// Since when a source that feeds it is silent or incomplete.
    frozen: Option<Timestamp>,
    /// Why nobody is told of it for now.
    silenced: Option<Silenced<'a>>,
    /// Since when it comes and goes.
    flapping: Option<Timestamp>,
    /// What keeps people from being told of it.
    inhibited_by: Option<&'a Inhibition>,
}

#[derive(Serialize)]
struct Silenced<'a> {
    id: &'a str,
    by: &'a str,
    end: Timestamp,
}

/// What somebody said of it.
#[derive(Serialize)]
struct Said<'a> {
    feedback: Usefulness,
    by: &'a str,
    time: Timestamp,
}

/// All of an alert.
#[derive(Serialize)]
pub(crate) struct Whole<'a> {
    #[serde(flatten)]
    line: Line<'a>,
    since: Timestamp,
    updated: Timestamp,
    runbook: Option<&'a str>,
    acknowledged_by: Option<&'a str>,
    acknowledged: Option<Timestamp>,
    feedback: Option<Said<'a>>,
    reopened: u32,
    /// The kind of trouble, of the rule.
    family: &'a str,
    /// What people were told last, and when.
    told: Option<Entry<'a>>,
    escalated: bool,
    evidence: Evidence<'a>,
    timeline: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    time: Timestamp,
    what: &'a str,
}

impl<'a> Line<'a> {
    fn of(alert: &'a Alert) -> Self {
        let cell = alert.cell.iter();
        Self {
            id: &alert.id,
            rule: &alert.rule,
            state: alert.state,
            severity: alert.severity,
            opened: timestamp(alert.opened),
            resolved: alert.resolved.map(timestamp),
            metric: alert.metric,
            dimensions: cell.map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            value: alert.evidence.value,
            owner: &alert.owner,
            next_action: &alert.next_action,
            shadow: alert.is_shadow,
            frozen: alert.frozen_since.map(timestamp),
            silenced: alert.silenced.as_ref().map(|silenced| Silenced {
                id: &silenced.id,
                by: &silenced.by,
                end: timestamp(silenced.until),
            }),
            flapping: alert.delivery.flapping_since.map(timestamp),
            inhibited_by: alert.delivery.inhibited_by.as_ref(),
        }
    }
}

impl<'a> Whole<'a> {
    pub(crate) fn of(alert: &'a Alert) -> Self {
        let timeline = alert.timeline.iter();
        Self {
            line: Line::of(alert),
            since: timestamp(alert.since),
            updated: timestamp(alert.updated),
            runbook: alert.runbook.as_deref(),
            acknowledged_by: alert.acknowledged.as_ref().map(|by| by.by.as_str()),
            acknowledged: alert.acknowledged.as_ref().map(|by| timestamp(by.at)),
            feedback: alert.feedback.as_ref().map(|said| Said {
                feedback: said.usefulness,
                by: &said.by,
                time: timestamp(said.at),
            }),
            reopened: alert.reopened,
            family: alert.family(),
            told: alert
                .delivery
                .told
                .map(|told| Entry { time: timestamp(told.at), what: told.transition.as_str() }),
            escalated: alert.delivery.escalated == Some(alert.reopened),
            evidence: Evidence::of(&alert.evidence),
            timeline: timeline.map(|(at, what)| Entry { time: timestamp(*at), what }).collect(),
        }
    }
}

impl Console {
    /// Alerts, newest first.
    pub(crate) async fn alerts(
        &self,
        query: Option<&str>,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let params = Params::parse(query, &["state", "limit", "next"])?;
        let state = match params.one("state")? {
            None => None,
            Some(name) => {
                let named = STATES.into_iter().find(|state| state.as_str() == name);
                let names = STATES.map(AlertState::as_str).join(", ");
                Some(named.ok_or_else(|| Refusal::bad("state", format!("want one of {names}")))?)
            }
        };
        let limit = params.number("limit")?.unwrap_or(LIMIT.0);
        if limit == 0 || limit > LIMIT.1 {
            return Err(Refusal::bad("limit", format!("want 1 to {}", LIMIT.1)));
        }
        let offset: usize = params.number("next")?.unwrap_or_default();
        let since = Minute::of(now.saturating_sub(self.store.retention().hours));
        let mut alerts = self.store.alerts_since(&identity.tenant, since, now).await?;
        let own = self.own_agent(identity)?;
        alerts.retain(|alert| concerns(alert, own.as_deref()));
        alerts.retain(|alert| state.is_none_or(|state| alert.state == state));
        self.mark_silenced(&identity.tenant, &mut alerts, now).await?;
        let page = alerts.iter().skip(offset).take(limit).map(Line::of).collect();
        let next = offset.saturating_add(limit);
        let next = (next < alerts.len()).then(|| next.to_string());
        Ok(json(StatusCode::OK, &List { alerts: page, next }))
    }

    /// One alert with its evidence.
    pub(crate) async fn alert(
        &self,
        id: &str,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let alert = self.find_alert(id, identity, now).await?;
        Ok(json(StatusCode::OK, &Whole::of(&alert)))
    }

    /// The alert of this id.
    pub(crate) async fn find_alert(
        &self,
        id: &str,
        identity: &Identity,
        now: i64,
    ) -> Result<Alert, Refusal> {
        let own = self.own_agent(identity)?;
        let found = self.store.alert(&identity.tenant, id, now).await?;
        let found = found.filter(|alert| concerns(alert, own.as_deref()));
        let mut found = found.ok_or_else(unknown)?;
        self.mark_silenced(&identity.tenant, std::slice::from_mut(&mut found), now).await?;
        Ok(found)
    }

    /// Alerts that fire now or did in the last day, those that fire first, the newest first.
    pub(crate) async fn recent_alerts(
        &self,
        identity: &Identity,
        now: i64,
    ) -> Result<Vec<Alert>, Refusal> {
        let mut alerts: Vec<Alert> =
            self.store.live_alerts(&identity.tenant).await?.alerts.into_values().collect();
        alerts.retain(is_open);
        let since = Minute::of(now.saturating_sub(DAY));
        let mut over = self.store.alerts_since(&identity.tenant, since, now).await?;
        over.retain(|alert| alert.state == AlertState::Resolved);
        let own = self.own_agent(identity)?;
        alerts.retain(|alert| concerns(alert, own.as_deref()));
        over.retain(|alert| concerns(alert, own.as_deref()));
        alerts.sort_by_key(|alert| (alert.severity, std::cmp::Reverse(alert.opened)));
        alerts.extend(over);
        self.mark_silenced(&identity.tenant, &mut alerts, now).await?;
        Ok(alerts)
    }
}

/// Whether an alert is about this agent's own work; everybody else, `None`, sees all.
fn concerns(alert: &Alert, own: Option<&str>) -> bool {
    own.is_none_or(|own| {
        alert.cell.iter().any(|(name, value)| name == Dimension::Agent.as_str() && value == own)
    })
}

/// Whether somebody should still do something about it.
pub(crate) fn is_open(alert: &Alert) -> bool {
    matches!(alert.state, AlertState::Firing | AlertState::Acknowledged)
}
