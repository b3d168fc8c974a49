//! Who asks, by an OIDC token whose signature, issuer, audience and time hold.
//!
//! The claims `tocsin_tenant` and `tocsin_role` are required; `tocsin_teams` is a list or names with
//! commas between, `tocsin_agent` the agent's id as the platform sends it, `sub` names whoever acts in
//! time lines. What the names of the first four begin with is the deployment's: a pool of Cognito's has
//! `custom:` before them, which no other issuer's tokens may use. Only signatures by a key pair count: a
//! shared secret or none at all proves nothing.

use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, decode, decode_header,
    errors::ErrorKind,
    jwk::{Jwk, JwkSet},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use tocsin_domain::{audit::Why, id::TenantId, minute::SECOND};

use crate::{Identity, rights::Role};

/// How far the issuer's clock may be from ours, in seconds.
const LEEWAY: i64 = 60;
/// Characters of a person's name that are kept.
const LONGEST_NAME: usize = 64;

/// Who may issue tokens, and for whom.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The claim `iss`, to the letter.
    pub issuer: String,
    /// One that the claim `aud` must name.
    pub audience: String,
    /// What the names of our claims begin with: `tocsin_`, or `custom:tocsin_` of a pool of Cognito's
    /// in which nobody can write them but its administrator.
    pub claims: String,
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
    /// Issued for another attempt to sign in.
    #[error("it answers another request")]
    Nonce,
    /// A claim of ours is missing or has no such value.
    #[error("the claim `{0}` is missing or wrong")]
    Claim(String),
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
            Self::Nonce => Why::FormToken,
            Self::Claim(name) if name.ends_with("tenant") => Why::NoTenant,
            Self::Claim(name) if name.ends_with("role") => Why::NoRole,
            Self::Claim(_) => Why::MalformedToken,
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    /// In seconds.
    exp: i64,
    /// In seconds.
    nbf: Option<i64>,
    sub: Option<String>,
    nonce: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
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
    verified(token, keys, expected, now)?.identity(&expected.claims)
}

/// Who has signed in by an attempt with this nonce, and until when the token says so.
pub(crate) fn signed_in(
    token: &str,
    keys: &JwkSet,
    expected: &Expected,
    nonce: &str,
    now: i64,
) -> Result<(Identity, i64), TokenError> {
    let claims = verified(token, keys, expected, now)?;
    if claims.nonce.as_deref() != Some(nonce) {
        return Err(TokenError::Nonce);
    }
    let until = claims.exp.saturating_mul(SECOND);
    Ok((claims.identity(&expected.claims)?, until))
}

fn verified(
    token: &str,
    keys: &JwkSet,
    expected: &Expected,
    now: i64,
) -> Result<Claims, TokenError> {
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
    Ok(claims)
}

impl Claims {
    fn identity(self, prefix: &str) -> Result<Identity, TokenError> {
        let wrong = |name| TokenError::Claim(format!("{prefix}{name}"));
        let claim = |name| self.others.get(&format!("{prefix}{name}"));
        let text = |name| match claim(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(wrong(name)),
        };
        let tenant = text("tenant")?.and_then(|tenant| TenantId::try_from(tenant.to_owned()).ok());
        let role = text("role")?.and_then(Role::parse);
        // A list, or its members with commas between, as issuers without lists write it.
        let teams = match claim("teams") {
            Some(Value::Array(teams)) => {
                teams.iter().map(Value::as_str).collect::<Option<Vec<_>>>()
            }
            _ => text("teams")?.map_or(Some(Vec::new()), |teams| Some(teams.split(',').collect())),
        };
        let teams = teams.ok_or_else(|| wrong("teams"))?.into_iter().map(str::trim);
        Ok(Identity {
            tenant: tenant.ok_or_else(|| wrong("tenant"))?,
            role: role.ok_or_else(|| wrong("role"))?,
            agent: text("agent")?.map(str::to_owned),
            teams: teams.filter(|team| !team.is_empty()).map(str::to_owned).collect(),
            name: self.name(),
            subject: self.sub.filter(|subject| is_plain(subject)),
            is_session: false,
        })
    }

    /// What the person is called, for themselves to see.
    fn name(&self) -> Option<String> {
        let mut names = ["name", "preferred_username", "email"].into_iter();
        let name = names.find_map(|name| self.others.get(name)?.as_str().map(str::trim))?;
        Some(name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect())
    }
}

/// Whether an id can stand in a line of text.
fn is_plain(subject: &str) -> bool {
    (1..=128).contains(&subject.len()) && subject.bytes().all(|b| b.is_ascii_graphic())
}
