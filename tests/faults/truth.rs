//! What a set of events adds up to, by the definitions alone: no table, no queue, no batch.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tocsin_domain::{
    agent::{self, AgentDay, Day},
    chunk::{Chunk, Observation},
    configuration::Configuration,
    conversation::{Contributions, Conversation, contributions},
    customer::{Customer, Visit},
    decode::{Agents, Intake, decode},
    derived::Policy,
    id::{ConversationId, CustomerId, TenantId},
    sums::Sums,
};
use tocsin_shell::vault::Vault;

/// The sum of all contributions, and what was said.
pub(crate) struct Truth {
    pub(crate) sums: Sums,
    /// Events that said something, each with its conversation.
    pub(crate) texts: BTreeSet<(ConversationId, u64)>,
}

type Visits = BTreeMap<CustomerId, Vec<(ConversationId, Vec<Visit>)>>;

pub(crate) fn truth(events: &[Value], tenant: &TenantId, vault: &Vault, now: i64) -> Truth {
    let chunk = decoded(events, tenant, vault, now);
    let mut sums = Sums::default();
    let visits = conversations(&chunk, &mut sums);
    for visits in visits.into_values() {
        let mut customer = Customer::default();
        customer.revise(visits, i64::MIN, &mut Sums::default());
        customer.contribute(&mut sums, 1, i64::MIN);
    }
    for days in agent_days(&chunk).values() {
        agent::contribute(days.values(), &mut sums, 1);
    }
    for observation in latest(&chunk.observations) {
        observation.contribute(&mut sums, 1);
    }
    let texts = chunk.texts.iter().map(|(id, text)| (*id, text.event)).collect();
    Truth { sums, texts }
}

fn decoded(events: &[Value], tenant: &TenantId, vault: &Vault, now: i64) -> Chunk {
    let key = vault.pseudonyms(tenant);
    let (sources, policy) = ([String::new()], Policy::default());
    let intake =
        Intake { key: &key, sources: &sources, now: &|_| now, accept_late: now, policy: &policy };
    let mut chunk = Chunk::new(tenant.clone(), now);
    for event in events {
        decode(event, &intake, &mut chunk, &mut Agents::new())
            .expect("the workload is well-formed");
    }
    chunk
}

fn conversations(chunk: &Chunk, sums: &mut Sums) -> Visits {
    let mut by_conversation: BTreeMap<ConversationId, Vec<_>> = BTreeMap::new();
    for (id, event) in &chunk.events {
        by_conversation.entry(*id).or_default().push(event.clone());
    }
    let mut visits = Visits::new();
    for (id, events) in by_conversation {
        let mut conversation = Conversation::decode([]).expect("nothing is an empty conversation");
        let map = conversation.absorb(&chunk.symbols);
        for event in events {
            conversation.insert(event, &map);
        }
        let after = contributions(&mut conversation, &Configuration::default());
        let nothing = Contributions::default();
        Contributions::add_change(&nothing, &after, id, conversation.symbols(), sums);
        for (customer, visit) in after.visits {
            let of_customer = visits.entry(customer).or_default();
            match of_customer.last_mut() {
                Some((of, visits)) if *of == id => visits.push(visit),
                _ => of_customer.push((id, vec![visit])),
            }
        }
    }
    visits
}

fn agent_days(chunk: &Chunk) -> BTreeMap<String, BTreeMap<Day, AgentDay>> {
    let mut agents: BTreeMap<String, BTreeMap<Day, AgentDay>> = BTreeMap::new();
    for (agent, state) in &chunk.states {
        let days = agents.entry(agent.clone()).or_default();
        days.entry(Day::of(state.time)).or_default().insert(state.clone());
    }
    agents
}

/// Of each thing's observations the one that stands.
fn latest(observations: &[Observation]) -> Vec<&Observation> {
    let mut latest: BTreeMap<_, &Observation> = BTreeMap::new();
    for observation in observations {
        let standing = latest.entry((observation.kind, &observation.key)).or_insert(observation);
        if observation.supersedes(standing) {
            *standing = observation;
        }
    }
    latest.into_values().collect()
}
