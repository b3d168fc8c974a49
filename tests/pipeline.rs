//! The whole pipeline from outside: the command `tocsin` as people run it, over HTTP.
//!
//! What reads recorded data finds it through `TOCSIN_REFERENCE`; without it that part says so.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

mod running;

use running::{Dev, TOCSIN, client};

const KEY: (&str, &str) = ("authorization", "Bearer local");
const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const JANUARY: &str = "from=1999-01-01T00:00:00Z&to=1999-02-01T00:00:00Z";

/// The recorded call centre's month, as events; `None` where the reference folder is not there.
fn january(folder: &Path, options: &[&str]) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told where recorded data is")]
    let Ok(reference) = std::env::var("TOCSIN_REFERENCE") else {
        eprintln!("left out: TOCSIN_REFERENCE does not name the folder of recorded data");
        return None;
    };
    let datasets = Path::new(&reference).join("datasets");
    let file = folder.join("january.ndjson");
    let made = Command::new("python3")
        .arg(datasets.join("anonymous_bank.py"))
        .arg(datasets.join("anonymous_bank_1999_january.txt"))
        .args(options)
        .stdout(fs::File::create(&file).unwrap())
        .status()
        .unwrap();
    assert!(made.success());
    Some(file)
}

fn check_january(dev: &Dev) {
    let total = |metric: &str| dev.figures(metric, JANUARY)[""].clone();
    assert_eq!(total("contacts")["value"], json!(31_599.0));
    for (metric, numerator, denominator) in [
        ("abandonment_rate", 3_341, 16_926),
        ("service_level", 2_927, 16_926),
        ("repeat_contact_rate_24h", 5_709, 13_424),
        ("repeat_contact_rate_7d", 8_307, 13_424),
    ] {
        let point = total(metric);
        assert_eq!(point["numerator"], json!(numerator), "{metric}");
        assert_eq!(point["denominator"], json!(denominator), "{metric}");
    }
    for (metric, count, sum) in [
        ("speed_of_answer", 13_585, 947_857.0),
        ("handle_time", 27_060, 4_964_204.0),
        ("agent_handle_time", 27_060, 4_964_204.0),
        ("first_response_time", 27_060, 2_685_175.0),
        ("first_response_time_human", 27_060, 2_685_175.0),
    ] {
        let point = total(metric);
        assert_eq!((&point["count"], &point["sum"]), (&json!(count), &json!(sum)), "{metric}");
    }
    let by_intent = dev.figures("contacts", &format!("{JANUARY}&by=intent"));
    let by_intent: BTreeMap<&str, f64> = by_intent
        .iter()
        .map(|(intent, point)| (intent.as_str(), point["value"].as_f64().unwrap()))
        .collect();
    let expected = [
        ("regular_activity", 22_998.0),
        ("new_customer", 5_582.0),
        ("stock_exchange", 1_586.0),
        ("callback_request", 972.0),
        ("internet_support", 295.0),
        ("regular_activity_english", 164.0),
        ("other", 2.0),
    ];
    assert_eq!(by_intent, BTreeMap::from(expected));
    let by_queue = dev.figures("service_level", &format!("{JANUARY}&by=queue"));
    for (queue, numerator, denominator) in [
        ("PS", 2_277, 11_868),
        ("NW", 426, 3_571),
        ("NE", 144, 849),
        ("TT", 60, 357),
        ("IN", 11, 189),
        ("PE", 9, 92),
    ] {
        let point = &by_queue[queue];
        assert_eq!(point["numerator"], json!(numerator), "{queue}");
        assert_eq!(point["denominator"], json!(denominator), "{queue}");
    }
    let by_segment = dev.figures("handle_time", &format!("{JANUARY}&by=segment"));
    assert_eq!(by_segment["priority"]["sum"], json!(1_614_023.0));
    assert_eq!(by_segment["regular"]["sum"], json!(3_350_181.0));
    let hourly = dev.get(&format!("/v1/metrics/handle_time?{JANUARY}&step=3600"));
    let points = hourly["series"][0]["points"].as_array().unwrap();
    let sum: f64 = points.iter().filter_map(|point| point["sum"].as_f64()).sum();
    assert_eq!(json!(sum), json!(4_964_204.0));
}

#[test]
fn a_recorded_month_is_counted_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let Some(month) = january(folder.path(), &[]) else { return };
    let dev = Dev::start(&[]);
    assert!(dev.replay(&month));
    dev.settle();
    check_january(&dev);
    assert!(dev.verifies().contains("differences    0"));
}

#[test]
fn a_recorded_month_shuffled_and_repeated_counts_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let Some(month) = january(folder.path(), &["--shuffle", "7", "--duplicate", "0.3"]) else {
        return;
    };
    let dev = Dev::start(&[]);
    assert!(dev.replay(&month));
    dev.settle();
    check_january(&dev);
}

