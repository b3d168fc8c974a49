//! What stands beside the rules, for all of them: the dial of false pages, the tenant's calendar, and
//! how bad what is.

use std::collections::BTreeMap;

use jiff::{
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};

use super::{Problem, fields::remedy, selection};
use crate::{
    detect::calendar::Calendar,
    metric::Metric,
    rule::{
        Levels, Rule,
        document::{Item, Mapping, Node},
    },
};

/// Fields beside `rules`.
pub(super) const FIELDS: [&str; 5] =
    ["false_pages_per_week", "time_zone", "holidays", "harm", "impact"];
/// False pages a week that are acceptable unless the dial says otherwise.
const DEFAULT_DIAL: f64 = 1.0;

/// What holds for all rules.
pub(super) struct Settings {
    false_pages_per_week: f64,
    calendar: Calendar,
    /// In place of the usual one.
    harm: BTreeMap<&'static str, f64>,
    levels: Option<Levels>,
}

/// Reads what is left of the document when the rules are taken out.
pub(super) fn read(document: Mapping, problems: &mut Vec<Problem>) -> Settings {
    let (mut dial, mut zone, mut holidays) = (DEFAULT_DIAL, TimeZone::UTC, Vec::new());
    let (mut harm, mut levels) = (BTreeMap::new(), None);
    for (name, Item { line, node }) in document {
        let mut refuse = |message: String| problems.push(Problem { line, message });
        match name.as_str() {
            "false_pages_per_week" => match node.number() {
                Some(number) if number > 0.0 && number.is_finite() => dial = number,
                _ => refuse(format!("`{name}` is no number above 0: 1 is usual")),
            },
            "time_zone" => {
                let database = TimeZoneDatabase::bundled();
                if let Some(known) = node.text().and_then(|text| database.get(text).ok()) {
                    zone = known;
                } else {
                    refuse(format!("`{name}` is none: want a name such as Europe/Berlin"));
                }
            }
            "holidays" => {
                if let Some(days) = days(&node) {
                    holidays = days;
                } else {
                    let example = "holidays: [\"2026-12-25\"]";
                    refuse(format!("`{name}` is no list of days: write `{example}`"));
                }
            }
            "harm" => harm = harms(line, node, problems),
            "impact" => match levels_of(&node) {
                Some(read) => levels = Some(read),
                None => refuse(format!(
                    "`{name}` is no pair of levels: write `impact: {{ page: 10, warning: 2 }}`, the \
                     page above"
                )),
            },
            _ => {
                let known: Vec<&str> = ["rules"].into_iter().chain(FIELDS).collect();
                refuse(format!("`{name}` is unknown at the top: {}", remedy(&name, &known)));
            }
        }
    }
    let calendar = Calendar::new(zone, holidays);
    Settings { false_pages_per_week: dial, calendar, harm, levels }
}

/// Harm by metric.
fn harms(line: u64, node: Node, problems: &mut Vec<Problem>) -> BTreeMap<&'static str, f64> {
    let mut harms = BTreeMap::new();
    let Node::Mapping(table) = node else {
        let message = "`harm` is no table: write `harm: { fallback_rate: 1 }`".to_owned();
        problems.push(Problem { line, message });
        return harms;
    };
    for (name, Item { line, node }) in table {
        let metric = Metric::parse(&name).filter(|metric| selection::judged(*metric).is_ok());
        let harm = node.number().filter(|harm| (0.0..=1000.0).contains(harm));
        let message = match (metric, harm) {
            (Some(metric), Some(harm)) => {
                harms.insert(metric.as_str(), harm);
                continue;
            }
            (None, _) => format!("`harm` names `{name}`, which is no metric that rules judge"),
            (_, None) => format!("`harm` of `{name}` is no number from 0 to 1000"),
        };
        problems.push(Problem { line, message });
    }
    harms
}

/// The levels; without one for warnings all are at least that.
fn levels_of(node: &Node) -> Option<Levels> {
    let Node::Mapping(levels) = node else { return None };
    if levels.keys().any(|name| name != "page" && name != "warning") {
        return None;
    }
    let number = |name: &str| match levels.get(name) {
        Some(item) => item.node.number().filter(|level| *level >= 0.0 && level.is_finite()),
        None => Some(0.0),
    };
    let (page, warning) = (number("page")?, number("warning")?);
    (page >= warning && levels.contains_key("page")).then_some(Levels { page, warning })
}

fn days(node: &Node) -> Option<Vec<Date>> {
    let Node::List(items) = node else { return None };
    items.iter().map(|item| item.node.text()?.parse().ok()).collect()
}

impl Settings {
    /// Gives each rule its harm and levels, and each that a detector judges its part of the dial, by
    /// weight, and the calendar.
    pub(super) fn share_out(self, rules: &mut [Rule]) {
        for rule in rules.iter_mut() {
            rule.levels = self.levels;
            if let Some(harm) = self.harm.get(rule.selection.metric.as_str()) {
                rule.harm = *harm;
            }
        }
        let watching = rules.iter_mut().filter_map(|rule| rule.condition.anomaly_mut());
        let watching: Vec<_> = watching.collect();
        let weights: f64 = watching.iter().map(|anomaly| anomaly.false_alarms).sum();
        for anomaly in watching {
            anomaly.false_alarms *= self.false_pages_per_week / weights;
            anomaly.calendar = self.calendar.clone();
        }
    }
}
