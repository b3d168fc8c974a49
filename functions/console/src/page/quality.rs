//! `GET /insights/alert_quality`: what to do about the noisy rules, and a row for each; with `rule` what
//! one step would change of that one.

use std::collections::BTreeSet;

use maud::{Markup, html};
use tocsin_domain::{alert::quality::RuleQuality, rule::STEP};
use tocsin_shell::http::Response;

use super::{Frame, respond, words};
use crate::quality::{Steps, share};

/// The page of what rules' alerts were worth over so many days.
pub(crate) fn quality(
    frame: Frame,
    rules: &[RuleQuality],
    tunable: &BTreeSet<&str>,
    steps: Option<&Steps>,
    days: i64,
) -> Response {
    let percent = |part, whole, nothing: &str| match share(part, whole) {
        Some(share) => format!("{:.0} % ({part} of {whole})", share * 100.0),
        None => nothing.to_owned(),
    };
    let proposed = rules.iter().filter_map(|one| Some((&one.rule, one.proposal.as_ref()?)));
    let noisy: Vec<(&String, &String)> = proposed.collect();
    let body = html! {
        h1 { "Alert quality" }
        p {
            "Which rules were worth the attention that they took in the last " (days)
            " days. Mark alerts useful or noise on their page, and this gets better."
        }
        @if let Some(steps) = steps { (tuned(steps)) }
        @if rules.is_empty() {
            p { "No alert opened." }
        } @else {
            h2 { "To be tried in shadow mode" }
            @if noisy.is_empty() { p { "No rule is noisy." } }
            ul.plain { @for (rule, why) in &noisy { li { strong { (rule) } ": " (why) } } }
            p.details { "A rule with " code { "mode: shadow" } " is judged and shown as before, and tells nobody." }
            h2 { "All rules that fired" }
            div.scroll { table {
                thead { tr {
                    th { "Rule" } th { "Severity" } th { "Fires a week" } th { "Acknowledged" }
                    th { "Noise" } th { "Tuning" }
                } }
                tbody { @for rule in rules { tr {
                    td { (rule.rule) }
                    td { (rule.severity.as_str()) @if rule.is_shadow { " · shadow mode" } }
                    td { (format!("{:.1}", rule.fires_a_week)) }
                    td { (percent(rule.acknowledged, rule.told, "nobody was told")) }
                    td { (percent(rule.noise, rule.noise + rule.useful, "none judged")) }
                    td { @if tunable.contains(rule.rule.as_str()) {
                        a href={ "/insights/alert_quality?rule=" (rule.rule) } { "one step tighter or looser" }
                    } }
                } } }
            } }
        }
    };
    respond(frame, "Alert quality", false, &body)
}

/// What a rule would have done, as it is and tuned.
fn tuned(steps: &Steps) -> Markup {
    html! {
        h2 { "One step tighter or looser: " (steps.rule) }
        @if let Some(why) = steps.refused { p { "Nothing to compare: " (why) "." } }
        @if !steps.variants.is_empty() {
            p.details {
                "What it would have done from " (words::time(Some(steps.from)).unwrap_or_default())
                " to " (words::time(Some(steps.to)).unwrap_or_default())
                " (" (format!("{:.1}", steps.days)) " days)."
                @if steps.is_cut { " Time did not suffice for the days after." }
                " A step moves its level by " (format!("{:.0}", STEP * 100.0))
                " %, or by half of the room that its scale leaves."
            }
            div.scroll { table {
                thead { tr {
                    th { "The rule" } th { "Fires when" } th { "Alerts a week" } th { "In alarm" }
                } }
                tbody { @for one in &steps.variants { tr {
                    td { (one.step) }
                    td { (one.condition) }
                    td { (format!("{:.1}", one.alerts_a_week)) }
                    td { (one.minutes_in_alarm) " min" }
                } } }
            } }
        }
    }
}
