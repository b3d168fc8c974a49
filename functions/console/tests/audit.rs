//! The trail: what is refused and what is done is in it, once, for its tenant alone.
#![expect(clippy::unwrap_used, reason = "a test")]

use bytes::Bytes;
use serde_json::{Value, json};
use tocsin_console::{Console, Identity, rights::Role};
use tocsin_domain::{
    audit::{Entry, What, Why},
    id::TenantId,
    minute::{DAY, HOUR, MINUTE},
    silence::{Matcher, Silence},
};
use tocsin_shell::{
    audit::{A_MINUTE, Refusals},
    config::Retention,
    http::Request,
    store::{Store, audit::Trail, rules::SavedRules},
    vault::Vault,
};
use tocsin_tables::fresh::store;

/// 2026-01-08T00:00:00Z
const NOW: i64 = 1_767_830_400_000_000_000;
const NO_ALERT: &str = "0000000000-0000000000000000";

fn tenant(name: &str) -> TenantId {
    TenantId::try_from(name.to_owned()).unwrap()
}

async fn console() -> Console {
    Console {
        store: store().await,
        vault: Vault::new(vec![7; 32]),
        unsaved_rules: "rules: []".to_owned(),
        links: &[],
        sign_in: None,
        refusals: Refusals::default(),
    }
}

fn person(of: &str, role: Role) -> Identity {
    Identity {
        tenant: tenant(of),
        role,
        agent: None,
        teams: Vec::new(),
        subject: Some("u-1".to_owned()),
        name: None,
        is_session: false,
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let mut request = http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from(body.to_owned())).unwrap()
}

async fn status(console: &Console, request: &Request, who: &Identity) -> u16 {
    console.handle(request, Ok(who), NOW).await.status().as_u16()
}

/// What is in a tenant's trail, the oldest first: what, upon what, and how it came out.
async fn told(store: &Store, of: &str) -> Vec<(String, Option<String>, String)> {
    let (mut entries, next) =
        store.trail(Trail::Tenant(&tenant(of)), None, 1_000, NOW).await.unwrap();
    assert_eq!(next, None);
    entries.reverse();
    let line = |one: Entry| {
        let outcome = one.why.unwrap_or_else(|| one.outcome.as_str().to_owned());
        (one.what, one.upon, outcome)
    };
    entries.into_iter().map(line).collect()
}

#[tokio::test]
async fn what_somebody_has_no_right_to_is_told_by_what_it_was_and_why() {
    let console = console().await;
    let (agent, lead) = (person("acme", Role::Agent), person("acme", Role::TeamLead));
    let own = [("host", "c.example"), ("origin", "https://c.example")];
    let foreign = [("host", "c.example"), ("origin", "https://evil.example")];
    let ack = format!("/alerts/{NO_ALERT}/ack");
    for (who, method, path, headers, answered, what, upon, why) in [
        (&agent, "PUT", "/v1/rules", &[][..], 403, "rules.save", None, "forbidden"),
        (&agent, "GET", "/v1/audit", &[], 403, "audit.read", None, "forbidden"),
        (&lead, "POST", &ack, &foreign, 403, "alert.acknowledge", Some(NO_ALERT), "foreign_origin"),
        (&lead, "POST", &ack, &own, 403, "alert.acknowledge", Some(NO_ALERT), "form_token"),
        (&lead, "GET", "/alerts/jo@example.com", &[], 404, "alerts.read", None, "unknown_id"),
        (
            &lead,
            "GET",
            "/v1/conversations/00000000000000000000000000000000",
            &[],
            404,
            "conversations.read",
            Some("00000000000000000000000000000000"),
            "unknown_id",
        ),
    ] {
        let before = told(&console.store, "acme").await;
        let asked = request(method, path, headers, "");
        assert_eq!(status(&console, &asked, who).await, answered, "{method} {path}");
        let after = told(&console.store, "acme").await;
        let expected = (what.to_owned(), upon.map(str::to_owned), why.to_owned());
        let mut new = after.clone();
        for known in before {
            new.remove(new.iter().position(|one| *one == known).unwrap());
        }
        assert_eq!(new, [expected], "{method} {path}");
    }
    let text = format!("{:?}", told(&console.store, "acme").await);
    assert!(!text.contains("example"), "{text}");
}

#[tokio::test]
async fn another_tenants_alert_is_unknown_and_only_who_asked_has_it_in_their_trail() {
    let console = console().await;
    let who = person("other", Role::Admin);
    let asked = request("POST", &format!("/v1/alerts/{NO_ALERT}/ack"), &[], "");
    assert_eq!(status(&console, &asked, &who).await, 404);
    assert_eq!(told(&console.store, "other").await.len(), 1);
    assert_eq!(told(&console.store, "acme").await, []);
}

#[tokio::test]
async fn a_stranger_has_nothing_written() {
    let console = console().await;
    for (method, path, answered) in
        [("GET", "/v1/alerts", 401), ("PUT", "/v1/rules", 401), ("GET", "/v1/ack/none", 404)]
    {
        let answer = console.handle(&request(method, path, &[], ""), Err(Why::Expired), NOW).await;
        assert_eq!(answer.status().as_u16(), answered, "{path}");
    }
    let (entries, _) = console.store.trail(Trail::Deployment, None, 10, NOW).await.unwrap();
    assert_eq!(entries, []);
    assert_eq!(told(&console.store, "acme").await, []);
}

