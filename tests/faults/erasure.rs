//! People ask to be erased while everything fails around them: their words and names go, the counts stay.

use std::collections::BTreeSet;

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tocsin_domain::{
    alert::Alert,
    configuration::Configuration,
    id::{ConversationId, CustomerId, KeyedHash},
    minute::Minute,
};
use tocsin_shell::{
    erasure::{self, Whom},
    store::{Store, StoreError, conversations::Entity},
    vault::Vault,
};

use crate::{
    invocation::{invoke, store},
    run::Run,
    table::text,
    wire::Wire,
};

/// In one of so many runs somebody asks to be erased.
pub(crate) const ONE_IN: u32 = 4;

/// Whom to erase, by the name that events have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    Customer(String),
    Subject(String),
}

/// All hashes of what was erased.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    pub(crate) conversations: BTreeSet<ConversationId>,
    customers: BTreeSet<CustomerId>,
}

impl Named {
    fn whom(&self, run: &Run, vault: &Vault) -> Whom {
        match self {
            Self::Customer(id) => Whom::customer(vault, &run.tenant, id),
            Self::Subject(id) => Whom::subject(vault, &run.tenant, id),
        }
    }

    /// Whether an event is theirs.
    fn is_of(&self, event: &Value) -> bool {
        match self {
            Self::Customer(id) => text(&event["data"], "customer") == id,
            Self::Subject(id) => text(event, "subject") == id,
        }
    }
}

impl Run {
    /// An operator erases a customer or a subject; nobody knows whether it went through.
    pub(crate) fn erase(&mut self) {
        if !self.erases {
            return;
        }
        let named = if self.random(0..2) == 0 {
            Named::Customer(format!("k{}", self.random(0..2)))
        } else {
            Named::Subject(format!("c{}", self.random(0..10)))
        };
        let whom = named.whom(self, &self.vault());
        self.erased.insert(named);
        let (world, tenant, now) = (self.world.clone(), self.tenant.clone(), self.clock().now());
        let seed = self.world.lock().rng.next_u64();
        self.tasks.spawn(async move {
            invoke(&world, async |wire| {
                let mut random = anonymous(seed);
                let given = (now, &mut random as &mut (dyn FnMut() -> KeyedHash + Send + Sync));
                erasure::erase(&store(wire), &tenant, &Configuration::default(), &whom, given).await
            })
            .await;
            None
        });
    }

    /// Asks again for all that was asked for, as the answer to an erasure that failed says, and because
    /// what was in queues then is counted by now.
    pub(crate) async fn erase_again(&mut self) {
        let store = store(&Wire::new(self.world.clone()));
        for named in self.erased.clone() {
            let seed = self.world.lock().rng.next_u64();
            let now = self.world.lock().now;
            let mut random = anonymous(seed);
            let given = (now, &mut random as &mut (dyn FnMut() -> KeyedHash + Send + Sync));
            // Whoever erases reads the secret when they begin: it is the newest.
            let vault = &self.vaults[usize::from(self.steps >= self.rotation)];
            let whom = named.whom(self, vault);
            let configuration = Configuration::default();
            let erased = erasure::erase(&store, &self.tenant, &configuration, &whom, given).await;
            let problem = erased.err().map(|error| format!("{named:?} is not erased: {error}"));
            self.problems.extend(problem);
        }
    }

    /// What must be gone: what was known of them when they were erased last, by these events.
    pub(crate) fn gone(&self) -> Gone {
        let mut gone = Gone::default();
        let known = || self.known.iter().map(|event| &self.events[*event]);
        let keys = || self.vaults.iter().map(|vault| vault.pseudonyms(&self.tenant));
        for named in &self.erased {
            for event in known().filter(|event| named.is_of(event)) {
                gone.conversations
                    .extend(keys().map(|key| key.conversation(text(event, "subject"))));
                if let Named::Customer(id) = named {
                    gone.customers.extend(keys().map(|key| key.customer(id)));
                }
            }
        }
        gone
    }

    /// Nothing that is stored as a conversation, customer or alert names whom was erased.
    pub(crate) async fn judge_erasure(
        &self,
        store: &Store,
        gone: &Gone,
        now: i64,
        problems: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let hashes = |event: &Value| {
            let subject = text(event, "subject").to_owned();
            self.vaults.iter().map(move |one| one.pseudonyms(&self.tenant).conversation(&subject))
        };
        let subjects: BTreeSet<ConversationId> = self.events.iter().flat_map(hashes).collect();
        let mut visit = |entity| {
            if let Entity::Conversation(id, conversation) = entity {
                if gone.conversations.contains(&id) {
                    problems.push(format!("{id} is erased and still there"));
                }
                // Who comes back is known again, in conversations that are new.
                if subjects.contains(&id) {
                    return;
                }
                let mut customers = conversation.customers();
                if let Some(named) = customers.find(|one| gone.customers.contains(one)) {
                    problems.push(format!("{id} names {named}, who is erased"));
                }
            }
        };
        store.scan_entities(&self.tenant, now, &mut visit).await?;
        let customers = store.read_customers(&self.tenant, gone.customers.clone(), now).await?;
        for (id, customer) in customers {
            if gone.customers.contains(&id) && !customer.value.is_empty() {
                problems.push(format!("customer {id} is erased and still there"));
            }
        }
        let names: BTreeSet<String> = gone.conversations.iter().map(ToString::to_string).collect();
        let alerts: Vec<Alert> = store.alerts_since(&self.tenant, Minute(0), now).await?;
        for alert in alerts {
            let mut exemplars = alert.evidence.exemplars.iter();
            if let Some(named) = exemplars.find(|one| names.contains(*one)) {
                problems.push(format!("{} names {named}, which is erased", alert.id));
            }
        }
        Ok(())
    }

    /// The secret as one of those who are in office knows it.
    pub(crate) fn vault(&self) -> Vault {
        let is_after = self.steps - self.rotation >= self.random(0..20);
        self.vaults[usize::from(is_after)].clone()
    }
}

fn anonymous(seed: u64) -> impl FnMut() -> KeyedHash {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    move || KeyedHash::anonymous(rng.random())
}
