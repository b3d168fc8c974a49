//! How much of what sources have to send arrived: the least of what is known of it, at the end of
//! each step.
//!
//! * Uptime over the last hour.
//! * Conversations received over those that the platform reported, by its reports of the last day;
//!   of several for one span the latest stands. A conversation that several sources know counts for
//!   the first, so a report of another one is not met.
//! * Of queue entries of the last day, those that left the queue or whose conversation ended. One that
//!   still waits is missing something only after [`WAITING`].
//!
//! What is not known drops out, and where nothing is known there is no figure.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Read,
    uptime::{self, Presence, Share},
};
use crate::{
    dimension::Dimension,
    metric::Metric,
    minute::Minute,
    query::{
        Amounts, Label, Selection, Steps,
        points::Figures,
        sources::{Report, Sources, label},
    },
    sums::Amount,
};

/// Minutes over which uptime counts.
const HOUR: i32 = 60;
/// Minutes over which reports and queue entries count.
const DAY: i32 = 24 * 60;
/// Minutes for which an entry may wait and nothing be amiss.
const WAITING: i32 = 60;

/// Activity, starts in the spans of reports, and entries: in the order that [`combine`] wants.
pub(super) fn reads(selection: &Selection, steps: &Steps, sources: &Sources) -> Vec<Read> {
    let of = |metric, bounds: BTreeSet<Minute>| Read {
        selection: Selection {
            by: vec![Dimension::Source],
            only: selection.only.clone(),
            ..Selection::total(metric)
        },
        steps: Steps::between(bounds),
    };
    let last_hour = Steps::range(steps.start().plus(-uptime::before(HOUR)), steps.end());
    let spans = sources.reports.iter().flat_map(|report| [report.from, report.to]);
    let entries = steps.iter().flat_map(|(_, _, end)| [-DAY, -WAITING, 0].map(|at| end.plus(at)));
    vec![
        uptime::activity(selection, last_hour),
        of(Metric::Contacts, spans.collect()),
        of(Metric::QueueBalance, entries.collect()),
    ]
}

/// The share of each source, and of several that of the least complete.
pub(super) fn combine(
    selection: &Selection,
    steps: &Steps,
    parts: &[Amounts],
    sources: &Sources,
    now: Minute,
) -> Figures {
    let [activity, starts, entries] = parts else { return Figures::new() };
    let presence = Presence::new(&sources.heard, activity, now);
    let (starts, entries) = (by_source(starts), by_source(entries));
    let reporting = sources.reports.iter().map(|report| report.source.as_str());
    let beating = sources.heard.beating.keys().map(String::as_str);
    let names: BTreeSet<&str> = reporting.chain(beating).chain(entries.keys().copied()).collect();
    let mut shares: BTreeMap<Label, BTreeMap<Minute, Share>> = BTreeMap::new();
    for source in names {
        let Some(label) = label(selection, source) else { continue };
        let reports = || sources.reports.iter().filter(|report| report.source == source);
        let by_step = shares.entry(label).or_default();
        for (_, start, end) in steps.iter() {
            let judged = presence.judged(end);
            let known = [
                presence.uptime(source, (judged.plus(-HOUR), judged)),
                started(starts.get(source).copied(), reports(), end),
                entries.get(source).and_then(|entries| balanced(entries, end)),
            ];
            let Some(least) = known.into_iter().flatten().reduce(Share::least) else { continue };
            let share = by_step.entry(start).or_insert(least);
            *share = share.least(least);
        }
    }
    uptime::figures(shares)
}

type BySource<'a> = BTreeMap<&'a str, &'a BTreeMap<Minute, Amount>>;

fn by_source(amounts: &Amounts) -> BySource<'_> {
    let named = amounts.iter().filter_map(|(label, by)| Some((label.first()?.as_str(), by)));
    named.collect()
}

/// Starts received of those reported, by reports of the day before `end`.
fn started<'a>(
    starts: Option<&BTreeMap<Minute, Amount>>,
    reports: impl Iterator<Item = &'a Report>,
    end: Minute,
) -> Option<Share> {
    let mut standing: BTreeMap<(Minute, Minute), &Report> = BTreeMap::new();
    for report in reports {
        if (end.plus(-DAY)..end).contains(&Minute::of(report.time)) {
            let latest = standing.entry((report.from, report.to)).or_insert(report);
            if (report.time, report.id) > (latest.time, latest.id) {
                *latest = report;
            }
        }
    }
    let received = |report: &Report| -> i64 {
        let within = starts.into_iter().flat_map(|it| it.range(report.from..report.to));
        within.map(|(_, amount)| amount.count).sum()
    };
    // What came on top in one span does not make up for what is missing in another.
    let counted = standing.values().map(|report| received(report).clamp(0, report.started.max(0)));
    Share::of(counted.sum(), standing.values().map(|report| report.started.max(0)).sum())
}

/// Entries of the day before `end` that left or ended, of these and of those that wait for too long.
fn balanced(entries: &BTreeMap<Minute, Amount>, end: Minute) -> Option<Share> {
    let (mut part, mut whole) = (0, 0);
    for (minute, amount) in entries.range(end.plus(-DAY)..end) {
        let done = i64::try_from(amount.sum).unwrap_or(i64::MAX);
        part += done;
        whole += if *minute < end.plus(-WAITING) { amount.count } else { done };
    }
    Share::of(part, whole)
}

#[cfg(test)]
#[path = "completeness_tests.rs"]
mod tests;
