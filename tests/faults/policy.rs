//! What must hold of messages when a run is over.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    alert::{Alert, AlertState},
    policy::{find, group::UPDATE, inhibit::inhibits},
    rule::Severity,
};

use crate::{message::Published, world::State};

/// What the time line says when it begins, ends, and is not told.
const FIRES: [&str; 2] = ["fires", "fires again"];
const OVER: &str = "resolved";
const HELD_BACK: &str = "held back";
const SILENCED: &str = "silenced by";
const SPEAKS: &str = "no longer silenced";
/// What a silence held back is out within so long, in nanoseconds.
const TOLD_BY: i64 = 3 * 60 * A_MINUTE;
const A_MINUTE: i64 = 60_000_000_000;
/// An escalation is out within so long when nothing fails any more, in nanoseconds.
const OUT_BY: i64 = 10 * 60_000_000_000;

/// Clocks of two scorers differ by up to so much, in nanoseconds.
pub(crate) const SKEW: i64 = 4_000_000_000;

/// Holds what went out against the alerts.
pub(crate) fn judge(world: &State, alerts: &[Alert], problems: &mut Vec<String>) {
    judge_times(world, problems);
    judge_bus(world, alerts, problems);
    let told = told(world, problems);
    for alert in alerts.iter().filter(|alert| alert.state != AlertState::Pending) {
        judge_told(alert, alerts, &told, (problems, world.calm_since.unwrap_or(i64::MAX)));
        judge_escalated(alert, alerts, world, problems);
    }
    judge_groups(world, alerts, problems);
    judge_chat(world, problems);
}

/// Once to each target; once more for each time that nobody can know whether it is out.
fn judge_times(world: &State, problems: &mut Vec<String>) {
    let mut out: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for one in &world.published {
        *out.entry((&one.id, &one.target)).or_default() += 1;
    }
    for ((id, target), times) in out {
        let is_this = |one: &&(String, String)| one.0 == id && one.1 == target;
        let excused = world.uncertain.iter().filter(is_this).count();
        if times > 1 + excused {
            problems.push(format!("{id} went to {target} {times} times, {excused} excused"));
        }
    }
}

/// The bus gets every transition of every alert.
fn judge_bus(world: &State, alerts: &[Alert], problems: &mut Vec<String>) {
    let posted: BTreeSet<&str> = world
        .published
        .iter()
        .filter(|one| one.target == "bus")
        .map(|one| one.id.as_str())
        .collect();
    for alert in alerts.iter().filter(|alert| alert.state != AlertState::Pending) {
        for notification in transitions(alert) {
            if !posted.contains(notification.as_str()) {
                problems.push(format!("{notification} never was on the bus"));
            }
        }
    }
}

/// Which transitions an alert's life has had.
fn transitions(alert: &Alert) -> Vec<String> {
    let (mut round, mut transitions) = (0, vec![format!("{}-0-opened", alert.id)]);
    for (_, what) in &alert.timeline {
        if what == FIRES[1] {
            round += 1;
            transitions.push(format!("{}-{round}-reopened", alert.id));
        } else if what.starts_with(OVER) {
            transitions.push(format!("{}-{round}-resolved", alert.id));
        }
    }
    assert_eq!(round, alert.reopened, "the time line is cut: {:?}", alert.timeline);
    transitions
}

/// What people were told, each by one message only.
fn told(world: &State, problems: &mut Vec<String>) -> BTreeSet<String> {
    let mut by: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in world.published.iter().filter(|one| is_for_people(one)) {
        for told in &one.tells {
            by.entry(told).or_default().insert(&one.id);
        }
    }
    for (told, messages) in by.iter().filter(|(_, messages)| messages.len() > 1) {
        problems.push(format!("{told} is told by {messages:?}"));
    }
    by.into_keys().map(str::to_owned).collect()
}

fn is_for_people(one: &Published) -> bool {
    matches!(one.target.as_str(), "page" | "warning" | "info")
}

