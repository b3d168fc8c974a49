//! People act upon alerts while everything fails around them: what they were told is done stays done.

use std::sync::Arc;

use tocsin_domain::alert::{Alert, AlertState, actions::Action};
use tocsin_shell::store::acks::Acted;

use crate::{
    invocation::{invoke, store},
    run::Run,
};

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
}
