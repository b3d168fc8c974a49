//! Trials that turn: credited at one time, decided anew by what happens within a horizon after it.
//!
//! A cohort that is still revised flatters itself: of yesterday's resolutions, most of those that
//! will be reopened have not been yet. So its share is to be read beside what earlier cohorts stood
//! at *when they were as old*. Their present sums can not tell, since they hold all that came since,
//! and the history of revisions is not stored.
//!
//! It need not be. A trial that turns does so once, and from good to bad: how old it was then
//! follows from the events' own times. So where a trial has turned, the fold contributes beside it
//! (at the trial's minute, with its dimensions) a count of 1 to the companion metric that
//! [`Definition::turned`](crate::metric::Definition::turned) names, under the least of [`AGES`]
//! that the trial's age did not exceed. It is as exact as the counts: a function of the set of events,
//! taken back with the trial, and nothing for all the trials that never turn. What a cohort stood at
//! at one of the ages is its final numerator with those turned back that turned later.
//!
//! What that leaves out: between two ages, the younger one is shown. Events that came late are counted
//! by when they happened, so a cohort is shown as it would have stood had all arrived at once. A
//! resolution that was both reopened and followed by another contact turns at the reopening.

use crate::minute::MINUTE;

/// The ages that are told apart: name, and minutes.
pub const AGES: [(&str, i32); 12] = [
    ("1h", 60),
    ("2h", 2 * 60),
    ("4h", 4 * 60),
    ("8h", 8 * 60),
    ("16h", 16 * 60),
    ("24h", 24 * 60),
    ("2d", 2 * 24 * 60),
    ("3d", 3 * 24 * 60),
    ("4d", 4 * 24 * 60),
    ("5d", 5 * 24 * 60),
    ("6d", 6 * 24 * 60),
    ("7d", 7 * 24 * 60),
];

/// The age within which a trial turned so many nanoseconds after it; `None` beyond the last.
pub(crate) fn age(nanoseconds: i64) -> Option<&'static str> {
    let within = |minutes: i32| nanoseconds <= i64::from(minutes) * MINUTE;
    AGES.into_iter().find(|(_, minutes)| within(*minutes)).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minute::HOUR;

    #[test]
    fn a_trial_turns_within_the_least_age_that_it_did_not_exceed() {
        for (hours, expected) in
            [(0, Some("1h")), (1, Some("1h")), (24, Some("24h")), (25, Some("2d")), (169, None)]
        {
            assert_eq!(age(hours * HOUR), expected, "{hours} h");
        }
        assert_eq!(age(HOUR + 1), Some("2h"));
    }
}
