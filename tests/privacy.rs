//! What people may ask for and operators must do: erasure, and another master secret; neither changes a
//! count.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

mod running;

use running::{Dev, TOCSIN};

const KEY: (&str, &str) = ("authorization", "Bearer local");
const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const RANGE: &str = "from=2026-01-01T00:00:00Z&to=2026-01-12T00:00:00Z";

/// What follows from conversations and customers.
const METRICS: [&str; 9] = [
    "contacts",
    "fallback_rate",
    "handle_time",
    "csat",
    "abandonment_rate",
    "repeat_contact_rate_24h",
    "repeat_contact_rate_7d",
    "durable_resolution_rate",
    "deflection_rate",
];

fn admin(arguments: &[&str]) -> String {
    let done = Command::new(TOCSIN).arg("admin").args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// A simulated day's events, in parts of its lines.
fn day_in_parts(folder: &Path, parts: usize) -> Vec<PathBuf> {
    let mut simulate = Command::new(TOCSIN);
    let simulate = simulate.args(["simulate", "--days", "1", "--volume", "60", "--seed", "11"]);
    let made = simulate.stderr(Stdio::null()).output().unwrap();
    let lines: Vec<String> =
        String::from_utf8(made.stdout).unwrap().lines().map(str::to_owned).collect();
    let file = |(number, lines): (usize, &[String])| {
        let file = folder.join(format!("part{number}.ndjson"));
        fs::write(&file, lines.join("\n")).unwrap();
        file
    };
    lines.chunks(lines.len().div_ceil(parts)).enumerate().map(file).collect()
}

#[test]
fn another_master_secret_changes_no_count() {
    let folder = tempfile::tempdir().unwrap();
    let parts = day_in_parts(folder.path(), 3);
    let undisturbed = Dev::start(&[]);
    for part in &parts {
        assert!(undisturbed.replay(part));
    }
    undisturbed.settle();

    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let send = |parts: &[&PathBuf]| {
        let dev = Dev::start(&["--data", data]);
        for part in parts {
            assert!(dev.replay(part));
        }
        dev.settle();
        dev
    };
    drop(send(&[&parts[0]]));
    assert!(admin(&["rotate-secret", "--data", data]).contains("2, 1"));
    // Whatever is known comes again, under both keys from now on.
    drop(send(&[&parts[1], &parts[0]]));
    assert!(admin(&["rotate-secret", "--data", data, "--forget"]).contains("2 ("));
    let dev = send(&[&parts[2]]);
    for metric in METRICS {
        assert_eq!(dev.figures(metric, RANGE), undisturbed.figures(metric, RANGE), "{metric}");
    }
    assert!(dev.verifies().contains("differences    0"));
}

fn said(subject: &str, id: &str, kind: &str, data: &Value) -> String {
    json!({
        "specversion": "1.0", "id": format!("{subject}-{id}"), "source": "/test", "subject": subject,
        "type": format!("cx.{kind}"), "time": format!("2026-01-05T10:0{}:00Z", id.len()), "data": data,
    })
    .to_string()
}

/// Three conversations of two customers.
fn conversations() -> String {
    let conversation = |subject: &str, customer: &str| {
        [
            said(
                subject,
                "",
                "conversation.started",
                &json!({"channel": "chat", "customer": customer}),
            ),
            said(
                subject,
                "a",
                "message.added",
                &json!({"author": "customer", "text": "my parcel is lost"}),
            ),
            said(
                subject,
                "aa",
                "ai.responded",
                &json!({"outcome": "fallback", "text": "please try again", "intent": "parcel"}),
            ),
        ]
        .join("\n")
    };
    [conversation("s1", "c-4711"), conversation("s2", "c-4711"), conversation("s3", "c-5")]
        .join("\n")
}

#[test]
fn who_is_erased_stays_counted_and_is_shown_nowhere() {
    let dev = Dev::start(&[]);
    assert_eq!(dev.post(&conversations(), &[KEY, NDJSON]).0, 202);
    let refused =
        said("s9", "", "conversation.started", &json!({"customer": "c-4711", "channel": 5}));
    assert_eq!(dev.post(&refused, &[KEY]).0, 400);
    dev.settle();
    let listed = || {
        let found = dev.get(&format!("/v1/conversations?metric=fallback_rate&{RANGE}"));
        let found = found["conversations"].as_array().unwrap().iter();
        found.map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let figures = || METRICS.map(|metric| dev.figures(metric, RANGE));
    let (ids, before) = (listed(), figures());
    assert_eq!(ids.len(), 3);
    assert_eq!(before[5][""]["numerator"], json!(1), "one of them came back");

    let erase = || admin(&["erase", "--customer", "c-4711", "--url", &dev.url]);
    let erased = erase();
    for line in [
        "conversations  2 are anonymous now",
        "customer       is anonymous now",
        "texts          2 items deleted",
        "refusals       1 deleted",
    ] {
        assert!(erased.contains(line), "{erased}");
    }
    assert_eq!(figures(), before);
    assert!(dev.verifies().contains("differences    0"));
    let left: Vec<String> = listed().into_iter().filter(|id| ids.contains(id)).collect();
    assert_eq!(left.len(), 1, "only the other customer's conversation has its name still");
    for id in ids.iter().filter(|id| !left.contains(id)) {
        assert_eq!(dev.get(&format!("/v1/conversations/{id}"))["status"], json!(404), "{id}");
    }

    // What is redelivered is known, and what was said in it is not kept again.
    assert_eq!(dev.post(&conversations(), &[KEY, NDJSON]).0, 202);
    dev.settle();
    assert_eq!(figures(), before);
    assert!(dev.verifies().contains("differences    0"));
    let again = admin(&["erase", "--subject", "s1", "--url", &dev.url]);
    assert!(again.contains("conversations  0 are anonymous now"), "{again}");
    assert!(again.contains("texts          0 items deleted"), "{again}");
}

#[test]
fn whose_names_are_known_by_two_hashes_is_erased_under_both() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let send = || {
        let dev = Dev::start(&["--data", data]);
        assert_eq!(dev.post(&conversations(), &[KEY, NDJSON]).0, 202);
        dev.settle();
        dev
    };
    drop(send());
    admin(&["rotate-secret", "--data", data]);
    // The same again: what was said is kept under both hashes now.
    let dev = send();
    let figures = || METRICS.map(|metric| dev.figures(metric, RANGE));
    let before = figures();
    let erased = admin(&["erase", "--customer", "c-4711", "--url", &dev.url]);
    assert!(erased.contains("conversations  2 are anonymous now"), "{erased}");
    // Of each conversation: as it was kept before, and under both.
    assert!(erased.contains("texts          6 items deleted"), "{erased}");
    assert_eq!(figures(), before);
    assert_eq!(dev.post(&conversations(), &[KEY, NDJSON]).0, 202);
    dev.settle();
    assert_eq!(figures(), before);
    for subject in ["s1", "s2"] {
        let left = admin(&["erase", "--subject", subject, "--url", &dev.url]);
        assert!(left.contains("texts          0 items deleted"), "{subject}: {left}");
    }
    // One subject alone, whose customer keeps their name.
    let erased = admin(&["erase", "--subject", "s3", "--url", &dev.url]);
    assert!(erased.contains("conversations  1 are anonymous now"), "{erased}");
    assert!(erased.contains("texts          3 items deleted"), "{erased}");
    assert_eq!(figures(), before);
    assert!(dev.verifies().contains("differences    0"));
}
