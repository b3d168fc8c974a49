//! What is told together.
//!
//! A group is told of at once when something opens in it, and then [`UPDATE`] later at the earliest: of
//! what opened since; of what is over once nothing of it is open any more, or with the next that opens,
//! or after [`OVER`]. Nobody gets more than [`MOST`] messages that something is wrong, of a severity,
//! within [`LATELY`]: the last of them tells of all groups that are due, and what comes then waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::{Alerts, Announcement, Covered, Groups, Target, find, find_mut, rank};
use crate::{
    alert::{Alert, Told, Transition},
    id::short_hash,
    minute::Minute,
    rule::Severity,
    sabotage::{self, Sabotage},
};

/// Time between two messages of a group, in minutes.
pub const UPDATE: i32 = 5;
/// What is over is told after so many minutes, though other alerts of its group are open.
pub const OVER: i32 = 30;
/// Minutes of which messages are counted.
pub const LATELY: i32 = 10;
/// Messages of a severity within [`LATELY`], for a tenant.
pub const MOST: usize = 3;

/// A group by its severity, family and parent: the cell without its last dimension.
pub fn key(alert: &Alert) -> String {
    let mut key = format!("{}|{}", alert.severity.as_str(), alert.family());
    for (dimension, value) in parent(alert) {
        let _ = write!(key, "|{dimension}={value}");
    }
    key
}

/// The cell of which an alert's cell is a part; a whole is told with its parts.
pub fn parent(alert: &Alert) -> &[(String, String)] {
    if sabotage::is(Sabotage::GroupWithoutParent) {
        return &[];
    }
    &alert.cell[..alert.cell.len().saturating_sub(1)]
}

/// What tells of several groups, by itself where it is only that they are over: that keeps no page waiting.
fn storm_key(severity: Severity, is_over: bool) -> String {
    format!("{}||{}", severity.as_str(), if is_over { "over" } else { "storm" })
}

/// Decides which of what is due is told now, and in how many messages.
pub(super) fn announce(alerts: &mut Alerts, groups: &mut Groups, due: Vec<Covered>, now: i64) {
    groups.forget(now);
    let mut by_key: BTreeMap<(Severity, String), Vec<Covered>> = BTreeMap::new();
    for covered in due {
        let Some(alert) = find(alerts, &covered.alert) else { continue };
        by_key.entry((alert.severity, key(alert))).or_default().push(covered);
    }
    for severity in Severity::ALL {
        let mut ready = Vec::new();
        for ((of, key), covered) in &by_key {
            if *of == severity && groups.is_ready(alerts, key, covered, now) {
                ready.push((key.clone(), covered.clone()));
            }
        }
        told_together(alerts, groups, severity, ready, now);
    }
}

/// Each group by itself while that is few; else all of them in one message.
fn told_together(
    alerts: &mut Alerts,
    groups: &mut Groups,
    severity: Severity,
    ready: Vec<(String, Vec<Covered>)>,
    now: i64,
) {
    let is_over = |covered: &Covered| covered.transition == Transition::Resolved;
    let storm = storm_key(severity, ready.iter().flat_map(|(_, covers)| covers).all(is_over));
    let lately = groups.lately.iter().filter(|(of, _)| *of == severity).count();
    if ready.is_empty() {
    } else if lately + ready.len() < MOST {
        for (key, covers) in ready {
            groups.tell(alerts, severity, &key, covers, now);
        }
    } else if lately < MOST && groups.has_rested(&storm, UPDATE, now) {
        for (key, _) in &ready {
            groups.latest.insert(key.clone(), now);
        }
        let is_one = ready.len() == 1;
        groups.latest.insert(storm.clone(), now);
        let key = if is_one { ready[0].0.clone() } else { storm };
        let covers = ready.into_iter().flat_map(|(_, covers)| covers).collect();
        groups.tell(alerts, severity, &key, covers, now);
        if let Some(last) = groups.outgoing.last_mut() {
            last.is_storm = !is_one;
        }
    }
}

impl Groups {
    /// Whether a group may be told of what is due in it.
    fn is_ready(&self, alerts: &Alerts, key: &str, due: &[Covered], now: i64) -> bool {
        if !self.has_rested(key, UPDATE, now) {
            return false;
        }
        let is_over = |covered: &Covered| covered.transition == Transition::Resolved;
        if !due.iter().all(is_over) || self.has_rested(key, OVER, now) {
            return true;
        }
        let mut others = alerts.values().filter(|alert| self::key(alert) == key);
        // What a source's outage or a whole silences says nothing of when it is over.
        !others.any(|alert| alert.is_open() && alert.is_told_open())
    }

    fn has_rested(&self, key: &str, minutes: i32, now: i64) -> bool {
        sabotage::is(Sabotage::UpdatedAtOnce)
            || self.latest.get(key).is_none_or(|latest| passed(*latest, now) >= minutes)
    }

    /// Announces what a group tells; the lead first, and what is over last.
    fn tell(
        &mut self,
        alerts: &mut Alerts,
        severity: Severity,
        key: &str,
        mut covers: Vec<Covered>,
        now: i64,
    ) {
        covers.sort_by(|one, other| in_order(alerts, one).cmp(&in_order(alerts, other)));
        let id = covers.first().and_then(|lead| lead.notifications.last());
        let message = id.map_or(0, |id| short_hash(&[id.as_bytes()]));
        let own = Target::of(severity);
        let mut targets = BTreeSet::from([Target::Chat]);
        for covered in &covers {
            let Some(alert) = find_mut(alerts, &covered.alert) else { continue };
            // Its severity may have changed since; the end is for whoever was told of the beginning.
            let is_over = covered.transition == Transition::Resolved;
            if is_over && !alert.delivery.owed.is_empty() {
                targets.extend(&alert.delivery.owed);
            } else if is_over {
                // It came and went before anybody was told.
                targets.insert(own);
            } else {
                targets.insert(own);
                alert.delivery.owed.insert(own);
            }
            alert.delivery.told = Some(Told { at: now, transition: covered.transition, message });
            alert.delivery.is_withheld = false;
        }
        let targets = targets.into_iter().collect();
        self.latest.insert(key.to_owned(), now);
        // News of what is over keeps no page waiting.
        if covers.iter().any(|covered| covered.transition != Transition::Resolved) {
            self.lately.push((severity, now));
        }
        let (group, is_storm) = (key.to_owned(), false);
        self.outgoing.push(Announcement { at: now, group, is_storm, targets, covers });
    }

    /// Forgets what does not matter any more.
    fn forget(&mut self, now: i64) {
        self.latest.retain(|_, latest| passed(*latest, now) <= OVER);
        self.lately.retain(|(_, at)| passed(*at, now) < LATELY);
    }
}

/// What is over comes last; of the others the first by [`rank`].
fn in_order<'a>(alerts: &'a Alerts, covered: &Covered) -> impl Ord + use<'a> {
    let is_over = covered.transition == Transition::Resolved;
    (is_over, find(alerts, &covered.alert).map(rank))
}

/// Minutes between two ticks, which are not quite on the minute.
pub(super) fn passed(from: i64, to: i64) -> i32 {
    Minute::of(to).0 - Minute::of(from).0
}
