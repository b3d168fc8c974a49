//! Requests and answers, whatever gateway they came through.
//!
//! Handlers see [`Request`] and give [`Response`]; on Lambda they come from an API Gateway payload
//! of version 2.0, locally from a socket.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

/// What a path may not hold as it is (RFC 3986). A `%` stays: it is that of an encoded byte, wherever a
/// gateway leaves them encoded.
const NO_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A request with its whole body.
pub type Request = http::Request<Bytes>;
/// An answer with its whole body.
pub type Response = http::Response<Bytes>;

/// RFC 9457 problem details, naming the field and the remedy.
#[derive(Debug, Serialize)]
struct Problem<'a, Members> {
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(flatten)]
    members: Members,
}

/// No extension members.
#[derive(Debug, Serialize)]
struct Plain {}

/// A JSON answer.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    with_type(status, "application/json", bytes.into())
}

/// A refusal that says what is wrong.
pub fn problem(status: StatusCode, field: Option<&str>, detail: &str) -> Response {
    problem_with(status, field, detail, Plain {})
}

/// A refusal that says what is wrong, with extension members.
pub fn problem_with(
    status: StatusCode,
    field: Option<&str>,
    detail: &str,
    members: impl Serialize,
) -> Response {
    let title = status.canonical_reason().unwrap_or("error");
    let problem = Problem { title, status: status.as_u16(), detail, field, members };
    let bytes = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = with_type(status, "application/problem+json", bytes.into());
    demand(&mut response);
    response
}

/// Puts what a status asks of its reader into the headers: when to ask again, how to sign in.
pub fn demand(response: &mut Response) {
    let (name, value) = match response.status() {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            (header::RETRY_AFTER, "2")
        }
        StatusCode::UNAUTHORIZED => (header::WWW_AUTHENTICATE, "Bearer"),
        _ => return,
    };
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// The answer to a method that a route has no answer of its own for: which ones it has.
pub fn other_method(method: &Method, allow: &'static str) -> Response {
    let mut response = if method == Method::OPTIONS {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    } else {
        problem(StatusCode::METHOD_NOT_ALLOWED, None, &format!("use one of {allow}"))
    };
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

/// The answer to HEAD: that to GET without its body.
pub fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    Response::from_parts(parts, Bytes::new())
}

/// Whether whoever asks reads pages, as browsers say they do.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let mut types = accepted.filter_map(|types| types.to_str().ok()).flat_map(|t| t.split(','));
    types.any(|one| {
        let name = one.split(';').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("text/html")
    })
}

/// The cookies that a browser sent: name and value.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let each = sent.flat_map(|cookies| cookies.split(';'));
    each.filter_map(|cookie| cookie.trim().split_once('='))
}

/// An answer that leads a browser on, by `GET`.
pub fn see_other(location: &str) -> Response {
    let mut response = Response::new(Bytes::new());
    // What no header can hold is no address.
    let Ok(location) = HeaderValue::from_str(location) else {
        return problem(StatusCode::BAD_REQUEST, None, "this leads to no address");
    };
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, location);
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
    // It comes decoded: what was `%3F` is no beginning of a query.
    let path = utf8_percent_encode(&path, NO_PATH);
    let uri = match event.raw_query_string.filter(|query| !query.is_empty()) {
        Some(query) => format!("{path}?{query}"),
        None => path.to_string(),
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
    // The gateway takes cookies out of the headers.
    if let Some(cookies) = event.cookies.filter(|cookies| !cookies.is_empty()) {
        let cookies = HeaderValue::from_str(&cookies.join("; ")).ok()?;
        request.headers_mut().insert(header::COOKIE, cookies);
    }
    Some(request)
}

