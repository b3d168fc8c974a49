//! Alerts: what a rule's verdicts on one cell become over time.
//!
//! Life: pending → firing → acknowledged → resolved.
//!
//! * Opens when the rule says so: at once, or after the rule's `for` of nothing but [`Verdict::Open`].
//! * Resolves after [`CLOSE_DELAY`] of nothing but [`Verdict::Clear`], or after [`SILENCE`] without
//!   data, with a line that says so. In between, no data neither opens nor resolves.
//! * Opens again as the same alert within [`REOPEN_WITHIN`] of resolving; later it is a new one.
//! * What people do about it is [`actions`]; while a [silence](crate::silence) covers it nobody is told.
//!
//! While a source that feeds its cell is silent or incomplete an alert is frozen ([`Alert::freeze`]):
//! it neither fires nor resolves, and every time that must pass begins anew when it is stepped again.
//!
//! An alert of a rule in [`Mode::Shadow`] lives as others do and tells nobody; where a rule changes its
//! mode, what fires ends and begins as another. Who is told of the others, and when, is
//! [`crate::policy`]; what is known of that is the alert's [`Delivery`].
//! What they did over a span of time is [`history`], whether that was any use [`quality`].
//!
//! [`step`] is idempotent: a tick that is not later than the alert's last changes nothing.

pub mod actions;
mod delivery;
pub mod history;
pub mod quality;

use serde::{Deserialize, Serialize};

pub use delivery::{Delivery, FLAPPING, FLAPS_WITHIN, Inhibition, Posting, STEADY, Told};

use crate::{
    evidence::{Affected, Explanation, Fit, Revenue},
    id::{TenantId, short_hash},
    metric::Metric,
    minute::{MINUTE, Minute},
    rule::{Expected, Judgement, Mode, Rule, Severity, Verdict},
    silence::Silenced,
};

use actions::Feedback;

/// How long a value must lie beyond the close level, in nanoseconds.
pub const CLOSE_DELAY: i64 = 5 * MINUTE;
/// Without data for so long an alert resolves, in nanoseconds.
pub const SILENCE: i64 = 60 * MINUTE;
/// Resolved for no longer, an alert opens again as the same, in nanoseconds.
pub const REOPEN_WITHIN: i64 = 30 * MINUTE;
/// Lines of the time line that are kept: the first and the latest.
const TIMELINE_KEPT: usize = 50;

/// Where an alert is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// The condition holds, not yet for long enough.
    Pending,
    /// A person should act.
    Firing,
    /// A person acts.
    Acknowledged,
    /// Over.
    Resolved,
}

impl AlertState {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// What people are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transition {
    /// It began to fire.
    Opened,
    /// It fires again.
    Reopened,
    /// It is over.
    Resolved,
    /// It comes and goes; nothing more is said until it is steady.
    Flapping,
    /// Nobody took it on.
    Escalated,
}

impl Transition {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reopened => "reopened",
            Self::Resolved => "resolved",
            Self::Flapping => "flapping",
            Self::Escalated => "escalated",
        }
    }
}

/// Who took an alert on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The person.
    pub by: String,
    /// When, in nanoseconds.
    pub at: i64,
}

/// A change that was deployed before the alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When, in nanoseconds.
    pub time: i64,
    /// What was changed: prompt, model, knowledge base and so on.
    pub kind: String,
    /// Which one.
    pub name: String,
    /// To what.
    pub version: String,
    /// How well it explains the alert, where that was asked.
    #[serde(default)]
    pub fit: Option<Fit>,
}

/// What an alert rests on; travels with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The value, in the metric's public unit.
    pub value: Option<f64>,
    /// What earlier weeks lead to expect.
    pub expected: Option<Expected>,
    /// Trials, values or occurrences in the window.
    pub n: i64,
    /// What the verdict rests on most, in words, where the figures do not say it.
    #[serde(default)]
    pub reason: Option<String>,
    /// The condition in words.
    pub threshold: String,
    /// Length of the window in minutes.
    pub window: i32,
    /// Keyed hashes of conversations that show it, the worst first.
    pub exemplars: Vec<String>,
    /// What was deployed in the 24 hours before, what fits best first.
    pub changes: Vec<Change>,
    /// What the difference is made of.
    #[serde(default)]
    pub explanation: Explanation,
    /// How many conversations are hit; `None` where nobody can tell.
    #[serde(default)]
    pub affected: Option<Affected>,
    /// Order values behind them, by currency.
    #[serde(default)]
    pub revenue: Vec<Revenue>,
    /// How complete the data is, from 0 to 1; `None` where no source says.
    #[serde(default)]
    pub completeness: Option<f64>,
    /// Conversations that are hit × what it does to each: see [`Rule::harm`].
    #[serde(default)]
    pub impact: Option<f64>,
}

