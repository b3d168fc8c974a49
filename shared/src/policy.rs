//! Who is told what, and when: from alerts' transitions to messages for people.
//!
//! All rules are stepped in one tick, so a tick's transitions need not wait for each other.
//! [`plan`] then decides, as a function of the alerts that live, what was announced lately, and time:
//!
//! * **Inhibited** ([`inhibit`]): while an alert of the whole fires, those of its parts in its family
//!   are told nothing of; nor while a source that feeds them is out. Of what is over by then and was
//!   never told, nothing is told at all, nor that something begins on which somebody acts by then; what
//!   still fires then is told once.
//! * **Silenced** by a person, an alert is held back likewise; its parts are told by themselves then.
//! * **Flapping** alerts say so once, see [`crate::alert::Delivery`].
//! * **Grouped** ([`group`]) by severity, family and the cell's parent: one message for all that is due,
//!   the whole and the worst first, and the next of the group [`group::UPDATE`] later at the earliest.
//! * **Escalated** ([`escalate`]): what nobody took on is told to the next one, once.
//!
//! What is decided is an [`Announcement`], stored with the alerts in one write, and handed over at each
//! tick until it is known to be out. Its identity is that of its lead's transition, which leads once.
//! So it is told once whoever decides, and again, and whatever dies.
//!
//! The bus, for automation, gets every transition of every alert in order, whatever people are spared.

pub mod escalate;
pub mod group;
pub mod inhibit;
mod others;
mod rank;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    alert::{Alert, AlertState, Transition},
    minute::MINUTE,
    rule::Severity,
};

pub use others::{LISTED, Other, Others};
pub use rank::rank;

/// What is not out for so long keeps what follows it no longer, in nanoseconds.
pub const STUCK: i64 = 60 * MINUTE;

/// Alerts that live: mostly by fingerprint; those whose cell has begun another, by id.
pub type Alerts = BTreeMap<String, Alert>;

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Whoever is on call.
    Page,
    /// Whoever looks today.
    Warning,
    /// Whoever wants to know.
    Info,
    /// The next one, where nobody took a page on.
    Escalation,
    /// Rooms of chat applications.
    Chat,
}

impl Target {
    /// The name in claims.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Escalation => "escalation",
            Self::Chat => "chat",
        }
    }

    /// Where alerts of a severity go.
    pub const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Page => Self::Page,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Info,
        }
    }
}

/// An alert of which a message tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// The alert's id.
    pub alert: String,
    /// What happened to it last.
    pub transition: Transition,
    /// All that happened to it and is told with this, by [`Alert::notification_id`].
    pub notifications: Vec<String>,
}

/// A message that is decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// When it was decided on, in nanoseconds.
    pub at: i64,
    /// Which group it is of: severity, family and parent, see [`group::key`].
    pub group: String,
    /// Whether several groups are told together, as too many are due.
    pub is_storm: bool,
    /// Where it goes; nobody knows yet that it is there.
    pub targets: Vec<Target>,
    /// What it tells of: the lead first.
    pub covers: Vec<Covered>,
}

impl Announcement {
    /// What the message is about, and its identity; there is always one.
    pub fn lead(&self) -> Option<&Covered> {
        self.covers.first()
    }

    /// Its identity, which is claimed for each target: that of the lead's last transition.
    pub fn id(&self) -> &str {
        self.lead().and_then(|lead| lead.notifications.last()).map_or("", String::as_str)
    }
}

/// What was announced lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Groups {
    /// When each group's latest message was decided on, by [`group::key`].
    pub latest: BTreeMap<String, i64>,
    /// Messages by severity and time, of the last [`group::LATELY`].
    pub lately: Vec<(Severity, i64)>,
    /// Messages that are not known to be out, in order.
    pub outgoing: Vec<Announcement>,
}

impl Groups {
    /// Whether a message that is not known to be out is about an alert.
    pub fn is_about(&self, id: &str) -> bool {
        self.outgoing.iter().filter_map(Announcement::lead).any(|lead| lead.alert == id)
    }

