//! `console`: numbers and the conversations behind them, as JSON and as pages.
//!
//! Every answer is about the identity's tenant alone; what a role may see is decided in [`rights`].
//! Nothing here writes but what people do: rules, and what was told of them ([`rules`]), actions upon
//! alerts ([`actions`], [`acks`] by link) and [`silences`]; and what was refused ([`audit`]). Who asks is
//! told by a bearer token ([`token`]) or by the [`session`] of a browser in which somebody has signed in
//! ([`signin`]).

mod acks;
mod actions;
mod alerts;
mod audit;
mod backtest;
mod conversations;
mod evidence;
mod forgery;
pub mod issuer;
mod metrics;
mod names;
pub mod page;
pub mod params;
mod quality;
pub mod refusal;
pub mod rights;
mod route;
mod rules;
mod session;
pub mod signin;
mod silences;
pub mod token;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use tocsin_domain::{audit::Why, id::TenantId};
use tocsin_shell::{
    audit::Refusals,
    http::{Request, Response, json, other_method, see_other, with_type, without_body},
    store::Store,
    vault::Vault,
};

use refusal::Refusal;
use rights::{Role, allows};
use route::Route;

/// The console function.
pub struct Console {
    /// Where everything is.
    pub store: Store,
    /// Hashes agents' ids, and reads their names.
    pub vault: Vault,
    /// The rules of tenants that saved none, as YAML.
    pub unsaved_rules: String,
    /// What its pages lead to beside themselves.
    pub links: page::Links,
    /// How people sign in; `None` where whoever asks is known otherwise.
    pub sign_in: Option<signin::SignIn>,
    /// Tells of what it refuses.
    pub refusals: Refusals,
}

/// Who asks, as their token's claims say.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Whose data they see.
    pub tenant: TenantId,
    /// What they are here for.
    pub role: Role,
    /// An agent's id, as the platform sends it.
    pub agent: Option<String>,
    /// Teams they belong to.
    pub teams: Vec<String>,
    /// Their id at the issuer, if it tells one.
    pub subject: Option<String>,
    /// What they are called, for themselves to see; told to nobody else.
    pub name: Option<String>,
    /// Whether a cookie says so, which a browser sends whoever asks it to.
    pub is_session: bool,
}

impl Identity {
    /// How time lines name them: by role and the id in their token.
    pub(crate) fn actor(&self) -> String {
        match &self.subject {
            Some(subject) => format!("{} ({subject})", self.role.as_str()),
            None => self.role.as_str().to_owned(),
        }
    }

    /// How their own pages name them.
    pub(crate) fn shown(&self) -> String {
        let name = self.name.as_ref().or(self.subject.as_ref());
        let role = self.role.as_str().replace('_', " ");
        let name = name.map_or_else(String::new, |name| format!("{name}, "));
        format!("{name}{role} of {}", self.tenant)
    }
}

impl Console {
    /// Answers a request of this person as of now; of somebody of whom nothing is known it is told why.
    pub async fn handle(
        &self,
        request: &Request,
        identity: Result<&Identity, Why>,
        now: i64,
    ) -> Response {
        let route = Route::parse(request.uri().path());
        let is_head = request.method() == Method::HEAD;
        if let Some(route) = route
            && !route.takes(request.method())
        {
            return other_method(request.method(), route.allow());
        }
        // On the heap: the futures of all routes together are large.
        let answer = Box::pin(self.answer(route, request, identity, now)).await;
        let mut response = match answer {
            Ok(response) => response,
            Err(refusal) => self.refused(refusal, route, request, identity, now).await,
        };
        if route.is_some_and(Route::is_secret) {
            acks::keep_private(&mut response);
        }
        if is_head { without_body(response) } else { response }
    }

    /// The answer that says so, told in the audit; to a browser without a session, the way to sign in.
    async fn refused(
        &self,
        refusal: Refusal,
        route: Option<Route<'_>>,
        request: &Request,
        identity: Result<&Identity, Why>,
        now: i64,
    ) -> Response {
        if matches!(refusal, Refusal::SignIn)
            && let Some(way) = self.way_to_sign_in(route, request)
        {
            return unkept(see_other(&way));
        }
        if let Some(route) = route {
            self.tell_of(&refusal, route, request.method(), identity, now).await;
        }
        refusal.into_response(self.links, request)
    }

