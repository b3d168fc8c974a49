//! Erasure on request: what was said, and by whom, is removed; the anonymous counts stay.
//!
//! A conversation moves to a random hash, and what was said in it is deleted; a customer likewise. The
//! set of events stays, so the counts stay what they were and can still be verified. Exemplars in
//! rollups and alerts, and the customer's history, name the random hash from then on.
//!
//! At the old hash a pointer stays for as long as an event may still be redelivered: without it one
//! that comes again would be counted again. No text is kept of what comes meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tocsin_domain::{
    configuration::Configuration,
    conversation::{Contributions, Conversation, contributions},
    id::{ConversationId, CustomerId, KeyedHash, TenantId},
    sabotage::{self, Sabotage},
};

use crate::{
    store::{
        Store, StoreError,
        conversations::{Change, Entity, Versioned, lives_at},
        pointers::PointerWrite,
    },
    vault::Vault,
};

/// How often a lost race is run again.
const ATTEMPTS: u32 = 12;

/// Whom to forget, by all hashes that the name as sent may have been stored under.
#[derive(Clone, Debug)]
pub enum Whom {
    /// One subject: its conversations.
    Subject(Vec<ConversationId>),
    /// One customer, and all conversations that name them.
    Customer(Vec<CustomerId>),
}

impl Whom {
    /// The subject with this id as sent.
    pub fn subject(vault: &Vault, tenant: &TenantId, id: &str) -> Self {
        Self::Subject(vault.all_pseudonyms(tenant).iter().map(|key| key.conversation(id)).collect())
    }

    /// The customer with this id as sent.
    pub fn customer(vault: &Vault, tenant: &TenantId, id: &str) -> Self {
        Self::Customer(vault.all_pseudonyms(tenant).iter().map(|key| key.customer(id)).collect())
    }
}

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Conversations that are anonymous now.
    pub conversations: usize,
    /// Whether a customer's history is, by this or an earlier one.
    pub customer: bool,
    /// Items of text that are deleted.
    pub texts: usize,
    /// Kept refusals that are deleted.
    pub refusals: usize,
    /// Alerts whose exemplars are renamed.
    pub alerts: usize,
}

/// Erases a subject or customer. Repeating it, as after an error, goes on where it stopped.
pub async fn erase(
    store: &Store,
    tenant: &TenantId,
    configuration: &Configuration,
    whom: &Whom,
    (now, random): (i64, &mut (dyn FnMut() -> KeyedHash + Send + Sync)),
) -> Result<Erased, StoreError> {
    let mut erasure =
        Erasure { store, tenant, configuration, now, random, erased: Erased::default() };
    match whom {
        Whom::Subject(hashes) => {
            erasure.subject(hashes, &BTreeMap::new()).await?;
            erasure.refusals(hashes).await?;
        }
        Whom::Customer(hashes) => {
            let renamed = erasure.customer(hashes).await?;
            for subject in erasure.naming(&renamed).await? {
                erasure.subject(&subject, &renamed).await?;
                erasure.refusals(&subject).await?;
            }
            erasure.refusals(hashes).await?;
            // Whose conversations were counted on meanwhile is known by the old hash again.
            erasure.customer(hashes).await?;
        }
    }
    Ok(erasure.erased)
}

struct Erasure<'a> {
    store: &'a Store,
    tenant: &'a TenantId,
    configuration: &'a Configuration,
    now: i64,
    random: &'a mut (dyn FnMut() -> KeyedHash + Send + Sync),
    erased: Erased,
}

/// Whether a customer's hash says nothing of them.
fn is_anonymous(id: CustomerId) -> bool {
    id.is_anonymous() && !sabotage::is(Sabotage::ErasedMovedAgain)
}

/// Customers' hashes, each with the random one that takes its place.
type Renamed = BTreeMap<CustomerId, CustomerId>;

