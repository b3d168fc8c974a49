//! `GET /metrics/{metric}`: what a number means, how it went, and the conversations behind it.

use maud::html;
use tocsin_domain::{
    dimension::Dimension,
    evidence::{Rows, exemplars},
    metric::Metric,
    query::{Selection, Series},
};
use tocsin_shell::{http::Response, rollups::Reader};

use super::{
    arrived, chart,
    home::{Times, by_step, hours},
    list, respond, words,
};
use crate::{Console, Identity, conversations::Page, metrics::freshness, refusal::Refusal};

/// Conversations shown.
const SHOWN: usize = 20;

impl Console {
    /// The page of one metric.
    pub(crate) async fn metric_page(
        &self,
        metric: Metric,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let times = Times::new(now)?;
        let mut selection = Selection::total(metric);
        if metric.is_about_sources() {
            selection.by = vec![Dimension::Source];
        }
        self.narrow_to_own(identity, &mut selection)?;
        let reader = Reader::new(&self.store, &identity.tenant, now).await?;
        let day = reader.series(&selection, &times.day).await?;
        let completeness = reader.completeness(&selection).await?;
        let parts = reader.parts(hours(&times.hour)).await?;
        let (rows, hour) = (Rows::of(parts.all(), metric), (times.hour.start(), times.hour.end()));
        let found = exemplars(&selection, &rows, hour, usize::MAX);
        let page = Page { offset: 0, limit: SHOWN, outcome: None };
        let (lines, more) = self.page(&identity.tenant, &found, page, now).await?;

        let name = words::name(metric);
        let body = html! {
            h1 { (name) }
            p { (metric.definition().definition) }
            (arrived(freshness(&reader, now), completeness))
            h2 { "Last 24 hours" }
            @if day.is_empty() { p { (words::NO_DATA) } }
            @for series in &day {
                section.chart {
                    @for (dimension, value) in &series.dimensions {
                        h3 { (dimension) ": " (value) }
                    }
                    (chart::line(&by_step(metric, &times.day, &series.points), &name))
                    (hours_table(metric, series))
                }
            }
            h2 { "Conversations behind it, last hour" }
            (list(metric, &lines))
            @if more.is_some() { p { "Only the worst " (SHOWN) " are shown." } }
        };
        Ok(respond(self.frame(identity, now), &name, true, &body))
    }
}

/// The same in numbers, for those who can not read the chart.
/// The same in numbers, for those who can not see the chart.
fn hours_table(metric: Metric, series: &Series) -> maud::Markup {
    html! {
        div.scroll.short {
            table {
                thead { tr { th { "Hour" } th { "Value" } th { "Of" } } }
                tbody {
                    @for point in series.points.iter().rev() {
                        tr {
                            td { (words::time(Some(point.time)).unwrap_or_default()) }
                            td { (words::point(metric, Some(point))) }
                            td { (words::made_of(point).unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}
