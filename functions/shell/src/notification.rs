//! What the scorer asks of fanout through the alert queue.

use serde::{Deserialize, Serialize};
use tocsin_domain::{
    alert::{Alert, Transition},
    id::TenantId,
    policy::{Others, Target},
};

/// A message to be published once to each target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notification {
    /// Whose.
    pub tenant: TenantId,
    /// The alert that it is about, as it was when this was sent.
    pub alert: Alert,
    /// What happened to it.
    pub transition: Transition,
    /// What people are told; `None`: it is for the bus.
    #[serde(default)]
    pub announced: Option<Announced>,
}

/// What people are told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Announced {
    /// Where it goes.
    pub targets: Vec<Target>,
    /// Its identity, which is claimed for each target, and what it tells of beside the alert.
    pub others: Others,
}
