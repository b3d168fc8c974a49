//! Secrets in addresses of the web: parameters that open something, and `user:password@host`.

use super::super::{Span, WALL, byte, byte_before};

/// Names of parameters whose values open something, in lower case, without `_`, `-` and `.`.
const PARAMETERS: [&[u8]; 38] = [
    b"key",
    b"sig",
    b"sign",
    b"signature",
    b"xamzsignature",
    b"xamzcredential",
    b"xamzsecuritytoken",
    b"xgoogsignature",
    b"xgoogcredential",
    b"awsaccesskeyid",
    b"googleaccessid",
    b"policy",
    b"auth",
    b"authorization",
    b"authcode",
    b"code",
    b"otp",
    b"pin",
    b"pass",
    b"pw",
    b"session",
    b"sessionid",
    b"sid",
    b"phpsessid",
    b"jsessionid",
    b"jwt",
    b"assertion",
    b"samlresponse",
    b"ticket",
    b"credential",
    b"credentials",
    b"nonce",
    b"invite",
    b"reset",
    b"hash",
    b"hmac",
    b"access",
    b"otc",
];

/// Bytes of a parameter's name.
const LONGEST: usize = 24;

/// The value of a parameter whose `=` is at `at`, where its name says that it is secret.
pub(super) fn parameter(bytes: &[u8], at: usize) -> Option<Span> {
    if bytes[at] != b'=' {
        return None;
    }
    let mut name = [0; LONGEST];
    let (mut from, mut start) = (LONGEST, at);
    loop {
        match byte_before(bytes, start) {
            b'?' | b'&' | b'#' | b';' => break,
            b'_' | b'-' | b'.' => {}
            letter if letter.is_ascii_alphanumeric() && from > 0 => {
                from -= 1;
                name[from] = letter.to_ascii_lowercase();
            }
            _ => return None,
        }
        start -= 1;
        if at - start > 2 * LONGEST {
            return None;
        }
    }
    if !PARAMETERS.contains(&&name[from..]) {
        return None;
    }
    let end = value_end(bytes, at + 1);
    (end > at + 1).then_some((at + 1, end))
}

fn value_end(bytes: &[u8], start: usize) -> usize {
    let inside =
        |b: &&u8| !b.is_ascii_whitespace() && **b != WALL && !b"\"'<>&#;,)]}`\\".contains(*b);
    let mut end = start + bytes[start..].iter().take_while(inside).count();
    while end > start && b".!?:".contains(&bytes[end - 1]) {
        end -= 1;
    }
    end
}

/// The most bytes of user and password.
const USER_INFO: usize = 256;

/// `user:password` before the host of an address whose `://` begins at `at`.
pub(super) fn user_info(bytes: &[u8], at: usize) -> Option<Span> {
    if bytes[at] != b':' || byte(bytes, at + 1) != b'/' || byte(bytes, at + 2) != b'/' {
        return None;
    }
    let start = at + 3;
    let stretch = &bytes[start..bytes.len().min(start + USER_INFO)];
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(*b, b'/' | b'?' | b'#' | WALL | b'"');
    let authority = &stretch[..stretch.iter().position(ends).unwrap_or(stretch.len())];
    let sign = authority.iter().rposition(|b| *b == b'@')?;
    let colon = authority[..sign].contains(&b':');
    (colon && sign > 0).then_some((start, start + sign))
}

/// Words of a path behind which a token stands.
const LINKS: [&[u8]; 14] = [
    b"reset",
    b"verify",
    b"confirm",
    b"magic",
    b"invite",
    b"activate",
    b"login",
    b"auth",
    b"token",
    b"unsubscribe",
    b"share",
    b"session",
    b"password",
    b"passwort",
];

/// The fewest bytes of a token in a path.
const FEWEST: usize = 12;

/// The token behind `/reset/` or the like, whose slash before the token is at `at`.
pub(super) fn path_token(bytes: &[u8], at: usize) -> Option<Span> {
    if bytes[at] != b'/' {
        return None;
    }
    let window = &bytes[at.saturating_sub(LONGEST)..at];
    let word = window.iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
    let before = &window[window.len() - word..];
    let slash = window[..window.len() - word].iter().any(|b| matches!(b, b'/' | b'-' | b'_'));
    if !slash || !LINKS.iter().any(|link| before.eq_ignore_ascii_case(link)) {
        return None;
    }
    let inside = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'-');
    let start = at + 1;
    let end = start + bytes[start..].iter().take_while(inside).count();
    let token = &bytes[start..end];
    let mixed = token.iter().any(u8::is_ascii_digit) && token.iter().any(u8::is_ascii_alphabetic);
    (token.len() >= FEWEST && mixed && byte(bytes, end) != WALL).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_what_an_address_of_the_web_opens_with() {
        check(
            Kind::Secret,
            &[
                ("https://x.example/a?id=1&sig=aB3&v=2", &["aB3"]),
                ("(https://x.example/?X-Amz-Signature=0f9e&X-Amz-Date=1)", &["0f9e"]),
                ("https://jo:s3cret@x.example/a", &["jo:s3cret"]),
                ("https://x.example/#key=abc. Next", &["abc"]),
                ("https://x.example/reset/a1b2c3d4e5f6 ok", &["a1b2c3d4e5f6"]),
                ("x.example/cb?state=1&code=q7.", &["q7"]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Secret,
            &[
                ("https://x.example/a?id=1&page=2&key=&sort=asc", &[]),
                ("https://x.example:8080/reset/password", &[]),
                ("https://x.example/orders/a1b2c3d4e5f6", &[]),
                ("the key=word of it, a code = 5", &[]),
            ],
        );
    }
}
