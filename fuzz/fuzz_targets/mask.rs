//! Masking is total, its findings lie in order on character boundaries, and what is masked stays as
//! it is when it is masked again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tocsin_domain::privacy::{Known, find_known, mask_known};

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    // What stands before a line of `=` is known; after it comes the text.
    let (first, text) = text.split_once("\n=\n").unwrap_or(("", &text));
    let mut known = Known::default();
    if let Some((name, identifier)) = first.split_once('\n') {
        known.name(name);
        known.identifier(identifier);
    }
    let mut end = 0;
    for finding in find_known(text, &known) {
        assert!(end <= finding.start && finding.start < finding.end);
        assert!(text.get(finding.start..finding.end).is_some());
        end = finding.end;
    }
    let masked = mask_known(text, &known);
    assert_eq!(mask_known(&masked, &known), masked, "{text:?}");
});