    async fn answer(
        &self,
        route: Option<Route<'_>>,
        request: &Request,
        identity: Result<&Identity, Why>,
        now: i64,
    ) -> Result<Response, Refusal> {
        let nothing = || Refusal::NotFound("there is nothing at this path".to_owned());
        let route = route.ok_or_else(nothing)?;
        if let Route::AckLink(token) = route {
            return self.ack(token, request, now).await;
        }
        if matches!(route, Route::SignIn | Route::SignedIn | Route::SignOut) {
            return self.signing(route, request, identity.ok(), now).await.map(unkept);
        }
        let Some(resource) = route.resource() else { return Ok(public(route)) };
        let identity = identity.map_err(|_| Refusal::SignIn)?;
        let writes = audit::writes(request.method());
        if !allows(identity.role, resource, writes) {
            return Err(Refusal::Forbidden("your role has no right to this"));
        }
        if writes && (identity.is_session || route.is_form()) {
            self.check_origin(request, identity, now)?;
        }
        self.private(route, request, identity, now).await.map(unkept)
    }

    /// What only some may have.
    async fn private(
        &self,
        route: Route<'_>,
        request: &Request,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let query = request.uri().query();
        match route {
            Route::Health
            | Route::Style
            | Route::AckLink(_)
            | Route::SignIn
            | Route::SignedIn
            | Route::SignOut => Ok(public(route)),
            Route::Metrics => Ok(metrics::dictionary()),
            Route::Metric(name) => self.metric(metrics::named(name)?, query, identity, now).await,
            Route::Conversations => self.conversations(query, identity, now).await,
            Route::Conversation(id) => {
                let journey = self.journey(id, identity, now).await?;
                Ok(json(StatusCode::OK, &journey))
            }
            Route::Rules if request.method() == Method::PUT => {
                self.save_rules(request, identity, now).await
            }
            Route::Rules => self.rules(identity, now).await,
            Route::RulesBacktest => self.backtest_rules(request, identity, now).await,
            Route::Alerts => self.alerts(query, identity, now).await,
            Route::Alert(id) => self.alert(id, identity, now).await,
            Route::Act(id, deed) => self.act(id, deed, request, identity, now).await,
            Route::AlertForm(id, deed) => self.act_by_form(id, deed, request, identity, now).await,
            Route::Silences | Route::Silence(_) => {
                self.silences(route, request, identity, now).await
            }
            Route::SilencesPage if request.method() == Method::POST => {
                self.silence_by_form(request, identity, now).await
            }
            Route::SilencesPage => self.silences_page(query, identity, now).await,
            Route::SilenceForm(id) => self.end_by_form(id, identity, now).await,
            Route::Audit => self.audit(query, identity, now).await,
            Route::AuditPage => self.audit_page(query, identity, now).await,
            Route::Insight(kind) => self.insight(kind, query, identity, now).await,
            Route::InsightPage(kind) => self.insight_page(kind, query, identity, now).await,
            Route::AlertPage(id) => self.alert_page(id, identity, now).await,
            Route::HomePage => self.home_page(identity, now).await,
            Route::MetricPage(name) => self.metric_page(metrics::named(name)?, identity, now).await,
            Route::ConversationPage(id) => {
                let journey = self.journey(id, identity, now).await?;
                Ok(page::conversation(self.frame(identity, now), &journey))
            }
        }
    }
}

/// An answer that nobody keeps.
fn unkept(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    response
}

/// What anybody may have.
fn public(route: Route<'_>) -> Response {
    match route {
        Route::Style => {
            let style = include_str!("../assets/console.css");
            with_type(
                StatusCode::OK,
                "text/css; charset=utf-8",
                Bytes::from_static(style.as_bytes()),
            )
        }
        _ => json(StatusCode::OK, &serde_json::json!({ "status": "ok" })),
    }
}
