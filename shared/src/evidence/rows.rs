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
pub struct Rows {
    metric: Metric,
    /// Nothing else is in them.
    sums: Sums,
}

impl Rows {
    /// The rows of this metric, of sums that are kept in parts.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a Sums>, metric: Metric) -> Self {
        let mut sums = Sums::default();
        for part in parts {
            sums.merge_of(part, metric);
        }
        Self { metric, sums }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sums.of(self.metric).next().is_none()
    }

    /// The amounts of a selection in the minutes `[first, end)`.
    pub(super) fn within<'s>(
        &'s self,
        selection: &'s Selection,
        (first, end): (Minute, Minute),
    ) -> impl Iterator<Item = (Minute, &'s Vector, &'s Amount)> + 's {
        let rows = self.sums.of(self.metric);
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
        let rows = self.sums.exemplars();
        let rows = rows.filter(move |(minute, _, vector, _, exemplar)| {
            let is_within = exemplar.count > 0 && (first..end).contains(minute);
            is_within && self.admits(selection, vector)
        });
        rows.map(|(minute, _, _, id, exemplar)| (minute, id, exemplar))
    }

    /// The text at a position of a vector.
    pub(super) fn text(&self, vector: &Vector, position: usize) -> &str {
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
