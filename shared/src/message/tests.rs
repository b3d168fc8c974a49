use proptest::prelude::*;

use super::*;
use limits::check_schema;

use crate::{
    alert::{Change, Evidence, Step, step},
    evidence::{Affected, Explanation, Fit, Part, Revenue},
    id::short_hash,
    minute::MINUTE,
    rule::{DEFAULT_RULES, Expected, Judgement, Verdict, parse},
};

#[path = "kinds_tests.rs"]
mod kinds;
#[path = "limits_tests.rs"]
mod limits;

const URL: &str = "https://console.tocsin.example";

fn tenant() -> TenantId {
    TenantId::try_from("demo".to_owned()).unwrap()
}

fn alert(intent: &str) -> Alert {
    let mut rule = parse(DEFAULT_RULES).unwrap().swap_remove(0);
    rule.runbook = Some("https://example.com/runbooks/fallback".to_owned());
    let expected = Some(Expected { mid: 0.06, low: 0.0, high: 0.17 });
    let judgement = Judgement {
        verdict: Verdict::Open,
        value: Some(0.372),
        expected,
        n: 43,
        window: rule.window,
        reason: None,
    };
    let now = 29_000_000 * MINUTE;
    let evidence = || Evidence {
        reason: None,
        value: Some(0.372),
        expected,
        n: 43,
        threshold: rule.condition.to_string(),
        window: rule.window,
        exemplars: vec!["01ab".repeat(8)],
        changes: vec![Change {
            time: now - 3 * MINUTE,
            kind: "prompt".to_owned(),
            name: "refunds".to_owned(),
            version: "v42".to_owned(),
            fit: None,
        }],
        ..Evidence::default()
    };
    let cell = [("intent".to_owned(), intent.to_owned())];
    match step(&tenant(), None, &rule, &cell, &judgement, evidence, now) {
        Step::Store(alert) => alert,
        Step::Keep | Step::Drop => panic!("an open verdict opens an alert"),
    }
}

