//! Masking: personal data and secrets leave a text before it is first stored.
//!
//! Ten detectors, one file each, are tried in the order of [`PRECEDENCE`]. What one of them claims
//! is overwritten with [`WALL`] bytes, so that the next sees a hole there; a placeholder that is
//! already in the text is such a hole from the start. What an event says of its own people
//! ([`Known`]) is claimed as well.
//!
//! | placeholder | kind | what tells |
//! |---|---|---|
//! | `[email]` | e-mail address | its form |
//! | `[phone]` | telephone number | its form; a word such as `call` where the form is digits alone |
//! | `[card]` | payment card | issuer's prefix and check digit |
//! | `[iban]` | bank account | country, length and check digits |
//! | `[ip]` | IP address | its form |
//! | `[secret]` | token, key, password; what a URL carries of them | prefix, frame, `my password is …` |
//! | `[name]` | person | the words around: `my name is …`, `Dear …`, `Regards, …` |
//! | `[address]` | street and number, postcode, town | the word for street; for a postcode its place |
//! | `[national_id]` | identity number of a state | check digits and form, or its name before it |
//! | `[code]` | one-time code, PIN, check value of a card | the words around |
//! | `[identifier]` | the event's own customer, agent or conversation | [`Known`] |
//!
//! # Invariants
//!
//! * **Idempotent.** `mask(mask(x)) == mask(x)`. A detector decides by the bytes it claims and
//!   by their neighbourhood, and a wall in that neighbourhood never turns a "no" into a "yes":
//!   context is looked for up to a wall and not beyond, and what touches a wall is no word.
//!   So nothing is found in a masked text that was not found in the original.
//! * **Linear.** Every look ahead and look behind is bounded, or is spent only once.
//! * **Total.** Any text is accepted; findings are in order, disjoint, on character boundaries.
//!
//! To be masked by mistake costs one word of a transcript, to be stored by mistake a person's
//! privacy; identifiers and numbers of everyday talk (orders, prices, times) are still kept, as
//! the analysis needs them.
//!
//! To add a kind: write `privacy/<kind>.rs` with a `DETECTOR`, add a [`Kind`] and its place in
//! `PRECEDENCE`. The compiler and a test find the rest.

use std::borrow::Cow;

mod address;
mod card;
mod code;
mod email;
mod iban;
mod ip;
mod known;
mod lexicon;
mod name;
mod national_id;
mod phone;
mod secret;
mod words;

pub use known::Known;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The number of a payment card.
    Card,
    /// An international bank account number.
    Iban,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A credential: token, password, private key.
    Secret,
    /// The name of a person.
    Name,
    /// A postal address, or a part of one that leads to a door.
    Address,
    /// A number by which a state knows a person.
    NationalId,
    /// A one-time code, a PIN or the check value of a card.
    Code,
    /// What the event itself names as its customer, agent or conversation.
    Identifier,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Email,
        Self::Phone,
        Self::Card,
        Self::Iban,
        Self::Ip,
        Self::Secret,
        Self::Name,
        Self::Address,
        Self::NationalId,
        Self::Code,
        Self::Identifier,
    ];

    /// The name in explanations and counters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Card => "card",
            Self::Iban => "iban",
            Self::Ip => "ip",
            Self::Secret => "secret",
            Self::Name => "name",
            Self::Address => "address",
            Self::NationalId => "national_id",
            Self::Code => "code",
            Self::Identifier => "identifier",
        }
    }

    /// What stands in the masked text instead.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::Email => "[email]",
            Self::Phone => "[phone]",
            Self::Card => "[card]",
            Self::Iban => "[iban]",
            Self::Ip => "[ip]",
            Self::Secret => "[secret]",
            Self::Name => "[name]",
            Self::Address => "[address]",
            Self::NationalId => "[national_id]",
            Self::Code => "[code]",
            Self::Identifier => "[identifier]",
        }
    }
}

