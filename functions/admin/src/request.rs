//! What can be asked of the admin function, and what it answers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tocsin_domain::{
    audit::{Entry, Outcome, What},
    id::TenantId,
    minute::timestamp,
};
use tocsin_ingest::Reprocessed;
use tocsin_shell::erasure::Erased;

use crate::connections::{Connected, Wanted};

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// A new key by which a source sends its events; its tenant is there from now on.
    IssueKey {
        /// Whose events it will bring.
        tenant: TenantId,
        /// Prefixes of `source` that it may send; an empty prefix allows all.
        sources: Vec<String>,
        /// A name for people.
        name: String,
    },
    /// An end to a key: within a minute it works nowhere any more.
    RevokeKey {
        /// The id that was told with it.
        id: String,
    },
    /// As whose events a vendor's deliveries are taken; in place of the one of the same name.
    PutConnection(Wanted),
    /// A tenant's connections to vendors.
    ListConnections {
        /// Whose.
        tenant: TenantId,
    },
    /// An end to a connection: within a minute its deliveries are nobody's.
    DeleteConnection {
        /// The id that was told with it.
        id: String,
    },
    /// Phrases by which the tenant's agents are judged, for what is received from now on.
    PutPolicy {
        /// Whose.
        tenant: TenantId,
        /// As `tocsin dev --policy` takes it.
        yaml: String,
    },
    /// What the tenant sets for itself (targets, prices, thresholds), in versions.
    PutConfiguration {
        /// Whose.
        tenant: TenantId,
        /// As `tocsin dev --config` takes it.
        yaml: String,
    },
    /// What a customer said, and who they are, is removed; the counts stay.
    EraseCustomer {
        /// Whose customer.
        tenant: TenantId,
        /// As the events name them.
        id: String,
    },
    /// What was said in one subject's conversations is removed; the counts stay.
    EraseSubject {
        /// Whose.
        tenant: TenantId,
        /// As the events name it.
        id: String,
    },
    /// A queue's dead letters are handed over again.
    Redrive {
        /// Which.
        queue: DeadLetters,
    },
    /// What was refused is decoded anew, and counted if it is accepted now.
    Reprocess {
        /// Whose.
        tenant: TenantId,
        /// Received from this moment on, at most 14 days ago.
        from: Timestamp,
        /// And before this one; until now if it is not given.
        until: Option<Timestamp>,
        /// Prefixes of `source` whose events are taken though their key did not cover them.
        #[serde(default)]
        sources: Vec<String>,
    },
    /// The deployment's own trail: what was done that is about no tenant alone.
    ReadAudit {
        /// As the answer before gave it.
        next: Option<String>,
    },
}

/// Queues whose dead letters come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetters {
    /// Chunks of events.
    Events,
    /// Tenants' minutes.
    Ticks,
    /// Messages to be published.
    Alerts,
}

impl DeadLetters {
    /// The name in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Ticks => "ticks",
            Self::Alerts => "alerts",
        }
    }
}

impl Request {
    /// What the trail calls it; `None` where it changes nothing.
    pub(crate) fn what(&self) -> Option<What> {
        Some(match self {
            Self::IssueKey { .. } => What::IssueKey,
            Self::RevokeKey { .. } => What::RevokeKey,
            Self::PutConnection(_) => What::PutConnection,
            Self::DeleteConnection { .. } => What::DeleteConnection,
            Self::PutPolicy { .. } => What::PutPolicy,
            Self::PutConfiguration { .. } => What::PutConfiguration,
            Self::EraseCustomer { .. } => What::EraseCustomer,
            Self::EraseSubject { .. } => What::EraseSubject,
            Self::Redrive { .. } => What::Redrive,
            Self::Reprocess { .. } => What::Reprocess,
            Self::ListConnections { .. } | Self::ReadAudit { .. } => return None,
        })
    }
}

/// What came of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The key, told once, and the id to revoke it by.
    Issued {
        /// For `Authorization: Bearer`.
        key: String,
        /// To be kept.
        id: String,
    },
    /// Where a vendor's deliveries are taken, and the id to end that by.
    Connected(Connected),
    /// A tenant's connections.
    Connections {
        /// Each of them.
        connections: Vec<Connected>,
    },
    /// What was erased.
    Erased(Erased),
    /// Dead letters that there were, which are on their way back.
    Redriven {
        /// How many, as far as the queue knows.
        letters: u64,
    },
    /// What became of what was refused.
    Reprocessed(Reprocessed),
    /// Entries of the deployment's trail, the newest first.
    Trail {
        /// A page of them.
        audit: Vec<Line>,
        /// To be sent for those before.
        next: Option<String>,
    },
    /// It is done.
    Done {},
}

/// An entry as `GET /v1/audit` shows it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    time: Timestamp,
    actor: String,
    what: String,
    upon: Option<String>,
    outcome: Outcome,
    why: Option<String>,
}

impl From<Entry> for Line {
    fn from(entry: Entry) -> Self {
        let Entry { time, actor, what, upon, outcome, why } = entry;
        Self { time: timestamp(time), actor, what, upon, outcome, why }
    }
}
