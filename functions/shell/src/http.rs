//! Requests and answers, whatever gateway they came through.
//!
//! Handlers see [`Request`] and give [`Response`]; on Lambda they come from an API Gateway payload
//! of version 2.0, locally from a socket.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// A request with its whole body.
pub type Request = http::Request<Bytes>;
/// An answer with its whole body.
pub type Response = http::Response<Bytes>;

/// RFC 9457 problem details, naming the field and the remedy.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

/// A JSON answer.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    with_type(status, "application/json", bytes.into())
}

/// A refusal that says what is wrong.
pub fn problem(status: StatusCode, field: Option<&str>, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("error");
    let problem = Problem { title, status: status.as_u16(), detail, field };
    let bytes = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = with_type(status, "application/problem+json", bytes.into());
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

/// An answer of this media type.
pub fn with_type(status: StatusCode, media_type: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The request that an API Gateway payload describes; `None` where it describes none.
pub fn from_gateway(event: ApiGatewayV2httpRequest) -> Option<Request> {
    let path = event.raw_path.unwrap_or_else(|| "/".to_owned());
    let uri = match event.raw_query_string.filter(|query| !query.is_empty()) {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let body = match event.body {
        Some(body) if event.is_base64_encoded => STANDARD.decode(body).ok()?.into(),
        Some(body) => Bytes::from(body),
        None => Bytes::new(),
    };
    let mut request = Request::new(body);
    *request.method_mut() = event.request_context.http.method;
    *request.uri_mut() = uri.parse().ok()?;
    *request.headers_mut() = event.headers;
    Some(request)
}

/// The payload that API Gateway wants for an answer.
pub fn to_gateway(response: Response) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(parts.status.as_u16());
    answer.headers = parts.headers;
    match String::from_utf8(body.to_vec()) {
        Ok(text) => answer.body = Some(text.into()),
        Err(binary) => {
            answer.body = Some(STANDARD.encode(binary.into_bytes()).into());
            answer.is_base64_encoded = true;
        }
    }
    answer
}
