//! Secrets: the keys of identifiers' hashes, the encryption of agents' names, of vendors' secrets and of
//! what browsers keep for us, hashes of credentials.
//!
//! A deployment has one master secret, and several while one is being replaced: the first is current,
//! what was hashed under the others is still found (`docs/guarantees.md` says how long they stay).

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chacha20poly1305::{
    ChaCha20Poly1305, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use tocsin_domain::id::{PseudonymKey, TenantId};

/// A master secret and its version, which every hash made under it carries.
#[derive(Clone)]
pub struct Secret {
    /// 1 for a deployment's first; never used again for another.
    pub version: u8,
    /// At least 32 bytes.
    pub bytes: Vec<u8>,
}

/// Derives tenants' keys from the deployment's master secrets.
#[derive(Clone)]
pub struct Vault {
    current: Secret,
    /// The others, the oldest last.
    former: Vec<Secret>,
}

/// Why there is no vault over these secrets.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It reads otherwise.
    #[error(
        "it is neither the base64 of at least 32 bytes nor a list such as `2:<base64>,1:<base64>`"
    )]
    Malformed,
    /// Hashes would not tell which secret they were made under.
    #[error("version {0} is there twice")]
    SameVersion(u8),
}

impl Vault {
    /// A vault over a deployment's first master secret.
    pub fn new(master: Vec<u8>) -> Self {
        Self { current: Secret { version: 1, bytes: master }, former: Vec::new() }
    }

    /// A vault over the secrets of a setting: the base64 of the first one, or of several, each with its
    /// version before it, the current one first: `2:<base64>,1:<base64>`.
    pub fn parse(setting: &str) -> Result<Self, SecretError> {
        let mut secrets: Vec<Secret> = Vec::new();
        for part in setting.split(',') {
            let (version, encoded) = part.trim().split_once(':').unwrap_or(("1", part.trim()));
            let bytes = STANDARD.decode(encoded).map_err(|_| SecretError::Malformed)?;
            let version = version.parse().map_err(|_| SecretError::Malformed)?;
            if version == 0 || bytes.len() < 32 {
                return Err(SecretError::Malformed);
            }
            if secrets.iter().any(|secret| secret.version == version) {
                return Err(SecretError::SameVersion(version));
            }
            secrets.push(Secret { version, bytes });
        }
        let current = secrets.remove(0);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.version));
        Ok(Self { current, former: secrets })
    }

    /// The same with a new current secret.
    #[must_use]
    pub fn rotated(self, new: Vec<u8>) -> Self {
        let version = self.secrets().map(|secret| secret.version).max().unwrap_or(0) + 1;
        let mut former = self.former;
        former.insert(0, self.current);
        Self { current: Secret { version, bytes: new }, former }
    }

    /// The same without the others than the current secret: what was hashed under them is found only
    /// where a pointer leads to it.
    #[must_use]
    pub fn without_former(self) -> Self {
        Self { former: Vec::new(), ..self }
    }

    /// The setting that [`Vault::parse`] reads.
    pub fn setting(&self) -> String {
        let parts =
            self.secrets().map(|one| format!("{}:{}", one.version, STANDARD.encode(&one.bytes)));
        parts.collect::<Vec<_>>().join(",")
    }

    /// Versions of all secrets, the current one first.
    pub fn versions(&self) -> Vec<u8> {
        self.secrets().map(|secret| secret.version).collect()
    }

    /// The key that hashes a tenant's identifiers.
    pub fn pseudonyms(&self, tenant: &TenantId) -> PseudonymKey {
        let key = |secret: &Secret| PseudonymKey::derive(&secret.bytes, tenant, secret.version);
        let current = key(&self.current);
        match self.secrets().min_by_key(|secret| secret.version) {
            Some(oldest) => current.with_names_of(&key(oldest)),
            None => current,
        }
    }

    /// The other keys under which a tenant's subjects and customers may be known.
    pub fn former_pseudonyms(&self, tenant: &TenantId) -> Vec<PseudonymKey> {
        let current = self.pseudonyms(tenant);
        let key = |secret: &Secret| PseudonymKey::derive(&secret.bytes, tenant, secret.version);
        self.former.iter().map(|secret| key(secret).with_names_of(&current)).collect()
    }

    /// All keys under which a tenant's subjects and customers may be known, the current one first.
    pub fn all_pseudonyms(&self, tenant: &TenantId) -> Vec<PseudonymKey> {
        std::iter::once(self.pseudonyms(tenant)).chain(self.former_pseudonyms(tenant)).collect()
    }

    fn secrets(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.current).chain(&self.former)
    }

    /// Says that this very deployment has written these parts; without the secret nobody can.
    pub fn stamp(&self, parts: &[&[u8]]) -> String {
        URL_SAFE_NO_PAD.encode(self.current.mac(b"stamp", parts).finalize().into_bytes())
    }

    /// Whether it is the stamp of these parts, by whichever secret; tells nothing by how long it takes.
    pub fn is_stamp(&self, stamp: &str, parts: &[&[u8]]) -> bool {
        let Ok(stamp) = URL_SAFE_NO_PAD.decode(stamp) else { return false };
        self.secrets().any(|secret| secret.mac(b"stamp", parts).verify_slice(&stamp).is_ok())
    }

    /// Encrypts an agent's id as sent. The nonce is a keyed hash of the text, so that the same name
    /// encrypts to the same bytes and writing it again changes nothing.
    pub fn seal(&self, tenant: &TenantId, text: &str) -> Vec<u8> {
        self.current.seal(DIRECTORY, tenant.as_str(), text)
    }

    /// Decrypts what [`Vault::seal`] made for this tenant.
    pub fn open(&self, tenant: &TenantId, sealed: &[u8]) -> Option<String> {
        self.secrets().find_map(|secret| secret.open(DIRECTORY, tenant.as_str(), sealed))
    }

    /// Encrypts a secret by which a vendor signs what it delivers for this tenant.
    pub fn seal_secret(&self, tenant: &TenantId, secret: &str) -> Vec<u8> {
        self.current.seal(SIGNING, tenant.as_str(), secret)
    }

    /// Decrypts what [`Vault::seal_secret`] made for this tenant.
    pub fn open_secret(&self, tenant: &TenantId, sealed: &[u8]) -> Option<String> {
        self.secrets().find_map(|secret| secret.open(SIGNING, tenant.as_str(), sealed))
    }

    /// Encrypts what a browser is to keep for us: its holder can neither read nor change it, nor show it
    /// for anything but this purpose. In letters, digits, `-` and `_`, as cookies take them.
    pub fn seal_cookie(&self, purpose: &str, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.current.seal(COOKIE, purpose, text))
    }

    /// Decrypts what [`Vault::seal_cookie`] made for this purpose.
    pub fn open_cookie(&self, purpose: &str, sealed: &str) -> Option<String> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        self.secrets().find_map(|secret| secret.open(COOKIE, purpose, &sealed))
    }
}

