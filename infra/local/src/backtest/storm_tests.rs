//! A storm and an outage through the handlers, in one process: how many messages reach people.

use std::fmt::Write;

use bytes::Bytes;
use tocsin_domain::{alert::Transition, rule::parse};
use tocsin_shell::config::Retention;

use super::*;

/// 2026-03-02T09:00:00Z.
const START: Minute = Minute(29_541_660);
/// Series that alarm: so many intents in each of the channels; and in how many minutes.
const SERIES: usize = INTENTS * CHANNELS.len();
const INTENTS: usize = 100;
const CHANNELS: [&str; 3] = ["chat", "email", "voice"];
const WITHIN: usize = 5;

const SILENT: &str = "
rules:
  - { name: source-silent, silence_of: { freshness: 3m }, for: 2m, severity: page,
      next_action: Check the connection of this source., owner: admin }
";
const WHOLE: &str = "
  - { name: whole, metric: fallback_rate, threshold: { over: 0.35, min_count: 4 }, over: 15m,
      severity: page, next_action: Roll back the model., owner: ai_lead }
";
const PAIRS: &str = "
  - { name: pairs, metric: fallback_rate, by: [intent, channel],
      threshold: { over: 0.35, min_count: 2 }, over: 2h, severity: page,
      next_action: Roll back the prompt., owner: ai_lead }
";

/// The pipeline, and what came of it.
struct Centre {
    pipeline: Pipeline,
    store: Store,
    rules: Vec<Rule>,
    opened: usize,
    /// Minute, transition, rule and cell of each message to whoever is on call.
    messages: Vec<String>,
}

impl Centre {
    async fn new(rules: &str) -> Self {
        let rules = parse(rules).unwrap();
        let store = Store::in_memory(Retention::virtual_time());
        let pipeline = Pipeline::new(store.clone(), rules.clone(), Configuration::default());
        Self { pipeline: pipeline.await.unwrap(), store, rules, opened: 0, messages: Vec::new() }
    }

    /// New processes on the same tables: nothing is remembered but what is stored.
    fn restart(&mut self) {
        let store = &self.store;
        let Pipeline { cloud, clock, score, fanout, .. } = &mut self.pipeline;
        let (rules, alerts) = (self.rules.clone(), ALERTS.to_owned());
        *score = Score::new(store.clone(), cloud.sqs(), alerts, rules, clock.clone());
        let (topics, console) = (wiring::topics(), CONSOLE.to_owned());
        *fanout = Fanout::new(store.clone(), cloud.sns(), topics, console, clock.clone())
            .and_onto(Bus { client: cloud.eventbridge(), name: BUS.to_owned() });
    }

    /// Two failures of each of these intents in each channel, and a sign of life, in a minute.
    async fn send(&self, minute: i32, intents: impl Iterator<Item = usize>) {
        let beat = event(minute, "beat", "cx.source.heartbeat", r#"{"interval_seconds":60}"#);
        let mut lines = vec![beat];
        for (intent, channel) in
            intents.flat_map(|intent| CHANNELS.map(|channel| (intent, channel)))
        {
            for number in 0..2 {
                let id = format!("{intent}-{channel}-{number}");
                let started = format!(r#"{{"channel":"{channel}"}}"#);
                lines.push(event(minute, &id, "cx.conversation.started", &started));
                let data = format!(r#"{{"outcome":"fallback","intent":"intent_{intent}"}}"#);
                lines.push(event(minute, &id, "cx.ai.responded", &data));
            }
        }
        for lines in lines.chunks(900) {
            self.take(lines.concat()).await;
        }
    }

    async fn take(&self, body: String) {
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = http::Uri::from_static("/v1/events");
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer backtest"));
        let answer = self.pipeline.ingest.handle(&request).await;
        assert_eq!(answer.status(), 202, "{:?}", answer.body());
        let chunks = self.pipeline.cloud.receive(EVENTS);
        done("rollup", &self.pipeline.rollup.handle(super::event(chunks)).await).unwrap();
    }

    async fn tick(&mut self, minute: i32) {
        let told = self.pipeline.tick(START.plus(minute)).await.unwrap();
        let opened = told.transitions.iter().filter(|one| one.transition == Transition::Opened);
        self.opened += opened.count();
        for message in told.messages {
            if message.transition != Transition::Escalated {
                let state = message.transition.as_str();
                let values: Vec<&String> = message.cell.values().collect();
                self.messages.push(format!("{minute} {state} {} {values:?}", message.rule));
            }
        }
    }
}

fn event(minute: i32, id: &str, kind: &str, data: &str) -> String {
    let time = START.plus(minute).timestamp();
    let mut line = String::new();
    writeln!(
        line,
        r#"{{"specversion":"1.0","source":"/crm","id":"{minute}-{id}-{kind}","subject":"c{id}","type":"{kind}","time":"{time}","data":{data}}}"#
    )
    .unwrap();
    line
}

/// One cause, by which all series alarm within five minutes.
async fn storm(rules: &str) -> Centre {
    let mut centre = Centre::new(rules).await;
    for minute in 0..WITHIN {
        let each = INTENTS / WITHIN;
        let intents = minute * each..(minute + 1) * each;
        let minute = i32::try_from(minute).unwrap();
        centre.send(minute, intents).await;
        centre.tick(minute + 1).await;
        centre.restart();
    }
    for minute in 5..14 {
        centre.send(minute, 0..0).await;
        centre.tick(minute + 1).await;
    }
    centre
}

#[tokio::test]
async fn a_storm_of_three_hundred_series_is_two_messages() {
    let centre = storm(&format!("{SILENT}{PAIRS}")).await;
    assert_eq!(centre.opened, SERIES);
    let expected =
        ["1 opened pairs [\"chat\", \"intent_0\"]", "6 opened pairs [\"chat\", \"intent_20\"]"];
    assert_eq!(centre.messages, expected);
}

#[tokio::test]
async fn a_storm_whose_cause_alarms_is_one_message_of_the_cause() {
    let centre = storm(&format!("{SILENT}{PAIRS}{WHOLE}")).await;
    assert_eq!(centre.opened, SERIES + 1);
    assert_eq!(centre.messages, ["1 opened whole []"]);
}

#[tokio::test]
async fn the_outage_of_a_source_is_one_message() {
    let mut centre = Centre::new(&format!("{SILENT}{PAIRS}")).await;
    centre.send(0, 0..INTENTS).await;
    for minute in 1..4 {
        centre.send(minute, 0..0).await;
        centre.tick(minute).await;
    }
    let before = centre.messages.len();
    assert_eq!((centre.opened, before), (SERIES, 1));
    // Two hours without a sign of life: all that fires has no data any more.
    for minute in 4..130 {
        centre.tick(minute).await;
        if minute % 20 == 0 {
            centre.restart();
        }
    }
    assert_eq!(centre.messages[before..], ["8 opened source-silent [\"/crm\"]"]);
}
