//! `GET /v1/audit`: who did what in the tenant, and what was refused whom; for admins alone.
//!
//! What people do is recorded by the store with the change itself. What they are refused is recorded
//! here, before they are told so: up to a bound each minute, and in the log in any case.

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use tocsin_domain::{
    alert::is_id,
    audit::{Entry, Outcome, What, Why},
    id::KeyedHash,
    metric::Metric,
    minute::timestamp,
};
use tocsin_shell::{
    ack::AckLink,
    audit::{Known, tell_of_stranger},
    http::{Response, json},
    store::audit::{Trail, is_place},
};

use crate::{
    Console, Identity, acks::actor, actions::Deed, params::Params, refusal::Refusal, route::Route,
};

/// Entries on a page unless told otherwise, and at most.
const LIMIT: (usize, usize) = (50, 200);

#[derive(Serialize)]
struct List<'a> {
    audit: Vec<Line<'a>>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    time: Timestamp,
    actor: &'a str,
    what: &'a str,
    upon: Option<&'a str>,
    outcome: Outcome,
    why: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(entry: &'a Entry) -> Self {
        Self {
            time: timestamp(entry.time),
            actor: &entry.actor,
            what: &entry.what,
            upon: entry.upon.as_deref(),
            outcome: entry.outcome,
            why: entry.why.as_deref(),
        }
    }
}

impl Console {
    /// Lists entries, the newest first.
    pub(crate) async fn audit(
        &self,
        query: Option<&str>,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let (entries, next) = self.entries(query, identity, now).await?;
        let audit = entries.iter().map(Line::of).collect();
        Ok(json(StatusCode::OK, &List { audit, next }))
    }

    /// The entries that a query asks for, and the `next` of those after them.
    pub(crate) async fn entries(
        &self,
        query: Option<&str>,
        identity: &Identity,
        now: i64,
    ) -> Result<(Vec<Entry>, Option<String>), Refusal> {
        let params = Params::parse(query, &["limit", "next"])?;
        let limit = params.number("limit")?.unwrap_or(LIMIT.0);
        if limit == 0 || limit > LIMIT.1 {
            return Err(Refusal::bad("limit", format!("want 1 to {}", LIMIT.1)));
        }
        let next = params.one("next")?;
        if next.is_some_and(|next| !is_place(next)) {
            return Err(Refusal::bad("next", "send what the list before gave as `next`"));
        }
        let trail = Trail::Tenant(&identity.tenant);
        Ok(self.store.trail(trail, next, limit, now).await?)
    }

    /// Tells that a request was refused, where that was for want of a right.
    pub(crate) async fn tell_of(
        &self,
        refusal: &Refusal,
        route: Route<'_>,
        method: &Method,
        identity: Result<&Identity, Why>,
        now: i64,
    ) {
        let Some(what) = what(route, method) else { return };
        match (refusal, identity) {
            (Refusal::SignIn, Err(why)) => tell_of_stranger(what, why),
            (Refusal::NotSignedIn(refused), _) => tell_of_stranger(what, refused.why()),
            (Refusal::Link, _) => tell_of_stranger(what, Why::UnknownLink),
            (_, Ok(identity)) => {
                let Some(why) = why(refusal, route) else { return };
                let (role, actor) = (identity.role.as_str(), identity.actor());
                let known = Known { tenant: &identity.tenant, role, actor: &actor };
                self.refusals.tell(&self.store, known, (what, upon(route), why), now).await;
            }
            (_, Err(_)) => {}
        }
    }

    /// Tells that another site's page sent the form of a link.
    pub(crate) async fn tell_of_link(&self, link: &AckLink, now: i64) {
        let actor = actor(link);
        let known = Known { tenant: &link.tenant, role: "link", actor: &actor };
        let refused = (What::AcknowledgeAlert, Some(link.alert.as_str()), Why::ForeignOrigin);
        self.refusals.tell(&self.store, known, refused, now).await;
    }
}

