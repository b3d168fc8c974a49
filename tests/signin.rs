//! People sign in, stay signed in for a while and sign out, in a browser, against an issuer that checks
//! what it is told; and whoever should not get in does not.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use serde_json::{Value, json};
use tocsin_domain::minute::{MINUTE, SECOND};
use tocsin_tables::fresh::Fresh;
use tokio::runtime::Runtime;

#[path = "acknowledge/browser.rs"]
#[allow(dead_code, reason = "each test binary uses its part")]
mod browser;
#[path = "signin/console.rs"]
mod console;
#[path = "signin/issuer.rs"]
mod issuer;
#[path = "signin/person.rs"]
mod person;
mod running;

use browser::Browser;
use console::NOW;
use issuer::{CLIENT, Issuer};
use person::{Answer, PAGES, Person, SESSION};
use running::Dev;

const JSON: (&str, &str) = ("accept", "application/json");

/// A console, its issuer, and the clock of both.
struct World {
    url: String,
    issuer: Arc<Issuer>,
    now: Arc<AtomicI64>,
    runtime: Runtime,
}

impl World {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let now = Arc::new(AtomicI64::new(NOW));
        let issuer = runtime.block_on(Issuer::start(Arc::clone(&now)));
        let url = runtime.block_on(console::start(&issuer, CLIENT, Arc::clone(&now)));
        Self { url, issuer, now, runtime }
    }

    fn person(&self) -> Person {
        Person::at(&self.url)
    }

    fn pass(&self, nanoseconds: i64) {
        self.now.fetch_add(nanoseconds, Ordering::SeqCst);
    }

    fn claiming(&self, claims: &Value) {
        self.issuer.claims.lock().unwrap().clone_from(claims);
    }
}

/// Whether a person who came back this way was refused with these words, and nothing is left of it.
#[track_caller]
fn check_refused(person: &Person, answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains(words), "{words}: {}", answer.body);
    assert!(answer.body.contains("To the console"), "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(!person.is_signed_in());
}

#[test]
fn whoever_wants_a_page_gets_there_by_signing_in() {
    let world = World::new();
    let mut ann = world.person();
    let to_sign_in = ann.open("/silences?rule=a%20b").location().to_owned();
    assert_eq!(to_sign_in, "/signin?to=%2Fsilences%3Frule%3Da%2520b");
    let to_issuer = ann.open(&to_sign_in).location().to_owned();
    assert!(to_issuer.starts_with(&format!("{}/authorize?", world.issuer.url)), "{to_issuer}");
    let back = ann.open(&to_issuer).location().to_owned();
    assert!(back.starts_with(&format!("{}/signin/callback?", world.url)), "{back}");
    assert_eq!((ann.attempts(), ann.is_signed_in()), (1, false));
    let answer = ann.open(&back);
    assert_eq!(answer.location(), "/silences?rule=a%20b");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer", "its address held the code");
    assert_eq!((ann.attempts(), ann.is_signed_in()), (0, true));
    for page in ["/silences?rule=a%20b", "/", "/metrics/contacts", "/insights/alert_quality"] {
        let page = ann.open(page);
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("Ann Lee, operations of acme"), "{}", page.body);
        assert!(page.body.contains("Sign out"), "{}", page.body);
    }
    assert_eq!(ann.ask("GET", "/v1/metrics", &[JSON], "").status, 200);
    assert_eq!(world.person().open("/").location(), "/signin?to=%2F", "nobody else is signed in");
}

