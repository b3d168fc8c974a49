//! The promises of the module documentation, one test each, on a clock that stands still.

use std::{
    path::Path,
    sync::atomic::{AtomicI64, Ordering},
};

use super::*;

/// A clock that moves when told to.
#[derive(Clone, Default)]
pub(crate) struct Time(Arc<AtomicI64>);

impl Time {
    pub(crate) fn pass_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = Arc::clone(&self.0);
        Arc::new(move || now.load(Ordering::SeqCst))
    }
}

/// The queue `work`: hides for a second, gives up after two receives, then `dead`.
pub(crate) fn work(path: Option<&Path>, time: &Time) -> Queues {
    let mut queues = Queues::open(path, time.clock()).unwrap();
    let settings =
        QueueSettings { visibility_timeout_ms: 1000, max_receive_count: 2, dead_letter: None };
    queues.declare("dead", settings.clone()).unwrap();
    queues
        .declare("work", QueueSettings { dead_letter: Some("dead".to_owned()), ..settings })
        .unwrap();
    queues
}

pub(crate) fn text(body: &str) -> Message {
    Message { body: body.to_owned(), group: None, delay_ms: 0 }
}

fn send(queues: &Queues, bodies: &[&str]) {
    queues.send("work", &bodies.iter().map(|body| text(body)).collect::<Vec<_>>()).unwrap();
}

#[track_caller]
fn check_receive(queues: &Queues, queue: &str, max: usize, expect: &[&str]) -> Vec<String> {
    let received = queues.receive(queue, max).unwrap();
    let bodies: Vec<_> = received.iter().map(|m| m.body.as_str()).collect();
    assert_eq!(bodies, expect);
    received.into_iter().map(|m| m.receipt_handle).collect()
}

#[test]
fn a_message_arrives_as_it_was_sent() {
    let (time, body) = (Time::default(), "é\u{0}\u{1f600}".repeat(100_000));
    let queues = work(None, &time);
    time.pass_ms(7);
    let message = Message { body: body.clone(), group: Some("acme".to_owned()), delay_ms: 0 };
    let ids = queues.send("work", &[message]).unwrap();
    let received = queues.receive("work", 10).unwrap();
    assert_eq!(
        received,
        [Received {
            id: ids[0].clone(),
            receipt_handle: "1-1".to_owned(),
            body,
            receive_count: 1,
            group: Some("acme".to_owned()),
            sent_at_ms: 7,
        }]
    );
}

#[test]
fn a_received_message_is_hidden_until_its_time_out_ends() {
    let time = Time::default();
    let queues = work(None, &time);
    send(&queues, &["a", "b", "c"]);
    check_receive(&queues, "work", 2, &["a", "b"]);
    check_receive(&queues, "work", 2, &["c"]);
    time.pass_ms(999);
    check_receive(&queues, "work", 10, &[]);
    time.pass_ms(1);
    check_receive(&queues, "work", 10, &["a", "b", "c"]);
}

#[test]
fn a_failed_message_goes_behind_those_that_wait() {
    let time = Time::default();
    let queues = work(None, &time);
    send(&queues, &["poison", "a"]);
    check_receive(&queues, "work", 1, &["poison"]);
    time.pass_ms(1000);
    check_receive(&queues, "work", 10, &["a", "poison"]);
}

#[test]
fn a_delayed_message_shows_when_its_delay_has_passed() {
    let time = Time::default();
    let queues = work(None, &time);
    queues.send("work", &[Message { delay_ms: 50, ..text("later") }]).unwrap();
    check_receive(&queues, "work", 1, &[]);
    time.pass_ms(50);
    check_receive(&queues, "work", 1, &["later"]);
}

#[test]
fn a_message_received_too_often_dies_instead_of_arriving() {
    let time = Time::default();
    let queues = work(None, &time);
    send(&queues, &["poison"]);
    for _ in 0..2 {
        check_receive(&queues, "work", 1, &["poison"]);
        time.pass_ms(1000);
    }
    send(&queues, &["a"]);
    check_receive(&queues, "work", 1, &["a"]);
    assert_eq!(queues.depth("dead").unwrap().visible, 1);
    for _ in 0..5 {
        check_receive(&queues, "dead", 1, &["poison"]);
        time.pass_ms(1000);
    }
}

#[test]
fn a_redriven_message_starts_afresh() {
    let time = Time::default();
    let queues = work(None, &time);
    send(&queues, &["poison"]);
    let before = check_receive(&queues, "work", 1, &["poison"]);
    time.pass_ms(1000);
    check_receive(&queues, "work", 1, &["poison"]);
    time.pass_ms(1000);
    check_receive(&queues, "work", 1, &[]);

    let dead = check_receive(&queues, "dead", 1, &["poison"]);
    assert_eq!(queues.redrive("dead", "work").unwrap(), 1);
    for receipt in [before, dead] {
        assert_eq!(queues.delete("work", &receipt).unwrap(), 0);
    }
    assert_eq!(queues.receive("work", 1).unwrap()[0].receive_count, 1);
    assert_eq!(queues.depth("dead").unwrap(), Depth::default());
}

#[test]
fn a_stale_receipt_deletes_nothing() {
    let time = Time::default();
    let queues = work(None, &time);
    send(&queues, &["a"]);
    let first = check_receive(&queues, "work", 1, &["a"]);
    time.pass_ms(1000);
    let second = check_receive(&queues, "work", 1, &["a"]);

    assert_eq!(queues.delete("work", &first).unwrap(), 0);
    assert!(!queues.change_visibility("work", &first[0], 0).unwrap());
    assert_eq!(queues.delete("dead", &second).unwrap(), 0);
    assert_eq!(queues.delete("work", &second).unwrap(), 1);
    assert_eq!(queues.delete("work", &second).unwrap(), 0);
}

