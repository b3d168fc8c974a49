//! Rollups: deltas, the head, segments, late bundles, hour items. All but the head never change.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::types::AttributeValue;

use tocsin_domain::{
    cells::HourCells,
    compaction::Head,
    dimension::View,
    heard::Heard,
    id::TenantId,
    metric::Family,
    minute::{DAY, Hour, Minute},
    sums::Sums,
};

use super::{
    Store, StoreError,
    items::{Attributes, Item, NEVER, corrupt, number, read_key},
    keys::{self, Key},
    tables::Write,
};

/// The cells of an hour, by metric family and view.
pub type HourItems = BTreeMap<(Family, View), HourCells>;

/// A delta that no compaction has merged yet.
#[derive(Clone, Debug)]
pub struct OpenDelta {
    /// Its sort key.
    pub id: String,
    /// When it was written.
    pub written: Minute,
    /// Encoded size in bytes.
    pub bytes: usize,
    /// What it adds.
    pub sums: Arc<Sums>,
    /// Signs of life in it.
    pub heard: Heard,
}

/// Amounts that came late to closed hours.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The compaction that wrote it.
    pub number: u64,
    /// When it was written.
    pub written: Minute,
    /// Encoded size in bytes.
    pub bytes: usize,
    /// What it adds.
    pub sums: Sums,
}

/// An hour that is over closes within this, or its tenant is not scored at all.
const CLOSES_WITHIN: i64 = 7 * DAY;

impl Store {
    /// The head, and the version to write on condition of; an empty one where none is stored.
    pub async fn read_head(&self, tenant: &TenantId) -> Result<(Head, Option<u64>), StoreError> {
        let key = keys::head(tenant);
        let Some(attributes) = self.get(&self.state, &key).await? else {
            return Ok((Head::default(), None));
        };
        let Some(item) = self.item(tenant, attributes, i64::MIN).await? else {
            return Ok((Head::default(), None));
        };
        let head = serde_json::from_slice(&item.body).map_err(|error| corrupt(&key, error))?;
        Ok((head, Some(item.version)))
    }

    /// Replaces the head that was read.
    pub async fn write_head(
        &self,
        tenant: &TenantId,
        head: &Head,
        read: Option<u64>,
    ) -> Result<u64, StoreError> {
        let key = keys::head(tenant);
        let version = read.unwrap_or_default() + 1;
        let body = serde_json::to_vec(head).map_err(|error| corrupt(&key, error))?;
        let attributes =
            self.attributes(tenant, Item { key, version, body, expires: NEVER }).await?;
        self.put_guarded(attributes, read).await?;
        Ok(version)
    }

    /// All deltas in the table; some may be merged already, which the head knows.
    pub async fn deltas(&self, tenant: &TenantId) -> Result<Vec<OpenDelta>, StoreError> {
        self.deltas_beside(tenant, &BTreeMap::new()).await
    }

    /// The same. Those that are known, by id, are not decoded: what a delta holds is a part of its id.
    pub(crate) async fn deltas_beside(
        &self,
        tenant: &TenantId,
        known: &BTreeMap<String, OpenDelta>,
    ) -> Result<Vec<OpenDelta>, StoreError> {
        let pk = keys::delta(tenant, "").pk;
        let mut found = Vec::new();
        for attributes in self.query(&self.state, &pk, None).await? {
            if let Some(known) = known.get(&read_key(&attributes).sk) {
                found.push(known.clone());
                continue;
            }
            let heard = read_heard(&attributes);
            let Some(item) = self.item(tenant, attributes, i64::MIN).await? else { continue };
            let sums = Sums::decode(&item.body).map_err(|error| corrupt(&item.key, error))?;
            let minute = item.key.sk.rsplit_once('-').and_then(|(minute, _)| minute.parse().ok());
            let written = Minute(minute.ok_or_else(|| corrupt(&item.key, "no minute in key"))?);
            let (id, bytes, sums) = (item.key.sk, item.body.len(), Arc::new(sums));
            found.push(OpenDelta { id, written, bytes, sums, heard });
        }
        Ok(found)
    }

    /// Deletes deltas and late bundles that are merged.
    pub async fn delete_merged(
        &self,
        tenant: &TenantId,
        deltas: &[String],
        bundles: &[u64],
    ) -> Result<(), StoreError> {
        let deltas = deltas.iter().map(|id| keys::delta(tenant, id));
        let bundles = bundles.iter().map(|number| keys::bundle(tenant, *number));
        let keys: Vec<Key> = deltas.chain(bundles).collect();
        self.delete_all(&self.state, &keys).await
    }

    /// Writes segments of one compaction. One of an hour before the minute tier is kept until the hour
    /// has closed, and its amounts are in the hour tier.
    pub async fn put_segments(
        &self,
        tenant: &TenantId,
        number: u64,
        segments: &[(Hour, Sums)],
        now: i64,
    ) -> Result<(), StoreError> {
        let mut items = Vec::new();
        for (hour, sums) in segments {
            let closed_by_then = now.saturating_add(CLOSES_WITHIN);
            let expires = expiry(*hour, self.retention.minutes).max(closed_by_then);
            let key = keys::segment(tenant, *hour, number);
            items.push(self.immutable(tenant, key, sums.encode(), expires).await?);
        }
        self.put_all(&self.state, items).await
    }

