//! Pointers: where a conversation or customer lives that is known by several hashes.
//!
//! While a master secret is being replaced, an identifier is hashed under two keys. Of its hashes, one
//! names the item, for as long as that lives; each other that was seen beside it is the key of a
//! pointer there, written in the transaction that counts what came with both. So whichever hash an
//! event brings, it finds the set that it belongs to, and of two workers that meet the same stranger
//! under two hashes one loses its race. What is erased leaves a pointer too: see [`crate::erasure`].

use aws_sdk_dynamodb::types::AttributeValue;
use tocsin_domain::{
    id::{KeyedHash, TenantId},
    minute::DAY,
};

use super::{
    Store, StoreError,
    items::{Attributes, Item, next_version, read_expiry},
    keys::Key,
    tables::Write,
};

/// Beyond the time for which late events are taken, so long a message may be redelivered: 14 days in a
/// queue of dead letters, and one to spare.
const REDELIVERED: i64 = 15 * DAY;

/// A pointer lives so many times as long as a conversation after its last event, and is written again
/// when it is followed with less than half of that left: so it outlives what it points to.
const OUTLIVES: i64 = 2;

/// A pointer as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The hash that names the item.
    pub to: KeyedHash,
    /// Whether it is to be written again when it is followed.
    pub ages: bool,
    /// Whether what it points to was erased here.
    pub erased: bool,
}

/// A pointer to be written in place of what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointerWrite {
    /// The hash that something is also known by.
    pub from: KeyedHash,
    /// The hash that names the item.
    pub to: KeyedHash,
    /// The version that was read at `from`; `None`: nothing is there.
    pub read: Option<u64>,
    /// Whether it is left by an erasure: it lives as long as redelivery may, and no longer.
    pub erased: bool,
}

impl PointerWrite {
    /// To where something lives that is known by another hash too.
    pub fn known_as(from: KeyedHash, to: KeyedHash, read: Option<u64>) -> Self {
        Self { from, to, read, erased: false }
    }

    /// To what was erased here.
    pub fn erased(from: KeyedHash, to: KeyedHash, read: Option<u64>) -> Self {
        Self { from, to, read, erased: true }
    }
}

/// The name of the attribute that makes an item a pointer.
const TO: &str = "to";
/// The name of the attribute that says that something was erased.
const ERASED: &str = "x";

impl Store {
    /// What a live item points to, if it is a pointer.
    pub(super) fn pointer(&self, attributes: &Attributes, now: i64) -> Option<Pointer> {
        let to = KeyedHash::parse(attributes.get(TO)?.as_s().ok()?)?;
        let expires = read_expiry(attributes);
        let erased = attributes.contains_key(ERASED);
        let ages = !erased && expires < now.saturating_add(self.retention.conversations);
        (expires >= now).then_some(Pointer { to, ages, erased })
    }

    /// The action that writes a pointer at a key.
    pub(super) async fn pointer_put(
        &self,
        tenant: &TenantId,
        key: Key,
        write: &PointerWrite,
        now: i64,
    ) -> Result<Write, StoreError> {
        let lives = if write.erased {
            self.retention.accept_late.saturating_add(REDELIVERED)
        } else {
            self.retention.conversations.saturating_mul(OUTLIVES)
        };
        let version = next_version(write.read, now);
        let item = Item { key, version, body: Vec::new(), expires: now.saturating_add(lives) };
        let mut attributes = self.attributes(tenant, item).await?;
        attributes.insert(TO.to_owned(), AttributeValue::S(write.to.to_string()));
        if write.erased {
            attributes.insert(ERASED.to_owned(), AttributeValue::Bool(true));
        }
        Ok(Write::guarded(attributes, write.read))
    }
}
