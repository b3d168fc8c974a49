//! A subject that comes back after its former conversation is settled: a phone number, say.
#![expect(clippy::unwrap_used, reason = "a test")]

use serde_json::json;
use tocsin_domain::{
    chunk::Chunk,
    configuration::Configuration,
    conversation::{Contributions, Conversation, contributions},
    decode::{Agents, Intake, decode},
    derived::Policy,
    id::{PseudonymKey, TenantId},
    metric::Metric,
    minute::DAY,
    sums::Sums,
};

/// The conversation of one subject that starts and is resolved on each of these days.
fn conversation(days: &[&str]) -> (Conversation, Chunk) {
    let tenant = TenantId::try_from("t".to_owned()).unwrap();
    let key = PseudonymKey::derive(b"k", &tenant, 1);
    let intake = Intake {
        key: &key,
        sources: &[String::new()],
        now: &|time| time,
        accept_late: 400 * DAY,
        policy: &Policy::default(),
    };
    let mut chunk = Chunk::new(tenant, 0);
    for day in days {
        for (kind, time) in [("started", "T10:00:00Z"), ("resolved", "T10:05:00Z")] {
            let event = json!({
                "specversion": "1.0", "id": format!("{day}{kind}"), "source": "/s", "subject": "1",
                "type": format!("cx.conversation.{kind}"), "time": format!("{day}{time}"),
            });
            decode(&event, &intake, &mut chunk, &mut Agents::new()).unwrap();
        }
    }
    let mut conversation = Conversation::default();
    let map = conversation.absorb(&chunk.symbols);
    for (_, event) in &chunk.events {
        conversation.insert(event.clone(), &map);
    }
    (conversation, chunk)
}

fn count(conversation: &mut Conversation, metric: Metric) -> usize {
    contributions(conversation, &Configuration::default())
        .list
        .iter()
        .filter(|one| one.metric == metric)
        .count()
}

#[test]
fn what_is_settled_is_left_out_and_the_rest_counts_as_before() {
    let (mut both, chunk) = conversation(&["2026-01-05", "2026-03-10"]);
    assert_eq!(count(&mut both, Metric::Contacts), 2);
    let between = chunk.events[2].1.time - DAY;
    both.settle_before(between);
    assert_eq!(both.len(), 2);
    let (mut latter, _) = conversation(&["2026-03-10"]);
    let delta = |conversation: &mut Conversation| {
        let (nothing, after) =
            (Contributions::default(), contributions(conversation, &Configuration::default()));
        let mut sums = Sums::default();
        let id = chunk.events[0].0;
        Contributions::add_change(&nothing, &after, id, conversation.symbols(), &mut sums);
        sums
    };
    assert!(delta(&mut both) == delta(&mut latter));
}

#[test]
fn a_conversation_that_still_goes_on_is_kept_whole() {
    let (mut long, chunk) = conversation(&["2026-01-05", "2026-01-30", "2026-02-20"]);
    long.settle_before(chunk.events[4].1.time - DAY);
    assert_eq!(long.len(), 6);
}