/// Data about the data, and what is sampled.
const ARRIVAL_DEPENDENT: [&str; 9] = [
    "longest_wait",
    "freshness_seconds",
    "late_events",
    "duplicate_events",
    "conflicting_events",
    "rejected_events",
    "unknown_types",
    "uptime",
    "completeness",
];

/// Every metric that does not depend on arrival, in total and by each dimension that it is kept by, by
/// the hour: each series as it is given. Series of agents stand in the order of their hashes, which
/// are each process's own.
fn all_figures(dev: &Dev) -> BTreeMap<String, String> {
    let mut figures = BTreeMap::new();
    let metrics = dev.get("/v1/metrics");
    for metric in metrics["metrics"].as_array().unwrap() {
        let name = metric["name"].as_str().unwrap();
        if ARRIVAL_DEPENDENT.contains(&name) {
            continue;
        }
        let cuts = metric["dimensions"].as_array().unwrap();
        let cuts = cuts.iter().map(|cut| format!("&by={}", cut.as_str().unwrap()));
        for by in std::iter::once(String::new()).chain(cuts) {
            let range = "from=2026-01-05T00:00:00Z&to=2026-01-06T00:00:00Z&step=3600";
            let answer = dev.get(&format!("/v1/metrics/{name}?{range}{by}"));
            for series in answer["series"].as_array().unwrap() {
                let asked = format!("{name}{by} {}", series["dimensions"]);
                figures.insert(asked, series["points"].to_string());
            }
        }
    }
    figures
}

#[test]
fn a_simulated_day_counts_the_same_in_any_order_and_cut_and_however_often() {
    let folder = tempfile::tempdir().unwrap();
    let day = simulated_day(folder.path(), "30");
    let mut lines: Vec<String> =
        fs::read_to_string(&day).unwrap().lines().map(str::to_owned).collect();
    // A permutation by a hash of each line; a third of the lines come again, elsewhere.
    let hash = |line: &String, salt: &str| {
        let bytes = salt.bytes().chain(line.bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let again: Vec<String> =
        lines.iter().filter(|line| hash(line, "again") % 3 == 0).cloned().collect();
    let n_once = lines.len();
    lines.extend(again);
    let mut numbered: Vec<(u64, &String)> = lines
        .iter()
        .enumerate()
        .map(|(place, line)| (hash(line, if place < n_once { "once" } else { "twice" }), line))
        .collect();
    numbered.sort_unstable();
    let shuffled = folder.path().join("shuffled.ndjson");
    let text: Vec<&str> = numbered.iter().map(|(_, line)| line.as_str()).collect();
    fs::write(&shuffled, text.join("\n")).unwrap();

    let figures = [day, shuffled].map(|file| {
        let dev = Dev::start(&[]);
        assert!(dev.replay(&file));
        dev.settle();
        all_figures(&dev)
    });
    let [in_order, shuffled] = figures;
    assert!(in_order.len() > 1_000, "{} series", in_order.len());
    let differs = |(asked, points): &(&String, &String)| shuffled.get(*asked) != Some(points);
    let different: Vec<_> = in_order.iter().filter(differs).take(3).collect();
    assert!(different.is_empty() && shuffled.len() == in_order.len(), "{different:?}");
}

/// A day of a simulated centre of so many conversations an hour, as NDJSON.
fn simulated_day(folder: &Path, volume: &str) -> PathBuf {
    let file = folder.join("day.ndjson");
    let written = Command::new(TOCSIN)
        .args(["simulate", "--days", "1", "--volume", volume, "--seed", "5"])
        .stdout(fs::File::create(&file).unwrap())
        .status()
        .unwrap();
    assert!(written.success());
    file
}

#[test]
fn a_process_killed_three_times_loses_nothing_and_counts_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let day = simulated_day(folder.path(), "100");
    let undisturbed = Dev::start(&[]);
    assert!(undisturbed.replay(&day));
    undisturbed.settle();

    let data = folder.path().join("data");
    let options = ["--data", data.to_str().unwrap()];
    for pause in [150, 300, 600] {
        let mut dev = Dev::start(&options);
        let url = dev.url.clone();
        let file = day.clone();
        let sender = std::thread::spawn(move || {
            let mut replay = Command::new(TOCSIN);
            let replay = replay.args(["replay", "--url", &url]).arg(file);
            let mut replay = replay.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(pause));
            let _ = replay.kill();
            let _ = replay.wait();
        });
        std::thread::sleep(Duration::from_millis(pause));
        dev.kill();
        sender.join().unwrap();
    }
    let dev = Dev::start(&options);
    assert!(dev.replay(&day));
    dev.settle();
    let range = "from=2026-01-01T00:00:00Z&to=2026-01-12T00:00:00Z&by=intent";
    for metric in ["contacts", "fallback_rate", "handle_time", "csat", "repeat_contact_rate_24h"] {
        assert_eq!(dev.figures(metric, range), undisturbed.figures(metric, range), "{metric}");
    }
    assert!(dev.verifies().contains("differences    0"));
}

