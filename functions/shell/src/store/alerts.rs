//! Alerts: those that live, in one item that the scorer steps; each as it was last, for people; and
//! claims on notifications.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write as _},
};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use serde::{Deserialize, Serialize};
use tocsin_domain::{
    alert::{Alert, AlertState, is_id},
    audit::Entry,
    id::{ConversationId, TenantId},
    minute::{DAY, MINUTE, Minute},
    policy::Groups,
    sabotage::{self, Sabotage},
};

use super::{
    Store, StoreError,
    items::{Attributes, Item, NEVER, corrupt, read_number},
    keys,
    tables::{Write, back_off},
};

/// A claim whose publisher has said nothing for so long is taken over.
const CLAIM_AGE: i64 = 2 * MINUTE;
/// Alerts changed by one transaction, beside the item of those that live.
const TOGETHER: usize = 90;
/// How often a change that lost a race is tried anew.
const ATTEMPTS: u32 = 10;
/// Claims outlive every redelivery of what they claim.
const CLAIM_KEPT: i64 = 30 * DAY;

/// Alerts that live, by fingerprint, and the version that was read.
#[derive(Clone, Debug, Default)]
pub struct LiveAlerts {
    /// Pending, firing, acknowledged, and resolved so lately that they may open again; by id those
    /// whose cell has begun another and that are not told to the end.
    pub alerts: BTreeMap<String, Alert>,
    /// What was announced of them lately.
    pub groups: Groups,
    /// `None`: none were ever stored.
    pub version: Option<u64>,
}

/// What the item of those that live holds.
#[derive(Serialize, Deserialize)]
struct Living<A, G> {
    alerts: A,
    groups: G,
}

/// What a tick made of the alerts.
#[derive(Clone, Debug, Default)]
pub struct Stepped {
    /// Those that live then, by fingerprint.
    pub alerts: BTreeMap<String, Alert>,
    /// What people see changed.
    pub changed: Vec<Changed>,
    /// What was announced of them lately; `None`: nothing new.
    pub groups: Option<Groups>,
}

