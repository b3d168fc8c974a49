//! The steps of a query: consecutive spans of minutes, aligned to the clock that people read.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::minute::{Minute, nanoseconds};

/// Longest step in seconds: 400 days, for which hours are kept.
const LONGEST_STEP: i64 = 400 * 86_400;
/// Most points that one series may have.
const MOST_STEPS: usize = 50_000;

/// Half-open spans of minutes, without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// What each point is dated: the aligned beginning, which may lie before the range.
    labels: Vec<Minute>,
    /// First minute of each step that is in the range.
    starts: Vec<Minute>,
    end: Minute,
    /// Length that was asked for, in minutes; `None` where the range is one step.
    length: Option<i64>,
}

/// Why a range can not be cut into steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepsError {
    /// The range is empty.
    #[error("`to` must be later than `from`")]
    Empty,
    /// Not a multiple of a minute, or too long.
    #[error("`step` must be a multiple of 60 seconds, at least 60 and at most 400 days")]
    Step,
    /// Too many points.
    #[error("the range holds more than 50000 steps: choose a larger `step` or a shorter range")]
    TooMany,
}

impl Steps {
    /// Cuts `[from, to)`; without a step the range is one. Steps of a day or more follow the zone's
    /// calendar, so that a day of 23 or 25 hours is one step; shorter ones follow the epoch.
    pub fn new(
        from: Timestamp,
        to: Timestamp,
        step_seconds: Option<i64>,
        zone: &TimeZone,
    ) -> Result<Self, StepsError> {
        let (first, end) = (Minute::ceil(nanoseconds(from)), Minute::ceil(nanoseconds(to)));
        if first >= end {
            return Err(StepsError::Empty);
        }
        let Some(step) = step_seconds else {
            return Ok(Self::range(first, end));
        };
        if !(60..=LONGEST_STEP).contains(&step) || step % 60 != 0 {
            return Err(StepsError::Step);
        }
        let labels = if step % 86_400 == 0 {
            calendar_days(first, end, step / 86_400, zone)?
        } else {
            regular(first, end, i32::try_from(step / 60).map_err(|_| StepsError::Step)?)?
        };
        let starts = labels.iter().map(|label| (*label).max(first)).collect();
        Ok(Self { labels, starts, end, length: Some(step / 60) })
    }

    /// The minutes `[first, end)` as one step.
    pub fn range(first: Minute, end: Minute) -> Self {
        Self { labels: vec![first], starts: vec![first], end, length: None }
    }

    /// The minutes `[first, end)` in steps of so many minutes, at least one, that begin at the first.
    pub fn every(minutes: i32, first: Minute, end: Minute) -> Self {
        let length = minutes.max(1);
        let step = usize::try_from(length).unwrap_or(1);
        let starts: Vec<Minute> = (first.0..end.0).step_by(step).map(Minute).collect();
        Self { labels: starts.clone(), starts, end, length: Some(i64::from(length)) }
    }

    /// From the first of these minutes to the last, cut at those between.
    pub(super) fn between(bounds: BTreeSet<Minute>) -> Self {
        let mut starts: Vec<Minute> = bounds.into_iter().collect();
        let end = starts.pop().unwrap_or_default();
        Self { labels: starts.clone(), starts, end, length: None }
    }

    /// Whether each step is a day or several.
    pub(super) fn are_days(&self) -> bool {
        self.length.is_some_and(|length| length >= 1440)
    }

    /// The first minute.
    pub fn start(&self) -> Minute {
        self.starts.first().copied().unwrap_or(self.end)
    }

    /// The minute after the last.
    pub fn end(&self) -> Minute {
        self.end
    }

    /// Ends the range earlier; no query answers minutes after now.
    pub fn truncate(&mut self, end: Minute) {
        self.end = self.end.min(end);
        let kept = self.starts.partition_point(|start| *start < self.end);
        self.starts.truncate(kept);
        self.labels.truncate(kept);
    }

