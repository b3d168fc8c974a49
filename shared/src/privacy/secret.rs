//! Credentials: by their frame (PEM, `password=`, `Bearer`), by a vendor's prefix, or by looking
//! like nothing a person would write.
//!
//! A long run of letters and digits is a secret unless it is words and numbers in a row, as in a
//! path or the name of a model, or a UUID: identifiers are worth keeping and open nothing.

mod spoken;
mod url;

use super::{
    CAPITAL_B, COLON, Detector, EQUALS, Kind, Span, Traits, View, WALL, byte, byte_before, is_run,
    is_word, lexicon::PASSWORD, munch, word_before,
};

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

/// The shortest run of [`is_run`] bytes in any of [`TOKENS`], and in a PEM block.
pub(super) const SHORTEST_TOKEN: usize = 14;

/// A run of this length with letters and digits is a secret.
const LONG_RUN: usize = 32;

/// How a token begins, and how many bytes must follow.
const TOKENS: [(&[u8], usize); 20] = [
    (b"sk-", 16),
    (b"sk_live_", 10),
    (b"sk_test_", 10),
    (b"rk_live_", 10),
    (b"rk_test_", 10),
    (b"pk_live_", 10),
    (b"ghp_", 16),
    (b"gho_", 16),
    (b"ghu_", 16),
    (b"ghs_", 16),
    (b"ghr_", 16),
    (b"github_pat_", 16),
    (b"glpat-", 16),
    (b"xoxb-", 10),
    (b"xoxa-", 10),
    (b"xoxp-", 10),
    (b"xoxr-", 10),
    (b"xoxs-", 10),
    (b"AIza", 30),
    (b"whsec_", 12),
];

/// The last words of a key whose value is secret, without `_`, `-` and spaces.
const NAMES: [&[u8]; 13] = [
    b"password",
    b"passwd",
    b"pwd",
    b"passphrase",
    b"passcode",
    b"secret",
    b"token",
    b"apikey",
    b"accesskey",
    b"privatekey",
    b"secretkey",
    b"authkey",
    b"signingkey",
];

/// Bytes looked back for a key; the longest of [`NAMES`] with separators fits.
const KEY_WINDOW: usize = 24;

/// Bytes of quotes and spaces between a key, its sign and its value.
const FILLER: usize = 8;

fn plausible(traits: &Traits) -> bool {
    traits.has(COLON | EQUALS | CAPITAL_B)
        || traits.longest_run >= SHORTEST_TOKEN
        || traits.words & PASSWORD != 0
}

fn scan(view: &mut View) {
    claim_each(view, |bytes, at| bytes[at] == b'-', private_key);
    claim_each(view, |bytes, at| bytes[at] == b':', url::user_info);
    claim_each(view, |bytes, at| bytes[at] == b'=', url::parameter);
    claim_each(view, |bytes, at| bytes[at] == b'/', url::path_token);
    claim_each(view, |bytes, at| matches!(bytes[at], b'=' | b':'), assignment);
    for (start, end) in spoken::passwords(&view.bytes) {
        view.claim(Kind::Secret, start, end);
    }
    claim_each(view, |bytes, at| matches!(bytes[at], b'B' | b'b'), bearer);
    claim_each(view, |bytes, at| is_token_start(bytes[at]), token);
    wall_uuids(view);
    scan_runs(view);
}

/// Claims what `read` finds at the places that are a `start`.
fn claim_each(
    view: &mut View,
    start: fn(&[u8], usize) -> bool,
    read: fn(&[u8], usize) -> Option<Span>,
) {
    let mut at = 0;
    while at < view.bytes.len() {
        let secret = start(&view.bytes, at).then(|| read(&view.bytes, at)).flatten();
        at = match secret {
            Some((start, end)) => {
                view.claim(Kind::Secret, start, end);
                end
            }
            None => at + 1,
        };
    }
}

/// A PEM block with a private key; to the end of the text where its own end is missing.
fn private_key(bytes: &[u8], at: usize) -> Option<Span> {
    let label = bytes[at..].strip_prefix(b"-----BEGIN ")?;
    let label = &label[..label.len().min(48)];
    let label = &label[..label.windows(5).position(|dashes| dashes == b"-----")?];
    if !label.windows(11).any(|words| words == b"PRIVATE KEY") {
        return None;
    }
    let footer = bytes[at..].windows(9).position(|mark| mark == b"-----END ").map(|n| at + n + 9);
    let dashes = |from: usize| bytes[from..].windows(5).position(|mark| mark == b"-----");
    let end = footer.and_then(|from| Some(from + dashes(from)? + 5));
    Some((at, end.unwrap_or(bytes.len())))
}

