//! Who asks, by an OIDC token whose signature, issuer, audience and time hold.
//!
//! The claims `tocsin_tenant` and `tocsin_role` are required; `tocsin_teams` is a list or names with
//! commas between, `tocsin_agent` the agent's id as the platform sends it, `sub` names whoever acts in time lines. Only signatures by a key
//! pair count: a shared secret or none at all proves nothing.

use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, decode, decode_header,
    errors::ErrorKind,
    jwk::{Jwk, JwkSet},
};
use serde::Deserialize;
use tocsin_domain::{audit::Why, id::TenantId, minute::SECOND};

use crate::{Identity, rights::Role};

/// How far the issuer's clock may be from ours, in seconds.
const LEEWAY: i64 = 60;
/// Claims that are required.
const TENANT: &str = "tocsin_tenant";
const ROLE: &str = "tocsin_role";

/// Who may issue tokens, and for whom.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The claim `iss`, to the letter.
    pub issuer: String,
    /// One that the claim `aud` must name.
    pub audience: String,
}

/// Why a token tells nobody's identity.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// No token, or one whose signature, issuer, audience or shape does not hold.
    #[error(transparent)]
    Invalid(#[from] jsonwebtoken::errors::Error),
    /// The issuer's keys could not be read.
    #[error("the issuer's keys are not known")]
    NoKeys,
    /// Signed by nobody whom the issuer names.
    #[error("no key of the issuer's has signed it")]
    UnknownKey,
    /// Signed in a way that anybody could who can check it.
    #[error("`{0:?}` is no signature by a key pair")]
    Algorithm(Algorithm),
    /// Too old, or not to be used yet.
    #[error("it is not valid now")]
    Time,
    /// A claim of ours is missing or has no such value.
    #[error("the claim `{0}` is missing or wrong")]
    Claim(&'static str),
}

impl TokenError {
    /// In the words of the audit.
    pub fn why(&self) -> Why {
        match self {
            Self::Invalid(error) => match error.kind() {
                ErrorKind::InvalidAudience => Why::WrongAudience,
                ErrorKind::InvalidIssuer => Why::WrongIssuer,
                ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => Why::BadSignature,
                // The library's list of errors is open.
                _ => Why::MalformedToken,
            },
            Self::NoKeys => Why::NoIssuer,
            Self::UnknownKey => Why::UnknownSigner,
            Self::Algorithm(_) => Why::BadSignature,
            Self::Time => Why::Expired,
            Self::Claim(TENANT) => Why::NoTenant,
            Self::Claim(_) => Why::NoRole,
        }
    }
}

/// A list, or its members with commas between, as issuers without lists write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    List(Vec<String>),
    Text(String),
}

#[derive(Deserialize)]
struct Claims {
    exp: i64,
    nbf: Option<i64>,
    sub: Option<String>,
    tocsin_tenant: Option<String>,
    tocsin_role: Option<String>,
    tocsin_teams: Option<Names>,
    tocsin_agent: Option<String>,
}

/// The key that a token says it is signed by; `None` where the issuer names no such key.
pub(crate) fn signer<'a>(token: &str, keys: &'a JwkSet) -> Result<Option<&'a Jwk>, TokenError> {
    let Header { kid, .. } = decode_header(token)?;
    Ok(match (kid, keys.keys.as_slice()) {
        (Some(kid), _) => keys.find(&kid),
        (None, [only]) => Some(only),
        (None, _) => None,
    })
}

/// Who the token says asks, as of now.
pub fn identity(
    token: &str,
    keys: &JwkSet,
    expected: &Expected,
    now: i64,
) -> Result<Identity, TokenError> {
    let key = signer(token, keys)?.ok_or(TokenError::UnknownKey)?;
    let algorithm = decode_header(token)?.alg;
    if matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
        return Err(TokenError::Algorithm(algorithm));
    }
    let mut validation = Validation::new(algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.set_issuer(&[&expected.issuer]);
    validation.set_audience(&[&expected.audience]);
    // By our own clock, below.
    validation.validate_exp = false;
    let claims: Claims = decode(token, &DecodingKey::from_jwk(key)?, &validation)?.claims;
    let seconds = now.div_euclid(SECOND);
    let is_early = claims.nbf.is_some_and(|from| from.saturating_sub(LEEWAY) > seconds);
    if is_early || claims.exp.saturating_add(LEEWAY) <= seconds {
        return Err(TokenError::Time);
    }
    claims.identity()
}

impl Claims {
    fn identity(self) -> Result<Identity, TokenError> {
        let tenant = self.tocsin_tenant.and_then(|tenant| TenantId::try_from(tenant).ok());
        let role = self.tocsin_role.as_deref().and_then(Role::parse);
        let teams = match self.tocsin_teams {
            None => Vec::new(),
            Some(Names::List(teams)) => teams,
            Some(Names::Text(teams)) => {
                teams.split(',').map(|team| team.trim().to_owned()).collect()
            }
        };
        Ok(Identity {
            tenant: tenant.ok_or(TokenError::Claim(TENANT))?,
            role: role.ok_or(TokenError::Claim(ROLE))?,
            agent: self.tocsin_agent.filter(|agent| !agent.is_empty()),
            teams: teams.into_iter().filter(|team| !team.is_empty()).collect(),
            subject: self.sub.filter(|subject| is_plain(subject)),
            is_session: false,
        })
    }
}

/// Whether an id can stand in a line of text.
fn is_plain(subject: &str) -> bool {
    (1..=128).contains(&subject.len()) && subject.bytes().all(|b| b.is_ascii_graphic())
}
