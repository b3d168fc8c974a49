//! One group of conversations: read, insert, fold, write.
//!
//! A conversation that turns out to live under another of its hashes is left out, and told of.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    configuration::Configuration,
    conversation::{Contributions, Conversation, Inserted, contributions},
    customer::Visit,
    heard::Sign,
    id::{ConversationId, CustomerId, TenantId},
    metric::Metric,
    sabotage::{self, Sabotage},
    symbol::Sym,
};
use tocsin_shell::store::{
    Store, StoreError,
    conversations::{Change, StoredCustomers, Versioned, lives_at},
    pointers::PointerWrite,
};

use crate::batch::{Arrival, Group, Incoming, Part, TenantBatch};

/// Pages of long conversations rewritten by one transaction; a page may be split in two.
const PAGES: usize = 40;

/// What a changed conversation says of its customers.
struct Visited {
    conversation: ConversationId,
    customers: BTreeSet<CustomerId>,
    visits: Vec<(CustomerId, Visit)>,
}

/// What came of a group.
#[derive(Default)]
pub(crate) struct Written {
    /// Events that had arrived before.
    pub(crate) repeated: Vec<Arrival>,
    /// Parts that were left out, and where their conversations live.
    pub(crate) elsewhere: Vec<Elsewhere>,
}

/// A part that is filed by another hash than the one under which its conversation lives.
pub(crate) struct Elsewhere {
    pub(crate) part: Part,
    pub(crate) home: ConversationId,
    /// Whether the conversation was erased: what is said in it is not kept.
    pub(crate) erased: bool,
}

/// Counts the events of a group.
pub(crate) async fn write(
    store: &Store,
    tenant: &TenantId,
    work: &TenantBatch,
    group: &Group,
    (configuration, now): (&Configuration, i64),
) -> Result<Written, StoreError> {
    let mut ids: BTreeSet<ConversationId> = group.conversations.iter().map(|(id, _)| *id).collect();
    ids.extend(group.conversations.iter().flat_map(|part| other_hashes(work.events(part))));
    let ids: Vec<ConversationId> = ids.into_iter().collect();
    let mut stored = store.read_conversations(tenant, &ids, now).await?;
    let mut change = Change::default();
    let mut written = Written::default();
    let mut visited = Vec::new();
    let mut aliases = Aliases::default();
    let mut pages = 0;
    let (here, elsewhere) = homes(work, group, &stored);
    written.elsewhere = elsewhere;
    for (part, pointers) in here {
        let id = part.0;
        let events = work.events(part);
        let Some(mut conversation) = stored.remove(&id) else { continue };
        let value = &mut conversation.value;
        // Whatever comes of the events: what is said in them is kept under each of these hashes.
        change.conversation_pointers.extend(pointers);
        for incoming in events {
            aliases.note(incoming);
        }
        if events.iter().all(|incoming| value.knows(&incoming.event)) {
            let known = events.iter().map(|incoming| (incoming, Inserted::Duplicate));
            written.repeated.extend(known.filter_map(|known| arrival(work, known)));
            continue;
        }
        pages += value.pages_touched(events.iter().map(|incoming| &incoming.event));
        if pages > PAGES && !group.is_single_event() {
            return Err(StoreError::TooLarge(pages));
        }
        let before = contributions(value, configuration);
        let maps: Vec<Vec<Sym>> = (0..work.chunks())
            .map(|chunk| {
                let needed = events.iter().any(|incoming| incoming.chunk == chunk);
                if needed { value.absorb(work.symbols(chunk)) } else { Vec::new() }
            })
            .collect();
        for incoming in events {
            let inserted = value.insert(incoming.event.clone(), &maps[incoming.chunk]);
            written.repeated.extend(arrival(work, (incoming, inserted)));
        }
        if !value.has_changed() {
            continue;
        }
        for incoming in events {
            let source = work.symbols(incoming.chunk).text(incoming.event.source);
            change.hear(source, incoming.event.time, Sign::Event);
        }
        let after = contributions(value, configuration);
        Contributions::add_change(&before, &after, id, value.symbols(), &mut change.delta);
        let customers = before.visits.iter().chain(&after.visits).map(|(id, _)| *id).collect();
        visited.push(Visited { conversation: id, customers, visits: after.visits });
        change.conversations.push((id, conversation));
    }
    revisit(store, tenant, (visited, &aliases), &mut change, now).await?;
    store.write_change(tenant, change, now).await?;
    Ok(written)
}

