//! What people do about alerts, from outside: by link, over the API, on pages; and silences.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

#[path = "acknowledge/browser.rs"]
mod browser;
mod running;

use browser::{Browser, SCREEN};
use running::{Dev, client};

const KEY: (&str, &str) = ("authorization", "Bearer local");
const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const RULES: &str = "
rules:
  - name: fallback-high
    metric: fallback_rate
    by: [intent]
    threshold: { over: 0.2, min_count: 10 }
    over: 5m
    severity: page
    next_action: Roll back the prompt.
    owner: ai_lead
";

fn start(folder: &Path, options: &[&str]) -> Dev {
    let rules = folder.join("rules.yaml");
    fs::write(&rules, RULES).unwrap();
    Dev::start(&[&["--rules", rules.to_str().unwrap()], options].concat())
}

/// What a request came to.
struct Reply {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

impl Dev {
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let plain = reqwest::blocking::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        let url = format!("{}{path}", self.url);
        let mut request = plain.build().unwrap().request(method.parse().unwrap(), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.to_owned()).send().unwrap();
        Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().unwrap(),
        }
    }

    /// Does something about an alert as this role.
    fn act(&self, id: &str, deed: &str, role: &str, body: &str) -> Reply {
        self.ask("POST", &format!("/v1/alerts/{id}/{deed}"), &[("x-tocsin-role", role)], body)
    }

    /// AI turns at this second after nine, one in two of which fails.
    fn turns(&self, second: u32, intent: &str, outcomes: [&str; 2]) {
        let line = |number: usize| {
            let time = format!("2026-03-02T09:{:02}:{:02}Z", second / 60, second % 60);
            json!({
                "specversion": "1.0", "id": format!("{intent}{second}-{number}"), "source": "/test",
                "subject": format!("{intent}{second}-{number}"), "type": "cx.ai.responded",
                "time": time, "data": { "outcome": outcomes[number % 2], "intent": intent },
            })
            .to_string()
        };
        let lines: Vec<String> = (0..40).map(line).collect();
        assert_eq!(self.post(&lines.join("\n"), &[KEY, NDJSON]).0, 202);
        self.settle();
    }

    fn fails(&self, second: u32, intent: &str) {
        self.turns(second, intent, ["fallback", "answered"]);
    }

    /// Time goes on; nothing else.
    fn passes(&self, time: &str) {
        let event = json!({
            "specversion": "1.0", "id": time, "source": "/test", "subject": time,
            "type": "cx.message.added", "time": time, "data": { "author": "customer" },
        });
        assert_eq!(self.post(&event.to_string(), &[KEY, NDJSON]).0, 202);
        self.settle();
    }

    /// The alert of an intent.
    fn alert(&self, intent: &str) -> Value {
        let listed = self.get("/v1/alerts");
        let mut alerts = listed["alerts"].as_array().unwrap().iter();
        let found = alerts.find(|alert| alert["dimensions"]["intent"] == json!(intent));
        let id = found.unwrap_or_else(|| panic!("{listed}"))["id"].as_str().unwrap();
        self.get(&format!("/v1/alerts/{id}"))
    }

    /// Messages about an intent, once there are so many, the latest first.
    fn messages(&self, intent: &str, count: usize) -> Vec<Value> {
        let until = Instant::now() + Duration::from_secs(90);
        loop {
            let outbox = self.get("/local/outbox");
            let about = outbox.as_array().unwrap().iter();
            let texts = about.map(|one| one["message"].as_str().unwrap());
            let texts = texts.map(|text| serde_json::from_str::<Value>(text).unwrap());
            let about: Vec<Value> = texts
                .filter(|text| text["sms"].as_str().is_some_and(|sms| sms.contains(intent)))
                .collect();
            if about.len() >= count {
                return about;
            }
            assert!(Instant::now() < until, "no {count} messages about {intent}: {outbox}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The path of the link in the latest message about an intent.
    fn link(&self, intent: &str) -> String {
        let message = self.messages(intent, 1).remove(0);
        let sms = message["sms"].as_str().unwrap();
        assert!(sms.len() <= 160, "{sms}");
        let link = sms.rsplit(' ').next().unwrap();
        assert!(message["email"].as_str().unwrap().contains(link));
        let json: Value = serde_json::from_str(message["https"].as_str().unwrap()).unwrap();
        assert_eq!(json["ack"], json!(link));
        link.strip_prefix(&self.url).unwrap().to_owned()
    }
}

/// How often a line stands in an alert's time line.
fn count(alert: &Value, line: &str) -> usize {
    let lines = alert["timeline"].as_array().unwrap().iter();
    lines.filter(|entry| entry["what"].as_str().unwrap().contains(line)).count()
}

#[test]
fn by_the_link_of_a_message_an_alert_is_acknowledged_once_and_a_scanner_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let dev = start(folder.path(), &["--data", data.to_str().unwrap()]);
    dev.fails(0, "refund_status");
    let link = dev.link("refund_status");
    // A group is told of again after five minutes.
    dev.fails(360, "parcel");
    let agent = ("user-agent", "ScannerBot/1.0 (+https://mail.example)");
    for method in ["GET", "HEAD", "OPTIONS", "GET", "HEAD"] {
        let reply = dev.ask(method, &link, &[agent], "");
        assert_eq!(reply.status, if method == "OPTIONS" { 204 } else { 200 }, "{method}");
        if method != "OPTIONS" {
            assert_eq!(reply.header("cache-control"), "no-store");
            assert_eq!(reply.header("referrer-policy"), "no-referrer");
        }
    }
    assert_eq!(dev.alert("refund_status")["state"], "firing");
    let page = dev.ask("GET", &link, &[BROWSER], "");
    assert_eq!(page.body.matches("<button>").count(), 1, "{}", page.body);
    assert!(page.body.contains("Roll back the prompt.") && page.body.contains("refund_status"));
    for exemplar in dev.alert("refund_status")["evidence"]["exemplars"].as_array().unwrap() {
        assert!(!page.body.contains(exemplar.as_str().unwrap()));
    }

    let foreign = ("origin", "https://evil.example");
    assert_eq!(dev.ask("POST", &link, &[foreign], "").status, 403);
    assert_eq!(dev.alert("refund_status")["state"], "firing");
    for origin in ["null", dev.url.as_str()] {
        let reply = dev.ask("POST", &link, &[BROWSER, ("origin", origin)], "");
        assert_eq!((reply.status, reply.body.contains("Acknowledged")), (200, true), "{origin}");
        assert!(!reply.body.contains("<button>"));
    }
    let alert = dev.alert("refund_status");
    assert_eq!(alert["state"], "acknowledged");
    assert_eq!(alert["acknowledged_by"], "the link sent to page");
    assert_eq!(count(&alert, "acknowledged by"), 1);
    // A link is bound to its alert.
    assert_eq!(dev.alert("parcel")["state"], "firing");

    refuses_other_links(&dev, &link);
    // What is stored does not tell the link.
    let token = link.rsplit('/').next().unwrap();
    let tables = fs::read(data.join("tables.db")).unwrap();
    let wal = fs::read(data.join("tables.db-wal")).unwrap_or_default();
    for bytes in [tables, wal] {
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }

    let parcel = dev.link("parcel");
    dev.passes("2026-03-03T08:59:00Z");
    assert_eq!(dev.ask("GET", &parcel, &[BROWSER], "").status, 200);
    dev.passes("2026-03-03T09:08:00Z");
    for method in ["GET", "POST"] {
        let reply = dev.ask(method, &parcel, &[BROWSER], "");
        assert_eq!((reply.status, reply.body.contains("24 hours")), (404, true), "{method}");
    }
}

/// Links that were changed, cut or made up.
fn refuses_other_links(dev: &Dev, link: &str) {
    let token = link.rsplit('/').next().unwrap();
    let first = if token.starts_with('A') { "B" } else { "A" };
    for other in [
        format!("{first}{}", &token[1..]),
        token[..21].to_owned(),
        format!("{token}A"),
        "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "not-a-token".to_owned(),
    ] {
        for method in ["GET", "POST"] {
            let reply = dev.ask(method, &format!("/v1/ack/{other}"), &[BROWSER], "");
            assert_eq!(reply.status, 404, "{method} {other}");
            assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
            assert_eq!(reply.header("cache-control"), "no-store");
            assert_eq!(reply.header("referrer-policy"), "no-referrer");
            assert!(reply.body.contains("This link does not work"), "{}", reply.body);
            let machine = dev.ask(method, &format!("/v1/ack/{other}"), &[], "");
            assert_eq!(machine.header("content-type"), "application/problem+json");
        }
    }
}

#[test]
fn who_may_act_acts_and_what_is_resolved_by_hand_stays_so_while_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let dev = start(folder.path(), &[]);
    dev.fails(0, "refund_status");
    dev.messages("refund_status", 1);
    let alert = dev.alert("refund_status");
    let id = alert["id"].as_str().unwrap();
    for (role, acts, ends) in [
        ("agent", 403, 403),
        ("qa_manager", 200, 403),
        ("team_lead", 200, 200),
        ("operations", 200, 200),
        ("ai_lead", 200, 200),
        ("admin", 200, 200),
    ] {
        let agent = [("x-tocsin-role", role), ("x-tocsin-agent", "bo")];
        let status = |deed: &str, body| {
            dev.ask("POST", &format!("/v1/alerts/{id}/{deed}"), &agent, body).status
        };
        assert_eq!(status("ack", ""), acts, "{role}");
        assert_eq!(status("feedback", r#"{"feedback":"noise"}"#), acts, "{role}");
        assert_eq!(status("resolve", ""), ends, "{role}");
        assert_eq!(dev.ask("GET", "/v1/silences", &agent, "").status, ends, "{role}");
        let insight = dev.ask("GET", "/v1/insights/alert_quality", &agent, "");
        assert_eq!(insight.status, acts, "{role}");
    }
    let alert = dev.alert("refund_status");
    assert_eq!(
        (&alert["state"], &alert["acknowledged_by"]),
        (&json!("resolved"), &json!("qa_manager"))
    );
    assert_eq!(alert["feedback"]["feedback"], "noise");
    for line in
        ["acknowledged by qa_manager", "resolved by team_lead", "marked noise by qa_manager"]
    {
        assert_eq!(count(&alert, line), 1, "{line}");
    }

    let trail = dev.ask("GET", "/v1/audit?limit=200", &[("x-tocsin-role", "admin")], "").json();
    let done = |one: &&Value| one["outcome"] == "done" && one["upon"] == id;
    let mut done: Vec<_> = trail["audit"].as_array().unwrap().iter().filter(done).collect();
    done.sort_by_key(|one| one["what"].as_str());
    let done: Vec<[&Value; 2]> = done.iter().map(|one| [&one["what"], &one["actor"]]).collect();
    let told = [
        ["alert.acknowledge", "qa_manager"],
        ["alert.judge", "qa_manager"],
        ["alert.resolve", "team_lead"],
    ];
    assert_eq!(json!(done), json!(told), "{trail}");

    // It still holds, and whoever resolved it knows; people are told of the end, and of no more.
    dev.fails(60, "refund_status");
    dev.fails(120, "refund_status");
    // A group is told of again after five minutes.
    dev.fails(330, "refund_status");
    assert_eq!(dev.alert("refund_status")["state"], "resolved");
    let messages = dev.messages("refund_status", 2);
    assert!(messages[0]["sms"].as_str().unwrap().starts_with("RESOLVED"), "{messages:?}");
    assert_eq!(messages.len(), 2);
    // Once it was fine, it counts again.
    dev.turns(600, "refund_status", ["answered", "answered"]);
    dev.fails(1_200, "refund_status");
    let alert = dev.alert("refund_status");
    assert_eq!((&alert["state"], &alert["reopened"]), (&json!("firing"), &json!(1)));

    for (path, body, status, field) in [
        ("/v1/alerts/none/ack", "", 404, "id"),
        ("/v1/alerts/none/feedback", "useful", 404, "id"),
        (&format!("/v1/alerts/{id}/feedback"), "{}", 400, "feedback"),
        (&format!("/v1/alerts/{id}/feedback"), r#"{"feedback":"fine"}"#, 400, "feedback"),
        ("/v1/insights/none", "", 405, ""),
    ] {
        let reply = dev.ask("POST", path, &[("x-tocsin-role", "admin")], body);
        assert_eq!(reply.status, status, "{path} {}", reply.body);
        let told = reply.json();
        assert_eq!(told["field"].as_str().unwrap_or_default(), field, "{told}");
        assert!(told["detail"].as_str().unwrap().len() > 10);
    }
    let quality = dev.get("/v1/insights/alert_quality");
    let rule = &quality["rules"][0];
    assert_eq!((&rule["rule"], &rule["fires"]), (&json!("fallback-high"), &json!(2)));
    assert_eq!((&rule["noise"], &rule["acknowledged"]), (&json!(1), &json!(1)), "{rule}");
    let steps = &dev.get("/v1/insights/alert_quality?rule=fallback-high")["steps"];
    let variants = steps["variants"].as_array().unwrap();
    let named: Vec<&str> = variants.iter().filter_map(|one| one["step"].as_str()).collect();
    assert_eq!(named, ["tighter", "unchanged", "looser"], "{steps}");
    let alerts: Vec<u64> = variants.iter().filter_map(|one| one["alerts"].as_u64()).collect();
    assert!(alerts[1] > 0 && alerts.is_sorted_by(|tighter, looser| tighter >= looser), "{steps}");
    let page = dev.ask("GET", "/insights/alert_quality?rule=fallback-high", &[], "");
    assert!(page.body.contains("One step tighter or looser: fallback-high"), "{}", page.body);
    let unknown = dev.ask("GET", "/v1/insights/alert_quality?rule=none", &[], "");
    assert_eq!((unknown.status, &unknown.json()["field"]), (400, &json!("rule")));
}

#[test]
fn what_is_over_can_not_be_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let dev = start(folder.path(), &[]);
    dev.fails(0, "refund_status");
    let link = dev.link("refund_status");
    let alert = dev.alert("refund_status");
    let id = alert["id"].as_str().unwrap();
    assert_eq!(dev.act(id, "resolve", "operations", "").status, 200);
    let refused = dev.act(id, "ack", "operations", "");
    assert_eq!((refused.status, &refused.json()["field"]), (409, &json!("id")));
    let page = dev.ask("POST", &link, &[BROWSER], "");
    assert_eq!((page.status, page.body.contains("It is over")), (409, true));
    // It never resolves, and it opens nothing again.
    assert_eq!(dev.alert("refund_status")["state"], "resolved");
}

#[test]
fn a_silence_holds_through_a_restart_and_what_still_fires_is_told_once_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options = ["--data", data.to_str().unwrap()];
    let mut dev = start(folder.path(), &options);
    dev.passes("2026-03-02T08:59:00Z");
    let asked = json!({
        "rule": "fallback-high", "dimensions": { "intent": "refund_status" },
        "reason": "Known: the shop moves.", "end": "2026-03-02T12:00:00Z",
    });
    let made = dev.ask("POST", "/v1/silences", &[], &asked.to_string());
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    dev.fails(0, "refund_status");
    dev.fails(0, "parcel");
    dev.messages("parcel", 1);
    dev.kill();
    let dev = start(folder.path(), &options);
    dev.fails(60, "refund_status");
    dev.fails(120, "parcel");
    let alert = dev.alert("refund_status");
    assert_eq!((&alert["state"], &alert["silenced"]["id"]), (&json!("firing"), &json!(id)));
    assert_eq!(alert["silenced"]["by"], "operations");
    assert_eq!(count(&alert, "silenced by operations until 2026-03-02 12:00 UTC"), 1);
    assert!(dev.alert("parcel")["silenced"].is_null());
    let outbox = dev.get("/local/outbox").to_string();
    assert!(outbox.contains("parcel") && !outbox.contains("refund_status"), "{outbox}");
    let page = dev.ask("GET", &format!("/alerts/{}", alert["id"].as_str().unwrap()), &[], "");
    assert!(page.body.contains("Silenced by operations"), "{}", page.body);

    let path = format!("/v1/silences/{id}");
    let ended = dev.ask("DELETE", &path, &[], "");
    assert_eq!((ended.status, &ended.json()["state"]), (200, &json!("over")));
    assert_eq!(dev.ask("DELETE", &path, &[], "").status, 200);
    // A group is told of again after five minutes.
    for second in [300, 330, 360] {
        dev.fails(second, "refund_status");
    }
    assert_eq!(dev.messages("refund_status", 1).len(), 1);
    let alert = dev.alert("refund_status");
    assert!(alert["silenced"].is_null() && count(&alert, "no longer silenced") == 1, "{alert}");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(dev.messages("refund_status", 1).len(), 1);
}

#[test]
fn what_is_wrong_with_a_silence_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let dev = start(folder.path(), &[]);
    dev.passes("2026-03-02T09:00:00Z");
    let end = "2026-03-02T12:00:00Z";
    for (asked, field) in [
        (json!({ "reason": "x", "end": end }), "rule"),
        (json!({ "rule": "r", "end": end }), "reason"),
        (json!({ "rule": "r", "reason": "x" }), "end"),
        (json!({ "rule": "r", "reason": "x", "end": "tomorrow" }), "end"),
        (json!({ "rule": "r", "reason": "x", "end": "2026-03-02T08:00:00Z" }), "end"),
        (json!({ "rule": "r", "reason": "x", "end": "2026-04-02T08:00:00Z" }), "end"),
        (json!({ "metric": "mood", "reason": "x", "end": end }), "metric"),
        (json!({ "severity": "bad", "reason": "x", "end": end }), "severity"),
        (json!({ "dimensions": { "mood": "x" }, "reason": "x", "end": end }), "dimensions"),
        (json!({ "rool": "r", "reason": "x", "end": end }), "body"),
        (json!([]), "body"),
    ] {
        let reply = dev.ask("POST", "/v1/silences", &[], &asked.to_string());
        assert_eq!((reply.status, &reply.json()["field"]), (400, &json!(field)), "{asked}");
    }
    assert_eq!(dev.ask("DELETE", "/v1/silences", &[], "").status, 400);
    let unknown = dev.ask("DELETE", "/v1/silences?id=none", &[], "");
    assert_eq!((unknown.status, &unknown.json()["field"]), (404, &json!("id")));
    let asked = json!({ "severity": "page", "reason": "ask bo@example.com", "end": end });
    assert_eq!(dev.ask("POST", "/v1/silences", &[], &asked.to_string()).status, 201);
    let listed = dev.ask("GET", "/v1/silences", &[], "").json();
    assert_eq!(listed["silences"][0]["reason"], "ask [email]");
}