/// What a key encrypts: labels from which it, and its nonces, are derived.
#[derive(Clone, Copy)]
struct Sealing {
    key: &'static [u8],
    nonce: &'static [u8],
}

const DIRECTORY: Sealing = Sealing { key: b"directory", nonce: b"nonce" };
const SIGNING: Sealing = Sealing { key: b"signing", nonce: b"signing nonce" };
const COOKIE: Sealing = Sealing { key: b"cookie", nonce: b"cookie nonce" };

impl Secret {
    /// The text under a key of this use and name. The nonce is a keyed hash of the text.
    fn seal(&self, sealing: Sealing, name: &str, text: &str) -> Vec<u8> {
        let nonce = &self.keyed(sealing.nonce, &[name.as_bytes(), text.as_bytes()])[..12];
        let payload = Payload { msg: text.as_bytes(), aad: name.as_bytes() };
        let sealed = self.cipher(sealing, name).encrypt(Nonce::from_slice(nonce), payload);
        // Encryption fails only above 256 GiB of text.
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed.unwrap_or_default());
        bytes
    }

    fn open(&self, sealing: Sealing, name: &str, sealed: &[u8]) -> Option<String> {
        let (nonce, body) = sealed.split_at_checked(12)?;
        let payload = Payload { msg: body, aad: name.as_bytes() };
        let plain = self.cipher(sealing, name).decrypt(Nonce::from_slice(nonce), payload).ok()?;
        String::from_utf8(plain).ok()
    }

    fn cipher(&self, sealing: Sealing, name: &str) -> ChaCha20Poly1305 {
        let key = self.keyed(sealing.key, &[name.as_bytes()]);
        ChaCha20Poly1305::new(Key::from_slice(&key))
    }

    fn keyed(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        self.mac(purpose, parts).finalize().into_bytes().into()
    }

    fn mac(&self, purpose: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC accepts a key of any length")]
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.bytes).expect("any key");
        mac.update(purpose);
        for part in parts {
            mac.update(&[0]);
            mac.update(part);
        }
        mac
    }
}

