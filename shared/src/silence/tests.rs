use super::*;
use crate::{
    alert::{Evidence, Step, Transition, actions::Action, step},
    id::TenantId,
    minute::{HOUR, MINUTE},
    policy::{self, Alerts, Groups},
    rule::{Judgement, Verdict, parse},
};

const START: i64 = 30_000_000 * MINUTE;

fn alert() -> Alert {
    let yaml = "rules: [{name: csat-low, metric: csat, by: [queue], threshold: {under: 0.8}, severity: page, next_action: x, owner: admin}]";
    let rule = parse(yaml).unwrap().remove(0);
    let (value, expected, reason) = (Some(0.5), None, None);
    let verdict = Verdict::Open;
    let judgement = Judgement { verdict, value, expected, n: 40, window: 15, reason };
    let tenant = TenantId::try_from("demo".to_owned()).unwrap();
    let cell = [("queue".to_owned(), "sales".to_owned())];
    match step(&tenant, None, &rule, &cell, &judgement, Evidence::default, START) {
        Step::Store(alert) => alert,
        Step::Keep | Step::Drop => panic!("an open verdict opens an alert"),
    }
}

fn of_rule(rule: &str) -> Matcher {
    Matcher { rule: Some(rule.to_owned()), ..Matcher::default() }
}

fn in_queue(queue: &str) -> Matcher {
    Matcher { dimensions: [("queue".to_owned(), queue.to_owned())].into(), ..Matcher::default() }
}

fn silence(matcher: Matcher, hours: i64) -> Silence {
    Silence::new(matcher, "Maintenance.", START + hours * HOUR, "operations", START).unwrap()
}

#[test]
fn it_covers_those_of_which_all_that_is_given_is_true() {
    let severity = |severity| Matcher { severity: Some(severity), ..Matcher::default() };
    let metric = |metric| Matcher { metric: Some(metric), ..Matcher::default() };
    for (matcher, covers) in [
        (of_rule("csat-low"), true),
        (of_rule("csat"), false),
        (metric(Metric::Csat), true),
        (metric(Metric::Contacts), false),
        (severity(Severity::Page), true),
        (severity(Severity::Info), false),
        (in_queue("sales"), true),
        (in_queue("sale"), false),
        (Matcher { metric: Some(Metric::Csat), ..in_queue("sales") }, true),
        (Matcher { metric: Some(Metric::Contacts), ..in_queue("sales") }, false),
    ] {
        let one = silence(matcher.clone(), 1);
        assert_eq!(one.covers(&alert(), START), covers, "{matcher:?}");
        assert!(!one.covers(&alert(), START - 1) && !one.covers(&alert(), START + HOUR));
    }
}

#[test]
fn what_is_wrong_with_it_is_named() {
    let dimension = |name: &str, value: &str| Matcher {
        dimensions: [(name.to_owned(), value.to_owned())].into(),
        ..Matcher::default()
    };
    let long = "x".repeat(201);
    let end = START + HOUR;
    for (matcher, reason, until, field) in [
        (Matcher::default(), "why", end, "rule"),
        (of_rule("No Rule"), "why", end, "rule"),
        (of_rule(""), "why", end, "rule"),
        (dimension("mood", "good"), "why", end, "dimensions"),
        (dimension("queue", ""), "why", end, "dimensions"),
        (dimension("queue", "a\nb"), "why", end, "dimensions"),
        (of_rule("r"), "  ", end, "reason"),
        (of_rule("r"), long.as_str(), end, "reason"),
        (of_rule("r"), "why", START, "end"),
        (of_rule("r"), "why", START + LONGEST + 1, "end"),
    ] {
        let error = Silence::new(matcher.clone(), reason, until, "admin", START).unwrap_err();
        assert_eq!(error.field, field, "{matcher:?} {reason}: {error}");
    }
    assert!(Silence::new(of_rule("r"), "why", START + LONGEST, "admin", START).is_ok());
}

#[test]
fn a_reason_is_stored_masked() {
    let end = START + HOUR;
    let one = Silence::new(of_rule("r"), "ask bo@example.com", end, "admin", START).unwrap();
    assert_eq!(one.reason, "ask [email]");
}

/// One alert, its silences, and what people are told.
struct Desk {
    alerts: Alerts,
    groups: Groups,
    silences: Vec<Silence>,
}

impl Desk {
    fn new(silences: &[Silence]) -> Self {
        let alert = alert();
        let alerts = [(alert.fingerprint.clone(), alert)].into();
        Self { alerts, groups: Groups::default(), silences: silences.to_vec() }
    }

    fn alert(&mut self) -> &mut Alert {
        self.alerts.values_mut().next().unwrap()
    }

