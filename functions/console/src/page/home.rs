//! `GET /`: a dozen numbers of the last hour, each beside what is usual.

use futures_util::future::try_join_all;
use maud::{Markup, html};
use tocsin_domain::{
    metric::{Kind, Metric},
    minute::{Minute, SECOND},
    query::{Accumulator, Point, Selection, Steps},
    sums::Sums,
};
use tocsin_shell::{
    http::Response,
    rollups::{QueryError, Reader},
};

use super::{chart, respond, words};
use crate::{Console, Identity, metrics::freshness, params::steps, refusal::Refusal};

/// What the page shows, in order.
const TILES: [Metric; 12] = [
    Metric::Contacts,
    Metric::EscalationRate,
    Metric::FallbackRate,
    Metric::DeflectionRate,
    Metric::ResolutionRate,
    Metric::Csat,
    Metric::FirstResponseTime,
    Metric::ServiceLevel,
    Metric::AbandonmentRate,
    Metric::QueueLength,
    Metric::Backlog,
    Metric::Sentiment,
];

/// Minutes of a week.
const WEEK: i32 = 7 * 24 * 60;

/// One number of the page.
struct Tile {
    metric: Metric,
    hour: Option<Point>,
    usual: Option<Point>,
    day: Vec<Option<f64>>,
    /// Seconds since its newest minute of the last hour.
    age: Option<i64>,
}

/// The times that the pages look at.
pub(super) struct Times {
    /// The sixty minutes up to now.
    pub(super) hour: Steps,
    /// The same a week before.
    week_before: Steps,
    /// The last 24 hours, by the hour of the clock.
    pub(super) day: Steps,
}

impl Times {
    /// As of now.
    pub(super) fn new(now: i64) -> Result<Self, Refusal> {
        let end = Minute::of(now).plus(1);
        let span = |from: Minute, to: Minute, step| {
            steps((from.timestamp(), to.timestamp()), step, &jiff::tz::TimeZone::UTC)
        };
        let first = end.plus(-1).hour().start().plus(-23 * 60);
        Ok(Self {
            hour: span(end.plus(-60), end, None)?,
            week_before: span(end.plus(-60 - WEEK), end.plus(-WEEK), None)?,
            day: span(first, end, Some(3_600))?,
        })
    }
}

/// The hours that steps touch.
pub(super) fn hours(steps: &Steps) -> (tocsin_domain::minute::Hour, tocsin_domain::minute::Hour) {
    (steps.start().hour(), steps.end().plus(-1).hour())
}

/// The figures of a series at each step; a step without data is a gap.
pub(super) fn by_step(metric: Metric, steps: &Steps, points: &[Point]) -> Vec<Option<f64>> {
    let at = |label: Minute| points.iter().find(|point| point.time == label.timestamp());
    steps.iter().map(|(label, ..)| words::figure(metric, at(label)?)).collect()
}

impl Console {
    /// The page that everybody starts from; an agent's holds their own figures.
    pub(crate) async fn home_page(
        &self,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let times = Times::new(now)?;
        let reader = Reader::new(&self.store, &identity.tenant, now).await?;
        let sums =
            [reader.sums(hours(&times.hour)).await?, reader.sums(hours(&times.week_before)).await?];
        let mut wanted = Vec::new();
        for metric in TILES {
            let mut selection = Selection::total(metric);
            self.narrow_to_own(identity, &mut selection)?;
            if selection.view().is_ok() {
                wanted.push(selection);
            }
        }
        let tiles = wanted.iter().map(|selection| tile(&reader, selection, &times, &sums, now));
        let tiles: Vec<Tile> = try_join_all(tiles).await?;
        let fresh = freshness(reader.snapshot(), now);
        let body = html! {
            h1 { "The last hour" }
            p.fresh {
                @match fresh {
                    Some(age) => { "Newest data " (words::age(age)) },
                    None => { "Age of the newest data not known" },
                }
                " · completeness not measured"
            }
            ul.tiles { @for tile in &tiles { (show(tile)) } }
        };
        Ok(respond("Console", true, &body))
    }
}

async fn tile(
    reader: &Reader<'_>,
    selection: &Selection,
    times: &Times,
    sums: &[Sums; 2],
    now: i64,
) -> Result<Tile, QueryError> {
    let metric = selection.metric;
    let day = reader.series(selection, &times.day).await?;
    let points = day.first().map(|series| series.points.as_slice()).unwrap_or_default();
    // A level needs all flows before it, which the sums of an hour do not hold.
    let (hour, usual) = if metric.kind() == Kind::Gauge {
        let before = reader.series(selection, &times.week_before).await?;
        (points.last().cloned(), before.first().and_then(|series| series.points.last().cloned()))
    } else {
        let of = |sums: &Sums, steps: &Steps| -> Result<Option<Point>, QueryError> {
            let mut accumulator = Accumulator::new(selection, steps)?;
            accumulator.add_sums(sums, |_| true);
            let series = accumulator.finish(Minute::of(now));
            Ok(series.into_iter().next().and_then(|series| series.points.into_iter().next()))
        };
        (of(&sums[0], &times.hour)?, of(&sums[1], &times.week_before)?)
    };
    let minutes = sums[0].iter().filter(|(_, other, ..)| *other == metric).map(|(at, ..)| at);
    let newest = minutes.filter(|at| *at <= Minute::of(now)).max();
    Ok(Tile {
        metric,
        hour,
        usual,
        day: by_step(metric, &times.day, points),
        age: newest.map(|at| (now - at.start()) / SECOND),
    })
}

fn show(tile: &Tile) -> Markup {
    let Tile { metric, hour, usual, day, age } = tile;
    let name = words::name(*metric);
    html! {
        li {
            a href={ "/metrics/" (metric) } {
                h2 { (name) }
                p.value { (words::point(*metric, hour.as_ref())) }
                p.usual { "usually " (words::point(*metric, usual.as_ref())) }
                (chart::line(day, &format!("{name}, last 24 hours")))
                p.fresh {
                    @if let Some(n) = hour.as_ref().and_then(words::made_of) { (n) " · " }
                    @if hour.as_ref().is_some_and(|point| point.provisional) { "provisional · " }
                    @match age {
                        Some(age) => { "newest " (words::age(*age)) },
                        None => { "nothing new this hour" },
                    }
                }
            }
        }
    }
}
