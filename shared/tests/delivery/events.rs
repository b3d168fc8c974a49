//! Conversations of all kinds of events, as a strategy.

use proptest::{prelude::*, sample::Index};
use serde_json::{Map, Value, json};
use tocsin_domain::minute::{DAY, HOUR, MINUTE, SECOND, timestamp};

/// 2026-01-05T10:00:00Z, in nanoseconds.
const BEGINNING: i64 = 1_767_607_200 * SECOND;

/// A type's fields, each with the JSON values that it may have. One whose name ends in `!` is always
/// there, another may be absent.
type Fields = &'static [(&'static str, &'static [&'static str])];

const DIMENSIONS: Fields = &[
    ("channel", &[r#""chat""#, r#""voice""#, r#""email""#]),
    ("queue", &[r#""q1""#, r#""q2""#]),
    ("language", &[r#""de""#, r#""en""#]),
    ("segment", &[r#""gold""#]),
    ("region", &[r#""eu""#]),
    ("use_case", &[r#""returns""#]),
];

const CONFIDENCE: &[&str] = &["0", "0.3", "0.5", "0.65", "0.8", "0.95", "1"];
const INTENTS: &[&str] = &[r#""refund""#, r#""delivery""#];
const AGENTS: &[&str] = &[r#""al""#, r#""bo""#];
const QUEUES: &[&str] = &[r#""q1""#, r#""q2""#];
const SLOTS: &[&str] = &[r#""order""#, r#""name""#];
const SCORES: &[&str] = &["-1", "-0.5", "0", "0.7"];
const FLAGS: &[&str] = &["true", "false"];
const FACTS: &[&str] = &["[]", r#"["order"]"#, r#"["order","name"]"#];
const PARTIES: &[&str] = &[r#""ai""#, r#""human""#];

const TYPES: &[(&str, Fields)] = &[
    (
        "conversation.started",
        &[
            ("customer", &[r#""x""#, r#""y""#]),
            ("order_value", &["10", "99.5"]),
            ("currency", &[r#""EUR""#, r#""USD""#]),
        ],
    ),
    ("intent.detected", &[("intent!", INTENTS), ("confidence", CONFIDENCE)]),
    ("queue.entered", &[("queue!", QUEUES)]),
    (
        "queue.left",
        &[
            ("queue!", QUEUES),
            ("outcome!", &[r#""answered""#, r#""abandoned""#, r#""transferred""#]),
        ],
    ),
    (
        "handoff.accepted",
        &[("agent", AGENTS), ("context_fields", FACTS), ("expected_fields", FACTS)],
    ),
    ("agent.connected", &[("agent!", AGENTS), ("team", &[r#""east""#, r#""west""#])]),
    (
        "message.added",
        &[
            (
                "author!",
                &[r#""customer""#, r#""customer""#, r#""ai""#, r#""human""#, r#""system""#],
            ),
            ("agent", AGENTS),
            ("visibility", &[r#""public""#, r#""private""#]),
            ("sentiment", SCORES),
            ("text", &[r#""agent please""#, r#""bad""#]),
        ],
    ),
    (
        "ai.responded",
        &[
            (
                "outcome!",
                &[
                    r#""answered""#,
                    r#""clarified""#,
                    r#""fallback""#,
                    r#""refused""#,
                    r#""failed""#,
                ],
            ),
            ("agent", &[r#""bot""#]),
            ("intent", INTENTS),
            ("confidence", CONFIDENCE),
            ("latency_ms", &["0", "1250.5"]),
            ("error_type", &[r#""timeout""#]),
            ("model_version", &[r#""m1""#, r#""m2""#]),
            ("prompt_version", &[r#""p1""#, r#""p2""#]),
            ("kb_version", &[r#""k1""#]),
            ("input_tokens", &["7"]),
            ("output_tokens", &["11"]),
            ("cost_usd", &["0.002"]),
            ("text", &[r#""same""#, r#""other""#]),
        ],
    ),
    ("slot.asked", &[("slot!", SLOTS), ("author!", PARTIES)]),
    ("slot.filled", &[("slot!", SLOTS)]),
    ("sentiment.scored", &[("score!", SCORES), ("party", &[r#""customer""#, r#""agent""#])]),
    ("handoff.requested", &[("by!", &[r#""customer""#, r#""ai""#, r#""rule""#])]),
    (
        "transfer.completed",
        &[
            ("to_queue", QUEUES),
            ("from_agent", AGENTS),
            ("to_agent", AGENTS),
            ("reason", &[r#""wrong_queue""#, r#""expertise""#]),
        ],
    ),
    (
        "agent.disconnected",
        &[("agent!", AGENTS), ("talk_seconds", &["0", "61.5"]), ("hold_seconds", &["7"])],
    ),
    ("agent.wrapped_up", &[("agent!", AGENTS), ("after_contact_seconds", &["30"])]),
    (
        "conversation.resolved",
        &[("by", &[r#""ai""#, r#""ai""#, r#""human""#, r#""customer""#]), ("confirmed", FLAGS)],
    ),
    (
        "conversation.ended",
        &[("reason", &[r#""completed""#, r#""abandoned""#, r#""timed_out""#, r#""error""#])],
    ),
    ("conversation.reopened", &[]),
    (
        "feedback.received",
        &[
            ("kind!", &[r#""csat""#, r#""nps""#, r#""thumb""#, r#""ces""#]),
            ("score!", &["0", "1"]),
            ("max", &["1", "2.5"]),
            ("about", &[r#""ai""#, r#""conversation""#]),
        ],
    ),
    (
        "evaluation.recorded",
        &[
            (
                "name!",
                &[
                    r#""answer_correct""#,
                    r#""intent_correct""#,
                    r#""brand_safe""#,
                    r#""tone""#,
                    r#""empathy""#,
                    r#""policy_adherence""#,
                    r#""other""#,
                ],
            ),
            ("label", &[r#""pass""#, r#""fail""#]),
            ("score!", &["0", "0.4", "1"]),
            ("evaluator", &[r#""rule""#, r#""llm""#, r#""human""#]),
            ("about", PARTIES),
            ("agent", AGENTS),
            ("item", &[r#""greeting""#]),
            ("severity", &[r#""severe""#]),
        ],
    ),
    (
        "conversation.valued",
        &[("order_value", &["5"]), ("currency", &[r#""EUR""#]), ("retained", FLAGS)],
    ),
    (
        "record.snapshot",
        &[("version!", &[r#""2026-01-05T12:00:00Z""#]), ("totals", &[r#"{"talk_seconds":60}"#])],
    ),
];

/// So many events at most, of three subjects and two sources, some of one identity.
pub(crate) fn conversations(most: usize) -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec((gap(), event()), most / 4..most).prop_map(move |generated| {
        let mut time = BEGINNING;
        // Silences are rare enough that long logs stay within the decade.
        let longest = most.div_ceil(60);
        generated
            .into_iter()
            .enumerate()
            .map(|(number, (gap, mut event))| {
                let is_silence = gap >= DAY;
                if !is_silence || number % longest == 0 {
                    time += gap;
                }
                event["time"] = json!(timestamp(time).to_string());
                // About one in ten shares its identity with an earlier one.
                let id = event["id"].as_u64().unwrap();
                event["id"] = json!((number as u64 - id.min(number as u64)).to_string());
                event
            })
            .collect()
    })
}

/// Nanoseconds between two events.
fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => Just(0),
        8 => 1..90 * SECOND,
        4 => 1..20 * MINUTE,
        2 => prop::sample::select(vec![MINUTE, 2 * MINUTE, 5 * MINUTE, HOUR, 12 * HOUR]),
        1 => 1..2 * DAY,
        1 => prop::sample::select(vec![
            7 * DAY, 7 * DAY + 1, 14 * DAY, 14 * DAY + 1, 30 * DAY, 30 * DAY + 1, 45 * DAY,
        ]),
    ]
}

fn event() -> impl Strategy<Value = Value> {
    let choices = || prop::collection::vec(any::<Index>(), 16);
    let back = prop_oneof![9 => Just(0_u64), 1 => 1..9_u64];
    let subject = prop::sample::select(vec!["a", "a", "b", "c"]);
    let source = prop::sample::select(vec!["/one", "/one", "/one", "/two"]);
    let kind = prop::sample::select(TYPES);
    (kind, choices(), choices(), back, subject, source).prop_map(
        |((name, fields), values, dimensions, back, subject, source)| {
            let mut data = Map::new();
            choose(DIMENSIONS, &dimensions, 3, &mut data);
            choose(fields, &values, 1, &mut data);
            json!({
                "specversion": "1.0", "type": format!("cx.{name}"), "id": back,
                "subject": subject, "source": source, "data": data,
            })
        },
    )
}

/// Gives each field one of its values, or, with some odds to one value, none.
fn choose(fields: Fields, choices: &[Index], odds: usize, data: &mut Map<String, Value>) {
    for ((name, values), choice) in fields.iter().zip(choices) {
        let required = name.strip_suffix('!');
        let absent = if required.is_some() { 0 } else { odds };
        if let Some(value) = values.get(choice.index(values.len() + absent)) {
            let value = serde_json::from_str(value).unwrap();
            data.insert(required.unwrap_or(name).to_owned(), value);
        }
    }
}
