//! The environment: typed, and every problem of it reported at once.
//!
//! A function is told only what it uses (`infra/template.yaml`), so each reads its own part:
//!
//! ```no_run
//! use tocsin_shell::config::{ConfigError, Environment};
//!
//! let environment = Environment::of_process();
//! let (tables, queue) = (environment.tables(), environment.text("EVENTS_QUEUE_URL"));
//! environment.complete()?;
//! # Ok::<_, ConfigError>(())
//! ```

use std::cell::RefCell;

use aws_config::SdkConfig;
use rustls::RootCertStore;
use rustls_pki_types::{CertificateDer, pem::PemObject};
use tocsin_domain::minute::DAY;

use crate::aws;

/// SNS topics: by severity, and others.
#[derive(Clone, Debug)]
pub struct Topics {
    /// Wakes somebody.
    pub page: String,
    /// To be looked at today.
    pub warning: String,
    /// For the record.
    pub info: String,
    /// Wakes the next one, where nobody took a page on.
    pub escalation: String,
    /// Read by Amazon Q Developer in chat applications.
    pub chat: String,
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

/// Names of the two tables.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Of everything but text.
    pub state: String,
    /// Of masked text.
    pub texts: String,
}

/// What a function is told when it starts.
pub struct Environment<Lookup> {
    lookup: Lookup,
    problems: RefCell<Vec<String>>,
}

/// A variable of the process environment. The only place that reads it.
pub(crate) fn of_process(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
    std::env::var(name).ok()
}

impl Environment<aws::Lookup> {
    /// The process environment.
    pub fn of_process() -> Self {
        Self::new(of_process)
    }

    /// What clients of AWS are made of; Lambda itself says where it runs.
    pub fn sdk(&self) -> SdkConfig {
        aws::config(self.text("AWS_REGION"), self.authorities(), self.lookup)
    }
}

impl<Lookup: Fn(&str) -> Option<String>> Environment<Lookup> {
    fn new(lookup: Lookup) -> Self {
        Self { lookup, problems: RefCell::default() }
    }

    /// A variable that must be set; empty where it is not, which [`Self::complete`] reports.
    pub fn text(&self, name: &str) -> String {
        (self.lookup)(name).filter(|value| !value.is_empty()).unwrap_or_else(|| {
            self.problems.borrow_mut().push(format!("{name} is not set"));
            String::new()
        })
    }

    /// The certificates of a file that `AWS_CA_BUNDLE` names: whom to trust where something stands between
    /// the function and AWS and opens what passes.
    fn authorities(&self) -> Option<Vec<u8>> {
        let path = (self.lookup)("AWS_CA_BUNDLE").filter(|path| !path.is_empty())?;
        let read = std::fs::read(&path).map_err(|error| error.to_string());
        let checked = read.and_then(|pem| {
            let mut known = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let certificate = certificate.map_err(|error| error.to_string())?;
                known.add(certificate).map_err(|error| error.to_string())?;
            }
            if known.is_empty() { Err("it holds none".to_owned()) } else { Ok(pem) }
        });
        let problem = |error| format!("AWS_CA_BUNDLE is no file of certificates: {path}: {error}");
        checked.map_err(|error| self.problems.borrow_mut().push(problem(error))).ok()
    }

    /// The tables.
    pub fn tables(&self) -> Tables {
        Tables { state: self.text("STATE_TABLE"), texts: self.text("TEXT_TABLE") }
    }

    /// The topics.
    pub fn topics(&self) -> Topics {
        Topics {
            page: self.text("PAGE_TOPIC_ARN"),
            warning: self.text("WARNING_TOPIC_ARN"),
            info: self.text("INFO_TOPIC_ARN"),
            escalation: self.text("ESCALATION_TOPIC_ARN"),
            chat: self.text("CHAT_TOPIC_ARN"),
        }
    }

    /// Whether all that was asked for was there.
    pub fn complete(self) -> Result<(), ConfigError> {
        let problems = self.problems.into_inner();
        if problems.is_empty() { Ok(()) } else { Err(ConfigError(problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_those_of_the_file_that_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("good"), include_bytes!("amazon-authorities.pem")).unwrap();
        std::fs::write(path("empty"), "no PEM at all").unwrap();
        for (name, within) in [("torn", "?"), ("other", "AAAA")] {
            let pem = format!("-----BEGIN CERTIFICATE-----\n{within}\n-----END CERTIFICATE-----\n");
            std::fs::write(path(name), pem).unwrap();
        }
        let bad = ["empty", "torn", "other", "absent"].map(|name| (name, false));
        for (name, is_good) in [("good", true)].into_iter().chain(bad) {
            let environment = Environment::new(|_: &str| Some(path(name)));
            assert_eq!(environment.authorities().is_some(), is_good, "{name}");
            let problem = environment.complete().map_err(|error| error.to_string());
            let is_named = |error: &String| error.contains("AWS_CA_BUNDLE") && error.contains(name);
            assert!(is_good == problem.is_ok() && problem.as_ref().err().is_none_or(is_named));
        }
        assert_eq!(Environment::new(|_: &str| None).authorities(), None);
    }

    #[test]
    fn reports_every_problem_at_once() {
        let environment = Environment::new(|name: &str| match name {
            "STATE_TABLE" => None,
            "PAGE_TOPIC_ARN" => Some(String::new()),
            _ => Some("x".to_owned()),
        });
        assert_eq!(
            (environment.tables().texts, environment.topics().info),
            ("x".into(), "x".into())
        );
        let error = environment.complete().unwrap_err().to_string();
        assert_eq!(error, "bad configuration: STATE_TABLE is not set; PAGE_TOPIC_ARN is not set");
    }
}
