//! Quantiles of sketches beside exact ones, on data as contact centres have them, after merges and
//! subtractions.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a test on few and small values"
)]

use proptest::{collection::vec, prelude::*};
use tocsin_domain::sketch::Sketch;

/// Seconds whose logarithm is normal: latencies and waits.
fn log_normal() -> BoxedStrategy<i64> {
    (1e-9..1.0_f64, 0.0..1.0_f64)
        .prop_map(|(u, v)| {
            let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
            (1e6 * (1.5 + 0.9 * normal).exp()) as i64
        })
        .boxed()
}

/// Seconds with a tail so heavy that they have a mean but no variance: handle times of the worst kind.
fn pareto() -> BoxedStrategy<i64> {
    (1e-6..1.0_f64).prop_map(|u| (1e6 * u.powf(-1.0 / 1.2)) as i64).boxed()
}

/// Always the same.
fn constant() -> BoxedStrategy<i64> {
    Just(37_250_000).boxed()
}

fn sketch_of(values: &[i64]) -> Sketch {
    let mut sketch = Sketch::default();
    for value in values {
        sketch.merge(&Sketch::of(*value), 1);
    }
    sketch
}

/// Values kept, values taken back again, and how many parts they are merged from.
fn check(kept: &[i64], revised: &[i64], parts: usize) -> Result<(), TestCaseError> {
    let all: Vec<i64> = kept.iter().chain(revised).copied().collect();
    let mut sketch = Sketch::default();
    for part in all.chunks(all.len().div_ceil(parts)) {
        sketch.merge(&sketch_of(part), 1);
    }
    sketch.merge(&sketch_of(revised), -1);
    let mut sorted = kept.to_vec();
    sorted.sort_unstable();
    for q in [0.0, 0.5, 0.9, 0.95, 0.99, 1.0] {
        let exact = sorted[(q * (sorted.len() - 1) as f64).round() as usize] as f64 / 1e6;
        let estimate = sketch.quantile(q).unwrap();
        prop_assert!((estimate - exact).abs() <= 0.010_001 * exact, "{q}: {estimate} for {exact}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn latencies(kept in vec(log_normal(), 1..400), revised in vec(log_normal(), 0..200), parts in 1_usize..9) {
        check(&kept, &revised, parts)?;
    }

    #[test]
    fn heavy_tails(kept in vec(pareto(), 1..400), revised in vec(pareto(), 0..200), parts in 1_usize..9) {
        check(&kept, &revised, parts)?;
    }

    #[test]
    fn constants(kept in vec(constant(), 1..400), revised in vec(constant(), 0..200), parts in 1_usize..9) {
        check(&kept, &revised, parts)?;
    }

    #[test]
    fn one_kind_taken_back_from_another(kept in vec(log_normal(), 1..400), revised in vec(pareto(), 0..200), parts in 1_usize..9) {
        check(&kept, &revised, parts)?;
    }
}
