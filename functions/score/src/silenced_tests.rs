use tocsin_domain::{
    alert::{
        AlertState, Evidence, Step, Transition,
        actions::{Action, Usefulness},
        step,
    },
    audit::{Entry, What},
    minute::{HOUR, MINUTE},
    rule::{Judgement, Verdict, parse},
    silence::{Matcher, Silence},
};
use tocsin_shell::{
    ack::{AckLink, AckToken},
    random::Random,
    store::{acks::Acted, alerts::LiveAlerts},
};

use super::*;
use crate::tables;

const NOW: i64 = 29_490_480 * MINUTE;

fn tenant() -> TenantId {
    TenantId::try_from("demo".to_owned()).unwrap()
}

/// An alert that fires since now.
fn firing() -> Alert {
    let yaml = "rules: [{name: r, metric: csat, threshold: {under: 0.8}, severity: page, next_action: x, owner: admin}]";
    let rule = parse(yaml).unwrap().remove(0);
    let (value, expected, reason) = (Some(0.5), None, None);
    let verdict = Verdict::Open;
    let judgement = Judgement { verdict, value, expected, n: 40, window: 15, reason };
    match step(&tenant(), None, &rule, &[], &judgement, Evidence::default, NOW) {
        Step::Store(alert) => alert,
        Step::Keep | Step::Drop => panic!("an open verdict opens an alert"),
    }
}

fn stepped(alert: &Alert) -> Stepped {
    Stepped {
        alerts: [(alert.fingerprint.clone(), alert.clone())].into(),
        changed: vec![Changed::Stored(alert.clone())],
        groups: None,
    }
}

#[tokio::test]
async fn what_is_covered_is_marked_and_written_once_and_so_is_what_no_longer_is() {
    let (store, tenant, alert) = (tables::store().await, tenant(), firing());
    let matcher = Matcher { rule: Some("r".to_owned()), ..Matcher::default() };
    let silence = Silence::new(matcher, "why", NOW + HOUR, "admin", NOW).unwrap();
    let add = |silences: &mut Vec<Silence>| silences.push(silence.clone());
    let entry = Entry::done(NOW, "somebody", What::MakeSilence, None);
    store.change_silences(&tenant, add, &entry, NOW).await.unwrap();
    let mut new = stepped(&alert);
    mark(&store, &tenant, &mut new, NOW).await.unwrap();
    // The alert that is new at this tick is one item of the transaction, marked.
    assert_eq!(new.changed.len(), 1);
    store.write_alerts(&tenant, LiveAlerts::default(), &new, NOW).await.unwrap();
    let shown = store.alert(&tenant, &alert.id, NOW).await.unwrap().unwrap();
    assert_eq!(shown.silenced.as_ref().unwrap().until, NOW + HOUR);

    let live = store.live_alerts(&tenant).await.unwrap();
    let mut same = Stepped { alerts: live.alerts.clone(), ..Stepped::default() };
    mark(&store, &tenant, &mut same, NOW + MINUTE).await.unwrap();
    assert!(same.changed.is_empty() && same.alerts == live.alerts);
    mark(&store, &tenant, &mut same, NOW + HOUR).await.unwrap();
    let [Changed::Stored(told)] = &same.changed[..] else { panic!("{:?}", same.changed) };
    assert_eq!(
        (&told.silenced, &told.pending_notifications[..]),
        (&None, &[Transition::Opened][..])
    );
}

#[tokio::test]
async fn what_people_do_at_once_is_all_done_and_not_undone_by_a_tick() {
    let (store, tenant, alert) = (tables::store().await, tenant(), firing());
    store.write_alerts(&tenant, LiveAlerts::default(), &stepped(&alert), NOW).await.unwrap();
    let act = |action, by: &'static str| {
        let (store, tenant, id) = (store.clone(), tenant.clone(), alert.id.clone());
        tokio::spawn(async move { store.act(&tenant, &id, (action, by), NOW + MINUTE).await })
    };
    let tasks = [
        act(Action::Judge(Usefulness::Useful), "a"),
        act(Action::Acknowledge, "b"),
        act(Action::Judge(Usefulness::Noise), "c"),
        act(Action::Acknowledge, "d"),
    ];
    // A tick that read before them finds that somebody else wrote, and does not write.
    let read = store.live_alerts(&tenant).await.unwrap();
    for task in tasks {
        assert!(matches!(task.await.unwrap().unwrap(), Acted::Done(_)));
    }
    let late = store.write_alerts(&tenant, read, &stepped(&alert), NOW + MINUTE).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    let live = store.live_alerts(&tenant).await.unwrap().alerts.into_values().next().unwrap();
    let shown = store.alert(&tenant, &alert.id, NOW).await.unwrap().unwrap();
    assert_eq!(live, shown);
    assert_eq!(live.state, AlertState::Acknowledged);
    let told = |line: &str| live.timeline.iter().filter(|(_, one)| one.contains(line)).count();
    assert_eq!((told("acknowledged by"), told("marked useful"), told("marked noise")), (1, 1, 1));
}

#[tokio::test]
async fn each_of_two_links_is_good_for_its_alert_and_for_a_day() {
    let (store, tenant) = (tables::store().await, tenant());
    let link = |alert: &str, target: &str| AckLink {
        tenant: tenant.clone(),
        alert: alert.to_owned(),
        target: target.to_owned(),
    };
    // A publisher that takes a claim over makes another link; both are in messages that went out.
    let random = Random::System;
    let tokens = [0, 1].map(|_| AckToken::draw(&random).unwrap());
    for token in tokens {
        store.put_ack_link(token, &link("a", "page"), NOW).await.unwrap();
    }
    let other = AckToken::draw(&random).unwrap();
    store.put_ack_link(other, &link("b", "page"), NOW).await.unwrap();
    for (token, now, bound) in [
        (tokens[0], NOW, Some(link("a", "page"))),
        (tokens[1], NOW + 24 * HOUR, Some(link("a", "page"))),
        (other, NOW, Some(link("b", "page"))),
        (tokens[0], NOW + 24 * HOUR + MINUTE, None),
        (AckToken::draw(&random).unwrap(), NOW, None),
    ] {
        assert_eq!(store.ack_link(token, now).await.unwrap(), bound);
    }
}

#[tokio::test]
async fn what_lives_no_more_can_still_be_judged() {
    let (store, tenant, mut alert) = (tables::store().await, tenant(), firing());
    alert.act(Action::Resolve, "admin", NOW).unwrap();
    let mut over = stepped(&alert);
    over.alerts.clear();
    store.write_alerts(&tenant, LiveAlerts::default(), &over, NOW).await.unwrap();
    let noise = (Action::Judge(Usefulness::Noise), "admin");
    let acted = store.act(&tenant, &alert.id, noise, NOW + HOUR).await.unwrap();
    assert!(matches!(acted, Acted::Done(_)), "{acted:?}");
    let shown = store.alert(&tenant, &alert.id, NOW).await.unwrap().unwrap();
    assert_eq!(shown.feedback.unwrap().usefulness, Usefulness::Noise);
    assert!(store.live_alerts(&tenant).await.unwrap().alerts.is_empty());
    let unknown = store.act(&tenant, "none", noise, NOW).await.unwrap();
    assert!(matches!(unknown, Acted::Unknown), "{unknown:?}");
}
