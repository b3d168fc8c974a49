//! One group of conversations: read, insert, fold, write.

use std::collections::BTreeSet;

use tocsin_domain::{
    configuration::Configuration,
    conversation::{Contributions, Inserted, contributions},
    customer::Visit,
    heard::Sign,
    id::{ConversationId, CustomerId, TenantId},
    metric::Metric,
    symbol::Sym,
};
use tocsin_shell::store::{Store, StoreError, conversations::Change};

use crate::batch::{Arrival, Group, TenantBatch};

/// Pages of long conversations rewritten by one transaction; a page may be split in two.
const PAGES: usize = 40;

/// What a changed conversation says of its customers.
struct Visited {
    conversation: ConversationId,
    customers: BTreeSet<CustomerId>,
    visits: Vec<(CustomerId, Visit)>,
}

/// Counts the events of a group; returns those that had arrived before.
pub(crate) async fn write(
    store: &Store,
    tenant: &TenantId,
    work: &TenantBatch,
    group: &Group,
    (configuration, now): (&Configuration, i64),
) -> Result<Vec<Arrival>, StoreError> {
    let ids: Vec<ConversationId> = group.conversations.iter().map(|(id, _)| *id).collect();
    let mut stored = store.read_conversations(tenant, &ids, now).await?;
    let mut change = Change::default();
    let mut repeated = Vec::new();
    let mut visited = Vec::new();
    let mut pages = 0;
    for part in &group.conversations {
        let id = part.0;
        let Some(mut conversation) = stored.remove(&id) else { continue };
        let value = &mut conversation.value;
        let events = work.events(part);
        if events.iter().all(|(_, event)| value.knows(event)) {
            let known = events.iter().map(|(chunk, event)| (*chunk, event, Inserted::Duplicate));
            repeated.extend(known.filter_map(|known| arrival(work, known)));
            continue;
        }
        pages += value.pages_touched(events.iter().map(|(_, event)| event));
        if pages > PAGES && !group.is_single_event() {
            return Err(StoreError::TooLarge(pages));
        }
        let before = contributions(value, configuration);
        let maps: Vec<Vec<Sym>> = (0..work.chunks())
            .map(|chunk| {
                let needed = events.iter().any(|(of, _)| *of == chunk);
                if needed { value.absorb(work.symbols(chunk)) } else { Vec::new() }
            })
            .collect();
        for (chunk, event) in events {
            let inserted = value.insert(event.clone(), &maps[*chunk]);
            repeated.extend(arrival(work, (*chunk, event, inserted)));
        }
        if !value.has_changed() {
            continue;
        }
        for (chunk, event) in events {
            change.hear(work.symbols(*chunk).text(event.source), event.time, Sign::Event);
        }
        let after = contributions(value, configuration);
        Contributions::add_change(&before, &after, id, value.symbols(), &mut change.delta);
        let customers = before.visits.iter().chain(&after.visits).map(|(id, _)| *id).collect();
        visited.push(Visited { conversation: id, customers, visits: after.visits });
        change.conversations.push((id, conversation));
    }
    revisit(store, tenant, visited, &mut change, now).await?;
    store.write_change(tenant, change, now).await?;
    Ok(repeated)
}

/// Replaces the visits of changed conversations in their customers' histories.
async fn revisit(
    store: &Store,
    tenant: &TenantId,
    visited: Vec<Visited>,
    change: &mut Change,
    now: i64,
) -> Result<(), StoreError> {
    let ids: BTreeSet<CustomerId> =
        visited.iter().flat_map(|visited| &visited.customers).copied().collect();
    let ids: Vec<CustomerId> = ids.into_iter().collect();
    let mut stored = store.read_customers(tenant, &ids, now).await?;
    let settled = now.saturating_sub(store.retention().visits);
    for id in ids {
        let Some(mut customer) = stored.remove(&id) else { continue };
        let concerned = visited.iter().filter(|visited| visited.customers.contains(&id));
        let visits = concerned.map(|visited| {
            let of_customer = visited.visits.iter().filter(|(of, _)| *of == id);
            (visited.conversation, of_customer.map(|(_, visit)| visit.clone()).collect())
        });
        if customer.value.revise(visits, settled, &mut change.delta) {
            change.customers.push((id, customer));
        }
    }
    Ok(())
}

fn arrival(
    work: &TenantBatch,
    (chunk, event, inserted): (usize, &tocsin_domain::event::Event, Inserted),
) -> Option<Arrival> {
    let metric = match inserted {
        Inserted::New => return None,
        Inserted::Duplicate => Metric::DuplicateEvents,
        Inserted::Conflict => Metric::ConflictingEvents,
    };
    let source = work.symbols(chunk).text(event.source).to_owned();
    Some(Arrival { metric, source, message: work.message(chunk) })
}
