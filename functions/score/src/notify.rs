//! Hands what is decided over to fanout, again and again until somebody has published it.

use tocsin_domain::{
    alert::Alert,
    id::TenantId,
    policy::{self, Others},
};
use tocsin_shell::{
    notification::{Announced, Notification},
    queue::{self, SendError},
    store::{
        Store, StoreError,
        alerts::{Changed, LiveAlerts, Stepped},
    },
};

/// The target of claims on what is put on the bus.
const BUS: &str = "bus";

/// Why something is not handed over.
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
    live: &mut LiveAlerts,
) -> Result<(), StoreError> {
    let mut outgoing = Vec::new();
    for mut announcement in std::mem::take(&mut live.groups.outgoing) {
        let id = announcement.id().to_owned();
        let alert = announcement.lead().map(|lead| lead.alert.clone()).unwrap_or_default();
        let mut targets = Vec::new();
        for target in announcement.targets {
            if !store.is_notified(tenant, (&alert, &id, target.as_str())).await? {
                targets.push(target);
            }
        }
        announcement.targets = targets;
        if announcement.targets.is_empty() {
            policy::settled(&mut live.alerts, &announcement);
        } else {
            outgoing.push(announcement);
        }
    }
    live.groups.outgoing = outgoing;
    for alert in live.alerts.values_mut() {
        for posting in alert.delivery.unposted.clone() {
            let name = alert.posting_id(posting);
            if store.is_notified(tenant, (&alert.id, &name, BUS)).await? {
                alert.delivery.posted(posting);
            }
        }
    }
    Ok(())
}

/// Decides what people are told now, and shows what that changed.
pub(crate) fn decide(read: &LiveAlerts, stepped: &mut Stepped, now: i64) {
    let mut groups = read.groups.clone();
    let is_silenced = |alert: &Alert| alert.silenced.is_some();
    policy::plan(&mut stepped.alerts, &mut groups, is_silenced, now);
    stepped.groups = Some(groups);
    stepped.changed.retain(|changed| match changed {
        Changed::Stored(alert) => policy::find(&stepped.alerts, &alert.id).is_none(),
        Changed::Dropped { .. } => true,
    });
    for (key, alert) in &stepped.alerts {
        if read.alerts.get(key) != Some(alert) {
            stepped.changed.push(Changed::Stored(alert.clone()));
        }
    }
}

/// Enqueues what waits.
pub(crate) async fn hand_over(
    client: &aws_sdk_sqs::Client,
    url: &str,
    tenant: &TenantId,
    stepped: &Stepped,
    now: i64,
) -> Result<(), NotifyError> {
    let mut notifications = Vec::new();
    for (targets, announcement) in stepped.groups.iter().flat_map(|groups| groups.next(now)) {
        let Some(lead) = announcement.lead() else { continue };
        let Some(alert) = policy::find(&stepped.alerts, &lead.alert) else { continue };
        notifications.push(Notification {
            tenant: tenant.clone(),
            alert: alert.clone(),
            transition: lead.transition,
            announced: Some(Announced {
                targets,
                others: Others::of(announcement, &stepped.alerts),
            }),
        });
    }
    for alert in stepped.alerts.values() {
        // The next one when this one is known to be there.
        if let Some(posting) = alert.delivery.unposted.first() {
            notifications.push(Notification {
                tenant: tenant.clone(),
                alert: alert.posting(*posting),
                transition: posting.transition,
                announced: None,
            });
        }
    }
    let bodies = notifications.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
    let bodies = bodies.map_err(|error| SendError::Unavailable(error.into()))?;
    queue::send(client, url, tenant.as_str(), bodies).await?;
    Ok(())
}
