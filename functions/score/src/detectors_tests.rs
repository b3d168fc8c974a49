use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use tocsin_domain::{
    alert::{AlertState, Transition},
    compaction::Head,
    dimension::{Dimension, WIDTH},
    heard::Heard,
    minute::MINUTE,
    rule::parse,
    sums::{Amount, Sums},
};
use tocsin_shell::{clock::Clock, rollups::Memo};

use super::*;
use crate::{Score, backtest::Backtest, rerun::Rerun, tables};

/// 2026-01-05T00:00:00Z, a Monday.
const MONDAY: Minute = Minute(29_459_520);
const DAYS: i32 = 9;
/// When answers begin to fail in one queue.
const INCIDENT: Minute = Minute(MONDAY.0 + DAYS * 1440 - 90);

const RULES: &str = "
rules:
  - { name: fallback, metric: fallback_rate, by: [queue], anomaly: {}, severity: page, next_action: x, owner: admin }
  - { name: contacts, metric: contacts, anomaly: {}, severity: page, next_action: x, owner: admin }
  - { name: latency, metric: ai_latency, anomaly: {}, severity: page, next_action: x, owner: admin }
  - { name: length, metric: queue_length, by: [queue], anomaly: {}, severity: page, next_action: x, owner: admin }
";

fn tenant(name: &str) -> TenantId {
    TenantId::try_from(name.to_owned()).unwrap()
}

/// Nine days of two queues, of which one has an incident at the end.
fn history() -> Sums {
    let mut sums = Sums::default();
    for (number, queue) in ["billing", "vip"].into_iter().enumerate() {
        let mut values = [""; WIDTH];
        values[Dimension::Queue.index()] = queue;
        let vector = sums.vector(values);
        for minute in (MONDAY.0..MONDAY.0 + DAYS * 1440).step_by(5).map(Minute) {
            let turn = i64::from(minute.0 / 5) * 7919 % 13;
            let is_bad = number == 0 && minute >= INCIDENT;
            let found = if is_bad { 9 } else { i128::from(turn > 8) };
            let trials = Amount { sum: found, count: 10 + turn % 3, ..Amount::default() };
            sums.add(minute, Metric::FallbackRate, vector, &trials);
            sums.add(minute, Metric::Contacts, vector, &Amount::count(3 + turn % 4));
            sums.add(
                minute,
                Metric::AiLatency,
                vector,
                &Amount::sample(900_000_000 + turn * 1_000_000),
            );
            sums.add(minute, Metric::QueueLength, vector, &Amount::level(turn % 5));
        }
    }
    sums
}

async fn load(store: &Store, tenant: &TenantId, history: &Sums) {
    let end = MONDAY.plus(DAYS * 1440);
    let newest = [("/s".to_owned(), end.start())].into();
    let heard = Heard { newest, beating: BTreeMap::new() };
    let first = Some(MONDAY.hour());
    store.put_segments(tenant, 1, &history.split_by(Minute::hour), end.start()).await.unwrap();
    let head = Head { committed: 1, first, heard, ..Head::default() };
    store.write_head(tenant, &head, None).await.unwrap();
}

async fn readings(store: &Store, tenant: &TenantId, now: i64) -> Readings {
    let rules = parse(RULES).unwrap();
    let reader = Reader::new(store, tenant, now).await.unwrap();
    let windows = Windows::read(&reader, &rules, Minute::of(now)).await.unwrap();
    detect(store, &reader, tenant, &rules, &windows, now).await.unwrap()
}

/// Detectors of their own, up to the end of the history.
async fn rerun(store: &Store, tenant: &TenantId) -> Rerun {
    let end = MONDAY.plus(DAYS * 1440);
    let reader = Reader::new(store, tenant, end.start()).await.unwrap();
    Rerun::new(&reader, &parse(RULES).unwrap(), end).await.unwrap()
}

