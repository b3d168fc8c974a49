//! Paths: what is served, to whom, by which methods.

use http::Method;

use crate::{actions::Deed, rights::Resource};

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    Health,
    Style,
    SignIn,
    SignedIn,
    SignOut,
    Metrics,
    Metric(&'a str),
    Conversations,
    Conversation(&'a str),
    Rules,
    RulesBacktest,
    Alerts,
    Alert(&'a str),
    Act(&'a str, Deed),
    AckLink(&'a str),
    Silences,
    Silence(&'a str),
    Insight(&'a str),
    Audit,
    AlertPage(&'a str),
    AlertForm(&'a str, Deed),
    SilencesPage,
    SilenceForm(&'a str),
    InsightPage(&'a str),
    AuditPage,
    HomePage,
    MetricPage(&'a str),
    ConversationPage(&'a str),
}

impl<'a> Route<'a> {
    /// The route of a path.
    pub(crate) fn parse(path: &'a str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        Some(match segments.as_slice() {
            [""] => Self::HomePage,
            ["healthz"] => Self::Health,
            ["assets", "console.css"] => Self::Style,
            ["signin"] => Self::SignIn,
            ["signin", "callback"] => Self::SignedIn,
            ["signout"] => Self::SignOut,
            ["metrics", name] => Self::MetricPage(name),
            ["alerts", id] => Self::AlertPage(id),
            ["alerts", id, "ack"] => Self::AlertForm(id, Deed::Acknowledge),
            ["alerts", id, "resolve"] => Self::AlertForm(id, Deed::Resolve),
            ["alerts", id, "feedback"] => Self::AlertForm(id, Deed::Judge),
            ["silences"] => Self::SilencesPage,
            ["silences", id, "end"] => Self::SilenceForm(id),
            ["insights", kind] => Self::InsightPage(kind),
            ["audit"] => Self::AuditPage,
            ["v1", "audit"] => Self::Audit,
            ["v1", "rules"] => Self::Rules,
            ["v1", "rules", "backtest"] => Self::RulesBacktest,
            ["v1", "alerts"] => Self::Alerts,
            ["v1", "alerts", id] => Self::Alert(id),
            ["v1", "alerts", id, "ack"] => Self::Act(id, Deed::Acknowledge),
            ["v1", "alerts", id, "resolve"] => Self::Act(id, Deed::Resolve),
            ["v1", "alerts", id, "feedback"] => Self::Act(id, Deed::Judge),
            ["v1", "ack", token] => Self::AckLink(token),
            ["v1", "silences"] => Self::Silences,
            ["v1", "silences", id] => Self::Silence(id),
            ["v1", "insights", kind] => Self::Insight(kind),
            ["conversations", id] => Self::ConversationPage(id),
            ["v1", "metrics"] => Self::Metrics,
            ["v1", "metrics", name] => Self::Metric(name),
            ["v1", "conversations"] => Self::Conversations,
            ["v1", "conversations", id] => Self::Conversation(id),
            _ => return None,
        })
    }

    /// What it is about; `None` where anybody may have it, or its token is the right to it.
    pub(crate) fn resource(self) -> Option<Resource> {
        match self {
            Self::Health
            | Self::Style
            | Self::AckLink(_)
            | Self::SignIn
            | Self::SignedIn
            | Self::SignOut => None,
            Self::Metrics | Self::Metric(_) | Self::HomePage | Self::MetricPage(_) => {
                Some(Resource::Metrics)
            }
            Self::Conversations | Self::Conversation(_) | Self::ConversationPage(_) => {
                Some(Resource::Conversations)
            }
            Self::Alerts | Self::Alert(_) | Self::AlertPage(_) => Some(Resource::Alerts),
            Self::Act(_, deed) | Self::AlertForm(_, deed) => Some(deed.resource()),
            Self::Silences | Self::Silence(_) | Self::SilencesPage | Self::SilenceForm(_) => {
                Some(Resource::Silences)
            }
            Self::Insight(_) | Self::InsightPage(_) => Some(Resource::Insights),
            Self::Rules | Self::RulesBacktest => Some(Resource::Rules),
            Self::Audit | Self::AuditPage => Some(Resource::Audit),
        }
    }

    /// The methods that it takes, as `Allow` names them.
    pub(crate) fn allow(self) -> &'static str {
        match self {
            Self::Rules => "GET, HEAD, PUT, OPTIONS",
            Self::RulesBacktest | Self::Act(..) | Self::AlertForm(..) | Self::SilenceForm(_) => {
                "POST, OPTIONS"
            }
            // Whoever asks for it without wanting its body would use the code up.
            Self::SignedIn => "GET, OPTIONS",
            Self::AckLink(_) | Self::SilencesPage | Self::SignOut => "GET, HEAD, POST, OPTIONS",
            Self::Silences => "GET, HEAD, POST, DELETE, OPTIONS",
            Self::Silence(_) => "DELETE, OPTIONS",
            Self::Health
            | Self::Style
            | Self::SignIn
            | Self::Metrics
            | Self::Metric(_)
            | Self::Conversations
            | Self::Conversation(_)
            | Self::Alerts
            | Self::Alert(_)
            | Self::Insight(_)
            | Self::InsightPage(_)
            | Self::Audit
            | Self::AuditPage
            | Self::AlertPage(_)
            | Self::HomePage
            | Self::MetricPage(_)
            | Self::ConversationPage(_) => "GET, HEAD, OPTIONS",
        }
    }

    /// Whether it answers this method itself.
    pub(crate) fn takes(self, method: &Method) -> bool {
        *method != Method::OPTIONS && self.allow().split(", ").any(|name| name == method.as_str())
    }

    /// Whether a person who is signed in looks at it in a browser.
    pub(crate) fn is_page(self) -> bool {
        matches!(
            self,
            Self::HomePage
                | Self::MetricPage(_)
                | Self::AlertPage(_)
                | Self::SilencesPage
                | Self::InsightPage(_)
                | Self::ConversationPage(_)
        )
    }

    /// Whether its address holds what is a right by itself.
    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Self::AckLink(_) | Self::SignIn | Self::SignedIn)
    }

    /// Whether what is posted there are forms of pages, which browsers send on anybody's behalf.
    pub(crate) fn is_form(self) -> bool {
        matches!(self, Self::AlertForm(..) | Self::SilencesPage | Self::SilenceForm(_))
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
            ("/v1/alerts/x/ack", Some(Route::Act("x", Deed::Acknowledge))),
            ("/v1/alerts/x/resolve", Some(Route::Act("x", Deed::Resolve))),
            ("/v1/alerts/x/feedback", Some(Route::Act("x", Deed::Judge))),
            ("/v1/alerts/x/silence", None),
            ("/v1/ack/abc", Some(Route::AckLink("abc"))),
            ("/signin", Some(Route::SignIn)),
            ("/signin/callback", Some(Route::SignedIn)),
            ("/signin/x", None),
            ("/signout", Some(Route::SignOut)),
            ("/v1/ack", None),
            ("/v1/silences", Some(Route::Silences)),
            ("/v1/silences/x", Some(Route::Silence("x"))),
            ("/v1/insights/alert_quality", Some(Route::Insight("alert_quality"))),
            ("/v1/audit", Some(Route::Audit)),
            ("/audit", Some(Route::AuditPage)),
            ("/v1/rules", Some(Route::Rules)),
            ("/v1/rules/backtest", Some(Route::RulesBacktest)),
            ("/v1/rules/x", None),
            ("/alerts/x", Some(Route::AlertPage("x"))),
            ("/alerts/x/ack", Some(Route::AlertForm("x", Deed::Acknowledge))),
            ("/silences", Some(Route::SilencesPage)),
            ("/silences/x/end", Some(Route::SilenceForm("x"))),
            ("/metrics/csat", Some(Route::MetricPage("csat"))),
            ("/v1/metrics/csat/x", None),
            ("/v1", None),
            ("//", None),
        ] {
            assert_eq!(Route::parse(path), route, "{path}");
        }
    }

    #[test]
    fn only_health_style_and_signing_in_are_for_anybody_and_links_for_whoever_has_one() {
        for path in [
            "/healthz",
            "/assets/console.css",
            "/v1/ack/x",
            "/signin",
            "/signin/callback",
            "/signout",
        ] {
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
            "/v1/alerts/x/ack",
            "/alerts/x/resolve",
            "/silences",
            "/v1/silences",
            "/v1/insights/x",
            "/v1/audit",
            "/audit",
        ] {
            assert!(Route::parse(path).unwrap().resource().is_some(), "{path}");
        }
    }

    #[test]
    fn each_route_takes_its_methods() {
        for (path, method, taken) in [
            ("/v1/rules", Method::GET, true),
            ("/v1/rules", Method::PUT, true),
            ("/v1/rules", Method::POST, false),
            ("/v1/rules", Method::OPTIONS, false),
            ("/v1/rules/backtest", Method::POST, true),
            ("/v1/rules/backtest", Method::GET, false),
            ("/v1/alerts/x/ack", Method::POST, true),
            ("/v1/alerts/x/ack", Method::GET, false),
            ("/v1/ack/x", Method::HEAD, true),
            ("/v1/ack/x", Method::POST, true),
            ("/v1/ack/x", Method::DELETE, false),
            ("/signin", Method::HEAD, true),
            ("/signin", Method::POST, false),
            ("/signin/callback", Method::GET, true),
            ("/signin/callback", Method::HEAD, false),
            ("/signout", Method::GET, true),
            ("/signout", Method::POST, true),
            ("/v1/silences", Method::DELETE, true),
            ("/v1/silences/x", Method::GET, false),
            ("/silences/x/end", Method::POST, true),
            ("/v1/metrics", Method::HEAD, true),
            ("/v1/metrics", Method::PUT, false),
        ] {
            assert_eq!(Route::parse(path).unwrap().takes(&method), taken, "{method} {path}");
        }
    }
}
