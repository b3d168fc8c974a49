//! Whom not to tell: alerts that a silence covers are marked, so that nothing of them is handed over.

use tocsin_domain::{
    alert::{Alert, AlertState},
    id::TenantId,
};
use tocsin_shell::store::{
    Store, StoreError,
    alerts::{Changed, Stepped},
};

/// Marks what is silenced now, and takes the mark off what no longer is. Where nothing is open, waits
/// to be told or is marked, silences are not even read.
pub(crate) async fn mark(
    store: &Store,
    tenant: &TenantId,
    stepped: &mut Stepped,
    now: i64,
) -> Result<(), StoreError> {
    let concerns = |alert: &Alert| {
        matches!(alert.state, AlertState::Firing | AlertState::Acknowledged)
            || !alert.pending_notifications.is_empty()
            || alert.silenced.is_some()
    };
    if !stepped.alerts.values().any(concerns) {
        return Ok(());
    }
    let silences = store.silences(tenant).await?;
    for alert in stepped.alerts.values_mut() {
        if !alert.silence(&silences, now) {
            continue;
        }
        let known = stepped.changed.iter_mut().find_map(|changed| match changed {
            Changed::Stored(stored) if stored.id == alert.id => Some(stored),
            Changed::Stored(_) | Changed::Dropped { .. } => None,
        });
        // A transaction writes an item once.
        match known {
            Some(stored) => stored.clone_from(alert),
            None => stepped.changed.push(Changed::Stored(alert.clone())),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "silenced_tests.rs"]
mod tests;
