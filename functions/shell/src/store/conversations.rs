//! Conversations and customers: sets that are read whole and written on condition of their version,
//! in one transaction with the delta that says what the change adds up to.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    agent::{AgentDay, Day},
    conversation::Conversation,
    customer::Customer,
    heard::{Heard, Sign},
    id::{ConversationId, CustomerId, KeyedHash, TenantId, short_hash},
    minute::{DAY, Minute},
    sabotage::{self, Sabotage},
    sums::Sums,
};

use super::{
    Store, StoreError,
    agents::AgentChange,
    items::{
        Attributes, Item, NEVER, corrupt, next_version, number, read_expiry, read_key, read_number,
    },
    keys,
    observations::ObservationWrite,
    pointers::{Pointer, PointerWrite},
    rollup::keep_heard,
    tables::Write,
};

/// Pages of a long conversation outlive its head by so much: a page that no event touches is not
/// written again while the conversation goes on.
const PAGES_OUTLIVE: i64 = 400 * DAY;

/// A page is written again, along with an event, when it has only so long left.
const RENEWED: i64 = 100 * DAY;
/// Pages written again along with one event.
const RENEWED_TOGETHER: usize = 10;

/// Actions of one transaction.
const TRANSACTION: usize = 100;

/// What was read, and the version to write on condition of; `None`: nothing is stored.
#[derive(Clone, Debug, Default)]
pub struct Versioned<T> {
    /// The value, or an empty one.
    pub value: T,
    /// The version that was read.
    pub version: Option<u64>,
    /// Of a conversation that has pages: when it first had some, in minutes; tells the pages of a
    /// later life of the same subject apart.
    pub epoch: Option<i32>,
    /// Where it lives, if it is known by another hash; the value is empty then.
    pub pointer: Option<Pointer>,
}

/// Customers by hash, in its order, so that the same calls follow from the same read.
pub type StoredCustomers = BTreeMap<CustomerId, Versioned<Customer>>;

/// The hash under which a customer lives, by the pointers that were read.
pub fn lives_at(stored: &StoredCustomers, mut id: CustomerId) -> CustomerId {
    while let Some(pointer) = stored.get(&id).and_then(|there| there.pointer) {
        id = pointer.to;
    }
    id
}

/// One change of the counts: what changed, and what it adds up to. Written all or none.
#[derive(Debug, Default)]
pub struct Change {
    /// Conversations that changed.
    pub conversations: Vec<(ConversationId, Versioned<Conversation>)>,
    /// Customers that changed.
    pub customers: Vec<(CustomerId, Versioned<Customer>)>,
    /// Things that were observed.
    pub observations: Vec<ObservationWrite>,
    /// Days of agents' states that changed.
    pub agents: AgentChange,
    /// What all this adds to the rollups.
    pub delta: Sums,
    /// Signs of life of the sources that changed it.
    pub heard: Heard,
    /// Other hashes that conversations are known by.
    pub conversation_pointers: Vec<PointerWrite>,
    /// Other hashes that customers are known by.
    pub customer_pointers: Vec<PointerWrite>,
}

impl Change {
    /// Notes that a source was heard of by what changed.
    pub fn hear(&mut self, source: &str, time: i64, sign: Sign) {
        self.heard.note(source, time, sign, &mut self.delta);
    }
}

impl Store {
    /// Conversations as of now; one that is not stored is empty.
    pub async fn read_conversations(
        &self,
        tenant: &TenantId,
        ids: &[ConversationId],
        now: i64,
    ) -> Result<BTreeMap<ConversationId, Versioned<Conversation>>, StoreError> {
        let keys = ids.iter().map(|id| keys::conversation(tenant, *id)).collect();
        let mut found = BTreeMap::new();
        for attributes in self.get_all(keys).await? {
            let key = read_key(&attributes);
            let id = key.pk.rsplit('#').next().and_then(KeyedHash::parse);
            let id = id.ok_or_else(|| corrupt(&key, "the key holds no hash"))?;
            found.insert(id, self.conversation(tenant, attributes, now).await?);
        }
        for id in ids {
            found.entry(*id).or_default();
        }
        Ok(found)
    }

