use super::{super::*, Cell, START};
use crate::rule::Verdict;

const SOURCE: &str = "/voice";

impl Cell {
    fn freeze(&mut self, minutes: std::ops::Range<i64>) -> &mut Self {
        for minute in minutes {
            if let Some(alert) = self.alert.clone()
                && let Step::Store(alert) = alert.freeze(SOURCE, START + minute * MINUTE)
            {
                self.alert = Some(alert);
            }
        }
        self
    }
}

#[test]
fn while_it_is_frozen_it_does_not_fire_and_its_hold_begins_anew() {
    let mut cell = Cell::new("for: 5m,");
    cell.ticks(0..4, Verdict::Open).freeze(4..20);
    assert_eq!(cell.state(), Some(AlertState::Pending));
    cell.ticks(20..25, Verdict::Open);
    assert_eq!(cell.state(), Some(AlertState::Pending));
    cell.tick(25, Verdict::Open);
    assert_eq!(cell.state(), Some(AlertState::Firing));
}

#[test]
fn while_it_is_frozen_it_does_not_resolve_and_its_calm_begins_anew() {
    let mut cell = Cell::new("");
    cell.tick(0, Verdict::Open).ticks(1..5, Verdict::Clear).freeze(5..200);
    assert_eq!(cell.state(), Some(AlertState::Firing));
    assert_eq!(cell.alert.as_ref().unwrap().frozen_since, Some(START + 5 * MINUTE));
    cell.ticks(200..205, Verdict::Clear);
    assert_eq!(cell.state(), Some(AlertState::Firing));
    cell.ticks(205..207, Verdict::Clear);
    assert_eq!(cell.state(), Some(AlertState::Resolved));
    let lines: Vec<&str> =
        cell.alert.as_ref().unwrap().timeline.iter().map(|(_, line)| line.as_str()).collect();
    assert!(lines.contains(&"frozen: /voice is silent or incomplete"), "{lines:?}");
    assert_eq!(lines.iter().filter(|line| **line == "no longer frozen").count(), 1);
}

#[test]
fn the_silence_of_a_frozen_alert_does_not_count() {
    let mut cell = Cell::new("");
    cell.tick(0, Verdict::Open).freeze(1..100).ticks(100..159, Verdict::NotEnoughData);
    assert_eq!(cell.state(), Some(AlertState::Firing));
    cell.ticks(159..162, Verdict::NotEnoughData);
    assert_eq!(cell.state(), Some(AlertState::Resolved));
}

#[test]
fn an_alert_of_a_rule_in_shadow_mode_lives_and_tells_nobody() {
    let mut cell = Cell::new("mode: shadow,");
    cell.tick(0, Verdict::Open).ticks(1..8, Verdict::Clear).ticks(8..10, Verdict::Open);
    assert_eq!(cell.state(), Some(AlertState::Firing));
    let alert = cell.alert.as_ref().unwrap();
    assert!(alert.is_shadow && alert.reopened == 1 && cell.sent.is_empty());
}

#[test]
fn when_its_rule_is_put_into_shadow_mode_it_ends_and_another_begins_there() {
    let mut cell = Cell::new("");
    cell.ticks(0..3, Verdict::Open);
    cell.rule.mode = Mode::Shadow;
    cell.tick(3, Verdict::Open);
    let ended = cell.alert.clone().unwrap();
    assert_eq!(ended.state, AlertState::Resolved);
    assert!(
        ended.timeline.iter().any(|(_, line)| line == "resolved: its rule has another mode now")
    );
    assert!(cell.sent.len() == 2 && cell.sent[1].1.ends_with("-resolved"), "{:?}", cell.sent);
    cell.tick(4, Verdict::Open);
    let shadow = cell.alert.clone().unwrap();
    assert!(shadow.is_shadow && shadow.id != ended.id && shadow.state == AlertState::Firing);
    assert_eq!(cell.sent.len(), 2);
    cell.rule.mode = Mode::Live;
    cell.ticks(5..7, Verdict::Open);
    let live = cell.alert.as_ref().unwrap();
    assert!(!live.is_shadow && live.state == AlertState::Firing);
    assert_eq!(cell.sent.len(), 3);
    assert!(cell.sent[2].1.ends_with("-opened"), "{:?}", cell.sent);
}
