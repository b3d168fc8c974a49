//! `GET`, `POST` and `DELETE /v1/silences`, and the page: for a time, nobody is told of some alerts.

use std::collections::BTreeMap;

use http::{HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tocsin_domain::{
    alert::{Alert, AlertState},
    audit::{Entry, What},
    dimension::Dimension,
    id::TenantId,
    metric::Metric,
    minute::{HOUR, nanoseconds, timestamp},
    rfc3339,
    rule::Severity,
    silence::{Matcher, Silence, SilenceError, covering},
};
use tocsin_shell::http::{Request, Response, json};

use crate::{Console, Identity, actions::see, params::Params, refusal::Refusal, route::Route};

/// Silences on a page unless told otherwise, and at most.
const LIMIT: (usize, usize) = (50, 200);
/// Silences that hold at a time.
const MOST: usize = 200;
/// Bytes of a body at most.
const LONGEST: usize = 16 << 10;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    rule: Option<String>,
    metric: Option<String>,
    severity: Option<String>,
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
    #[serde(default)]
    reason: String,
    #[serde(alias = "until")]
    end: Option<String>,
}

#[derive(Serialize)]
struct List<'a> {
    silences: Vec<Line<'a>>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    state: &'static str,
    rule: Option<&'a str>,
    metric: Option<Metric>,
    severity: Option<Severity>,
    dimensions: &'a BTreeMap<String, String>,
    reason: &'a str,
    by: &'a str,
    start: Timestamp,
    end: Timestamp,
    ended_by: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(silence: &'a Silence, now: i64) -> Self {
        Self {
            id: &silence.id,
            state: if silence.is_active(now) { "active" } else { "over" },
            rule: silence.matcher.rule.as_deref(),
            metric: silence.matcher.metric,
            severity: silence.matcher.severity,
            dimensions: &silence.matcher.dimensions,
            reason: &silence.reason,
            by: &silence.by,
            start: timestamp(silence.from),
            end: timestamp(silence.until),
            ended_by: silence.ended_by.as_deref(),
        }
    }
}

impl From<SilenceError> for Refusal {
    fn from(error: SilenceError) -> Self {
        Self::bad(error.field, error.detail)
    }
}

impl Console {
    /// Lists silences, makes one or ends one.
    pub(crate) async fn silences(
        &self,
        route: Route<'_>,
        request: &Request,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let query = request.uri().query();
        match (route, request.method()) {
            (Route::Silence(id), _) => self.answer_end(id, identity, now).await,
            (_, &Method::DELETE) => {
                let params = Params::parse(query, &["id"])?;
                let missing = || Refusal::bad("id", "say which: DELETE /v1/silences/{id}");
                self.answer_end(params.one("id")?.ok_or_else(missing)?, identity, now).await
            }
            (_, &Method::POST) => {
                if request.body().len() > LONGEST {
                    return Err(Refusal::TooLarge("a silence may have 16 KiB"));
                }
                let asked: Asked = serde_json::from_slice(request.body()).map_err(|error| {
                    Refusal::bad("body", format!("want a JSON object: {error}"))
                })?;
                let until = end(asked.end.as_deref())?;
                let silence = self.make(&asked, until, identity, now).await?;
                let mut response = json(StatusCode::CREATED, &Line::of(&silence, now));
                if let Ok(path) = HeaderValue::from_str(&format!("/v1/silences/{}", silence.id)) {
                    response.headers_mut().insert(header::LOCATION, path);
                }
                Ok(response)
            }
            _ => self.list(query, identity, now).await,
        }
    }

    async fn list(
        &self,
        query: Option<&str>,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let params = Params::parse(query, &["limit", "next"])?;
        let limit = params.number("limit")?.unwrap_or(LIMIT.0);
        if limit == 0 || limit > LIMIT.1 {
            return Err(Refusal::bad("limit", format!("want 1 to {}", LIMIT.1)));
        }
        let offset: usize = params.number("next")?.unwrap_or_default();
        let kept = self.sorted_silences(&identity.tenant, now).await?;
        let next = offset.saturating_add(limit);
        let lines = kept.iter().skip(offset).take(limit).map(|one| Line::of(one, now)).collect();
        let next = (next < kept.len()).then(|| next.to_string());
        Ok(json(StatusCode::OK, &List { silences: lines, next }))
    }

    async fn answer_end(
        &self,
        id: &str,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let silence = self.end(id, identity, now).await?;
        Ok(json(StatusCode::OK, &Line::of(&silence, now)))
    }

    /// Those that hold first, the newest first.
    pub(crate) async fn sorted_silences(
        &self,
        tenant: &TenantId,
        now: i64,
    ) -> Result<Vec<Silence>, Refusal> {
        let mut silences = self.store.silences(tenant).await?;
        silences.sort_by_key(|one| (!one.is_active(now), std::cmp::Reverse(one.from)));
        Ok(silences)
    }

