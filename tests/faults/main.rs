//! The pipeline under faults: seeded, in virtual time, every call a place to fail or to die.
//!
//! `run.rs` drives the very handlers that run on Lambda, through the real SDK with its retries, in a
//! world (`world.rs`) whose tables, queues and topics fail as AWS does. Its invariants, for any seed:
//!
//! * What is counted in the end is what the set of accepted events adds up to, to the last cell of
//!   both tiers; at every moment before, it is what the stored entities add up to.
//! * A reader meets no amount twice or not at all, whatever is compacted meanwhile.
//! * The bus gets each transition of each alert once. People are told of it once by each target, in a
//!   message of its group; one more only where its publisher, or the answer to it, was lost between the
//!   publication and the mark that says so. None is lost but what a firing whole silences.
//! * A group is told of again after five minutes; what nobody takes on escalates once, on time.
//! * What somebody did about an alert, and was told is done, stays done; of what somebody silenced
//!   nobody is told while that holds.
//! * What has expired is as if it were deleted, whether it is or not.
//! * Who asks to be erased is: nothing that is stored names them, their words are gone whatever comes late,
//!   and no count has changed.
//! * What was said is kept; what can not be read ends among the dead letters and nothing else does.
//!
//! `TOCSIN_FAULT_SEEDS` sets the seeds of all shards together: a number of them (2,000 unless told), or
//! a part of a longer row as `20000..30000`.
#![expect(clippy::print_stderr, reason = "tables for people")]

mod erasure;
mod expiry;
mod invocation;
mod judge;
mod message;
mod mutant;
mod naive;
mod people;
mod policy;
mod run;
mod scorer;
mod table;
mod truth;
mod wire;
mod workload;
mod world;

use std::ops::Range;

use mutant::Mutant;
use run::{run, traced};
use tocsin_domain::sabotage::{self, Sabotage};

/// A run allocates much and frees it at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seeds of the sound pipeline, in CI.
const SEEDS: u64 = 2_000;
/// The seeds are shared out over so many tests, which run side by side.
const SHARDS: u64 = 4;
/// A mutant is tried on so many rows of seeds.
const ROWS: u64 = 3;
/// So many of them need not find it when most have.
const ROWS_LEFT: usize = 1;
/// A mutant that so many seeds of a row do not find has survived.
const PATIENCE: u64 = 300;

fn seeds() -> Range<u64> {
    #[expect(clippy::disallowed_methods, reason = "a test is told how long to run")]
    let Ok(given) = std::env::var("TOCSIN_FAULT_SEEDS") else { return 0..SEEDS };
    let (first, end) = given.split_once("..").unwrap_or(("0", &given));
    let number = |text: &str| text.parse().expect("TOCSIN_FAULT_SEEDS is 2000 or 2000..4000");
    number(first)..number(end)
}

#[track_caller]
fn check_shard(shard: u64) {
    let (mut runs, mut cells, mut moments, mut published) = (0_usize, 0, 0, 0);
    for seed in seeds().filter(|seed| seed % SHARDS == shard) {
        let outcome = run(seed, None);
        assert!(outcome.problems.is_empty(), "seed {seed}: {:#?}", outcome.problems);
        runs += 1;
        cells += outcome.cells;
        moments += outcome.moments;
        published += outcome.published;
    }
    eprintln!(
        "{runs} seeds: {cells} cells, {moments} moments, {published} messages: 0 differences"
    );
    assert!(cells > 500 * runs && moments > runs && published > runs / 2, "little was tested");
}

#[test]
fn nothing_is_miscounted_lost_or_doubled_in_the_first_shard_of_seeds() {
    check_shard(0);
}

#[test]
fn nothing_is_miscounted_lost_or_doubled_in_the_second_shard_of_seeds() {
    check_shard(1);
}

#[test]
fn nothing_is_miscounted_lost_or_doubled_in_the_third_shard_of_seeds() {
    check_shard(2);
}

#[test]
fn nothing_is_miscounted_lost_or_doubled_in_the_fourth_shard_of_seeds() {
    check_shard(3);
}

#[test]
fn a_seed_is_the_same_run_each_time() {
    for seed in 0..24 {
        assert_eq!(traced(seed).trace, traced(seed).trace, "seed {seed}");
    }
}

#[test]
fn an_erasure_that_dies_after_any_call_is_finished_by_the_next() {
    let (problems, calls) = erasure::dying_everywhere();
    eprintln!("died after each of {calls} calls");
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(calls > 20, "little was tested");
    sabotage::set(Some(Sabotage::ErasedMovedAgain));
    let (problems, _) = erasure::dying_everywhere();
    sabotage::set(None);
    let is_seen = |what: &str| problems.iter().any(|problem| problem.contains(what));
    assert!(is_seen("what was said") && is_seen(" names "), "{problems:#?}");
}

/// The median number of seeds that find a mutant, and what the last of them sees: rows of seeds are
/// tried side by side until most of them have found it.
fn search(mutant: Mutant) -> Option<(u64, String)> {
    let mut rows: Vec<u64> = (1..=ROWS).collect();
    for number in 1..=PATIENCE {
        let mut seen = None;
        rows.retain(|row| {
            let problem = run(1_000_000 * row + number, Some(mutant)).problems.into_iter().next();
            let is_found = problem.is_some();
            seen = problem.or(seen.take());
            !is_found
        });
        if let Some(problem) = seen.filter(|_| rows.len() <= ROWS_LEFT) {
            return Some((number, problem));
        }
    }
    None
}

#[track_caller]
fn check_found(mutants: impl IntoIterator<Item = Mutant>) {
    let mut survivors = Vec::new();
    eprintln!("{:45} {:>6}  found by", "mutant", "seeds");
    for mutant in mutants {
        let name = format!("{mutant:?}");
        if let Some((median, problem)) = search(mutant) {
            let problem: String = problem.chars().take(90).collect();
            eprintln!("{name:45} {median:>6}  {problem}");
        } else {
            eprintln!("{name:45} SURVIVED {PATIENCE}");
            survivors.push(mutant);
        }
    }
    assert!(survivors.is_empty(), "not found: {survivors:?}");
}

#[test]
fn every_mutant_of_the_code_is_found() {
    check_found(mutant::ALL.into_iter().filter(|mutant| mutant.code().is_some()));
}

#[test]
fn every_mutant_of_what_is_asked_of_aws_is_found() {
    check_found(mutant::ALL.into_iter().filter(|mutant| mutant.code().is_none()));
}

#[test]
fn the_published_designs_miscount_and_the_exact_one_does_not() {
    const RUNS: u64 = 300;
    eprintln!("{:22} {:>12} {:>20}", "design", "wrong runs", "messages miscounted");
    for design in naive::ALL {
        let runs: Vec<(i64, i64)> = (0..RUNS).map(|seed| naive::run(seed, design)).collect();
        let wrong = runs.iter().filter(|(_, error)| *error > 0).count();
        let (sent, error) = runs.iter().fold((0, 0), |(a, b), (sent, error)| (a + sent, b + error));
        let per_10_000 = 10_000 * error / sent;
        eprintln!("{:22} {wrong:>5} of {RUNS} {per_10_000:>10} in 10,000", format!("{design:?}"));
        let is_exact = design == naive::Design::MarkerInTransaction;
        assert_eq!(wrong == 0, is_exact, "{design:?}");
    }
}