/// What is stored of a source key: never the key.
pub fn credential_hash(key: &str) -> String {
    Sha256::digest(key).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_tenant_alone() {
        let tenant = |name: &str| TenantId::try_from(name.to_owned()).unwrap();
        let vault = Vault::new(vec![7; 32]);
        let sealed = vault.seal(&tenant("a"), "bo");
        assert_eq!(sealed, vault.seal(&tenant("a"), "bo"));
        assert_eq!(vault.open(&tenant("a"), &sealed).as_deref(), Some("bo"));
        assert_eq!(vault.open(&tenant("b"), &sealed), None);
        assert_eq!(vault.open(&tenant("a"), b"short"), None);
        let secret = vault.seal_secret(&tenant("a"), "bo");
        assert_eq!(vault.open_secret(&tenant("a"), &secret).as_deref(), Some("bo"));
        assert_eq!(vault.open_secret(&tenant("b"), &secret), None);
        assert_eq!(vault.open(&tenant("a"), &secret), None, "a vendor's secret is no name");
        let after = vault.rotated(vec![8; 32]);
        assert_eq!(after.open_secret(&tenant("a"), &secret).as_deref(), Some("bo"));
    }

    #[test]
    fn what_a_browser_keeps_opens_for_its_purpose_alone_and_is_not_changed() {
        let vault = Vault::new(vec![7; 32]);
        let sealed = vault.seal_cookie("session", "bo");
        assert_eq!(vault.open_cookie("session", &sealed).as_deref(), Some("bo"));
        assert_eq!(vault.open_cookie("attempt", &sealed), None);
        assert!(
            sealed.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
            "{sealed}"
        );
        for at in 0..sealed.len() - 1 {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(vault.open_cookie("session", &changed), None, "{at}");
        }
        for bad in ["", "x", &sealed[1..]] {
            assert_eq!(vault.open_cookie("session", bad), None, "{bad}");
        }
        let tenant = TenantId::try_from("session".to_owned()).unwrap();
        let name = URL_SAFE_NO_PAD.encode(vault.seal(&tenant, "bo"));
        assert_eq!(vault.open_cookie("session", &name), None, "an agent's name is no session");
        let after = vault.rotated(vec![8; 32]);
        assert_eq!(after.open_cookie("session", &sealed).as_deref(), Some("bo"));
        assert_eq!(Vault::new(vec![8; 32]).open_cookie("session", &sealed), None);
    }

    #[test]
    fn a_stamp_is_of_its_parts_alone_and_outlives_a_rotation() {
        let vault = Vault::new(vec![7; 32]);
        let stamp = vault.stamp(&[b"a", b"b"]);
        assert!(vault.is_stamp(&stamp, &[b"a", b"b"]));
        for parts in [&[b"a".as_slice(), b"c"][..], &[b"b", b"a"], &[b"ab"], &[]] {
            assert!(!vault.is_stamp(&stamp, parts), "{parts:?}");
        }
        for bad in ["", "x", &stamp[1..]] {
            assert!(!vault.is_stamp(bad, &[b"a", b"b"]), "{bad}");
        }
        assert!(!Vault::new(vec![8; 32]).is_stamp(&stamp, &[b"a", b"b"]));
        assert!(vault.rotated(vec![8; 32]).is_stamp(&stamp, &[b"a", b"b"]));
    }

    #[test]
    fn after_a_rotation_what_the_former_secret_made_is_known() {
        let tenant = TenantId::try_from("a".to_owned()).unwrap();
        let (old, new) = (STANDARD.encode([1; 32]), STANDARD.encode([2; 32]));
        let before = Vault::parse(&old).unwrap();
        let after = Vault::parse(&format!("2:{new}, 1:{old}")).unwrap();
        let sealed = before.seal(&tenant, "bo");
        assert_eq!(after.open(&tenant, &sealed).as_deref(), Some("bo"));
        let [former] = &after.former_pseudonyms(&tenant)[..] else { panic!("one is former") };
        let (then, now) = (before.pseudonyms(&tenant), after.pseudonyms(&tenant));
        assert_eq!(former.conversation("c"), then.conversation("c"));
        assert_ne!(now.conversation("c"), then.conversation("c"));
        assert_eq!([now.agent("bo"), former.agent("bo")], [then.agent("bo"), then.agent("bo")]);
        assert_eq!(Vault::parse(&after.setting()).unwrap().versions(), [2, 1]);
        assert_eq!(before.rotated(vec![3; 32]).versions(), [2, 1]);
        assert_eq!(after.clone().without_former().versions(), [2]);
        let only_new = Vault::parse(&format!("2:{new}")).unwrap();
        assert_eq!(only_new.pseudonyms(&tenant).conversation("c"), now.conversation("c"));
    }

    #[test]
    fn a_setting_that_is_none_is_refused() {
        // What the template has generated: 64 letters and digits.
        assert_eq!(Vault::parse(&"aZ09".repeat(16)).unwrap().versions(), [1]);
        let secret = STANDARD.encode([1; 32]);
        for (setting, refused) in [
            ("c2hvcnQ=".to_owned(), SecretError::Malformed),
            (format!("0:{secret}"), SecretError::Malformed),
            (format!("300:{secret}"), SecretError::Malformed),
            (format!("1:{secret},"), SecretError::Malformed),
            (format!("2:{secret},2:{secret}"), SecretError::SameVersion(2)),
        ] {
            assert_eq!(Vault::parse(&setting).err(), Some(refused), "{setting}");
        }
    }
}
