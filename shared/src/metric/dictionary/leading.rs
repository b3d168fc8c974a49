//! The smoke alarms: what moves first.

use super::define;
use crate::{
    dimension::Extra,
    metric::{
        BadDirection::{Both, Down, Up},
        Cut, Definition, Derivation, Family,
        Kind::{Count, Distribution, Gauge, Mean, Ratio},
        Metric,
    },
};

pub(super) const METRICS: &[Definition] = &[
    define(Metric::Contacts, "contacts", Count, "conversations", Both, Family::Contact)
        .cut(Cut::NotByAgent)
        .says("Conversations started, at their start."),
    define(
        Metric::FirstResponseTime,
        "first_response_time",
        Distribution,
        "s",
        Up,
        Family::Contact,
    )
    .partners(&[Metric::AnswerAccuracy])
    .says(
        "From the conversation's start to the first response: a public message by AI or \
             human, an AI response, or on the voice channel an agent's connection. Once a \
             conversation.",
    ),
    define(
        Metric::FirstResponseTimeAi,
        "first_response_time_ai",
        Distribution,
        "s",
        Up,
        Family::Contact,
    )
    .says("From the start to the first response by AI."),
    define(
        Metric::FirstResponseTimeHuman,
        "first_response_time_human",
        Distribution,
        "s",
        Up,
        Family::Contact,
    )
    .partners(&[Metric::AgentHandleTime, Metric::ReopenRate])
    .says(
        "From the first handoff request to the first human response after it; where no \
             handoff was requested, from the start to the first human response.",
    ),
    define(Metric::ResponseTime, "response_time", Distribution, "s", Up, Family::Contact).says(
        "From the oldest unanswered customer message to the response that answers it, at \
             the response.",
    ),
    define(Metric::QueueLength, "queue_length", Gauge, "conversations", Up, Family::Gauge)
        .cut(Cut::QueueAndChannel)
        .says(
            "Conversations waiting in queue: entered minus left, set right by the platform's \
             own observations. An entry that never leaves does so at the conversation's end, \
             else after 12 hours.",
        ),
    define(Metric::LongestWait, "longest_wait", Gauge, "s", Up, Family::Gauge)
        .cut(Cut::QueueAndChannel)
        .says(
            "How long the oldest conversation still queued has waited, sampled each minute and \
             not restated.",
        ),
    define(Metric::Backlog, "backlog", Gauge, "conversations", Up, Family::Gauge)
        .cut(Cut::QueueAndChannel)
        .extra(Extra::AgeBand)
        .says("Open conversations, by how long ago they started."),
    define(
        Metric::SilentConversations,
        "silent_conversations",
        Gauge,
        "conversations",
        Up,
        Family::Gauge,
    )
    .cut(Cut::QueueAndChannel)
    .says(
        "Open conversations with a customer message unanswered for longer than is set for \
             their channel (2 minutes unless configured).",
    ),
    define(Metric::AgentsAvailable, "agents_available", Gauge, "agents", Down, Family::Gauge)
        .derived(Derivation::SumOfLevels(&[Metric::StateAvailable, Metric::ObservedAvailable]))
        .cut(Cut::AgentState)
        .says("Agents free to take work: by their own states, and as queues report them."),
    define(Metric::AgentsBusy, "agents_busy", Gauge, "agents", Both, Family::Gauge)
        .derived(Derivation::SumOfLevels(&[Metric::StateBusy, Metric::ObservedBusy]))
        .cut(Cut::AgentState)
        .says("Agents handling or wrapping up: by their own states, and as queues report them."),
    define(Metric::TransferRate, "transfer_rate", Ratio, "share", Up, Family::Outcome).says(
        "Of conversations handled by an agent or AI: those transferred before they were \
             resolved or ended.",
    ),
    define(Metric::Sentiment, "sentiment", Mean, "-1..1", Down, Family::Voice)
        .partners(&[Metric::Occupancy])
        .says(
            "Mean customer sentiment, at each score. Scores derived from text count only where \
             the conversation has no other.",
        ),
    define(
        Metric::NegativeSentimentRate,
        "negative_sentiment_rate",
        Ratio,
        "share",
        Up,
        Family::Voice,
    )
    .says(
        "Of customer scores with at least two before them: those where the last three \
             average below -0.4.",
    ),
    define(Metric::AgentRequestRate, "agent_request_rate", Ratio, "share", Up, Family::Ai).says(
        "Of AI-involved conversations: those in which the customer asked for a person \
             before they were resolved or ended.",
    ),
    define(Metric::AbandonmentRate, "abandonment_rate", Ratio, "share", Up, Family::Queue)
        .cut(Cut::NotByAgent)
        .says("Of queue exits by answer or abandonment: those abandoned."),
    define(Metric::ServiceLevel, "service_level", Ratio, "share", Down, Family::Queue)
        .cut(Cut::NotByAgent)
        .says(
            "Of queue exits by answer or abandonment: those answered within what is set for the \
             queue (20 s unless configured) of entering it.",
        ),
    define(Metric::SpeedOfAnswer, "speed_of_answer", Distribution, "s", Up, Family::Queue)
        .cut(Cut::NotByAgent)
        .says("Wait of answered conversations, from their latest entry to the queue."),
    define(Metric::Occupancy, "occupancy", Ratio, "share", Up, Family::Gauge)
        .derived(Derivation::ShareOfLevels {
            part: Metric::StateBusy,
            whole: &[Metric::StateBusy, Metric::StateAvailable],
            weight: 60,
        })
        .cut(Cut::AgentState)
        .partners(&[Metric::Sentiment])
        .says(
            "Of agents' time handling, wrapping up or available, each minute in the state \
             standing at its end: that spent handling or wrapping up. A state stands until the \
             next, at most 12 hours.",
        ),
    define(Metric::SlotUtilisation, "slot_utilisation", Ratio, "share", Up, Family::Gauge)
        .derived(Derivation::ShareOfLevels {
            part: Metric::StateSlotsBusy,
            whole: &[Metric::StateSlotsTotal],
            weight: 1,
        })
        .cut(Cut::AgentState)
        .says(
            "Of the conversations that agents can hold at once, minute by minute: those they \
             hold.",
        ),
    define(Metric::SlaAtRisk, "sla_at_risk", Gauge, "conversations", Up, Family::Gauge)
        .cut(Cut::QueueAndChannel)
        .says(
            "Open SLA clocks (first response, resolution; targets by queue) with less than a \
             quarter of their time left.",
        ),
    define(Metric::SlaBreachRate, "sla_breach_rate", Ratio, "share", Up, Family::Outcome).says(
        "Of SLA clocks decided (first response, resolution; targets by queue): those \
             missed, when the target passed; met ones when they were met. One that closes \
             before its target is not decided.",
    ),
    define(Metric::Signals, "signals", Count, "events", Up, Family::Voice)
        .extra(Extra::Signal)
        .says(
            "Single events that are worth attention, at each: severe_brand_failure (an evaluation of \
             brand safety failed severely), live_negative (a customer's last three scores became \
             negative and the conversation is still open), stuck (as of stuck_conversations), \
             third_transfer.",
        ),
];
