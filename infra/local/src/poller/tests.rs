//! The poller against real queues. The handler reports what it got on a channel, so tests wait for
//! what happens and never for time; the queues' clock stands still until moved.

use std::collections::BTreeSet;

use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
    time::timeout,
};

use super::*;
use crate::queue::tests::{Time, text, work};

const AT_ONCE: BatchSettings =
    BatchSettings { batch_size: 10, batching_window: Duration::ZERO, max_batch_bytes: 1000 };

/// A window that no test waits out.
const LATER: Duration = Duration::from_hours(1);

/// Makes a lost message a failure instead of a wait for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the handler under test answers.
type Answer = Result<SqsBatchResponse, String>;

/// A running poller of `work`.
struct Running {
    queues: Arc<Queues>,
    time: Time,
    batches: UnboundedReceiver<Vec<SqsMessage>>,
    shutdown: watch::Sender<bool>,
    poller: JoinHandle<Result<(), QueueError>>,
}

/// Starts a poller whose handler sends a batch down the channel and then does as `handle` says.
fn start(
    settings: BatchSettings,
    handle: impl Fn(&[SqsMessage]) -> Answer + Send + Sync + 'static,
) -> Running {
    let time = Time::default();
    let queues = Arc::new(work(None, &time));
    let (tell, batches) = unbounded_channel();
    let (shutdown, stopped) = watch::channel(false);
    let handle = Arc::new(handle);
    let poller = tokio::spawn({
        let queues = Arc::clone(&queues);
        async move {
            poll(queues, "work", settings, stopped, move |event: SqsEvent| {
                let (tell, handle) = (tell.clone(), Arc::clone(&handle));
                async move {
                    tell.send(event.records.clone()).unwrap();
                    handle(&event.records)
                }
            })
            .await
        }
    });
    Running { queues, time, batches, shutdown, poller }
}

impl Running {
    fn send(&self, bodies: &[&str]) {
        self.queues
            .send("work", &bodies.iter().map(|body| text(body)).collect::<Vec<_>>())
            .unwrap();
    }

    async fn batch(&mut self) -> Vec<String> {
        let batch = timeout(PATIENCE, self.batches.recv()).await.unwrap().unwrap();
        batch.into_iter().filter_map(|record| record.body).collect()
    }

    /// Moves the clock past the visibility time-out and wakes the poller.
    fn time_out(&self) {
        self.time.pass_ms(1000);
        self.queues.arrivals("work").unwrap().notify_waiters();
    }

    /// Stops the poller, which lets it finish the batch at hand.
    async fn stop(self) -> Arc<Queues> {
        self.shutdown.send(true).unwrap();
        self.poller.await.unwrap().unwrap();
        self.queues
    }
}

#[expect(clippy::unnecessary_wraps, reason = "has the type of the other handlers")]
fn all_done(_: &[SqsMessage]) -> Answer {
    Ok(SqsBatchResponse::default())
}

fn failed(ids: impl IntoIterator<Item = String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.set_failures(ids);
    response
}

#[tokio::test]
async fn a_handled_batch_is_deleted() {
    let mut running = start(AT_ONCE, all_done);
    running.send(&["a", "b"]);
    assert_eq!(running.batch().await, ["a", "b"]);
    running.send(&["c"]);
    assert_eq!(running.batch().await, ["c"]);
    assert!(running.stop().await.is_idle().unwrap());
}

#[tokio::test]
async fn records_look_as_lambda_builds_them() {
    let mut running = start(AT_ONCE, all_done);
    let mut message = text("a");
    message.group = Some("acme".to_owned());
    let ids = running.queues.send("work", &[message]).unwrap();
    let record = running.batches.recv().await.unwrap().remove(0);
    assert_eq!(record.message_id.as_ref(), Some(&ids[0]));
    assert_eq!(record.event_source_arn.as_deref(), Some("arn:aws:sqs:us-east-1:000000000000:work"));
    let attributes =
        [("ApproximateReceiveCount", "1"), ("SentTimestamp", "0"), ("MessageGroupId", "acme")];
    assert_eq!(
        record.attributes,
        attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    );
}

