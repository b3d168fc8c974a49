//! One metric's amounts and exemplars, taken out of sums once for all alerts on it.

use crate::{
    dimension::{EXTRA, Vector},
    id::ConversationId,
    metric::Metric,
    minute::Minute,
    query::Selection,
    sums::{Amount, Exemplar, Sums},
};

/// What some sums hold of one metric, in no order.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    sums: &'a Sums,
    amounts: Vec<(Minute, &'a Vector, &'a Amount)>,
    exemplars: Vec<(Minute, &'a Vector, ConversationId, Exemplar)>,
}

impl<'a> Rows<'a> {
    /// The rows of this metric.
    pub fn of(sums: &'a Sums, metric: Metric) -> Self {
        let amounts = sums.iter().filter(|row| row.1 == metric);
        let exemplars = sums.exemplars().filter(|row| row.1 == metric && row.4.count > 0);
        Self {
            sums,
            amounts: amounts.map(|(at, _, vector, amount)| (at, vector, amount)).collect(),
            exemplars: exemplars.map(|(at, _, vector, id, one)| (at, vector, id, one)).collect(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.amounts.is_empty()
    }

    /// The amounts of a selection in the minutes `[first, end)`.
    pub(super) fn within<'s>(
        &'s self,
        selection: &'s Selection,
        (first, end): (Minute, Minute),
    ) -> impl Iterator<Item = (Minute, &'a Vector, &'a Amount)> + 's {
        let rows = self.amounts.iter().copied();
        rows.filter(move |(minute, vector, _)| {
            (first..end).contains(minute) && self.admits(selection, vector)
        })
    }

    /// The same of exemplars.
    pub(super) fn exemplars_within<'s>(
        &'s self,
        selection: &'s Selection,
        (first, end): (Minute, Minute),
    ) -> impl Iterator<Item = (Minute, ConversationId, Exemplar)> + 's {
        let rows = self.exemplars.iter();
        let rows = rows.filter(move |(minute, vector, ..)| {
            (first..end).contains(minute) && self.admits(selection, vector)
        });
        rows.map(|(minute, _, id, exemplar)| (*minute, *id, *exemplar))
    }

    /// The text at a position of a vector.
    pub(super) fn text(&self, vector: &Vector, position: usize) -> &'a str {
        self.sums.text(vector[position])
    }

    /// Whether a vector belongs to a selection.
    fn admits(&self, selection: &Selection, vector: &Vector) -> bool {
        let is = |position: usize, allowed: &[String]| {
            let value = self.text(vector, position);
            allowed.iter().any(|allowed| allowed == value)
        };
        selection.only.iter().all(|(dimension, allowed)| is(dimension.index(), allowed))
            && (selection.only_extra.is_empty() || is(EXTRA, &selection.only_extra))
    }
}
