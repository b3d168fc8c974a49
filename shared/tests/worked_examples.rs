//! Two conversations worked by hand, and what they contribute.
//!
//! The reference examples are not part of this repository; where `TOCSIN_REFERENCE` names the
//! folder that holds them they are checked, and otherwise this says that they were left out.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a test of small figures that says what it leaves out"
)]

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::Value;
use tocsin_domain::{
    chunk::Chunk,
    configuration::Configuration,
    conversation::{Contributions, Conversation, contributions},
    customer::Customer,
    decode::{Agents, Intake, decode},
    derived::Policy,
    dimension::{Dimension, View},
    id::{PseudonymKey, TenantId},
    metric::Metric,
    minute::DAY,
    sums::Sums,
};

/// The sums of a log, each line applied in turn, and the agents' names.
fn sums_of(lines: &str) -> (Sums, Agents) {
    let tenant = TenantId::try_from("demo".to_owned()).unwrap();
    let key = PseudonymKey::derive(b"test", &tenant, 1);
    let now = 1_768_000_000_000_000_000;
    let sources = [String::new()];
    let intake = Intake {
        key: &key,
        sources: &sources,
        now: &|_| now,
        accept_late: 7 * DAY,
        policy: &Policy::default(),
    };
    let mut sums = Sums::default();
    let mut agents = Agents::new();
    let mut conversation = Conversation::default();
    let mut customers = BTreeMap::new();
    for line in lines.lines() {
        let mut chunk = Chunk::new(tenant.clone(), now);
        let event: Value = serde_json::from_str(line).unwrap();
        decode(&event, &intake, &mut chunk, &mut agents).unwrap();
        let before = contributions(&mut conversation, &Configuration::default());
        let map = conversation.absorb(&chunk.symbols);
        let (id, event) = chunk.events.pop().unwrap();
        conversation.insert(event, &map);
        let after = contributions(&mut conversation, &Configuration::default());
        Contributions::add_change(&before, &after, id, conversation.symbols(), &mut sums);
        for (customer, _) in before.visits.iter().chain(&after.visits) {
            let history: &mut Customer = customers.entry(*customer).or_default();
            let visits = after.visits.iter().filter(|(whose, _)| whose == customer);
            let visits = visits.map(|(_, visit)| visit.clone()).collect();
            history.revise([(id, visits)], i64::MIN, &mut sums);
        }
    }
    (sums, agents)
}

/// `value/count` of a metric by one view, in the units of the dictionary.
fn figure(sums: &Sums, agents: &Agents, metric: Metric, view: View) -> String {
    let mut by_value: BTreeMap<String, (i128, i64)> = BTreeMap::new();
    for (_, found, vector, amount) in sums.iter() {
        if found != metric {
            continue;
        }
        let Some(values) = view.project(vector) else { continue };
        let value = sums.text(values[0]);
        let value = agents.get(value).map_or(value, String::as_str).to_owned();
        let cell = by_value.entry(value).or_default();
        *cell = (cell.0 + amount.sum, cell.1 + amount.count);
    }
    let shown = by_value.into_iter().map(|(value, (sum, count))| {
        let sum = match metric {
            Metric::Contacts | Metric::Reopens => count as f64,
            _ => sum as f64 / metric.scale(),
        };
        format!("{value} {sum}/{count}").trim().to_owned()
    });
    shown.collect::<Vec<_>>().join("; ")
}

#[test]
fn the_reference_examples_contribute_what_their_table_says() {
    let Some(folder) = std::env::vars().find(|(name, _)| name == "TOCSIN_REFERENCE") else {
        println!("left out: TOCSIN_REFERENCE does not name the folder of reference examples");
        return;
    };
    let folder = PathBuf::from(folder.1).join("examples");
    let table = fs::read_to_string(folder.join("README.md")).unwrap();
    let mut checked = 0;
    for section in table.split("\n## ").skip(1) {
        let name = section.split('`').nth(1).unwrap();
        let (sums, agents) = sums_of(&fs::read_to_string(folder.join(name)).unwrap());
        for row in section.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let metric = Metric::parse(cells[0].trim_matches('`')).unwrap();
            let of = |view| figure(&sums, &agents, metric, view);
            assert_eq!(of(View::Total), cells[1].replace(' ', ""), "{name} {metric}");
            for (cell, dimension) in [(cells[2], Dimension::Intent), (cells[3], Dimension::Agent)] {
                if !cell.is_empty() {
                    assert_eq!(of(View::One(dimension)), cell, "{name} {metric} {dimension:?}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 60, "only {checked} figures were found in the table");
}
