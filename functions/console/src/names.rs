//! Agents: stored by a keyed hash, shown by their id to those who may see it.

use std::collections::BTreeMap;

use tocsin_domain::{
    dimension::Dimension,
    query::{Selection, Series},
};

use crate::{Console, Identity, refusal::Refusal, rights::Role};

/// Ids as sent, by the stored value.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    fn show(&self, value: &mut String) {
        if let Some(name) = self.0.get(value.as_str()) {
            value.clone_from(name);
        }
    }

    /// Shows the agents of series.
    pub(crate) fn show_in_series(&self, series: &mut [Series]) {
        for one in series {
            if let Some(value) = one.dimensions.get_mut(Dimension::Agent.as_str()) {
                self.show(value);
            }
        }
    }

    /// Shows the agent among the details of a step.
    pub(crate) fn show_in_details(&self, details: &mut [(&'static str, String)]) {
        for (name, value) in details {
            if *name == Dimension::Agent.as_str() {
                self.show(value);
            }
        }
    }
}

/// Whether a value has the form of a stored one: `#` and 16 hexadecimal digits.
fn is_stored(value: &str) -> bool {
    value.len() == 17
        && value.strip_prefix('#').is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

impl Console {
    /// The names that this person may see.
    pub(crate) async fn names(&self, identity: &Identity) -> Result<Names, Refusal> {
        if identity.role.sees_agents() {
            return Ok(Names(self.store.agents(&identity.tenant, &self.vault).await?));
        }
        let own = self.own_agent(identity)?.zip(identity.agent.clone());
        Ok(Names(own.into_iter().collect()))
    }

    /// The stored value of an agent as this person asks for it. Those who see hashes only ask by
    /// hash: else they could try whose it is.
    pub(crate) fn agent_value(&self, identity: &Identity, asked: &str) -> String {
        let by_name = identity.role.sees_agents() || identity.role == Role::Agent;
        if by_name && !is_stored(asked) {
            self.vault.pseudonyms(&identity.tenant).agent(asked)
        } else {
            asked.to_owned()
        }
    }

    /// The stored value to which an agent's answers are narrowed; `None` for all other roles.
    pub(crate) fn own_agent(&self, identity: &Identity) -> Result<Option<String>, Refusal> {
        if identity.role != Role::Agent {
            return Ok(None);
        }
        match identity.agent.as_deref() {
            Some(agent) => Ok(Some(self.vault.pseudonyms(&identity.tenant).agent(agent))),
            None => Err(Refusal::Forbidden("your token does not say which agent you are")),
        }
    }

    /// Refuses figures of others to an agent, and of single agents to a team lead.
    pub(crate) fn check_agents(
        &self,
        identity: &Identity,
        selection: &Selection,
    ) -> Result<(), Refusal> {
        if let Some(own) = self.own_agent(identity)? {
            let asked = selection.only.iter().find(|(dimension, _)| *dimension == Dimension::Agent);
            return if asked.is_some_and(|(_, values)| values.iter().all(|value| *value == own)) {
                Ok(())
            } else {
                Err(Refusal::Forbidden("you see your own only: add where=agent: and your id"))
            };
        }
        if identity.role == Role::TeamLead && selection.is_individual() {
            return Err(Refusal::Forbidden(
                "a team lead sees no figures by agent here: ask by=team or where=team:<team>",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_value_is_a_hash_sign_and_sixteen_digits() {
        assert!(is_stored("#0123456789abcdef"));
        for other in ["bo", "#0123456789abcde", "0123456789abcdef0", "#0123456789abcdeg"] {
            assert!(!is_stored(other), "{other}");
        }
    }
}
