//! E-mail addresses, `@` also as `%40` (a form body that could not be parsed).
//!
//! Wider than the grammar where that costs nothing: the last label of the domain need only look
//! like a top-level domain. A host without a dot is not an address, so handles (`@name`) are kept.

use super::{AT, Detector, Kind, PERCENT, Span, Traits, View, byte};

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

fn plausible(traits: &Traits) -> bool {
    traits.has(AT) || (traits.has(PERCENT) && traits.digits >= 2)
}

fn scan(view: &mut View) {
    let mut at = 0;
    while at < view.bytes.len() {
        let sign = sign_len(&view.bytes[at..]);
        let address = (sign > 0).then(|| address(&view.bytes, at, sign)).flatten();
        at = match address {
            Some((start, end)) => {
                view.claim(Kind::Email, start, end);
                end
            }
            None => at + 1,
        };
    }
}

fn sign_len(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"@") {
        1
    } else if bytes.starts_with(b"%40") {
        3
    } else {
        0
    }
}

fn address(bytes: &[u8], at: usize, sign: usize) -> Option<Span> {
    // The domain first: it stops at the next sign in either spelling, the local part may not.
    let end = domain_end(bytes, at + sign)?;
    let unspaced = char_at(bytes, at + sign).is_some_and(is_unspaced);
    let start = local_start(bytes, at, sign == 1, unspaced)?;
    Some((start, end))
}

/// Where the local part that ends at `end` begins. In a form body (not `plain`) `+` is a space.
///
/// In scripts without spaces the sentence before an address touches it. Their letters belong to it
/// where its domain is `unspaced` too, or where no Latin letter stands between them and the sign.
fn local_start(bytes: &[u8], end: usize, plain: bool, mut unspaced: bool) -> Option<usize> {
    let mut start = end;
    let mut is_first = true;
    while let Some(letter) = char_before(bytes, start) {
        let fits = match letter {
            '+' => plain,
            '.' | '_' | '%' | '\'' | '-' => true,
            _ if is_unspaced(letter) => unspaced || is_first,
            _ => is_letter(letter),
        };
        if !fits {
            break;
        }
        if is_first && is_unspaced(letter) {
            unspaced = true;
        }
        is_first &= !letter.is_ascii_alphabetic();
        start -= letter.len_utf8();
    }
    // Quotes and punctuation in front belong to the sentence.
    while start < end && matches!(bytes[start], b'\'' | b'.' | b'-' | b'%') {
        start += 1;
    }
    (start < end).then_some(start)
}

/// The end of the longest domain at `start`: labels, the last of them two bytes or more that begin
/// with a letter.
fn domain_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut best = None;
    let mut label = start;
    loop {
        let end = label_end(bytes, label);
        let first = char_at(bytes, label);
        let top_level = end - label >= 2 && first.is_some_and(|first| !first.is_ascii_digit());
        if label > start && top_level {
            best = Some(end);
        }
        if end == label || byte(bytes, end) != b'.' {
            return best;
        }
        label = end + 1;
    }
}

/// The end of a label. One that begins in another script ends where a script without spaces begins:
/// there the sentence goes on.
fn label_end(bytes: &[u8], start: usize) -> usize {
    let unspaced = char_at(bytes, start).is_some_and(is_unspaced);
    let mut end = start;
    while let Some(letter) = char_at(bytes, end) {
        let fits = match letter {
            '-' => end > start,
            _ if is_unspaced(letter) => unspaced,
            _ => is_letter(letter),
        };
        if !fits {
            break;
        }
        end += letter.len_utf8();
    }
    while end > start && bytes[end - 1] == b'-' {
        end -= 1;
    }
    end
}

/// A letter or digit of any script, or a sign that some scripts put between or above letters.
fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}')
}

/// A letter of a script that puts no space between a word and what follows: Chinese, Japanese,
/// Korean (whose particles touch the word), Thai, Lao, Burmese, Khmer.
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
        | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{318f}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{323af}')
}

/// The character that begins at `at`; none at a wall and past the end.
fn char_at(bytes: &[u8], at: usize) -> Option<char> {
    let len = match byte(bytes, at) {
        0..=0x7F => 1,
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => return None,
    };
    std::str::from_utf8(bytes.get(at..at + len)?).ok()?.chars().next()
}

/// The character that ends at `end`.
fn char_before(bytes: &[u8], end: usize) -> Option<char> {
    let continued = |at: &usize| matches!(bytes[*at], 0x80..=0xBF);
    let at = (end.saturating_sub(4)..end).rev().find(|at| !continued(at))?;
    char_at(bytes, at).filter(|letter| at + letter.len_utf8() == end)
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_addresses() {
        check(
            Kind::Email,
            &[
                ("write to jo.doe+cx@mail.example.co.uk.", &["jo.doe+cx@mail.example.co.uk"]),
                ("<jo@example.com>,'al@example.org'", &["jo@example.com", "al@example.org"]),
                ("mailto:o'neil_7@a-b.io?subject=x", &["o'neil_7@a-b.io"]),
                ("jürgen@müller.de", &["jürgen@müller.de"]),
                ("JO@EXAMPLE.COM", &["JO@EXAMPLE.COM"]),
                (
                    "From=jo%40example.com&Body=to+al%2Bcx%40b.co+please",
                    &["jo%40example.com", "al%2Bcx%40b.co"],
                ),
                ("a@b.com.123", &["a@b.com"]),
                ("jo@example.com- thanks", &["jo@example.com"]),
                ("пишите на иван.петров@пример.рф, спасибо", &["иван.петров@пример.рф"]),
                ("用户@例子.公司，谢谢", &["用户@例子.公司"]),
                ("邮箱 用户1@example.cn", &["用户1@example.cn"]),
                ("우편 사용자@예시.한국", &["사용자@예시.한국"]),
                ("उपयोगकर्ता@उदाहरण.भारत", &["उपयोगकर्ता@उदाहरण.भारत"]),
                ("δοκιμή@παράδειγμα.gr", &["δοκιμή@παράδειγμα.gr"]),
                ("邮箱wang@example.cn谢谢", &["wang@example.cn"]),
                ("jo@example.kr로 보내", &["jo@example.kr"]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Email,
            &[
                ("@handle and @first.last", &[]),
                ("jo@host", &[]),
                ("pkg@1.2.3 pkg@v1.2", &[]),
                ("a @ b.co", &[]),
                ("@@ .@b.co x@.co", &[]),
                ("40%40 off", &[]),
                ("谢谢@小明，你好", &[]),
            ],
        );
    }
}
