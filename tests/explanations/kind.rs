//! Kinds of incidents.

/// What an incident hits, and what brings it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Intent,
    Channel,
    Queue,
    IntentByChannel,
    QueueByChannel,
    /// Rolled out, and bad for all that it answers.
    Prompt,
    /// Rolled out, and bad for one intent that it answers.
    PromptForIntent,
    KnowledgeForIntent,
    ModelForIntent,
    /// For a share of the conversations.
    ModelCanary,
    PromptCanary,
    /// No conversation says which of them it touched.
    RoutingOfQueue,
}

pub(crate) const KINDS: [Kind; 12] = [
    Kind::Intent,
    Kind::Channel,
    Kind::Queue,
    Kind::IntentByChannel,
    Kind::QueueByChannel,
    Kind::Prompt,
    Kind::PromptForIntent,
    Kind::KnowledgeForIntent,
    Kind::ModelForIntent,
    Kind::ModelCanary,
    Kind::PromptCanary,
    Kind::RoutingOfQueue,
];

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent, no cause",
            Self::Channel => "channel, no cause",
            Self::Queue => "queue, no cause",
            Self::IntentByChannel => "intent × channel, no cause",
            Self::QueueByChannel => "queue × channel, no cause",
            Self::Prompt => "prompt rolled out",
            Self::PromptForIntent => "prompt, for one intent",
            Self::KnowledgeForIntent => "knowledge base, for one intent",
            Self::ModelForIntent => "model, for one intent",
            Self::ModelCanary => "model, for a share",
            Self::PromptCanary => "prompt, for a share",
            Self::RoutingOfQueue => "routing of a queue",
        }
    }

    /// Component of the cause.
    pub(crate) fn component(self) -> Option<&'static str> {
        match self {
            Self::Intent
            | Self::Channel
            | Self::Queue
            | Self::IntentByChannel
            | Self::QueueByChannel => None,
            Self::Prompt | Self::PromptForIntent | Self::PromptCanary => Some("prompt"),
            Self::KnowledgeForIntent => Some("knowledge_base"),
            Self::ModelForIntent | Self::ModelCanary => Some("model"),
            Self::RoutingOfQueue => Some("routing"),
        }
    }
}
