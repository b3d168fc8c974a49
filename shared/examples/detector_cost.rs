//! What detectors cost: nanoseconds a point, bytes a series, and a tick over ten thousand series.
//!
//! `cargo run --release -p tocsin-domain --example detector_cost`
#![expect(clippy::print_stdout, reason = "the figures are the output")]
#![expect(clippy::expect_used, reason = "nothing here fails")]

use std::{hint::black_box, time::Instant};

use jiff::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tocsin_domain::detect::{
    calendar::{Calendar, Slot},
    novelty::NoveltyDetector,
    page::PageDetector,
    seasonal::{Family, SeasonalDetector},
};

/// Five weeks of minutes.
const POINTS: i64 = 5 * 7 * 1440;
/// 2026-01-05, a Monday.
const START: i64 = 1_767_571_200;
/// Series that are scored in one tick.
const SERIES: usize = 10_000;

/// A minute of a series, as a value and as a ratio.
struct Point {
    at: Timestamp,
    slot: Slot,
    value: f64,
    found: u32,
    trials: u32,
}

fn points() -> Vec<Point> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let calendar = Calendar::utc();
    let point = |i: i64| {
        let at = Timestamp::from_second(START + 60 * i).expect("in range");
        let trials = random.random_range(0..20);
        let found = (0..trials).map(|_| u32::from(random.random_bool(0.2))).sum();
        let value = random.random_range(90.0..110.0);
        Point { at, slot: calendar.slot(at), value, found, trials }
    };
    (0..POINTS).map(point).collect()
}

fn main() {
    let points = points();
    let page = |one: &mut PageDetector, point: &Point| {
        black_box(one.observe(point.at, point.slot, point.value));
    };
    let seasonal = |one: &mut SeasonalDetector, point: &Point| {
        black_box(one.observe(point.at, point.slot, point.found, point.trials));
    };
    let novelty = |one: &mut NoveltyDetector, point: &Point| {
        black_box(one.observe(point.slot, point.value));
    };
    println!("{:12}{:>14}{:>16}{:>24}", "", "ns a point", "bytes stored", "10,000 series, seconds");
    let decode = |bytes: &[u8]| PageDetector::decode(bytes).expect("stored");
    row("page", &points, (PageDetector::new(), page), (PageDetector::encode, decode));
    let start = SeasonalDetector::new(Family::Ratio);
    let decode = |bytes: &[u8]| SeasonalDetector::decode(bytes).expect("stored");
    row("seasonal", &points, (start, seasonal), (SeasonalDetector::encode, decode));
    let decode = |bytes: &[u8]| NoveltyDetector::decode(bytes).expect("stored");
    row("novelty", &points, (NoveltyDetector::new(), novelty), (NoveltyDetector::encode, decode));
}

/// Measures one detector: a series point by point; its largest stored state; then as many restored
/// states as there are series, each of which sees one point and is stored again.
fn row<D: Clone>(
    name: &str,
    points: &[Point],
    (start, observe): (D, impl Fn(&mut D, &Point)),
    (encode, decode): (impl Fn(&D) -> Vec<u8>, impl Fn(&[u8]) -> D),
) {
    let mut detector = start.clone();
    let begun = Instant::now();
    for point in points {
        observe(&mut detector, point);
    }
    let each = begun.elapsed().as_nanos() / points.len() as u128;
    let (mut detector, mut most) = (start, 0);
    for (i, point) in points.iter().enumerate() {
        observe(&mut detector, point);
        if i % 100 == 0 {
            most = most.max(encode(&detector).len());
        }
    }
    let stored = vec![encode(&detector); SERIES];
    let begun = Instant::now();
    for bytes in &stored {
        let mut detector = decode(bytes);
        observe(&mut detector, &points[0]);
        black_box(encode(&detector));
    }
    let tick = begun.elapsed().as_secs_f64();
    println!("{name:12}{each:>14}{most:>16}{tick:>24.3}");
}
