//! What is known of how an alert is told.
//!
//! It **flaps** once it has opened again [`FLAPPING`] times within [`FLAPS_WITHIN`]: that is said once,
//! and nothing more until it has been the same for [`STEADY`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Alert, AlertState, Transition};
use crate::{dimension::Dimension, minute::MINUTE, policy::Target, rule::Rule};

/// So many reopenings make it flap.
pub const FLAPPING: usize = 3;
/// Within so long, in nanoseconds.
pub const FLAPS_WITHIN: i64 = 60 * MINUTE;
/// The same for so long, it does not flap any more, in nanoseconds.
pub const STEADY: i64 = 30 * MINUTE;

/// How an alert is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Delivery {
    /// Family of its rule; empty of alerts that are older than families, see [`Alert::family`].
    pub family: String,
    /// What its rule is narrowed to: dimension and values.
    pub scope: Vec<(String, Vec<String>)>,
    /// After how many minutes it escalates, if it does.
    pub escalate_after: Option<i32>,
    /// What the bus has not taken yet, in order.
    pub unposted: Vec<Posting>,
    /// What people were told last.
    pub told: Option<Told>,
    /// Whether something was held back that people were not told of since.
    pub is_withheld: bool,
    /// When it opened again, within [`FLAPS_WITHIN`].
    pub reopenings: Vec<i64>,
    /// Since when it flaps.
    pub flapping_since: Option<i64>,
    /// The round, by [`Alert::reopened`], in which it began to.
    pub flaps_from: u32,
    /// The round, by [`Alert::reopened`], in which it escalated last.
    pub escalated: Option<u32>,
    /// Who was told that something is wrong, and not yet that it is over.
    pub owed: BTreeSet<Target>,
    /// When people were told what somebody of its group has taken on since, by [`Told::at`].
    pub taken_on: Option<i64>,
    /// The source that froze it.
    pub frozen_by: Option<String>,
    /// What silences it.
    pub inhibited_by: Option<Inhibition>,
}

/// A transition for the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// What happened.
    pub transition: Transition,
    /// In which round, by [`Alert::reopened`].
    pub round: u32,
}

/// What people were told of an alert, and when that was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// In nanoseconds.
    pub at: i64,
    /// What had happened.
    pub transition: Transition,
    /// By which message: a hash of its identity.
    #[serde(default)]
    pub message: u64,
}

/// Why nobody is told of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Inhibition {
    /// One of the whole fires, by its id.
    Alert(String),
    /// A source that feeds it is silent or incomplete, by its name.
    Source(String),
}

impl Delivery {
    pub(super) fn of(rule: &Rule) -> Self {
        let mut delivery = Self::default();
        delivery.follow(rule);
        delivery
    }

    /// Takes over what the rule says now.
    pub(super) fn follow(&mut self, rule: &Rule) {
        let only = rule.selection.only.iter();
        let named =
            |(of, values): &(Dimension, Vec<String>)| (of.as_str().to_owned(), values.clone());
        self.family.clone_from(&rule.family);
        self.scope = only.map(named).collect();
        self.escalate_after = rule.escalate_after;
    }

    /// The bus has taken it.
    pub fn posted(&mut self, posting: Posting) {
        self.unposted.retain(|unposted| *unposted != posting);
    }
}

impl Alert {
    /// Rules of one family show one kind of trouble.
    pub fn family(&self) -> &str {
        let family = self.delivery.family.as_str();
        if family.is_empty() { self.metric.as_str() } else { family }
    }

    /// Whether somebody should still do something about it.
    pub fn is_open(&self) -> bool {
        matches!(self.state, AlertState::Firing | AlertState::Acknowledged)
    }

    /// Whether people were told that it is wrong, and not that it is over.
    pub fn is_told_open(&self) -> bool {
        self.delivery.told.is_some_and(|told| told.transition != Transition::Resolved)
    }

    /// Whether anything of it is not out yet.
    pub fn is_waiting(&self) -> bool {
        !self.pending_notifications.is_empty() || !self.delivery.unposted.is_empty()
    }

    /// The alert as the bus is told of it: as it was then, where that is over.
    #[must_use]
    pub fn posting(&self, posting: Posting) -> Self {
        let mut alert = self.clone();
        if posting.transition == Transition::Resolved && posting.round < self.reopened {
            alert.state = AlertState::Resolved;
        }
        alert.reopened = posting.round;
        alert
    }

    pub(super) fn count_reopening(&mut self, now: i64) {
        let delivery = &mut self.delivery;
        delivery.reopenings.push(now);
        delivery.reopenings.retain(|at| now - at <= FLAPS_WITHIN);
        if delivery.flapping_since.is_none() && delivery.reopenings.len() >= FLAPPING {
            delivery.flapping_since = Some(now);
            delivery.flaps_from = self.reopened;
            self.note(now, "flaps: nothing more is told until it is steady".to_owned());
            if !self.is_shadow {
                self.pending_notifications = vec![Transition::Flapping];
            }
        }
    }

    /// Notes why nobody is told of it now.
    pub(crate) fn hold_back(&mut self, now: i64) {
        self.delivery.is_withheld = true;
        let why = match &self.delivery.inhibited_by {
            Some(Inhibition::Alert(whole)) => format!("{whole}, of which it is a part, fires"),
            Some(Inhibition::Source(source)) => format!("{source} is out"),
            // A person's silence has a line of its own.
            None => return,
        };
        self.note(now, format!("held back: {why}"));
    }

    /// Ends flapping where it has been the same for long enough.
    pub(crate) fn settle_down(&mut self, now: i64) {
        let Some(_) = self.delivery.flapping_since else { return };
        let latest = self.resolved.unwrap_or(self.since).max(self.since);
        if now - latest >= STEADY {
            self.delivery.flapping_since = None;
            self.delivery.reopenings.clear();
            self.note(now, "is steady again".to_owned());
        }
    }
}
