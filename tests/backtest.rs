//! `tocsin backtest` as people run it, and beside the live pipeline for the same events.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

mod running;

use running::{Dev, TOCSIN, client};

/// Rules that open and close within half an hour of everyday life.
const RULES: &str = "
rules:
  - { name: busy, metric: contacts, threshold: { over: 6 }, over: 2m,
      severity: page, next_action: Look., owner: operations }
  - { name: fallbacks, metric: fallback_rate, by: [intent], threshold: { over: 0.1, min_count: 5 },
      over: 5m, for: 1m, severity: warning, next_action: Look., owner: ai_lead }
";
/// Minutes that are compared; the live pipeline takes a second for each.
const MINUTES: i64 = 30;

fn tocsin(arguments: &[&str]) -> Output {
    Command::new(TOCSIN).args(arguments).output().unwrap()
}

fn path(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What was published, but for what names the tenant or its conversations.
fn facts(notification: &Value) -> Value {
    let names =
        ["transition", "rule", "severity", "metric", "cell", "value", "expected", "n", "id"];
    names.iter().map(|name| ((*name).to_owned(), notification[*name].clone())).collect()
}

/// Half an hour of a busy centre, in parts that end with a sign of life at the start of a minute, so that
/// the live pipeline's virtual time stands there when it is scored.
fn minutes() -> Vec<String> {
    let events = tocsin(&["simulate", "--days", "1", "--volume", "400"]).stdout;
    let events = String::from_utf8(events).unwrap();
    let mut left = events.lines().peekable();
    let part = |minute: i64| {
        let at = format!("2026-01-05T00:{minute:02}:00.000Z");
        let is_due = |line: &&str| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["time"].as_str().unwrap() <= at.as_str()
        };
        let mut lines: Vec<String> = Vec::new();
        while let Some(line) = left.next_if(is_due) {
            lines.push(line.to_owned());
        }
        let beat = json!({
            "specversion": "1.0", "id": format!("beat-{minute}"), "source": "/clock",
            "type": "cx.source.heartbeat", "time": at, "data": { "interval_seconds": 60 },
        });
        lines.push(beat.to_string());
        lines.join("\n") + "\n"
    };
    (0..MINUTES).map(part).collect()
}

#[test]
fn a_backtest_tells_what_the_live_pipeline_publishes_for_the_same_events() {
    let folder = tempfile::tempdir().unwrap();
    let rules = path(folder.path(), "rules.yaml", RULES);
    let parts = minutes();

    let dev = Dev::start(&["--rules", &rules, "--batching-window", "0"]);
    for part in &parts {
        dev.post(
            part,
            &[("authorization", "Bearer local"), ("content-type", "application/x-ndjson")],
        );
        dev.settle();
    }
    let mut live: Vec<Value> = Vec::new();
    for message in dev.get("/local/outbox").as_array().unwrap().iter().rev() {
        let protocols: Value = serde_json::from_str(message["message"].as_str().unwrap()).unwrap();
        // Chat has a topic of its own.
        if protocols.get("https").is_none() {
            continue;
        }
        let own: Value = serde_json::from_str(protocols["https"].as_str().unwrap()).unwrap();
        live.push(facts(&own));
    }

    let events = path(folder.path(), "events.ndjson", &parts.concat());
    let backtest = tocsin(&["backtest", &events, "--rules", &rules, "--format", "json"]);
    assert!(backtest.status.success(), "{}", String::from_utf8_lossy(&backtest.stderr));
    let report: Value = serde_json::from_slice(&backtest.stdout).unwrap();
    let tested: Vec<Value> = report["messages"].as_array().unwrap().iter().map(facts).collect();
    // Alerts of one tick go out in any order; fingerprints hash the tenant, which differs.
    let sorted = |mut facts: Vec<Value>| {
        for fact in &mut facts {
            let minute = fact["id"].as_str().unwrap().split('-').next().unwrap().to_owned();
            fact["id"] = json!(minute);
        }
        facts.sort_by_key(ToString::to_string);
        facts
    };
    assert_eq!(sorted(tested), sorted(live.clone()));
    for (rule, transition) in [
        ("busy", "opened"),
        ("busy", "escalated"),
        ("fallbacks", "opened"),
        ("fallbacks", "reopened"),
    ] {
        let is = |fact: &&Value| fact["transition"] == transition && fact["rule"] == rule;
        assert!(live.iter().any(|fact| is(&fact)), "no {rule} {transition} in {live:#?}");
    }
}

