use std::collections::BTreeMap;

use tocsin_domain::{
    alert::{AlertState, Transition},
    chunk::{Observation, ObservationKind},
    compaction::Head,
    dimension::{Dimension, EXTRA, WIDTH},
    evidence::fit::FITS,
    heard::Heard,
    id::ConversationId,
    metric::Metric,
    minute::MINUTE,
    query::{Label, Selection},
    rule::{Levels, Severity, parse},
    sums::{Amount, Exemplar, Sums},
};
use tocsin_shell::{
    rollups::Memo,
    store::{conversations, observations::ObservationWrite},
};

use super::*;
use crate::{backtest::Backtest, tables};

/// 2026-01-26T12:00:00Z, a Monday.
const NOON: Minute = Minute(29_490_480);
const WEEK: i32 = 7 * 1440;

/// What is counted of two queues that a source each feeds, and what is known of the sources.
struct World {
    store: Store,
    tenant: TenantId,
    sums: Sums,
    heard: Heard,
    rules: Vec<Rule>,
}

impl World {
    async fn new(rules: &str) -> Self {
        let rest = "severity: page, next_action: x, owner: admin";
        let listed = rules.lines().map(str::trim).filter(|line| !line.is_empty());
        let listed: Vec<String> = listed.map(|rule| format!("  - {{ {rule}, {rest} }}")).collect();
        Self {
            store: tables::store().await,
            tenant: TenantId::try_from("demo".to_owned()).unwrap(),
            sums: Sums::default(),
            heard: Heard::default(),
            rules: parse(&format!("rules:\n{}", listed.join("\n"))).unwrap(),
        }
    }

    fn add(&mut self, at: Minute, metric: Metric, queue: &str, amount: &Amount) {
        self.add_signal(at, metric, (queue, ""), amount, None);
    }

    fn add_signal(
        &mut self,
        at: Minute,
        metric: Metric,
        (queue, extra): (&str, &str),
        amount: &Amount,
        conversation: Option<ConversationId>,
    ) {
        let source = format!("/{queue}");
        let mut values = [""; WIDTH];
        values[Dimension::Queue.index()] = queue;
        values[Dimension::Source.index()] = &source;
        values[EXTRA] = extra;
        let vector = self.sums.vector(values);
        let exemplar = conversation.map(|id| (id, Exemplar { count: 1, badness: 1 }));
        self.sums.add_with_exemplar(at, metric, vector, amount, exemplar);
    }

    /// The same each minute of some hours, in this and the three weeks before.
    fn add_weeks(&mut self, metric: Metric, queue: &str, hours: i32, of: fn(i32) -> Amount) {
        for week in 0..4 {
            for minute in (-hours * 60..1).map(|minute| NOON.plus(minute - week * WEEK)) {
                self.add(minute, metric, queue, &of(minute.0 + week));
            }
        }
    }

    /// Heartbeats of a source up to a minute.
    fn beats(&mut self, source: &str, until: Minute) {
        let begun = NOON.plus(-3 * WEEK);
        self.heard.beating.insert(source.to_owned(), begun.start());
        self.heard.newest.insert(source.to_owned(), until.start());
        let mut values = [""; WIDTH];
        values[Dimension::Source.index()] = source;
        let vector = self.sums.vector(values);
        for minute in (until.0 - 600..=until.0).map(Minute) {
            self.sums.add(minute, Metric::SourceActivity, vector, &Amount::flow(1));
        }
    }

    /// Makes what was added visible, in place of what was before.
    async fn show(&self) {
        let (head, version) = self.store.read_head(&self.tenant).await.unwrap();
        let number = head.committed + 1;
        let mut sums = self.sums.clone();
        let reader = Reader::new(&self.store, &self.tenant, NOON.start()).await.unwrap();
        let shown = (NOON.plus(-4 * WEEK).hour(), NOON.plus(WEEK).hour());
        sums.merge(&reader.sums(shown).await.unwrap(), -1);
        let segments = sums.split_by(Minute::hour);
        self.store.put_segments(&self.tenant, number, &segments, NOON.start()).await.unwrap();
        let first = Some(NOON.plus(-4 * WEEK).hour());
        let head = Head { committed: number, first, heard: self.heard.clone(), ..head };
        self.store.write_head(&self.tenant, &head, version).await.unwrap();
    }