/// What became of one alert.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "few, and most are stored")]
pub enum Changed {
    /// It is new or changed.
    Stored(Alert),
    /// It was pending and never fired.
    Dropped {
        /// Its id.
        id: String,
        /// Its fingerprint.
        fingerprint: String,
    },
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
        let mut plain = Vec::with_capacity(8 * item.body.len());
        let inflated = DeflateDecoder::new(item.body.as_slice()).read_to_end(&mut plain);
        inflated.map_err(|error| corrupt(&key, error))?;
        let living = serde_json::from_slice(&plain);
        let Living { alerts, groups } = living.map_err(|error| corrupt(&key, error))?;
        Ok(LiveAlerts { alerts, groups, version: Some(item.version) })
    }

    /// Replaces the alerts that live, and what people see of those that changed: all or none of at
    /// most [`TOGETHER`] at a time, so that nobody ever sees one that the scorer does not step.
    pub async fn write_alerts(
        &self,
        tenant: &TenantId,
        read: LiveAlerts,
        stepped: &Stepped,
        now: i64,
    ) -> Result<(), StoreError> {
        self.write_alerts_told(tenant, read, stepped, None, now).await
    }

    /// The same, and what the trail says of it with the last of them.
    pub(super) async fn write_alerts_told(
        &self,
        tenant: &TenantId,
        read: LiveAlerts,
        stepped: &Stepped,
        entry: Option<&Entry>,
        now: i64,
    ) -> Result<(), StoreError> {
        let LiveAlerts { mut alerts, groups: before, mut version } = read;
        let groups = stepped.groups.as_ref().unwrap_or(&before);
        let mut changes = stepped.changed.chunks(TOGETHER).peekable();
        loop {
            let few = changes.next().unwrap_or_default();
            let is_last = changes.peek().is_none();
            let mut items = Vec::new();
            for change in few {
                match change {
                    Changed::Stored(alert) => {
                        let has_gone = stepped.alerts.contains_key(&alert.id);
                        let key = if has_gone { &alert.id } else { &alert.fingerprint };
                        alerts.insert(key.clone(), alert.clone());
                        items.push(Write::put(self.shown(tenant, alert, now).await?));
                    }
                    Changed::Dropped { id, fingerprint } => {
                        alerts.remove(fingerprint);
                        items.push(Write::delete(&keys::alert(tenant, id)));
                    }
                }
            }
            // What is decided of all of them is true only when all of them are there.
            let (alerts, groups) =
                if is_last { (&stepped.alerts, groups) } else { (&alerts, &before) };
            let living = Living { alerts, groups };
            items.push(Write::guarded(self.living(tenant, &living, version).await?, version));
            let next = version.unwrap_or_default() + 1;
            if let Some(entry) = entry.filter(|_| is_last) {
                items.push(self.audit_put(tenant, entry, next)?);
            }
            self.transact(items).await?;
            version = Some(next);
            if is_last {
                return Ok(());
            }
        }
    }

    /// The item of an alert for people.
    async fn shown(
        &self,
        tenant: &TenantId,
        alert: &Alert,
        now: i64,
    ) -> Result<Attributes, StoreError> {
        let key = keys::alert(tenant, &alert.id);
        let body = serde_json::to_vec(alert).map_err(|error| corrupt(&key, error))?;
        let expires = now.saturating_add(self.retention.hours);
        self.attributes(tenant, Item { key, version: 1, body, expires }).await
    }

    /// The item of all alerts that live.
    async fn living(
        &self,
        tenant: &TenantId,
        living: &Living<&BTreeMap<String, Alert>, &Groups>,
        read: Option<u64>,
    ) -> Result<Attributes, StoreError> {
        let key = keys::live_alerts(tenant);
        let plain = serde_json::to_vec(living).map_err(|error| corrupt(&key, error))?;
        let body = deflated(&plain).map_err(|error| corrupt(&key, error))?;
        let version = read.unwrap_or_default() + 1;
        self.attributes(tenant, Item { key, version, body, expires: NEVER }).await
    }

    /// An alert as it was last.
    pub async fn alert(
        &self,
        tenant: &TenantId,
        id: &str,
        now: i64,
    ) -> Result<Option<Alert>, StoreError> {
        // What people may have typed: DynamoDB refuses some of it as a key.
        if !is_id(id) {
            return Ok(None);
        }
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

    /// Names a conversation otherwise wherever it is an exemplar; says in how many alerts it was.
    pub async fn rename_exemplar(
        &self,
        tenant: &TenantId,
        from: ConversationId,
        to: ConversationId,
        now: i64,
    ) -> Result<usize, StoreError> {
        let (from, to) = (from.to_string(), to.to_string());
        let live = self.live_alerts(tenant).await?.alerts.into_values();
        let shown = self.alerts_since(tenant, Minute(0), now).await?;
        let named: BTreeSet<String> =
            live.chain(shown).filter(|one| names(one, &from)).map(|alert| alert.id).collect();
        for id in &named {
            self.rename_in(tenant, id, (&from, &to), now).await?;
        }
        Ok(named.len())
    }

    /// Names a conversation otherwise in one alert. Whatever writes an alert's item writes the one of
    /// the live alerts with it, so that nobody's change is lost.
    async fn rename_in(
        &self,
        tenant: &TenantId,
        id: &str,
        (from, to): (&str, &str),
        now: i64,
    ) -> Result<(), StoreError> {
        for attempt in 0..ATTEMPTS {
            back_off(attempt).await;
            let read = self.live_alerts(tenant).await?;
            let mut stepped = Stepped { alerts: read.alerts.clone(), ..Stepped::default() };
            let live = stepped.alerts.values_mut().find(|alert| alert.id == id);
            let mut gone = if live.is_none() { self.alert(tenant, id, now).await? } else { None };
            let Some(alert) = live.or(gone.as_mut()).filter(|alert| names(alert, from)) else {
                return Ok(());
            };
            let exemplars = alert.evidence.exemplars.iter_mut();
            exemplars.filter(|one| **one == from).for_each(|one| to.clone_into(one));
            if alert.state != AlertState::Pending {
                stepped.changed.push(Changed::Stored(alert.clone()));
            }
            match self.write_alerts(tenant, read, &stepped, now).await {
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        Err(StoreError::Conflict)
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
                let is_young = now.saturating_sub(claimed) < CLAIM_AGE;
                if is_young && !sabotage::is(Sabotage::ClaimTakenOverAtOnce) {
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
        let expires = if now < 0 { NEVER } else { now.saturating_add(CLAIM_KEPT) };
        let item = Item { key, version, body: state.to_vec(), expires };
        let mut attributes = self.attributes(tenant, item).await?;
        attributes.insert("w".to_owned(), super::items::number(now));
        self.put_guarded(attributes, read).await?;
        Ok(version)
    }
}

const PUBLISHED: &[u8] = b"published";

/// Alerts say much the same: deflated, hundreds of them fit one item.
fn deflated(plain: &[u8]) -> Result<Vec<u8>, std::io::Error> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain)?;
    encoder.finish()
}

fn names(alert: &Alert, conversation: &str) -> bool {
    alert.evidence.exemplars.iter().any(|one| one == conversation)
}

fn is_published(item: &Attributes) -> bool {
    let body = item.get("b").and_then(|body| body.as_b().ok());
    body.is_some_and(|body| body.as_ref() == PUBLISHED)
}
