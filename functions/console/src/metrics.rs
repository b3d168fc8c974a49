//! `GET /v1/metrics` and `GET /v1/metrics/{metric}`: definitions and numbers.

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use tocsin_domain::{
    dimension::{Dimension, Extra, View},
    metric::{BadDirection, Kind, Metric},
    minute::{SECOND, nanoseconds, timestamp},
    query::Series,
};
use tocsin_shell::{
    http::{Response, json},
    rollups::Reader,
};

use crate::{
    Console, Identity,
    params::{self, Params},
    refusal::Refusal,
};

/// Version of the dictionary.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Dictionary {
    version: u32,
    metrics: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    definition: &'static str,
    kind: Kind,
    unit: &'static str,
    bad_direction: BadDirection,
    dimensions: Vec<&'static str>,
    pairs: Vec<[&'static str; 2]>,
    extra: Option<Extra>,
    partners: &'static [Metric],
    /// Seconds for which later events may still revise a point.
    horizon: i32,
}

#[derive(Serialize)]
struct Answer {
    metric: Metric,
    kind: Kind,
    unit: &'static str,
    step: Option<i64>,
    series: Vec<Series>,
    freshness_seconds: Option<i64>,
    /// Share of what the sources concerned have to send that arrived, where anything tells.
    completeness: Option<f64>,
}

/// The dictionary.
pub(crate) fn dictionary() -> Response {
    let metrics = Metric::public().map(entry).collect();
    json(StatusCode::OK, &Dictionary { version: VERSION, metrics })
}

fn entry(metric: Metric) -> Entry {
    let about = metric.definition();
    let (mut dimensions, mut pairs) = (Vec::new(), Vec::new());
    for view in metric.views() {
        match view {
            View::Total => {}
            View::One(one) => dimensions.push(one.as_str()),
            View::Two(first, second) => pairs.push([first.as_str(), second.as_str()]),
        }
    }
    Entry {
        name: about.name,
        definition: about.definition,
        kind: about.kind,
        unit: about.unit,
        bad_direction: about.bad,
        dimensions,
        pairs,
        extra: about.extra,
        partners: about.partners,
        horizon: about.horizon_minutes * 60,
    }
}

/// The metric of this name.
pub(crate) fn named(name: &str) -> Result<Metric, Refusal> {
    let unknown = || Refusal::NotFound("no such metric: GET /v1/metrics lists them".to_owned());
    Metric::parse(name).ok_or_else(unknown)
}

impl Console {
    /// Numbers of one metric.
    pub(crate) async fn metric(
        &self,
        metric: Metric,
        query: Option<&str>,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let known = ["from", "to", "step", "by", "where", "tz"];
        let params = Params::parse(query, &known)?;
        let agent_value = |asked: &str| self.agent_value(identity, asked);
        let selection = params.selection(metric, agent_value)?;
        let step = params.number("step")?;
        let range = self.within_retention(metric, params.range(now)?, now);
        let steps = params::steps(range, step, &params.zone()?)?;
        self.check_agents(identity, &selection)?;

        let reader = Reader::new(&self.store, &identity.tenant, now).await?;
        let mut series = reader.series_beside(&selection, &steps).await?;
        if selection.by.contains(&Dimension::Agent) {
            self.names(identity).await?.show_in_series(&mut series);
        }
        let completeness = reader.completeness(&selection).await?;
        let answer = Answer {
            metric,
            kind: metric.kind(),
            unit: metric.definition().unit,
            step,
            series,
            freshness_seconds: freshness(&reader, now),
            completeness,
        };
        Ok(json(StatusCode::OK, &answer))
    }

    /// A level is followed minute by minute, so its range begins no earlier than anything is kept.
    fn within_retention(
        &self,
        metric: Metric,
        (from, to): (Timestamp, Timestamp),
        now: i64,
    ) -> (Timestamp, Timestamp) {
        let kept = timestamp(nanoseconds(to).min(now).saturating_sub(self.store.retention().hours));
        if metric.follows_minutes() { (from.max(kept), to) } else { (from, to) }
    }
}

/// Seconds since the newest event; `None` before the first.
pub(crate) fn freshness(reader: &Reader<'_>, now: i64) -> Option<i64> {
    Some((now - reader.heard().latest()?).max(0) / SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_lists_what_a_metric_is_kept_by() {
        let service_level = entry(Metric::ServiceLevel);
        let pair = ["queue", "channel"];
        assert!(service_level.dimensions.contains(&"queue"));
        assert!(service_level.pairs.contains(&pair));
        assert_eq!(entry(Metric::QueueLength).pairs, [pair]);
        assert_eq!(entry(Metric::Backlog).extra, Some(Extra::AgeBand));
    }

    #[test]
    fn each_field_of_an_entry_stands_once() {
        let text = serde_json::to_string(&entry(Metric::DeflectionRate)).unwrap();
        for field in [
            "name",
            "definition",
            "kind",
            "unit",
            "bad_direction",
            "dimensions",
            "pairs",
            "extra",
            "partners",
            "horizon",
        ] {
            assert_eq!(text.matches(&format!("\"{field}\":")).count(), 1, "{field}: {text}");
        }
        assert!(text.ends_with(r#""partners":["repeat_contact_rate_24h"],"horizon":86400}"#));
    }

    #[test]
    fn what_only_feeds_another_metric_is_not_served() {
        assert!(named("queue_cohort").is_err());
        assert!(named("csat").is_ok());
    }
}
