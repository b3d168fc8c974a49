//! Who may do what: the one place where rights are decided.

/// What a person is here for; a claim of their token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Leads a team of agents.
    TeamLead,
    /// Answers for quality.
    QaManager,
    /// Runs the contact centre.
    Operations,
    /// Answers for the AI agent.
    AiLead,
    /// Talks to customers.
    Agent,
    /// Sets the product up.
    Admin,
}

/// What a route is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Numbers and their definitions.
    Metrics,
    /// Conversations and their journeys, without text.
    Conversations,
    /// Alerts and their evidence.
    Alerts,
    /// Rules, and what they would have announced.
    Rules,
    /// Taking alerts on, and saying whether they were any use.
    Acknowledgement,
    /// Saying that an alert is over.
    Resolution,
    /// For a time, having nobody told of some alerts.
    Silences,
    /// What follows from all of it, such as which rules are noisy.
    Insights,
    /// Who did what, and what was refused whom.
    Audit,
}

impl Role {
    /// All.
    pub const ALL: [Self; 6] =
        [Self::TeamLead, Self::QaManager, Self::Operations, Self::AiLead, Self::Agent, Self::Admin];

    /// The name in claims.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TeamLead => "team_lead",
            Self::QaManager => "qa_manager",
            Self::Operations => "operations",
            Self::AiLead => "ai_lead",
            Self::Agent => "agent",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// Whether agents are shown by the id that the platform sent, not by its hash.
    pub const fn sees_agents(self) -> bool {
        matches!(self, Self::QaManager | Self::Admin)
    }
}

/// Whether a role may read (or write) a resource at all. An agent's answers are narrowed further, to
/// their own; a team lead's too where they are about single agents.
pub const fn allows(role: Role, resource: Resource, write: bool) -> bool {
    match (resource, write) {
        (Resource::Metrics | Resource::Conversations | Resource::Alerts, false) => match role {
            Role::TeamLead
            | Role::QaManager
            | Role::Operations
            | Role::AiLead
            | Role::Agent
            | Role::Admin => true,
        },
        (Resource::Rules, false) => match role {
            Role::TeamLead | Role::QaManager | Role::Operations | Role::AiLead | Role::Admin => {
                true
            }
            Role::Agent => false,
        },
        (Resource::Rules, true) => match role {
            Role::Operations | Role::AiLead | Role::Admin => true,
            Role::TeamLead | Role::QaManager | Role::Agent => false,
        },
        (Resource::Acknowledgement, true) | (Resource::Insights, false) => match role {
            Role::TeamLead | Role::QaManager | Role::Operations | Role::AiLead | Role::Admin => {
                true
            }
            Role::Agent => false,
        },
        // Whoever may write them sees them.
        (Resource::Resolution, true) | (Resource::Silences, _) => match role {
            Role::TeamLead | Role::Operations | Role::AiLead | Role::Admin => true,
            Role::QaManager | Role::Agent => false,
        },
        (Resource::Audit, false) => match role {
            Role::Admin => true,
            Role::TeamLead | Role::QaManager | Role::Operations | Role::AiLead | Role::Agent => {
                false
            }
        },
        (
            Resource::Metrics
            | Resource::Conversations
            | Resource::Alerts
            | Resource::Insights
            | Resource::Audit,
            true,
        )
        | (Resource::Acknowledgement | Resource::Resolution, false) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_reads_numbers_and_nobody_writes_them() {
        for role in Role::ALL {
            for resource in [Resource::Metrics, Resource::Conversations, Resource::Alerts] {
                assert!(allows(role, resource, false), "{role:?} {resource:?}");
                assert!(!allows(role, resource, true), "{role:?} {resource:?}");
            }
        }
    }

    #[test]
    fn who_leads_reads_rules_and_who_answers_for_operation_writes_them() {
        for (role, reads, writes) in [
            (Role::TeamLead, true, false),
            (Role::QaManager, true, false),
            (Role::Operations, true, true),
            (Role::AiLead, true, true),
            (Role::Agent, false, false),
            (Role::Admin, true, true),
        ] {
            assert_eq!(allows(role, Resource::Rules, false), reads, "{role:?}");
            assert_eq!(allows(role, Resource::Rules, true), writes, "{role:?}");
        }
    }

    #[test]
    fn who_is_called_acts_and_who_answers_for_operation_ends_it() {
        for (role, acts, ends) in [
            (Role::TeamLead, true, true),
            (Role::QaManager, true, false),
            (Role::Operations, true, true),
            (Role::AiLead, true, true),
            (Role::Agent, false, false),
            (Role::Admin, true, true),
        ] {
            assert_eq!(allows(role, Resource::Acknowledgement, true), acts, "{role:?}");
            assert_eq!(allows(role, Resource::Insights, false), acts, "{role:?}");
            assert_eq!(allows(role, Resource::Resolution, true), ends, "{role:?}");
            for writes in [false, true] {
                assert_eq!(allows(role, Resource::Silences, writes), ends, "{role:?}");
            }
            assert!(!allows(role, Resource::Insights, true));
            assert!(!allows(role, Resource::Resolution, false));
        }
    }

    #[test]
    fn only_an_admin_reads_the_trail_and_nobody_writes_it() {
        for role in Role::ALL {
            assert_eq!(allows(role, Resource::Audit, false), role == Role::Admin, "{role:?}");
            assert!(!allows(role, Resource::Audit, true), "{role:?}");
        }
    }

    #[test]
    fn a_role_is_parsed_from_its_exact_name_alone() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        for bad in ["", "Admin", "admin ", "root"] {
            assert_eq!(Role::parse(bad), None, "{bad}");
        }
    }
}
