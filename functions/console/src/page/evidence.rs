//! What an alert rests on, for a person half asleep: the cells that explain it, the change that fits,
//! whom it hits.

use maud::{Markup, html};
use tocsin_domain::{
    alert::{Alert, Change, Evidence},
    evidence::{Part, Revenue, baseline_text, cell_text, effect_text},
    message::value_text,
    metric::Metric,
    minute::timestamp,
};

use super::words;
use crate::evidence::fits;

/// The cells that explain the difference, as a table.
pub(super) fn cells(alert: &Alert) -> Markup {
    let explanation = &alert.evidence.explanation;
    html! {
        h2 { "What explains it" }
        @if let Some(refused) = &explanation.refused {
            p { "Not taken apart: " (refused) "." }
        } @else if explanation.parts.is_empty() {
            p { "Not taken apart yet." }
        } @else {
            p {
                // Not always the window that was judged, see `Explanation::window`.
                "In the last " (explanation.window) " min: "
                (figure(alert.metric, Some(explanation.before))) " → "
                strong { (figure(alert.metric, Some(explanation.now))) }
                " (" (effect_text(alert.metric, explanation.difference())) ") against "
                (baseline_text(explanation)) "."
                @if let Some(onset) = explanation.onset {
                    " It began at " (words::time(Some(timestamp(onset))).unwrap_or_default()) "."
                }
            }
            @if explanation.first().is_none() { p { "No part stands out." } }
            div.scroll { table {
                caption.details { "Parts do not overlap; their effects add up to the difference." }
                thead { tr {
                    th scope="col" { "Cell" }
                    th scope="col" { "Share of all" }
                    th scope="col" { "Before → now" }
                    th scope="col" { "Because its rate moved" }
                    th scope="col" { "Because there is more or less of it" }
                } }
                tbody { @for part in &explanation.parts { (row(alert.metric, part)) } }
            } }
        }
    }
}

fn row(metric: Metric, part: &Part) -> Markup {
    html! {
        tr {
            th scope="row" {
                (cell_text(part))
                @if !part.same.is_empty() {
                    p.details { "The same as " (same(part)) }
                }
            }
            td { (percent(part.share)) }
            td { (figure(metric, part.before)) " → " (figure(metric, part.now)) }
            td { (effect_text(metric, part.rate)) }
            td { (effect_text(metric, part.mix)) }
        }
    }
}

fn same(part: &Part) -> String {
    let names = part.same.iter().map(|cell| {
        let names = cell.iter().map(|(name, value)| format!("{} {value}", name.replace('_', " ")));
        names.collect::<Vec<_>>().join(", ")
    });
    names.collect::<Vec<_>>().join("; ")
}

/// Whom it hits, as terms of a list.
pub(super) fn hit(evidence: &Evidence) -> Markup {
    html! {
        @if let Some(hit) = evidence.affected {
            dt { "Hit" }
            dd {
                @if hit.is_estimate { "about " }
                (hit.conversations) " conversations"
                @if !evidence.explanation.parts.is_empty() { " beyond what is usual" }
                @if let Some(impact) = evidence.impact { " (impact " (format!("{impact:.0}")) ")" }
            }
        }
        @for revenue in &evidence.revenue {
            dt { "Revenue at risk" } dd { (money(revenue)) }
        }
        @if let Some(completeness) = evidence.completeness {
            dt { "Completeness" } dd { (format!("{:.1} %", completeness * 100.0)) " of what sources have to send" }
        }
    }
}

fn money(revenue: &Revenue) -> String {
    let Revenue { currency, amount, usual } = revenue;
    match usual {
        Some(usual) => format!("{currency} {amount:.0}, usually {usual:.0}"),
        None => format!("{currency} {amount:.0}"),
    }
}

/// What was deployed, the one that fits best first.
pub(super) fn changes(evidence: &Evidence) -> Markup {
    let asked = evidence.changes.iter().any(|change| change.fit.is_some());
    html! {
        h2 { "Deployed in the day before" }
        @if evidence.changes.is_empty() {
            p { "Nothing that was reported." }
        } @else {
            @if asked && !fits(evidence) { p { "No change fits." } }
            ul { @for change in &evidence.changes { li { (deployed(change)) } } }
        }
    }
}

fn deployed(change: &Change) -> Markup {
    html! {
        (words::time(Some(timestamp(change.time))).unwrap_or_default()) " · "
        (change.kind) " " (change.name) " " strong { (change.version) }
        @if let Some(fit) = &change.fit {
            p.details { "Fits " (percent(fit.share)) ": " (fit.reason) }
        }
    }
}

fn figure(metric: Metric, value: Option<f64>) -> String {
    value.map_or_else(|| words::NO_DATA.to_owned(), |value| value_text(metric, value))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use tocsin_domain::{
        alert::{Step, step},
        evidence::{Affected, Explanation, Fit},
        id::TenantId,
        rule::{DEFAULT_RULES, Judgement, Verdict, parse},
    };

    use super::*;

    fn alert(evidence: Evidence) -> Alert {
        let rule = parse(DEFAULT_RULES).unwrap().swap_remove(0);
        let tenant = TenantId::try_from("demo".to_owned()).unwrap();
        let judgement = Judgement {
            verdict: Verdict::Open,
            value: Some(0.4),
            expected: None,
            n: 50,
            window: 5,
            reason: None,
        };
        match step(&tenant, None, &rule, &[], &judgement, || evidence, 1) {
            Step::Store(alert) => alert,
            Step::Keep | Step::Drop => panic!("an open verdict opens an alert"),
        }
    }

    #[test]
    fn the_cells_are_a_table_whose_rows_and_columns_have_names() {
        let cell = vec![("intent".to_owned(), "<b>refund</b>".to_owned())];
        let same = vec![vec![("prompt_version".to_owned(), "v2".to_owned())]];
        let (before, now) = (Some(0.06), Some(0.5));
        let part = Part { cell, same, share: 0.2, before, now, rate: 0.1, ..Part::default() };
        let rest = Part { is_rest: true, share: 0.8, before, now: None, ..Part::default() };
        let parts = vec![part, rest];
        let explanation = Explanation { weeks: 4, window: 60, parts, ..Explanation::default() };
        let page = cells(&alert(Evidence { explanation, ..Evidence::default() })).into_string();
        assert!(page.contains("<th scope=\"row\">intent &lt;b&gt;refund&lt;/b&gt;"), "{page}");
        for words in [
            "In the last 60 min: ",
            "the same hours of 4 earlier weeks",
            "The same as prompt version v2",
            "6.0 % → 50.0 %",
            "+10.0 points",
            "everything else",
            "6.0 % → no data",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_shown_and_what_does_not_fit_is_said() {
        let refused = Explanation::refusal("it is a level");
        let mut evidence = Evidence { explanation: refused, ..Evidence::default() };
        assert_eq!(hit(&evidence).into_string(), "");
        assert!(
            cells(&alert(evidence.clone()))
                .into_string()
                .contains("Not taken apart: it is a level.")
        );
        let reason = "deployed 9.0 h before it began".to_owned();
        evidence.changes = vec![Change {
            time: 1,
            kind: "prompt".to_owned(),
            name: "refund".to_owned(),
            version: "v2".to_owned(),
            fit: Some(Fit { share: 0.1, reason }),
        }];
        let page = changes(&evidence).into_string();
        assert!(
            page.contains("No change fits.") && page.contains("Fits 10 %: deployed 9.0 h"),
            "{page}"
        );
        evidence.affected = Some(Affected { conversations: 7, is_estimate: true });
        assert!(hit(&evidence).into_string().contains("about 7 conversations"));
    }
}
