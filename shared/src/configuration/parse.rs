//! Configuration from YAML. Every problem is reported at once, with the version, the field and the
//! remedy.
//!
//! ```yaml
//! versions:
//!   - service_level_seconds: { default: 20, vip: 10 }    # by queue
//!     silent_minutes: { default: 2, email: 1440 }        # by channel
//!     low_confidence: 0.5
//!     agent_minute_usd: 0.8
//!     first_response_seconds: { default: 120, vip: 30 }  # by queue
//!     resolution_seconds: { default: 86400 }             # by queue
//!   - from: 2026-03-01T00:00:00Z
//!     low_confidence: 0.6
//! ```
//!
//! A version says all that is set while it is in force: what it leaves out has its default.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Configuration, Durations, Settings, Version};
use crate::{
    decode::CHANNELS,
    minute::{self, MINUTE, SECOND},
};

/// No target is longer, in seconds or minutes: a year.
const LONGEST_SECONDS: f64 = 365.0 * 86_400.0;
/// No minute of an agent costs more, in dollars.
const DEAREST_MINUTE: f64 = 10_000.0;

/// Why a configuration does not load: all problems, each with its remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("\n"))]
pub struct ConfigurationError {
    /// One sentence each.
    pub problems: Vec<String>,
}

/// Reads a configuration; see the module's own documentation for its form.
pub fn parse(yaml: &str) -> Result<Configuration, ConfigurationError> {
    let options = serde_saphyr::Options {
        strict_booleans: true,
        with_snippet: false,
        ..serde_saphyr::Options::default()
    };
    let mut document: Map<String, Value> = serde_saphyr::from_str_with_options(yaml, options)
        .map_err(|error| one(format!("not readable as YAML: {error}")))?;
    let mut problems = Vec::new();
    let listed = if let Some(Value::Array(listed)) = document.remove("versions") {
        listed
    } else {
        problems.push("`versions` is missing: write `versions:` and a list below it".to_owned());
        Vec::new()
    };
    for key in document.keys() {
        problems.push(format!("`{key}` is unknown: only `versions` may stand at the top"));
    }
    let mut versions: Vec<Version> = Vec::new();
    for (index, value) in listed.into_iter().enumerate() {
        let label = format!("version {}", index + 1);
        let Value::Object(left) = value else {
            problems.push(format!("{label} is not a mapping: write `- low_confidence: 0.5` etc."));
            continue;
        };
        let mut fields = Fields { label, left, problems: &mut problems };
        let from = fields.from(index == 0);
        let settings = fields.settings();
        if let Some(from) = from {
            if versions.last().is_some_and(|last| last.from >= from) {
                fields.problem("from", "is not after the version before: put versions in order");
            }
            versions.push(Version { from, settings });
        }
    }
    if !problems.is_empty() {
        return Err(ConfigurationError { problems });
    }
    Configuration::new(versions).map_err(|error| one(error.to_string()))
}

fn one(problem: String) -> ConfigurationError {
    ConfigurationError { problems: vec![problem] }
}

/// What is left of one version's fields; reading takes them out.
struct Fields<'a> {
    label: String,
    left: Map<String, Value>,
    problems: &'a mut Vec<String>,
}

impl Fields<'_> {
    fn settings(&mut self) -> Settings {
        let mut settings = Settings::default();
        self.durations("service_level_seconds", SECOND, &mut settings.service_level);
        self.durations("silent_minutes", MINUTE, &mut settings.silent_after);
        self.durations("first_response_seconds", SECOND, &mut settings.first_response);
        self.durations("resolution_seconds", SECOND, &mut settings.resolution);
        for channel in settings.silent_after.named.keys() {
            if !CHANNELS.iter().any(|(known, ())| known == channel) {
                let known = CHANNELS.map(|(channel, ())| channel).join(", ");
                let problem = format!("names `{channel}`: want default or channels of {known}");
                self.problem("silent_minutes", &problem);
            }
        }
        if let Some(share) = self.millionths("low_confidence", 1.0) {
            settings.low_confidence = u32::try_from(share).unwrap_or(settings.low_confidence);
        }
        settings.agent_minute = self.millionths("agent_minute_usd", DEAREST_MINUTE);
        let known = "from, service_level_seconds, silent_minutes, low_confidence, \
                     agent_minute_usd, first_response_seconds, resolution_seconds";
        for field in std::mem::take(&mut self.left).keys() {
            self.problem(field, &format!("is unknown: known are {known}"));
        }
        settings
    }

    fn problem(&mut self, field: &str, what: &str) {
        self.problems.push(format!("{}: `{field}` {what}", self.label));
    }

    fn take(&mut self, field: &str) -> Option<Value> {
        self.left.remove(field).filter(|value| !value.is_null())
    }

    /// The start of a version: the first is in force from the beginning of time.
    fn from(&mut self, is_first: bool) -> Option<i64> {
        let given = self.take("from");
        if is_first {
            if given.is_some() {
                self.problem(
                    "from",
                    "is not for the first version, which holds from the beginning: \
                                      remove it",
                );
            }
            return Some(i64::MIN);
        }
        let time = given.as_ref().and_then(Value::as_str).and_then(|text| text.parse().ok());
        if time.is_none() {
            let remedy = "say since when, such as 2026-03-01T00:00:00Z";
            self.problem("from", &format!("is not a time: {remedy}"));
        }
        time.map(|time: Timestamp| minute::nanoseconds(time))
    }

    fn durations(&mut self, field: &str, unit: i64, durations: &mut Durations) {
        let Some(value) = self.take(field) else { return };
        let Value::Object(entries) = value else {
            self.problem(field, &format!("is not a mapping: write `{field}: {{ default: 20 }}`"));
            return;
        };
        for (name, value) in entries {
            let Some(duration) = nanoseconds(&value, unit) else {
                let problem =
                    format!("gives `{name}` no duration: want a number above 0, at most a year");
                self.problem(field, &problem);
                continue;
            };
            if name == "default" {
                durations.default = Some(duration);
            } else {
                durations.named.insert(name, duration);
            }
        }
    }

    fn millionths(&mut self, field: &str, most: f64) -> Option<i64> {
        let number = self.take(field)?.as_f64().filter(|number| (0.0..=most).contains(number));
        if number.is_none() {
            self.problem(field, &format!("is out of range: want a number of 0 to {most}"));
        }
        number.map(|number| rounded(number * 1e6))
    }
}

