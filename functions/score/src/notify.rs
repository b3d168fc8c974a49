//! Hands transitions over to fanout, again and again until somebody has published them.

use std::collections::BTreeMap;

use tocsin_domain::{alert::Alert, id::TenantId};
use tocsin_shell::{
    notification::Notification,
    queue::{self, SendError},
    store::{Store, StoreError},
};

/// Why a transition is not handed over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotifyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Send(#[from] SendError),
}

/// Takes off what is published.
pub(crate) async fn settle(
    store: &Store,
    tenant: &TenantId,
    alerts: &mut BTreeMap<String, Alert>,
) -> Result<(), StoreError> {
    for alert in alerts.values_mut() {
        let mut waiting = Vec::new();
        for transition in std::mem::take(&mut alert.pending_notifications) {
            let (name, target) = (alert.notification_id(transition), alert.severity.as_str());
            if !store.is_notified(tenant, (&alert.id, &name, target)).await? {
                waiting.push(transition);
            }
        }
        alert.pending_notifications = waiting;
    }
    Ok(())
}

/// Enqueues what waits.
pub(crate) async fn hand_over(
    client: &aws_sdk_sqs::Client,
    url: &str,
    tenant: &TenantId,
    alerts: &BTreeMap<String, Alert>,
) -> Result<(), NotifyError> {
    let mut bodies = Vec::new();
    for alert in alerts.values().filter(|alert| alert.silenced.is_none()) {
        for transition in &alert.pending_notifications {
            let notification = Notification {
                tenant: tenant.clone(),
                alert: alert.clone(),
                transition: *transition,
            };
            let body = serde_json::to_string(&notification);
            bodies.push(body.map_err(|error| SendError::Unavailable(error.into()))?);
        }
    }
    queue::send(client, url, tenant.as_str(), bodies).await?;
    Ok(())
}
