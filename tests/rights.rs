//! Who may do what: every route of the API and the console, for every role.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write;

mod running;

use running::{Dev, client};

const ROLES: [&str; 6] = ["team_lead", "qa_manager", "operations", "ai_lead", "agent", "admin"];
/// An alert, a conversation and a silence that nobody has; who may ask is told so.
const NO_ALERT: &str = "0000000000-0000000000000000";
const NO_CONVERSATION: &str = "00000000000000000000000000000000";

/// Method, path, and by role, in the order of [`ROLES`]: `+` may, `-` may not, `o` may where it is about
/// themselves, which this is not.
const ROUTES: [(&str, &str, &str); 28] = [
    ("GET", "/v1/metrics", "++++++"),
    ("GET", "/v1/metrics/csat", "++++o+"),
    ("GET", "/v1/alerts", "++++o+"),
    ("GET", "/v1/alerts/{alert}", "++++o+"),
    ("GET", "/v1/conversations?metric=fallback_rate", "++++o+"),
    ("GET", "/v1/conversations/{conversation}", "++++o+"),
    ("POST", "/v1/alerts/{alert}/ack", "++++-+"),
    ("POST", "/v1/alerts/{alert}/feedback", "++++-+"),
    ("POST", "/v1/alerts/{alert}/resolve", "+-++-+"),
    ("GET", "/v1/silences", "+-++-+"),
    ("POST", "/v1/silences", "+-++-+"),
    ("DELETE", "/v1/silences?id={alert}", "+-++-+"),
    ("DELETE", "/v1/silences/{alert}", "+-++-+"),
    ("GET", "/v1/rules", "++++-+"),
    ("PUT", "/v1/rules", "--++-+"),
    ("POST", "/v1/rules/backtest", "--++-+"),
    ("GET", "/v1/insights/alert_quality", "++++-+"),
    ("GET", "/", "++++o+"),
    ("GET", "/metrics/csat", "++++o+"),
    ("GET", "/alerts/{alert}", "++++o+"),
    ("GET", "/conversations/{conversation}", "++++o+"),
    ("GET", "/silences", "+-++-+"),
    ("GET", "/insights/alert_quality", "++++-+"),
    // A form that did not come from a page of ours is nobody's.
    ("POST", "/silences", "------"),
    ("POST", "/silences/{alert}/end", "------"),
    ("POST", "/alerts/{alert}/ack", "------"),
    ("POST", "/alerts/{alert}/resolve", "------"),
    ("POST", "/alerts/{alert}/feedback", "------"),
];

#[test]
fn each_role_may_do_what_the_table_says_and_nothing_else() {
    let dev = Dev::start(&[]);
    let mut wrong = String::new();
    for (method, path, rights) in ROUTES {
        let path = path.replace("{alert}", NO_ALERT).replace("{conversation}", NO_CONVERSATION);
        for (role, right) in ROLES.into_iter().zip(rights.chars()) {
            let request = client().request(method.parse().unwrap(), format!("{}{path}", dev.url));
            let status = request.header("x-tocsin-role", role).send().unwrap().status().as_u16();
            let is_as_told = match right {
                '+' => !matches!(status, 401 | 403 | 405 | 500..),
                '-' => status == 403,
                // What is not theirs may as well not be there.
                _ => matches!(status, 403 | 404),
            };
            if !is_as_told {
                writeln!(wrong, "{role} {method} {path}: {status}, told {right}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_table_names_every_route_that_asks_who_you_are() {
    // Of these the source's key, the link's token or nothing is the right.
    const OTHERS: [&str; 8] = [
        "v1/events",
        "v1/ack/{token}",
        "healthz",
        "assets/console.css",
        "signin",
        "signin/callback",
        "signout",
        "$default",
    ];
    let (mut path, mut found, mut missing) = ("", 0, String::new());
    for line in include_str!("../infra/openapi.yaml").lines() {
        if let Some(named) = line.strip_prefix("  /").and_then(|rest| rest.strip_suffix(':')) {
            path = named;
        }
        let method = line.strip_prefix("    ").and_then(|rest| rest.strip_suffix(':'));
        let is_method = |method: &&str| ["get", "post", "put", "delete"].contains(method);
        let Some(method) = method.filter(is_method).filter(|_| !OTHERS.contains(&path)) else {
            continue;
        };
        let is_this = |(of, known, _): &&(&str, &str, &str)| {
            of.eq_ignore_ascii_case(method) && is_same(known.trim_start_matches('/'), path)
        };
        match ROUTES.iter().filter(is_this).count() {
            0 => writeln!(missing, "{method} /{path}").unwrap(),
            routes => found += routes,
        }
    }
    assert!(missing.is_empty(), "the table does not say who may ask for\n{missing}");
    assert_eq!(found, ROUTES.len(), "the table has routes that are not described");
}

/// Whether a path of the table is one of a path with parameters.
fn is_same(known: &str, described: &str) -> bool {
    let path = known.split('?').next().unwrap_or_default();
    let (own, other) = (path.split('/'), described.split('/'));
    own.clone().count() == other.clone().count()
        && own.zip(other).all(|(own, other)| own == other || other.starts_with('{'))
}