/// Who wins where two kinds claim the same bytes. Credentials, accounts and cards come first, as
/// their disclosure does most harm; then what claims words, since numbers are told apart by the
/// words around them; of the numbers those with the strictest form first.
const PRECEDENCE: [(Kind, Detector); 10] = [
    (Kind::Secret, secret::DETECTOR),
    (Kind::Iban, iban::DETECTOR),
    (Kind::Card, card::DETECTOR),
    (Kind::Email, email::DETECTOR),
    (Kind::Name, name::DETECTOR),
    (Kind::Ip, ip::DETECTOR),
    (Kind::NationalId, national_id::DETECTOR),
    (Kind::Phone, phone::DETECTOR),
    (Kind::Address, address::DETECTOR),
    (Kind::Code, code::DETECTOR),
];

/// One finding: the bytes `start..end` of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// All findings, in order; they do not overlap.
pub fn find(text: &str) -> Vec<Finding> {
    find_known(text, &Known::default())
}

/// All findings, in order, with what is known beforehand among them.
pub fn find_known(text: &str, known: &Known) -> Vec<Finding> {
    let traits = Traits::of(text.as_bytes());
    let is_known = known.occurs(text);
    if traits.nothing() && !is_known {
        return Vec::new();
    }
    let mut view: Option<View> = None;
    for (kind, Detector { plausible, scan }) in PRECEDENCE {
        if plausible(&traits) {
            scan(view.get_or_insert_with(|| View::new(text)));
        }
        // Behind the names, of which a known value may be a part.
        if is_known && kind == Kind::Name {
            known.claim(view.get_or_insert_with(|| View::new(text)), text, true);
        }
    }
    if is_known {
        known.claim(view.get_or_insert_with(|| View::new(text)), text, false);
    }
    let mut found = view.map(|view| view.found).unwrap_or_default();
    found.sort_unstable_by_key(|finding| finding.start);
    found
}

/// The text with each finding replaced by its placeholder; borrowed where there is none.
pub fn mask(text: &str) -> Cow<'_, str> {
    replace(text, find(text))
}

/// As [`mask`], with the values replaced that are known beforehand.
pub fn mask_known<'t>(text: &'t str, known: &Known) -> Cow<'t, str> {
    replace(text, find_known(text, known))
}

fn replace(text: &str, found: Vec<Finding>) -> Cow<'_, str> {
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = 0;
    for finding in found {
        masked.push_str(&text[rest..finding.start]);
        masked.push_str(finding.kind.placeholder());
        rest = finding.end;
    }
    masked.push_str(&text[rest..]);
    Cow::Owned(masked)
}

/// First byte and one past the last.
type Span = (usize, usize);

/// How one kind is found.
struct Detector {
    /// False where the text can not hold the kind, so that most texts are never scanned.
    plausible: fn(&Traits) -> bool,
    /// Claims every occurrence.
    scan: fn(&mut View),
}

/// What one cheap pass over the bytes says about a text.
struct Traits {
    /// How many ASCII digits.
    digits: usize,
    /// Length of the longest run of `[A-Za-z0-9+/_-]`.
    longest_run: usize,
    /// The [`CLASSES`] that occur.
    classes: u8,
    /// The classes of the lexicon that occur.
    words: u64,
}

const AT: u8 = 1;
const PERCENT: u8 = 2;
const DOT: u8 = 4;
const COLON: u8 = 8;
const EQUALS: u8 = 16;
const CAPITAL_B: u8 = 32;
const DIGIT: u8 = 64;
const RUN: u8 = 128;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b'@' => AT,
            b'%' => PERCENT,
            b'.' => DOT,
            b':' => COLON,
            b'=' => EQUALS,
            b'B' => CAPITAL_B | RUN,
            b'0'..=b'9' => DIGIT | RUN,
            _ if is_run(byte) => RUN,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

impl Traits {
    fn of(bytes: &[u8]) -> Self {
        let (mut digits, mut run, mut longest_run, mut classes) = (0, 0, 0, 0);
        for byte in bytes {
            let class = CLASSES[usize::from(*byte)];
            classes |= class;
            digits += usize::from(class & DIGIT != 0);
            run = if class & RUN == 0 { 0 } else { run + 1 };
            longest_run = longest_run.max(run);
        }
        Self { digits, longest_run, classes, words: words::classes_of(bytes) }
    }

