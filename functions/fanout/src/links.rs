//! Links by which whoever is paged says that they act: made when a message goes out, one a target.

use tocsin_domain::{
    alert::{Alert, AlertState, Transition},
    id::TenantId,
    rule::Severity,
};
use tocsin_shell::{
    ack::{AckLink, AckToken},
    clock::Clock,
    random::Random,
};

use crate::{Fanout, FanoutError};

/// How links are made.
pub(crate) struct Links {
    /// By which they last: the one of the console, which serves them.
    pub(crate) clock: Clock,
    pub(crate) random: Random,
}

impl Fanout {
    /// The same, whose links last by this clock and are drawn so.
    #[must_use]
    pub fn with_links(self, clock: Clock, random: Random) -> Self {
        Self { links: Links { clock, random }, ..self }
    }

    /// A link by which the alert of a message to this target is acknowledged; stored before the
    /// message goes out. Only pages have one: nobody waits for anybody to take on anything else. A
    /// publisher that takes a claim over makes another; both work.
    pub(crate) async fn ack_link(
        &self,
        tenant: &TenantId,
        alert: &Alert,
        transition: Transition,
        target: &str,
    ) -> Result<Option<String>, FanoutError> {
        let is_wanted = alert.severity == Severity::Page && alert.state == AlertState::Firing;
        if !is_wanted || transition == Transition::Resolved {
            return Ok(None);
        }
        let token = AckToken::draw(&self.links.random)?;
        let (tenant, alert, target) = (tenant.clone(), alert.id.clone(), target.to_owned());
        let bound = AckLink { tenant, alert, target };
        self.store.put_ack_link(token, &bound, self.links.clock.now()).await?;
        Ok(Some(format!("{}/v1/ack/{token}", self.console_url.trim_end_matches('/'))))
    }
}
