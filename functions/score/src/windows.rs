//! What the rules are judged on: amounts of windows that end now, or so many weeks ago.
//!
//! The minutes of the longest window that is compared with weeks, or is short, are read once for all
//! rules. What is longer (an objective's) is read by rule, from hours where they are closed.

use std::collections::BTreeMap;

use tocsin_domain::{
    metric::{Kind, Metric},
    minute::{Hour, Minute, nanoseconds},
    query::{self, Amounts, Label, Point, Selection, Steps},
    rule::{AHEAD, Condition, Rule, Silence},
    sums::Amount,
};
use tocsin_shell::{
    rollups::{Parts, QueryError, Reader},
    store::StoreError,
};

use crate::explain::{self, Held};

/// Minutes of a week.
pub(crate) const WEEK: i32 = 7 * 1440;
/// Weeks that a rule compares with.
pub(crate) const WEEKS: i32 = 4;
/// Windows of an objective up to this length are judged on the minutes read for all, in minutes.
const SHORT: i32 = 60;

/// Minutes that detectors' points since a checkpoint, and those that still say something, lie in.
const REPLAYED: i32 = 180;

/// What was added up, by cell.
pub(crate) type Cells = BTreeMap<Label, Amount>;

/// The minutes that are read for all rules.
pub(crate) struct Windows {
    now: Minute,
    /// How far they go back, in minutes.
    length: i32,
    current: Parts,
    /// The same hours of earlier weeks, the latest first; `None` where nothing was counted yet.
    weeks: Vec<Option<Parts>>,
}

/// Whether a rule compares with earlier weeks.
pub(crate) fn compares_weeks(rule: &Rule) -> bool {
    match rule.condition {
        Condition::Drop { .. }
        | Condition::Rise { .. }
        | Condition::AfterChange(_)
        | Condition::Conflict(_) => true,
        Condition::Threshold { .. }
        | Condition::Anomaly(_)
        | Condition::Slo(_)
        | Condition::Event(_)
        | Condition::SilenceOf(_) => false,
    }
}

impl Windows {
    pub(crate) async fn read(
        reader: &Reader<'_>,
        rules: &[Rule],
        now: Minute,
    ) -> Result<Self, StoreError> {
        let shared = rules.iter().map(|rule| match rule.condition {
            Condition::Threshold { .. }
            | Condition::Drop { .. }
            | Condition::Rise { .. }
            | Condition::Conflict(_)
            | Condition::Event(_) => rule.window,
            // As long before the change.
            Condition::AfterChange(_) => 2 * AHEAD,
            Condition::Slo(_) => rule.window.min(SHORT),
            Condition::Anomaly(_) => REPLAYED,
            Condition::SilenceOf(_) => 0,
        });
        let length = shared.max().unwrap_or_default();
        let hours = |end: Minute| (end.plus(-length).hour(), end.hour());
        let current = reader.parts(hours(now)).await?;
        let mut weeks = Vec::new();
        if rules.iter().any(compares_weeks) {
            for week in 1..=WEEKS {
                weeks.push(week_of(reader, hours(now.plus(-week * WEEK))).await?);
            }
        }
        Ok(Self { now, length, current, weeks })
    }

    /// What a rule's selection comes to in each of its windows, in their order; of sources their age,
    /// uptime and completeness.
    pub(crate) async fn current(
        &self,
        reader: &Reader<'_>,
        rule: &Rule,
    ) -> Result<Vec<Cells>, StoreError> {
        if let Condition::SilenceOf(silence) = rule.condition {
            return self.sources(reader, &rule.selection, silence).await;
        }
        let mut windows = Vec::new();
        for length in rule.windows() {
            let span = self.span(length, 0);
            windows.push(if length > self.length {
                series(reader, &rule.selection, &Steps::range(span.0, span.1)).await?
            } else {
                amounts(reader, &rule.selection, Some(&self.current), span).await?
            });
        }
        Ok(windows)
    }

    /// All minutes since one, if it does not lie before them.
    pub(crate) fn parts_since(&self, first: Minute) -> Option<&Parts> {
        (self.length > 0 && first >= self.now.plus(-self.length)).then_some(&self.current)
    }

    /// Of each source that is to be heard of its age, uptime and completeness.
    pub(crate) async fn sources(
        &self,
        reader: &Reader<'_>,
        of: &Selection,
        silence: Silence,
    ) -> Result<Vec<Cells>, StoreError> {
        let heard = reader.heard();
        let mut windows = Vec::new();
        for (metric, length) in [
            (Metric::FreshnessSeconds, 1),
            (Metric::Uptime, silence.missed_in()),
            (Metric::Completeness, 1),
        ] {
            let (first, end) = self.span(length, 0);
            let steps = Steps::range(first, end);
            let selection = Selection { metric, ..of.clone() };
            let mut cells = series(reader, &selection, &steps).await?;
            cells.retain(|label, _| {
                let source = label.first().map_or("", String::as_str);
                Silence::expects(&selection, &heard, source, self.now.start())
            });
            windows.push(cells);
        }
        Ok(windows)
    }

    /// The same in the weeks that it compares with, the latest first.
    pub(crate) async fn weeks(
        &self,
        reader: &Reader<'_>,
        rule: &Rule,
    ) -> Result<Vec<Cells>, StoreError> {
        if !compares_weeks(rule) {
            return Ok(Vec::new());
        }
        let span = self.span(rule.window, 0);
        Ok(self.compared(reader, &rule.selection, span).await?.1)
    }

