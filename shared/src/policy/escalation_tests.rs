use super::*;

#[test]
fn what_nobody_takes_on_escalates_once_on_the_minute() {
    let mut centre = Centre::new();
    centre.tick(0, &["parts intent=a!", "parts intent=b!"]);
    for minute in 1..15 {
        assert!(centre.tick(minute, &[]).is_empty(), "{minute}");
    }
    assert_eq!(centre.tick(15, &[]), ["escalation escalated parts a +1"]);
    for minute in 16..120 {
        assert!(centre.tick(minute, &[]).is_empty(), "{minute}");
    }
    centre.tick(120, &["parts intent=a.", "parts intent=b."]);
    let over = centre.tick(126, &["parts intent=a.", "parts intent=b."]);
    assert_eq!(over, ["page resolved parts a +1"]);
    // Whoever was woken hears that it is over.
    assert_eq!(centre.groups.outgoing[0].targets, [Target::Page, Target::Escalation, Target::Chat]);
}

#[test]
fn whoever_acknowledges_a_message_acknowledges_all_that_it_tells_of() {
    let mut centre = Centre::new();
    centre.tick(0, &["parts intent=a!", "parts intent=b!"]);
    let alert = centre.alerts.values_mut().next().unwrap();
    assert!(alert.acknowledge("ann", START + 14 * MINUTE));
    for minute in 14..60 {
        assert!(centre.tick(minute, &[]).is_empty(), "{minute}");
    }
    // Nor when that one is over, and forgotten.
    let first = centre.alerts.keys().next().unwrap().clone();
    centre.alerts.remove(&first);
    assert!(centre.tick(59, &[]).is_empty());
    // What is told later is not acknowledged by that.
    assert_eq!(centre.tick(60, &["parts intent=c!"]), ["page opened parts c +0"]);
    assert_eq!(centre.tick(75, &[]), ["escalation escalated parts c +0"]);
}

#[test]
fn each_round_escalates_by_itself() {
    let mut centre = Centre::new();
    centre.tick(0, &["parts intent=a!"]);
    centre.tick(15, &["parts intent=a."]);
    centre.tick(21, &["parts intent=a."]);
    assert_eq!(centre.tick(30, &["parts intent=a!"]), ["page reopened parts a +0"]);
    assert!(centre.tick(44, &[]).is_empty());
    assert_eq!(centre.tick(45, &[]), ["escalation escalated parts a +0"]);
}

#[test]
fn an_escalation_that_is_not_out_when_somebody_answers_is_taken_back() {
    let mut centre = Centre::new();
    centre.tick(0, &["parts intent=a!"]);
    centre.tick(1, &[]);
    centre.is_delivering = false;
    assert_eq!(centre.tick(15, &[]).len(), 1);
    let alert = centre.alerts.values_mut().next().unwrap();
    assert!(alert.acknowledge("ann", START + 15 * MINUTE));
    centre.tick(16, &[]);
    assert!(centre.groups.outgoing.is_empty());
    assert!(centre.alert("parts").pending_notifications.is_empty());
}

#[test]
fn warnings_and_what_the_rule_says_never_escalate() {
    let mut centre = Centre::new();
    for rule in &mut centre.rules {
        rule.escalate_after = rule.escalate_after.filter(|_| rule.name != "waits");
    }
    centre.tick(0, &["mild!", "waits queue=q!"]);
    for minute in 1..120 {
        assert!(centre.tick(minute, &[]).is_empty(), "{minute}");
    }
}

#[test]
fn what_hits_too_few_to_be_a_page_does_not_escalate() {
    let mut centre = Centre::new();
    centre.tick(0, &["parts intent=a!"]);
    centre.alerts.values_mut().next().unwrap().severity = Severity::Warning;
    for minute in 1..120 {
        assert!(centre.tick(minute, &[]).is_empty(), "{minute}");
    }
}

#[test]
fn whoever_acknowledges_a_message_of_several_groups_stops_them_all() {
    let mut centre = Centre::new();
    centre.tick(0, &["waits queue=q!"]);
    centre.tick(1, &["waits queue=q!", "chats!"]);
    let told = centre.tick(2, &["pairs intent=a channel=web!", "pairs intent=b channel=web!"]);
    assert_eq!(told.len(), 1, "{told:?}");
    let pairs = |alert: &&mut Alert| alert.rule == "pairs";
    let alert = centre.alerts.values_mut().find(pairs).unwrap();
    assert!(alert.acknowledge("ann", START + 3 * MINUTE));
    for minute in 3..60 {
        centre.tick(minute, &[]);
    }
    let escalated = centre.alerts.values().map(|alert| (&*alert.rule, alert.delivery.escalated));
    let escalated: Vec<_> = escalated.filter(|(_, round)| round.is_some()).collect();
    assert_eq!(escalated.len(), 2, "{escalated:?}");
    assert!(escalated.iter().all(|(rule, _)| *rule != "pairs"), "{escalated:?}");
}

#[test]
fn whoever_it_escalated_to_hears_the_end_though_it_fired_again_meanwhile() {
    let mut centre = Centre::new();
    centre.tick(0, &["parts intent=a!"]);
    centre.tick(15, &[]);
    centre.tick(16, &["parts intent=a."]);
    centre.tick(20, &["parts intent=b!"]);
    assert!(centre.tick(22, &["parts intent=a."]).is_empty());
    // The end waits for the other of its group, and is overtaken.
    assert_eq!(centre.tick(24, &["parts intent=a!"]), Vec::<String>::new());
    centre.tick(27, &[]);
    centre.tick(30, &["parts intent=a.", "parts intent=b."]);
    let over = centre.tick(36, &["parts intent=a.", "parts intent=b."]);
    assert_eq!(over, ["page resolved parts a +1"]);
    assert_eq!(centre.groups.outgoing[0].targets, [Target::Page, Target::Escalation, Target::Chat]);
}
