//! Vendors' deliveries into a running `tocsin dev`: signed, refused, repeated, and decoded anew.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use tocsin_domain::{
    minute::SECOND,
    platform::signature::{Scheme, WINDOW},
};
use tocsin_shell::clock::Clock;

mod running;

use running::{Dev, TOCSIN, client};

const RANGE: &str = "from=2026-03-01T00:00:00Z&to=2026-03-10T00:00:00Z";

/// The machine's time, by which signatures are judged.
fn now() -> i64 {
    Clock::Wall.now()
}

fn sample(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(file)
}

fn deliveries(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(sample(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

impl Dev {
    fn deliver(&self, path: &str, body: &str, headers: &[(String, String)]) -> (u16, Value) {
        let request = client().post(format!("{}/v1/sources/{path}", self.url));
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name.as_str(), value.as_str()));
        let response = request.body(body.to_owned()).send().unwrap();
        (response.status().as_u16(), response.json().unwrap_or(Value::Null))
    }

    fn value(&self, metric: &str) -> Value {
        self.settle();
        let figures = self.figures(metric, RANGE);
        figures.get("").map_or(Value::Null, |point| point["value"].clone())
    }

    fn admin(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(TOCSIN);
        command.arg("admin").args(arguments).args(["--url", &self.url]);
        let done = command.output().unwrap();
        let said = if done.status.success() { done.stdout } else { done.stderr };
        (done.status.success(), String::from_utf8(said).unwrap())
    }

    fn replays(&self, platform: &str, file: &str) -> String {
        let mut replay = Command::new(TOCSIN);
        let replay = replay.args(["replay", "--url", &self.url, "--platform", platform]);
        let done = replay.arg(sample(file)).output().unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        assert!(done.status.success(), "{said} {}", String::from_utf8_lossy(&done.stderr));
        said
    }
}

fn zendesk(secret: &str, body: &str, at: i64) -> Vec<(String, String)> {
    Scheme::Zendesk.sign(secret, "", body.as_bytes(), at)
}

#[test]
fn what_vendors_deliver_comes_out_as_numbers_and_counts_once() {
    let dev = Dev::start(&[]);
    for _ in 0..2 {
        for (platform, file, count) in [
            ("connect", "connect/contacts.ndjson", 12),
            ("genesys", "genesys/conversation.ndjson", 11),
            ("zendesk", "zendesk/ticket.ndjson", 12),
        ] {
            let said = dev.replays(platform, file);
            assert!(said.contains(&format!("accepted  {count:>10}")), "{platform}: {said}");
        }
        // Two calls, one by way of a bot, and a ticket.
        assert_eq!(dev.value("contacts"), json!(4.0));
        // One of the three that waited was answered by nobody.
        let waited = &dev.figures("abandonment_rate", RANGE)[""];
        assert_eq!((&waited["numerator"], &waited["denominator"]), (&json!(1), &json!(3)));
        let answered = &dev.figures("speed_of_answer", RANGE)[""];
        assert_eq!((&answered["count"], &answered["sum"]), (&json!(2), &json!(79.5)));
        // Legs: 225 s talk, 15 hold and 30 after; 240 s; 181 s, 12.5 and 25.
        let handled = &dev.figures("agent_handle_time", RANGE)[""];
        assert_eq!((&handled["count"], &handled["sum"]), (&json!(3), &json!(728.5)));
    }
    assert_eq!(
        dev.figures("conflicting_events", "from=2025-01-01T00:00:00Z&to=2027-01-01T00:00:00Z")
            .len(),
        0
    );
    dev.verifies();
}

#[test]
fn only_what_a_vendor_signed_within_five_minutes_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let dev = Dev::printing_to(&log, "audit=warn", &[]);
    let body = deliveries("zendesk/ticket.ndjson")[0].to_string();
    let now = now();
    let signed = zendesk("local", &body, now);
    let mut unsigned = signed.clone();
    unsigned.remove(0);
    let stale = zendesk("local", &body, now - WINDOW - 60 * SECOND);
    let ahead = zendesk("local", &body, now + WINDOW + 60 * SECOND);
    let other = zendesk("guessed", &body, now);
    for (path, headers, why) in [
        ("zendesk/local", &stale, "expired"),
        ("zendesk/local", &ahead, "expired"),
        ("zendesk/local", &other, "bad_signature"),
        ("zendesk/local", &unsigned, "not_signed"),
        ("zendesk/nobody", &signed, "unknown_connection"),
        ("cloudevents/local", &signed, "not_signed"),
        ("nobody/local", &signed, "unknown_connection"),
    ] {
        let before = fs::read_to_string(&log).unwrap().lines().count();
        let (status, answer) = dev.deliver(path, &body, headers);
        assert_eq!((status, &answer["status"]), (401, &json!(401)), "{path} {why} {answer}");
        let lines = fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = lines.lines().skip(before).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        for part in ["WARN", "audit", "refused", "stranger", "events.send", why] {
            assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
        }
        assert!(!lines[0].contains("local") && !lines[0].contains("nobody"), "{}", lines[0]);
    }
    assert_eq!(dev.value("contacts"), Value::Null);
    for _ in 0..2 {
        assert_eq!(dev.deliver("zendesk/local", &body, &signed).0, 202);
    }
    assert_eq!(dev.value("contacts"), json!(1.0));
}

