//! `GET` and `POST /v1/ack/{token}`: whoever was paged takes the alert on by the link of the message.
//!
//! No sign-in: the token, 128 random bits, is the right. `GET` shows the alert and a button, and changes
//! and consumes nothing, as mail scanners follow links and browsers load them ahead; `POST`
//! acknowledges, never more than that. What is shown are the rule's words, numbers and names of
//! dimensions' values, as in the message itself: no conversation and no person.
//!
//! The page sends no referrer, as its address is the right; so browsers tell `Origin: null` when its
//! form is sent. That is taken: another site would have to know the token, and who knows it may
//! acknowledge anyway. An `Origin` that names another site is refused all the same.

use http::{HeaderValue, Method, StatusCode, header};
use tocsin_domain::alert::{Alert, AlertState, actions::Action};
use tocsin_shell::{
    ack::{AckLink, AckToken},
    http::{Request, Response},
    store::acks::Acted,
};

use crate::{Console, forgery::is_foreign, page, refusal::Refusal};

/// What the paths of links begin with.
pub(crate) const ACK_LINKS: &str = "/v1/ack/";

const ORIGIN: &str = "it was sent by a page of another site: open the link itself";

impl Console {
    /// The page of a link, and what its button does.
    pub(crate) async fn ack(
        &self,
        token: &str,
        request: &Request,
        now: i64,
    ) -> Result<Response, Refusal> {
        let token = AckToken::parse(token).ok_or(Refusal::Link)?;
        let link = self.store.ack_link(token, now).await?.ok_or(Refusal::Link)?;
        if request.method() == Method::POST {
            if is_foreign(request.headers()) {
                self.tell_of_link(&link, now).await;
                return Err(Refusal::Forged { field: "origin", detail: ORIGIN });
            }
            return self.take_on(&link, now).await;
        }
        let alert = self.store.alert(&link.tenant, &link.alert, now).await?;
        Ok(page::actions::ack(self.links, &alert.ok_or(Refusal::Link)?))
    }

    async fn take_on(&self, link: &AckLink, now: i64) -> Result<Response, Refusal> {
        let by = actor(link);
        let action = (Action::Acknowledge, by.as_str());
        match self.store.act(&link.tenant, &link.alert, action, now).await? {
            Acted::Done(alert) => Ok(page::actions::ack(self.links, &alert)),
            Acted::Refused(_) => {
                let alert = self.store.alert(&link.tenant, &link.alert, now).await?;
                let mut response = page::actions::ack(self.links, &alert.ok_or(Refusal::Link)?);
                *response.status_mut() = StatusCode::CONFLICT;
                Ok(response)
            }
            Acted::Unknown => Err(Refusal::Link),
        }
    }
}

/// How time lines name whoever has the link: they need not be of the company.
pub(crate) fn actor(link: &AckLink) -> String {
    format!("the link sent to {}", link.target)
}

/// Whether the page has something to press.
pub(crate) fn is_waiting(alert: &Alert) -> bool {
    alert.state == AlertState::Firing
}

/// Nobody in between keeps a page whose address is a right, nor tells it on.
pub(crate) fn keep_private(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
}
