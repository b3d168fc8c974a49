//! What a rule judges: `metric`, `where` and `by`.

use super::fields::{Fields, nearest, remedy};
use crate::{
    dimension::{Dimension, Extra},
    metric::{Kind, Metric},
    query::Selection,
    rule::document::{Item, Node},
};

/// Reads the metric and its cut. What the metric is not kept by is a problem, not a failure.
pub(super) fn selection(fields: &mut Fields<'_>) -> Option<Selection> {
    let metric = metric(fields);
    let only = fields.take("where");
    let by = fields.take("by");
    let cut_at = by.as_ref().or(only.as_ref()).map_or(1, |item| item.line);
    let only = only.map_or_else(Vec::new, |item| narrowed(fields, item));
    let by = by.map_or_else(Vec::new, |item| cut(fields, item));
    let selection = Selection { by, only, ..Selection::total(metric?) };
    refuse_not_kept(fields, cut_at, &selection);
    Some(selection)
}

pub(super) fn refuse_not_kept(fields: &mut Fields<'_>, line: u64, selection: &Selection) {
    if let Err(error) = selection.view() {
        fields.problem(line, "where/by", format_args!("can not be answered: {error}"));
    }
}

/// Whether rules can judge a metric; else the reason why not.
pub(super) fn judged(metric: Metric) -> Result<(), &'static str> {
    let definition = metric.definition();
    if definition.extra == Some(Extra::Currency) {
        Err("is kept by currency, which does not add up: want another")
    } else if definition.derived.is_some() && metric.kind() == Kind::Index {
        Err("is worked out for people to read and not judged: want another")
    } else {
        Ok(())
    }
}

fn metric(fields: &mut Fields<'_>) -> Option<Metric> {
    let (line, name) = fields.located_text("metric", "want one of GET /v1/metrics")?;
    let metric = Metric::parse(&name);
    match metric.map(judged) {
        None => {
            let names: Vec<&str> = Metric::public().map(Metric::as_str).collect();
            let meant = nearest(&name, &names);
            let meant = meant.map_or(String::new(), |name| format!("did you mean `{name}`? "));
            let what = format!("is `{name}`: {meant}All are in GET /v1/metrics");
            fields.problem(line, "metric", what);
        }
        Some(Err(reason)) => fields.problem(line, "metric", reason),
        Some(Ok(())) => {}
    }
    metric
}

fn dimension(fields: &mut Fields<'_>, field: &str, line: u64, name: &str) -> Option<Dimension> {
    let found = Dimension::parse(name);
    if found.is_none() {
        let remedy = remedy(name, &Dimension::ALL.map(Dimension::as_str));
        fields.problem(line, field, format_args!("names `{name}`, which is unknown: {remedy}"));
    }
    found
}

pub(super) fn narrowed(fields: &mut Fields<'_>, item: Item) -> Vec<(Dimension, Vec<String>)> {
    let Node::Mapping(values_of) = item.node else {
        let what = "is not a mapping: write `where: { intent: refund }`";
        fields.problem(item.line, "where", what);
        return Vec::new();
    };
    let mut only = Vec::new();
    for (name, Item { line, node }) in values_of {
        let texts: Option<Vec<String>> = match node {
            Node::List(items) => {
                items.iter().map(|item| item.node.text().map(str::to_owned)).collect()
            }
            node => node.text().map(|text| vec![text.to_owned()]),
        };
        match (dimension(fields, "where", line, &name), texts) {
            (Some(dimension), Some(texts)) if !texts.is_empty() => only.push((dimension, texts)),
            (None, _) => {}
            _ => {
                let what = format!("gives `{name}` no text: put it in quotes");
                fields.problem(line, "where", what);
            }
        }
    }
    only
}

pub(super) fn cut(fields: &mut Fields<'_>, item: Item) -> Vec<Dimension> {
    let Node::List(names) = item.node else {
        fields.problem(item.line, "by", "is not a list: write `by: [intent]`");
        return Vec::new();
    };
    let mut by = Vec::new();
    for Item { line, node } in names {
        let dimension = dimension(fields, "by", line, node.text().unwrap_or_default());
        if dimension.is_some_and(|dimension| by.contains(&dimension)) {
            fields.problem(line, "by", "names a dimension twice: name it once");
        }
        by.extend(dimension);
    }
    by
}