#[test]
fn whatever_a_signed_delivery_says_is_answered_with_success() {
    let dev = Dev::start(&[]);
    let unknown = json!({"id": "1", "type": "zen:event-type:ticket.invented", "time": "2026-03-02T11:00:00Z"});
    let nothing =
        json!({"id": "2", "type": "zen:event-type:ticket.created", "time": "2026-03-02T11:00:00Z"});
    for (body, accepted, rejected) in [
        (unknown.to_string(), 1, 0),
        (nothing.to_string(), 0, 1),
        (json!([unknown, nothing]).to_string(), 1, 1),
        ("{not json".to_owned(), 0, 1),
        (String::new(), 0, 1),
    ] {
        let (status, answer) = dev.deliver("zendesk/local", &body, &zendesk("local", &body, now()));
        assert_eq!((status, &answer["accepted"]), (202, &json!(accepted)), "{body} {answer}");
        assert_eq!(answer["rejected"].as_array().map(Vec::len), Some(rejected), "{answer}");
    }
    let large = " ".repeat((1 << 20) + 1);
    assert_eq!(dev.deliver("zendesk/local", &large, &zendesk("local", &large, now())).0, 413);
}

#[test]
fn a_path_answers_who_asks_whether_somebody_is_there() {
    let dev = Dev::start(&[]);
    let url = format!("{}/v1/sources/zendesk/local", dev.url);
    assert_eq!(client().head(&url).send().unwrap().status().as_u16(), 200);
    let asked = client().request("OPTIONS".parse().unwrap(), &url);
    let plain = asked.try_clone().unwrap().send().unwrap();
    assert_eq!(
        (plain.status().as_u16(), &plain.headers()["allow"]),
        (204, &"POST, HEAD, OPTIONS".parse().unwrap())
    );
    let granted = asked.header("WebHook-Request-Origin", "events.example").send().unwrap();
    assert_eq!(granted.status().as_u16(), 200);
    assert_eq!(granted.headers()["webhook-allowed-origin"], "events.example");
    assert_eq!(client().get(&url).send().unwrap().status().as_u16(), 405);
}

#[test]
fn events_of_the_model_are_taken_by_their_signature_too() {
    let dev = Dev::start(&[]);
    let body = fs::read_to_string(sample("cloudevents/single.json")).unwrap();
    let signed = Scheme::StandardWebhooks.sign("whsec_bG9jYWw=", "msg_1", body.as_bytes(), now());
    let (status, answer) = dev.deliver("cloudevents/local", &body, &signed);
    assert_eq!((status, &answer["accepted"]), (202, &json!(1)), "{answer}");
}