/// The token of a page's forms.
fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap_or_else(|| panic!("{page}"));
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn a_pages_forms_work_for_whom_it_was_made_and_come_from_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let dev = start(folder.path(), &[]);
    dev.fails(0, "refund_status");
    let id = dev.alert("refund_status")["id"].as_str().unwrap().to_owned();
    let page = format!("/alerts/{id}");
    let as_role = |role: &str| {
        let cookie = format!("tocsin_role={role}");
        dev.ask("GET", &page, &[BROWSER, ("cookie", &cookie)], "").body
    };
    let shown = |body: &str| {
        let labels = ["Acknowledge</button>", "Resolve</button>", "Noise</button>", "Silence this"];
        labels.map(|label| body.contains(label))
    };
    assert_eq!(shown(&as_role("operations")), [true, true, true, true]);
    assert_eq!(shown(&as_role("qa_manager")), [true, false, true, false]);

    let token = form_token(&as_role("operations"));
    let other = form_token(&as_role("ai_lead"));
    let (own, cookie) = (dev.url.as_str(), ("cookie", "tocsin_role=operations"));
    let form = ("content-type", "application/x-www-form-urlencoded");
    let path = format!("/alerts/{id}/ack");
    for (origin, token, status) in [
        (None, token.as_str(), 403),
        (Some("https://evil.example"), &token, 403),
        (Some("null"), &token, 403),
        (Some(own), "", 403),
        (Some(own), "1.x", 403),
        (Some(own), &other, 403),
        (Some(own), &token, 303),
        (Some(own), &token, 303),
    ] {
        let origin = origin.map(|origin| ("origin", origin));
        let headers: Vec<_> = [BROWSER, cookie, form].into_iter().chain(origin).collect();
        let reply = dev.ask("POST", &path, &headers, &format!("csrf={token}"));
        assert_eq!(reply.status, status, "{origin:?} {token}");
        if status == 303 {
            assert_eq!(reply.header("location"), page);
        } else {
            assert_eq!(dev.alert("refund_status")["state"], "firing");
        }
    }
    assert_eq!(count(&dev.alert("refund_status"), "acknowledged by operations"), 1);

    // The API by a cookie alone wants the same; whoever says who they are by hand does not.
    let api = format!("/v1/alerts/{id}/feedback");
    assert_eq!(dev.ask("POST", &api, &[cookie], "useful").status, 403);
    let by_page = [cookie, ("origin", own), ("x-csrf-token", &token)];
    assert_eq!(dev.ask("POST", &api, &by_page, "useful").status, 200);
    assert_eq!(dev.act(&id, "feedback", "operations", "noise").status, 200);

    // A silence is made and ended without script.
    let page = dev.ask("GET", "/silences?rule=fallback-high", &[BROWSER, cookie], "").body;
    assert!(page.contains("value=\"fallback-high\""));
    let headers = [BROWSER, cookie, form, ("origin", own)];
    let filled = format!(
        "csrf={}&rule=fallback-high&metric=&severity=&dimension=&value=&reason=move&hours=4",
        form_token(&page)
    );
    assert_eq!(dev.ask("POST", "/silences", &headers, &filled).status, 303);
    let silences = dev.ask("GET", "/v1/silences", &[], "").json();
    let silence = &silences["silences"][0];
    assert_eq!((&silence["rule"], &silence["state"]), (&json!("fallback-high"), &json!("active")));
    let end = format!("/silences/{}/end", silence["id"].as_str().unwrap());
    assert_eq!(dev.ask("POST", &end, &headers, &format!("csrf={token}")).status, 303);
    let silences = dev.ask("GET", "/v1/silences", &[], "").json();
    assert_eq!(silences["silences"][0]["ended_by"], "operations");
    let bad = dev.ask("POST", "/silences", &headers, &format!("csrf={token}&rule=r&hours=4"));
    assert_eq!((bad.status, bad.body.contains("reason")), (400, true), "{}", bad.body);
    assert!(
        client().get(format!("{}/", dev.url)).send().unwrap().text().unwrap().contains("/silences")
    );
}

