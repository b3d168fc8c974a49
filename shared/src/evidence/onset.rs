//! Since when: the minute from which on a move of the rate explains the minutes best.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AXES, Explanation, Part, Rows,
    arithmetic::Arithmetic,
    table::{ABOUT, Row, Tally, tally},
};
use crate::{minute::Minute, query::Selection};

/// For each minute, how much likelier a move that began with it makes what was seen before and after, as
/// a natural logarithm. Both sides are of the same day, so a day that is a little off all along has no
/// beginning.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    values: BTreeMap<Minute, f64>,
}

/// A move must be so much likelier than none to have a beginning.
const LEAST: f64 = 4.0;

impl Curve {
    /// Of a part of an explanation of a selection, over the minutes `[first, end)`.
    pub fn of(
        selection: &Selection,
        (explanation, part): (&Explanation, &Part),
        rows: &Rows,
        (first, end): (Minute, Minute),
    ) -> Self {
        let Ok(arithmetic) = Arithmetic::of(selection.metric) else { return Self::default() };
        let arithmetic = arithmetic.varying(explanation.variance);
        let sign = explanation.difference().signum();
        let place = place(selection, part, rows, (first, end));
        let minutes = by_minute(&place, rows, (first, end));
        let mut earlier = Tally::default();
        let mut later = Tally::default();
        for tally in minutes.values() {
            later.add(*tally);
        }
        let mut values = BTreeMap::new();
        for (minute, tally) in &minutes {
            let windows = f64::from(minute.0 - first.0) / f64::from(end.0 - minute.0);
            if let Some(usual) = earlier.mean().filter(|_| windows > 0.0) {
                let expected = later.n * usual;
                let row = Row { now: later, before: earlier, expected, ..Row::default() };
                values.insert(*minute, arithmetic.surprise(&row, windows, sign));
            }
            earlier.add(*tally);
            later.add(tally.times(-1.0));
        }
        Self { values }
    }

    /// Where it is highest: the earliest of several.
    fn peak(&self) -> Option<(Minute, f64)> {
        let peak = self.values.iter().fold(None, |best: Option<(Minute, f64)>, (minute, value)| {
            if best.is_some_and(|(_, most)| most >= *value) {
                best
            } else {
                Some((*minute, *value))
            }
        });
        peak.filter(|(_, value)| *value >= LEAST)
    }

    /// The minute with which it began; `None` where the minutes do not tell, or it began before them.
    pub fn onset(&self) -> Option<Minute> {
        self.peak().map(|(minute, _)| minute)
    }

    /// By how much a beginning with this minute is less likely than the best, as a natural logarithm.
    pub(super) fn behind(&self, minute: Minute) -> Option<f64> {
        let (_, most) = self.peak()?;
        let (_, at) = self.values.range(minute..).next()?;
        Some(most - at)
    }
}

/// Where to look for a beginning. A version says when it came, not when it got worse, so it is looked
/// for in what the conversations that carry it are about.
fn place(selection: &Selection, part: &Part, rows: &Rows, span: (Minute, Minute)) -> Selection {
    let is_version = |name: &str| AXES[ABOUT..].iter().any(|axis| axis.as_str() == name);
    let narrowed = selection.narrowed(&part.cell);
    if !part.cell.iter().any(|(name, _)| is_version(name)) {
        return narrowed;
    }
    let mut seen = [const { BTreeSet::new() }; ABOUT];
    for (_, vector, _) in rows.within(&narrowed, span) {
        for (values, axis) in seen.iter_mut().zip(AXES) {
            values.insert(rows.text(vector, axis.index()));
        }
    }
    let mut about = part.cell.clone();
    about.retain(|(name, _)| !is_version(name));
    let mut place = selection.narrowed(&about);
    let only = AXES.into_iter().zip(seen);
    place.only.extend(
        only.map(|(axis, values)| {
            (axis, values.into_iter().map(str::to_owned).collect::<Vec<_>>())
        }),
    );
    place
}

/// What a selection comes to minute by minute.
fn by_minute(
    selection: &Selection,
    rows: &Rows,
    span: (Minute, Minute),
) -> BTreeMap<Minute, Tally> {
    let mut minutes: BTreeMap<Minute, Tally> = BTreeMap::new();
    for (minute, _, amount) in rows.within(selection, span) {
        let tally = tally(selection.metric, amount.count, amount.sum);
        minutes.entry(minute).or_default().add(tally);
    }
    minutes
}
