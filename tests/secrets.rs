//! What a person tells is found nowhere: secrets are sent in by every way that there is, and looked
//! for in all that was ever written, in all that is shown, and in all that is printed.
//!
//! Every value that is planted is unlike any other and remembered with its path ([`planted`]); the
//! tables of types, fields, refusals and routes are compared with the sources that know them, so
//! that a new one fails here until it is planted or visited.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

mod running;

#[path = "secrets/events.rs"]
mod events;
#[path = "secrets/planted.rs"]
mod planted;
#[path = "secrets/vendors.rs"]
mod vendors;
#[path = "secrets/written.rs"]
mod written;

use events::{FORMS, Maker, Sent, sent};
use planted::{Planted, Secret};
use running::{Dev, client};

const RULES: &str = "
rules:
  - name: fallback-by-intent
    metric: fallback_rate
    by: [intent]
    threshold: { over: 0.2, min_count: 10 }
    over: 5m
    severity: page
    next_action: Roll back the prompt.
    owner: ai_lead
";

/// All that the product itself can log, and what the libraries below it do short of single bytes.
const LOGGED: &str = "debug,tocsin=trace,tocsin_shell=trace,tocsin_ingest=trace,tocsin_rollup=trace,\
                      tocsin_score=trace,tocsin_fanout=trace,tocsin_console=trace";

/// Every reason for which an event is refused. No event is ahead of virtual time, and the local key
/// covers all sources.
const REFUSALS: [&str; 8] = [
    "missing",
    "wrong_type",
    "unknown_value",
    "out_of_range",
    "invalid",
    "too_late",
    "too_large",
    "not_json",
];
const NOT_HERE: [&str; 3] = ["in_future", "foreign_source", "not_utf8"];

const REFUSING: [&str; 11] = [
    include_str!("../shared/src/decode.rs"),
    include_str!("../shared/src/decode/fields.rs"),
    include_str!("../shared/src/decode/kinds.rs"),
    include_str!("../shared/src/decode/observations.rs"),
    include_str!("../functions/ingest/src/lib.rs"),
    include_str!("../functions/ingest/src/body.rs"),
    include_str!("../functions/ingest/src/decoding.rs"),
    include_str!("../shared/src/platform.rs"),
    include_str!("../shared/src/platform/amazon_connect.rs"),
    include_str!("../shared/src/platform/genesys_cloud.rs"),
    include_str!("../shared/src/platform/zendesk.rs"),
];

#[test]
fn every_refusal_is_planted() {
    let known: BTreeSet<&str> = REFUSING
        .iter()
        .flat_map(|source| source.split("Rejection::new(").skip(1))
        .filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next())
        .collect();
    assert_eq!(known, REFUSALS.into_iter().chain(NOT_HERE).collect());
}

/// Every address that answers with something of what was sent.
const ROUTES: [&str; 36] = [
    "/",
    "/alerts/{id}",
    "/alerts/{id}/ack",
    "/alerts/{id}/feedback",
    "/alerts/{id}/resolve",
    "/assets/console.css",
    "/audit",
    "/conversations/{id}",
    "/healthz",
    "/insights/{kind}",
    "/local/admin",
    "/local/erase",
    "/local/outbox",
    "/local/redrive",
    "/local/role",
    "/local/status",
    "/local/verify",
    "/metrics/{name}",
    "/silences",
    "/silences/{id}/end",
    "/v1/ack/{token}",
    "/v1/alerts",
    "/v1/alerts/{id}",
    "/v1/alerts/{id}/ack",
    "/v1/alerts/{id}/feedback",
    "/v1/alerts/{id}/resolve",
    "/v1/audit",
    "/v1/conversations",
    "/v1/conversations/{id}",
    "/v1/insights/{kind}",
    "/v1/metrics",
    "/v1/metrics/{name}",
    "/v1/rules",
    "/v1/rules/backtest",
    "/v1/silences",
    "/v1/silences/{id}",
];

/// Those that need an issuer, which `tocsin dev` has none of: they are asked, and `tests/signin.rs` looks
/// for what they are told.
const ELSEWHERE: [&str; 3] = ["/signin", "/signin/callback", "/signout"];

