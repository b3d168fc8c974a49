use super::*;
use crate::{
    alert::{Evidence, Inhibition, Step, fingerprint, step},
    id::TenantId,
    minute::MINUTE,
    rule::{Judgement, Rule, Verdict, parse},
};

#[path = "escalation_tests.rs"]
mod escalation;
#[path = "flapping_tests.rs"]
mod flapping;
#[path = "storm_tests.rs"]
mod storm;

const START: i64 = 1_000 * MINUTE;

const RULES: &str = "
rules:
  - {name: parts, metric: fallback_rate, by: [intent], threshold: {over: 0.2}, severity: page, next_action: x, owner: ai_lead}
  - {name: whole, metric: fallback_rate, threshold: {over: 0.2}, severity: page, next_action: x, owner: ai_lead}
  - {name: chats, metric: fallback_rate, where: {channel: chat}, threshold: {over: 0.2}, severity: page, next_action: x, owner: ai_lead}
  - {name: pairs, metric: fallback_rate, by: [intent, channel], threshold: {over: 0.2}, severity: page, next_action: x, owner: ai_lead}
  - {name: mild, metric: fallback_rate, threshold: {over: 0.1}, severity: warning, next_action: x, owner: ai_lead}
  - {name: waits, metric: abandonment_rate, by: [queue], threshold: {over: 0.2}, severity: page, next_action: x, owner: operations}
";

/// A tenant's alerts, and the messages that went out.
struct Centre {
    rules: Vec<Rule>,
    alerts: Alerts,
    groups: Groups,
    silenced: Option<&'static str>,
    /// Whether messages go out.
    is_delivering: bool,
}

impl Centre {
    fn new() -> Self {
        let rules = parse(RULES).unwrap();
        let (alerts, groups) = (Alerts::new(), Groups::default());
        Self { rules, alerts, groups, silenced: None, is_delivering: true }
    }

    /// One tick; `cells` as `rule` or `rule intent=a`, with `!` behind where it is bad, `.` where it
    /// is not. Returns the messages that were decided on.
    fn tick(&mut self, minute: i64, cells: &[&str]) -> Vec<String> {
        let now = START + minute * MINUTE;
        for cell in cells {
            self.step(cell, now);
        }
        if self.is_delivering {
            for announcement in std::mem::take(&mut self.groups.outgoing) {
                settled(&mut self.alerts, &announcement);
            }
        }
        // As restored from what is stored.
        let stored = serde_json::to_string(&(&self.alerts, &self.groups)).unwrap();
        (self.alerts, self.groups) = serde_json::from_str(&stored).unwrap();
        let silenced = self.silenced;
        let is_silenced = |alert: &Alert| silenced == Some(alert.rule.as_str());
        plan(&mut self.alerts, &mut self.groups, is_silenced, now);
        self.told(now)
    }

    fn step(&mut self, cell: &str, now: i64) {
        let verdict = if cell.ends_with('!') { Verdict::Open } else { Verdict::Clear };
        let mut words = cell.trim_end_matches(['!', '.']).split(' ');
        let name = words.next().unwrap();
        let cell: Vec<(String, String)> = words
            .filter_map(|pair| pair.split_once('='))
            .map(|(a, b)| (a.into(), b.into()))
            .collect();
        let rule = self.rules.iter().find(|rule| rule.name == name).unwrap();
        let tenant = TenantId::try_from("demo".to_owned()).unwrap();
        let (value, expected, reason) = (Some(0.5), None, None);
        let judgement = Judgement { verdict, value, expected, n: 40, window: 15, reason };
        let evidence = || Evidence { value: Some(0.5), n: 40, ..Evidence::default() };
        let key = fingerprint(&tenant, name, &cell);
        let existing = self.alerts.get(&key).cloned();
        match step(&tenant, existing, rule, &cell, &judgement, evidence, now) {
            Step::Keep => {}
            Step::Drop => drop(self.alerts.remove(&key)),
            Step::Store(alert) => drop(self.alerts.insert(key, alert)),
        }
    }

    /// What was decided on at this tick: targets, what happened, the lead, and how many more.
    fn told(&self, now: i64) -> Vec<String> {
        let new = self.groups.outgoing.iter().filter(|one| one.at == now);
        let said = new.map(|one| {
            let lead = one.lead().unwrap();
            let alert = find(&self.alerts, &lead.alert).unwrap();
            let target = one.targets[0].as_str();
            let transition = lead.transition.as_str();
            let values: Vec<_> = alert.cell.iter().map(|(_, value)| value.as_str()).collect();
            let more = one.covers.len() - 1;
            format!("{target} {transition} {} {} +{more}", alert.rule, values.join("/"))
        });
        said.collect()
    }