/// All hashes that a conversation's events bring beside the one that they are filed by.
fn other_hashes(events: &[Incoming]) -> BTreeSet<ConversationId> {
    events.iter().flat_map(|incoming| &incoming.rehashed).map(|(id, _)| *id).collect()
}

type StoredConversations = BTreeMap<ConversationId, Versioned<Conversation>>;

/// Parts whose conversations live, or begin to, under the hash that they are filed by, each with the
/// pointers that are missing to it.
type Here<'a> = Vec<(&'a Part, Vec<PointerWrite>)>;

/// Which parts of a group are filed by the hash under which their conversation lives, and where the
/// others do.
fn homes<'a>(
    work: &TenantBatch,
    group: &'a Group,
    stored: &StoredConversations,
) -> (Here<'a>, Vec<Elsewhere>) {
    let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
    // Conversations by all their hashes, as they will be when the group is written.
    let mut claimed: BTreeMap<ConversationId, ConversationId> = BTreeMap::new();
    for part in &group.conversations {
        let id = part.0;
        let events = work.events(part);
        if let Some(home) = lives_elsewhere(id, events, stored, &claimed) {
            let erased = is_erased(id, events, stored);
            elsewhere.push(Elsewhere { part: part.clone(), home, erased });
            continue;
        }
        for hash in other_hashes(events).into_iter().chain([id]) {
            claimed.entry(hash).or_insert(id);
        }
        here.push((part, pointers(id, events, stored)));
    }
    (here, elsewhere)
}

/// The hash under which a conversation lives, if that is another than the one it is filed by.
fn lives_elsewhere(
    id: ConversationId,
    events: &[Incoming],
    stored: &StoredConversations,
    claimed: &BTreeMap<ConversationId, ConversationId>,
) -> Option<ConversationId> {
    let own = stored.get(&id)?;
    if let Some(pointer) = own.pointer {
        return Some(pointer.to);
    }
    if !own.value.is_empty() {
        return None;
    }
    if let Some(home) = claimed.get(&id).filter(|home| **home != id) {
        return Some(*home);
    }
    other_hashes(events).into_iter().find_map(|other| {
        if let Some(home) = claimed.get(&other) {
            return Some(*home);
        }
        let there = stored.get(&other)?;
        let to = there.pointer.map(|pointer| pointer.to);
        to.filter(|to| *to != id).or_else(|| (!there.value.is_empty()).then_some(other))
    })
}

/// Whether a conversation was erased under one of its hashes.
fn is_erased(id: ConversationId, events: &[Incoming], stored: &StoredConversations) -> bool {
    let hashes = other_hashes(events).into_iter().chain([id]);
    let mut pointers = hashes.filter_map(|hash| stored.get(&hash)?.pointer);
    pointers.any(|pointer| pointer.erased)
}

/// Pointers from a conversation's other hashes, where they are missing or age.
fn pointers(
    id: ConversationId,
    events: &[Incoming],
    stored: &StoredConversations,
) -> Vec<PointerWrite> {
    if sabotage::is(Sabotage::PointersNotWritten) {
        return Vec::new();
    }
    let erased = is_erased(id, events, stored);
    let missing = other_hashes(events).into_iter().filter_map(|from| {
        let there = stored.get(&from)?;
        let points_here = there.pointer.is_some_and(|pointer| pointer.to == id && !pointer.ages);
        // What was erased there is counted where its own pointer leads.
        let erased_elsewhere =
            there.pointer.is_some_and(|pointer| pointer.erased && pointer.to != id);
        let is_free = there.value.is_empty() && (!erased_elsewhere || id.is_anonymous());
        let wanted = !points_here && is_free;
        let write = PointerWrite::known_as(from, id, there.version);
        wanted.then_some(PointerWrite { erased, ..write })
    });
    missing.collect()
}

