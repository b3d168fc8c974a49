//! Secrets: the key of identifiers' hashes, the encryption of agents' names, hashes of credentials.

use chacha20poly1305::{
    ChaCha20Poly1305, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use tocsin_domain::id::{PseudonymKey, TenantId};

/// The version of the keys that are derived today.
const KEY_VERSION: u8 = 1;

/// Derives tenants' keys from the deployment's master secret.
#[derive(Clone)]
pub struct Vault {
    master: Vec<u8>,
}

impl Vault {
    /// A vault over the master secret.
    pub fn new(master: Vec<u8>) -> Self {
        Self { master }
    }

    /// The key that hashes a tenant's identifiers.
    pub fn pseudonyms(&self, tenant: &TenantId) -> PseudonymKey {
        PseudonymKey::derive(&self.master, tenant, KEY_VERSION)
    }

    /// Encrypts an agent's id as sent. The nonce is a keyed hash of the text, so that the same name
    /// encrypts to the same bytes and writing it again changes nothing.
    pub fn seal(&self, tenant: &TenantId, text: &str) -> Vec<u8> {
        let nonce = &self.keyed(b"nonce", &[tenant.as_str().as_bytes(), text.as_bytes()])[..12];
        let payload = Payload { msg: text.as_bytes(), aad: tenant.as_str().as_bytes() };
        let sealed = self.cipher(tenant).encrypt(Nonce::from_slice(nonce), payload);
        // Encryption fails only above 256 GiB of text.
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed.unwrap_or_default());
        bytes
    }

    /// Decrypts what [`Vault::seal`] made for this tenant.
    pub fn open(&self, tenant: &TenantId, sealed: &[u8]) -> Option<String> {
        let (nonce, body) = sealed.split_at_checked(12)?;
        let payload = Payload { msg: body, aad: tenant.as_str().as_bytes() };
        let plain = self.cipher(tenant).decrypt(Nonce::from_slice(nonce), payload).ok()?;
        String::from_utf8(plain).ok()
    }

    fn cipher(&self, tenant: &TenantId) -> ChaCha20Poly1305 {
        let key = self.keyed(b"directory", &[tenant.as_str().as_bytes()]);
        ChaCha20Poly1305::new(Key::from_slice(&key))
    }

    fn keyed(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC accepts a key of any length")]
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.master).expect("any key");
        mac.update(purpose);
        for part in parts {
            mac.update(&[0]);
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
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
    }
}
