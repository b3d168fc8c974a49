//! A YAML document whose every key and item knows its line, so that a problem can be pointed at.

use std::{collections::BTreeMap, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// Fields by name.
pub(super) type Mapping = BTreeMap<String, Item>;

/// The value of a field, or an item of a list.
#[derive(Debug)]
pub(super) struct Item {
    /// Where its key or, in a list, it itself stands; from 1.
    pub(super) line: u64,
    pub(super) node: Node,
}

/// A value.
#[derive(Debug)]
pub(super) enum Node {
    Null,
    Bool,
    Number(f64),
    Text(String),
    List(Vec<Item>),
    Mapping(Mapping),
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }
}

/// Reads a document; the error is a line and what is wrong there.
pub(super) fn read(yaml: &str) -> Result<Node, (u64, String)> {
    let options = serde_saphyr::Options {
        strict_booleans: true,
        with_snippet: false,
        ..serde_saphyr::Options::default()
    };
    serde_saphyr::from_str_with_options(yaml, options).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        (line, error.to_string())
    })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

#[expect(clippy::cast_precision_loss, reason = "no count of a rule is near 2^53")]
impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Bool)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(Spanned { value: node, defined, .. }) = items.next_element()? {
            list.push(Item { line: defined.line(), node });
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut fields = Mapping::new();
        while let Some(Spanned { value: name, defined, .. }) = entries.next_key()? {
            fields.insert(name, Item { line: defined.line(), node: entries.next_value()? });
        }
        Ok(Node::Mapping(fields))
    }
}
