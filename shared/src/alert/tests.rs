use proptest::prelude::*;

use super::*;
use crate::rule::{Levels, parse};

#[path = "freezing_tests.rs"]
mod freezing;

const START: i64 = 1_000 * MINUTE;

fn rule(hold: &str) -> Rule {
    let yaml = format!(
        "rules:\n  - {{name: r, metric: csat, threshold: {{under: 0.8}}, {hold} severity: page, next_action: x, owner: admin}}"
    );
    parse(&yaml).unwrap().remove(0)
}

/// One cell's alert, and all that was announced of it.
struct Cell {
    rule: Rule,
    alert: Option<Alert>,
    sent: Vec<(i64, String)>,
}

impl Cell {
    fn new(hold: &str) -> Self {
        Self { rule: rule(hold), alert: None, sent: Vec::new() }
    }

    fn tick(&mut self, minute: i64, verdict: Verdict) -> &mut Self {
        let (value, expected, reason) = (Some(0.5), None, None);
        let judgement = Judgement { verdict, value, expected, n: 40, window: 15, reason };
        let tenant = TenantId::try_from("demo".to_owned()).unwrap();
        let (old, now) = (self.alert.clone(), START + minute * MINUTE);
        match step(&tenant, old, &self.rule, &[], &judgement, Evidence::default, now) {
            Step::Keep => {}
            Step::Drop => self.alert = None,
            Step::Store(mut alert) => {
                for transition in alert.pending_notifications.clone() {
                    self.sent.push((minute, alert.notification_id(transition)));
                    alert.claimed(transition);
                }
                self.alert = Some(alert);
            }
        }
        self
    }

    fn ticks(&mut self, minutes: std::ops::Range<i64>, verdict: Verdict) -> &mut Self {
        minutes.for_each(|minute| {
            self.tick(minute, verdict);
        });
        self
    }

    fn state(&self) -> Option<AlertState> {
        self.alert.as_ref().map(|alert| alert.state)
    }
}

#[test]
fn without_a_hold_it_fires_at_once_and_tells_so_once() {
    let mut cell = Cell::new("");
    cell.ticks(0..10, Verdict::Open);
    assert_eq!(cell.state(), Some(AlertState::Firing));
    assert_eq!(cell.sent.len(), 1);
    let alert = cell.alert.unwrap();
    assert_eq!(alert.id, format!("0000001000-{}", alert.fingerprint));
    assert_eq!(alert.fingerprint.len(), 16);
}

#[test]
fn an_alert_whose_rule_is_gone_is_over() {
    let mut firing = Cell::new("");
    let alert = firing.tick(0, Verdict::Open).alert.clone().unwrap();
    let Step::Store(over) = alert.retire(START + MINUTE) else { panic!() };
    assert_eq!(over.state, AlertState::Resolved);
    assert_eq!(over.pending_notifications, [Transition::Resolved]);
    assert_eq!(over.retire(START + 2 * MINUTE), Step::Keep);
    let mut pending = Cell::new("for: 2m,");
    let alert = pending.tick(0, Verdict::Open).alert.clone().unwrap();
    assert_eq!(alert.retire(START + MINUTE), Step::Drop);
}

#[test]
fn what_does_not_hold_for_long_enough_is_dropped() {
    let mut cell = Cell::new("for: 2m,");
    assert_eq!(cell.ticks(0..2, Verdict::Open).state(), Some(AlertState::Pending));
    assert_eq!(cell.tick(2, Verdict::Hold).state(), None);
    assert_eq!(cell.ticks(3..6, Verdict::Open).state(), Some(AlertState::Firing));
    assert_eq!(cell.sent.len(), 1);
}

#[test]
fn between_the_levels_and_without_data_nothing_opens() {
    for verdict in [Verdict::Hold, Verdict::Clear, Verdict::NotEnoughData] {
        assert_eq!(Cell::new("").ticks(0..90, verdict).state(), None);
    }
}

#[test]
fn five_calm_minutes_in_a_row_resolve_it() {
    let mut cell = Cell::new("");
    cell.tick(0, Verdict::Open).ticks(1..6, Verdict::Clear).tick(6, Verdict::Hold);
    cell.ticks(7..12, Verdict::Clear).tick(12, Verdict::NotEnoughData);
    assert_eq!(cell.ticks(13..18, Verdict::Clear).state(), Some(AlertState::Firing));
    assert_eq!(cell.tick(18, Verdict::Clear).state(), Some(AlertState::Resolved));
}

#[test]
fn an_hour_without_data_resolves_it_and_says_so() {
    let mut cell = Cell::new("");
    cell.tick(0, Verdict::Open).ticks(1..60, Verdict::NotEnoughData);
    assert_eq!(cell.state(), Some(AlertState::Firing));
    assert_eq!(cell.tick(60, Verdict::NotEnoughData).state(), Some(AlertState::Resolved));
    assert!(cell.alert.unwrap().timeline.last().unwrap().1.contains("no data"));
}

