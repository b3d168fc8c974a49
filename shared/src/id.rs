//! Identifiers: tenants, and the keyed hashes that stand for conversations, customers and agents.
//!
//! A subject, a customer or an agent can be a phone number or an e-mail address, so none of them is
//! stored: a keyed hash is. Its first byte is the version of the key, so that hashes made before
//! and after a rotation can be told apart. While a key is being replaced, each subject and customer is
//! hashed under both (`crate::chunk::Rehashed`); agents, and names of things, are under the oldest key
//! until it is gone, so that no figure is split in two meanwhile.

use std::fmt;

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A customer of this product. Lower-case ASCII letters, digits and `-`; 1 to 32 bytes.
///
/// The charset excludes `#`, the separator inside table keys, so a key can never be forged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

/// Why a string is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a tenant: want 1 to 32 of a-z, 0-9 and -")]
pub struct InvalidTenant(String);

impl TenantId {
    /// The identifier as it appears in keys and claims.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TenantId {
    type Error = InvalidTenant;

    fn try_from(raw: String) -> Result<Self, InvalidTenant> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=32).contains(&raw.len()) && raw.bytes().all(legal) {
            Ok(Self(raw))
        } else {
            Err(InvalidTenant(raw))
        }
    }
}

impl From<TenantId> for String {
    fn from(tenant: TenantId) -> Self {
        tenant.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A keyed hash: one byte of key version and 15 bytes of HMAC-SHA256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyedHash([u8; 16]);

/// The keyed hash of a conversation's subject: the `id` that the API shows.
pub type ConversationId = KeyedHash;

/// The keyed hash of a customer's identifier.
pub type CustomerId = KeyedHash;

impl KeyedHash {
    /// Fifteen random bytes in place of a hash: the name of what was erased. No key has version 0.
    pub fn anonymous(random: [u8; 15]) -> Self {
        let mut bytes = [0; 16];
        bytes[1..].copy_from_slice(&random);
        Self(bytes)
    }

    /// Whether it is the name of what was erased.
    pub fn is_anonymous(self) -> bool {
        self.0[0] == 0
    }

    /// The bytes, for keys of caches and orders.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the 32 hexadecimal digits that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A tenant's key for hashing identifiers, with its version.
#[derive(Clone)]
pub struct PseudonymKey {
    version: u8,
    mac: Hmac<Sha256>,
    /// Version and key of all hashes but those of subjects and customers.
    names: (u8, Hmac<Sha256>),
    /// Whether what reads as a hash is one.
    keeps_hashes: bool,
}

impl PseudonymKey {
    /// Derives the tenant's key from the deployment's master secret.
    pub fn derive(master: &[u8], tenant: &TenantId, version: u8) -> Self {
        let mut derivation = keyed(master);
        derivation.update(b"tocsin pseudonyms ");
        derivation.update(&[version, 0]);
        derivation.update(tenant.as_str().as_bytes());
        let mac = keyed(&derivation.finalize().into_bytes());
        Self { version, names: (version, mac.clone()), mac, keeps_hashes: false }
    }

    /// The same, with all but subjects and customers hashed under another key.
    #[must_use]
    pub fn with_names_of(self, other: &Self) -> Self {
        Self { names: other.names.clone(), ..self }
    }

    /// The same for what was hashed before, as [`crate::decode::masked_event`] does: a hash stays as it
    /// is. Never for what senders send: they could name whose hash they know.
    #[must_use]
    pub fn keeping_hashes(self) -> Self {
        Self { keeps_hashes: true, ..self }
    }

    /// The conversation that a subject names.
    pub fn conversation(&self, subject: &str) -> ConversationId {
        self.hash("conversation", subject)
    }

    /// The customer that an opaque identifier names.
    pub fn customer(&self, customer: &str) -> CustomerId {
        self.hash("customer", customer)
    }

    /// The agent's dimension value: `#` and 16 hexadecimal digits.
    pub fn agent(&self, agent: &str) -> String {
        if self.keeps_hashes && is_agent(agent) {
            return agent.to_owned();
        }
        let hash = self.name("agent", agent);
        hash.0[..8].iter().fold(String::from("#"), |text, byte| format!("{text}{byte:02x}"))
    }

    /// What replaces an event's `id` or `source` that masking would alter.
    pub fn replacement(&self, masked_field: &str) -> String {
        self.name("field", masked_field).to_string()
    }

    /// Eight bytes that stand for an AI answer's normalised text.
    pub fn fingerprint(&self, text: &str) -> u64 {
        let hash = self.name("answer", text);
        let mut first = [0; 8];
        first.copy_from_slice(&hash.0[1..9]);
        u64::from_be_bytes(first)
    }

    /// The text itself where it is a hash, and hashes stay.
    fn kept(&self, text: &str) -> Option<KeyedHash> {
        if self.keeps_hashes { KeyedHash::parse(text) } else { None }
    }

    fn hash(&self, kind: &str, text: &str) -> KeyedHash {
        self.kept(text).unwrap_or_else(|| hash((self.version, &self.mac), kind, text))
    }

    fn name(&self, kind: &str, text: &str) -> KeyedHash {
        if let Some(kept) = self.kept(text) {
            return kept;
        }
        let (version, mac) = &self.names;
        hash((*version, mac), kind, text)
    }
}

/// Whether this is what [`PseudonymKey::agent`] makes.
fn is_agent(text: &str) -> bool {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 16);
    digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn hash((version, mac): (u8, &Hmac<Sha256>), kind: &str, text: &str) -> KeyedHash {
    let mut mac = mac.clone();
    mac.update(kind.as_bytes());
    mac.update(&[0]);
    mac.update(text.as_bytes());
    let digest = mac.finalize().into_bytes();
    let mut bytes = [version; 16];
    bytes[1..].copy_from_slice(&digest[..15]);
    KeyedHash(bytes)
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC accepts a key of any length")]
    Hmac::new_from_slice(key).expect("HMAC accepts any key")
}

/// The first eight bytes of SHA-256 over the parts, each but the first preceded by a zero byte.
///
/// Identity of events (`source`, `id`) and the fingerprint of their content.
pub fn short_hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = Sha256::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hasher.update([0]);
        }
        hasher.update(part);
    }
    let digest = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_can_not_forge_a_key() {
        for bad in ["", "Acme", "a#b", "a b", &"x".repeat(33)] {
            assert!(TenantId::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert_eq!(TenantId::try_from("demo-1".to_owned()).unwrap().as_str(), "demo-1");
    }

    #[test]
    fn hashes_differ_by_tenant_kind_and_key_version() {
        let tenant = |name: &str| TenantId::try_from(name.to_owned()).unwrap();
        let key = PseudonymKey::derive(b"m", &tenant("a"), 1);
        let other = PseudonymKey::derive(b"m", &tenant("b"), 1);
        let newer = PseudonymKey::derive(b"m", &tenant("a"), 2);
        assert_eq!(key.conversation("x"), key.conversation("x"));
        assert_ne!(key.conversation("x"), key.customer("x"));
        assert_ne!(key.conversation("x"), other.conversation("x"));
        assert_ne!(key.conversation("x"), newer.conversation("x"));
        assert_eq!(newer.customer("x").bytes()[0], 2);
        let between = newer.clone().with_names_of(&key);
        assert_eq!(between.agent("x"), key.agent("x"));
        assert_eq!(between.customer("x"), newer.customer("x"));
        assert_eq!(KeyedHash::parse(&key.customer("x").to_string()), Some(key.customer("x")));
    }

    #[test]
    fn only_whoever_is_told_so_takes_a_hash_for_one() {
        let key = PseudonymKey::derive(b"m", &TenantId::try_from("a".to_owned()).unwrap(), 1);
        let (case, agent) = (key.conversation("x").to_string(), key.agent("bo"));
        assert_ne!(key.conversation(&case).to_string(), case);
        assert_ne!(key.agent(&agent), agent);
        let kept = key.clone().keeping_hashes();
        assert_eq!((kept.conversation(&case).to_string(), kept.agent(&agent)), (case, agent));
        assert_eq!(kept.conversation("x"), key.conversation("x"));
        assert_eq!(kept.agent("#bo"), key.agent("#bo"));
        let id = key.replacement("jo@example.com");
        assert_eq!(kept.replacement(&id), id);
    }
}
