//! Events: the canonical model. Everything after ingest sees nothing else.
//!
//! An [`Event`] is compact, since a conversation keeps all of its own: strings are symbols of the
//! table beside it, amounts are integers (millionths), text lives elsewhere.

use serde::{Deserialize, Serialize};

use crate::{dimension::Dimension, id::CustomerId, symbol::Sym};

/// Something that happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened, in nanoseconds of the Unix epoch.
    pub time: i64,
    /// Identity within the conversation: the first 8 bytes of SHA-256(source ‖ 0 ‖ id).
    pub id: u64,
    /// What it says: the first 8 bytes of SHA-256 of the canonical JSON as received.
    pub content: u64,
    /// Revision of the adapter that decoded it; 0 for native events.
    pub revision: u8,
    /// The `source` attribute.
    pub source: Sym,
    /// Values of dimensions that it carries.
    pub dimensions: Vec<(Dimension, Sym)>,
    /// What happened.
    pub kind: Kind,
}

/// What happened, with what the metrics need to know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// `cx.conversation.started`
    Started(Started),
    /// `cx.intent.detected`; the intent is among the dimensions.
    IntentDetected {
        /// In millionths.
        confidence: Option<u32>,
    },
    /// `cx.queue.entered`; the queue is among the dimensions.
    QueueEntered,
    /// `cx.queue.left`; the queue is among the dimensions.
    QueueLeft(QueueOutcome),
    /// `cx.handoff.accepted`
    HandoffAccepted {
        /// Facts that the human received.
        received: Vec<Sym>,
        /// Facts that the human should have received.
        expected: Vec<Sym>,
    },
    /// `cx.agent.connected`; agent and team are among the dimensions.
    AgentConnected,
    /// `cx.message.added`
    Message(Message),
    /// `cx.ai.responded`; intent, versions and agent are among the dimensions.
    AiResponded(AiResponse),
    /// `cx.slot.asked`
    SlotAsked {
        /// The fact that was asked for.
        slot: Sym,
        /// Who asked: AI or human.
        author: Party,
    },
    /// `cx.slot.filled`
    SlotFilled {
        /// The fact that was given.
        slot: Sym,
    },
    /// `cx.sentiment.scored`
    SentimentScored {
        /// -1..1 in millionths.
        score: i32,
        /// Whose: customer, or else the agent.
        customer: bool,
    },
    /// `cx.handoff.requested`
    HandoffRequested(RequestedBy),
    /// `cx.transfer.completed`; the queue transferred to is among the dimensions.
    Transferred {
        /// The queue left.
        from_queue: Option<Sym>,
        /// The agent left.
        from_agent: Option<Sym>,
        /// The agent reached.
        to_agent: Option<Sym>,
        /// Why.
        reason: Option<TransferReason>,
    },
    /// `cx.agent.disconnected`; durations in microseconds.
    AgentDisconnected {
        /// Time talking.
        talk: Option<i64>,
        /// Time on hold.
        hold: Option<i64>,
    },
    /// `cx.agent.wrapped_up`
    AgentWrappedUp {
        /// After-contact work in microseconds.
        after_contact: Option<i64>,
    },
    /// `cx.conversation.resolved`
    Resolved {
        /// Who resolved it.
        by: Option<Party>,
        /// Whether the customer said so.
        confirmed: Option<bool>,
    },
    /// `cx.conversation.ended`
    Ended(EndReason),
    /// `cx.conversation.reopened`
    Reopened,
    /// `cx.feedback.received`
    Feedback {
        /// Which question was asked.
        kind: FeedbackKind,
        /// In millionths.
        score: i64,
        /// Top of the scale, in millionths.
        max: i64,
        /// About whom.
        about: Option<About>,
    },
    /// `cx.evaluation.recorded`
    Evaluation(Evaluation),
    /// `cx.conversation.valued`
    Valued {
        /// In millionths of the currency's unit.
        order_value: Option<i64>,
        /// As sent.
        currency: Option<Sym>,
        /// Whether the customer stayed.
        retained: Option<bool>,
    },
    /// `cx.record.snapshot`: the platform's own final record, compared and never added.
    Snapshot {
        /// In nanoseconds of the Unix epoch.
        version: i64,
        /// Name and value in millionths.
        totals: Vec<(Sym, i64)>,
    },
}

