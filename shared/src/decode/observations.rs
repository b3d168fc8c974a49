//! Events without a conversation: each an upsert of what was true of a thing at a minute.

use super::{
    Envelope, Rejection,
    fields::{Fields, missing},
};
use crate::{
    agent::{AgentState, Slots, State},
    chunk::{Observation, ObservationKind},
    dimension::Dimension,
    minute::Minute,
    symbol::{Sym, Symbols},
};

const COMPONENTS: [(&str, ()); 7] = [
    ("model", ()),
    ("prompt", ()),
    ("knowledge_base", ()),
    ("routing", ()),
    ("config", ()),
    ("policy", ()),
    ("code", ()),
];
const ACTIONS: [(&str, ()); 4] = [("routing", ()), ("coaching", ()), ("tuning", ()), ("other", ())];

/// Reads an event of these types; `None` for any other.
pub(super) fn decode(
    envelope: &Envelope<'_>,
    fields: &Fields<'_>,
) -> Result<Option<Observation>, Rejection> {
    let minute = Minute::of(envelope.time).0;
    let by_event = || format!("{:016x}", envelope.identity);
    // Names are checked here and kept in `data`: observations have no table of symbols.
    let mut names = Symbols::default();
    let mut observed_queue = Sym::ABSENT;
    let (kind, key) = match envelope.kind {
        "cx.queue.observed" => {
            observed_queue = fields.required_name("queue", &mut names)?;
            let queue = fields.identity(fields.required_text("queue")?);
            fields.level("length")?.ok_or_else(|| missing("length"))?;
            fields.amount("oldest_wait_seconds")?;
            fields.level("agents_available")?;
            fields.level("agents_busy")?;
            (ObservationKind::Queue, format!("{queue}\n{minute}"))
        }
        "cx.change.deployed" => {
            fields.required_word("component", &COMPONENTS)?;
            fields.required_name("name", &mut names)?;
            fields.required_name("version", &mut names)?;
            fields.text("previous")?;
            fields.text("by")?;
            (ObservationKind::Change, by_event())
        }
        "cx.action.taken" => {
            fields.required_word("kind", &ACTIONS)?;
            for optional in ["alert", "detail", "by"] {
                fields.text(optional)?;
            }
            (ObservationKind::Action, by_event())
        }
        "cx.source.heartbeat" => {
            fields.amount("interval_seconds")?;
            (ObservationKind::Heartbeat, format!("{}\n{minute}", envelope.source))
        }
        "cx.totals.reported" => {
            fields.time("from")?;
            fields.time("to")?;
            fields.totals("totals")?;
            (ObservationKind::Totals, by_event())
        }
        _ => return Ok(None),
    };
    Ok(Some(Observation {
        kind,
        key,
        time: envelope.time,
        source: envelope.source.clone(),
        id: envelope.identity,
        queue: names.text(observed_queue).to_owned(),
        data: fields.kept(known(kind)).to_string(),
    }))
}

/// Reads `cx.agent.state_changed`: the agent's keyed hash and the state; `None` for any other type.
pub(super) fn agent_state(
    envelope: &Envelope<'_>,
    fields: &Fields<'_>,
) -> Result<Option<(String, AgentState)>, Rejection> {
    if envelope.kind != "cx.agent.state_changed" {
        return Ok(None);
    }
    let mut names = Symbols::default();
    let agent = fields.required_agent("agent", &mut names)?;
    let named = [
        (Dimension::Agent, Some(agent)),
        (Dimension::Queue, fields.name("queue", &mut names)?),
        (Dimension::Team, fields.name("team", &mut names)?),
    ];
    let named = named.into_iter().filter_map(|(dimension, name)| Some((dimension, name?)));
    let count = |name| -> Result<Option<u32>, Rejection> {
        let micros = fields.amount(name)?;
        Ok(micros.map(|micros| u32::try_from((micros + 500_000) / 1_000_000).unwrap_or(u32::MAX)))
    };
    let slots = (count("slots_total")?, count("slots_busy")?);
    let state = AgentState {
        time: envelope.time,
        source: envelope.source.clone(),
        id: envelope.identity,
        state: fields.required_word("state", State::WORDS)?,
        // One without the other says nothing of how full the agent is.
        slots: match slots {
            (Some(total), Some(busy)) => Some(Slots { total, busy }),
            _ => None,
        },
        dimensions: named.map(|(name, value)| (name, names.text(value).to_owned())).collect(),
    };
    Ok(Some((names.text(agent).to_owned(), state)))
}

/// The fields of `data` that this kind of observation is kept with.
const fn known(kind: ObservationKind) -> &'static [&'static str] {
    match kind {
        ObservationKind::Queue => {
            &["queue", "length", "oldest_wait_seconds", "agents_available", "agents_busy"]
        }
        ObservationKind::Change => &["component", "name", "version", "previous", "by"],
        ObservationKind::Action => &["kind", "alert", "detail", "by"],
        ObservationKind::Heartbeat => &["interval_seconds"],
        ObservationKind::Totals => &["from", "to", "totals"],
    }
}