    /// The first minute of the step that holds this minute.
    pub fn step_of(&self, minute: Minute) -> Option<Minute> {
        let after = self.starts.partition_point(|start| *start <= minute);
        (minute < self.end && after > 0).then(|| self.starts[after - 1])
    }

    /// Each step: what it is dated, its first minute, and the minute after its last.
    pub fn iter(&self) -> impl Iterator<Item = (Minute, Minute, Minute)> {
        let ends = self.starts.iter().skip(1).copied().chain(std::iter::once(self.end));
        let starts = self.labels.iter().zip(&self.starts);
        starts.zip(ends).map(|((label, start), end)| (*label, *start, end))
    }

    /// Whether an hour lies within one step and wholly within the range.
    pub fn keeps_whole(&self, hour: crate::minute::Hour) -> bool {
        let (first, last) = (hour.start(), hour.start().plus(59));
        let step = self.step_of(first);
        step.is_some() && step == self.step_of(last)
    }
}

fn regular(first: Minute, end: Minute, step: i32) -> Result<Vec<Minute>, StepsError> {
    let aligned = first.0.div_euclid(step) * step;
    let count = (i64::from(end.0) - i64::from(aligned) + i64::from(step) - 1) / i64::from(step);
    let count = usize::try_from(count).unwrap_or_default();
    if count > MOST_STEPS {
        return Err(StepsError::TooMany);
    }
    Ok((aligned..end.0).step_by(usize::try_from(step).unwrap_or(1)).map(Minute).collect())
}

fn calendar_days(
    first: Minute,
    end: Minute,
    days: i64,
    zone: &TimeZone,
) -> Result<Vec<Minute>, StepsError> {
    let mut labels = Vec::new();
    let mut day = first.timestamp().to_zoned(zone.clone()).date();
    loop {
        let midnight = day.to_zoned(zone.clone()).map_err(|_| StepsError::Empty)?;
        let start = Minute::of(nanoseconds(midnight.timestamp()));
        if start >= end {
            return Ok(labels);
        }
        if labels.len() == MOST_STEPS {
            return Err(StepsError::TooMany);
        }
        labels.push(start);
        day = day.checked_add(days.days()).map_err(|_| StepsError::Empty)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(from: &str, to: &str, step: Option<i64>, zone: &str) -> Steps {
        let zone = TimeZone::get(zone).unwrap();
        Steps::new(from.parse().unwrap(), to.parse().unwrap(), step, &zone).unwrap()
    }

    #[test]
    fn a_day_of_the_clock_change_is_one_step() {
        let days =
            steps("2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z", Some(86_400), "Europe/Berlin");
        let lengths: Vec<_> = days.iter().map(|(_, start, end)| (end.0 - start.0) / 60).collect();
        assert_eq!(lengths, [24, 23, 24]);
    }

    #[test]
    fn short_steps_are_aligned_and_clipped_to_the_range() {
        let hours = steps("2026-01-05T10:30:00Z", "2026-01-05T12:15:00Z", Some(3_600), "UTC");
        let spans: Vec<_> = hours
            .iter()
            .map(|(label, start, end)| (label.timestamp().to_string(), end.0 - start.0))
            .collect();
        assert_eq!(spans[0], ("2026-01-05T10:00:00Z".to_owned(), 30));
        assert_eq!(spans.len(), 3);
        assert_eq!(spans[2].1, 15);
    }

    #[test]
    fn impossible_ranges_say_why() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, to) = (at("2026-01-05T00:00:00Z"), at("2026-12-05T00:00:00Z"));
        let new = |from, to, step| Steps::new(from, to, step, &TimeZone::UTC).unwrap_err();
        assert_eq!(new(to, from, None), StepsError::Empty);
        for step in [90, 0, -60, i64::MAX / 60 * 60, 864_000_000_000] {
            assert_eq!(new(from, to, Some(step)), StepsError::Step, "{step}");
        }
        assert_eq!(new(from, to, Some(60)), StepsError::TooMany);
    }
}