/// One episode of one rule in one cell. All times are nanoseconds of the Unix epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Version of this shape.
    pub version: u32,
    /// Minute of `opened`, ten digits, `-` and the fingerprint: sorts by time.
    pub id: String,
    /// Which tenant, rule and cell: 16 hexadecimal digits.
    pub fingerprint: String,
    /// Name of the rule.
    pub rule: String,
    /// What it judges.
    pub metric: Metric,
    /// Dimension and value; empty for the tenant as a whole.
    pub cell: Vec<(String, String)>,
    /// How urgent.
    pub severity: Severity,
    /// Role of who acts.
    pub owner: String,
    /// What they do first.
    pub next_action: String,
    /// Where more is written.
    pub runbook: Option<String>,
    /// Where it is in its life.
    pub state: AlertState,
    /// When the episode began: stays when it opens again.
    pub opened: i64,
    /// Since when the condition holds, this time.
    pub since: i64,
    /// The latest tick that changed anything.
    pub updated: i64,
    /// When it was over.
    pub resolved: Option<i64>,
    /// Who took it on.
    pub acknowledged: Option<Acknowledgement>,
    /// How often it opened again.
    pub reopened: u32,
    /// The latest minute that was not beyond the close level.
    pub last_bad: Minute,
    /// The latest tick with data that was stored.
    pub last_data: i64,
    /// Since when it lies beyond the close level without a break.
    pub clear_since: Option<i64>,
    /// Since when it is frozen.
    #[serde(default)]
    pub frozen_since: Option<i64>,
    /// Of a rule in shadow mode: shown with a mark, never delivered.
    #[serde(default)]
    pub is_shadow: bool,
    /// What it rests on.
    pub evidence: Evidence,
    /// What happened, in order.
    pub timeline: Vec<(i64, String)>,
    /// Transitions that people are to be told of and that are not known to be out, in order.
    pub pending_notifications: Vec<Transition>,
    /// Whether anybody took it on in any of its rounds.
    #[serde(default)]
    pub was_acknowledged: bool,
    /// What somebody said of it last.
    #[serde(default)]
    pub feedback: Option<Feedback>,
    /// Resolved by hand, it does not open again before, unless it was clear meanwhile.
    #[serde(default)]
    pub closed_until: Option<i64>,
    /// The silence because of which nobody is told.
    #[serde(default)]
    pub silenced: Option<Silenced>,
    /// How it is told.
    #[serde(default)]
    pub delivery: Delivery,
}

/// What to do with the stored alert.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made once a cell and tick, and taken apart at once")]
pub enum Step {
    /// Nothing changed.
    Keep,
    /// Write this one; a new `id` is a new alert beside the old one.
    Store(Alert),
    /// Delete it: it was pending and never fired.
    Drop,
}

/// Which alert a rule's cell belongs to, over all its episodes.
pub fn fingerprint(tenant: &TenantId, rule: &str, cell: &[(String, String)]) -> String {
    let mut parts = vec![tenant.as_str().as_bytes(), rule.as_bytes()];
    for (dimension, value) in cell {
        parts.extend([dimension.as_bytes(), value.as_bytes()]);
    }
    format!("{:016x}", short_hash(&parts))
}

/// Whether this may be the [`Alert::id`] of an alert.
pub fn is_id(text: &str) -> bool {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.split_once('-').is_some_and(|(minute, fingerprint)| {
        minute.len() == 10
            && minute.bytes().all(|byte| byte.is_ascii_digit())
            && fingerprint.len() == 16
            && fingerprint.bytes().all(is_hex)
    })
}

/// Advances a cell's alert by one tick. `existing` is its latest episode; `evidence` is gathered
/// only where it is stored: when the alert begins, and once a minute while it is bad.
pub fn step(
    tenant: &TenantId,
    existing: Option<Alert>,
    rule: &Rule,
    cell: &[(String, String)],
    judgement: &Judgement,
    evidence: impl FnOnce() -> Evidence,
    now: i64,
) -> Step {
    let Some(mut alert) = existing else {
        return begin(tenant, rule, cell, judgement, evidence, now);
    };
    if now <= alert.updated {
        return Step::Keep;
    }
    if alert.frozen_since.is_some() {
        alert.thaw(now);
        let thawed = alert.clone();
        return match advance(tenant, alert, rule, cell, judgement, evidence, now) {
            Step::Keep => Step::Store(thawed),
            other => other,
        };
    }
    advance(tenant, alert, rule, cell, judgement, evidence, now)
}