    /// Makes a silence by the form of its page.
    pub(crate) async fn silence_by_form(
        &self,
        request: &Request,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let fields: Vec<(String, String)> =
            form_urlencoded::parse(request.body()).into_owned().collect();
        let all = |wanted: &'static str| {
            let named = fields.iter().filter(move |(name, _)| name == wanted);
            named.map(|(_, value)| value.trim())
        };
        let one = |wanted| all(wanted).next().filter(|value| !value.is_empty());
        let pairs = all("dimension").zip(all("value"));
        let pairs = pairs.filter(|(name, value)| !name.is_empty() && !value.is_empty());
        let asked = Asked {
            rule: one("rule").map(str::to_owned),
            metric: one("metric").map(str::to_owned),
            severity: one("severity").map(str::to_owned),
            dimensions: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            reason: one("reason").unwrap_or_default().to_owned(),
            end: None,
        };
        let hours = one("hours").and_then(|hours| hours.parse::<u16>().ok());
        let hours = hours.ok_or_else(|| Refusal::bad("hours", "choose for how long"))?;
        self.make(&asked, now + i64::from(hours) * HOUR, identity, now).await?;
        Ok(see("/silences"))
    }

    /// Ends a silence by the form of its page.
    pub(crate) async fn end_by_form(
        &self,
        id: &str,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        self.end(id, identity, now).await?;
        Ok(see("/silences"))
    }

    async fn make(
        &self,
        asked: &Asked,
        until: i64,
        identity: &Identity,
        now: i64,
    ) -> Result<Silence, Refusal> {
        let matcher = self.matcher(asked, identity)?;
        let silence = Silence::new(matcher, &asked.reason, until, &identity.actor(), now)?;
        let add = |silences: &mut Vec<Silence>| {
            let hold = silences.iter().filter(|one| one.is_active(now)).count();
            let is_room = hold < MOST;
            // The same request again, as after an answer that was lost, makes no second one.
            let is_known = silences.iter().any(|one| one.id == silence.id);
            if is_room && !is_known {
                silences.push(silence.clone());
            }
            is_room || is_known
        };
        let (by, id) = (identity.actor(), Some(silence.id.as_str()));
        let entry = Entry::done(now, &by, What::MakeSilence, id);
        if self.store.change_silences(&identity.tenant, add, &entry, now).await? {
            return Ok(silence);
        }
        let detail = format!("{MOST} silences hold already: end some, or silence less narrowly");
        Err(Refusal::Conflict { field: "rule", detail })
    }

    fn matcher(&self, asked: &Asked, identity: &Identity) -> Result<Matcher, Refusal> {
        let metric = asked.metric.as_deref().map(|name| {
            Metric::parse(name).ok_or_else(|| Refusal::bad("metric", "there is no such metric"))
        });
        let severity = asked.severity.as_deref().map(|name| {
            let known = Severity::ALL.into_iter().find(|severity| severity.as_str() == name);
            known.ok_or_else(|| Refusal::bad("severity", "want one of page, warning, info"))
        });
        let stored = |(name, value): (&String, &String)| {
            let is_agent = name == Dimension::Agent.as_str();
            let value = if is_agent { self.agent_value(identity, value) } else { value.clone() };
            (name.clone(), value)
        };
        Ok(Matcher {
            rule: asked.rule.clone(),
            metric: metric.transpose()?,
            severity: severity.transpose()?,
            dimensions: asked.dimensions.iter().map(stored).collect(),
        })
    }

    async fn end(&self, id: &str, identity: &Identity, now: i64) -> Result<Silence, Refusal> {
        let by = identity.actor();
        let end = |silences: &mut Vec<Silence>| {
            let found = silences.iter_mut().find(|one| one.id == id)?;
            found.end(&by, now);
            Some(found.clone())
        };
        let entry = Entry::done(now, &by, What::EndSilence, Some(id));
        let ended = self.store.change_silences(&identity.tenant, end, &entry, now).await?;
        let detail = "no such silence, or no longer kept: take an id from GET /v1/silences";
        ended.ok_or_else(|| Refusal::Missing { field: "id", detail: detail.to_owned() })
    }

    /// Says of open alerts by which silence nobody is told of them, as it is at this moment.
    pub(crate) async fn mark_silenced(
        &self,
        tenant: &TenantId,
        alerts: &mut [Alert],
        now: i64,
    ) -> Result<(), Refusal> {
        let is_over = |alert: &Alert| alert.state == AlertState::Resolved;
        if alerts.iter().all(is_over) {
            return Ok(());
        }
        let silences = self.store.silences(tenant).await?;
        for alert in alerts.iter_mut().filter(|alert| !is_over(alert)) {
            alert.silenced = covering(&silences, alert, now).map(Silence::mark);
        }
        Ok(())
    }
}

fn end(text: Option<&str>) -> Result<i64, Refusal> {
    let wrong = || Refusal::bad("end", "want an RFC 3339 time, as 2026-03-02T09:15:00Z");
    text.and_then(rfc3339::parse).map(nanoseconds).ok_or_else(wrong)
}