/// Whether people were told of a beginning, and of no end since.
fn is_told_open(alert: &Alert, told: &BTreeSet<String>) -> bool {
    let rounds = |is_end: bool| {
        let told = told.iter().filter_map(|one| one.strip_prefix(alert.id.as_str()));
        let rounds = told.filter_map(|one| one.strip_prefix('-')?.split_once('-'));
        let rounds = rounds.filter(move |(_, what)| (*what == OVER) == is_end);
        rounds.filter_map(|(round, _)| round.parse::<u32>().ok()).max()
    };
    rounds(false) > rounds(true)
}

/// Of what people were told they are told the end; what they were never told of was held back.
fn judge_told(
    alert: &Alert,
    alerts: &[Alert],
    told: &BTreeSet<String>,
    (problems, calm_since): (&mut Vec<String>, i64),
) {
    let end = format!("{}-{}-resolved", alert.id, alert.reopened);
    if told.contains(&end) {
        return;
    }
    if is_told_open(alert, told) {
        if alert.state == AlertState::Resolved {
            problems.push(format!("{end} was never told: {:?}", alert.timeline));
        }
        return;
    }
    if was_silenced_to_the_end(alert, calm_since) {
        return;
    }
    let mut held = alert.timeline.iter().filter(|(_, what)| what.starts_with(HELD_BACK));
    let is_true = |(at, what): &(i64, String)| {
        // Who noted this may be behind or ahead of who opened or resolved the whole.
        let was_open = |whole| [-SKEW, 0, SKEW].iter().any(|skew| is_open(whole, at + skew));
        let mut wholes = alerts.iter().filter(|whole| what.contains(&whole.id));
        wholes.any(|whole| inhibits(whole, alert) && was_open(whole))
    };
    if !held.any(is_true) {
        problems.push(format!("{} was never told: {:?}", alert.id, alert.timeline));
    }
}

/// Whether a silence covered it until it was over or somebody took it on, or nearly so: what fires when a
/// silence ends is told with the next message of its group, and ticks are an hour apart in the end.
fn was_silenced_to_the_end(alert: &Alert, calm_since: i64) -> bool {
    let said = |wanted: &'static str| {
        let lines = alert.timeline.iter().filter(move |(_, what)| what.starts_with(wanted));
        lines.map(|(at, _)| *at).max()
    };
    let Some(silenced) = said(SILENCED) else { return false };
    let until = match &alert.silenced {
        Some(mark) => mark.until,
        None => said(SPEAKS).filter(|at| *at >= silenced).unwrap_or(i64::MAX),
    };
    let told_by = until.max(calm_since).saturating_add(TOLD_BY);
    alert.was_acknowledged || alert.resolved.is_some_and(|over| over < told_by)
}

/// Whether an alert was open then.
fn is_open(alert: &Alert, at: i64) -> bool {
    let before = alert.timeline.iter().filter(|(time, _)| *time <= at);
    let turns = |what: &str| is_beginning(what) || what.starts_with(OVER);
    let mut turns = before.filter(|(_, what)| turns(what));
    turns.next_back().is_some_and(|(_, what)| is_beginning(what))
}

/// What escalates is told, unless it was over or taken on before it could be: by whoever took on this
/// alert, or another that the same message told of.
fn judge_escalated(alert: &Alert, alerts: &[Alert], world: &State, problems: &mut Vec<String>) {
    let mut noted = alert.timeline.iter().filter(|(_, what)| what.starts_with("escalated"));
    let Some(round) = alert.delivery.escalated else { return };
    let Some((at, _)) = noted.next_back() else {
        problems.push(format!("{} escalated and does not say so", alert.id));
        return;
    };
    let id = format!("{}-{round}-escalated", alert.id);
    let is_out = |one: &Published| one.target == "escalation" && one.tells.contains(&id);
    // As long as much fails, hours may pass in which nothing gets through.
    let from = world.calm_since.unwrap_or(i64::MAX).max(*at);
    let is_soon_over = alert.resolved.is_some_and(|over| over.saturating_sub(from) < OUT_BY);
    let began = alert.timeline.iter().rev().find(|(time, what)| time <= at && is_beginning(what));
    let began = began.map_or(i64::MIN, |(time, _)| *time);
    let is_soon = |(time, what): &(i64, String)| {
        what.starts_with("acknowledged") && (began..from.saturating_add(OUT_BY)).contains(time)
    };
    let is_told_of = |one: &Published, id: &str| one.tells.iter().any(|told| told.starts_with(id));
    let is_told_with = |other: &&Alert| {
        let mut messages = world.published.iter().filter(|one| is_told_of(one, &alert.id));
        group(other) == group(alert) || messages.any(|one| is_told_of(one, &other.id))
    };
    let is_taken_on =
        alerts.iter().filter(is_told_with).flat_map(|alert| &alert.timeline).any(is_soon);
    if !is_soon_over && !is_taken_on && !world.published.iter().any(is_out) {
        problems.push(format!("{id} never went out: {:?}", alert.timeline));
    }
}

