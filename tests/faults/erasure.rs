//! People ask to be erased while everything fails around them: their words and names go, the counts stay.

use std::collections::BTreeSet;

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tocsin_domain::{
    alert::Alert,
    configuration::Configuration,
    id::{ConversationId, CustomerId, KeyedHash},
    minute::{Minute, timestamp},
};
use tocsin_shell::{
    erasure::{self, Whom},
    store::{Store, StoreError, conversations::Entity},
    vault::Vault,
    verify,
};

use crate::{
    invocation::{invoke, store},
    judge::texts,
    run::{EVENTS, Run, virtually},
    table::text,
    wire::Wire,
    world::{Odds, State},
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

    /// The same world once more, with somebody who is erased by a process that dies after so many calls,
    /// and by another that dies as well, who comes back, and asks again. What is wrong then; `None` where
    /// the erasure took fewer calls.
    async fn dies_after(&self, calls: u64) -> Option<Vec<String>> {
        let mut rng = ChaCha8Rng::seed_from_u64(calls);
        let state = {
            let world = self.world.lock();
            let mut state = State::new(rng.clone(), Odds::default(), None, world.now);
            state.tables.clone_from(&world.tables);
            state
        };
        let now = state.now;
        let mut run = self.again(state, self.events.clone(), &mut rng);
        run.waiting.clear();
        run.known = (0..run.events.len()).collect();
        let named = Named::Customer("k0".to_owned());
        let whom = named.whom(&run, &run.vaults[usize::from(calls % 2 == 1)]);
        let mut problems = Vec::new();
        // The second dies soon, having done little more than move what the first has moved.
        for (turn, calls_left) in [calls, 1 + calls % 6].into_iter().enumerate() {
            run.world.lock().calls_left = Some(calls_left);
            let finished = invoke(&run.world, async |wire| {
                let mut random = anonymous(1_000 * calls + turn as u64);
                let given = (now, &mut random as &mut (dyn FnMut() -> KeyedHash + Send + Sync));
                let configuration = Configuration::default();
                erasure::erase(&store(wire), &run.tenant, &configuration, &whom, given).await
            });
            match finished.await {
                Some(Ok(_)) if turn == 0 => return None,
                Some(Err(error)) => problems.push(format!("it is not erased: {error}")),
                Some(Ok(_)) | None => {}
            }
        }
        run.world.lock().calls_left = None;
        let mut theirs = run.events.iter().filter(|event| named.is_of(event));
        let mut back = theirs.next().expect("whoever is erased has come").clone();
        for (name, value) in
            [("id", "back"), ("subject", "back"), ("time", &timestamp(now).to_string())]
        {
            back[name] = json!(value);
        }
        run.waiting.push(vec![run.events.len()]);
        run.events.push(back);
        while !run.waiting.is_empty() || !run.world.lock().is_empty(EVENTS) {
            run.send();
            run.join().await;
            run.deliver(EVENTS);
            run.join().await;
        }
        run.erased.insert(named);
        run.erase_again().await;
        problems.append(&mut run.problems);
        run.judge_gone(now, &mut problems).await;
        Some(problems)
    }

    /// Nothing names who is erased, and no word of theirs is left.
    async fn judge_gone(&self, now: i64, problems: &mut Vec<String>) {
        let (gone, end) = (self.gone(), self.world.lock().moment());
        let store = end.store();
        self.judge_erasure(&store, &gone, now, problems).await.expect("nothing fails here");
        let customers = store.read_customers(&self.tenant, gone.customers.clone(), now).await;
        for (id, one) in customers.expect("nothing fails here") {
            if one.pointer.is_some_and(|pointer| !pointer.erased) {
                problems.push(format!("{id} leads on as if it were not erased"));
            }
        }
        let verified = verify::verify(&store, &self.tenant, &Configuration::default(), now).await;
        let differences = verified.expect("nothing fails here").differences.into_iter();
        problems.extend(differences.map(|difference| format!("{difference:?}")));
        let kept = self.world.lock().tables.get("texts").map(texts).unwrap_or_default();
        let kept = kept.into_iter().filter(|(id, _)| gone.conversations.contains(id));
        problems
            .extend(kept.map(|said| format!("what was said is erased and still there: {said:?}")));
    }

    /// The secret as one of those who are in office knows it.
    pub(crate) fn vault(&self) -> Vault {
        let is_after = self.steps - self.rotation >= self.random(0..20);
        self.vaults[usize::from(is_after)].clone()
    }
}

/// Erases a customer in some run, dying after each call in turn; says what is wrong then, and after how
/// many calls nobody dies any more.
pub(crate) fn dying_everywhere() -> (Vec<String>, u64) {
    for seed in 0.. {
        let found = virtually(seed, async {
            let mut run = Run::new(seed, None, None);
            run.world.lock().odds = Odds::default();
            run.prepare().await;
            run.settle().await;
            // Words and an alert of theirs, so that there is something to remove.
            run.known = (0..run.events.len()).collect();
            run.erased.insert(Named::Customer("k0".to_owned()));
            let (mut left, now) = (Vec::new(), run.world.lock().now);
            run.judge_gone(now, &mut left).await;
            let is_about = |what: &str| left.iter().any(|problem| problem.contains(what));
            if !(is_about("what was said") && is_about("names")) {
                return None;
            }
            let (mut problems, mut calls) = (Vec::new(), 1);
            while let Some(found) = run.dies_after(calls).await {
                problems.extend(found.into_iter().map(|one| format!("after {calls} calls: {one}")));
                calls += 1;
            }
            Some((problems, calls))
        });
        if let Some(found) = found {
            return found;
        }
    }
    unreachable!("some run has an alert")
}

fn anonymous(seed: u64) -> impl FnMut() -> KeyedHash {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    move || KeyedHash::anonymous(rng.random())
}
