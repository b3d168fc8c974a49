//! What people do about an alert: take it on, close it, say whether it was any use.
//!
//! Each action is idempotent: done again it changes nothing. Each leaves a line in the time line that
//! says who; a person is named by role and the id in their token, never by more.
//!
//! An alert that somebody [resolved](Alert::resolve_by_hand) while its condition still holds is not
//! opened by the next tick: they know. It stays closed until the value was beyond the close level
//! once, after which it lives as any other; or until everything that the rule judges happened after
//! they closed it (its window has passed; half an hour at least, two hours at most). What holds even
//! then is news, and opens as a new alert, so nothing that goes on is ever forgotten.

use serde::{Deserialize, Serialize};

use super::{Acknowledgement, Alert, AlertState, REOPEN_WITHIN};
use crate::minute::MINUTE;

/// What is resolved by hand stays closed for no longer while its condition holds, in nanoseconds.
pub const CLOSED_AT_MOST: i64 = 120 * MINUTE;

/// Whether an alert was worth a person's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Usefulness {
    /// It led to something.
    Useful,
    /// It should not have been sent.
    Noise,
}

impl Usefulness {
    /// All.
    pub const ALL: [Self; 2] = [Self::Useful, Self::Noise];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Useful => "useful",
            Self::Noise => "noise",
        }
    }

    /// The one of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

/// What somebody said of an alert last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// What.
    pub usefulness: Usefulness,
    /// Who.
    pub by: String,
    /// When, in nanoseconds.
    pub at: i64,
}

/// What a person does about an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Takes it on.
    Acknowledge,
    /// Says that it is over.
    Resolve,
    /// Says whether it was any use.
    Judge(Usefulness),
}

/// Why an action can not be done: the state that the alert is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// Nobody was told of it, and it may come to nothing.
    #[error("it is pending and nobody was told of it: wait until it fires")]
    Pending,
    /// There is nothing to take on any more.
    #[error("it is resolved already: there is nothing to acknowledge, feedback can still be given")]
    Resolved,
}

impl Alert {
    /// Does it for this person; `false` where it was done already, and nothing changes.
    pub fn act(&mut self, action: Action, by: &str, at: i64) -> Result<bool, ActionError> {
        if self.state == AlertState::Pending {
            return Err(ActionError::Pending);
        }
        match action {
            Action::Acknowledge => match self.state {
                AlertState::Resolved if self.acknowledged.is_none() => Err(ActionError::Resolved),
                _ => Ok(self.acknowledge(by, at)),
            },
            Action::Resolve => Ok(self.resolve_by_hand(by, at)),
            Action::Judge(usefulness) => Ok(self.judge(usefulness, by, at)),
        }
    }

    /// Somebody takes it on; `false` where it is not firing.
    pub fn acknowledge(&mut self, by: &str, at: i64) -> bool {
        if self.state != AlertState::Firing {
            return false;
        }
        self.state = AlertState::Acknowledged;
        self.acknowledged = Some(Acknowledgement { by: by.to_owned(), at });
        self.was_acknowledged = true;
        self.note(at, format!("acknowledged by {by}"));
        true
    }

    /// Somebody says that it is over; `false` where it is.
    pub fn resolve_by_hand(&mut self, by: &str, at: i64) -> bool {
        if !matches!(self.state, AlertState::Firing | AlertState::Acknowledged) {
            return false;
        }
        self.frozen_since = None;
        self.resolve(at, &format!("resolved by {by}"));
        let window = i64::from(self.evidence.window) * MINUTE;
        self.closed_until = Some(at + window.clamp(REOPEN_WITHIN, CLOSED_AT_MOST));
        true
    }

    fn judge(&mut self, usefulness: Usefulness, by: &str, at: i64) -> bool {
        if self.feedback.as_ref().is_some_and(|said| said.usefulness == usefulness) {
            return false;
        }
        self.feedback = Some(Feedback { usefulness, by: by.to_owned(), at });
        self.note(at, format!("marked {} by {by}", usefulness.as_str()));
        true
    }

    /// Whether it is over for so long that it can not open again, and is only history.
    pub fn is_history(&self, now: i64) -> bool {
        let is_old = self.resolved.is_some_and(|resolved| now - resolved > REOPEN_WITHIN);
        let is_kept_closed = self.closed_until.is_some_and(|until| now < until);
        is_old && !is_kept_closed && self.pending_notifications.is_empty()
    }
}

#[cfg(test)]
#[path = "actions_tests.rs"]
mod tests;
