//! Alerts: those that live, in one item that the scorer steps; each as it was last, for people; and
//! claims on notifications.

use std::collections::BTreeMap;

use tocsin_domain::{
    alert::Alert,
    id::TenantId,
    minute::{DAY, MINUTE, Minute},
};

use super::{
    Store, StoreError,
    items::{Item, corrupt, read_number},
    keys,
};

/// A claim whose publisher has said nothing for so long is taken over.
const CLAIM_AGE: i64 = 2 * MINUTE;
/// Claims outlive every redelivery of what they claim.
const CLAIM_KEPT: i64 = 30 * DAY;

/// Alerts that live, by fingerprint, and the version that was read.
#[derive(Clone, Debug, Default)]
pub struct LiveAlerts {
    /// Pending, firing, acknowledged, and resolved so lately that they may open again.
    pub alerts: BTreeMap<String, Alert>,
    /// `None`: none were ever stored.
    pub version: Option<u64>,
}

/// Who publishes a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Whoever asked; it is to say [`Store::mark_published`], on condition of this version.
    Yours(u64),
    /// Somebody else, who may still fail to.
    Theirs,
    /// It is published.
    Published,
}

impl Store {
    /// Alerts that live.
    pub async fn live_alerts(&self, tenant: &TenantId) -> Result<LiveAlerts, StoreError> {
        let key = keys::live_alerts(tenant);
        let Some(attributes) = self.get(&self.state, &key).await? else {
            return Ok(LiveAlerts::default());
        };
        let Some(item) = self.item(tenant, attributes, i64::MIN).await? else {
            return Ok(LiveAlerts::default());
        };
        let alerts = serde_json::from_slice(&item.body).map_err(|error| corrupt(&key, error))?;
        Ok(LiveAlerts { alerts, version: Some(item.version) })
    }

    /// Replaces the alerts that live, and keeps those that changed for people: all or none.
    pub async fn write_alerts(
        &self,
        tenant: &TenantId,
        live: &LiveAlerts,
        changed: &[Alert],
        now: i64,
    ) -> Result<(), StoreError> {
        let key = keys::live_alerts(tenant);
        let body = serde_json::to_vec(&live.alerts).map_err(|error| corrupt(&key, error))?;
        let version = live.version.unwrap_or_default() + 1;
        let mut attributes =
            self.attributes(tenant, Item { key, version, body, expires: 0 }).await?;
        attributes.remove("ttl");
        // What changed is written first: should the last transaction lose a race, the winner's tick
        // judges the same minute and writes the same alerts.
        for few in changed.chunks(50) {
            let mut items = Vec::new();
            for alert in few {
                let key = keys::alert(tenant, &alert.id);
                let body = serde_json::to_vec(alert).map_err(|error| corrupt(&key, error))?;
                let expires = now.saturating_add(self.retention.hours);
                items.push(self.attributes(tenant, Item { key, version: 1, body, expires }).await?);
            }
            self.put_all(&self.state, items).await?;
        }
        self.put_guarded(attributes, live.version).await
    }

    /// An alert as it was last.
    pub async fn alert(
        &self,
        tenant: &TenantId,
        id: &str,
        now: i64,
    ) -> Result<Option<Alert>, StoreError> {
        let key = keys::alert(tenant, id);
        let Some(attributes) = self.get(&self.state, &key).await? else { return Ok(None) };
        let Some(item) = self.item(tenant, attributes, now).await? else { return Ok(None) };
        serde_json::from_slice(&item.body).map(Some).map_err(|error| corrupt(&key, error))
    }

    /// Alerts that opened since a minute, newest first.
    pub async fn alerts_since(
        &self,
        tenant: &TenantId,
        since: Minute,
        now: i64,
    ) -> Result<Vec<Alert>, StoreError> {
        // Ids begin with the minute of opening, ten digits wide.
        let first = format!("{:010}", since.0);
        let pk = keys::alert(tenant, "").pk;
        let mut found = Vec::new();
        for attributes in self.query(&self.state, &pk, Some((first, "~".to_owned()))).await? {
            if let Some(item) = self.item(tenant, attributes, now).await? {
                let alert = serde_json::from_slice(&item.body)
                    .map_err(|error| corrupt(&item.key, error))?;
                found.push(alert);
            }
        }
        found.reverse();
        Ok(found)
    }

    /// Claims a notification for whoever asks first; a claim that went stale is taken over.
    pub async fn claim(
        &self,
        tenant: &TenantId,
        (alert, notification, target): (&str, &str, &str),
        now: i64,
    ) -> Result<Claim, StoreError> {
        let key = keys::claim(tenant, alert, notification, target);
        let read = self.get(&self.state, &key).await?;
        let version = match &read {
            None => None,
            Some(item) if item.contains_key("b") && is_published(item) => {
                return Ok(Claim::Published);
            }
            Some(item) => {
                let claimed: i64 = read_number(item, "w").unwrap_or_default();
                if now.saturating_sub(claimed) < CLAIM_AGE {
                    return Ok(Claim::Theirs);
                }
                read_number(item, "v")
            }
        };
        match self.put_claim(tenant, key, version, now, b"claimed").await {
            Ok(version) => Ok(Claim::Yours(version)),
            Err(StoreError::Conflict) => Ok(Claim::Theirs),
            Err(error) => Err(error),
        }
    }

    /// Says that a claimed notification is out.
    pub async fn mark_published(
        &self,
        tenant: &TenantId,
        (alert, notification, target): (&str, &str, &str),
        claim: u64,
        now: i64,
    ) -> Result<(), StoreError> {
        let key = keys::claim(tenant, alert, notification, target);
        self.put_claim(tenant, key, Some(claim), now, PUBLISHED).await.map(drop)
    }

    /// Gives a claim back whose publication failed, so that the redelivery need not wait.
    pub async fn release(
        &self,
        tenant: &TenantId,
        (alert, notification, target): (&str, &str, &str),
        claim: u64,
    ) -> Result<(), StoreError> {
        let key = keys::claim(tenant, alert, notification, target);
        let stale = i64::MIN / 2;
        self.put_claim(tenant, key, Some(claim), stale, b"released").await.map(drop)
    }

    /// Whether a notification is out.
    pub async fn is_notified(
        &self,
        tenant: &TenantId,
        (alert, notification, target): (&str, &str, &str),
    ) -> Result<bool, StoreError> {
        let key = keys::claim(tenant, alert, notification, target);
        Ok(self.get(&self.state, &key).await?.as_ref().is_some_and(is_published))
    }

    async fn put_claim(
        &self,
        tenant: &TenantId,
        key: keys::Key,
        read: Option<u64>,
        now: i64,
        state: &[u8],
    ) -> Result<u64, StoreError> {
        let version = read.unwrap_or_default() + 1;
        let expires = now.max(0).saturating_add(CLAIM_KEPT);
        let item = Item { key, version, body: state.to_vec(), expires };
        let mut attributes = self.attributes(tenant, item).await?;
        attributes.insert("w".to_owned(), super::items::number(now));
        if now < 0 {
            attributes.remove("ttl");
        }
        self.put_guarded(attributes, read).await?;
        Ok(version)
    }
}

const PUBLISHED: &[u8] = b"published";

fn is_published(item: &super::items::Attributes) -> bool {
    let body = item.get("b").and_then(|body| body.as_b().ok());
    body.is_some_and(|body| body.as_ref() == PUBLISHED)
}
