//! What nobody took on is told to the next one.
//!
//! So many minutes after people were told that a page fires, if it still does and neither it nor, since
//! then, another of its group or of its message was taken on: whoever acknowledges a message
//! acknowledges what it is about. All that is due in a tick is one message. Once for each round of an alert.

use std::collections::{BTreeMap, BTreeSet};

use super::{Alerts, Announcement, Covered, Groups, Target, find, find_mut, group, rank};
use crate::{
    alert::{Alert, AlertState, Transition},
    rule::Severity,
};

/// Decides whether anything escalates now.
pub(super) fn announce(
    alerts: &mut Alerts,
    groups: &mut Groups,
    is_held: &impl Fn(&Alert) -> bool,
    now: i64,
) {
    note_taken_on(alerts);
    take_back(alerts, groups);
    let covers = due(alerts, groups, is_held, now);
    let Some(lead) = covers.first().and_then(|lead| find(alerts, &lead.alert)) else { return };
    let (group, mut is_storm) = (group::key(lead), false);
    for covered in &covers {
        let Some(alert) = find_mut(alerts, &covered.alert) else { continue };
        is_storm |= group::key(alert) != group;
        alert.delivery.escalated = Some(alert.reopened);
        alert.delivery.owed.insert(Target::Escalation);
        // It waits until it is out, as what happened to the alert does.
        alert.claimed(Transition::Escalated);
        alert.pending_notifications.push(Transition::Escalated);
        alert.note(now, "escalated: nobody took it on".to_owned());
    }
    let targets = vec![Target::Escalation];
    groups.outgoing.push(Announcement { at: now, group, is_storm, targets, covers });
}

/// Whether somebody is to be told that nobody answers.
fn is_wanted(alert: &Alert) -> bool {
    alert.severity == Severity::Page && alert.state == AlertState::Firing && !is_taken_on(alert)
}

/// Whoever took it on meanwhile has stopped what is not out yet. If that was the lead, what else was
/// to be told is told by another.
fn take_back(alerts: &mut Alerts, groups: &mut Groups) {
    for alert in alerts.values_mut().filter(|alert| !is_wanted(alert)) {
        alert.claimed(Transition::Escalated);
    }
    groups.outgoing.retain(|one| {
        let lead = one.lead().filter(|lead| lead.transition == Transition::Escalated);
        lead.is_none_or(|lead| find(alerts, &lead.alert).is_some_and(is_wanted))
    });
}

/// What escalates now, the first by [`rank`] first.
fn due(
    alerts: &Alerts,
    groups: &Groups,
    is_held: &impl Fn(&Alert) -> bool,
    now: i64,
) -> Vec<Covered> {
    let is_under_way = |alert: &Alert| {
        let id = alert.notification_id(Transition::Escalated);
        let mut covers = groups.outgoing.iter().flat_map(|one| &one.covers);
        covers.any(|covered| covered.notifications.contains(&id))
    };
    let is_due = |alert: &&Alert| {
        is_wanted(alert) && !is_held(alert) && is_due(alert, now) && !is_under_way(alert)
    };
    let mut due: Vec<&Alert> = alerts.values().filter(is_due).collect();
    due.sort_by(|one, other| rank(one).cmp(&rank(other)));
    let covered = |alert: &&Alert| Covered {
        alert: alert.id.clone(),
        transition: Transition::Escalated,
        notifications: vec![alert.notification_id(Transition::Escalated)],
    };
    due.iter().map(covered).collect()
}

/// Notes at each alert whether somebody took it, its group or its message on since people were told.
fn note_taken_on(alerts: &mut Alerts) {
    let mut taken: BTreeMap<String, i64> = BTreeMap::new();
    let mut messages = BTreeSet::new();
    for alert in alerts.values() {
        if let Some(by) = &alert.acknowledged {
            let latest = taken.entry(group::key(alert)).or_insert(by.at);
            *latest = by.at.max(*latest);
            messages
                .extend(alert.delivery.told.filter(|told| told.at <= by.at).map(|one| one.message));
        }
    }
    for alert in alerts.values_mut().filter(|alert| alert.is_open()) {
        let Some(told) = alert.delivery.told else { continue };
        let is_group_taken = taken.get(&group::key(alert)).is_some_and(|at| *at >= told.at);
        if is_group_taken || messages.contains(&told.message) {
            alert.delivery.taken_on = Some(told.at);
        }
    }
}

fn is_taken_on(alert: &Alert) -> bool {
    let Some(told) = alert.delivery.told else { return false };
    alert.delivery.taken_on == Some(told.at)
}

/// Whether it is time, or was, and what was decided then is lost.
fn is_due(alert: &Alert, now: i64) -> bool {
    let delivery = &alert.delivery;
    let (Some(minutes), Some(told)) = (delivery.escalate_after, delivery.told) else {
        return false;
    };
    let since = told.at.max(alert.since);
    alert.pending_notifications.contains(&Transition::Escalated)
        || alert.is_told_open()
            && delivery.escalated != Some(alert.reopened)
            && group::passed(since, now) >= minutes
}
