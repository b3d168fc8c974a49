//! What an alert rests on, in the lines of an email and the fields of JSON.

use serde_json::{Value, json};

use super::{LISTED, utc, value_text, words};
use crate::{
    alert::{Alert, Change},
    evidence::{Part, Revenue, baseline_text, cell_text, effect_text, fit::FITS},
    minute::timestamp,
};

/// Labels and words, in order.
pub(super) fn lines(alert: &Alert) -> Vec<(&'static str, String)> {
    let (evidence, explanation) = (&alert.evidence, &alert.evidence.explanation);
    let mut lines = Vec::new();
    if let Some(hit) = evidence.affected {
        let about = if hit.is_estimate { "about " } else { "" };
        let impact = evidence.impact.map(|impact| format!(" (impact {impact:.0})"));
        let beyond = if explanation.parts.is_empty() { "" } else { " beyond what is usual" };
        let words = format!(
            "{about}{} conversations{beyond}{}",
            hit.conversations,
            impact.unwrap_or_default()
        );
        lines.push(("Hit", words));
    }
    for Revenue { currency, amount, usual } in evidence.revenue.iter().take(LISTED) {
        let usual = usual.map(|usual| format!(", usually {usual:.0}")).unwrap_or_default();
        lines.push(("At risk", format!("{} {amount:.0}{usual}", words::clipped(currency))));
    }
    if let Some(completeness) = evidence.completeness {
        lines.push(("Complete", format!("{:.1} % of the data", completeness * 100.0)));
    }
    if let Some(refused) = &explanation.refused {
        lines.push(("Cells", format!("not taken apart: {refused}")));
    }
    if !explanation.parts.is_empty() {
        lines.push(("Compared", format!("with {}", baseline_text(explanation))));
        if explanation.first().is_none() {
            lines.push(("Cells", "no part stands out".to_owned()));
        }
    }
    if let Some(onset) = explanation.onset {
        lines.push(("Began", utc(onset)));
    }
    for part in &explanation.parts {
        lines.push((if part.is_rest { "Rest" } else { "Because of" }, part_line(alert, part)));
    }
    let fits = |change: &Change| change.fit.as_ref().is_some_and(|fit| fit.share >= FITS);
    let is_asked = evidence.changes.iter().any(|change| change.fit.is_some());
    if is_asked && !evidence.changes.iter().any(fits) {
        lines.push(("Changed", "no change fits".to_owned()));
    }
    for change in evidence.changes.iter().take(LISTED) {
        let what = format!("{} {} {}", change.kind, change.name, change.version);
        lines.push(("Changed", format!("{} {}", utc(change.time), words::clipped(&what))));
        if let Some(fit) = &change.fit {
            lines.push((
                "",
                format!("fits {:.0} %: {}", fit.share * 100.0, words::clipped(&fit.reason)),
            ));
        }
    }
    lines
}

fn part_line(alert: &Alert, part: &Part) -> String {
    let figure = |value: Option<f64>| {
        value.map_or_else(|| "no data".to_owned(), |value| value_text(alert.metric, value))
    };
    format!(
        "{}: {} -> {}, {:.0} % of all; by its rate {}, by its volume {}",
        words::clipped(&cell_text(part)),
        figure(part.before),
        figure(part.now),
        part.share * 100.0,
        effect_text(alert.metric, part.rate),
        effect_text(alert.metric, part.mix),
    )
}

/// Changes, what fits best first.
pub(super) fn changes(alert: &Alert) -> Value {
    let changes = alert.evidence.changes.iter().take(LISTED).map(|change| {
        json!({
            "time": timestamp(change.time),
            "kind": words::clipped(&change.kind),
            "name": words::clipped(&change.name),
            "version": words::clipped(&change.version),
            "fit": change.fit.as_ref().map(|fit| fit.share),
            "reason": change.fit.as_ref().map(|fit| words::clipped(&fit.reason)),
        })
    });
    changes.collect()
}

/// Order values behind what is hit.
pub(super) fn revenue(alert: &Alert) -> Value {
    let of = |Revenue { currency, amount, usual }: &Revenue| json!({ "currency": words::clipped(currency), "amount": amount, "usual": usual });
    alert.evidence.revenue.iter().take(LISTED).map(of).collect()
}

/// What the difference is made of.
pub(super) fn explanation(alert: &Alert) -> Value {
    let explanation = &alert.evidence.explanation;
    let cells = explanation.parts.iter().map(|part| {
        json!({
            "name": words::clipped(&cell_text(part)),
            "cell": words::cell(&part.cell),
            "rest": part.is_rest,
            "n": part.n,
            "share": part.share,
            "before": part.before,
            "now": part.now,
            "rate_effect": part.rate,
            "mix_effect": part.mix,
        })
    });
    json!({
        "refused": explanation.refused.as_deref().map(words::clipped),
        "began": explanation.onset.map(timestamp),
        "cells": cells.collect::<Vec<_>>(),
    })
}
