//! The front door on the loopback interface: what API Gateway is on AWS.
//!
//! Invariants: nothing from another origin gets past [`guard`], so that no web page the user visits
//! can read or write; the identity that a header or a cookie claims exists only here.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request as AxumRequest, State},
    middleware::{self, Next},
    response::Response as AxumResponse,
    routing::{any, get, post},
};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Map, Value, json};
use tocsin_admin::Admin;
use tocsin_console::{Console, Identity, page::refuse, rights::Role};
use tocsin_domain::{audit::Why, configuration::Configuration, id::TenantId, minute};
use tocsin_ingest::Ingest;
use tocsin_shell::{
    clock::Clock,
    http::{Request, Response, accepts_html, cookies, json as answer, other_method, problem},
    telemetry::chain,
    verify,
};

use super::{
    pages,
    schedule::Schedule,
    wiring::{ALERTS, EVENTS, TICKS, dead_letters},
};
use tokio::sync::RwLock;

use crate::{
    admin,
    outbox::{Outbox, Published},
    queue::{QueueError, Queues},
    verify::Answer,
};

/// What reaches the functions at most; they refuse less by themselves, and say why.
const MAX_BODY: usize = 2 * 1024 * 1024;

/// What the paths of links that acknowledge begin with.
const ACK_LINKS: &str = "/v1/ack/";

/// Messages of the outbox that are listed.
const MAX_LISTED: usize = 100;

/// Everything behind the door.
pub(super) struct Front {
    /// Takes events.
    pub(super) ingest: Ingest,
    /// Answers everything else.
    pub(super) console: Console,
    /// Does what an operator asks for.
    pub(super) admin: Admin,
    /// Tells now.
    pub(super) clock: Clock,
    /// Whose console it is.
    pub(super) tenant: TenantId,
    /// By which the counts are verified.
    pub(super) configuration: Arc<Configuration>,
    /// For the local status.
    pub(super) queues: Arc<Queues>,
    /// For the local status.
    pub(super) schedule: Arc<Schedule>,
    /// Held for reading by whatever counts, so that nothing does while the counts are verified.
    pub(super) counting: Arc<RwLock<()>>,
    /// Alerts as they were published.
    pub(super) outbox: Arc<Outbox>,
}

/// The routes, for a listener on this port.
pub(super) fn router(front: Arc<Front>, port: u16) -> Router {
    let hosts: Arc<[String]> = own_hosts(port).into();
    Router::new()
        .route("/v1/events", any(events))
        .route("/v1/sources/{platform}/{connection}", any(events))
        .route("/local/outbox", get(outbox).fallback(only_read))
        .route("/local/role", get(role).post(choose_role).fallback(read_or_post))
        .route("/local/redrive", post(redrive).fallback(only_post))
        .route("/local/status", get(status).fallback(only_read))
        .route("/local/admin", post(administer).fallback(only_post))
        .route("/local/erase", post(erase).fallback(only_post))
        .route("/local/verify", get(verify).fallback(only_read))
        .fallback(console)
        .layer(middleware::from_fn_with_state(hosts, guard))
        .with_state(front)
}

/// What a browser calls this server.
fn own_hosts(port: u16) -> Vec<String> {
    let names = ["127.0.0.1", "localhost", "[::1]"];
    let mut hosts: Vec<_> = names.iter().map(|name| format!("{name}:{port}")).collect();
    if port == 80 {
        hosts.extend(names.map(str::to_owned));
    }
    hosts
}

/// Refuses requests that name another host, or come from a page of another.
async fn guard(State(own): State<Arc<[String]>>, request: AxumRequest, next: Next) -> AxumResponse {
    // The page of a link keeps its address to itself, so its form comes from nowhere.
    let is_of_link = request.uri().path().starts_with(ACK_LINKS);
    match foreign(request.headers(), &own, is_of_link) {
        Some(field) => {
            let detail = format!("only {} is served here, to itself", own.join(", "));
            problem(StatusCode::FORBIDDEN, Some(field), &detail).map(Body::from)
        }
        None => next.run(request).await,
    }
}

