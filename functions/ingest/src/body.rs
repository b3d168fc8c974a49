//! Bodies: what a request carries, in any of the formats that CloudEvents has over HTTP.

use std::{borrow::Cow, io::Read};

use flate2::read::MultiGzDecoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, value::RawValue};
use tocsin_domain::decode::Rejection;
use tocsin_shell::http::{Request, Response, problem};

/// Largest body, before and after inflation.
const BODY_LIMIT: usize = 1 << 20;
/// Most events of a request.
const COUNT_LIMIT: usize = 1_000;

/// Why a body can not be split into events.
#[derive(Debug)]
pub enum BodyError {
    /// Too long, or too many events.
    TooLarge(&'static str),
    /// An encoding that is not taken.
    Encoding,
    /// Said to be gzip and is not, or not to its end.
    Gzip,
}

impl BodyError {
    pub(crate) fn answer(&self) -> Response {
        match self {
            Self::TooLarge(detail) => problem(StatusCode::PAYLOAD_TOO_LARGE, Some("body"), detail),
            Self::Encoding => {
                let detail = "send the body plain or with `Content-Encoding: gzip`";
                problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, Some("content-encoding"), detail)
            }
            Self::Gzip => {
                let detail =
                    "the body is not gzip, or cut off, or something follows: nothing was taken";
                problem(StatusCode::BAD_REQUEST, Some("body"), detail)
            }
        }
    }
}

/// One event of a body, not yet judged.
#[derive(Debug)]
pub enum Part<'a> {
    /// JSON as it came; perhaps not well-formed.
    Text(&'a str),
    /// Bytes that are no text.
    Binary(&'a [u8]),
    /// Put together from headers and body.
    Assembled(Value, usize),
}

impl<'a> Part<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        std::str::from_utf8(bytes).map_or(Self::Binary(bytes), Self::Text)
    }

    /// Bytes as received.
    #[expect(clippy::len_without_is_empty, reason = "a part is an event, not a collection")]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
            Self::Assembled(_, len) => *len,
        }
    }

    /// The JSON that it is.
    pub fn value(&self) -> Result<Value, Rejection> {
        match self {
            Self::Text(text) => serde_json::from_str(text)
                .map_err(|error| Rejection::new("not_json", "event", explain(&error))),
            Self::Binary(_) => {
                Err(Rejection::new("not_utf8", "event", "send JSON, encoded in UTF-8"))
            }
            Self::Assembled(value, _) => Ok(value.clone()),
        }
    }

    /// What stands there, for what is refused.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => (*text).into(),
            Self::Binary(bytes) => String::from_utf8_lossy(bytes),
            Self::Assembled(value, _) => value.to_string().into(),
        }
    }
}

/// The body, inflated up to the limit and no further.
pub fn inflate(request: &Request) -> Result<Cow<'_, [u8]>, BodyError> {
    let body = request.body();
    if body.len() > BODY_LIMIT {
        return Err(BodyError::TooLarge("a body may have 1 MiB: send fewer events at a time"));
    }
    let encoding = request.headers().get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes);
    match encoding.unwrap_or_default().trim_ascii().to_ascii_lowercase().as_slice() {
        b"identity" | b"" => Ok(Cow::Borrowed(body)),
        b"gzip" | b"x-gzip" => {
            let mut inflated = Vec::new();
            let limit = u64::try_from(BODY_LIMIT).unwrap_or(u64::MAX) + 1;
            MultiGzDecoder::new(body.as_ref())
                .take(limit)
                .read_to_end(&mut inflated)
                .map_err(|_| BodyError::Gzip)?;
            if inflated.len() > BODY_LIMIT {
                return Err(BodyError::TooLarge("a body may inflate to 1 MiB: send fewer events"));
            }
            Ok(Cow::Owned(inflated))
        }
        _ => Err(BodyError::Encoding),
    }
}

/// Splits a body into events, by its headers and its first character. One that is not well-formed as
/// a whole is one part, to be refused by itself.
pub fn split<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Vec<Part<'a>>, BodyError> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let parts = if headers.contains_key("ce-specversion") {
        vec![binary(headers, body)]
    } else if media_type.eq_ignore_ascii_case("application/x-ndjson") {
        let lines = body.split(|byte| *byte == b'\n');
        lines.map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).map(Part::of).collect()
    } else if body.trim_ascii_start().starts_with(b"[") {
        match serde_json::from_slice::<Vec<&RawValue>>(body) {
            Ok(events) => events.into_iter().map(|event| Part::Text(event.get())).collect(),
            Err(_) => vec![Part::of(body)],
        }
    } else {
        vec![Part::of(body)]
    };
    if parts.len() > COUNT_LIMIT {
        return Err(BodyError::TooLarge("a request may carry 1000 events: send several requests"));
    }
    Ok(parts)
}

/// Some senders put it before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Binary mode: attributes in `ce-*` headers, data in the body.
fn binary<'a>(headers: &HeaderMap, body: &[u8]) -> Part<'a> {
    let mut event = Map::new();
    for (name, value) in headers {
        if let Some(name) = name.as_str().strip_prefix("ce-") {
            let value = percent_decoded(value.as_bytes());
            event.insert(name.to_owned(), Value::String(value));
        }
    }
    if !body.trim_ascii().is_empty() {
        let text = String::from_utf8_lossy(body);
        let data = serde_json::from_slice(body);
        event.insert("data".to_owned(), data.unwrap_or(Value::String(text.into_owned())));
    }
    Part::Assembled(Value::Object(event), body.len())
}

