use tocsin_domain::{
    alert::{Alert, Evidence, Step, actions::Action, step},
    id::ConversationId,
    minute::{DAY, MINUTE, Minute, SECOND},
    rule::{Judgement, Verdict, parse},
};
use tocsin_shell::store::{
    Store, StoreError,
    acks::Acted,
    alerts::{Changed, Claim, LiveAlerts, Stepped},
};
use tocsin_tables::fresh::store;

use super::{NOW, PAGE, conversation_id, tenant};

/// An alert of a cell that fires since then.
fn firing(cell: i64, since: i64, exemplars: &[ConversationId]) -> Alert {
    let yaml = "rules: [{name: r, metric: csat, by: [intent], threshold: {under: 0.8}, \
                severity: page, next_action: x, owner: admin}]";
    let rule = parse(yaml).unwrap().remove(0);
    let (value, expected, reason) = (Some(0.5), None, None);
    let judgement =
        Judgement { verdict: Verdict::Open, value, expected, n: 40, window: 15, reason };
    let label = [("intent".to_owned(), cell.to_string())];
    let exemplars = exemplars.iter().map(ToString::to_string).collect();
    let evidence = || Evidence { exemplars, ..Evidence::default() };
    match step(&tenant(), None, &rule, &label, &judgement, evidence, since) {
        Step::Store(alert) => alert,
        Step::Keep | Step::Drop => panic!("an open verdict opens an alert"),
    }
}

fn stepped(alerts: &[Alert]) -> Stepped {
    Stepped {
        alerts: alerts.iter().map(|one| (one.fingerprint.clone(), one.clone())).collect(),
        changed: alerts.iter().cloned().map(Changed::Stored).collect(),
        groups: None,
    }
}

async fn opened(store: &Store, alerts: &[Alert]) {
    let (read, new) = (LiveAlerts::default(), stepped(alerts));
    store.write_alerts(&tenant(), read, &new, NOW).await.unwrap();
}

#[tokio::test]
async fn a_storm_is_written_in_parts_and_read_newest_first() {
    let (store, tenant) = (store().await, tenant());
    // More than four transactions hold, and more than one page of answers.
    let exemplars: Vec<_> = (0..120).map(conversation_id).collect();
    let alerts: Vec<Alert> =
        (0..400).map(|cell| firing(cell, NOW - MINUTE * (cell / 100), &exemplars)).collect();
    assert!(serde_json::to_vec(&alerts).unwrap().len() > PAGE);
    opened(&store, &alerts).await;
    let live = store.live_alerts(&tenant).await.unwrap();
    assert_eq!((&live.alerts, live.version), (&stepped(&alerts).alerts, Some(5)));

    let since = async |minute| store.alerts_since(&tenant, minute, NOW).await.unwrap();
    let found = since(Minute::of(NOW)).await;
    assert!(found.len() == 100 && found.is_sorted_by(|one, next| one.id > next.id));
    let found = since(Minute(0)).await;
    assert!(found.len() == 400 && found.is_sorted_by(|one, next| one.id > next.id));
    assert!(since(Minute::of(NOW).plus(1)).await.is_empty());
    assert!(store.alerts_since(&tenant, Minute(0), NOW + 401 * DAY).await.unwrap().is_empty());
}