    fn has(&self, classes: u8) -> bool {
        self.classes & classes != 0
    }

    /// No detector is plausible, in one test: the way out for most of small talk.
    fn nothing(&self) -> bool {
        !self.has(AT | COLON | EQUALS | CAPITAL_B | DIGIT)
            && self.words & lexicon::CUES == 0
            && self.longest_run < secret::SHORTEST_TOKEN
    }
}

/// Stands for bytes that are taken. It never occurs in UTF-8.
const WALL: u8 = 0xFF;

/// The text as the detectors see it: what is taken is walled up.
struct View {
    bytes: Vec<u8>,
    found: Vec<Finding>,
    /// The words between the walls, if they are read and no wall was added since.
    words: Option<words::Words>,
}

impl View {
    fn new(text: &str) -> Self {
        let mut view = Self { bytes: text.as_bytes().to_vec(), found: Vec::new(), words: None };
        for (at, _) in text.match_indices('[') {
            let here = |kind: &Kind| text[at..].starts_with(kind.placeholder());
            if let Some(kind) = Kind::ALL.into_iter().find(here) {
                view.wall(at, at + kind.placeholder().len());
            }
        }
        view
    }

    /// Reports a finding and takes its bytes.
    fn claim(&mut self, kind: Kind, start: usize, end: usize) {
        self.found.push(Finding { kind, start, end });
        self.wall(start, end);
    }

    /// Takes bytes without reporting them.
    fn wall(&mut self, start: usize, end: usize) {
        self.bytes[start..end].fill(WALL);
        self.words = None;
    }
}

/// The byte at `at`; a zero past the end, which no detector accepts.
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

/// The byte before `at`; a zero before the start.
fn byte_before(bytes: &[u8], at: usize) -> u8 {
    at.checked_sub(1).map_or(0, |at| byte(bytes, at))
}

/// A letter, a digit or a wall: what must not touch a number.
///
/// Only ASCII letters count: in scripts that use no spaces a number follows the word directly.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == WALL
}

/// Whether a word touches `at` from the left. An escaped line break, as in a raw JSON body, does
/// not.
fn word_before(bytes: &[u8], at: usize) -> bool {
    let before = byte_before(bytes, at);
    let escaped = || {
        matches!(before, b'n' | b'r' | b't') && byte_before(bytes, at.saturating_sub(1)) == b'\\'
    };
    is_word(before) && !escaped()
}

/// The bytes of keys, tokens and base64.
const fn is_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'-')
}

/// The end of the bytes from `start` on that satisfy `accept`.
fn munch(bytes: &[u8], start: usize, accept: impl Fn(u8) -> bool) -> usize {
    bytes[start..].iter().position(|byte| !accept(*byte)).map_or(bytes.len(), |n| start + n)
}

/// The texts found of one kind.
#[cfg(test)]
fn found(kind: Kind, text: &str) -> Vec<&str> {
    let of_kind = find(text).into_iter().filter(|finding| finding.kind == kind);
    of_kind.map(|finding| &text[finding.start..finding.end]).collect()
}

