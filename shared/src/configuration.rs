//! Configuration: what a company sets for itself, as an input of the fold.
//!
//! It comes in versions, each in force from its start until the next one's and never edited. A
//! contribution uses the version in force at the time of the event that decides it, so that what a
//! conversation contributes stays a function of its events and of the configuration.
//!
//! Invariants: versions are in the order of their starts, no two start at once, and the first is in
//! force from the beginning of time. The fields are private, so no other configuration can be made.

mod parse;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use parse::{ConfigurationError, parse};

use crate::minute::{MINUTE, SECOND};

/// All versions of what a company set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Version>", into = "Vec<Version>")]
pub struct Configuration(Vec<Version>);

/// What is set from a time on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// In force from here, in nanoseconds of the Unix epoch.
    pub from: i64,
    /// What is set.
    pub settings: Settings,
}

/// What a company may set. Where something is absent, a metric that needs it has no data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// By queue: who is answered within this is within the service level.
    pub service_level: Durations,
    /// By channel: a customer message unanswered for longer makes its conversation silent.
    pub silent_after: Durations,
    /// Confidence below this is low, in millionths.
    pub low_confidence: u32,
    /// What a minute of an agent's time costs, in millionths of a dollar.
    pub agent_minute: Option<i64>,
    /// By queue: the first response is due so long after the start.
    pub first_response: Durations,
    /// By queue: the resolution is due so long after the start.
    pub resolution: Durations,
}

/// Durations by name, in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// For every name that has none of its own.
    pub default: Option<i64>,
    /// For these names.
    pub named: BTreeMap<String, i64>,
}

/// Why versions are no configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("versions of a configuration must be in the order of their starts, no two at once")]
pub struct InvalidOrder;

impl Configuration {
    /// These versions; before the first, what is set by default.
    pub fn new(mut versions: Vec<Version>) -> Result<Self, InvalidOrder> {
        if !versions.is_sorted_by(|a, b| a.from < b.from) {
            return Err(InvalidOrder);
        }
        if versions.first().is_none_or(|first| first.from > i64::MIN) {
            versions.insert(0, Version { from: i64::MIN, settings: Settings::default() });
        }
        Ok(Self(versions))
    }

    /// What was set at this time, in nanoseconds of the Unix epoch.
    pub fn at(&self, time: i64) -> &Settings {
        let begun = self.0.partition_point(|version| version.from <= time);
        // The first version is in force from the beginning of time.
        &self.0[begun.saturating_sub(1)].settings
    }
}

impl Configuration {
    /// Whether this is what was there before and, from `earliest` on, more: no version is edited,
    /// and none comes into force before every reader has had the time to read it.
    pub fn extends(&self, before: &Self, earliest: i64) -> bool {
        let added = self.0.strip_prefix(before.0.as_slice());
        added.is_some_and(|added| added.iter().all(|version| version.from >= earliest))
    }
}

impl Default for Configuration {
    fn default() -> Self {
        Self(vec![Version { from: i64::MIN, settings: Settings::default() }])
    }
}

impl TryFrom<Vec<Version>> for Configuration {
    type Error = InvalidOrder;

    fn try_from(versions: Vec<Version>) -> Result<Self, InvalidOrder> {
        Self::new(versions)
    }
}

impl From<Configuration> for Vec<Version> {
    fn from(configuration: Configuration) -> Self {
        configuration.0
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            service_level: Durations::all(20 * SECOND),
            silent_after: Durations::all(2 * MINUTE),
            low_confidence: 500_000,
            agent_minute: None,
            first_response: Durations::default(),
            resolution: Durations::default(),
        }
    }
}

impl Durations {
    /// The same for every name.
    pub fn all(nanoseconds: i64) -> Self {
        Self { default: Some(nanoseconds), named: BTreeMap::new() }
    }

    /// The duration for this name.
    pub fn of(&self, name: &str) -> Option<i64> {
        self.named.get(name).copied().or(self.default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(from: i64, low_confidence: u32) -> Version {
        Version { from, settings: Settings { low_confidence, ..Settings::default() } }
    }

    #[test]
    fn a_version_is_in_force_from_its_start_until_the_next_ones() {
        let configuration = Configuration::new(vec![version(10, 1), version(20, 2)]).unwrap();
        for (time, expect) in
            [(i64::MIN, 500_000), (9, 500_000), (10, 1), (19, 1), (20, 2), (i64::MAX, 2)]
        {
            assert_eq!(configuration.at(time).low_confidence, expect, "{time}");
        }
    }

    #[test]
    fn versions_out_of_order_or_at_once_are_refused() {
        for times in [[2, 1], [1, 1]] {
            let versions = times.map(|time| version(time, 1)).to_vec();
            assert_eq!(Configuration::new(versions.clone()), Err(InvalidOrder));
            let stored = serde_json::to_string(&versions).unwrap();
            assert!(serde_json::from_str::<Configuration>(&stored).is_err());
        }
    }

    #[test]
    fn versions_are_added_ahead_of_their_time_and_never_edited() {
        let of = |versions: &[Version]| Configuration::new(versions.to_vec()).unwrap();
        let before = of(&[version(10, 1)]);
        for (versions, extends) in [
            (&[version(10, 1)][..], true),
            (&[version(10, 1), version(100, 2), version(200, 3)], true),
            (&[version(10, 1), version(99, 2)], false),
            (&[version(10, 2), version(100, 2)], false),
            (&[version(100, 2)], false),
            (&[], false),
        ] {
            assert_eq!(of(versions).extends(&before, 100), extends, "{versions:?}");
        }
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let configuration = Configuration::new(vec![version(10, 1)]).unwrap();
        let stored = serde_json::to_string(&configuration).unwrap();
        assert_eq!(serde_json::from_str::<Configuration>(&stored).unwrap(), configuration);
        // A setting that the version which wrote it did not know has its default.
        let older = format!(r#"[{{"from":{},"settings":{{}}}}]"#, i64::MIN);
        assert_eq!(
            serde_json::from_str::<Configuration>(&older).unwrap(),
            Configuration::default()
        );
    }
}