    fn alert(&self, rule: &str) -> &Alert {
        self.alerts.values().find(|alert| alert.rule == rule).unwrap()
    }
}

#[test]
fn what_opens_in_one_tick_is_one_message_the_worst_first() {
    let mut centre = Centre::new();
    let said = centre.tick(0, &["parts intent=a!", "parts intent=b!", "parts intent=c!"]);
    assert_eq!(said, ["page opened parts a +2"]);
    assert!(centre.tick(1, &[]).is_empty());
}

#[test]
fn a_group_is_told_of_again_five_minutes_later_at_the_earliest() {
    let mut centre = Centre::new();
    centre.tick(0, &["parts intent=a!"]);
    assert!(centre.tick(1, &["parts intent=b!"]).is_empty());
    assert!(centre.tick(4, &["parts intent=c!"]).is_empty());
    assert_eq!(centre.tick(5, &[]), ["page opened parts b +1"]);
    // Another family does not wait.
    assert_eq!(centre.tick(6, &["waits queue=q!"]), ["page opened waits q +0"]);
}

#[test]
fn parts_are_told_with_their_whole_and_other_wholes_apart() {
    let mut centre = Centre::new();
    let said = centre.tick(0, &["pairs intent=a channel=x!", "pairs intent=a channel=y!"]);
    assert_eq!(said, ["page opened pairs a/x +1"]);
    let said = centre.tick(1, &["pairs intent=b channel=x!"]);
    assert_eq!(said, ["page opened pairs b/x +0"]);
}

#[test]
fn a_whole_that_fires_silences_its_parts() {
    let mut centre = Centre::new();
    let said = centre.tick(0, &["parts intent=a!", "whole!", "pairs intent=a channel=x!"]);
    assert_eq!(said, ["page opened whole  +0"]);
    let whole = centre.alert("whole").id.clone();
    assert_eq!(centre.alert("parts").delivery.inhibited_by, Some(Inhibition::Alert(whole)));
    // Neither does what is milder silence what is urgent, nor the other way round.
    assert_eq!(centre.tick(10, &["mild!"]), ["warning opened mild  +0"]);
}

#[test]
fn a_rule_that_is_narrowed_is_no_whole_of_others() {
    let mut centre = Centre::new();
    centre.tick(0, &["chats!"]);
    let said = centre.tick(10, &["pairs intent=a channel=voice!", "pairs intent=a channel=chat!"]);
    assert_eq!(said, ["page opened pairs a/voice +0"]);
}

#[test]
fn a_part_that_outlasts_its_whole_is_told_once() {
    let mut centre = Centre::new();
    centre.tick(0, &["whole!", "parts intent=a!", "parts intent=b!"]);
    centre.tick(1, &["parts intent=b."]);
    centre.tick(7, &["parts intent=b.", "whole."]);
    let said = centre.tick(13, &["whole."]);
    assert_eq!(said, ["page opened parts a +1"]);
    let covered = &centre.groups.outgoing[0].covers;
    assert_eq!(covered[1].transition, Transition::Resolved);
    // Of b, which was never told, nothing is.
    assert!(covered.iter().all(|one| {
        one.alert
            != centre
                .alerts
                .values()
                .find(|alert| alert.cell.first().is_some_and(|(_, value)| value == "b"))
                .unwrap()
                .id
    }));
    for minute in 14..28 {
        assert!(centre.tick(minute, &[]).is_empty());
    }
}

#[test]
fn what_is_over_is_told_when_nothing_of_its_group_is_open() {
    let mut centre = Centre::new();
    centre.tick(0, &["parts intent=a!", "parts intent=b!"]);
    centre.tick(1, &["parts intent=a."]);
    assert!(centre.tick(7, &["parts intent=a."]).is_empty());
    centre.tick(8, &["parts intent=b."]);
    assert_eq!(centre.tick(14, &["parts intent=b."]), ["page resolved parts a +1"]);
}

#[test]
fn what_is_over_is_told_after_half_an_hour_though_others_are_open() {
    let mut centre = Centre::new();
    centre.rules.iter_mut().for_each(|rule| rule.escalate_after = None);
    centre.tick(0, &["parts intent=a!", "parts intent=b!"]);
    centre.tick(1, &["parts intent=a."]);
    centre.tick(7, &["parts intent=a."]);
    assert!(centre.tick(29, &[]).is_empty());
    assert_eq!(centre.tick(30, &[]), ["page resolved parts a +0"]);
}

