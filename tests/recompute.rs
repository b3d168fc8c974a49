//! A simulated fortnight's numbers against those that SQL recomputes from the raw events
//! (`tests/recompute/README.md`). Needs Python 3 and installs `DuckDB` for it beside the build.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

mod running;

use running::{Dev, TOCSIN};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recompute")
}

#[track_caller]
fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

/// The interpreter of a virtual environment that has what `requirements.txt` names.
fn python() -> PathBuf {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recompute-python");
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    }
    let requirements = folder().join("requirements.txt");
    run(Command::new(&python).args(["-m", "pip", "install", "-q", "-r"]).arg(requirements));
    python
}

/// What a centre sends in two weeks: repeated, late, and disturbed as platforms do.
fn fortnight(python: &Path, file: &Path) {
    let mut simulate = Command::new(TOCSIN)
        .args(["simulate", "--days", "14", "--volume", "32", "--seed", "11"])
        .args(["--duplicate", "0.1", "--late", "0.1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let disturb = folder().join("disturb.py");
    let simulated = simulate.stdout.take().unwrap();
    run(Command::new(python).arg(disturb).stdin(simulated).stdout(File::create(file).unwrap()));
    assert!(simulate.wait().unwrap().success());
}

#[test]
fn every_metric_equals_what_sql_makes_of_the_raw_events() {
    let python = python();
    let temporary = tempfile::tempdir().unwrap();
    let log = temporary.path().join("fortnight.ndjson");
    fortnight(&python, &log);
    let deliveries = std::fs::read_to_string(&log).unwrap().lines().count();
    assert!(deliveries >= 200_000, "{deliveries} deliveries");

    let settings = folder().join("settings.json");
    let dev = Dev::start(&["--accept-late", "60", "--config", settings.to_str().unwrap()]);
    assert!(dev.replay(&log));
    dev.settle();
    let mut recompute = Command::new(&python);
    recompute.arg(folder().join("recompute.py")).arg(&log).args(["--url", &dev.url]);
    let compared = recompute.stderr(Stdio::inherit()).output().unwrap();
    let table = String::from_utf8_lossy(&compared.stdout);
    eprintln!("{deliveries} deliveries\n{table}");
    assert!(compared.status.success(), "the API's numbers differ from the recomputed ones");
}
