//! The conditions `after_change` and `conflict`.

use super::{anomaly::side, fields::Fields, selection::refuse_not_kept};
use crate::{
    metric::{Kind, Metric},
    query::Selection,
    rule::{AfterChange, Conflict, document::Item},
};

pub(super) const FIELDS: [&str; 1] = ["direction"];

/// Reads `after_change`, which must suit what is selected.
pub(super) fn condition(
    fields: &mut Fields<'_>,
    item: Item,
    selection: Option<&Selection>,
) -> Option<AfterChange> {
    let metric = selection?.metric;
    if metric.kind() == Kind::Gauge || metric.definition().derived.is_some() {
        let what = "does not apply to what is no sum of its hours: choose another metric";
        fields.problem(item.line, "after_change", what);
        return None;
    }
    fields.within("after_change", item, "after_change: { direction: bad }", |fields| {
        let side = side(fields, metric);
        fields.end(&FIELDS);
        Some(AfterChange { side: side? })
    })?
}

/// Reads `conflict`: the metric says which pair.
pub(super) fn conflict(
    fields: &mut Fields<'_>,
    item: Item,
    selection: Option<&Selection>,
) -> Option<Conflict> {
    let (line, selection) = (item.line, selection?);
    let Some(conflict) = Conflict::of(selection.metric) else {
        let metrics: Vec<&str> = Conflict::metrics().map(Metric::as_str).collect();
        let what = format!("has no declared pair for it: want one of {}", metrics.join(", "));
        fields.problem(line, "conflict", what);
        return None;
    };
    if selection.is_individual() {
        fields.problem(line, "conflict", "does not apply to single agents: leave out `agent`");
    }
    refuse_not_kept(fields, line, &Selection { metric: conflict.other, ..selection.clone() });
    fields.within("conflict", item, "conflict: {}", |fields| {
        fields.end(&[]);
        conflict
    })
}
