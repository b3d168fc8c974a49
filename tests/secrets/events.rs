//! Every type of event with every field of its data, and the forms that events are sent in.
#![expect(unreachable_pub, reason = "a module of a test binary")]

use std::{collections::BTreeSet, io::Write};

use serde_json::{Map, Value, json};

use crate::planted::{Planted, Secret};

pub const TIME: &str = "2026-03-02T09:00:00Z";

/// Whether a type belongs to a conversation; and valid data with all fields that the model knows.
pub const TYPES: [(&str, bool, &str); 28] = [
    (
        "cx.conversation.started",
        true,
        r#"{"direction":"inbound","customer":"c","order_value":5,"currency":"EUR","previous_conversation":"p"}"#,
    ),
    ("cx.intent.detected", true, r#"{"intent":"i","confidence":0.5}"#),
    ("cx.queue.entered", true, "{}"),
    ("cx.queue.left", true, r#"{"outcome":"answered"}"#),
    (
        "cx.handoff.accepted",
        true,
        r#"{"agent":"a","context_fields":["name"],"expected_fields":["name"]}"#,
    ),
    ("cx.agent.connected", true, r#"{"agent":"a","team":"t"}"#),
    (
        "cx.message.added",
        true,
        r#"{"author":"customer","agent":"a","visibility":"public","text":"hi","sentiment":0.5}"#,
    ),
    (
        "cx.ai.responded",
        true,
        r#"{"outcome":"fallback","agent":"a","intent":"i","confidence":0.5,"latency_ms":5,
            "error_type":"e","model":"m","model_version":"1","prompt_version":"1","kb_version":"1",
            "agent_version":"1","input_tokens":5,"output_tokens":5,"cost_usd":0.5,"sources":["s"],
            "text":"hi","reasoning":"r","trace_id":"t"}"#,
    ),
    ("cx.slot.asked", true, r#"{"slot":"s","author":"ai"}"#),
    ("cx.slot.filled", true, r#"{"slot":"s"}"#),
    ("cx.sentiment.scored", true, r#"{"score":0.5,"party":"customer"}"#),
    ("cx.handoff.requested", true, r#"{"by":"customer","reason":"r"}"#),
    (
        "cx.transfer.completed",
        true,
        r#"{"from_queue":"f","to_queue":"t","from_agent":"a","to_agent":"b","reason":"other"}"#,
    ),
    ("cx.agent.disconnected", true, r#"{"agent":"a","talk_seconds":5,"hold_seconds":5}"#),
    ("cx.agent.wrapped_up", true, r#"{"agent":"a","after_contact_seconds":5}"#),
    ("cx.conversation.resolved", true, r#"{"by":"human","confirmed":true,"code":"c"}"#),
    (
        "cx.conversation.ended",
        true,
        r#"{"reason":"completed","recording_url":"https://r.example/1"}"#,
    ),
    ("cx.conversation.reopened", true, "{}"),
    ("cx.feedback.received", true, r#"{"kind":"csat","score":4,"max":5,"about":"ai"}"#),
    (
        "cx.evaluation.recorded",
        true,
        r#"{"name":"tone","label":"fail","score":0.5,"evaluator":"llm","about":"ai","agent":"a",
            "item":"i","severity":"low","explanation":"e"}"#,
    ),
    ("cx.conversation.valued", true, r#"{"order_value":5,"currency":"EUR","retained":true}"#),
    (
        "cx.record.snapshot",
        true,
        r#"{"version":"2026-03-02T09:00:00Z","totals":{"talk_seconds":5}}"#,
    ),
    (
        "cx.queue.observed",
        false,
        r#"{"queue":"q","length":5,"oldest_wait_seconds":5,"agents_available":1,"agents_busy":1}"#,
    ),
    (
        "cx.agent.state_changed",
        false,
        r#"{"agent":"a","state":"available","slots_total":3,"slots_busy":1,"queue":"q","team":"t"}"#,
    ),
    (
        "cx.change.deployed",
        false,
        r#"{"component":"prompt","name":"n","version":"2","previous":"1","by":"b"}"#,
    ),
    ("cx.action.taken", false, r#"{"kind":"routing","alert":"a","detail":"d","by":"b"}"#),
    ("cx.source.heartbeat", false, r#"{"interval_seconds":60}"#),
    (
        "cx.totals.reported",
        false,
        r#"{"from":"2026-03-02T08:00:00Z","to":"2026-03-02T09:00:00Z","totals":{"started":0}}"#,
    ),
];

/// The dimensions that any event of a conversation may carry.
const DIMENSIONS: [&str; 6] = ["channel", "queue", "language", "segment", "region", "use_case"];

/// Fields that no type has: what they hold is not stored, and not repeated by the texts beside them.
const NAMING: [&str; 5] =
    ["customer_name", "customer_email", "customer_phone", "customer_id", "agent_name"];

/// Where `decode` says what it knows.
const SOURCES: [&str; 3] = [
    include_str!("../../shared/src/decode/kinds.rs"),
    include_str!("../../shared/src/decode/observations.rs"),
    include_str!("../../shared/src/decode/texts.rs"),
];

/// The texts between quotes in a source.
fn quoted(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
}

#[test]
fn every_type_and_field_that_is_decoded_is_planted() {
    let known: BTreeSet<&str> = SOURCES
        .iter()
        .flat_map(|source| quoted(source))
        .filter(|text| text.starts_with("cx.") && text.matches('.').count() == 2)
        .collect();
    assert_eq!(known, TYPES.iter().map(|(kind, ..)| *kind).collect());

    // A field is named where a function reads it: `fields.text("reason")`.
    let read = SOURCES.iter().flat_map(|source| {
        source.match_indices("(\"").filter_map(|(at, _)| {
            let function = source[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next();
            let name = source[at + 2..].split('"').next()?;
            (!matches!(function, None | Some("" | "new" | "join"))).then_some(name)
        })
    });
    let planted: BTreeSet<String> = TYPES
        .iter()
        .flat_map(|(_, in_conversation, data)| {
            fields(*in_conversation, data).keys().cloned().collect::<Vec<_>>()
        })
        .collect();
    let missing: Vec<&str> = read.filter(|name| !planted.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Valid data of a type, with the dimensions.
pub fn fields(in_conversation: bool, data: &str) -> Map<String, Value> {
    let mut data: Map<String, Value> = serde_json::from_str(data).unwrap();
    if in_conversation {
        for name in DIMENSIONS {
            let value = if name == "channel" { "chat" } else { "plain" };
            data.entry(name).or_insert(json!(value));
        }
    }
    data
}

/// Puts events together, each with an id of its own that repeats its subject, as platforms do.
#[derive(Default)]
pub struct Maker {
    pub planted: Planted,
}

impl Maker {
    pub fn event(&mut self, path: &str, kind: &str, in_conversation: bool, data: &Value) -> Value {
        let mut event = json!({
            "specversion": "1.0", "id": format!("event-{}", self.planted.number()),
            "source": "/shop", "type": kind, "time": TIME, "data": data,
        });
        if in_conversation {
            let subject = self.planted.identifier("subj", path);
            event["id"] = json!(format!("{subject}-1"));
            event["subject"] = json!(subject);
        }
        event
    }

    /// A value for this field: who somebody is, or a sentence.
    fn value(&mut self, field: &str, secret: Secret, path: &str) -> String {
        match field {
            "customer" => self.planted.identifier("cust", path),
            "agent" | "from_agent" | "to_agent" | "by" => self.planted.identifier("agnt", path),
            "previous_conversation" => self.planted.identifier("subj", path),
            _ => self.planted.sentence(secret, path),
        }
    }

    /// For each field of each type and each kind of secret an event that has it there; in fields
    /// that are words, numbers or times such an event is refused.
    pub fn everywhere(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        for (kind, in_conversation, data) in TYPES {
            let valid = fields(in_conversation, data);
            for (field, plain) in &valid {
                for secret in Secret::ALL {
                    let path = format!("{kind} data.{field}");
                    let mut forms = vec![json!(self.planted.sentence(secret, &path))];
                    forms.push(json!([self.planted.sentence(secret, &path)]));
                    if plain.is_object() {
                        let (name, value) = (self.planted.sentence(secret, &path), 5);
                        forms.push(json!({ name: value }));
                        let text = self.planted.sentence(secret, &path);
                        forms.push(json!({ "started": text }));
                    }
                    for form in forms {
                        let mut data = valid.clone();
                        data.insert(field.clone(), form);
                        events.push(self.event(&path, kind, in_conversation, &data.into()));
                    }
                }
            }
        }
        events
    }

    /// One event of each type that has a secret in every field that takes a text.
    pub fn one_of_each(&mut self, way: &str) -> Vec<Value> {
        let mut events = Vec::new();
        for (number, (kind, in_conversation, data)) in TYPES.into_iter().enumerate() {
            let mut data = fields(in_conversation, data);
            for (place, (field, value)) in data.iter_mut().enumerate() {
                let path = format!("{way}: {kind} data.{field}");
                let secret = Secret::ALL[(number + place) % Secret::ALL.len()];
                if value.is_string() && takes_any_text(kind, field) {
                    *value = json!(self.value(field, secret, &path));
                }
            }
            let path = format!("{way}: {kind}");
            events.push(self.event(&path, kind, in_conversation, &data.into()));
        }
        events.extend(self.envelopes(way));
        events
    }

    /// Messages that repeat whom their event names, and secrets in every attribute.
    fn envelopes(&mut self, way: &str) -> Vec<Value> {
        let mut events = Vec::new();
        let message = |maker: &mut Self, field: &str| {
            maker.event(
                &format!("{way}: {field}"),
                "cx.message.added",
                true,
                &json!({"author": "customer"}),
            )
        };
        let mut naming = message(self, "naming");
        for field in NAMING.into_iter().chain(["customer", "agent"]) {
            let path = format!("{way}: naming {field}");
            let value = match field {
                "customer_id" => self.planted.identifier("cust", &path),
                _ => self.value(field, Secret::Name, &path).replace("my name is ", ""),
            };
            let said = naming["data"]["text"].as_str().unwrap_or("it is about").to_owned();
            naming["data"]["text"] = json!(format!("{said} {value} and"));
            naming["data"][field] = json!(value);
        }
        let subject = naming["subject"].as_str().unwrap().to_owned();
        naming["data"]["text"] = json!(format!("case {subject} {}", naming["data"]["text"]));
        events.push(naming);
        for attribute in ["id", "source", "subject", "type", "time", "specversion", "traceparent"] {
            for secret in Secret::ALL {
                let mut event = message(self, attribute);
                let path = format!("{way}: {attribute}");
                let sentence = self.planted.sentence(secret, &path);
                event[attribute] = json!(match attribute {
                    // A reference has no spaces.
                    "source" => format!("/shop/{}", sentence.replace(' ', "/")),
                    _ => sentence.clone(),
                });
                if attribute == "source" && !is_told_by_form(secret) {
                    continue;
                }
                events.push(event);
            }
        }
        for secret in Secret::ALL.into_iter().filter(|secret| is_told_by_form(*secret)) {
            let path = format!("{way}: bare");
            let sentence = self.planted.sentence(secret, &path);
            let bare = sentence.rsplit(' ').next().unwrap_or_default().to_owned();
            let mut event = message(self, "bare");
            event["id"] = json!(bare);
            event["source"] = json!(format!("/shop/{bare}"));
            event["type"] = json!(bare);
            events.push(event);
        }
        events
    }
}

/// Whether the value tells what it is, without the words around.
fn is_told_by_form(secret: Secret) -> bool {
    matches!(secret, Secret::Email | Secret::Phone | Secret::Card | Secret::Iban)
}

/// Whether a field that is a string takes any.
fn takes_any_text(kind: &str, field: &str) -> bool {
    const WORDS: [&str; 12] = [
        "channel",
        "direction",
        "outcome",
        "author",
        "visibility",
        "party",
        "kind",
        "about",
        "label",
        "evaluator",
        "severity",
        "component",
    ];
    let is_word = WORDS.contains(&field)
        || matches!(
            (kind, field),
            ("cx.transfer.completed" | "cx.conversation.ended", "reason")
                | ("cx.handoff.requested" | "cx.conversation.resolved", "by")
                | ("cx.agent.state_changed", "state")
                | ("cx.record.snapshot", "version")
                | ("cx.totals.reported", "from" | "to")
        );
    !is_word
}

/// A body as it is sent, with its headers.
pub struct Sent {
    pub body: Vec<u8>,
    pub headers: Vec<(String, String)>,
}

impl Sent {
    pub fn new(body: impl Into<Vec<u8>>, media_type: &str) -> Self {
        let headers = [("authorization", "Bearer local"), ("content-type", media_type)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { body: body.into(), headers }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn zipped(self) -> Self {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&self.body).unwrap();
        Self { body: encoder.finish().unwrap(), ..self }.with("content-encoding", "gzip")
    }
}

/// The forms in which events are sent; each in plain and as gzip.
pub const FORMS: [&str; 5] = ["structured", "batch", "array", "lines", "binary"];

/// The requests that carry these events in this form.
pub fn sent(form: &str, events: &[Value]) -> Vec<Sent> {
    let array = || serde_json::to_vec(events).unwrap();
    match form {
        "structured" => {
            let one = |event: &Value| Sent::new(event.to_string(), "application/cloudevents+json");
            events.iter().map(one).collect()
        }
        "batch" => vec![Sent::new(array(), "application/cloudevents-batch+json")],
        "array" => vec![Sent::new(array(), "application/json")],
        "lines" => {
            let lines: Vec<String> = events.iter().map(Value::to_string).collect();
            let few = lines.chunks(500);
            few.map(|few| Sent::new(few.join("\n"), "application/x-ndjson")).collect()
        }
        "binary" => events.iter().map(binary).collect(),
        other => panic!("no form {other}"),
    }
}

fn binary(event: &Value) -> Sent {
    let mut sent = Sent::new(event["data"].to_string(), "application/json");
    for (name, value) in event.as_object().unwrap() {
        if let (true, Some(value)) = (name != "data", value.as_str()) {
            sent = sent.with(&format!("ce-{name}"), value);
        }
    }
    sent
}