    async fn deploy(&self, version: &str, at: Minute) {
        let data =
            serde_json::json!({ "component": "prompt", "name": "refunds", "version": version });
        let observation = Observation {
            kind: ObservationKind::Change,
            key: version.to_owned(),
            time: at.start(),
            source: "/deploy".to_owned(),
            id: 1,
            queue: String::new(),
            data: data.to_string(),
        };
        let observations = vec![ObservationWrite { observation, read: None }];
        let change = conversations::Change { observations, ..conversations::Change::default() };
        self.store.write_change(&self.tenant, change, at.start()).await.unwrap();
    }

    /// Steps the alerts at so many minutes after noon; those that live then, by rule and queue.
    async fn tick(&self, minute: i32) -> BTreeMap<(String, String), Alert> {
        let now = NOON.plus(minute).start() + MINUTE / 2;
        let reader = Reader::new(&self.store, &self.tenant, now).await.unwrap();
        let live = self.store.live_alerts(&self.tenant).await.unwrap();
        let (rules, at) = (&self.rules, (now, Purpose::Tick));
        let stepped = evaluate(&self.store, &reader, &self.tenant, rules, &live, at).await.unwrap();
        self.store.write_alerts(&self.tenant, live, &stepped, now).await.unwrap();
        let alerts = stepped.alerts.into_values().map(|alert| {
            let queue = alert.cell.iter().find(|(name, _)| name == "queue");
            let queue = queue.map(|(_, value)| value.clone()).unwrap_or_default();
            ((alert.rule.clone(), queue), alert)
        });
        alerts.collect()
    }
}

fn trials(sum: i128, count: i64) -> Amount {
    Amount { sum, count, ..Amount::default() }
}

fn conversation_id(number: u8) -> ConversationId {
    ConversationId::parse(&format!("{number:02x}").repeat(16)).unwrap()
}

fn key(rule: &str, queue: &str) -> (String, String) {
    (rule.to_owned(), queue.to_owned())
}

#[tokio::test]
async fn one_event_is_enough_and_more_of_its_cell_are_the_same_alert() {
    let mut world = World::new("name: stuck, event: stuck, by: [queue], over: 15m").await;
    world.add(NOON, Metric::Contacts, "voice", &Amount::count(1));
    world.show().await;
    assert!(world.tick(0).await.is_empty());
    let one = Amount::count(1);
    for (minute, conversation) in [(1, 7), (2, 8)] {
        let id = conversation_id(conversation);
        let at = NOON.plus(minute);
        world.add_signal(at, Metric::Signals, ("voice", "stuck"), &one, Some(id));
        world.add_signal(at, Metric::Signals, ("chat", "third_transfer"), &one, Some(id));
        world.show().await;
        let alerts = world.tick(minute).await;
        assert_eq!(alerts.keys().collect::<Vec<_>>(), [&key("stuck", "voice")]);
        let alert = &alerts[&key("stuck", "voice")];
        assert_eq!(alert.pending_notifications, [Transition::Opened]);
        let conversation = |id: u8| conversation_id(id).to_string();
        let expect: Vec<String> =
            (7..=6 + u8::try_from(minute).unwrap()).rev().map(conversation).collect();
        assert_eq!(alert.evidence.exemplars, expect);
    }
    // Over when none came for as long as the window, and five minutes more.
    for minute in 17..23 {
        let state = world.tick(minute).await[&key("stuck", "voice")].state;
        let expect = if minute < 22 { AlertState::Firing } else { AlertState::Resolved };
        assert_eq!(state, expect, "{minute}");
    }
}