impl Erasure<'_> {
    /// Moves a customer's history to a random hash. Where there is none yet, the pointers are left all the
    /// same: what is counted meanwhile joins what is renamed here.
    ///
    /// A random hash is kept by whoever got it: conversations name it, and where it moved on, nothing might
    /// lead to them any more once the customer has come back.
    async fn customer(&mut self, hashes: &[CustomerId]) -> Result<Renamed, StoreError> {
        let mut drawn = Renamed::new();
        for _ in 0..ATTEMPTS {
            let ids = hashes.iter().copied();
            let stored = self.store.read_customers(self.tenant, ids, self.now).await?;
            for home in stored.keys().map(|id| lives_at(&stored, *id)) {
                let is_named = stored.get(&home).is_some_and(|there| !there.value.is_empty());
                if is_named && !is_anonymous(home) {
                    drawn.entry(home).or_insert_with(|| (self.random)());
                }
            }
            let name = |id: CustomerId| {
                let home = lives_at(&stored, id);
                let own = is_anonymous(home).then_some(home);
                own.or_else(|| drawn.get(&home).copied())
            };
            // What nobody lives under joins the others.
            let shared = match stored.keys().find_map(|id| name(*id)) {
                Some(shared) => shared,
                None => (self.random)(),
            };
            let renamed: Renamed =
                stored.keys().map(|id| (*id, name(*id).unwrap_or(shared))).collect();
            let mut change = Change::default();
            for (id, to) in renamed.iter().filter(|(id, to)| id != to) {
                let Some(one) = stored.get(id) else { continue };
                if one.pointer.is_some_and(|pointer| pointer.erased) {
                    continue;
                }
                change.customer_pointers.push(PointerWrite::erased(*id, *to, one.version));
                if !one.value.is_empty() {
                    let moved = Versioned { value: one.value.clone(), ..Versioned::default() };
                    change.customers.push((*to, moved));
                }
            }
            let is_there = stored.values().any(|one| !one.value.is_empty());
            match self.store.write_change(self.tenant, change, self.now).await {
                Ok(()) => {
                    self.erased.customer |= is_there;
                    return Ok(renamed);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Conversations that name one of these customers, each by all hashes that lead to it.
    async fn naming(&self, customers: &Renamed) -> Result<Vec<Vec<ConversationId>>, StoreError> {
        let (mut found, mut pointers) = (BTreeSet::new(), BTreeMap::new());
        let visit = |entity| match entity {
            Entity::Conversation(id, conversation) => {
                if conversation.customers().any(|customer| customers.contains_key(&customer)) {
                    found.insert(id);
                }
            }
            Entity::Pointer(from, to) => {
                pointers.insert(from, to);
            }
            Entity::Customer(_) | Entity::AgentDay(..) | Entity::Observation(_) => {}
        };
        self.store.scan_entities(self.tenant, self.now, visit).await?;
        let target = |mut id: ConversationId| {
            while let Some(to) = pointers.get(&id) {
                id = *to;
            }
            id
        };
        let mut subjects: BTreeMap<ConversationId, Vec<ConversationId>> =
            found.into_iter().map(|id| (id, vec![id])).collect();
        for from in pointers.keys() {
            if let Some(hashes) = subjects.get_mut(&target(*from)) {
                hashes.push(*from);
            }
        }
        Ok(subjects.into_values().collect())
    }

    /// Moves a subject's conversation to a random hash and deletes what was said in it.
    async fn subject(
        &mut self,
        hashes: &[ConversationId],
        renamed: &Renamed,
    ) -> Result<(), StoreError> {
        let mut known: BTreeSet<ConversationId> = hashes.iter().copied().collect();
        for _ in 0..ATTEMPTS {
            let ids: Vec<_> = known.iter().copied().collect();
            let stored = self.store.read_conversations(self.tenant, &ids, self.now).await?;
            let before = known.len();
            let pointers = stored.values().filter_map(|one| one.pointer);
            known.extend(pointers.filter(|one| !one.erased).map(|one| one.to));
            if known.len() > before {
                continue;
            }
            match self.anonymise(stored, renamed).await {
                Err(StoreError::Conflict) => continue,
                other => other?,
            }
            return self.remains(&known.into_iter().collect::<Vec<_>>()).await;
        }
        Err(StoreError::Conflict)
    }

    /// Removes what is left under these hashes; what an earlier attempt did not come to, too.
    async fn remains(&mut self, hashes: &[ConversationId]) -> Result<(), StoreError> {
        let stored = self.store.read_conversations(self.tenant, hashes, self.now).await?;
        let pointer = |id: &ConversationId| stored.get(id).and_then(|one| one.pointer);
        for id in stored.keys().copied() {
            if let Some(pointed) = pointer(&id).filter(|pointer| pointer.erased) {
                let mut to = pointed.to;
                while let Some(on) = pointer(&to) {
                    to = on.to;
                }
                self.store.delete_pages(self.tenant, id).await?;
                self.erased.alerts +=
                    self.store.rename_exemplar(self.tenant, id, to, self.now).await?;
            }
            self.erased.texts += self.store.delete_texts(self.tenant, id).await?;
        }
        Ok(())
    }

    /// Moves the one of these that holds a conversation, unless it has a random hash and names nobody.
    async fn anonymise(
        &mut self,
        stored: BTreeMap<ConversationId, Versioned<Conversation>>,
        renamed: &Renamed,
    ) -> Result<(), StoreError> {
        let live = stored.into_iter().find(|(_, one)| !one.value.is_empty());
        let Some((home, mut conversation)) = live else { return Ok(()) };
        let rename = |customer| renamed.get(&customer).copied().unwrap_or(customer);
        if home.is_anonymous() && conversation.value.customers().all(|one| rename(one) == one) {
            return Ok(());
        }
        let anonymous = (self.random)();
        let mut change = Change {
            conversation_pointers: vec![PointerWrite::erased(
                home,
                anonymous,
                conversation.version,
            )],
            ..Change::default()
        };
        let mut moved = conversation.value.renaming(rename);
        let before = contributions(&mut conversation.value, self.configuration);
        let after = contributions(&mut moved, self.configuration);
        let (nothing, delta) = (Contributions::default(), &mut change.delta);
        Contributions::add_change(&before, &nothing, home, conversation.value.symbols(), delta);
        Contributions::add_change(&nothing, &after, anonymous, moved.symbols(), delta);
        let settled = self.now.saturating_sub(self.store.retention().visits);
        let named = after.visits.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>();
        let customers = self.store.read_customers(self.tenant, named, self.now).await?;
        for (id, customer) in &customers {
            if customer.pointer.is_some() {
                continue;
            }
            let (id, mut customer) = (*id, customer.clone());
            let is_here = |of: &CustomerId| lives_at(&customers, *of) == id;
            let visits = after.visits.iter().filter(|(of, _)| is_here(of));
            let visits = visits.map(|(_, visit)| visit.clone()).collect();
            let moves = [(home, Vec::new()), (anonymous, visits)];
            if customer.value.revise(moves, settled, &mut change.delta) {
                change.customers.push((id, customer));
            }
        }
        let mut moved = Versioned { value: moved, ..Versioned::default() };
        self.store.put_pages(self.tenant, anonymous, &mut moved, self.now).await?;
        change.conversations.push((anonymous, moved));
        self.store.write_change(self.tenant, change, self.now).await?;
        self.erased.conversations += 1;
        Ok(())
    }

    /// Deletes kept refusals that name one of these.
    async fn refusals(&mut self, hashes: &[KeyedHash]) -> Result<(), StoreError> {
        self.erased.refusals += self.store.delete_refused(self.tenant, hashes, self.now).await?;
        Ok(())
    }
}