/// The header that is not this server's own; an origin that is kept back is, if told so.
fn foreign(headers: &HeaderMap, own: &[String], takes_null: bool) -> Option<&'static str> {
    let is_own = |host: &str| own.iter().any(|own| own.eq_ignore_ascii_case(host));
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_own) {
        return Some("host");
    }
    let origin = headers.get(header::ORIGIN)?;
    if takes_null && origin == "null" {
        return None;
    }
    let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
    if origin.is_some_and(is_own) { None } else { Some("origin") }
}

async fn only_read(method: Method) -> AxumResponse {
    other_method(&method, "GET, HEAD, OPTIONS").map(Body::from)
}

async fn only_post(method: Method) -> AxumResponse {
    other_method(&method, "POST, OPTIONS").map(Body::from)
}

async fn read_or_post(method: Method) -> AxumResponse {
    other_method(&method, "GET, HEAD, POST, OPTIONS").map(Body::from)
}

async fn events(State(front): State<Arc<Front>>, request: AxumRequest) -> AxumResponse {
    let request = match whole(request).await {
        Ok(request) => request,
        Err(refusal) => return refusal.map(Body::from),
    };
    let before = front.clock.now();
    let response = front.ingest.handle(&request).await;
    // Kept before it is acknowledged: virtual time never runs back, not even over a crash.
    if front.clock.now() != before
        && let Err(error) = front.schedule.keep_clock()
    {
        tracing::error!(error = chain(&error), "could not keep the clock");
        let detail = "nothing is acknowledged: send it again";
        return problem(StatusCode::SERVICE_UNAVAILABLE, None, detail).map(Body::from);
    }
    response.map(Body::from)
}

async fn console(State(front): State<Arc<Front>>, request: AxumRequest) -> AxumResponse {
    let request = match whole(request).await {
        Ok(request) => request,
        Err(refusal) => return refusal.map(Body::from),
    };
    if request.uri().path().starts_with(ACK_LINKS) {
        // Whoever has the link needs no role.
        let nobody = Err(Why::NoToken);
        return front.console.handle(&request, nobody, front.clock.now()).await.map(Body::from);
    }
    match identity(request.headers(), &front.tenant) {
        Ok(identity) => {
            front.console.handle(&request, Ok(&identity), front.clock.now()).await.map(Body::from)
        }
        Err(role) => {
            let roles = Role::ALL.map(Role::as_str).join(", ");
            let detail = format!("there is no role `{role}`: use one of {roles}");
            let (status, field) = (StatusCode::BAD_REQUEST, Some("x-tocsin-role"));
            if request.uri().path().starts_with("/v1/") {
                problem(status, field, &detail).map(Body::from)
            } else {
                refuse(pages::LINKS, request.headers(), status, field, &detail).map(Body::from)
            }
        }
    }
}

/// The request with its body, which may be a little more than the functions take.
async fn whole(request: AxumRequest) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    match to_bytes(body, MAX_BODY).await {
        Ok(body) => Ok(Request::from_parts(parts, body)),
        Err(_) => Err(problem(StatusCode::PAYLOAD_TOO_LARGE, None, "a request may have 1 MiB")),
    }
}

/// Who asks, as they claim; the role, if there is none of that name.
fn identity(headers: &HeaderMap, tenant: &TenantId) -> Result<Identity, String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (by_header, by_cookie) = (text("x-tocsin-role"), cookie(headers, pages::ROLE));
    let role = match by_header.or(by_cookie) {
        Some(name) => Role::parse(name).ok_or_else(|| name.to_owned())?,
        None => Role::Operations,
    };
    let named = |header, cookie_name| text(header).or_else(|| cookie(headers, cookie_name));
    let agent = named("x-tocsin-agent", pages::AGENT).filter(|agent| !agent.is_empty());
    let teams = text("x-tocsin-teams").unwrap_or_default().split(',').map(str::trim);
    let teams = teams.filter(|team| !team.is_empty()).map(str::to_owned).collect();
    Ok(Identity {
        tenant: tenant.clone(),
        role,
        agent: agent.map(str::to_owned),
        teams,
        subject: None,
        name: None,
        is_session: by_header.is_none() && by_cookie.is_some(),
    })
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    cookies(headers).find_map(|(key, value)| (key == name).then_some(value))
}