#[test]
fn a_connection_is_made_has_its_secret_replaced_and_ends() {
    let dev = Dev::start(&[]);
    let body = deliveries("zendesk/ticket.ndjson")[0].to_string();
    // In virtual time there is none before the first event.
    let (status, _) = dev.deliver("zendesk/local", &body, &zendesk("local", &body, now()));
    assert_eq!(status, 202);
    let made = ["connect", "--platform", "zendesk", "--account", "acme", "--connection", "one"];
    let (is_done, said) = dev.admin(&[&made[..], &["--secret", "old"]].concat());
    assert!(is_done && said.contains("/v1/sources/zendesk/one"), "{said}");
    let status = |secret: &str| dev.deliver("zendesk/one", &body, &zendesk(secret, &body, now())).0;
    assert_eq!([status("old"), status("new")], [202, 401]);
    let (_, listed) = dev.admin(&["connections"]);
    assert!(listed.contains("acme (1 secrets)") && !listed.contains("old"), "{listed}");

    // What this process knows of a connection it forgets within a minute, so another one is asked for.
    let both = ["--connection", "two", "--secret", "new", "--secret", "old"];
    let (is_done, said) = dev.admin(&[&made[..5], &both].concat());
    assert!(is_done, "{said}");
    let status = |secret: &str| dev.deliver("zendesk/two", &body, &zendesk(secret, &body, now())).0;
    assert_eq!([status("old"), status("new"), status("other")], [202, 202, 401]);

    let drawn = ["connect", "--platform", "connect", "--account", "acme"];
    let (_, said) = dev.admin(&drawn);
    let path = said.split_whitespace().nth(1).unwrap();
    let name = path.strip_prefix("/v1/sources/connect/").unwrap();
    assert_eq!(name.len(), 64, "{said}");
    let id = said.split_whitespace().nth(3).unwrap();
    let call = deliveries("connect/contacts.ndjson")[0].to_string();
    let (is_done, said) = dev.admin(&["disconnect", id]);
    assert!(is_done, "{said}");
    assert_eq!(dev.deliver(&format!("connect/{name}"), &call, &[]).0, 401);
    assert!(!dev.admin(&[&drawn[..], &["--connection", "guess"]].concat()).0);

    let trail = client().get(format!("{}/v1/audit", dev.url)).header("x-tocsin-role", "admin");
    let trail: Value = trail.send().unwrap().json().unwrap();
    let told = |what: &str| {
        let entries = trail["audit"].as_array().unwrap();
        entries.iter().filter(|one| one["what"] == what && one["outcome"] == "done").count()
    };
    assert_eq!([told("connection.put"), told("connection.delete")], [3, 1], "{trail}");
}

#[test]
fn a_vendors_event_that_was_refused_counts_once_when_it_is_accepted_later() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options = ["--data", data.to_str().unwrap()];
    let mut dev = Dev::start(&options);
    let mut old = deliveries("zendesk/ticket.ndjson").remove(0);
    old["time"] = json!("2026-01-10T09:00:00Z");
    let recent = deliveries("connect/contacts.ndjson")[0].to_string();
    assert_eq!(dev.deliver("connect/local", &recent, &[]).0, 202);
    let body = old.to_string();
    let (status, answer) = dev.deliver("zendesk/local", &body, &zendesk("local", &body, now()));
    assert_eq!((status, &answer["rejected"][0]["error"]), (202, &json!("too_late")), "{answer}");
    dev.settle();
    dev.kill();
    let dev = Dev::start(&[&options[..], &["--accept-late", "60"]].concat());
    let again = ["reprocess", "--from", "2026-03-02T00:00:00Z", "--until", "2026-03-03T00:00:00Z"];
    let (_, said) = dev.admin(&again);
    assert!(said.contains("accepted       1 events"), "{said}");
    let (status, _) = dev.deliver("zendesk/local", &body, &zendesk("local", &body, now()));
    assert_eq!(status, 202);
    dev.settle();
    let all = "from=2026-01-01T00:00:00Z&to=2026-03-10T00:00:00Z";
    assert_eq!(dev.figures("contacts", all)[""]["value"], json!(2.0));
    assert_eq!(dev.figures("conflicting_events", all).len(), 0);
}