async fn readings_anew(store: &Store, tenant: &TenantId, rerun: &mut Rerun, now: i64) -> Readings {
    let rules = parse(RULES).unwrap();
    let reader = Reader::new(store, tenant, now).await.unwrap();
    let windows = Windows::read(&reader, &rules, Minute::of(now)).await.unwrap();
    rerun.readings(&reader, &windows, Minute::of(now)).await.unwrap()
}

#[tokio::test]
async fn whatever_checkpoint_there_is_or_none_the_same_is_said() {
    let (store, history) = (tables::store().await, history());
    let (steady, rare) = (tenant("steady"), tenant("rare"));
    for tenant in [&steady, &rare] {
        load(&store, tenant, &history).await;
    }
    let mut rerun = rerun(&store, &steady).await;
    let mut said = 0;
    for ago in [260, 200, 197, 139, 138, 77, 41, 18, 2] {
        let now = MONDAY.plus(DAYS * 1440 - ago).start() + 30_000_000_000;
        let expect = readings(&store, &steady, now).await;
        let anew = tenant(&format!("anew-{ago}"));
        load(&store, &anew, &history).await;
        assert_eq!(readings(&store, &anew, now).await, expect, "{ago} minutes before the end");
        if ago % 2 == 1 {
            assert_eq!(readings(&store, &rare, now).await, expect, "{ago} minutes before the end");
        }
        assert_eq!(readings_anew(&store, &steady, &mut rerun, now).await, expect);
        // Once more in the same minute.
        assert_eq!(readings(&store, &steady, now).await, expect);
        let scored = |said: &BTreeMap<Label, Reading>| said.values().any(|one| one.score.is_some());
        said += expect.values().filter(|said| scored(said)).count();
        assert_eq!(expect.len(), 6);
    }
    assert_eq!(said, 9 * 6);
    let (checkpoint, _) = store.detectors(&steady).await.unwrap();
    assert_eq!(checkpoint.unwrap().until, MONDAY.plus(DAYS * 1440 - 60));
}

#[tokio::test]
async fn history_that_is_loaded_behind_the_checkpoint_is_learned() {
    let (store, history) = (tables::store().await, history());
    let (tenant, whole) = (tenant("grows"), tenant("whole"));
    let mut half = Sums::default();
    half.merge_where(&history, 1, |at| at.plus(4 * 1440) >= MONDAY.plus(DAYS * 1440));
    load(&store, &tenant, &half).await;
    load(&store, &whole, &history).await;
    let before = MONDAY.plus(DAYS * 1440 - 130).start();
    readings(&store, &tenant, before).await;
    let mut rest = history.clone();
    rest.merge(&half, -1);
    let (head, version) = store.read_head(&tenant).await.unwrap();
    store.put_segments(&tenant, 2, &rest.split_by(Minute::hour), before).await.unwrap();
    let head = Head { committed: 2, ..head };
    store.write_head(&tenant, &head, version).await.unwrap();
    let after = MONDAY.plus(DAYS * 1440 - 60).start();
    let said = readings(&store, &tenant, after).await;
    assert_eq!(said, readings(&store, &whole, after).await);
}

#[tokio::test]
async fn a_series_without_new_points_is_neither_read_nor_written() {
    let (store, history) = (tables::store().await, history());
    let tenant = tenant("quiet");
    load(&store, &tenant, &history).await;
    // A day after the last point: the source is heard of, and nothing happens.
    let now = MONDAY.plus((DAYS + 1) * 1440).start();
    let (head, version) = store.read_head(&tenant).await.unwrap();
    let newest = [("/s".to_owned(), now + 120 * MINUTE)].into();
    let heard = Heard { newest, beating: BTreeMap::new() };
    store.write_head(&tenant, &Head { heard, ..head }, version).await.unwrap();
    let watch = |rule: usize, at: usize| {
        let rule = &parse(RULES).unwrap()[rule];
        let anomaly = rule.condition.anomaly().unwrap();
        replay::id_of(&anomaly.watches(&rule.selection)[at], &anomaly.calendar)
    };
    let version = async |id: u64| {
        let packs: Vec<_> = packs_of(id).collect();
        let packs = store.packs(&tenant, &packs, now).await.unwrap();
        packs.values().map(|(_, version)| *version).collect::<Vec<_>>()
    };
    readings(&store, &tenant, now).await;
    let (ratio, count) = (version(watch(0, 1)).await, version(watch(1, 0)).await);
    let said = readings(&store, &tenant, now + 120 * MINUTE).await;
    assert!(said[&watch(0, 1)].is_empty(), "nothing new enough");
    assert_eq!(version(watch(0, 1)).await, ratio);
    // That nobody came is a figure.
    assert_ne!(version(watch(1, 0)).await, count);
}

