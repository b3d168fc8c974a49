//! Connections to vendors: as whose events their deliveries are taken.

use std::fmt;

use serde::{Deserialize, Serialize};
use tocsin_domain::{
    id::TenantId,
    platform::{Platform, signature::Scheme},
};
use tocsin_shell::store::connections::{Connection, Named};

use crate::{Act, Admin, AdminError, Answer, draw_digits};

/// Longest name of an account or connection.
const NAME: usize = 64;

/// A connection that is asked for.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Whose events they are.
    pub tenant: TenantId,
    /// The vendor.
    pub platform: Platform,
    /// The account's name in sources and subjects.
    pub account: String,
    /// Secrets by which the vendor signs: one, or a new one and the one before.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// The last part of the path, of a vendor that signs; drawn where it is not given.
    #[serde(default)]
    pub connection: Option<String>,
    /// The source of an event bus, in place of a path.
    #[serde(default)]
    pub event_source: Option<String>,
    /// How the vendor signs, if not as it does usually.
    #[serde(default)]
    pub scheme: Option<Scheme>,
}

impl fmt::Debug for Wanted {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, platform, account, .. } = self;
        write!(f, "Wanted({tenant} {platform:?} {account})")
    }
}

/// A connection that there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// By which it is ended.
    pub id: String,
    /// The vendor.
    pub platform: Platform,
    /// The account's name in sources and subjects.
    pub account: String,
    /// Where the vendor posts to; told once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The source of an event bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_source: Option<String>,
    /// How many secrets may have signed.
    pub secrets: usize,
}

impl Connected {
    fn of(id: String, connection: Connection, path: Option<String>) -> Self {
        let Connection { platform, account, event_source, secrets, .. } = connection;
        Self { id, platform, account, path, event_source, secrets: secrets.len() }
    }
}

impl Admin {
    pub(crate) async fn connect(
        &self,
        wanted: Wanted,
        act: &Act<'_>,
    ) -> Result<Answer, AdminError> {
        check(&wanted).map_err(AdminError::Connection)?;
        let Wanted { tenant, platform, account, secrets, connection, event_source, scheme } =
            wanted;
        let name = match connection {
            Some(name) => name,
            None => draw_digits()?,
        };
        let named = match &event_source {
            Some(source) => Named::EventSource(source),
            None => Named::Path(platform, &name),
        };
        let id = named.hash();
        let before = self.store.connection_of(&id).await?;
        if before.is_some_and(|before| before.tenant != tenant) {
            return Err(AdminError::Connection("this name is another tenant's: choose another"));
        }
        let secrets: Vec<_> =
            secrets.iter().map(|secret| self.vault.seal_secret(&tenant, secret)).collect();
        let scheme = scheme.unwrap_or(platform.usual_scheme());
        let path =
            event_source.is_none().then(|| format!("/v1/sources/{}/{name}", platform.as_str()));
        let event_source = event_source.clone();
        let made = Connection { tenant, platform, account, scheme, secrets, event_source };
        self.store.put_connection(named, &made, Some(&act.done(Some(&id)))).await?;
        Ok(Answer::Connected(Connected::of(id, made, path)))
    }

    pub(crate) async fn disconnect(&self, id: &str, act: &Act<'_>) -> Result<Answer, AdminError> {
        // One that is not there has ended, and was nobody's.
        if let Some(Connection { tenant, .. }) = self.store.connection_of(id).await? {
            self.store.delete_connection(&tenant, id, &act.done(Some(id))).await?;
        }
        Ok(Answer::Done {})
    }

    pub(crate) async fn connections(&self, tenant: &TenantId) -> Result<Answer, AdminError> {
        let all = self.store.connections(tenant).await?.into_iter();
        let connections = all.map(|(id, connection)| Connected::of(id, connection, None)).collect();
        Ok(Answer::Connections { connections })
    }
}

/// Why it is no connection.
fn check(wanted: &Wanted) -> Result<(), &'static str> {
    let Wanted { platform, account, secrets, connection, event_source, scheme, .. } = wanted;
    if !is_name(account) {
        return Err("`account` wants 1 to 64 of A-Z, a-z, 0-9, - and _");
    }
    if let Some(source) = event_source {
        if !secrets.is_empty() || connection.is_some() || scheme.is_some() {
            return Err("an event bus signs nothing and has no path: give `event_source` alone");
        }
        if Platform::of_event_source(source) != Some(*platform) {
            return Err(
                "`event_source` is none of this platform's: give \"aws.connect/ACCOUNT\" for \
                        Amazon Connect, the partner event source's name for Genesys Cloud",
            );
        }
        return Ok(());
    }
    let scheme = scheme.unwrap_or(platform.usual_scheme());
    if !scheme.signs() {
        return match (secrets.is_empty(), connection) {
            (true, None) => Ok(()),
            (false, _) => {
                Err("this platform does not sign: leave `secrets` out, or give a `scheme`")
            }
            (_, Some(_)) => {
                Err("of what is not signed the path is the secret: leave `connection` out, \
                                 it is drawn")
            }
        };
    }
    if secrets.is_empty() || !secrets.iter().all(|secret| scheme.takes(secret)) {
        return Err("`secrets` wants those by which the platform signs, as it shows them");
    }
    match connection {
        Some(name) if !is_name(name) => Err("`connection` wants 1 to 64 of A-Z, a-z, 0-9, - and _"),
        _ => Ok(()),
    }
}

fn is_name(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=NAME).contains(&text.len()) && text.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn checked(changes: &Value) -> Result<(), &'static str> {
        let mut wanted = json!({"tenant": "demo", "platform": "zendesk", "account": "acme"});
        let fields = changes.as_object().unwrap().clone();
        wanted.as_object_mut().unwrap().extend(fields);
        check(&serde_json::from_value(wanted).unwrap())
    }

    #[test]
    fn a_connection_takes_something_and_not_anybodys() {
        for (changes, is_one) in [
            (json!({"secrets": ["s"]}), true),
            (json!({"secrets": ["new", "old"], "connection": "acme"}), true),
            (json!({}), false),
            (json!({"secrets": [""]}), false),
            (json!({"secrets": ["s"], "account": "a/b"}), false),
            (json!({"secrets": ["s"], "account": ""}), false),
            (json!({"secrets": ["s"], "connection": "a b"}), false),
            (json!({"scheme": "unsigned"}), true),
            (json!({"scheme": "unsigned", "connection": "guess"}), false),
            (json!({"platform": "connect"}), true),
            (json!({"platform": "connect", "secrets": ["s"]}), false),
            (json!({"platform": "connect", "connection": "guess"}), false),
            (json!({"platform": "connect", "event_source": "aws.connect/111122223333"}), true),
            (json!({"platform": "connect", "event_source": "aws.connect"}), false),
            (json!({"platform": "connect", "event_source": "aws.partner/genesys.com/x"}), false),
            (json!({"platform": "genesys", "event_source": "aws.partner/genesys.com/x"}), true),
            (json!({"platform": "cloudevents", "secrets": ["whsec_c2VjcmV0"]}), true),
            (json!({"platform": "cloudevents", "secrets": ["no base64!"]}), false),
            (json!({"secrets": ["s"], "event_source": "aws.connect/111122223333"}), false),
        ] {
            assert_eq!(checked(&changes).is_ok(), is_one, "{changes} {:?}", checked(&changes));
        }
    }
}
