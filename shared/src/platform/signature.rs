//! Who sent a delivery: signatures, checked on the raw bytes before anything is read of them.
//!
//! A scheme is a row of [`Scheme::rules`]: which header holds what of which bytes. Several secrets hold at
//! once, so that one can be replaced. Comparison takes the same time wherever it fails.

use std::borrow::Cow;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha1::Sha1;
use sha2::Sha256;

use super::time::instant;
use crate::minute::{MINUTE, nanoseconds};

/// A signature older or newer than this is not taken, in nanoseconds.
pub const WINDOW: i64 = 5 * MINUTE;

/// How a vendor signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// <https://www.standardwebhooks.com>, symmetric.
    StandardWebhooks,
    /// Zendesk's webhooks.
    Zendesk,
    /// Intercom's, which tell no time.
    Intercom,
    /// Slack's.
    Slack,
    /// Chatwoot's.
    Chatwoot,
    /// None: the path itself is the secret.
    Unsigned,
}

/// Why a delivery is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forged {
    /// It is not signed as the scheme asks for.
    Unsigned,
    /// No secret of the connection's made this signature of these bytes.
    Mismatch,
    /// It was signed more than five minutes ago, or ahead of now.
    Stale,
}

/// A part of what is signed.
#[derive(Clone, Copy)]
enum Part {
    Text(&'static str),
    Header(&'static str),
    /// The time of signing, as its header writes it.
    Time,
    Body,
}

#[derive(Clone, Copy)]
enum Written {
    Base64,
    Hex,
}

#[derive(Clone, Copy)]
enum Key {
    /// The secret's own bytes.
    Verbatim,
    /// What its base64 says, behind `whsec_`.
    Encoded,
}

#[derive(Clone, Copy)]
enum Algorithm {
    Sha1,
    Sha256,
}

/// How a scheme's signature is made and where it stands.
struct Rules {
    /// The header; it may hold several, separated by spaces.
    signature: &'static str,
    /// What each begins with.
    prefix: &'static str,
    written: Written,
    /// The header with the time of signing.
    time: Option<&'static str>,
    signed: &'static [Part],
    algorithm: Algorithm,
    key: Key,
}

impl Scheme {
    /// `None` where nothing is signed.
    const fn rules(self) -> Option<Rules> {
        use Part::{Body, Header, Text, Time};
        Some(match self {
            Self::StandardWebhooks => Rules {
                signature: "webhook-signature",
                prefix: "v1,",
                written: Written::Base64,
                time: Some("webhook-timestamp"),
                signed: &[Header("webhook-id"), Text("."), Time, Text("."), Body],
                algorithm: Algorithm::Sha256,
                key: Key::Encoded,
            },
            Self::Zendesk => Rules {
                signature: "x-zendesk-webhook-signature",
                prefix: "",
                written: Written::Base64,
                time: Some("x-zendesk-webhook-signature-timestamp"),
                signed: &[Time, Body],
                algorithm: Algorithm::Sha256,
                key: Key::Verbatim,
            },
            Self::Intercom => Rules {
                signature: "x-hub-signature",
                prefix: "sha1=",
                written: Written::Hex,
                time: None,
                signed: &[Body],
                algorithm: Algorithm::Sha1,
                key: Key::Verbatim,
            },
            Self::Slack => Rules {
                signature: "x-slack-signature",
                prefix: "v0=",
                written: Written::Hex,
                time: Some("x-slack-request-timestamp"),
                signed: &[Text("v0:"), Time, Text(":"), Body],
                algorithm: Algorithm::Sha256,
                key: Key::Verbatim,
            },
            Self::Chatwoot => Rules {
                signature: "x-chatwoot-signature",
                prefix: "sha256=",
                written: Written::Hex,
                time: Some("x-chatwoot-timestamp"),
                signed: &[Time, Text("."), Body],
                algorithm: Algorithm::Sha256,
                key: Key::Verbatim,
            },
            Self::Unsigned => return None,
        })
    }

    /// Whether it signs at all.
    pub const fn signs(self) -> bool {
        !matches!(self, Self::Unsigned)
    }

    /// Whether a text can be a secret of this scheme's.
    pub fn takes(self, secret: &str) -> bool {
        self.rules().is_some_and(|rules| rules.key.bytes(secret).is_some_and(|key| !key.is_empty()))
    }

    /// Whether one of these secrets signed this body, not more than five minutes from `now`.
    pub fn verify<'h>(
        self,
        header: &dyn Fn(&str) -> Option<&'h str>,
        body: &[u8],
        secrets: &[String],
        now: i64,
    ) -> Result<(), Forged> {
        let Some(rules) = self.rules() else { return Ok(()) };
        let sent = header(rules.signature).ok_or(Forged::Unsigned)?;
        let time = rules.time.map(|name| header(name).ok_or(Forged::Unsigned)).transpose()?;
        let signed = rules.bytes(header, time, body).ok_or(Forged::Unsigned)?;
        let claims: Vec<Vec<u8>> = sent
            .split(' ')
            .filter_map(|one| rules.written.read(one.strip_prefix(rules.prefix)?))
            .collect();
        let mut is_one = false;
        for key in secrets.iter().filter_map(|secret| rules.key.bytes(secret)) {
            for claim in &claims {
                is_one |= rules.algorithm.is_of(&key, &signed, claim);
            }
        }
        if !is_one {
            return Err(Forged::Mismatch);
        }
        // Judged behind the signature: only of what was really signed is it said when.
        match time.map(|time| instant(&Value::String(time.to_owned()))) {
            None => Ok(()),
            Some(Some(at)) if nanoseconds(at).abs_diff(now) <= WINDOW.unsigned_abs() => Ok(()),
            Some(_) => Err(Forged::Stale),
        }
    }

    /// Names and values of the headers that sign a body, as the vendor would at this time; `id` tells
    /// deliveries apart. None where nothing is signed, or the secret is none of this scheme's.
    pub fn sign(self, secret: &str, id: &str, body: &[u8], now: i64) -> Vec<(String, String)> {
        let Some(rules) = self.rules() else { return Vec::new() };
        let Some(key) = rules.key.bytes(secret) else { return Vec::new() };
        let time = match self {
            Self::Zendesk => crate::minute::timestamp(now).to_string(),
            _ => now.div_euclid(1_000_000_000).to_string(),
        };
        let time = rules.time.map(|name| (name, time));
        let written = time.as_ref().map(|(_, time)| time.as_str());
        let ids = |name: &str| (name == "webhook-id").then_some(id);
        let Some(signed) = rules.bytes(&ids, written, body) else { return Vec::new() };
        let tag = rules.written.write(&rules.algorithm.of(&key, &signed));
        let mut headers = vec![(rules.signature.to_owned(), format!("{}{tag}", rules.prefix))];
        headers.extend(time.map(|(name, time)| (name.to_owned(), time)));
        if rules.signed.iter().any(|part| matches!(part, Part::Header(_))) {
            headers.push(("webhook-id".to_owned(), id.to_owned()));
        }
        headers
    }
}

impl Rules {
    /// The bytes that are signed; `None` where a header that belongs to them is missing.
    fn bytes<'h>(
        &self,
        header: &dyn Fn(&str) -> Option<&'h str>,
        time: Option<&str>,
        body: &[u8],
    ) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(body.len() + 64);
        for part in self.signed {
            match part {
                Part::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                Part::Header(name) => bytes.extend_from_slice(header(name)?.as_bytes()),
                Part::Time => bytes.extend_from_slice(time?.as_bytes()),
                Part::Body => bytes.extend_from_slice(body),
            }
        }
        Some(bytes)
    }
}

