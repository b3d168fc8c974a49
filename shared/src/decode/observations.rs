//! Events without a conversation: each an upsert of what was true of a thing at a minute.

use super::{
    Envelope, Rejection,
    fields::{Fields, missing},
};
use crate::{
    chunk::{Observation, ObservationKind},
    minute::Minute,
    symbol::{Sym, Symbols},
};

const STATES: [(&str, ()); 5] =
    [("available", ()), ("handling", ()), ("wrap_up", ()), ("away", ()), ("offline", ())];
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
        "cx.agent.state_changed" => {
            let agent = fields.required_agent("agent", &mut names)?;
            fields.required_word("state", &STATES)?;
            fields.amount("slots_total")?;
            fields.amount("slots_busy")?;
            (ObservationKind::AgentState, format!("{}\n{minute}", names.text(agent)))
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

/// The fields of `data` that this kind of observation is kept with.
const fn known(kind: ObservationKind) -> &'static [&'static str] {
    match kind {
        ObservationKind::Queue => {
            &["queue", "length", "oldest_wait_seconds", "agents_available", "agents_busy"]
        }
        ObservationKind::AgentState => &["agent", "state", "slots_total", "slots_busy"],
        ObservationKind::Change => &["component", "name", "version", "previous", "by"],
        ObservationKind::Action => &["kind", "alert", "detail", "by"],
        ObservationKind::Heartbeat => &["interval_seconds"],
        ObservationKind::Totals => &["from", "to", "totals"],
    }
}
