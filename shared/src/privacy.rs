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

/// How often a text is looked at again at most.
const LOOKS_AGAIN: usize = 3;

/// The text with each finding replaced by its placeholder; borrowed where there is none.
pub fn mask(text: &str) -> Cow<'_, str> {
    replace(text, find(text))
}

/// As [`mask`], with the values replaced that are known beforehand.
pub fn mask_known<'t>(text: &'t str, known: &Known) -> Cow<'t, str> {
    let mut masked = replace(text, find_known(text, known));
    if !known.occurs(text) {
        return masked;
    }
    // Beside a placeholder words may look like a name that did not beside what it stands for.
    for _ in 0..LOOKS_AGAIN {
        let found = find_known(&masked, known);
        if found.is_empty() {
            break;
        }
        masked = Cow::Owned(replace(&masked, found).into_owned());
    }
    masked
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
mod tests;
