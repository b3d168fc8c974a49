//! The real process, killed fifty times under load: counts exact, one message for each transition.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::{
    collections::BTreeMap,
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

mod running;

use running::{Dev, TOCSIN};

const KILLS: u64 = 50;
/// Killed between the topic's taking a message and the mark that says so, a publisher sends it again:
/// twice rather than never. The window is about a millisecond.
const DOUBLED: usize = 2;

const RULES: &str = "
rules:
  - name: fallback-high
    metric: fallback_rate
    by: [intent]
    threshold: { over: 0.02, min_count: 8 }
    over: 3d
    severity: page
    next_action: Roll back the prompt version.
    owner: ai_lead
  - name: escalations-high
    metric: escalation_rate
    by: [channel]
    threshold: { over: 0.05, min_count: 8 }
    over: 3d
    severity: warning
    next_action: Read three of the exemplar conversations.
    owner: ai_lead
";

#[test]
fn a_process_killed_fifty_times_under_load_counts_exactly_and_sends_each_message_once() {
    let folder = tempfile::tempdir().unwrap();
    let (day, rules) = (folder.path().join("day.ndjson"), folder.path().join("rules.yaml"));
    fs::write(&rules, RULES).unwrap();
    let written = Command::new(TOCSIN)
        .args(["simulate", "--days", "1", "--volume", "60", "--seed", "7", "--duplicate", "0.05"])
        .stdout(fs::File::create(&day).unwrap())
        .status()
        .unwrap();
    assert!(written.success());
    let rules = rules.to_str().unwrap();
    let undisturbed = Dev::start(&["--rules", rules]);
    assert!(undisturbed.replay(&day));
    undisturbed.settle();

    let data = folder.path().join("data");
    let options = ["--data", data.to_str().unwrap(), "--rules", rules];
    for kill in 0..KILLS {
        let mut dev = Dev::start(&options);
        let mut replay = Command::new(TOCSIN)
            .args(["replay", "--url", &dev.url])
            .arg(&day)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(40 + kill * 131 % 700));
        dev.kill();
        let _ = replay.kill();
        let _ = replay.wait();
    }
    let dev = Dev::start(&options);
    assert!(dev.replay(&day));
    dev.settle();

    for metric in ["contacts", "fallback_rate", "handle_time", "csat", "repeat_contact_rate_24h"] {
        for by in ["", "&by=intent", "&by=channel"] {
            let range = format!("from=2026-01-01T00:00:00Z&to=2026-01-12T00:00:00Z{by}");
            let expected = undisturbed.figures(metric, &range);
            assert_eq!(dev.figures(metric, &range), expected, "{metric}{by}");
        }
    }
    assert!(dev.verifies().contains("differences    0"));
    check_messages(&dev);
}

fn json_in(text: &Value) -> Value {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

/// Alerts begin with a tick, and what it decided before it was killed is handed over by the next one, a
/// minute later.
const NEXT_TICKS: Duration = Duration::from_mins(3);

/// Each message once, and each alert told of in one, but for what a whole that fires silences.
fn check_messages(dev: &Dev) {
    let until = Instant::now() + NEXT_TICKS;
    while let Some(opened) = untold(dev) {
        assert!(Instant::now() < until, "{opened} was never told");
        std::thread::sleep(Duration::from_secs(1));
    }
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for own in messages(dev) {
        let notification = own["notification"].as_str().unwrap_or_else(|| panic!("{own}"));
        *sent.entry(notification.to_owned()).or_default() += 1;
    }
    let doubled: Vec<_> = sent.iter().filter(|(_, times)| **times > 1).collect();
    eprintln!("{} messages, doubled: {doubled:?}", sent.len());
    assert!(doubled.len() <= DOUBLED && doubled.iter().all(|(_, times)| **times == 2));
}

/// What people were sent; chat has a topic of its own.
fn messages(dev: &Dev) -> Vec<Value> {
    let outbox = dev.get("/local/outbox");
    let by_protocol = outbox.as_array().unwrap().iter().map(|sent| json_in(&sent["message"]));
    by_protocol.filter_map(|by| by.get("https").map(json_in)).collect()
}

/// The beginning of an alert that nobody was told of and nothing holds back.
fn untold(dev: &Dev) -> Option<String> {
    // Before the messages are: what opens in between is not asked for.
    let alerts = dev.get("/v1/alerts");
    let alerts = alerts["alerts"].as_array().unwrap();
    if alerts.len() < 2 {
        return Some("one of the two alerts of these events".to_owned());
    }
    dev.settle();
    let messages = messages(dev);
    let told = messages.iter().flat_map(|own| own["group"]["notifications"].as_array().unwrap());
    let told: Vec<&Value> = told.collect();
    let open = alerts.iter().filter(|alert| alert["state"] != "pending");
    let mut opened = open.map(|alert| alert["id"].as_str().unwrap());
    let untold = opened.find(|id| {
        let whole = dev.get(&format!("/v1/alerts/{id}"));
        let is_held_back = whole["timeline"].to_string().contains("held back");
        !told.contains(&&json!(format!("{id}-0-opened"))) && !is_held_back
    });
    untold.map(|id| format!("{id}-0-opened"))
}