#[test]
fn labelled_incidents_are_found_or_not_and_the_rest_is_false() {
    let folder = tempfile::tempdir().unwrap();
    let truth = folder.path().join("truth.ndjson").to_str().unwrap().to_owned();
    let incident = "flawed_answers@+1h";
    let simulate = ["simulate", "--days", "1", "--volume", "200", "--incident", incident];
    let events = tocsin(&[&simulate[..], &["--truth", &truth]].concat()).stdout;
    let until = |line: &&str| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["time"].as_str().unwrap() < "2026-01-05T02:30"
    };
    let events = String::from_utf8(events).unwrap();
    let events: Vec<&str> = events.lines().take_while(until).collect();
    let events = path(folder.path(), "events.ndjson", &events.join("\n"));
    let text = tocsin(&["backtest", &events, "--truth", &truth]);
    let text = String::from_utf8(text.stdout).unwrap();
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("2026-01-05T01:"), "{text}");
    assert!(
        first.contains("opened   page    ai-fallback-high-by-intent intent=refund_status"),
        "{text}"
    );
    let json = tocsin(&["backtest", &events, "--truth", &truth, "--format", "json"]);
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    let outcome = &report["truth"];
    assert_eq!(outcome["overall"]["recall"], json!(1.0), "{outcome:#}");
    assert_eq!(outcome["kinds"]["flawed_answers"]["found"], json!(1));
    let delay = outcome["overall"]["median_delay_minutes"].as_f64().unwrap();
    assert!((1.0..20.0).contains(&delay), "{delay}");
    assert_eq!(outcome["false_pages"], json!(0), "{text}");
}

#[track_caller]
fn check_refused(arguments: &[&str], status: i32, says: &str) {
    let output = tocsin(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{errors}");
    assert!(errors.contains(says), "{errors}");
}

#[test]
fn what_is_wrong_is_named_by_file_line_field_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, content: &str| path(folder.path(), name, content);
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "/s", "type": "cx.source.heartbeat",
        "time": "2026-01-05T00:00:30Z", "data": {},
    });
    let good = at("good.ndjson", &event.to_string());
    let bad = at("bad.ndjson", &format!("{event}\nnonsense\n"));
    let late = event.to_string().replace("2026", "2027").replace("\"1\"", "\"2\"");
    let gap = at("gap.ndjson", &format!("{event}\n{late}\n"));
    let rules = at("rules.yaml", "rules:\n  - name: a\n    metric: fallback_rat\n");
    let truth = at("truth.ndjson", "{\"kind\": \"a\"}\n");
    let missing = PathBuf::from("/nonexistent/events.ndjson");

    assert!(tocsin(&["backtest", &good]).status.success());
    check_refused(&["backtest"], 2, "FILE");
    check_refused(&["backtest", &good, "--format", "xml"], 2, "possible values: text, json");
    check_refused(&["backtest", missing.to_str().unwrap()], 1, "cannot open /nonexistent");
    check_refused(&["backtest", &bad], 1, "not JSON: expected ident, first at");
    check_refused(&["backtest", &bad], 1, "bad.ndjson line 2");
    check_refused(&["backtest", &gap], 1, "time: 2027-01-05T00:00:30Z is more than 31 days after");
    check_refused(&["backtest", &good, "--rules", &rules], 1, "did you mean `fallback_rate`?");
    check_refused(&["backtest", &good, "--rules", &rules], 1, "rules.yaml:3: rule `a`");
    check_refused(&["backtest", &good, "--truth", &truth], 1, "truth.ndjson:1: no label: missing");
    let nothing = at("nothing.ndjson", "");
    check_refused(&["backtest", &nothing], 1, "no event with a `time`");
}

