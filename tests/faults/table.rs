//! `DynamoDB` as far as the product asks of it: items by key, conditions, transactions, queries.
//!
//! A model, kept honest by the store's own tests, which run the same calls against an emulator. It
//! knows the two conditions that the store uses, and `ADD` for the designs that Tocsin is not.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tocsin_domain::minute::SECOND;

/// Partition and sort key.
pub(crate) type Key = (String, String);

/// One table, in the order of its keys. Its clones share the items.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table(BTreeMap<Key, Arc<Value>>);

/// A condition does not hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The key of an item, or a key as requests have it.
pub(crate) fn key(item: &Value) -> Key {
    let part = |name: &str| text(&item[name], "S").to_owned();
    (part("pk"), part("sk"))
}

impl Table {
    pub(crate) fn get(&self, key: &Key) -> Option<&Value> {
        self.0.get(key).map(AsRef::as_ref)
    }

    /// All items, each with its partition key.
    pub(crate) fn items(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|((pk, _), item)| (pk.as_str(), item.as_ref()))
    }

    pub(crate) fn put(&mut self, item: &Value) {
        self.0.insert(key(item), Arc::new(item.clone()));
    }

    pub(crate) fn delete(&mut self, key: &Key) {
        self.0.remove(key);
    }

    /// Deletes of what has expired as much as it is told to; `now` in nanoseconds.
    pub(crate) fn expire(&mut self, now: i64, mut deletes: impl FnMut() -> bool) {
        self.0.retain(|_, item| {
            let expires: Option<i64> = text(&item["ttl"], "N").parse().ok();
            !(expires.is_some_and(|at| at < now / SECOND) && deletes())
        });
    }

    /// Items of a partition, between two sort keys where they are given.
    pub(crate) fn query(&self, request: &Value) -> Vec<&Value> {
        let value = |name: &str| text(&request["ExpressionAttributeValues"][name], "S");
        let (pk, low, high) = (value(":pk"), value(":low"), value(":high"));
        let in_range = |sk: &str| high.is_empty() || (low..=high).contains(&sk);
        let from = (pk.to_owned(), low.to_owned());
        let items = self.0.range(from..).take_while(|((of, _), _)| of == pk);
        items.filter(|((_, sk), _)| in_range(sk)).map(|(_, item)| item.as_ref()).collect()
    }

    /// Items whose partition key begins so.
    pub(crate) fn scan(&self, request: &Value) -> Vec<&Value> {
        let prefix = text(&request["ExpressionAttributeValues"][":prefix"], "S");
        let items = self.0.iter().filter(|((pk, _), _)| pk.starts_with(prefix));
        items.map(|(_, item)| item.as_ref()).collect()
    }

    /// Whether a put, delete or check may go on.
    pub(crate) fn allows(&self, action: &Value) -> Result<(), Failed> {
        let stored = self.get(&subject(action));
        let holds = match text(action, "ConditionExpression") {
            "" => true,
            "attribute_not_exists(pk)" => stored.is_none(),
            "v = :read" => {
                let read = &action["ExpressionAttributeValues"][":read"];
                stored.is_some_and(|item| item["v"] == *read)
            }
            other => panic!("the model knows no condition {other}"),
        };
        if holds { Ok(()) } else { Err(Failed) }
    }

    /// Adds to the numbers of an item.
    pub(crate) fn add(&mut self, action: &Value) {
        let key = key(&action["Key"]);
        let item = self.0.entry(key).or_insert_with(|| Arc::new(action["Key"].clone()));
        let item = Arc::make_mut(item);
        let amount = number(&action["ExpressionAttributeValues"][":n"]);
        item["n"] = json!({ "N": (number(&item["n"]) + amount).to_string() });
    }

    /// All items as the SDK has them.
    pub(crate) fn copies(&self) -> Vec<HashMap<String, AttributeValue>> {
        self.0.values().map(|item| attributes(item)).collect()
    }

    /// Numbers that were added up, by key.
    pub(crate) fn numbers(&self) -> BTreeMap<Key, i64> {
        let counted = self.0.iter().filter(|(_, item)| item.get("n").is_some());
        counted.map(|(key, item)| (key.clone(), number(&item["n"]))).collect()
    }
}

/// An item as the SDK has it.
fn attributes(item: &Value) -> HashMap<String, AttributeValue> {
    let members = item.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().and_then(|one| one.iter().next()).expect("a type");
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => AttributeValue::S(text.clone()),
        ("N", Value::String(number)) => AttributeValue::N(number.clone()),
        ("B", Value::String(bytes)) => {
            AttributeValue::B(Blob::new(STANDARD.decode(bytes).expect("base64")))
        }
        ("BOOL", Value::Bool(is)) => AttributeValue::Bool(*is),
        ("M", members) => AttributeValue::M(attributes(members)),
        (other, value) => panic!("the model knows no {other} {value}"),
    }
}

/// The item that an action is about.
pub(crate) fn subject(action: &Value) -> Key {
    action.get("Key").or_else(|| action.get("Item")).map(key).unwrap_or_default()
}

fn number(value: &Value) -> i64 {
    text(value, "N").parse().unwrap_or_default()
}