    async fn conversation(
        &self,
        tenant: &TenantId,
        head: Attributes,
        now: i64,
    ) -> Result<Versioned<Conversation>, StoreError> {
        let key = read_key(&head);
        let version = read_number(&head, "v");
        if let Some(pointer) = self.pointer(&head, now) {
            return Ok(Versioned { version, pointer: Some(pointer), ..Versioned::default() });
        }
        let n_pages: usize = read_number(&head, "n").unwrap_or_default();
        let epoch = read_number(&head, "e");
        let Some(item) = self.item(tenant, head, now).await? else {
            // Expired: a later conversation of the same subject takes its place.
            return Ok(Versioned { version, ..Versioned::default() });
        };
        let mut stale = Vec::new();
        let decoded = if n_pages == 0 {
            Conversation::decode([item.body.as_slice()])
        } else {
            let epoch = epoch.ok_or_else(|| corrupt(&key, "the head names no epoch"))?;
            let between = (keys::page_prefix(epoch), format!("{}~", keys::page_prefix(epoch)));
            let pages = self.query(&self.state, &key.pk, Some(between)).await?;
            if pages.len() < n_pages {
                return Err(corrupt(&key, "a page is missing"));
            }
            let soon = now.saturating_add(self.retention.conversations).saturating_add(RENEWED);
            stale.extend((0..pages.len()).filter(|page| read_expiry(&pages[*page]) < soon));
            let bodies = pages.iter().filter_map(|page| page.get("b")?.as_b().ok());
            Conversation::decode(bodies.map(AsRef::as_ref))
        };
        let mut value = decoded.map_err(|error| corrupt(&key, error))?;
        for page in stale.into_iter().take(RENEWED_TOGETHER) {
            value.renew_page(page);
        }
        value.settle_before(now.saturating_sub(self.retention.conversations));
        Ok(Versioned { value, version, epoch, pointer: None })
    }

    /// Customers as of now, and those that their pointers lead to; one that is not stored is empty.
    pub async fn read_customers(
        &self,
        tenant: &TenantId,
        ids: impl IntoIterator<Item = CustomerId>,
        now: i64,
    ) -> Result<StoredCustomers, StoreError> {
        let mut found = StoredCustomers::new();
        let mut wanted: BTreeSet<CustomerId> = ids.into_iter().collect();
        while !wanted.is_empty() {
            self.add_customers(tenant, &std::mem::take(&mut wanted), &mut found, now).await?;
            let targets = found.values().filter_map(|customer| Some(customer.pointer?.to));
            wanted.extend(targets.filter(|to| !found.contains_key(to)));
        }
        Ok(found)
    }

    async fn add_customers(
        &self,
        tenant: &TenantId,
        ids: &BTreeSet<CustomerId>,
        found: &mut StoredCustomers,
        now: i64,
    ) -> Result<(), StoreError> {
        let keys = ids.iter().map(|id| keys::customer(tenant, *id)).collect();
        for attributes in self.get_all(keys).await? {
            let key = read_key(&attributes);
            let id = key.pk.rsplit('#').next().and_then(KeyedHash::parse);
            let id = id.ok_or_else(|| corrupt(&key, "the key holds no hash"))?;
            let version = read_number(&attributes, "v");
            let pointer = self.pointer(&attributes, now);
            let value = match self.item(tenant, attributes, now).await? {
                Some(item) if pointer.is_none() => {
                    Customer::decode(&item.body).map_err(|e| corrupt(&item.key, e))?
                }
                _ => Customer::default(),
            };
            found.insert(id, Versioned { value, version, epoch: None, pointer });
        }
        for id in ids {
            found.entry(*id).or_default();
        }
        Ok(())
    }

