//! The designs that are published for counting events once, as small models, under the same
//! deliveries and faults as Tocsin: how often, and by how much, they miscount.
//!
//! Each counts messages by a key; the truth is the number of distinct messages of each key.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use aws_sdk_dynamodb::{
    Client,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, TransactWriteItem, Update},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tocsin_domain::minute::{DAY, HOUR, MINUTE};
use tokio::task::JoinSet;

use crate::{
    invocation::invoke,
    run::odds,
    workload::BEGINNING,
    world::{Message, Odds, State, World},
};

const TABLE: &str = "naive";

/// A design that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Design {
    /// `ADD` for each message.
    BareAdd,
    /// `ADD` in a transaction with the message's id as its `ClientRequestToken`.
    RequestToken,
    /// A queue that drops what it has seen within five minutes, then `ADD`.
    FifoDeduplication,
    /// Marks the message as seen, then counts it.
    MarkThenWork,
    /// Counts the message, then marks it as seen.
    WorkThenMark,
    /// Marker and counter in one transaction, on condition that there is no marker: exact, at twice
    /// the price for each metric and dimension, and as long as nothing has to be revised.
    MarkerInTransaction,
}

pub(crate) const ALL: [Design; 6] = [
    Design::BareAdd,
    Design::RequestToken,
    Design::FifoDeduplication,
    Design::MarkThenWork,
    Design::WorkThenMark,
    Design::MarkerInTransaction,
];

/// Why a message must come again.
pub(crate) struct Again;

impl Design {
    /// Counts a message, which names its key.
    pub(crate) async fn count(self, client: &Client, id: &str, key: &str) -> Result<(), Again> {
        match self {
            Self::BareAdd | Self::FifoDeduplication => add(client, key).await,
            Self::RequestToken => transact(client, key, Some(id), None).await,
            Self::MarkThenWork => {
                if mark(client, id).await? {
                    add(client, key).await?;
                }
                Ok(())
            }
            Self::WorkThenMark => {
                if !is_marked(client, id).await? {
                    add(client, key).await?;
                    mark(client, id).await?;
                }
                Ok(())
            }
            Self::MarkerInTransaction => transact(client, key, None, Some(id)).await,
        }
    }
}

fn key(pk: impl Display) -> [(String, AttributeValue); 2] {
    let pk = AttributeValue::S(pk.to_string());
    [("pk".to_owned(), pk), ("sk".to_owned(), AttributeValue::S("0".to_owned()))]
}

async fn add(client: &Client, counter: &str) -> Result<(), Again> {
    let [pk, sk] = key(counter);
    let update = client.update_item().table_name(TABLE).key(pk.0, pk.1).key(sk.0, sk.1);
    let update = update.update_expression("ADD n :n");
    let update = update.expression_attribute_values(":n", AttributeValue::N("1".to_owned()));
    update.send().await.map(drop).map_err(|_| Again)
}

/// Marks a message; `false` where it is marked already.
async fn mark(client: &Client, id: &str) -> Result<bool, Again> {
    let [pk, sk] = key(format!("seen#{id}"));
    let put = client.put_item().table_name(TABLE).item(pk.0, pk.1).item(sk.0, sk.1);
    match put.condition_expression("attribute_not_exists(pk)").send().await {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(refused) if refused.is_conditional_check_failed_exception() => Ok(false),
            _ => Err(Again),
        },
    }
}

async fn is_marked(client: &Client, id: &str) -> Result<bool, Again> {
    let [pk, sk] = key(format!("seen#{id}"));
    let get = client.get_item().table_name(TABLE).consistent_read(true);
    let got = get.key(pk.0, pk.1).key(sk.0, sk.1).send().await.map_err(|_| Again)?;
    Ok(got.item.is_some())
}

