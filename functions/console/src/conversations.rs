//! `GET /v1/conversations` and `GET /v1/conversations/{id}`: what stands behind a number.

use http::StatusCode;
use serde::Serialize;
use tocsin_domain::{
    conversation::{Conversation, Summary, journey, keeps_examples, summary},
    dimension::Dimension,
    evidence::{Rows, exemplars},
    id::{ConversationId, KeyedHash, TenantId},
    metric::Metric,
    minute::{Minute, nanoseconds},
    query::Selection,
};
use tocsin_shell::{
    http::{Response, json},
    rollups::Reader,
    store::StoreError,
};

use crate::{
    Console, Identity,
    metrics::named,
    params::Params,
    refusal::Refusal,
    rights::{Resource, allows},
};

/// Conversations on a page unless told otherwise, and at most.
const LIMIT: (usize, usize) = (20, 100);
/// How a conversation can have come out.
const OUTCOMES: [&str; 7] =
    ["open", "resolved", "abandoned", "failed", "escalated", "timed_out", "ended"];

/// One line of the list.
#[derive(Serialize)]
pub(crate) struct Line {
    /// The conversation's key hash.
    pub(crate) id: String,
    /// What is known about it.
    #[serde(flatten)]
    pub(crate) summary: Summary,
}

#[derive(Serialize)]
struct List {
    conversations: Vec<Line>,
    next: Option<String>,
}

/// A conversation with all that happened in it.
#[derive(Serialize)]
pub(crate) struct Journey {
    /// Its line in a list.
    #[serde(flatten)]
    pub(crate) line: Line,
    /// The time line.
    pub(crate) journey: Vec<Step>,
}

/// One entry of the time line, as this person sees it.
#[derive(Serialize)]
pub(crate) struct Step {
    /// When it happened.
    pub(crate) time: jiff::Timestamp,
    /// The event's type.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Who acts.
    pub(crate) actor: &'static str,
    /// What happened, in words.
    pub(crate) what: String,
    /// Name and value of what is known about it.
    pub(crate) details: Vec<(&'static str, String)>,
    /// Whether this is what went wrong for the customer.
    pub(crate) bad: bool,
}

/// Which part of a list is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Page<'a> {
    /// Where to begin.
    pub(crate) offset: usize,
    /// How many to show.
    pub(crate) limit: usize,
    /// Only those that came out so.
    pub(crate) outcome: Option<&'a str>,
}

impl Console {
    /// The exemplars behind a number.
    pub(crate) async fn conversations(
        &self,
        query: Option<&str>,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let known = ["alert", "metric", "from", "to", "where", "outcome", "limit", "next"];
        let params = Params::parse(query, &known)?;
        if let Some(id) = params.one("alert")? {
            return self.behind_alert(id, identity, now).await;
        }
        let Some(name) = params.one("metric")? else {
            return Err(Refusal::bad("metric", "say behind which `metric` or which `alert`"));
        };
        let metric = named(name).map_err(|_| Refusal::bad("metric", "no such metric"))?;
        if !keeps_examples(metric) {
            return Err(no_examples(metric));
        }
        let outcome = params.one("outcome")?;
        if outcome.is_some_and(|outcome| !OUTCOMES.contains(&outcome)) {
            return Err(Refusal::bad("outcome", format!("want one of {}", OUTCOMES.join(", "))));
        }
        let limit = params.number("limit")?.unwrap_or(LIMIT.0);
        if limit == 0 || limit > LIMIT.1 {
            return Err(Refusal::bad("limit", format!("want 1 to {}", LIMIT.1)));
        }
        let offset = params.number("next")?.unwrap_or_default();
        let mut selection = params.selection(metric, |asked| self.agent_value(identity, asked))?;
        let (from, to) = params.range(now)?;
        self.narrow_to_own(identity, &mut selection)?;
        self.check_agents(identity, &selection)?;

        let kept = now.saturating_sub(self.store.retention().minutes);
        let first = Minute::ceil(nanoseconds(from).max(kept));
        let end = Minute::ceil(nanoseconds(to)).min(Minute::of(now).plus(1));
        if first >= end {
            return Ok(json(StatusCode::OK, &List { conversations: Vec::new(), next: None }));
        }
        let reader = Reader::new(&self.store, &identity.tenant, now).await?;
        let parts = reader.parts((first.hour(), end.plus(-1).hour())).await?;
        let rows = Rows::of(parts.all(), metric);
        let found = exemplars(&selection, &rows, (first, end), usize::MAX);
        let page = Page { offset, limit, outcome };
        let (conversations, next) = self.page(&identity.tenant, &found, page, now).await?;
        let next = next.map(|offset| offset.to_string());
        Ok(json(StatusCode::OK, &List { conversations, next }))
    }