/// Header values carry non-ASCII characters percent-encoded.
fn percent_decoded(value: &[u8]) -> String {
    percent_encoding::percent_decode(value).decode_utf8_lossy().into_owned()
}

/// Where JSON breaks; never what stood there.
fn explain(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    format!(
        "at line {line} column {column}: malformed, nested more than 127 deep, or a number that no \
         double holds"
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use bytes::Bytes;

    use super::*;

    fn parts<'a>(headers: &[(&'static str, &'static str)], body: &'a [u8]) -> Vec<Part<'a>> {
        let headers = headers.iter().map(|(name, value)| {
            (name.parse::<http::HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
        });
        split(&headers.collect(), body).unwrap()
    }

    const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson; charset=utf-8");

    /// What becomes of each part: `ok`, or the error.
    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], body: &[u8], expected: &[&str]) {
        let parts = parts(headers, body);
        let found: Vec<_> = parts
            .iter()
            .map(|part| part.value().map_or_else(|wrong| wrong.error, |_| "ok"))
            .collect();
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(body));
    }

    #[test]
    fn every_mode_is_split() {
        check(&[], b"{}", &["ok"]);
        check(&[], b" [ {}, {} ]", &["ok", "ok"]);
        check(&[], b"[]", &[]);
        check(&[NDJSON], b"{}\r\n\n{}\nnot json\n", &["ok", "ok", "not_json"]);
        check(&[NDJSON], b"", &[]);
        check(&[("ce-specversion", "1.0")], b"", &["ok"]);
        check(&[("content-type", "Application/CloudEvents+JSON; charset=UTF-8")], b"{}", &["ok"]);
    }

    #[test]
    fn what_is_not_json_is_one_part_to_be_refused() {
        for body in ["", "{", "{}{}", "[{},", "[{}] {}", "{\"n\":1e400}"] {
            check(&[], body.as_bytes(), &["not_json"]);
        }
        check(&[], b"[{},{\"n\":1e400},{}]", &["ok", "not_json", "ok"]);
        let deep = format!("[{{}},{}{}]", "[".repeat(200_000), "]".repeat(200_000));
        check(&[], deep.as_bytes(), &["ok", "not_json"]);
        let Err(wrong) = parts(&[], b"{\n!")[0].value() else { panic!() };
        assert!(wrong.detail.contains("line 2 column 1"), "{}", wrong.detail);
    }

    #[test]
    fn a_line_that_is_no_text_is_refused_alone() {
        check(&[NDJSON], b"{}\n{\"a\":\"\xFF\"}\n{}", &["ok", "not_utf8", "ok"]);
        check(&[], b"{\"a\":\"\xFF\"}", &["not_utf8"]);
        check(&[], b"[{\"a\":\"\xFF\"}]", &["not_utf8"]);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        check(&[], b"\xEF\xBB\xBF[{}]", &["ok"]);
        check(&[NDJSON], b"\xEF\xBB\xBF{}\n{}", &["ok", "ok"]);
    }

    #[test]
    fn of_two_fields_of_one_name_the_last_counts() {
        let event = parts(&[], br#"{"id":"a","id":"b"}"#)[0].value().unwrap();
        assert_eq!(event, serde_json::json!({"id": "b"}));
    }

    #[test]
    fn binary_mode_reads_headers_and_any_body() {
        let headers = [("ce-specversion", "1.0"), ("ce-id", "caf%C3%A9")];
        let event = |body| parts(&headers, body)[0].value().unwrap();
        assert_eq!(event(b"{\"a\":1}")["data"], serde_json::json!({"a": 1}));
        assert_eq!(event(b"<xml/>")["data"], serde_json::json!("<xml/>"));
        assert_eq!(event(b"\xFF")["data"], serde_json::json!("\u{FFFD}"));
        assert_eq!(event(b" ")["id"], serde_json::json!("café"));
    }

    #[test]
    fn more_than_a_thousand_events_are_too_many() {
        let many = format!("[{}{{}}]", "{},".repeat(1_000));
        let outcome = split(&HeaderMap::new(), many.as_bytes());
        assert!(matches!(outcome, Err(BodyError::TooLarge(detail)) if detail.contains("1000")));
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn encoded(encoding: &'static str, body: Vec<u8>) -> Request {
        let mut request = Request::new(Bytes::from(body));
        request.headers_mut().insert("content-encoding", encoding.parse().unwrap());
        request
    }

    #[test]
    fn gzip_is_inflated_to_its_end_or_not_at_all() {
        let whole = gzip(b"{}");
        for encoding in ["gzip", "GZIP", "x-gzip"] {
            let request = encoded(encoding, whole.clone());
            assert_eq!(inflate(&request).unwrap().as_ref(), b"{}", "{encoding}");
        }
        let two = encoded("gzip", [gzip(b"{}\n"), gzip(b"{}")].concat());
        assert_eq!(inflate(&two).unwrap().as_ref(), b"{}\n{}");
        let cut = whole[..whole.len() - 1].to_vec();
        let followed = [whole.as_slice(), b"more"].concat();
        for body in [cut, followed, b"{}".to_vec(), Vec::new()] {
            assert!(matches!(inflate(&encoded("gzip", body)), Err(BodyError::Gzip)));
        }
        assert!(matches!(inflate(&encoded("br", whole)), Err(BodyError::Encoding)));
    }

    #[test]
    fn a_gzip_bomb_is_inflated_to_the_limit_and_refused() {
        let bomb = encoded("gzip", gzip(&vec![b' '; 20_000_000]));
        assert!(bomb.body().len() < 100_000);
        assert!(matches!(inflate(&bomb), Err(BodyError::TooLarge(_))));
    }
}
