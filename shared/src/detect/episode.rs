//! Episodes: while one is open, only a higher score is news.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Seconds without a new record after which an episode is over.
const LENGTH: i64 = 3 * 3600;

/// The highest score of the episode that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    highest: f64,
    /// Unix second of that score; `None` before the first.
    since: Option<i64>,
}

impl Episode {
    /// Whether a score opens an episode or is the highest of the one that is open.
    pub fn is_record(&mut self, at: Timestamp, score: f64) -> bool {
        let at = at.as_second();
        let is_over = self.since.is_none_or(|since| at.saturating_sub(since) > LENGTH);
        let is_record = score > 0.0 && (is_over || score > self.highest);
        if is_record {
            *self = Self { highest: score, since: Some(at) };
        }
        is_record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_three_hours_of_a_record_only_a_higher_score_is_one() {
        let mut episode = Episode::default();
        let scores = [(0, 2.0, true), (60, 1.0, false), (120, 3.0, true), (10_920, 2.0, false)];
        for (second, score, expected) in scores.into_iter().chain([(10_921, 2.0, true)]) {
            let at = Timestamp::from_second(second).unwrap();
            assert_eq!(episode.is_record(at, score), expected, "{score} at {second}");
        }
    }

    #[test]
    fn no_score_is_no_record() {
        assert!(!Episode::default().is_record(Timestamp::UNIX_EPOCH, 0.0));
    }
}
