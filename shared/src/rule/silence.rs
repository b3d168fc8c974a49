//! `silence_of`: a source that is not heard of any more, or that sends less than there is to send.
//!
//! Opens when the newest event or heartbeat of a source is older than its freshness, or when its
//! `completeness` is below the least; closes when neither is near. That of the last hour stays low
//! for an hour after an outage, and so does the alert: figures of that hour lack something.
//!
//! A heartbeat speaks for the minutes until the next is due, so the age says nothing while they last:
//! it counts only where the source was missed in a minute of [`Silence::missed_in`], as its `uptime`
//! tells. A source without heartbeats has no uptime; of it the age alone counts.
//!
//! Silence says something only of a source that sends heartbeats, or that the rule names (`where:
//! { source: … }`): any other may have nothing to send. A source that was silent for [`RETIRED`] is
//! not expected any more.

use std::fmt;

use super::{CLOSE_MARGIN, Judgement, Side, Verdict, judge::threshold};
use crate::{
    dimension::Dimension, heard::Heard, metric::Metric, minute::DAY, query::Selection, sums::Amount,
};

/// Of how long `completeness` speaks, in minutes.
pub(super) const WINDOW: i32 = 60;
/// Minutes, the present one included, in which signs of life may still be on their way.
const ARRIVING: i32 = 2;
/// Silent for so long a source was left, in nanoseconds.
const RETIRED: i64 = 7 * DAY;

/// When a source is silent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silence {
    /// Age that its newest event or heartbeat may have, in minutes.
    pub freshness: i32,
    /// The least completeness, of 0 to 1.
    pub completeness: f64,
}

impl Silence {
    /// What is usual.
    pub const USUAL: Self = Self { freshness: 3, completeness: 0.98 };

    /// Whether a source is silent or incomplete, by the amounts that [`Rule::judge`](super::Rule::judge)
    /// is given.
    pub fn is_out(self, windows: &[Amount]) -> bool {
        self.judge(windows).verdict == Verdict::Open
    }

    /// Whether a source of a selection is to be heard of.
    pub fn expects(selection: &Selection, heard: &Heard, source: &str, now: i64) -> bool {
        let by_name = |(dimension, values): &(Dimension, Vec<String>)| {
            *dimension == Dimension::Source && values.iter().any(|value| value == source)
        };
        let is_alive = |newest: &i64| now.saturating_sub(*newest) < RETIRED;
        (heard.beating.contains_key(source) || selection.only.iter().any(by_name))
            && heard.newest.get(source).is_some_and(is_alive)
    }

    /// How far back a source must have been missed for its age to count, in minutes.
    pub fn missed_in(self) -> i32 {
        self.freshness + ARRIVING
    }

    /// Judges the age of the newest sign of life, in seconds, the uptime in [`Silence::missed_in`] and
    /// the completeness, each without a count where it is not known; the last is what is reported.
    pub(super) fn judge(self, windows: &[Amount]) -> Judgement {
        let nothing = Amount::default();
        let [age, there, complete] = [0, 1, 2].map(|at| windows.get(at).unwrap_or(&nothing));
        let value = share(complete);
        let is_missed = share(there).is_none_or(|uptime| uptime < 1.0);
        let of_age = (age.count > 0)
            .then(|| if is_missed { self.judge_age(age.sum) } else { Verdict::Clear });
        let of_complete = value
            .map(|value| threshold(Metric::Completeness, Side::Under, self.completeness, value));
        let n = complete.count;
        match worst(of_age, of_complete) {
            None => Judgement::nothing(n, WINDOW),
            Some(verdict) => {
                Judgement { verdict, value, expected: None, n, window: WINDOW, reason: None }
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    fn judge_age(self, age: i128) -> Verdict {
        let (age, limit) = (age as f64, f64::from(self.freshness) * 60.0);
        if age > limit {
            Verdict::Open
        } else if age > limit * (1.0 - CLOSE_MARGIN) {
            Verdict::Hold
        } else {
            Verdict::Clear
        }
    }
}

fn worst(one: Option<Verdict>, other: Option<Verdict>) -> Option<Verdict> {
    let found = [one, other];
    let is = |verdict: &Verdict| found.contains(&Some(*verdict));
    [Verdict::Open, Verdict::Hold, Verdict::Clear].into_iter().find(is)
}

#[expect(clippy::cast_precision_loss, reason = "minutes of an hour, or conversations of a day")]
fn share(amount: &Amount) -> Option<f64> {
    (amount.count > 0).then(|| amount.sum as f64 / amount.count as f64)
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { freshness, completeness } = self;
        write!(f, "not heard of for {freshness} min, or less than {completeness} complete")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENCE: Silence = Silence { freshness: 3, completeness: 0.98 };

    /// By age in seconds, and minutes there and complete of so many.
    #[track_caller]
    fn check_missed(age: i64, shares: [Option<(i128, i64)>; 2], expect: Verdict) {
        let [there, complete] = shares.map(|share| {
            let (sum, count) = share.unwrap_or_default();
            Amount { sum, count, ..Amount::default() }
        });
        let judgement = SILENCE.judge(&[Amount::value(age), there, complete]);
        assert_eq!(judgement.verdict, expect, "{judgement:?}");
    }

    #[track_caller]
    fn check(age: i64, complete: Option<(i128, i64)>, expect: Verdict) {
        check_missed(age, [Some((2, 3)), complete], expect);
    }

    #[test]
    fn an_age_that_a_heartbeat_speaks_for_says_nothing() {
        check_missed(270, [Some((3, 3)), Some((60, 60))], Verdict::Clear);
        check_missed(270, [Some((2, 3)), Some((60, 60))], Verdict::Open);
        check_missed(270, [None, None], Verdict::Open);
    }

    #[test]
    fn it_opens_when_a_source_is_silent_or_incomplete() {
        check(30, Some((60, 60)), Verdict::Clear);
        check(181, Some((60, 60)), Verdict::Open);
        check(180, Some((60, 60)), Verdict::Hold);
        check(162, Some((60, 60)), Verdict::Clear);
        check(30, Some((58, 60)), Verdict::Open);
        check(30, Some((59, 60)), Verdict::Hold);
        check(30, Some((990, 1000)), Verdict::Clear);
        check(181, None, Verdict::Open);
        check(30, None, Verdict::Clear);
        assert_eq!(SILENCE.judge(&[]).verdict, Verdict::NotEnoughData);
    }

    #[track_caller]
    fn check_expects(source: &str, silent_for: i64, named: &[&str], expect: bool) {
        let newest = [("/beats".to_owned(), 0), ("/events".to_owned(), 0)].into();
        let heard = Heard { newest, beating: [("/beats".to_owned(), 0)].into() };
        let mut selection = Selection::total(Metric::Completeness);
        if !named.is_empty() {
            let named = named.iter().map(ToString::to_string).collect();
            selection.only.push((Dimension::Source, named));
        }
        assert_eq!(Silence::expects(&selection, &heard, source, silent_for), expect);
    }

    #[test]
    fn only_a_source_that_sends_heartbeats_or_is_named_can_be_silent() {
        check_expects("/beats", DAY, &[], true);
        check_expects("/events", DAY, &[], false);
        check_expects("/events", DAY, &["/events"], true);
        check_expects("/beats", 7 * DAY, &[], false);
        check_expects("/never", DAY, &["/never"], false);
    }
}