async fn outbox(State(front): State<Arc<Front>>, headers: HeaderMap) -> AxumResponse {
    let list = front.outbox.list(MAX_LISTED);
    match list {
        Ok(list) if accepts_html(&headers) => pages::outbox(&list).map(Body::from),
        list => local(list.map(|list| list.iter().map(shown).collect())),
    }
}

fn shown(message: &Published) -> Value {
    json!({
        "id": message.id,
        "at": minute::timestamp(message.at_ms.saturating_mul(1_000_000)).to_string(),
        "topic": message.topic,
        "subject": message.subject,
        "message": message.message,
        "structure": message.structure,
        "attributes": message.attributes,
    })
}

async fn role(State(front): State<Arc<Front>>, headers: HeaderMap) -> AxumResponse {
    let current = identity(&headers, &front.tenant).map_or(Role::Operations, |who| who.role);
    pages::role(current).map(Body::from)
}

async fn choose_role(headers: HeaderMap, form: String) -> AxumResponse {
    pages::choose_role(&form, &headers).map(Body::from)
}

async fn status(State(front): State<Arc<Front>>) -> AxumResponse {
    local(front.status())
}

/// Puts every dead letter back into the queue that it came from, as if never received.
async fn redrive(State(front): State<Arc<Front>>) -> AxumResponse {
    let moved = [EVENTS, TICKS, ALERTS].into_iter().map(|queue| {
        let moved = front.queues.redrive(&dead_letters(queue), queue)?;
        Ok((queue.to_owned(), json!(moved)))
    });
    local(moved.collect::<Result<Map<_, _>, QueueError>>().map(Value::Object))
}

/// Compares the rollups with the conversations; what is to be counted waits meanwhile.
async fn verify(State(front): State<Arc<Front>>) -> AxumResponse {
    let _still = front.counting.write().await;
    let now = front.clock.now();
    let (store, configuration) = (&front.console.store, &front.configuration);
    match verify::verify(store, &front.tenant, configuration, now).await {
        Ok(report) => answer(StatusCode::OK, &Answer::from(&report)).map(Body::from),
        Err(error) => {
            tracing::error!(error = chain(&error), "could not verify");
            problem(StatusCode::SERVICE_UNAVAILABLE, None, "the tables do not answer")
                .map(Body::from)
        }
    }
}

/// Erases a subject or customer; what is to be counted waits meanwhile.
async fn erase(State(front): State<Arc<Front>>, body: Bytes) -> AxumResponse {
    let tenant = front.tenant.clone();
    let request = match serde_json::from_slice(&body) {
        Ok(admin::Erase::Subject(id)) => admin::Request::EraseSubject { tenant, id },
        Ok(admin::Erase::Customer(id)) => admin::Request::EraseCustomer { tenant, id },
        Err(_) => {
            let detail = r#"send {"subject":"…"} or {"customer":"…"}, as the events name it"#;
            return problem(StatusCode::BAD_REQUEST, None, detail).map(Body::from);
        }
    };
    let _still = front.counting.write().await;
    perform(&front, request).await
}

/// What `tocsin admin` asks the admin function for, beside erasure.
async fn administer(State(front): State<Arc<Front>>, body: Bytes) -> AxumResponse {
    match serde_json::from_slice(&body) {
        Ok(
            request @ (admin::Request::Redrive { .. }
            | admin::Request::Reprocess { .. }
            | admin::Request::PutConnection(_)
            | admin::Request::ListConnections { .. }
            | admin::Request::DeleteConnection { .. }
            | admin::Request::ReadAudit { .. }),
        ) => perform(&front, request).await,
        Ok(_) => {
            let detail = "here are `redrive`, `reprocess`, `read_audit` and the requests about \
                          connections; the rest is of no use";
            problem(StatusCode::BAD_REQUEST, Some("do"), detail).map(Body::from)
        }
        Err(error) => problem(StatusCode::BAD_REQUEST, None, &error.to_string()).map(Body::from),
    }
}

