//! A time is read as RFC 3339 has it: what is read and written again is the same instant.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tocsin_domain::rfc3339;

fuzz_target!(|text: &str| {
    let Some(read) = rfc3339::parse(text) else { return };
    assert!(text.is_ascii() && text.len() >= "2026-01-01T00:00:00Z".len(), "{text:?}");
    // What jiff writes of years beyond 0..=9999 is no RFC 3339.
    let written = read.to_string();
    if !written.starts_with('-') {
        assert_eq!(rfc3339::parse(&written), Some(read), "{text:?}");
    }
});