async fn transact(
    client: &Client,
    counter: &str,
    token: Option<&str>,
    marker: Option<&str>,
) -> Result<(), Again> {
    let [pk, sk] = key(counter);
    let update = Update::builder().table_name(TABLE).key(pk.0, pk.1).key(sk.0, sk.1);
    let update = update.update_expression("ADD n :n");
    let update = update.expression_attribute_values(":n", AttributeValue::N("1".to_owned()));
    let update = update.build().map_err(|_| Again)?;
    let mut items = vec![TransactWriteItem::builder().update(update).build()];
    if let Some(id) = marker {
        let [pk, sk] = key(format!("seen#{id}"));
        let put = Put::builder().table_name(TABLE).item(pk.0, pk.1).item(sk.0, sk.1);
        let put =
            put.condition_expression("attribute_not_exists(pk)").build().map_err(|_| Again)?;
        items.push(TransactWriteItem::builder().put(put).build());
    }
    let call = client.transact_write_items().set_transact_items(Some(items));
    let call = call.set_client_request_token(token.map(str::to_owned));
    match call.send().await {
        Ok(_) => Ok(()),
        // The marker is there: it is counted.
        Err(error) if marker.is_some() && is_refused(error.as_service_error()) => Ok(()),
        Err(_) => Err(Again),
    }
}

fn is_refused(error: Option<&TransactWriteItemsError>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(error)) = error else {
        return false;
    };
    error.cancellation_reasons().iter().any(|one| one.code() == Some("ConditionalCheckFailed"))
}

/// Counts a seed's messages by a design; answers with how many there are, and how many of them are
/// counted too often or not at all.
pub(crate) fn run(seed: u64, design: Design) -> (i64, i64) {
    fastrand::seed(seed);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(count(seed, design))
}

const QUEUE: &str = "naive";

async fn count(seed: u64, design: Design) -> (i64, i64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let messages: Vec<String> = (0..rng.random_range(20..60))
        .map(|number| format!("{number} counter{}", rng.random_range(0..3)))
        .collect();
    let odds = odds(&mut rng);
    let world = World::new(State::new(rng, odds, None, BEGINNING));
    let mut seen: BTreeMap<String, i64> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    for message in &messages {
        send(&world, design, &mut seen, message);
        // A platform that got no answer sends again, in minutes or in hours.
        let again = world.lock().rng.random_range(0..messages.len());
        if world.lock().rng.random_bool(0.3) && seen.contains_key(&messages[again]) {
            send(&world, design, &mut seen, &messages[again]);
        }
        deliver(&world, design, &mut tasks);
        let passes = world.lock().rng.random_bool(0.2);
        if passes {
            pass(&world, &mut tasks, MINUTE * 8).await;
        }
    }
    world.lock().odds = Odds::default();
    for waited in [HOUR, 3 * DAY, HOUR] {
        for _ in 0..60 {
            deliver(&world, design, &mut tasks);
            pass(&world, &mut tasks, MINUTE / 2).await;
        }
        pass(&world, &mut tasks, waited).await;
        world.lock().redrive();
    }
    let mut error: BTreeMap<&str, i64> = BTreeMap::new();
    for message in &messages {
        *error.entry(message.split(' ').nth(1).unwrap_or_default()).or_default() += 1;
    }
    let world = world.lock();
    let counted = world.tables.get(TABLE).map(crate::table::Table::numbers).unwrap_or_default();
    for ((counter, _), n) in &counted {
        *error.entry(counter).or_default() -= n;
    }
    let sent = i64::try_from(messages.len()).unwrap_or_default();
    (sent, error.values().map(|error| error.abs()).sum())
}

fn send(world: &World, design: Design, seen: &mut BTreeMap<String, i64>, message: &str) {
    let mut world = world.lock();
    let now = world.now;
    let known = seen.get(message).is_some_and(|since| now - since < 5 * MINUTE);
    if !(known && design == Design::FifoDeduplication) {
        seen.insert(message.to_owned(), now);
        world.send(QUEUE, message);
    }
}

fn deliver(world: &World, design: Design, tasks: &mut JoinSet<()>) {
    for _ in 0..2 {
        let received: Vec<Message> = world.lock().receive(QUEUE, 1, 20_000_000_000);
        let Some(message) = received.first().cloned() else { return };
        let world = world.clone();
        tasks.spawn(async move {
            let counted = invoke(&world, async |wire| {
                let (id, counter) = message.body.split_once(' ').unwrap_or_default();
                design.count(&wire.dynamodb(), id, counter).await
            });
            if let Some(Ok(())) = counted.await {
                world.lock().done(QUEUE, &received, &BTreeSet::new());
            }
        });
    }
}

async fn pass(world: &World, tasks: &mut JoinSet<()>, nanoseconds: i64) {
    while tasks.join_next().await.is_some() {}
    world.lock().now += nanoseconds;
}
