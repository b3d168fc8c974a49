//! A message that went out, as whoever gets it sees it.

use serde_json::Value;
use tocsin_domain::minute::nanoseconds;

use crate::table::text;

/// What a claim is on: a message and its target.
pub(crate) type Claimed = (String, String);

/// A message that a topic or the bus took.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Published {
    /// Its identity.
    pub(crate) id: String,
    /// The topic, or `bus`.
    pub(crate) target: String,
    /// The transitions that it tells of.
    pub(crate) tells: Vec<String>,
    /// The alert that it is about.
    pub(crate) lead: String,
    /// Severity, family and parent of its group, of a storm of the lead's.
    pub(crate) group: String,
    /// Whether it tells of several groups.
    pub(crate) is_storm: bool,
    /// When it was decided on, in nanoseconds.
    pub(crate) at: i64,
}

impl Published {
    /// Of a `Publish`. Chat has a text of its own, with the same identity.
    pub(crate) fn of(body: &[u8]) -> Self {
        let field = |wanted: &str| {
            let mut fields = form_urlencoded::parse(body);
            fields.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        let target = field("TopicArn").unwrap_or_default();
        let message: Value =
            serde_json::from_str(&field("Message").unwrap_or_default()).expect("a message is JSON");
        if target == "chat" {
            return Self::chat(&message, target);
        }
        let own = serde_json::from_str(text(&message, "https")).expect("its text is JSON");
        Self::told(&own, target)
    }

    /// Of an entry of `PutEvents`, which tells of one transition.
    pub(crate) fn on_bus(request: &Value) -> Self {
        let detail = text(&request["Entries"][0], "Detail");
        let own: Value = serde_json::from_str(detail).expect("a detail is JSON");
        let mut published = Self::told(&own, "bus".to_owned());
        published.tells = vec![published.id.clone()];
        published
    }

    fn told(own: &Value, target: String) -> Self {
        let tells = own["group"]["notifications"].as_array().into_iter().flatten();
        let parent = &own["group"]["parent"];
        Self {
            id: text(own, "notification").to_owned(),
            target,
            tells: tells.filter_map(|id| Some(id.as_str()?.to_owned())).collect(),
            lead: text(own, "id").to_owned(),
            group: format!("{} {} {parent}", text(own, "severity"), text(own, "family")),
            is_storm: own["group"]["storm"].as_bool().unwrap_or_default(),
            at: text(own, "announced").parse().map(nanoseconds).unwrap_or_default(),
        }
    }

    fn chat(message: &Value, target: String) -> Self {
        let id = text(message, "id").to_owned();
        let lead = text(&message["metadata"], "threadId").to_owned();
        Self { id, target, tells: Vec::new(), lead, group: String::new(), is_storm: false, at: 0 }
    }
}