fn advance(
    tenant: &TenantId,
    alert: Alert,
    rule: &Rule,
    cell: &[(String, String)],
    judgement: &Judgement,
    evidence: impl FnOnce() -> Evidence,
    now: i64,
) -> Step {
    let has_other_mode = alert.is_shadow != (rule.mode == Mode::Shadow);
    match (alert.state, judgement.verdict) {
        (AlertState::Pending, Verdict::Open) if !has_other_mode => {
            alert.pending(rule, evidence, now)
        }
        (AlertState::Pending, _) => Step::Drop,
        (AlertState::Firing | AlertState::Acknowledged, _) if has_other_mode => {
            alert.end(now, "resolved: its rule has another mode now")
        }
        (AlertState::Firing | AlertState::Acknowledged, verdict) => match verdict {
            Verdict::Open | Verdict::Hold => alert.bad(evidence, now),
            Verdict::Clear => alert.clear(judgement, now),
            Verdict::NotEnoughData => alert.silent(now),
        },
        (AlertState::Resolved, Verdict::Open) => {
            let resolved = alert.resolved.unwrap_or(alert.updated);
            match alert.closed_until {
                Some(until) if now < until => Step::Keep,
                None if now - resolved <= REOPEN_WITHIN && !has_other_mode => {
                    alert.reopen(rule, evidence, now)
                }
                _ => begin(tenant, rule, cell, judgement, evidence, now),
            }
        }
        (AlertState::Resolved, Verdict::Clear) if alert.closed_until.is_some() => {
            Step::Store(Alert { closed_until: None, updated: now, ..alert })
        }
        (AlertState::Resolved, Verdict::Hold | Verdict::Clear | Verdict::NotEnoughData) => {
            Step::Keep
        }
    }
}

fn begin(
    tenant: &TenantId,
    rule: &Rule,
    cell: &[(String, String)],
    judgement: &Judgement,
    evidence: impl FnOnce() -> Evidence,
    now: i64,
) -> Step {
    if judgement.verdict != Verdict::Open {
        return Step::Keep;
    }
    let fingerprint = fingerprint(tenant, &rule.name, cell);
    let mut alert = Alert {
        version: 1,
        id: format!("{:010}-{fingerprint}", Minute::of(now).0),
        fingerprint,
        rule: rule.name.clone(),
        metric: rule.selection.metric,
        cell: cell.to_vec(),
        severity: rule.severity,
        owner: rule.owner.clone(),
        next_action: rule.next_action.clone(),
        runbook: rule.runbook.clone(),
        state: AlertState::Pending,
        opened: now,
        since: now,
        updated: now,
        resolved: None,
        acknowledged: None,
        reopened: 0,
        last_bad: Minute::of(now),
        last_data: now,
        clear_since: None,
        frozen_since: None,
        is_shadow: rule.mode == Mode::Shadow,
        evidence: evidence(),
        timeline: vec![(now, format!("condition holds: {}", rule.condition))],
        pending_notifications: Vec::new(),
        was_acknowledged: false,
        feedback: None,
        closed_until: None,
        silenced: None,
        delivery: Delivery::of(rule),
    };
    if rule.hold <= 0 {
        alert.fire(now);
    }
    Step::Store(alert)
}

impl Alert {
    /// Identity of one notification, to be claimed once, however often it is sent again.
    pub fn notification_id(&self, transition: Transition) -> String {
        self.posting_id(Posting { transition, round: self.round(transition) })
    }

    /// The same, of whatever round.
    pub fn posting_id(&self, Posting { transition, round }: Posting) -> String {
        format!("{}-{round}-{}", self.id, transition.as_str())
    }

    fn round(&self, transition: Transition) -> u32 {
        match transition {
            Transition::Opened => 0,
            // Said once, however often it opens again until that is out.
            Transition::Flapping => self.delivery.flaps_from,
            Transition::Reopened | Transition::Resolved | Transition::Escalated => self.reopened,
        }
    }

    /// A publisher has claimed it.
    pub fn claimed(&mut self, transition: Transition) {
        self.pending_notifications.retain(|pending| *pending != transition);
    }

    /// Sets how urgent it is by its impact. While it is open it only becomes more urgent, of which who
    /// is told then is told anew. `before` is the state that this tick found.
    pub fn weigh(&mut self, rule: &Rule, before: Option<AlertState>, now: i64) {
        let weighed = rule.severity_at(self.evidence.impact);
        let was_open = |state| matches!(state, AlertState::Firing | AlertState::Acknowledged);
        if !before.is_some_and(was_open) {
            if weighed != rule.severity && self.severity != weighed {
                self.note(now, format!("{} only, as it hits few", weighed.as_str()));
            }
            self.severity = weighed;
        } else if weighed < self.severity {
            self.severity = weighed;
            self.note(now, format!("{} now, as it hits more", weighed.as_str()));
            if self.state == AlertState::Firing {
                self.reopened += 1;
                self.announce(Transition::Reopened);
            }
        }
    }

