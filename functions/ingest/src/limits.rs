//! Limits of dimension values: each is registered before its first use; one too many is `(other)`.
//!
//! Only what is accepted registers values. The source of a refused event is one that is registered
//! already, or `(other)`: else whoever may not send could fill the register.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    chunk::{Chunk, Tally},
    decode::Agents,
    dimension::{Dimension, OTHER},
    metric::Metric,
};
use tocsin_shell::{
    store::{
        Store, StoreError,
        credentials::Credential,
        register::Registered::{self, Of, UnknownType},
    },
    vault::Vault,
};

use crate::registers::{Known, Registers};

/// Values that are not known to be registered, by what they are of.
type Wanted = BTreeMap<Registered, BTreeSet<String>>;

const SOURCE: Registered = Of(Dimension::Source);
const QUEUE: Registered = Of(Dimension::Queue);

/// Registers the chunk's values and replaces those beyond the limits; new agents' names go to the
/// encrypted directory.
pub(crate) async fn apply(
    chunk: &mut Chunk,
    agents: &Agents,
    registers: &Registers,
    store: &Store,
    (vault, by): (&Vault, &Credential),
    now: i64,
) -> Result<(), StoreError> {
    let mut known = registers.of(&by.tenant);
    let wanted = wanted(chunk, &known);
    let new = wanted.get(&Of(Dimension::Agent));
    let new_agents = agents.iter().filter(|(hash, _)| new.is_some_and(|new| new.contains(*hash)));
    let new_agents = new_agents.map(|(hash, name)| (hash.clone(), name.clone())).collect();
    store.put_agents(&by.tenant, vault, &new_agents).await?;
    if !wanted.is_empty() {
        for (of, values) in wanted {
            let register = store.register_values(&by.tenant, of, &values, &by.name, now).await?;
            known.insert(of, register);
        }
        registers.remember(&by.tenant, known.clone());
    }
    replace(chunk, &known);
    Ok(())
}

/// What is to be registered. A register without values is one to be read, for what must not add to
/// it.
fn wanted(chunk: &Chunk, known: &Known) -> Wanted {
    let mut wanted = Wanted::new();
    let mut want = |of: Registered, value: &str| {
        if !known.holds(of, value) {
            wanted.entry(of).or_default().insert(value.to_owned());
        }
    };
    let rehashed = chunk.rehashed.iter().flat_map(|other| &other.events);
    for (_, event) in chunk.events.iter().chain(rehashed) {
        want(SOURCE, chunk.symbols.text(event.source));
        for (dimension, value) in &event.dimensions {
            want(Of(*dimension), chunk.symbols.text(*value));
        }
    }
    for (_, state) in &chunk.states {
        want(SOURCE, &state.source);
        for (dimension, value) in &state.dimensions {
            want(Of(*dimension), value);
        }
    }
    for observation in &chunk.observations {
        want(SOURCE, &observation.source);
        want(QUEUE, &observation.queue);
    }
    let (refused, taken): (Vec<&Tally>, Vec<&Tally>) =
        chunk.tallies.iter().partition(|tally| tally.metric == Metric::RejectedEvents);
    for tally in taken {
        want(SOURCE, &tally.source);
        if tally.metric == Metric::UnknownTypes {
            want(UnknownType, &tally.label);
        }
    }
    if refused.iter().any(|tally| !known.holds(SOURCE, &tally.source)) {
        wanted.entry(SOURCE).or_default();
    }
    wanted
}