#[tokio::test]
async fn a_trail_is_not_filled_without_end() {
    let console = console().await;
    let (agent, lead) = (person("acme", Role::Agent), person("acme", Role::TeamLead));
    let asked = request("PUT", "/v1/rules", &[], "");
    for _ in 0..A_MINUTE + 20 {
        assert_eq!(status(&console, &asked, &agent).await, 403);
    }
    // All of one moment and the same to the word, and each is an entry of its own.
    assert_eq!(told(&console.store, "acme").await.len(), usize::try_from(A_MINUTE).unwrap());
    assert_eq!(status(&console, &asked, &lead).await, 403);
    assert_eq!(told(&console.store, "acme").await.len(), usize::try_from(A_MINUTE).unwrap() + 1);
}

#[tokio::test]
async fn what_is_done_is_told_once_and_what_changes_nothing_is_not() {
    let console = console().await;
    let lead = person("acme", Role::TeamLead);
    let asked = json!({"rule": "r", "reason": "move", "end": "2026-01-08T04:00:00Z"}).to_string();
    let make = request("POST", "/v1/silences", &[], &asked);
    assert_eq!(status(&console, &make, &lead).await, 201);
    assert_eq!(status(&console, &make, &lead).await, 201);
    let id = console.store.silences(&tenant("acme")).await.unwrap().remove(0).id;
    let made = |what: &str| (what.to_owned(), Some(id.clone()), "done".to_owned());
    assert_eq!(told(&console.store, "acme").await, [made("silence.make")]);
    let end = request("DELETE", &format!("/v1/silences/{id}"), &[], "");
    for _ in 0..2 {
        assert_eq!(console.handle(&end, Ok(&lead), NOW + 1).await.status().as_u16(), 200);
    }
    let both = [made("silence.make"), made("silence.end")];
    assert_eq!(told(&console.store, "acme").await, both);
}

#[tokio::test]
async fn a_change_that_does_not_go_through_leaves_no_entry() {
    let store = store().await;
    let acme = tenant("acme");
    let rules = |version| SavedRules {
        version,
        yaml: "rules: []".to_owned(),
        saved: NOW,
        by: "admin".to_owned(),
    };
    let entry = |by: &str| Entry::done(NOW, by, What::SaveRules, Some("1"));
    store.save_rules(&acme, &rules(1), &entry("admin (a)")).await.unwrap();
    assert!(store.save_rules(&acme, &rules(1), &entry("admin (b)")).await.is_err());
    assert_eq!(told(&store, "acme").await.len(), 1);
    // Nor does the change go through whose entry is there already.
    let matcher = Matcher { rule: Some("r".to_owned()), ..Matcher::default() };
    let silence = Silence::new(matcher, "move", NOW + HOUR, "admin", NOW).unwrap();
    let add = |silences: &mut Vec<Silence>| silences.push(silence.clone());
    let made = Entry::done(NOW, "admin (a)", What::MakeSilence, Some("x"));
    let version = NOW.unsigned_abs();
    store.record(Trail::Tenant(&acme), &made, version).await.unwrap();
    assert!(store.change_silences(&acme, add, &made, NOW).await.is_err());
    assert!(store.silences(&acme).await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_follow_each_other_and_end_where_what_has_expired_begins() {
    let console = console().await;
    let (acme, admin) = (tenant("acme"), person("acme", Role::Admin));
    let kept = Retention::default().hours;
    for (number, at) in
        [NOW - kept - DAY, NOW - 3 * MINUTE, NOW - 2 * MINUTE, NOW - MINUTE].into_iter().enumerate()
    {
        let entry =
            Entry::done(at, "admin (a)", What::JudgeAlert, Some(number.to_string().as_str()));
        for _ in 0..2 {
            console.store.record(Trail::Tenant(&acme), &entry, 0).await.unwrap();
        }
    }
    let mut path = "/v1/audit?limit=2".to_owned();
    let mut pages = Vec::new();
    loop {
        let answer = console.handle(&request("GET", &path, &[], ""), Ok(&admin), NOW).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        let page: Value = serde_json::from_slice(answer.body()).unwrap();
        let upon = page["audit"].as_array().unwrap().iter().map(|one| one["upon"].clone());
        pages.push(upon.collect::<Vec<_>>());
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/audit?limit=2&next={next}"),
            None => break,
        }
    }
    assert_eq!(pages, [vec![json!("3"), json!("2")], vec![json!("1")]]);
    for bad in ["limit=0", "limit=201", "next=x", "by=me"] {
        let asked = request("GET", &format!("/v1/audit?{bad}"), &[], "");
        assert_eq!(status(&console, &asked, &admin).await, 400, "{bad}");
    }
    let page = console.handle(&request("GET", "/audit", &[], ""), Ok(&admin), NOW).await;
    let page = String::from_utf8(page.into_body().to_vec()).unwrap();
    assert_eq!(page.matches("alert.judge").count(), 3, "{page}");
}
