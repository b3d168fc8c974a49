//! One message to publish, read from a form and held to the rules of SNS.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Fault, Form, MAX_BYTES};
use crate::outbox::Outbox;

/// A message that SNS would accept.
pub(super) struct Publication<'a> {
    subject: Option<&'a str>,
    message: &'a str,
    structure: Option<&'a str>,
    attributes: BTreeMap<String, String>,
}

impl<'a> Publication<'a> {
    /// Reads the parameters that begin with `prefix`: none, or that of an entry in a batch.
    pub(super) fn parse(form: &'a Form, prefix: &str) -> Result<Self, Fault> {
        let field = |name: &str| form.get(&format!("{prefix}{name}")).map(String::as_str);
        let message = field("Message").unwrap_or_default();
        let (subject, structure) = (field("Subject"), field("MessageStructure"));
        if message.is_empty() {
            return Err(Fault::invalid("Empty message"));
        }
        if message.len() > MAX_BYTES {
            return Err(Fault::invalid("Message too long"));
        }
        if subject.is_some_and(|subject| !is_subject(subject)) {
            return Err(Fault::invalid("Subject"));
        }
        match structure {
            None => {}
            Some("json") => check_structured(message)?,
            Some(_) => return Err(Fault::invalid("MessageStructure")),
        }
        Ok(Self { subject, message, structure, attributes: attributes(form, prefix)? })
    }

    /// Stores the message and returns its id.
    pub(super) fn store(self, outbox: &Outbox, topic: &str) -> Result<String, Fault> {
        let Self { subject, message, structure, attributes } = self;
        Ok(outbox.publish(topic, subject, message, structure, attributes)?)
    }
}

/// Fewer than 100 printable ASCII characters, of which the first is no space.
fn is_subject(subject: &str) -> bool {
    (1..100).contains(&subject.len())
        && subject.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
        && !subject.starts_with(' ')
}

/// With the structure `json` a message is an object of texts, one of them the `default`.
fn check_structured(message: &str) -> Result<(), Fault> {
    let texts: Map<String, Value> = serde_json::from_str(message)
        .map_err(|_| Fault::invalid("Message Structure - JSON message body failed to parse"))?;
    if texts.get("default").is_some_and(Value::is_string) {
        Ok(())
    } else {
        Err(Fault::invalid("Message Structure - No default entry in JSON message body"))
    }
}

fn attributes(form: &Form, prefix: &str) -> Result<BTreeMap<String, String>, Fault> {
    let mut attributes = BTreeMap::new();
    for n in 1.. {
        let entry = format!("{prefix}MessageAttributes.entry.{n}.");
        let field = |name: &str| form.get(&format!("{entry}{name}"));
        let Some(name) = field("Name") else { break };
        let value = field("Value.StringValue")
            .or_else(|| field("Value.BinaryValue"))
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                Fault::new(
                    "ParameterValueInvalid",
                    format!("The message attribute '{name}' must contain non-empty message attribute value."),
                )
            })?;
        attributes.insert(name.clone(), value.clone());
    }
    Ok(attributes)
}