#[test]
fn on_a_phone_one_tap_acknowledges() {
    let Some(browser) = Browser::start() else {
        eprintln!("left out: there is no chromedriver, which drives a browser");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let dev = start(folder.path(), &[]);
    dev.fails(0, "refund_status");
    let link = dev.link("refund_status");
    browser.open(&format!("{}{link}", dev.url));
    assert!(!dev.ask("GET", &link, &[BROWSER], "").body.contains("<script"));
    // All of it is within the screen's width, and the button within the thumb's reach.
    let [left, _, width, _] = browser.place("html");
    assert!(left >= 0.0 && width <= f64::from(SCREEN.0), "{width}");
    let [_, top, _, height] = browser.place("form.ack button");
    assert!(height >= 44.0 && top + height < f64::from(SCREEN.1) / 2.0, "{top} {height}");
    assert_eq!(dev.alert("refund_status")["state"], "firing");
    browser.tap("form.ack button");
    assert!(browser.text("main").contains("Acknowledged by the link sent to page"));
    assert_eq!(dev.alert("refund_status")["state"], "acknowledged");

    browser.open(&format!("{}/v1/ack/AAAAAAAAAAAAAAAAAAAAAA", dev.url));
    assert!(browser.text("main").contains("This link does not work"));

    // The buttons of the alert's own page, by the forms' tokens.
    let alert = dev.alert("refund_status");
    browser.open(&format!("{}/alerts/{}", dev.url, alert["id"].as_str().unwrap()));
    browser.tap("form[action$='/resolve'] button");
    assert_eq!(dev.alert("refund_status")["state"], "resolved");
}
