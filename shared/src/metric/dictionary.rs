//! Every metric's definition, once; one file for each scorecard.

mod ai;
mod data;
mod human;
mod internal;
mod lagging;
mod leading;

use super::{BadDirection, Cut, Definition, Derivation, Family, Kind, Metric};
use crate::dimension::Extra;

/// Minutes.
const HOUR: i32 = 60;
/// Minutes.
const DAY: i32 = 24 * HOUR;

/// In the order in which they are shown.
pub(super) const SCORECARDS: [&[Definition]; 6] = [
    leading::METRICS,
    lagging::METRICS,
    ai::METRICS,
    human::METRICS,
    data::METRICS,
    internal::METRICS,
];

/// By stored number.
pub(super) static DEFINITIONS: [&Definition; count()] = by_number();

const fn count() -> usize {
    let (mut count, mut card) = (0, 0);
    while card < SCORECARDS.len() {
        count += SCORECARDS[card].len();
        card += 1;
    }
    count
}

/// Does not compile where a number is missing; where one stands twice, another is missing.
const fn by_number() -> [&'static Definition; count()] {
    let mut table = [None; count()];
    let mut card = 0;
    while card < SCORECARDS.len() {
        let mut at = 0;
        while at < SCORECARDS[card].len() {
            let definition = &SCORECARDS[card][at];
            table[definition.metric as usize] = Some(definition);
            at += 1;
        }
        card += 1;
    }
    let mut all = [&SCORECARDS[0][0]; count()];
    let mut number = 0;
    while number < table.len() {
        all[number] = table[number].expect("every number has a definition");
        number += 1;
    }
    all
}

/// A metric kept by every dimension and pair, hardly ever revised, and not described yet.
const fn define(
    metric: Metric,
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    bad: BadDirection,
    family: Family,
) -> Definition {
    Definition {
        metric,
        name,
        kind,
        unit,
        bad,
        cut: Cut::All,
        extra: None,
        family,
        horizon_minutes: 0,
        partners: &[],
        derived: None,
        turned: None,
        internal: false,
        definition: "",
    }
}

impl Definition {
    const fn says(self, definition: &'static str) -> Self {
        Self { definition, ..self }
    }

    const fn cut(self, cut: Cut) -> Self {
        Self { cut, ..self }
    }

    const fn extra(self, extra: Extra) -> Self {
        Self { extra: Some(extra), ..self }
    }

    const fn horizon(self, horizon_minutes: i32) -> Self {
        Self { horizon_minutes, ..self }
    }

    const fn partners(self, partners: &'static [Metric]) -> Self {
        Self { partners, ..self }
    }

    const fn derived(self, derived: Derivation) -> Self {
        Self { derived: Some(derived), ..self }
    }

    const fn turned(self, turned: Metric) -> Self {
        Self { turned: Some(turned), ..self }
    }

    const fn internal(self) -> Self {
        Self { internal: true, ..self }
    }
}
