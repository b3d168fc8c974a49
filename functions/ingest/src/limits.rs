//! Limits of dimension values: each is registered before its first use; one too many is `(other)`.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    chunk::{Chunk, ObservationKind},
    decode::Agents,
    dimension::{Dimension, MASKED, OTHER},
};
use tocsin_shell::{
    store::{Store, StoreError, credentials::Credential},
    vault::Vault,
};

use crate::registers::Registers;

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
    let mut wanted: BTreeMap<Dimension, BTreeSet<String>> = BTreeMap::new();
    let mut want = |dimension: Dimension, value: &str| {
        if value != MASKED && !registers.holds(&by.tenant, dimension, value) {
            wanted.entry(dimension).or_default().insert(value.to_owned());
        }
    };
    for (_, event) in &chunk.events {
        want(Dimension::Source, chunk.symbols.text(event.source));
        for (dimension, value) in &event.dimensions {
            want(*dimension, chunk.symbols.text(*value));
        }
    }
    for (dimension, value) in chunk.states.iter().flat_map(|(_, state)| &state.dimensions) {
        want(*dimension, value);
    }
    for observation in &chunk.observations {
        if let Some(queue) = observed_queue(observation.kind, &observation.key) {
            want(Dimension::Queue, queue);
        }
    }
    let known_agents = agents
        .iter()
        .filter(|(hash, _)| wanted.get(&Dimension::Agent).is_some_and(|new| new.contains(*hash)));
    let new_agents = known_agents.map(|(hash, name)| (hash.clone(), name.clone())).collect();
    store.put_agents(&by.tenant, vault, &new_agents).await?;
    let mut beyond: BTreeSet<(Dimension, String)> = BTreeSet::new();
    for (dimension, values) in wanted {
        let register = store.register_values(&by.tenant, dimension, &values, &by.name, now).await?;
        beyond.extend(
            values
                .into_iter()
                .filter(|value| !register.holds(value))
                .map(|value| (dimension, value)),
        );
        registers.remember(&by.tenant, dimension, register);
    }
    if !beyond.is_empty() {
        replace(chunk, &beyond);
    }
    Ok(())
}

fn replace(chunk: &mut Chunk, beyond: &BTreeSet<(Dimension, String)>) {
    let other = chunk.symbols.intern(OTHER);
    let is_beyond = |dimension, text: &str| beyond.contains(&(dimension, text.to_owned()));
    for (_, event) in &mut chunk.events {
        if is_beyond(Dimension::Source, chunk.symbols.text(event.source)) {
            event.source = other;
        }
        for (dimension, value) in &mut event.dimensions {
            if is_beyond(*dimension, chunk.symbols.text(*value)) {
                *value = other;
            }
        }
    }
    // A state is still its agent's own: only the value that it is counted by is another.
    for (_, state) in &mut chunk.states {
        for (dimension, value) in &mut state.dimensions {
            if is_beyond(*dimension, value) {
                OTHER.clone_into(value);
            }
        }
    }
    for observation in &mut chunk.observations {
        let queue = observed_queue(observation.kind, &observation.key);
        if queue.is_some_and(|queue| is_beyond(Dimension::Queue, queue)) {
            let minute = observation.key.rsplit('\n').next().unwrap_or_default();
            observation.key = format!("{OTHER}\n{minute}");
        }
    }
}

fn observed_queue(kind: ObservationKind, key: &str) -> Option<&str> {
    (kind == ObservationKind::Queue).then(|| key.split('\n').next().unwrap_or_default())
}