#[test]
fn programs_are_told_and_not_led_anywhere() {
    let world = World::new();
    let mut program = world.person();
    for (method, path, accept) in [
        ("GET", "/v1/metrics", JSON),
        ("GET", "/v1/metrics", PAGES),
        ("GET", "/", JSON),
        ("POST", "/v1/alerts/x/ack", PAGES),
        ("POST", "/silences", PAGES),
    ] {
        let answer = program.ask(method, path, &[accept], "");
        assert_eq!(answer.status, 401, "{method} {path}");
        assert!(!answer.headers.contains_key("location"), "{method} {path}");
    }
    let bearer = format!("Bearer {}", world.issuer.token(None));
    let with = |person: &mut Person, token: &str, path: &str| {
        person.ask("GET", path, &[PAGES, ("authorization", token)], "").status
    };
    assert_eq!(with(&mut program, &bearer, "/v1/metrics"), 200);
    assert_eq!(with(&mut program, &bearer, "/"), 200);
    assert_eq!(with(&mut program, "Bearer guessed", "/"), 401, "it is told so, and not led away");
    let mut ann = world.person();
    ann.sign_in("/");
    assert_eq!(with(&mut ann, "Bearer guessed", "/"), 401, "the cookie does not stand in");
    // A session is no token.
    let session = format!("Bearer {}", ann.cookies[SESSION]);
    assert_eq!(with(&mut program, &session, "/v1/metrics"), 401);
}

#[test]
fn what_a_session_changes_comes_from_a_page_of_its_own() {
    let world = World::new();
    let mut ann = world.person();
    ann.sign_in("/silences");
    let token = ann.open("/silences").field("csrf").to_owned();
    let silence = r#"{"rule":"r","reason":"planned work","end":"2026-01-05T11:00:00Z"}"#;
    let post = |ann: &mut Person, headers: &[(&str, &str)]| {
        let kind = ("content-type", "application/json");
        ann.ask("POST", "/v1/silences", &[headers, &[JSON, kind]].concat(), silence).status
    };
    let (own, token) = (("origin", world.url.as_str()), ("x-csrf-token", token.as_str()));
    assert_eq!(post(&mut ann, &[]), 403);
    assert_eq!(post(&mut ann, &[own]), 403);
    assert_eq!(post(&mut ann, &[token, ("origin", "https://evil.example")]), 403);
    assert_eq!(post(&mut ann, &[own, token]), 201);
    // Another's session does not take it.
    world.claiming(&json!({ "sub": "bo-1" }));
    let mut bo = world.person();
    bo.sign_in("/");
    assert_eq!(post(&mut bo, &[own, token]), 403);
}

#[test]
fn whoever_signs_out_is_out_and_nobody_else_signs_them_out() {
    let world = World::new();
    let mut ann = world.person();
    ann.sign_in("/");
    let token = ann.open("/signout").field("csrf").to_owned();
    assert!(ann.is_signed_in(), "looking changes nothing");
    let form = format!("csrf={token}");
    let own = ("origin", world.url.as_str());
    for (headers, body) in [
        (vec![PAGES], form.as_str()),
        (vec![PAGES, ("origin", "https://evil.example")], &form),
        (vec![PAGES, own], ""),
    ] {
        assert_eq!(ann.ask("POST", "/signout", &headers, body).status, 403);
        assert!(ann.is_signed_in());
    }
    // Another site's form comes without cookies; it takes none away either.
    let foreign =
        world.person().ask("POST", "/signout", &[PAGES, ("origin", "https://e.example")], "");
    assert_eq!((foreign.status, foreign.headers.contains_key("set-cookie")), (403, false));
    assert_eq!(ann.ask("POST", "/signout", &[PAGES, own], &form).location(), "/signout");
    assert!(!ann.is_signed_in());
    let out = ann.open("/signout");
    let elsewhere = format!("{}/logout?client_id=console&amp;post_logout", world.issuer.url);
    assert!(out.body.contains(&elsewhere), "{}", out.body);
    assert_eq!(ann.open("/").location(), "/signin?to=%2F");
}

#[test]
fn the_trail_names_who_signed_in_and_out() {
    let world = World::new();
    world.claiming(&json!({ "sub": "ann-1" }));
    let mut ann = world.person();
    ann.sign_in("/");
    world.pass(MINUTE);
    let form = format!("csrf={}", ann.open("/signout").field("csrf"));
    let own = ("origin", world.url.as_str());
    assert_eq!(ann.ask("POST", "/signout", &[PAGES, own], &form).status, 303);
    world.pass(MINUTE);
    world.claiming(&json!({ "sub": "bo-1", "tocsin_role": "admin" }));
    let mut bo = world.person();
    bo.sign_in("/");
    let trail = bo.ask("GET", "/v1/audit", &[JSON], "");
    let trail: Value = serde_json::from_str(&trail.body).unwrap();
    let told = trail["audit"].as_array().unwrap().iter().map(|entry| {
        let word = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", word("actor"), word("what"), word("outcome"))
    });
    let told: Vec<String> = told.collect();
    let expect = [
        "admin (bo-1) session.begin done",
        "operations (ann-1) session.end done",
        "operations (ann-1) session.begin done",
    ];
    assert_eq!(told, expect);
}

