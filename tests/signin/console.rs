//! A console that listens, as the function is behind its gateway: by the gateway's payloads, on embedded
//! tables, by a clock that a test sets.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use tocsin_console::{Console, issuer, signin::SignIn, token::Expected};
use tocsin_domain::rule::DEFAULT_RULES;
use tocsin_shell::{
    audit::Refusals,
    http::{from_gateway, to_gateway},
    random::Random,
    store::Store,
    vault::Vault,
};
use tocsin_tables::fresh::store;
use tokio::net::TcpListener;

use super::issuer::{CLIENT, Issuer};

/// 2026-01-05T10:00:00Z
pub(crate) const NOW: i64 = 1_767_607_200_000_000_000;

/// What the listener needs.
struct Served {
    console: Console,
    now: Arc<AtomicI64>,
}

/// The address of a console whose people this issuer knows, as this client.
pub(crate) async fn start(issuer: &Issuer, client: &str, now: Arc<AtomicI64>) -> String {
    serve(issuer, client, store().await, now).await
}

/// The same, over this store.
pub(crate) async fn serve(
    issuer: &Issuer,
    client: &str,
    store: Store,
    now: Arc<AtomicI64>,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // By its name: to a browser another site than the issuer, which is known by its number.
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let expected = Expected {
        issuer: issuer.url.clone(),
        audience: client.to_owned(),
        claims: "tocsin_".to_owned(),
    };
    let sign_in = SignIn {
        issuer: issuer::Issuer::new(expected).unwrap(),
        address: url.clone(),
        random: Random::System,
    };
    if client == CLIENT {
        *issuer.callback.lock().unwrap() = format!("{url}/signin/callback");
    }
    let console = Console {
        store,
        vault: Vault::new(vec![7; 32]),
        unsaved_rules: DEFAULT_RULES.to_owned(),
        links: &[],
        sign_in: Some(sign_in),
        refusals: Refusals::default(),
    };
    let served = Arc::new(Served { console, now });
    let router = Router::new().fallback(answer).with_state(served);
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    url
}

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response {
    let request = from_gateway(payload(request).await).unwrap();
    let now = served.now.load(Ordering::SeqCst);
    let identity = served.console.identity(request.headers(), now).await;
    let identity = identity.as_ref().map_err(|why| *why);
    let answer = to_gateway(served.console.handle(&request, identity, now).await);
    let status = u16::try_from(answer.status_code).unwrap();
    let mut response = Response::builder().status(status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    for cookie in &answer.cookies {
        response = response.header("set-cookie", cookie);
    }
    let body = answer.body.map_or_else(Vec::new, |body| body.to_vec());
    response.body(Body::from(body)).unwrap()
}

/// What the gateway makes of a request: cookies stand in a place of their own.
async fn payload(request: Request) -> ApiGatewayV2httpRequest {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let mut headers = Map::new();
    let mut cookies = Vec::new();
    for (name, value) in &parts.headers {
        let value = value.to_str().unwrap();
        if name == "cookie" {
            cookies.extend(value.split("; ").map(str::to_owned));
        } else {
            headers.insert(name.to_string(), json!(value));
        }
    }
    let payload: Value = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": parts.uri.path(),
        "rawQueryString": parts.uri.query().unwrap_or_default(), "cookies": cookies,
        "headers": headers, "body": STANDARD.encode(body), "isBase64Encoded": true,
        "requestContext": { "http": { "method": parts.method.as_str() } },
    });
    serde_json::from_value(payload).unwrap()
}
