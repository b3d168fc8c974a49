//! `GET /v1/rules`, `PUT /v1/rules` and `POST /v1/rules/backtest`: the rules in force, others in their
//! place, and what others would have announced.
//!
//! Rules are put into force only where a backtest of exactly this text is on record, and only in the
//! place of the version that their writer read.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;
use tocsin_domain::{
    alert::history::{RuleHistory, a_week, weeks},
    audit::{Entry, What},
    dimension::Dimension,
    id::TenantId,
    metric::Metric,
    minute::{Minute, timestamp},
    rule::{self, Rule, Severity},
};
use tocsin_score::backtest::is_testable;
use tocsin_shell::{
    http::{Request, Response, json},
    store::{
        StoreError,
        rules::{RulesBacktest, SavedRules, rules_hash},
    },
};

use crate::{Console, Identity, refusal::Refusal};

/// Bytes of rules at most.
const LONGEST: usize = 256 << 10;

#[derive(Serialize)]
struct InForce<'a> {
    /// 0 where none were ever saved.
    version: u64,
    hash: String,
    saved: Option<Timestamp>,
    by: Option<&'a str>,
    yaml: &'a str,
    rules: Vec<Line<'a>>,
    backtest: Option<Told<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    metric: Metric,
    by: Vec<&'a str>,
    #[serde(rename = "where")]
    only: Vec<(&'static str, &'a [String])>,
    condition: String,
    window_seconds: i32,
    for_seconds: i32,
    severity: Severity,
    owner: &'a str,
    next_action: &'a str,
    runbook: Option<&'a str>,
    family: &'a str,
    /// After so long a page that nobody took on is told to the next one, if it is.
    escalate_after_seconds: Option<i32>,
}

#[derive(Serialize)]
struct Told<'a> {
    hash: &'a str,
    run: Timestamp,
    from: Timestamp,
    to: Timestamp,
    /// Of the span that was judged; at most 14, fewer where less is stored or time did not suffice.
    days: f64,
    alerts_a_week: f64,
    pages_a_week: f64,
    rules: &'a [RuleHistory],
    not_tested: &'a [String],
}

impl<'a> Line<'a> {
    fn of(rule: &'a Rule) -> Self {
        let only = rule.selection.only.iter();
        Self {
            name: &rule.name,
            metric: rule.selection.metric,
            by: rule.selection.label_names().collect(),
            only: only.map(|(of, values)| (Dimension::as_str(*of), values.as_slice())).collect(),
            condition: rule.condition.to_string(),
            window_seconds: rule.window * 60,
            for_seconds: rule.hold * 60,
            severity: rule.severity,
            owner: &rule.owner,
            next_action: &rule.next_action,
            runbook: rule.runbook.as_deref(),
            family: &rule.family,
            escalate_after_seconds: rule.escalate_after.map(|minutes| minutes * 60),
        }
    }
}

impl<'a> Told<'a> {
    fn of(told: &'a RulesBacktest) -> Self {
        let weeks = weeks(Minute::of(told.from), Minute::of(told.to));
        let rate = |wanted: fn(&RuleHistory) -> bool| {
            let alerts = told.rules.iter().filter(|rule| wanted(rule)).map(|rule| rule.alerts);
            a_week(alerts.sum(), weeks)
        };
        Self {
            hash: &told.hash,
            run: timestamp(told.run),
            from: timestamp(told.from),
            to: timestamp(told.to),
            days: weeks * 7.0,
            alerts_a_week: rate(|_| true),
            pages_a_week: rate(|rule| rule.severity == Severity::Page),
            rules: &told.rules,
            not_tested: &told.not_tested,
        }
    }
}

impl Console {
    /// The rules in force.
    pub(crate) async fn rules(&self, identity: &Identity, now: i64) -> Result<Response, Refusal> {
        let saved = self.store.rules(&identity.tenant).await?;
        let yaml = self.written(saved.as_ref());
        self.in_force(identity, saved.as_ref(), yaml, now).await
    }