#[test]
fn an_opening_says_what_how_much_since_when_and_what_to_do() {
    let message = render(
        &alert("refund_status"),
        Transition::Opened,
        &Others::default(),
        &tenant(),
        URL,
        None,
    );
    insta::assert_snapshot!(message.subject, @"PAGE: fallback_rate 37.2 %, expected 6.0 % intent=refund_status (demo)");
    insta::assert_snapshot!(message.sms, @"PAGE: fallback_rate 37.2 %, expected 6.0 % intent=refund_status https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7");
    insta::assert_snapshot!(message.email, @r"
    PAGE: fallback_rate 37.2 %, expected 6.0 % - intent=refund_status
    Rule         ai-fallback-high-by-intent: over 0.35 (of at least 20)
    Value        37.2 %
    Expected     6.0 % (0.0 % to 17.0 %)
    Based on     43 in 5 min
    Since        2025-02-19 21:20:00 UTC
    Tenant       demo
    Owner        ai_lead
    Next action  Roll back the prompt or knowledge-base version that the exemplars share.
    Runbook      https://example.com/runbooks/fallback
    Changed      2025-02-19 21:17:00 UTC prompt refunds v42
    Conversation 01ab01ab01ab01ab01ab01ab01ab01ab
    Evidence     https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    ");
    assert_eq!(message.json["schema"], "tocsin.alert.v1");
}

#[test]
fn by_the_link_of_a_page_whoever_gets_it_says_that_they_act() {
    let link = format!("{URL}/v1/ack/Zm9ydHktdHdvIGJpdHMgLi4");
    let alert = alert("refund_status");
    let message =
        render(&alert, Transition::Opened, &Others::default(), &tenant(), URL, Some(&link));
    insta::assert_snapshot!(message.sms, @"PAGE: fallback_rate 37.2 %, expected 6.0 % intent=refund_status https://console.tocsin.example/v1/ack/Zm9ydHktdHdvIGJpdHMgLi4");
    let last: Vec<&str> = message.email.lines().rev().take(2).collect();
    let evidence = format!("Evidence     {URL}/alerts/{}", alert.id);
    assert_eq!(last, [evidence, format!("Acknowledge  {link}")]);
    assert_eq!(message.json["ack"], link);
    let without = render(&alert, Transition::Opened, &Others::default(), &tenant(), URL, None);
    assert_eq!(without.json["ack"], Value::Null);
    assert!(!without.email.contains("Acknowledge"));
}

#[test]
fn an_email_holds_the_whole_evidence() {
    let mut alert = alert("refund_status");
    let cell = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let part = Part { share: 0.25, before: Some(0.06), now: Some(0.372), ..Part::default() };
    let rest = Part { is_rest: true, now: Some(0.05), share: 0.75, ..part.clone() };
    alert.evidence.explanation = Explanation {
        weeks: 4,
        before: 0.06,
        now: 0.13,
        parts: vec![
            Part { cell: cell("channel", "chat"), rate: 0.078, mix: -0.001, ..part },
            Part { rate: -0.0075, ..rest },
        ],
        onset: Some(alert.opened - 4 * MINUTE),
        ..Explanation::default()
    };
    alert.evidence.affected = Some(Affected { conversations: 12, is_estimate: true });
    alert.evidence.impact = Some(12.0);
    let (currency, amount) = ("EUR".to_owned(), 1234.5);
    alert.evidence.revenue = vec![Revenue { currency, amount, usual: Some(200.0) }];
    alert.evidence.completeness = Some(0.995);
    let reason = "deployed as it began".to_owned();
    alert.evidence.changes[0].fit = Some(Fit { share: 0.93, reason });
    let message = render(&alert, Transition::Opened, &Others::default(), &tenant(), URL, None);
    let lines: Vec<&str> = message.email.lines().collect();
    insta::assert_snapshot!(lines[10..19].join("\n"), @r"
    Hit          about 12 conversations beyond what is usual (impact 12)
    At risk      EUR 1234, usually 200
    Complete     99.5 % of the data
    Compared     with the same hours of 4 earlier weeks
    Began        2025-02-19 21:16:00 UTC
    Because of   channel chat: 6.0 % -> 37.2 %, 25 % of all; by its rate +7.8 points, by its volume -0.1 points
    Rest         everything else: 6.0 % -> 5.0 %, 75 % of all; by its rate -0.8 points, by its volume 0.0 points
    Changed      2025-02-19 21:17:00 UTC prompt refunds v42
                 fits 93 %: deployed as it began
    ");
    assert_eq!(message.json["affected"]["conversations"], 12);
    assert_eq!(message.json["explanation"]["cells"][1]["rest"], true);
    alert.evidence.changes[0].fit = Some(Fit { share: 0.1, reason: "late".to_owned() });
    alert.evidence.explanation = Explanation::refusal("it is a level");
    let email = render(&alert, Transition::Opened, &Others::default(), &tenant(), URL, None).email;
    assert!(email.contains("Changed      no change fits"), "{email}");
    assert!(email.contains("Cells        not taken apart: it is a level"), "{email}");
}

#[test]
fn every_protocol_has_its_text() {
    let message = render(
        &alert("refund_status"),
        Transition::Opened,
        &Others::default(),
        &tenant(),
        URL,
        None,
    );
    let sns: Value = serde_json::from_str(&sns_message(&message)).unwrap();
    assert_eq!(sns["sms"], message.sms);
    for protocol in ["default", "email", "email-json", "http", "https", "sqs", "lambda"] {
        assert!(sns[protocol].is_string(), "{protocol}");
    }
    assert_eq!(serde_json::from_str::<Value>(sns["sqs"].as_str().unwrap()).unwrap(), message.json);
    assert!(message.attributes.iter().all(|(_, value)| !value.typed().1.is_empty()));
}

#[test]
fn a_long_place_is_cut_and_the_link_is_not() {
    let message = render(
        &alert(&"läng€".repeat(50)),
        Transition::Opened,
        &Others::default(),
        &tenant(),
        URL,
        None,
    );
    let link = format!(" {URL}/alerts/");
    assert!(message.sms.contains("...") && message.sms.contains(&link), "{}", message.sms);
    let long = format!("https://{}.example", "x".repeat(90));
    let message = render(
        &alert("refund_status"),
        Transition::Opened,
        &Others::default(),
        &tenant(),
        &long,
        None,
    );
    assert!(!message.sms.contains("refund") && message.sms.contains(&long), "{}", message.sms);
}

proptest! {
    #[test]
    fn no_message_is_too_long(
        intent in "\\PC{0,300}", host in "[a-z~é.]{0,200}", value in any::<f64>(),
        transition in prop::sample::select(
            vec![Transition::Opened, Transition::Reopened, Transition::Resolved],
        ),
        token in prop::option::of("[A-Za-z0-9_-]{22}"),
    ) {
        let mut alert = alert(&intent);
        alert.evidence.value = Some(value);
        let url = format!("https://{host}");
        let ack = token.map(|token| format!("{url}/v1/ack/{token}"));
        let message =
            render(&alert, transition, &Others::default(), &tenant(), &url, ack.as_deref());
        prop_assert!(sms::length(&message.sms) <= sms::SEPTETS, "{}", message.sms);
        // Of a link a person gets all or nothing.
        let link = ack.unwrap_or_else(|| format!("{url}/alerts/{}", alert.id));
        prop_assert!(message.sms.ends_with(&link) || !message.sms.contains("https://"));
        prop_assert!(message.subject.is_ascii() && message.subject.len() < 100);
        prop_assert!(!message.subject.contains(char::is_control));
    }
}
