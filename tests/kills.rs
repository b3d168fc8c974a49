//! The real process, killed fifty times under load: counts exact, one message for each transition.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::{
    collections::BTreeMap,
    fs,
    process::{Command, Stdio},
    time::Duration,
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

/// Each message once, and each alert told of in one, but for what a whole that fires silences.
fn check_messages(dev: &Dev) {
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    let mut told: Vec<Value> = Vec::new();
    for message in dev.get("/local/outbox").as_array().unwrap() {
        let by_protocol: Value = json_in(&message["message"]);
        // Chat has a topic of its own.
        if by_protocol.get("https").is_none() {
            continue;
        }
        let own = json_in(&by_protocol["https"]);
        let notification = own["notification"].as_str().unwrap_or_else(|| panic!("{message}"));
        *sent.entry(notification.to_owned()).or_default() += 1;
        told.extend(own["group"]["notifications"].as_array().unwrap().iter().cloned());
    }
    let doubled: Vec<_> = sent.iter().filter(|(_, times)| **times > 1).collect();
    eprintln!("{} messages, doubled: {doubled:?}", sent.len());
    assert!(doubled.len() <= DOUBLED && doubled.iter().all(|(_, times)| **times == 2));
    let alerts = dev.get("/v1/alerts");
    let alerts = alerts["alerts"].as_array().unwrap();
    assert!(alerts.len() > 1, "{alerts:?}");
    for alert in alerts.iter().filter(|alert| alert["state"] != "pending") {
        let opened = format!("{}-0-opened", alert["id"].as_str().unwrap());
        let whole = dev.get(&format!("/v1/alerts/{}", alert["id"].as_str().unwrap()));
        let is_held_back = whole["timeline"].to_string().contains("held back");
        assert!(told.contains(&json!(opened)) || is_held_back, "{opened} was never told");
    }
}
