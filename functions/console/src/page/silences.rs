//! `GET /silences`: those that hold and were, each with its end, and a form for another.

use maud::{Markup, html};
use tocsin_domain::{
    dimension::Dimension,
    minute::timestamp,
    rule::Severity,
    silence::{LONGEST_REASON, Silence},
};
use tocsin_shell::http::Response;

use super::{actions::button, respond, words};
use crate::{Console, Identity, forgery::FIELD, params::Params, refusal::Refusal};

/// What can be chosen: hours, in words.
const SPANS: [(u16, &str); 6] = [
    (1, "1 hour"),
    (4, "4 hours"),
    (12, "12 hours"),
    (24, "1 day"),
    (168, "7 days"),
    (720, "30 days"),
];

impl Console {
    /// The page; what the query says is filled in.
    pub(crate) async fn silences_page(
        &self,
        query: Option<&str>,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let params = Params::parse(query, &["rule", "metric", "severity", "dimension", "value"])?;
        let silences = self.sorted_silences(&identity.tenant, now).await?;
        let token = self.form_token(identity, now);
        let body = html! {
            h1 { "Silences" }
            p { "While a silence holds, alerts that it covers live and are shown, and nobody is told of them. What still fires when it ends is told then." }
            @if silences.is_empty() { p { "There is none." } }
            ul.plain { @for silence in &silences { (shown(silence, &token, now)) } }
            h2 { "Make one" }
            (form(&params, &token)?)
        };
        Ok(respond(self.frame(identity, now), "Silences", false, &body))
    }
}

fn shown(silence: &Silence, token: &str, now: i64) -> Markup {
    let at = |nanoseconds| words::time(Some(timestamp(nanoseconds))).unwrap_or_default();
    html! {
        li {
            strong { (covers(silence)) } " · " (silence.reason)
            p.details {
                @if silence.is_active(now) { "holds until " } @else { "over since " }
                (at(silence.until)) " · by " (silence.by) ", " (at(silence.from))
                @if let Some(by) = &silence.ended_by { " · ended by " (by) }
            }
            @if silence.is_active(now) {
                (button(&format!("/silences/{}/end", silence.id), token, "End now", &[]))
            }
        }
    }
}

/// Which alerts, in words.
fn covers(silence: &Silence) -> String {
    let matcher = &silence.matcher;
    let rule = matcher.rule.as_ref().map(|rule| format!("rule {rule}"));
    let metric = matcher.metric.map(words::name);
    let severity = matcher.severity.map(|severity| format!("severity {}", severity.as_str()));
    let cells = matcher
        .dimensions
        .iter()
        .map(|(name, value)| format!("{} {value}", name.replace('_', " ")));
    let parts = [rule, metric, severity].into_iter().flatten().chain(cells);
    parts.collect::<Vec<_>>().join(", ")
}

fn form(params: &Params, token: &str) -> Result<Markup, Refusal> {
    let one = |name| params.one(name).map(Option::unwrap_or_default);
    let (rule, metric, severity) = (one("rule")?, one("metric")?, one("severity")?);
    let mut pairs: Vec<(&str, &str)> = params.all("dimension").zip(params.all("value")).collect();
    pairs.truncate(4);
    pairs.push(("", ""));
    Ok(html! {
        form.fields method="post" action="/silences" {
            input type="hidden" name=(FIELD) value=(token);
            p.details { "Which alerts: fill in at least one; all that is filled in must be true." }
            label { "Rule" input name="rule" value=(rule) maxlength="64"; }
            label { "Metric" input name="metric" value=(metric) maxlength="64"; }
            label { "Severity"
                select name="severity" {
                    option value="" { "any" }
                    @for one in Severity::ALL {
                        option value=(one.as_str()) selected[one.as_str() == severity] { (one.as_str()) }
                    }
                }
            }
            @for (dimension, value) in &pairs {
                label { "Dimension"
                    select name="dimension" {
                        option value="" { "none" }
                        @let is_known = Dimension::parse(dimension).is_some();
                        @if !is_known && !dimension.is_empty() {
                            option value=(dimension) selected { (dimension) }
                        }
                        @for one in Dimension::ALL {
                            option value=(one.as_str()) selected[one.as_str() == *dimension] { (one.as_str()) }
                        }
                    }
                }
                label { "is" input name="value" value=(value) maxlength="256"; }
            }
            label { "Reason" input name="reason" maxlength=(LONGEST_REASON) required; }
            label { "For"
                select name="hours" { @for (hours, words) in SPANS { option value=(hours) { (words) } } }
            }
            button { "Silence" }
        }
    })
}