/// The value in `key=value`, `"key": "value"`, `Key: Bearer value`; `at` is the sign.
fn assignment(bytes: &[u8], at: usize) -> Option<Span> {
    let header = is_authorization(bytes, at);
    if !header && !names_secret(bytes, at) {
        return None;
    }
    let filler = |b: &u8| b" \t\r\n=>:\\\"'`".contains(b);
    let gap = bytes[at..].iter().take(FILLER).take_while(|b| filler(b)).count();
    let open = at + gap;
    let scheme = scheme_len(&bytes[open..]);
    if header && scheme == 0 {
        return None;
    }
    let start = open + scheme;
    let end = match byte_before(bytes, open) {
        quote @ (b'"' | b'\'' | b'`') => quoted_end(bytes, start, quote, open),
        _ => bare_end(bytes, start),
    };
    bytes[start..end]
        .iter()
        .any(|b| b.is_ascii_alphanumeric() || !b.is_ascii())
        .then_some((start, end))
}

/// Whether the key before the sign at `at` ends in one of [`NAMES`].
fn names_secret(bytes: &[u8], at: usize) -> bool {
    let mut name = [0; KEY_WINDOW];
    let mut from = KEY_WINDOW;
    let filler = |b: &u8| matches!(b, b' ' | b'"' | b'\'' | b'`' | b'\\' | b']');
    let behind = &bytes[at.saturating_sub(KEY_WINDOW)..at];
    let gap = behind.iter().rev().take(FILLER).take_while(|b| filler(b)).count();
    for byte in behind[..behind.len() - gap].iter().rev() {
        match byte {
            b'_' | b'-' | b' ' => {}
            _ if byte.is_ascii_alphanumeric() => {
                from -= 1;
                name[from] = byte.to_ascii_lowercase();
            }
            _ => break,
        }
    }
    // `code secret` is a PIN in French.
    NAMES.iter().any(|secret| name[from..].ends_with(secret))
        && !name[from..].ends_with(b"codesecret")
}

/// Whether the header `Authorization` ends at `at`.
fn is_authorization(bytes: &[u8], at: usize) -> bool {
    const NAME: &[u8] = b"authorization";
    let end = at - bytes[..at].iter().rev().take(2).take_while(|b| b"\"'\\".contains(b)).count();
    end.checked_sub(NAME.len()).is_some_and(|from| bytes[from..end].eq_ignore_ascii_case(NAME))
}

/// The length of an authentication scheme and its space.
fn scheme_len(bytes: &[u8]) -> usize {
    let names: [&[u8]; 3] = [b"bearer ", b"basic ", b"token "];
    let here =
        |name: &&&[u8]| bytes.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name));
    names.iter().find(here).map_or(0, |name| name.len())
}

/// A quoted value ends at its quote, which is escaped if the opening one is.
fn quoted_end(bytes: &[u8], start: usize, quote: u8, open: usize) -> usize {
    let escaped = |at: usize| byte_before(bytes, at) == b'\\';
    let outer = escaped(open - 1);
    let mut end = start;
    while let Some(byte) = bytes.get(end) {
        if matches!(*byte, b'\n' | WALL) || (*byte == quote && escaped(end) == outer) {
            break;
        }
        end += 1;
    }
    end - usize::from(outer && end > start && escaped(end))
}

fn bare_end(bytes: &[u8], start: usize) -> usize {
    let inside = |b: u8| !b.is_ascii_whitespace() && b != WALL && !b"\",;&<>}`".contains(&b);
    let mut end = munch(bytes, start, inside);
    // Punctuation of the sentence.
    while end > start && b"'()[].!?\\".contains(&bytes[end - 1]) {
        end -= 1;
    }
    end
}

