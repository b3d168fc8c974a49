//! `POST /v1/alerts/{id}/ack`, `/resolve` and `/feedback`: who acts upon an alert. The forms of its
//! page do the same and lead back to it.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use tocsin_domain::alert::{
    Alert,
    actions::{Action, Usefulness},
};
use tocsin_shell::{
    http::{Request, Response, json, with_type},
    store::acks::Acted,
};

use crate::{Console, Identity, alerts::Whole, refusal::Refusal, rights::Resource};

/// What a route does about an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Acknowledge,
    Resolve,
    Judge,
}

impl Deed {
    /// What it takes a right to.
    pub(crate) const fn resource(self) -> Resource {
        match self {
            Self::Acknowledge | Self::Judge => Resource::Acknowledgement,
            Self::Resolve => Resource::Resolution,
        }
    }

    fn action(self, said: Option<&str>) -> Result<Action, Refusal> {
        match self {
            Self::Acknowledge => Ok(Action::Acknowledge),
            Self::Resolve => Ok(Action::Resolve),
            Self::Judge => {
                let remedy = "want `useful` or `noise`, as {\"feedback\":\"noise\"}";
                let usefulness = said.and_then(Usefulness::parse);
                usefulness.map(Action::Judge).ok_or_else(|| Refusal::bad("feedback", remedy))
            }
        }
    }
}

impl Console {
    /// Acts upon an alert; answers with the alert as it is then.
    pub(crate) async fn act(
        &self,
        id: &str,
        deed: Deed,
        request: &Request,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let body: Option<Value> = serde_json::from_slice(request.body()).ok();
        let said = match &body {
            Some(Value::Object(members)) => members.get("feedback").and_then(Value::as_str),
            Some(Value::String(word)) => Some(word.as_str()),
            _ => std::str::from_utf8(request.body()).ok().map(str::trim),
        };
        let alert = self.done(id, deed.action(said)?, identity, now).await?;
        Ok(json(StatusCode::OK, &Whole::of(&alert)))
    }

    /// The same by a form of the alert's page.
    pub(crate) async fn act_by_form(
        &self,
        id: &str,
        deed: Deed,
        request: &Request,
        identity: &Identity,
        now: i64,
    ) -> Result<Response, Refusal> {
        let mut fields = form_urlencoded::parse(request.body());
        let said = fields.find(|(name, _)| name == "feedback").map(|(_, value)| value);
        let alert = self.done(id, deed.action(said.as_deref())?, identity, now).await?;
        Ok(see(&format!("/alerts/{}", alert.id)))
    }

    async fn done(
        &self,
        id: &str,
        action: Action,
        identity: &Identity,
        now: i64,
    ) -> Result<Alert, Refusal> {
        let (tenant, by) = (&identity.tenant, identity.actor());
        match self.store.act(tenant, id, (action, &by), now).await? {
            Acted::Done(mut alert) => {
                self.mark_silenced(tenant, std::slice::from_mut(&mut alert), now).await?;
                Ok(alert)
            }
            Acted::Refused(why) => Err(Refusal::Conflict { field: "id", detail: why.to_string() }),
            Acted::Unknown => Err(unknown()),
        }
    }
}

/// There is no alert of that id.
pub(crate) fn unknown() -> Refusal {
    let detail = "no such alert, or no longer kept: take an id from GET /v1/alerts";
    Refusal::Missing { field: "id", detail: detail.to_owned() }
}

/// Leads a browser to a page after a form.
pub(crate) fn see(path: &str) -> Response {
    let mut response = with_type(StatusCode::SEE_OTHER, "text/plain", Bytes::new());
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, path);
    }
    response
}