    /// A tick; whether the mark changed, and what people are told then.
    fn tick(&mut self, now: i64) -> (bool, Vec<Transition>) {
        let silences = self.silences.clone();
        let changed = self.alert().silence(&silences, now);
        policy::plan(&mut self.alerts, &mut self.groups, |alert| alert.silenced.is_some(), now);
        let outgoing = std::mem::take(&mut self.groups.outgoing);
        for one in &outgoing {
            policy::settled(&mut self.alerts, one);
        }
        (changed, outgoing.iter().filter_map(|one| Some(one.lead()?.transition)).collect())
    }
}

#[test]
fn what_still_fires_when_its_silence_ends_is_told_then() {
    let mut desk = Desk::new(&[silence(in_queue("sales"), 1)]);
    assert_eq!(desk.tick(START + MINUTE), (true, vec![]));
    let line = &desk.alert().timeline.last().unwrap().1;
    assert_eq!(line, "silenced by operations until 2027-01-15 09:00 UTC: nobody is told");
    assert_eq!(desk.tick(START + 2 * MINUTE), (false, vec![]), "nothing changes");
    assert_eq!(desk.tick(START + HOUR), (true, vec![Transition::Opened]));
    assert_eq!(desk.alert().timeline.last().unwrap().1, "no longer silenced");
    assert_eq!(desk.tick(START + HOUR + MINUTE), (false, vec![]));
}

#[test]
fn what_began_and_ended_under_it_is_never_told() {
    for ends_later in [true, false] {
        let mut desk = Desk::new(&[silence(in_queue("sales"), 1)]);
        desk.tick(START + MINUTE);
        desk.alert().act(Action::Resolve, "admin", START + 2 * MINUTE).unwrap();
        if !ends_later {
            assert!(desk.silences[0].end("admin", START + 2 * MINUTE));
        }
        for at in [START + 2 * MINUTE, START + 2 * HOUR] {
            assert!(desk.tick(at).1.is_empty());
        }
        let alert = desk.alert();
        assert!(alert.pending_notifications.is_empty() && alert.silenced.is_none(), "{alert:?}");
        assert!(alert.is_history(START + 3 * HOUR));
    }
}

#[test]
fn the_end_of_what_people_know_of_is_told_when_the_silence_ends() {
    let mut desk = Desk::new(&[]);
    assert_eq!(desk.tick(START).1, [Transition::Opened]);
    desk.silences = vec![silence(in_queue("sales"), 1)];
    desk.tick(START + MINUTE);
    desk.alert().act(Action::Resolve, "admin", START + 2 * MINUTE).unwrap();
    assert!(desk.tick(START + 2 * MINUTE).1.is_empty());
    assert!(!desk.alert().is_history(START + 45 * MINUTE));
    assert_eq!(desk.tick(START + HOUR).1, [Transition::Resolved]);
}

#[test]
fn who_was_told_hears_the_end_though_it_came_and_went_under_the_silence() {
    let mut desk = Desk::new(&[]);
    assert_eq!(desk.tick(START).1, [Transition::Opened]);
    desk.silences = vec![silence(in_queue("sales"), 1)];
    desk.tick(START + MINUTE);
    let alert = desk.alert();
    for again in [Transition::Reopened, Transition::Resolved] {
        alert.pending_notifications.push(again);
    }
    (alert.state, alert.resolved) = (AlertState::Resolved, Some(START + 20 * MINUTE));
    assert!(desk.tick(START + 20 * MINUTE).1.is_empty());
    assert_eq!(desk.tick(START + HOUR).1, [Transition::Resolved]);
}

#[test]
fn what_somebody_acts_on_is_not_told_when_the_silence_ends() {
    let mut desk = Desk::new(&[silence(in_queue("sales"), 1)]);
    desk.tick(START + MINUTE);
    desk.alert().act(Action::Acknowledge, "admin", START + 2 * MINUTE).unwrap();
    assert!(desk.tick(START + HOUR).1.is_empty());
    assert!(desk.alert().pending_notifications.is_empty());
}

#[test]
fn of_several_the_one_that_lasts_longest_counts() {
    let silences = [silence(of_rule("csat-low"), 1), silence(in_queue("sales"), 3)];
    assert_eq!(covering(&silences, &alert(), START).unwrap().id, silences[1].id);
    assert_ne!(silences[0].id, silences[1].id);
}

#[test]
fn it_ends_once() {
    let mut one = silence(of_rule("r"), 1);
    assert!(one.end("admin", START + MINUTE));
    assert!(!one.end("operations", START + 2 * MINUTE));
    assert_eq!((one.until, one.ended_by.as_deref()), (START + MINUTE, Some("admin")));
}