/// Whether a method is to change something.
pub(crate) fn writes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// What a request is for; `None` where anybody may.
fn what(route: Route<'_>, method: &Method) -> Option<What> {
    let writes = writes(method);
    Some(match route {
        Route::Health | Route::Style => return None,
        Route::Metrics | Route::Metric(_) | Route::HomePage | Route::MetricPage(_) => {
            What::ReadMetrics
        }
        Route::Conversations | Route::Conversation(_) | Route::ConversationPage(_) => {
            What::ReadConversations
        }
        Route::Alerts | Route::Alert(_) | Route::AlertPage(_) => What::ReadAlerts,
        Route::AckLink(_)
        | Route::Act(_, Deed::Acknowledge)
        | Route::AlertForm(_, Deed::Acknowledge) => What::AcknowledgeAlert,
        Route::Act(_, Deed::Resolve) | Route::AlertForm(_, Deed::Resolve) => What::ResolveAlert,
        Route::Act(_, Deed::Judge) | Route::AlertForm(_, Deed::Judge) => What::JudgeAlert,
        Route::Silences if *method == Method::DELETE => What::EndSilence,
        Route::Silences | Route::SilencesPage if writes => What::MakeSilence,
        Route::Silences | Route::SilencesPage => What::ReadSilences,
        Route::Silence(_) | Route::SilenceForm(_) => What::EndSilence,
        Route::Insight(_) | Route::InsightPage(_) => What::ReadInsights,
        Route::Rules if writes => What::SaveRules,
        Route::Rules => What::ReadRules,
        Route::RulesBacktest => What::BacktestRules,
        Route::Audit | Route::AuditPage => What::ReadAudit,
        Route::SignIn | Route::SignedIn => What::BeginSession,
        Route::SignOut => What::EndSession,
    })
}

/// The id in a path, where it is one: what else is typed there may be anything.
fn upon(route: Route<'_>) -> Option<&str> {
    match route {
        Route::Metric(name) | Route::MetricPage(name) => Metric::parse(name).map(Metric::as_str),
        Route::Conversation(id) | Route::ConversationPage(id) => {
            KeyedHash::parse(id).is_some().then_some(id)
        }
        Route::Alert(id)
        | Route::AlertPage(id)
        | Route::Act(id, _)
        | Route::AlertForm(id, _)
        | Route::Silence(id)
        | Route::SilenceForm(id) => is_id(id).then_some(id),
        Route::Health
        | Route::Style
        | Route::Metrics
        | Route::Conversations
        | Route::Rules
        | Route::RulesBacktest
        | Route::Alerts
        | Route::AckLink(_)
        | Route::Silences
        | Route::Insight(_)
        | Route::SilencesPage
        | Route::InsightPage(_)
        | Route::Audit
        | Route::AuditPage
        | Route::SignIn
        | Route::SignedIn
        | Route::SignOut
        | Route::HomePage => None,
    }
}

/// Why something was refused, where that was for want of a right.
fn why(refusal: &Refusal, route: Route<'_>) -> Option<Why> {
    match refusal {
        Refusal::Forbidden(_) => Some(Why::Forbidden),
        Refusal::Forged { field: "origin", .. } => Some(Why::ForeignOrigin),
        Refusal::Forged { .. } => Some(Why::FormToken),
        // It may be another tenant's, which nobody can tell apart from none at all.
        Refusal::Missing { field: "id", .. } => Some(Why::UnknownId),
        Refusal::NotFound(_) => upon(route).map(|_| Why::UnknownId),
        Refusal::Missing { .. }
        | Refusal::Bad { .. }
        | Refusal::SignIn
        | Refusal::NotSignedIn(_)
        | Refusal::Conflict { .. }
        | Refusal::Link
        | Refusal::Rules(_)
        | Refusal::NotTested
        | Refusal::Unconditional(_)
        | Refusal::Stale(_)
        | Refusal::TooLarge(_)
        | Refusal::Store(_) => None,
    }
}