#[test]
fn what_can_not_be_taken_is_refused_by_name_and_the_rest_is_counted() {
    let dev = Dev::start(&[]);
    let event = |id: &str, extra: Value| {
        let mut event = json!({
            "specversion": "1.0", "id": id, "source": "/test", "subject": "s",
            "type": "cx.message.added", "time": "2026-03-02T09:00:00Z",
            "data": { "author": "customer" },
        });
        for (name, value) in extra.as_object().unwrap() {
            event[name] = value.clone();
        }
        event.to_string()
    };
    let good = event("a", json!({}));
    assert_eq!(dev.post(&good, &[]).0, 401);
    assert_eq!(dev.post(&good, &[("authorization", "Bearer nobody")]).0, 401);
    assert_eq!(dev.post("{not json", &[KEY]).0, 400);
    assert_eq!(dev.post(&"x".repeat(1_100_000), &[KEY]).0, 413);
    let many = vec![good.as_str(); 1_001].join("\n");
    assert_eq!(dev.post(&many, &[KEY, NDJSON]).0, 413);

    let mut mixed = good.clone();
    for (id, extra) in [
        ("b", json!({ "time": "yesterday" })),
        ("c", json!({ "data": { "author": "nobody" } })),
        ("d", json!({ "subject": null })),
        ("e", json!({ "data": 7 })),
    ] {
        mixed.push('\n');
        mixed.push_str(&event(id, extra));
    }
    let (status, answer) = dev.post(&mixed, &[KEY, NDJSON]);
    assert_eq!((status, &answer["accepted"]), (202, &json!(1)), "{answer}");
    let rejected = answer["rejected"].as_array().unwrap();
    let fields: Vec<&str> = rejected.iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["time", "data.author", "subject", "data"]);
    assert_eq!(rejected[0]["index"], json!(1));
    dev.settle();
    let range = "from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z";
    assert_eq!(dev.figures("contacts", range)[""]["value"], json!(1.0));
}

#[test]
fn the_same_request_with_text_twice_at_once_is_counted_once() {
    let dev = Dev::start(&[]);
    let said = json!({
        "specversion": "1.0", "id": "a", "source": "/test", "subject": "s",
        "type": "cx.message.added", "time": "2026-03-02T09:00:00Z",
        "data": { "author": "customer", "text": "where is my parcel" },
    });
    let refused = json!({ "data": { "text": "x".repeat(2_000) } });
    let body = json!([said, refused, refused]).to_string();
    for _ in 0..3 {
        let (status, answer) = dev.post(&body, &[KEY]);
        assert_eq!((status, &answer["accepted"]), (202, &json!(1)), "{answer}");
    }
    dev.settle();
    let range = "from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z";
    assert_eq!(dev.figures("contacts", range)[""]["value"], json!(1.0));
    assert_eq!(dev.get("/local/status")["queues"]["events-dead"]["visible"], json!(0));
    let redriven = client().post(format!("{}/local/redrive", dev.url)).send().unwrap();
    let redriven: Value = redriven.json().unwrap();
    assert_eq!(redriven, json!({ "alerts": 0, "events": 0, "ticks": 0 }));
    let mut contradicting = said.clone();
    contradicting["data"]["text"] = json!("here it is");
    assert_eq!(dev.post(&contradicting.to_string(), &[KEY]).0, 202);
    dev.settle();
    // Counted at their receipt, which in virtual time is the newest event's.
    assert_eq!(dev.figures("duplicate_events", range)[""]["value"], json!(2.0));
    assert_eq!(dev.figures("conflicting_events", range)[""]["value"], json!(1.0));
    assert_eq!(dev.figures("contacts", range)[""]["value"], json!(1.0));
}

#[test]
fn virtual_time_does_not_run_back_over_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--data", folder.path().to_str().unwrap()];
    let mut dev = Dev::start(&options);
    let event = json!({
        "specversion": "1.0", "id": "a", "source": "/test", "subject": "s",
        "type": "cx.conversation.started", "time": "2026-03-02T09:00:00Z",
    });
    assert_eq!(dev.post(&event.to_string(), &[KEY]).0, 202);
    dev.kill();
    let dev = Dev::start(&options);
    assert_eq!(dev.get("/local/status")["now"], json!("2026-03-02T09:00:00Z"));
    dev.settle();
    assert_eq!(dev.figures("contacts", "")[""]["value"], json!(1.0));
    assert_eq!(dev.get("/v1/metrics/contacts")["freshness_seconds"], json!(0));
    assert_eq!(dev.figures("freshness_seconds", "by=source")["/test"]["value"], json!(0.0));
}

