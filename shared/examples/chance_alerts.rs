//! How often `drop` and `rise` alert where nothing changes: the table of `rule/expectation.rs`.
//!
//! `cargo run --release -p tocsin-domain --example chance_alerts [-- WEEKS]`
//!
//! Each row is the largest rate over volumes, usual shares and numbers of weeks to compare with. Ratios
//! and counts vary by half more than chance alone (their hours differ), values by as much as their mean.
//! Rules are judged each minute and their alerts stepped as the scorer does it.
#![expect(clippy::print_stdout, reason = "the table is the output")]
#![expect(clippy::expect_used, reason = "nothing here fails")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small counts"
)]

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tocsin_domain::{
    alert::{Alert, Evidence, Step, step},
    id::TenantId,
    minute::Minute,
    rule::{Rule, parse},
    sums::Amount,
};

/// Minutes of a week.
const WEEK: usize = 7 * 1440;
/// Trials, contacts or values an hour.
const VOLUMES: [f64; 4] = [10.0, 30.0, 100.0, 400.0];
const WINDOWS: [usize; 3] = [60, 240, 1440];
const SHARES: [f64; 4] = [0.01, 0.1, 0.2, 0.5];
/// Weeks that are compared with.
const PASTS: [usize; 3] = [1, 2, 4];
/// Variance beyond that of chance alone, as a share of it.
const EXCESS: f64 = 0.5;
const SEED: u64 = 11;

/// A metric, and its usual value where it is a share.
const KINDS: [(&str, &str, &[f64]); 3] = [
    ("ratio", "resolution_rate", &[0.1, 0.3, 0.7]),
    ("count", "contacts", &[1.0]),
    ("value", "handle_time", &[1.0]),
];

fn main() {
    let weeks = std::env::args().nth(1).map_or(20, |weeks| weeks.parse().expect("a number"));
    for (kind, metric, usual) in KINDS {
        for condition in ["drop", "rise"] {
            println!("// {kind}, {condition}: a row a window, a column a share");
            for row in bounds(kind, metric, usual, condition, weeks) {
                println!("{row:.2?},");
            }
        }
    }
}

/// The largest rates; each at least those of longer windows and greater shares, which are crossed less
/// often but for what chance does to this measurement.
fn bounds(
    kind: &str,
    metric: &str,
    usual: &[f64],
    condition: &str,
    weeks: usize,
) -> [[f64; SHARES.len()]; WINDOWS.len()] {
    let mut bounds = WINDOWS.map(|window| {
        SHARES.map(|share| most(&rule(metric, condition, window, share), kind, usual, weeks))
    });
    // None in so many weeks does not mean never: the rule of three.
    let least = 3.0 / weeks as f64;
    for row in (0..WINDOWS.len()).rev() {
        for column in (0..SHARES.len()).rev() {
            let longer = bounds.get(row + 1).map_or(0.0, |row| row[column]);
            let greater = bounds[row].get(column + 1).copied().unwrap_or(0.0);
            bounds[row][column] = bounds[row][column].max(longer).max(greater).max(least);
        }
    }
    bounds
}

fn rule(metric: &str, condition: &str, window: usize, share: f64) -> Rule {
    let yaml = format!(
        "rules: [{{name: r, metric: {metric}, {condition}: {share}, over: {window}m, \
         severity: warning, next_action: x, owner: admin}}]"
    );
    parse(&yaml).expect("a rule").remove(0)
}

/// The largest rate of all centres.
fn most(rule: &Rule, kind: &str, usual: &[f64], weeks: usize) -> f64 {
    let mut most: f64 = 0.0;
    for volume in VOLUMES {
        for usual in usual {
            let series = series(kind, volume, *usual, weeks + 4);
            for past in PASTS {
                most = most.max(alerts(rule, &series, past) as f64 / weeks as f64);
            }
        }
    }
    most
}

/// Running sums: after each minute, (sum, count).
fn series(kind: &str, volume: f64, usual: f64, weeks: usize) -> Vec<(i128, i64)> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + volume as u64 + (usual * 100.0) as u64);
    let mut sums = vec![(0, 0)];
    let (mut rate, mut share) = (volume / 60.0, usual);
    for minute in 0..weeks * WEEK {
        if minute % 60 == 0 {
            // What an hour's sum varies by beyond chance: EXCESS of what chance makes it vary by.
            let spread = |variance: f64| (EXCESS * variance).sqrt();
            rate = (volume / 60.0) * (1.0 + spread(1.0 / volume) * normal(&mut rng)).max(0.0);
            let chance = usual * (1.0 - usual).max(0.0) / volume;
            share = (usual + spread(chance) * normal(&mut rng)).clamp(0.0, 1.0);
        }
        let count = poisson(rate, &mut rng);
        let sum: i128 = match kind {
            "count" => 0,
            "ratio" => (0..count).map(|_| i128::from(rng.random_bool(share))).sum(),
            // Exponential, with a mean of 5 minutes: as widely spread as handle times are.
            _ => (0..count).map(|_| (-300e6 * (1.0 - rng.random::<f64>()).ln()) as i128).sum(),
        };
        let (before, n) = *sums.last().expect("the first");
        sums.push((before + sum, n + count));
    }
    sums
}

/// Alerts that opened, or opened again, after the first four weeks.
fn alerts(rule: &Rule, sums: &[(i128, i64)], past: usize) -> u64 {
    let tenant = TenantId::try_from("t".to_owned()).expect("a tenant");
    let window = rule.window as usize;
    let amount = |end: usize| {
        let ((sum, count), (old_sum, old_count)) = (sums[end], sums[end - window]);
        Amount { sum: sum - old_sum, count: count - old_count, ..Amount::default() }
    };
    let (mut alert, mut opened): (Option<Alert>, u64) = (None, 0);
    for end in 4 * WEEK..sums.len() {
        let now = Minute(i32::try_from(end).expect("some years")).start();
        let weeks: Vec<Amount> = (1..=past)
            .filter(|week| end - week * WEEK >= window)
            .map(|week| amount(end - week * WEEK))
            .collect();
        let judgement = rule.judge(&[amount(end)], &weeks);
        match step(&tenant, alert.clone(), rule, &[], &judgement, Evidence::default, now) {
            Step::Keep => {}
            Step::Drop => alert = None,
            Step::Store(mut stored) => {
                let news = std::mem::take(&mut stored.pending_notifications);
                opened += news.iter().filter(|transition| transition.begins()).count() as u64;
                alert = Some(stored);
            }
        }
    }
    opened
}

/// Box and Muller's.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// Knuth's; the mean is small.
fn poisson(mean: f64, rng: &mut ChaCha8Rng) -> i64 {
    let (limit, mut product, mut count) = ((-mean).exp(), rng.random::<f64>(), 0);
    while product > limit {
        product *= rng.random::<f64>();
        count += 1;
    }
    count
}