#[tokio::test]
async fn evidence_tells_where_since_when_and_what_is_at_stake_and_severity_grows_with_it() {
    let rule = "name: r, metric: fallback_rate, threshold: { over: 0.2, min_count: 30 }, over: 1h";
    let mut world = World::new(rule).await;
    world.rules[0].levels = Some(Levels { page: 1000.0, warning: 10.0 });
    for queue in ["chat", "voice"] {
        world.add_weeks(Metric::FallbackRate, queue, 5, |_| trials(1, 10));
    }
    let worse = Amount { sum: 7, ..Amount::default() };
    for minute in -20..1 {
        let at = NOON.plus(minute);
        let id = conversation_id(u8::try_from(minute + 21).unwrap());
        world.add_signal(at, Metric::FallbackRate, ("chat", ""), &worse, Some(id));
    }
    // An example of the other queue, which is not the one that got worse.
    let other = Some(conversation_id(200));
    let nothing = Amount::default();
    world.add_signal(NOON, Metric::FallbackRate, ("voice", ""), &nothing, other);
    let order = Amount::value(25_000_000);
    world.add_signal(NOON, Metric::RevenueAtRisk, ("chat", "EUR"), &order, None);
    world.add_signal(NOON, Metric::RevenueAtRisk, ("voice", "EUR"), &order, None);
    world.deploy("v2", NOON.plus(-21)).await;
    world.deploy("v1", NOON.plus(-600)).await;
    world.show().await;
    let alert = &world.tick(0).await[&key("r", "")];
    let evidence = &alert.evidence;
    let part = evidence.explanation.first().unwrap();
    assert_eq!(part.cell, [("queue".to_owned(), "chat".to_owned())]);
    assert_eq!((part.before, part.now), (Some(0.1), Some(0.8)));
    assert_eq!(evidence.explanation.onset, Some(NOON.plus(-20).start()));
    assert_eq!(evidence.explanation.weeks, 3);
    let latest: Vec<_> = (17..=21).rev().map(|id| conversation_id(id).to_string()).collect();
    assert_eq!(evidence.exemplars, latest);
    let [revenue] = &evidence.revenue[..] else { panic!("{:?}", evidence.revenue) };
    // No earlier week had any, so nothing tells what is usual.
    assert_eq!((&revenue.currency[..], revenue.usual), ("EUR", None));
    assert!((revenue.amount - 25.0).abs() < 1e-9);
    assert_eq!(evidence.changes[0].version, "v2");
    assert!(evidence.changes[0].fit.as_ref().unwrap().share < FITS);
    // Since it began 189 bad answers, of which 42 are usual; not all are kept one by one.
    let affected = evidence.affected.unwrap();
    assert_eq!((affected.conversations, affected.is_estimate), (147, true));
    assert_eq!(evidence.impact, Some(147.0));
    assert_eq!(alert.severity, Severity::Warning);
    world.rules[0].levels = Some(Levels { page: 1.0, warning: 1.0 });
    let alert = &world.tick(1).await[&key("r", "")];
    assert_eq!((alert.state, alert.severity), (AlertState::Firing, Severity::Page), "it grows");
    assert_eq!(alert.reopened, 1, "who is paged is told anew");
}

#[tokio::test]
async fn a_metric_that_moved_after_a_change_names_the_change() {
    let mut world = World::new(
        "name: after, metric: escalation_rate, by: [queue], after_change: {}
         name: before, metric: fallback_rate, after_change: {}",
    )
    .await;
    let usual: fn(i32) -> Amount = |turn| trials(i128::from(turn % 5 == 0), 2);
    for queue in ["voice", "chat"] {
        world.add_weeks(Metric::EscalationRate, queue, 6, usual);
        world.add_weeks(Metric::FallbackRate, queue, 6, usual);
    }
    for minute in -40..1 {
        world.add(NOON.plus(minute), Metric::EscalationRate, "voice", &trials(1, 1));
    }
    // This one began to move long before.
    for minute in -240..1 {
        world.add(NOON.plus(minute), Metric::FallbackRate, "voice", &trials(1, 1));
    }
    world.show().await;
    assert!(world.tick(0).await.is_empty(), "nothing was deployed");
    world.deploy("v2", NOON.plus(-40)).await;
    let alerts = world.tick(1).await;
    assert_eq!(alerts.keys().collect::<Vec<_>>(), [&key("after", "voice")]);
    let evidence = &alerts[&key("after", "voice")].evidence;
    let reason = "since prompt refunds v2 was deployed at 2026-01-26 11:20 UTC";
    assert_eq!(evidence.reason.as_deref(), Some(reason));
    assert_eq!((evidence.window, evidence.changes.len()), (42, 1));
    assert!(evidence.value.unwrap() > evidence.expected.unwrap().high);
    // A day later it is no longer judged.
    for minute in [1441, 1447] {
        world.tick(minute).await;
    }
    assert_eq!(world.tick(1448).await[&key("after", "voice")].state, AlertState::Resolved);
}