#[test]
fn nobody_is_let_in_whom_the_trail_can_not_name() {
    let world = World::new();
    // Where nobody listens.
    let client = tocsin_tables::client("http://127.0.0.1:9");
    let nowhere = Fresh { client, state: "state".to_owned(), texts: "texts".to_owned() };
    let now = Arc::clone(&world.now);
    let serve = console::serve(&world.issuer, CLIENT, nowhere.store(), now);
    let mut ann = Person::at(&world.runtime.block_on(serve));
    let back = ann.back_from_issuer("/");
    let answer = ann.open(&back);
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(!ann.is_signed_in());
}

#[test]
fn a_session_ends_with_its_token_and_no_later_than_a_day() {
    let world = World::new();
    let mut ann = world.person();
    ann.sign_in("/");
    world.pass(3599 * SECOND);
    assert_eq!(ann.open("/").status, 200);
    world.pass(SECOND);
    assert_eq!(ann.open("/").location(), "/signin?to=%2F");
    assert_eq!(ann.ask("GET", "/v1/metrics", &[JSON], "").status, 401);
    world.claiming(&json!({ "exp": world.now.load(Ordering::SeqCst) / SECOND + 1_000_000 }));
    ann.sign_in("/");
    world.pass(24 * 60 * MINUTE - SECOND);
    assert_eq!(ann.open("/").status, 200);
    world.pass(SECOND);
    assert_eq!(ann.open("/").status, 303);
}

#[test]
fn a_session_that_is_not_this_consoles_is_none() {
    let world = World::new();
    let mut ann = world.person();
    ann.sign_in("/");
    let session = ann.cookies[SESSION].clone();
    let mut changed = session.clone();
    let last = changed.pop().unwrap();
    changed.insert(0, last);
    let mut other = world.person();
    for bad in ["", "x", &changed, &world.issuer.token(None)] {
        other.cookies.insert(SESSION.to_owned(), bad.to_owned());
        assert_eq!(other.open("/").status, 303, "{bad}");
    }
    // Under the same secret, but of another client of the issuer's.
    let start = console::start(&world.issuer, "another", Arc::clone(&world.now));
    let mut elsewhere = Person::at(&world.runtime.block_on(start));
    elsewhere.cookies.insert(SESSION.to_owned(), session);
    assert_eq!(elsewhere.open("/").status, 303);
}

#[test]
fn only_the_browser_that_began_comes_back_and_only_once() {
    let world = World::new();
    let begun = "not begun in this browser";
    let mut ann = world.person();
    let back = ann.back_from_issuer("/");

    let mut bo = world.person();
    let answer = bo.open(&back);
    check_refused(&bo, &answer, 400, begun);
    let other_state = back.replace("state=", "state=x");
    let answer = ann.open(&other_state);
    check_refused(&ann, &answer, 400, begun);
    let answer = ann.open("/signin/callback");
    check_refused(&ann, &answer, 400, begun);
    let another_issuer =
        back.split("&iss=").next().unwrap().to_owned() + "&iss=https%3A%2F%2Fi.example";
    let answer = ann.clone().open(&another_issuer);
    check_refused(&world.person(), &answer, 400, begun);

    // What was kept for one attempt does not do for another.
    let mut held = ann.clone();
    let (name, sealed) = ann.cookies.first_key_value().unwrap();
    held.cookies.clear();
    held.cookies.insert(format!("{name}x"), sealed.clone());
    let answer = held.open(&back.replace("&iss", "x&iss"));
    check_refused(&held, &answer, 400, begun);

    let before = ann.clone();
    assert_eq!(ann.open(&back).location(), "/");
    let answer = ann.clone().open(&back);
    assert_eq!(answer.status, 400, "the attempt is over");
    // Whoever kept its cookie finds the code used.
    let mut again = before;
    let answer = again.open(&back);
    check_refused(&again, &answer, 400, "does not take this code");
    assert_eq!(again.attempts(), 0);

    let mut late = world.person();
    let back = late.back_from_issuer("/");
    world.pass(10 * MINUTE);
    let answer = late.open(&back);
    check_refused(&late, &answer, 400, begun);
    assert_eq!(late.attempts(), 0);
}

