//! A recorded month of a real call centre, served again by the queue engine.

use std::{collections::BTreeMap, path::Path, process::Command};

use serde_json::Value;

use super::{
    at, check_band,
    trace::{Contact, Outcome, serve},
};
use crate::simulate::{
    chance::Chance,
    event::{HOUR, MINUTE, SECOND},
};

/// Who serves nobody for so long is not at work: on a break, or gone home.
const BREAK: i64 = 10 * MINUTE;

/// A call as it was recorded; milliseconds since 1970.
#[derive(Default)]
struct Call {
    entered: Option<i64>,
    left: Option<i64>,
    served: Option<(i64, i64)>,
    agent: String,
}

impl Call {
    /// When it wanted an agent; `None` if it never did.
    fn came(&self) -> Option<i64> {
        self.entered.or(self.served.map(|(from, _)| from))
    }
}

/// The month's calls, as the reference's own script tells them.
#[expect(clippy::disallowed_methods, reason = "tests are told where recorded data is")]
#[expect(clippy::print_stderr, reason = "says what is left out")]
fn january() -> Option<Vec<Call>> {
    let Ok(reference) = std::env::var("TOCSIN_REFERENCE") else {
        eprintln!("left out: TOCSIN_REFERENCE does not name the folder of recorded data");
        return None;
    };
    let datasets = Path::new(&reference).join("datasets");
    let month = datasets.join("anonymous_bank_1999_january.txt");
    let told = Command::new("python3").arg(datasets.join("anonymous_bank.py")).arg(month).output();
    let told = String::from_utf8(told.unwrap().stdout).unwrap();
    let mut calls: BTreeMap<String, Call> = BTreeMap::new();
    for line in told.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let call = calls.entry(event["subject"].as_str().unwrap().to_owned()).or_default();
        let time = at(event["time"].as_str().unwrap()).as_millisecond();
        match event["type"].as_str().unwrap() {
            "cx.queue.entered" => call.entered = Some(time),
            "cx.queue.left" => call.left = Some(time),
            "cx.agent.connected" => {
                call.served = Some((time, time));
                event["data"]["agent"].as_str().unwrap().clone_into(&mut call.agent);
            }
            "cx.agent.disconnected" => {
                call.served = call.served.map(|(from, _)| (from, time));
            }
            _ => {}
        }
    }
    Some(calls.into_values().filter(|call| call.came().is_some()).collect())
}

/// Mean number of agents at work, by hour: each from their first call to their last, breaks apart.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few agents"
)]
fn staff(calls: &[Call]) -> Vec<(i64, usize)> {
    let mut by_agent: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for call in calls {
        by_agent.entry(&call.agent).or_default().extend(call.served);
    }
    let mut present: BTreeMap<i64, i64> = BTreeMap::new();
    for mut spans in by_agent.into_values() {
        spans.sort_unstable();
        for (from, to) in at_work(&spans) {
            for hour in from.div_euclid(HOUR)..=to.div_euclid(HOUR) {
                let share = to.min((hour + 1) * HOUR) - from.max(hour * HOUR);
                *present.entry(hour).or_default() += share;
            }
        }
    }
    let (first, last) =
        (*present.first_key_value().unwrap().0, *present.last_key_value().unwrap().0);
    let agents = |hour| (*present.get(&hour).unwrap_or(&0) as f64 / HOUR as f64).round() as usize;
    (first..=last + 1).map(|hour| (hour * HOUR, agents(hour))).collect()
}

/// Spans without breaks.
fn at_work(spans: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut blocks: Vec<(i64, i64)> = Vec::new();
    for (from, to) in spans {
        match blocks.last_mut() {
            Some(block) if from - block.1 <= BREAK => block.1 = block.1.max(*to),
            _ => blocks.push((*from, *to)),
        }
    }
    blocks
}

/// Patience by Kaplan and Meier: those who were answered would have waited longer. Pairs of share
/// and the wait after which so many have given up.
#[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
fn patience(calls: &[Call]) -> Vec<(f64, i64)> {
    let waited = |call: &Call| Some((call.left? - call.entered?, call.served.is_none()));
    let mut waits: Vec<(i64, bool)> = calls.iter().filter_map(waited).collect();
    waits.sort_unstable();
    let mut staying = 1.0;
    let mut curve = Vec::new();
    for (index, (wait, gave_up)) in waits.iter().enumerate() {
        if *gave_up {
            staying *= 1.0 - 1.0 / (waits.len() - index) as f64;
            curve.push((1.0 - staying, *wait));
        }
    }
    curve
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
#[expect(clippy::print_stderr, reason = "says what it found")]
#[test]
fn a_recorded_month_waits_about_as_it_did() {
    let Some(calls) = january() else { return };
    let staff = staff(&calls);
    let patience = patience(&calls);
    let served: Vec<i64> =
        calls.iter().filter_map(|call| call.served.map(|(from, to)| to - from)).collect();
    let mut chance = Chance::new(1, [0, 0, 0]);
    let longest = patience.last().map_or(0, |(_, wait)| *wait);
    let contacts: Vec<Contact> = calls
        .iter()
        .map(|call| {
            // Who gave up in the records might stay here: their call would take as long as any.
            let other = *chance.pick(&served);
            let service = call.served.map_or(other, |(from, to)| to - from);
            let share = chance.share();
            let gives_up = patience.partition_point(|(gone, _)| *gone < share);
            let patience = patience.get(gives_up).map_or(longest, |(_, wait)| *wait);
            Contact { at: call.came().unwrap(), service, patience }
        })
        .collect();
    // As in the records, who is served at once has not been in the queue.
    let queued: Vec<Outcome> = serve(&contacts, &staff)
        .into_iter()
        .filter(|outcome| *outcome != Outcome::Answered(0))
        .collect();
    let share = |holds: fn(&Outcome) -> bool| {
        queued.iter().filter(|outcome| holds(outcome)).count() as f64 / queued.len() as f64
    };
    let in_time =
        |outcome: &Outcome| matches!(outcome, Outcome::Answered(wait) if *wait <= 20 * SECOND);
    let (service_level, abandonment) =
        (share(in_time), share(|outcome| matches!(outcome, Outcome::Abandoned(_))));
    eprintln!(
        "{} of {} calls queued, service level {service_level:.3}, abandonment {abandonment:.3}",
        queued.len(),
        calls.len(),
    );
    let (recorded_level, recorded_abandonment) = (2_927.0 / 16_926.0, 3_341.0 / 16_926.0);
    check_band("service level", service_level, recorded_level - 0.1..recorded_level + 0.1);
    check_band("abandonment", abandonment, recorded_abandonment - 0.1..recorded_abandonment + 0.1);
}
