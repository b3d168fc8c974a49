//! From the wire to the model: one CloudEvent in, one masked and hashed [`Event`] out.
//!
//! Nothing leaves here unmasked: free text carries typed placeholders, also where it repeats whom
//! the event itself names, a dimension value that
//! masking alters becomes `(masked)`, an id or source that it alters its keyed hash, and subjects,
//! customers and agents are always keyed hashes. What is wrong with an event is said by a
//! [`Rejection`] that names the field and the remedy.

mod fields;
mod kinds;
mod observations;
mod refused;
mod texts;

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    chunk::{Chunk, EventText, Tally},
    derived::Policy,
    dimension::{MASKED, OTHER, UNKNOWN},
    event::Event,
    id::{PseudonymKey, short_hash},
    metric::Metric,
    minute::{MINUTE, SECOND},
    privacy, rfc3339,
    sabotage::{self, Sabotage},
    symbol::Sym,
};
use fields::Fields;
pub(crate) use kinds::CHANNELS;
pub use refused::{masked_event, masked_text};

/// Largest event, in bytes of JSON as received.
pub const EVENT_LIMIT: usize = 64 << 10;
/// An event may be so far ahead of its receipt.
const AHEAD: i64 = 15 * MINUTE;
/// An event received so long after it happened is counted as late.
const LATE: i64 = 60 * SECOND;

/// Why an event was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// One word, for machines.
    pub error: &'static str,
    /// The attribute or `data.` field; `event` where it is the event as a whole.
    pub field: String,
    /// What is wrong and what to do, for people; never a value from the event.
    pub detail: String,
}

impl Rejection {
    /// A refusal of this field.
    pub fn new(error: &'static str, field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { error, field: field.into(), detail: detail.into() }
    }
}

/// What decoding needs to know beside the event.
pub struct Intake<'a> {
    /// Hashes identifiers.
    pub key: &'a PseudonymKey,
    /// Prefixes of `source` that the credential may send; an empty one allows all.
    pub sources: &'a [String],
    /// The time of receipt, given the time of the event being judged.
    pub now: &'a dyn Fn(i64) -> i64,
    /// How long after it happened an event is still taken, in nanoseconds.
    pub accept_late: i64,
    /// The tenant's phrases.
    pub policy: &'a Policy,
}

/// Agents seen while decoding: dimension value and the id as sent, for the encrypted directory.
pub type Agents = BTreeMap<String, String>;

/// The envelope, checked.
struct Envelope<'v> {
    source: String,
    kind: &'v str,
    time: i64,
    subject: Option<&'v str>,
    /// Identity within a conversation.
    identity: u64,
    /// Fingerprint of what it says.
    content: u64,
}

/// What an event is known by, as it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprints {
    /// Identity within a conversation.
    identity: u64,
    /// Of what it says.
    content: u64,
    /// Of the adapter that made the event; 0 of one that was sent as it is.
    #[serde(default)]
    revision: u8,
}

/// What an event is known by, made by an adapter of this revision; `None` where it lacks what identifies
/// it.
pub fn fingerprints(event: &Value, revision: u8, key: &PseudonymKey) -> Option<Fingerprints> {
    let attributes = event.as_object()?;
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    let (id, source) = (masked_or_hashed(text("id")?, key), masked_or_hashed(text("source")?, key));
    let empty = Map::new();
    let data = attributes.get("data").and_then(Value::as_object).unwrap_or(&empty);
    let content = content_hash(text("time")?, text("type")?, data);
    Some(Fingerprints { identity: identity(&source, &id), content, revision })
}

/// Decodes one event and adds it to the chunk.
pub fn decode(
    event: &Value,
    intake: &Intake<'_>,
    chunk: &mut Chunk,
    agents: &mut Agents,
) -> Result<(), Rejection> {
    decode_adapted(event, 0, intake, chunk, agents)
}

/// Decodes an event that an adapter of this revision made of a vendor's delivery.
pub fn decode_adapted(
    event: &Value,
    revision: u8,
    intake: &Intake<'_>,
    chunk: &mut Chunk,
    agents: &mut Agents,
) -> Result<(), Rejection> {
    decode_known(event, (None, revision), intake, chunk, agents)
}

/// Decodes an event that was refused once and kept by [`masked_event`]. It is the event that it was,
/// should its sender send it again. The intake's key keeps hashes; names of agents are not known.
pub fn decode_kept(
    event: &Value,
    known: Fingerprints,
    intake: &Intake<'_>,
    chunk: &mut Chunk,
) -> Result<(), Rejection> {
    decode_known(event, (Some(known), known.revision), intake, chunk, &mut Agents::new())
}