#[test]
fn a_gzip_bomb_is_refused() {
    let dev = Dev::start(&[]);
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b' '; 64 << 20]).unwrap();
    let bomb = bomb.finish().unwrap();
    let request = client().post(format!("{}/v1/events", dev.url)).body(bomb);
    let request = request.header(KEY.0, KEY.1).header("content-encoding", "gzip");
    assert_eq!(request.send().unwrap().status().as_u16(), 413);
}

#[test]
fn the_longest_wait_is_sampled_while_somebody_waits() {
    let dev = Dev::start(&[]);
    let event = |id: &str, subject: &str, kind: &str, time: &str, data: Value| {
        json!({
            "specversion": "1.0", "id": id, "source": "/test", "subject": subject, "type": kind,
            "time": format!("2026-03-02T{time}Z"), "data": data,
        })
        .to_string()
    };
    let entered = |id: &str, time: &str| {
        event(id, id, "cx.queue.entered", time, json!({ "queue": "billing", "channel": "voice" }))
    };
    let left = |id: &str, time: &str| {
        let data = json!({ "queue": "billing", "outcome": "answered" });
        event(&format!("{id}-left"), id, "cx.queue.left", time, data)
    };
    // The sample of a minute is taken once, by its first tick: what it is to see is counted before.
    let wait = |body: String, minute: &str| {
        assert_eq!(dev.post(&body, &[KEY, NDJSON]).0, 202);
        dev.settle();
        let (time, data) = (format!("{minute}:00"), json!({ "author": "customer" }));
        let later = event(minute, "other", "cx.message.added", &time, data);
        assert_eq!(dev.post(&later, &[KEY, NDJSON]).0, 202);
        dev.settle();
        let range = format!("from=2026-03-02T{minute}:00Z&to=2026-03-02T{minute}:59Z&by=queue");
        dev.figures("longest_wait", &range)["billing"]["value"].as_f64().unwrap()
    };
    assert!((wait(entered("a", "09:00:10"), "09:01") - 50.0).abs() < 0.001);
    assert!((wait(entered("b", "09:02:30"), "09:03") - 170.0).abs() < 0.001);
    assert!((wait(left("a", "09:04:00"), "09:05") - 150.0).abs() < 0.001);
    assert!(wait(left("b", "09:06:00"), "09:07").abs() < 0.001);
    let range = "from=2026-03-02T09:00:00Z&to=2026-03-02T09:08:00Z";
    assert_eq!(dev.figures("longest_wait", range)[""]["value"], json!(0.0));

    assert!(dev.figures("late_events", range).is_empty());
    let data = json!({ "author": "customer" });
    let late = event("late", "other", "cx.message.added", "08:50:00", data);
    assert_eq!(dev.post(&late, &[KEY]).0, 202);
    dev.settle();
    assert_eq!(dev.figures("late_events", range)[""]["value"], json!(1.0));
}

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

#[test]
fn a_crossed_threshold_becomes_one_message_that_leads_to_the_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules.yaml");
    fs::write(&rules, RULES).unwrap();
    let dev = Dev::start(&["--rules", rules.to_str().unwrap()]);
    let lines: Vec<String> = (0..40)
        .map(|number| {
            let outcome = if number % 2 == 0 { "fallback" } else { "answered" };
            json!({
                "specversion": "1.0", "id": format!("e{number}"), "source": "/test",
                "subject": format!("s{number}"), "type": "cx.ai.responded",
                "time": format!("2026-03-02T09:00:{number:02}Z"),
                "data": { "outcome": outcome, "intent": "refund_status" },
            })
            .to_string()
        })
        .collect();
    let crossed = Instant::now();
    assert_eq!(dev.post(&lines.join("\n"), &[KEY, NDJSON]).0, 202);
    // The same again changes nothing and must not send anything either.
    assert_eq!(dev.post(&lines.join("\n"), &[KEY, NDJSON]).0, 202);
    // Chat has a topic of its own.
    let messages = || {
        let mut outbox = dev.get("/local/outbox").as_array().unwrap().clone();
        outbox.retain(|message| !message["topic"].as_str().unwrap().ends_with(":chat"));
        outbox
    };
    let message = loop {
        if let Some(message) = messages().first() {
            break message.clone();
        }
        assert!(crossed.elapsed() < Duration::from_secs(90), "no message after 90 s");
        std::thread::sleep(Duration::from_millis(200));
    };
    assert_eq!(message["attributes"]["rule"], json!("fallback-high"));
    dev.settle();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(messages().len(), 1);

    let alerts = dev.get("/v1/alerts");
    let alert = &alerts["alerts"][0];
    assert_eq!((&alert["state"], &alert["severity"]), (&json!("firing"), &json!("page")));
    assert_eq!(alert["dimensions"]["intent"], json!("refund_status"));
    let behind = dev.get(&format!("/v1/conversations?alert={}", alert["id"].as_str().unwrap()));
    let id = behind["conversations"][0]["id"].as_str().unwrap();
    let journey = dev.get(&format!("/v1/conversations/{id}"));
    assert_eq!(journey["intent"], json!("refund_status"));
}

