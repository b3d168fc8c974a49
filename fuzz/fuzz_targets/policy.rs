//! A policy is read or refused with a reason; one that is read judges whatever is said.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use tocsin_domain::{
    chunk::Chunk,
    decode::{Agents, Intake, decode},
    derived::{Policy, asks_for_person},
    id::{PseudonymKey, TenantId},
};

static TENANT: LazyLock<TenantId> =
    LazyLock::new(|| TenantId::try_from("demo".to_owned()).expect("a tenant"));
static KEY: LazyLock<PseudonymKey> = LazyLock::new(|| PseudonymKey::derive(b"fuzz", &TENANT, 1));

fuzz_target!(|input: &str| {
    // What stands behind a line of `=` is said.
    let (yaml, text) = input.split_once("\n=\n").unwrap_or((input, "put me through, please"));
    let policy = match Policy::parse(yaml) {
        Ok(policy) => policy,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let _ = asks_for_person(text, &policy);
    let intake = Intake {
        key: &KEY,
        sources: &[String::new()],
        now: &|event| event,
        accept_late: 0,
        policy: &policy,
    };
    for author in ["customer", "ai", "human", "system"] {
        let event = json!({
            "specversion": "1.0", "id": "a", "source": "/test", "subject": "s",
            "type": "cx.message.added", "time": "2026-03-02T09:00:00Z",
            "data": { "author": author, "text": text },
        });
        let mut chunk = Chunk::new(TENANT.clone(), 0);
        decode(&event, &intake, &mut chunk, &mut Agents::new()).expect("is taken");
    }
});
