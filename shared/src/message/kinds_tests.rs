//! Every kind of message, as the reader of each protocol sees it.

use super::*;
use crate::{
    alert::Told,
    policy::{Alerts, Announcement, Covered, Target},
    rule::Severity,
};

/// A message of these alerts; the first leads.
fn message(alerts: &[Alert], transition: Transition, is_storm: bool) -> Message {
    let covers = alerts.iter().map(|alert| Covered {
        alert: alert.id.clone(),
        transition,
        notifications: vec![alert.notification_id(transition)],
    });
    let announcement = Announcement {
        at: alerts[0].updated,
        group: "page|fallback_rate".to_owned(),
        is_storm,
        targets: vec![Target::Page],
        covers: covers.collect(),
    };
    let living: Alerts = alerts.iter().map(|one| (one.fingerprint.clone(), one.clone())).collect();
    let others = Others::of(&announcement, &living);
    let message = render(&alerts[0], transition, &others, &tenant(), URL, None);
    check_schema(&message);
    message
}

/// Subject, SMS, email and chat of a message, as their readers see them.
fn seen(message: &Message) -> String {
    let content = &message.chat["content"];
    let steps = content["nextSteps"].as_array().unwrap();
    let steps: Vec<_> = steps.iter().map(|step| format!("- {}", step.as_str().unwrap())).collect();
    format!(
        "SUBJECT {}\nSMS     {}\nEMAIL\n{}CHAT\n{}\n{}\n{}",
        message.subject,
        message.sms,
        message.email,
        content["title"].as_str().unwrap(),
        content["description"].as_str().unwrap(),
        steps.join("\n"),
    )
}

fn place(of: &[(&str, &str)], value: f64) -> Alert {
    let mut alert = alert("refund_status");
    alert.cell = of.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    alert.fingerprint = format!("{:016x}", short_hash(&[format!("{of:?}").as_bytes()]));
    alert.id = format!("0029000000-{}", alert.fingerprint);
    alert.evidence.value = Some(value);
    alert
}