/// Those that only take something.
const POSTED: [&str; 12] = [
    "/alerts/{id}/ack",
    "/alerts/{id}/feedback",
    "/alerts/{id}/resolve",
    "/local/admin",
    "/local/erase",
    "/local/redrive",
    "/silences/{id}/end",
    "/v1/alerts/{id}/ack",
    "/v1/alerts/{id}/feedback",
    "/v1/alerts/{id}/resolve",
    "/v1/rules/backtest",
    "/v1/silences/{id}",
];

#[test]
fn every_route_is_visited() {
    let console = include_str!("../functions/console/src/route.rs");
    let front = include_str!("../infra/local/src/dev/front.rs");
    let arms = console.lines().filter_map(|line| {
        let (segments, _) = line.trim().strip_prefix('[')?.split_once("] => Self::")?;
        let segments = segments.split(", ").map(|segment| {
            segment.strip_prefix('"').map_or_else(
                || format!("{{{segment}}}"),
                |literal| literal.trim_end_matches('"').to_owned(),
            )
        });
        Some(format!("/{}", segments.collect::<Vec<_>>().join("/")))
    });
    let routes = front.split(".route(\"").skip(1);
    let routes = routes.filter_map(|call| Some(call.split('"').next()?.to_owned()));
    let known: BTreeSet<String> = arms.chain(routes).collect();
    // Where events come in.
    let ways = ["/v1/events", "/v1/sources/{platform}/{connection}"];
    assert_eq!(known, ROUTES.into_iter().chain(ELSEWHERE).chain(ways).map(str::to_owned).collect());
}

/// Bodies that are no JSON, around a secret.
const UNPARSEABLE: [&str; 9] = [
    "{}",
    r#"{"text": "{}"#,
    r#"{"text": "hello\n{}\n", "type": }"#,
    r#"{"text": "say \"hello\", {}\"", "type": }"#,
    "<event><text>{}</text></event>",
    "id,text\n1,\"{}\"\n",
    FORM,
    r#"{"text": "\u0068ello {}"} {"#,
    r#"{"n": 1e400, "text": "{}"}"#,
];

/// A body as forms have it.
const FORM: &str = "text={}&author=customer";

fn form_encoded(text: &str) -> String {
    text.replace('@', "%40").replace('+', "%2B").replace(' ', "+")
}

/// As many escapes as JSON has for one character.
fn escaped(text: &str) -> String {
    text.replace('@', "\\u0040").replace('+', "\\u002B").replace(' ', "\\u0020")
}

impl Dev {
    fn send(&self, sent: &Sent) -> (u16, Value) {
        let mut request = client().post(format!("{}/v1/events", self.url)).body(sent.body.clone());
        for (name, value) in &sent.headers {
            request = request.header(name, value);
        }
        let response = request.send().unwrap();
        (response.status().as_u16(), response.json().unwrap_or(Value::Null))
    }

    fn page(&self, path: &str, role: &str, accept: &str) -> (u16, Vec<u8>) {
        let request = client().get(format!("{}{path}", self.url)).header("accept", accept);
        let response = request.header("x-tocsin-role", role).send().unwrap();
        (response.status().as_u16(), response.bytes().unwrap().to_vec())
    }
}

/// Sends events in this form; all of them have to be taken or refused by themselves.
fn send_all(dev: &Dev, form: &str, events: &[Value], is_zipped: bool) -> usize {
    let mut accepted = 0;
    for sent in sent(form, events) {
        let (status, answer) = dev.send(&if is_zipped { sent.zipped() } else { sent });
        assert!(matches!(status, 202 | 400), "{form} {status} {answer}");
        accepted += usize::try_from(answer["accepted"].as_u64().unwrap()).unwrap();
    }
    accepted
}