    /// Segments of some hours, up to a compaction.
    pub async fn segments(
        &self,
        tenant: &TenantId,
        hours: (Hour, Hour),
        committed: u64,
        now: i64,
    ) -> Result<Vec<(Hour, Sums)>, StoreError> {
        let pk = keys::segment(tenant, Hour(0), 0).pk;
        let mut found = Vec::new();
        for item in self.committed(tenant, &pk, hours, committed, now).await? {
            let hour = keys::parse_hour(&item.key.sk).unwrap_or_default();
            let sums = Sums::decode(&item.body).map_err(|error| corrupt(&item.key, error))?;
            found.push((hour, sums));
        }
        Ok(found)
    }

    /// Writes the hour items of one compaction.
    pub async fn put_cells(
        &self,
        tenant: &TenantId,
        number: u64,
        hours: &[(Hour, HourItems)],
    ) -> Result<(), StoreError> {
        let mut items = Vec::new();
        for (hour, cells) in hours {
            let expires = expiry(*hour, self.retention.hours);
            for ((family, view), cells) in cells {
                let key = keys::cells(tenant, *family, *view, *hour, number);
                items.push(self.immutable(tenant, key, cells.encode(), expires).await?);
            }
        }
        self.put_all(&self.state, items).await
    }

    /// Hour items of some hours, up to a compaction; several of one hour add up.
    pub async fn cells(
        &self,
        tenant: &TenantId,
        (family, view): (Family, View),
        hours: (Hour, Hour),
        committed: u64,
        now: i64,
    ) -> Result<Vec<(Hour, HourCells)>, StoreError> {
        let pk = keys::cells(tenant, family, view, Hour(0), 0).pk;
        let mut found = Vec::new();
        for item in self.committed(tenant, &pk, hours, committed, now).await? {
            let hour = keys::parse_hour(&item.key.sk).unwrap_or_default();
            let cells = HourCells::decode(&item.body).map_err(|error| corrupt(&item.key, error))?;
            found.push((hour, cells));
        }
        Ok(found)
    }

    /// Writes the late bundle of one compaction, to be deleted when it is folded, while the head has the version that plans it: a
    /// worker that was held up must not bring a bundle back that is folded and deleted already.
    pub async fn put_bundle(
        &self,
        tenant: &TenantId,
        number: u64,
        written: Minute,
        sums: &Sums,
        planned: u64,
    ) -> Result<(), StoreError> {
        let key = keys::bundle(tenant, number);
        let mut item = self.immutable(tenant, key, sums.encode(), NEVER).await?;
        item.insert("w".to_owned(), super::items::number(written.0));
        let planned = Write::unchanged(&keys::head(tenant), Some(planned));
        self.transact(vec![planned, Write::put(item)]).await
    }

    /// All late bundles in the table; which of them count, the head knows.
    pub async fn bundles(&self, tenant: &TenantId) -> Result<Vec<Bundle>, StoreError> {
        let pk = keys::bundle(tenant, 0).pk;
        let mut found = Vec::new();
        for attributes in self.query(&self.state, &pk, None).await? {
            let number = keys::parse_number(&read_key(&attributes).sk).unwrap_or_default();
            let written =
                super::items::read_number(&attributes, "w").map(Minute).unwrap_or_default();
            let Some(item) = self.item(tenant, attributes, i64::MIN).await? else { continue };
            let sums = Sums::decode(&item.body).map_err(|error| corrupt(&item.key, error))?;
            found.push(Bundle { number, written, bytes: item.body.len(), sums });
        }
        Ok(found)
    }

    async fn immutable(
        &self,
        tenant: &TenantId,
        key: Key,
        body: Vec<u8>,
        expires: i64,
    ) -> Result<Attributes, StoreError> {
        self.attributes(tenant, Item { key, version: 1, body, expires }).await
    }

    async fn committed(
        &self,
        tenant: &TenantId,
        pk: &str,
        (first, last): (Hour, Hour),
        committed: u64,
        now: i64,
    ) -> Result<Vec<Item>, StoreError> {
        let between = (keys::hour(first), format!("{}~", keys::hour(last)));
        let mut found = Vec::new();
        for attributes in self.query(&self.state, pk, Some(between)).await? {
            let number = keys::parse_number(&read_key(&attributes).sk).unwrap_or(u64::MAX);
            if number <= committed {
                found.extend(self.item(tenant, attributes, now).await?);
            }
        }
        Ok(found)
    }
}

/// Attributes of a delta: newest events, and oldest heartbeats, by source.
const HEARD: [&str; 2] = ["t", "h"];

/// Keeps signs of life with a delta.
pub(super) fn keep_heard(delta: &mut Attributes, heard: &Heard) {
    for (name, times) in HEARD.into_iter().zip([&heard.newest, &heard.beating]) {
        if !times.is_empty() {
            let times = times.iter().map(|(source, time)| (source.clone(), number(*time)));
            delta.insert(name.to_owned(), AttributeValue::M(times.collect()));
        }
    }
}

fn read_heard(delta: &Attributes) -> Heard {
    let [newest, beating] = HEARD.map(|name| {
        let times = delta.get(name).and_then(|times| times.as_m().ok()).into_iter().flatten();
        let known = times
            .filter_map(|(source, time)| Some((source.clone(), time.as_n().ok()?.parse().ok()?)));
        known.collect()
    });
    Heard { newest, beating }
}

fn expiry(hour: Hour, kept: i64) -> i64 {
    hour.start().start().saturating_add(kept)
}
