//! What people did about alerts, and the links by which they may acknowledge one.

use tocsin_domain::{
    alert::{
        Alert,
        actions::{Action, ActionError},
    },
    audit::{Entry, What},
    id::TenantId,
};

use super::{
    Store, StoreError,
    alerts::{Changed, Stepped},
    items::{Item, corrupt},
    keys,
    tables::back_off,
};
use crate::ack::{AckLink, AckToken, LASTS};

/// How often a change is tried against others that write at the same time.
const ATTEMPTS: u32 = 10;

/// What came of an action.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time")]
pub enum Acted {
    /// This is the alert now, whether it was done just so or before.
    Done(Alert),
    /// It can not be done.
    Refused(ActionError),
    /// There is no such alert, or no longer.
    Unknown,
}

impl Store {
    /// Does something about an alert for a person. Whatever is changed about alerts is written on
    /// condition that nobody stepped them meanwhile, so neither a tick nor a person undoes it; the trail
    /// tells of it in the same transaction.
    pub async fn act(
        &self,
        tenant: &TenantId,
        id: &str,
        (action, by): (Action, &str),
        now: i64,
    ) -> Result<Acted, StoreError> {
        for attempt in 0..ATTEMPTS {
            back_off(attempt).await;
            let read = self.live_alerts(tenant).await?;
            // One whose cell has begun another lives under its id.
            let living = read.alerts.iter().find(|(_, alert)| alert.id == id);
            let key = living.map(|(key, _)| key.clone());
            let found = match living {
                Some((_, alert)) => Some(alert.clone()),
                None => self.alert(tenant, id, now).await?,
            };
            let Some(mut alert) = found else { return Ok(Acted::Unknown) };
            match alert.act(action, by, now) {
                Ok(true) => {}
                Ok(false) => return Ok(Acted::Done(alert)),
                Err(refused) => return Ok(Acted::Refused(refused)),
            }
            let mut alerts = read.alerts.clone();
            if let Some(key) = key {
                alerts.insert(key, alert.clone());
            }
            let stepped =
                Stepped { alerts, changed: vec![Changed::Stored(alert.clone())], groups: None };
            let entry = Entry::done(now, by, What::from(action), Some(id));
            match self.write_alerts_told(tenant, read, &stepped, Some(&entry), now).await {
                Ok(()) => return Ok(Acted::Done(alert)),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Lets whoever holds a token acknowledge an alert, for as long as links last.
    pub async fn put_ack_link(
        &self,
        token: AckToken,
        link: &AckLink,
        now: i64,
    ) -> Result<(), StoreError> {
        let key = keys::ack_link(&token.hash());
        let body = serde_json::to_vec(link).map_err(|error| corrupt(&key, error))?;
        let item = Item { key, version: 1, body, expires: now.saturating_add(LASTS) };
        let attributes = self.attributes(&link.tenant, item).await?;
        match self.put_guarded(attributes, None).await {
            // An earlier attempt of the SDK's went through: nobody else draws the same bits.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What a token lets its holder acknowledge; `None` where it is unknown or too old.
    pub async fn ack_link(&self, token: AckToken, now: i64) -> Result<Option<AckLink>, StoreError> {
        let key = keys::ack_link(&token.hash());
        let Some(attributes) = self.get(&self.state, &key).await? else { return Ok(None) };
        // Links have no parts, so the tenant that parts would be of does not matter.
        let Some(body) = attributes.get("b").and_then(|body| body.as_b().ok()) else {
            return Ok(None);
        };
        let is_over = super::items::read_expiry(&attributes) < now;
        let link = serde_json::from_slice(body.as_ref()).map_err(|error| corrupt(&key, error))?;
        Ok(if is_over { None } else { Some(link) })
    }
}
