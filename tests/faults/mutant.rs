//! The faults that the suite must find, each as somebody might build it in.
//!
//! Some are switches in the code (`tocsin_domain::sabotage`); what a mutant asks of AWS, or leaves out
//! of what it asks, is changed on the way; what the queue's mapping is told, where it is delivered.

use serde_json::Value;
use tocsin_domain::sabotage::Sabotage;

use crate::table::subject;

/// A deliberate fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    Code(Sabotage),
    Wire(Wire),
    Mapping(Mapping),
}

/// A fault in what is asked of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    ConversationUnconditional,
    CustomerUnconditional,
    AgentDayUnconditional,
    ObservationUnconditional,
    HeadUnconditional,
    LiveAlertsUnconditional,
    ClaimUnconditional,
    /// A transaction's actions, one by one.
    NotAtomic,
    UnprocessedIgnored,
    PartialSendIgnored,
    /// Nobody looks at what became of the entries of a call that went through.
    PartialPutIgnored,
}

/// A fault in how a queue is mapped to a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mapping {
    /// Messages are deleted when they are delivered.
    AcknowledgedBeforeTheWrite,
    /// Without `ReportBatchItemFailures`, failed messages are deleted as if they had succeeded.
    FailuresNotReported,
}

/// All of them.
pub(crate) const ALL: [Mutant; 39] = {
    use {Mapping as M, Mutant::Code as C, Sabotage as S, Wire as W};
    const fn wire(fault: Wire) -> Mutant {
        Mutant::Wire(fault)
    }
    [
        C(S::HashOfPartOfTheContent),
        C(S::IdentityWithoutSource),
        C(S::DeltaKeyWithoutContent),
        C(S::SegmentKeyWithoutCompaction),
        C(S::ContributionsNotTakenBack),
        C(S::CheckpointOverKeys),
        C(S::ReaderSkipsOpenDeltas),
        C(S::ReaderAddsMergedDeltas),
        C(S::ReaderTakesUncommitted),
        C(S::DeleteBeforeCommit),
        C(S::MergedNotNamed),
        C(S::FoldedBundleCounts),
        C(S::FailureSwallowed),
        C(S::TextsAfterCounting),
        C(S::HandedOverOnce),
        C(S::MarkedBeforePublished),
        C(S::ClaimTakenOverAtOnce),
        C(S::GroupWithoutParent),
        C(S::UpdatedAtOnce),
        C(S::ToldThoughInhibited),
        C(S::ToldThoughSilenced),
        C(S::SilencedForGood),
        C(S::EscalationNotClaimed),
        C(S::ExpiredStillRead),
        C(S::PointersNotWritten),
        C(S::TextOfErasedKept),
        wire(W::ConversationUnconditional),
        wire(W::CustomerUnconditional),
        wire(W::AgentDayUnconditional),
        wire(W::ObservationUnconditional),
        wire(W::HeadUnconditional),
        wire(W::LiveAlertsUnconditional),
        wire(W::ClaimUnconditional),
        wire(W::NotAtomic),
        wire(W::UnprocessedIgnored),
        wire(W::PartialSendIgnored),
        wire(W::PartialPutIgnored),
        Mutant::Mapping(M::AcknowledgedBeforeTheWrite),
        Mutant::Mapping(M::FailuresNotReported),
    ]
};

impl Mutant {
    pub(crate) fn code(self) -> Option<Sabotage> {
        if let Self::Code(fault) = self { Some(fault) } else { None }
    }

    pub(crate) fn wire(self) -> Option<Wire> {
        if let Self::Wire(fault) = self { Some(fault) } else { None }
    }

    pub(crate) fn mapping(self) -> Option<Mapping> {
        if let Self::Mapping(fault) = self { Some(fault) } else { None }
    }
}

impl Wire {
    /// Whether the mutant forgot the condition of this put or check.
    pub(crate) fn drops_condition(self, action: &Value) -> bool {
        let (pk, sk) = subject(action);
        match self {
            Self::ConversationUnconditional => pk.contains("#C#"),
            Self::CustomerUnconditional => pk.contains("#K#"),
            Self::AgentDayUnconditional => pk.contains("#W#"),
            Self::ObservationUnconditional => pk.contains("#O#"),
            Self::HeadUnconditional => sk == "head" && action.get("Item").is_some(),
            Self::LiveAlertsUnconditional => sk == "alerts",
            Self::ClaimUnconditional => pk.contains("#N#"),
            Self::NotAtomic
            | Self::UnprocessedIgnored
            | Self::PartialSendIgnored
            | Self::PartialPutIgnored => false,
        }
    }
}
