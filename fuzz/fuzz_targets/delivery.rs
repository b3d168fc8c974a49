//! A vendor's delivery as it is received: nothing panics, the same delivery is the same events, and an
//! e-mail address that stands in it is in nothing that is kept of it. And what says who signed it: no
//! header makes a body pass that nobody signed, and one that was signed passes.
#![no_main]

mod planted;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tocsin_domain::{
    chunk::Chunk,
    decode::{self as core, Agents, Intake},
    derived::Policy,
    platform::{Account, Platform, decode, signature::Scheme},
};

use planted::{KEY, PLANTED, TENANT, plant};

static POLICY: LazyLock<Policy> = LazyLock::new(Policy::default);

const SCHEMES: [Scheme; 5] =
    [Scheme::StandardWebhooks, Scheme::Zendesk, Scheme::Intercom, Scheme::Slack, Scheme::Chatwoot];

/// Base64, as some schemes ask for.
const SECRET: &str = "whsec_dGhlIHNlY3JldCB0aGF0IG5vYm9keSBrbm93cw==";

/// In nanoseconds since 1970, whose first day is no time at which anything was signed.
const SIGNED_FROM: i64 = 1_800_000_000 * 1_000_000_000;

fn signed(body: &[u8], now: i64) {
    for scheme in SCHEMES {
        assert!(scheme.takes(SECRET), "{scheme:?}");
        let headers = scheme.sign(SECRET, "msg_1", body, now);
        let header = |name: &str| {
            let found = headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        };
        let verified = scheme.verify(&header, body, &[SECRET.to_owned()], now);
        assert!(verified.is_ok(), "{scheme:?}: {headers:?}");
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
            let secrets = [SECRET.to_owned()];
            assert!(scheme.verify(&header, body, &secrets, now).is_err(), "{headers:?}");
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some(([which, first], rest)) = input.split_first_chunk() else { return };
    let text = String::from_utf8_lossy(rest);
    let Ok(mut delivery) = serde_json::from_str::<Value>(&text) else {
        let now = SIGNED_FROM + i64::from(*first) * 1_000_000_000;
        forged(&text, rest, now);
        signed(rest, now);
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