    /// What becomes of it while a source that feeds its cell is silent or incomplete.
    pub fn freeze(mut self, source: &str, now: i64) -> Step {
        if self.frozen_since.is_some() || self.state == AlertState::Resolved || now <= self.updated
        {
            return Step::Keep;
        }
        self.frozen_since = Some(now);
        self.delivery.frozen_by = Some(source.to_owned());
        self.updated = now;
        self.note(now, format!("frozen: {source} is silent or incomplete"));
        Step::Store(self)
    }

    /// All that must pass without a break begins anew.
    fn thaw(&mut self, now: i64) {
        self.frozen_since = None;
        self.delivery.frozen_by = None;
        self.clear_since = None;
        self.last_data = now;
        self.updated = now;
        if self.state == AlertState::Pending {
            self.since = now;
        }
        self.note(now, "no longer frozen".to_owned());
    }

    /// What becomes of it when its rule is removed or renamed.
    pub fn retire(self, now: i64) -> Step {
        match self.state {
            AlertState::Pending => Step::Drop,
            AlertState::Resolved => Step::Keep,
            AlertState::Firing | AlertState::Acknowledged => {
                self.end(now, "resolved: its rule is gone")
            }
        }
    }

    /// Ends it whatever its rule says of its cell.
    fn end(mut self, now: i64, why: &str) -> Step {
        self.frozen_since = None;
        self.delivery.frozen_by = None;
        self.resolve(now, why);
        self.updated = now;
        Step::Store(self)
    }

    fn pending(mut self, rule: &Rule, evidence: impl FnOnce() -> Evidence, now: i64) -> Step {
        if now - self.since < i64::from(rule.hold) * MINUTE {
            return self.bad(evidence, now);
        }
        self.evidence = evidence();
        self.seen_bad(now);
        self.fire(now);
        Step::Store(self)
    }

    fn bad(mut self, evidence: impl FnOnce() -> Evidence, now: i64) -> Step {
        if self.clear_since.is_none() && Minute::of(now) == Minute::of(self.updated) {
            return Step::Keep;
        }
        self.evidence = evidence();
        self.seen_bad(now);
        Step::Store(self)
    }

    fn clear(mut self, judgement: &Judgement, now: i64) -> Step {
        match self.clear_since {
            Some(since) if now - since < CLOSE_DELAY => return Step::Keep,
            Some(_) => {
                let Judgement { value, expected, n, window, .. } = *judgement;
                if value.is_some() {
                    self.evidence = Evidence { value, expected, n, window, ..self.evidence };
                }
                self.resolve(now, "resolved: back beyond the close level for 5 minutes");
            }
            None => self.clear_since = Some(now),
        }
        self.last_data = now;
        self.updated = now;
        Step::Store(self)
    }

    fn silent(mut self, now: i64) -> Step {
        if now - self.last_data >= SILENCE {
            self.resolve(
                now,
                "resolved: no data for 60 minutes, which does not mean that it is fine",
            );
        } else if self.clear_since.take().is_none() {
            return Step::Keep;
        }
        self.updated = now;
        Step::Store(self)
    }

    fn reopen(mut self, rule: &Rule, evidence: impl FnOnce() -> Evidence, now: i64) -> Step {
        self.reopened += 1;
        self.state = AlertState::Firing;
        self.since = now;
        (self.resolved, self.acknowledged) = (None, None);
        self.severity = rule.severity;
        self.owner.clone_from(&rule.owner);
        self.next_action.clone_from(&rule.next_action);
        self.runbook.clone_from(&rule.runbook);
        self.evidence = evidence();
        self.seen_bad(now);
        self.delivery.follow(rule);
        self.note(now, "fires again".to_owned());
        // An end that nobody was told of is not told any more.
        self.claimed(Transition::Resolved);
        self.announce(Transition::Reopened);
        self.count_reopening(now);
        Step::Store(self)
    }

    fn seen_bad(&mut self, now: i64) {
        self.last_bad = Minute::of(now);
        self.last_data = now;
        self.clear_since = None;
        self.updated = now;
    }

    fn fire(&mut self, now: i64) {
        self.state = AlertState::Firing;
        self.note(now, "fires".to_owned());
        self.announce(Transition::Opened);
    }

    fn resolve(&mut self, now: i64, why: &str) {
        self.state = AlertState::Resolved;
        self.resolved = Some(now);
        self.clear_since = None;
        self.note(now, why.to_owned());
        self.announce(Transition::Resolved);
    }

    fn announce(&mut self, transition: Transition) {
        self.claimed(transition);
        if !self.is_shadow {
            self.pending_notifications.push(transition);
            self.delivery.unposted.push(Posting { transition, round: self.reopened });
        }
    }

    pub(crate) fn note(&mut self, at: i64, line: String) {
        self.timeline.push((at, line));
        if self.timeline.len() > TIMELINE_KEPT {
            self.timeline.remove(1);
        }
    }
}

#[cfg(test)]
mod tests;
