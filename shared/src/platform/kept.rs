//! What stays of a delivery that was refused: every text masked, everybody and every conversation hashed
//! as decoding would have, so that a later version decodes it into the very events it would have been.

use serde_json::{Map, Value};

use super::{Account, Platform, genesys_cloud, zendesk};
use crate::{
    decode,
    id::PseudonymKey,
    privacy::{self, Known},
};

/// What a field identifies.
#[derive(Clone, Copy)]
enum Is {
    Conversation,
    Agent,
    Customer,
    /// A person's name, which tells what texts may repeat.
    Name,
    /// The name of a topic, in which the conversation's id stands.
    Topic,
}

/// Paths of fields, in lower case, by how they end.
type Table = &'static [(&'static str, Is)];

const CONNECT: Table = &[
    (".contactid", Is::Conversation),
    (".initialcontactid", Is::Conversation),
    (".previouscontactid", Is::Conversation),
    (".relatedcontactid", Is::Conversation),
    (".agentarn", Is::Agent),
    (".customerid", Is::Customer),
    (".customerendpoint.address", Is::Customer),
    (".displayname", Is::Name),
];
const GENESYS: Table = &[
    (".topicname", Is::Topic),
    (".conversationid", Is::Conversation),
    (".userid", Is::Agent),
    (".answereduserid", Is::Agent),
    (".externalcontactid", Is::Customer),
    (".conversationexternalcontactids", Is::Customer),
    (".ani", Is::Customer),
    (".dnis", Is::Customer),
    (".addressfrom", Is::Customer),
    (".addressto", Is::Customer),
    (".callbacknumbers", Is::Customer),
    (".callbackusername", Is::Name),
];
const ZENDESK: Table = &[
    (".detail.id", Is::Conversation),
    (".detail.requester_id", Is::Customer),
    (".detail.submitter_id", Is::Customer),
    (".detail.actor_id", Is::Customer),
    (".detail.assignee_id", Is::Agent),
    (".author.id", Is::Agent),
    (".actor.id", Is::Agent),
    (".name", Is::Name),
];
/// Beside [`ZENDESK`], of whoever a ticket is assigned to.
const ASSIGNED: Table = &[(".event.current", Is::Agent), (".event.previous", Is::Agent)];

/// The delivery, free of people.
pub(super) fn masked(account: &Account<'_>, delivery: &Value, key: &PseudonymKey) -> Value {
    let tables: &[Table] = match account.platform {
        Platform::CloudEvents => return decode::masked_event(delivery, key),
        Platform::Connect => &[CONNECT],
        Platform::Genesys => &[GENESYS],
        Platform::Zendesk if is_assignment(delivery) => &[ZENDESK, ASSIGNED],
        Platform::Zendesk => &[ZENDESK],
    };
    let mut mask = Mask { account, key, tables, known: Known::default() };
    mask.learn(delivery, "");
    mask.value(delivery, "")
}

fn is_assignment(delivery: &Value) -> bool {
    let kind = delivery.get("type").and_then(Value::as_str);
    kind.is_some_and(|kind| kind.to_ascii_lowercase().contains("agent_assignment"))
}

struct Mask<'a> {
    account: &'a Account<'a>,
    key: &'a PseudonymKey,
    tables: &'static [Table],
    /// What texts must not repeat.
    known: Known,
}

impl Mask<'_> {
    fn is(&self, path: &str) -> Option<Is> {
        let rows = self.tables.iter().copied().flatten();
        rows.copied().find_map(|(end, is)| path.ends_with(end).then_some(is))
    }

    /// Takes in what the delivery says of people and of its conversation.
    fn learn(&mut self, value: &Value, path: &str) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.learn(value, &inner(path, name));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item, path)),
            Value::String(_) | Value::Number(_) => match self.is(path) {
                Some(Is::Name) => self.known.name(&plain(value)),
                Some(Is::Topic) | None => {}
                Some(_) => self.known.identifier(last(&plain(value))),
            },
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn value(&self, value: &Value, path: &str) -> Value {
        match value {
            Value::Object(fields) => {
                let field = |(name, value): (&String, &Value)| {
                    (privacy::mask(name).into_owned(), self.value(value, &inner(path, name)))
                };
                Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
            }
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value(item, path)).collect())
            }
            Value::Null | Value::Bool(_) => value.clone(),
            Value::String(_) | Value::Number(_) => self.leaf(value, path),
        }
    }

    fn leaf(&self, value: &Value, path: &str) -> Value {
        let sent = plain(value);
        let id = last(&sent);
        // A vendor's own actors are nobody.
        if sent.is_empty() || (sent.starts_with("zd:") && privacy::find(&sent).is_empty()) {
            return value.clone();
        }
        let conversation = |id: &str| self.key.conversation(&self.account.subject(id));
        if let Some(id) = sent.strip_prefix(zendesk::TICKETS) {
            return Value::String(format!("{}{}", zendesk::TICKETS, conversation(id)));
        }
        Value::String(match self.is(path) {
            Some(Is::Conversation) => conversation(&sent).to_string(),
            Some(Is::Agent) => self.key.agent(id),
            Some(Is::Customer) => self.key.customer(&sent).to_string(),
            Some(Is::Name) => "[name]".to_owned(),
            Some(Is::Topic) => {
                let topic = genesys_cloud::without_id(&sent);
                privacy::mask_known(&topic, &self.known).into_owned()
            }
            None if path == ".id" => {
                let names_somebody = self.known.occurs(&sent) || !privacy::find(&sent).is_empty();
                if names_somebody { self.key.replacement(&sent) } else { sent }
            }
            None => {
                let masked = privacy::mask_known(&sent, &self.known);
                // An address or a path that names somebody or the conversation within a word.
                if !masked.contains(char::is_whitespace) && self.known.occurs(&masked) {
                    return Value::String("[identifier]".to_owned());
                }
                if masked == sent {
                    return value.clone();
                }
                masked.into_owned()
            }
        })
    }
}

fn inner(path: &str, name: &str) -> String {
    format!("{path}.{}", name.to_ascii_lowercase())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The id at the end of an ARN.
fn last(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}