fn nanoseconds(value: &Value, unit: i64) -> Option<i64> {
    #[expect(clippy::cast_precision_loss, reason = "a second or a minute")]
    let unit = unit as f64;
    let longest = LONGEST_SECONDS * 1e9;
    let duration = value.as_f64()? * unit;
    (duration >= 1.0 && duration <= longest).then(|| rounded(duration))
}

#[expect(clippy::cast_possible_truncation, reason = "within bounds that an i64 holds")]
fn rounded(number: f64) -> i64 {
    libm::round(number) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_configuration_is_read() {
        let configuration = parse(
            "
versions:
  - service_level_seconds: { default: 30, vip: 10 }
    silent_minutes: { email: 1440 }
    low_confidence: 0.6
    agent_minute_usd: 0.8
    first_response_seconds: { vip: 30 }
    resolution_seconds: { default: 0.5 }
  - from: 2026-03-01T00:00:00Z
",
        )
        .unwrap();
        let settings = configuration.at(0);
        let seconds = |seconds: i64| Some(seconds * SECOND);
        assert_eq!(settings.service_level.of("vip"), seconds(10));
        assert_eq!(settings.service_level.of("other"), seconds(30));
        assert_eq!(settings.silent_after.of("email"), seconds(86_400));
        assert_eq!(settings.silent_after.of("chat"), seconds(120));
        assert_eq!(settings.low_confidence, 600_000);
        assert_eq!(settings.agent_minute, Some(800_000));
        assert_eq!(settings.first_response.of("vip"), seconds(30));
        assert_eq!(settings.first_response.of("other"), None);
        assert_eq!(settings.resolution.of("vip"), Some(SECOND / 2));
        let later = 1_772_323_200 * SECOND;
        assert_eq!(configuration.at(later - 1), settings);
        assert_eq!(configuration.at(later), &Settings::default());
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let yaml = "
colour: red
versions:
  - { from: 2026-01-01T00:00:00Z, low_confidence: 2, silent_minutes: { e-mail: 3, chat: 0 } }
  - { from: soon, agent_minute_usd: -1, service_level_seconds: 20, sla: 3 }
  - { from: 2026-02-01T00:00:00Z, resolution_seconds: { default: 1e9 } }
  - { from: 2026-02-01T00:00:00Z }
  - 3
";
        insta::assert_snapshot!(parse(yaml).unwrap_err(), @r"
        `colour` is unknown: only `versions` may stand at the top
        version 1: `from` is not for the first version, which holds from the beginning: remove it
        version 1: `silent_minutes` gives `chat` no duration: want a number above 0, at most a year
        version 1: `silent_minutes` names `e-mail`: want default or channels of voice, chat, messaging, email, sms, social, web
        version 1: `low_confidence` is out of range: want a number of 0 to 1
        version 2: `from` is not a time: say since when, such as 2026-03-01T00:00:00Z
        version 2: `service_level_seconds` is not a mapping: write `service_level_seconds: { default: 20 }`
        version 2: `agent_minute_usd` is out of range: want a number of 0 to 10000
        version 2: `sla` is unknown: known are from, service_level_seconds, silent_minutes, low_confidence, agent_minute_usd, first_response_seconds, resolution_seconds
        version 3: `resolution_seconds` gives `default` no duration: want a number above 0, at most a year
        version 4: `from` is not after the version before: put versions in order
        version 5 is not a mapping: write `- low_confidence: 0.5` etc.
        ");
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        for yaml in ["", "[]", "versions: 3", "versions:\n - low_confidence: [", "a: 1\na: 2"] {
            assert!(parse(yaml).is_err(), "{yaml}");
        }
        assert_eq!(parse("versions: []"), Ok(Configuration::default()));
    }
}
