//! What the rollup does with a batch, in memory: read, insert, fold, write.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tocsin_domain::{
    chunk::Chunk,
    configuration::{self, Configuration},
    conversation::{Contributions, Conversation, Inserted, contributions},
    customer::Customer,
    decode::{Agents, Intake, decode},
    derived::Policy,
    event::{Event, Kind},
    id::{ConversationId, CustomerId, PseudonymKey, TenantId},
    minute::DAY,
    sums::Sums,
};

const NOW: i64 = 2_600_000_000_000_000_000;

/// Targets, prices and thresholds, and a change of them in the midst of the events.
const SETTINGS: &str = "
versions:
  - first_response_seconds: { default: 60, q1: 30 }
    resolution_seconds: { default: 3600 }
    agent_minute_usd: 0.8
  - from: 2026-01-06T00:00:00Z
    service_level_seconds: { default: 20, q2: 60 }
    silent_minutes: { email: 60 }
    first_response_seconds: { q2: 120 }
    low_confidence: 0.7
";

/// Everything that is stored, and the sum of all deltas.
pub(crate) struct Counted {
    configuration: Configuration,
    /// Pages of each conversation's events.
    conversations: BTreeMap<ConversationId, Vec<Vec<u8>>>,
    customers: BTreeMap<CustomerId, Vec<u8>>,
    pub(crate) sums: Sums,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            configuration: configuration::parse(SETTINGS).unwrap(),
            conversations: BTreeMap::new(),
            customers: BTreeMap::new(),
            sums: Sums::default(),
        }
    }
}

impl Counted {
    /// Counts a batch.
    pub(crate) fn count(&mut self, batch: &[&Value]) {
        let tenant = TenantId::try_from("demo".to_owned()).unwrap();
        let key = PseudonymKey::derive(b"test", &tenant, 1);
        let sources = [String::new()];
        let intake = Intake {
            key: &key,
            sources: &sources,
            now: &|_| NOW,
            accept_late: 36_500 * DAY,
            policy: &Policy::default(),
        };
        let mut chunk = Chunk::new(tenant, NOW);
        for event in batch {
            decode(event, &intake, &mut chunk, &mut Agents::new()).unwrap();
            if let Some((_, decoded)) = chunk.events.last_mut() {
                derive(event, decoded);
            }
        }
        let mut by_conversation: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, event) in chunk.events {
            by_conversation.entry(id).or_default().push(event);
        }
        for (id, events) in by_conversation {
            let pages = self.conversations.entry(id).or_default();
            let mut conversation = Conversation::decode(pages.iter().map(Vec::as_slice)).unwrap();
            let before = contributions(&mut conversation, &self.configuration);
            let map = conversation.absorb(&chunk.symbols);
            let mut changed = false;
            for event in events {
                changed |= conversation.insert(event, &map) != Inserted::Duplicate;
            }
            if !changed {
                continue;
            }
            let after = contributions(&mut conversation, &self.configuration);
            let symbols = conversation.symbols();
            Contributions::add_change(&before, &after, id, symbols, &mut self.sums);
            write(pages, &mut conversation);
            self.revisit(id, &before, &after);
        }
    }

    fn revisit(&mut self, id: ConversationId, before: &Contributions, after: &Contributions) {
        let visits = before.visits.iter().chain(&after.visits);
        let customers: BTreeSet<CustomerId> = visits.map(|(customer, _)| *customer).collect();
        for customer in customers {
            let stored = self.customers.get(&customer);
            let mut history =
                stored.map_or_else(Customer::default, |bytes| Customer::decode(bytes).unwrap());
            let visits = after.visits.iter().filter(|(whose, _)| *whose == customer);
            let visits = visits.map(|(_, visit)| visit.clone()).collect();
            if history.revise([(id, visits)], i64::MIN, &mut self.sums) {
                self.customers.insert(customer, history.encode());
            }
        }
    }
}

/// What ingest finds in a text: here, the text says it.
fn derive(sent: &Value, event: &mut Event) {
    if let Kind::Message(message) = &mut event.kind {
        let text = sent["data"]["text"].as_str().unwrap_or_default();
        message.asks_for_person = text == "agent please";
        message.derived_sentiment = (text == "bad").then_some(-900_000);
    }
}

fn write(pages: &mut Vec<Vec<u8>>, conversation: &mut Conversation) {
    let stored = conversation.encode();
    if let Some(inline) = stored.inline {
        *pages = vec![inline];
        return;
    }
    pages.resize(stored.pages, Vec::new());
    for (number, bytes) in stored.changed {
        pages[number] = bytes;
    }
}
