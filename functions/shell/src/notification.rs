//! What the scorer asks of fanout through the alert queue.

use serde::{Deserialize, Serialize};
use tocsin_domain::{
    alert::{Alert, Transition},
    id::TenantId,
};

/// One transition of one alert, to be published once to each target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notification {
    /// Whose.
    pub tenant: TenantId,
    /// The alert, as it was when this was sent.
    pub alert: Alert,
    /// What happened to it.
    pub transition: Transition,
}
