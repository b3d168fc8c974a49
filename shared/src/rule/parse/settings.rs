//! What stands beside the rules, for all of them: the dial of false pages, and the tenant's calendar.

use jiff::{
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};

use super::{Problem, fields::remedy};
use crate::{
    detect::calendar::Calendar,
    rule::{
        Rule,
        document::{Item, Mapping, Node},
    },
};

/// Fields beside `rules`.
pub(super) const FIELDS: [&str; 3] = ["false_pages_per_week", "time_zone", "holidays"];
/// False pages a week that are acceptable unless the dial says otherwise.
const DEFAULT_DIAL: f64 = 1.0;

/// What holds for all rules.
pub(super) struct Settings {
    false_pages_per_week: f64,
    calendar: Calendar,
}

/// Reads what is left of the document when the rules are taken out.
pub(super) fn read(document: Mapping, problems: &mut Vec<Problem>) -> Settings {
    let (mut dial, mut zone, mut holidays) = (DEFAULT_DIAL, TimeZone::UTC, Vec::new());
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
            _ => {
                let known = ["rules", FIELDS[0], FIELDS[1], FIELDS[2]];
                refuse(format!("`{name}` is unknown at the top: {}", remedy(&name, &known)));
            }
        }
    }
    Settings { false_pages_per_week: dial, calendar: Calendar::new(zone, holidays) }
}

fn days(node: &Node) -> Option<Vec<Date>> {
    let Node::List(items) = node else { return None };
    items.iter().map(|item| item.node.text()?.parse().ok()).collect()
}

impl Settings {
    /// Gives each rule that a detector judges its part of the dial, by weight, and the calendar.
    pub(super) fn share_out(self, rules: &mut [Rule]) {
        let watching = rules.iter_mut().filter_map(|rule| rule.condition.anomaly_mut());
        let watching: Vec<_> = watching.collect();
        let weights: f64 = watching.iter().map(|anomaly| anomaly.false_alarms).sum();
        for anomaly in watching {
            anomaly.false_alarms *= self.false_pages_per_week / weights;
            anomaly.calendar = self.calendar.clone();
        }
    }
}
