//! `docs/metrics.md` says of every metric where it is computed, tested and shown: kept true here.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use tocsin_domain::metric::Metric;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Metric, where computed, where tested, where shown.
fn rows() -> Vec<[String; 4]> {
    let table = read("docs/metrics.md");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|line| {
        let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`'));
        cells.map(str::to_owned).collect::<Vec<_>>().try_into().unwrap()
    });
    cells.collect()
}

#[test]
fn every_metric_has_its_row_and_no_other_has() {
    let listed: Vec<String> = rows().into_iter().map(|[name, ..]| name).collect();
    let metrics: BTreeSet<&str> = Metric::public().map(Metric::as_str).collect();
    assert_eq!(listed.iter().map(String::as_str).collect::<BTreeSet<_>>(), metrics);
    assert_eq!(listed.len(), metrics.len());
}

#[test]
fn each_metric_is_computed_and_tested_where_its_row_says() {
    for [name, computed, tested, shown] in rows() {
        let metric = Metric::parse(&name).unwrap();
        let variant = format!("{metric:?}");
        let computing = read(&computed);
        assert!(
            computing.contains(&variant) || metric.definition().derived.is_some(),
            "{computed} does not name {variant}"
        );
        let testing = read(&tested);
        let is_tested = testing.contains(&variant) || testing.contains(&name);
        assert!(is_tested, "{tested} names neither {variant} nor {name}");
        assert!(shown == "/" || shown == format!("/metrics/{name}"), "{name}: {shown}");
    }
}