async fn perform(front: &Front, request: admin::Request) -> AxumResponse {
    match front.admin.perform(request, "operator", front.clock.now()).await {
        Ok(done) => answer(StatusCode::OK, &done).map(Body::from),
        Err(error) if error.is_askers() => {
            problem(StatusCode::BAD_REQUEST, None, &chain(&error)).map(Body::from)
        }
        Err(error) => {
            tracing::error!(error = chain(&error), "could not do what an operator asked for");
            problem(StatusCode::SERVICE_UNAVAILABLE, None, &chain(&error)).map(Body::from)
        }
    }
}

fn local(body: Result<Value, QueueError>) -> AxumResponse {
    let response = match body {
        Ok(body) => answer(StatusCode::OK, &body),
        Err(error) => {
            tracing::error!(error = chain(&error), "could not read the queues");
            problem(StatusCode::SERVICE_UNAVAILABLE, None, "the queues do not answer")
        }
    };
    response.map(Body::from)
}

impl Front {
    /// Now, whether all that was taken is visible, and how full the queues are.
    fn status(&self) -> Result<Value, QueueError> {
        let is_idle = self.schedule.is_idle()?;
        let mut queues = Map::new();
        for name in
            [EVENTS, TICKS, ALERTS].into_iter().flat_map(|q| [q.to_owned(), dead_letters(q)])
        {
            let depth = self.queues.depth(&name)?;
            let counts = json!({
                "visible": depth.visible,
                "in_flight": depth.in_flight,
                "delayed": depth.delayed,
            });
            queues.insert(name, counts);
        }
        let now = minute::timestamp(self.clock.now()).to_string();
        Ok(json!({ "now": now, "idle": is_idle, "queues": queues }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<Vec<(http::HeaderName, http::HeaderValue)>>()
            .into_iter()
            .collect()
    }

    #[test]
    fn other_hosts_and_origins_are_foreign() {
        let own = own_hosts(8080);
        for (pairs, field) in [
            (&[("host", "127.0.0.1:8080")][..], None),
            (&[("host", "LocalHost:8080"), ("origin", "http://localhost:8080")], None),
            (&[("host", "[::1]:8080"), ("origin", "http://127.0.0.1:8080")], None),
            (&[("host", "localhost:8080"), ("origin", "https://localhost:8080")], Some("origin")),
            (&[("host", "localhost:8080"), ("origin", "http://localhost:80")], Some("origin")),
            (&[("host", "localhost:8080"), ("origin", "null")], Some("origin")),
            (&[("host", "localhost")], Some("host")),
            (&[("host", "localhost.evil.example:8080")], Some("host")),
            (&[], Some("host")),
        ] {
            assert_eq!(foreign(&headers(pairs), &own, false), field, "{pairs:?}");
        }
        let kept_back = headers(&[("host", "localhost:8080"), ("origin", "null")]);
        assert_eq!(foreign(&kept_back, &own, true), None);
        let other = headers(&[("host", "localhost:8080"), ("origin", "https://evil.example")]);
        assert_eq!(foreign(&other, &own, true), Some("origin"));
    }

    #[test]
    fn the_header_goes_before_the_cookie_and_operations_is_the_default() {
        let tenant = TenantId::try_from("demo".to_owned()).unwrap();
        let role = |pairs: &[_]| identity(&headers(pairs), &tenant).map(|who| who.role);
        assert_eq!(role(&[]), Ok(Role::Operations));
        assert_eq!(role(&[("cookie", "a=b; tocsin_role=admin")]), Ok(Role::Admin));
        assert_eq!(
            role(&[("cookie", "tocsin_role=admin"), ("x-tocsin-role", "agent")]),
            Ok(Role::Agent)
        );
        assert_eq!(role(&[("x-tocsin-role", "root")]), Err("root".to_owned()));
        let session = |pairs: &[_]| identity(&headers(pairs), &tenant).unwrap().is_session;
        assert!(session(&[("cookie", "tocsin_role=admin")]));
        assert!(!session(&[("cookie", "tocsin_role=admin"), ("x-tocsin-role", "agent")]));
        assert!(!session(&[]));
    }
}
