//! The condition `event`: it says itself what is judged, so there is no metric to name.

use super::{
    fields::{Fields, remedy},
    selection::{cut, narrowed, refuse_not_kept},
};
use crate::{
    conversation::Signal,
    metric::Metric,
    query::Selection,
    rule::document::{Item, Node},
};

/// The signals of one kind, as a whole or by what `by` says.
pub(super) fn selection(fields: &mut Fields<'_>) -> Selection {
    fields.refuse("metric", "does not apply to `event`, which counts `signals`: leave it out");
    let only = fields.take("where");
    let by = fields.take("by");
    let cut_at = by.as_ref().or(only.as_ref()).map_or(1, |item| item.line);
    let only = only.map_or_else(Vec::new, |item| narrowed(fields, item));
    let by = by.map_or_else(Vec::new, |item| cut(fields, item));
    let named = fields.peek("event").and_then(Node::text).map(str::to_owned);
    let only_extra = named.into_iter().collect();
    let selection =
        Selection { by, only, by_extra: true, only_extra, ..Selection::total(Metric::Signals) };
    refuse_not_kept(fields, cut_at, &selection);
    selection
}

pub(super) fn condition(fields: &mut Fields<'_>, item: &Item) -> Option<Signal> {
    let name = item.node.text().unwrap_or_default();
    let known = Signal::ALL.into_iter().find(|signal| signal.as_str() == name);
    if known.is_none() {
        let remedy = remedy(name, &Signal::ALL.map(Signal::as_str));
        fields.problem(item.line, "event", format_args!("is `{name}`: {remedy}"));
    }
    known
}