#[test]
fn one_alert_that_opened() {
    let message = message(&[alert("refund_status")], Transition::Opened, false);
    insta::assert_snapshot!(seen(&message), @r"
    SUBJECT PAGE: fallback_rate 37.2 %, expected 6.0 % intent=refund_status (demo)
    SMS     PAGE: fallback_rate 37.2 %, expected 6.0 % intent=refund_status https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    EMAIL
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
    CHAT
    PAGE: fallback_rate 37.2 %, expected 6.0 % intent=refund_status
    *37.2 %* of 43 in 5 min, since 2025-02-19 21:20:00 UTC
    Expected 6.0 % (0.0 % to 17.0 %)
    Changed 2025-02-19 21:17:00 UTC prompt refunds v42
    - Roll back the prompt or knowledge-base version that the exemplars share.
    - Evidence: https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    - Runbook: https://example.com/runbooks/fallback
    ");
}

#[test]
fn a_group_that_opened() {
    let mut alerts = vec![place(&[], 0.31)];
    for intent in ["refund_status", "delivery"] {
        alerts.push(place(&[("intent", intent)], 0.5));
    }
    for number in 0..12 {
        alerts.push(place(&[("intent", &format!("intent_{number}"))], 0.4));
    }
    let message = message(&alerts, Transition::Opened, false);
    insta::assert_snapshot!(seen(&message), @r"
    SUBJECT PAGE: fallback_rate 31.0 %, expected 6.0 % all, +14 more (demo)
    SMS     PAGE: fallback_rate 31.0 %, expected 6.0 % all, +14 more https://console.tocsin.example/alerts/0029000000-4f53cda18c2baa0c
    EMAIL
    PAGE: fallback_rate 31.0 %, expected 6.0 % - all, +14 more
    Rule         ai-fallback-high-by-intent: over 0.35 (of at least 20)
    Value        31.0 %
    Expected     6.0 % (0.0 % to 17.0 %)
    Based on     43 in 5 min
    Since        2025-02-19 21:20:00 UTC
    Tenant       demo
    Owner        ai_lead
    Next action  Roll back the prompt or knowledge-base version that the exemplars share.
    Runbook      https://example.com/runbooks/fallback
    Changed      2025-02-19 21:17:00 UTC prompt refunds v42
    Conversation 01ab01ab01ab01ab01ab01ab01ab01ab
    Also         opened fallback_rate 50.0 % intent=refund_status (ai-fallback-high-by-intent)
    Also         opened fallback_rate 50.0 % intent=delivery (ai-fallback-high-by-intent)
    Also         opened fallback_rate 40.0 % intent=intent_0 (ai-fallback-high-by-intent)
    Also         opened fallback_rate 40.0 % intent=intent_1 (ai-fallback-high-by-intent)
    Also         opened fallback_rate 40.0 % intent=intent_2 (ai-fallback-high-by-intent)
    Also         opened fallback_rate 40.0 % intent=intent_3 (ai-fallback-high-by-intent)
    Also         opened fallback_rate 40.0 % intent=intent_4 (ai-fallback-high-by-intent)
    Also         opened fallback_rate 40.0 % intent=intent_5 (ai-fallback-high-by-intent)
    Also         opened fallback_rate 40.0 % intent=intent_6 (ai-fallback-high-by-intent)
    Also         opened fallback_rate 40.0 % intent=intent_7 (ai-fallback-high-by-intent)
    Also         4 more, all in the console
    Evidence     https://console.tocsin.example/alerts/0029000000-4f53cda18c2baa0c
    CHAT
    PAGE: fallback_rate 31.0 %, expected 6.0 % all, +14 more
    *31.0 %* of 43 in 5 min, since 2025-02-19 21:20:00 UTC
    Expected 6.0 % (0.0 % to 17.0 %)
    Changed 2025-02-19 21:17:00 UTC prompt refunds v42
    Also: opened fallback_rate 50.0 % intent=refund_status (ai-fallback-high-by-intent)
    Also: opened fallback_rate 50.0 % intent=delivery (ai-fallback-high-by-intent)
    Also: opened fallback_rate 40.0 % intent=intent_0 (ai-fallback-high-by-intent)
    Also: opened fallback_rate 40.0 % intent=intent_1 (ai-fallback-high-by-intent)
    Also: opened fallback_rate 40.0 % intent=intent_2 (ai-fallback-high-by-intent)
    Also: opened fallback_rate 40.0 % intent=intent_3 (ai-fallback-high-by-intent)
    Also: opened fallback_rate 40.0 % intent=intent_4 (ai-fallback-high-by-intent)
    Also: opened fallback_rate 40.0 % intent=intent_5 (ai-fallback-high-by-intent)
    Also: opened fallback_rate 40.0 % intent=intent_6 (ai-fallback-high-by-intent)
    Also: opened fallback_rate 40.0 % intent=intent_7 (ai-fallback-high-by-intent)
    Also: 4 more, all in the console
    - Roll back the prompt or knowledge-base version that the exemplars share.
    - Evidence: https://console.tocsin.example/alerts/0029000000-4f53cda18c2baa0c
    - Runbook: https://example.com/runbooks/fallback
    ");
}

#[test]
fn an_alert_that_fires_again() {
    let mut alert = alert("refund_status");
    alert.reopened = 2;
    let message = message(&[alert], Transition::Reopened, false);
    insta::assert_snapshot!(seen(&message), @r"
    SUBJECT PAGE again: fallback_rate 37.2 %, expected 6.0 % intent=refund_status (demo)
    SMS     PAGE again: fallback_rate 37.2 %, expected 6.0 % intent=refund_status https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    EMAIL
    PAGE again: fallback_rate 37.2 %, expected 6.0 % - intent=refund_status
    Rule         ai-fallback-high-by-intent: over 0.35 (of at least 20)
    Value        37.2 %
    Expected     6.0 % (0.0 % to 17.0 %)
    Based on     43 in 5 min
    Since        2025-02-19 21:20:00 UTC
    Opened again 2 times
    Tenant       demo
    Owner        ai_lead
    Next action  Roll back the prompt or knowledge-base version that the exemplars share.
    Runbook      https://example.com/runbooks/fallback
    Changed      2025-02-19 21:17:00 UTC prompt refunds v42
    Conversation 01ab01ab01ab01ab01ab01ab01ab01ab
    Evidence     https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    CHAT
    PAGE again: fallback_rate 37.2 %, expected 6.0 % intent=refund_status
    *37.2 %* of 43 in 5 min, since 2025-02-19 21:20:00 UTC
    Expected 6.0 % (0.0 % to 17.0 %)
    Changed 2025-02-19 21:17:00 UTC prompt refunds v42
    - Roll back the prompt or knowledge-base version that the exemplars share.
    - Evidence: https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    - Runbook: https://example.com/runbooks/fallback
    ");
}

#[test]
fn an_alert_that_is_over() {
    let mut alert = alert("refund_status");
    alert.state = crate::alert::AlertState::Resolved;
    alert.resolved = Some(alert.opened + 42 * MINUTE);
    alert.evidence.value = Some(0.05);
    let message = message(&[alert], Transition::Resolved, false);
    insta::assert_snapshot!(seen(&message), @r"
    SUBJECT RESOLVED page: fallback_rate 5.0 %, expected 6.0 % intent=refund_status (demo)
    SMS     RESOLVED page: fallback_rate 5.0 %, expected 6.0 % intent=refund_status https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    EMAIL
    RESOLVED page: fallback_rate 5.0 %, expected 6.0 % - intent=refund_status
    Rule         ai-fallback-high-by-intent: over 0.35 (of at least 20)
    Value        5.0 %
    Expected     6.0 % (0.0 % to 17.0 %)
    Based on     43 in 5 min
    Since        2025-02-19 21:20:00 UTC
    Resolved     2025-02-19 22:02:00 UTC
    Tenant       demo
    Owner        ai_lead
    Next action  Roll back the prompt or knowledge-base version that the exemplars share.
    Runbook      https://example.com/runbooks/fallback
    Changed      2025-02-19 21:17:00 UTC prompt refunds v42
    Conversation 01ab01ab01ab01ab01ab01ab01ab01ab
    Evidence     https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    CHAT
    RESOLVED page: fallback_rate 5.0 %, expected 6.0 % intent=refund_status
    *5.0 %* of 43 in 5 min, since 2025-02-19 21:20:00 UTC
    Expected 6.0 % (0.0 % to 17.0 %)
    Changed 2025-02-19 21:17:00 UTC prompt refunds v42
    - Roll back the prompt or knowledge-base version that the exemplars share.
    - Evidence: https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    - Runbook: https://example.com/runbooks/fallback
    ");
}

#[test]
fn an_alert_that_comes_and_goes() {
    let mut alert = alert("refund_status");
    alert.reopened = 3;
    let message = message(&[alert], Transition::Flapping, false);
    insta::assert_snapshot!(seen(&message), @r"
    SUBJECT FLAPPING page: fallback_rate 37.2 %, expected 6.0 % intent=refund_status (demo)
    SMS     FLAPPING page: fallback_rate 37.2 %, expected 6.0 % intent=refund_status https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    EMAIL
    FLAPPING page: fallback_rate 37.2 %, expected 6.0 % - intent=refund_status
    It comes and goes. You will hear of it again when it is steady.
    Rule         ai-fallback-high-by-intent: over 0.35 (of at least 20)
    Value        37.2 %
    Expected     6.0 % (0.0 % to 17.0 %)
    Based on     43 in 5 min
    Since        2025-02-19 21:20:00 UTC
    Opened again 3 times
    Tenant       demo
    Owner        ai_lead
    Next action  Roll back the prompt or knowledge-base version that the exemplars share.
    Runbook      https://example.com/runbooks/fallback
    Changed      2025-02-19 21:17:00 UTC prompt refunds v42
    Conversation 01ab01ab01ab01ab01ab01ab01ab01ab
    Evidence     https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    CHAT
    FLAPPING page: fallback_rate 37.2 %, expected 6.0 % intent=refund_status
    It comes and goes. You will hear of it again when it is steady.
    *37.2 %* of 43 in 5 min, since 2025-02-19 21:20:00 UTC
    Expected 6.0 % (0.0 % to 17.0 %)
    Changed 2025-02-19 21:17:00 UTC prompt refunds v42
    - Roll back the prompt or knowledge-base version that the exemplars share.
    - Evidence: https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    - Runbook: https://example.com/runbooks/fallback
    ");
}

#[test]
fn an_alert_that_nobody_took_on() {
    let mut alert = alert("refund_status");
    alert.delivery.told =
        Some(Told { at: alert.opened, transition: Transition::Opened, message: 0 });
    let message = message(&[alert], Transition::Escalated, false);
    insta::assert_snapshot!(seen(&message), @r"
    SUBJECT ESCALATED page, nobody answered: fallback_rate 37.2 %, expected 6.0 % intent=refund_status (demo)
    SMS     ESCALATED page, nobody answered: fallback_rate 37.2 %, expected 6.0 % intent=refund_status https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    EMAIL
    ESCALATED page, nobody answered: fallback_rate 37.2 %, expected 6.0 % - intent=refund_status
    It was told to whoever is on call, and nobody took it on. Now it is yours.
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
    CHAT
    ESCALATED page, nobody answered: fallback_rate 37.2 %, expected 6.0 % intent=refund_status
    It was told to whoever is on call, and nobody took it on. Now it is yours.
    *37.2 %* of 43 in 5 min, since 2025-02-19 21:20:00 UTC
    Expected 6.0 % (0.0 % to 17.0 %)
    Changed 2025-02-19 21:17:00 UTC prompt refunds v42
    - Roll back the prompt or knowledge-base version that the exemplars share.
    - Evidence: https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7
    - Runbook: https://example.com/runbooks/fallback
    ");
}

#[test]
fn a_source_that_is_out() {
    let mut alert = place(&[("source", "/crm/eu")], 0.4);
    alert.rule = "source-silent".to_owned();
    alert.metric = Metric::Completeness;
    alert.severity = Severity::Page;
    alert.owner = "admin".to_owned();
    alert.next_action = "Check the connection of this source.".to_owned();
    alert.runbook = None;
    alert.evidence.expected = None;
    alert.evidence.threshold = "not heard of for 3 min, or less than 0.98 complete".to_owned();
    alert.evidence.exemplars.clear();
    alert.evidence.changes.clear();
    let message = message(&[alert], Transition::Opened, false);
    insta::assert_snapshot!(seen(&message), @r"
    SUBJECT PAGE: source silent or incomplete source=/crm/eu (demo)
    SMS     PAGE: source silent or incomplete source=/crm/eu https://console.tocsin.example/alerts/0029000000-24800bbdd1f5350a
    EMAIL
    PAGE: source silent or incomplete - source=/crm/eu
    Its figures are too low, and the alerts that it feeds wait, until it is back.
    Rule         source-silent: not heard of for 3 min, or less than 0.98 complete
    Value        40.0 %
    Based on     43 in 5 min
    Since        2025-02-19 21:20:00 UTC
    Tenant       demo
    Owner        admin
    Next action  Check the connection of this source.
    Evidence     https://console.tocsin.example/alerts/0029000000-24800bbdd1f5350a
    CHAT
    PAGE: source silent or incomplete source=/crm/eu
    Its figures are too low, and the alerts that it feeds wait, until it is back.
    *40.0 %* of 43 in 5 min, since 2025-02-19 21:20:00 UTC
    - Check the connection of this source.
    - Evidence: https://console.tocsin.example/alerts/0029000000-24800bbdd1f5350a
    ");
}

#[test]
fn what_programs_get() {
    let alerts = [place(&[], 0.31), place(&[("intent", "delivery")], 0.5)];
    let message = message(&alerts, Transition::Opened, false);
    insta::assert_snapshot!(serde_json::to_string_pretty(&message.json).unwrap(), @r#"
    {
      "schema": "tocsin.alert.v1",
      "notification": "0029000000-4f53cda18c2baa0c-0-opened",
      "transition": "opened",
      "id": "0029000000-4f53cda18c2baa0c",
      "fingerprint": "4f53cda18c2baa0c",
      "tenant": "demo",
      "rule": "ai-fallback-high-by-intent",
      "metric": "fallback_rate",
      "unit": "share",
      "family": "fallback_rate",
      "cell": {},
      "severity": "page",
      "state": "firing",
      "owner": "ai_lead",
      "next_action": "Roll back the prompt or knowledge-base version that the exemplars share.",
      "runbook": "https://example.com/runbooks/fallback",
      "opened": "2025-02-19T21:20:00Z",
      "since": "2025-02-19T21:20:00Z",
      "resolved": null,
      "reopened": 0,
      "value": 0.31,
      "expected": {
        "mid": 0.06,
        "low": 0.0,
        "high": 0.17
      },
      "reason": null,
      "n": 43,
      "condition": "over 0.35 (of at least 20)",
      "window_minutes": 5,
      "exemplars": [
        "01ab01ab01ab01ab01ab01ab01ab01ab"
      ],
      "changes": [
        {
          "time": "2025-02-19T21:17:00Z",
          "kind": "prompt",
          "name": "refunds",
          "version": "v42",
          "fit": null,
          "reason": null
        }
      ],
      "explanation": {
        "refused": null,
        "began": null,
        "cells": []
      },
      "affected": null,
      "revenue_at_risk": [],
      "completeness": null,
      "impact": null,
      "link": "https://console.tocsin.example/alerts/0029000000-4f53cda18c2baa0c",
      "ack": null,
      "announced": "2025-02-19T21:20:00Z",
      "inhibited_by": null,
      "group": {
        "id": "9bbf8315ca483d16",
        "parent": {},
        "storm": false,
        "told": 1,
        "open": 0,
        "inhibited": 0,
        "others": [
          {
            "id": "0029000000-09faff1e8c3c9fc6",
            "transition": "opened",
            "rule": "ai-fallback-high-by-intent",
            "metric": "fallback_rate",
            "cell": {
              "intent": "delivery"
            },
            "value": 0.5
          }
        ],
        "notifications": [
          "0029000000-4f53cda18c2baa0c-0-opened",
          "0029000000-09faff1e8c3c9fc6-0-opened"
        ]
      }
    }
    "#);
}

#[test]
fn what_rooms_get() {
    let message = message(&[alert("refund_status")], Transition::Opened, false);
    insta::assert_snapshot!(serde_json::to_string_pretty(&message.chat).unwrap(), @r#"
    {
      "version": "1.0",
      "source": "custom",
      "id": "0029000000-5a949586de1a53d7-0-opened",
      "content": {
        "textType": "client-markdown",
        "title": "PAGE: fallback_rate 37.2 %, expected 6.0 % intent=refund_status",
        "description": "*37.2 %* of 43 in 5 min, since 2025-02-19 21:20:00 UTC\nExpected 6.0 % (0.0 % to 17.0 %)\nChanged 2025-02-19 21:17:00 UTC prompt refunds v42",
        "nextSteps": [
          "Roll back the prompt or knowledge-base version that the exemplars share.",
          "Evidence: https://console.tocsin.example/alerts/0029000000-5a949586de1a53d7",
          "Runbook: https://example.com/runbooks/fallback"
        ],
        "keywords": [
          "page",
          "ai-fallback-high-by-intent",
          "fallback_rate",
          "ai_lead"
        ]
      },
      "metadata": {
        "threadId": "0029000000-5a949586de1a53d7",
        "summary": "PAGE: fallback_rate 37.2 %, expected 6.0 % intent=refund_status",
        "eventType": "tocsin.alert.opened",
        "relatedResources": [
          "0029000000-5a949586de1a53d7"
        ],
        "additionalContext": {
          "tenant": "demo",
          "state": "firing",
          "severity": "page",
          "group": "9bbf8315ca483d16"
        }
      }
    }
    "#);
}
