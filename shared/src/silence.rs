//! Silences: for a time, nobody is told of some alerts.
//!
//! An alert that a silence [covers](Silence::covers) lives and is shown as any other, and is not
//! delivered. What is still firing when its silence ends is delivered then, once; what began and
//! ended meanwhile never is. Every silence has a reason, an end within [`LONGEST`], and a maker.
//!
//! Not to be confused with [`crate::rule::Silence`], which is that of a source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    alert::{Alert, AlertState},
    dimension::{Dimension, Extra},
    id::short_hash,
    metric::Metric,
    minute::{DAY, Minute, timestamp},
    privacy::mask,
    rule::Severity,
    sabotage::{self, Sabotage},
};

/// No silence lasts longer, in nanoseconds: what is longer is a change of the rules.
pub const LONGEST: i64 = 30 * DAY;
/// Characters of a reason at most.
pub const LONGEST_REASON: usize = 200;
/// Characters of a dimension's value at most.
const LONGEST_VALUE: usize = 256;

/// Which alerts: those of which all that is given is true.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matcher {
    /// Of this rule.
    pub rule: Option<String>,
    /// About this metric.
    pub metric: Option<Metric>,
    /// So urgent.
    pub severity: Option<Severity>,
    /// In cells with these values, by dimension.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
}

/// For a time, nobody is told of some alerts. Times are nanoseconds of the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Minute in which it was made, ten digits, `-` and a hash of what it says: sorts by time.
    pub id: String,
    /// Which alerts.
    pub matcher: Matcher,
    /// Why, in words without personal data.
    pub reason: String,
    /// Who made it.
    pub by: String,
    /// From when.
    pub from: i64,
    /// Until when, exclusive.
    pub until: i64,
    /// Who ended it before its time.
    #[serde(default)]
    pub ended_by: Option<String>,
}

/// The silence that covers an alert, as the alert remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silenced {
    /// Which.
    pub id: String,
    /// Who made it.
    pub by: String,
    /// Until when, in nanoseconds.
    pub until: i64,
}

/// What is wrong with a silence, by field, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct SilenceError {
    /// Which field.
    pub field: &'static str,
    /// What is wrong, and what to do.
    pub detail: String,
}

fn wrong<T>(field: &'static str, detail: impl Into<String>) -> Result<T, SilenceError> {
    Err(SilenceError { field, detail: detail.into() })
}

impl Matcher {
    fn check(&self) -> Result<(), SilenceError> {
        let is_all = self.rule.is_none() && self.metric.is_none() && self.severity.is_none();
        if is_all && self.dimensions.is_empty() {
            let detail =
                "say which alerts: at least one of `rule`, `metric`, `severity` and `dimensions`";
            return wrong("rule", detail);
        }
        let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_rule = |name: &str| (1..=64).contains(&name.len()) && name.bytes().all(is_name);
        if self.rule.as_deref().is_some_and(|name| !is_rule(name)) {
            return wrong("rule", "want the name of a rule: 1 to 64 of a-z, 0-9 and `-`");
        }
        let own = self.metric.and_then(|metric| metric.definition().extra).map(Extra::as_str);
        for (name, value) in &self.dimensions {
            if Dimension::parse(name).is_none() && own != Some(name.as_str()) {
                let known = Dimension::ALL.map(Dimension::as_str).join(", ");
                return wrong("dimensions", format!("there is no such dimension: use {known}"));
            }
            let length = value.chars().count();
            if length == 0 || length > LONGEST_VALUE || value.contains(char::is_control) {
                return wrong("dimensions", "want a value of 1 to 256 characters in one line");
            }
        }
        Ok(())
    }

    fn matches(&self, alert: &Alert) -> bool {
        let in_cell = |(name, value): (&String, &String)| {
            alert.cell.iter().any(|(other, own)| other == name && own == value)
        };
        self.rule.as_ref().is_none_or(|rule| *rule == alert.rule)
            && self.metric.is_none_or(|metric| metric == alert.metric)
            && self.severity.is_none_or(|severity| severity == alert.severity)
            && self.dimensions.iter().all(in_cell)
    }
}

impl Silence {
    /// A silence from now on. The reason is stored masked: people write names into such fields.
    pub fn new(
        matcher: Matcher,
        reason: &str,
        until: i64,
        by: &str,
        now: i64,
    ) -> Result<Self, SilenceError> {
        matcher.check()?;
        let reason = mask(reason.trim());
        let length = reason.chars().count();
        if length == 0 || length > LONGEST_REASON || reason.contains(char::is_control) {
            return wrong("reason", "say why, in 1 to 200 characters in one line");
        }
        if until <= now {
            return wrong("end", "is over already: want a time after now");
        }
        if until - now > LONGEST {
            let detail = "want at most 30 days from now: what is to be silent longer is a rule to be changed";
            return wrong("end", detail);
        }
        let said = serde_json::to_string(&matcher).unwrap_or_default();
        let times = [now.to_be_bytes(), until.to_be_bytes()].concat();
        let hash = short_hash(&[said.as_bytes(), reason.as_bytes(), by.as_bytes(), &times]);
        Ok(Self {
            id: format!("{:010}-{hash:016x}", Minute::of(now).0),
            matcher,
            reason: reason.into_owned(),
            by: by.to_owned(),
            from: now,
            until,
            ended_by: None,
        })
    }

    /// Whether nobody is to be told of this alert now.
    pub fn covers(&self, alert: &Alert, now: i64) -> bool {
        self.is_active(now) && self.matcher.matches(alert)
    }

    /// Whether it holds now.
    pub fn is_active(&self, now: i64) -> bool {
        self.from <= now && now < self.until
    }

    /// As an alert remembers it.
    pub fn mark(&self) -> Silenced {
        Silenced { id: self.id.clone(), by: self.by.clone(), until: self.until }
    }

    /// Ends it before its time; `false` where it is over already.
    pub fn end(&mut self, by: &str, now: i64) -> bool {
        if now >= self.until {
            return false;
        }
        self.until = now;
        self.ended_by = Some(by.to_owned());
        true
    }
}

/// Of the silences that cover an alert the one that lasts longest.
pub fn covering<'a>(silences: &'a [Silence], alert: &Alert, now: i64) -> Option<&'a Silence> {
    silences.iter().filter(|one| one.covers(alert, now)).max_by_key(|one| one.until)
}

impl Alert {
    /// Marks it as silenced, or as no longer so; `false` where nothing changed. What that keeps from
    /// people is decided by [`crate::policy`], from the mark.
    pub fn silence(&mut self, silences: &[Silence], now: i64) -> bool {
        let is_told = match self.state {
            AlertState::Pending => true,
            AlertState::Resolved => self.pending_notifications.is_empty(),
            AlertState::Firing | AlertState::Acknowledged => false,
        };
        let is_ignored = is_told || sabotage::is(Sabotage::ToldThoughSilenced);
        let found = if is_ignored { None } else { covering(silences, self, now) };
        let silenced = found.map(Silence::mark);
        if self.silenced.is_none() && silenced.is_none() {
            return false;
        }
        if self.silenced == silenced
            || silenced.is_none() && sabotage::is(Sabotage::SilencedForGood)
        {
            return false;
        }
        match &silenced {
            Some(Silenced { by, until, .. }) => {
                let end = timestamp(*until).strftime("%Y-%m-%d %H:%M UTC");
                self.note(now, format!("silenced by {by} until {end}: nobody is told"));
            }
            None if self.state == AlertState::Resolved => {}
            None => self.note(now, "no longer silenced".to_owned()),
        }
        self.silenced = silenced;
        true
    }
}

#[cfg(test)]
mod tests;
