//! What a message says beside its lead.

use serde::{Deserialize, Serialize};

use super::{Alerts, Announcement, Covered, find, group};
use crate::{
    alert::{Alert, Inhibition, Transition},
    metric::Metric,
};

/// Other alerts that a message tells of, or that its reader should know of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Others {
    /// The message's identity.
    pub id: String,
    /// What the message is of: severity, family and parent.
    pub group: String,
    /// Whether several groups are told together.
    pub is_storm: bool,
    /// When it was decided on.
    pub at: i64,
    /// How many it tells of beside the lead.
    pub told: usize,
    /// How many parts of what it tells of are silenced by it.
    pub inhibited: usize,
    /// How many of its group are open beside these.
    pub open: usize,
    /// The first of those that it tells of, in order.
    pub listed: Vec<Other>,
    /// All that is told, by [`Alert::notification_id`]: the first [`LISTED`].
    pub notifications: Vec<String>,
    /// Owners of all that is told, besides the lead's.
    pub owners: Vec<String>,
    /// Rules of all that is told, besides the lead's.
    pub rules: Vec<String>,
    /// Metrics of all that is told, besides the lead's.
    pub metrics: Vec<String>,
}

/// Alerts that a message lists beside its lead.
pub const LISTED: usize = 20;

/// Another alert, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// Its id.
    pub id: String,
    /// What happened to it last.
    pub transition: Transition,
    /// Its rule.
    pub rule: String,
    /// What it judges.
    pub metric: Metric,
    /// Dimension and value.
    pub cell: Vec<(String, String)>,
    /// In the metric's public unit.
    pub value: Option<f64>,
}

impl Other {
    fn of(covered: &Covered, alert: &Alert) -> Self {
        Self {
            id: alert.id.clone(),
            transition: covered.transition,
            rule: alert.rule.clone(),
            metric: alert.metric,
            cell: alert.cell.clone(),
            value: alert.evidence.value,
        }
    }
}

impl Others {
    /// What an announcement tells beside its lead, as things stand.
    pub fn of(announcement: &Announcement, alerts: &Alerts) -> Self {
        let covers = &announcement.covers;
        let told = covers.iter().skip(1);
        let told: Vec<(&Covered, &Alert)> =
            told.filter_map(|covered| Some((covered, find(alerts, &covered.alert)?))).collect();
        let is_told = |id: &String| covers.iter().any(|one| one.alert == *id);
        let rest = alerts.values().filter(|alert| alert.is_open() && !is_told(&alert.id));
        let is_silenced = |alert: &&Alert| match &alert.delivery.inhibited_by {
            Some(Inhibition::Alert(whole)) => is_told(whole),
            Some(Inhibition::Source(_)) | None => false,
        };
        let is_of_group =
            |alert: &&Alert| alert.is_told_open() && group::key(alert) == announcement.group;
        let notifications = covers.iter().flat_map(|one| &one.notifications);
        Self {
            id: announcement.id().to_owned(),
            group: announcement.group.clone(),
            is_storm: announcement.is_storm,
            at: announcement.at,
            told: covers.len().saturating_sub(1),
            inhibited: rest.clone().filter(is_silenced).count(),
            open: rest.filter(is_of_group).count(),
            listed: told.iter().take(LISTED).map(|(one, alert)| Other::of(one, alert)).collect(),
            notifications: notifications.take(LISTED).cloned().collect(),
            owners: names(&told, |alert| &alert.owner),
            rules: names(&told, |alert| &alert.rule),
            metrics: names(&told, |alert| alert.metric.as_str()),
        }
    }
}

/// Each name once, in order.
fn names(told: &[(&Covered, &Alert)], of: fn(&Alert) -> &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, alert) in told {
        if names.len() < LISTED && !names.iter().any(|name| name == of(alert)) {
            names.push(of(alert).to_owned());
        }
    }
    names
}
