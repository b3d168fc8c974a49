//! Who may do what: every route of the API and the console, for every role.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, fmt::Write, fs};

use serde_json::Value;

mod running;

use running::{Dev, client};

const ROLES: [&str; 6] = ["team_lead", "qa_manager", "operations", "ai_lead", "agent", "admin"];
/// An alert, a conversation and a silence that nobody has; who may ask is told so.
const NO_ALERT: &str = "0000000000-0000000000000000";
const NO_CONVERSATION: &str = "00000000000000000000000000000000";

/// Method, path, and by role, in the order of [`ROLES`]: `+` may, `-` may not, `o` may where it is about
/// themselves, which this is not.
const ROUTES: [(&str, &str, &str); 30] = [
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
    ("GET", "/v1/audit", "-----+"),
    ("GET", "/audit", "-----+"),
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
    let (mut wrong, mut refused) = (String::new(), BTreeMap::<&str, usize>::new());
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
            if matches!(status, 403 | 404) {
                *refused.entry(role).or_default() += 1;
            }
            if !is_as_told {
                writeln!(wrong, "{role} {method} {path}: {status}, told {right}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Each refusal is in the trail, and so is each request for what nobody here has.
    let mut told = BTreeMap::<String, usize>::new();
    for entry in trail(&dev) {
        assert_eq!(entry["outcome"], "refused", "{entry}");
        assert!(entry["why"].as_str().is_some_and(|why| !why.is_empty()), "{entry}");
        *told.entry(entry["actor"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let refused: BTreeMap<String, usize> =
        refused.into_iter().map(|(role, count)| (role.to_owned(), count)).collect();
    assert!(refused["agent"] > 20 && refused["admin"] > 5, "{refused:?}");
    assert_eq!(told, refused);
}

/// A tenant's trail as an admin reads it, page by page.
fn trail(dev: &Dev) -> Vec<Value> {
    let (mut entries, mut next) = (Vec::new(), String::new());
    loop {
        let url = format!("{}/v1/audit?limit=7{next}", dev.url);
        let page = client().get(url).header("x-tocsin-role", "admin").send().unwrap();
        let page: Value = page.json().unwrap();
        entries.extend(page["audit"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(place) => next = format!("&next={place}"),
            None => return entries,
        }
    }
}

#[test]
fn of_strangers_the_log_tells_and_the_trail_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let dev = Dev::printing_to(&log, "audit=warn", &[]);
    let url = |path: &str| format!("{}{path}", dev.url);
    let asked = [
        (client().post(url("/v1/events")), 401, "events.send", "no_key"),
        (
            client().post(url("/v1/events")).header("authorization", "Bearer guessed"),
            401,
            "events.send",
            "unknown_key",
        ),
        (
            client().post(url("/v1/sources/zendesk/guessed")),
            401,
            "events.send",
            "unknown_connection",
        ),
        (client().post(url("/v1/sources/zendesk/local")), 401, "events.send", "not_signed"),
        (
            client().get(url("/v1/ack/AAAAAAAAAAAAAAAAAAAAAA")),
            404,
            "alert.acknowledge",
            "unknown_link",
        ),
        (client().post(url("/v1/ack/none")), 404, "alert.acknowledge", "unknown_link"),
    ];
    for (request, status, what, why) in asked {
        let before = fs::read_to_string(&log).unwrap().lines().count();
        assert_eq!(request.send().unwrap().status().as_u16(), status, "{what} {why}");
        let lines = fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = lines.lines().skip(before).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        for part in ["WARN", "audit", "refused", "stranger", what, why] {
            assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
        }
        assert!(!lines[0].contains("guessed") && !lines[0].contains("AAAA"), "{}", lines[0]);
    }
    assert_eq!(trail(&dev), Vec::<Value>::new());
}

#[test]
fn the_table_names_every_route_that_asks_who_you_are() {
    // Of these the source's key, a vendor's signature, the link's token or nothing is the right.
    const OTHERS: [&str; 9] = [
        "v1/events",
        "v1/sources/{platform}/{connection}",
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