/// A message that tells everything.
fn telling(maker: &mut Maker, path: &str) -> Value {
    let said: Vec<String> =
        Secret::ALL.iter().map(|secret| maker.planted.sentence(*secret, path)).collect();
    let data = json!({
        "author": "customer", "text": said.join(". "), "note": said.join("\n"),
        "agent": maker.planted.identifier("agnt", path),
        "customer": maker.planted.identifier("cust", path),
    });
    maker.event(path, "cx.message.added", true, &data)
}

fn send_refused(dev: &Dev, maker: &mut Maker) {
    for error in REFUSALS {
        for form in ["lines", "binary"] {
            let mut event = telling(maker, &format!("refused {error} {form}"));
            match error {
                "missing" => event["time"] = Value::Null,
                "wrong_type" => event["data"]["text"] = json!({ "said": event["data"]["text"] }),
                "unknown_value" => event["data"]["author"] = json!("nobody"),
                "out_of_range" => event["data"]["sentiment"] = json!(7),
                "invalid" => event["time"] = json!("yesterday"),
                "too_late" => event["time"] = json!("2020-01-01T00:00:00Z"),
                "too_large" => {
                    let filler = "where is my parcel? ".repeat(4_000);
                    let text = event["data"]["text"].as_str().unwrap();
                    event["data"]["text"] = json!(format!("{text}. {filler} {text}"));
                }
                _ => event["data"]["text"] = json!(format!("{}", event["data"]["text"])),
            }
            let mut sent = sent(form, &[event]).remove(0);
            let mut expected = error;
            if error == "not_json" {
                // As the sentences stand there, with identifiers that no field names any more.
                let mut text = maker.planted.sentence(Secret::Email, "refused not_json");
                text.push('{');
                sent.body = text.into_bytes();
                // Data that is no JSON is a text.
                expected = if form == "binary" { "wrong_type" } else { error };
            }
            let (status, answer) = dev.send(&sent);
            assert_eq!(
                (status, &answer["rejected"][0]["error"]),
                (400, &json!(expected)),
                "{answer}"
            );
        }
    }
}

fn send_unparseable(dev: &Dev, maker: &mut Maker) {
    for (number, template) in UNPARSEABLE.into_iter().enumerate() {
        for secret in Secret::ALL {
            let path = format!("unparseable {number}");
            let plain = maker.planted.sentence(secret, &path);
            let hidden = maker.planted.sentence(secret, &format!("{path}, escaped"));
            let texts = match template {
                FORM => [form_encoded(&plain), form_encoded(&hidden).replace('+', "%20")],
                _ => [plain, escaped(&hidden)],
            };
            for text in texts {
                let body = template.replacen("{}", &text, 1);
                let latin = [body.as_bytes(), b"\xE9"].concat();
                for sent in [
                    Sent::new(body.clone(), "application/json"),
                    Sent::new(body.clone(), "application/json").zipped(),
                    Sent::new(latin, "application/json"),
                    Sent::new(body.replace('\n', " "), "application/x-ndjson"),
                    Sent::new(format!("[{body}]"), "application/cloudevents-batch+json"),
                    Sent::new(body.clone(), "text/plain").with("ce-specversion", "1.0"),
                ] {
                    assert_eq!(dev.send(&sent).0, 400, "{body}");
                }
            }
        }
    }
}

/// Requests that are refused as a whole.
fn send_in_vain(dev: &Dev, maker: &mut Maker) {
    let event = |maker: &mut Maker, path: &str| telling(maker, path).to_string();
    let mut wrong_key = Sent::new(event(maker, "wrong key"), "application/json");
    let key = maker.planted.sentence(Secret::Password, "key");
    wrong_key.headers[0].1 = format!("Bearer {}", key.rsplit(' ').next().unwrap());
    let mut no_key = Sent::new(event(maker, "no key"), "application/json");
    no_key.headers.remove(0);
    let large = format!("{}{}", event(maker, "too large"), " ".repeat(1 << 20));
    let many = vec![event(maker, "too many"); 1_001].join("\n");
    let zipped = Sent::new(event(maker, "cut off"), "application/json").zipped();
    let cut = Sent { body: zipped.body[..zipped.body.len() - 1].to_vec(), ..zipped };
    let encoded = Sent::new(event(maker, "encoding"), "application/json");
    for (sent, status) in [
        (wrong_key, 401),
        (no_key, 401),
        (Sent::new(large.clone(), "application/json"), 413),
        (Sent::new(large, "application/json").zipped(), 413),
        (Sent::new(many, "application/x-ndjson"), 413),
        (cut, 400),
        (encoded.with("content-encoding", "br"), 415),
    ] {
        assert_eq!(dev.send(&sent).0, status);
    }
}

