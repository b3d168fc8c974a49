//! What invokes the function: the gateway with a request, or an event bus with a vendor's event.
//!
//! A bus invokes asynchronously: it hands the event to Lambda, which calls, and calls again where this
//! fails. So an error here is a later attempt, and what no attempt can take is an answer: it is kept,
//! masked. As whose events they are taken follows from the connection to the bus's source.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use http::StatusCode;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::value::RawValue;
use tocsin_domain::audit::{What, Why};
use tocsin_shell::{audit::tell_of_stranger, http as shapes, store::connections::Named};

use crate::{Ingest, IngestError, body::Part};

/// What an invocation is answered.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Invoked {
    /// The gateway.
    Answered(Box<ApiGatewayV2httpResponse>),
    /// An event bus, which reads nothing.
    Taken,
}

/// What tells an event of a bus from a request, whatever its sender wrote: a request's own parts stand
/// further inside.
#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "detail-type")]
    kind: Option<IgnoredAny>,
    detail: Option<IgnoredAny>,
}

/// The part of an event's envelope that its sender can not choose.
#[derive(Deserialize)]
struct Envelope {
    source: String,
    #[serde(default)]
    account: String,
}

impl Envelope {
    /// As connections name it: partners' sources are unique, those of AWS's own have an account.
    fn event_source(&self) -> String {
        if self.source.starts_with("aws.partner/") {
            self.source.clone()
        } else {
            format!("{}/{}", self.source, self.account)
        }
    }
}

impl Ingest {
    /// Does what the function is invoked for.
    pub async fn invoke(&self, payload: &RawValue) -> Result<Invoked, IngestError> {
        let text = payload.get();
        if let Ok(Shape { kind: Some(_), detail: Some(_) }) = serde_json::from_str(text) {
            self.take_from_bus(text).await?;
            return Ok(Invoked::Taken);
        }
        let request: Option<ApiGatewayV2httpRequest> = serde_json::from_str(text).ok();
        let answer = match request.and_then(shapes::from_gateway) {
            Some(request) => self.handle(&request).await,
            None => shapes::problem(StatusCode::BAD_REQUEST, None, "not a request"),
        };
        Ok(Invoked::Answered(Box::new(shapes::to_gateway(answer))))
    }

    /// Takes an event that a bus brings.
    pub async fn take_from_bus(&self, event: &str) -> Result<(), IngestError> {
        let source = serde_json::from_str::<Envelope>(event).map(|event| event.event_source());
        let opened = match source {
            Ok(source) => {
                let named = Named::EventSource(&source);
                self.connections.of(named, &self.store, &self.vault).await?
            }
            Err(_) => None,
        };
        let Some(opened) = opened else {
            tell_of_stranger(What::SendEvents, Why::UnknownConnection);
            return Ok(());
        };
        let (by, account) = (opened.connection.credential(), opened.connection.account());
        self.take(&by, &[Part::Text(event)], Some(&account)).await.map(drop)
    }
}
