//! Adapters: a vendor's delivery becomes canonical events, the very ones that senders of `CloudEvents`
//! send. Everything after this (masking, limits, identity, what becomes of refusals) knows no vendor.
//!
//! One vendor, one file; reading order: [`wire`] and [`time`] (lenient reading) → a vendor's file →
//! [`kept`] (what stays of a delivery that can not be read). [`signature`] says who sent it.
//!
//! # Invariants
//!
//! * **Pure.** What a delivery says depends on nothing but the delivery and the account's name.
//! * **Stable.** The id of an event follows from the vendor's own, so a redelivery is the same event.
//! * **Lenient.** Keys in any case, ids as number or text, blocks that are missing: none is an error.
//!   A delivery is refused only where it does not say which conversation it is about, or when.
//! * **Nothing is guessed.** A fact that feeds no metric is counted by its name and goes no further.
//!
//! To add a platform: write `platform/<name>.rs` with a `decode`, add a [`Platform`]. The compiler finds
//! the rest.

mod amazon_connect;
mod genesys_cloud;
mod kept;
pub mod signature;
mod time;
mod wire;
mod zendesk;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    decode::Rejection,
    id::{KeyedHash, PseudonymKey},
};
use wire::Wire;

/// A vendor whose deliveries are taken, by the name in paths, sources and subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Whoever sends `CloudEvents` of the model, signed.
    CloudEvents,
    /// Amazon Connect: contact events.
    Connect,
    /// Genesys Cloud: detail events of conversations.
    Genesys,
    /// Zendesk: events of tickets and messaging.
    Zendesk,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::CloudEvents, Self::Connect, Self::Genesys, Self::Zendesk];

    /// The name in paths, sources and subjects.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CloudEvents => "cloudevents",
            Self::Connect => "connect",
            Self::Genesys => "genesys",
            Self::Zendesk => "zendesk",
        }
    }

    /// The platform of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == name)
    }

    /// Whose events an event bus brings, by what names their source: that of a partner's as it stands
    /// there, of one of AWS's own with the account behind it.
    pub fn of_event_source(source: &str) -> Option<Self> {
        let account = source.strip_prefix("aws.connect/").unwrap_or_default();
        if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
            Some(Self::Connect)
        } else if source.starts_with("aws.partner/genesys.com") {
            Some(Self::Genesys)
        } else {
            None
        }
    }

    /// How the vendor signs, unless a connection says otherwise.
    pub const fn usual_scheme(self) -> signature::Scheme {
        match self {
            Self::CloudEvents => signature::Scheme::StandardWebhooks,
            Self::Zendesk => signature::Scheme::Zendesk,
            Self::Connect | Self::Genesys => signature::Scheme::Unsigned,
        }
    }

    /// The revision of what this adapter makes of a delivery: of two contents of one event, that of the
    /// higher one wins. To be raised with every change of meaning; events as they were sent have none.
    pub const fn revision(self) -> u8 {
        match self {
            Self::CloudEvents => 0,
            Self::Connect | Self::Genesys | Self::Zendesk => 1,
        }
    }
}

/// An account at a vendor, by the name that an operator gave it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Whose.
    pub platform: Platform,
    /// Sets it apart from others of the tenant's at the same vendor.
    pub name: &'a str,
    /// Whether ids are hashes that [`Account::kept`] made, as of what was refused before.
    pub keeps_hashes: bool,
}

impl<'a> Account<'a> {
    /// An account whose deliveries come as the vendor sends them.
    pub fn new(platform: Platform, name: &'a str) -> Self {
        Self { platform, name, keeps_hashes: false }
    }

    /// The `source` of its events.
    pub fn source(&self) -> String {
        match self.platform {
            Platform::CloudEvents => format!("/{}", self.name),
            other => format!("/{}/{}", other.as_str(), self.name),
        }
    }

    /// The `subject` of a conversation that the vendor knows by this id.
    fn subject(&self, id: &str) -> String {
        if self.keeps_hashes && KeyedHash::parse(id).is_some() {
            return id.to_owned();
        }
        format!("{}:{}:{id}", self.platform.as_str(), self.name)
    }

    /// A delivery that was refused, free of people, so that a later version can decode it: what it is
    /// about is hashed as [`crate::decode::decode`] would have.
    pub fn kept(&self, delivery: &Value, key: &PseudonymKey) -> Value {
        kept::masked(self, delivery, key)
    }
}

/// What a delivery comes to.
#[derive(Debug, Default, PartialEq)]
pub struct Decoded {
    /// `CloudEvents` of the model.
    pub events: Vec<Value>,
    /// What it is called where it feeds no metric.
    pub unmeasured: Option<String>,
}

/// What a delivery says.
pub fn decode(account: &Account<'_>, delivery: &Value) -> Result<Decoded, Rejection> {
    let wire = Wire::of(delivery);
    match account.platform {
        Platform::CloudEvents => Ok(Decoded { events: vec![delivery.clone()], unmeasured: None }),
        Platform::Connect => amazon_connect::decode(account, wire),
        Platform::Genesys => genesys_cloud::decode(account, wire),
        Platform::Zendesk => zendesk::decode(account, wire),
    }
}

impl Decoded {
    fn unmeasured(name: impl Into<String>) -> Self {
        Self { events: Vec::new(), unmeasured: Some(name.into()) }
    }
}

/// The events of one delivery about one conversation.
struct Facts {
    source: String,
    subject: String,
    id: String,
    events: Vec<Value>,
}

impl Facts {
    /// None yet. Without an id of the vendor's, what identifies the delivery stands in for it.
    fn new(account: &Account<'_>, conversation: &str, id: Option<&str>, facts: &[&str]) -> Self {
        let id = id.map_or_else(|| digest(facts), str::to_owned);
        let subject = account.subject(conversation);
        Self { source: account.source(), subject, id, events: Vec::new() }
    }

    /// Adds what happened then: a type without its `cx.`, and the fields that are known.
    fn push<const N: usize>(
        &mut self,
        kind: &str,
        time: Timestamp,
        fields: [(&str, Option<Value>); N],
    ) {
        let known = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let data: Map<String, Value> = known.collect();
        self.events.push(serde_json::json!({
            "specversion": "1.0",
            "id": format!("{}/{kind}", self.id),
            "source": self.source,
            "type": format!("cx.{kind}"),
            "subject": self.subject,
            "time": time.to_string(),
            "data": data,
        }));
    }

    fn done(self) -> Decoded {
        Decoded { events: self.events, unmeasured: None }
    }
}

/// Sixteen hexadecimal digits that stand for these texts.
fn digest(texts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize()[..8].iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// A field of text.
#[expect(clippy::unnecessary_wraps, reason = "of fields that may be missing it is one that is not")]
fn text(value: impl Into<String>) -> Option<Value> {
    Some(Value::String(value.into()))
}

fn missing(field: &str) -> Rejection {
    Rejection::new("missing", field, "this delivery does not say it: see the vendor's field table")
}
