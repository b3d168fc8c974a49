//! Bodies: what a request carries, in any of the formats that CloudEvents has over HTTP.

use std::{borrow::Cow, io::Read};

use flate2::read::MultiGzDecoder;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, value::RawValue};
use tocsin_shell::http::{Request, Response, problem};

/// Largest body, before and after inflation.
const BODY_LIMIT: usize = 1 << 20;
/// Most events of a request.
const COUNT_LIMIT: usize = 1_000;

/// Why a body can not be split into events.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// Too long, or too many events.
    TooLarge(&'static str),
    /// An encoding that is not taken.
    Encoding,
    /// Not JSON at all; says where.
    NotJson(String),
}

impl BodyError {
    pub(crate) fn answer(&self) -> Response {
        match self {
            Self::TooLarge(detail) => problem(StatusCode::PAYLOAD_TOO_LARGE, Some("body"), detail),
            Self::Encoding => {
                let detail = "send the body plain or with `Content-Encoding: gzip`";
                problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, Some("content-encoding"), detail)
            }
            Self::NotJson(detail) => problem(StatusCode::BAD_REQUEST, Some("body"), detail),
        }
    }
}

/// One event of a body, not yet judged.
#[derive(Debug)]
pub(crate) enum Part<'a> {
    /// JSON as it came; perhaps not well-formed, where it is a line.
    Text(&'a str),
    /// Put together from headers and body.
    Assembled(Value, usize),
}

impl Part<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Assembled(_, len) => *len,
        }
    }

    pub(crate) fn value(&self) -> Result<Value, String> {
        match self {
            Self::Text(text) => serde_json::from_str(text).map_err(|error| explain(&error)),
            Self::Assembled(value, _) => Ok(value.clone()),
        }
    }

    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => (*text).into(),
            Self::Assembled(value, _) => value.to_string().into(),
        }
    }
}

/// The body, inflated up to the limit and no further.
pub(crate) fn inflate(request: &Request) -> Result<Cow<'_, [u8]>, BodyError> {
    let body = request.body();
    if body.len() > BODY_LIMIT {
        return Err(BodyError::TooLarge("a body may have 1 MiB: send fewer events at a time"));
    }
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    match encoding.map(http::HeaderValue::as_bytes) {
        None | Some(b"identity" | b"") => Ok(Cow::Borrowed(body)),
        Some(b"gzip" | b"x-gzip") => {
            let mut inflated = Vec::new();
            let limit = u64::try_from(BODY_LIMIT).unwrap_or(u64::MAX) + 1;
            MultiGzDecoder::new(body.as_ref())
                .take(limit)
                .read_to_end(&mut inflated)
                .map_err(|_| BodyError::NotJson("the body is not gzip".to_owned()))?;
            if inflated.len() > BODY_LIMIT {
                return Err(BodyError::TooLarge("a body may inflate to 1 MiB: send fewer events"));
            }
            Ok(Cow::Owned(inflated))
        }
        Some(_) => Err(BodyError::Encoding),
    }
}

/// Splits a body into events, by its headers and its first character.
pub(crate) fn split<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Vec<Part<'a>>, BodyError> {
    let text = std::str::from_utf8(body)
        .map_err(|_| BodyError::NotJson("the body is not UTF-8".to_owned()))?;
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let parts = if headers.contains_key("ce-specversion") {
        vec![binary(headers, text)]
    } else if media_type.eq_ignore_ascii_case("application/x-ndjson") {
        text.lines().filter(|line| !line.trim().is_empty()).map(Part::Text).collect()
    } else if text.trim_start().starts_with('[') {
        let events: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|error| BodyError::NotJson(explain(&error)))?;
        events.into_iter().map(|event| Part::Text(event.get())).collect()
    } else {
        let event: &RawValue =
            serde_json::from_str(text).map_err(|error| BodyError::NotJson(explain(&error)))?;
        vec![Part::Text(event.get())]
    };
    if parts.len() > COUNT_LIMIT {
        return Err(BodyError::TooLarge("a request may carry 1000 events: send several requests"));
    }
    Ok(parts)
}

/// Binary mode: attributes in `ce-*` headers, data in the body.
fn binary<'a>(headers: &HeaderMap, text: &'a str) -> Part<'a> {
    let mut event = Map::new();
    for (name, value) in headers {
        if let (Some(name), Ok(value)) = (name.as_str().strip_prefix("ce-"), value.to_str()) {
            let value = percent_decoded(value);
            event.insert(name.to_owned(), Value::String(value));
        }
    }
    if !text.trim().is_empty() {
        let data = serde_json::from_str(text);
        event.insert("data".to_owned(), data.unwrap_or(Value::String(text.to_owned())));
    }
    Part::Assembled(Value::Object(event), text.len())
}

/// Header values carry non-ASCII characters percent-encoded.
fn percent_decoded(value: &str) -> String {
    percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned()
}

/// Where JSON breaks; never what stood there.
fn explain(error: &serde_json::Error) -> String {
    format!("not well-formed JSON at line {} column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use bytes::Bytes;

    use super::*;

    fn parts_of(headers: &[(&'static str, &'static str)], body: &str) -> Result<usize, String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        split(&map, body.as_bytes()).map(|parts| parts.len()).map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn every_mode_is_split() {
        let ndjson = [("content-type", "application/x-ndjson")];
        assert_eq!(parts_of(&[], "{}"), Ok(1));
        assert_eq!(parts_of(&[], " [ {}, {} ]"), Ok(2));
        assert_eq!(parts_of(&[], "[]"), Ok(0));
        assert_eq!(parts_of(&ndjson, "{}\n\n{}\nnot json\n"), Ok(3));
        assert_eq!(parts_of(&[("ce-specversion", "1.0")], ""), Ok(1));
        assert!(parts_of(&[], "{").unwrap_err().contains("line 1"));
        assert!(
            parts_of(&[], &format!("[{}{{}}]", "{},".repeat(1_000))).unwrap_err().contains("1000")
        );
    }

    #[test]
    fn a_gzip_bomb_is_inflated_to_the_limit_and_refused() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b' '; 20_000_000]).unwrap();
        let mut request = Request::new(Bytes::from(encoder.finish().unwrap()));
        assert!(request.body().len() < 100_000);
        request.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        assert!(matches!(inflate(&request), Err(BodyError::TooLarge(_))));
    }
}