#[tokio::test]
async fn a_backtest_knows_which_change_came_when() {
    let mut world = World::new("name: after, metric: escalation_rate, after_change: {}").await;
    world.add_weeks(Metric::EscalationRate, "voice", 12, |turn| {
        trials(i128::from(turn % 5 == 0), 2)
    });
    for minute in -40..1 {
        world.add(NOON.plus(minute), Metric::EscalationRate, "voice", &trials(1, 1));
    }
    world.show().await;
    world.deploy("v1", NOON.plus(-1500)).await;
    world.deploy("v2", NOON.plus(-41)).await;
    let (memo, end) = (Memo::default(), NOON.plus(30).start());
    let (store, tenant, rules) = (&world.store, &world.tenant, &world.rules);
    let mut run = Backtest::new(store, tenant, rules, &memo, end).await.unwrap();
    for minute in -300..1 {
        run.judge(NOON.plus(minute)).await.unwrap();
    }
    let announced = run.announced();
    assert_eq!(announced.len(), 1, "{announced:?}");
    assert_eq!(announced[0].transition, Transition::Opened);
    let minute = (announced[0].at - NOON.start()) / MINUTE;
    assert!((-40..0).contains(&minute), "{minute} minutes after noon");
}

#[tokio::test]
async fn what_is_not_over_is_added_up_anew() {
    let mut world = World::new("name: any, metric: contacts, threshold: { over: 1 }").await;
    for minute in -30..30 {
        world.add(NOON.plus(minute), Metric::Contacts, "voice", &Amount::count(1));
    }
    world.show().await;
    let reader = Reader::new(&world.store, &world.tenant, NOON.start()).await.unwrap();
    let (contacts, span) = (Selection::total(Metric::Contacts), (NOON.plus(-30), NOON.plus(30)));
    for (minute, expect) in [(-10, 21), (10, 41), (31, 60), (40, 60), (-10, 21)] {
        let at = reader.at(NOON.plus(minute).start());
        let totals = at.totals(&contacts, span).await.unwrap();
        assert_eq!(totals[&Label::new()].count, expect, "{minute} minutes after noon");
    }
}

#[tokio::test]
async fn the_hours_since_a_change_are_compared_with_those_of_earlier_weeks() {
    let mut world = World::new("name: after, metric: escalation_rate, after_change: {}").await;
    world.add_weeks(Metric::EscalationRate, "voice", 12, |turn| {
        trials(i128::from(turn % 5 == 0), 2)
    });
    for minute in -360..1 {
        world.add(
            NOON.plus(minute),
            Metric::EscalationRate,
            "voice",
            &trials(i128::from(minute % 3 == 0), 1),
        );
    }
    world.show().await;
    world.deploy("v2", NOON.plus(-365)).await;
    let alerts = world.tick(0).await;
    assert_eq!(alerts[&key("after", "")].evidence.window, 360);
}