const POLICY: &str = "
forbidden:
  - phrases: [guaranteed return]
    severity: severe
person:
  also: [beam me up]
";

#[test]
fn what_is_said_is_judged_scored_and_understood_once() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    fs::write(&policy, POLICY).unwrap();
    let dev = Dev::start(&["--policy", policy.to_str().unwrap()]);
    let said = [
        ("customer", "This is terrible."),
        ("ai", "It has a GUARANTEED return!"),
        ("customer", "Beam me up"),
        ("human", "Hello"),
    ];
    let event = |(place, (author, text)): (usize, &(&str, &str))| {
        json!({
            "specversion": "1.0", "id": place.to_string(), "source": "/test", "subject": "s",
            "type": "cx.message.added", "time": format!("2026-03-02T09:00:0{place}Z"),
            "data": { "author": author, "text": text },
        })
        .to_string()
    };
    let state = |(place, state): (usize, &str)| {
        json!({
            "specversion": "1.0", "id": format!("state{place}"), "source": "/test",
            "type": "cx.agent.state_changed", "time": format!("2026-03-02T09:0{place}:00Z"),
            "data": { "agent": "bo", "state": state, "slots_total": 3, "slots_busy": place },
        })
        .to_string()
    };
    let events = said.iter().enumerate().map(event);
    let states = ["available", "handling", "away"].into_iter().enumerate().map(state);
    let body = events.chain(states).collect::<Vec<_>>().join("\n");
    for _ in 0..2 {
        assert_eq!(dev.post(&body, &[KEY, NDJSON]).0, 202);
        dev.settle();
    }
    let range = "from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z";
    let sentiment = dev.figures("sentiment", range)[""].clone();
    assert_eq!((&sentiment["count"], &sentiment["sum"]), (&json!(2), &json!(-0.4767)));
    let requests = dev.figures("agent_request_rate", range)[""].clone();
    assert_eq!(requests["numerator"], json!(1));
    let listed = dev.get(&format!("/v1/conversations?metric=agent_request_rate&{range}"));
    let id = listed["conversations"][0]["id"].as_str().unwrap_or_else(|| panic!("{listed}"));
    let journey = dev.get(&format!("/v1/conversations/{id}")).to_string();
    assert_eq!(journey.matches("brand_safe: fail").count(), 1, "{journey}");
    assert_eq!(journey.matches("brand_safe: pass").count(), 1, "{journey}");
    let printed = dev.verifies();
    assert!(
        printed.contains("agents         1") && printed.contains("differences    0"),
        "{printed}"
    );
}

impl Dev {
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        let method = method.parse().unwrap();
        let mut request = client().request(method, format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply(request.send().unwrap())
    }
}

struct Reply(reqwest::blocking::Response);

impl Reply {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn header(&self, name: &str) -> &str {
        self.0.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }
}

#[test]
fn every_route_says_which_methods_it_has_and_answers_a_browser_on_pages() {
    let dev = Dev::start(&[]);
    let read = "GET, HEAD, OPTIONS";
    for (path, allow) in [
        ("/", read),
        ("/healthz", read),
        ("/assets/console.css", read),
        ("/metrics/csat", read),
        ("/v1/metrics", read),
        ("/v1/metrics/csat", read),
        ("/v1/alerts", read),
        ("/silences", "GET, HEAD, POST, OPTIONS"),
        ("/insights/alert_quality", read),
        ("/v1/insights/alert_quality", read),
        ("/local/status", read),
        ("/local/outbox", read),
        ("/local/role", "GET, HEAD, POST, OPTIONS"),
        ("/v1/events", "POST, OPTIONS"),
    ] {
        let options = dev.ask("OPTIONS", path, &[]);
        assert_eq!((options.status(), options.header("allow")), (204, allow), "{path}");
        let delete = dev.ask("DELETE", path, &[]);
        assert_eq!((delete.status(), delete.header("allow")), (405, allow), "{path}");
        assert_eq!(delete.header("content-type"), "application/problem+json", "{path}");
        if allow.contains("GET") {
            let (get, head) = (dev.ask("GET", path, &[]), dev.ask("HEAD", path, &[]));
            assert_eq!((get.status(), head.status()), (200, 200), "{path}");
            assert_eq!(get.header("content-type"), head.header("content-type"), "{path}");
            assert_eq!(head.0.bytes().unwrap().len(), 0, "{path}");
        }
    }
    assert_eq!(dev.ask("POST", "/v1/events", &[]).header("www-authenticate"), "Bearer");

    let browser = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    for (path, headers, status, media_type) in [
        ("/metrics/none", &[browser][..], 404, "text/html; charset=utf-8"),
        ("/nothing", &[browser], 404, "text/html; charset=utf-8"),
        ("/alerts/none", &[browser, ("x-tocsin-role", "agent")], 403, "text/html; charset=utf-8"),
        ("/", &[browser, ("x-tocsin-role", "root")], 400, "text/html; charset=utf-8"),
        ("/metrics/none", &[], 404, "application/problem+json"),
        ("/v1/metrics/none", &[browser], 404, "application/problem+json"),
        ("/v1/conversations?metric=contacts", &[browser], 400, "application/problem+json"),
    ] {
        let reply = dev.ask("GET", path, headers);
        assert_eq!((reply.status(), reply.header("content-type")), (status, media_type), "{path}");
    }
}