    /// What is to go out next, and where to: a target is told of an alert's end when it is known to
    /// have been told of its beginning. What a target has not taken for [`STUCK`] keeps nothing else.
    pub fn next(&self, now: i64) -> Vec<(Vec<Target>, &Announcement)> {
        let mut waits = BTreeSet::new();
        let mut next = Vec::new();
        for announcement in &self.outgoing {
            let mut targets = announcement.targets.clone();
            targets.retain(|target| {
                let mut alerts = announcement.covers.iter().map(|covered| &covered.alert);
                !alerts.any(|alert| waits.contains(&(*target, alert)))
            });
            let is_stuck = now - announcement.at >= STUCK;
            for target in announcement.targets.iter().filter(|_| !is_stuck) {
                waits.extend(announcement.covers.iter().map(|covered| (*target, &covered.alert)));
            }
            if !targets.is_empty() {
                next.push((targets, announcement));
            }
        }
        next
    }
}

/// Finds an alert by its id.
pub fn find<'a>(alerts: &'a Alerts, id: &str) -> Option<&'a Alert> {
    let fingerprint = id.split_once('-').map_or(id, |(_, fingerprint)| fingerprint);
    alerts.get(fingerprint).filter(|alert| alert.id == id).or_else(|| alerts.get(id))
}

fn find_mut<'a>(alerts: &'a mut Alerts, id: &str) -> Option<&'a mut Alert> {
    let fingerprint = id.split_once('-').map_or(id, |(_, fingerprint)| fingerprint);
    let key =
        if alerts.get(fingerprint).is_some_and(|alert| alert.id == id) { fingerprint } else { id };
    alerts.get_mut(key)
}

/// Decides what is told now; `is_silenced`: whether a person has silenced an alert.
pub fn plan(
    alerts: &mut Alerts,
    groups: &mut Groups,
    is_silenced: impl Fn(&Alert) -> bool,
    now: i64,
) {
    inhibit::mark(alerts);
    for alert in alerts.values_mut() {
        alert.settle_down(now);
    }
    let is_held = |alert: &Alert| alert.delivery.inhibited_by.is_some() || is_silenced(alert);
    let due = due(alerts, groups, &is_held, now);
    group::announce(alerts, groups, due, now);
    escalate::announce(alerts, groups, &is_held, now);
}

/// An announcement is out: what it told of does not wait any more.
pub fn settled(alerts: &mut Alerts, announcement: &Announcement) {
    for covered in &announcement.covers {
        let Some(alert) = find_mut(alerts, &covered.alert) else { continue };
        let is_over =
            alert.delivery.told.is_some_and(|told| told.transition == Transition::Resolved);
        if covered.transition == Transition::Resolved && is_over {
            alert.delivery.owed.clear();
        }
        for transition in alert.pending_notifications.clone() {
            if covered.notifications.contains(&alert.notification_id(transition)) {
                alert.claimed(transition);
            }
        }
    }
}

/// What people are to be told of and nobody tells of yet. Forgets what need not be told any more.
fn due(
    alerts: &mut Alerts,
    groups: &Groups,
    is_held: &impl Fn(&Alert) -> bool,
    now: i64,
) -> Vec<Covered> {
    let covers = groups.outgoing.iter().flat_map(|one| &one.covers);
    let under_way: BTreeSet<String> =
        covers.flat_map(|covered| covered.notifications.iter().cloned()).collect();
    let mut due = Vec::new();
    for alert in alerts.values_mut() {
        if waiting(alert, &under_way).is_empty() {
            continue;
        }
        let is_held = is_held(alert);
        if is_held && !alert.delivery.is_withheld {
            alert.hold_back(now);
        }
        if alert.state == AlertState::Acknowledged && alert.delivery.is_withheld {
            alert.pending_notifications.retain(|one| !one.begins());
        }
        let waiting = waiting(alert, &under_way);
        let Some(transition) = waiting.last().copied() else { continue };
        let was_never_told = alert.state == AlertState::Resolved && !alert.is_told_open();
        if was_never_told && alert.delivery.is_withheld {
            alert.pending_notifications.retain(|one| !waiting.contains(one));
            alert.delivery.is_withheld = !alert.pending_notifications.is_empty();
        } else if !is_held {
            let notifications = waiting.iter().map(|one| alert.notification_id(*one)).collect();
            due.push(Covered { alert: alert.id.clone(), transition, notifications });
        }
    }
    due
}

/// What is to be told of an alert with others of its group, and is not under way yet.
fn waiting(alert: &Alert, under_way: &BTreeSet<String>) -> Vec<Transition> {
    let is_flapping = alert.delivery.flapping_since.is_some();
    let mut waiting = alert.pending_notifications.clone();
    waiting.retain(|transition| {
        *transition != Transition::Escalated
            && (!is_flapping || *transition == Transition::Flapping)
            && !under_way.contains(&alert.notification_id(*transition))
    });
    waiting
}