/// Vendors pad base64 or do not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Key {
    fn bytes(self, secret: &str) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Verbatim => Some(Cow::Borrowed(secret.as_bytes())),
            Self::Encoded => {
                let encoded = secret.strip_prefix("whsec_").unwrap_or(secret);
                BASE64.decode(encoded).ok().map(Cow::Owned)
            }
        }
    }
}

impl Written {
    fn read(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Base64 => BASE64.decode(text).ok(),
            Self::Hex => {
                let pairs = text.as_bytes().chunks(2);
                let byte = |pair: &[u8]| {
                    let digits = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
                    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                    if is_hex { u8::from_str_radix(digits, 16).ok() } else { None }
                };
                pairs.map(byte).collect()
            }
        }
    }

    fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Base64 => BASE64.encode(bytes),
            Self::Hex => bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")),
        }
    }
}

#[expect(clippy::expect_used, reason = "HMAC accepts a key of any length")]
impl Algorithm {
    fn of(self, key: &[u8], bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => {
                let mac = <Hmac<Sha1> as Mac>::new_from_slice(key).expect("any key");
                mac.chain_update(bytes).finalize().into_bytes().to_vec()
            }
            Self::Sha256 => {
                let mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("any key");
                mac.chain_update(bytes).finalize().into_bytes().to_vec()
            }
        }
    }

    /// Whether this is the whole tag; in constant time.
    fn is_of(self, key: &[u8], bytes: &[u8], tag: &[u8]) -> bool {
        match self {
            Self::Sha1 => {
                let mac = <Hmac<Sha1> as Mac>::new_from_slice(key).expect("any key");
                mac.chain_update(bytes).verify_slice(tag).is_ok()
            }
            Self::Sha256 => {
                let mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("any key");
                mac.chain_update(bytes).verify_slice(tag).is_ok()
            }
        }
    }
}

#[cfg(test)]
mod tests;