/// A message is of one group, no part is told of while its whole is open, and messages of a group are
/// five minutes apart.
fn judge_groups(world: &State, alerts: &[Alert], problems: &mut Vec<String>) {
    let by_id = alerts.iter().map(|alert| (alert.id.clone(), alert.clone())).collect();
    let mut times: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for one in world.published.iter().filter(|one| is_for_people(one)) {
        let of = |told: &String| find(&by_id, told.get(..27)?);
        let told: Vec<_> = one.tells.iter().filter_map(of).collect();
        let groups: BTreeSet<_> = told.iter().map(|alert| group(alert)).collect();
        if groups.len() > 1 && !one.is_storm {
            problems.push(format!("{} is of several groups: {groups:?}", one.id));
        }
        for (part, id) in told.iter().zip(&one.tells).filter(|(_, id)| !id.ends_with(OVER)) {
            let mut wholes = alerts.iter().filter(|whole| inhibits(whole, part));
            // Two scorers of one minute, whose clocks differ, may open or resolve it as the other
            // decides, or first one and then the other; one that tells of both decides on both.
            let is_open = |whole: &&Alert| {
                let begins = |told: &String| told.starts_with(&whole.id) && !told.ends_with(OVER);
                let meanwhile = |time: i64| (one.at - SKEW..=one.at + SKEW).contains(&time);
                let ends =
                    |(time, what): &(i64, String)| what.starts_with(OVER) && meanwhile(*time);
                let was_open = is_open(whole, one.at - SKEW) && !whole.timeline.iter().any(ends);
                (was_open || one.tells.iter().any(begins)) && is_open(whole, one.at + SKEW)
            };
            if let Some(whole) = wholes.find(is_open) {
                problems.push(format!(
                    "{id} is told at {} though {} is open: {:?}",
                    one.at, whole.id, whole.timeline
                ));
            }
        }
        if !one.is_storm {
            times.entry(&one.group).or_default().insert(one.at);
        }
    }
    for (group, times) in times {
        let minutes: Vec<i64> = times.into_iter().map(|at| at.div_euclid(60_000_000_000)).collect();
        let is_close = |pair: &&[i64]| pair[1] - pair[0] < i64::from(UPDATE);
        if let Some(pair) = minutes.windows(2).find(is_close) {
            problems.push(format!("{group} is told of at {pair:?}"));
        }
    }
}

/// Whether a line says that it began.
fn is_beginning(what: &str) -> bool {
    FIRES.contains(&what)
}

/// What is told together: severity, family and the cell without its last dimension.
fn group(alert: &Alert) -> (Severity, &str, &[(String, String)]) {
    let parent = &alert.cell[..alert.cell.len().saturating_sub(1)];
    (alert.severity, alert.family(), parent)
}

/// What people are told is told to rooms as well.
fn judge_chat(world: &State, problems: &mut Vec<String>) {
    let ids = |is: fn(&Published) -> bool| -> BTreeSet<&str> {
        world.published.iter().filter(|one| is(one)).map(|one| one.id.as_str()).collect()
    };
    let (people, rooms) = (ids(is_for_people), ids(|one| one.target == "chat"));
    for id in people.symmetric_difference(&rooms) {
        problems.push(format!("{id} was told to people or to rooms alone"));
    }
}