/// An answer: status, `ETag`, body.
type Answered = (u16, Option<String>, Value);

/// A request to the rules of a running pipeline.
fn ask(dev: &Dev, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answered {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = client().request(method, format!("{}{path}", dev.url)).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().unwrap();
    let tag = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
    (response.status().as_u16(), tag, response.json().unwrap_or(Value::Null))
}

const BACKTEST: &str = "/v1/rules/backtest";

#[test]
fn rules_are_saved_with_a_backtest_of_their_text_and_in_the_place_of_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let events = path(folder.path(), "events.ndjson", &minutes().concat());
    let dev = Dev::start(&[]);
    assert!(dev.replay(Path::new(&events)));
    dev.settle();

    let (status, tag, shipped) = ask(&dev, "GET", "/v1/rules", &[], "");
    assert_eq!((status, tag.as_deref(), &shipped["version"]), (200, Some("\"0\""), &json!(0)));
    assert!(shipped["yaml"].as_str().unwrap().contains("ai-fallback-high"));
    assert_eq!(shipped["rules"][0]["name"], json!("ai-fallback-high-by-intent"));
    assert_eq!(shipped["backtest"], Value::Null);

    let read = ("if-match", "\"0\"");
    let (status, _, untested) = ask(&dev, "PUT", "/v1/rules", &[read], RULES);
    assert_eq!(status, 409, "{untested}");
    assert!(untested["detail"].as_str().unwrap().contains("POST /v1/rules/backtest"));

    let (status, _, told) = ask(&dev, "POST", BACKTEST, &[], RULES);
    assert_eq!(status, 200, "{told}");
    let told_of = told["rules"].as_array().unwrap();
    assert_eq!(told_of.len(), 2, "{told}");
    for own in told_of {
        assert!(own["alerts"].as_i64().unwrap() > 0, "{own}");
        assert!((1..=30).contains(&own["minutes_in_alarm"].as_i64().unwrap()), "{own}");
    }
    assert!(told["days"].as_f64().unwrap() < 0.1, "{told}");

    let (status, _, changed) = ask(&dev, "PUT", "/v1/rules", &[read], &format!("{RULES}# more\n"));
    assert_eq!(status, 409, "{changed}");
    assert_eq!(ask(&dev, "PUT", "/v1/rules", &[], RULES).0, 428);
    assert_eq!(ask(&dev, "PUT", "/v1/rules", &[("if-match", "\"7\"")], RULES).0, 412);
    let (status, tag, saved) = ask(&dev, "PUT", "/v1/rules", &[read], RULES);
    assert_eq!((status, tag.as_deref()), (200, Some("\"1\"")), "{saved}");
    assert_eq!(saved["by"], json!("operations"));
    assert_eq!(saved["backtest"]["hash"], saved["hash"]);
    assert_eq!(ask(&dev, "PUT", "/v1/rules", &[read], RULES).0, 412);
    let (_, _, in_force) = ask(&dev, "GET", "/v1/rules", &[], "");
    assert_eq!((&in_force["version"], &in_force["yaml"]), (&json!(1), &json!(RULES)));

    // They are what alerts are judged by from now on.
    let next = json!({
        "specversion": "1.0", "id": "next", "source": "/clock", "type": "cx.source.heartbeat",
        "time": "2026-01-05T00:30:00Z", "data": {},
    });
    dev.post(
        &next.to_string(),
        &[("authorization", "Bearer local"), ("content-type", "application/x-ndjson")],
    );
    dev.settle();
    let alerts = dev.get("/v1/alerts");
    let is_own = |alert: &Value| alert["rule"] == "fallbacks" && alert["state"] != "resolved";
    assert!(alerts["alerts"].as_array().unwrap().iter().any(is_own), "{alerts:#}");
}