/// The token after `Bearer`. In lower case it is an English word, and so may be the next.
fn bearer(bytes: &[u8], at: usize) -> Option<Span> {
    const NAME: &[u8] = b"bearer";
    let name = bytes.get(at..at + NAME.len())?;
    if !name.eq_ignore_ascii_case(NAME) || word_before(bytes, at) {
        return None;
    }
    let from = at + NAME.len();
    let gap = bytes[from..].iter().take(3).take_while(|b| b" \t".contains(b)).count();
    let start = from + gap;
    let mut end = munch(bytes, start, |b| is_run(b) || matches!(b, b'.' | b'~' | b'='));
    while end > start && bytes[end - 1] == b'.' {
        end -= 1;
    }
    let token = &bytes[start..end];
    let meant = name == b"Bearer" || token.len() >= 20 || token.iter().any(u8::is_ascii_digit);
    (gap > 0 && token.len() >= 3 && meant).then_some((start, end))
}

fn is_token_start(byte: u8) -> bool {
    matches!(byte, b's' | b'r' | b'p' | b'g' | b'x' | b'w' | b'A' | b'e')
}

/// A token with a known prefix, an AWS access key id or a JWT.
fn token(bytes: &[u8], at: usize) -> Option<Span> {
    if word_before(bytes, at) {
        return None;
    }
    let rest = &bytes[at..];
    if rest.starts_with(b"AKIA") || rest.starts_with(b"ASIA") {
        let end = munch(bytes, at, |b| b.is_ascii_uppercase() || b.is_ascii_digit());
        return (end - at == 20 && !is_word(byte(bytes, end))).then_some((at, end));
    }
    if rest.starts_with(b"eyJ") {
        return web_token(bytes, at);
    }
    let (prefix, least) = TOKENS.iter().find(|(prefix, _)| rest.starts_with(prefix))?;
    let start = at + prefix.len();
    let end = munch(bytes, start, is_url_safe);
    (end - start >= *least).then_some((at, end))
}

/// The bytes of base64 for URLs.
fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// A JWT: two parts or more, the first of them `{"…` in base64.
fn web_token(bytes: &[u8], at: usize) -> Option<Span> {
    // Within a run a second start would be read to the same end again.
    if matches!(byte_before(bytes, at), b'-' | b'_') {
        return None;
    }
    let part = |start: usize| munch(bytes, start, is_url_safe);
    let header = part(at);
    let payload = part((header + 1).min(bytes.len()));
    if header - at < 10 || byte(bytes, header) != b'.' || payload - header < 5 {
        return None;
    }
    let signed = byte(bytes, payload) == b'.';
    Some((at, if signed { part(payload + 1) } else { payload }))
}

/// Takes the UUIDs, so that no part of one is found to be anything.
fn wall_uuids(view: &mut View) {
    let mut at = 0;
    while at + UUID_LEN <= view.bytes.len() {
        if view.bytes[at + 8] == b'-' && is_uuid(&view.bytes, at) {
            view.wall(at, at + UUID_LEN);
            at += UUID_LEN;
        } else {
            at += 1;
        }
    }
}

const UUID_LEN: usize = 36;

fn is_uuid(bytes: &[u8], at: usize) -> bool {
    let shape = |(place, byte): (usize, &u8)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    let touched = |byte: u8| byte.is_ascii_alphanumeric();
    bytes[at..at + UUID_LEN].iter().enumerate().all(shape)
        && !touched(byte_before(bytes, at))
        && !touched(byte(bytes, at + UUID_LEN))
}

fn scan_runs(view: &mut View) {
    let mut at = 0;
    while at < view.bytes.len() {
        let end = munch(&view.bytes, at, is_run);
        let mut start = at;
        // The slashes of a URL.
        while start < end && !view.bytes[start].is_ascii_alphanumeric() {
            start += 1;
        }
        // An account number with dashes looks like a key.
        let is_iban = super::iban::end(&view.bytes, start) == Some(end);
        if is_key(&view.bytes[start..end]) && !is_iban {
            let padding = view.bytes[end..].iter().take(2).take_while(|b| **b == b'=').count();
            view.claim(Kind::Secret, start, end + padding);
        }
        at = end + 1;
    }
}

fn is_key(run: &[u8]) -> bool {
    run.len() >= LONG_RUN
        && run.iter().any(u8::is_ascii_digit)
        && run.iter().any(u8::is_ascii_alphabetic)
        && !run.split(|b| !b.is_ascii_alphanumeric()).all(is_plain)
}