/// Details of `cx.conversation.started`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Who came to whom.
    pub direction: Option<Direction>,
    /// Keyed hash of the customer.
    pub customer: Option<CustomerId>,
    /// In millionths of the currency's unit.
    pub order_value: Option<i64>,
    /// As sent.
    pub currency: Option<Sym>,
}

/// Details of `cx.message.added`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who wrote it.
    pub author: Party,
    /// Whether the customer can not see it.
    pub private: bool,
    /// -1..1 in millionths, as sent.
    pub sentiment: Option<i32>,
    /// -1..1 in millionths, scored at ingest.
    pub derived_sentiment: Option<i32>,
    /// Whether the customer asks for a person in it, as found at ingest.
    pub asks_for_person: bool,
    /// Judgements by the tenant's phrases, as made at ingest.
    pub judged: Vec<Evaluation>,
}

/// Details of `cx.ai.responded`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiResponse {
    /// How it came out.
    pub outcome: AiOutcome,
    /// In millionths.
    pub confidence: Option<u32>,
    /// In microseconds.
    pub latency: Option<i64>,
    /// Whether an `error_type` was given.
    pub error: bool,
    /// Tokens read and written.
    pub tokens: (u64, u64),
    /// In millionths of a dollar.
    pub cost: Option<i64>,
    /// Keyed fingerprint of the normalised answer.
    pub fingerprint: Option<u64>,
    /// Judgements by the tenant's phrases, as made at ingest.
    pub judged: Vec<Evaluation>,
}

/// Details of `cx.evaluation.recorded`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// What was judged.
    pub name: Sym,
    /// Whether it passed.
    pub pass: Option<bool>,
    /// 0..1 in millionths.
    pub score: Option<u32>,
    /// Who judged: rule, llm, human.
    pub evaluator: Option<Sym>,
    /// About whom.
    pub about: Option<About>,
    /// The item of a checklist.
    pub item: Option<Sym>,
    /// How bad a failure is.
    pub severity: Option<Severity>,
}

/// Declares an enum of wire words, with the door from text.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// The words of the wire.
            pub const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// Who came to whom.
    Direction {
        /// The customer came.
        Inbound = "inbound",
        /// The company called.
        Outbound = "outbound",
        /// The company called back.
        Callback = "callback",
        /// Passed on from another conversation.
        Transfer = "transfer",
    }
}
words! {
    /// Who acts in a conversation.
    Party {
        /// The customer.
        Customer = "customer",
        /// An AI agent.
        Ai = "ai",
        /// A human agent.
        Human = "human",
        /// The platform.
        System = "system",
    }
}
words! {
    /// How waiting ended.
    QueueOutcome {
        /// An agent answered.
        Answered = "answered",
        /// The customer gave up.
        Abandoned = "abandoned",
        /// Moved to another queue.
        Transferred = "transferred",
        /// Sent elsewhere by a full queue.
        Overflow = "overflow",
        /// Swapped for a call back.
        Callback = "callback",
    }
}
words! {
    /// How an AI response came out.
    AiOutcome {
        /// It answered.
        Answered = "answered",
        /// It asked back.
        Clarified = "clarified",
        /// It did not understand.
        Fallback = "fallback",
        /// It declined.
        Refused = "refused",
        /// It broke.
        Failed = "failed",
    }
}
words! {
    /// Who asked for a human.
    RequestedBy {
        /// The customer.
        Customer = "customer",
        /// The AI agent.
        Ai = "ai",
        /// A rule of the platform.
        Rule = "rule",
    }
}
words! {
    /// Why a transfer happened.
    TransferReason {
        /// The contact was routed wrongly.
        WrongQueue = "wrong_queue",
        /// Another agent knows more.
        Expertise = "expertise",
        /// It went up.
        Escalation = "escalation",
        /// Something else.
        Other = "other",
    }
}
words! {
    /// Why a conversation ended.
    EndReason {
        /// It was over.
        Completed = "completed",
        /// The customer left.
        Abandoned = "abandoned",
        /// Nobody said anything any more.
        TimedOut = "timed_out",
        /// It broke.
        Error = "error",
    }
}
words! {
    /// Which question was asked.
    FeedbackKind {
        /// Customer satisfaction.
        Csat = "csat",
        /// Net promoter score.
        Nps = "nps",
        /// Thumb up or down.
        Thumb = "thumb",
        /// Customer effort score.
        Ces = "ces",
    }
}
words! {
    /// About whom a judgement is.
    About {
        /// The AI agent.
        Ai = "ai",
        /// The human agent.
        Human = "human",
        /// The whole conversation.
        Conversation = "conversation",
    }
}
words! {
    /// How bad a failed evaluation is.
    Severity {
        /// Hardly.
        Low = "low",
        /// Clearly.
        High = "high",
        /// At once.
        Severe = "severe",
    }
}