#[test]
fn what_a_person_silenced_is_told_when_it_outlasts_that() {
    let mut centre = Centre::new();
    centre.silenced = Some("parts");
    assert!(centre.tick(0, &["parts intent=a!", "parts intent=b!"]).is_empty());
    centre.tick(1, &["parts intent=b."]);
    centre.tick(7, &["parts intent=b."]);
    centre.silenced = None;
    assert_eq!(centre.tick(8, &[]), ["page opened parts a +0"]);
}

#[test]
fn while_a_source_is_out_nothing_is_told_of_what_it_feeds() {
    let mut centre = Centre::new();
    centre.is_delivering = false;
    centre.tick(0, &["parts intent=a!"]);
    let (key, alert) = centre.alerts.pop_first().unwrap();
    let Step::Store(frozen) = alert.freeze("crm", START + MINUTE) else { panic!("it fires") };
    centre.alerts.insert(key, frozen);
    centre.tick(2, &[]);
    let delivery = &centre.alert("parts").delivery;
    assert_eq!(delivery.inhibited_by, Some(Inhibition::Source("crm".to_owned())));
    for minute in 3..60 {
        assert!(centre.tick(minute, &[]).is_empty(), "{minute}");
    }
    centre.is_delivering = true;
    assert_eq!(centre.tick(60, &["parts intent=a!"]), ["escalation escalated parts a +0"]);
}

#[test]
fn what_is_not_out_is_decided_on_once() {
    let mut centre = Centre::new();
    centre.is_delivering = false;
    centre.tick(0, &["parts intent=a!"]);
    for minute in 1..10 {
        assert!(centre.tick(minute, &[]).is_empty());
        assert_eq!(centre.groups.outgoing.len(), 1);
        assert!(centre.alert("parts").is_waiting());
    }
    centre.is_delivering = true;
    centre.tick(10, &[]);
    assert!(centre.alert("parts").pending_notifications.is_empty());
}

#[test]
fn a_target_is_told_the_end_after_the_beginning() {
    let mut centre = Centre::new();
    centre.is_delivering = false;
    centre.tick(0, &["parts intent=a!", "waits queue=q!"]);
    centre.tick(1, &["parts intent=a."]);
    assert_eq!(centre.tick(6, &["parts intent=a."]), ["page resolved parts a +0"]);
    let next = |centre: &Centre, minute: i64| -> Vec<String> {
        let said = |(targets, one): &(Vec<Target>, &Announcement)| {
            format!("{targets:?} {:?}", one.lead().unwrap().transition)
        };
        centre.groups.next(START + minute * MINUTE).iter().map(said).collect()
    };
    let (both, chat) = ("[Page, Chat] Opened", "[Chat] Opened");
    assert_eq!(next(&centre, 6), [both, both]);
    for outgoing in centre.groups.outgoing.iter_mut().filter(|one| one.group.contains("fallback")) {
        if outgoing.covers[0].transition == Transition::Opened {
            outgoing.targets.retain(|target| *target == Target::Chat);
        }
    }
    let mut said = next(&centre, 6);
    said.sort_unstable();
    assert_eq!(said, [chat, both, "[Page] Resolved"]);
    // A target that takes nothing for an hour is not waited for.
    assert_eq!(next(&centre, 59).len(), 3);
    assert!(next(&centre, 60).contains(&"[Page, Chat] Resolved".to_owned()));
}

#[test]
fn the_end_goes_to_whoever_was_told_of_the_beginning_however_urgent_it_is_then() {
    let mut centre = Centre::new();
    centre.tick(0, &["parts intent=a!"]);
    centre.alerts.values_mut().next().unwrap().severity = Severity::Warning;
    centre.tick(6, &["parts intent=a."]);
    assert_eq!(centre.tick(12, &["parts intent=a."]), ["page resolved parts a +0"]);
    assert_eq!(centre.groups.outgoing[0].targets, [Target::Page, Target::Chat]);
    centre.tick(13, &[]);
    assert!(centre.alert("parts").delivery.owed.is_empty());
}

#[test]
fn what_comes_and_goes_before_anybody_is_told_is_told_to_whom_it_concerns() {
    let mut centre = Centre::new();
    centre.tick(0, &["parts intent=a!"]);
    centre.tick(1, &["parts intent=a!", "parts intent=b!"]);
    centre.alerts.values_mut().for_each(|alert| {
        if alert.cell[0].1 == "b" {
            assert!(alert.resolve_by_hand("ann", START + 2 * MINUTE));
        }
    });
    centre.tick(2, &["parts intent=a."]);
    assert_eq!(centre.tick(8, &["parts intent=a."]).len(), 1);
    assert_eq!(centre.groups.outgoing[0].targets, [Target::Page, Target::Chat]);
}
