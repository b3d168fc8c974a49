//! The condition `silence_of`: it says itself what is judged, so there is no metric to name.

use super::{
    MINUTES_A_DAY,
    fields::Fields,
    selection::{narrowed, refuse_not_kept},
};
use crate::{
    dimension::Dimension,
    metric::Metric,
    query::Selection,
    rule::{document::Item, silence::Silence},
};

pub(super) const FIELDS: [&str; 2] = ["freshness", "completeness"];

/// Each source by itself, or those that are named.
pub(super) fn selection(fields: &mut Fields<'_>) -> Selection {
    for field in ["metric", "by"] {
        fields.refuse(
            field,
            "does not apply to `silence_of`, which judges each source: leave it out",
        );
    }
    let only = fields.take("where");
    let cut_at = only.as_ref().map_or(1, |item| item.line);
    let only = only.map_or_else(Vec::new, |item| narrowed(fields, item));
    let by = vec![Dimension::Source];
    let selection = Selection { by, only, ..Selection::total(Metric::Completeness) };
    refuse_not_kept(fields, cut_at, &selection);
    selection
}

pub(super) fn condition(fields: &mut Fields<'_>, item: Item) -> Option<Silence> {
    let example = "silence_of: { freshness: 3m }";
    fields.within("silence_of", item, example, |fields| {
        let freshness = match fields.take("freshness") {
            Some(item) => fields.span("freshness", item, MINUTES_A_DAY),
            None => Some(Silence::USUAL.freshness),
        };
        let completeness = if fields.has("completeness") {
            let remedy = "want a number between 0 and 1: 0.98 is 98 %";
            fields.number("completeness", remedy, |share| share > 0.0 && share < 1.0)
        } else {
            Some((0, Silence::USUAL.completeness))
        };
        fields.end(&FIELDS);
        Some(Silence { freshness: freshness?, completeness: completeness?.1 })
    })?
}