#[test]
fn a_body_is_taken_in_whatever_form_it_comes_and_refused_by_the_event() {
    let dev = Dev::start(&[]);
    let event = |id: &str| {
        json!({
            "specversion": "1.0", "id": id, "source": "/test", "subject": "\u{1}\u{7}",
            "type": "cx.message.added", "time": "2026-03-02T09:00:00Z",
            "data": { "author": "customer" },
        })
        .to_string()
    };
    let post = |body: Vec<u8>, headers: &[(&str, &str)]| {
        let mut request = client().post(format!("{}/v1/events", dev.url)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().unwrap();
        let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        (response.status().as_u16(), media_type, response.json::<Value>().unwrap())
    };
    let (key, marked) = (("authorization", "bearer local"), format!("\u{feff}{}", event("a")));
    let (status, media_type, answer) = post(marked.into_bytes(), &[key]);
    assert_eq!((status, media_type.as_str()), (202, "application/json"));
    assert_eq!(answer, json!({ "accepted": 1, "rejected": [] }));

    let line = [event("b").as_bytes(), b"\n{\"id\":\"\xFF\"}\n", event("c").as_bytes()].concat();
    let (status, _, answer) = post(line, &[KEY, NDJSON]);
    assert_eq!((status, &answer["accepted"]), (202, &json!(2)));
    let rejected = &answer["rejected"][0];
    assert_eq!((&rejected["error"], &rejected["id"]), (&json!("not_utf8"), &Value::Null));

    let large = json!({ "id": "d", "data": { "text": "x".repeat(70_000) } }).to_string();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (body, error, field, id) in [
        (large.as_str(), "too_large", "event", json!("d")),
        ("", "not_json", "event", Value::Null),
        ("[1e400]", "not_json", "event", Value::Null),
        (&format!("[{deep}]"), "not_json", "event", Value::Null),
        ("[7]", "wrong_type", "event", Value::Null),
        (r#"{"id":"e","specversion":"1.0"}"#, "missing", "source", json!("e")),
    ] {
        let (status, media_type, answer) = post(body.as_bytes().to_vec(), &[KEY]);
        assert_eq!((status, media_type.as_str()), (400, "application/problem+json"), "{answer}");
        assert_eq!((&answer["status"], &answer["field"]), (&json!(400), &json!(field)), "{answer}");
        assert_eq!(answer["title"], json!("Bad Request"));
        assert_eq!(answer["accepted"], json!(0));
        let rejected = &answer["rejected"][0];
        assert_eq!(answer["detail"], rejected["detail"]);
        assert_eq!(
            (&rejected["index"], &rejected["error"], &rejected["id"]),
            (&json!(0), &json!(error), &id),
            "{answer}"
        );
    }
    let binary = [
        KEY,
        ("ce-specversion", "1.0"),
        ("ce-id", "f"),
        ("ce-source", "/test"),
        ("ce-subject", "s"),
        ("ce-type", "cx.message.added"),
        ("ce-time", "2026-03-02T09:00:00Z"),
    ];
    let (status, _, answer) = post(b"<message/>".to_vec(), &binary);
    assert_eq!((status, &answer["field"]), (400, &json!("data")));
    assert_eq!(answer["rejected"][0]["id"], json!("f"));
    assert_eq!(post(b"[]".to_vec(), &[KEY]).0, 202);
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let gzipped = [KEY, ("content-encoding", "GZIP")];
    let whole = gzip(event("g").as_bytes());
    assert_eq!(post(whole.clone(), &gzipped).0, 202);
    assert_eq!(post(whole[..whole.len() - 4].to_vec(), &gzipped).0, 400);

    let range = "from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z";
    dev.settle();
    assert_eq!(dev.figures("contacts", range)[""]["value"], json!(1.0));
}

#[test]
fn a_sender_can_not_make_series_without_end_and_levels_still_add_up() {
    let dev = Dev::start(&[]);
    let events = |of: &dyn Fn(usize) -> Value| {
        let lines: Vec<String> = (0..400)
            .map(|number| {
                let mut event = json!({
                    "specversion": "1.0", "id": format!("e{number}"), "source": "/test",
                    "time": "2026-03-02T09:00:00Z",
                });
                for (name, value) in of(number).as_object().unwrap() {
                    event[name] = value.clone();
                }
                event.to_string()
            })
            .collect();
        lines.join("\n")
    };
    let refused = |number| json!({ "type": "cx.queue.observed", "source": format!("/s{number}") });
    let unknown = |number| json!({ "type": format!("com.vendor.t{number}") });
    let queues = |number| {
        let data = json!({ "queue": format!("q{number}"), "length": 1 + number % 2 });
        json!({ "type": "cx.queue.observed", "data": data })
    };
    for of in [&unknown as &dyn Fn(usize) -> Value, &queues] {
        // Twice: an observation is an upsert.
        for _ in 0..2 {
            assert_eq!(dev.post(&events(of), &[KEY, NDJSON]).0, 202);
        }
    }
    assert_eq!(dev.post(&events(&refused), &[KEY, NDJSON]).0, 400);
    dev.settle();
    let range = "from=2026-03-01T00:00:00Z&to=2026-03-03T00:00:00Z";
    let sources = dev.figures("rejected_events", &format!("{range}&by=source"));
    assert_eq!(sources.keys().collect::<Vec<_>>(), ["(other)"]);
    assert_eq!(sources["(other)"]["value"], json!(400.0));
    let types = dev.figures("unknown_types", &format!("{range}&by=type"));
    assert_eq!((types.len(), &types["(other)"]["value"]), (201, &json!(400.0)));
    let lengths = dev.figures("queue_length", &format!("{range}&by=queue"));
    assert_eq!(lengths.len(), 201);
    let level = |point: &Value| point["value"].as_f64().unwrap();
    assert!((lengths.values().map(level).sum::<f64>() - 600.0).abs() < 0.001, "{lengths:?}");
    assert_eq!(dev.figures("queue_length", range)[""]["value"], json!(600.0));
    assert!(dev.verifies().contains("differences    0"));
}

/// `/beats` sends a heartbeat each minute but for six, and says that 12 conversations started of which
/// 10 came; `/queues` sends no heartbeat, and of its four entries one never leaves.
#[test]
fn what_a_source_did_not_send_is_told() {
    let dev = Dev::start(&[]);
    let event = |id: String, source: &str, kind: &str, time: &str, data: Value| {
        json!({
            "specversion": "1.0", "id": id, "source": source, "subject": id, "type": kind,
            "time": format!("2026-03-02T{time}Z"), "data": data,
        })
        .to_string()
    };
    let beat = |minute: i32| {
        let time = format!("{:02}:{:02}:00", 8 + minute / 60, minute % 60);
        let interval = json!({ "interval_seconds": 60 });
        event(time.clone(), "/beats", "cx.source.heartbeat", &time, interval)
    };
    let mut first: Vec<String> = (0..90).map(beat).collect();
    first.extend((0..10).map(|number| {
        let time = format!("08:1{number}:30");
        event(format!("s{number}"), "/beats", "cx.conversation.started", &time, json!({}))
    }));
    for number in 0..4 {
        let (id, queue) = (format!("q{number}"), json!({ "queue": "billing" }));
        first.push(event(id, "/queues", "cx.queue.entered", "08:20:00", queue));
    }
    let totals = json!({
        "from": "2026-03-02T08:00:00Z", "to": "2026-03-02T08:59:59Z", "totals": { "started": 12 },
    });
    first.push(event("t".into(), "/beats", "cx.totals.reported", "09:05:00", totals));
    let mut second: Vec<String> = (96..=120).map(beat).collect();
    for number in 0..3 {
        let left = json!({
            "specversion": "1.0", "id": format!("l{number}"), "source": "/queues",
            "subject": format!("q{number}"), "type": "cx.queue.left",
            "time": "2026-03-02T08:25:00Z", "data": { "queue": "billing", "outcome": "answered" },
        });
        second.push(left.to_string());
    }
    // Apart, so that what was heard at first is merged by then; and the last twice.
    for body in [&first, &second, &second] {
        assert_eq!(dev.post(&body.join("\n"), &[KEY, NDJSON]).0, 202);
        dev.settle();
    }
    let shares = |metric: &str, query: &str| -> BTreeMap<String, (Value, Value)> {
        let share = |point: Value| (point["numerator"].clone(), point["denominator"].clone());
        let of_source = |(source, point)| (source, share(point));
        dev.figures(metric, query).into_iter().map(of_source).collect()
    };
    let share =
        |source: &str, part: i32, whole: i32| (source.to_owned(), (json!(part), json!(whole)));
    let range = "from=2026-03-02T08:00:00Z&to=2026-03-02T11:00:00Z&by=source";
    // It is 10:00, so 08:00 to 09:58 are judged; 09:30 to 09:35 are missing.
    assert_eq!(shares("uptime", range), BTreeMap::from([share("/beats", 113, 119)]));
    let complete = BTreeMap::from([share("/beats", 10, 12), share("/queues", 3, 4)]);
    assert_eq!(shares("completeness", range), complete);
    let hour = "from=2026-03-02T09:00:00Z&to=2026-03-02T10:00:00Z&step=3600&where=source:/beats";
    assert_eq!(shares("uptime", hour), BTreeMap::from([share("", 53, 59)]));

    let answer = |query: &str| dev.get(&format!("/v1/metrics/contacts?{query}"));
    assert_eq!(answer("")["completeness"], json!(0.75));
    assert_eq!(answer("where=source:/beats")["completeness"], json!(10.0 / 12.0));
    assert_eq!(answer("where=source:/other")["completeness"], Value::Null);
    let fresh = dev.figures("freshness_seconds", range);
    assert_eq!(fresh["/beats"]["value"], json!(0.0));
    assert_eq!(fresh["/queues"]["value"], json!(5_700.0));
    let page = dev.ask("GET", "/", &[]).0.text().unwrap();
    assert!(page.contains("complete to 75.0 %"), "{page}");
    assert!(dev.verifies().contains("differences    0"));
}

/// The start of conversation `minute`, which begins in that minute of a day: what is visible then
/// tells which conversations are.
fn start_at(minute: usize) -> String {
    json!({
        "specversion": "1.0", "id": "start", "source": "/test", "subject": format!("c{minute}"),
        "type": "cx.conversation.started",
        "time": format!("2026-03-02T{:02}:{:02}:00Z", minute / 60, minute % 60),
        "data": { "channel": "chat" },
    })
    .to_string()
}

/// The minutes in which exactly one conversation is counted; in none may there be more.
fn visible(dev: &Dev) -> BTreeSet<usize> {
    let range = "from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z&step=60";
    let answer = dev.get(&format!("/v1/metrics/contacts?{range}"));
    let series = answer["series"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let points = series.iter().flat_map(|series| series["points"].as_array().unwrap());
    let minute = |point: &Value| {
        assert_eq!(point["value"], json!(1.0), "{point}");
        let time = point["time"].as_str().unwrap();
        time[11..13].parse::<usize>().unwrap() * 60 + time[14..16].parse::<usize>().unwrap()
    };
    points.map(minute).collect()
}

#[test]
fn nothing_is_visible_that_was_not_sent_and_all_that_was_acknowledged_becomes_visible() {
    let data = tempfile::tempdir().unwrap();
    let options = ["--data", data.path().to_str().unwrap()];
    let mut dev = Dev::start(&options);
    let (mut attempted, mut acknowledged) = (BTreeSet::new(), BTreeSet::new());
    // Batches overlap, so that most starts are sent three times; some end with the process.
    for (n, first) in (0..1_380).step_by(20).enumerate() {
        let batch: BTreeSet<usize> = (first..first + 60).collect();
        attempted.extend(&batch);
        let body: Vec<String> = batch.iter().rev().map(|minute| start_at(*minute)).collect();
        let sent = client()
            .post(format!("{}/v1/events", dev.url))
            .header(KEY.0, KEY.1)
            .header(NDJSON.0, NDJSON.1)
            .body(body.join("\n"));
        if n % 25 == 24 {
            let sending =
                std::thread::spawn(move || sent.send().is_ok_and(|one| one.status() == 202));
            dev.kill();
            if sending.join().unwrap() {
                acknowledged.extend(&batch);
            }
            dev = Dev::start(&options);
        } else if sent.send().unwrap().status() == 202 {
            acknowledged.extend(&batch);
        }
        let visible = visible(&dev);
        assert!(visible.is_subset(&attempted), "{:?}", visible.difference(&attempted));
    }
    dev.settle();
    let visible = visible(&dev);
    assert!(visible.is_subset(&attempted), "{:?}", visible.difference(&attempted));
    assert!(acknowledged.is_subset(&visible), "{:?}", acknowledged.difference(&visible));
    assert!(acknowledged.len() > 1_300, "{} acknowledged", acknowledged.len());
}
