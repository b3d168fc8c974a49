//! A request's body in every format and encoding: split without a panic, within the limits, and
//! nothing of a plain body of lines is lost.
#![no_main]

use std::io::Write;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::Request;
use libfuzzer_sys::fuzz_target;
use tocsin_ingest::body::{inflate, split};

const TYPES: [&str; 4] =
    ["application/cloudevents+json", "application/x-ndjson", "application/json", "text/plain"];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("into memory");
    encoder.finish().expect("into memory")
}

fuzz_target!(|input: &[u8]| {
    let [form, header, body @ ..] = input else { return };
    let mut request = Request::builder().header("content-type", TYPES[usize::from(form % 4)]);
    if form & 4 != 0 {
        let (value, _) = body.split_at(body.len().min(usize::from(*header)));
        request = request.header("ce-specversion", "1.0").header("ce-id", value);
    }
    let body = match form >> 3 & 3 {
        0 => body.to_vec(),
        1 => gzip(body),
        2 => {
            // Damaged at one place.
            let mut zipped = gzip(body);
            let at = usize::from(*header) % zipped.len();
            zipped[at] ^= 0x20;
            zipped
        }
        _ => [gzip(body), gzip(body)].concat(),
    };
    let is_gzip = form >> 3 & 3 != 0 || form & 0x20 != 0;
    if is_gzip {
        request = request.header("content-encoding", "gzip");
    }
    let Ok(request) = request.body(Bytes::from(body)) else { return };
    let Ok(inflated) = inflate(&request) else { return };
    assert!(inflated.len() <= 1 << 20);
    let Ok(parts) = split(request.headers(), &inflated) else { return };
    assert!(parts.len() <= 1_000);
    for part in &parts {
        assert!(part.len() <= inflated.len());
        if let Err(rejection) = part.value() {
            assert_eq!(rejection.field, "event");
        }
        let _ = part.text();
    }
    let is_lines = form % 4 == 1 && form & 4 == 0;
    if is_lines && !inflated.starts_with(b"\xEF\xBB\xBF") {
        let lines = inflated.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let lengths: Vec<usize> = lines.filter(|line| !line.is_empty()).map(<[u8]>::len).collect();
        assert!(parts.iter().map(|part| part.len()).eq(lengths));
    }
});
