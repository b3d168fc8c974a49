//! `GET /`: a dozen numbers of the last hour, each beside what is usual.

use maud::{Markup, html};
use tocsin_domain::{
    metric::{Kind, Metric},
    minute::{Minute, SECOND},
    query::{self, Accumulator, Point, Selection, Steps},
    rule::{Expected, expected},
    sums::{Amount, Sums},
};
use tocsin_shell::{
    http::Response,
    rollups::{Memo, QueryError, Reader},
};

use super::{alert, arrived, chart, respond, words};
use crate::{
    Console, Identity,
    metrics::freshness,
    params::steps,
    refusal::Refusal,
    rights::{Resource, allows},
};

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
/// Weeks that tell what is usual.
const WEEKS: i32 = 4;

/// One number of the page.
struct Tile {
    metric: Metric,
    hour: Option<Point>,
    /// What earlier weeks lead to expect; of a gauge its level a week before.
    usual: Usual,
    day: Vec<Option<f64>>,
    /// Seconds since its newest minute of the last hour.
    age: Option<i64>,
}

enum Usual {
    Unknown,
    Level(Box<Point>),
    Band(Expected),
}

/// The times that the pages look at.
pub(super) struct Times {
    /// The sixty minutes up to now.
    pub(super) hour: Steps,
    /// The same in earlier weeks, the latest first.
    weeks_before: Vec<Steps>,
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
            weeks_before: (1..=WEEKS)
                .map(|week| span(end.plus(-60 - week * WEEK), end.plus(-week * WEEK), None))
                .collect::<Result<_, _>>()?,
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
        // Tiles look at the same hours, and many at the same family's.
        let memo = Memo::default();
        let reader = Reader::new(&self.store, &identity.tenant, now).await?.remembering(&memo);
        let mut sums = vec![reader.sums(hours(&times.hour)).await?];
        for week in &times.weeks_before {
            sums.push(reader.sums(hours(week)).await?);
        }
        let alerts = if allows(identity.role, Resource::Alerts, false) {
            Some(self.recent_alerts(identity, now).await?)
        } else {
            None
        };
        let mut wanted = Vec::new();
        for metric in TILES {
            let mut selection = Selection::total(metric);
            self.narrow_to_own(identity, &mut selection)?;
            if selection.view().is_ok() {
                wanted.push(selection);
            }
        }
        // One after the other: the first reads what the others find read.
        let mut tiles = Vec::new();
        for selection in &wanted {
            tiles.push(tile(&reader, selection, &times, &sums, now).await?);
        }
        let completeness = reader.completeness(&Selection::total(Metric::Completeness)).await?;
        let body = html! {
            @if let Some(alerts) = &alerts { (alert::section(alerts, now)) }
            nav {
                @if allows(identity.role, Resource::Silences, false) { a href="/silences" { "Silences" } }
                @if allows(identity.role, Resource::Insights, false) {
                    a href="/insights/alert_quality" { "Alert quality" }
                }
                @if allows(identity.role, Resource::Audit, false) { a href="/audit" { "Audit" } }
            }
            h1 { "The last hour" }
            (arrived(freshness(&reader, now), completeness))
            ul.tiles { @for tile in &tiles { (show(tile)) } }
        };
        Ok(respond(self.frame(identity, now), "Console", true, &body))
    }
}

async fn tile(
    reader: &Reader<'_>,
    selection: &Selection,
    times: &Times,
    sums: &[Sums],
    now: i64,
) -> Result<Tile, QueryError> {
    let metric = selection.metric;
    let day = reader.series(selection, &times.day).await?;
    let points = day.first().map(|series| series.points.as_slice()).unwrap_or_default();
    // A level needs all flows before it, which the sums of an hour do not hold.
    let (hour, usual) = if metric.kind() == Kind::Gauge {
        let before = reader.series(selection, &times.weeks_before[0]).await?;
        let before = before.first().and_then(|series| series.points.last().cloned());
        (
            points.last().cloned(),
            before.map_or(Usual::Unknown, |point| Usual::Level(Box::new(point))),
        )
    } else {
        let mut accumulator = Accumulator::new(selection, &times.hour)?;
        accumulator.add_sums(&sums[0], |_| true);
        let series = accumulator.finish(Minute::of(now));
        let hour = series.into_iter().next().and_then(|series| series.points.into_iter().next());
        let amount = |sums: &Sums, steps: &Steps| -> Result<Option<Amount>, QueryError> {
            let cells = query::cells(selection, [sums], (steps.start(), steps.end()))?;
            Ok(cells.into_values().next())
        };
        let current = amount(&sums[0], &times.hour)?.map_or(0, |amount| amount.count);
        let mut baseline = Vec::new();
        for (sums, steps) in sums[1..].iter().zip(&times.weeks_before) {
            baseline.extend(amount(sums, steps)?);
        }
        (hour, expected(metric, current, &baseline).map_or(Usual::Unknown, Usual::Band))
    };
    let minutes = sums[0].of(metric).map(|(at, ..)| at);
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
    let Tile { metric, hour, day, age, .. } = tile;
    let name = words::name(*metric);
    html! {
        li {
            a href={ "/metrics/" (metric) } {
                h2 { (name) }
                p.value { (words::point(*metric, hour.as_ref())) }
                (show_usual(tile))
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

/// What is usual; a value that lies outside is marked in words, not by colour alone.
fn show_usual(tile: &Tile) -> Markup {
    let metric = tile.metric;
    html! {
        @match &tile.usual {
            Usual::Unknown => { p.usual { "not enough data to say what is usual" } },
            Usual::Level(point) => { p.usual { "a week ago " (words::point(metric, Some(point))) } },
            Usual::Band(Expected { mid, low, high }) => {
                @let value = tile.hour.as_ref().and_then(|point| point.value);
                @let outside = value.is_some_and(|value| value < *low || value > *high);
                p.usual.outside[outside] {
                    "expected " (words::number(metric, *low)) " to " (words::number(metric, *high))
                    @if metric.kind() == Kind::Distribution { ", mean " (words::number(metric, *mid)) }
                    @if outside { strong { " · outside" } }
                }
            },
        }
    }
}
