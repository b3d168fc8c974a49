use std::{
    collections::{BTreeSet, VecDeque},
    io::{Cursor, Write as _},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use indicatif::ProgressBar;
use serde_json::value::RawValue;

use super::{
    destination::MIN_BACK_OFF,
    input::Place,
    send::{Batch, MAX_BODY, MAX_EVENTS},
    summary::Summary,
    *,
};

/// A service with a script: odd answers first, then it judges events as Tocsin does.
#[derive(Default)]
struct Service {
    script: Mutex<VecDeque<(u16, &'static str)>>,
    bodies: Mutex<Vec<String>>,
}

async fn judge(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["authorization"], "Bearer secret");
    assert_eq!(headers["content-type"], "application/cloudevents-batch+json");
    if let Some((status, body)) = service.script.lock().unwrap().pop_front() {
        let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
        if status == 429 {
            response.headers_mut().insert("retry-after", HeaderValue::from_static("0"));
        }
        return response;
    }
    let events: Vec<serde_json::Value> = serde_json::from_slice(&body).unwrap();
    let bad = |event: &&serde_json::Value| event["time"].is_null();
    let rejected: Vec<_> = events
        .iter()
        .enumerate()
        .filter(|(_, event)| bad(event))
        .map(|(index, event)| {
            serde_json::json!({"index": index, "id": event["id"], "error": "missing", "field": "time"})
        })
        .collect();
    let accepted = events.len() - rejected.len();
    let status = if accepted == 0 { StatusCode::BAD_REQUEST } else { StatusCode::ACCEPTED };
    service.bodies.lock().unwrap().push(String::from_utf8(body.to_vec()).unwrap());
    let answer = serde_json::json!({"accepted": accepted, "rejected": rejected});
    (status, answer.to_string()).into_response()
}

async fn serve(service: Arc<Service>) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/v1/events", post(judge)).with_state(service);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}/").parse().unwrap()
}

