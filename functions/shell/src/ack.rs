//! Links by which whoever got a message acknowledges its alert, without signing in.
//!
//! A token is 128 random bits and the only right that the link needs; it is stored as a hash, bound
//! to one alert of one tenant and to the target that it was sent to, for [`LASTS`].

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tocsin_domain::{id::TenantId, minute::HOUR};

use crate::random::{Random, RandomError};

/// How long a link works, in nanoseconds.
pub const LASTS: i64 = 24 * HOUR;

/// What stands in a link. Shown nowhere else, so it has no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AckToken([u8; 16]);

/// What a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckLink {
    /// Whose alert.
    pub tenant: TenantId,
    /// Its id.
    pub alert: String,
    /// Where the link was sent.
    pub target: String,
}

impl AckToken {
    /// A new one.
    pub fn draw(random: &Random) -> Result<Self, RandomError> {
        random.bits().map(Self)
    }

    /// The token of a link; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// What is stored of it: SHA-256 in hexadecimal digits. Of so many random bits no salt is needed.
    pub fn hash(self) -> String {
        format!("{:x}", Sha256::digest(self.0))
    }
}

/// 22 characters that a URL takes as they are.
impl fmt::Display for AckToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_from_its_own_text_alone() {
        let token = AckToken::draw(&Random::System).unwrap();
        let text = token.to_string();
        assert_eq!(text.len(), 22);
        assert!(AckToken::parse(&text) == Some(token));
        let mut other = text.clone().into_bytes();
        other[0] = if other[0] == b'A' { b'B' } else { b'A' };
        let other = AckToken::parse(std::str::from_utf8(&other).unwrap()).unwrap();
        assert_ne!(other.hash(), token.hash());
        for bad in ["", "x", &text[1..], &format!("{text}="), &format!("{text}A"), "ä", "////"] {
            assert!(AckToken::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn no_two_are_the_same_and_the_hash_does_not_tell_it() {
        let tokens: Vec<_> = (0..64).map(|_| AckToken::draw(&Random::System).unwrap()).collect();
        let mut texts: Vec<_> = tokens.iter().map(ToString::to_string).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 64);
        assert!(tokens.iter().all(|one| !one.hash().contains(&one.to_string())));
    }
}