#[test]
fn a_receipt_outlives_the_time_out_as_long_as_nobody_received_again() {
    let time = Time::default();
    let queues = work(None, &time);
    send(&queues, &["a"]);
    let receipt = check_receive(&queues, "work", 1, &["a"]);
    time.pass_ms(5000);
    assert_eq!(queues.delete("work", &receipt).unwrap(), 1);
}

#[test]
fn visibility_can_be_shortened_and_stretched() {
    let time = Time::default();
    let queues = work(None, &time);
    send(&queues, &["a"]);
    let receipt = check_receive(&queues, "work", 1, &["a"]);
    assert!(queues.change_visibility("work", &receipt[0], 3000).unwrap());
    time.pass_ms(2999);
    check_receive(&queues, "work", 1, &[]);
    assert!(queues.change_visibility("work", &receipt[0], 0).unwrap());
    check_receive(&queues, "work", 1, &["a"]);
}

#[test]
fn a_receive_stops_before_too_many_bytes_but_not_before_the_first() {
    let queues = work(None, &Time::default());
    send(&queues, &["aaaaaaaaa", "bb", "cc", "dd"]);
    let wanted = Wanted { messages: 10, bytes: 5, visibility_timeout_ms: None };
    let sizes: Vec<_> =
        (0..4).map(|_| queues.receive_wanted("work", wanted).unwrap().len()).collect();
    assert_eq!(sizes, [1, 2, 1, 0]);
}

#[test]
fn depth_counts_every_message_once() {
    let time = Time::default();
    let queues = work(None, &time);
    time.pass_ms(5);
    send(&queues, &["a", "b", "c"]);
    time.pass_ms(5);
    queues.send("work", &[Message { delay_ms: 10, ..text("d") }]).unwrap();
    check_receive(&queues, "work", 2, &["a", "b"]);
    let depth = Depth { visible: 1, in_flight: 2, delayed: 1, oldest_ms: Some(5) };
    assert_eq!(queues.depth("work").unwrap(), depth);
    assert_eq!(queues.purge("work").unwrap(), 4);
    assert_eq!(queues.depth("work").unwrap(), Depth::default());
}

#[test]
fn idle_means_empty_and_not_busy_whatever_is_dead() {
    let queues = work(None, &Time::default());
    queues.send("dead", &[text("x")]).unwrap();
    assert!(queues.is_idle().unwrap());
    let busy = queues.start_handling();
    assert!(!queues.is_idle().unwrap());
    drop(busy);
    send(&queues, &["a"]);
    assert!(!queues.is_idle().unwrap());
    let receipt = check_receive(&queues, "work", 1, &["a"]);
    assert!(!queues.is_idle().unwrap());
    queues.delete("work", &receipt).unwrap();
    assert!(queues.is_idle().unwrap());
}

#[test]
fn a_file_keeps_all_without_being_closed() {
    let (folder, time) = (tempfile::tempdir().unwrap(), Time::default());
    let file = folder.path().join("queues.db");
    let killed = work(Some(&file), &time);
    send(&killed, &["a", "b", "c"]);
    let deleted = check_receive(&killed, "work", 1, &["a"]);
    killed.delete("work", &deleted).unwrap();
    check_receive(&killed, "work", 1, &["b"]);
    killed.meta_put("seed", "1").unwrap();
    killed.meta_put("seed", "2").unwrap();

    // Opened while the first handle still holds the file, as a killed process leaves it.
    // What it was busy with is there at once, and was not received in vain.
    let queues = work(Some(&file), &time);
    let received = queues.receive("work", 10).unwrap();
    let received: Vec<_> = received.iter().map(|m| (m.body.as_str(), m.receive_count)).collect();
    assert_eq!(received, [("b", 1), ("c", 1)]);
    assert_eq!(queues.meta_get("seed").unwrap().as_deref(), Some("2"));
    assert_eq!(queues.meta_get("other").unwrap(), None);
}

#[test]
fn a_failed_send_sends_nothing() {
    let queues = work(None, &Time::default());
    queues
        .database()
        .lock()
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON bodies WHEN new.body = 'b'
         BEGIN SELECT RAISE(FAIL, 'disk full'); END",
        )
        .unwrap();
    let sent = queues.send("work", &[text("a"), text("b")]);
    assert!(matches!(sent, Err(QueueError::Database(_))));
    assert_eq!(queues.depth("work").unwrap(), Depth::default());
}

#[test]
fn an_undeclared_queue_is_an_error() {
    let mut queues = work(None, &Time::default());
    let unknown = |error| matches!(error, QueueError::UnknownQueue(name) if name == "typo");
    assert!(unknown(queues.send("typo", &[text("a")]).unwrap_err()));
    assert!(unknown(queues.receive("typo", 1).unwrap_err()));
    assert!(unknown(queues.depth("typo").unwrap_err()));
    assert!(unknown(queues.redrive("dead", "typo").unwrap_err()));
    let settings = QueueSettings {
        visibility_timeout_ms: 1,
        max_receive_count: 1,
        dead_letter: Some("typo".to_owned()),
    };
    assert!(unknown(queues.declare("other", settings).unwrap_err()));
}
