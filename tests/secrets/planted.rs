//! Secrets to plant: each unlike any other, so that one that is found tells where it came in.
//!
//! Every value begins with four bytes that tell its kind and has its kind's length, so that one pass
//! over any bytes finds all of them, whatever their case.
#![expect(unreachable_pub, reason = "a module of a test binary")]

use std::collections::{BTreeMap, BTreeSet};

/// What a person may tell of themselves in any text.
#[derive(Clone, Copy, Debug)]
pub enum Secret {
    Email,
    Phone,
    Card,
    Iban,
    NationalId,
    Password,
    Name,
}

impl Secret {
    pub const ALL: [Self; 7] = [
        Self::Email,
        Self::Phone,
        Self::Card,
        Self::Iban,
        Self::NationalId,
        Self::Password,
        Self::Name,
    ];
}

/// How values begin, and how long they are.
const FORMS: [(&[u8; 4], usize); 13] = [
    (b"zqma", 12),
    (b"zqho", 12),
    (b"4479", 12),
    (b"4929", 16),
    (b"3704", 18),
    (b"512-", 11),
    (b"zqpw", 12),
    (b"zorv", 10),
    (b"quim", 10),
    (b"zqcu", 12),
    (b"zqag", 12),
    (b"zqsu", 12),
    (b"zqop", 12),
];

/// What was planted, and on which path.
#[derive(Default)]
pub struct Planted {
    paths: BTreeMap<String, String>,
    count: usize,
}

impl Planted {
    /// One more than the last.
    pub fn number(&mut self) -> usize {
        self.count += 1;
        self.count
    }

    /// Remembers that this value came in on this path.
    fn plant(&mut self, value: &str, path: &str) {
        let value = value.to_ascii_lowercase();
        let form = FORMS.iter().find(|(begin, _)| value.as_bytes().starts_with(*begin));
        assert_eq!(form.map(|(_, len)| *len), Some(value.len()), "{value}");
        assert!(self.paths.insert(value, path.to_owned()).is_none());
    }

    /// A sentence of at most 64 bytes that tells a new secret.
    pub fn sentence(&mut self, secret: Secret, path: &str) -> String {
        let number = self.number();
        let path = format!("{path}: {secret:?}");
        let mut plant = |value: String| {
            self.plant(&value, &path);
            value
        };
        match secret {
            Secret::Email => {
                let local = plant(format!("zqmail{number:06}"));
                let host = plant(format!("zqhost{number:06}"));
                format!("write to {local}@{host}.example")
            }
            Secret::Phone => format!("call me on +{}", plant(format!("447911{number:06}"))),
            Secret::Card => {
                let digits = format!("4929000{number:08}");
                format!("my card is {}", plant(format!("{digits}{}", luhn(&digits))))
            }
            Secret::Iban => {
                let account = plant(format!("370400440{number:09}"));
                format!("pay to DE{:02}{account}", iban_check(&account))
            }
            Secret::NationalId => {
                let (group, serial) = (1 + number / 9_999, 1 + number % 9_999);
                let value = plant(format!("512-{group:02}-{serial:04}"));
                format!("my social security number is {value}")
            }
            Secret::Password => format!("my password is {}", plant(format!("zqPw{number:06}Xy"))),
            Secret::Name => {
                let first = plant(format!("Zorva{}", letters(number)));
                let last = plant(format!("Quimb{}", letters(number)));
                format!("my name is {first} {last}")
            }
        }
    }

    /// An opaque identifier of a `cust`omer, `agnt` or `subj`ect; or a value that is `open`.
    pub fn identifier(&mut self, kind: &str, path: &str) -> String {
        let value = format!("zq{kind}{:06}", self.number());
        self.plant(&value, &format!("{path}: {kind}"));
        value
    }

    /// The paths of all values that stand somewhere in these bytes.
    pub fn found_in(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let lower = bytes.to_ascii_lowercase();
        let mut found = BTreeSet::new();
        for (at, begin) in lower.windows(4).enumerate() {
            let Some((_, len)) = FORMS.iter().find(|(form, _)| form.as_slice() == begin) else {
                continue;
            };
            let value = lower.get(at..at + len).and_then(|value| std::str::from_utf8(value).ok());
            found.extend(value.and_then(|value| self.paths.get(value)).map(String::as_str));
        }
        found
    }
}

/// The check digit of a card.
fn luhn(digits: &str) -> u32 {
    let digits = digits.chars().rev().filter_map(|digit| digit.to_digit(10));
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    (10 - sum % 10) % 10
}

/// The check digits of a German IBAN.
fn iban_check(account: &str) -> u128 {
    let number: u128 = format!("{account}131400").parse().unwrap();
    98 - number % 97
}

/// The number in letters.
fn letters(number: usize) -> String {
    (0..5u32)
        .map(|place| char::from(b'a' + u8::try_from(number / 26_usize.pow(place) % 26).unwrap()))
        .collect()
}