    /// The conversations that an alert names.
    async fn behind_alert(
        &self,
        id: &str,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        if !allows(identity.role, Resource::Alerts, false) {
            return Err(Refusal::Forbidden("your role has no right to alerts"));
        }
        let alert = self.find_alert(id, identity, now).await?;
        let named = alert.evidence.exemplars.iter();
        let found: Vec<ConversationId> = named.filter_map(|id| KeyedHash::parse(id)).collect();
        let page = Page { offset: 0, limit: found.len().max(1), outcome: None };
        let (conversations, _) = self.page(&identity.tenant, &found, page, now).await?;
        Ok(json(StatusCode::OK, &List { conversations, next: None }))
    }

    /// The lines of a page, and where the next one begins.
    pub(crate) async fn page(
        &self,
        tenant: &TenantId,
        found: &[ConversationId],
        page: Page<'_>,
        now: i64,
    ) -> Result<(Vec<Line>, Option<usize>), StoreError> {
        let (mut lines, mut at) = (Vec::new(), page.offset);
        while at < found.len() && lines.len() < page.limit {
            let chunk = &found[at..found.len().min(at + page.limit)];
            let read = self.store.read_conversations(tenant, chunk, now).await?;
            for id in chunk {
                if lines.len() == page.limit {
                    break;
                }
                at += 1;
                // One that has expired since is empty.
                let Some(known) = read.get(id).filter(|known| !known.value.is_empty()) else {
                    continue;
                };
                let summary = summary(&known.value, now);
                if page.outcome.is_none_or(|outcome| outcome == summary.outcome) {
                    lines.push(Line { id: id.to_string(), summary });
                }
            }
        }
        Ok((lines, (at < found.len()).then_some(at)))
    }

    /// A conversation's journey.
    pub(crate) async fn journey(
        &self,
        id: &str,
        identity: &Identity,
        now: i64,
    ) -> Result<Journey, Refusal> {
        let unknown = || Refusal::NotFound("no such conversation, or no longer kept".to_owned());
        let id = KeyedHash::parse(id).ok_or_else(unknown)?;
        let mut read = self.store.read_conversations(&identity.tenant, &[id], now).await?;
        let known = read.remove(&id).filter(|known| !known.value.is_empty());
        let conversation = known.ok_or_else(unknown)?.value;
        if let Some(own) = self.own_agent(identity)?
            && !took_part(&conversation, &own, now)
        {
            return Err(Refusal::Forbidden("you see the conversations you took part in only"));
        }
        let line = Line { id: id.to_string(), summary: summary(&conversation, now) };
        let names = self.names(identity).await?;
        let journey = journey(&conversation, now).into_iter().map(|step| {
            let mut details = step.details;
            names.show_in_details(&mut details);
            let (time, kind, actor) = (step.time, step.kind, step.actor);
            Step { time, kind, actor, what: step.what, details, bad: step.bad }
        });
        Ok(Journey { line, journey: journey.collect() })
    }

    /// An agent sees their own conversations, whatever they ask for.
    pub(crate) fn narrow_to_own(
        &self,
        identity: &Identity,
        selection: &mut Selection,
    ) -> Result<(), Refusal> {
        let asked = selection.only.iter().any(|(dimension, _)| *dimension == Dimension::Agent);
        if let Some(own) = self.own_agent(identity)?
            && !asked
        {
            selection.only.push((Dimension::Agent, vec![own]));
        }
        Ok(())
    }
}

/// A metric that is not about anything bad, and those that are.
fn no_examples(metric: Metric) -> Refusal {
    let names: Vec<&str> =
        Metric::public().filter(|one| keeps_examples(*one)).map(Metric::as_str).collect();
    let detail = format!(
        "{metric} keeps no examples, which are of what went wrong: ask behind one of {}",
        names.join(", ")
    );
    Refusal::bad("metric", detail)
}

fn took_part(conversation: &Conversation, agent: &str, now: i64) -> bool {
    let steps = journey(conversation, now);
    let mut details = steps.iter().flat_map(|step| &step.details);
    details.any(|(name, value)| *name == Dimension::Agent.as_str() && value == agent)
}

#[cfg(test)]
mod tests;
