//! Audit: who did what upon what, and what was refused whom.
//!
//! An entry names whoever acted by role and the id in their token, and a thing by an id of our own:
//! nothing else of a person, no text, no key and no identifier as it was sent. The words that say
//! what was done and why it was refused are stable: people filter by them for years.

use serde::{Deserialize, Serialize};

use crate::alert::actions::Action;

/// What somebody did, or wanted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Looking at numbers.
    ReadMetrics,
    /// Looking at conversations.
    ReadConversations,
    /// Looking at alerts.
    ReadAlerts,
    /// Looking at rules.
    ReadRules,
    /// Looking at silences.
    ReadSilences,
    /// Looking at insights.
    ReadInsights,
    /// Looking at this trail.
    ReadAudit,
    /// Taking an alert on.
    AcknowledgeAlert,
    /// Saying that an alert is over.
    ResolveAlert,
    /// Saying whether an alert was any use.
    JudgeAlert,
    /// Putting rules into force.
    SaveRules,
    /// Trying rules.
    BacktestRules,
    /// Having nobody told of some alerts.
    MakeSilence,
    /// Having them told again.
    EndSilence,
    /// Signing in.
    BeginSession,
    /// Signing out.
    EndSession,
    /// Sending events.
    SendEvents,
    /// As whose events a vendor's deliveries are taken.
    PutConnection,
    /// An end to that.
    DeleteConnection,
    /// A new source key.
    IssueKey,
    /// An end to a source key.
    RevokeKey,
    /// Phrases by which agents are judged.
    PutPolicy,
    /// Targets, prices and thresholds.
    PutConfiguration,
    /// What a customer said is removed.
    EraseCustomer,
    /// What was said in one subject is removed.
    EraseSubject,
    /// Dead letters are handed over again.
    Redrive,
    /// What was refused is decoded anew.
    Reprocess,
}

impl What {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadMetrics => "metrics.read",
            Self::ReadConversations => "conversations.read",
            Self::ReadAlerts => "alerts.read",
            Self::ReadRules => "rules.read",
            Self::ReadSilences => "silences.read",
            Self::ReadInsights => "insights.read",
            Self::ReadAudit => "audit.read",
            Self::AcknowledgeAlert => "alert.acknowledge",
            Self::ResolveAlert => "alert.resolve",
            Self::JudgeAlert => "alert.judge",
            Self::SaveRules => "rules.save",
            Self::BacktestRules => "rules.backtest",
            Self::MakeSilence => "silence.make",
            Self::EndSilence => "silence.end",
            Self::BeginSession => "session.begin",
            Self::EndSession => "session.end",
            Self::SendEvents => "events.send",
            Self::PutConnection => "connection.put",
            Self::DeleteConnection => "connection.delete",
            Self::IssueKey => "key.issue",
            Self::RevokeKey => "key.revoke",
            Self::PutPolicy => "policy.put",
            Self::PutConfiguration => "configuration.put",
            Self::EraseCustomer => "customer.erase",
            Self::EraseSubject => "subject.erase",
            Self::Redrive => "queue.redrive",
            Self::Reprocess => "refused.reprocess",
        }
    }
}

impl From<Action> for What {
    fn from(action: Action) -> Self {
        match action {
            Action::Acknowledge => Self::AcknowledgeAlert,
            Action::Resolve => Self::ResolveAlert,
            Action::Judge(_) => Self::JudgeAlert,
        }
    }
}

/// Why something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The role has no right to it, or it is about somebody else.
    Forbidden,
    /// There is nothing of this id in the tenant: it never was, is no longer kept, or is another's.
    UnknownId,
    /// Whoever signs people in did not let them in.
    IssuerRefused,
    /// It came from a page of another site.
    ForeignOrigin,
    /// The page that it came from was not made for this person, or is too old.
    FormToken,
    /// The source key does not cover the source.
    ForeignSource,
    /// Nobody said who they are.
    NoToken,
    /// The token does not say so as it should.
    MalformedToken,
    /// No key that the issuer names has signed it.
    UnknownSigner,
    /// The issuer's keys could not be read.
    NoIssuer,
    /// The signature does not hold, or anybody could have made it.
    BadSignature,
    /// It is for another audience.
    WrongAudience,
    /// It is another issuer's.
    WrongIssuer,
    /// It is too old, or not to be used yet.
    Expired,
    /// It names no tenant.
    NoTenant,
    /// It names no role.
    NoRole,
    /// No source key was sent.
    NoKey,
    /// Nobody issued this source key, or it was revoked.
    UnknownKey,
    /// The link acknowledges nothing, or no longer.
    UnknownLink,
    /// Nobody made a connection for what a vendor's delivery names, or it has ended.
    UnknownConnection,
    /// The delivery is not signed as its vendor signs.
    NotSigned,
}

impl Why {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::UnknownId => "unknown_id",
            Self::IssuerRefused => "issuer_refused",
            Self::ForeignOrigin => "foreign_origin",
            Self::FormToken => "form_token",
            Self::ForeignSource => "foreign_source",
            Self::NoToken => "no_token",
            Self::MalformedToken => "malformed_token",
            Self::UnknownSigner => "unknown_signer",
            Self::NoIssuer => "no_issuer",
            Self::BadSignature => "bad_signature",
            Self::WrongAudience => "wrong_audience",
            Self::WrongIssuer => "wrong_issuer",
            Self::Expired => "expired",
            Self::NoTenant => "no_tenant",
            Self::NoRole => "no_role",
            Self::NoKey => "no_key",
            Self::UnknownKey => "unknown_key",
            Self::UnknownLink => "unknown_link",
            Self::UnknownConnection => "unknown_connection",
            Self::NotSigned => "not_signed",
        }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It takes several writes, the first of which comes after this.
    Begun,
    /// It is done.
    Done,
    /// It was not done.
    Refused,
}

impl Outcome {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// One line of a trail, as it is stored. Names are kept as text: an earlier version reads those that
/// a later one has added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in nanoseconds of the Unix epoch.
    pub time: i64,
    /// Who: a role and the id in their token, or what acts for nobody.
    pub actor: String,
    /// What, see [`What::as_str`].
    pub what: String,
    /// Upon what, by its id; `None` where that is the tenant as a whole, or what was sent is no id.
    pub upon: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was refused, see [`Why::as_str`].
    pub why: Option<String>,
}

impl Entry {
    /// Somebody did it.
    pub fn done(time: i64, actor: &str, what: What, upon: Option<&str>) -> Self {
        Self {
            time,
            actor: actor.to_owned(),
            what: what.as_str().to_owned(),
            upon: upon.map(str::to_owned),
            outcome: Outcome::Done,
            why: None,
        }
    }

    /// Somebody begins what takes several writes.
    pub fn begun(time: i64, actor: &str, what: What, upon: Option<&str>) -> Self {
        Self { outcome: Outcome::Begun, ..Self::done(time, actor, what, upon) }
    }

    /// It was refused them.
    pub fn refused(time: i64, actor: &str, what: What, upon: Option<&str>, why: Why) -> Self {
        let why = Some(why.as_str().to_owned());
        Self { outcome: Outcome::Refused, why, ..Self::done(time, actor, what, upon) }
    }
}