/// A word, a number, or something as short as `v2` or `east1`: what names and paths are made of.
///
/// Holds for every part of a plain part too, which idempotence needs.
fn is_plain(part: &[u8]) -> bool {
    let digits = part.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let word = &part[..part.len() - digits];
    let rest = word.get(1..).unwrap_or_default();
    let is_word = word.iter().all(u8::is_ascii_alphabetic)
        && word.len() <= 20
        && (rest.iter().all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_uppercase));
    part.len() <= 3 || word.is_empty() || (is_word && digits <= 2)
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N";
    const PEM: &str = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";

    #[test]
    fn finds_tokens() {
        check(
            Kind::Secret,
            &[
                (JWT, &[JWT]),
                ("Authorization: Bearer xyz", &["xyz"]),
                ("authorization: basic dXNlcjpw", &["dXNlcjpw"]),
                ("Bearer abcdefgh. bearer abc123", &["abcdefgh", "abc123"]),
                ("AKIAIOSFODNN7EXAMPLE", &["AKIAIOSFODNN7EXAMPLE"]),
                ("sk-abcdefghijklmnop", &["sk-abcdefghijklmnop"]),
                ("(sk_live_abcdefghij)", &["sk_live_abcdefghij"]),
                ("ghp_abcdefghijklmnopqrst", &["ghp_abcdefghijklmnopqrst"]),
                ("github_pat_11ABCDEFG0abcdefghij", &["github_pat_11ABCDEFG0abcdefghij"]),
                ("xoxb-1234567890-abc", &["xoxb-1234567890-abc"]),
                (
                    "AIzaSyA-abcdefghijklmnopqrstuvwxyz01234",
                    &["AIzaSyA-abcdefghijklmnopqrstuvwxyz01234"],
                ),
                ("whsec_abcdefghijkl", &["whsec_abcdefghijkl"]),
            ],
        );
    }

    #[test]
    fn finds_values_of_assignments() {
        check(
            Kind::Secret,
            &[
                ("password=hunter2, ok", &["hunter2"]),
                ("My Password: hunter2.", &["hunter2"]),
                ("?access_token=abc&x=1", &["abc"]),
                (r#"{"client_secret" : "a, b\"c","x":1}"#, &[r#"a, b\"c"#]),
                (r#"{\"token\":\"abc\"}"#, &["abc"]),
                ("api_key: k API key = k x-api-key:k", &["k", "k", "k"]),
                ("token: Bearer abc", &["abc"]),
                (
                    "secret=123e4567-e89b-12d3-a456-426614174000",
                    &["123e4567-e89b-12d3-a456-426614174000"],
                ),
            ],
        );
    }

    #[test]
    fn finds_keys() {
        let text = format!("a {PEM} b");
        check(
            Kind::Secret,
            &[
                (&text, &[PEM]),
                ("x -----BEGIN PRIVATE KEY-----\nMIIE", &["-----BEGIN PRIVATE KEY-----\nMIIE"]),
                (
                    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                    &["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
                ),
                ("d41d8cd98f00b204e9800998ecf8427e", &["d41d8cd98f00b204e9800998ecf8427e"]),
                ("0123456789abcdefghijklmnopqrstuvw==", &["0123456789abcdefghijklmnopqrstuvw=="]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Secret,
            &[
                ("I forgot my password. The token expired; a secret", &[]),
                ("max_tokens=512 token_count: 5 password=, token:)", &[]),
                ("the bearer of bad news, Bearer of", &[]),
                ("task-abcdefghijklmnop risk-aversion-of-people", &[]),
                ("123e4567-e89b-12d3-a456-426614174000", &[]),
                ("/tenants/acme/conversations/123e4567-e89b-12d3-a456-426614174000/messages", &[]),
                ("anthropic/claude-3-5-sonnet-20241022-v2", &[]),
                ("https://example.com/help/articles/360012345678-How-do-I-reset-it", &[]),
                ("projects/acme-279708/locations/us-east1/agents/shop", &[]),
                ("Donaudampfschifffahrtsgesellschaftskapitaen", &[]),
                ("12345678901234567890123456789012345", &[]),
                ("-----------------------------------------", &[]),
                ("-----BEGIN CERTIFICATE-----", &[]),
                ("[secret] password=[secret] Bearer [secret]", &[]),
            ],
        );
    }
}
