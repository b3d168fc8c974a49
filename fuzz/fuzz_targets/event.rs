//! An event as it is received: nothing panics, and an e-mail address that stands in it is in nothing
//! that is kept of it.
#![no_main]

mod planted;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tocsin_domain::{
    chunk::Chunk,
    decode::{Agents, Intake, decode, masked_event, masked_text, source_label},
    derived::Policy,
};

use planted::{KEY, PLANTED, TENANT, plant};

static POLICY: LazyLock<Policy> =
    LazyLock::new(|| Policy::parse("forbidden:\n  - phrases: [risk free]\n").expect("a policy"));

fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let Ok(mut event) = serde_json::from_str::<Value>(&text) else {
        let masked = masked_text(&format!("{text} {PLANTED}"));
        assert!(!masked.contains(PLANTED), "{masked}");
        return;
    };
    let mut at = *first;
    plant(&mut event, &mut at);
    let (mut chunk, mut agents) = (Chunk::new(TENANT.clone(), 0), Agents::new());
    let intake = Intake {
        key: &KEY,
        sources: &[String::new()],
        now: &|event| event,
        accept_late: 0,
        policy: &POLICY,
    };
    let kept = match decode(&event, &intake, &mut chunk, &mut agents) {
        Ok(()) => {
            let bytes = chunk.encode();
            let read = Chunk::decode(&bytes).expect("a chunk is read back");
            assert_eq!(read.encode(), bytes);
            format!("{read:?}")
        }
        Err(rejection) => {
            let (label, masked) = (source_label(&event), masked_event(&event, &KEY));
            format!("{} {label} {masked}", rejection.field)
        }
    };
    assert!(!kept.contains(PLANTED), "{kept}");
});