/// Questions that hold what nobody should ask with.
fn ask_in_vain(dev: &Dev, maker: &mut Maker) {
    for secret in Secret::ALL {
        let words = maker.planted.sentence(secret, "question").replace(' ', "%20");
        let agent = maker.planted.identifier("agnt", "question");
        for path in ROUTES.into_iter().chain(ELSEWHERE) {
            let path = path.replace("{id}", &words).replace("{name}", &words);
            let path = path.replace("{token}", &words).replace("{kind}", &words);
            let asked = format!("{path}?where=agent:{agent}&where=intent:{words}&tz={words}");
            dev.page(&path, "admin", "*/*");
            dev.page(&asked, "qa_manager", "text/html");
            dev.page(&asked, &agent, "text/html");
        }
        let own = client().get(format!("{}/v1/metrics/contacts?where=agent:{agent}", dev.url));
        own.header("x-tocsin-role", "agent").header("x-tocsin-agent", &agent).send().unwrap();
        let role = client().post(format!("{}/local/role", dev.url)).body(format!("role={words}"));
        role.send().unwrap();
        let erase = client().post(format!("{}/local/erase", dev.url));
        erase.json(&json!({ "customer": agent })).send().unwrap();
        let silence = client().post(format!("{}/v1/silences", dev.url));
        let reason = maker.planted.sentence(secret, "reason of a silence");
        let end = "2026-03-03T00:00:00Z";
        let asked = json!({ "rule": "no-such-rule", "reason": reason, "end": end });
        silence.json(&asked).send().unwrap();
        let rules = client().post(format!("{}/v1/rules/backtest", dev.url));
        rules.body(format!("rules: [{{name: \"{words}\"}}]")).send().unwrap();
    }
}

