//! What is counted depends on the set of events alone: not on their order, nor on how batches are
//! cut, nor on how often each is delivered.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};
use tocsin_domain::{
    chunk::Chunk,
    conversation::{Contributions, Conversation, contributions},
    customer::Customer,
    decode::{Agents, Intake, decode},
    derived::Policy,
    id::{ConversationId, CustomerId, PseudonymKey, TenantId},
    minute::DAY,
    sums::Sums,
};

const NOW: i64 = 1_772_600_000_000_000_000;

/// The sample conversation, and two more of the same customer: a repeat contact, and one that a
/// correction of its feedback touches.
fn events() -> Vec<Value> {
    let sample = include_str!("../../events/cloudevents/conversation.ndjson");
    let first: Vec<Value> =
        sample.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut all = first.clone();
    for (subject, hour) in [("order-4712", "11"), ("order-4713", "15")] {
        all.extend(first.iter().cloned().map(|mut event| {
            let time = event["time"].as_str().unwrap().replacen("T09", &format!("T{hour}"), 1);
            event["time"] = json!(time);
            event["subject"] = json!(subject);
            event
        }));
    }
    // The same identity with other content: whichever wins must win in every order.
    let mut corrected = first.last().unwrap().clone();
    corrected["data"]["score"] = json!(1);
    all.push(corrected);
    all
}

/// Everything that is stored, and the sum of all deltas.
#[derive(Default)]
struct Counted {
    conversations: BTreeMap<ConversationId, Conversation>,
    customers: BTreeMap<CustomerId, Customer>,
    sums: Sums,
}

impl Counted {
    /// Counts a batch as the rollup does.
    fn count(&mut self, batch: &[&Value]) {
        let tenant = TenantId::try_from("demo".to_owned()).unwrap();
        let key = PseudonymKey::derive(b"test", &tenant, 1);
        let sources = [String::new()];
        let intake = Intake {
            key: &key,
            sources: &sources,
            now: &|_| NOW,
            accept_late: 7 * DAY,
            policy: &Policy::default(),
        };
        let mut chunk = Chunk::new(tenant, NOW);
        for event in batch {
            decode(event, &intake, &mut chunk, &mut Agents::new()).unwrap();
        }
        let mut by_conversation: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, event) in chunk.events {
            by_conversation.entry(id).or_default().push(event);
        }
        for (id, events) in by_conversation {
            let conversation = self.conversations.entry(id).or_default();
            let before = contributions(conversation);
            let map = conversation.absorb(&chunk.symbols);
            for event in events {
                conversation.insert(event, &map);
            }
            let after = contributions(conversation);
            let symbols = conversation.symbols();
            Contributions::add_change(&before, &after, id, symbols, &mut self.sums);
            for (customer, _) in before.visits.iter().chain(&after.visits) {
                let history = self.customers.entry(*customer).or_default();
                let visits = after.visits.iter().filter(|(whose, _)| whose == customer);
                history.contribute(&mut self.sums, -1);
                history.replace(id, visits.map(|(_, visit)| visit.clone()).collect());
                history.contribute(&mut self.sums, 1);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_delivery_of_the_same_events_counts_the_same(
        order in Just((0..events().len()).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec(any::<Index>(), 0..30),
        size in 1_usize..20,
    ) {
        let events = events();
        let mut expected = Counted::default();
        expected.count(&events.iter().collect::<Vec<_>>());

        let mut delivered = order;
        for index in again {
            let event = delivered[index.index(delivered.len())];
            delivered.insert(index.index(delivered.len()), event);
        }
        let mut counted = Counted::default();
        for batch in delivered.chunks(size) {
            counted.count(&batch.iter().map(|event| &events[*event]).collect::<Vec<_>>());
        }
        prop_assert!(!expected.sums.is_empty());
        prop_assert_eq!(counted.sums.encode(), expected.sums.encode());
    }
}