impl FeedbackKind {
    /// Top of the scale where none is given, in millionths.
    pub const fn default_max(self) -> i64 {
        match self {
            Self::Csat => 5_000_000,
            Self::Nps => 10_000_000,
            Self::Ces => 7_000_000,
            Self::Thumb => 1_000_000,
        }
    }
}

impl Event {
    /// The place of an event among the others of its conversation: time, then rank, then identity.
    pub fn order(&self) -> (i64, u8, u64) {
        (self.time, self.kind.rank(), self.id)
    }

    /// The value of a dimension that the event itself carries.
    pub fn dimension(&self, dimension: Dimension) -> Option<Sym> {
        self.dimensions.iter().find(|(name, _)| *name == dimension).map(|(_, value)| *value)
    }

    /// Whether this content wins over another of the same identity, however they arrived.
    pub fn supersedes(&self, other: &Self) -> bool {
        (self.revision, self.content) > (other.revision, other.content)
    }

    /// The customer's keyed hash, where it says one.
    pub fn customer(&self) -> Option<CustomerId> {
        if let Kind::Started(started) = &self.kind { started.customer } else { None }
    }

    /// Names the customer otherwise.
    pub fn rename_customer(&mut self, rename: impl Fn(CustomerId) -> CustomerId) {
        if let Kind::Started(started) = &mut self.kind {
            started.customer = started.customer.map(rename);
        }
    }

    /// Rewrites every symbol, for moving an event to another table.
    pub fn map_symbols(&mut self, mut map: impl FnMut(Sym) -> Sym) {
        self.source = map(self.source);
        for (_, value) in &mut self.dimensions {
            *value = map(*value);
        }
        self.kind.map_symbols(&mut map);
    }
}

impl Kind {
    /// Breaks ties of time; a customer's message precedes the others'.
    pub fn rank(&self) -> u8 {
        let rank = match self {
            Self::Started(_) => 1,
            Self::IntentDetected { .. } => 2,
            Self::QueueEntered => 3,
            Self::QueueLeft(_) => 4,
            Self::HandoffAccepted { .. } => 5,
            Self::AgentConnected => 6,
            Self::Message(_) => 7,
            Self::AiResponded(_) => 8,
            Self::SlotAsked { .. } | Self::SlotFilled { .. } => 9,
            Self::SentimentScored { .. } => 10,
            Self::HandoffRequested(_) => 11,
            Self::Transferred { .. } => 12,
            Self::AgentDisconnected { .. } => 13,
            Self::AgentWrappedUp { .. } => 14,
            Self::Resolved { .. } => 15,
            Self::Ended(_) => 16,
            Self::Reopened => 17,
            Self::Feedback { .. } => 18,
            Self::Evaluation(_) => 19,
            Self::Valued { .. } => 20,
            Self::Snapshot { .. } => 21,
        };
        let later_author =
            matches!(self, Self::Message(message) if message.author != Party::Customer);
        2 * rank + u8::from(later_author)
    }