/// Customers' hashes that name the same person.
#[derive(Default)]
struct Aliases(BTreeMap<CustomerId, BTreeSet<CustomerId>>);

impl Aliases {
    fn note(&mut self, incoming: &Incoming) {
        if incoming.rehashed.is_empty() {
            return;
        }
        let ids: BTreeSet<CustomerId> = incoming.customers().collect();
        for id in &ids {
            self.0.entry(*id).or_default().extend(ids.iter().filter(|other| *other != id));
        }
    }

    fn of(&self, id: CustomerId) -> impl Iterator<Item = CustomerId> {
        self.0.get(&id).into_iter().flatten().copied()
    }
}

/// Replaces the visits of changed conversations in their customers' histories.
async fn revisit(
    store: &Store,
    tenant: &TenantId,
    (visited, aliases): (Vec<Visited>, &Aliases),
    change: &mut Change,
    now: i64,
) -> Result<(), StoreError> {
    let named: BTreeSet<CustomerId> = visited
        .iter()
        .flat_map(|visited| &visited.customers)
        .chain(aliases.0.keys())
        .copied()
        .collect();
    let others = named.iter().flat_map(|id| aliases.of(*id));
    let known_by: BTreeSet<CustomerId> = named.iter().copied().chain(others).collect();
    let mut stored = store.read_customers(tenant, known_by, now).await?;
    let homes: BTreeMap<CustomerId, CustomerId> =
        named.iter().map(|id| (*id, home(*id, aliases, &stored))).collect();
    for (from, to) in homes.iter().map(|(from, to)| (*from, *to)) {
        let there = stored.get(&from);
        // Who comes back after an erasure is known by this hash as long as what they do is kept.
        let returns = visited.iter().any(|visited| visited.customers.contains(&from));
        let points_there = there
            .and_then(|there| there.pointer)
            .is_some_and(|one| !(one.ages || one.erased && returns));
        let read = there.and_then(|there| there.version);
        let write = PointerWrite::known_as(from, to, read);
        if from != to && !points_there {
            change.customer_pointers.push(write);
        }
    }
    let settled = now.saturating_sub(store.retention().visits);
    for id in homes.values().copied().collect::<BTreeSet<_>>() {
        let Some(mut customer) = stored.remove(&id) else { continue };
        let is_here = |of: &CustomerId| homes.get(of) == Some(&id);
        let concerned = visited.iter().filter(|visited| visited.customers.iter().any(is_here));
        let visits = concerned.map(|visited| {
            let of_customer = visited.visits.iter().filter(|(of, _)| is_here(of));
            (visited.conversation, of_customer.map(|(_, visit)| visit.clone()).collect())
        });
        if customer.value.revise(visits, settled, &mut change.delta) {
            change.customers.push((id, customer));
        }
    }
    Ok(())
}

/// The hash under which a customer lives: that of the item which one of its hashes leads to; of a new
/// one the same for all its hashes, that of the latest key.
fn home(id: CustomerId, aliases: &Aliases, stored: &StoredCustomers) -> CustomerId {
    let lives = |id: CustomerId| {
        let at = lives_at(stored, id);
        let is_known = at != id || stored.get(&at).is_some_and(|there| !there.value.is_empty());
        is_known.then_some(at)
    };
    let known_by = || std::iter::once(id).chain(aliases.of(id));
    known_by().find_map(lives).or_else(|| known_by().max()).unwrap_or(id)
}

fn arrival(work: &TenantBatch, (incoming, inserted): (&Incoming, Inserted)) -> Option<Arrival> {
    let metric = match inserted {
        Inserted::New => return None,
        Inserted::Duplicate => Metric::DuplicateEvents,
        Inserted::Conflict => Metric::ConflictingEvents,
    };
    let source = work.symbols(incoming.chunk).text(incoming.event.source).to_owned();
    Some(Arrival { metric, source, message: work.message(incoming.chunk) })
}