    /// What a selection comes to in a span of the minutes that are held, and in the same minutes of
    /// earlier weeks, the latest first.
    pub(crate) async fn compared(
        &self,
        reader: &Reader<'_>,
        selection: &Selection,
        (first, end): (Minute, Minute),
    ) -> Result<(Cells, Vec<Cells>), StoreError> {
        let current = amounts(reader, selection, Some(&self.current), (first, end)).await?;
        let mut weeks = Vec::new();
        for (week, parts) in (1..).zip(&self.weeks) {
            let span = (first.plus(-week * WEEK), end.plus(-week * WEEK));
            weeks.push(amounts(reader, selection, parts.as_ref(), span).await?);
        }
        Ok((current, weeks))
    }

    /// The minutes that evidence rests on: those that are read already where they go back far enough.
    pub(crate) async fn held(&self, reader: &Reader<'_>) -> Result<Held, StoreError> {
        let length = self.length.max(explain::HELD);
        let hours = |end: Minute| (end.plus(-length).hour(), end.hour());
        let is_read = self.length >= explain::HELD;
        let current =
            if is_read { self.current.clone() } else { reader.parts(hours(self.now)).await? };
        let mut weeks = Vec::new();
        for week in 1..=WEEKS {
            let back = week * WEEK;
            let held = usize::try_from(week - 1).ok().and_then(|week| self.weeks.get(week));
            let parts = match held.filter(|_| is_read) {
                Some(parts) => parts.clone(),
                None => week_of(reader, hours(self.now.plus(-back))).await?,
            };
            weeks.push((back, parts));
        }
        let (first, end) = (hours(self.now).0.start(), self.now.plus(1));
        Ok(Held { first, end, current, weeks })
    }

    /// The window of this length that ends now, or so many weeks ago.
    pub(crate) fn span(&self, length: i32, week: i32) -> (Minute, Minute) {
        let end = self.now.plus(1 - week * WEEK);
        (end.plus(-length), end)
    }
}

/// The minutes of an earlier week; none where nothing was counted yet.
async fn week_of(reader: &Reader<'_>, hours: (Hour, Hour)) -> Result<Option<Parts>, StoreError> {
    let kept = reader.snapshot().head.first.is_some_and(|first| hours.0 >= first);
    if kept { reader.parts(hours).await.map(Some) } else { Ok(None) }
}

/// What a selection comes to in a window. What follows from levels needs all flows before it, which
/// the sums of the window do not hold.
async fn amounts(
    reader: &Reader<'_>,
    selection: &Selection,
    parts: Option<&Parts>,
    (first, end): (Minute, Minute),
) -> Result<Cells, StoreError> {
    if !selection.metric.follows_minutes() {
        let parts = parts.into_iter().flat_map(|parts| parts.within((first, end)));
        // Rules are loaded only where their selection is kept, so there is nothing to refuse.
        return Ok(query::cells(selection, parts, (first, end)).unwrap_or_default());
    }
    let is_level = selection.metric.kind() == Kind::Gauge;
    let first = if is_level { end.plus(-1) } else { first };
    series(reader, selection, &Steps::range(first, end)).await
}

/// The levels of a selection at the end of each step, by label and first minute.
pub(crate) async fn levels(
    reader: &Reader<'_>,
    selection: &Selection,
    steps: &Steps,
) -> Result<Amounts, StoreError> {
    let mut points = Amounts::new();
    for series in answered(reader.series(selection, steps).await)? {
        let names = selection.label_names();
        let label = names.filter_map(|name| series.dimensions.get(name).cloned()).collect();
        let levels = series.points.iter().filter_map(|point| {
            let minute = Minute::of(nanoseconds(point.time));
            Some((minute, of_point(point)?))
        });
        points.insert(label, levels.collect());
    }
    Ok(points)
}

pub(crate) async fn series(
    reader: &Reader<'_>,
    selection: &Selection,
    steps: &Steps,
) -> Result<Cells, StoreError> {
    let series = answered(reader.series(selection, steps).await)?;
    let amounts = series.into_iter().filter_map(|series| {
        let amount = of_point(series.points.last()?)?;
        let names = selection.label_names();
        Some((names.filter_map(|name| series.dimensions.get(name).cloned()).collect(), amount))
    });
    Ok(amounts.collect())
}

/// Rules are loaded only where their selection is kept, so there is nothing to refuse.
pub(crate) fn answered<T: Default>(answer: Result<T, QueryError>) -> Result<T, StoreError> {
    match answer {
        Ok(answer) => Ok(answer),
        Err(QueryError::Store(error)) => Err(error),
        Err(QueryError::NotKept(_)) => Ok(T::default()),
    }
}

/// A ratio as its trials; a level in whole units.
fn of_point(point: &Point) -> Option<Amount> {
    if let (Some(part), Some(whole)) = (point.numerator, point.denominator) {
        return Some(Amount { sum: i128::from(part), count: whole, ..Amount::default() });
    }
    #[expect(clippy::cast_possible_truncation, reason = "levels are whole and small")]
    point.value.map(|value| Amount::value(value.round() as i64))
}