#[test]
fn a_code_of_somebody_elses_attempt_signs_nobody_in() {
    let world = World::new();
    let (mut ann, mut eve) = (world.person(), world.person());
    let (of_ann, of_eve) = (ann.back_from_issuer("/"), eve.back_from_issuer("/"));
    let part = |address: &str, name: &str| {
        let (_, rest) = address.split_once(&format!("{name}=")).unwrap();
        rest.split('&').next().unwrap().to_owned()
    };
    let mixed = of_ann.replace(&part(&of_ann, "code"), &part(&of_eve, "code"));
    let answer = ann.open(&mixed);
    check_refused(&ann, &answer, 400, "does not take this code");
}

#[test]
fn a_token_that_does_not_hold_signs_nobody_in() {
    let world = World::new();
    let seconds = NOW / SECOND;
    for (claims, words) in [
        (json!({ "nonce": "another" }), "does not hold"),
        (json!({ "nonce": null }), "does not hold"),
        (json!({ "aud": "another" }), "does not hold"),
        (json!({ "iss": "https://other.example" }), "does not hold"),
        (json!({ "exp": seconds - 61 }), "does not hold"),
        (json!({ "nbf": seconds + 61 }), "does not hold"),
        (json!({ "tocsin_tenant": null }), "ask your administrator to set `tocsin_tenant`"),
        (json!({ "tocsin_role": "root" }), "ask your administrator to set `tocsin_role`"),
        (json!({ "tocsin_teams": vec!["team"; 1_000] }), "more teams"),
    ] {
        world.claiming(&claims);
        let mut person = world.person();
        let back = person.back_from_issuer("/");
        let answer = person.open(&back);
        check_refused(&person, &answer, 403, words);
        assert_eq!(person.attempts(), 0, "{claims}");
    }
    world.claiming(&json!({}));
    world.issuer.signs_as_another.store(true, Ordering::SeqCst);
    let mut person = world.person();
    let back = person.back_from_issuer("/");
    let answer = person.open(&back);
    check_refused(&person, &answer, 403, "does not hold");
}

#[test]
fn whom_the_issuer_refuses_is_told_what_to_do() {
    let world = World::new();
    for (error, words) in [
        ("access_denied", "ask your administrator for an account"),
        ("temporarily_unavailable", "(`temporarily_unavailable`)"),
        ("<script>alert(1)</script>", "(`unknown`)"),
    ] {
        *world.issuer.refuses.lock().unwrap() = Some(error.to_owned());
        let mut ann = world.person();
        let back = ann.back_from_issuer("/");
        let answer = ann.open(&back);
        check_refused(&ann, &answer, 403, words);
        assert_eq!(ann.attempts(), 0);
        assert_eq!(ann.sign_in("/"), "/", "then they begin again");
    }
}

#[test]
fn nobody_is_led_to_another_site() {
    let world = World::new();
    for to in
        ["//evil.example", "https://evil.example/", "/%5Cevil.example", "/v1/alerts", "/signin"]
    {
        let mut ann = world.person();
        let to_issuer = ann.open(&format!("/signin?to={to}")).location().to_owned();
        let back = ann.open(&to_issuer).location().to_owned();
        assert_eq!(ann.open(&back).location(), "/", "{to}");
    }
}

