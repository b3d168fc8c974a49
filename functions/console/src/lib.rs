//! `console`: numbers and the conversations behind them, as JSON and as pages.
//!
//! Every answer is about the identity's tenant alone; what a role may see is decided in [`rights`].
//! Nothing here writes but what people save: rules, and what was told of them ([`rules`]).

mod alerts;
mod conversations;
mod evidence;
pub mod issuer;
mod metrics;
mod names;
pub mod page;
pub mod params;
pub mod refusal;
pub mod rights;
mod rules;
pub mod token;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use tocsin_domain::id::TenantId;
use tocsin_shell::{
    http::{Request, Response, json, other_method, with_type, without_body},
    store::Store,
    vault::Vault,
};

use refusal::Refusal;
use rights::{Resource, Role, allows};

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
}

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route<'a> {
    Health,
    Style,
    Metrics,
    Metric(&'a str),
    Conversations,
    Conversation(&'a str),
    Rules,
    RulesBacktest,
    Alerts,
    Alert(&'a str),
    AlertPage(&'a str),
    HomePage,
    MetricPage(&'a str),
    ConversationPage(&'a str),
}

impl<'a> Route<'a> {
    fn parse(path: &'a str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        Some(match segments.as_slice() {
            [""] => Self::HomePage,
            ["healthz"] => Self::Health,
            ["assets", "console.css"] => Self::Style,
            ["metrics", name] => Self::MetricPage(name),
            ["alerts", id] => Self::AlertPage(id),
            ["v1", "rules"] => Self::Rules,
            ["v1", "rules", "backtest"] => Self::RulesBacktest,
            ["v1", "alerts"] => Self::Alerts,
            ["v1", "alerts", id] => Self::Alert(id),
            ["conversations", id] => Self::ConversationPage(id),
            ["v1", "metrics"] => Self::Metrics,
            ["v1", "metrics", name] => Self::Metric(name),
            ["v1", "conversations"] => Self::Conversations,
            ["v1", "conversations", id] => Self::Conversation(id),
            _ => return None,
        })
    }

    /// What it is about; `None` where anybody may have it.
    fn resource(self) -> Option<Resource> {
        match self {
            Self::Health | Self::Style => None,
            Self::Metrics | Self::Metric(_) | Self::HomePage | Self::MetricPage(_) => {
                Some(Resource::Metrics)
            }
            Self::Conversations | Self::Conversation(_) | Self::ConversationPage(_) => {
                Some(Resource::Conversations)
            }
            Self::Alerts | Self::Alert(_) | Self::AlertPage(_) => Some(Resource::Alerts),
            Self::Rules | Self::RulesBacktest => Some(Resource::Rules),
        }
    }

    /// The methods that it takes, as `Allow` names them.
    fn allow(self) -> &'static str {
        match self {
            Self::Rules => "GET, HEAD, PUT, OPTIONS",
            Self::RulesBacktest => "POST, OPTIONS",
            Self::Health
            | Self::Style
            | Self::Metrics
            | Self::Metric(_)
            | Self::Conversations
            | Self::Conversation(_)
            | Self::Alerts
            | Self::Alert(_)
            | Self::AlertPage(_)
            | Self::HomePage
            | Self::MetricPage(_)
            | Self::ConversationPage(_) => "GET, HEAD, OPTIONS",
        }
    }

    fn takes(self, method: &Method) -> bool {
        *method != Method::OPTIONS && self.allow().split(", ").any(|name| name == method.as_str())
    }
}

impl Console {
    /// Answers a request of this person as of now.
    pub async fn handle(
        &self,
        request: &Request,
        identity: Option<&Identity>,
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
        let response = answer.unwrap_or_else(|refusal| refusal.into_response(self.links, request));
        if is_head { without_body(response) } else { response }
    }

    async fn answer(
        &self,
        route: Option<Route<'_>>,
        request: &Request,
        identity: Option<&Identity>,
        now: i64,
    ) -> Result<Response, Refusal> {
        let nothing = || Refusal::NotFound("there is nothing at this path".to_owned());
        let route = route.ok_or_else(nothing)?;
        let Some(resource) = route.resource() else { return Ok(public(route)) };
        let identity = identity.ok_or(Refusal::SignIn)?;
        let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
        if !allows(identity.role, resource, writes) {
            return Err(Refusal::Forbidden("your role has no right to this"));
        }
        let mut response = self.private(route, request, identity, now).await?;
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, no_store);
        Ok(response)
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
            Route::Health | Route::Style => Ok(public(route)),
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
            Route::AlertPage(id) => self.alert_page(id, identity, now).await,
            Route::HomePage => self.home_page(identity, now).await,
            Route::MetricPage(name) => self.metric_page(metrics::named(name)?, identity, now).await,
            Route::ConversationPage(id) => {
                let journey = self.journey(id, identity, now).await?;
                Ok(page::conversation(self.links, &journey))
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_served_or_not() {
        for (path, route) in [
            ("/", Some(Route::HomePage)),
            ("/healthz", Some(Route::Health)),
            ("/v1/metrics", Some(Route::Metrics)),
            ("/v1/metrics/csat", Some(Route::Metric("csat"))),
            ("/v1/conversations/ab", Some(Route::Conversation("ab"))),
            ("/v1/alerts", Some(Route::Alerts)),
            ("/v1/rules", Some(Route::Rules)),
            ("/v1/rules/backtest", Some(Route::RulesBacktest)),
            ("/v1/rules/x", None),
            ("/alerts/x", Some(Route::AlertPage("x"))),
            ("/metrics/csat", Some(Route::MetricPage("csat"))),
            ("/v1/metrics/csat/x", None),
            ("/v1", None),
            ("//", None),
        ] {
            assert_eq!(Route::parse(path), route, "{path}");
        }
    }

    #[test]
    fn only_health_and_style_are_for_anybody() {
        let free = ["/healthz", "/assets/console.css"];
        for path in free {
            assert_eq!(Route::parse(path).unwrap().resource(), None, "{path}");
        }
        for path in [
            "/",
            "/v1/metrics",
            "/v1/conversations",
            "/metrics/x",
            "/conversations/x",
            "/v1/rules",
            "/v1/rules/backtest",
        ] {
            assert!(Route::parse(path).unwrap().resource().is_some(), "{path}");
        }
    }

    #[test]
    fn only_rules_are_put_and_backtests_posted() {
        for (path, method, taken) in [
            ("/v1/rules", Method::GET, true),
            ("/v1/rules", Method::PUT, true),
            ("/v1/rules", Method::POST, false),
            ("/v1/rules", Method::OPTIONS, false),
            ("/v1/rules/backtest", Method::POST, true),
            ("/v1/rules/backtest", Method::GET, false),
            ("/v1/metrics", Method::HEAD, true),
            ("/v1/metrics", Method::PUT, false),
        ] {
            assert_eq!(Route::parse(path).unwrap().takes(&method), taken, "{method} {path}");
        }
    }
}
