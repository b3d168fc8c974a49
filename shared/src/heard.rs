//! Signs of life: when each source was last heard of, since when it sends heartbeats, and in which
//! minutes it was there. What `freshness_seconds`, `uptime` and `completeness` are made of.
//!
//! Data about the data: it rides in the delta of whatever an event changes, depends on what arrived,
//! and belongs to no entity. All that is made of it is whether a source was there in a minute, so a
//! sign that is counted twice does no harm. A delivery that changes nothing has no delta to ride in,
//! and needs none: its event was heard of, with the same time, when it first arrived. Left out are
//! events that are refused, of an unknown type, or older than what is known of the same thing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    dimension::{Dimension, WIDTH},
    metric::Metric,
    minute::{MINUTE, Minute},
    sums::{Amount, Sums},
};

/// A heartbeat speaks for no more minutes than this, whatever its interval.
const LONGEST_INTERVAL: i64 = 60;

/// When sources were heard of, by source, in nanoseconds of the Unix epoch; by the events' own times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The newest event or heartbeat.
    pub newest: BTreeMap<String, i64>,
    /// The oldest heartbeat: from then on the source is to be heard of in each minute.
    pub beating: BTreeMap<String, i64>,
}

/// What a source was heard of by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// An event: it was there in that minute.
    Event,
    /// A heartbeat: it is there until the next one is due.
    Heartbeat {
        /// Time to the next, in nanoseconds; 0 where it is not told.
        interval: i64,
    },
}

impl Heard {
    /// Notes a sign of life, and adds the minutes that it speaks for to the source's activity.
    pub fn note(&mut self, source: &str, time: i64, sign: Sign, activity: &mut Sums) {
        keep(&mut self.newest, source, time, i64::max);
        let minutes = match sign {
            Sign::Event => 1,
            Sign::Heartbeat { interval } => {
                keep(&mut self.beating, source, time, i64::min);
                minutes(interval)
            }
        };
        let mut values = [""; WIDTH];
        values[Dimension::Source.index()] = source;
        let vector = activity.vector(values);
        for minute in (0..minutes).map(|later| Minute::of(time).plus(later)) {
            activity.add(minute, Metric::SourceActivity, vector, &Amount::flow(1));
        }
    }

    /// Notes all that another has.
    pub fn merge(&mut self, other: &Self) {
        for (source, time) in &other.newest {
            keep(&mut self.newest, source, *time, i64::max);
        }
        for (source, time) in &other.beating {
            keep(&mut self.beating, source, *time, i64::min);
        }
    }

    /// The newest of all sources.
    pub fn latest(&self) -> Option<i64> {
        self.newest.values().copied().max()
    }
}

/// Minutes that a heartbeat speaks for, its own included.
fn minutes(interval: i64) -> i32 {
    let whole = interval.div_euclid(MINUTE) + i64::from(interval.rem_euclid(MINUTE) > 0);
    i32::try_from(whole.clamp(1, LONGEST_INTERVAL)).unwrap_or(1)
}

fn keep(times: &mut BTreeMap<String, i64>, source: &str, time: i64, of: impl Fn(i64, i64) -> i64) {
    match times.get_mut(source) {
        Some(known) => *known = of(*known, time),
        None => {
            times.insert(source.to_owned(), time);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::minute::SECOND;

    /// At half past the tenth minute: the minutes of activity.
    #[track_caller]
    fn check(sign: Sign, expected: &[i32]) {
        let (mut heard, mut sums) = (Heard::default(), Sums::default());
        heard.note("/s", 10 * MINUTE + 30 * SECOND, sign, &mut sums);
        let mut minutes: Vec<i32> = sums.iter().map(|(minute, ..)| minute.0).collect();
        minutes.sort_unstable();
        assert_eq!(minutes, expected, "{sign:?}");
        assert_eq!(heard.latest(), Some(10 * MINUTE + 30 * SECOND));
        assert_eq!(heard.beating.is_empty(), sign == Sign::Event);
    }

    #[test]
    fn a_heartbeat_speaks_for_its_interval_and_an_event_for_its_minute() {
        let beat = |seconds: i64| Sign::Heartbeat { interval: seconds * SECOND };
        check(Sign::Event, &[10]);
        check(beat(0), &[10]);
        check(beat(60), &[10]);
        check(beat(61), &[10, 11]);
        check(beat(180), &[10, 11, 12]);
        assert_eq!(minutes(i64::MAX), 60);
        assert_eq!(minutes(i64::MIN), 1);
    }

    proptest! {
        #[test]
        fn what_was_heard_does_not_depend_on_how_it_arrived(
            signs in prop::collection::vec((0usize..2, 0i64..100, any::<bool>()), 0..12),
            cut in 0usize..12,
        ) {
            let noted = |signs: &[(usize, i64, bool)]| {
                let mut heard = Heard::default();
                for (source, time, beats) in signs {
                    let sign = if *beats { Sign::Heartbeat { interval: 0 } } else { Sign::Event };
                    heard.note(["/a", "/b"][*source], *time, sign, &mut Sums::default());
                }
                heard
            };
            let (first, second) = signs.split_at(cut.min(signs.len()));
            let mut merged = noted(second);
            merged.merge(&noted(first));
            prop_assert_eq!(merged, noted(&signs));
        }
    }
}