fn decode_known(
    event: &Value,
    (known, revision): (Option<Fingerprints>, u8),
    intake: &Intake<'_>,
    chunk: &mut Chunk,
    agents: &mut Agents,
) -> Result<(), Rejection> {
    let attributes = event.as_object().ok_or_else(|| {
        Rejection::new(
            "wrong_type",
            "event",
            "an event is a JSON object with CloudEvents attributes",
        )
    })?;
    let empty = Map::new();
    let data = match attributes.get("data") {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(data)) => data,
        Some(_) => return Err(Rejection::new("wrong_type", "data", "send a JSON object")),
    };
    let mut envelope = envelope(attributes, data, intake)?;
    if let Some(Fingerprints { identity, content, .. }) = known {
        (envelope.identity, envelope.content) = (identity, content);
    }
    let fields = Fields::new(data, intake.key).naming(envelope.subject);
    if let Some(observation) = observations::decode(&envelope, &fields)? {
        judge_time(&envelope, intake)?;
        count_lateness(&envelope, intake, chunk);
        chunk.observations.push(observation);
        return Ok(());
    }
    if let Some(state) = observations::agent_state(&envelope, &fields)? {
        judge_time(&envelope, intake)?;
        count_lateness(&envelope, intake, chunk);
        chunk.states.push(state);
        agents.append(&mut fields.into_agents());
        return Ok(());
    }
    let Some(kind) = kinds::decode(envelope.kind, &fields, intake.policy, &mut chunk.symbols)?
    else {
        judge_time(&envelope, intake)?;
        tally_unknown(chunk, &envelope.source, envelope.kind);
        return Ok(());
    };
    let Some(subject) = envelope.subject else {
        return Err(Rejection::new("missing", "subject", "send the id of the conversation"));
    };
    let dimensions = kinds::dimensions(envelope.kind, &fields, &mut chunk.symbols)?;
    let texts = texts::read(envelope.kind, &fields)?;
    judge_time(&envelope, intake)?;
    count_lateness(&envelope, intake, chunk);
    let conversation = intake.key.conversation(subject);
    if !texts.is_empty() {
        let text = EventText { event: envelope.identity, time: envelope.time, fields: texts };
        chunk.texts.push((conversation, text));
    }
    let source = chunk.symbols.intern(&envelope.source);
    chunk.events.push((
        conversation,
        Event {
            time: envelope.time,
            id: envelope.identity,
            content: envelope.content,
            revision,
            source,
            dimensions,
            kind,
        },
    ));
    agents.append(&mut fields.into_agents());
    Ok(())
}

/// Counts an event that is not taken further, as data about the data.
pub fn tally(chunk: &mut Chunk, metric: Metric, source: &str, label: &str) {
    let known = chunk
        .tallies
        .iter_mut()
        .find(|tally| tally.metric == metric && tally.source == source && tally.label == label);
    match known {
        Some(tally) => tally.count += 1,
        None => chunk.tallies.push(Tally {
            metric,
            source: source.to_owned(),
            label: label.to_owned(),
            count: 1,
        }),
    }
}

/// Counts something of a kind that the model does not know, by its name where that is fit for a label.
pub fn tally_unknown(chunk: &mut Chunk, source: &str, kind: &str) {
    tally(chunk, Metric::UnknownTypes, source, &drift_label(kind));
}

/// The source of an event that could not be decoded, fit for a label.
pub fn source_label(event: &Value) -> String {
    let source = event.get("source").and_then(Value::as_str).unwrap_or_default();
    if source.is_empty() || source.len() > 128 || source.chars().any(char::is_control) {
        return UNKNOWN.to_owned();
    }
    match privacy::mask(source) {
        Cow::Borrowed(clean) => clean.to_owned(),
        Cow::Owned(_) => MASKED.to_owned(),
    }
}

fn envelope<'v>(
    attributes: &'v Map<String, Value>,
    data: &Map<String, Value>,
    intake: &Intake<'_>,
) -> Result<Envelope<'v>, Rejection> {
    if attribute(attributes, "specversion")? != "1.0" {
        return Err(Rejection::new("unknown_value", "specversion", "send \"1.0\""));
    }
    let id = bounded(attribute(attributes, "id")?, "id", 256)?;
    let source = bounded(attribute(attributes, "source")?, "source", 256)?;
    if source.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Rejection::new(
            "invalid",
            "source",
            "send a URI reference such as /zendesk/acme",
        ));
    }
    if !intake.sources.iter().any(|prefix| allows(prefix, source)) {
        let detail =
            "this key is bound to other sources: send a source that it covers, or its own key";
        return Err(Rejection::new("foreign_source", "source", detail));
    }
    let kind = bounded(attribute(attributes, "type")?, "type", 256)?;
    let sent_time = attribute(attributes, "time")?;
    let time = instant(sent_time).ok_or_else(|| {
        Rejection::new("invalid", "time", "send RFC 3339, e.g. 2026-01-05T10:00:00.250Z")
    })?;
    let subject = match attributes.get("subject") {
        None | Some(Value::Null) => None,
        Some(Value::String(subject)) => Some(bounded(subject, "subject", 256)?),
        Some(_) => return Err(Rejection::new("wrong_type", "subject", "send a string")),
    };
    let id = masked_or_hashed(id, intake.key);
    let source = masked_or_hashed(source, intake.key);
    Ok(Envelope {
        identity: identity(&source, &id),
        content: content_hash(sent_time, kind, data),
        source,
        kind,
        time,
        subject,
    })
}