    fn map_symbols(&mut self, map: &mut impl FnMut(Sym) -> Sym) {
        let each = |symbols: &mut [&mut Option<Sym>], map: &mut dyn FnMut(Sym) -> Sym| {
            for symbol in symbols {
                **symbol = symbol.map(&mut *map);
            }
        };
        match self {
            Self::Started(started) => each(&mut [&mut started.currency], map),
            Self::HandoffAccepted { received, expected } => {
                for symbol in received.iter_mut().chain(expected) {
                    *symbol = map(*symbol);
                }
            }
            Self::SlotAsked { slot, .. } | Self::SlotFilled { slot } => *slot = map(*slot),
            Self::Transferred { from_queue, from_agent, to_agent, .. } => {
                each(&mut [from_queue, from_agent, to_agent], map);
            }
            Self::Message(Message { judged, .. })
            | Self::AiResponded(AiResponse { judged, .. }) => {
                for judgement in judged {
                    judgement.map_symbols(map);
                }
            }
            Self::Evaluation(evaluation) => evaluation.map_symbols(map),
            Self::Valued { currency, .. } => each(&mut [currency], map),
            Self::Snapshot { totals, .. } => {
                for (name, _) in totals {
                    *name = map(*name);
                }
            }
            Self::IntentDetected { .. }
            | Self::QueueEntered
            | Self::QueueLeft(_)
            | Self::AgentConnected
            | Self::SentimentScored { .. }
            | Self::HandoffRequested(_)
            | Self::AgentDisconnected { .. }
            | Self::AgentWrappedUp { .. }
            | Self::Resolved { .. }
            | Self::Ended(_)
            | Self::Reopened
            | Self::Feedback { .. } => {}
        }
    }

    /// The judgements that the event brings, at its time: the one that it is, or those that ingest
    /// derived from what was said.
    pub fn judgements(&self) -> &[Evaluation] {
        match self {
            Self::Evaluation(evaluation) => std::slice::from_ref(evaluation),
            Self::Message(message) => &message.judged,
            Self::AiResponded(response) => &response.judged,
            Self::Started(_)
            | Self::IntentDetected { .. }
            | Self::QueueEntered
            | Self::QueueLeft(_)
            | Self::HandoffAccepted { .. }
            | Self::AgentConnected
            | Self::SlotAsked { .. }
            | Self::SlotFilled { .. }
            | Self::SentimentScored { .. }
            | Self::HandoffRequested(_)
            | Self::Transferred { .. }
            | Self::AgentDisconnected { .. }
            | Self::AgentWrappedUp { .. }
            | Self::Resolved { .. }
            | Self::Ended(_)
            | Self::Reopened
            | Self::Feedback { .. }
            | Self::Valued { .. }
            | Self::Snapshot { .. } => &[],
        }
    }

    /// The `type` attribute.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Started(_) => "cx.conversation.started",
            Self::IntentDetected { .. } => "cx.intent.detected",
            Self::QueueEntered => "cx.queue.entered",
            Self::QueueLeft(_) => "cx.queue.left",
            Self::HandoffAccepted { .. } => "cx.handoff.accepted",
            Self::AgentConnected => "cx.agent.connected",
            Self::Message(_) => "cx.message.added",
            Self::AiResponded(_) => "cx.ai.responded",
            Self::SlotAsked { .. } => "cx.slot.asked",
            Self::SlotFilled { .. } => "cx.slot.filled",
            Self::SentimentScored { .. } => "cx.sentiment.scored",
            Self::HandoffRequested(_) => "cx.handoff.requested",
            Self::Transferred { .. } => "cx.transfer.completed",
            Self::AgentDisconnected { .. } => "cx.agent.disconnected",
            Self::AgentWrappedUp { .. } => "cx.agent.wrapped_up",
            Self::Resolved { .. } => "cx.conversation.resolved",
            Self::Ended(_) => "cx.conversation.ended",
            Self::Reopened => "cx.conversation.reopened",
            Self::Feedback { .. } => "cx.feedback.received",
            Self::Evaluation(_) => "cx.evaluation.recorded",
            Self::Valued { .. } => "cx.conversation.valued",
            Self::Snapshot { .. } => "cx.record.snapshot",
        }
    }
}

impl Evaluation {
    fn map_symbols(&mut self, map: &mut impl FnMut(Sym) -> Sym) {
        self.name = map(self.name);
        self.evaluator = self.evaluator.map(&mut *map);
        self.item = self.item.map(map);
    }
}