#[tokio::test]
async fn a_backtest_announces_what_detectors_would_have_found() {
    let (store, history) = (tables::store().await, history());
    let tenant = tenant("demo");
    load(&store, &tenant, &history).await;
    let (memo, end) = (Memo::default(), MONDAY.plus(DAYS * 1440));
    let rules = parse(RULES).unwrap();
    let mut run = Backtest::new(&store, &tenant, &rules, &memo, end.start()).await.unwrap();
    let first = INCIDENT.plus(-120);
    assert!(run.learn(first, || true).await.unwrap().is_empty());
    for minute in (first.0..end.0).map(Minute) {
        run.judge(minute).await.unwrap();
    }
    let announced = run.announced();
    assert_eq!(announced.len(), 2, "{announced:?}");
    for one in announced {
        let minutes = (one.at - INCIDENT.start()) / MINUTE;
        assert!(one.rule == "fallback" && one.transition == Transition::Opened, "{one:?}");
        assert!((5..90).contains(&minutes), "after {minutes} minutes");
    }
    assert!(store.detectors(&tenant).await.unwrap().0.is_none(), "no checkpoint is written");
    // Without the time to learn nothing is said by what was not learned.
    let mut run = Backtest::new(&store, &tenant, &rules, &memo, end.start()).await.unwrap();
    let left_out = run.learn(first, || false).await.unwrap();
    assert_eq!(left_out, ["fallback", "contacts", "latency", "length"]);
    run.judge(INCIDENT.plus(70)).await.unwrap();
    assert!(run.announced().is_empty());
}

fn tick(tenant: &TenantId) -> SqsEvent {
    let mut message = SqsMessage::default();
    message.message_id = Some("1".to_owned());
    message.body = Some(serde_json::json!({ "tenant": tenant }).to_string());
    let mut event = SqsEvent::default();
    event.records = vec![message];
    event
}

#[tokio::test]
async fn two_scorers_of_one_minute_open_one_alert_that_says_what_was_expected() {
    let (store, history) = (tables::store().await, history());
    let tenant = tenant("demo");
    load(&store, &tenant, &history).await;
    let now = INCIDENT.plus(62).start();
    let score = || {
        let rules = parse(RULES).unwrap();
        let clock = Clock::starting_at(now);
        Score::new(store.clone(), tables::no_queue(), "http://none".to_owned(), rules, clock)
    };
    let (one, other) = (score(), score());
    let _ = tokio::join!(one.handle(tick(&tenant)), other.handle(tick(&tenant)));
    let alerts = store.alerts_since(&tenant, Minute(0), now).await.unwrap();
    let named: Vec<_> = alerts.iter().map(|alert| (alert.rule.as_str(), &alert.cell)).collect();
    let billing = vec![("queue".to_owned(), "billing".to_owned())];
    assert_eq!(named.len(), 2, "{named:?}");
    assert!(named.contains(&("fallback", &billing)) && named.contains(&("fallback", &Vec::new())));
    let alert = alerts.iter().find(|alert| alert.cell == billing).unwrap();
    assert_eq!(alert.state, AlertState::Firing);
    let expected = alert.evidence.expected.unwrap();
    assert!(alert.evidence.value.unwrap() > expected.high && expected.mid < 0.1, "{alert:?}");
    let reason = alert.evidence.reason.as_deref().unwrap();
    assert!(reason.contains("standard deviations above its usual Tuesday 23"), "{reason}");
}
