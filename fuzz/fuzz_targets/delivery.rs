//! A vendor's delivery as it is received: nothing panics, the same delivery is the same events, and an
//! e-mail address that stands in it is in nothing that is kept of it. And what says who signed it: no
//! header makes a body pass that nobody signed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tocsin_domain::{
    chunk::Chunk,
    decode::{self as core, Agents, Intake},
    derived::Policy,
    id::{PseudonymKey, TenantId},
    platform::{Account, Platform, decode, signature::Scheme},
};

const PLANTED: &str = "zoe.planted@example.org";

static TENANT: LazyLock<TenantId> =
    LazyLock::new(|| TenantId::try_from("demo".to_owned()).expect("a tenant"));
static KEY: LazyLock<PseudonymKey> = LazyLock::new(|| PseudonymKey::derive(b"fuzz", &TENANT, 1));
static POLICY: LazyLock<Policy> = LazyLock::new(Policy::default);

const SCHEMES: [Scheme; 5] =
    [Scheme::StandardWebhooks, Scheme::Zendesk, Scheme::Intercom, Scheme::Slack, Scheme::Chatwoot];

/// Writes the address behind every third text.
fn plant(value: &mut Value, at: &mut u8) {
    match value {
        Value::String(text) => {
            *at = at.wrapping_add(1);
            if at.is_multiple_of(3) {
                text.push_str(" write to ");
                text.push_str(PLANTED);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| plant(item, at)),
        Value::Object(fields) => fields.values_mut().for_each(|field| plant(field, at)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whatever a sender writes into its headers, a body is nobody's without the secret.
fn forged(text: &str, body: &[u8], now: i64) {
    let mut lines = text.lines();
    let headers: Vec<&str> = (0..3).filter_map(|_| lines.next()).collect();
    for scheme in SCHEMES {
        // The order in which a scheme asks for its headers is its own: each gets each line once.
        for turn in 0..headers.len() {
            let asked = std::cell::Cell::new(turn);
            let header = |_: &str| {
                let line = asked.get();
                asked.set(line + 1);
                headers.get(line % headers.len()).copied()
            };
            let secrets = ["whsec_dGhlIHNlY3JldCB0aGF0IG5vYm9keSBrbm93cw==".to_owned()];
            assert!(scheme.verify(&header, body, &secrets, now).is_err(), "{headers:?}");
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some(([which, first], rest)) = input.split_first_chunk() else { return };
    let text = String::from_utf8_lossy(rest);
    let Ok(mut delivery) = serde_json::from_str::<Value>(&text) else {
        forged(&text, rest, i64::from(*first) * 1_000_000_000);
        return;
    };
    plant(&mut delivery, &mut first.clone());
    let platforms = [Platform::Connect, Platform::Genesys, Platform::Zendesk];
    let account = Account::new(platforms[usize::from(*which) % platforms.len()], "acme");
    let decoded = decode(&account, &delivery);
    assert_eq!(decode(&account, &delivery), decoded, "{delivery}");
    let kept = account.kept(&delivery, &KEY).to_string();
    assert!(!kept.contains(PLANTED), "{kept}");
    let Ok(decoded) = decoded else { return };
    let (mut chunk, mut agents) = (Chunk::new(TENANT.clone(), 0), Agents::new());
    if let Some(name) = &decoded.unmeasured {
        core::tally_unknown(&mut chunk, &account.source(), name);
    }
    let sources = [account.source()];
    let intake = Intake {
        key: &KEY,
        sources: &sources,
        now: &|event| event,
        accept_late: 0,
        policy: &POLICY,
    };
    for event in &decoded.events {
        // A vendor's value may be none of the model's; then the model says so.
        let _ = core::decode(event, &intake, &mut chunk, &mut agents);
    }
    let stored = format!("{:?}", Chunk::decode(&chunk.encode()).expect("a chunk is read back"));
    assert!(!stored.contains(PLANTED), "{stored}");
});