/// So many AI turns that failed that an alert opens, which leads to conversations of the test.
fn cross_the_threshold(dev: &Dev, maker: &mut Maker, open: &str) -> String {
    let mut turns = Vec::new();
    for _ in 0..40 {
        let agent = maker.planted.identifier("agnt", "alert");
        let text = maker.planted.sentence(Secret::Email, "alert");
        let data = json!({
            "outcome": "fallback", "intent": open, "agent": agent, "text": format!("{open}: {text}"),
        });
        turns.push(maker.event("alert", "cx.ai.responded", true, &data));
    }
    assert_eq!(send_all(dev, "lines", &turns, false), turns.len());
    dev.settle();
    // A group is told of again after five minutes, in which its source must not fall silent.
    for minute in 1..=7 {
        let data = json!({ "author": "customer" });
        let mut later = maker.event("later", "cx.message.added", true, &data);
        later["time"] = json!(format!("2026-03-02T09:{minute:02}:30Z"));
        assert_eq!(send_all(dev, "lines", &[later], false), 1);
        dev.settle();
    }
    let until = Instant::now() + Duration::from_secs(90);
    loop {
        let alerts = dev.get("/v1/alerts");
        let about = |alert: &&Value| alert["dimensions"]["intent"] == json!(open);
        let outbox = dev.get("/local/outbox");
        let alert = alerts["alerts"].as_array().unwrap().iter().find(about).cloned();
        if let (Some(alert), true) = (alert, outbox.to_string().contains(open)) {
            return alert["id"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < until, "no alert after 90 s: {alerts}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// What is found, and where.
struct Search<'p> {
    planted: &'p Planted,
    leaks: BTreeSet<String>,
    /// Places where what is open was found.
    saw_open: BTreeSet<String>,
}

impl Search<'_> {
    fn look(&mut self, place: &str, bytes: &[u8], exempt: impl Fn(&str) -> bool) {
        for path in self.planted.found_in(bytes) {
            if path.ends_with(": open") {
                self.saw_open.insert(place.to_owned());
            } else if !exempt(path) {
                self.leaks.insert(format!("{place}: {path}"));
            }
        }
    }
}

fn nothing(_: &str) -> bool {
    false
}

/// Ids of agents, as sent.
fn is_of_an_agent(path: &str) -> bool {
    let field =
        path.split(": ").find_map(|part| part.split(' ').find_map(|w| w.strip_prefix("data.")));
    path.ends_with(": agnt") || matches!(field, Some("agent" | "from_agent" | "to_agent"))
}

/// The path of a link by which an alert is acknowledged, out of the latest message.
fn ack_link(dev: &Dev) -> String {
    let outbox = dev.get("/local/outbox").to_string();
    let (_, link) = outbox.split_once("/v1/ack/").unwrap();
    format!("/v1/ack/{}", &link[..22])
}

/// Visits every route as every role.
fn visit(dev: &Dev, alert: &str, search: &mut Search<'_>) {
    let dictionary = dev.get("/v1/metrics");
    let metrics = dictionary["metrics"].as_array().unwrap();
    let name = |metric: &Value| metric["name"].as_str().unwrap().to_owned();
    let range = "from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z";
    let mut ids = BTreeSet::new();
    let lists = metrics.iter().map(|metric| format!("metric={}&{range}", name(metric)));
    let lists: Vec<String> = lists.chain([format!("alert={alert}")]).collect();
    for list in &lists {
        let listed = dev.get(&format!("/v1/conversations?{list}"));
        let listed = listed["conversations"].as_array().cloned().unwrap_or_default();
        ids.extend(listed.iter().take(8).map(|one| one["id"].as_str().unwrap().to_owned()));
    }
    assert!(ids.len() > 20, "{}", ids.len());
    let link = ack_link(dev);
    for role in ["operations", "team_lead", "ai_lead", "qa_manager", "admin"] {
        let names_agents = matches!(role, "qa_manager" | "admin");
        let mut look = |place: &str, path: &str, accept: &str| {
            let (status, body) = dev.page(path, role, accept);
            let exempt = |path: &str| names_agents && is_of_an_agent(path);
            search.look(&format!("{place} as {role}"), &body, exempt);
            status
        };
        for route in ROUTES {
            let paths: Vec<String> = match route {
                "/v1/metrics/{name}" => metrics
                    .iter()
                    .flat_map(|metric| {
                        let by = metric["dimensions"].as_array().unwrap().iter();
                        let by = by.map(|one| format!("&by={}", one.as_str().unwrap()));
                        let all = [String::new()].into_iter().chain(by);
                        all.map(|by| format!("/v1/metrics/{}?{range}{by}", name(metric)))
                            .collect::<Vec<_>>()
                    })
                    .collect(),
                "/metrics/{name}" => {
                    metrics.iter().map(|m| format!("/metrics/{}", name(m))).collect()
                }
                "/alerts/{id}" | "/v1/alerts/{id}" => vec![route.replace("{id}", alert)],
                "/v1/ack/{token}" => vec![link.clone()],
                "/insights/{kind}" | "/v1/insights/{kind}" => {
                    vec![route.replace("{kind}", "alert_quality")]
                }
                "/v1/conversations" => lists.iter().map(|list| format!("{route}?{list}")).collect(),
                "/conversations/{id}" | "/v1/conversations/{id}" => {
                    ids.iter().map(|id| route.replace("{id}", id)).collect()
                }
                "/v1/alerts" => {
                    ["", "?state=firing", "?state=resolved"].map(|q| format!("{route}{q}")).to_vec()
                }
                plain => vec![plain.to_owned()],
            };
            let answers = paths.iter().map(|path| look(route, path, "*/*"));
            let good = answers.filter(|status| *status == 200).count();
            let is_denied = (role == "qa_manager" && route.ends_with("silences"))
                || (role != "admin" && route.ends_with("/audit"));
            let is_read = !POSTED.contains(&route) && !is_denied;
            assert!(good > 0 || !is_read, "{route} as {role}");
            look(route, &paths[0], "text/html");
        }
    }
    let judged = format!("/v1/alerts/{alert}/feedback");
    let acted =
        ["/v1/alerts/{id}/ack", "/v1/alerts/{id}/resolve"].map(|r| r.replace("{id}", alert));
    for path in [link].into_iter().chain(acted).chain([judged]) {
        let done = client().post(format!("{}{path}", dev.url)).body("noise").send().unwrap();
        assert!(matches!(done.status().as_u16(), 200 | 409), "{path} {}", done.status());
        search.look(&path, &done.bytes().unwrap(), nothing);
    }
    let redriven = client().post(format!("{}/local/redrive", dev.url)).send().unwrap();
    search.look("/local/redrive", &redriven.bytes().unwrap(), nothing);
    let again = json!({ "do": "reprocess", "tenant": "demo", "from": "2026-03-01T00:00:00Z" });
    for asked in
        [again, json!({ "do": "read_audit" }), json!({ "do": "redrive", "queue": "events" })]
    {
        let done = client().post(format!("{}/local/admin", dev.url)).json(&asked).send().unwrap();
        assert_eq!(done.status().as_u16(), 200, "{asked}");
        search.look("/local/admin", &done.bytes().unwrap(), nothing);
    }
    let nobody = client().post(format!("{}/local/erase", dev.url)).json(&json!({ "subject": "x" }));
    search.look("/local/erase", &nobody.send().unwrap().bytes().unwrap(), nothing);
}

#[test]
fn what_a_person_tells_is_found_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let (data, rules, log) =
        (folder.path().join("data"), folder.path().join("rules.yaml"), folder.path().join("log"));
    fs::write(&rules, RULES).unwrap();
    let options = ["--data", data.to_str().unwrap(), "--rules", rules.to_str().unwrap()];
    let mut dev = Dev::printing_to(&log, LOGGED, &options);
    for name in written::DATABASES {
        written::keep_rows(&data.join(name));
    }

    let mut maker = Maker::default();
    let open = maker.planted.identifier("open", "said openly");
    let everywhere = maker.everywhere();
    assert!(send_all(&dev, "lines", &everywhere, false) > 500);
    for form in FORMS {
        for is_zipped in [false, true] {
            let way = format!("{form}{}", if is_zipped { " gzip" } else { "" });
            let events = maker.one_of_each(&way);
            assert!(send_all(&dev, form, &events, is_zipped) > events::TYPES.len(), "{way}");
        }
    }
    send_refused(&dev, &mut maker);
    send_unparseable(&dev, &mut maker);
    vendors::deliver(&dev, &mut maker);
    send_in_vain(&dev, &mut maker);
    ask_in_vain(&dev, &mut maker);
    let alert = cross_the_threshold(&dev, &mut maker, &open);
    dev.settle();

    let mut search =
        Search { planted: &maker.planted, leaks: BTreeSet::new(), saw_open: BTreeSet::new() };
    visit(&dev, &alert, &mut search);
    dev.kill();
    for name in written::DATABASES {
        for reading in written::kept_rows(&data.join(name)) {
            search.look(name, &reading, nothing);
        }
    }
    for (file, bytes) in written::files(folder.path()) {
        search.look(&format!("the file {}", file.file_name().unwrap().display()), &bytes, nothing);
    }
    let Search { leaks, saw_open, .. } = search;
    assert!(
        leaks.is_empty(),
        "{} leaks:\n{}",
        leaks.len(),
        leaks.into_iter().collect::<Vec<_>>().join("\n")
    );
    // What is no secret is found, so that the search is known to see.
    for place in [
        "tables.db",
        "queues.db",
        "/local/outbox as operations",
        "/alerts/{id} as operations",
        "/v1/alerts/{id} as operations",
        "/conversations/{id} as operations",
        "/v1/metrics/{name} as operations",
    ] {
        assert!(saw_open.contains(place), "{place} is not among {saw_open:?}");
    }
    assert!(fs::metadata(&log).unwrap().len() > 10_000);
}