#[test]
fn bad_rules_and_those_who_may_not_are_refused_with_the_remedy() {
    let dev = Dev::start(&[]);
    let bad = "rules:\n  - name: a\n    metric: fallback_rat\n    threshold: { over: 0.1 }\n";
    for (method, path) in [("PUT", "/v1/rules"), ("POST", BACKTEST)] {
        let (status, _, refused) = ask(&dev, method, path, &[("if-match", "\"0\"")], bad);
        assert_eq!(status, 400, "{refused}");
        let problems = refused["problems"].as_array().unwrap();
        let metric = problems.iter().find(|problem| problem["line"] == json!(3)).unwrap();
        let message = metric["message"].as_str().unwrap();
        assert!(
            message.starts_with("rule `a`: `metric` is `fallback_rat`: did you mean"),
            "{message}"
        );
    }
    for (role, read, write) in [
        ("team_lead", 200, 403),
        ("qa_manager", 200, 403),
        ("operations", 200, 409),
        ("ai_lead", 200, 409),
        ("agent", 403, 403),
        ("admin", 200, 409),
    ] {
        let role = ("x-tocsin-role", role);
        assert_eq!(ask(&dev, "GET", "/v1/rules", &[role], "").0, read, "{role:?}");
        let put = ask(&dev, "PUT", "/v1/rules", &[role, ("if-match", "\"0\"")], RULES);
        assert_eq!(put.0, write, "{role:?} {put:?}");
        let tested = ask(&dev, "POST", BACKTEST, &[role], "");
        assert_eq!(tested.0, if write == 403 { 403 } else { 400 }, "{role:?}");
    }
    let (status, _, _) = ask(&dev, "DELETE", "/v1/rules", &[], "");
    assert_eq!(status, 405);
    let long = ask(&dev, "POST", BACKTEST, &[], &" ".repeat(300 << 10));
    assert_eq!(long.0, 413);
}

/// The message that opened names the deployment that brought it, and says of which conversations.
fn check_evidence(notifications: &Value, version: &Value) {
    let is_it = |notification: &&Value| {
        notification["transition"] == "opened" && notification["cell"]["intent"] == "refund_status"
    };
    let opened = notifications.as_array().unwrap().iter().find(is_it).unwrap();
    let change = &opened["changes"][0];
    assert_eq!(&change["version"], version, "{opened:#}");
    assert!(change["fit"].as_f64().unwrap() >= 0.5, "{opened:#}");
    let explanation = &opened["explanation"];
    assert!(!explanation["cells"][0]["rest"].as_bool().unwrap(), "{explanation:#}");
    assert!(explanation["cells"][0]["now"].as_f64() > explanation["cells"][0]["before"].as_f64());
}

/// Two days of tenants that development has not seen, by the rules that ship; `pages.py` beside the
/// detectors' figures runs fortnights.
#[test]
fn an_everyday_day_wakes_nobody_and_an_incident_in_it_is_found_within_minutes() {
    let folder = tempfile::tempdir().unwrap();
    for seed in ["5101", "5102"] {
        let truth = folder.path().join("truth.ndjson").to_str().unwrap().to_owned();
        let simulate = ["simulate", "--days", "1", "--seed", seed, "--truth", &truth];
        let simulated = tocsin(&[&simulate[..], &["--incident", "flawed_answers@+14h"]].concat());
        let day = |line: &&str| line.contains(r#""time":"2026-01-05T"#);
        let events: Vec<String> = String::from_utf8(simulated.stdout)
            .unwrap()
            .lines()
            .filter(day)
            .map(str::to_owned)
            .collect();
        let events = path(folder.path(), "events.ndjson", &events.join("\n"));
        let tested = tocsin(&["backtest", &events, "--truth", &truth, "--format", "json"]);
        let report: Value = serde_json::from_slice(&tested.stdout).unwrap();
        let outcome = &report["truth"];
        assert_eq!(outcome["false_pages"], json!(0), "seed {seed}: {outcome:#}");
        assert_eq!(outcome["overall"]["found"], json!(1), "seed {seed}: {outcome:#}");
        let delay = outcome["overall"]["median_delay_minutes"].as_f64().unwrap();
        assert!(delay <= 10.0, "seed {seed}: {delay}");
        let truth = fs::read_to_string(&truth).unwrap();
        let truth: Value = serde_json::from_str(truth.lines().next().unwrap()).unwrap();
        check_evidence(&report["notifications"], &truth["deployment"]["version"]);
    }
}