#[test]
fn several_tabs_sign_in_at_once_and_forgotten_attempts_do_not_pile_up() {
    let world = World::new();
    let mut ann = world.person();
    let backs = [ann.back_from_issuer("/"), ann.back_from_issuer("/silences")];
    let led: Vec<String> = backs.iter().map(|back| ann.open(back).location().to_owned()).collect();
    assert_eq!(led, ["/", "/silences"]);
    let (mut bo, mut held) = (world.person(), Vec::new());
    for _ in 0..20 {
        bo.open("/signin");
        held.push(bo.attempts());
    }
    assert_eq!(held.iter().max(), Some(&6));
    assert_eq!(bo.sign_in("/"), "/");
}

#[test]
fn where_the_issuer_does_not_answer_that_is_said() {
    let world = World::new();
    let mut ann = world.person();
    // It does not take a code back from whom it does not know the way to.
    let back = ann.back_from_issuer("/");
    world.issuer.is_down.store(true, Ordering::SeqCst);
    let answer = ann.open(&back);
    check_refused(&ann, &answer, 503, "does not answer for now");
    assert!(answer.headers.contains_key("retry-after"));
    // A console that starts meanwhile knows nothing of it.
    let start = console::start(&world.issuer, "another", Arc::clone(&world.now));
    let mut bo = Person::at(&world.runtime.block_on(start));
    let answer = bo.open("/signin");
    check_refused(&bo, &answer, 503, "does not answer for now");
}

/// What is logged, kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_log_line_holds_a_code_a_token_or_a_cookie() {
    let log = Log::default();
    let written = log.clone();
    let level = "debug,tocsin_console=trace,tocsin_shell=trace";
    tracing_subscriber::fmt().with_env_filter(level).with_writer(move || log.clone()).init();
    let world = World::new();
    let mut secrets: Vec<String> = Vec::new();
    for claims in [json!({}), json!({ "nonce": "another" }), json!({ "tocsin_tenant": null })] {
        world.claiming(&claims);
        let mut ann = world.person();
        let back = ann.back_from_issuer("/");
        secrets.extend(ann.cookies.values().cloned());
        let before = ann.clone();
        ann.open(&back);
        before.clone().open(&back);
        ann.open("/");
        secrets.extend(ann.cookies.values().cloned());
    }
    secrets.extend(world.issuer.secrets.lock().unwrap().iter().cloned());
    // Three codes, verifiers, id and access tokens; three attempts and a session.
    assert_eq!(secrets.len(), 16);
    let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    for told in ["refused an id token", "no token for a code", "invalid_grant"] {
        assert!(written.contains(told), "{told}: {written}");
    }
    for secret in secrets {
        assert!(!written.contains(&secret), "{secret} is logged");
    }
}

#[test]
fn a_browser_is_led_through_it_all() {
    let Some(browser) = Browser::start() else {
        eprintln!("left out: there is no chromedriver, which drives a browser");
        return;
    };
    let world = World::new();
    browser.open(&format!("{}/silences", world.url));
    assert!(browser.text("header").contains("Ann Lee, operations of acme"));
    assert!(browser.text("main").contains("Silences"));
    // Either page has the button; browsers say of both that their forms come from here.
    browser.tap(".person button");
    assert!(browser.text("main").contains("signed out of the console"));
    browser.tap("main a[href='/']");
    browser.open(&format!("{}/signout", world.url));
    browser.tap(".person button");
    assert!(browser.text("main").contains("signed out of the console"));
    *world.issuer.refuses.lock().unwrap() = Some("access_denied".to_owned());
    browser.tap("main a[href='/']");
    assert!(browser.text("main").contains("did not let you in"));
    browser.tap("main a[href='/']");
    assert!(browser.text("header").contains("Ann Lee"));
}

#[test]
fn where_nobody_issues_tokens_there_is_nothing_to_sign_in_to() {
    let dev = Dev::start(&[]);
    let mut person = Person::at(&dev.url);
    for (method, path) in [
        ("GET", "/signin"),
        ("GET", "/signin/callback?code=a&state=b"),
        ("GET", "/signout"),
        ("POST", "/signout"),
    ] {
        assert_eq!(person.ask(method, path, &[PAGES], "").status, 404, "{method} {path}");
    }
    assert!(!person.open("/").body.contains("Sign out"), "the role chooser does that here");
}
