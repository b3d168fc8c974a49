//! Configuration: the whole environment, typed, every problem reported at once.

use tocsin_domain::minute::DAY;

use crate::vault::Vault;

/// What the functions are told when they start.
#[derive(Clone)]
pub struct Config {
    /// Table of everything but text.
    pub state_table: String,
    /// Table of masked text.
    pub text_table: String,
    /// Queue from ingest to rollup.
    pub events_queue: String,
    /// Queue of scoring ticks.
    pub ticks_queue: String,
    /// Queue from score to fanout.
    pub alerts_queue: String,
    /// SNS topic by severity: page, warning, info.
    pub topics: Topics,
    /// The secrets from which tenants' keys are derived.
    pub vault: Vault,
    /// Where people reach the console; the base of links.
    pub console_url: String,
    /// How long things are kept.
    pub retention: Retention,
}

/// SNS topics by severity.
#[derive(Clone, Debug)]
pub struct Topics {
    /// Wakes somebody.
    pub page: String,
    /// To be looked at today.
    pub warning: String,
    /// For the record.
    pub info: String,
}

/// How long things are kept, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Late events are accepted for so long.
    pub accept_late: i64,
    /// Conversations, after their last event.
    pub conversations: i64,
    /// Customers' visits, after their start or last trial.
    pub visits: i64,
    /// Rollups by minute.
    pub minutes: i64,
    /// Rollups by hour, alerts, audit.
    pub hours: i64,
    /// Text.
    pub texts: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            accept_late: 7 * DAY,
            conversations: 52 * DAY,
            visits: 38 * DAY,
            minutes: 35 * DAY,
            hours: 400 * DAY,
            texts: 30 * DAY,
        }
    }
}

impl Retention {
    /// What virtual time implies: a recorded month can be replayed and looked at.
    pub fn virtual_time() -> Self {
        let (accept_late, kept) = (40 * DAY, 90 * DAY);
        let default = Self::default();
        Self { accept_late, conversations: kept, visits: kept, minutes: kept, ..default }
    }

    /// The same with later events accepted: what they revise must still be there then.
    #[must_use]
    pub fn accepting_late(self, accept_late: i64) -> Self {
        let later = accept_late.saturating_sub(self.accept_late).max(0);
        let kept = |usual: i64| usual.saturating_add(later);
        Self {
            accept_late,
            conversations: kept(self.conversations),
            visits: kept(self.visits),
            minutes: kept(self.minutes),
            hours: kept(self.hours),
            ..self
        }
    }
}

/// All that is wrong with the environment.
#[derive(Debug, thiserror::Error)]
#[error("bad configuration: {}", .0.join("; "))]
pub struct ConfigError(Vec<String>);

impl Config {
    /// Reads the process environment. The only place that may.
    pub fn from_env() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let mut text = |name: &str| {
            lookup(name).filter(|value| !value.is_empty()).unwrap_or_else(|| {
                problems.push(format!("{name} is not set"));
                String::new()
            })
        };
        let mut config = Self {
            state_table: text("STATE_TABLE"),
            text_table: text("TEXT_TABLE"),
            events_queue: text("EVENTS_QUEUE_URL"),
            ticks_queue: text("TICKS_QUEUE_URL"),
            alerts_queue: text("ALERTS_QUEUE_URL"),
            topics: Topics {
                page: text("PAGE_TOPIC_ARN"),
                warning: text("WARNING_TOPIC_ARN"),
                info: text("INFO_TOPIC_ARN"),
            },
            vault: Vault::new(Vec::new()),
            console_url: text("CONSOLE_URL"),
            retention: Retention::default(),
        };
        let secret = text("MASTER_SECRET");
        match Vault::parse(&secret) {
            Ok(vault) => config.vault = vault,
            Err(_) if secret.is_empty() => {}
            Err(error) => problems.push(format!("MASTER_SECRET is not usable: {error}")),
        }
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_every_problem_at_once() {
        let lookup = |name: &str| match name {
            "MASTER_SECRET" => Some("c2hvcnQ=".to_owned()),
            "STATE_TABLE" | "TEXT_TABLE" => None,
            _ => Some("x".to_owned()),
        };
        let error = Config::from_lookup(lookup).err().map(|error| error.to_string());
        assert_eq!(
            error.as_deref(),
            Some(
                "bad configuration: STATE_TABLE is not set; TEXT_TABLE is not set; \
             MASTER_SECRET is not usable: it is neither the base64 of at least 32 bytes nor a list \
             such as `2:<base64>,1:<base64>`"
            )
        );
    }
}
