use proptest::prelude::*;

use super::{
    super::{Evidence, Step, Transition, step},
    *,
};
use crate::{
    id::TenantId,
    rule::{Judgement, Rule, Verdict, parse},
};

const START: i64 = 1_000 * MINUTE;

fn rule() -> Rule {
    let yaml = "rules: [{name: r, metric: csat, threshold: {under: 0.8}, severity: page, next_action: x, owner: admin}]";
    parse(yaml).unwrap().remove(0)
}

/// The alert after a tick with this verdict, judged on a window of so many minutes.
fn tick(alert: Option<Alert>, minute: i64, verdict: Verdict, window: i32) -> Option<Alert> {
    let (value, expected, reason) = (Some(0.5), None, None);
    let judgement = Judgement { verdict, value, expected, n: 40, window, reason };
    let tenant = TenantId::try_from("demo".to_owned()).unwrap();
    let evidence = || Evidence { window, ..Evidence::default() };
    let now = START + minute * MINUTE;
    match step(&tenant, alert.clone(), &rule(), &[], &judgement, evidence, now) {
        Step::Keep => alert,
        Step::Drop => None,
        Step::Store(alert) => Some(alert),
    }
}

fn firing(window: i32) -> Alert {
    tick(None, 0, Verdict::Open, window).unwrap()
}

fn lines(alert: &Alert) -> Vec<&str> {
    alert.timeline.iter().map(|(_, line)| line.as_str()).collect()
}

#[test]
fn each_action_is_done_once_and_says_who() {
    let mut alert = firing(15);
    for (action, line) in [
        (Action::Acknowledge, "acknowledged by ai_lead"),
        (Action::Judge(Usefulness::Useful), "marked useful by ai_lead"),
        (Action::Judge(Usefulness::Noise), "marked noise by ai_lead"),
        (Action::Resolve, "resolved by ai_lead"),
    ] {
        assert_eq!(alert.act(action, "ai_lead", START + MINUTE), Ok(true), "{action:?}");
        assert_eq!(lines(&alert).last(), Some(&line));
        let before = alert.clone();
        assert_eq!(alert.act(action, "somebody else", START + 2 * MINUTE), Ok(false), "{action:?}");
        assert_eq!(alert, before, "{action:?}");
    }
    assert_eq!(alert.state, AlertState::Resolved);
    assert_eq!(alert.feedback.as_ref().unwrap().usefulness, Usefulness::Noise);
    // Of one that was taken on this is still true when it is over.
    assert_eq!(alert.act(Action::Acknowledge, "admin", START + 3 * MINUTE), Ok(false));
}

#[test]
fn what_is_over_can_not_be_taken_on_and_can_be_judged() {
    let mut alert = firing(15);
    alert.act(Action::Resolve, "admin", START + MINUTE).unwrap();
    let at = START + 2 * MINUTE;
    assert_eq!(alert.act(Action::Acknowledge, "admin", at), Err(ActionError::Resolved));
    assert_eq!(alert.act(Action::Judge(Usefulness::Noise), "admin", at), Ok(true));
    let mut pending = Alert { state: AlertState::Pending, ..firing(15) };
    for action in [Action::Acknowledge, Action::Resolve, Action::Judge(Usefulness::Noise)] {
        assert_eq!(pending.act(action, "admin", at), Err(ActionError::Pending));
    }
}

#[test]
fn resolved_by_hand_it_stays_so_while_its_condition_holds() {
    let mut alert = firing(15);
    alert.act(Action::Resolve, "admin", START + MINUTE).unwrap();
    let closed = alert.clone();
    for minute in 2..31 {
        alert = tick(Some(alert), minute, Verdict::Open, 15).unwrap();
        assert_eq!(alert, closed, "minute {minute}");
        assert!(!alert.is_history(START + minute * MINUTE));
    }
    // What holds when half an hour has passed is news.
    let new = tick(Some(alert), 31, Verdict::Open, 15).unwrap();
    assert_ne!(new.id, closed.id);
    assert_eq!((new.state, new.reopened), (AlertState::Firing, 0));
    assert_eq!(new.pending_notifications, [Transition::Opened]);
}

#[test]
fn once_it_was_clear_it_opens_again_as_any_other() {
    let mut alert = firing(15);
    alert.act(Action::Resolve, "admin", START + MINUTE).unwrap();
    let alert = tick(Some(alert), 5, Verdict::Open, 15);
    let alert = tick(alert, 6, Verdict::Clear, 15);
    let again = tick(alert, 7, Verdict::Open, 15).unwrap();
    assert_eq!((again.state, again.reopened), (AlertState::Firing, 1));
}

#[test]
fn a_long_window_keeps_it_closed_for_as_long_and_two_hours_at_most() {
    for (window, minutes) in [(5, 30), (60, 60), (1_440, 120)] {
        let mut alert = firing(window);
        alert.act(Action::Resolve, "admin", START).unwrap();
        let id = alert.id.clone();
        let last = tick(Some(alert), minutes - 1, Verdict::Open, window).unwrap();
        assert_eq!((&last.id, last.state), (&id, AlertState::Resolved), "{window}");
        let new = tick(Some(last), minutes, Verdict::Open, window).unwrap();
        assert_ne!(new.id, id, "{window}");
    }
}

#[test]
fn a_frozen_alert_that_is_resolved_by_hand_is_over() {
    let Step::Store(mut alert) = firing(15).freeze("/voice", START + MINUTE) else { panic!() };
    alert.act(Action::Resolve, "admin", START + 2 * MINUTE).unwrap();
    assert_eq!(alert.frozen_since, None);
    let alert = tick(Some(alert), 3, Verdict::Open, 15).unwrap();
    assert_eq!(alert.state, AlertState::Resolved);
}

#[test]
fn a_stored_alert_of_before_people_acted_is_read() {
    let mut stored = serde_json::to_value(firing(15)).unwrap();
    for field in ["was_acknowledged", "feedback", "closed_until", "silenced"] {
        assert!(stored.as_object_mut().unwrap().remove(field).is_some(), "{field}");
    }
    assert_eq!(serde_json::from_value::<Alert>(stored).unwrap(), firing(15));
}

proptest! {
    /// However long it holds, nobody is left without news for more than two hours.
    #[test]
    fn what_goes_on_is_never_forgotten(window in 1..10_000, resolved in 1..200_i64) {
        let mut alert = Some(firing(window));
        alert.as_mut().unwrap().act(Action::Resolve, "admin", START + resolved * MINUTE).unwrap();
        let id = alert.as_ref().unwrap().id.clone();
        for minute in resolved + 1..=resolved + 120 {
            alert = tick(alert, minute, Verdict::Open, window);
        }
        let alert = alert.unwrap();
        prop_assert!(alert.id != id && alert.state == AlertState::Firing);
    }
}