    /// Writes a change, or nothing of it. A [`StoreError::Conflict`] asks for a fresh read.
    pub async fn write_change(
        &self,
        tenant: &TenantId,
        change: Change,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut items = Vec::new();
        let mut identity = Vec::new();
        for (id, conversation) in change.conversations {
            identity.extend_from_slice(id.bytes());
            identity.extend_from_slice(&conversation.version.unwrap_or_default().to_be_bytes());
            items.extend(self.conversation_puts(tenant, id, conversation, now).await?);
        }
        for (id, customer) in change.customers {
            let Versioned { value, version, .. } = customer;
            let expires = value.last_time().unwrap_or(now).saturating_add(self.retention.visits);
            let item = Item {
                key: keys::customer(tenant, id),
                version: next_version(version, now),
                body: value.encode(),
                expires,
            };
            items.push(Write::guarded(self.attributes(tenant, item).await?, version));
        }
        for write in change.observations {
            identity.extend_from_slice(&write.observation.id.to_be_bytes());
            identity.extend_from_slice(&write.read.unwrap_or_default().to_be_bytes());
            items.push(self.observation_put(tenant, &write, now).await?);
        }
        items.extend(self.agent_actions(tenant, change.agents, &mut identity).await?);
        for write in &change.conversation_pointers {
            let key = keys::conversation(tenant, write.from);
            items.push(self.pointer_put(tenant, key, write, now).await?);
        }
        for write in &change.customer_pointers {
            let key = keys::customer(tenant, write.from);
            items.push(self.pointer_put(tenant, key, write, now).await?);
        }
        if !change.delta.is_empty() {
            let identity = short_hash(&[&identity]);
            let mut delta = self.delta(tenant, &change.delta, identity, now).await?;
            keep_heard(&mut delta, &change.heard);
            items.push(if sabotage::is(Sabotage::DeltaKeyWithoutContent) {
                Write::put(delta)
            } else {
                Write::guarded(delta, None)
            });
        }
        match items.len() {
            0 => Ok(()),
            1..=TRANSACTION => self.transact(items).await,
            more => Err(StoreError::TooLarge(more)),
        }
    }

    /// Writes amounts that belong to no entity: data about the data, which may over-count.
    pub async fn write_loose(
        &self,
        tenant: &TenantId,
        sums: &Sums,
        identity: u64,
        now: i64,
    ) -> Result<(), StoreError> {
        let delta = self.delta(tenant, sums, identity, now).await?;
        match self.put_guarded(delta, None).await {
            // Written by an earlier attempt.
            Err(StoreError::Conflict) => Ok(()),
            other => other,
        }
    }

    pub(super) async fn delta(
        &self,
        tenant: &TenantId,
        sums: &Sums,
        identity: u64,
        now: i64,
    ) -> Result<Attributes, StoreError> {
        let body = sums.encode();
        let content = short_hash(&[&identity.to_be_bytes(), &body]);
        let minute = Minute::of(now).0;
        let id = if sabotage::is(Sabotage::DeltaKeyWithoutContent) {
            format!("{minute}-{:016x}", 0)
        } else {
            format!("{minute}-{content:016x}")
        };
        // A delta is deleted when it is merged; whoever reads one knows no time to live of it.
        let key = keys::delta(tenant, &id);
        self.attributes(tenant, Item { key, version: 1, body, expires: NEVER }).await
    }

    /// Writes the pages of a long conversation under a hash that nobody knows yet, so that its head alone
    /// is left to be written.
    pub async fn put_pages(
        &self,
        tenant: &TenantId,
        id: ConversationId,
        conversation: &mut Versioned<Conversation>,
        now: i64,
    ) -> Result<(), StoreError> {
        let stored = conversation.value.encode();
        if stored.inline.is_some() {
            return Ok(());
        }
        let epoch = Minute::of(now).0;
        let last = conversation.value.last_time().unwrap_or_default();
        let expires = last.saturating_add(self.retention.conversations + PAGES_OUTLIVE);
        let mut items = Vec::new();
        for (page, body) in stored.changed {
            let key = keys::page(tenant, id, epoch, page);
            items.push(self.attributes(tenant, Item { key, version: 1, body, expires }).await?);
        }
        self.put_all(&self.state, items).await?;
        conversation.value.pages_are_stored();
        conversation.epoch = Some(epoch);
        Ok(())
    }

    /// Deletes the pages of a conversation that lives elsewhere.
    pub async fn delete_pages(
        &self,
        tenant: &TenantId,
        id: ConversationId,
    ) -> Result<(), StoreError> {
        let pk = keys::conversation(tenant, id).pk;
        let pages = self.query(&self.state, &pk, Some(("P".to_owned(), "P~".to_owned()))).await?;
        let keys: Vec<_> = pages.iter().map(read_key).collect();
        self.delete_all(&self.state, &keys).await
    }

