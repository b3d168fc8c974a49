//! Logs as they are written in these tests, and figures as they are compared.
//!
//! A line is a time since the start of the log (`1d2h`, `6.25s`), a type without `cx.`, and fields of
//! `data` (`name=value`, a JSON value or a word). `subject=` names another conversation than `c`, and
//! `asks=true` marks a customer's message in which ingest found a request for a person.
//!
//! A figure is a minute of the log and `numerator/denominator`, `sum/count`, or how many; of a gauge,
//! by how much it changes: `0m 1/2, 15m 0/1`.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write,
};

use serde_json::{Map, Value, json};
use tocsin_domain::{
    chunk::Chunk,
    configuration::{self, Configuration},
    conversation::{Contributions, Conversation, contributions},
    customer::Customer,
    decode::{Agents, Intake, decode},
    derived::Policy,
    dimension::{Dimension, EXTRA},
    event::Kind,
    id::{PseudonymKey, TenantId},
    metric::{self, Metric},
    minute::{DAY, Minute, SECOND},
    sums::{Amount, Sums},
};

/// 2026-01-05T10:00:00Z, in nanoseconds.
const BEGINNING: i64 = 1_767_607_200 * SECOND;
const NOW: i64 = BEGINNING + 365 * DAY;

/// What a log adds up to.
pub(crate) struct Counted {
    sums: Sums,
    agents: Agents,
}

/// Counts a log by default settings.
#[track_caller]
pub(crate) fn counted(log: &str) -> Counted {
    counted_by("versions: []", log)
}

/// Counts a log by these settings, in YAML; in order and backwards.
#[track_caller]
pub(crate) fn counted_by(settings: &str, log: &str) -> Counted {
    let configuration = configuration::parse(settings).unwrap();
    let mut events: Vec<(Value, bool)> = log
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(number, line)| event(number, line))
        .collect();
    let counted = count(&events, &configuration);
    events.reverse();
    let backwards = count(&events, &configuration);
    assert_eq!(counted.sums.encode(), backwards.sums.encode(), "in order and backwards");
    counted
}

/// Checks figures of a log, by default settings.
#[track_caller]
pub(crate) fn check(log: &str, figures: &[(Metric, &str)]) {
    let counted = counted(log);
    for (metric, expected) in figures {
        assert_eq!(counted.total(*metric), *expected, "{metric}");
    }
}

impl Counted {
    /// The figures of the whole tenant.
    pub(crate) fn total(&self, metric: Metric) -> String {
        self.figures(metric, |_| String::new())
    }

    /// The figures by a dimension, with its values.
    pub(crate) fn by(&self, metric: Metric, dimension: Dimension) -> String {
        self.figures(metric, |vector| self.value(vector[dimension.index()]))
    }

    /// The figures by the metric's own dimension, with its values.
    pub(crate) fn by_own(&self, metric: Metric) -> String {
        self.figures(metric, |vector| self.value(vector[EXTRA]))
    }

    fn value(&self, symbol: tocsin_domain::symbol::Sym) -> String {
        let value = self.sums.text(symbol);
        format!("{} ", self.agents.get(value).map_or(value, String::as_str))
    }

    fn figures(
        &self,
        metric: Metric,
        label: impl Fn(&tocsin_domain::dimension::Vector) -> String,
    ) -> String {
        let mut cells: BTreeMap<(Minute, String), Amount> = BTreeMap::new();
        for (minute, found, vector, amount) in self.sums.iter() {
            if found == metric {
                cells.entry((minute, label(vector))).or_default().merge(amount, 1);
            }
        }
        let mut text = String::new();
        for ((minute, label), amount) in cells.iter().filter(|(_, amount)| !amount.is_zero()) {
            let separator = if text.is_empty() { "" } else { ", " };
            let minute = minute.0 - Minute::of(BEGINNING).0;
            write!(text, "{separator}{minute}m {label}{}", figure(metric, amount)).unwrap();
        }
        text
    }
}

fn figure(metric: Metric, amount: &Amount) -> String {
    let sum = amount.sum as f64 / metric.scale();
    match metric.kind() {
        metric::Kind::Count => amount.count.to_string(),
        metric::Kind::Gauge => format!("{:+}", amount.sum),
        _ => format!("{}/{}", (sum * 1e4).round() / 1e4, amount.count),
    }
}

fn count(events: &[(Value, bool)], configuration: &Configuration) -> Counted {
    let tenant = TenantId::try_from("demo".to_owned()).unwrap();
    let key = PseudonymKey::derive(b"test", &tenant, 1);
    let sources = [String::new()];
    let intake = Intake {
        key: &key,
        sources: &sources,
        now: &|_| NOW,
        accept_late: NOW,
        policy: &Policy::default(),
    };
    let mut counted = Counted { sums: Sums::default(), agents: Agents::new() };
    let mut conversations: BTreeMap<_, Conversation> = BTreeMap::new();
    let mut customers: BTreeMap<_, Customer> = BTreeMap::new();
    for (event, asks) in events {
        let mut chunk = Chunk::new(tenant.clone(), NOW);
        decode(event, &intake, &mut chunk, &mut counted.agents).unwrap();
        let (id, mut event) = chunk.events.pop().unwrap();
        if let Kind::Message(message) = &mut event.kind {
            message.asks_for_person = *asks;
        }
        let conversation = conversations.entry(id).or_default();
        let before = contributions(conversation, configuration);
        let map = conversation.absorb(&chunk.symbols);
        conversation.insert(event, &map);
        let after = contributions(conversation, configuration);
        let symbols = conversation.symbols();
        Contributions::add_change(&before, &after, id, symbols, &mut counted.sums);
        let known: HashSet<_> = before.visits.iter().chain(&after.visits).map(|v| v.0).collect();
        for customer in known {
            let visits = after.visits.iter().filter(|(whose, _)| *whose == customer);
            let visits = visits.map(|(_, visit)| visit.clone()).collect();
            let history = customers.entry(customer).or_default();
            history.revise([(id, visits)], i64::MIN, &mut counted.sums);
        }
    }
    counted
}

/// A line as a `CloudEvent`, and whether the customer asks for a person in it.
fn event(number: usize, line: &str) -> (Value, bool) {
    let mut words = line.split_whitespace();
    let offset = nanoseconds(words.next().unwrap());
    let time = tocsin_domain::minute::timestamp(BEGINNING + offset).to_string();
    let kind = format!("cx.{}", words.next().unwrap());
    let mut data: Map<String, Value> = words
        .map(|word| {
            let (name, value) = word.split_once('=').unwrap();
            (name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| json!(value)))
        })
        .collect();
    let asks = data.remove("asks").is_some();
    let subject = data.remove("subject").unwrap_or(json!("c"));
    let source = data.remove("source").unwrap_or(json!("/test"));
    let id = number.to_string();
    let event = json!({
        "specversion": "1.0", "id": id, "source": source, "type": kind,
        "time": time, "subject": subject, "data": data,
    });
    (event, asks)
}

/// `1d2h` and the like.
fn nanoseconds(text: &str) -> i64 {
    let mut rest = text;
    let mut total = 0.0;
    while let Some(at) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        let unit = match &rest[at..=at] {
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            other => panic!("{other} is no unit of time"),
        };
        total += rest[..at].parse::<f64>().unwrap() * unit;
        rest = &rest[at + 1..];
    }
    assert!(rest.is_empty(), "{text} is no time");
    #[expect(clippy::cast_possible_truncation, reason = "months at most")]
    let nanoseconds = (total * 1e9).round() as i64;
    nanoseconds
}