/// The payload that API Gateway wants for an answer.
pub fn to_gateway(response: Response) -> ApiGatewayV2httpResponse {
    let (mut parts, body) = response.into_parts();
    // A header of a payload has one value; of cookies there may be several.
    let cookies = parts.headers.get_all(header::SET_COOKIE).iter();
    let cookies: Vec<String> =
        cookies.filter_map(|cookie| cookie.to_str().ok()).map(str::to_owned).collect();
    parts.headers.remove(header::SET_COOKIE);
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(parts.status.as_u16());
    answer.headers = parts.headers;
    answer.cookies = cookies;
    match String::from_utf8(body.to_vec()) {
        Ok(text) => answer.body = Some(text.into()),
        Err(binary) => {
            answer.body = Some(STANDARD.encode(binary.into_bytes()).into());
            answer.is_base64_encoded = true;
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_its_reader_may_do() {
        let header = |response: &Response, name| response.headers().get(name).cloned();
        let sign_in = problem(StatusCode::UNAUTHORIZED, None, "sign in");
        assert_eq!(header(&sign_in, header::WWW_AUTHENTICATE).unwrap(), "Bearer");
        let later = problem(StatusCode::SERVICE_UNAVAILABLE, None, "later");
        assert_eq!(header(&later, header::RETRY_AFTER).unwrap(), "2");
        for (method, status) in [
            (Method::OPTIONS, StatusCode::NO_CONTENT),
            (Method::PUT, StatusCode::METHOD_NOT_ALLOWED),
        ] {
            let response = other_method(&method, "GET, HEAD, OPTIONS");
            assert_eq!(response.status(), status);
            assert_eq!(header(&response, header::ALLOW).unwrap(), "GET, HEAD, OPTIONS");
        }
    }

    #[test]
    fn extension_members_stand_beside_the_others() {
        let members = serde_json::json!({"accepted": 0});
        let response = problem_with(StatusCode::BAD_REQUEST, Some("time"), "no", members);
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        let expected = serde_json::json!({
            "title": "Bad Request", "status": 400, "detail": "no", "field": "time", "accepted": 0,
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn an_answer_without_its_body_still_tells_how_long_that_is() {
        let response = without_body(problem(StatusCode::NOT_FOUND, None, "no"));
        assert!(response.body().is_empty());
        assert_ne!(response.headers()[header::CONTENT_LENGTH], "0");
    }

    #[test]
    fn cookies_pass_the_gateway_in_a_place_of_their_own() {
        let event = serde_json::json!({
            "rawPath": "/", "cookies": ["a=1", "__Host-b=x=y"], "headers": {"host": "c.example"},
            "requestContext": {"http": {"method": "GET"}}, "isBase64Encoded": false,
        });
        let request = from_gateway(serde_json::from_value(event).unwrap()).unwrap();
        let sent: Vec<_> = cookies(request.headers()).collect();
        assert_eq!(sent, [("a", "1"), ("__Host-b", "x=y")]);
        let mut response = see_other("/");
        for cookie in ["a=; Max-Age=0", "b=2; Secure"] {
            response.headers_mut().append(header::SET_COOKIE, cookie.parse().unwrap());
        }
        let answer = serde_json::to_value(to_gateway(response)).unwrap();
        assert_eq!(answer["cookies"], serde_json::json!(["a=; Max-Age=0", "b=2; Secure"]));
        assert_eq!(answer["headers"], serde_json::json!({"location": "/"}));
    }

    #[test]
    fn a_path_that_comes_decoded_leads_where_it_led() {
        for (raw, expected) in [
            ("/v1/alerts/k?\u{e6}/resolve", "/v1/alerts/k%3F%C3%A6/resolve"),
            ("/v1/alerts/#\u{13} /ack", "/v1/alerts/%23%13%20/ack"),
            ("/v1/alerts/a%2Fb", "/v1/alerts/a%2Fb"),
        ] {
            let event = serde_json::json!({
                "rawPath": raw, "rawQueryString": "a=%3F", "headers": {},
                "requestContext": {"http": {"method": "POST"}}, "isBase64Encoded": false,
            });
            let request = from_gateway(serde_json::from_value(event).unwrap()).unwrap();
            assert_eq!(request.uri().path(), expected);
            assert_eq!(request.uri().query(), Some("a=%3F"));
        }
    }

    #[test]
    fn browsers_read_pages() {
        for (accept, expected) in [
            ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", true),
            ("application/json, Text/HTML;q=0.1", true),
            ("*/*", false),
            ("application/json", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(accepts_html(&headers), expected, "{accept}");
        }
    }
}