    async fn conversation_puts(
        &self,
        tenant: &TenantId,
        id: ConversationId,
        conversation: Versioned<Conversation>,
        now: i64,
    ) -> Result<Vec<Write>, StoreError> {
        let Versioned { mut value, version, epoch, .. } = conversation;
        let epoch = epoch.unwrap_or(Minute::of(now).0);
        let last = value.last_time().unwrap_or_default();
        let expires = last.saturating_add(self.retention.conversations);
        let stored = value.encode();
        let mut puts = Vec::new();
        for (page, body) in stored.changed {
            let key = keys::page(tenant, id, epoch, page);
            let expires = expires.saturating_add(PAGES_OUTLIVE);
            let item = Item { key, version: next_version(version, now), body, expires };
            puts.push(Write::put(self.attributes(tenant, item).await?));
        }
        let head = Item {
            key: keys::conversation(tenant, id),
            version: next_version(version, now),
            body: stored.inline.unwrap_or_default(),
            expires,
        };
        let mut attributes = self.attributes(tenant, head).await?;
        if stored.pages > 0 {
            attributes.insert("n".to_owned(), number(stored.pages));
            attributes.insert("e".to_owned(), number(epoch));
        }
        puts.push(Write::guarded(attributes, version));
        Ok(puts)
    }

    /// Every conversation, customer, agent's day and observation that is stored, for recomputing the rollups from them.
    pub async fn scan_entities(
        &self,
        tenant: &TenantId,
        now: i64,
        mut visit: impl FnMut(Entity),
    ) -> Result<(), StoreError> {
        let prefix = format!("T#{tenant}#");
        let mut rest = None;
        loop {
            let (items, more) = self.scan(&prefix, rest).await?;
            for attributes in items {
                if let Some(entity) = self.entity(tenant, attributes, now).await? {
                    visit(entity);
                }
            }
            rest = more;
            if rest.is_none() {
                return Ok(());
            }
        }
    }

    /// What an item of a tenant's holds, if it is any of these.
    async fn entity(
        &self,
        tenant: &TenantId,
        attributes: Attributes,
        now: i64,
    ) -> Result<Option<Entity>, StoreError> {
        let key = read_key(&attributes);
        let kind_at = format!("T#{tenant}#").len();
        let hash = key.pk.rsplit('#').next().and_then(KeyedHash::parse);
        match (key.pk.get(kind_at..kind_at + 2), hash) {
            (Some("C#"), Some(id)) if key.sk == "0" => {
                let read = self.conversation(tenant, attributes, now).await?;
                Ok(Some(match read.pointer {
                    Some(pointer) => Entity::Pointer(id, pointer.to),
                    None => Entity::Conversation(id, Box::new(read.value)),
                }))
            }
            (Some("K#"), Some(_)) if self.pointer(&attributes, now).is_none() => {
                let Some(item) = self.item(tenant, attributes, now).await? else { return Ok(None) };
                let customer = Customer::decode(&item.body).map_err(|e| corrupt(&key, e))?;
                Ok(Some(Entity::Customer(customer)))
            }
            (Some("W#"), _) => {
                let id = keys::parse_agent_day(&key);
                let (agent, day) = id.ok_or_else(|| corrupt(&key, "the key holds no day"))?;
                let Some(item) = self.item(tenant, attributes, now).await? else { return Ok(None) };
                let states = AgentDay::decode(&item.body).map_err(|e| corrupt(&key, e))?;
                Ok(Some(Entity::AgentDay(agent, day, states)))
            }
            (Some("O#"), _) => {
                let Some(item) = self.item(tenant, attributes, now).await? else { return Ok(None) };
                Ok(Some(Entity::Observation(super::observations::decode(&item)?)))
            }
            _ => Ok(None),
        }
    }
}

/// Something that contributes to the rollups, or leads to it.
#[derive(Debug)]
pub enum Entity {
    /// A conversation.
    Conversation(ConversationId, Box<Conversation>),
    /// Another hash that a conversation is known by, and where that leads.
    Pointer(ConversationId, ConversationId),
    /// A customer.
    Customer(Customer),
    /// One day of an agent, whose contributions depend on the day after.
    AgentDay(String, Day, AgentDay),
    /// A thing that was observed.
    Observation(tocsin_domain::chunk::Observation),
}