    /// Puts rules into force.
    pub(crate) async fn save_rules(
        &self,
        request: &Request,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let yaml = text(request.body())?;
        rule::parse(yaml).map_err(Refusal::Rules)?;
        let read = version(request.headers())?;
        let current = self.store.rules(&identity.tenant).await?;
        let version = current.map_or(0, |current| current.version);
        if version != read {
            return Err(stale(version));
        }
        let hash = rules_hash(yaml);
        if self.store.rules_backtest(&identity.tenant, &hash, now).await?.is_none() {
            return Err(Refusal::NotTested);
        }
        let by = identity.role.as_str().to_owned();
        let rules = SavedRules { version: read + 1, yaml: yaml.to_owned(), saved: now, by };
        let (actor, id) = (identity.actor(), rules.version.to_string());
        let entry = Entry::done(now, &actor, What::SaveRules, Some(&id));
        match self.store.save_rules(&identity.tenant, &rules, &entry).await {
            Ok(()) => self.in_force(identity, Some(&rules), yaml, now).await,
            Err(StoreError::Conflict) => Err(stale(read + 1)),
            Err(error) => Err(error.into()),
        }
    }

    async fn in_force(
        &self,
        identity: &Identity,
        saved: Option<&SavedRules>,
        yaml: &str,
        now: i64,
    ) -> Result<Response, Refusal> {
        let rules = rule::parse(yaml).map_err(Refusal::Rules)?;
        let (version, hash) = (saved.map_or(0, |saved| saved.version), rules_hash(yaml));
        let told = self.store.rules_backtest(&identity.tenant, &hash, now).await?;
        let answer = InForce {
            version,
            hash,
            saved: saved.map(|saved| timestamp(saved.saved)),
            by: saved.map(|saved| saved.by.as_str()),
            yaml,
            rules: rules.iter().map(Line::of).collect(),
            backtest: told.as_ref().map(Told::of),
        };
        let mut response = json(StatusCode::OK, &answer);
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        Ok(response)
    }

    /// Runs rules over what is stored, and records what they would have announced.
    pub(crate) async fn backtest_rules(
        &self,
        request: &Request,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let yaml = text(request.body())?;
        let rules = rule::parse(yaml).map_err(Refusal::Rules)?;
        let (testable, rest): (Vec<Rule>, Vec<Rule>) = rules.into_iter().partition(is_testable);
        let done = self.would_have_done(&testable, &identity.tenant, now).await?;
        let told = RulesBacktest {
            hash: rules_hash(yaml),
            run: now,
            from: done.from.start(),
            to: done.to.start(),
            rules: done.rules,
            not_tested: rest.into_iter().map(|rule| rule.name).chain(done.not_judged).collect(),
        };
        self.store.put_rules_backtest(&identity.tenant, &told).await?;
        Ok(json(StatusCode::OK, &Told::of(&told)))
    }

    /// The text of the rules in force: what was saved, or else what ships.
    fn written<'a>(&'a self, saved: Option<&'a SavedRules>) -> &'a str {
        saved.map_or(self.unsaved_rules.as_str(), |saved| &saved.yaml)
    }

    /// The rules in force.
    pub(crate) async fn rules_in_force(&self, tenant: &TenantId) -> Result<Vec<Rule>, Refusal> {
        let saved = self.store.rules(tenant).await?;
        let yaml = self.written(saved.as_ref());
        rule::parse(yaml).map_err(Refusal::Rules)
    }
}

/// Rules as YAML; JSON is YAML.
fn text(body: &Bytes) -> Result<&str, Refusal> {
    if body.len() > LONGEST {
        return Err(Refusal::TooLarge("rules may have 256 KiB: leave some out"));
    }
    std::str::from_utf8(body).map_err(|_| Refusal::bad("body", "not UTF-8: send rules as YAML"))
}

/// The version that the writer read, as `ETag` told it.
fn version(headers: &HeaderMap) -> Result<u64, Refusal> {
    let remedy = "send `If-Match` with the ETag of GET /v1/rules, such as \"3\"";
    let tag = headers.get(header::IF_MATCH).ok_or(Refusal::Unconditional(remedy))?;
    let tag = tag.to_str().unwrap_or_default().trim();
    let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
    version.parse().map_err(|_| Refusal::bad("if-match", format!("is no version: {remedy}")))
}

fn stale(version: u64) -> Refusal {
    Refusal::Stale(format!(
        "version {version} is in force by now: read it with GET /v1/rules, change it and send it again"
    ))
}
