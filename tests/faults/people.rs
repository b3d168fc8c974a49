//! People act upon alerts while everything fails around them: what they were told is done stays done,
//! and of what they silenced nobody is told.

use std::sync::Arc;

use tocsin_domain::{
    alert::{Alert, AlertState, actions::Action},
    audit::{Entry, What},
    minute::HOUR,
    silence::{Matcher, Silence},
};
use tocsin_shell::store::acks::Acted;

use crate::{
    invocation::{invoke, store},
    message::Published,
    policy::SKEW,
    run::Run,
};

/// Rules of which none is about a whole that silences another's parts.
const SILENCED: [&str; 2] = ["fallback", "requests"];

impl Run {
    /// Somebody takes on an alert that fires, if one does.
    pub(crate) fn take_on(&mut self) {
        let (world, tenant, clock) = (self.world.clone(), self.tenant.clone(), self.clock());
        let acknowledged = Arc::clone(&self.acknowledged);
        self.tasks.spawn(async move {
            let acted = invoke(&world, async |wire| {
                let store = store(wire);
                let live = store.live_alerts(&tenant).await.ok()?;
                let mut alerts = live.alerts.into_values();
                let Alert { id, .. } = alerts.find(|alert| alert.state == AlertState::Firing)?;
                let action = (Action::Acknowledge, "somebody");
                match store.act(&tenant, &id, action, clock.now()).await {
                    Ok(Acted::Done(_)) => Some(id),
                    Ok(Acted::Refused(_) | Acted::Unknown) | Err(_) => None,
                }
            });
            let done = acted.await.flatten();
            acknowledged.lock().expect("nobody panics with it in hand").extend(done);
            None
        });
    }

    /// Somebody silences a rule for some hours.
    pub(crate) fn silence(&mut self) {
        let rule = SILENCED[usize::from(self.random(0..2) == 0)].to_owned();
        let hours = self.random(1..4);
        let (world, tenant, now) = (self.world.clone(), self.tenant.clone(), self.clock().now());
        let silences = Arc::clone(&self.silences);
        self.tasks.spawn(async move {
            let matcher = Matcher { rule: Some(rule), ..Matcher::default() };
            let until = now + hours * HOUR;
            let silence = Silence::new(matcher, "maintenance", until, "somebody", now);
            let silence = silence.expect("a silence");
            let made = invoke(&world, async |wire| {
                let add = |silences: &mut Vec<Silence>| silences.push(silence.clone());
                let (by, id) = ("somebody", Some(silence.id.as_str()));
                let entry = Entry::done(now, by, What::MakeSilence, id);
                store(wire).change_silences(&tenant, add, &entry, now).await.ok()
            });
            if made.await.flatten().is_some() {
                let held = (world.lock().now, silence);
                silences.lock().expect("nobody panics with it in hand").push(held);
            }
            None
        });
    }

    /// What was acknowledged still is.
    pub(crate) fn judge_people(&self, alerts: &[Alert], problems: &mut Vec<String>) {
        let acknowledged = self.acknowledged.lock().expect("nobody panics with it in hand");
        for id in acknowledged.iter() {
            let alert = alerts.iter().find(|alert| alert.id == *id);
            if alert.is_none_or(|alert| !alert.was_acknowledged) {
                problems.push(format!("{id} is not acknowledged any more"));
            }
        }
    }

    /// While a silence holds no message is decided on that tells of what it covers.
    pub(crate) fn judge_silences(&self, alerts: &[Alert], problems: &mut Vec<String>) {
        let world = self.world.lock();
        let is_said = |one: &&Published| one.target != "bus" && one.target != "chat";
        for (since, silence) in self.silences.lock().expect("nobody panics with it in hand").iter()
        {
            let holds = since + SKEW..silence.until - SKEW;
            for one in world.published.iter().filter(is_said).filter(|one| holds.contains(&one.at))
            {
                let is_told = |alert: &&Alert| one.tells.iter().any(|id| id.starts_with(&alert.id));
                let mut told = alerts.iter().filter(is_told);
                if told.any(|alert| silence.matcher.rule.as_ref() == Some(&alert.rule)) {
                    problems.push(format!("{} is told though {} holds", one.id, silence.id));
                }
            }
        }
    }
}
