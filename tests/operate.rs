//! What operators do by `tocsin admin`, beside erasure: dead letters back, and what was refused anew.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::process::Command;

use serde_json::{Value, json};

mod running;

use running::{Dev, TOCSIN, client};

const KEY: (&str, &str) = ("authorization", "Bearer local");
const RANGE: &str = "from=2025-12-01T00:00:00Z&to=2026-03-03T00:00:00Z";

fn admin(dev: &Dev, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(TOCSIN);
    command.arg("admin").args(arguments).args(["--url", &dev.url]);
    let done = command.output().unwrap();
    let said = if done.status.success() { done.stdout } else { done.stderr };
    (done.status.success(), String::from_utf8(said).unwrap())
}

fn message(id: &str, subject: &str, time: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/test", "subject": subject,
        "type": "cx.message.added", "time": time, "data": { "author": "customer", "text": "hello" },
    })
}

fn contacts(dev: &Dev) -> Value {
    dev.settle();
    dev.figures("contacts", RANGE).remove("").map_or(json!(0.0), |point| point["value"].clone())
}

#[test]
fn what_was_refused_counts_once_when_it_is_accepted_later() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options = ["--data", data.to_str().unwrap()];
    let mut dev = Dev::start(&options);
    // Its id tells the subject, and is kept as a hash.
    let late = message("old-1", "old", "2026-01-10T09:00:00Z");
    let batch = json!([
        message("new-1", "new", "2026-03-02T09:00:00Z"),
        late,
        { "specversion": "1.0", "id": "x", "source": "/test", "time": "2026-03-02T09:00:00Z" },
    ]);
    let (status, answer) = dev.post(&batch.to_string(), &[KEY]);
    assert_eq!((status, &answer["accepted"]), (202, &json!(1)), "{answer}");
    assert_eq!(dev.post("{not json", &[KEY]).0, 400);
    assert_eq!(contacts(&dev), json!(1.0));
    let again = ["reprocess", "--from", "2026-03-02T00:00:00Z", "--until", "2026-03-03T00:00:00Z"];
    let (_, said) = admin(&dev, &again);
    assert!(said.contains("accepted       0 events"), "{said}");
    for why in ["refused        3 events", "1 too_late time", "1 missing type", "1 not_json event"]
    {
        assert!(said.contains(why), "{why} is not in {said}");
    }

    dev.kill();
    let dev = Dev::start(&[&options[..], &["--accept-late", "60"]].concat());
    for _ in 0..2 {
        let (_, said) = admin(&dev, &again);
        assert!(said.contains("accepted       1 events"), "{said}");
        assert_eq!(contacts(&dev), json!(2.0));
    }
    // Its sender repeats it, and it is the same one.
    assert_eq!(dev.post(&late.to_string(), &[KEY]).0, 202);
    assert_eq!(contacts(&dev), json!(2.0));
    assert_eq!(dev.figures("conflicting_events", RANGE).len(), 0);
    dev.verifies();
    let (is_done, said) = admin(&dev, &["reprocess", "--from", "2026-02-01T00:00:00Z"]);
    assert!(!is_done && said.contains("14 days"), "{said}");

    let trail = client().get(format!("{}/v1/audit", dev.url)).header("x-tocsin-role", "admin");
    let trail: Value = trail.send().unwrap().json().unwrap();
    let entries = trail["audit"].as_array().unwrap();
    for outcome in ["begun", "done"] {
        let told = |one: &Value| one["what"] == "refused.reprocess" && one["outcome"] == outcome;
        assert!(entries.iter().any(told), "{outcome}: {trail}");
    }
}

#[test]
fn dead_letters_are_handed_over_by_name_and_the_deployments_trail_tells() {
    let dev = Dev::start(&[]);
    let (is_done, said) = admin(&dev, &["redrive", "events"]);
    assert!(is_done && said.contains("letters        0"), "{said}");
    assert!(!admin(&dev, &["redrive", "none"]).0);
    let trail = client().post(format!("{}/local/admin", dev.url));
    let trail = trail.json(&json!({ "do": "read_audit" })).send().unwrap();
    let trail: Value = trail.json().unwrap();
    let lines = trail["audit"].as_array().unwrap().iter();
    let mut lines: Vec<_> =
        lines.map(|one| [&one["what"], &one["upon"], &one["outcome"]]).collect();
    lines.sort_by_key(|one| one[2].as_str());
    let told = [["queue.redrive", "events", "begun"], ["queue.redrive", "events", "done"]];
    assert_eq!(json!(lines), json!(told), "{trail}");
}