#[tokio::test]
async fn alerts_that_live_and_what_people_see_change_together_or_not_at_all() {
    let (store, tenant) = (store().await, tenant());
    let alerts = [firing(1, NOW, &[]), firing(2, NOW, &[])];
    opened(&store, &alerts[..1]).await;
    let lost = store.write_alerts(&tenant, LiveAlerts::default(), &stepped(&alerts), NOW).await;
    assert!(matches!(lost, Err(StoreError::Conflict)), "{lost:?}");
    assert_eq!(store.alert(&tenant, &alerts[1].id, NOW).await.unwrap(), None);

    let read = store.live_alerts(&tenant).await.unwrap();
    let (id, fingerprint) = (alerts[0].id.clone(), alerts[0].fingerprint.clone());
    let dropped =
        Stepped { changed: vec![Changed::Dropped { id, fingerprint }], ..Stepped::default() };
    store.write_alerts(&tenant, read, &dropped, NOW).await.unwrap();
    assert!(store.live_alerts(&tenant).await.unwrap().alerts.is_empty());
    for id in [alerts[0].id.as_str(), "", "no id of an alert"] {
        assert_eq!(store.alert(&tenant, id, NOW).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_do_at_once_is_all_done() {
    let (store, alerts) = (store().await, (0..4).map(|cell| firing(cell, NOW, &[])));
    let alerts: Vec<Alert> = alerts.collect();
    opened(&store, &alerts).await;
    let people = alerts.iter().map(|alert| {
        let (store, id) = (store.clone(), alert.id.clone());
        let act = async move { store.act(&tenant(), &id, (Action::Acknowledge, "ann"), NOW).await };
        tokio::spawn(act)
    });
    for person in people.collect::<Vec<_>>() {
        assert!(matches!(person.await.unwrap().unwrap(), Acted::Done(_)));
    }
    let live = store.live_alerts(&tenant()).await.unwrap();
    assert!(live.alerts.values().all(|alert| alert.acknowledged.is_some()));
    assert_eq!((live.alerts.len(), live.version), (4, Some(5)));
    let unknown = firing(9, NOW, &[]).id;
    let unknown = store.act(&tenant(), &unknown, (Action::Acknowledge, "ann"), NOW).await.unwrap();
    assert!(matches!(unknown, Acted::Unknown));
}

#[tokio::test]
async fn an_exemplar_is_renamed_in_alerts_that_live_and_in_those_that_are_over() {
    let (store, tenant) = (store().await, tenant());
    let [from, to] = [conversation_id(1), conversation_id(2)];
    let alerts = [firing(1, NOW, &[from]), firing(2, NOW, &[from]), firing(3, NOW, &[])];
    opened(&store, &alerts).await;
    let read = store.live_alerts(&tenant).await.unwrap();
    let over = Stepped { alerts: stepped(&alerts[1..]).alerts, ..Stepped::default() };
    store.write_alerts(&tenant, read, &over, NOW).await.unwrap();

    assert_eq!(store.rename_exemplar(&tenant, from, to, NOW).await.unwrap(), 2);
    for (alert, expected) in alerts.iter().zip([vec![to], vec![to], vec![]]) {
        let found = store.alert(&tenant, &alert.id, NOW).await.unwrap().unwrap();
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!(found.evidence.exemplars, expected);
    }
    assert_eq!(store.rename_exemplar(&tenant, from, to, NOW).await.unwrap(), 0);
}

#[tokio::test]
async fn a_notification_is_published_by_whoever_holds_its_claim() {
    let (store, tenant, what) = (store().await, tenant(), ("alert", "opened", "page"));
    let claim = |now| store.claim(&tenant, what, now);
    let Claim::Yours(first) = claim(NOW).await.unwrap() else { panic!("nobody claimed it") };
    assert_eq!(claim(NOW + MINUTE).await.unwrap(), Claim::Theirs);
    // Who says nothing for two minutes has lost it.
    let Claim::Yours(second) = claim(NOW + 2 * MINUTE).await.unwrap() else {
        panic!("it is stale")
    };
    let late = store.mark_published(&tenant, what, first, NOW).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    store.release(&tenant, what, second).await.unwrap();
    let Claim::Yours(third) = claim(NOW + 2 * MINUTE + SECOND).await.unwrap() else {
        panic!("it is given back")
    };
    assert!(!store.is_notified(&tenant, what).await.unwrap());
    store.mark_published(&tenant, what, third, NOW).await.unwrap();
    assert!(store.is_notified(&tenant, what).await.unwrap());
    assert_eq!(claim(NOW + DAY).await.unwrap(), Claim::Published);
    let other = ("alert", "opened", "chat");
    assert!(matches!(store.claim(&tenant, other, NOW).await.unwrap(), Claim::Yours(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_claim_at_once_one_publishes() {
    let store = store().await;
    let claims = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.claim(&tenant(), ("a", "opened", "page"), NOW).await })
    });
    let mut held = 0;
    for claim in claims.collect::<Vec<_>>() {
        held += usize::from(matches!(claim.await.unwrap().unwrap(), Claim::Yours(_)));
    }
    assert_eq!(held, 1);
}