/// Checks what is found of one kind in each text.
#[cfg(test)]
#[track_caller]
fn check(kind: Kind, cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(found(kind, text), *expected, "in {text:?}: {:?}", find(text));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Kind, Known, PRECEDENCE, find, mask, mask_known};

    #[test]
    fn each_kind_has_its_placeholder_and_place() {
        for kind in Kind::ALL {
            assert_eq!(kind.placeholder(), format!("[{}]", kind.as_str()));
            let places = PRECEDENCE.iter().filter(|(placed, _)| *placed == kind).count();
            assert_eq!(places, usize::from(kind != Kind::Identifier), "{kind:?}");
        }
    }

    #[test]
    fn masks() {
        let cases = [
            ("mail a@b.co or call +1 415 555 2671 now", "mail [email] or call [phone] now"),
            ("pay 4111 1111 1111 1111, not GB82 WEST 1234 5698 7654 32", "pay [card], not [iban]"),
            ("from 10.0.0.1 with Bearer abc.def", "from [ip] with Bearer [secret]"),
            ("+44 20 7946 0958 4111-1111-1111-1111", "[phone] [card]"),
            ("password=jo@example.com", "password=[secret]"),
            (r#"{"mail":"a@b.co","tel":"+4930123456"}"#, r#"{"mail":"[email]","tel":"[phone]"}"#),
            (r"line\n4111111111111111\nline", r"line\n[card]\nline"),
            ("电话+8613800138000，邮箱wang@example.cn", "电话[phone]，邮箱[email]"),
            ("[phone] and [secret] stay", "[phone] and [secret] stay"),
            ("[a@b.co]", "[[email]]"),
        ];
        for (text, expected) in cases {
            assert_eq!(mask(text), expected);
        }
    }

    /// Cases in which a masked neighbour once let something be found that was not found before.
    #[test]
    fn a_masked_neighbour_reveals_nothing() {
        let cases = [
            "01711234567:fe80::1",
            "1.2.3.4:fe80::1",
            "0171 1234567..1.2.3.4",
            "+1 415 555 2671 4111 1111 1111 1111",
            "+49 30 1234567 030 7654321",
            "abcdefghijklmnopqrstuvwxyz0123456789@b.co",
            "my name is versionmy name is token: ",
            "my password is Bearer Hauptstraße a@b",
            "-----BEGIN PRIVATE KEY-----GB82WEST12345698765432",
            "+441011512(AB123456C, IL 62704",
            "code is 10115sk-10.0.0.1(11) ",
            "SW1A 1AA Berlinsk-SW1A 1AA?sig=",
            "SW1A 1AA-10.0.0.1",
        ];
        for text in cases {
            let once = mask(text);
            assert_eq!(mask(&once), once, "from {text}");
        }
    }

    #[test]
    fn everyday_numbers_and_identifiers_are_kept() {
        let cases = [
            "",
            "Where is my order 8400123456? It was 1,299.00 EUR on 2024-05-06 at 10:30.",
            "2024-05-06T07:08:09.123456Z 2024-05-06T07:08:09+02:00 05.06.2024 07:08",
            "990101-33116-0 conv-12345678 ORD-2024-000123 INV_0123456789 #0123456789",
            "123e4567-e89b-12d3-a456-426614174000 conv-123e4567-e89b-12d3-a456-426614174000",
            "anthropic/claude-3-5-sonnet-20241022 at https://example.com/help/articles/360012345-a",
            "v1.2.3 1.2.3 version 1.2.3.4 1700000000 1700000000123 std::net 12:30:45",
            r#"{"score":0.4111111111111111,"max_tokens":512}"#,
            "I paid 1.299,00 € on 3 May 2026 at 18:45, and 20 pounds on the way; 3 x 49.90 EUR",
            "Am 12. Mai 2026 um 9 Uhr habe ich 2 Karten für 35 Euro bestellt, Rechnung 2026-004711",
            "J'ai payé 12 fois 35 € en 2025, commande n° 4711, vol AF 1234 du 3 mars à 18h45",
            "Pagué 3 cuotas de 49,90 en mayo, pedido 8400123456, vuelo IB 3170",
            "Ho pagato 3 rate da 49,90 via PayPal 2 giorni fa; ordine 8400123456, volo AZ 611",
            "flight BA 2490, gate B12, seat 14C, booking reference X7K9QP, train ICE 578",
            "iPhone 15 Pro, Windows 11 Home, Galaxy S24 Ultra, Office 365, USB 3.2, WiFi 6E, A4 paper",
            "error code 404, promo code SAVE20, code of conduct, area code 415, the code is wrong",
            "my password is wrong, it is not accepted; the password was reset 2 days ago",
            "my name is misspelled and my address is out of date. Is this normal?",
            "Dear customer, dear team, hello there, hi all, thanks in advance. Kind regards",
            "I am still waiting. I'm not happy. This is urgent. This is the second time",
            "tax of 19 %, insurance for 12 months, passport control at 10:30, my tax is 1,250.00",
            "call me in 10 minutes, call 2 people, phone 15 Pro, text me at 10:30 on 2026-05-06",
            "2 weeks in court, the 3 musketeers drive, 24 hours a day, 5 stars, top 10 places",
        ];
        for text in cases {
            assert!(matches!(mask(text), std::borrow::Cow::Borrowed(_)), "{}", mask(text));
        }
    }

    /// Pieces that make detectors meet: halves of findings, separators, placeholders, wide text.
    #[rustfmt::skip]
    const PIECES: [&str; 133] = [
        " ", " ", "-", ".", ":", "/", "(", ")", "+", "@", "=", "\"", "\\", "\n", "\\n", "'", ",",
        "[email]", "[phone]", "[secret]", "[", "]", "é", "\u{a0}", "\u{2011}", "号", "a", "x", "0",
        "1", "12", "020", "415", "555", "2671", "0958", "4111", "1111", "+44", "00",
        "4111111111111111", "GB82", "WEST12345698765432", "a@b", "b.co", "10.0.0.1", "fe80::1",
        "::", "password", "token:", "api key", "Bearer ", "eyJhbGciOi", "sk-", "ghp_",
        "AKIAIOSFODNN7EXAMPLE", "-----BEGIN PRIVATE KEY-----", "abcdefgh12345678",
        "123e4567-e89b-12d3-a456-426614174000", "version", "用户", "иван", ".рф", ".公司", "1111.",
        "@",
        "my name is ", "Anna", "schmidt", "Müller", " van de ", "Dear ", "Mr. ", "this is ", "speaking",
        "Regards,\n", "Name: ", "O'", "is", "not", "12", "12a", " High Street", "Hauptstraße ", "rue de la ",
        "Calle ", "via ", "10115", " Berlin", "SW1A 1AA", "1012 AB", ", IL 62704", "postcode ", "I live at ",
        "Apt 4B", "code is ", "PIN ", "123456", " is your login code", "G-", "enter ", " to verify", "SSN ",
        "123-45-6789", "AB123456C", "12345678Z", "85.07.30-033.28", "BSN: ", "111222333", "tax ", "passport ",
        "C01X00T47", "call ", "phone ", "(11) ", "91234-5678", "my password is ", "hunter2", "wrong", "sunshine",
        "https://", "u:p@h", "?sig=", "&key=", "/reset/", "abc123def456", "%", "#", "º", "[name]", "[address]",
        "c-4711", "88001234",
    ];

    fn texts() -> impl Strategy<Value = String> {
        let pieces = prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24);
        prop_oneof![
            4 => pieces.prop_map(|pieces| pieces.concat()),
            2 => "[-0-9+(). /:]{0,60}",
            1 => "[a-z0-9@.=:\\[\\] -]{0,60}",
            1 => any::<String>(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn masking_twice_is_masking_once(text in texts()) {
            let once = mask(&text).into_owned();
            prop_assert_eq!(mask(&once).into_owned(), once);
        }

        #[test]
        fn what_is_known_reveals_nothing_when_it_is_masked(text in texts()) {
            let mut known = Known::default();
            known.identifier("c-4711");
            known.identifier("88001234");
            known.name("Anna Müller");
            let once = mask_known(&text, &known).into_owned();
            prop_assert_eq!(mask_known(&once, &known).into_owned(), once.clone());
            prop_assert_eq!(mask(&once).into_owned(), once);
        }

        #[test]
        fn findings_are_in_order_disjoint_and_on_character_boundaries(text in texts()) {
            let mut rest = 0;
            for finding in find(&text) {
                prop_assert!(rest <= finding.start && finding.start < finding.end);
                prop_assert!(text.get(finding.start..finding.end).is_some());
                rest = finding.end;
            }
        }
    }
}