/// Replays one input against a service with this script.
async fn replay(
    input: impl Into<Vec<u8>>,
    script: &[(u16, &'static str)],
    speed: Speed,
) -> (Summary, Result<(), ReplayError>, Vec<String>) {
    let service = Arc::new(Service {
        script: Mutex::new(script.iter().copied().collect()),
        bodies: Mutex::default(),
    });
    let url = serve(service.clone()).await;
    let reader = Box::new(Cursor::new(input.into()));
    let inputs = vec![Input { name: "in".into(), size: None, reader }];
    let bar = ProgressBar::hidden();
    let destination = Destination::new(&url, "secret".to_owned(), Way::Events).unwrap();
    let (summary, outcome) = send_all(read_ahead(inputs, &bar), destination, speed, &bar).await;
    let bodies = service.bodies.lock().unwrap().clone();
    (summary, outcome, bodies)
}

fn event(id: u32) -> String {
    format!(
        r#"{{"source":"/s", "id":"{id}","time":"2026-01-05T10:00:{:02}Z","data":{{"b":1,"a":1.50}}}}"#,
        id % 60
    )
}

fn lines(count: u32) -> String {
    (0..count).map(|id| event(id) + "\n").collect()
}

#[track_caller]
fn check(summary: &Summary, read: u64, accepted: u64, rejected: u64) {
    assert_eq!(
        (summary.read, summary.accepted, summary.rejected),
        (read, accepted, rejected),
        "{summary:?}"
    );
}

#[tokio::test]
async fn events_are_passed_on_byte_for_byte() {
    let (summary, outcome, bodies) = replay(lines(2), &[], Speed::Max).await;
    outcome.unwrap();
    check(&summary, 2, 2, 0);
    assert_eq!(bodies, [format!("[{},{}]", event(0), event(1))]);
}

#[tokio::test]
async fn batches_hold_at_most_a_thousand_events_and_keep_the_order() {
    let (summary, _, bodies) = replay(lines(2_500), &[], Speed::Max).await;
    check(&summary, 2_500, 2_500, 0);
    let sizes: Vec<usize> = bodies.iter().map(|body| body.matches("source").count()).collect();
    assert!(sizes.iter().all(|size| *size <= MAX_EVENTS), "{sizes:?}");
    assert_eq!(bodies.iter().map(String::as_str).collect::<BTreeSet<_>>().len(), bodies.len());
}

#[tokio::test]
async fn large_events_are_spread_over_requests() {
    let text = "x".repeat(60_000);
    let event = event(1).replace("1.50", &format!("\"{text}\""));
    let input = format!("{event}\n").repeat(40);
    let (summary, _, bodies) = replay(input, &[], Speed::Max).await;
    check(&summary, 40, 40, 0);
    assert!(bodies.iter().all(|body| body.len() <= MAX_BODY));
}

#[tokio::test]
async fn arrays_spread_objects_and_gzip_are_read() {
    let array = format!("\n [{},\n {}]\n", event(1), event(2));
    check(&replay(array.clone(), &[], Speed::Max).await.0, 2, 2, 0);
    let spread = lines(1).replace(',', ",\n  ").replacen('{', "{\n  ", 1) + &lines(3);
    check(&replay(spread, &[], Speed::Max).await.0, 4, 4, 0);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(array.as_bytes()).unwrap();
    check(&replay(gzip.finish().unwrap(), &[], Speed::Max).await.0, 2, 2, 0);
    check(&replay("", &[], Speed::Max).await.0, 0, 0, 0);
}

#[tokio::test]
async fn a_broken_line_costs_only_itself() {
    let input = format!("\u{feff}{}\nnot json\n{}\n{{\"id\":\n{}\n", event(1), event(2), event(3));
    let (summary, _, _) = replay(input, &[], Speed::Max).await;
    check(&summary, 5, 3, 2);
    let places: Vec<String> = summary.reasons.iter().map(|r| r.first.to_string()).collect();
    assert_eq!(places, ["in line 2", "in line 4"]);
    assert!(!summary.is_clean());
}

#[tokio::test]
async fn a_broken_array_keeps_what_was_read_before() {
    let (summary, _, _) = replay(format!("[{},\n{{\"a\" 1}}]", event(1)), &[], Speed::Max).await;
    check(&summary, 2, 1, 1);
    assert_eq!(summary.reasons[0].first.to_string(), "in line 2");
}

#[tokio::test]
async fn rejections_are_counted_by_reason_with_their_first_place() {
    let bad = "{\"source\":\"/s\",\"id\":\"bad\"}\n";
    let input = format!("{}{bad}{}{bad}", lines(1), lines(2));
    let (summary, _, _) = replay(input, &[], Speed::Max).await;
    check(&summary, 5, 3, 2);
    assert_eq!(summary.repeated, 2);
    let mut text = Vec::new();
    summary.print(&mut text, Duration::from_secs(2)).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("2 time: missing, first at in line 2 (id bad)"), "{text}");
}

#[tokio::test]
async fn a_batch_of_bad_events_only_is_no_error_of_the_request() {
    let (summary, outcome, _) = replay("{}\n{}\n", &[], Speed::Max).await;
    outcome.unwrap();
    check(&summary, 2, 0, 2);
}

#[tokio::test]
async fn a_problem_document_refuses_the_whole_batch() {
    let problem = r#"{"title":"Bad Request","detail":"no tenant","status":400}"#;
    let (summary, _, _) = replay(lines(3), &[(400, problem)], Speed::Max).await;
    check(&summary, 3, 0, 3);
    assert_eq!(summary.reasons[0].error, "no tenant");
    assert_eq!(summary.reasons[0].id.as_deref(), Some("0"));
}

#[tokio::test]
async fn busy_and_failing_services_are_tried_again() {
    let script = [(429, ""), (503, ""), (500, "oops")];
    let (summary, outcome, bodies) = replay(lines(3), &script, Speed::Max).await;
    outcome.unwrap();
    check(&summary, 3, 3, 0);
    assert_eq!(bodies.len(), 1);
}

#[tokio::test]
async fn a_batch_too_large_for_the_service_is_halved() {
    let (summary, _, bodies) = replay(lines(5), &[(413, ""), (413, "")], Speed::Max).await;
    check(&summary, 5, 5, 0);
    assert_eq!(bodies.join("").matches("\"id\":\"3\"").count(), 1);
    assert_eq!(bodies.len(), 3);
}

#[tokio::test]
async fn a_wrong_key_stops_the_replay_and_names_the_remedy() {
    let (summary, outcome, _) = replay(lines(3), &[(401, "{}")], Speed::Max).await;
    assert!(outcome.unwrap_err().to_string().contains("--key"));
    check(&summary, 3, 0, 0);
    let (_, outcome, _) = replay(lines(1), &[(404, "<html>")], Speed::Max).await;
    assert!(outcome.unwrap_err().to_string().contains("--url"));
}

#[tokio::test]
async fn an_address_without_a_listener_is_given_up_when_patience_ends() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let mut destination = Destination::new(&url, "secret".to_owned(), Way::Events).unwrap();
    destination.patience = Duration::from_secs(1);
    let mut batch = Batch::default();
    let raw = RawValue::from_string("{}".to_owned()).unwrap();
    batch.push(Place { input: "in".into(), unit: "line", number: 1 }, raw);
    let start = Instant::now();
    let Err(error) = destination.post(&batch, &ProgressBar::hidden()).await else {
        panic!("nobody listens");
    };
    assert!(error.to_string().contains("is `tocsin dev` running?"), "{error}");
    assert!(start.elapsed() > MIN_BACK_OFF && start.elapsed() <= destination.patience * 2);
}

#[tokio::test]
async fn recorded_time_passes_at_the_speed_asked_for() {
    let start = Instant::now();
    let (summary, _, bodies) = replay(lines(60), &[], Speed::Times(60.0)).await;
    check(&summary, 60, 60, 0);
    assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
    assert!((4..=6).contains(&bodies.len()), "{}", bodies.len());
}

#[test]
fn speeds() {
    assert_eq!("max".parse(), Ok(Speed::Max));
    assert_eq!("60x".parse(), Ok(Speed::Times(60.0)));
    for bad in ["", "x", "0x", "-1x", "60", "infx", "NaNx"] {
        assert!(bad.parse::<Speed>().is_err(), "{bad}");
    }
}