#[test]
fn it_opens_again_as_the_same_within_half_an_hour_and_anew_later() {
    let mut cell = Cell::new("for: 2m,");
    cell.ticks(0..3, Verdict::Open);
    assert!(cell.alert.as_mut().unwrap().acknowledge("kim", START + 3 * MINUTE));
    cell.ticks(4..10, Verdict::Clear);
    let first = cell.alert.clone().unwrap();
    assert_eq!(first.resolved, Some(START + 9 * MINUTE));
    cell.tick(39, Verdict::Open);
    let again = cell.alert.clone().unwrap();
    assert_eq!((&again.id, again.reopened, again.state), (&first.id, 1, AlertState::Firing));
    assert_eq!(again.acknowledged, None);
    cell.ticks(40..46, Verdict::Clear).tick(76, Verdict::Open);
    assert_ne!(cell.alert.unwrap().id, first.id);
}

#[test]
fn an_end_that_nobody_was_told_of_is_replaced_by_its_opening_again() {
    let mut cell = Cell::new("");
    cell.tick(0, Verdict::Open).ticks(1..7, Verdict::Clear);
    cell.alert.as_mut().unwrap().pending_notifications = vec![Transition::Resolved];
    cell.tick(8, Verdict::Open);
    let last: Vec<_> = cell.sent.iter().filter(|(minute, _)| *minute == 8).collect();
    assert_eq!(last.len(), 1);
    assert!(last[0].1.ends_with("-1-reopened"));
}

#[test]
fn a_stored_alert_is_read_as_it_was_written() {
    let alert = Cell::new("").tick(0, Verdict::Open).alert.clone().unwrap();
    let text = serde_json::to_string(&alert).unwrap();
    assert_eq!(serde_json::from_str::<Alert>(&text).unwrap(), alert);
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop::sample::select(vec![Verdict::Open, Verdict::Hold, Verdict::Clear, Verdict::NotEnoughData])
}

proptest! {
    #[test]
    fn a_tick_that_is_repeated_changes_nothing(
        verdicts in prop::collection::vec(verdict(), 1..150), hold in prop::bool::ANY,
    ) {
        let hold = if hold { "for: 2m," } else { "" };
        let (mut once, mut twice) = (Cell::new(hold), Cell::new(hold));
        for (minute, verdict) in (0..).zip(verdicts) {
            once.tick(minute, verdict);
            twice.tick(minute, verdict).tick(minute, verdict);
            prop_assert_eq!(&once.alert, &twice.alert);
        }
        prop_assert_eq!(once.sent, twice.sent);
    }

    #[test]
    fn flapping_sends_one_opening_and_one_end_in_five_minutes_at_most(
        verdicts in prop::collection::vec(verdict(), 1..300),
    ) {
        let mut cell = Cell::new("");
        for (minute, verdict) in (0..).zip(verdicts) {
            cell.tick(minute, verdict);
        }
        let mut names: Vec<_> = cell.sent.iter().map(|(_, name)| name).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), cell.sent.len());
        for (index, pair) in cell.sent.windows(2).enumerate() {
            let is_end = pair[1].1.ends_with("resolved");
            prop_assert_eq!(is_end, index % 2 == 0, "openings and ends alternate");
            prop_assert!(!is_end || pair[1].0 - pair[0].0 >= 5);
        }
        prop_assert!(cell.alert.is_none_or(|alert| alert.timeline.len() <= TIMELINE_KEPT));
    }
}

#[test]
fn an_id_is_known_by_its_shape() {
    let mut cell = Cell::new("");
    cell.tick(0, Verdict::Open);
    let id = cell.alert.unwrap().id;
    assert!(is_id(&id), "{id}");
    for wrong in ["", "-", &id[1..], &id.to_uppercase().replace('-', "_"), &format!("{id}0")] {
        assert!(!is_id(wrong), "{wrong}");
    }
}

#[test]
fn what_hits_more_and_more_becomes_more_urgent_and_is_told_anew() {
    let mut cell = Cell::new("");
    cell.rule.levels = Some(Levels { page: 2.0, warning: 0.0 });
    cell.tick(0, Verdict::Open);
    let mut alert = cell.alert.unwrap();
    alert.pending_notifications.clear();
    let mut weigh = |impact, before, minute| {
        alert.evidence.impact = Some(impact);
        alert.weigh(&cell.rule, before, START + minute * MINUTE);
        (alert.severity, alert.pending_notifications.clone())
    };
    assert_eq!(weigh(1.0, None, 0), (Severity::Warning, vec![]));
    let firing = Some(AlertState::Firing);
    assert_eq!(weigh(1.5, firing, 1), (Severity::Warning, vec![]));
    assert_eq!(weigh(3.0, firing, 2), (Severity::Page, vec![Transition::Reopened]));
    assert_eq!(weigh(1.0, firing, 3).0, Severity::Page, "never less while it is open");
}

#[test]
fn what_is_retired_is_frozen_no_more() {
    let mut cell = Cell::new("");
    cell.tick(0, Verdict::Open);
    let alert = cell.alert.unwrap();
    let Step::Store(frozen) = alert.freeze("/a", START + MINUTE) else { panic!("it fires") };
    let Step::Store(retired) = frozen.retire(START + 2 * MINUTE) else { panic!("it fires") };
    assert_eq!((retired.frozen_since, retired.delivery.frozen_by), (None, None));
}