#[tokio::test]
async fn two_metrics_that_move_against_each_other_in_one_cell_are_a_conflict() {
    let mut world =
        World::new("name: pair, metric: escalation_rate, by: [queue], conflict: {}, over: 4h")
            .await;
    for queue in ["voice", "chat"] {
        world.add_weeks(Metric::EscalationRate, queue, 4, |turn| trials(i128::from(turn % 2), 1));
        world.add_weeks(Metric::Csat, queue, 4, |turn| trials(i128::from(turn % 5 != 0), 1));
    }
    for minute in -240..1 {
        // Fewer escalations in both; only in one are customers less content.
        for queue in ["voice", "chat"] {
            world.add(NOON.plus(minute), Metric::EscalationRate, queue, &trials(0, 4));
        }
        world.add(NOON.plus(minute), Metric::Csat, "voice", &trials(0, 1));
    }
    world.show().await;
    let alerts = world.tick(0).await;
    assert_eq!(alerts.keys().collect::<Vec<_>>(), [&key("pair", "voice")]);
    let reason = alerts[&key("pair", "voice")].evidence.reason.clone().unwrap();
    assert!(reason.starts_with("while csat is 40.") && reason.contains("expected 80."), "{reason}");
}

#[tokio::test]
async fn the_cells_that_a_silent_source_feeds_freeze_and_no_others() {
    let mut world = World::new(
        "name: high, metric: fallback_rate, by: [queue], threshold: { over: 0.3 }, over: 5m
         name: all, metric: fallback_rate, threshold: { over: 0.3 }, over: 5m
         name: stuck, event: stuck, by: [queue], over: 5m",
    )
    .await;
    for queue in ["voice", "chat"] {
        world.add_weeks(Metric::FallbackRate, queue, 4, |_| trials(0, 20));
        for minute in -5..1 {
            world.add(NOON.plus(minute), Metric::FallbackRate, queue, &trials(40, 20));
        }
        world.beats(&format!("/{queue}"), NOON);
    }
    world.show().await;
    let alerts = world.tick(0).await;
    assert_eq!(alerts.len(), 3);
    assert!(alerts.values().all(|alert| alert.frozen_since.is_none()));
    // Chat goes on and is well; nothing is heard of voice any more.
    world.beats("/chat", NOON.plus(400));
    for minute in 1..400 {
        world.add(NOON.plus(minute), Metric::FallbackRate, "chat", &trials(0, 20));
    }
    let id = conversation_id(1);
    let stuck = Amount::count(1);
    world.add_signal(NOON.plus(9), Metric::Signals, ("voice", "stuck"), &stuck, Some(id));
    world.show().await;
    for minute in 1..20 {
        world.tick(minute).await;
    }
    let alerts = world.tick(200).await;
    assert_eq!(alerts[&key("high", "voice")].state, AlertState::Firing);
    assert_eq!(alerts[&key("all", "")].state, AlertState::Firing);
    assert!(alerts[&key("all", "")].frozen_since.is_some());
    assert_eq!(alerts[&key("high", "chat")].state, AlertState::Resolved);
    // One event is enough, and is not over before voice is back.
    assert_eq!(alerts[&key("stuck", "voice")].state, AlertState::Firing);
    // Voice comes back, and is well.
    world.beats("/voice", NOON.plus(300));
    for minute in 201..300 {
        world.add(NOON.plus(minute), Metric::FallbackRate, "voice", &trials(0, 20));
    }
    world.show().await;
    for minute in 290..296 {
        world.tick(minute).await;
    }
    let alerts = world.tick(296).await;
    assert!(alerts.values().all(|alert| alert.state == AlertState::Resolved), "{alerts:?}");
}

#[tokio::test]
async fn a_rule_in_shadow_mode_has_its_alert_and_tells_nobody() {
    let mut world = World::new(
        "name: quiet, metric: fallback_rate, threshold: { over: 0.3 }, over: 5m, mode: shadow",
    )
    .await;
    world.add(NOON, Metric::FallbackRate, "voice", &trials(30, 40));
    world.show().await;
    let alert = &world.tick(0).await[&key("quiet", "")];
    assert_eq!(alert.state, AlertState::Firing);
    assert!(alert.is_shadow && alert.pending_notifications.is_empty());
}