/// Whether a credential's prefix covers a source: whole path segments, not mere beginnings.
fn allows(prefix: &str, source: &str) -> bool {
    match source.strip_prefix(prefix) {
        Some(rest) => {
            prefix.is_empty() || rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/')
        }
        None => false,
    }
}

fn attribute<'v>(attributes: &'v Map<String, Value>, name: &str) -> Result<&'v str, Rejection> {
    match attributes.get(name) {
        None | Some(Value::Null) => {
            Err(Rejection::new("missing", name, "this CloudEvents attribute is required"))
        }
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Rejection::new("wrong_type", name, "send a string")),
    }
}

fn bounded<'v>(text: &'v str, field: &str, limit: usize) -> Result<&'v str, Rejection> {
    if text.is_empty() || text.len() > limit {
        return Err(Rejection::new("out_of_range", field, format!("send 1 to {limit} bytes")));
    }
    Ok(text)
}

fn masked_or_hashed(text: &str, key: &PseudonymKey) -> String {
    match privacy::mask(text) {
        Cow::Borrowed(_) => text.to_owned(),
        Cow::Owned(_) => key.replacement(text),
    }
}

/// Which event it is, within its conversation.
fn identity(source: &str, id: &str) -> u64 {
    if sabotage::is(Sabotage::IdentityWithoutSource) {
        return short_hash(&[id.as_bytes()]);
    }
    short_hash(&[source.as_bytes(), id.as_bytes()])
}

/// Fingerprint of `time`, `type` and `data` as received: what decides between two contents of one
/// identity, whichever came first.
fn content_hash(time: &str, kind: &str, data: &Map<String, Value>) -> u64 {
    if sabotage::is(Sabotage::HashOfPartOfTheContent) {
        return short_hash(&[kind.as_bytes()]);
    }
    let said = serde_json::json!({"time": time, "type": kind, "data": data});
    // Canonicalisation refuses only numbers that are not finite, which JSON can not express.
    let canonical = serde_json_canonicalizer::to_vec(&said).unwrap_or_default();
    short_hash(&[&canonical])
}

/// Nanoseconds since the Unix epoch; `None` for anything but RFC 3339, and for years before 1677 and
/// after 2262.
fn instant(text: &str) -> Option<i64> {
    i64::try_from(rfc3339::parse(text)?.as_nanosecond()).ok()
}

fn judge_time(envelope: &Envelope<'_>, intake: &Intake<'_>) -> Result<(), Rejection> {
    let now = (intake.now)(envelope.time);
    if envelope.time > now.saturating_add(AHEAD) {
        let detail =
            "more than 15 minutes ahead of receipt: check the sender's clock and time zone";
        return Err(Rejection::new("in_future", "time", detail));
    }
    if envelope.time < now.saturating_sub(intake.accept_late) {
        let days = intake.accept_late / crate::minute::DAY;
        let detail = format!("happened more than {days} days before receipt");
        return Err(Rejection::new("too_late", "time", detail));
    }
    Ok(())
}

fn count_lateness(envelope: &Envelope<'_>, intake: &Intake<'_>, chunk: &mut Chunk) {
    if (intake.now)(envelope.time) - envelope.time > LATE {
        tally(chunk, Metric::LateEvents, &envelope.source, "");
    }
}

/// The label of an unknown type: its name where that is a plain one, and no number of a person's.
fn drift_label(kind: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if kind.len() > 64 || !kind.bytes().all(plain) {
        return OTHER.into();
    }
    match privacy::mask(kind) {
        Cow::Borrowed(clean) => clean.into(),
        Cow::Owned(_) => MASKED.into(),
    }
}

/// Interns a dimension value: at most 128 bytes, no control characters, masked.
fn dimension_value(
    text: &str,
    field: &str,
    symbols: &mut crate::symbol::Symbols,
) -> Result<Sym, Rejection> {
    bounded(text, field, 128)?;
    if text.chars().any(char::is_control) {
        return Err(Rejection::new("invalid", field, "send a value without control characters"));
    }
    Ok(match privacy::mask(text) {
        Cow::Borrowed(clean) => symbols.intern(clean),
        Cow::Owned(_) => symbols.intern(MASKED),
    })
}

#[cfg(test)]
mod kept_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod tests;