fn replace(chunk: &mut Chunk, known: &Known) {
    let other = chunk.symbols.intern(OTHER);
    let rehashed = chunk.rehashed.iter_mut().flat_map(|other| &mut other.events);
    for (_, event) in chunk.events.iter_mut().chain(rehashed) {
        if !known.holds(SOURCE, chunk.symbols.text(event.source)) {
            event.source = other;
        }
        for (dimension, value) in &mut event.dimensions {
            if !known.holds(Of(*dimension), chunk.symbols.text(*value)) {
                *value = other;
            }
        }
    }
    let limit = |of: Registered, value: &mut String| {
        if !known.holds(of, value) {
            OTHER.clone_into(value);
        }
    };
    // A state is still its agent's own, and an observation of its own thing, as its key says: only
    // the values that they are counted by are others.
    for (dimension, value) in chunk.states.iter_mut().flat_map(|(_, state)| &mut state.dimensions) {
        limit(Of(*dimension), value);
    }
    for observation in &mut chunk.observations {
        limit(SOURCE, &mut observation.source);
        limit(QUEUE, &mut observation.queue);
    }
    for tally in &mut chunk.tallies {
        limit(SOURCE, &mut tally.source);
        if tally.metric == Metric::UnknownTypes {
            limit(UnknownType, &mut tally.label);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tocsin_domain::{
        chunk::{Observation, ObservationKind},
        decode::tally,
        id::TenantId,
    };

    use super::*;

    fn chunk() -> Chunk {
        Chunk::new(TenantId::try_from("t".to_owned()).unwrap(), 0)
    }

    fn known(registers: &[(Registered, &[&str])]) -> Known {
        let mut known = Known::default();
        for (of, values) in registers {
            let register = json!({"values": values, "day": 0, "added": {}});
            known.insert(*of, serde_json::from_value(register).unwrap());
        }
        known
    }

    fn observed(queue: &str) -> Observation {
        let (source, data) = ("/new".to_owned(), "{}".to_owned());
        let (key, queue) = (format!("{queue}\n0"), queue.to_owned());
        Observation { kind: ObservationKind::Queue, key, time: 0, source, id: 0, queue, data }
    }

    #[test]
    fn only_what_is_accepted_registers_values() {
        let mut chunk = chunk();
        tally(&mut chunk, Metric::RejectedEvents, "/refused", "missing");
        tally(&mut chunk, Metric::LateEvents, "/taken", "");
        tally(&mut chunk, Metric::UnknownTypes, "/taken", "com.vendor.thing");
        chunk.observations.push(observed("billing"));
        let set = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        assert_eq!(
            wanted(&chunk, &Known::default()),
            Wanted::from([
                (SOURCE, set(&["/new", "/taken"])),
                (QUEUE, set(&["billing"])),
                (UnknownType, set(&["com.vendor.thing"])),
            ])
        );
    }

    #[test]
    fn a_register_is_read_for_the_source_of_a_refused_event_and_nothing_is_added() {
        let mut chunk = chunk();
        tally(&mut chunk, Metric::RejectedEvents, "/refused", "missing");
        assert_eq!(wanted(&chunk, &Known::default()), Wanted::from([(SOURCE, BTreeSet::new())]));
        assert_eq!(wanted(&chunk, &known(&[(SOURCE, &["/refused"])])), Wanted::new());
    }

    #[test]
    fn beyond_the_limit_sources_and_types_are_others_and_a_queue_is_still_its_own() {
        let mut chunk = chunk();
        tally(&mut chunk, Metric::RejectedEvents, "/refused", "missing");
        tally(&mut chunk, Metric::RejectedEvents, "/known", "missing");
        tally(&mut chunk, Metric::RejectedEvents, "unknown", "missing");
        tally(&mut chunk, Metric::UnknownTypes, "/known", "com.vendor.thing");
        chunk.observations.push(observed("billing"));
        replace(&mut chunk, &known(&[(SOURCE, &["/known"])]));
        let tallies: Vec<_> = chunk
            .tallies
            .iter()
            .map(|tally| (tally.source.as_str(), tally.label.as_str()))
            .collect();
        let expected =
            [(OTHER, "missing"), ("/known", "missing"), ("unknown", "missing"), ("/known", OTHER)];
        assert_eq!(tallies, expected);
        let Observation { key, source, queue, .. } = &chunk.observations[0];
        assert_eq!((key.as_str(), source.as_str(), queue.as_str()), ("billing\n0", OTHER, OTHER));
    }
}