#[tokio::test]
async fn only_the_failed_part_of_a_batch_comes_back() {
    let mut running = start(AT_ONCE, |records| {
        let bad = records.iter().filter(|r| r.body.as_deref() == Some("bad"));
        Ok(failed(bad.filter_map(|r| r.message_id.clone())))
    });
    running.send(&["a", "bad", "b"]);
    assert_eq!(running.batch().await, ["a", "bad", "b"]);
    running.time_out();
    assert_eq!(running.batch().await, ["bad"]);
    running.time_out();
    running.send(&["c"]);
    assert_eq!(running.batch().await, ["c"]);
    let queues = running.stop().await;
    assert_eq!(queues.depth("dead").unwrap().visible, 1);
}

#[tokio::test]
async fn an_error_a_panic_or_a_stray_failure_loses_nothing() {
    let handlers: [fn(&[SqsMessage]) -> Answer; 3] = [
        |_| Err("no".to_owned()),
        |_| panic!("handler panics, as this test wants"),
        |_| Ok(failed([String::new()])),
    ];
    for handler in handlers {
        let mut running = start(AT_ONCE, handler);
        running.send(&["a", "b"]);
        assert_eq!(running.batch().await, ["a", "b"]);
        running.time_out();
        assert_eq!(running.batch().await, ["a", "b"]);
        let queues = running.stop().await;
        assert_eq!(queues.depth("work").unwrap().in_flight, 2);
    }
}

#[tokio::test]
async fn a_full_batch_does_not_wait_for_its_window() {
    let by_count = BatchSettings { batch_size: 3, batching_window: LATER, ..AT_ONCE };
    let mut running = start(by_count, all_done);
    for body in ["a", "b", "c", "d"] {
        running.send(&[body]);
    }
    assert_eq!(running.batch().await, ["a", "b", "c"]);
    assert_eq!(running.stop().await.depth("work").unwrap().visible, 1);

    let by_bytes = BatchSettings { max_batch_bytes: 4, batching_window: LATER, ..AT_ONCE };
    let mut running = start(by_bytes, all_done);
    running.send(&["aaa"]);
    running.send(&["bb"]);
    assert_eq!(running.batch().await, ["aaa"]);
    assert_eq!(running.stop().await.depth("work").unwrap().visible, 1);
}

#[tokio::test]
async fn a_window_gathers_what_comes_one_by_one() {
    let window = Duration::from_millis(500);
    let mut running = start(BatchSettings { batching_window: window, ..AT_ONCE }, all_done);
    for body in ["a", "b", "c"] {
        running.send(&[body]);
        tokio::task::yield_now().await;
    }
    assert_eq!(running.batch().await, ["a", "b", "c"]);
}

#[tokio::test]
async fn stopping_within_the_window_costs_no_receive() {
    let running = start(BatchSettings { batching_window: LATER, ..AT_ONCE }, all_done);
    running.send(&["a"]);
    tokio::task::yield_now().await;
    let queues = running.stop().await;
    assert_eq!(queues.receive("work", 1).unwrap()[0].receive_count, 1);
}

#[tokio::test]
async fn several_pollers_share_a_queue_without_handling_twice() {
    let time = Time::default();
    let queues = Arc::new(work(None, &time));
    let (tell, mut bodies) = unbounded_channel();
    let (shutdown, stopped) = watch::channel(false);
    for _ in 0..4 {
        let (queues, tell, stopped) = (Arc::clone(&queues), tell.clone(), stopped.clone());
        tokio::spawn(async move {
            poll(queues, "work", AT_ONCE, stopped, move |event: SqsEvent| {
                for record in event.records {
                    tell.send(record.body.unwrap()).unwrap();
                }
                async { Ok::<_, String>(SqsBatchResponse::default()) }
            })
            .await
        });
    }
    for n in 0..200 {
        queues.send("work", &[text(&n.to_string())]).unwrap();
        tokio::task::yield_now().await;
    }
    let mut seen = BTreeSet::new();
    while seen.len() < 200 {
        let body = bodies.recv().await.unwrap();
        assert!(seen.insert(body.clone()), "{body} was handled twice");
    }
    drop(shutdown);
}

#[tokio::test]
async fn an_undeclared_queue_is_an_error() {
    let queues = Arc::new(work(None, &Time::default()));
    let (_shutdown, stopped) = watch::channel(false);
    let polled = poll(queues, "typo", AT_ONCE, stopped, |_| async {
        Ok::<_, String>(SqsBatchResponse::default())
    });
    assert!(matches!(polled.await, Err(QueueError::UnknownQueue(_))));
}
