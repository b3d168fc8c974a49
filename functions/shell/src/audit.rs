//! What is refused is told: to the log, as lines of a shape that never changes, and to the trail of the
//! tenant whose token or key it was, so many times a minute.
//!
//! A line is of level `warn` and target `audit`; its message is `refused`, its fields are `who`
//! (`stranger`, or `known` with a `tenant` and a `role`), `what` and `why` in the words of
//! [`tocsin_domain::audit`]. `infra/template.yaml` counts these lines as a metric. A stranger has
//! nothing written but the line: whoever needs no token could send as many as they like.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tocsin_domain::{
    audit::{Entry, What, Why},
    id::TenantId,
    minute::Minute,
};
use tracing::{error, warn};

use crate::{
    random::Random,
    store::{Store, audit::Trail},
    telemetry::chain,
};

/// Refusals of one actor that an instance of a function writes into the trail each minute; of others
/// the log tells.
pub const A_MINUTE: u32 = 60;
/// Actors that are told apart each minute; what others are refused the log tells.
const ACTORS: usize = 1_000;

/// Tells of refusals.
#[derive(Debug, Default)]
pub struct Refusals {
    budget: Mutex<Budget>,
    random: Random,
}

/// Whom something was refused.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Whose trail.
    pub tenant: &'a TenantId,
    /// As log lines name them: a role, or a kind of caller; never a person.
    pub role: &'a str,
    /// As the trail does.
    pub actor: &'a str,
}

/// How much was written in the minute that runs.
#[derive(Debug, Default)]
struct Budget {
    minute: i32,
    written: HashMap<(TenantId, String), u32>,
}

impl Budget {
    /// Whether one more may be written of this actor in the minute of `now`.
    fn takes(&mut self, tenant: &TenantId, actor: &str, now: i64) -> bool {
        let minute = Minute::of(now).0;
        if self.minute != minute {
            *self = Self { minute, written: HashMap::new() };
        }
        let key = (tenant.clone(), actor.to_owned());
        if self.written.len() == ACTORS && !self.written.contains_key(&key) {
            return false;
        }
        let written = self.written.entry(key).or_default();
        *written += 1;
        *written <= A_MINUTE
    }
}

impl Refusals {
    /// Tells that something was refused somebody whose token, key or link holds. That the trail does
    /// not take it changes nothing about the refusal, and is told an operator.
    pub async fn tell(
        &self,
        store: &Store,
        known: Known<'_>,
        (what, upon, why): (What, Option<&str>, Why),
        now: i64,
    ) {
        let Known { tenant, role, actor } = known;
        warn!(
            target: "audit", who = "known", %tenant, role,
            what = what.as_str(), why = why.as_str(), "refused"
        );
        let takes = {
            let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
            budget.takes(tenant, actor, now)
        };
        if !takes {
            return;
        }
        let entry = Entry::refused(now, actor, what, upon, why);
        let mut unique = [0; 8];
        match self.random.bits() {
            Ok(bits) => unique.copy_from_slice(&bits[..8]),
            Err(error) => error!(error = chain(&error), "refusals of one moment may look the same"),
        }
        let unique = u64::from_be_bytes(unique);
        if let Err(error) = store.record(Trail::Tenant(tenant), &entry, unique).await {
            error!(error = chain(&error), "could not record a refusal");
        }
    }
}

/// Tells that something was refused somebody of whom nothing is known.
pub fn tell_of_stranger(what: What, why: Why) {
    warn!(target: "audit", who = "stranger", what = what.as_str(), why = why.as_str(), "refused");
}

#[cfg(test)]
mod tests {
    use tocsin_domain::minute::MINUTE;

    use super::*;

    #[test]
    fn an_actor_fills_their_own_minute_alone() {
        let tenant = |name: &str| TenantId::try_from(name.to_owned()).unwrap();
        let (one, other) = (tenant("a"), tenant("b"));
        let mut budget = Budget::default();
        let mut taken = |tenant, actor, now| {
            (0..2 * A_MINUTE).filter(|_| budget.takes(tenant, actor, now)).count()
        };
        let most = usize::try_from(A_MINUTE).unwrap();
        assert_eq!(taken(&one, "agent (x)", 0), most);
        assert_eq!(taken(&one, "agent (y)", MINUTE - 1), most);
        assert_eq!(taken(&other, "agent (x)", MINUTE - 1), most);
        assert_eq!(taken(&one, "agent (x)", MINUTE - 1), 0);
        assert_eq!(taken(&one, "agent (x)", MINUTE), most);
    }

    #[test]
    fn what_is_remembered_of_a_minute_has_an_end() {
        let tenant = TenantId::try_from("a".to_owned()).unwrap();
        let mut budget = Budget::default();
        let taken = (0..2 * ACTORS).filter(|n| budget.takes(&tenant, &n.to_string(), 0));
        assert_eq!(taken.count(), ACTORS);
        assert!(budget.takes(&tenant, "1", 0), "who is known is still");
        assert!(budget.takes(&tenant, "somebody else", MINUTE));
    }
}
